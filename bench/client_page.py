"""The client page: one SQL statement against five separate queries, same run, turn by turn."""

from __future__ import annotations

import random
import time
from typing import Any

from django.db import connection

from bench import data
from maitian.console import client_page

PAGES = 1500
QUERIES = (
    "SELECT number, cash, commission_rate, opened_on FROM clients_fundaccount WHERE client_id = %s ORDER BY number",
    "SELECT h.symbol, s.name, s.industry, h.quantity, h.cost, (SELECT close FROM clients_price p WHERE p.symbol = h.symbol"
    " ORDER BY day DESC LIMIT 1) FROM clients_holding h JOIN clients_security s ON s.symbol = h.symbol"
    " WHERE h.client_id = %s AND h.quantity > 0 ORDER BY h.quantity DESC LIMIT 30",
    "SELECT number, at, actor, kind, facts FROM core_ledger WHERE client_id = %s ORDER BY number DESC LIMIT 20",
    "SELECT m.event_id, m.channel, m.at, m.state, e.title FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id"
    " WHERE m.client_id = %s ORDER BY m.at DESC LIMIT 20",
    "SELECT v.kind, w.name, v.since FROM clients_coverage v JOIN staff_member w ON w.id = v.member_id"
    " WHERE v.client_id = %s AND v.until IS NULL",
)


def _prepare(clients: int) -> None:
    """Accounts, coverage, a year of ledger rows for every tenth client and one sent event."""
    from django.utils import timezone

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_fundaccount (client_id, number, opened_on, commission_rate, cash) SELECT i, (80000000 + i)::text,"
            " date '2020-01-01', 2.4, 1000 FROM generate_series(1::bigint, %s) i",
            [clients],
        )
        cursor.execute(
            "INSERT INTO staff_member (branch_id, sign_in_name, password, name, name_en, initials, centre, role, phone, licence_number,"
            " active, failed_attempts) SELECT min(id), 'bench', '', '周晓雯', '', 'zxw', 'marketing', 'account_manager', '', '', true, 0 FROM staff_branch"
        )
        cursor.execute(
            "INSERT INTO clients_coverage (client_id, member_id, kind, since, reason) SELECT i, (SELECT min(id) FROM staff_member), 'manager', now(), ''"
            " FROM generate_series(1::bigint, %s) i",
            [clients],
        )
        cursor.execute("SELECT outreach_message_partition(%s)", [timezone.now().date()])
        cursor.execute(
            "INSERT INTO outreach_topic (code, name, name_en, message_class, critical, audience, channel_mask, templates, suitability, active, maker, changed_at)"
            " VALUES ('bench', '测', 'bench', 0, false, 'everybody', 1, '{}', false, true, 'x', now())"
        )
        cursor.execute(
            "INSERT INTO outreach_event (topic_id, object_kind, object_id, fact_key, title, facts, state, maker, made_at, rules, texts, counts,"
            " audience_count, verdict_digest, sent_by) SELECT max(id), 'bench', n, 'b' || n, '报告 ' || n, '{}', 'done', 'x', now(), '{}', '{}', '{}', 0, '', ''"
            " FROM outreach_topic, generate_series(1, 3) n GROUP BY n"
        )
        cursor.execute(
            "INSERT INTO outreach_message (client_id, event_id, channel, day, at, state) SELECT i, e.id, 0, %s, now(), 2"
            " FROM generate_series(1::bigint, %s) i, outreach_event e",
            [timezone.now().date(), clients],
        )
        # The chain is not what is measured here; it would take minutes for so many rows.
        cursor.execute("ALTER TABLE core_ledger DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO core_ledger (number, at, actor, client_id, kind, object_kind, object_id, facts, previous_hash, hash)"
            " SELECT n, now(), 'member:1', 1 + (n * 10) %% %s, 'client.noted', '', '', '{\"text\": \"来电\"}', '', '' FROM generate_series(1::bigint, %s) n",
            [clients, clients],
        )
        cursor.execute("ALTER TABLE core_ledger ENABLE TRIGGER USER")
    for table in (
        "clients_fundaccount",
        "clients_coverage",
        "outreach_message",
        "core_ledger",
        "clients_client",
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")


def _five(client_id: int) -> None:
    with connection.cursor() as cursor:
        for sql in QUERIES:
            cursor.execute(sql, [client_id])
            cursor.fetchall()


def run(clients: int = 1_000_000) -> dict[str, Any]:
    """Random clients, one after another on one connection; the two ways take turns, so both meet the same noise."""
    if data.use("client_page", clients):
        _prepare(clients)
    chosen = random.Random(7)
    one: list[float] = []
    five: list[float] = []
    for turn in range(PAGES):
        for way, times in ((client_page.load, one), (_five, five)):
            client_id = chosen.randint(1, clients)
            started = time.perf_counter()
            way(client_id)
            if turn >= 100:
                times.append(time.perf_counter() - started)
    one.sort()
    per_second = len(one) / sum(one)
    return {
        "clients": clients, "pages": len(one), "per_second": round(per_second, 1), "p95_ms": round(one[int(len(one) * 0.95)] * 1000, 3),
        "five_per_second": round(len(five) / sum(five), 1), "ratio": round(per_second / (len(five) / sum(five)), 2), **data.machine(),
    }  # fmt: skip
