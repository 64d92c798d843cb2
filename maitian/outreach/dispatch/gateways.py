"""How the gateways are, for the board: each worker tells what it sees, the state of a gateway is made of all of them."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from maitian.outreach.channels.pool import Pool

EVERY = 2.0  # seconds between reports while anything changes
QUIET = 20.0  # and while nothing does
FRESH = timedelta(seconds=45)  # a worker that has said nothing for so long is not counted
WORKER = secrets.randbelow(2**31 - 1) + 1  # this process
_told: dict[int, tuple[float, dict[str, dict]]] = {}

REPORT = """
INSERT INTO outreach_gatewayreport (name, worker, line, per_second, last_error, seen_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (name, worker) DO UPDATE SET line = excluded.line, per_second = excluded.per_second,
  last_error = excluded.last_error, seen_at = excluded.seen_at
"""
# The best that any worker sees; an error is shown only when nobody has the line.
STATE = """
WITH seen AS (
  SELECT (array_agg(line ORDER BY array_position(ARRAY['off', 'up', 'slow', 'down', 'idle'], line::text)))[1] AS line,
         sum(per_second) AS per_second, (array_agg(last_error ORDER BY seen_at DESC))[1] AS last_error
    FROM outreach_gatewayreport WHERE name = %(name)s AND seen_at > %(fresh)s)
INSERT INTO outreach_gatewaystate AS g (name, channel, line, since, seen_at, per_second, handed, refused, reconnects, last_error)
SELECT %(name)s, %(channel)s, line, %(now)s, %(now)s, per_second, %(handed)s, %(refused)s, %(reconnects)s, last_error FROM seen
ON CONFLICT (name) DO UPDATE SET since = CASE WHEN g.line = excluded.line THEN g.since ELSE excluded.since END,
  line = excluded.line, seen_at = excluded.seen_at, per_second = excluded.per_second, handed = g.handed + excluded.handed,
  refused = g.refused + excluded.refused, reconnects = g.reconnects + excluded.reconnects, last_error = excluded.last_error
"""


def apply_switches(pool: Pool) -> None:
    """Heed which gateways a person took out of service."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM outreach_gatewayswitch")
        pool.switch({name for (name,) in cursor.fetchall()})


def report(channel: int, pool: Pool) -> None:
    """Tell how a channel's gateways are, if it is time: every two seconds while they work, seldom when they rest."""
    now_at = time.monotonic()
    told_at, told = _told.get(id(pool), (0.0, {}))
    if now_at - told_at < EVERY:
        return
    apply_switches(pool)
    states = pool.states()
    changed = any(told.get(s["name"], {}) != s for s in states)
    if not changed and now_at - told_at < QUIET:
        return
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        for state in sorted(states, key=lambda s: s["name"]):
            before = told.get(state["name"], {})
            cursor.execute(
                REPORT, [state["name"], WORKER, state["line"], state["per_second"], state["last_error"], now]
            )
            grown = {key: state[key] - before.get(key, 0) for key in ("handed", "refused", "reconnects")}
            cursor.execute(
                STATE,
                {"name": state["name"], "channel": channel, "now": now, "fresh": now - FRESH, **grown},
            )
    _told[id(pool)] = (now_at, {s["name"]: s for s in states})


def forget(channel: int, pool: Pool) -> None:
    """A worker that goes is not counted any more."""
    names = [state["name"] for state in pool.states()]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_gatewayreport WHERE worker = %s AND name = ANY(%s)", [WORKER, names]
        )
    _told.pop(id(pool), None)
