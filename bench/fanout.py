"""Deciding for everybody: verdict blocks against a bare COPY of the same messages, and against the ORM way.

All three in one run, on one database. The ORM way reads clients as objects, asks ``rules.decide`` for each,
and writes one row per verdict and message with ``bulk_create``; it is measured on a stated sample of whole
blocks and extrapolated linearly.
"""

from __future__ import annotations

import statistics
import time
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, models, transaction

from bench import data
from maitian.outreach import decision, rules
from maitian.outreach.rules import ClientFacts, Conditions

TODAY = date(2026, 11, 24)
CONDITIONS = Conditions(0, {2: 7, 3: 15}, 3, 0, 1, 4)
SAMPLE = 40_960
ROUNDS = 3


class HabitMessage(models.Model):
    """What a help desk's table looks like: a surrogate key, a unique key, an index for each question."""

    event_id = models.BigIntegerField(db_index=True)
    client_id = models.BigIntegerField(db_index=True)
    channel = models.SmallIntegerField()
    outcome = models.SmallIntegerField(db_index=True)

    class Meta:
        app_label = "bench"
        db_table = "bench_habit"
        unique_together = [("event_id", "client_id", "channel")]


def question(event_id: int) -> decision.Question:
    return decision.Question("c.state = ANY(%(served)s)", {"served": ["active"]}, CONDITIONS, TODAY, event_id)


def _decide() -> tuple[float, list[tuple[int, np.ndarray]]]:
    """Median of three, each committed; the digest that the ledger keeps is part of it."""
    seconds = []
    for event in range(1, ROUNDS + 1):
        started = time.perf_counter()
        with transaction.atomic():
            decision.store(question(event))
            decision.digest(event)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), decision.blocks(1)


def _stream(found: list[tuple[int, np.ndarray]]) -> tuple[bytes, int]:
    """The binary COPY stream of every message: client, event, channel."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_ids FROM outreach_verdictblock WHERE event_id = 1 ORDER BY block")
        ids = np.concatenate([np.asarray(row[0], dtype=np.int64) for row in cursor.fetchall()])
    outcomes = np.concatenate([block for _n, block in found])
    parts = []
    for channel in range(4):
        chosen = ids[(outcomes & (1 << channel)) > 0]
        rows = np.zeros(
            len(chosen),
            dtype=[
                ("n", ">i2"),
                ("l1", ">i4"),
                ("client", ">i8"),
                ("l2", ">i4"),
                ("event", ">i8"),
                ("l3", ">i4"),
                ("channel", ">i2"),
            ],
        )
        rows["n"], rows["l1"], rows["l2"], rows["l3"] = 3, 8, 8, 2
        rows["client"], rows["event"], rows["channel"] = chosen, 1, channel
        parts.append(rows)
    # Joined as bytes: NumPy would turn the rows into the machine's own byte order.
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(rows.tobytes() for rows in parts) + b"\xff\xff", sum(
        map(len, parts)
    )


def _copy(stream: bytes) -> float:
    seconds = []
    with connection.cursor() as cursor:
        for _round in range(ROUNDS):
            cursor.execute("DROP TABLE IF EXISTS bench_bare")
            cursor.execute("CREATE TABLE bench_bare (client_id bigint, event_id bigint, channel smallint)")
            started = time.perf_counter()
            with cursor.copy("COPY bench_bare FROM STDIN (FORMAT BINARY)") as copy:
                view = memoryview(stream)
                for at in range(0, len(view), 1 << 20):
                    copy.write(view[at : at + (1 << 20)])
            seconds.append(time.perf_counter() - started)
        cursor.execute("DROP TABLE bench_bare")
    return statistics.median(seconds)


def _orm(sample: int) -> float:
    from maitian.clients.models import Client

    with connection.schema_editor() as editor:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_habit")
        editor.create_model(HabitMessage)
    started = time.perf_counter()
    rows = []
    with transaction.atomic():
        for client in Client.objects.filter(pk__lte=sample, state="active").iterator(5000):
            valid = client.risk_valid_until is not None and client.risk_valid_until >= TODAY
            byte = rules.decide(
                ClientFacts(client.level_rank, client.risk_class, valid, client.investor_class == "professional", client.consent_bits, client.address_bits),
                CONDITIONS,
            )  # fmt: skip
            mask = byte & 15
            for channel in [n for n in range(4) if mask & (1 << n)] or [9]:
                rows.append(HabitMessage(event_id=1, client_id=client.pk, channel=channel, outcome=byte))
        HabitMessage.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True)  # type: ignore[attr-defined]
    seconds = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_habit")
    return seconds


def run(clients: int = 1_000_000) -> dict[str, Any]:
    """Seconds to decide ``clients`` clients, to COPY the same messages, and to do it by the ORM."""
    data.use("fanout", clients)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE outreach_verdictblock")
    _orm_first = min(SAMPLE, clients)
    decide_seconds, found = _decide()
    stream, messages = _stream(found)
    copy_seconds = _copy(stream)
    orm_seconds = _orm(_orm_first) * clients / _orm_first
    verdicts = sum(len(block) for _n, block in found)
    return {
        "clients": clients, "verdicts": verdicts, "messages": messages, "decide_seconds": round(decide_seconds, 4),
        "copy_seconds": round(copy_seconds, 4), "orm_seconds": round(orm_seconds, 2), "orm_sample": _orm_first,
        "ratio": round(orm_seconds / decide_seconds, 1), "decide_over_copy": round(decide_seconds / copy_seconds, 2), **data.machine(),
    }  # fmt: skip
