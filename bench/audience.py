"""Audiences by conditions: how long counting and listing them takes over a million clients.

The trees are those that a branch would build: five conditions each, from narrow (a birthday, a rare share) to
wide (a level, consent, a popular industry). ``worst`` is the slowest narrow one, the figure that the design sets.
"""

from __future__ import annotations

import statistics
import time
from datetime import date
from typing import Any

from django.db import connection

from bench import data
from maitian.clients import conditions

TODAY = date(2026, 11, 24)
ROUNDS = 7
SERVED = {"is": "state", "any_of": ["active", "opened"]}
GOLD = {"is": "level", "any_of": [2, 3]}
# Each has five conditions. A narrow one has at least one that an index can serve.
NARROW: dict[str, list[dict[str, Any]]] = {
    "birthday": [
        SERVED,
        GOLD,
        {"is": "birthday", "within_days": 3},
        {"is": "risk_class", "any_of": [3, 4, 5]},
        {"is": "last_contact", "older_than": 30},
    ],
    "birthday_holds": [
        GOLD,
        {"is": "birthday", "within_days": 6},
        {"is": "holds", "any_of": ["600001"]},
        {"is": "risk_class", "any_of": [3, 4, 5]},
        {"is": "last_contact", "older_than": 30},
    ],
    "rare_share": [
        SERVED,
        GOLD,
        {"is": "holds", "any_of": ["600250"]},
        {"is": "assets", "at_least": "300000"},
        {"is": "consent", "any_of": ["1-1"]},
    ],
    "manager": [
        SERVED,
        {"is": "manager", "any_of": [7]},
        {"is": "holds", "any_of": ["证券"]},
        {"is": "assets", "at_least": "100000"},
        {"not": {"is": "tag", "any_of": ["标签1"]}},
    ],
    "rich": [
        SERVED,
        GOLD,
        {"is": "assets", "at_least": "990000"},
        {"is": "consent", "any_of": ["1-1"]},
        {"is": "age", "between": [30, 50]},
    ],
    "tag": [
        SERVED,
        {"is": "tag", "any_of": ["标签7"]},
        {"is": "risk_class", "any_of": [4, 5, 6]},
        {"is": "address", "any_of": [1]},
        {"is": "gender", "any_of": ["F"]},
    ],
    "expiring": [
        SERVED,
        GOLD,
        {"is": "assessment", "expires_within": 7},
        {"is": "address", "any_of": [1, 2]},
        {"is": "last_contact", "older_than": 60},
    ],
    "id_document": [
        SERVED,
        GOLD,
        {"is": "id_document", "expires_within": 10},
        {"is": "address", "any_of": [1]},
        {"is": "consent", "any_of": ["0-1"]},
    ],
    "new": [
        SERVED,
        {"is": "opened", "within_days": 14},
        {"is": "assets", "at_least": "50000"},
        {"is": "cash", "at_least": "10000"},
        {"is": "risk_class", "any_of": [4, 5, 6]},
    ],
}
WIDE: dict[str, list[dict[str, Any]]] = {
    "level": [
        SERVED,
        GOLD,
        {"is": "risk_class", "any_of": [3, 4, 5, 6]},
        {"is": "consent", "any_of": ["1-1"]},
        {"is": "address", "any_of": [1]},
    ],
    "industry": [
        SERVED,
        GOLD,
        {"is": "holds", "any_of": ["证券"]},
        {"is": "risk_class", "any_of": [4, 5, 6]},
        {"is": "consent", "any_of": ["0-1"]},
    ],
    "not_contacted": [
        SERVED,
        GOLD,
        {"is": "last_contact", "older_than": 60},
        {"is": "age", "at_least": 60},
        {"not": {"is": "holds", "any_of": ["600001"]}},
    ],
}


