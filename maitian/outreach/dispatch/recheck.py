"""Asked once more at hand-over: what can have changed since the decision, for a batch, by few statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from maitian.core import rulebook
from maitian.core.columns import numbers
from maitian.core.privacy import decrypt_many
from maitian.core.sql import binary_rows
from maitian.core.time import shanghai
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.dispatch.claims import Claim


def withheld(claim: Claim, clients: Sequence[int]) -> dict[int, str]:
    """Client → the gate that stops the text now: ``expired``, ``closed``, ``consent``, ``address``, ``settled``."""
    if claim.expires_at is not None and claim.expires_at <= timezone.now():
        return dict.fromkeys(clients, "expired")
    found: dict[int, str] = {}
    bit = 1 << claim.channel
    consent = bit << (claim.message_class * 4) if claim.legal_basis == "consent" else 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, CASE WHEN state = 'closed' THEN 'closed' WHEN consent_bits & %s <> %s THEN 'consent' ELSE 'address' END"
            " FROM clients_client WHERE id = ANY(%s::bigint[])"
            " AND (consent_bits & %s <> %s OR address_bits & %s = 0 OR state = 'closed')",
            [consent, consent, numbers(clients), consent, consent, bit],
        )
        found.update(cursor.fetchall())
    still = AUDIENCES[claim.audience].still
    if still is not None:
        found.update(_no_longer(claim, [c for c in clients if c not in found], *still(claim.facts, clients)))
    return found


def _no_longer(claim: Claim, clients: Sequence[int], sql: str, parameters: dict[str, Any]) -> dict[int, str]:
    """Who no longer needs the text; for the others what is true now replaces what was decided on."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        now = {
            client: facts if isinstance(facts, str) else json.dumps(facts)
            for client, facts in cursor.fetchall()
        }
        cursor.execute(
            "UPDATE outreach_personalfact p SET facts = n.facts::jsonb FROM unnest(%s::bigint[], %s::text[]) AS n(client_id, facts)"
            " WHERE p.event_id = %s AND p.client_id = n.client_id AND p.facts <> n.facts::jsonb",
            [list(now), list(now.values()), claim.event_id],
        )
    return dict.fromkeys((client for client in clients if client not in now), "settled")


def take_quota(clients: Sequence[int]) -> set[int]:
    """Count one commercial text for each client who is under the caps; returns who was. Exact with many workers."""
    values = rulebook.at()
    day = shanghai(timezone.now()).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_contactcount AS n (client_id, day, day_count, month_count)"
            " SELECT id, %(day)s, 1, 1 FROM unnest(%(ids)s::bigint[]) AS id ORDER BY id"
            " ON CONFLICT (client_id) DO UPDATE SET"
            " day_count = CASE WHEN n.day = excluded.day THEN n.day_count + 1 ELSE 1 END,"
            " month_count = CASE WHEN n.day >= %(month)s THEN n.month_count + 1 ELSE 1 END, day = excluded.day"
            " WHERE (n.day <> excluded.day OR n.day_count < %(day_cap)s) AND (n.day < %(month)s OR n.month_count < %(month_cap)s)"
            " RETURNING client_id",
            {
                "ids": numbers(clients), "day": day, "month": day.replace(day=1),
                "day_cap": values.get("outreach.caps.commercial_day"), "month_cap": values.get("outreach.caps.commercial_month"),
            },
        )  # fmt: skip
        return {row[0] for row in cursor.fetchall()}


def give_quota_back(clients: Sequence[int], day: date) -> None:
    """Texts that did not go out do not count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_contactcount SET day_count = greatest(0, day_count - 1), month_count = greatest(0, month_count - 1)"
            " WHERE client_id = ANY(%s) AND day = %s",
            [list(clients), day],
        )


def addresses(clients: Sequence[int], kind: str) -> dict[int, str]:
    """Client → the plain number or mailbox; who has none that works is not in it. Never log or store them."""
    return decrypt_many(
        binary_rows(
            "SELECT client_id, value FROM clients_contactpoint WHERE client_id = ANY(%s::bigint[]) AND kind = %s::text"
            ' AND "primary" AND bounced_at IS NULL',
            [numbers(clients), kind],
        )
    )
