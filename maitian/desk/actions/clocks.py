"""Every write about clocks: begin, pause, resume, stop, extend, reckon again, and the sweep."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.desk import catalog
from maitian.desk.actions import alarms
from maitian.desk.actions.alarms import NAMES
from maitian.desk.models import AppliedPolicy, Case, Clock, ClockCall, Neglect, Pause
from maitian.desk.rules import clocks as rules
from maitian.desk.rules.clocks import NEVER, SHOWN, ClockKind, ClockState, Course, Interval, Policy
from maitian.staff.models import Member
from maitian.staff.notifications import notify_many

FROM_START = (
    ClockKind.ACKNOWLEDGE, ClockKind.FIRST_ANSWER, ClockKind.ACCEPT, ClockKind.PLAN, ClockKind.RESOLUTION, ClockKind.CEILING,
)  # fmt: skip
SWEEP = 5_000  # clocks of one transaction


# --- policies as applied ---------------------------------------------------------------------------------


def digest_of(policy: Policy) -> tuple[str, str]:
    """The digest under which a policy is kept, and its JSON."""
    text = json.dumps(policy.as_json(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest(), text


def keep_policies(policies: Iterable[Policy]) -> dict[str, int]:
    """Digest → id of the kept rows; new ones are written."""
    wanted = dict(digest_of(policy) for policy in policies)
    found = dict(AppliedPolicy.objects.filter(digest__in=wanted).values_list("digest", "pk"))
    missing = [AppliedPolicy(digest=d, value=json.loads(wanted[d])) for d in wanted if d not in found]
    if missing:
        AppliedPolicy.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(AppliedPolicy.objects.filter(digest__in=wanted).values_list("digest", "pk"))
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


def begun(policy: Policy, at: datetime) -> Begun:
    """Lay a policy on its calendar from ``at``."""
    calendar = business_time.calendar(policy.calendar)
    laid = rules.course(calendar, at, policy)
    return Begun(policy, laid, rules.next_moment(calendar, laid, policy, fired=0, breached=False))


def start(case: Case, kind: str, policy: Policy, at: datetime) -> Clock:
    """Begin one clock of a case that is locked."""
    made = begun(policy, at)
    clock = Clock.objects.create(
        case=case, kind=kind, policy_id=keep_policies([policy])[digest_of(policy)[0]], started_at=at,
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
            clock.policy_id = keep_policies([policy])[digest_of(policy)[0]]
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
            clock.policy_id = keep_policies([policy])[digest_of(policy)[0]]
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


# --- the sweep -------------------------------------------------------------------------------------------


@dataclass
class Swept:
    """What a sweep did."""

    clocks: int = 0
    breaches: int = 0
    steps: int = 0
    closed: int = 0


def sweep(now: datetime | None = None) -> Swept:
    """Everything that is due: steps of ladders fire once, deadlines breach, quiet cases close.

    Costs what is due, not what is open: it reads the partial index on ``next_at``. Several workers may sweep at
    once; a clock that one of them holds is skipped by the others.
    """
    from maitian.desk.actions.moving import close_quietly

    moment = now or timezone.now()
    total = Swept()
    while True:
        part = _sweep_some(moment)
        total.clocks += part.clocks
        total.breaches += part.breaches
        total.steps += part.steps
        if part.clocks < SWEEP:
            break
    # Each in a transaction of its own, case first and clocks after, as every action does it.
    quiet = Clock.objects.filter(kind=ClockKind.AUTO_CLOSE, next_at__lte=moment).order_by("next_at")
    for case_id in quiet.values_list("case_id", flat=True)[:SWEEP]:
        total.closed += close_quietly(case_id, at=moment)
    return total


DUE = """
SELECT k.id, k.kind, k.state, k.policy_id, k.counted_from, k.minutes, k.due_at, k.fired, k.started_at,
       c.id, c.ref, c.client_id, c.branch_id, c.team, c.owner_id, c.responsible_id
  FROM desk_clock k JOIN desk_case c ON c.id = k.case_id
 WHERE k.next_at <= %s AND k.kind <> 'auto_close' ORDER BY k.next_at LIMIT %s FOR UPDATE OF k SKIP LOCKED
