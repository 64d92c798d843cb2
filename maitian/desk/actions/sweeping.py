"""The sweep: what the clock brings by itself. Steps of ladders fire once, deadlines breach, quiet cases close."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, connections, transaction
from django.utils import timezone

from maitian.core import ledger
from maitian.core import time as business_time
from maitian.core.columns import instants, moment, numbers
from maitian.desk.actions import alarms
from maitian.desk.actions.clocks import breach_facts, policies_of
from maitian.desk.models import Clock, Named, Pause
from maitian.desk.rules import clocks as rules
from maitian.desk.rules.clocks import ClockKind, ClockState, Course
from maitian.staff.models import Member
from maitian.staff.notifications import Telling, tell

SWEEP = 1_250  # clocks of one transaction
LANES = 2  # connections that share the work when more is due than one transaction takes: as many as the least machine has cores


@dataclass
class Swept:
    """What a sweep did."""

    clocks: int = 0
    breaches: int = 0
    steps: int = 0
    closed: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(
            self.clocks + other.clocks, self.breaches + other.breaches, self.steps + other.steps, self.closed + other.closed
        )  # fmt: skip


def sweep(now: datetime | None = None) -> Swept:
    """Everything that is due by ``now`` (aware).

    Costs what is due, not what is open: it reads the partial index on ``next_at``. Several workers may sweep at
    once; a clock that one of them holds is skipped by the others. A large backlog is shared by two connections.
    """
    from maitian.desk.actions.moving import close_quietly

    at = now or timezone.now()
    # A caller who has a transaction open sees the result in it, so there the work cannot be given away.
    if not connection.in_atomic_block and _backlog(at) > SWEEP:
        with ThreadPoolExecutor(LANES, "sweep") as lanes:
            total = sum(lanes.map(_lane, [at] * LANES), Swept())
    else:
        total = _sweep_all(at)
    # Each in a transaction of its own, case first and clocks after, as every action does it.
    quiet = Clock.objects.filter(kind=ClockKind.AUTO_CLOSE, next_at__lte=at).order_by("next_at")
    for case_id in quiet.values_list("case_id", flat=True)[:SWEEP]:
        total.closed += close_quietly(case_id, at=at)
    return total


def _backlog(at: datetime) -> int:
    """How many clocks are due, counted to one more than a transaction takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM desk_clock WHERE next_at <= %s AND kind <> 'auto_close' LIMIT %s) AS due",
            [at, SWEEP + 1],
        )
        return int(cursor.fetchone()[0])


def _lane(at: datetime) -> Swept:
    """In a thread, on a connection of its own."""
    try:
        return _sweep_all(at)
    finally:
        connections.close_all()


def _sweep_all(at: datetime) -> Swept:
    total = Swept()
    while True:
        part = _sweep_some(at)
        total += part
        if part.clocks < SWEEP:
            return total


DUE = """
SELECT k.id, k.kind, k.state, k.policy_id, (extract(epoch FROM k.counted_from) * 1000000)::bigint, k.minutes,
       (extract(epoch FROM k.due_at) * 1000000)::bigint, k.fired,
       c.id, c.ref, c.client_id, c.branch_id, c.team, c.owner_id, c.responsible_id
  FROM desk_clock k JOIN desk_case c ON c.id = k.case_id
 WHERE k.next_at <= %s AND k.kind <> 'auto_close' ORDER BY k.next_at LIMIT %s FOR UPDATE OF k SKIP LOCKED
"""


