"""Messages that did not arrive: by reason and gateway, one by one, and what trying again would do.

Calls are not among them: a wrong number is an answer of a colleague, and its list is that of the calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from maitian.clients.queries import visible_to
from maitian.core.time import shanghai
from maitian.outreach.actions import money
from maitian.outreach.models import Event, Message
from maitian.outreach.words import CHANNEL_NAMES, FAILURES
from maitian.staff.models import Member

DAYS = (1, 7, 30)
MOST_GROUPS = 50
MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class Filters:
    """What is looked at. Empty fields look at everything; ``days``: of the last so many, today included."""

    days: int = 7
    channel: int | None = None
    gateway: str | None = None  # "" is a message that no gateway had
    reason: str | None = None
    topic: str = ""
    event: int | None = None
    client: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Filters:
        """From an address or a body; what makes no sense is left out."""
        number = {name: given.get(name, "") for name in ("days", "channel", "event")}
        days = int(number["days"]) if number["days"] in {str(n) for n in DAYS} else 7
        channel = int(number["channel"]) if number["channel"] in ("0", "1", "2") else None
        event = (
            int(number["event"])
            if number["event"].isascii() and number["event"].isdigit() and len(number["event"]) < 18
            else None
        )
        return cls(
            days, channel, given.get("gateway", "")[:20] if "gateway" in given else None,
            given.get("reason", "")[:40] if "reason" in given else None, given.get("topic", "")[:40], event,
        )  # fmt: skip

    @property
    def since(self) -> date:
        """The first local day."""
        return shanghai(timezone.now()).date() - timedelta(days=self.days - 1)

    @property
    def address(self) -> dict[str, str]:
        """As parameters of an address."""
        found = {"days": str(self.days), "topic": self.topic}
        for name, value in (
            ("channel", self.channel),
            ("gateway", self.gateway),
            ("reason", self.reason),
            ("event", self.event),
        ):
            if value is not None:
                found[name] = str(value)
        return {name: value for name, value in found.items() if value or name in ("gateway", "reason")}

    def where(self) -> tuple[str, list[Any]]:
        """The condition on ``outreach_message m`` (and its event ``e``, topic ``t``)."""
        parts: list[str] = ["m.state = 3", "m.day >= %s", "m.channel < 3"]
        values: list[Any] = [self.since]
        for sql, value in (
            ("m.channel = %s", self.channel), ("coalesce(m.gateway, '') = %s", self.gateway), ("coalesce(m.error, '') = %s", self.reason),
            ("t.code = %s", self.topic or None), ("m.event_id = %s", self.event),
            ("m.client_id = %s", self.client),
        ):  # fmt: skip
            if value is not None:
                parts.append(sql)
                values.append(value)
        return " AND ".join(parts), values


FROM = "FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id JOIN outreach_topic t ON t.id = e.topic_id WHERE "


@dataclass(frozen=True)
class Group:
    """Failed messages of one channel, gateway and reason."""

    channel: int
    gateway: str
    error: str
    count: int
    events: int
    first_at: datetime
    last_at: datetime

    @property
    def label(self) -> Any:
        return CHANNEL_NAMES[self.channel]

    @property
    def reason(self) -> Any:
        return FAILURES.get(self.error, self.error or "–")

    @property
    def address(self) -> dict[str, str]:
        return {"channel": str(self.channel), "gateway": self.gateway, "reason": self.error}


def groups(filters: Filters) -> list[Group]:
    """The largest groups first."""
    where, values = filters.where()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.channel, coalesce(m.gateway, ''), coalesce(m.error, ''), count(*), count(DISTINCT m.event_id), min(m.at), max(m.at) "
            + FROM + where + " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT %s",
            [*values, MOST_GROUPS],
        )  # fmt: skip
        return [Group(*row) for row in cursor.fetchall()]


def messages(filters: Filters, member: Member) -> QuerySet[Message]:
    """One by one, for clients whom the member may see; windowed by ``("-at", "client_id", "event_id", "channel")``."""
    found = Message.objects.filter(state=Message.State.FAILED, day__gte=filters.since, channel__lt=3)
    if filters.channel is not None:
        found = found.filter(channel=filters.channel)
    for name, value in (("gateway", filters.gateway), ("error", filters.reason)):
        if value:
            found = found.filter(**{name: value})
        elif value == "":
            found = found.filter(**{f"{name}__isnull": True})
    if filters.event is not None:
        found = found.filter(event_id=filters.event)
    if filters.topic:
        found = found.filter(event_id__in=Event.objects.filter(topic__code=filters.topic).values("pk"))
    return found.filter(client_id__in=visible_to(member).values("pk"))


@dataclass(frozen=True)
class Retry:
    """What trying a group again would do, said before it is done. ``cost`` in CNY at most."""

    count: int
    events: int
    going: int
    expired: int
    stopped: int
    held: int
    unreachable: int
    cost: float


def what_if(filters: Filters) -> Retry:
    """Count what would go again and what would fall out, for the messages of ``filters``."""
    where, values = filters.where()
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT event_id), count(*) FILTER (WHERE expired), count(*) FILTER (WHERE stopped),"
            " count(*) FILTER (WHERE NOT expired AND NOT stopped AND held), count(*) FILTER (WHERE NOT expired AND NOT stopped AND unreachable),"
            " coalesce(sum(price) FILTER (WHERE NOT expired AND NOT stopped AND NOT unreachable), 0) FROM ("
            " SELECT m.event_id, coalesce(e.expires_at <= %s, false) AS expired, e.state = 'stopped' AS stopped,"
            "  t.paused_at IS NOT NULL OR e.state = 'paused' AS held,"
            "  NOT EXISTS (SELECT 1 FROM clients_client c WHERE c.id = m.client_id AND c.state <> 'closed'"
            "              AND c.address_bits & (1 << m.channel) > 0) AS unreachable,"
            "  CASE WHEN m.channel = 1 THEN coalesce((e.texts->'sms'->>'price')::bigint, 0) ELSE 0 END AS price "
            + FROM + where + ") x",
            [now, *values],
        )  # fmt: skip
        count, events, expired, stopped, held, unreachable, price = cursor.fetchone()
    return Retry(
        int(count), int(events), int(count - expired - stopped - unreachable), int(expired), int(stopped), int(held), int(unreachable),
        int(price) / money.UNIT,
    )  # fmt: skip


def exported(filters: Filters) -> Iterator[list[str]]:
    """Rows of a file without personal data: no client, no number, no text."""
    yield ["at", "channel", "gateway", "reason", "topic", "event", "attempts", "parts", "cost_cny"]
    where, values = filters.where()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.at, m.channel, coalesce(m.gateway, ''), coalesce(m.error, ''), t.code, m.event_id, m.attempts, m.parts, m.cost "
            + FROM + where + " ORDER BY m.at DESC, m.client_id LIMIT %s",
            [*values, MOST_EXPORTED],
        )  # fmt: skip
        while rows := cursor.fetchmany(2000):
            for at, channel, gateway, error, topic, event, attempts, parts, cost in rows:
                yield [
                    shanghai(at).isoformat(timespec="seconds"), ("inbox", "sms", "email", "call")[channel], gateway, error, topic,
                    str(event), str(attempts), str(parts), f"{cost / money.UNIT:.4f}",
                ]  # fmt: skip
