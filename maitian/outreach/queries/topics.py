"""Topics: the list with state, cost and last send; one topic with its versions; proposals that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from maitian.core.errors import NotFound
from maitian.outreach import describing
from maitian.outreach.actions import money
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import Event, Topic, TopicVersion, Trigger
from maitian.outreach.words import CHANNEL_NAMES

STATES = ("on", "paused", "off", "waiting")
# One pass over the month's SMS deliveries for all topics together.
COSTS = """
SELECT e.topic_id, sum(d.cost) FROM outreach_delivery d JOIN outreach_event e ON e.id = d.event_id
 WHERE d.channel = 1 AND e.sent_at >= %s AND d.cost > 0 GROUP BY 1
"""
LAST_SENDS = """
SELECT t.id, e.id, e.sent_at FROM unnest(%s::bigint[]) AS t(id)
  CROSS JOIN LATERAL (SELECT id, sent_at FROM outreach_event WHERE topic_id = t.id AND sent_at IS NOT NULL
                       ORDER BY sent_at DESC LIMIT 1) e
"""


@dataclass(frozen=True)
class TopicRow:
    """One topic in the list. ``cost`` is this month's SMS in CNY; ``budget`` its own limit of a month, if any."""

    topic: Topic
    state: str  # on, paused, off
    waiting: bool  # a proposal waits for the checker
    channels: list[tuple[str, Any]]
    cost: float
    budget: float | None
    last_event: int | None
    last_sent_at: datetime | None

    @property
    def share(self) -> int:
        """Per cent of the budget that is gone, 100 at most."""
        return min(100, round(self.cost / self.budget * 100)) if self.budget else 0


def topics() -> list[Topic]:
    """Every topic, in the order in which they were made; those behind campaigns belong to their campaigns."""
    return list(Topic.objects.exclude(trigger=Trigger.CAMPAIGN).order_by("pk"))


def topic(code: str) -> Topic:
    """One topic by its code."""
    found = Topic.objects.filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def state_of(topic: Topic) -> str:
    """``on``, ``paused`` or ``off``."""
    return "off" if not topic.active else "paused" if topic.paused_at else "on"


def topic_list(filters: Mapping[str, str]) -> list[TopicRow]:
    """Topics by state (``on``, ``paused``, ``off``, ``waiting``), class, trigger and words; paused ones first."""
    found = Topic.objects.exclude(trigger=Trigger.CAMPAIGN).order_by("name", "pk")
    if filters.get("class", "").isdigit():
        found = found.filter(message_class=int(filters["class"]))
    if filters.get("trigger"):
        found = found.filter(trigger=filters["trigger"])
    if words := filters.get("q", "").strip():
        found = found.filter(
            Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code__icontains=words)
        )
    rows = _rows(list(found))
    state = filters.get("state", "")
    if state == "waiting":
        rows = [row for row in rows if row.waiting]
    elif state in STATES:
        rows = [row for row in rows if row.state == state]
    return sorted(rows, key=lambda row: (row.state != "paused", not row.waiting, row.state == "off"))


def _rows(listed: list[Topic]) -> list[TopicRow]:
    waiting = set(
        TopicVersion.objects.filter(state=TopicVersion.State.PROPOSED).values_list("topic_id", flat=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(COSTS, [money.month_start(timezone.now())])
        costs = dict(cursor.fetchall())
        cursor.execute(LAST_SENDS, [[item.pk for item in listed]])
        sends = {key: (event, at) for key, event, at in cursor.fetchall()}
    return [
        TopicRow(
            item, state_of(item), item.pk in waiting,
            [(name, CHANNEL_NAMES[n]) for n, name in enumerate(("message", "sms", "mail", "phone")) if item.channel_mask & (1 << n)],
            float(costs.get(item.pk, 0)) / money.UNIT, float(item.budget_month) if item.budget_month is not None else None,
            *sends.get(item.pk, (None, None)),
        )
        for item in listed
    ]  # fmt: skip


def versions(topic: Topic) -> list[TopicVersion]:
    """Every version, the newest first."""
    return list(topic.versions.order_by("-number")[:100])


def version(version_id: int) -> TopicVersion:
    """One version with its topic."""
    found = TopicVersion.objects.select_related("topic").filter(pk=version_id).first()
    if found is None:
        raise NotFound()
    return found


def base_of(version: TopicVersion) -> TopicVersion | None:
    """What a version is compared with: the latest approved one before it."""
    return (
        TopicVersion.objects.filter(
            topic_id=version.topic_id, number__lt=version.number, state=TopicVersion.State.APPROVED
        )
        .order_by("-number")
        .first()
    )


def changes_of(version: TopicVersion, against: TopicVersion | None) -> list[describing.Change]:
    """The difference between two versions in words."""
    return describing.differences(against.definition if against else None, version.definition)


def proposals() -> QuerySet[TopicVersion]:
    """Definitions that wait for the checker, the oldest first."""
    return (
        TopicVersion.objects.filter(state=TopicVersion.State.PROPOSED)
        .select_related("topic")
        .order_by("made_at", "pk")
    )


def recent_events(topic: Topic, limit: int = 6) -> list[Event]:
    """The topic's latest events: what is not sent yet first."""
    return list(Event.objects.filter(topic=topic).select_related("topic").order_by("-sent_at", "-pk")[:limit])


def under_way(topic: Topic) -> dict[str, int]:
    """What pausing or stopping the topic would hold: sends under way and messages still to be handed over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT e.id), coalesce(sum(d.count - d.handed - d.failed - d.unknown - d.withheld), 0)"
            " FROM outreach_event e JOIN outreach_delivery d ON d.event_id = e.id"
            " WHERE e.topic_id = %s AND e.state IN ('sending', 'paused') AND d.state IN ('queued', 'claimed')",
            [topic.pk],
        )
        sends, messages = cursor.fetchone()
    return {"sends": int(sends), "messages": int(messages)}


def by_hand(topic: Topic) -> bool:
    """Whether a person writes messages of the topic, to its audience."""
    return (
        topic.trigger == Trigger.MANUAL and topic.active and not topic.advice and is_everybody(topic.audience)
    )


def is_everybody(audience: str) -> bool:
    """Whether an audience is the whole branch until conditions narrow it."""
    return audience in AUDIENCES and AUDIENCES[audience].everybody
