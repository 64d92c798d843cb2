"""Every write about clocks: begin, pause, resume, stop, extend, reckon again, and the sweep."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.desk import catalog
from maitian.desk.actions.alarms import NAMES
from maitian.desk.models import AppliedPolicy, Case, Clock, ClockCall, Neglect, Pause
from maitian.desk.rules import clocks as rules
from maitian.desk.rules.clocks import NEVER, SHOWN, ClockKind, ClockState, Course, Interval, Policy

FROM_START = (
    ClockKind.ACKNOWLEDGE, ClockKind.FIRST_ANSWER, ClockKind.ACCEPT, ClockKind.PLAN, ClockKind.RESOLUTION, ClockKind.CEILING,
)  # fmt: skip


# --- policies as applied ---------------------------------------------------------------------------------


_kept: WeakKeyDictionary[Any, dict[str, int]] = (
    WeakKeyDictionary()
)  # connection → digest → id, of committed rows


def keep_policies(policies: Iterable[Policy]) -> dict[str, int]:
    """Digest → id of the kept rows; new ones are written."""
    wanted = {policy.digest: policy.text for policy in policies}
    connection.ensure_connection()
    known = _kept.setdefault(connection.connection, {})
    if wanted.keys() <= known.keys():
        return {digest: known[digest] for digest in wanted}
    found = dict(AppliedPolicy.objects.filter(digest__in=wanted).values_list("digest", "pk"))
    missing = [AppliedPolicy(digest=d, value=json.loads(wanted[d])) for d in wanted if d not in found]
    if missing:
        AppliedPolicy.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(AppliedPolicy.objects.filter(digest__in=wanted).values_list("digest", "pk"))
    # A kept row never changes and never goes; but one that is rolled back was never kept.
    transaction.on_commit(lambda: known.update(found))
    return found


_policies: dict[int, Policy] = {}


def policies_of(ids: Iterable[int]) -> dict[int, Policy]:
    """Kept policies by id; they never change, so each is read once by a process."""
    wanted = set(ids)
    missing = wanted - _policies.keys()
    if missing:
        # Not kept beyond the call: inside a transaction that fails an id may come to mean another row.
        fresh = {row.pk: Policy.from_json(row.value) for row in AppliedPolicy.objects.filter(pk__in=missing)}
        if not connection.in_atomic_block:
            _policies.update(fresh)
        return {pk: _policies.get(pk) or fresh[pk] for pk in wanted}
    return {pk: _policies[pk] for pk in wanted}


# --- one clock -------------------------------------------------------------------------------------------


@dataclass
class Begun:
    """A clock ready to be stored."""

    policy: Policy
    laid: Course
    next_at: datetime | None


def begun(
    policy: Policy, at: datetime, calendars: Mapping[str, business_time.BusinessCalendar] | None = None
) -> Begun:
    """Lay a policy on its calendar from ``at``. ``calendars``: all of them, if they are at hand."""
    calendar = (calendars or {}).get(policy.calendar) or business_time.calendar(policy.calendar)
    laid = rules.course(calendar, at, policy)
    return Begun(policy, laid, rules.next_moment(calendar, laid, policy, fired=0, breached=False))


def start(case: Case, kind: str, policy: Policy, at: datetime) -> Clock:
    """Begin one clock of a case that is locked."""
    made = begun(policy, at)
    clock = Clock.objects.create(
        case=case, kind=kind, policy_id=keep_policies([policy])[policy.digest], started_at=at,
        counted_from=made.laid.base, minutes=made.laid.minutes, due_at=made.laid.due, next_at=made.next_at,
    )  # fmt: skip
    set_next_due(case)
    return clock


def start_by_rule(case: Case, kind: str, at: datetime, *, severity: str = "") -> Clock | None:
    """Begin a clock as the rulebook of the moment says; None when the case's policy has no such clock."""
    values = rulebook.at(at, book=case.book)
    found = catalog.policies(values, case.kind.policy, case.level_rank, severity).get(kind)
    return start(case, kind, found, at) if found is not None else None


def open_clocks(case: Case) -> list[Clock]:
    """The case's clocks that are not stopped, locked."""
    return list(
        Clock.objects.select_for_update()
        .select_related("policy")
        .filter(case=case, stopped_at=None)
        .exclude(state=ClockState.CANCELLED)
        .order_by("pk")
    )


