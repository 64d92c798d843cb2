"""The import of announcements; registered with the imports of ``clients``."""

from __future__ import annotations

from typing import Any

from maitian.clients import importers
from maitian.clients.importers import Importer, Row, day, moment, need, symbol


def _check(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    return (
        need(row, "reference", 60), symbol(row, known, "library.announcement.unknown_security"), need(row, "kind", 30),
        need(row, "title", 200), moment(row, "at"), day(row, "last_day", required=False),
    )  # fmt: skip


def register() -> None:
    """Called when the room is ready."""
    importers.register(
        "announcements",
        Importer(
            ("reference", "symbol", "kind", "title", "at", "last_day"), ("reference", "symbol", "kind", "title", "at"), _check,
            lambda rows: importers.merge(
                "reference text, symbol text, kind text, title text, at timestamptz, last_day date",
                "reference, symbol, kind, title, at, last_day", rows,
                f"INSERT INTO library_announcement (reference, symbol, kind, title, at, last_day, run_id) SELECT *, {importers.current_run()} FROM incoming"
                " ON CONFLICT (reference) DO NOTHING",
            ),
            importers.known_symbols, arrived="announcements.arrived",
        ),
    )  # fmt: skip
