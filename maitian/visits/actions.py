"""Every write of visits: plan, result, move, cancel. What the client is told is an answer in his case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.desk.actions import moving, talking
from maitian.desk.actions.common import active_member, lock
from maitian.desk.models import Case
from maitian.desk.rules.states import WORKING, Result
from maitian.staff.models import Member
from maitian.staff.notifications import notify
from maitian.visits import referring
from maitian.visits.errors import (
    AlreadyPlanned,
    Busy,
    FoundMissing,
    NextMissing,
    NoSuchColleague,
    NotForThisCase,
    NotPlanned,
    PlaceMissing,
    ReasonMissing,
    TooEarly,
    WhenWrong,
)
from maitian.visits.models import Visit

TEXT = 2_000


def words(at: datetime) -> str:
    """``11月26日 15:00``, as a client reads it."""
    local = shanghai(at)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _record(kind: str, visit: Visit, by: Member, now: datetime, **facts: Any) -> None:
    ledger.record(
        kind, actor=by.actor, client_id=visit.case.client_id, object_kind="visit", object_id=visit.pk, at=now,
        facts={"ref": visit.case.ref, "number": visit.number, "when": f"{shanghai(visit.starts_at):%m-%d %H:%M}", "net": "people", **facts},
    )  # fmt: skip


def _appoint(
    case: Case, *, by: Member, member_id: int | None, when: datetime | None, place: str, now: datetime
) -> Visit:  # fmt: skip
    """A new appointment of a locked case, free of other appointments of who goes."""
    limits = rulebook.at(now).visits
    if when is None or not now < when <= now + timedelta(days=limits.ahead_days):
        raise WhenWrong(days=limits.ahead_days)
    if not place.strip():
        raise PlaceMissing()
    who = by if member_id is None else active_member(by.branch_id, member_id)
    if who is None:
        raise NoSuchColleague()
    Member.objects.select_for_update(no_key=True).get(
        pk=who.pk
    )  # two appointments of one person, one after the other
    until = when + timedelta(minutes=limits.minutes)
    other = (
        Visit.objects.filter(member=who, state=Visit.State.PLANNED, starts_at__lt=until, ends_at__gt=when)
        .exclude(case=case)
        .first()
    )
    if other is not None:
        raise Busy(
            name=who.title,
            from_=f"{shanghai(other.starts_at):%H:%M}",
            until=f"{shanghai(other.ends_at):%H:%M}",
        )
    if Visit.objects.filter(case=case, state=Visit.State.PLANNED).exists():
        raise AlreadyPlanned(ref=case.ref)
    number = Visit.objects.filter(case=case).count() + 1
    visit = Visit.objects.create(
        case=case, number=number, member=who, starts_at=when, ends_at=until, place=place.strip()[:200], made_by=by.actor, made_at=now,
    )  # fmt: skip
    if who.pk != by.pk:
        notify(
            [who.pk],
            "visits.yours",
            facts={"when": f"{shanghai(when):%m-%d %H:%M}", "ref": case.ref},
            url=f"/visits/{visit.pk}/",
            at=now,
        )
    return visit


@transaction.atomic
def plan(
    *, case_id: int, by: Member, when: datetime | None, place: str, member_id: int | None = None, at: datetime | None = None
) -> Visit:  # fmt: skip
    """Agree on a visit with the client. He reads in his case who comes and when; that is the plan of the case."""
    case, now = lock(case_id), at or timezone.now()
    if case.client_id is None or case.state not in WORKING:
        raise NotForThisCase(ref=case.ref)
    visit = _appoint(case, by=by, member_id=member_id, when=when, place=place, now=now)
    entry = talking.reply(
        case_id=case.pk,
        by=by,
        body=f"{words(visit.starts_at)} {visit.member.title}上门帮您看。",
        channel="portal",
        at=now,
    )
    talking.plan_stated(case_id=case.pk, by=by, entry=entry, at=now)
    _record("visit.planned", visit, by, now)
    return visit


def _locked(visit_id: int) -> Visit:
    """The planned visit, its case locked before it as everywhere."""
    found = Visit.objects.filter(pk=visit_id).first()
    if found is None:
        raise NotFound()
    lock(found.case_id)
    visit = Visit.objects.select_for_update(of=("self",)).select_related("case", "member").get(pk=visit_id)
    if visit.state != Visit.State.PLANNED:
        raise NotPlanned(state=visit.get_state_display())
    return visit


@transaction.atomic
def finish(
    *, visit_id: int, by: Member, came_of: str, found: str, taught: str = "", thanked: bool = False, referral_asked: bool = False,
    referral: str = "", referral_phone: str = "", referral_basis: str = "", referral_proof: str = "", when: datetime | None = None,
    at: datetime | None = None,
) -> Visit:  # fmt: skip
    """What came of a visit. Solved: the client has his definite result. Not solved, or nobody there: the next appointment is
    part of it, and the client reads when.

    ``referral``: whom the client named. With phone, consent (``referral_basis``) and its proof the person becomes a lead, or is
    linked when on record already (``referring``); without consent the words alone are kept.
    """
    named = referring.Named(referral, referral_phone, referral_basis, referral_proof)
    visit, now = _locked(visit_id), at or timezone.now()
    if now < visit.starts_at:
        raise TooEarly(when=words(visit.starts_at))
    if came_of not in (Visit.State.SOLVED, Visit.State.UNSOLVED, Visit.State.MISSED):
        raise NotFound()
    if came_of != Visit.State.MISSED and not found.strip():
        raise FoundMissing()
    becomes_lead = referring.check(named)
    visit.state, visit.done_at = came_of, now
    visit.found, visit.taught = found.strip()[:TEXT], taught.strip()[:TEXT]
    visit.thanked, visit.referral = thanked, referral.strip()[:200]
    visit.referral_asked = referral_asked or bool(visit.referral)
    visit.save()
    if came_of == Visit.State.SOLVED:
        taught_words = f"教了您：{visit.taught}。" if visit.taught else ""
        moving.resolve(
            case_id=visit.case_id, by=by, result=Result.SOLVED, body=f"{visit.found}。{taught_words}谢谢您，有事随时找我们。".replace("。。", "。"),
            channel="visit", at=now,
        )  # fmt: skip
    else:
        _again(visit, by, when, now)
    _record(f"visit.{came_of}", visit, by, now)
    if visit.referral:
        _record("visit.referral", visit, by, now)
    if becomes_lead:
        referring.refer(visit, named, by=by, now=now)
    return visit


def _again(visit: Visit, by: Member, when: datetime | None, now: datetime) -> None:
    if when is None:
        raise NextMissing()
    case = lock(visit.case_id)
    following = _appoint(case, by=by, member_id=visit.member_id, when=when, place=str(visit.place), now=now)
    visit.again = following
    visit.save(update_fields=["again"])
    said = "今天没有见到您。" if visit.state == Visit.State.MISSED else "今天还没有解决。"
    talking.reply(
        case_id=visit.case_id, by=by, body=f"{said}{words(following.starts_at)} {following.member.title}再来，直到解决。", channel="visit", at=now
    )  # fmt: skip


@transaction.atomic
def move(
    *, visit_id: int, by: Member, when: datetime | None, reason: str, at: datetime | None = None
) -> Visit:
    """Another time for the same visit; the client reads why."""
    visit, now = _locked(visit_id), at or timezone.now()
    if not reason.strip():
        raise ReasonMissing()
    visit.state, visit.done_at = Visit.State.MOVED, now
    visit.save(update_fields=["state", "done_at"])
    following = _appoint(
        lock(visit.case_id), by=by, member_id=visit.member_id, when=when, place=str(visit.place), now=now
    )
    visit.again = following
    visit.save(update_fields=["again"])
    talking.reply(
        case_id=visit.case_id, by=by, body=f"上门改到 {words(following.starts_at)}：{reason.strip()[:200]}", channel="portal", at=now
    )  # fmt: skip
    _record("visit.moved", following, by, now)
    return following


@transaction.atomic
def cancel(*, visit_id: int, by: Member, reason: str, at: datetime | None = None) -> Visit:
    """Nobody goes; the client reads why. The case stays open."""
    visit, now = _locked(visit_id), at or timezone.now()
    if not reason.strip():
        raise ReasonMissing()
    visit.state, visit.done_at = Visit.State.CANCELLED, now
    visit.save(update_fields=["state", "done_at"])
    talking.reply(
        case_id=visit.case_id,
        by=by,
        body=f"取消了 {words(visit.starts_at)} 的上门：{reason.strip()[:200]}",
        channel="portal",
        at=now,
    )
    _record("visit.cancelled", visit, by, now)
    return visit
