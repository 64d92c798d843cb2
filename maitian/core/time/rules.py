"""Business time as arithmetic: a calendar is a sorted list of open intervals and their running total.

A deadline is two binary searches instead of a walk over days: ``total`` holds, for every interval, the
open seconds before it; ``start + n`` open seconds is found by looking ``n`` further up in ``total``.
Everything is UTC epoch seconds inside. Asia/Shanghai has no summer time, so local days are 86,400 s.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

OFFSET = 8 * 3600  # Asia/Shanghai
EPOCH = date(1970, 1, 1)


def midnight(day: date) -> int:
    """Epoch seconds of the local midnight that begins ``day``."""
    return (day - EPOCH).days * 86_400 - OFFSET


def seconds_of(text: str) -> int:
    """``"09:30"`` → 34,200; ``"24:00"`` is the end of the day."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def intervals(days: Iterable[date], hours: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """Open intervals in epoch seconds, sorted and joined. One that ends before it starts runs over midnight."""
    raw = []
    for day in days:
        base = midnight(day)
        for start, end in hours:
            begin, finish = seconds_of(start), seconds_of(end)
            raw.append((base + begin, base + (finish if finish > begin else finish + 86_400)))
    raw.sort()
    joined: list[tuple[int, int]] = []
    for begin, finish in raw:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], finish))
        else:
            joined.append((begin, finish))
    return joined


class BusinessCalendar:
    """Open time between two days. ``provisional_from`` is the first day that no official table covers."""

    def __init__(
        self, days: Iterable[date], hours: Sequence[Sequence[str]], provisional_from: date | None = None
    ) -> None:
        spans = intervals(days, hours)
        self.begins = np.array([begin for begin, _end in spans], dtype=np.int64)
        self.ends = np.array([end for _begin, end in spans], dtype=np.int64)
        lengths = self.ends - self.begins
        self.before = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)  # open seconds before span i
        self._begins = self.begins.tolist()
        self._ends = self.ends.tolist()
        self._before = self.before.tolist()
        self.provisional_from = provisional_from

    def open_seconds_until(self, at: int) -> int:
        """Open seconds of the calendar before the epoch second ``at``."""
        i = bisect_right(self._begins, at) - 1
        if i < 0:
            return 0
        return int(self._before[i] + min(at, self._ends[i]) - self._begins[i])

    def is_open(self, moment: datetime) -> bool:
        at = int(moment.timestamp())
        i = bisect_right(self._begins, at) - 1
        return i >= 0 and at < self._ends[i]

    def next_open(self, moment: datetime) -> datetime:
        """``moment`` itself when open, else when the next interval begins."""
        at = int(moment.timestamp())
        i = bisect_right(self._ends, at)
        if i == len(self._begins):
            raise OverflowError("past the end of the calendar")
        return datetime.fromtimestamp(max(at, self._begins[i]), UTC)

    def add(self, start: datetime, minutes: float) -> datetime:
        """The moment when ``minutes`` of open time have passed since ``start``. Zero is ``next_open``'s moment.

        The end of an interval is reached in that interval: 60 minutes from 11:00 with a break at 12:00 are
        12:00, not the end of the break.
        """
        if minutes <= 0:
            return self.next_open(start)
        target = self.open_seconds_until(int(start.timestamp())) + round(minutes * 60)
        i = bisect_left(self._before, target) - 1
        if i >= len(self._begins):
            raise OverflowError("past the end of the calendar")
        return datetime.fromtimestamp(self._begins[i] + target - self._before[i], UTC)

    def between(self, start: datetime, end: datetime) -> float:
        """Open minutes from ``start`` to ``end``; negative when ``end`` is earlier."""
        return (
            self.open_seconds_until(int(end.timestamp())) - self.open_seconds_until(int(start.timestamp()))
        ) / 60

    def period_of_days(self, start: datetime, days: int) -> tuple[datetime, float]:
        """Where a period of ``days`` intervals begins to run, and how many open minutes it has.

        For calendars with one interval a day. The day of the start does not count (Civil Code, art. 201); the period
        ends with the last day's interval (art. 203). No days: the rest of the start's own day if that is open, else
        the whole of the next open one.
        """
        at = int(start.timestamp())
        following = bisect_right(self._begins, at)  # the first day that begins after the start
        if days == 0 and following and at < self._ends[following - 1]:
            return datetime.fromtimestamp(at, UTC), (self._ends[following - 1] - at) / 60
        last = following + max(days, 1)
        if last > len(self._begins):
            raise OverflowError("past the end of the calendar")
        seconds = self._before[last] - self._before[following]
        return datetime.fromtimestamp(self._begins[following], UTC), seconds / 60

    def end_of_interval(self, moment: datetime) -> datetime:
        """The end of the open interval that holds ``moment``, or of the next one; an end belongs to its interval."""
        i = bisect_left(self._ends, int(moment.timestamp()))
        if i == len(self._ends):
            raise OverflowError("past the end of the calendar")
        return datetime.fromtimestamp(self._ends[i], UTC)

    def due_many(self, starts: np.ndarray, minutes: np.ndarray) -> np.ndarray:
        """Deadlines in bulk: int64 epoch seconds and minutes above zero → int64 epoch seconds."""
        i = np.searchsorted(self.begins, starts, side="right") - 1
        clipped = np.maximum(i, 0)
        passed = self.before[clipped] + np.minimum(starts, self.ends[clipped]) - self.begins[clipped]
        target = np.where(i < 0, 0, passed) + minutes.astype(np.int64) * 60
        j = np.searchsorted(self.before, target, side="left") - 1
        if len(j) and int(j.max()) >= len(self.begins):
            raise OverflowError("past the end of the calendar")
        return np.asarray(self.begins[j] + target - self.before[j])

    def provisional(self, moment: datetime) -> bool:
        """Whether the answer rests on days that no official table covers yet."""
        if self.provisional_from is None:
            return False
        return int(moment.timestamp()) >= midnight(self.provisional_from)


def provisional_open(day: date) -> bool:
    """Work and trading days past the horizon: no weekends, no holidays with a fixed date.

    Source of the fixed ones: Regulations on public holidays (2024 revision): 1 January, 1–2 May,
    1–3 October. Spring Festival, Qingming, Dragon Boat and Mid-Autumn follow the moon and wait for the
    official table.
    """
    fixed = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
    return day.weekday() < 5 and (day.month, day.day) not in fixed


def days_between(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
