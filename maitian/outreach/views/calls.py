"""Calls to make: the list, one call with what to say and what came of it, the lead's view by manager."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maitian.clients import actions as clients
from maitian.clients.queries import get_visible, visible_to
from maitian.core.errors import DomainError
from maitian.outreach import calls, texts
from maitian.outreach.models import CallTask
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.ui.paging import window

COUNTED_DAYS = 7
ICONS = {
    "reached": "check",
    "promised": "promise",
    "refused": "no",
    "no_answer": "clock",
    "wrong_number": "x",
}
LEADS = ("team_lead", "branch_manager")


@door("calls.make")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Open calls, the most urgent first; late ones are marked. A lead sees them by manager."""
    member: Member = request.member  # type: ignore[attr-defined]
    now = timezone.now()
    found = calls.tasks_of(member)
    chosen = request.GET.get("member", "")
    if member.role in LEADS and chosen:
        found = (
            found.filter(member_id=int(chosen))
            if chosen.isascii() and chosen.isdigit() and len(chosen) < 18
            else found.filter(member=None)
        )
    part = window(found, request, size=50)
    people = visible_to(member).select_related("person").in_bulk([task.client_id for task in part.rows])
    tallies = calls.tallies(member, now - timedelta(days=COUNTED_DAYS))
    return render(
        request, "outreach/calls/list.html",
        {
            "rows": [(task, people.get(task.client_id)) for task in part.rows], "window": part, "now": now, "tallies": tallies,
            "leads": member.role in LEADS, "hotline": member.role == "hotline_agent", "chosen": chosen, "days": COUNTED_DAYS,
            "open": sum(t.open for t in tallies), "overdue": sum(t.overdue for t in tallies),
            "attempted": sum(t.attempted for t in tallies), "reached": sum(t.reached for t in tallies), "done": sum(t.done for t in tallies),
        },
    )  # fmt: skip


@door("calls.make")
@require_safe
def following(request: HttpRequest) -> HttpResponse:
    """Straight to the most urgent call."""
    member: Member = request.member  # type: ignore[attr-defined]
    after = request.GET.get("after", "")
    task = calls.next_task(
        member, int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    )
    if task is None:
        messages.success(request, _("没有要打的电话了"))
        return redirect("outreach:calls")
    return redirect("outreach:call", task.pk)


@door("calls.make")
def call(request: HttpRequest, task_id: int) -> HttpResponse:
    """One call to make: whom, why, what to say, the number, and what came of it."""
    member: Member = request.member  # type: ignore[attr-defined]
    task = calls.get_task(member, task_id)
    error, status, number = "", 200, ""
    if request.method == "POST" and "number" in request.POST:
        number = clients.reveal(
            task.client_id,
            "phone",
            _("电话任务：%(title)s") % {"title": task.event.title},
            actor=member.actor,
        )
    elif request.method == "POST":
        try:
            calls.note_call(
                task.pk,
                result=request.POST.get("result", ""),
                note=request.POST.get("note", ""),
                actor=member.actor,
            )
        except DomainError as refused:
            error, status = refused.sentence(), refused.status
        else:
            messages.success(request, _("已记下"))
            following_task = calls.next_task(member, task.pk)
            if following_task is None or following_task.pk == task.pk:
                return redirect("outreach:calls")
            return redirect("outreach:call", following_task.pk)
    return render(
        request, "outreach/calls/call.html", _call(member, task, error, number, request), status=status
    )


def _call(member: Member, task: CallTask, error: str, number: str, request: HttpRequest) -> dict[str, Any]:
    client = get_visible(member, task.client_id)
    entry = task.event.texts.get("call")
    words = texts.rendered(entry, task.event_id, [client.pk]).get(client.pk, "") if entry else ""
    return {
        "task": task, "record": client, "words": words, "error": error, "number": number, "now": timezone.now(),
        "results": [(value, label, ICONS[value]) for value, label in CallTask.Result.choices], "note": request.POST.get("note", ""),
        "left": calls.tasks_of(member).exclude(pk=task.pk).count(),
    }  # fmt: skip
