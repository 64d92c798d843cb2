"""Stuck reactions are mended by a person, with a reason."""

from __future__ import annotations

import pytest

from maitian.core import ledger, reactions
from maitian.core.models import LedgerCursor, LedgerEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def stuck() -> int:
    """A reaction that cannot bear one row; returns the row's number."""
    seen: list[int] = []

    @reactions.reaction("test.stuck", kinds={"client.noted"})
    def handler(rows: list[LedgerEntry]) -> None:
        if any(row.facts.get("text") == "坏" for row in rows):
            raise ValueError("cannot read it")
        seen.extend(row.number for row in rows)

    reactions.react("test.stuck")
    number = ledger.record("client.noted", actor="member:1", client_id=1, facts={"text": "坏"})
    ledger.record("client.noted", actor="member:1", client_id=1, facts={"text": "好"})
    reactions.react("test.stuck")
    yield number
    reactions._registered.pop("test.stuck")


def test_the_page_shows_where_it_is_stuck_and_skips_with_a_reason(stuck, sign_in) -> None:
    admin = sign_in("admin")
    page = admin.get("/reactions/").content.decode()
    assert 'data-stuck="test.stuck"' in page and f"第 {stuck} 行" in page and "cannot read it" in page
    assert admin.post("/reactions/test.stuck/skip/", {"reason": " "}).status_code == 422
    admin.post("/reactions/test.stuck/skip/", {"reason": "看过了，不影响客户"})
    cursor = LedgerCursor.objects.get(pk="test.stuck")
    assert cursor.failures == 0 and cursor.number == stuck
    assert reactions.react("test.stuck") == 1
    row = LedgerEntry.objects.get(kind="reaction.skipped")
    assert row.facts["number"] == stuck and row.facts["reason"] == "看过了，不影响客户"


def test_it_begins_again_after_a_row(stuck, sign_in) -> None:
    admin = sign_in("admin")
    assert admin.post("/reactions/test.stuck/replay/", {"after": "x", "reason": "重来"}).status_code == 404
    assert admin.post("/reactions/test.stuck/replay/", {"after": "1"}).status_code == 422
    admin.post("/reactions/test.stuck/replay/", {"after": str(stuck - 1), "reason": "修好了程序"})
    assert LedgerCursor.objects.get(pk="test.stuck").failures == 0
    assert LedgerEntry.objects.get(kind="reaction.replayed").facts["reason"] == "修好了程序"
    assert admin.post("/reactions/nothing/skip/", {"reason": "x"}).status_code == 404


def test_the_board_says_that_something_is_stuck_and_who_mends_it(stuck, sign_in) -> None:
    assert 'href="/reactions/"' in sign_in("boss").get("/outreach/live/part/").content.decode()
    page = sign_in("editor").get("/outreach/live/part/").content.decode()
    assert "卡住了" in page and 'href="/reactions/"' not in page
    assert sign_in("editor").get("/reactions/").status_code == 403
