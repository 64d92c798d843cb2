"""A clock that can be set, so that the demonstration's past is made by the real actions at its own time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from maitian.core import time as business_time


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Within it, everything takes ``moment`` for now. Everything in the product asks ``timezone.now()``."""
    with mock.patch("django.utils.timezone.now", lambda: moment):
        yield moment


def days_ago(n: int, clock: str) -> datetime:
    """A clock time on the ``n``-th trading day before today."""
    day = business_time.trading_days_before(business_time.today(), n)[0]
    hours, minutes = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=business_time.SHANGHAI)


def days_ahead(n: int, clock: str) -> datetime:
    """A clock time on the ``n``-th working day after today."""
    day = business_time.work_day_after(business_time.today(), n)
    hours, minutes = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=business_time.SHANGHAI)
