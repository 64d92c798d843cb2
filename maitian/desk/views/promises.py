"""Promises to clients: the keeper's list, and what was kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError, NotFound
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import promises
from maitian.desk.errors import PromiseDueWrong
from maitian.desk.models import CaseChannel, Entry, Promise
from maitian.desk.queries import colleagues
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.ui.paging import window

STATES = ("open", "undone", "kept", "broken")


def read_moment(text: str) -> datetime:
    """A moment from a form, in Shanghai. Raises :class:`PromiseDueWrong`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise PromiseDueWrong() from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def made_with(
    request: HttpRequest, *, client_id: int | None, by: Member, case_id: int | None = None, entry: Entry | None = None
) -> Promise | None:  # fmt: skip
    """The promise that a note's or an answer's form holds, if it does (``promise_what``, ``promise_due``)."""
    what, due = request.POST.get("promise_what", ""), request.POST.get("promise_due", "")
    if client_id is None or not (what.strip() or due.strip()):
        return None
    return promises.make(
        client_id=client_id, by=by, what=what, due_at=read_moment(due), case_id=case_id, entry=entry
    )


@door("desk.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, error: str = "", failed: int = 0, status: int = 200) -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    everybody = member.may("desk.lead") and request.GET.get("who") == "all"
    found = window(queries.promises.listing(member, state, mine=not everybody), request, size=30)
    context: dict[str, Any] = {
        "window": found, "state": state, "everybody": everybody, "may_lead": member.may("desk.lead"), "now": timezone.now(),
        "figures": queries.promises.figures(member, timezone.now() - timedelta(days=90)),
        "channels": [(v, label) for v, label in CaseChannel.choices if v not in ("regulator",)], "error": error, "failed": failed,
        "given": request.POST, "undone": queries.promises.listing(member, "undone", mine=not everybody)[:100].count(),
    }  # fmt: skip
    return render(request, "desk/promises.html", context, status=status)


@door("desk.work")
@require_POST
def act(request: HttpRequest, promise_id: int, step: str) -> HttpResponse:
    """Kept, moved, or passed on to a colleague."""
    member: Member = request.member  # type: ignore[attr-defined]
    promise = queries.promises.get_visible(member, promise_id)
    try:
        if step == "keep":
            promises.keep(promise_id=promise.pk, by=member)
            messages.success(request, _("记下了：做到了"))
        elif step == "move":
            promises.move(
                promise_id=promise.pk, by=member, due_at=read_moment(request.POST.get("due_at", "")), reason=request.POST.get("reason", ""),
                told=request.POST.get("told", ""), channel=request.POST.get("channel", "phone") if request.POST.get("channel") in CaseChannel.values else "phone",
            )  # fmt: skip
            messages.success(request, _("已改期，客户已告知"))
        elif step == "pass":
            keeper = colleagues.chosen(member, request.POST.get("to", "")).member
            promises.pass_on(promise_id=promise.pk, by=member, keeper_id=keeper.pk if keeper else 0)
            messages.success(request, _("已交给同事"))
        else:
            raise NotFound()
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return _page(request, error=refused.sentence(), failed=promise.pk, status=refused.status)
    return redirect("desk:promises")
