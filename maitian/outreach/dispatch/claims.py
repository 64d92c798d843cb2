"""Claiming deliveries: a row is taken by one worker, and taken from a dead one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from maitian.outreach.rules import CHANNELS

# After a refusal nothing waits longer than this: a later time was set by a clock that has since gone back.
LONGEST_PAUSE = timedelta(seconds=120)
LOCKS = 7236282  # first key of the advisory locks that living workers hold

CLAIM = """
WITH next AS (
  SELECT d.id FROM outreach_delivery d
    JOIN outreach_event e ON e.id = d.event_id JOIN outreach_topic t ON t.id = e.topic_id
   WHERE d.channel = ANY(%(channels)s) AND d.state IN ('queued', 'claimed') AND {claimable}
     AND e.state = 'sending' AND t.paused_at IS NULL
     AND (d.not_before IS NULL OR d.not_before <= %(now)s OR (d.refusals > 0 AND d.not_before > %(latest)s))
   ORDER BY d.priority, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
UPDATE outreach_delivery d
   SET state = 'claimed', worker = %(worker)s, claimed_at = %(now)s, attempts = d.attempts + 1
  FROM next, outreach_event e, outreach_topic t
 WHERE d.id = next.id AND e.id = d.event_id AND t.id = e.topic_id
RETURNING d.id, d.event_id, d.channel, d.block, d.attempts, d.refusals, e.texts, e.title, e.facts, e.expires_at,
          t.code, t.audience, t.message_class, t.critical, t.legal_basis, t.version
"""
QUEUED = "d.state = 'queued'"
ABANDONED = """d.state = 'claimed' AND NOT EXISTS (
  SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %(locks)s
     AND l.objid = d.worker::oid AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""


@dataclass(frozen=True)
class Claim:
    """A delivery in a worker's hands, with what it needs of event and topic."""

    id: int
    event_id: int
    channel: int
    block: int
    attempts: int
    refusals: int
    texts: dict[str, Any]
    title: str
    facts: dict[str, Any]
    expires_at: datetime | None
    topic: str
    audience: str
    message_class: int
    critical: bool
    legal_basis: str
    topic_version: int

    @property
    def text(self) -> dict[str, Any]:
        """The channel's entry of the event's texts."""
        return dict(self.texts.get(CHANNELS[self.channel], {"template": "", "parts": 1, "price": 0}))

    @property
    def capped(self) -> bool:
        """Whether the commercial cap counts this text."""
        return self.channel == 1 and self.message_class == 1 and not self.critical


FIELDS = tuple(item.name for item in fields(Claim))  # in the order of the statement's columns


def claim(worker: int, channels: Sequence[int]) -> Claim | None:
    """The next delivery of these channels, or one whose worker died, or ``None``."""
    if not channels:
        return None
    with connection.cursor() as cursor:
        for claimable in (QUEUED, ABANDONED):
            cursor.execute(
                CLAIM.format(claimable=claimable),
                {
                    "worker": worker,
                    "locks": LOCKS,
                    "channels": list(channels),
                    "now": timezone.now(),
                    "latest": timezone.now() + LONGEST_PAUSE,
                },
            )
            row = cursor.fetchone()
            if row:
                made = dict(zip(FIELDS, row, strict=True))
                return Claim(
                    **{**made, "texts": json.loads(made["texts"]), "facts": json.loads(made["facts"])}
                )
    return None


def clients_of(claimed: Claim) -> list[int]:
    """The clients of the block whom the verdict gives this channel."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_ids, outcomes FROM outreach_verdictblock WHERE event_id = %s AND block = %s",
            [claimed.event_id, claimed.block],
        )
        ids, outcomes = cursor.fetchone()
    carries = np.frombuffer(bytes(outcomes), dtype=np.uint8) & (1 << claimed.channel)
    return list(np.asarray(ids, dtype=np.int64)[carries > 0].tolist())


def still_sending(event_id: int) -> bool:
    """Whether nobody paused or stopped the event or its topic meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.state = 'sending' AND t.paused_at IS NULL FROM outreach_event e"
            " JOIN outreach_topic t ON t.id = e.topic_id WHERE e.id = %s",
            [event_id],
        )
        return bool(cursor.fetchone()[0])


def give_back(delivery_id: int, not_before: datetime | None = None, refused: bool = False) -> None:
    """The delivery is queued again; what has a row is not sent again. ``refused``: every gateway said "not now"."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_delivery d SET state = CASE WHEN e.state = 'stopped' THEN 'stopped' ELSE 'queued' END,"
            " not_before = coalesce(%s, d.not_before), refusals = refusals + %s FROM outreach_event e"
            " WHERE d.id = %s AND e.id = d.event_id",
            [not_before, int(refused), delivery_id],
        )


def anything(channels: Sequence[int]) -> bool:
    """Whether any delivery of these channels is open: the cheap question of an idle worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM outreach_delivery WHERE channel = ANY(%s) AND state IN ('queued', 'claimed') LIMIT 1",
            [list(channels)],
        )
        return cursor.fetchone() is not None


def move(event_id: int, channel: int, block: int, **numbers: int) -> None:
    """Add to the counters of the delivery that a message belongs to."""
    changes = {name: number for name, number in numbers.items() if number}
    if changes:
        columns = ", ".join(f"{name} = {name} + %s" for name in changes)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE outreach_delivery SET {columns} WHERE event_id = %s AND channel = %s AND block = %s",
                [*changes.values(), event_id, channel, block],
            )


def done(delivery_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_delivery SET state = 'done', done_at = %s WHERE id = %s",
            [timezone.now(), delivery_id],
        )


def add(delivery_id: int, **numbers: int) -> None:
    """Add to the delivery's counters."""
    changes = {name: number for name, number in numbers.items() if number}
    if changes:
        columns = ", ".join(f"{name} = {name} + %s" for name in changes)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE outreach_delivery SET {columns} WHERE id = %s", [*changes.values(), delivery_id]
            )
