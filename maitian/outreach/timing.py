"""When a topic's texts may begin, and until when texts of a class have to wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.outreach import rules
from maitian.outreach.models import Topic

CLASS_NAMES = {0: "service", 1: "commercial", 2: "care"}


def moment_of(day: datetime, clock: str) -> datetime:
    """A local day's ``HH:MM``; ``24:00`` is the next midnight."""
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    hours, minutes = clock.split(":")
    return midnight + timedelta(hours=int(hours), minutes=int(minutes))


def counts(local: datetime, kind: str) -> bool:
    """Whether a local day is one of the kind ``every``, ``work`` or ``trading``."""
    if kind == "every":
        return True
    return (
        business_time.is_work_day(local.date())
        if kind == "work"
        else business_time.is_trading_day(local.date())
    )


def _days(now: datetime, kind: str) -> Iterator[datetime]:
    """Local midnights from today on that are of the kind ``every``, ``work`` or ``trading``."""
    local = business_time.shanghai(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for n in range(370):
        day = local + timedelta(days=n)
        if counts(day, kind):
            yield day


def not_before(timing: Mapping[str, Any], now: datetime) -> datetime | None:
    """The moment from which the topic's timing lets texts go, ``None`` for at once.

    ``after_close``: on a trading day not before the rulebook's minutes after 15:00; at once on other days.
    ``at``: the next ``HH:MM`` on a day of the kind.
    """
    when = timing.get("when", "at_once")
    if when == "after_close":
        local = business_time.shanghai(now)
        if not business_time.is_trading_day(local.date()):
            return None
        wait = rulebook.at(now).get("outreach.after_close_minutes")
        begins = moment_of(local, "15:00") + timedelta(minutes=wait)
        return begins if begins > now else None
    if when == "at":
        for day in _days(now, timing.get("days", "every")):
            begins = moment_of(day, timing["at"])
            if begins >= now:
                return begins
    return None


def windows(topic: Topic, channel: str, values: rulebook.Rules) -> tuple[str, list[list[str]], bool]:
    """``(rule's key, windows, working days only)`` that hold for a channel of a topic."""
    if channel == "call":
        key = "outreach.quiet_windows.calls"
    elif topic.critical:
        key = "outreach.quiet_windows.critical"
    else:
        key = f"outreach.quiet_windows.{CLASS_NAMES[topic.message_class]}"
    return key, values.get(key), topic.message_class == 1 and not topic.critical


def deferred(
    topic: Topic, channel_mask: int, begins: datetime, values: rulebook.Rules
) -> dict[str, datetime]:
    """Channel → until when it has to wait; a channel that may go at ``begins`` is not in it."""
    found = {}
    for number, channel in enumerate(rules.CHANNELS):
        if not channel_mask & (1 << number) & rules.OBTRUSIVE:
            continue
        _key, spans, work_days = windows(topic, channel, values)
        until = rules.quiet_until(business_time.shanghai(begins), spans, *_working(begins, work_days))
        if until is not None:
            found[channel] = until
    return found


def _working(moment: datetime, work_days: bool) -> tuple[bool, datetime]:
    """Whether the day counts, and the next day that does (local midnight)."""
    local = business_time.shanghai(moment)
    following = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if not work_days:
        return True, following
    while not business_time.is_work_day(following.date()):
        following += timedelta(days=1)
    return business_time.is_work_day(local.date()), following


def close_of(day: datetime) -> datetime:
    """15:00 of a local day."""
    return datetime.combine(day.date(), time(15), business_time.SHANGHAI)
