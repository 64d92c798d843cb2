"""What gateways report: stored first, acknowledged after. One thread for each pool, woken when something comes."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from maitian.outreach import inbound
from maitian.outreach.channels import Inbound, Receipt, Unreadable
from maitian.outreach.channels.pool import Pool
from maitian.outreach.dispatch import gateways, receipts
from maitian.outreach.models import Quarantined

log = logging.getLogger(__name__)
LOOK_AGAIN, LOOK_SOON = (
    10.0,
    2.0,
)  # seconds between looks at receipts that found no message; when one just did
GATHER = 0.02  # seconds in which more of the same is let come in, so that it is stored together


def listen(channel: int, pool: Pool) -> int:
    """One round: store what came in, then acknowledge it. Returns how many items there were.

    When storing fails nothing is acknowledged, and :func:`store` may be called again with the same.
    """
    pool.bell.clear()
    count = store(pool.receipts(), pool.inbound(), pool.unreadable(), _kind(channel))
    if count:
        pool.stored()
    gateways.report(channel, pool)
    return count


def store(
    reports: Sequence[Receipt],
    texts: Sequence[Inbound],
    broken: Sequence[Unreadable],
    kind: str = Quarantined.Kind.UNIT,
) -> int:
    """Receipts, texts from phones, and what cannot be read. Storing the same twice changes nothing more."""
    receipts.take(reports)
    for item in texts:
        inbound.take(item)
    for spoilt in broken:
        quarantine(kind, spoilt.gateway, spoilt.reason, spoilt.data)
    return len(reports) + len(texts) + len(broken)


def _kind(channel: int) -> str:
    return Quarantined.Kind.BOUNCE if channel == 2 else Quarantined.Kind.UNIT


def quarantine(kind: str, source: str, reason: str, data: bytes) -> Quarantined:
    """Keep what could not be understood, encrypted, with the reason."""
    return Quarantined.objects.create(
        kind=kind, source=source[:40], reason=reason[:200], content=data[:100_000].decode("latin-1"), at=timezone.now()
    )  # fmt: skip


def run_forever(channel: int, pool: Pool, stop: threading.Event) -> None:
    """Listen until told to stop. What could not be stored is tried again until it is: the gateways wait for it."""
    pool.open()
    look_at = time.monotonic()
    while not stop.is_set():
        pool.bell.wait(gateways.EVERY)
        if pool.bell.is_set():
            time.sleep(GATHER)
        try:
            _round(channel, pool, stop)
            if time.monotonic() >= look_at:
                found = receipts.settle_strangers() + inbound.join_late()
                look_at = time.monotonic() + (LOOK_SOON if found else LOOK_AGAIN)
        except Exception:
            log.exception("listening to channel %s", channel)
            connection.close()
            stop.wait(1)
    with contextlib.suppress(Exception):
        gateways.forget(channel, pool)
    connection.close()


def _round(channel: int, pool: Pool, stop: threading.Event) -> None:
    pool.bell.clear()
    reports, texts, broken = pool.receipts(), pool.inbound(), pool.unreadable()
    while (reports or texts or broken) and not stop.is_set():
        try:
            store(reports, texts, broken, _kind(channel))
        except Exception:
            log.exception("storing reports of channel %s", channel)
            connection.close()
            stop.wait(1)
            continue
        pool.stored()
        reports, texts, broken = pool.receipts(), pool.inbound(), pool.unreadable()
    gateways.report(channel, pool)