def _policy(clock: Clock) -> Policy:
    return Policy.from_json(clock.policy.value)


def _pauses(case_id: int, policy: Policy) -> list[Interval]:
    """The ended pauses of a case that stop a clock of this policy."""
    if not policy.pauses:
        return []
    rows = Pause.objects.filter(case_id=case_id, state__in=policy.pauses, ended_at__isnull=False)
    return rules.joined((row.began_at, row.ended_at) for row in rows if row.ended_at)


def _lay(clock: Clock, policy: Policy, pauses: Sequence[Interval]) -> None:
    """Reckon a clock's deadline and next moment again. A breach stands: it is a fact of the past."""
    calendar = business_time.calendar(policy.calendar)
    breached = clock.state == ClockState.BREACHED
    laid = rules.course(
        calendar, clock.started_at, replace(policy, target=policy.target + clock.extra), pauses
    )
    if breached:
        laid = Course(laid.base, laid.minutes, clock.due_at)
    clock.counted_from, clock.minutes, clock.due_at = laid.base, laid.minutes, laid.due
    if clock.state != ClockState.PAUSED:
        clock.next_at = rules.next_moment(
            calendar, laid, policy, fired=clock.fired, breached=breached, pauses=pauses
        )


CHANGED = ["state", "counted_from", "minutes", "due_at", "next_at", "breached_at", "stopped_at", "fired"]


def _settle(case: Case, clock: Clock, at: datetime) -> None:
    """A running clock whose deadline has passed before anybody swept is late, as of its deadline."""
    if clock.state == ClockState.RUNNING and clock.due_at < at:
        _breach(case, clock)


def _breach(case: Case, clock: Clock) -> None:
    clock.state, clock.breached_at = ClockState.BREACHED, clock.due_at
    if clock.kind == ClockKind.RESOLUTION:
        Neglect.objects.get_or_create(
            clock=clock, defaults={"case": case, "member_id": case.responsible_id or case.owner_id, "at": clock.due_at}
        )  # fmt: skip


def breach_facts(ref: str, clock: str) -> dict[str, Any]:
    zh, en = NAMES[clock]
    return {"ref": ref, "clock": clock, "name": zh, "name_en": en}


def _record_breaches(case: Case, clocks: Iterable[Clock]) -> None:
    ledger.record_many(
        {"kind": "clock.breached", "actor": "system:clock", "client_id": case.client_id, "object_kind": "case",
         "object_id": case.pk, "at": clock.breached_at, "facts": breach_facts(case.ref, clock.kind)}
        for clock in clocks
    )  # fmt: skip


def stop(case: Case, kinds: Iterable[str], at: datetime) -> list[Clock]:
    """Stop clocks because the thing was done: met up to the deadline, breached after it.

    A clock that is paused is met: its time did not run. Its hold is ended first (:func:`resume`), so no hold time
    is lost when a case goes straight from waiting to done.
    """
    wanted = {str(kind) for kind in kinds}
    stopped, breached = [], []
    for clock in open_clocks(case):
        if clock.kind not in wanted:
            continue
        late = clock.state == ClockState.BREACHED
        _settle(case, clock, at)
        if clock.state == ClockState.BREACHED and not late:
            breached.append(clock)
        elif clock.state != ClockState.BREACHED:
            clock.state = ClockState.MET
        clock.stopped_at, clock.next_at = at, None
        clock.save(update_fields=CHANGED)
        stopped.append(clock)
    ClockCall.objects.filter(clock__in=stopped).delete()
    set_next_due(case)
    _record_breaches(case, breached)
    return stopped


def stop_one(case: Case, clock_id: int, at: datetime) -> None:
    """As :func:`stop`, for one clock of several of its kind (letters of the regulator)."""
    clock = next((c for c in open_clocks(case) if c.pk == clock_id), None)
    if clock is None:
        return
    late = clock.state == ClockState.BREACHED
    _settle(case, clock, at)
    if clock.state != ClockState.BREACHED:
        clock.state = ClockState.MET
    clock.stopped_at, clock.next_at = at, None
    clock.save(update_fields=CHANGED)
    ClockCall.objects.filter(clock=clock).delete()
    set_next_due(case)
    if clock.state == ClockState.BREACHED and not late:
        _record_breaches(case, [clock])


