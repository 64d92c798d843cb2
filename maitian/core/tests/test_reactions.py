from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from maitian.core import jobs, ledger, reactions
from maitian.core.models import LedgerCursor, LedgerEntry

pytestmark = pytest.mark.django_db


POISON = {"poison"}  # texts that the handler cannot bear


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A reaction to notes that keeps what it got, and fails at some texts."""
    got: list[int] = []

    def handler(rows: list[LedgerEntry]) -> None:
        for row in rows:
            if row.facts.get("text") in POISON:
                raise RuntimeError("cannot handle this")
            got.append(row.number)

    monkeypatch.setattr(reactions, "_registered", {})
    reactions.reaction("test.notes", kinds={"client.noted"})(handler)
    reactions.react("test.notes")  # begins at the head: what was before is not news
    assert got == []
    return got


def note(text: str = "x") -> int:
    return ledger.record("client.noted", actor="member:1", client_id=1, facts={"text": text})


def test_rows_come_in_order_once_and_only_of_the_kinds(seen: list[int]) -> None:
    first = note()
    ledger.record("client.created", actor="member:1")
    second = note()
    assert reactions.react("test.notes") == 2
    assert seen == [first, second]
    assert reactions.react("test.notes") == 0
    assert seen == [first, second]


def test_a_failing_row_holds_the_rest_and_pauses_grow_until_somebody_skips_it(seen: list[int]) -> None:
    good, bad, after = note(), note("poison"), note()
    assert reactions.react_all() == 0  # the three were tried together and rolled back together
    assert reactions.react_all() == 1  # now one by one
    assert LedgerCursor.objects.get(pk="test.notes").number == good
    reactions.react_all()
    cursor = LedgerCursor.objects.get(pk="test.notes")
    assert cursor.failed_number == bad and "cannot handle" in cursor.last_error
    assert after not in seen
    reactions.skip("test.notes", reason="看过了，不影响客户", actor="member:1")
    assert reactions.react_all() == 1
    assert seen[-1] == after and bad not in seen


def test_a_failure_is_tried_again_after_the_pause(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    note("poison")
    for _ in range(3):
        reactions.react("test.notes")
    cursor = LedgerCursor.objects.get(pk="test.notes")
    assert cursor.retry_at is not None and cursor.failures == 2
    monkeypatch.setattr(f"{__name__}.POISON", set())
    assert reactions.react("test.notes") == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        assert reactions.react("test.notes") == 1


def test_replay_hands_the_rows_over_again(seen: list[int]) -> None:
    first = note()
    reactions.react("test.notes")
    reactions.replay("test.notes", first - 1, reason="再来一遍", actor="member:1")
    reactions.react("test.notes")
    assert seen == [first, first]


def test_a_rolled_back_handler_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactions, "_registered", {})

    @reactions.reaction("test.writes", kinds={"client.noted"})
    def handler(rows: list[LedgerEntry]) -> None:
        ledger.record("client.tagged", actor="system:test", client_id=77, facts={"tag": "half"})
        raise RuntimeError("after the first write")

    reactions.react("test.writes")
    note()
    reactions.react("test.writes")
    assert not LedgerEntry.objects.filter(client_id=77, kind="client.tagged").exists()


def test_every_deferred_job_has_a_task() -> None:
    """Names in calls of ``jobs.defer``, read from the source, are registered."""
    import ast
    from pathlib import Path

    from procrastinate.contrib.django import app

    jobs.discover()
    asked = set()
    for path in Path(ledger.__file__).resolve().parents[1].rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("jobs.defer", "defer") and node.args:
                asked.add(ast.literal_eval(node.args[0]))
    assert asked <= set(app.tasks)
    assert "offerings.make_effective" in app.tasks
