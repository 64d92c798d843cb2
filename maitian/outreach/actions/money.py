"""What SMS cost and what is left: by topic and branch, by month and year (G12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from maitian.core import rulebook
from maitian.core.time import shanghai
from maitian.outreach.models import Topic

UNIT = 10_000  # costs are integers of 1/10,000 CNY
LOCK = 7236284  # one budget decision at a time, until commit

SPENT = """
SELECT coalesce(sum(d.cost + CASE WHEN d.state IN ('queued', 'claimed') AND e.state IN ('sending', 'paused')
                THEN (d.count - d.handed - d.failed - d.unknown - d.withheld)
                     * coalesce((e.texts->'sms'->>'price')::bigint, 0) ELSE 0 END), 0)
  FROM outreach_delivery d JOIN outreach_event e ON e.id = d.event_id
 WHERE d.channel = 1 AND e.sent_at >= %s AND (%s::bigint IS NULL OR e.topic_id = %s)
"""


def month_start(now: datetime) -> datetime:
    return shanghai(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def year_start(now: datetime) -> datetime:
    return month_start(now).replace(month=1)


def spent(since: datetime, topic_id: int | None = None) -> int:
    """SMS cost since a moment in 1/10,000 CNY: handed over, and still queued by sends under way."""
    with connection.cursor() as cursor:
        cursor.execute(SPENT, [since, topic_id, topic_id])
        return int(cursor.fetchone()[0])


def spent_this_month(now: datetime) -> int:
    """Of the branch, in 1/10,000 CNY."""
    return spent(month_start(now))


@dataclass(frozen=True)
class Budget:
    """One limit and what is gone of it, both in 1/10,000 CNY."""

    key: str  # branch_month, branch_year, topic_month, topic_year, campaign
    limit: int
    spent: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.spent)


Limits = Callable[[Topic | None, datetime], list[Budget]]
_more: list[Limits] = []


def more_budgets(limits: Limits) -> None:
    """Let a part of outreach bring a limit of its own (a campaign's whole budget). Called at start."""
    if limits not in _more:
        _more.append(limits)


def budgets(topic: Topic | None, now: datetime, values: rulebook.Rules) -> list[Budget]:
    """Every limit that holds for a topic's texts now; without a topic, the branch's."""
    month, year = month_start(now), year_start(now)
    found = [
        Budget("branch_month", _units(values.get("outreach.budget.sms_month")), spent(month)),
        Budget("branch_year", _units(values.get("outreach.budget.sms_year")), spent(year)),
    ]
    if topic is not None and topic.budget_month is not None:
        found.append(Budget("topic_month", _units(topic.budget_month), spent(month, topic.pk)))
    if topic is not None and topic.budget_year is not None:
        found.append(Budget("topic_year", _units(topic.budget_year), spent(year, topic.pk)))
    return found + [limit for limits in _more for limit in limits(topic, now)]


def _units(amount: float | Decimal) -> int:
    return int(Decimal(str(amount)) * UNIT)


def lock() -> None:
    """Budget decisions take turns: two sends at once may not both spend what is left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
