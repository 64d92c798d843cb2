"""The import of ratings; registered with the imports of ``clients``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from maitian.clients import importers
from maitian.clients.importers import Importer, Row, RowWrong, current_run, day, need, number, symbol, text

WORDS = {"卖出": 1, "减持": 2, "中性": 3, "持有": 3, "增持": 4, "推荐": 4, "买入": 5, "强烈推荐": 5}


def _scale(row: Row, name: str, required: bool) -> int | None:
    words = text(row, name)
    if not words and not required:
        return None
    if words not in WORDS:
        raise RowWrong(
            "library.import.rating_unknown",
            f"“{name}”是“{words}”。评级写：{'、'.join(WORDS)}。",
            f"“{name}” is “{words}”. Ratings are: {', '.join(WORDS)}.",
        )
    return WORDS[words]


def _check(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    risk = int(number(row, "risk", Decimal(1))) if text(row, "risk") else 3
    if risk > 5:
        raise RowWrong("library.import.risk_wrong", "风险等级写 1 到 5。", "The risk level is 1 to 5.")
    return (
        need(row, "reference")[:60], symbol(row, known), need(row, "house")[:60], text(row, "analyst")[:60], _scale(row, "old", False),
        _scale(row, "new", True), number(row, "target_price", Decimal("0.001")) if text(row, "target_price") else None, risk,
        day(row, "on"), text(row, "reason")[:300],
    )  # fmt: skip


COLUMNS = 'reference, symbol, house, analyst, old, new, target_price, risk, "on", reason'


def register() -> None:
    """Called when the room is ready."""
    importers.register(
        "ratings",
        Importer(
            ("reference", "symbol", "house", "analyst", "old", "new", "target_price", "risk", "on", "reason"),
            ("reference", "symbol", "house", "new", "on"), _check,
            lambda rows: importers.merge(
                'reference text, symbol text, house text, analyst text, old smallint, new smallint, target_price numeric, risk smallint,'
                ' "on" date, reason text',
                COLUMNS, rows,
                f"INSERT INTO library_rating ({COLUMNS}, run_id) SELECT *, {current_run()} FROM incoming"
                " ON CONFLICT (reference) DO NOTHING",
            ),
            importers.known_symbols, arrived="ratings.arrived",
        ),
    )  # fmt: skip