"""


@transaction.atomic
def _sweep_some(now: datetime) -> Swept:
    with connection.cursor() as cursor:
        cursor.execute(DUE, [now, SWEEP])
        rows = cursor.fetchall()
    done = Swept(clocks=len(rows))
    if not rows:
        return done
    policies = policies_of({row[3] for row in rows})
    pauses = _pauses_of({row[9] for row in rows if policies[row[3]].pauses})
    calendars = business_time.calendars()
    told = _Told({row[12] for row in rows})
    steps_of: dict[tuple[int, float], list[rules.Step]] = {}
    updates: list[tuple[Any, ...]] = []
    fired: list[tuple[Any, ...]] = []
    bells: list[tuple[int, str, Mapping[str, Any], str, datetime]] = []
    breaches: list[dict[str, Any]] = []
    neglects: list[tuple[Any, ...]] = []
    calls: list[tuple[Any, ...]] = []
    mails: dict[tuple[int, int], alarms.Alarm] = {}
    for (clock_id, kind, state, policy_id, base, minutes, due, count, _started,
         case_id, ref, client_id, branch_id, team, owner_id, responsible_id) in rows:  # fmt: skip
        policy = policies[policy_id]
        calendar = calendars[policy.calendar]
        laid = Course(base, minutes, due)
        held = [(began, ended) for waited, began, ended in pauses.get(case_id, ()) if waited in policy.pauses]
        if (policy_id, minutes) not in steps_of:
            steps_of[policy_id, minutes] = rules.positions(policy, minutes)
        steps = steps_of[policy_id, minutes]
        late = state == ClockState.BREACHED
        if not late and due < now:
            late, state = True, ClockState.BREACHED
            done.breaches += 1
            breaches.append(
                {"kind": "clock.breached", "actor": "system:clock", "client_id": client_id, "object_kind": "case",
                 "object_id": case_id, "at": due, "facts": breach_facts(ref, kind)}
            )  # fmt: skip
            if kind == ClockKind.RESOLUTION:
                neglects.append((case_id, clock_id, responsible_id or owner_id, due))
        following: datetime | None = None
        while count < len(steps):
            step = steps[count]
            moment = rules.moment_of(calendar, laid, step.position, held)
            if moment > now:
                following = moment
                break
            members = told.members(step.who, branch_id, team, owner_id, responsible_id, case_id)
            fired.append((clock_id, count, step.who, members, list(step.how), moment, now))
            if "home" in step.how:
                calls += [(member, clock_id, moment) for member in members]
            told_by_bell = alarms.bell(ref, kind, due, now)
            if set(step.how) - {"email"}:
                bells += [(member, *told_by_bell) for member in members]
            if "email" in step.how:
                # Of two steps at one time that mean the same member the later one writes.
                mails |= {
                    (clock_id, member): alarms.Alarm(
                        clock_id, count, member, case_id, kind, told_by_bell if set(step.how) == {"email"} else None
                    )
                    for member in members
                }  # fmt: skip
            count += 1
        if not late:
            following = min(following, due) if following else due
        updates.append((clock_id, state, count, following, due if late else None))
    done.steps = len(fired)
    _store(updates, fired, neglects, calls)
    notify_many([*bells, *alarms.write(list(mails.values()), now)])
    ledger.record_many(breaches)
    return done


def _pauses_of(case_ids: set[int]) -> dict[int, list[tuple[str, datetime, datetime]]]:
    found: dict[int, list[tuple[str, datetime, datetime]]] = defaultdict(list)
    if case_ids:
        rows = Pause.objects.filter(case_id__in=case_ids, ended_at__isnull=False).order_by("began_at")
        for case_id, state, began, ended in rows.values_list("case_id", "state", "began_at", "ended_at"):
            found[case_id].append((state, began, ended))  # type: ignore[arg-type]
    return found


def _store(
    updates: list[tuple[Any, ...]], fired: list[tuple[Any, ...]], neglects: list[tuple[Any, ...]], calls: list[tuple[Any, ...]]
) -> None:  # fmt: skip
    """What a sweep found, in one statement for each table. Rows go over as one JSON text: arrays of text cost ten times that."""
    statements = (
        (
            updates,
            "UPDATE desk_clock k SET state = n.state, fired = n.fired, next_at = n.next_at, breached_at = coalesce(k.breached_at, n.breached_at)"
            " FROM json_to_recordset(%s) AS n(id bigint, state text, fired int, next_at timestamptz, breached_at timestamptz) WHERE k.id = n.id",
            ("id", "state", "fired", "next_at", "breached_at"),
        ),
        (
            fired,
            "INSERT INTO desk_escalation (clock_id, step, who, members, how, at, fired_at) SELECT * FROM json_to_recordset(%s)"
            " AS n(clock_id bigint, step int, who text, members jsonb, how jsonb, at timestamptz, fired_at timestamptz)",
            ("clock_id", "step", "who", "members", "how", "at", "fired_at"),
        ),
        (
            neglects,
            "INSERT INTO desk_neglect (case_id, clock_id, member_id, at) SELECT * FROM json_to_recordset(%s)"
            " AS n(case_id bigint, clock_id bigint, member_id bigint, at timestamptz) ON CONFLICT (clock_id) DO NOTHING",
            ("case_id", "clock_id", "member_id", "at"),
        ),
        (
            calls,
            "INSERT INTO desk_clockcall (member_id, clock_id, at) SELECT * FROM json_to_recordset(%s)"
            " AS n(member_id bigint, clock_id bigint, at timestamptz) ON CONFLICT DO NOTHING",
            ("member_id", "clock_id", "at"),
        ),
    )
    with connection.cursor() as cursor:
        for rows, statement, names in statements:
            if rows:
                cursor.execute(
                    statement, [json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str)]
                )


class _Told:
    """Who is meant by the words of a ladder, read once for a sweep."""

    def __init__(self, branches: set[int]) -> None:
        self._by_role: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._leads: dict[tuple[int, str], list[int]] = defaultdict(list)
        rows = Member.objects.filter(
            branch_id__in=branches,
            active=True,
            role__in=["team_lead", "branch_manager", "compliance_officer"],
        ).order_by("pk")
        for pk, branch_id, role, centre in rows.values_list("pk", "branch_id", "role", "centre"):
            self._by_role[branch_id, role].append(pk)
            if role == "team_lead":
                self._leads[branch_id, centre].append(pk)
        self._named: dict[int, set[int]] | None = None

    def members(
        self, who: str, branch_id: int, team: str, owner_id: int | None, responsible_id: int | None, case_id: int
    ) -> list[int]:  # fmt: skip
        """Ids, without those whom the complaint names. Nobody of the kind: the branch manager stands in."""
        managers = self._by_role[branch_id, "branch_manager"]
        answers = responsible_id or owner_id
        if who == "owner":
            found = [owner_id] if owner_id else self._leads[branch_id, team] or managers
        elif who == "responsible":
            found = [answers] if answers else managers
        elif who == "team_lead":
            found = self._leads[branch_id, team] or managers
        elif who == "compliance":
            found = self._by_role[branch_id, "compliance_officer"] or managers
        else:
            found = managers
        named = self._named_in(case_id)
        kept = [member for member in found if member and member not in named]
        return kept or [member for member in managers if member not in named]

    def _named_in(self, case_id: int) -> set[int]:
        if self._named is None:
            from maitian.desk.models import Named

            self._named = defaultdict(set)
            rows = Named.objects.filter(case__is_open=True).values_list("case_id", "member_id")
            for named_case, member in rows:
                self._named[named_case].add(member)
        return self._named.get(case_id, set())
