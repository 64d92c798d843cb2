"""Pure decisions of the allotment chase: days, money, defaults.

Sources: rules file, section 6 (C: brokers' pages): T is the day of subscription; results are known on the evening
of T+1; the money is in the account by T+2 16:00, all of it, as a part counts as none; three defaults within twelve
months, all kinds together, mean 180 calendar days without subscribing, from the day after the last one on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """One rung of the ladder: at a moment, by channels (mask), for a call to whom, with the words that open the text."""

    number: int
    at: datetime
    channel_mask: int
    call_queue: str
    words: str


def ladder(
    entries: Sequence[Mapping[str, Any]], day_of: Mapping[int, datetime], channel_bits: Mapping[str, int]
) -> list[Step]:
    """The rulebook's ladder on real days. ``day_of`` maps trading days after T to their local midnight."""
    steps = []
    for number, entry in enumerate(entries, start=1):
        hours, minutes = str(entry["at"]).split(":")
        at = day_of[int(entry["day"])] + timedelta(hours=int(hours), minutes=int(minutes))
        mask = sum(channel_bits[name] for name in entry["channels"])
        steps.append(Step(number, at, mask, str(entry.get("call", "")), str(entry.get("words", ""))))
    return sorted(steps, key=lambda step: (step.at, step.number))


def due_step(steps: Sequence[Step], now: datetime, fired: Iterable[int], deadline: datetime) -> Step | None:
    """The step to take now: the latest whose moment has come, unless it was taken; ``None`` after the deadline.

    Steps that were missed (the worker was down) are not made up for, as two reminders at once help nobody; nor
    is an earlier one taken after a later one, when somebody sets the clock back.
    """
    if now >= deadline:
        return None
    come = [step for step in steps if step.at <= now]
    taken = set(fired)
    if not come or any(step.number in taken for step in steps if step.at >= come[-1].at):
        return None
    return come[-1]


def allocate(cash: Decimal, dues: Sequence[Decimal]) -> list[Decimal]:
    """What of an account's cash is there for each of its allotments, in the order in which they are taken.

    The first is served whole before the second gets anything; nothing is less than zero.
    """
    left = max(cash, ZERO)
    found = []
    for due in dues:
        part = min(due, left)
        found.append(part)
        left -= part
    return found


def year_before(day: date) -> date:
    """The first day of the twelve months that end with ``day``: the day after the same date a year ago."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28) + timedelta(days=1)


def defaults_within(defaults: Iterable[date], day: date) -> int:
    """Defaults in the twelve months that end with ``day``."""
    first = year_before(day)
    return sum(first <= one <= day for one in defaults)


def ban(defaults: Iterable[date], limit: int, days: int) -> tuple[date, date] | None:
    """``(first day, last day)`` of the latest ban, ``None`` without one.

    A default that is at least the ``limit``-th within twelve months begins a ban of ``days`` calendar days, of
    which the day after the default is the first.
    """
    latest = None
    listed = sorted(defaults)
    for n, one in enumerate(listed):
        if defaults_within(listed[: n + 1], one) >= limit:
            latest = (one + timedelta(days=1), one + timedelta(days=days))
    return latest


def warning(count: int, limit: int, days: int) -> str:
    """What the client is told about the consequence, before the deadline."""
    if count + 1 >= limit:
        return f"您 12 个月内已放弃 {count} 次，这次再放弃，将 {days} 天不能申购新股和可转债。"
    if count:
        return f"您 12 个月内已放弃 {count} 次，累计 {limit} 次将 {days} 天不能申购。"
    return f"12 个月内累计放弃 {limit} 次，将 {days} 天不能申购。"
