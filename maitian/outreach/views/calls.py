"""Calls to make: whom, why, what to say, what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maitian.clients.queries import get_visible
from maitian.core.errors import DomainError
from maitian.outreach import calls, texts
from maitian.outreach.models import CallTask
from maitian.staff.access import door


@door("calls.make")
def call(request: HttpRequest, task_id: int) -> HttpResponse:
    """One call to make: whom, why, what to say, and what came of it."""
    member = request.member  # type: ignore[attr-defined]
    task = calls.get_task(member, task_id)
    error, status = "", 200
    if request.method == "POST":
        try:
            calls.note_call(
                task.pk,
                result=request.POST.get("result", ""),
                note=request.POST.get("note", ""),
                actor=member.actor,
            )
            messages.success(request, _("已记下"))
            return redirect("console:home")
        except DomainError as refused:
            error, status = refused.sentence(), refused.status
    client = get_visible(member, task.client_id)
    words = (
        texts.rendered(task.event.texts["call"], task.event_id, [client.pk])
        if "call" in task.event.texts
        else {}
    )
    return render(
        request, "outreach/call.html",
        {
            "task": task, "record": client, "words": words.get(client.pk, ""), "results": CallTask.Result.choices,
            "error": error, "now": timezone.now(),
        },
        status=status,
    )  # fmt: skip
