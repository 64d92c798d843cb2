"""Events, how far a send is, its deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from maitian.core.errors import NotFound
from maitian.core.time import SHANGHAI
from maitian.outreach.models import Delivery, Event
from maitian.outreach.words import CHANNEL_NAMES, FILLS, WITHHELD


def events(filters: Mapping[str, str] | None = None) -> QuerySet[Event]:
    """Newest first; by ``topic`` (code), ``state``, ``class`` and ``day`` (a local day, ``2026-11-24``)."""
    found = Event.objects.select_related("topic").order_by("-made_at", "-pk")
    filters = filters or {}
    if filters.get("topic"):
        found = found.filter(topic__code=filters["topic"])
    if filters.get("state") in Event.State.values:
        found = found.filter(state=filters["state"])
    if filters.get("class", "").isdigit():
        found = found.filter(topic__message_class=int(filters["class"][:2]))
    if (begins := _midnight(filters.get("day", ""))) is not None:
        found = found.filter(made_at__gte=begins, made_at__lt=begins + timedelta(days=1))
    return found


def _midnight(day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), SHANGHAI)
    except ValueError:
        return None


def waiting_for_a_person(limit: int = 20) -> list[Event]:
    """Sends of automatic topics that did not go by themselves: too large, or their text could not be sent as it is."""
    return list(
        Event.objects.select_related("topic")
        .filter(state__in=[Event.State.DRAFT, Event.State.DECIDED], topic__automatic=True)
        .exclude(expires_at__lt=timezone.now())
        .order_by("made_at", "pk")[:limit]
    )


def event(event_id: int) -> Event:
    """One event with its topic."""
    found = Event.objects.select_related("topic").filter(pk=event_id).first()
    if found is None:
        raise NotFound()
    return found


def withheld_reasons(event: Event) -> list[tuple[Any, int]]:
    """Why messages fell out at hand-over, and how many; ``(words, number)``, most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT error, count(*) FROM outreach_message WHERE event_id = %s AND state = 6 GROUP BY 1 ORDER BY 2 DESC",
            [event.pk],
        )
        return [(WITHHELD.get(error, error), int(number)) for error, number in cursor.fetchall()]


@dataclass
class ChannelProgress:
    channel: int
    label: Any
    fill: str
    planned: int
    handed: int
    delivered: int
    failed: int
    unknown: int
    withheld: int
    waiting_until: datetime | None


@dataclass
class Progress:
    """How far a send is."""

    planned: int = 0
    done: int = 0
    failed: int = 0
    unknown: int = 0
    withheld: int = 0
    again: int = 0  # deliveries taken up once more (a break, a pause, a new try)
    cost: float = 0.0
    seconds: float = 0.0
    channels: list[ChannelProgress] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.done / self.planned if self.planned else 1.0

    @property
    def percent(self) -> int:
        return int(self.share * 100)

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds > 0 else 0.0


def progress(event: Event, now: datetime) -> Progress:
    """Sums over the event's deliveries (one row for 4,096 clients and channel)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel, sum(count), sum(handed), sum(delivered), sum(failed), sum(unknown), sum(withheld), sum(cost),"
            " max(not_before) FILTER (WHERE state = 'queued' AND not_before > %s), sum(greatest(attempts - 1, 0))"
            " FROM outreach_delivery WHERE event_id = %s GROUP BY channel ORDER BY channel",
            [now, event.pk],
        )
        rows = cursor.fetchall()
    made = Progress()
    for channel, planned, handed, delivered, failed, unknown, withheld, cost, until, again in rows:
        made.channels.append(
            ChannelProgress(
                channel,
                CHANNEL_NAMES[channel],
                FILLS[channel],
                planned,
                handed,
                delivered,
                failed,
                unknown,
                withheld,
                until,
            )
        )
        made.planned += planned
        made.done += handed + failed + unknown + withheld
        made.withheld += withheld
        made.again += again
        made.failed += failed
        made.unknown += unknown
        made.cost += float(cost) / 10_000
    if event.sent_at:
        made.seconds = ((event.done_at or now) - event.sent_at).total_seconds()
    return made


def deliveries(event_id: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(event_id=event_id).order_by("channel", "block")
