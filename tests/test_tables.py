"""The tables in one go are those of the migrations, and a file that does not fit is left alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from maitian.cli import tables
from tests.seeded import MIGRATED, administer, use


@pytest.fixture
def empty(committed: None) -> Iterator[Callable[[], None]]:
    """Called, it leads to an empty database."""
    seeded = str(connection.settings_dict["NAME"])
    name = f"{seeded}_empty"

    def anew() -> None:
        administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        use(name)

    try:
        yield anew
    finally:
        administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        use(seeded)


@pytest.mark.skipif(
    "MAITIAN_TEST_DATABASE_URL" in os.environ, reason="pg_dump is of our own server's version only"
)
def test_the_tables_in_one_go_are_those_of_the_migrations(empty: Callable[[], None]) -> None:
    empty()
    assert tables.fits(tables.FILE.read_text("utf-8")), "a migration in tables.sql was changed: make tables"
    assert tables.fill()
    call_command("migrate", verbosity=0)
    at_once, listed = tables.dumped(), set(MigrationRecorder(connection).applied_migrations())
    use(MIGRATED)
    assert set(MigrationRecorder(connection).applied_migrations()) == listed
    one_by_one = tables.dumped()

    def read_and_written_again(text: str) -> list[str]:
        """PostgreSQL writes some conditions another way once it has read what it wrote."""
        empty()
        tables.give(text)
        return sorted(tables.dumped().split("\n\n"))

    assert read_and_written_again(at_once) == read_and_written_again(one_by_one)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (r"^(-- migration desk 0001_initial) \w+$", r"\1 0123456789abcdef"),  # reads differently now
        (r"^(-- migration desk) 0001_initial", r"\1 0001_gone"),
        (r"^(-- migration) desk", r"\1 nowhere"),
        (r"^-- server \d+$", "-- server 9"),
        (r"^-- migration .*$", ""),
    ],
)
def test_a_file_that_does_not_fit_is_left_alone(
    empty: Callable[[], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: str, right: str
) -> None:
    file = tmp_path / "tables.sql"
    text = tables.FILE.read_text("utf-8")
    file.write_text(re.sub(wrong, right, text, flags=re.MULTILINE), "utf-8")
    assert file.read_text("utf-8") != text
    monkeypatch.setattr(tables, "FILE", file)
    empty()
    assert not tables.fill() and connection.introspection.table_names() == []


def test_a_database_with_tables_keeps_them(committed: None) -> None:
    assert not tables.fill()
