"""The ledger's page: rows are found by kind, by who did it and by client, at any size."""

from __future__ import annotations

import pytest
from django.db import connection

from maitian.console import ledger_groups
from maitian.core import ledger
from maitian.core.models import LedgerEntry

pytestmark = pytest.mark.django_db


def body(browser, query: str) -> str:
    return browser.get(f"/ledger/?{query}").content.decode().split("<tbody")[-1]


def test_rows_are_found_by_kind_actor_and_client(sign_in, member, story) -> None:
    manager, boss = member("manager1"), sign_in("boss")
    ledger.record("client.noted", actor=manager.actor, client_id=story[0], facts={"text": "问佣金的事"})
    ledger.record(
        "client.noted", actor=member("manager2").actor, client_id=story[1], facts={"text": "别的话题"}
    )
    for query in (
        f"actor={manager.pk}",
        f"client={story[0]}",
        f"client=%23{story[0]}",
        f"kind=client.noted&actor={manager.pk}",
    ):
        assert "问佣金的事" in body(boss, query) and "别的话题" not in body(boss, query), query
    for query in ("client=abc", "actor=9999999999999999999999", "client=%C2%B2", "kind=nothing.here"):
        page = boss.get(f"/ledger/?{query}")
        assert page.status_code == 200 and "没有这样的行" in page.content.decode(), query


def test_every_kind_stands_under_a_heading_with_words_in_both_languages(sign_in) -> None:
    groups = ledger_groups.grouped()
    assert "其他" not in [heading for heading, _rows in groups], (
        "give the new kinds a heading in ledger_groups.py"
    )
    listed = [code for _heading, rows in groups for code, _words in rows]
    assert sorted(listed) == sorted(ledger.kinds())
    assert all("{" not in words for _heading, rows in groups for _code, words in rows)


def test_rows_of_one_actor_are_read_from_their_index(member) -> None:
    """A member with few rows in a ledger of millions must not mean reading all of it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "EXPLAIN "
            + str(LedgerEntry.objects.filter(actor="member:1").order_by("-number")[:51].query).replace(
                "member:1", "'member:1'"
            )
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ledger_actor" in plan and "Sort" not in plan
