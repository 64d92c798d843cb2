"""Receipts, texts from phones, and trying again: set-based, in the order in which certainty falls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core.privacy import token
from maitian.outreach import inbound
from maitian.outreach.channels import Inbound, Receipt
from maitian.outreach.models import Message

SETTLE = """
WITH said AS (SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[]) AS s(gateway, reference, state, error)),
 settled AS (
  UPDATE outreach_message m SET state = s.state, error = nullif(s.error, ''), changed_at = %s
    FROM said s WHERE m.reference = s.reference AND m.gateway = s.gateway AND m.state IN (1, 5)
  RETURNING m.reference, m.gateway, m.event_id, m.client_id, m.channel, s.state),
 counted AS (
  UPDATE outreach_delivery d SET delivered = d.delivered + x.good, failed = d.failed + x.bad, handed = d.handed - x.bad
    FROM (SELECT event_id, channel, client_id >> 12 AS block, count(*) FILTER (WHERE state = 2) AS good,
                 count(*) FILTER (WHERE state = 3) AS bad FROM settled GROUP BY 1, 2, 3) x
   WHERE d.event_id = x.event_id AND d.channel = x.channel AND d.block = x.block)
SELECT reference FROM settled
"""


def take(fresh: Sequence[Receipt]) -> int:
    """Settle receipts that came in; those without a message are kept until there is one. Returns how many settled."""
    left = settle(fresh)
    if left:
        _keep(left)
    return len(fresh) - len(left)


def _keep(strangers: Sequence[Receipt]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_strangereceipt (gateway, reference, delivered, error, to_token, at)"
            " SELECT *, %s FROM unnest(%s::text[], %s::text[], %s::bool[], %s::text[], %s::bigint[])"
            " ON CONFLICT (gateway, reference) DO NOTHING",
            [
                timezone.now(), [r.gateway for r in strangers], [r.reference[:64] for r in strangers],
                [r.delivered for r in strangers], [r.error[:40] for r in strangers], [token(r.to) if r.to else None for r in strangers],
            ],
        )  # fmt: skip


def settle_waiting(references: Sequence[str]) -> int:
    """Receipts that came before our note of these messages settle them now; in the caller's transaction."""
    if not references:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_strangereceipt WHERE reference = ANY(%s) RETURNING gateway, reference, delivered, error",
            [list(references)],
        )
        found = [
            Receipt(gateway, number, good, error, "") for gateway, number, good, error in cursor.fetchall()
        ]
    if found:
        settle(found)
    return len(found)


def settle_doubtful(event_id: int, clients: Sequence[int], since: datetime) -> int:
    """Texts in doubt for which a receipt has come since the mark, found by the phone; in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_strangereceipt s USING clients_contactpoint p WHERE p.client_id = ANY(%s) AND p.kind = 'phone'"
            " AND s.to_token = p.value_token AND s.at >= %s RETURNING p.client_id, s.gateway, s.reference, s.delivered, s.error",
            [list(clients), since],
        )
        found = cursor.fetchall()
    for client_id, gateway, reference, delivered, error in found:
        _conclude(client_id, event_id, 1, Receipt(gateway, reference, delivered, error, ""))
    return len(found)


@transaction.atomic
def settle(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Apply delivery receipts; returns those whose message is not known (yet).

    By the gateway's number first; then among earlier attempts; then, for a message whose worker died between the
    gateway's answer and our note of it, by the phone, among the clients with a text in doubt.
    """
    if not receipts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            [
                [r.gateway for r in receipts], [r.reference for r in receipts], [2 if r.delivered else 3 for r in receipts],
                ["" if r.delivered else r.error for r in receipts], timezone.now(),
            ],
        )  # fmt: skip
        known = {row[0] for row in cursor.fetchall()}
    bounce([r.to for r in receipts if r.permanent])
    left = [r for r in receipts if r.reference not in known]
    left = _by_attempt(left)
    return _by_phone(left)


