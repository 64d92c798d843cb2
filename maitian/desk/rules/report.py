"""The yearly report of complaints, out of one row of facts for each complaint. Pure; words come from the caller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from statistics import median


@dataclass(frozen=True)
class Fact:
    """One complaint as the report counts it: no name, no words of anybody."""

    ref: str
    reported_on: date
    kind: str
    severity: str
    business: str
    number: str
    channel: str
    department: str
    reason: str = ""
    cause: str = ""
    liability: str = ""
    remedy: str = ""
    amount: Decimal = Decimal(0)  # CNY, of a remedy that was approved or carried out
    accepted: bool | None = None
    result: str = ""
    opened_at: datetime | None = None
    resolved_at: datetime | None = None
    late: bool = False  # the time for the result passed without one
    extended: bool = False
    reopened: int = 0
    confirmation: str = ""
    satisfaction: int | None = None


@dataclass
class Line:
    """Complaints of one sort: how many came, have a result, were late, were found reasonable; money paid."""

    received: int = 0
    resolved: int = 0
    late: int = 0
    reasonable: int = 0
    amount: Decimal = Decimal(0)

    def add(self, fact: Fact) -> None:
        self.received += 1
        self.resolved += fact.resolved_at is not None
        self.late += fact.late
        self.reasonable += fact.reason in ("reasonable", "partly")
        self.amount += fact.amount


@dataclass
class Overview:
    """A year as a whole. Days are calendar days from opening to the result; shares lie between 0 and 1, None of nothing."""

    received: int = 0
    accepted: int = 0
    not_accepted: int = 0
    resolved: int = 0
    open: int = 0
    late: int = 0
    extended: int = 0
    reopened: int = 0
    confirmed: int = 0
    amount: Decimal = Decimal(0)
    median_days: float | None = None
    in_time: float | None = None
    satisfaction: float | None = None
    rated: int = 0
    results: Counter[str] = field(default_factory=Counter)


def overview(facts: Sequence[Fact]) -> Overview:
    found = Overview(received=len(facts))
    days = []
    stars = [fact.satisfaction for fact in facts if fact.satisfaction]
    for fact in facts:
        found.accepted += fact.accepted is True
        found.not_accepted += fact.accepted is False
        found.late += fact.late
        found.extended += fact.extended
        found.reopened += fact.reopened > 0
        found.confirmed += fact.confirmation in ("portal", "signed", "recorded")
        found.amount += fact.amount
        if fact.resolved_at is None:
            found.open += 1
            continue
        found.resolved += 1
        found.results[fact.result] += 1
        if fact.opened_at is not None:
            days.append((fact.resolved_at - fact.opened_at).total_seconds() / 86400)
    found.median_days = round(median(days), 1) if days else None
    found.in_time = 1 - found.late / found.received if found.received else None
    found.satisfaction = round(sum(stars) / len(stars), 2) if stars else None
    found.rated = len(stars)
    return found


def lines(
    facts: Iterable[Fact], key: Callable[[Fact], str], order: Sequence[str] = ()
) -> list[tuple[str, Line]]:
    """Complaints by what ``key`` says: those of ``order`` in that order, others after them, the empty one last."""
    found: dict[str, Line] = {}
    for fact in facts:
        found.setdefault(key(fact), Line()).add(fact)
    place = {name: number for number, name in enumerate(order)}
    return sorted(found.items(), key=lambda item: (not item[0], place.get(item[0], len(place)), item[0]))


def by_month(facts: Iterable[Fact]) -> list[tuple[str, Line]]:
    """Twelve lines, January first, also those in which nothing came."""
    found = {f"{month:02d}": Line() for month in range(1, 13)}
    for fact in facts:
        found[f"{fact.reported_on.month:02d}"].add(fact)
    return list(found.items())
