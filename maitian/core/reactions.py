"""Reactions: what a higher room does because of a ledger row of a lower one.

A room registers its reactions in its ``reactions.py``::

    @reaction("outreach.level_changes", kinds={"level.approved", "level.refused"})
    def tell_client(rows: list[LedgerEntry]) -> None: ...

Each reaction has a cursor of its own. Rows come in the order of their numbers, at least once: the cursor
moves in the transaction of the handler, so a crash repeats the rows and a handler must bear that. A row that
fails is tried alone, again and again with growing pauses, and nothing after it is handled until it passes or a
person skips it. Numbers are given under a lock that is held until commit (``core.ledger``), so a reader never
overtakes a row that is still to come.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger
from maitian.core.errors import NotFound, ReasonMissing
from maitian.core.models import LedgerCursor, LedgerEntry, LedgerHead

log = logging.getLogger(__name__)
BATCH = 500
LONGEST_PAUSE = timedelta(minutes=10)
LOOK_EVERY, LOOK_BACK_EVERY = 1.0, 5.0  # seconds between looks at the ledger's end; at rows that failed

Handler = Callable[[list[LedgerEntry]], None]


@dataclass(frozen=True)
class Reaction:
    """``kinds`` empty means every kind. ``from_start``: a new cursor begins at the first row, not at the head."""

    name: str
    kinds: frozenset[str]
    handler: Handler
    from_start: bool


_registered: dict[str, Reaction] = {}


def reaction(
    name: str, *, kinds: set[str] | None = None, from_start: bool = False
) -> Callable[[Handler], Handler]:
    """Register a reaction. ``name`` is the cursor's and must never change."""

    def register(handler: Handler) -> Handler:
        _registered[name] = Reaction(name, frozenset(kinds or ()), handler, from_start)
        return handler

    return register


def registered() -> dict[str, Reaction]:
    """Every reaction by name."""
    return dict(_registered)


def react(name: str) -> int:
    """Handle the next rows of one reaction; returns how many. Another worker at it: 0. A failure is kept, not raised."""
    wanted = _registered[name]
    _begin(wanted)
    number = 0
    try:
        with transaction.atomic():
            cursor = LedgerCursor.objects.select_for_update(skip_locked=True).filter(pk=name).first()
            now = timezone.now()
            if cursor is None or (cursor.retry_at is not None and cursor.retry_at > now):
                return 0
            head = _head()
            if cursor.number >= head:
                return 0
            rows = LedgerEntry.objects.filter(number__gt=cursor.number, number__lte=head)
            if wanted.kinds:
                rows = rows.filter(kind__in=wanted.kinds)
            limit = 1 if cursor.failures else BATCH  # after a failure one at a time, to find the row
            batch = list(rows.order_by("number")[:limit])
            if batch:
                number = batch[0].number
                wanted.handler(batch)
            cursor.number = batch[-1].number if len(batch) == limit else head
            cursor.handled_at, cursor.failures, cursor.retry_at = now, 0, None
            cursor.failed_number, cursor.last_error = None, ""
            cursor.save()
            return len(batch)
    except Exception as error:
        log.exception("reaction %s fails at row %s", name, number)
        _keep_failure(name, number, error)
        return 0


def _begin(wanted: Reaction) -> None:
    if not LedgerCursor.objects.filter(pk=wanted.name).exists():
        LedgerCursor.objects.bulk_create(
            [LedgerCursor(name=wanted.name, number=0 if wanted.from_start else _head())],
            ignore_conflicts=True,
        )


def _head() -> int:
    return LedgerHead.objects.values_list("number", flat=True).first() or 0


def _keep_failure(name: str, number: int, error: Exception) -> None:
    with transaction.atomic():
        cursor = LedgerCursor.objects.select_for_update().get(pk=name)
        cursor.failures += 1
        pause = min(timedelta(seconds=2 ** min(cursor.failures, 10)), LONGEST_PAUSE)
        cursor.retry_at = timezone.now() + pause if cursor.failures > 1 else None
        cursor.failed_number = number or None
        cursor.last_error = f"{type(error).__name__}: {error}"[:300]
        cursor.save()


@transaction.atomic
def skip(name: str, *, reason: str, actor: str) -> None:
    """Leave out the row that a reaction fails at, with a reason; the ones after it are handled again."""
    if not reason.strip():
        raise ReasonMissing()
    cursor = LedgerCursor.objects.select_for_update().filter(pk=name).exclude(failed_number=None).first()
    if cursor is None or cursor.failed_number is None:
        raise NotFound()
    left_out = cursor.failed_number
    cursor.number, cursor.failures, cursor.retry_at, cursor.failed_number, cursor.last_error = (
        left_out,
        0,
        None,
        None,
        "",
    )
    cursor.save()
    ledger.record(
        "reaction.skipped", actor=actor, object_kind="reaction", object_id=name,
        facts={"name": name, "number": left_out, "reason": reason.strip()[:200]},
    )  # fmt: skip


@transaction.atomic
def replay(name: str, after: int, *, reason: str, actor: str) -> None:
    """Let a reaction handle the rows after ``after`` once more. Handlers bear that: they find what they did before."""
    if not reason.strip():
        raise ReasonMissing()
    cursor = LedgerCursor.objects.select_for_update().filter(pk=name).first()
    if cursor is None or after < 0:
        raise NotFound()
    cursor.number = min(after, cursor.number)
    cursor.failures, cursor.retry_at, cursor.failed_number, cursor.last_error = 0, None, None, ""
    cursor.save()
    ledger.record(
        "reaction.replayed",
        actor=actor,
        object_kind="reaction",
        object_id=name,
        facts={"name": name, "number": after, "reason": reason.strip()[:200]},
    )


@dataclass(frozen=True)
class Standing:
    """How far a reaction is: ``behind`` rows of the ledger are still to be looked at; ``row`` is what it fails at."""

    cursor: LedgerCursor
    behind: int
    row: LedgerEntry | None


def standings() -> list[Standing]:
    """Every reaction that has begun, those that fail first."""
    head = _head()
    cursors = list(LedgerCursor.objects.order_by("-failures", "name"))
    failed = LedgerEntry.objects.in_bulk([c.failed_number for c in cursors if c.failed_number])
    return [Standing(c, max(0, head - c.number), failed.get(c.failed_number or 0)) for c in cursors]


def react_all() -> int:
    """One round over every reaction until none has anything to do; returns how many rows were handled."""
    total = 0
    while handled := sum(react(name) for name in _registered):
        total += handled
    return total


def _due_again(looked: float) -> bool:
    """Whether a failed row's pause is over; asked seldom."""
    if time.monotonic() - looked <= LOOK_BACK_EVERY:
        return False
    return LedgerCursor.objects.filter(failures__gt=0, retry_at__lte=timezone.now()).exists()


def run_forever(stop: threading.Event) -> None:
    """React until told to stop. A quiet ledger costs one small query a second."""
    seen, look_back = -1, 0.0
    while not stop.is_set():
        try:
            head = _head()
            if head != seen or _due_again(look_back):
                seen = head
                react_all()
            if time.monotonic() - look_back > LOOK_BACK_EVERY:
                look_back = time.monotonic()
        except Exception:
            log.exception("reactions")
            connection.close()
        stop.wait(LOOK_EVERY)
    connection.close()
