"""Deciding: one statement for one client and for a million.

``rules.decide`` says the same for one client in Python; a test compares the two over random clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from maitian.outreach import rules
from maitian.outreach.rules import Conditions, Gate

BLOCK_BITS = 12  # 4,096 clients a block

# The CASE asks the gates in the order of ``rules.decide``. Masks are small integers, so the whole row is
# decided without a function call. ``told`` and ``counted`` are joined only where they can matter.
OUTCOME = """
SELECT c.id,
       CASE WHEN w.wanted = 0 THEN {coverage}
            {advice}
            WHEN NOT ({suits}) THEN {suitability}
            WHEN a.agreed = 0 THEN {consent}
            WHEN a.agreed & c.address_bits = 0 THEN {address}
            {capped}
            {told}
            ELSE {sent} END AS outcome
  FROM clients_client c
  CROSS JOIN LATERAL (SELECT {wanted} AS wanted OFFSET 0) w
  CROSS JOIN LATERAL (SELECT {agreed} AS agreed OFFSET 0) a
  {joins}
 WHERE {audience}
"""

STORE = """
INSERT INTO outreach_verdictblock (event_id, block, client_ids, outcomes)
SELECT %(event)s, (id >> 12)::int, array_agg(id::int ORDER BY id),
       string_agg(set_byte('\\x00'::bytea, 0, outcome), ''::bytea ORDER BY id)
  FROM ({outcome} OFFSET 0) decided
 GROUP BY id >> 12
"""

SENDING = """
SELECT t.id FROM outreach_verdictblock b CROSS JOIN LATERAL unnest(b.client_ids) WITH ORDINALITY AS t(id, n)
 WHERE b.event_id = %(event)s AND get_byte(b.outcomes, (t.n - 1)::int) & 15 > 0
"""


@dataclass(frozen=True)
class Question:
    """What is to be decided: whom it may concern, under which conditions, on which day."""

    audience: str
    parameters: Mapping[str, Any]
    conditions: Conditions
    today: date
    event_id: int
    fact_key: str = ""
    told_since: datetime | None = None


def statement(question: Question) -> tuple[str, dict[str, Any]]:
    """The SELECT of ``(id, outcome)`` and its parameters. Inlined values are integers of our own making."""
    on = question.conditions
    cases = " ".join(f"WHEN {int(rank)} THEN {int(mask)}" for rank, mask in on.channels_by_rank.items())
    wanted = f"CASE c.level_rank {cases} ELSE {int(on.channels)} END" if cases else str(int(on.channels))
    advice = f"WHEN NOT c.advised THEN {rules.outcome(Gate.AGREEMENT, 0)}" if on.advice else ""
    if on.risk is None or on.risk == 1:
        suits = "true"
    else:
        suits = (
            "c.investor_class = 'professional' OR (c.risk_class > %(risk)s AND c.risk_class >= 2"
            " AND coalesce(c.risk_valid_until >= %(today)s, false))"
        )
    agreed = "w.wanted & (c.consent_bits >> %(shift)s) & 15" if on.asks_consent else "w.wanted"
    reachable = "(a.agreed & c.address_bits)"  # in brackets: + binds closer than &
    joins = ""
    capped = ""
    channels = reachable
    if on.capped:
        joins += " LEFT JOIN outreach_contactcount n ON n.client_id = c.id"
        over = (
            "((n.day = %(today)s AND n.day_count >= %(daily_cap)s) OR (n.day >= %(month)s"
            " AND n.month_count >= %(monthly_cap)s)) IS TRUE"
        )
        channels = f"(CASE WHEN {over} THEN {reachable} & {15 & ~rules.SMS} ELSE {reachable} END)"
        capped = f"WHEN {channels} = 0 THEN {rules.outcome(Gate.FREQUENCY, 0)}"
    told = ""
    if question.fact_key:
        joins += (
            " LEFT JOIN (SELECT DISTINCT t.id FROM outreach_event e"
            " JOIN outreach_verdictblock b ON b.event_id = e.id"
            " CROSS JOIN LATERAL unnest(b.client_ids) WITH ORDINALITY AS t(id, n)"
            " WHERE e.fact_key = %(fact_key)s AND e.id <> %(event)s AND e.sent_at >= %(told_since)s"
            " AND get_byte(b.outcomes, (t.n - 1)::int) & 15 > 0) told ON told.id = c.id"
        )
        told = f"WHEN told.id IS NOT NULL THEN {rules.outcome(Gate.DUPLICATE, 0)}"
    sent = channels
    if on.quiet:
        sent = f"CASE WHEN {channels} & {int(on.quiet)} > 0 THEN {channels} + {Gate.DEFERRED << 4} ELSE {channels} END"
    sql = OUTCOME.format(
        coverage=rules.outcome(Gate.COVERAGE, 0),
        suitability=rules.outcome(Gate.SUITABILITY, 0),
        consent=rules.outcome(Gate.CONSENT, 0),
        address=rules.outcome(Gate.ADDRESS, 0),
        advice=advice, suits=suits, wanted=wanted, agreed=agreed, capped=capped, told=told, sent=sent, joins=joins,
        audience=question.audience,
    )  # fmt: skip
    parameters = {
        **question.parameters,
        "event": question.event_id, "shift": on.message_class * 4, "risk": on.risk, "today": question.today,
        "month": question.today.replace(day=1), "daily_cap": on.daily_cap, "monthly_cap": on.monthly_cap,
        "fact_key": question.fact_key, "told_since": question.told_since,
    }  # fmt: skip
    return sql, parameters


def store(question: Question) -> None:
    """Decide the audience into verdict blocks, in the caller's transaction; earlier blocks are replaced."""
    sql, parameters = statement(question)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outreach_verdictblock WHERE event_id = %s", [question.event_id])
        # The sort by client is the whole work besides the scan: keep it in memory for this statement.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(STORE.format(outcome=sql), parameters)
        cursor.execute("SET LOCAL work_mem TO DEFAULT")


