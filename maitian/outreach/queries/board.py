"""The operations board: how messages flow now. It reads deliveries (one row for up to 4,096 messages), never messages."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from maitian.clients.models import InboundText
from maitian.core import rulebook
from maitian.core.models import LedgerCursor
from maitian.core.time import shanghai
from maitian.outreach.actions import money
from maitian.outreach.models import GatewayState, Quarantined, StrangeReceipt, Topic
from maitian.outreach.words import CHANNEL_NAMES

FRESH = timedelta(seconds=30)  # a gateway of which its worker has not spoken for longer is not known
CRITICAL_DAYS = 3
SETTLES_IN = timedelta(minutes=10)  # a receipt may come before our note of its message; later it is strange
REMEMBERED = 600.0  # seconds for which the costs of closed days are remembered in this process

OPEN = """
SELECT d.channel, e.topic_id,
       sum(left_over) FILTER (WHERE ready) AS queued, sum(left_over) FILTER (WHERE NOT ready AND NOT held) AS later,
       sum(left_over) FILTER (WHERE held) AS held, min(coalesce(d.not_before, e.sent_at)) FILTER (WHERE ready AND left_over > 0) AS oldest,
       min(d.not_before) FILTER (WHERE NOT ready AND NOT held) AS next_at
  FROM outreach_delivery d
  JOIN outreach_event e ON e.id = d.event_id JOIN outreach_topic t ON t.id = e.topic_id
  CROSS JOIN LATERAL (SELECT d.count - d.handed - d.failed - d.unknown - d.withheld AS left_over,
                             e.state = 'paused' OR t.paused_at IS NOT NULL AS held) a
  CROSS JOIN LATERAL (SELECT NOT held AND (d.not_before IS NULL OR d.not_before <= %(now)s) AS ready) b
 WHERE d.state IN ('queued', 'claimed')
 GROUP BY 1, 2
"""
TODAY = """
SELECT channel, sum(handed), sum(delivered), sum(failed), sum(unknown), sum(withheld), sum(cost),
       sum(handed) FILTER (WHERE done_at >= %(minute)s)
  FROM outreach_delivery WHERE claimed_at >= %(midnight)s GROUP BY 1
"""
AT_GATEWAY = """
SELECT d.channel, sum(cardinality(h.client_ids)) FROM outreach_handing h JOIN outreach_delivery d ON d.id = h.delivery_id GROUP BY 1
"""
CRITICAL = """
SELECT e.id, e.title, e.sent_at, sum(d.handed - d.delivered) AS waiting, sum(d.unknown) AS unknown
  FROM outreach_topic t JOIN outreach_event e ON e.topic_id = t.id AND e.sent_at >= %(since)s
  JOIN outreach_delivery d ON d.event_id = e.id AND d.channel = 1 AND d.claimed_at >= %(since)s
 WHERE t.critical GROUP BY e.id HAVING sum(d.handed - d.delivered + d.unknown) > 0 ORDER BY e.sent_at LIMIT 20
"""
COSTS = """
SELECT (claimed_at AT TIME ZONE 'Asia/Shanghai')::date, sum(cost) FROM outreach_delivery
 WHERE claimed_at >= %s AND claimed_at < %s AND cost > 0 GROUP BY 1 ORDER BY 1