def _by_attempt(receipts: Sequence[Receipt]) -> list[Receipt]:
    """A receipt for an earlier attempt: good news settles the message, bad news was known already."""
    if not receipts:
        return []
    left = []
    with connection.cursor() as cursor:
        for receipt in receipts:
            cursor.execute(
                "SELECT client_id, event_id, channel FROM outreach_attempt WHERE reference = %s AND gateway = %s LIMIT 1",
                [receipt.reference, receipt.gateway],
            )
            row = cursor.fetchone()
            if row is None:
                left.append(receipt)
            elif receipt.delivered:
                _conclude(row[0], row[1], row[2], receipt)
    return left


def _by_phone(receipts: Sequence[Receipt]) -> list[Receipt]:
    if not receipts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.value_token, m.client_id, m.event_id FROM outreach_message m JOIN clients_contactpoint p"
            " ON p.client_id = m.client_id AND p.kind = 'phone' WHERE m.channel = 1 AND m.state = 5"
            " AND m.reference IS NULL AND p.value_token = ANY(%s) ORDER BY m.at",
            [[token(r.to) for r in receipts]],
        )
        doubtful = {row[0]: row[1:] for row in cursor.fetchall()}
    left = []
    for receipt in receipts:
        found = doubtful.pop(token(receipt.to), None)
        if found is None:
            left.append(receipt)
        else:
            _conclude(found[0], found[1], 1, receipt)
    return left


def _conclude(client_id: int, event_id: int, channel: int, receipt: Receipt) -> None:
    """One message is certain now; its delivery's counters move with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM outreach_message WHERE client_id = %s AND event_id = %s AND channel = %s FOR UPDATE",
            [client_id, event_id, channel],
        )
        row = cursor.fetchone()
        if row is None or row[0] in (Message.State.DELIVERED, Message.State.READ):
            return
        cursor.execute(
            "UPDATE outreach_message SET state = %s, reference = %s, gateway = %s, changed_at = %s, error = %s WHERE client_id = %s"
            " AND event_id = %s AND channel = %s",
            [
                2 if receipt.delivered else 3, receipt.reference, receipt.gateway, timezone.now(),
                None if receipt.delivered else receipt.error, client_id, event_id, channel,
            ],
        )  # fmt: skip
        column = {Message.State.UNKNOWN: "unknown", Message.State.FAILED: "failed"}.get(row[0])
        changes = [f"{column} = {column} - 1"] if column else []
        if receipt.delivered:
            changes.append("delivered = delivered + 1")
            if column:
                changes.append("handed = handed + 1")
        elif column != "failed":
            changes.append("failed = failed + 1")
            if row[0] == Message.State.HANDED:
                changes.append("handed = handed - 1")
        else:
            changes = []
        if changes:
            cursor.execute(
                f"UPDATE outreach_delivery SET {', '.join(changes)} WHERE event_id = %s AND channel = %s AND block = %s",
                [event_id, channel, client_id >> 12],
            )


@transaction.atomic
def bounce(values: Sequence[str]) -> int:
    """Numbers and mailboxes that do not exist are not used again; the client's people see it on the record."""
    if not values:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_contactpoint SET bounced_at = %s WHERE value_token = ANY(%s) AND bounced_at IS NULL"
            " RETURNING client_id, kind",
            [timezone.now(), [token(value) for value in values]],
        )
        rows = cursor.fetchall()
        for client_id, kind in rows:
            bits = 4 if kind == "email" else 2
            cursor.execute(
                "UPDATE clients_client SET address_bits = address_bits & ~%s WHERE id = %s", [bits, client_id]
            )
    ledger.record_many(
        {"kind": "address.bounced", "actor": "system:worker", "client_id": client_id, "object_kind": "contact_point",
         "facts": {"what": "手机号" if kind == "phone" else "邮箱", "what_en": "phone number" if kind == "phone" else "mailbox"}}
        for client_id, kind in rows
    )  # fmt: skip
    return len(rows)


def take_inbound(fresh: Sequence[Inbound]) -> None:
    """Texts from phones: each once, whatever the gateway repeats."""
    for item in fresh:
        inbound.receive(item)


