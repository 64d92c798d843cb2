"""How the gateways are, for the board: told by the worker every few seconds."""

from __future__ import annotations

import time

from django.db import connection
from django.utils import timezone

from maitian.outreach.channels.pool import Pool

EVERY = 2.0  # seconds
_told: dict[int, float] = {}


def report(channel: int, pool: Pool) -> None:
    """Write the state of a channel's gateways, not oftener than every two seconds."""
    if time.monotonic() - _told.get(id(pool), 0.0) < EVERY:
        return
    _told[id(pool)] = time.monotonic()
    now = timezone.now()
    states = pool.states()
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO outreach_gatewaystate AS g (name, channel, line, since, seen_at, per_second, handed, refused, reconnects,"
            " last_error) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET"
            " since = CASE WHEN g.line = excluded.line THEN g.since ELSE excluded.since END, line = excluded.line,"
            " seen_at = excluded.seen_at, per_second = excluded.per_second, handed = excluded.handed,"
            " refused = excluded.refused, reconnects = excluded.reconnects, last_error = excluded.last_error",
            [
                (
                    s["name"],
                    channel,
                    s["line"],
                    now,
                    now,
                    s["per_second"],
                    s["handed"],
                    s["refused"],
                    s["reconnects"],
                    s["last_error"],
                )
                for s in states
            ],
        )
