"""The arithmetic of clocks: a target of business time, pauses, and a ladder of steps before and after the deadline.

Times are aware; results are UTC. Durations are minutes of the clock's own calendar. Worked cases:
docs/rules/clocks.md; a walker that counts minute by minute holds them together (tests/test_clock_rules.py).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from maitian.core.time.rules import BusinessCalendar

NEVER = datetime(
    9999, 1, 1, tzinfo=UTC
)  # the due moment of a case that nothing is due for: sorts last, is not null


class ClockKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"  # the client is told that we have it
    FIRST_ANSWER = "first_answer"
    NEXT_ANSWER = "next_answer"
    ACCEPT = "accept"  # a complaint is accepted, or refused with a reason
    PLAN = "plan"
    RESOLUTION = "resolution"
    CEILING = "ceiling"  # nothing extends or pauses it
    LETTER = "letter"  # set by a letter of the regulator
    AUTO_CLOSE = "auto_close"  # ours, not the client's: closes a case in which nothing happens any more


SHOWN = frozenset(ClockKind) - {ClockKind.AUTO_CLOSE}  # those that make a case late


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"  # dated at the deadline; ``stopped_at`` tells when it was met after all
    CANCELLED = "cancelled"


MINUTE, DAY = "minute", "day"


@dataclass(frozen=True)
class Step:
    """One rung of a ladder. ``position``: minutes of the clock from its start, so the deadline is the target."""

    position: float
    who: str
    how: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """A clock's rule as applied: it is stored with the clock and never read from the book again.

    ``target`` is minutes, or days when ``unit`` is ``day``. ``pauses`` names the waiting states that stop it.
    """

    clock: str
    calendar: str
    unit: str
    target: int
    pauses: tuple[str, ...] = ()
    ladder: str = ""
    steps: tuple[Mapping[str, Any], ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "clock": self.clock, "calendar": self.calendar, "unit": self.unit, "target": self.target,
            "pauses": list(self.pauses), "ladder": self.ladder, "steps": [dict(step) for step in self.steps],
            "rules": dict(self.rules),
        }  # fmt: skip

    @cached_property
    def text(self) -> str:
        """Its JSON, the same for equal policies."""
        return json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False)

    @cached_property
    def digest(self) -> str:
        """Under which it is kept."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Policy:
        return cls(
            clock=value["clock"], calendar=value["calendar"], unit=value["unit"], target=value["target"],
            pauses=tuple(value["pauses"]), ladder=value["ladder"], steps=tuple(value["steps"]), rules=value["rules"],
        )  # fmt: skip


# --- reading the rulebook --------------------------------------------------------------------------------


class PolicyWrong(ValueError):
    """A rule that cannot work: ``what`` is the part that is wrong, ``given`` what stands there."""

    def __init__(self, what: str, given: object) -> None:
        self.what, self.given = what, given
        super().__init__(f"{what}: {given!r}")


class LadderCircular(ValueError):
    """A ladder that goes on with itself; ``chain`` shows how."""

    def __init__(self, chain: Sequence[str]) -> None:
        self.chain = list(chain)
        super().__init__(" → ".join(chain))


OFFSET = re.compile(r"([+-]?)(\d{1,6})(%|m)")
WHO = frozenset({"owner", "responsible", "team_lead", "branch_manager", "compliance"})
HOW = frozenset({"bell", "home", "email"})


def position_of(offset: str, target: float) -> float:
    """Minutes from the start at which a step fires.

    ``50%`` of the target · ``-60m`` before the deadline · ``+120m`` after it · ``0m`` at it. Never before the start.
    """
    found = OFFSET.fullmatch(offset)
    if found is None or (found[1] and found[3] == "%"):
        raise PolicyWrong("at", offset)
    number = int(found[2])
    if found[3] == "%":
        return target * number / 100
    return max(0.0, target + (-number if found[1] == "-" else number))


