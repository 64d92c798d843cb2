"""Receipts and trying again: set-based, in the order in which certainty falls.

A receipt is matched by the gateway's number among the messages, then among the parts of chained texts, then among
earlier attempts. What is left is kept, and matched by the phone with a text in doubt, whose number was lost: only when
nothing to this phone is under way (the receipt may be its), and only when it cannot be another's, that is when there
is one text in doubt, or a receipt for each. A guess would tell of one text what is true of another. Rows are locked and counters moved in one order everywhere, so that several workers never wait for each other in a ring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core.privacy import token
from maitian.outreach.campaigns import trials
from maitian.outreach.channels import Receipt
from maitian.outreach.dispatch import claims

HANDED, DELIVERED, FAILED, READ, UNKNOWN = 1, 2, 3, 4, 5
STRANGERS = 2000  # waiting receipts looked at again in one round
NEAR = timedelta(seconds=1)  # a receipt is not older than its text
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
        left = trials.settle(settle(fresh))
        if not left:
            return len(fresh)
        _keep(left)
        return len(fresh) - len(left) + _by_phone({token(receipt.to) for receipt in left if receipt.to})


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


def settle_strangers() -> int:
    """Look again at the receipts without a message: one may have been written since. Returns how many settled."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT gateway, reference, delivered, error, whole, to_token FROM outreach_strangereceipt WHERE at > %s"
            " ORDER BY at DESC LIMIT %s FOR UPDATE SKIP LOCKED",
            [timezone.now() - timedelta(days=1), STRANGERS],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        left = settle([_stored(row[:5]) for row in rows])
        unknown = {(r.gateway, r.reference) for r in left}
        known = [row for row in rows if (row[0], row[1]) not in unknown]
        _forget([(row[0], row[1]) for row in known])
        return len(known) + _by_phone(
            {row[5] for row in rows if row[5] is not None and (row[0], row[1]) in unknown}
        )


