"""Handing over: workers claim deliveries (block × channel) and write message rows by COPY.

The crash rule. Inbox: rows and the end of the delivery are one transaction. SMS and e-mail: a batch's rows
are committed as *handing over* before the first byte leaves, and get their result after. A worker's claim
stands while its database session holds an advisory lock; when it died, the next worker takes the delivery,
turns rows still *handing over* into *unknown*, and sends only clients that have no row yet. So nothing is
sent twice, nothing is forgotten, and what is in doubt is counted and settled by receipts.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live
from maitian.core.privacy import decrypt, token
from maitian.outreach.channels import NOT_TRIED, GatewayDown, Handed, Receipt, mail
from maitian.outreach.channels.sms import SmsGateway

log = logging.getLogger(__name__)
SHANGHAI = ZoneInfo("Asia/Shanghai")
LOCKS = 7236282  # first key of the advisory locks that living workers hold
BATCH = 250  # texts in doubt at most, if a worker dies
HANDING, HANDED, DELIVERED, FAILED, READ, UNKNOWN = range(6)
DOWN_FOR = 2.0  # seconds before a channel is tried again
IDLE = 1.0  # seconds between looks when nobody notifies

CLAIM = """
WITH next AS (
  SELECT d.id FROM outreach_delivery d JOIN outreach_event e ON e.id = d.event_id
   WHERE e.state = 'sending' AND (d.not_before IS NULL OR d.not_before <= %(now)s) AND {claimable}
   ORDER BY d.channel, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
UPDATE outreach_delivery d
   SET state = 'claimed', worker = %(worker)s, claimed_at = %(now)s, attempts = d.attempts + 1
  FROM next, outreach_event e
 WHERE d.id = next.id AND e.id = d.event_id
RETURNING d.id, d.event_id, d.channel, d.block, d.attempts, e.texts, e.title
"""
QUEUED = "d.state = 'queued'"
ABANDONED = """d.state = 'claimed' AND NOT EXISTS (
  SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %(locks)s
     AND l.objid = d.worker::oid AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""


@dataclass(frozen=True)
class Claim:
    id: int
    event_id: int
    channel: int
    block: int
    attempts: int
    texts: dict[str, Any]
    title: str

    @property
    def text(self) -> dict[str, Any]:
        return dict(
            self.texts.get(
                ("inbox", "sms", "email", "call")[self.channel], {"text": "", "parts": 1, "price": 0}
            )
        )


class Worker:
    """One dispatcher: its own database session, its own gateway session."""

    def __init__(self) -> None:
        self.key = secrets.randbelow(2**31 - 1) + 1
        self._sms: SmsGateway | None = None
        self._pause_until: dict[int, float] = {}
        self._locked = False

    def _hold_lock(self) -> None:
        """The lock lives as long as this session: that is how others know that we live."""
        if not self._locked or connection.connection is None or connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCKS, self.key])
            self._locked = True

    def claim(self) -> Claim | None:
        """The next delivery, or one whose worker died, or ``None``."""
        self._hold_lock()
        with connection.cursor() as cursor:
            for claimable in (QUEUED, ABANDONED):
                down = [channel for channel, until in self._pause_until.items() if until > time.monotonic()]
                cursor.execute(
                    CLAIM.format(claimable=f"{claimable} AND NOT d.channel = ANY(%(down)s)"),
                    {"worker": self.key, "locks": LOCKS, "down": down, "now": timezone.now()},
                )
                row = cursor.fetchone()
                if row:
                    id_, event_id, channel, block, attempts, texts, title = row
                    return Claim(id_, event_id, channel, block, attempts, json.loads(texts), title)
        return None

    def step(self) -> bool:
        """Take and finish one delivery; ``False`` when there is nothing to do."""
        self.settle_receipts()
        claim = self.claim()
        if claim is None:
            return False
        try:
            self._deliver(claim)
        except GatewayDown as error:
            log.warning("channel %s is down: %s", claim.channel, error)
            self._pause_until[claim.channel] = time.monotonic() + DOWN_FOR
            with connection.cursor() as cursor:
                cursor.execute("UPDATE outreach_delivery SET state = 'queued' WHERE id = %s", [claim.id])
        finish_events(claim.event_id)
        live.notify(f"event-{claim.event_id}", "progress")
        return True

    def _deliver(self, claim: Claim) -> None:
        clients = _clients(claim)
        if claim.attempts > 1:
            clients = self._only_the_rest(claim, clients)
        if claim.channel in (0, 3):
            with transaction.atomic():
                _write(claim, clients, DELIVERED if claim.channel == 0 else HANDED)
                _add(claim.id, handed=len(clients), delivered=len(clients) if claim.channel == 0 else 0)
                _done(claim.id)
            return
        for start in range(0, len(clients), BATCH):
            if not _still_sending(claim.event_id):
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE outreach_delivery SET state = 'queued' WHERE id = %s", [claim.id])
                return
            self._hand_over(claim, clients[start : start + BATCH])
            self.settle_receipts()
        _done(claim.id)

    def _only_the_rest(self, claim: Claim, clients: list[int]) -> list[int]:
        """After a crash or a pause: what has a row is not sent again; what was under way is unknown."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE outreach_message SET state = %s, changed_at = %s, error = 'worker died' WHERE event_id = %s"
                " AND channel = %s AND state = %s AND client_id = ANY(%s)",
                [UNKNOWN, timezone.now(), claim.event_id, claim.channel, HANDING, clients],
            )
            if cursor.rowcount:
                _add(claim.id, unknown=cursor.rowcount, cost=cursor.rowcount * claim.text["price"])
            cursor.execute(
                "SELECT client_id FROM outreach_message WHERE event_id = %s AND channel = %s AND client_id = ANY(%s)",
                [claim.event_id, claim.channel, clients],
            )
            written = {row[0] for row in cursor.fetchall()}
        return [client for client in clients if client not in written]

    def _hand_over(self, claim: Claim, clients: Sequence[int]) -> None:
        addresses = _addresses(clients, "phone" if claim.channel == 1 else "email")
        text = claim.text
        if claim.channel == 1:
            self._gateway().connect()
        known = [client for client in clients if client in addresses]
        with transaction.atomic():
            _write(claim, known, HANDING)
            lost = [client for client in clients if client not in addresses]
            _write(claim, lost, FAILED, error="no address")
            _add(claim.id, failed=len(lost))
        batch = [(client, addresses[client], text["text"]) for client in known]
        if not batch:
            return
        try:
            if claim.channel == 1:
                results = self._gateway().submit(batch)
            else:
                results = mail.submit(batch, claim.title, _unsubscribe())
        except GatewayDown:
            _take_back(claim, known)
            raise
        _store_results(claim, [result for result in results if result.state != NOT_TRIED])
        untried = [result.client_id for result in results if result.state == NOT_TRIED]
        if untried:
            _take_back(claim, untried)
            raise GatewayDown("the line broke within a batch")

    def _gateway(self) -> SmsGateway:
        if self._sms is None:
            first: dict[str, Any] = dict(settings.SMPP_GATEWAYS[0])
            self._sms = SmsGateway(first["host"], first["port"], first["system_id"], first["password"])
        return self._sms

    def settle_receipts(self) -> int:
        """Write the receipts that have come in; returns how many were settled."""
        if self._sms is None or self._sms.receipts.empty():
            return 0
        batch: list[Receipt] = []
        while not self._sms.receipts.empty() and len(batch) < 5000:
            batch.append(self._sms.receipts.get_nowait())
        left = settle(batch)
        for receipt in left[:1000]:
            self._sms.receipts.put(receipt)
        return len(batch) - len(left)

    def close(self) -> None:
        if self._sms is not None:
            time.sleep(0)
            self._sms.close()
        connection.close()


def _clients(claim: Claim) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_ids, outcomes FROM outreach_verdictblock WHERE event_id = %s AND block = %s",
            [claim.event_id, claim.block],
        )
        ids, outcomes = cursor.fetchone()
    carries = np.frombuffer(bytes(outcomes), dtype=np.uint8) & (1 << claim.channel)
    return np.asarray(ids, dtype=np.int64)[carries > 0].tolist()


def today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


def _write(claim: Claim, clients: Sequence[int], state: int, error: str | None = None) -> None:
    """Message rows by binary COPY into today's partition."""
    if not clients:
        return
    now = timezone.now()
    day = today(now)
    text = claim.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT outreach_message_partition(%s)", [day])
        with cursor.copy(
            "COPY outreach_message (client_id, event_id, channel, day, at, state, parts, cost, error)"
            " FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["int8", "int8", "int2", "date", "timestamptz", "int2", "int2", "int4", "varchar"])
            for client in clients:
                copy.write_row(
                    (
                        client,
                        claim.event_id,
                        claim.channel,
                        day,
                        now,
                        state,
                        text["parts"],
                        text["price"],
                        error,
                    )
                )


def _take_back(claim: Claim, clients: Sequence[int]) -> None:
    """Rows whose message never left the house: without a row they are sent when the gateway is back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_message WHERE event_id = %s AND channel = %s AND state = %s AND client_id = ANY(%s)",
            [claim.event_id, claim.channel, HANDING, list(clients)],
        )


def _addresses(clients: Sequence[int], kind: str) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id, value FROM clients_contactpoint WHERE client_id = ANY(%s) AND kind = %s"
            ' AND "primary" AND bounced_at IS NULL',
            [list(clients), kind],
        )
        return {client: decrypt(value) for client, value in cursor.fetchall()}


def _unsubscribe() -> str:
    from config import env

    return f"{env.public_url()}/portal/me/"


def _store_results(claim: Claim, results: Sequence[Handed]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message m SET state = r.state, reference = r.reference, error = r.error,"
            " changed_at = %s FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::text[])"
            " AS r(client_id, state, reference, error)"
            " WHERE m.client_id = r.client_id AND m.event_id = %s AND m.channel = %s",
            [
                timezone.now(),
                [r.client_id for r in results], [r.state for r in results], [r.reference for r in results],
                [r.error for r in results], claim.event_id, claim.channel,
            ],
        )  # fmt: skip
        handed = sum(r.state == HANDED for r in results)
        unknown = sum(r.state == UNKNOWN for r in results)
        _add(
            claim.id, handed=handed, unknown=unknown, failed=len(results) - handed - unknown,
            cost=(handed + unknown) * claim.text["price"],
        )  # fmt: skip


def _add(delivery_id: int, **numbers: int) -> None:
    changes = {name: number for name, number in numbers.items() if number}
    if changes:
        columns = ", ".join(f"{name} = {name} + %s" for name in changes)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE outreach_delivery SET {columns} WHERE id = %s", [*changes.values(), delivery_id]
            )


def _done(delivery_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_delivery SET state = 'done', done_at = %s WHERE id = %s",
            [timezone.now(), delivery_id],
        )


def _still_sending(event_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state = 'sending' FROM outreach_event WHERE id = %s", [event_id])
        return bool(cursor.fetchone()[0])


def finish_events(event_id: int) -> None:
    """Close an event whose deliveries are all done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_event SET state = 'done', done_at = %s WHERE id = %s AND state = 'sending'"
            " AND NOT EXISTS (SELECT 1 FROM outreach_delivery WHERE event_id = %s AND state <> 'done')"
            " RETURNING title",
            [timezone.now(), event_id, event_id],
        )
        row = cursor.fetchone()
        if row:
            cursor.execute(
                "INSERT INTO outreach_contactcount (client_id, day, day_count, month_count)"
                " SELECT m.client_id, max(m.day), 1, 1 FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id"
                " JOIN outreach_topic t ON t.id = e.topic_id WHERE m.event_id = %s AND m.channel = 1"
                " AND m.state <> 3 AND t.message_class = 1 GROUP BY m.client_id"
                " ON CONFLICT (client_id) DO UPDATE SET"
                " day_count = CASE WHEN outreach_contactcount.day = excluded.day"
                "   THEN outreach_contactcount.day_count + 1 ELSE 1 END,"
                " month_count = CASE WHEN date_trunc('month', outreach_contactcount.day) ="
                "   date_trunc('month', excluded.day) THEN outreach_contactcount.month_count + 1 ELSE 1 END,"
                " day = excluded.day",
                [event_id],
            )
            ledger.record(
                "outreach.done", actor="system:worker", object_kind="event", object_id=event_id,
                facts={"title": row[0]},
            )  # fmt: skip


