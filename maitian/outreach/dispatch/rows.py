"""Message rows: written once, by binary COPY into the day's partition."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, cast

import numpy as np
from django.db import connection
from django.utils import timezone

from maitian.core.columns import numbers
from maitian.core.time import shanghai
from maitian.outreach.dispatch.claims import Claim, add

HANDED, DELIVERED, FAILED, READ, UNKNOWN, WITHHELD, AGAIN = range(1, 8)
COLUMNS = "client_id, event_id, channel, day, at, state, parts, cost, reference, gateway, error"
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
WIDTHS = (("l1", 8), ("l2", 8), ("l3", 2), ("l4", 4), ("l5", 8), ("l6", 2), ("l7", 2), ("l8", 4))
HEAD, TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


class Row(NamedTuple):
    """What became of one client's message. ``references``: the gateway's numbers of the parts of a chained text."""

    client_id: int
    state: int
    parts: int = 1
    cost: int = 0
    reference: str | None = None
    gateway: str | None = None
    error: str | None = None
    references: tuple[str, ...] = ()


def _partition(day: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_message_partition(%s)", [day])


def write(claim: Claim, rows: Sequence[Row], at: datetime | None = None) -> None:
    """Rows that differ: with a gateway's number, an error, a cost of their own. ``at``: when they were handed over."""
    if not rows:
        return
    now = at or timezone.now()
    day = shanghai(now).date()
    _partition(day)
    stream = _stream(claim, rows, now, day)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY outreach_message ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(stream)
    write_parts(claim, [row for row in rows if row.references], 1)


_BEGIN = struct.Struct(">hiq").pack  # eleven fields; the client
_MIDDLE = struct.Struct(">iqihiiiqihihii").pack
_LENGTH = struct.Struct(">i").pack
_NULL = _LENGTH(-1)


def _field(text: str | None, most: int) -> bytes:
    if text is None:
        return _NULL
    data = text[:most].encode()
    return _LENGTH(len(data)) + data


def _stream(claim: Claim, rows: Sequence[Row], now: datetime, day: date) -> bytes:
    """The binary COPY stream. What rows have in common, and most have nearly all in common, is packed once."""
    days, moment = (day - EPOCH.date()).days, round((now - EPOCH).total_seconds() * 1_000_000)
    made = [HEAD]
    known: dict[tuple[int, int, int, str | None, str | None], tuple[bytes, bytes]] = {}
    for client_id, state, parts, cost, reference, gateway, error, _references in rows:
        key = (state, parts, cost, gateway, error)
        ends = known.get(key)
        if ends is None:
            middle = _MIDDLE(
                8, claim.event_id, 2, claim.channel, 4, days, 8, moment, 2, state, 2, parts, 4, cost
            )
            ends = known[key] = (middle, _field(gateway, 20) + _field(error, 40))
        made += (_BEGIN(11, 8, client_id), ends[0], _field(reference, 64), ends[1])
    made.append(TAIL)
    return b"".join(made)


def write_parts(claim: Claim, rows: Sequence[Row], attempt: int) -> None:
    """The parts of chained texts: each has a receipt of its own."""
    if not rows:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY outreach_messagepart (client_id, event_id, channel, attempt, number, total, gateway, reference, state) FROM STDIN"
        ) as copy,
    ):
        for row in rows:
            for number, reference in enumerate(row.references, start=1):
                copy.write_row(
                    (row.client_id, claim.event_id, claim.channel, attempt, number, row.parts, row.gateway or "", reference, HANDED)
                )  # fmt: skip