def _prepare(clients: int) -> None:
    """Personal data of a realistic width, accounts, tags, managers, contacts; indexes after the rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_client SET opened_on = date '2026-11-24' - ((id * 613) % 4000)::int,"
            " last_contact_at = timestamptz '2026-11-24 02:00+00' - make_interval(days => ((id * 977) % 120)::int),"
            " state = (ARRAY['active','active','active','active','active','active','opened','dormant','leaving','closed'])[1 + (id * 7) % 10]",
        )
        cursor.execute("ALTER TABLE clients_client DISABLE TRIGGER ALL")
        cursor.execute("UPDATE clients_client SET manager_id = 1 + (id * 331) % 2000")
        cursor.execute(
            "INSERT INTO clients_personaldata (client_id, name, id_number, home_address, gender, birthday, id_valid_until, initials, search_tokens)"
            " SELECT i, decode(md5(i::text) || md5('a' || i), 'hex'), decode(md5('b' || i) || md5('c' || i), 'hex'),"
            " decode(md5('d' || i) || md5('e' || i), 'hex'), CASE WHEN i %% 2 = 0 THEN 'F' ELSE 'M' END,"
            " date '1940-01-01' + ((i * 7919) %% 24000)::int, date '2026-06-01' + ((i * 4099) %% 5000)::int, 'abc',"
            " ARRAY[i, i * 3, i * 7, i * 11, i * 13, i * 17, i * 19, i * 23, i * 29, i * 31] FROM generate_series(1::bigint, %s) i",
            [clients],
        )
        cursor.execute(
            "INSERT INTO clients_fundaccount (client_id, number, opened_on, commission_rate, cash) SELECT i, (80000000 + i)::text,"
            " date '2020-01-01', 2.4, (i * 37) %% 60000 FROM generate_series(1::bigint, %s) i",
            [clients],
        )
        cursor.execute(
            "INSERT INTO clients_tag (name, name_en) SELECT '标签' || n, '' FROM generate_series(0, 19) n"
        )
        cursor.execute(
            "INSERT INTO clients_clienttag (client_id, tag_id, actor, at) SELECT i, 1 + (i / 11) %% 19, 'x', now()"
            " FROM generate_series(1::bigint, %s, 11) i",
            [clients],
        )
        cursor.execute("ALTER TABLE clients_client ENABLE TRIGGER ALL")
    for table in (
        "clients_client",
        "clients_personaldata",
        "clients_fundaccount",
        "clients_clienttag",
        "clients_holding",
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                f"VACUUM {'(FULL, ANALYZE)' if table == 'clients_client' else '(ANALYZE)'} {table}"
            )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) clients_client")


def _measure(tree: conditions.Tree) -> tuple[float, int]:
    """Median milliseconds of a count on a warm connection, and the count."""
    sql, parameters = conditions.compile_tree(tree, today=TODAY)
    statement = f"SELECT count(*) FROM clients_client c WHERE {sql}"
    times = []
    count = 0
    with connection.cursor() as cursor:
        for turn in range(ROUNDS + 1):
            started = time.perf_counter()
            cursor.execute(statement, parameters)
            count = cursor.fetchone()[0]
            if turn:
                times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), count


def run(clients: int = 1_000_000) -> dict[str, Any]:
    """Milliseconds to count each audience; ``narrow_worst_ms`` is the slowest that an index can help.

    ``scan_ms`` is a bare count over the same table, the yardstick for a machine that is busy with other things.
    """
    if data.use("audience", clients):
        _prepare(clients)
    found: dict[str, Any] = {}
    slowest = {"narrow": 0.0, "wide": 0.0}
    for kind, trees in (("narrow", NARROW), ("wide", WIDE)):
        for name, parts in trees.items():
            milliseconds, count = _measure({"all": parts})
            found[f"{name}_ms"], found[f"{name}_clients"] = round(milliseconds, 1), count
            slowest[kind] = max(slowest[kind], milliseconds)
    with connection.cursor() as cursor:
        times = []
        for _turn in range(ROUNDS):
            started = time.perf_counter()
            cursor.execute("SELECT count(*) FROM clients_client WHERE risk_class >= 0")
            times.append((time.perf_counter() - started) * 1000)
    return {
        "scan_ms": round(statistics.median(times), 1),
        "clients": clients, **found, "narrow_worst_ms": round(slowest["narrow"], 1), "wide_worst_ms": round(slowest["wide"], 1),
        **data.machine(),
    }  # fmt: skip