def ladder_steps(name: str, ladders: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps of a ladder and of those it goes on with. Raises :class:`LadderCircular`, :class:`PolicyWrong`."""
    chain: list[str] = []
    steps: list[dict[str, Any]] = []
    following = name
    while following:
        if following in chain:
            raise LadderCircular([*chain, following])
        if following not in ladders:
            raise PolicyWrong("ladder", following)
        chain.append(following)
        for step in ladders[following]["steps"]:
            how = step.get("how", ["bell"])
            if step.get("who") not in WHO:
                raise PolicyWrong("who", step.get("who"))
            if not how or not set(how) <= HOW:
                raise PolicyWrong("how", how)
            position_of(str(step.get("at", "")), 1.0)
            steps.append({"at": str(step["at"]), "who": step["who"], "how": list(how)})
        following = ladders[following].get("then", "")
    return steps


def read_policy(
    clock: str,
    value: Mapping[str, Any],
    *,
    calendars: Iterable[str],
    ladders: Mapping[str, Mapping[str, Any]],
    level: int = 0,
    severity: str = "",
    rules: Mapping[str, int] | None = None,
) -> Policy:
    """A rule's table as a policy for one level and severity. The severity's target goes before the level's.

    ``value``: calendar, unit, target, by_level {"3": 15}, by_severity {"grave": 15}, pauses, ladder.
    Raises :class:`PolicyWrong` (no calendar, no target, an unknown state) and :class:`LadderCircular`.
    """
    calendar = value.get("calendar")
    if not calendar or calendar not in set(calendars):
        raise PolicyWrong("calendar", calendar)
    unit = value.get("unit", MINUTE)
    if unit not in (MINUTE, DAY):
        raise PolicyWrong("unit", unit)
    target = value.get("by_level", {}).get(str(level), value.get("target"))
    target = value.get("by_severity", {}).get(severity, target)
    lowest = 0 if unit == DAY else 1
    if isinstance(target, bool) or not isinstance(target, int) or not lowest <= target <= 1_000_000:
        raise PolicyWrong("target", target)
    pauses = tuple(value.get("pauses", ()))
    if not set(pauses) <= {"waiting_client", "waiting_others"}:
        raise PolicyWrong("pauses", list(pauses))
    name = value.get("ladder", "")
    steps = ladder_steps(name, ladders) if name else []
    return Policy(clock, str(calendar), unit, target, pauses, name, tuple(steps), dict(rules or {}))


# --- deadlines -------------------------------------------------------------------------------------------

Interval = tuple[datetime, datetime]


def add_with_pauses(
    calendar: BusinessCalendar, start: datetime, minutes: float, pauses: Sequence[Interval] = ()
) -> datetime:
    """The first moment at which ``minutes`` of open time outside the pauses have passed since ``start``.

    ``pauses``: (began, ended), sorted, apart from each other; one that began before the start counts from there.
    """
    at, left = start, minutes
    for began, ended in pauses:
        if ended <= at:
            continue
        begin = max(began, at)
        before = calendar.between(at, begin)
        if before >= left:
            break
        left -= before
        at = ended
    return calendar.add(at, left)


@dataclass(frozen=True)
class Course:
    """A clock laid on a calendar: when it begins to count, how long it is, when it is due."""

    base: datetime
    minutes: float
    due: datetime


def course(
    calendar: BusinessCalendar, start: datetime, policy: Policy, pauses: Sequence[Interval] = ()
) -> Course:
    """Where a clock begins, its length in minutes and its deadline. ``pauses``: only those that stop this clock."""
    if policy.unit == DAY:
        base, minutes = calendar.period_of_days(start, policy.target)
        # What a pause adds is rounded up to a whole day: nobody loses time by it.
        due = calendar.end_of_interval(add_with_pauses(calendar, base, minutes, pauses))
        return Course(base, minutes, due)
    return Course(start, float(policy.target), add_with_pauses(calendar, start, policy.target, pauses))


def positions(policy: Policy, minutes: float) -> list[Step]:
    """The steps by the time at which they fire; of two at one time the one named first fires first."""
    found = [Step(position_of(step["at"], minutes), step["who"], tuple(step["how"])) for step in policy.steps]
    return sorted(found, key=lambda step: step.position)


def moment_of(
    calendar: BusinessCalendar, laid: Course, position: float, pauses: Sequence[Interval] = ()
) -> datetime:
    """When a step at ``position`` fires: in the clock's time up to the deadline, in plain business time after it."""
    if position < laid.minutes:
        return add_with_pauses(calendar, laid.base, position, pauses)
    if position == laid.minutes:
        return laid.due
    return calendar.add(laid.due, position - laid.minutes)


def next_moment(
    calendar: BusinessCalendar,
    laid: Course,
    policy: Policy,
    *,
    fired: int,
    breached: bool,
    pauses: Sequence[Interval] = (),
) -> datetime | None:
    """When the sweep has something to do next: a step that has not fired, or the deadline itself."""
    steps = positions(policy, laid.minutes)
    moments = [moment_of(calendar, laid, step.position, pauses) for step in steps[fired : fired + 1]]
    if not breached:
        moments.append(laid.due)
    return min(moments, default=None)


def due_steps(
    calendar: BusinessCalendar,
    laid: Course,
    policy: Policy,
    *,
    fired: int,
    now: datetime,
    pauses: Sequence[Interval] = (),
) -> list[tuple[Step, datetime]]:
    """The steps whose moment has come, each with the moment at which it should have fired."""
    found = []
    for step in positions(policy, laid.minutes)[fired:]:
        moment = moment_of(calendar, laid, step.position, pauses)
        if moment > now:
            break
        found.append((step, moment))
    return found


def stopped(due: datetime, at: datetime) -> str:
    """The state of a clock that is stopped at ``at``: met up to the deadline, breached after it."""
    return ClockState.MET if at <= due else ClockState.BREACHED


def joined(pauses: Iterable[Interval]) -> list[Interval]:
    """Pauses sorted, and those that touch or overlap made one."""
    found: list[Interval] = []
    for began, ended in sorted(pauses):
        if ended <= began:
            continue
        if found and began <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ended))
        else:
            found.append((began, ended))
    return found


def open_between(
    calendar: BusinessCalendar, start: datetime, end: datetime, pauses: Sequence[Interval] = ()
) -> float:
    """Minutes that a clock has counted from ``start`` to ``end``: open time without the pauses."""
    counted = calendar.between(start, end)
    for began, ended in pauses:
        begin, finish = max(began, start), min(ended, end)
        if finish > begin:
            counted -= calendar.between(begin, finish)
    return counted
