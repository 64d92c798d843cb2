"""Pure decisions of campaigns: who is in which group, when a wait is over, what two shares say of each other.

Source of the interval: R. G. Newcombe, Interval estimation for the difference between independent proportions,
Statistics in Medicine 17 (1998), method 10: Wilson's score intervals of both shares, put together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import NormalDist
from typing import Any

DRAWS = 10_000  # a draw is a number from 0 to 9,999
CONTROL = 0  # the number of the control group; arms count from 1


# --- groups --------------------------------------------------------------------------------------------------


def draw(campaign: int, client: int) -> int:
    """The number that a client draws in a campaign: always the same, and unrelated to that of another campaign.

    The first four bytes of SHA-256 over ``campaign:client``, modulo 10,000. ``actions.DRAW`` says it in SQL.
    """
    digest = hashlib.sha256(f"{campaign}:{client}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % DRAWS


def edges(control: int, shares: Sequence[int]) -> list[int]:
    """The first draw that is no longer in the control group, then in each arm: ascending, the last one 10,000.

    ``control`` and ``shares`` in per cent; the arms share what the control group leaves.
    """
    if not 0 <= control < 100 or not shares or sum(shares) != 100 or any(share < 1 for share in shares):
        raise ValueError((control, list(shares)))
    begin = control * DRAWS // 100
    found, sum_ = [begin], 0
    for share in shares:
        sum_ += share
        found.append(begin + (DRAWS - begin) * sum_ // 100)
    return found


def group(drawn: int, control: int, shares: Sequence[int]) -> int:
    """The group of a draw: 0 for control, 1, 2 … for the arms."""
    return sum(drawn >= edge for edge in edges(control, shares)[:-1])


# --- waits ---------------------------------------------------------------------------------------------------


class Wait(StrEnum):
    """How long a wait is."""

    HOURS = "hours"
    WORK_HOURS = "work_hours"
    DAYS = "days"
    WORK_DAYS = "work_days"
    UNTIL = "until"


@dataclass(frozen=True)
class Calendar:
    """What a wait asks of business time."""

    is_work_day: Callable[[date], bool]
    work_day_after: Callable[[date, int], date]
    add_work_minutes: Callable[[datetime, int], datetime]


def resume_at(wait: Mapping[str, Any], now: datetime, calendar: Calendar) -> datetime:
    """When a wait that begins ``now`` is over, never before ``now``.

    ``now`` is aware, in Asia/Shanghai, and so is the answer. ``days`` and ``work_days`` end at a clock time ``at``; with
    ``n`` = 0 that is the next time the clock shows it (on a working day).
    """
    kind, n = Wait(wait["for"]), int(wait.get("n", 0))
    if kind == Wait.HOURS:
        return now + timedelta(hours=n)
    if kind == Wait.WORK_HOURS:
        return calendar.add_work_minutes(now, n * 60).astimezone(now.tzinfo)
    if kind == Wait.UNTIL:
        return max(now, datetime.fromisoformat(wait["at"]).astimezone(now.tzinfo))
    hours, minutes = (int(part) for part in str(wait["at"]).split(":"))
    clock = now.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    passed = clock < now
    if kind == Wait.DAYS:
        return clock + timedelta(days=n if n else int(passed))
    today = now.date()
    if not n and not passed and calendar.is_work_day(today):
        return clock
    day = calendar.work_day_after(today, max(n, 1))
    return clock.replace(year=day.year, month=day.month, day=day.day)


# --- shares and what they say of each other ------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """``k`` of ``n`` did it."""

    k: int
    n: int

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; ``None`` of nobody."""
        return self.k / self.n if self.n else None


def quantile(confidence: float, comparisons: int = 1) -> float:
    """The normal quantile of a two-sided interval; several comparisons share the error (Bonferroni)."""
    return NormalDist().inv_cdf(1 - (1 - confidence) / (2 * max(1, comparisons)))


def wilson(share: Share, z: float) -> tuple[float, float]:
    """Wilson's score interval of one share; of nobody, everything is possible."""
    if not share.n:
        return 0.0, 1.0
    n, p = share.n, share.k / share.n
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


class Says(StrEnum):
    """What a comparison says."""

    MORE = "more"
    LESS = "less"
    UNCLEAR = "unclear"  # zero is within the interval
    FEW = "few"  # a group is too small to say anything


@dataclass(frozen=True)
class Difference:
    """One share less another: ``value`` in the interval ``low`` to ``high`` (shares, not per cent)."""

    value: float
    low: float
    high: float
    says: Says


def difference(one: Share, other: Share, z: float, least: int) -> Difference:
    """How much more ``one`` did it than ``other``, with Newcombe's interval. ``least``: clients that a group needs."""
    p, q = one.value or 0.0, other.value or 0.0
    low_p, high_p = wilson(one, z)
    low_q, high_q = wilson(other, z)
    value = p - q
    low = value - math.sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    high = value + math.sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    if one.n < least or other.n < least:
        says = Says.FEW
    elif low > 0:
        says = Says.MORE
    elif high < 0:
        says = Says.LESS
    else:
        says = Says.UNCLEAR
    return Difference(value, max(-1.0, low), min(1.0, high), says)
