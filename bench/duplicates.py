"""Finding records of one person: a whole branch in one statement, and one record as its page opens.

Every 200th record has the name and the birthday of the one before it, every second one of these the phone, too. Names come out of 20,000, so that equal names alone are common, as they are in life.
"""

from __future__ import annotations

import random
import time
from typing import Any

from django.db import connection

from bench import data
from maitian.clients import duplicates

ASKED = 400


def _prepare(clients: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_personaldata (client_id, name, id_number, home_address, gender, birthday, initials, search_tokens,"
            " name_token, id_form) SELECT i, decode(md5(i::text), 'hex'), '', '', CASE WHEN s %% 2 = 0 THEN 'F' ELSE 'M' END,"
            " date '1940-01-01' + ((s * 7919) %% 24000)::int, 'abc', ARRAY[i, i * 3, i * 7, i * 11], abs(hashint8(s)) %% 20000,"
            " CASE WHEN i %% 3 = 0 THEN 2 ELSE 1 END FROM generate_series(1::bigint, %s) i,"
            " LATERAL (SELECT CASE WHEN i %% 200 = 0 THEN i - 1 ELSE i END AS s) x",
            [clients],
        )
        cursor.execute(
            "INSERT INTO clients_contactpoint (client_id, kind, value, value_token, \"primary\") SELECT i, 'phone', '',"
            " (CASE WHEN i %% 400 = 0 THEN i - 1 ELSE i END) * 1000003, true FROM generate_series(1::bigint, %s) i",
            [clients],
        )
        cursor.execute(
            "INSERT INTO clients_contactpoint (client_id, kind, value, value_token, \"primary\") SELECT i, 'email', '', i * 2000003, true"
            " FROM generate_series(1::bigint, %s) i WHERE i %% 10 < 7",
            [clients],
        )
        cursor.execute(
            "INSERT INTO clients_fundaccount (client_id, number, opened_on, cash) SELECT i, (10000000 + (i * 7) %% 89999999)::text,"
            " date '2020-01-01', 0 FROM generate_series(1::bigint, %s) i ON CONFLICT DO NOTHING",
            [clients],
        )
    for table in ("clients_personaldata", "clients_contactpoint", "clients_fundaccount"):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def run(clients: int = 1_000_000) -> dict[str, Any]:
    """Seconds for the branch (first run, and again when nothing changed), milliseconds for one record."""
    if data.use("duplicates", clients):
        _prepare(clients)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM staff_branch")
        branch = int(cursor.fetchone()[0])
        cursor.execute("TRUNCATE clients_duplicatepair")
    seconds = []
    for _turn in range(2):
        started = time.perf_counter()
        found = duplicates.find(branch)
        seconds.append(time.perf_counter() - started)
    chosen = random.Random(5)
    times = []
    for turn in range(ASKED + 20):
        client = chosen.randint(1, clients)
        started = time.perf_counter()
        duplicates.candidates(branch, client)
        if turn >= 20:
            times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return {
        "clients": clients, "pairs": found.standing, "branch_seconds": round(seconds[0], 2), "again_seconds": round(seconds[1], 2),
        "one_median_ms": round(times[len(times) // 2], 2), "one_p95_ms": round(times[int(len(times) * 0.95)], 2), **data.machine(),
    }  # fmt: skip
