"""The ledger: every act for or about a client, append-only, chained by hash in the database.

A row is written in the transaction of the act it tells. The database numbers the rows without gaps and
computes ``hash = sha256(previous hash · number · at · actor · client · kind · object · facts)`` in a
trigger, under one lock that is held until commit: write the ledger row last, so that the lock is short.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language

from maitian.core.models import LedgerEntry
from maitian.core.rooms import modules
from maitian.core.sql import prepared

COLUMNS = "at, actor, client_id, kind, object_kind, object_id, facts"
APPEND = f"""
WITH made AS (INSERT INTO core_ledger ({COLUMNS}) SELECT {COLUMNS} FROM json_to_recordset(%s::json)
  AS n(at timestamptz, actor text, client_id bigint, kind text, object_kind text, object_id text, facts jsonb)
  RETURNING number) SELECT max(number) FROM made
"""


@dataclass(frozen=True)
class LedgerKind:
    """How a kind of row reads on a timeline. ``net``: ``ground``, ``sky``, ``people`` or empty (E3).

    A row whose net depends on the act (a note by phone, at the counter, on a visit) says it in ``facts["net"]``.
    """

    icon: str
    zh: str
    en: str
    net: str = ""

    def sentence(self, facts: dict[str, Any]) -> str:
        template = self.en if (get_language() or "").startswith("en") else self.zh
        try:
            return template.format_map(_Facts(facts))
        except (ValueError, AttributeError, TypeError, IndexError):
            return template

    def open_sentence(self) -> str:
        """The sentence with its gaps open, for lists of kinds: ``改了投诉 … 的分类``."""
        template = self.en if (get_language() or "").startswith("en") else self.zh
        return re.sub(r"\{[^{}]*\}", "…", template).rstrip("：: ")


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


@lru_cache(maxsize=1)
def kinds() -> dict[str, LedgerKind]:
    """Every kind of every room (``<room>/ledger_kinds.py``)."""
    return {kind: words for module in modules("ledger_kinds") for kind, words in module.KINDS.items()}


def record(
    kind: str,
    *,
    actor: str,
    client_id: int | None = None,
    object_kind: str = "",
    object_id: object = "",
    facts: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """Append one row; returns its number. ``facts`` hold text, integers, booleans, lists: no personal data."""
    return record_many(
        [
            {
                "kind": kind,
                "actor": actor,
                "client_id": client_id,
                "object_kind": object_kind,
                "object_id": object_id,
                "facts": facts,
                "at": at,
            }
        ]
    )


def record_many(rows: Iterable[dict[str, Any]]) -> int:
    """Append many rows in their order with few statements; returns the last number (0 for none)."""
    now = timezone.now()
    made = [
        {
            "at": (row.get("at") or now).isoformat(),
            "actor": row["actor"],
            "client_id": row.get("client_id"),
            "kind": row["kind"],
            "object_kind": row.get("object_kind") or "",
            "object_id": str(row.get("object_id") or ""),
            "facts": row.get("facts") or {},
        }
        for row in rows
    ]
    last = 0
    # No savepoint of its own: a failure here ends the caller's act as well, and a savepoint costs two round trips.
    with transaction.atomic(savepoint=False):
        for start in range(0, len(made), 2000):
            part = json.dumps(made[start : start + 2000], ensure_ascii=False, default=str)
            last = prepared(APPEND, [part])[0][0]
    return last


@dataclass(frozen=True)
class TimelineItem:
    number: int
    at: datetime
    actor: str
    kind: str
    icon: str
    net: str
    text: str
    object_kind: str
    object_id: str
    facts: dict[str, Any]


def timeline(
    client_id: int | Sequence[int], before: int | None = None, limit: int = 30
) -> list[TimelineItem]:
    """A client's rows, newest first, at most ``limit``, with numbers below ``before``. Several ids: one client's records."""
    ids = [client_id] if isinstance(client_id, int) else list(client_id)
    rows = LedgerEntry.objects.filter(client_id__in=ids)
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [item(row) for row in rows.order_by("-number")[: min(limit, 100)]]


def of_object(
    object_kind: str, object_id: str, kinds: Sequence[str] = (), limit: int = 30
) -> list[TimelineItem]:
    """What happened to one thing, newest first; only rows of ``kinds`` when some are given."""
    rows = LedgerEntry.objects.filter(object_kind=object_kind, object_id=object_id)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    return [item(row) for row in rows.order_by("-number")[:limit]]


def item(row: LedgerEntry) -> TimelineItem:
    """A row in words of the active language."""
    kind = kinds().get(row.kind) or LedgerKind("edit", row.kind, row.kind)
    return TimelineItem(
        row.number, row.at, row.actor, row.kind, kind.icon, str(row.facts.get("net") or kind.net), kind.sentence(row.facts),
        row.object_kind, row.object_id, row.facts,
    )  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What does not fit at ``number``: ``changed``, ``removed``, ``inserted`` or ``cut`` (rows gone at the end)."""

    number: int
    what: str


