"""Columns of numbers for statements that take thousands of rows: one text each, read by the database at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime


def numbers(values: Iterable[int | bool | None]) -> str:
    """A column for ``%s::bigint[]``. A list adapted value by value costs ten times that."""
    return "{" + ",".join(["NULL" if value is None else f"{value:d}" for value in values]) + "}"


def instants(moments: Iterable[datetime | None]) -> str:
    """Aware moments as microseconds since 1970, for ``%s::bigint[]`` and ``to_timestamp(x / 1e6)``."""
    return numbers([None if moment is None else microseconds(moment) for moment in moments])


def microseconds(moment: datetime) -> int:
    """Since 1970-01-01 00:00 UTC, exact."""
    return round(moment.timestamp() * 1_000_000)


def moment(since: int) -> datetime:
    """The UTC moment so many microseconds after 1970-01-01 00:00 UTC."""
    return datetime.fromtimestamp(since / 1_000_000, UTC)
