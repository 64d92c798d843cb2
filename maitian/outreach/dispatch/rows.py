"""Message rows: written once, by binary COPY into the day's partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from maitian.core.time import shanghai
from maitian.outreach.dispatch.claims import Claim

HANDED, DELIVERED, FAILED, READ, UNKNOWN, WITHHELD, AGAIN = range(1, 8)
COLUMNS = "client_id, event_id, channel, day, at, state, parts, cost, reference, gateway, error"
TYPES = [
    "int8",
    "int8",
    "int2",
    "date",
    "timestamptz",
    "int2",
    "int2",
    "int4",
    "varchar",
    "varchar",
    "varchar",
]
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of PostgreSQL's binary dates

# A row of fixed width: eight columns with their lengths. The columns left out are NULL or their default.
FIXED = np.dtype(
    [
        ("n", ">i2"),
        ("l1", ">i4"), ("client_id", ">i8"),
        ("l2", ">i4"), ("event_id", ">i8"),
        ("l3", ">i4"), ("channel", ">i2"),
        ("l4", ">i4"), ("day", ">i4"),
        ("l5", ">i4"), ("at", ">i8"),
        ("l6", ">i4"), ("state", ">i2"),
        ("l7", ">i4"), ("parts", ">i2"),
        ("l8", ">i4"), ("cost", ">i4"),
    ]
)  # fmt: skip
HEAD, TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one client's message."""

    client_id: int
    state: int
    parts: int = 1
    cost: int = 0
    reference: str | None = None
    gateway: str | None = None
    error: str | None = None


def _partition(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_message_partition(%s)", [day])


def write(claim: Claim, rows: Sequence[Row]) -> None:
    """Rows that differ: with a gateway's number, an error, a cost of their own."""
    if not rows:
        return
    now = timezone.now()
    day = shanghai(now).date()
    _partition(day)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY outreach_message ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(TYPES)
        for row in rows:
            copy.write_row(
                (row.client_id, claim.event_id, claim.channel, day, now, row.state, row.parts, row.cost, row.reference,
                 row.gateway, row.error)
            )  # fmt: skip


def write_alike(claim: Claim, clients: Sequence[int], state: int, parts: int, cost: int) -> None:
    """Rows that are the same but for the client: one array, no loop."""
    if not clients:
        return
    now = timezone.now()
    day = shanghai(now).date()
    _partition(day)
    rows: Any = np.zeros(len(clients), dtype=FIXED)
    rows["n"] = 8
    for name, width in (
        ("l1", 8),
        ("l2", 8),
        ("l3", 2),
        ("l4", 4),
        ("l5", 8),
        ("l6", 2),
        ("l7", 2),
        ("l8", 4),
    ):
        rows[name] = width
    rows["client_id"] = clients
    rows["event_id"], rows["channel"], rows["state"] = claim.event_id, claim.channel, state
    rows["parts"], rows["cost"] = parts, cost
    rows["day"] = (day - EPOCH.date()).days
    rows["at"] = round((now - EPOCH).total_seconds() * 1_000_000)
    names = "client_id, event_id, channel, day, at, state, parts, cost"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY outreach_message ({names}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(HEAD + rows.tobytes() + TAIL)


def rewrite(claim: Claim, rows: Sequence[Row]) -> None:
    """Rows of another attempt (the earlier one was kept when it was opened): they say what is now."""
    if not rows:
        return
    now = timezone.now()
    ids = [row.client_id for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message m SET state = r.state, parts = r.parts, cost = m.cost + r.cost, reference = r.reference,"
            " gateway = r.gateway, error = r.error, attempts = m.attempts + 1, changed_at = %s"
            " FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])"
            " AS r(client_id, state, parts, cost, reference, gateway, error)"
            " WHERE m.client_id = r.client_id AND m.event_id = %s AND m.channel = %s",
            [
                now, ids, [r.state for r in rows], [r.parts for r in rows], [r.cost for r in rows],
                [r.reference for r in rows], [r.gateway for r in rows], [r.error for r in rows], claim.event_id,
                claim.channel,
            ],
        )  # fmt: skip


def states_of(claim: Claim, clients: Sequence[int]) -> dict[int, int]:
    """The rows that are there already: client → state."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id, state FROM outreach_message WHERE event_id = %s AND channel = %s AND client_id = ANY(%s)",
            [claim.event_id, claim.channel, list(clients)],
        )
        return dict(cursor.fetchall())