@dataclass(frozen=True)
class Verification:
    rows: int
    faults: list[Fault]
    head: str

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(limit: int = 50) -> Verification:
    """Recompute the whole chain in the database and compare. Reports at most ``limit`` faults.

    A changed row no longer hashes to its own hash. A removed row leaves a gap in the numbers. An inserted
    row does not carry the hash of the row before it, or the next one does not carry its own. Rows removed
    from the end show against the head.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH chain AS (
              SELECT number, previous_hash, hash,
                     core_ledger_hash(previous_hash, number, at, actor, client_id, kind, object_kind,
                                      object_id, facts) AS computed,
                     lag(number) OVER (ORDER BY number) AS previous_number,
                     lag(hash) OVER (ORDER BY number) AS hash_before
                FROM core_ledger)
            SELECT number,
                   CASE WHEN number <> coalesce(previous_number, 0) + 1 THEN 'removed'
                        WHEN hash <> computed THEN 'changed'
                        ELSE 'inserted' END
              FROM chain
             WHERE hash <> computed
                OR number <> coalesce(previous_number, 0) + 1
                OR previous_hash <> coalesce(hash_before, '\\x'::bytea)
             ORDER BY number LIMIT %s
            """,
            [limit],
        )
        faults = [Fault(number, what) for number, what in cursor.fetchall()]
        cursor.execute(
            "SELECT (SELECT count(*) FROM core_ledger), coalesce(h.number, 0), encode(h.hash, 'hex'),"
            " l.number, encode(l.hash, 'hex') FROM (SELECT number, hash FROM core_ledger_head WHERE id = 1) h"
            " FULL JOIN (SELECT number, hash FROM core_ledger ORDER BY number DESC LIMIT 1) l ON true"
        )
        rows, head_number, head_hash, last_number, last_hash = cursor.fetchone() or (0, 0, "", 0, "")
    last_number = last_number or 0
    if last_number < head_number:
        faults.append(Fault(head_number, "cut"))
    elif last_number > head_number or (last_number and last_hash != head_hash and not faults):
        faults.append(Fault(last_number, "inserted" if last_number > head_number else "changed"))
    return Verification(rows, faults, f"{head_number}:{head_hash}")


WORDS = {
    "changed": (
        "第 {n} 行被改过：内容与它的哈希不符。",
        "Row {n} was changed: its content does not fit its hash.",
    ),
    "removed": (
        "第 {n} 行之前缺行：编号不连续。",
        "Rows before number {n} are missing: the numbers have a gap.",
    ),
    "inserted": (
        "第 {n} 行是插进来的，或它前面的行被换过：接不上前一行的哈希。",
        "Row {n} was inserted, or the row before it was replaced: it does not carry the previous hash.",
    ),
    "cut": (
        "账本末尾缺行：应当到第 {n} 行。",
        "Rows are missing at the end: the ledger should reach number {n}.",
    ),
}


def describe(fault: Fault, language: str | None = None) -> str:
    """One sentence about a fault."""
    english = (language or get_language() or "").startswith("en")
    return WORDS[fault.what][1 if english else 0].format(n=fault.number)


def verify_command() -> int:
    """``maitian verify-ledger``: 0 when the chain is whole, 1 when not."""
    result = verify()
    for fault in result.faults:
        print(describe(fault, "zh-hans"))
        print("  " + describe(fault, "en"))
    if result.sound:
        print(f"账本完整：{result.rows} 行，末行 {result.head}")
        print(f"  The ledger is whole: {result.rows} rows, head {result.head}")
    return 0 if result.sound else 1
