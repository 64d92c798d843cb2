"""A person lets failed messages go again: one, or all of a group over several sends."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live
from maitian.outreach.dispatch.receipts import again
from maitian.outreach.errors import NothingToRetry, TooManyToRetry
from maitian.outreach.queries.failed import FROM, Filters

MOST_EVENTS = 500  # of one click: each send is opened again by itself


@transaction.atomic
def retry_group(filters: Filters, *, actor: str) -> int:
    """Try again what ``filters`` shows, send by send; stopped and expired sends stay as they are. Returns how many."""
    where, values = filters.where()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.event_id, m.channel, array_agg(m.client_id) " + FROM + where
            + " AND e.state <> 'stopped' AND (e.expires_at IS NULL OR e.expires_at > %s) GROUP BY 1, 2 ORDER BY 1, 2 LIMIT %s",
            [*values, timezone.now(), MOST_EVENTS + 1],
        )  # fmt: skip
        found = cursor.fetchall()
    if len(found) > MOST_EVENTS:
        raise TooManyToRetry(most=MOST_EVENTS)
    total = 0
    for event_id, channel, clients in found:
        count = again(event_id, channel, clients)
        total += count
        if count:
            ledger.record(
                "outreach.retried", actor=actor, object_kind="event", object_id=event_id,
                client_id=clients[0] if len(clients) == 1 else None, facts={"count": count, "channel": channel},
            )  # fmt: skip
    if not total:
        raise NothingToRetry()
    live.notify("outreach-board", "retry")
    return total
