"""Receipts and trying again: set-based, in the order in which certainty falls.

A receipt is matched by the gateway's number among the messages, then among the parts of chained texts, then among
earlier attempts, and last, for a message whose answer was lost, by the phone among the clients with a text in doubt.
Rows are locked and counters moved in one order everywhere, so that several workers never wait for each other in a ring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core.privacy import token
from maitian.outreach.channels import Receipt
from maitian.outreach.dispatch import claims

HANDED, DELIVERED, FAILED, READ, UNKNOWN = 1, 2, 3, 4, 5
STRANGERS = 2000  # waiting receipts looked at again in one round
NEAR = timedelta(minutes=1)
OLDEST = timedelta(days=8)  # a receipt that comes later is a stranger's

BY_NUMBER = """
WITH said AS (SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[]) AS s(gateway, reference, state, error)),
 known AS (
  SELECT m.client_id, m.event_id, m.channel, m.day, s.gateway, s.reference, s.state, s.error
    FROM said s JOIN outreach_message m ON m.reference = s.reference AND m.gateway = s.gateway AND m.day >= %s
   ORDER BY m.client_id, m.event_id, m.channel FOR UPDATE OF m),
 settled AS (
  UPDATE outreach_message m SET state = k.state, error = nullif(k.error, ''), changed_at = %s FROM known k
   WHERE m.client_id = k.client_id AND m.event_id = k.event_id AND m.channel = k.channel AND m.day = k.day AND m.state IN (1, 5)
  RETURNING m.client_id, m.event_id, m.channel, m.state, old.state AS before)
SELECT k.gateway, k.reference, k.client_id, k.event_id, k.channel, x.state, x.before
  FROM known k LEFT JOIN settled x USING (client_id, event_id, channel)
"""


def take(fresh: Sequence[Receipt]) -> int:
    """Settle receipts that came in; those without a message are kept until there is one. Returns how many settled."""
    with transaction.atomic():
        left = settle(fresh)
        if left:
            _keep(left)
    return len(fresh) - len(left)


def _keep(strangers: Sequence[Receipt]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_strangereceipt (gateway, reference, delivered, error, to_token, whole, at)"
            " SELECT *, %s FROM unnest(%s::text[], %s::text[], %s::bool[], %s::text[], %s::bigint[], %s::bool[])"
            " ON CONFLICT (gateway, reference) DO NOTHING",
            [
                timezone.now(), [r.gateway for r in strangers], [r.reference[:64] for r in strangers],
                [r.delivered for r in strangers], [r.error[:40] for r in strangers],
                [token(r.to) if r.to else None for r in strangers], [r.whole for r in strangers],
            ],
        )  # fmt: skip


def _stored(row: Sequence[Any]) -> Receipt:
    """``gateway, reference, delivered, error, whole`` of a receipt that was kept."""
    gateway, reference, delivered, error, whole = row
    return Receipt(gateway, reference, delivered, error, "", whole=whole)


def settle_waiting(references: Sequence[str]) -> int:
    """Receipts that came before our note of these messages settle them now; in the caller's transaction."""
    if not references:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM outreach_strangereceipt LIMIT 1")
        if cursor.fetchone() is None:
            return 0
        cursor.execute(
            "DELETE FROM outreach_strangereceipt WHERE reference = ANY(%s)"
            " RETURNING gateway, reference, delivered, error, whole",
            [list(references)],
        )
        found = [_stored(row) for row in cursor.fetchall()]
    if found:
        settle(found)
    return len(found)


def settle_doubtful(event_id: int, clients: Sequence[int], since: datetime) -> int:
    """Texts in doubt for which a receipt has come since ``since``, found by the phone; in the caller's transaction."""
    if not clients:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_strangereceipt s USING clients_contactpoint p WHERE p.client_id = ANY(%s) AND p.kind = 'phone'"
            " AND s.to_token = p.value_token AND s.at >= %s"
            " RETURNING p.client_id, s.gateway, s.reference, s.delivered, s.error, s.whole",
            [list(clients), since],
        )
        found = cursor.fetchall()
    for client_id, *said in sorted(found):
        _attach(client_id, event_id, 1, _stored(said))
    return len(found)


def settle_strangers() -> int:
    """Look again at receipts without a message: one that was written at the same moment was not seen. Returns how many settled."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, gateway, reference, delivered, error, whole, to_token, at FROM outreach_strangereceipt"
            " WHERE at > %s ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED",
            [timezone.now() - timedelta(days=1), STRANGERS],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        waiting = {(row[1], row[2]): row for row in rows}
        left = _by_attempt(_by_part(_by_number([_stored(row[1:6]) for row in waiting.values()])))
        done = {*waiting} - {(r.gateway, r.reference) for r in left}
        for receipt in left:
            row = waiting[receipt.gateway, receipt.reference]
            if row[6] is not None and _in_doubt_by_token({row[6]}, row[7] - NEAR):
                if _by_token([(row[6], receipt)], row[7] - NEAR):
                    continue
                done.add((receipt.gateway, receipt.reference))
        cursor.execute(
            "DELETE FROM outreach_strangereceipt WHERE id = ANY(%s)", [[waiting[key][0] for key in done]]
        )
        return len(done)


@transaction.atomic
def settle(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Apply delivery receipts, each as often as it comes; returns those whose message is not known (yet)."""
    if not receipts:
        return []
    once = list({(r.gateway, r.reference): r for r in receipts}.values())
    bounce([r.to for r in once if r.permanent and r.to])
    return _by_phone(_by_attempt(_by_part(_by_number(once))))


