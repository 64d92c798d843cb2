"""Data for the benches: a database of its own on the same server, filled set-based."""

from __future__ import annotations

import io
from typing import Any

from django.core.management import call_command
from django.db import connection

SYMBOLS = 300


def use(name: str, clients: int, *, holdings: bool = True) -> bool:
    """Switch to the database ``bench_<name>_<clients>``; ``True`` when it was just made and is empty."""
    wanted = f"bench_{name}_{clients}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [wanted])
        exists = cursor.fetchone() is not None
        if not exists:
            cursor.execute(f'CREATE DATABASE "{wanted}"')
    connection.close()
    connection.settings_dict["NAME"] = wanted
    call_command("migrate", verbosity=0, stdout=io.StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM clients_client")
        fresh = cursor.fetchone()[0] != clients
    if fresh:
        from maitian.core import setup

        setup.seed()
        fill(clients, holdings=holdings)
    return fresh


def fill(clients: int, *, holdings: bool = True) -> None:
    """So many active clients with level, class, consent, addresses; five holdings each, by Zipf over 300 stocks."""
    with connection.cursor() as cursor:
        for table in ("clients_holding", "clients_price", "clients_security"):
            cursor.execute(f"TRUNCATE {table}")
        cursor.execute(
            "INSERT INTO staff_branch (code, name, name_en, phone, monthly_sms_budget) VALUES ('B', '营业部', 'Branch', '95500', 0) ON CONFLICT DO NOTHING"
        )
        cursor.execute(
            "INSERT INTO clients_security (symbol, exchange, name, name_en, industry, area, listed) SELECT to_char(600000 + i, 'FM000000'),"
            " 'SSE', '证券' || i, '', CASE WHEN i %% 6 = 0 THEN '证券' ELSE '行业' || i %% 20 END, '', true FROM generate_series(1::bigint, %s) i",
            [SYMBOLS],
        )
        cursor.execute(
            "INSERT INTO clients_price (symbol, day, close, volume_lots) SELECT symbol, date '2026-11-24' - d, 5 + d * 0.1, 1000"
            " FROM clients_security, generate_series(1, 5) d"
        )
        # Indexes are made after the rows, as any loader of a million rows would.
        cursor.execute(
            "INSERT INTO clients_client (id, branch_id, state, institution, investor_class, risk_class, risk_valid_until, level_rank,"
            " consent_bits, address_bits, assets, advised) OVERRIDING SYSTEM VALUE SELECT i, (SELECT min(id) FROM staff_branch), 'active', false,"
            " CASE WHEN i %% 200 = 0 THEN 'professional' ELSE 'ordinary' END, (i * 7919) %% 7, date '2026-06-01' + ((i * 31) %% 900)::int,"
            " 1 + (i * 104729) %% 3, (i * 2654435761) %% 4096, 1 + 2 * ((i / 3) %% 8 > 0)::int + 4 * ((i / 5) %% 4 > 0)::int, i %% 1000000, i %% 3 = 0"
            " FROM generate_series(1::bigint, %s) i",
            [clients],
        )
        cursor.execute(
            "INSERT INTO clients_holding (client_id, symbol, quantity, cost) SELECT i, to_char(600001 + floor(%s *"
            " power(((i * 48271 + k * 40692) %% 2147483647) / 2147483647.0, 3))::int, 'FM000000'), 100 * (1 + i %% 50), 5"
            " FROM generate_series(1::bigint, %s) i, generate_series(1::bigint, %s) k ON CONFLICT DO NOTHING",
            [SYMBOLS, clients, 5 if holdings else 0],
        )
        cursor.execute("ANALYZE clients_client, clients_holding")
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM clients_client")
        cursor.execute("VACUUM clients_holding")


def machine() -> dict[str, Any]:
    """What it ran on, for the document."""
    import os
    import platform

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        version = cursor.fetchone()[0]
    return {"cores": os.cpu_count(), "python": platform.python_version(), "postgresql": version}
