"""The allotment chase: so many open chases moved on by one call, as the worker does every minute.

What is in the time: looking at the cash of every account, taking the step (one event, the gates for everybody, the
verdict blocks, each client's own amounts, the deliveries), all in one committed transaction. Beside it the bound: the
same rows of amounts written by a bare binary COPY in the same run.
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.db import connection, transaction

from bench import data
from maitian.core.time import SHANGHAI
from maitian.outreach.models import Event
from maitian.outreach.shares import actions
from maitian.outreach.shares.models import Issue

T = date(2026, 11, 23)


def _fill(chases: int) -> Issue:
    """One issue, so many accounts: half have nothing, a third a part, the rest nearly all of the money."""
    with connection.cursor() as cursor:
        for table in (
            "outreach_default", "outreach_allotment", "outreach_issue", "outreach_personalfact", "outreach_verdictblock", "outreach_delivery",
            "outreach_event",
        ):  # fmt: skip
            cursor.execute(f"TRUNCATE {table} CASCADE")
        cursor.execute(
            "UPDATE clients_client SET consent_bits = 4095, address_bits = 15 WHERE address_bits <> 15"
        )
        cursor.execute(
            "INSERT INTO clients_fundaccount (client_id, number, opened_on, cash) SELECT id, 'B' || id, date '2020-01-01', (id %% 3) * 900"
            " FROM clients_client WHERE id <= %s ON CONFLICT (number) DO UPDATE SET cash = excluded.cash",
            [chases],
        )
    issue = Issue.objects.create(
        symbol="001399", subscription_code="001399", name="测速", exchange="SZSE", price=Decimal(10), subscribe_on=T,
        pay_by=datetime(2026, 11, 25, 16, tzinfo=SHANGHAI), maker="bench", made_at=datetime(2026, 11, 20, tzinfo=SHANGHAI),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_allotment (issue_id, client_id, account_number, quantity, due, funded, state, arrived_at, changed_at)"
            " SELECT %s, client_id, number, 200, 2000, 0, 'open', now(), now() FROM clients_fundaccount WHERE number LIKE 'B%%' AND client_id <= %s",
            [issue.pk, chases],
        )
        cursor.execute("ANALYZE outreach_allotment, clients_fundaccount, clients_client")
    return issue


def _copy(event: Event) -> float:
    """The amounts of the event's clients by a bare COPY."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id, facts::text FROM outreach_personalfact WHERE event_id = %s", [event.pk]
        )
        rows = cursor.fetchall()
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute("CREATE TABLE bench_bare (event_id bigint, client_id bigint, facts text)")
        started = time.perf_counter()
        with transaction.atomic(), cursor.copy("COPY bench_bare FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "int8", "text"])
            for client, facts in rows:
                copy.write_row((event.pk, client, facts))
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE bench_bare")
    return seconds


def run(clients: int = 100_000) -> dict[str, Any]:
    """Seconds to move ``clients`` open chases on: the first step, and the second with the money looked at again."""
    data.use("chase", clients)
    issue = _fill(clients)
    seconds = []
    with time_machine.travel(datetime(2026, 11, 24, 17, tzinfo=SHANGHAI), tick=True) as clock:
        actions.fund()
        for moment in (
            datetime(2026, 11, 24, 19, tzinfo=SHANGHAI),
            datetime(2026, 11, 25, 9, tzinfo=SHANGHAI),
        ):
            clock.move_to(moment + timedelta(seconds=1))
            started = time.perf_counter()
            done = actions.advance()
            seconds.append(time.perf_counter() - started)
            assert done["steps"] == 1 and done["reminded"] == clients, done
        started = time.perf_counter()
        actions.advance()
        idle = time.perf_counter() - started
        event = Event.objects.filter(object_kind=actions.STEP_KIND).latest("pk")
        copied = _copy(event)
    return {
        "chases": Issue.objects.get(pk=issue.pk).allotments.filter(state="open").count(), "seconds": round(max(seconds), 3),
        "first_step_seconds": round(seconds[0], 3), "second_step_seconds": round(seconds[1], 3), "idle_seconds": round(idle, 3),
        "copy_seconds": round(copied, 3), "per_second": round(clients / max(seconds)), **data.machine(),
    }  # fmt: skip
