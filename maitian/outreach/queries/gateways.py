"""Gateways one by one, and what came in that nobody could read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from maitian.core.errors import NotFound
from maitian.outreach.models import GatewayState, GatewaySwitch, Quarantined
from maitian.outreach.queries.board import FRESH


@dataclass(frozen=True)
class Gateway:
    """A gateway, who took it out of service and when, and which others there are for the same channel."""

    state: GatewayState
    switch: GatewaySwitch | None
    others: list[GatewayState]


def one(name: str) -> Gateway:
    """A gateway that a worker has spoken of. Raises :class:`NotFound`."""
    state = GatewayState.objects.filter(name=name).first()
    if state is None:
        raise NotFound()
    off = set(GatewaySwitch.objects.values_list("name", flat=True))
    others = GatewayState.objects.filter(channel=state.channel, seen_at__gt=timezone.now() - FRESH).exclude(
        name=name
    )
    return Gateway(
        state,
        GatewaySwitch.objects.filter(name=name).first(),
        [o for o in others.order_by("name") if o.name not in off],
    )


def switched_off() -> set[str]:
    """Names of gateways that nothing is handed to."""
    return set(GatewaySwitch.objects.values_list("name", flat=True))


def quarantined(*, all_of_it: bool = False) -> QuerySet[Quarantined]:
    """What nobody has looked at, or everything; the newest first."""
    found = Quarantined.objects.defer("content").order_by("-at", "-pk")
    return found if all_of_it else found.filter(seen_at=None)


def waiting(since: datetime | None = None) -> int:
    """How many nobody has looked at."""
    return Quarantined.objects.filter(seen_at=None).count()
