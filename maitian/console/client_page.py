"""The client page as one SQL statement: everything is put together in the database and comes as JSON.

Measured against five separate queries by ``maitian bench client-page``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

PAGE = """
SELECT json_build_object(
  'accounts', (SELECT coalesce(json_agg(json_build_object('number', a.number, 'cash', a.cash, 'rate', a.commission_rate,
      'opened_on', a.opened_on, 'balance_at', a.balance_at) ORDER BY a.number), '[]') FROM clients_fundaccount a WHERE a.client_id = c.id),
  'holdings', (SELECT coalesce(json_agg(h ORDER BY h.value DESC), '[]') FROM (
      SELECT h.symbol, s.name, s.industry, h.quantity, h.cost, p.close, q.close AS before,
             round(h.quantity * p.close, 2) AS value
        FROM clients_holding h JOIN clients_security s ON s.symbol = h.symbol
        LEFT JOIN LATERAL (SELECT close, day FROM clients_price p WHERE p.symbol = h.symbol ORDER BY day DESC LIMIT 1) p ON true
        LEFT JOIN LATERAL (SELECT close FROM clients_price q WHERE q.symbol = h.symbol AND q.day < p.day ORDER BY day DESC LIMIT 1) q ON true
       WHERE h.client_id = c.id AND h.quantity > 0 ORDER BY h.quantity * p.close DESC NULLS LAST LIMIT 30) h),
  'trades', (SELECT coalesce(json_agg(t ORDER BY t.at DESC, t.id DESC), '[]') FROM (
      SELECT t.id, t.at, t.symbol, s.name, t.side, t.quantity, t.price, t.amount FROM clients_trade t
        LEFT JOIN clients_security s ON s.symbol = t.symbol WHERE t.client_id = c.id ORDER BY t.at DESC LIMIT 6) t),
  'permissions', (SELECT coalesce(json_agg(json_build_object('id', p.id, 'kind', p.kind, 'since', p.since, 'until', p.until)
      ORDER BY p.until NULLS FIRST, p.kind), '[]') FROM clients_tradingpermission p WHERE p.client_id = c.id),
  'ledger', (SELECT coalesce(json_agg(l ORDER BY l.number DESC), '[]') FROM (
      SELECT number, at, actor, kind, facts FROM core_ledger WHERE client_id = ANY(%(records)s) ORDER BY number DESC LIMIT 20) l),
  'messages', (SELECT coalesce(json_agg(m), '[]') FROM (
      SELECT m.event_id, m.channel, m.at, m.state, e.title FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id
       WHERE m.client_id = ANY(%(records)s) ORDER BY m.at DESC LIMIT 20) m),
  'contacts', (SELECT coalesce(json_agg(json_build_object('kind', k.kind, 'bounced', k.bounced_at IS NOT NULL,
      'value', encode(k.value, 'base64'))), '[]') FROM clients_contactpoint k WHERE k.client_id = c.id AND k."primary"),
  'preferences', (SELECT coalesce(json_agg(json_build_object('key', f.key, 'value', f.value)), '[]')
      FROM clients_preference f WHERE f.client_id = c.id),
  'coverage', (SELECT coalesce(json_agg(json_build_object('kind', v.kind, 'name', w.name, 'name_en', w.name_en, 'since', v.since,
      'phone', w.phone)), '[]') FROM clients_coverage v JOIN staff_member w ON w.id = v.member_id
      WHERE v.client_id = c.id AND v.until IS NULL),
  'follows', (SELECT coalesce(json_agg(w.what), '[]') FROM clients_follow w WHERE w.client_id = c.id),
  'tested', (SELECT json_build_object('score', t.score, 'at', t.at, 'valid_until', t.valid_until) FROM clients_assessment t
      WHERE t.client_id = c.id ORDER BY t.at DESC LIMIT 1),
  'change', (SELECT json_build_object('id', g.id, 'name', l.name, 'name_en', l.name_en, 'due_at', g.due_at, 'state', g.state)
      FROM offerings_levelchange g JOIN offerings_servicelevel l ON l.id = g.to_level_id
      WHERE g.client_id = c.id AND g.state IN ('applied', 'approved') ORDER BY g.applied_at DESC LIMIT 1)
)::text
FROM clients_client c WHERE c.id = %(client)s
"""


def load(client_id: int, records: Sequence[int] = ()) -> dict[str, Any]:
    """Everything on the page besides the client's own row; access is checked before (``get_visible``).

    ``records`` are the client's and those merged into it, for what never moves.
    """
    with connection.cursor() as cursor:
        cursor.execute(PAGE, {"client": client_id, "records": list(records) or [client_id]})
        row = cursor.fetchone()
    return dict(json.loads(row[0])) if row else {}


def history(
    records: Sequence[int], before: int | None, limit: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One page of the timeline of a client's records: ledger rows with numbers below ``before``, and the messages of the time they span.

    The first page has every message newer than its oldest row, the last one every message older than its newest.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH rows AS (
              SELECT number, at, actor, kind, facts FROM core_ledger
               WHERE client_id = ANY(%(records)s) AND (%(before)s::bigint IS NULL OR number < %(before)s)
               ORDER BY number DESC LIMIT %(limit)s),
            span AS (
              SELECT CASE WHEN count(*) < %(limit)s THEN '-infinity'::timestamptz ELSE min(at) END AS low,
                     (SELECT min(at) FROM core_ledger WHERE client_id = ANY(%(records)s) AND number = %(before)s) AS high
                FROM rows),
            sent AS (
              SELECT m.event_id, m.channel, m.at, m.state, e.title
                FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id, span s
               WHERE m.client_id = ANY(%(records)s) AND m.at >= s.low AND (s.high IS NULL OR m.at < s.high)
               ORDER BY m.at DESC LIMIT 200)
            SELECT (SELECT coalesce(json_agg(r ORDER BY r.number DESC), '[]') FROM rows r)::text,
                   (SELECT coalesce(json_agg(s ORDER BY s.at DESC), '[]') FROM sent s)::text
            """,
            {"records": list(records), "before": before, "limit": limit},
        )
        rows, sent = cursor.fetchone() or ("[]", "[]")
    return json.loads(rows), json.loads(sent)
