"""Other people's libraries, called the way their documents show."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))


def timegrid_deadlines(days: list[date], given: list[tuple[int, int]]) -> tuple[list[int], float]:
    """``(start epoch, minutes)`` → deadlines by timegrid, and the seconds it took. Local times, like its examples."""
    from timegrid import TimeGridCalendar, minutes

    calendar = TimeGridCalendar.weekdays(time(9), time(17)).break_weekdays(time(12), time(13))
    opened = set(days)
    for number in range((days[-1] - days[0]).days + 1):
        day = days[0] + timedelta(days=number)
        if day.weekday() < 5 and day not in opened:
            calendar = calendar.close(day)
        elif day.weekday() >= 5 and day in opened:
            base = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local, as timegrid wants it
            calendar = calendar.set_open_window(
                f"morning {day}", base + timedelta(hours=9), base + timedelta(hours=12)
            )
            calendar = calendar.set_open_window(
                f"afternoon {day}", base + timedelta(hours=13), base + timedelta(hours=17)
            )
    local = [
        (datetime.fromtimestamp(start, SHANGHAI).replace(tzinfo=None), minutes(amount))
        for start, amount in given
    ]
    started = clock.perf_counter()
    found = [calendar.at(start).trace_work_duration(amount).result for start, amount in local]
    seconds = clock.perf_counter() - started
    return [int(result.replace(tzinfo=SHANGHAI).astimezone(UTC).timestamp()) for result in found], seconds
