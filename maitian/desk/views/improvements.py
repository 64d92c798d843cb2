"""Corrective and preventive actions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError, NotFound
from maitian.desk import queries
from maitian.desk.actions import improvements
from maitian.desk.errors import ImprovementDueWrong, PromiseDueWrong
from maitian.desk.models import Improvement
from maitian.desk.queries import colleagues
from maitian.desk.views.acts import _case, _member
from maitian.desk.views.promises import read_moment
from maitian.staff.access import door, no_permission
from maitian.staff.models import Member
from maitian.ui.paging import window


@door("desk.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What must change, by its deadline; closed ones on their own page."""
    member = _member(request)
    state = request.GET.get("state", "")
    state = state if state in Improvement.State.values else ""
    return render(
        request, "desk/improvements.html",
        {"window": window(queries.improvements.listing(member, state), request, size=30), "state": state,
         "states": Improvement.State.choices, "now": timezone.now()},
    )  # fmt: skip


@door("desk.view")
@require_safe
def page(request: HttpRequest, improvement_id: int) -> HttpResponse:
    return _page(request, queries.improvements.get_visible(_member(request), improvement_id))


def _page(
    request: HttpRequest, item: Improvement, *, error: str = "", step: str = "", status: int = 200
) -> HttpResponse:  # fmt: skip
    member = _member(request)
    return render(
        request, "desk/improvement.html",
        {
            "item": item, "cases": queries.improvements.cases_of(member, item), "checks": item.checks.select_related("member").order_by("-at"),
            "since": improvements.since_done(item), "may_improve": _may(request, item), "error": error,
            "failed": step, "given": request.POST,
            "owner": request.POST.get("owner") or (colleagues.words_of(item.owner) if item.owner else ""), "now": timezone.now(),
        },
        status=status,
    )  # fmt: skip


def _owner(member: Member, words: str) -> int:
    found = colleagues.chosen(member, words).member
    return found.pk if found else 0


def _may(request: HttpRequest, item: Improvement) -> bool:
    """Leads plan and check; whoever takes the action says when it is done."""
    member = _member(request)
    return member.may("desk.lead") or item.owner_id == member.pk


@door("desk.lead")
@require_POST
def from_case(request: HttpRequest, ref: str) -> HttpResponse:
    """A case shows that something must change."""
    made = improvements.open_from_case(
        case_id=_case(request, ref).pk, by=_member(request), title=request.POST.get("title", ""),
        kind=request.POST.get("kind", "corrective"), team=request.POST.get("team", ""),
    )  # fmt: skip
    messages.success(request, _("已发起纠正预防"))
    return redirect("desk:improvement", made.pk)


@door("desk.work")
@require_POST
def act(request: HttpRequest, improvement_id: int, step: str) -> HttpResponse:
    """Plan, done, effect checked."""
    member = _member(request)
    item = queries.improvements.get_visible(member, improvement_id)
    if not _may(request, item) or (step in ("plan", "check") and not member.may("desk.lead")):
        raise no_permission("desk.lead")
    given: dict[str, Any] = request.POST.dict()
    try:
        if step == "plan":
            try:
                due = read_moment(given.get("due_at", ""))
            except PromiseDueWrong:
                raise ImprovementDueWrong() from None
            improvements.plan(
                improvement_id=item.pk, by=member, root_cause=given.get("root_cause", ""), action=given.get("action", ""),
                owner_id=_owner(member, given.get("owner", "")), due_at=due,
            )  # fmt: skip
        elif step == "done":
            improvements.done(improvement_id=item.pk, by=member, note=given.get("note", ""))
        elif step == "check":
            improvements.check(
                improvement_id=item.pk,
                by=member,
                passed=given.get("passed") == "1",
                note=given.get("note", ""),
            )
        else:
            raise NotFound()
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return _page(request, item, error=refused.sentence(), step=step, status=refused.status)
    messages.success(request, _("已存"))
    return redirect("desk:improvement", item.pk)