@dataclass
class _Found:
    """What a sweep will store, by table."""

    updates: list[tuple[int, bool, int, datetime | None]] = field(
        default_factory=list
    )  # clock, late, fired, next
    fired: list[tuple[int, int, int, datetime]] = field(
        default_factory=list
    )  # clock, step, which words, its moment
    words: dict[tuple[str, tuple[int, ...], tuple[str, ...]], int] = field(
        default_factory=dict
    )  # who, whom, how
    neglects: list[tuple[int, int, int | None]] = field(default_factory=list)  # case, clock, member
    calls: dict[tuple[int, int], datetime] = field(default_factory=dict)  # member and clock
    bells: list[Telling] = field(default_factory=list)
    mails: dict[tuple[int, int], alarms.Alarm] = field(default_factory=dict)
    breaches: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def _sweep_some(now: datetime) -> Swept:
    with connection.cursor() as cursor:
        # What a power failure takes back is swept again. Whatever acts on it commits later, and so with it.
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(DUE, [now, SWEEP])
        rows = cursor.fetchall()
    if not rows:
        return Swept()
    policies = policies_of({row[3] for row in rows})
    pauses = _pauses_of({row[8] for row in rows if policies[row[3]].pauses})
    calendars = business_time.calendars()
    meant = _Meant({row[11] for row in rows})
    steps_of: dict[tuple[int, float], list[rules.Step]] = {}
    found = _Found()
    for (clock_id, kind, state, policy_id, base, minutes, due_at, count,
         case_id, ref, client_id, branch_id, team, owner_id, responsible_id) in rows:  # fmt: skip
        policy, due = policies[policy_id], moment(due_at)
        calendar = calendars[policy.calendar]
        laid = Course(moment(base), minutes, due)
        held = (
            [(b, e) for waited, b, e in pauses[case_id] if waited in policy.pauses]
            if case_id in pauses
            else ()
        )
        steps = steps_of.get((policy_id, minutes))
        if steps is None:
            steps = steps_of[policy_id, minutes] = rules.positions(policy, minutes)
        late = state == ClockState.BREACHED
        if not late and due < now:
            late = True
            found.breaches.append(
                {"kind": "clock.breached", "actor": "system:clock", "client_id": client_id, "object_kind": "case",
                 "object_id": case_id, "at": due, "facts": breach_facts(ref, kind)}
            )  # fmt: skip
            if kind == ClockKind.RESOLUTION:
                found.neglects.append((case_id, clock_id, responsible_id or owner_id))
        following: datetime | None = None
        rung: dict[
            int, None
        ] = {}  # of several steps at one time that mean the same member the bell rings once
        told_by_bell: alarms.Bell | None = None
        while count < len(steps):
            step = steps[count]
            due_step = rules.moment_of(calendar, laid, step.position, held)
            if due_step > now:
                following = due_step
                break
            members = meant.members(step.who, branch_id, team, owner_id, responsible_id, case_id)
            told_by_bell = told_by_bell or alarms.bell(ref, kind, due, now)
            word = found.words.setdefault((step.who, members, step.how), len(found.words))
            found.fired.append((clock_id, count, word, due_step))
            if "home" in step.how:
                for member in members:
                    found.calls.setdefault((member, clock_id), due_step)
            if step.how != ("email",):
                rung |= dict.fromkeys(members)
            if "email" in step.how:
                # Of two steps at one time that mean the same member the later one writes.
                for member in members:
                    found.mails[clock_id, member] = alarms.Alarm(
                        clock_id,
                        count,
                        member,
                        case_id,
                        kind,
                        told_by_bell if step.how == ("email",) else None,
                    )
            count += 1
        if told_by_bell and rung:
            found.bells.append(Telling(list(rung), *told_by_bell))
        if not late:
            following = min(following, due) if following else due
        found.updates.append((clock_id, late, count, following))
    _store(found, now)
    return Swept(clocks=len(rows), breaches=len(found.breaches), steps=len(found.fired))


