"""Console pages of new shares: issues, and the board of who is still short."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maitian.core.errors import DomainError
from maitian.offerings.queries import levels
from maitian.outreach.shares import actions, queries
from maitian.outreach.shares.forms import IssueForm, initial
from maitian.outreach.shares.models import Allotment
from maitian.staff.access import door
from maitian.ui.paging import window


@door("shares.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Issues, newest first, each with how its chase stands."""
    found = window(queries.issues(), request, size=30)
    numbers = queries.totals([item.pk for item in found.rows])
    rows = [{"issue": item, **numbers.get(item.pk, {})} for item in found.rows]
    member = request.member  # type: ignore[attr-defined]
    return render(
        request,
        "outreach/shares/list.html",
        {"window": found, "rows": rows, "may_write": member.may("shares.write"), "now": timezone.now()},
    )


@door("shares.write")
def issue(request: HttpRequest, issue_id: int | None = None) -> HttpResponse:
    """Register an issue, or correct one."""
    member = request.member  # type: ignore[attr-defined]
    item = queries.issue(issue_id) if issue_id else None
    form = IssueForm(request.POST or None, initial=initial(item) if item else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                saved = actions.save_issue(issue_id, form.cleaned_data, actor=member.actor)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.sentence())
            else:
                messages.success(
                    request,
                    _("已登记，缴款截止 %(at)s")
                    % {"at": timezone.localtime(saved.pay_by).strftime("%m-%d %H:%M")},
                )
                return redirect("outreach:share_board", saved.pk)
        status = 422
    return render(request, "outreach/shares/issue.html", {"form": form, "issue": item}, status=status)


@door("shares.view")
@require_safe
def board(request: HttpRequest, issue_id: int) -> HttpResponse:
    """Who is still short of money for an issue: by manager, with the amount, and what was done."""
    return render(request, "outreach/shares/board.html", _facts(request, issue_id))


@door("shares.view")
@require_safe
def board_part(request: HttpRequest, issue_id: int) -> HttpResponse:
    """The part of the board that moves."""
    return render(request, "outreach/shares/board_part.html", _facts(request, issue_id))


def _facts(request: HttpRequest, issue_id: int) -> dict[str, object]:
    member = request.member  # type: ignore[attr-defined]
    item = queries.issue(issue_id)
    state = request.GET.get("state", "")
    default = "open" if item.settled_at is None else "defaulted"
    state = state if state in Allotment.State.values else default
    chosen = request.GET.get("manager", "")
    manager = int(chosen) if chosen.isdigit() else None
    found = window(queries.short(issue_id, member, manager, state), request, size=50)
    return {
        "issue": item, "totals": queries.totals([item.pk]).get(item.pk), "rungs": queries.rungs(item), "now": timezone.now(),
        "managers": queries.by_manager(issue_id, member) if member.role != "account_manager" else [], "manager": manager,
        "window": found, "rows": queries.dressed(issue_id, found.rows), "state": state, "states": Allotment.State.choices,
        "by_rank": {level.rank: level for level in levels(active_only=False)}, "may_write": member.may("shares.write"),
    }  # fmt: skip
