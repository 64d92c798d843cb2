"""Finding records of one person: one statement for a whole branch, the same question for one record at once.

What two records share is read from blind tokens; no name or number is decrypted. A number that many records share
tells nothing and is left out. Pairs that a person dismissed stay dismissed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maitian.clients.duplicate_rules import AGAINST, FOR, Evidence
from maitian.core import rulebook

# Two records that share a phone or an e-mail. {one} bounds the work to one record; the counts are of living records.
SHARED_BY_ALL = """
  WITH living AS (
    SELECT k.kind, k.value_token, k.client_id FROM clients_contactpoint k JOIN clients_client c ON c.id = k.client_id
     WHERE c.branch_id = %(branch)s AND c.merged_into_id IS NULL GROUP BY 1, 2, 3),
   telling AS (SELECT kind, value_token FROM living GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND %(most)s)
  SELECT a.client_id AS a, b.client_id AS b, CASE a.kind WHEN 'phone' THEN 1 ELSE 2 END AS evidence
    FROM telling t JOIN living a USING (kind, value_token) JOIN living b USING (kind, value_token)
   WHERE a.client_id < b.client_id
"""
SHARED_BY_ONE = """
  SELECT least(a.client_id, b.client_id) AS a, greatest(a.client_id, b.client_id) AS b,
         CASE a.kind WHEN 'phone' THEN 1 ELSE 2 END AS evidence
    FROM clients_contactpoint a JOIN clients_contactpoint b ON b.value_token = a.value_token AND b.kind = a.kind
   WHERE a.client_id = %(client)s AND b.client_id <> a.client_id
     AND (SELECT count(DISTINCT x.client_id) FROM clients_contactpoint x JOIN clients_client c ON c.id = x.client_id
           WHERE x.value_token = a.value_token AND x.kind = a.kind AND c.branch_id = %(branch)s
             AND c.merged_into_id IS NULL) <= %(most)s
"""
NAMED_ALL = """
  SELECT p.client_id, q.client_id, 4 FROM clients_personaldata p
    JOIN clients_personaldata q ON q.name_token = p.name_token AND q.birthday = p.birthday AND p.client_id < q.client_id
"""
NAMED_ONE = """
  SELECT least(p.client_id, q.client_id), greatest(p.client_id, q.client_id), 4 FROM clients_personaldata p
    JOIN clients_personaldata q ON q.name_token = p.name_token AND q.birthday = p.birthday AND q.client_id <> p.client_id
   WHERE p.client_id = %(client)s
"""
# Two account numbers of one length that differ in one place, or by two neighbours swapped.
SIMILAR = """
  length({a}) = length({b}) AND {a} <> {b} AND (
    (SELECT count(*) FROM generate_series(1, length({a})) g(i) WHERE substr({a}, g.i, 1) <> substr({b}, g.i, 1)) = 1
    OR EXISTS (SELECT 1 FROM generate_series(1, length({a}) - 1) g(i)
                WHERE overlay({a} placing reverse(substr({a}, g.i, 2)) from g.i for 2) = {b}))
"""
# Such a difference lies in the left half, in the right half, or on the middle: one of three parts is the same in both
# numbers, so only accounts of one name that share a part are compared sign by sign.
PARTS = """
  SELECT p.name_token, f.client_id, f.number, v.part
    FROM clients_fundaccount f JOIN clients_personaldata p ON p.client_id = f.client_id
   CROSS JOIN LATERAL (SELECT length(f.number) AS n, length(f.number) / 2 AS half) m
   CROSS JOIN LATERAL (VALUES (m.n || 'l' || left(f.number, m.half)), (m.n || 'r' || substr(f.number, m.half + 1)),
                              (m.n || 'm' || left(f.number, m.half - 1) || '.' || substr(f.number, m.half + 2))) v(part)
   WHERE p.name_token IS NOT NULL
"""
ACCOUNTS_ALL = f"""
  WITH parts AS MATERIALIZED ({PARTS})
  SELECT x.client_id, y.client_id, 8 FROM parts x JOIN parts y ON y.name_token = x.name_token AND y.part = x.part
   WHERE x.client_id < y.client_id AND {SIMILAR.format(a="x.number", b="y.number")}
"""
ACCOUNTS_ONE = f"""
  SELECT least(x.client_id, y.client_id), greatest(x.client_id, y.client_id), 8
    FROM clients_fundaccount x JOIN clients_personaldata p ON p.client_id = x.client_id
    JOIN clients_personaldata q ON q.name_token = p.name_token AND q.client_id <> p.client_id
    JOIN clients_fundaccount y ON y.client_id = q.client_id
   WHERE x.client_id = %(client)s AND {SIMILAR.format(a="x.number", b="y.number")}