UPDATES = """
UPDATE desk_clock k SET state = CASE WHEN n.late = 1 THEN 'breached' ELSE k.state END, fired = n.fired,
       next_at = to_timestamp(n.next_at / 1e6), breached_at = CASE WHEN n.late = 1 THEN coalesce(k.breached_at, k.due_at) ELSE k.breached_at END
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS n(id, late, fired, next_at) WHERE k.id = n.id
"""
FIRED = """
INSERT INTO desk_escalation (clock_id, step, who, members, how, at, fired_at)
SELECT n.clock_id, n.step, w.words->>0, w.words->1, w.words->2, to_timestamp(n.at / 1e6), %s
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS n(clock_id, step, word, at)
  JOIN (SELECT value AS words, ordinality - 1 AS number FROM jsonb_array_elements(%s) WITH ORDINALITY) w ON w.number = n.word
"""
NEGLECTS = """
INSERT INTO desk_neglect (case_id, clock_id, member_id, at)
SELECT n.case_id, n.clock_id, n.member_id, k.due_at
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n(case_id, clock_id, member_id) JOIN desk_clock k ON k.id = n.clock_id
ON CONFLICT (clock_id) DO NOTHING
"""
CALLS = """
INSERT INTO desk_clockcall (member_id, clock_id, at)
SELECT n.member_id, n.clock_id, to_timestamp(n.at / 1e6)
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n(member_id, clock_id, at) ON CONFLICT DO NOTHING
"""


def _store(found: _Found, now: datetime) -> None:
    """What a sweep found, in one statement for each table; the ledger last, whose lock is held until the end."""
    with connection.cursor() as cursor:
        ids, late, fired, following = zip(*found.updates, strict=True)
        cursor.execute(UPDATES, [numbers(ids), numbers(late), numbers(fired), instants(following)])
        if found.fired:
            ids, steps, words, moments = zip(*found.fired, strict=True)
            known = json.dumps([list(word) for word in found.words])
            cursor.execute(
                FIRED, [now, numbers(ids), numbers(steps), numbers(words), instants(moments), known]
            )
        if found.neglects:
            cursor.execute(NEGLECTS, [numbers(column) for column in zip(*found.neglects, strict=True)])
        if found.calls:
            members, ids = zip(*found.calls, strict=True)
            cursor.execute(CALLS, [numbers(members), numbers(ids), instants(found.calls.values())])
    unreached = alarms.write(list(found.mails.values()), now)
    tell(
        [
            *found.bells,
            *(Telling([member], kind, facts, url, at) for member, kind, facts, url, at in unreached),
        ]
    )
    with connection.cursor() as cursor:
        # Foreign keys are looked up now and not at commit, when everybody who writes waits for the ledger.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    ledger.record_many(found.breaches)


def _pauses_of(case_ids: set[int]) -> dict[int, list[tuple[str, datetime, datetime]]]:
    found: dict[int, list[tuple[str, datetime, datetime]]] = defaultdict(list)
    if case_ids:
        rows = Pause.objects.filter(case_id__in=case_ids, ended_at__isnull=False).order_by("began_at")
        for case_id, state, began, ended in rows.values_list("case_id", "state", "began_at", "ended_at"):
            found[case_id].append((state, began, ended))  # type: ignore[arg-type]
    return found


class _Meant:
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
    ) -> tuple[int, ...]:  # fmt: skip
        """Ids, without those whom the complaint names. Nobody of the kind: the branch manager stands in."""
        managers = self._by_role[branch_id, "branch_manager"]
        answers = responsible_id or owner_id
        if who == "owner":
            meant = [owner_id] if owner_id else self._leads[branch_id, team] or managers
        elif who == "responsible":
            meant = [answers] if answers else managers
        elif who == "team_lead":
            meant = self._leads[branch_id, team] or managers
        elif who == "compliance":
            meant = self._by_role[branch_id, "compliance_officer"] or managers
        else:
            meant = managers
        named = self._named_in(case_id)
        if not named and meant:
            return tuple(meant)
        kept = tuple(member for member in meant if member not in named)
        return kept or tuple(member for member in managers if member not in named)

    def _named_in(self, case_id: int) -> Collection[int]:
        if self._named is None:
            self._named = defaultdict(set)
            rows = Named.objects.filter(case__is_open=True).values_list("case_id", "member_id")
            for named_case, member in rows:
                self._named[named_case].add(member)
        return self._named.get(case_id, ())