"""


@dataclass
class ChannelRow:
    """One channel now and today. ``rate`` in messages a second, of the last minute."""

    channel: int
    label: Any
    queued: int = 0
    later: int = 0
    held: int = 0
    at_gateway: int = 0
    handed: int = 0
    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    withheld: int = 0
    cost: float = 0.0
    rate: float = 0.0
    oldest: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class GatewayRow:
    """A gateway as its worker last said; ``known`` is false when that was too long ago."""

    state: GatewayState
    known: bool

    @property
    def tone(self) -> str:
        if not self.known:
            return "off"
        return {"up": "ok", "slow": "warn", "down": "late"}.get(self.state.line, "off")


@dataclass(frozen=True)
class TopicFlow:
    """What waits of one topic."""

    topic: Topic
    queued: int
    later: int
    held: int


@dataclass(frozen=True)
class Critical:
    event_id: int
    title: str
    sent_at: datetime
    waiting: int
    unknown: int


@dataclass
class Figures:
    """The part of the board that moves."""

    at: datetime
    channels: list[ChannelRow] = field(default_factory=list)
    gateways: list[GatewayRow] = field(default_factory=list)
    flows: list[TopicFlow] = field(default_factory=list)
    critical: list[Critical] = field(default_factory=list)
    inbound: list[tuple[str, Any, int]] = field(default_factory=list)
    stuck: int = 0
    strange: int = 0
    quarantined: int = 0

    def total(self, name: str) -> float:
        return sum(getattr(row, name) for row in self.channels)

    @property
    def queued(self) -> int:
        return int(self.total("queued"))

    @property
    def handed(self) -> int:
        return int(self.total("handed"))

    @property
    def failed(self) -> int:
        return int(self.total("failed"))

    @property
    def unknown(self) -> int:
        return int(self.total("unknown"))

    @property
    def cost(self) -> float:
        return self.total("cost")

    @property
    def oldest(self) -> datetime | None:
        return min((row.oldest for row in self.channels if row.oldest), default=None)


def figures() -> Figures:
    """Everything of now and today, in a few small statements."""
    now = timezone.now()
    midnight = shanghai(now).replace(hour=0, minute=0, second=0, microsecond=0)
    made = Figures(now, [ChannelRow(n, label) for n, label in CHANNEL_NAMES.items()])
    waiting: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"now": now})
        for channel, topic_id, queued, later, held, oldest, next_at in cursor.fetchall():
            row = made.channels[channel]
            for name, number in (("queued", queued), ("later", later), ("held", held)):
                setattr(row, name, getattr(row, name) + int(number or 0))
            row.oldest = min(filter(None, (row.oldest, oldest)), default=None)
            row.next_at = min(filter(None, (row.next_at, next_at)), default=None)
            sums = waiting.setdefault(topic_id, [0, 0, 0])
            for place, number in enumerate((queued, later, held)):
                sums[place] += int(number or 0)
        cursor.execute(TODAY, {"midnight": midnight, "minute": now - timedelta(minutes=1)})
        for channel, handed, delivered, failed, unknown, withheld, cost, fresh in cursor.fetchall():
            row = made.channels[channel]
            row.handed, row.delivered, row.failed = int(handed), int(delivered), int(failed)
            row.unknown, row.withheld, row.cost = int(unknown), int(withheld), int(cost) / money.UNIT
            row.rate = int(fresh or 0) / 60
        cursor.execute(AT_GATEWAY)
        for channel, number in cursor.fetchall():
            made.channels[channel].at_gateway = int(number)
        cursor.execute(CRITICAL, {"since": now - timedelta(days=CRITICAL_DAYS)})
        made.critical = [Critical(i, title, at, int(w), int(u)) for i, title, at, w, u in cursor.fetchall()]
    made.gateways = [
        GatewayRow(g, now - g.seen_at <= FRESH) for g in GatewayState.objects.order_by("channel", "name")
    ]
    for gateway in made.gateways:
        if gateway.known and gateway.state.channel in (1, 2):
            row = made.channels[gateway.state.channel]
            row.rate = max(row.rate, gateway.state.per_second)
    made.flows = _flows(waiting)
    made.inbound = _inbound(midnight)
    made.stuck = LedgerCursor.objects.filter(failures__gt=0).count()
    made.quarantined = Quarantined.objects.filter(seen_at=None).count()
    made.strange = StrangeReceipt.objects.filter(at__lt=now - SETTLES_IN).count()
    return made


def _flows(waiting: dict[int, list[int]]) -> list[TopicFlow]:
    """Topics with something waiting, and paused ones even without."""
    listed = Topic.objects.filter(pk__in=waiting) | Topic.objects.exclude(paused_at=None)
    found = [
        TopicFlow(topic, *waiting.get(topic.pk, [0, 0, 0])) for topic in listed.distinct().order_by("name")
    ]
    return sorted(found, key=lambda flow: (flow.topic.paused_at is None, -flow.queued))


def _inbound(midnight: datetime) -> list[tuple[str, Any, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT meaning, count(*) FROM clients_inboundtext WHERE at >= %s GROUP BY 1", [midnight]
        )
        numbers = dict(cursor.fetchall())
    return [(value, label, int(numbers.get(value, 0))) for value, label in InboundText.Meaning.choices]


def strange_receipts(limit: int = 8) -> Sequence[StrangeReceipt]:
    """Receipts whose message is still not known when our own note of it must have been written, the latest first."""
    return list(StrangeReceipt.objects.filter(at__lt=timezone.now() - SETTLES_IN).order_by("-at")[:limit])


# --- cost against plan (G12) --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """SMS cost of the year against the plan, in CNY. ``actual`` has a value for each month that has begun."""

    today: float
    month: float
    month_limit: float
    year: float
    year_limit: float
    months: list[str]
    actual: list[float | None]
    planned: list[float]
    expected: float  # at the year's end, if it goes on like this

    @property
    def rows(self) -> list[tuple[str, float | None, float]]:
        """Month, actual and planned, for the table behind the chart."""
        return list(zip(self.months, self.actual, self.planned, strict=True))

    @property
    def series(self) -> list[tuple[Any, list[float | None]]]:
        return [(_("实际累计"), self.actual), (_("计划累计"), [*self.planned])]


_closed: dict[str, Any] = {}
_lock = threading.Lock()


def _days_before(today: date, start: datetime, end: datetime) -> dict[date, int]:
    """Costs of the year's closed days in 1/10,000 CNY: they hardly change, so a process remembers them for ten minutes."""
    with _lock:
        key, until, found = _closed.get("days", (None, 0.0, {}))
        if key != (today, start) or time.monotonic() > until:
            found = _costs(start, end)
            _closed["days"] = ((today, start), time.monotonic() + REMEMBERED, found)
        return dict(found)


def _costs(start: datetime, end: datetime) -> dict[date, int]:
    with connection.cursor() as cursor:
        cursor.execute(COSTS, [start, end])
        return {day: int(cost) for day, cost in cursor.fetchall()}


def forget() -> None:
    """Let the next reading ask the database for the closed days, too."""
    _closed.clear()


def plan() -> Plan:
    """The year's cost by month against the rulebook's plan."""
    now = timezone.now()
    local = shanghai(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    start = money.year_start(now)
    days = _days_before(local.date(), start, midnight) | _costs(midnight, now + timedelta(days=1))
    values = rulebook.at(now)
    year_limit, month_limit = (float(values.get(f"outreach.budget.sms_{span}")) for span in ("year", "month"))
    by_month = [
        sum(cost for day, cost in days.items() if day.month == month) / money.UNIT for month in range(1, 13)
    ]
    actual: list[float | None] = [
        round(sum(by_month[:month]), 2) if month <= local.month else None for month in range(1, 13)
    ]
    year = sum(by_month)
    gone = ((now - start).total_seconds() / 86400) / 365
    return Plan(
        today=days.get(local.date(), 0) / money.UNIT, month=by_month[local.month - 1], month_limit=month_limit, year=year,
        year_limit=year_limit, months=[str(month) for month in range(1, 13)], actual=actual,
        planned=[round(year_limit * month / 12, 2) for month in range(1, 13)], expected=year / gone if gone > 0 else 0.0,
    )  # fmt: skip
