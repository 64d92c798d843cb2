"""Kinds of case as their pages show them: counts, clocks, routes, versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from maitian.core import rule_words, rulebook
from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.desk import catalog
from maitian.desk.models import CaseKind, KindVersion, Route
from maitian.desk.rules.states import WORKING
from maitian.staff.models import Member

NUMBERS = """
SELECT kind_id, sum(number), sum(number) FILTER (WHERE state = ANY(%s)) FROM (
  SELECT kind_id, state, number FROM desk_casecount WHERE branch_id = %s
  UNION ALL
  SELECT kind_id, state, number FROM desk_casecountchange WHERE branch_id = %s
) AS counted GROUP BY 1
"""
YEARS = """
SELECT kind_id, extract(year FROM opened_at AT TIME ZONE 'Asia/Shanghai')::int, count(*)
  FROM desk_case WHERE branch_id = %s AND opened_at >= %s GROUP BY 1, 2
"""


@dataclass
class Numbers:
    """How many cases of a kind the branch ever had, works on now, and took in each of the last years."""

    ever: int = 0
    open: int = 0
    years: dict[int, int] = field(default_factory=dict)


def numbers(branch_id: int, now: datetime, *, years: int = 2) -> dict[int, Numbers]:
    """By kind. What there is comes from the counters; how many were taken in a year (Asia/Shanghai) is counted."""
    found: dict[int, Numbers] = {}
    first = shanghai(now).replace(
        year=shanghai(now).year - years + 1, month=1, day=1, hour=0, minute=0, second=0, microsecond=0
    )
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, [sorted(str(state) for state in WORKING), branch_id, branch_id])
        for kind_id, ever, working in cursor.fetchall():
            found[kind_id] = Numbers(int(ever or 0), int(working or 0))
        cursor.execute(YEARS, [branch_id, first])
        for kind_id, year, count in cursor.fetchall():
            found.setdefault(kind_id, Numbers()).years[int(year)] = int(count)
    return found


def kinds(book: str = "brokerage") -> list[CaseKind]:
    """Every kind of a book, those in use first, each in its place."""
    return sorted((k for k in catalog.kinds().values() if k.book == book), key=lambda k: not k.active)


def get(code: str) -> CaseKind:
    found = next((k for k in catalog.kinds().values() if k.code == code), None)
    if found is None:
        raise NotFound()
    return found


def version(version_id: int) -> KindVersion:
    found = KindVersion.objects.select_related("kind").filter(pk=version_id).first()
    if found is None:
        raise NotFound()
    return found


def versions(code: str) -> QuerySet[KindVersion]:
    """Every version of a kind, the latest first."""
    return KindVersion.objects.filter(code=code).order_by("-number")


def waiting(code: str = "") -> QuerySet[KindVersion]:
    """What waits for a checker, the oldest first."""
    found = KindVersion.objects.filter(state=KindVersion.State.PROPOSED).order_by("made_at", "pk")
    return found.filter(code=code) if code else found


def to_check(member: Member) -> list[KindVersion]:
    """What waits for this member: nobody checks his own."""
    return list(waiting().exclude(maker=member.actor)[:20]) if member.may("desk.approve") else []


def clocks(kind: CaseKind, policy: str = "") -> list[dict[str, Any]]:
    """The rules that a kind's clocks run by today, each with its value in words."""
    values = rulebook.at(book=kind.book)
    return [
        {
            "key": key, "book": kind.book, "title": rulebook.title_of(values.rule(key)), "value": rule_words.short(values.rule(key)),
            "basis": rulebook.basis_of(values.rule(key)), "own": key.split(".")[2] == kind.code,
        }
        for key in catalog.clock_rules(values, policy or kind.policy)
    ]  # fmt: skip


def routes(kind: CaseKind) -> list[Route]:
    """The rules of routing that a case of this kind may meet before it falls to the kind's own team."""
    return [
        route
        for route in Route.objects.filter(active=True, book=kind.book)
        if "kinds" not in route.conditions or kind.code in route.conditions["kinds"]
    ]