def cancel(case: Case, at: datetime, kinds: Iterable[str] | None = None) -> list[Clock]:
    """Take clocks out of force without calling them met: the case is merged, or the clock has no more sense."""
    wanted = None if kinds is None else {str(kind) for kind in kinds}
    cancelled = []
    for clock in open_clocks(case):
        if wanted is not None and clock.kind not in wanted:
            continue
        _settle(case, clock, at)
        if clock.state == ClockState.BREACHED:
            clock.stopped_at = at
        else:
            clock.state = ClockState.CANCELLED
        clock.next_at = None
        clock.save(update_fields=CHANGED)
        cancelled.append(clock)
    ClockCall.objects.filter(clock__in=cancelled).delete()
    set_next_due(case)
    return cancelled


def revive(case: Case, clock_ids: Iterable[int], at: datetime) -> None:
    """Put clocks that :func:`cancel` stopped back into force, as if they had never been stopped."""
    ids = list(clock_ids)
    for clock in Clock.objects.select_for_update().select_related("policy").filter(case=case, pk__in=ids):
        policy = _policy(clock)
        clock.stopped_at = None
        if clock.state == ClockState.CANCELLED:
            clock.state = ClockState.PAUSED if _is_held(case, policy) else ClockState.RUNNING
        _lay(clock, policy, _pauses(case.pk, policy))
        clock.save(update_fields=CHANGED)
    set_next_due(case)


def _is_held(case: Case, policy: Policy) -> bool:
    open_pause = Pause.objects.filter(case=case, ended_at=None).first()
    return open_pause is not None and open_pause.state in policy.pauses


# --- pauses ----------------------------------------------------------------------------------------------


def pause(case: Case, state: str, at: datetime, *, actor: str, reason: str = "") -> None:
    """The case waits from ``at``: the clocks that this state stops stand still."""
    resume(case, at)
    Pause.objects.create(case=case, state=state, actor=actor, reason=reason.strip()[:200], began_at=at)
    breached = []
    for clock in open_clocks(case):
        if state not in _policy(clock).pauses or clock.state != ClockState.RUNNING:
            continue
        _settle(case, clock, at)
        if clock.state == ClockState.BREACHED:
            breached.append(clock)
            _lay(clock, _policy(clock), _pauses(case.pk, _policy(clock)))
        else:
            clock.state, clock.next_at = ClockState.PAUSED, None
        clock.save(update_fields=CHANGED)
    set_next_due(case)
    _record_breaches(case, breached)


def resume(case: Case, at: datetime) -> None:
    """The open pause, if any, ends at ``at``; deadlines move by what was held."""
    waiting = Pause.objects.select_for_update().filter(case=case, ended_at=None).first()
    if waiting is None:
        return
    waiting.ended_at = max(at, waiting.began_at)
    waiting.save(update_fields=["ended_at"])
    for clock in open_clocks(case):
        policy = _policy(clock)
        if clock.state != ClockState.PAUSED:
            continue
        clock.state = ClockState.RUNNING
        _lay(clock, policy, _pauses(case.pk, policy))
        clock.save(update_fields=CHANGED)
    set_next_due(case)


def set_next_due(case: Case) -> None:
    """Keep the case's nearest deadline: of the running clocks, and of those that are late and not stopped."""
    due = (
        Clock.objects.filter(case=case, stopped_at=None, kind__in=SHOWN, state__in=[ClockState.RUNNING, ClockState.BREACHED])
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )  # fmt: skip
    case.next_due_at = due or NEVER
    Case.objects.filter(pk=case.pk).exclude(next_due_at=case.next_due_at).update(next_due_at=case.next_due_at)


def extend(case: Case, kind: str, extra: int) -> Clock | None:
    """Give a clock ``extra`` of its unit more, for good; None when no such clock is running or paused."""
    for clock in open_clocks(case):
        if clock.kind == kind and clock.state != ClockState.BREACHED:
            clock.extra += extra
            policy = _policy(clock)
            _lay(clock, policy, _pauses(case.pk, policy))
            clock.save(update_fields=[*CHANGED, "extra"])
            set_next_due(case)
            return clock
    return None


