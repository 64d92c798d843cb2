"""Pages of visits, for a phone held in one hand: the day's route, one visit, its result."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.queries import visible_to
from maitian.core.errors import DomainError, NotFound
from maitian.core.time import SHANGHAI, today
from maitian.desk import queries as desk
from maitian.desk.queries import colleagues
from maitian.desk.views import inbox
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.visits import actions, queries
from maitian.visits.models import Referral, Visit


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


def _moment(text: str) -> datetime | None:
    """A moment of a form, in Shanghai; None for nothing and for what is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


@door("desk.work")
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """The visits of a day in the order of their hours."""
    try:
        chosen = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        chosen = today()
    chosen = chosen if 2000 < chosen.year < 2100 else today()
    return render(
        request, "visits/day.html",
        {
            "day": chosen, "before": chosen - timedelta(days=1), "after": chosen + timedelta(days=1), "today": today(),
            "visits": queries.route(_member(request), chosen), "late": list(queries.unwritten(_member(request))[:10]),
            "asked": queries.asked(_member(request), chosen),
        },
    )  # fmt: skip


@door("desk.work")
@require_POST
def plan(request: HttpRequest, ref: str) -> HttpResponse:
    """Agree on a visit, from the case."""
    member = _member(request)
    case = desk.get_visible(member, ref)
    given = request.POST
    try:
        words = given.get("member", "")
        who = colleagues.chosen(member, words).member if words.strip() else None
        made = actions.plan(
            case_id=case.pk, by=member, when=_moment(given.get("when", "")), place=given.get("place", ""),
            member_id=who.pk if who else None,
        )  # fmt: skip
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return inbox.page(
            request, case, error=refused.sentence(), field="visit", given=given.dict(), status=refused.status
        )
    messages.success(request, _("约好了，已经告诉客户"))
    return redirect(reverse("desk:case", args=[made.case.ref]) + "#visits")


@door("desk.work")
@require_safe
def visit(request: HttpRequest, visit_id: int) -> HttpResponse:
    """One visit."""
    return _page(request, queries.get(_member(request), visit_id))


def _page(
    request: HttpRequest, found: Visit, *, error: str = "", failed: str = "", status: int = 200
) -> HttpResponse:
    planned = found.state == Visit.State.PLANNED
    return render(
        request, "visits/visit.html",
        {
            "visit": found, "error": error, "failed": failed, "given": request.POST,
            "may_finish": planned and found.starts_at <= timezone.now(), "may_move": planned,
            "seen": desk.can_see(_member(request), found.case_id), "bases": Referral.Basis.choices,
            "led_to_seen": hasattr(found, "led_to") and visible_to(_member(request)).filter(pk=found.led_to.client_id).exists(),
        },
        status=status,
    )  # fmt: skip


@door("desk.work")
@require_POST
def step(request: HttpRequest, visit_id: int, step: str) -> HttpResponse:
    """Result, another time, nobody goes."""
    member = _member(request)
    found = queries.get(member, visit_id)
    given = request.POST
    try:
        if step == "finish":
            done = actions.finish(
                visit_id=found.pk, by=member, came_of=given.get("came_of", ""), found=given.get("found", ""), taught=given.get("taught", ""),
                thanked="thanked" in given, referral_asked="referral_asked" in given, referral=given.get("referral", ""),
                referral_phone=given.get("referral_phone", ""), referral_basis=given.get("referral_basis", ""), referral_proof=given.get("referral_proof", ""),
                when=_moment(given.get("when", "")),
            )  # fmt: skip
        elif step == "move":
            done = actions.move(
                visit_id=found.pk,
                by=member,
                when=_moment(given.get("when", "")),
                reason=given.get("reason", ""),
            )
        elif step == "cancel":
            done = actions.cancel(visit_id=found.pk, by=member, reason=given.get("reason", ""))
        else:
            raise NotFound()
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return _page(
            request,
            queries.get(member, visit_id),
            error=refused.sentence(),
            failed=step,
            status=refused.status,
        )
    messages.success(request, _("已记下"))
    return redirect("visits:visit", done.pk)
