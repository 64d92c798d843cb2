"""How what rooms keep about a client moves when two records of one person become one, and how it comes back.

Every room says for each of its tables with a client what happens to the rows: they move, they follow the fund account, or
they stay where they are and are read through the alias (``queries.record_ids``). A test asks for every such table.

    merging.register(merging.rows("desk.cases", ("个案", "cases"), "desk_case"))
    merging.register(merging.by_account("outreach.allotments", ("中签", "allotments"), "outreach_allotment"))
    merging.register(merging.stay("outreach.messages", ("消息", "messages"), "outreach_message"))

A part that needs more than that (a choice between two values, rows that would collide, a reason why it cannot be undone)
is a :class:`Part` of its own. ``move`` returns what ``back`` needs, as JSON, without personal data; both run in one
transaction under the lock of ``locks.change_records``. Parts move, and come back, in the order of registering.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from maitian.clients.conditions import Words
from maitian.core.errors import DomainError

SURVIVOR, ABSORBED = "survivor", "absorbed"


@dataclass(frozen=True)
class Step:
    """One merge on its way, or on its way back. ``accounts`` are those that the absorbed record had."""

    survivor: int
    absorbed: int
    merge_id: int
    choices: dict[str, str]
    at: datetime
    actor: str
    accounts: tuple[str, ...]

    def takes(self, name: str) -> bool:
        """Whether the absorbed record's value of a field was chosen."""
        return self.choices.get(name) == ABSORBED

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "survivor": self.survivor,
            "absorbed": self.absorbed,
            "accounts": list(self.accounts),
            "at": self.at,
        }


@dataclass(frozen=True)
class Field:
    """One value of which one record's wins. ``survivor`` and ``absorbed`` are masked texts, ``key`` what they compare by."""

    name: str
    words: Words
    survivor: str
    absorbed: str
    default: str = SURVIVOR
    same: bool = False


def _nothing(_step: Step) -> None:
    return None


@dataclass(frozen=True)
class Part:
    """What happens to some tables. ``count`` says how many rows of a record are concerned, for the preview."""

    name: str
    words: Words
    tables: tuple[str, ...]
    count: Callable[[int], int] = lambda _client: 0
    move: Callable[[Step], Any] = _nothing
    back: Callable[[Step, Any], None] = lambda _step, _journal: None
    fields: Callable[[int, int], list[Field]] = lambda _survivor, _absorbed: []
    refuses: Callable[[int, int, dict[str, str]], DomainError | None] = (
        lambda _survivor, _absorbed, _choices: None
    )
    refuses_back: Callable[[Step, Any], DomainError | None] = lambda _step, _journal: None
    stays: bool = field(default=False)


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Add a part, or replace the one of that name."""
    _parts[part.name] = part


def parts() -> list[Part]:
    return list(_parts.values())


def tables() -> set[str]:
    """Every table that some part answers for."""
    return {table for part in _parts.values() for table in part.tables}


def run(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """One statement; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def counter(table: str, column: str = "client_id") -> Callable[[int], int]:
    def counted(client_id: int) -> int:
        return int(
            run(f"SELECT count(*) FROM {table} WHERE {column} = %(client)s", {"client": client_id})[0][0]
        )

    return counted


def rows(
    name: str, words: Words, table: str, *, key: str = "id", column: str = "client_id", unless: str = "false"
) -> Part:
    """Rows that move, but for those that would collide with the survivor's: ``unless`` is SQL over the row ``x``.

    ``key`` names a row among the survivor's; it may be a part of a composite key.
    """

    def move(step: Step) -> list[Any]:
        moved = run(
            f"UPDATE {table} x SET {column} = %(survivor)s WHERE x.{column} = %(absorbed)s AND NOT ({unless})"
            f" RETURNING x.{key}",
            step.parameters,
        )
        return [row[0] for row in moved]

    def back(step: Step, journal: list[Any]) -> None:
        if journal:
            run(
                f"UPDATE {table} x SET {column} = %(absorbed)s WHERE x.{column} = %(survivor)s AND x.{key} = ANY(%(keys)s)",
                {**step.parameters, "keys": journal},
            )

    return Part(name, words, (table,), counter(table, column), move, back)


def by_account(
    name: str, words: Words, table: str, *, account: str = "account_number", column: str = "client_id"
) -> Part:
    """Rows of a fund account: they go where the account goes, also those that came in after the merge."""

    def put(step: Step, client_id: int) -> None:
        run(
            f"UPDATE {table} SET {column} = %(client)s WHERE {account} = ANY(%(accounts)s) AND {column} <> %(client)s",
            {**step.parameters, "client": client_id},
        )

    return Part(
        name, words, (table,), counter(table, column), lambda step: put(step, step.survivor),
        lambda step, _journal: put(step, step.absorbed),
    )  # fmt: skip


def stay(name: str, words: Words, *tables: str, column: str = "client_id") -> Part:
    """Rows that never move, because they prove what was: they are read together with the survivor's."""
    return Part(name, words, tables, counter(tables[0], column), stays=True)