"""

# OFFSET 0 keeps each look-up one of its own: few pairs are found, whatever the planner believes, and it must not read
# all clients for them.
SCORED = """
WITH found AS MATERIALIZED ({found}),
 pairs AS MATERIALIZED (SELECT a, b, bit_or(evidence) AS evidence FROM found GROUP BY a, b),
 judged AS (
  SELECT n.a, n.b, n.evidence
         | CASE WHEN p.name_token = q.name_token THEN 16 ELSE 0 END
         | CASE WHEN p.id_form = 1 AND q.id_form = 1 THEN 32 ELSE 0 END
         | CASE WHEN p.birthday <> q.birthday THEN 64 ELSE 0 END
         | CASE WHEN p.gender <> q.gender AND p.gender <> '' AND q.gender <> '' THEN 128 ELSE 0 END AS evidence
    FROM pairs n
   CROSS JOIN LATERAL ({record_a}) p
   CROSS JOIN LATERAL ({record_b}) q
   WHERE p.institution = q.institution),
 scored AS (SELECT a, b, evidence, greatest(0, least(100, {points})) AS score FROM judged)
"""
RECORD = """
  SELECT c.institution, d.name_token, d.id_form, d.birthday, d.gender FROM clients_client c
    JOIN clients_personaldata d ON d.client_id = c.id
   WHERE c.id = {id} AND c.branch_id = %(branch)s AND c.merged_into_id IS NULL OFFSET 0
"""
STORE = """,
 kept AS (
  INSERT INTO clients_duplicatepair AS d (first_id, second_id, evidence, score, state, found_at, seen_at)
  SELECT a, b, evidence, score, 'open', %(now)s, %(now)s FROM scored WHERE score >= %(least)s
  ON CONFLICT (first_id, second_id) DO UPDATE SET evidence = excluded.evidence, score = excluded.score,
     seen_at = excluded.seen_at
  RETURNING d.found_at = %(now)s AS fresh),
 gone AS (
  DELETE FROM clients_duplicatepair d USING clients_client c
   WHERE d.state = 'open' AND c.id = d.first_id AND c.branch_id = %(branch)s AND {bound}
     AND NOT EXISTS (SELECT 1 FROM scored s WHERE s.a = d.first_id AND s.b = d.second_id AND s.score >= %(least)s)
  RETURNING 1)
SELECT (SELECT count(*) FROM kept WHERE fresh), (SELECT count(*) FROM kept), (SELECT count(*) FROM gone)
"""


@dataclass(frozen=True)
class Candidate:
    """Another record that may be of the same person."""

    client_id: int
    evidence: int
    score: int


@dataclass(frozen=True)
class Found:
    """What a run changed: new pairs, all pairs that stand, open pairs that no longer do."""

    fresh: int
    standing: int
    gone: int


def _question(branch_id: int, client_id: int | None) -> tuple[str, dict[str, Any]]:
    rules = rulebook.at().duplicates
    parts = (
        (SHARED_BY_ALL, NAMED_ALL, ACCOUNTS_ALL)
        if client_id is None
        else (SHARED_BY_ONE, NAMED_ONE, ACCOUNTS_ONE)
    )
    parameters: dict[str, Any] = {
        "branch": branch_id, "client": client_id, "most": rules.most_sharing, "least": rules.least, "now": timezone.now(),
    }  # fmt: skip
    points = []
    for table, sign, weights in ((FOR, "+", rules.weights), (AGAINST, "-", rules.against)):
        for flag, name in table.items():
            parameters[f"w{flag.value}"] = weights[name]
            points.append(f"{sign} CASE WHEN evidence & {flag.value} > 0 THEN %(w{flag.value})s ELSE 0 END")
    found = " UNION ALL ".join(f"({part})" for part in parts)
    sql = SCORED.format(
        found=found,
        points="0 " + " ".join(points),
        record_a=RECORD.format(id="n.a"),
        record_b=RECORD.format(id="n.b"),
    )
    return sql, parameters


@transaction.atomic
def find(branch_id: int, client_id: int | None = None) -> Found:
    """Look over a whole branch, or at one record, and keep what was found. A run twice changes nothing."""
    sql, parameters = _question(branch_id, client_id)
    bound = "true" if client_id is None else "%(client)s IN (d.first_id, d.second_id)"
    with connection.cursor() as cursor:
        # Two runs at once would wait for each other's rows in different orders.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('clients.duplicates'))")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql + STORE.format(bound=bound), parameters)
        fresh, standing, gone = cursor.fetchone()
        cursor.execute("SET LOCAL work_mem TO DEFAULT")
    return Found(fresh, standing, gone)


def candidates(branch_id: int, client_id: int) -> list[Candidate]:
    """Records that may be of the same person as this one, as it stands now; dismissed ones left out. Writes nothing."""
    sql, parameters = _question(branch_id, client_id)
    with connection.cursor() as cursor:
        cursor.execute(
            sql + " SELECT CASE WHEN a = %(client)s THEN b ELSE a END, evidence, score FROM scored s"
            " WHERE score >= %(least)s AND NOT EXISTS (SELECT 1 FROM clients_duplicatepair d WHERE d.first_id = s.a"
            " AND d.second_id = s.b AND d.state = 'dismissed') ORDER BY score DESC, 1 LIMIT 10",
            parameters,
        )
        return [
            Candidate(int(other), int(evidence), int(points)) for other, evidence, points in cursor.fetchall()
        ]


ALL_EVIDENCE = sum(Evidence)
