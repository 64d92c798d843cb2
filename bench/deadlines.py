"""Deadlines in business time: ours in bulk against the timegrid library, same calendar, same answers."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from bench import data
from maitian.core import time as business_time
from maitian.core.time.rules import BusinessCalendar, days_between

MANY = 2_000_000
SAMPLE = 5_000


def run() -> dict[str, Any]:
    """Two million deadlines of 1–2,880 branch minutes over three years."""
    data.use("deadlines", 1)
    official = business_time._official()
    days = [
        d
        for d in days_between(date(2024, 1, 1), date(2028, 12, 31))
        if official.get(("work", d), (d.weekday() < 5, "", ""))[0]
    ]
    calendar = BusinessCalendar(days, [["09:00", "12:00"], ["13:00", "17:00"]])
    source = np.random.default_rng(11)
    first, last = (
        int(datetime(2024, 1, 2, tzinfo=UTC).timestamp()),
        int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()),
    )
    starts = source.integers(first // 60, last // 60, MANY) * 60
    minutes = source.integers(1, 2880, MANY)
    seconds = []
    for _round in range(3):
        started = time.perf_counter()
        due = calendar.due_many(starts, minutes)
        seconds.append(time.perf_counter() - started)
    per_second = MANY / sorted(seconds)[1]
    peer, differences = _peer(days, starts[:SAMPLE], minutes[:SAMPLE], due[:SAMPLE])
    return {
        "deadlines": MANY, "per_second": round(per_second), "peer": "timegrid 0.1.6", "peer_per_second": round(peer),
        "sample": SAMPLE, "differences": differences, "ratio": round(per_second / peer, 1), **data.machine(),
    }  # fmt: skip


def _peer(days: list[date], starts: np.ndarray, minutes: np.ndarray, ours: np.ndarray) -> tuple[float, int]:
    """Deadlines a second of the peer, and how many of its answers differ from ours."""
    from bench.peers import timegrid_deadlines

    order = list(range(len(starts)))
    random.Random(3).shuffle(order)
    given = [(int(starts[i]), int(minutes[i])) for i in order]
    answers, seconds = timegrid_deadlines(days, given)
    wrong = sum(answer != int(ours[i]) for answer, i in zip(answers, order, strict=True))
    return len(given) / seconds, wrong