def _forget(receipts: Sequence[tuple[str, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_strangereceipt s USING unnest(%s::text[], %s::text[]) AS x(gateway, reference)"
            " WHERE s.gateway = x.gateway AND s.reference = x.reference",
            [[gateway for gateway, _r in receipts], [reference for _g, reference in receipts]],
        )


@transaction.atomic
def settle(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Apply delivery receipts, each as often as it comes; returns those whose message is not known (yet)."""
    if not receipts:
        return []
    once = list({(r.gateway, r.reference): r for r in receipts}.values())
    bounce([r.to for r in once if r.permanent and r.to and r.sure])
    return _by_attempt(_by_part(_by_number(once)))


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
    known = {(row[0], row[1]): row[2] for row in rows}
    doubtful = [
        r for r in receipts if r.permanent and r.to and not r.sure and (r.gateway, r.reference) in known
    ]
    bounce([r.to for r in doubtful], [known[r.gateway, r.reference] for r in doubtful])
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


@dataclass
class _Doubtful:
    """A text whose number was lost: a message in doubt, or an attempt of one that has been tried again since."""

    client_id: int
    event_id: int
    parts: int
    attempt: int
    at: datetime
    is_attempt: bool


IN_DOUBT = """
SELECT p.value_token, m.client_id, m.event_id, m.parts, m.attempts, coalesce(m.changed_at, m.at), false
  FROM outreach_message m JOIN clients_contactpoint p ON p.client_id = m.client_id AND p.kind = 'phone'
 WHERE m.channel = 1 AND m.state = 5 AND (m.reference IS NULL OR m.parts > 1) AND p.value_token = ANY(%(tokens)s)
UNION ALL
SELECT p.value_token, a.client_id, a.event_id, 1, a.number, a.at, true
  FROM outreach_attempt a JOIN clients_contactpoint p ON p.client_id = a.client_id AND p.kind = 'phone'
 WHERE a.channel = 1 AND a.state = 5 AND a.reference = '' AND p.value_token = ANY(%(tokens)s)
 ORDER BY 6, 3, 2
"""
UNDER_WAY = """
SELECT DISTINCT p.value_token FROM outreach_handing h JOIN outreach_delivery d ON d.id = h.delivery_id AND d.channel = 1,
       unnest(h.client_ids) AS c JOIN clients_contactpoint p ON p.client_id = c AND p.kind = 'phone'
 WHERE p.value_token = ANY(%(tokens)s)
"""


def _by_phone(tokens: set[int]) -> int:
    """The last resort, for receipts that are kept: a text in doubt to the same phone. Returns how many settled."""
    if not tokens:
        return 0
    doubtful: dict[int, list[_Doubtful]] = defaultdict(list)
    waiting: dict[int, list[tuple[datetime, Receipt]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(IN_DOUBT, {"tokens": list(tokens)})
        for value, *fields in cursor.fetchall():
            doubtful[value].append(_Doubtful(*fields))
        if not doubtful:
            return 0
        cursor.execute(UNDER_WAY, {"tokens": list(doubtful)})
        for (value,) in cursor.fetchall():
            doubtful.pop(value, None)
        cursor.execute(
            "SELECT to_token, at, gateway, reference, delivered, error, whole FROM outreach_strangereceipt WHERE to_token = ANY(%s)"
            " ORDER BY at, id FOR UPDATE",
            [list(doubtful)],
        )
        for value, at, *row in cursor.fetchall():
            waiting[value].append((at, _stored(row)))
    settled = 0
    for value in sorted(doubtful):
        settled += _attach_all(doubtful[value], waiting[value])
    return settled


def _attach_all(texts: list[_Doubtful], waiting: list[tuple[datetime, Receipt]]) -> int:
    """Give the receipts of one phone to its texts in doubt, if it is certain whose they are."""
    fitting = [receipt for at, receipt in waiting if at >= texts[0].at - NEAR]
    if not fitting:
        return 0
    needed = sum(1 if fitting[0].whole else text.parts for text in texts)
    if len(texts) > 1 and len(fitting) < needed:
        return 0  # it might be either's
    used: list[tuple[str, str]] = []
    for text in texts:
        wanted = 1 if fitting and fitting[0].whole else text.parts
        for receipt in fitting[:wanted]:
            used.append((receipt.gateway, receipt.reference))
            if text.is_attempt:
                _settle_attempt(text, receipt)
            else:
                _attach(text.client_id, text.event_id, 1, receipt)
        fitting = fitting[wanted:]
    _forget(used)
    return len(used)


def _settle_attempt(text: _Doubtful, receipt: Receipt) -> None:
    """An earlier attempt has its answer now; good news settles the message."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_attempt SET reference = %s, gateway = %s, state = %s WHERE client_id = %s AND event_id = %s AND channel = 1"
            " AND number = %s",
            [
                receipt.reference, receipt.gateway, DELIVERED if receipt.delivered else FAILED, text.client_id, text.event_id,
                text.attempt,
            ],
        )  # fmt: skip
    if receipt.delivered:
        _conclude(text.client_id, text.event_id, 1, replace(receipt, reference=""))


def _attach(client_id: int, event_id: int, channel: int, receipt: Receipt) -> None:
    """A receipt for a text in doubt. One for a part of a chained text waits for the others."""
    found = _lock(client_id, event_id, channel)
    if found is None:
        return None
    _state, parts, attempt = found
    if receipt.whole or parts == 1:
        return _conclude(client_id, event_id, channel, receipt)
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
    return None


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
def bounce(values: Sequence[str], clients: Sequence[int] | None = None) -> int:
    """Numbers and mailboxes that do not exist are not used again; the client's people see it on the record.

    ``clients``: for each value the one client whose it must be.
    """
    if not values:
        return 0
    tokens, named = [token(value) for value in values], None if clients is None else list(clients)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (UPDATE clients_contactpoint SET bounced_at = %s WHERE value_token = ANY(%s) AND bounced_at IS NULL"
            "  AND (%s::bigint[] IS NULL OR (client_id, value_token) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[])))"
            "  RETURNING client_id, kind),"
            " bits AS (UPDATE clients_client c SET address_bits = c.address_bits & ~x.bits FROM (SELECT client_id,"
            "  bit_or(CASE WHEN kind = 'email' THEN 4 ELSE 2 END) AS bits FROM gone GROUP BY 1) x WHERE c.id = x.client_id)"
            " SELECT client_id, kind FROM gone ORDER BY client_id",
            [timezone.now(), tokens, named, named, tokens],
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

    One whose time lies ahead was noted by a clock that has since gone back: nobody knows how long it waits already.
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
            " AND m.state IN (1, 5) AND m.attempts < %s AND NOT coalesce(m.changed_at, m.at) BETWEEN %s AND %s"
            " AND (e.expires_at IS NULL OR e.expires_at > %s) AND NOT (m.channel = 2 AND m.state = 1) GROUP BY 1, 2",
            [
                (now - timedelta(days=3)).date(),
                most,
                now - timedelta(minutes=minutes),
                now + timedelta(minutes=minutes),
                now,
            ],
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
        cursor.execute("SELECT pg_notify('maitian_dispatch', %s)", [str(event_id)])
    live.notify(f"event-{event_id}", "again")
    return count
