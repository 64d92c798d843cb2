"""Promises: made, kept, moved, broken (T10)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.errors import AlreadyDone, NotFound
from maitian.desk.actions.common import active_member, lock, touch, write
from maitian.desk.errors import (
    MemberNotThere,
    MoveReasonMissing,
    PromiseDueWrong,
    PromiseNotTold,
    PromiseNotYours,
    PromiseWhatMissing,
)
from maitian.desk.models import Case, Entry, Promise, PromiseMove
from maitian.staff.models import Member
from maitian.staff.notifications import notify


def _remind_at(due: datetime, made: datetime) -> datetime:
    """When the keeper is reminded: so many branch minutes before the hour (rulebook), or at once if that is past."""
    minutes = rulebook.at(made).desk.promise.remind_minutes
    calendar = business_time.calendar("branch_hours")
    # The latest open moment from which `minutes` lead to the hour.
    open_before = calendar.between(made, due)
    return calendar.add(made, open_before - minutes) if open_before > minutes else made


def _locked(promise_id: int) -> Promise:
    found = (
        Promise.objects.select_for_update(of=("self",))
        .select_related("case", "keeper")
        .filter(pk=promise_id)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _record(kind: str, promise: Promise, *, actor: str, at: datetime) -> None:
    live.notify(f"member-{promise.keeper_id}", "desk")
    due = business_time.shanghai(promise.due_at)
    ledger.record(
        kind, actor=actor, client_id=promise.client_id, object_kind="promise", object_id=promise.pk, at=at,
        facts={"due": f"{due:%m-%d %H:%M}", "by": f"{due.month}月{due.day}日 {due:%H:%M}", "keeper": promise.keeper_id,
               "ref": promise.case.ref if promise.case else ""},
    )  # fmt: skip


@transaction.atomic
def make(
    *, client_id: int, by: Member, what: str, due_at: datetime, keeper_id: int | None = None, case_id: int | None = None,
    entry: Entry | None = None, at: datetime | None = None,
) -> Promise:  # fmt: skip
    """Keep what a client was promised: who, what, by when. Without ``keeper_id`` the one who promised keeps it."""
    now = at or timezone.now()
    if not what.strip():
        raise PromiseWhatMissing()
    if due_at <= now:
        raise PromiseDueWrong()
    keeper = by if keeper_id is None else active_member(by.branch_id, keeper_id)
    if keeper is None:
        raise MemberNotThere()
    promise = Promise.objects.create(
        client_id=client_id, case_id=case_id, entry=entry, keeper=keeper, what=what.strip()[:200], due_at=due_at, made_at=now,
        made_by=by.actor, next_at=_remind_at(due_at, now),
    )  # fmt: skip
    if keeper.pk != by.pk:
        notify(
            [keeper.pk],
            "desk.promise_yours",
            facts={"due": f"{business_time.shanghai(due_at):%m-%d %H:%M}"},
            url="/desk/promises/",
            at=now,
        )
    _record("promise.made", promise, actor=by.actor, at=now)
    return promise


def _check_may(promise: Promise, by: Member) -> None:
    if promise.keeper_id != by.pk and not by.may("desk.lead"):
        raise PromiseNotYours(name=promise.keeper.title)


@transaction.atomic
def keep(*, promise_id: int, by: Member, at: datetime | None = None) -> Promise:
    """It was done. Done after its hour it stays broken, with the moment at which it was done after all."""
    promise = _locked(promise_id)
    _check_may(promise, by)
    now = at or timezone.now()
    if promise.kept_at is not None:
        raise AlreadyDone(state=promise.get_state_display())
    promise.kept_at, promise.next_at = now, None
    if promise.state == Promise.State.OPEN:
        if now > promise.due_at:
            _break(promise)
        else:
            promise.state = Promise.State.KEPT
    promise.save(update_fields=["kept_at", "next_at", "state", "broken_at"])
    _record(
        "promise.kept" if promise.state == Promise.State.KEPT else "promise.kept_late",
        promise,
        actor=by.actor,
        at=now,
    )
    return promise


def _break(promise: Promise) -> None:
    promise.state, promise.broken_at = Promise.State.BROKEN, promise.due_at
    _record("promise.broken", promise, actor="system:clock", at=promise.due_at)


@transaction.atomic
def move(
    *, promise_id: int, by: Member, due_at: datetime, reason: str, told: str, channel: str = "phone", at: datetime | None = None
) -> Promise:  # fmt: skip
    """Move a promise that is not due yet: the client is told, in words that are kept, and the reason stands beside it.

    Of a case the words are an answer in it; otherwise they stand with the move on the client's page.
    """
    promise = _locked(promise_id)
    _check_may(promise, by)
    now = at or timezone.now()
    if promise.state != Promise.State.OPEN or promise.due_at < now:
        raise AlreadyDone(
            state=Promise.State.BROKEN.label
            if promise.state == Promise.State.OPEN
            else promise.get_state_display()
        )
    if not reason.strip():
        raise MoveReasonMissing()
    if not told.strip():
        raise PromiseNotTold()
    if due_at <= now:
        raise PromiseDueWrong()
    entry = None
    if promise.case_id is not None and promise.case is not None and promise.case.merged_into_id is None:
        case: Case = lock(promise.case_id)
        entry = write(
            case,
            Entry.Kind.REPLY,
            actor=by.actor,
            at=now,
            body=told.strip(),
            channel=channel,
            by=by,
            facts={"what": "promise_moved"},
        )
        touch(case, now, last_reply_at=now)
    PromiseMove.objects.create(
        promise=promise,
        before=promise.due_at,
        after=due_at,
        reason=reason.strip()[:200],
        told=told.strip(),
        entry=entry,
        actor=by.actor,
        at=now,
    )
    promise.due_at, promise.next_at, promise.reminded_at = due_at, _remind_at(due_at, now), None
    promise.moves += 1
    promise.save(update_fields=["due_at", "next_at", "reminded_at", "moves"])
    _record("promise.moved", promise, actor=by.actor, at=now)
    return promise


@transaction.atomic
def pass_on(*, promise_id: int, by: Member, keeper_id: int, at: datetime | None = None) -> Promise:
    """Somebody else keeps it; its hour stays."""
    promise = _locked(promise_id)
    _check_may(promise, by)
    now = at or timezone.now()
    if promise.kept_at is not None:
        raise AlreadyDone(state=promise.get_state_display())
    keeper = active_member(by.branch_id, keeper_id)
    if keeper is None:
        raise MemberNotThere()
    promise.keeper = keeper
    promise.save(update_fields=["keeper"])
    notify(
        [keeper.pk],
        "desk.promise_yours",
        facts={"due": f"{business_time.shanghai(promise.due_at):%m-%d %H:%M}"},
        url="/desk/promises/",
        at=now,
    )
    _record("promise.passed_on", promise, actor=by.actor, at=now)
    return promise


def sweep(now: datetime | None = None) -> int:
    """Remind keepers, and date what was not kept at its hour; returns how many promises were broken."""
    moment = now or timezone.now()
    broken = 0
    while True:
        part, done = _sweep_some(moment)
        broken += done
        if part < 500:
            return broken


@transaction.atomic
def _sweep_some(now: datetime) -> tuple[int, int]:
    rows = list(
        Promise.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("case", "keeper")
        .filter(next_at__lte=now)
        .order_by("next_at")[:500]
    )
    broken = 0
    for promise in rows:
        facts = {"due": f"{business_time.shanghai(promise.due_at):%m-%d %H:%M}"}
        if promise.due_at < now:
            promise.next_at = None
            _break(promise)
            broken += 1
            leads = Member.objects.filter(
                branch_id=promise.keeper.branch_id,
                active=True,
                role="team_lead",
                centre=promise.keeper.centre,
            )
            notify({promise.keeper_id, *leads.values_list("pk", flat=True)}, "desk.promise_broken", facts={**facts, "name": promise.keeper.name}, url="/desk/promises/", at=now)  # fmt: skip
        else:
            promise.next_at, promise.reminded_at = promise.due_at, now
            notify([promise.keeper_id], "desk.promise_due", facts=facts, url="/desk/promises/", at=now)
        promise.save(update_fields=["next_at", "reminded_at", "state", "broken_at"])
    return len(rows), broken