def write_alike(
    claim: Claim, clients: Sequence[int], state: int, parts: int, cost: int,
    references: Sequence[str] | None = None, gateway: str | None = None, at: datetime | None = None,
) -> None:  # fmt: skip
    """Rows that are the same but for client and number: one array, no loop. The numbers are equally long (``fits``)."""
    if not clients:
        return
    now = at or timezone.now()
    day = shanghai(now).date()
    _partition(day)
    width = len(references[0]) if references is not None else 0
    layout = FIXED.descr if references is None else [*FIXED.descr, ("l9", ">i4"), ("reference", f"S{width}")]
    ending = b"" if references is None else _field(gateway, 20) + _NULL
    rows: Any = np.empty(len(clients), dtype=[*layout, ("ending", f"V{len(ending)}")] if ending else layout)
    rows["n"] = 8 if references is None else 11
    for name, octets in WIDTHS:
        rows[name] = octets
    rows["client_id"] = clients
    rows["event_id"], rows["channel"], rows["state"] = claim.event_id, claim.channel, state
    rows["parts"], rows["cost"] = parts, cost
    rows["day"] = (day - EPOCH.date()).days
    rows["at"] = round((now - EPOCH).total_seconds() * 1_000_000)
    names = "client_id, event_id, channel, day, at, state, parts, cost"
    if references is not None:
        rows["l9"] = width
        rows["reference"] = np.frombuffer("".join(references).encode("ascii"), dtype=f"S{width}")
        rows["ending"] = np.void(ending)
        names = COLUMNS
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY outreach_message ({names}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(HEAD + rows.tobytes() + TAIL)


def fits(references: Sequence[str | None]) -> bool:
    """Whether numbers can be written as one array: all there, in ASCII, equally long."""
    if not references or None in references:
        return False
    known = cast("Sequence[str]", references)
    lengths = set(map(len, known))
    return len(lengths) == 1 and 0 < lengths.pop() <= 64 and "".join(known).isascii()


def rewrite(claim: Claim, rows: Sequence[Row], at: datetime | None = None) -> None:
    """Rows of another attempt (the earlier one was kept when it was opened): they say what is now."""
    if not rows:
        return
    now = at or timezone.now()
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
        if any(row.references for row in rows):
            cursor.execute(
                "SELECT client_id, attempts FROM outreach_message WHERE event_id = %s AND channel = %s AND client_id = ANY(%s)",
                [claim.event_id, claim.channel, ids],
            )
            attempts = dict(cursor.fetchall())
            for attempt in sorted(set(attempts.values())):
                write_parts(
                    claim, [r for r in rows if r.references and attempts[r.client_id] == attempt], attempt
                )


def correct(claim: Claim, rows: Sequence[Row]) -> None:
    """Answers that come after another worker has written the messages down as in doubt: they are certain now."""
    known = [row for row in rows if row.state != UNKNOWN]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message m SET state = r.state, reference = r.reference, gateway = r.gateway, error = r.error, changed_at = %s"
            " FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[], %s::text[]) AS r(client_id, state, reference, gateway, error)"
            " WHERE m.client_id = r.client_id AND m.event_id = %s AND m.channel = %s AND m.state = 5 RETURNING m.client_id, m.state, m.attempts",
            [
                timezone.now(), [r.client_id for r in known], [r.state for r in known], [r.reference for r in known],
                [r.gateway for r in known], [r.error for r in known], claim.event_id, claim.channel,
            ],
        )  # fmt: skip
        changed = {client: (state, attempts) for client, state, attempts in cursor.fetchall()}
    for attempt in sorted({attempts for _state, attempts in changed.values()}):
        mine = [r for r in known if r.references and changed.get(r.client_id, (0, 0))[1] == attempt]
        write_parts(claim, mine, attempt)
    handed = sum(state == HANDED for state, _attempts in changed.values())
    add(claim.id, unknown=-len(changed), handed=handed, failed=len(changed) - handed)


def states_of(claim: Claim, clients: Sequence[int]) -> dict[int, int]:
    """The rows that are there already: client → state."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id, state FROM outreach_message WHERE event_id = %s AND channel = %s AND client_id = ANY(%s::bigint[])",
            [claim.event_id, claim.channel, numbers(clients)],
        )
        return dict(cursor.fetchall())