def settle(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Apply delivery receipts set-based; returns those whose message is not known (yet).

    By reference first. A receipt without a known reference may belong to a message whose worker died between
    the gateway's answer and our note of it: then the phone tells, among the clients with a text in doubt.
    """
    if not receipts:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "WITH said AS (SELECT * FROM unnest(%s::text[], %s::int[], %s::text[]) AS s(reference, state, error)),"
            " settled AS (UPDATE outreach_message m SET state = s.state, error = nullif(s.error, ''), changed_at = %s"
            " FROM said s WHERE m.reference = s.reference AND m.channel = 1 AND m.state IN (0, 1, 5)"
            " RETURNING m.reference, m.event_id, m.client_id, s.state),"
            " counted AS (UPDATE outreach_delivery d SET delivered = d.delivered + x.good,"
            " failed = d.failed + x.bad, handed = d.handed - x.bad FROM ("
            "  SELECT event_id, client_id >> 12 AS block, count(*) FILTER (WHERE state = 2) AS good,"
            "         count(*) FILTER (WHERE state = 3) AS bad FROM settled GROUP BY 1, 2) x"
            " WHERE d.event_id = x.event_id AND d.channel = 1 AND d.block = x.block)"
            " SELECT reference FROM settled",
            [
                [r.reference for r in receipts], [2 if r.delivered else 3 for r in receipts],
                ["" if r.delivered else r.error for r in receipts], timezone.now(),
            ],
        )  # fmt: skip
        known = {row[0] for row in cursor.fetchall()}
        left = [r for r in receipts if r.reference not in known]
        if not left:
            return []
        cursor.execute(
            "SELECT p.value_token, m.client_id, m.event_id FROM outreach_message m JOIN clients_contactpoint p"
            " ON p.client_id = m.client_id AND p.kind = 'phone' WHERE m.channel = 1 AND m.state = 5"
            " AND m.reference IS NULL AND p.value_token = ANY(%s) ORDER BY m.at",
            [[token(r.phone) for r in left]],
        )
        doubtful = {row[0]: row[1:] for row in cursor.fetchall()}
        rest = []
        for receipt in left:
            found = doubtful.pop(token(receipt.phone), None)
            if found is None:
                rest.append(receipt)
                continue
            client_id, event_id = found
            cursor.execute(
                "UPDATE outreach_message SET state = %s, reference = %s, changed_at = %s WHERE client_id = %s"
                " AND event_id = %s AND channel = 1",
                [2 if receipt.delivered else 3, receipt.reference, timezone.now(), client_id, event_id],
            )
            cursor.execute(
                "UPDATE outreach_delivery SET unknown = unknown - 1, handed = handed + %s, delivered = delivered + %s,"
                " failed = failed + %s WHERE event_id = %s AND channel = 1 AND block = %s",
                [
                    int(receipt.delivered),
                    int(receipt.delivered),
                    int(not receipt.delivered),
                    event_id,
                    client_id >> 12,
                ],
            )
        return rest


def run_forever(stop: threading.Event) -> None:
    """Work until told to stop; a lost database is waited for, an unexpected fault is logged and survived."""
    worker = Worker()
    while not stop.is_set():
        try:
            busy = worker.step()
        except Exception:
            log.exception("dispatch")
            connection.close()
            worker._locked = False
            stop.wait(2)
            continue
        if not busy:
            stop.wait(IDLE)
    worker.close()