@transaction.atomic
def resend_critical() -> int:
    """Texts of critical topics without a receipt are sent again, until acknowledged or tried often enough.

    Who no longer needs the text falls out at hand-over (gate: still wanted). Returns how many.
    """
    values = rulebook.at()
    minutes, most = values.get("outreach.critical.resend_minutes"), values.get("outreach.critical.attempts")
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.event_id, m.channel, array_agg(m.client_id) FROM outreach_message m"
            " JOIN outreach_event e ON e.id = m.event_id JOIN outreach_topic t ON t.id = e.topic_id"
            " WHERE t.critical AND t.paused_at IS NULL AND e.state IN ('sending', 'done') AND m.day >= %s AND m.channel IN (1, 2)"
            " AND m.state IN (1, 5) AND m.attempts < %s AND coalesce(m.changed_at, m.at) < %s"
            " AND (e.expires_at IS NULL OR e.expires_at > %s) AND NOT (m.channel = 2 AND m.state = 1) GROUP BY 1, 2",
            [(now - timedelta(days=3)).date(), most, now - timedelta(minutes=minutes), now],
        )
        waiting = cursor.fetchall()
    return sum(again(event_id, channel, clients) for event_id, channel, clients in waiting)


@transaction.atomic
def retry(event_id: int, channel: int, *, actor: str, client_id: int | None = None) -> int:
    """A person lets failed messages be tried again: all of an event and channel, or one client's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(client_id) FROM outreach_message WHERE event_id = %s AND channel = %s AND state = 3"
            " AND (%s::bigint IS NULL OR client_id = %s)",
            [event_id, channel, client_id, client_id],
        )
        clients = cursor.fetchone()[0] or []
    count = again(event_id, channel, clients)
    if count:
        ledger.record(
            "outreach.retried", actor=actor, object_kind="event", object_id=event_id, client_id=client_id,
            facts={"count": count, "channel": channel},
        )  # fmt: skip
    return count


def again(event_id: int, channel: int, clients: Sequence[int]) -> int:
    """Mark rows to be sent again and open their deliveries; counters follow the state that the rows leave."""
    if not clients:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH old AS (SELECT client_id, state FROM outreach_message WHERE event_id = %(event)s AND channel = %(channel)s"
            "  AND client_id = ANY(%(clients)s) AND state IN (1, 3, 5) FOR UPDATE),"
            " moved AS (UPDATE outreach_message m SET state = 7, changed_at = %(now)s FROM old WHERE m.client_id = old.client_id"
            "  AND m.event_id = %(event)s AND m.channel = %(channel)s RETURNING m.client_id, old.state),"
            " kept AS (INSERT INTO outreach_attempt (client_id, event_id, channel, number, at, gateway, reference, state, error)"
            "  SELECT m.client_id, m.event_id, m.channel, m.attempts, coalesce(m.changed_at, m.at), coalesce(m.gateway, ''),"
            "  coalesce(m.reference, ''), old.state, coalesce(m.error, '') FROM outreach_message m JOIN old USING (client_id)"
            "  WHERE m.event_id = %(event)s AND m.channel = %(channel)s),"
            " counted AS (UPDATE outreach_delivery d SET state = 'queued', handed = d.handed - x.handed,"
            "  failed = d.failed - x.failed, unknown = d.unknown - x.unknown FROM (SELECT client_id >> 12 AS block,"
            "  count(*) FILTER (WHERE state = 1) AS handed, count(*) FILTER (WHERE state = 3) AS failed,"
            "  count(*) FILTER (WHERE state = 5) AS unknown FROM moved GROUP BY 1) x"
            "  WHERE d.event_id = %(event)s AND d.channel = %(channel)s AND d.block = x.block)"
            " SELECT count(*) FROM moved",
            {"event": event_id, "channel": channel, "clients": list(clients), "now": timezone.now()},
        )
        count = int(cursor.fetchone()[0])
        cursor.execute(
            "UPDATE outreach_event SET state = 'sending', done_at = NULL WHERE id = %s AND state = 'done'",
            [event_id],
        )
    live.notify(f"event-{event_id}", "again")
    return count
