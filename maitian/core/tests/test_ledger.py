from __future__ import annotations

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from maitian.core import ledger

pytestmark = pytest.mark.django_db


def write(count: int = 20) -> int:
    return ledger.record_many(
        {"kind": "client.noted", "actor": "member:1", "client_id": n, "facts": {"text": f"第 {n} 条"}}
        for n in range(1, count + 1)
    )


def tamper(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_ledger DISABLE TRIGGER frozen")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE core_ledger ENABLE TRIGGER frozen")


def test_a_whole_chain_is_sound_and_numbered_without_gaps() -> None:
    before = ledger.verify().rows
    last = write()
    found = ledger.verify()
    assert found.sound
    assert (found.rows, last) == (before + 20, before + 20)


def test_a_changed_row_shows() -> None:
    last = write()
    tamper(f'UPDATE core_ledger SET facts = \'{{"text": "改过"}}\' WHERE number = {last - 5}')
    assert ledger.verify().faults == [ledger.Fault(last - 5, "changed")]


def test_a_changed_time_of_one_microsecond_shows() -> None:
    last = write()
    tamper(f"UPDATE core_ledger SET at = at + interval '1 microsecond' WHERE number = {last}")
    assert [fault.number for fault in ledger.verify().faults][:1] == [last]


def test_a_removed_row_shows() -> None:
    last = write()
    tamper(f"DELETE FROM core_ledger WHERE number = {last - 3}")
    assert ledger.verify().faults == [ledger.Fault(last - 2, "removed")]


def test_rows_removed_from_the_end_show() -> None:
    last = write()
    tamper(f"DELETE FROM core_ledger WHERE number > {last - 4}")
    assert ledger.verify().faults == [ledger.Fault(last, "cut")]


def test_an_inserted_row_shows_even_with_a_hash_of_its_own() -> None:
    last = write()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_ledger DISABLE TRIGGER chain")
        cursor.execute("ALTER TABLE core_ledger DISABLE TRIGGER head")
        cursor.execute(
            "INSERT INTO core_ledger (number, at, actor, client_id, kind, object_kind, object_id, facts, previous_hash, hash)"
            " SELECT number + 1, at, 'member:9', 1, 'consent.given', '', '', '{}', '\\x00', core_ledger_hash('\\x00', number + 1,"
            " at, 'member:9', 1, 'consent.given', '', '', '{}') FROM core_ledger WHERE number = %s",
            [last],
        )
        cursor.execute("ALTER TABLE core_ledger ENABLE TRIGGER chain")
        cursor.execute("ALTER TABLE core_ledger ENABLE TRIGGER head")
    assert ledger.Fault(last + 1, "inserted") in ledger.verify().faults


@pytest.mark.parametrize("sql", ["UPDATE core_ledger SET actor = 'x'", "DELETE FROM core_ledger"])
def test_the_database_refuses_to_change_rows(sql: str) -> None:
    write()
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_timeline_speaks_both_languages(settings: object) -> None:
    from django.utils import translation

    ledger.record("client.noted", actor="member:1", client_id=987654, facts={"text": "约周五见"})
    with translation.override("zh-hans"):
        assert ledger.timeline(987654)[0].text == "记了一笔：约周五见"
    with translation.override("en"):
        assert ledger.timeline(987654)[0].text == "noted: 约周五见"


def test_every_kind_that_code_writes_has_its_sentences() -> None:
    """The names in calls of ``record`` and ``record_many``, read from the source, are all described."""
    import ast
    from pathlib import Path

    written = set()
    for path in Path(ledger.__file__).resolve().parents[1].rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record" and node.args:
                first = node.args[0]
                choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                written |= {choice.value for choice in choices if isinstance(choice, ast.Constant)}
    assert len(written) > 20
    assert written <= set(ledger.kinds())
