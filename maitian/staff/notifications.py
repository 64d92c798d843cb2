"""The bell: what members are told, by which room, in which words.

A room lists its kinds in ``notification_kinds.py``, as it lists those of the ledger::

    KINDS = {"desk.due_soon": LedgerKind("clock", "{ref} 快到期了", "{ref} is due soon")}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from maitian.core import live
from maitian.core.errors import NotFound
from maitian.core.ledger import LedgerKind
from maitian.core.rooms import modules
from maitian.staff.models import Member, Notification

MOST_COUNTED = 99


@lru_cache(maxsize=1)
def kinds() -> dict[str, LedgerKind]:
    """Every kind of every room."""
    return {kind: words for module in modules("notification_kinds") for kind, words in module.KINDS.items()}


def notify(
    members: Iterable[int],
    kind: str,
    *,
    facts: Mapping[str, Any] | None = None,
    url: str = "",
    at: datetime | None = None,
) -> int:
    """Tell members (ids; doubles are told once) in the transaction of what they are told about; returns how many."""
    moment = at or timezone.now()
    return notify_many((member, kind, facts or {}, url, moment) for member in sorted(set(members)))


@dataclass(frozen=True)
class Telling:
    """The same words for several members (ids, each once)."""

    members: Sequence[int]
    kind: str
    facts: Mapping[str, Any]
    url: str
    at: datetime


def notify_many(rows: Iterable[tuple[int, str, Mapping[str, Any], str, datetime]]) -> int:
    """Many at once: ``(member id, kind, facts, url, at)``."""
    return tell([Telling([member], kind, facts, url, at) for member, kind, facts, url, at in rows])


def tell(told: Sequence[Telling]) -> int:
    """Many members of many things, in one statement; returns how many rows were written."""
    if not told:
        return 0
    moments: dict[datetime, str] = {}
    made = [
        {"members": one.members, "at": moments.setdefault(one.at, one.at.isoformat()), "kind": one.kind,
         "facts": one.facts, "url": one.url}
        for one in told
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO staff_notification (member_id, at, kind, facts, url)"
            " SELECT member, n.at, n.kind, n.facts, n.url FROM json_to_recordset(%s)"
            " AS n(members bigint[], at timestamptz, kind text, facts jsonb, url text), unnest(n.members) AS member",
            [json.dumps(made, ensure_ascii=False, default=str)],
        )
        written = cursor.rowcount
    live.notify_all(sorted({f"member-{member}" for one in told for member in one.members}), "bell")
    return written


@dataclass(frozen=True)
class Told:
    """A notification in words of the active language."""

    pk: int
    at: datetime
    icon: str
    text: str
    url: str
    unread: bool


def told(row: Notification) -> Told:
    kind = kinds().get(row.kind) or LedgerKind("bell", row.kind, row.kind)
    return Told(row.pk, row.at, kind.icon, kind.sentence(row.facts), row.url, row.read_at is None)


def listing(member: Member) -> QuerySet[Notification]:
    """The member's own, newest first."""
    return Notification.objects.filter(member=member).order_by("-pk")


def unread(member: Member) -> int:
    """How many are unread; at most 99 are counted, so that the frame costs the same on a bad day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM staff_notification WHERE member_id = %s AND read_at IS NULL LIMIT %s) AS unread",
            [member.pk, MOST_COUNTED],
        )
        return int(cursor.fetchone()[0])


def read(member: Member, notification_id: int) -> Notification:
    """Mark one of the member's own as read."""
    found = Notification.objects.filter(member=member, pk=notification_id).first()
    if found is None:
        raise NotFound()
    if found.read_at is None:
        Notification.objects.filter(pk=found.pk).update(read_at=timezone.now())
    return found


def read_all(member: Member) -> int:
    """Mark everything as read; returns how many were not."""
    return Notification.objects.filter(member=member, read_at=None).update(read_at=timezone.now())