def store_facts(event_id: int, sql: str, parameters: Mapping[str, Any]) -> int:
    """Keep what differs by client for those who get something; ``sql`` gives ``(client_id, facts)``."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outreach_personalfact WHERE event_id = %s", [event_id])
        cursor.execute(
            "INSERT INTO outreach_personalfact (event_id, client_id, facts) SELECT %(event)s, f.client_id, f.facts"
            f" FROM ({sql}) f JOIN ({SENDING}) s ON s.id = f.client_id",
            {**parameters, "event": event_id},
        )
        return int(cursor.rowcount)


def facts_digest(event_id: int) -> str:
    """SHA-256 over the personal facts in client order, empty without any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(encode(sha256(convert_to(string_agg(client_id || facts::text, '|' ORDER BY client_id), 'UTF8')), 'hex'), '')"
            " FROM outreach_personalfact WHERE event_id = %s",
            [event_id],
        )
        return str(cursor.fetchone()[0])


def blocks(event_id: int) -> list[tuple[int, np.ndarray]]:
    """``(block, outcomes as uint8)`` of an event in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT block, outcomes FROM outreach_verdictblock WHERE event_id = %s ORDER BY block", [event_id]
        )
        return [(block, np.frombuffer(bytes(data), dtype=np.uint8)) for block, data in cursor.fetchall()]


def counts(found: list[tuple[int, np.ndarray]]) -> dict[int, int]:
    """Outcome byte → number of clients."""
    if not found:
        return {}
    totals = np.bincount(np.concatenate([data for _block, data in found]), minlength=256)
    return {int(byte): int(totals[byte]) for byte in np.flatnonzero(totals)}


def digest(event_id: int) -> str:
    """SHA-256 over the blocks in order, for the ledger: a changed verdict shows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(sha256(coalesce(string_agg(sha256(array_send(client_ids) || outcomes), ''::bytea"
            " ORDER BY block), ''::bytea)), 'hex') FROM outreach_verdictblock WHERE event_id = %s",
            [event_id],
        )
        return str(cursor.fetchone()[0])


def trim_to_budget(event_id: int, allowed: int) -> int:
    """Take the SMS bit from everybody after the first ``allowed`` clients with it, in client order.

    Returns how many lost it. Who keeps another channel keeps it; who has none left gets the gate BUDGET.
    """
    lost = 0
    with connection.cursor() as cursor:
        for block, data in blocks(event_id):
            carries = np.flatnonzero(data & rules.SMS)
            over = carries[max(allowed, 0) :]
            allowed -= len(carries)
            if not len(over):
                continue
            lost += len(over)
            changed = data.copy()
            changed[over] &= 0xFF ^ rules.SMS
            nothing = over[(changed[over] & 15) == 0]
            changed[nothing] = rules.outcome(Gate.BUDGET, 0)
            only_inbox = over[(changed[over] & 15) == rules.INBOX]
            changed[only_inbox] = rules.outcome(Gate.SENT, rules.INBOX)
            cursor.execute(
                "UPDATE outreach_verdictblock SET outcomes = %s WHERE event_id = %s AND block = %s",
                [changed.tobytes(), event_id, block],
            )
    return lost


def outcome_of(event_id: int, client_id: int) -> int | None:
    """The outcome byte of one client, ``None`` when the client was not in the audience."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT get_byte(outcomes, array_position(client_ids, %s::int) - 1) FROM outreach_verdictblock"
            " WHERE event_id = %s AND block = %s AND client_ids @> ARRAY[%s::int]",
            [client_id, event_id, client_id >> BLOCK_BITS, client_id],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def clients_with(event_id: int, bytes_wanted: set[int], after: int, limit: int) -> list[tuple[int, int]]:
    """Up to ``limit`` ``(client id, outcome)`` with one of the bytes, ids above ``after``, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, get_byte(b.outcomes, (t.n - 1)::int) AS outcome FROM outreach_verdictblock b"
            " CROSS JOIN LATERAL unnest(b.client_ids) WITH ORDINALITY AS t(id, n)"
            " WHERE b.event_id = %s AND b.block >= %s AND t.id > %s"
            " AND get_byte(b.outcomes, (t.n - 1)::int) = ANY(%s) ORDER BY b.block, t.n LIMIT %s",
            [event_id, after >> BLOCK_BITS, after, list(bytes_wanted), limit],
        )
        return [(int(client), int(outcome)) for client, outcome in cursor.fetchall()]


def told_since(now: datetime, days: int) -> datetime:
    """From when on an earlier telling of the same fact counts."""
    return now - timedelta(days=days)