def change_severity(case: Case, severity: str, at: datetime) -> None:
    """A complaint turned out to be graver (or less so): its open clocks get the targets of that severity."""
    values = rulebook.at(at, book=case.book)
    wanted = catalog.policies(values, case.kind.policy, case.level_rank, severity)
    for clock in open_clocks(case):
        if clock.kind in wanted and clock.state in (ClockState.RUNNING, ClockState.PAUSED):
            policy = wanted[clock.kind]
            clock.policy_id = keep_policies([policy])[policy.digest]
            clock.fired = min(clock.fired, len(policy.steps))
            _lay(clock, policy, _pauses(case.pk, policy))
            clock.save(update_fields=[*CHANGED, "policy_id"])
    set_next_due(case)


# --- after a new rule or calendar ------------------------------------------------------------------------


@transaction.atomic
def reckon_again(case_ids: Sequence[int], *, at: datetime | None = None, actor: str = "system:clock") -> int:
    """Lay the open clocks of these cases on today's rules and calendars; returns how many deadlines moved.

    An extension granted in writing stays granted. Clocks that were met, breached or cancelled are history and stay. A clock set by a letter keeps the letter's day.
    """
    now = at or timezone.now()
    moved = 0
    rows: list[dict[str, Any]] = []
    locked = Case.objects.select_for_update(no_key=True, of=("self",)).select_related("kind")
    for case in locked.filter(pk__in=case_ids).order_by("pk"):
        values = rulebook.at(now, book=case.book)
        severity = severity_of(case)
        wanted = catalog.policies(values, case.kind.policy, case.level_rank, severity)
        for clock in open_clocks(case):
            before = clock.due_at
            if clock.kind == ClockKind.LETTER or clock.state == ClockState.BREACHED or _is_past(clock, now):
                continue
            policy = wanted.get(clock.kind) or _policy(clock)
            clock.policy_id = keep_policies([policy])[policy.digest]
            _lay(clock, policy, _pauses(case.pk, policy))
            clock.save(update_fields=[*CHANGED, "policy_id"])
            if clock.due_at != before:
                moved += 1
                rows.append(
                    {"kind": "clock.moved", "actor": actor, "client_id": case.client_id, "object_kind": "case",
                     "object_id": case.pk, "facts": {**breach_facts(case.ref, clock.kind), "before": before.isoformat(),
                                                     "after": clock.due_at.isoformat()}}
                )  # fmt: skip
        set_next_due(case)
    ledger.record_many(rows)
    return moved


@transaction.atomic
def change_policy(case: Case, *, at: datetime, actor: str) -> None:
    """The clocks of a case that has become another kind: open ones are laid anew, those that its old kind had not begin
    with the case, for the client has waited since then. What was met or breached is history and stays."""
    reckon_again([case.pk], at=at, actor=actor)
    values = rulebook.at(at, book=case.book)
    had = set(Clock.objects.filter(case=case).values_list("kind", flat=True))
    for kind, policy in catalog.policies(
        values, case.kind.policy, case.level_rank, severity_of(case)
    ).items():
        answered = kind == ClockKind.FIRST_ANSWER and case.last_reply_at is not None
        if kind in FROM_START and kind not in had and not answered:
            start(case, kind, policy, case.opened_at)


def _is_past(clock: Clock, now: datetime) -> bool:
    """Late already, though nobody has swept: a rule made afterwards does not undo that."""
    return clock.state == ClockState.RUNNING and clock.due_at < now


def severity_of(case: Case) -> str:
    """The severity of a complaint, which chooses its targets; empty for other cases."""
    found = getattr(case, "complaint", None) if case.kind.complaint else None
    return str(found.severity) if found is not None else ""


def reckon_all_again(*, batch: int = 500, actor: str = "system:clock") -> int:
    """Every open clock, some hundred cases a transaction. Safe to stop and run again: it ends where it ended."""
    moved, last = 0, 0
    while True:
        ids = list(
            Clock.objects.filter(case_id__gt=last, stopped_at=None, state__in=[ClockState.RUNNING, ClockState.PAUSED])
            .order_by("case_id")
            .values_list("case_id", flat=True)
            .distinct()[:batch]
        )  # fmt: skip
        if not ids:
            return moved
        moved += reckon_again(ids, actor=actor)
        last = ids[-1]