def _by_number(receipts: Sequence[Receipt]) -> list[Receipt]:
    if not receipts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            BY_NUMBER,
            [
                [r.gateway for r in receipts], [r.reference for r in receipts],
                [DELIVERED if r.delivered else FAILED for r in receipts],
                ["" if r.delivered else r.error[:40] for r in receipts], (timezone.now() - OLDEST).date(), timezone.now(),
            ],
        )  # fmt: skip
        rows = cursor.fetchall()
    _count(
        (event, channel, client, before, after)
        for _g, _r, client, event, channel, after, before in rows
        if after
    )
    known = {(row[0], row[1]) for row in rows}
    return [r for r in receipts if (r.gateway, r.reference) not in known]


def _count(changes: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Move the deliveries' counters: ``(event, channel, client, state before, state now)``. Always in the same order."""
    sums: dict[tuple[int, int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event_id, channel, client_id, before, after in changes:
        numbers = sums[event_id, channel, client_id >> 12]
        for state, sign in ((before, -1), (after, 1)):
            for name in COUNTED[state]:
                numbers[name] += sign
    for key in sorted(sums):
        claims.move(*key, **sums[key])


# Which counters of its delivery a message in a state counts in: what was delivered was handed over, too.
COUNTED = {
    HANDED: ("handed",),
    DELIVERED: ("handed", "delivered"),
    FAILED: ("failed",),
    READ: ("handed", "delivered"),
    UNKNOWN: ("unknown",),
}


def _by_part(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Receipts for parts of chained texts: the text is delivered with its last part, and failed with any."""
    if not receipts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.gateway, p.reference, p.client_id, p.event_id, p.channel, p.attempt FROM outreach_messagepart p"
            " JOIN unnest(%s::text[], %s::text[]) AS s(gateway, reference) USING (gateway, reference)",
            [[r.gateway for r in receipts], [r.reference for r in receipts]],
        )
        rows = cursor.fetchall()
        if not rows:
            return list(receipts)
        texts: list[tuple[int, int, int, int]] = sorted({(row[2], row[3], row[4], row[5]) for row in rows})
        for client_id, event_id, channel, _attempt in texts:
            _lock(client_id, event_id, channel)
        known = {(row[0], row[1]) for row in rows}
        mine = [r for r in receipts if (r.gateway, r.reference) in known]
        cursor.executemany(
            "UPDATE outreach_messagepart SET state = %s WHERE gateway = %s AND reference = %s AND state = 1",
            [(DELIVERED if r.delivered else FAILED, r.gateway, r.reference) for r in mine],
        )
    errors = {(r.gateway, r.reference): r for r in mine}
    last = {(row[2], row[3], row[4], row[5]): errors[row[0], row[1]] for row in rows}
    for client_id, event_id, channel, attempt in texts:
        _conclude_parts(client_id, event_id, channel, attempt, last[client_id, event_id, channel, attempt])
    return [r for r in receipts if (r.gateway, r.reference) not in known]


def _lock(client_id: int, event_id: int, channel: int) -> tuple[int, int, int] | None:
    """``(state, parts, attempts)`` of a message, locked until commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, parts, attempts FROM outreach_message WHERE client_id = %s AND event_id = %s AND channel = %s FOR UPDATE",
            [client_id, event_id, channel],
        )
        row = cursor.fetchone()
        return None if row is None else (row[0], row[1], row[2])


def _conclude_parts(client_id: int, event_id: int, channel: int, attempt: int, last: Receipt) -> None:
    """All parts delivered: the text is; one failed, and no later attempt is under way: the text has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(total), count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3) FROM outreach_messagepart"
            " WHERE client_id = %s AND event_id = %s AND channel = %s AND attempt = %s",
            [client_id, event_id, channel, attempt],
        )
        total, good, bad = cursor.fetchone()
    if good == total:
        _conclude(client_id, event_id, channel, replace(last, delivered=True, reference=""))
    elif bad:
        found = _lock(client_id, event_id, channel)
        if found is not None and found[2] == attempt:
            _conclude(client_id, event_id, channel, replace(last, reference=""))


def _by_attempt(receipts: Sequence[Receipt]) -> list[Receipt]:
    """A receipt for an earlier attempt: good news settles the message, bad news was known already."""
    if not receipts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.gateway, a.reference, a.client_id, a.event_id, a.channel FROM outreach_attempt a"
            " JOIN unnest(%s::text[], %s::text[]) AS s(gateway, reference) USING (gateway, reference) ORDER BY 3, 4, 5",
            [[r.gateway for r in receipts], [r.reference for r in receipts]],
        )
        rows = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    left = []
    for receipt in receipts:
        found = rows.get((receipt.gateway, receipt.reference))
        if found is None:
            left.append(receipt)
        elif receipt.delivered:
            _conclude(found[0], found[1], found[2], receipt)
    return left


def _by_phone(receipts: Sequence[Receipt]) -> list[Receipt]:
    """The last resort: a text in doubt to this phone. Receipts without a phone stay as they are."""
    named = [(token(receipt.to), receipt) for receipt in receipts if receipt.to]
    return [r for r in receipts if not r.to] + _by_token(named, None)


def _in_doubt_by_token(tokens: set[int], since: datetime | None) -> dict[int, list[tuple[int, int]]]:
    """Phone → ``(client, event)`` of its texts in doubt, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.value_token, m.client_id, m.event_id FROM outreach_message m JOIN clients_contactpoint p"
            " ON p.client_id = m.client_id AND p.kind = 'phone' WHERE m.channel = 1 AND m.state = 5"
            " AND (m.reference IS NULL OR m.parts > 1) AND p.value_token = ANY(%s) AND (%s::timestamptz IS NULL OR m.at >= %s)"
            " ORDER BY m.at, m.event_id, m.client_id",
            [list(tokens), since, since],
        )
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for value, client_id, event_id in cursor.fetchall():
            found[value].append((client_id, event_id))
    return found


def _by_token(named: Sequence[tuple[int, Receipt]], since: datetime | None) -> list[Receipt]:
    if not named:
        return []
    doubtful = _in_doubt_by_token({value for value, _receipt in named}, since)
    left = []
    for value, receipt in named:
        texts = doubtful.get(value)
        if not texts:
            left.append(receipt)
        elif _attach(*texts[0], 1, receipt):
            texts.pop(0)
    return left


def _attach(client_id: int, event_id: int, channel: int, receipt: Receipt) -> bool:
    """A receipt for a text in doubt. One for a part of a chained text waits for the others; returns whether it is settled."""
    found = _lock(client_id, event_id, channel)
    if found is None:
        return True
    _state, parts, attempt = found
    if receipt.whole or parts == 1:
        _conclude(client_id, event_id, channel, receipt)
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_messagepart (client_id, event_id, channel, attempt, number, total, gateway, reference, state)"
            " SELECT %s, %s, %s, %s, coalesce(max(number), 0) + 1, %s, %s, %s, %s FROM outreach_messagepart"
            " WHERE client_id = %s AND event_id = %s AND channel = %s AND attempt = %s",
            [
                client_id, event_id, channel, attempt, parts, receipt.gateway, receipt.reference,
                DELIVERED if receipt.delivered else FAILED, client_id, event_id, channel, attempt,
            ],
        )  # fmt: skip
    _conclude_parts(client_id, event_id, channel, attempt, receipt)
    found = _lock(client_id, event_id, channel)
    return found is None or found[0] != UNKNOWN


def _conclude(client_id: int, event_id: int, channel: int, receipt: Receipt) -> None:
    """One message is certain now; its delivery's counters move with it. Bad news never takes good news back."""
    found = _lock(client_id, event_id, channel)
    if (
        found is None
        or found[0] not in (HANDED, FAILED, UNKNOWN)
        or (found[0] == FAILED and not receipt.delivered)
    ):
        return
    after = DELIVERED if receipt.delivered else FAILED
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message SET state = %s, reference = coalesce(nullif(%s, ''), reference), gateway = %s, changed_at = %s,"
            " error = %s WHERE client_id = %s AND event_id = %s AND channel = %s",
            [
                after, receipt.reference, receipt.gateway, timezone.now(), None if receipt.delivered else receipt.error[:40],
                client_id, event_id, channel,
            ],
        )  # fmt: skip
    _count([(event_id, channel, client_id, found[0], after)])


@transaction.atomic
def bounce(values: Sequence[str]) -> int:
    """Numbers and mailboxes that do not exist are not used again; the client's people see it on the record."""
    if not values:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (UPDATE clients_contactpoint SET bounced_at = %s WHERE value_token = ANY(%s) AND bounced_at IS NULL"
            "  RETURNING client_id, kind),"
            " bits AS (UPDATE clients_client c SET address_bits = c.address_bits & ~x.bits FROM (SELECT client_id,"
            "  bit_or(CASE WHEN kind = 'email' THEN 4 ELSE 2 END) AS bits FROM gone GROUP BY 1) x WHERE c.id = x.client_id)"
            " SELECT client_id, kind FROM gone ORDER BY client_id",
            [timezone.now(), [token(value) for value in values]],
        )
        rows = cursor.fetchall()
    ledger.record_many(
        {"kind": "address.bounced", "actor": "system:worker", "client_id": client_id, "object_kind": "contact_point",
         "facts": {"what": "手机号" if kind == "phone" else "邮箱", "what_en": "phone number" if kind == "phone" else "mailbox"}}
        for client_id, kind in rows
    )  # fmt: skip
    return len(rows)


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
