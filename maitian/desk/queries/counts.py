"""Counts that cost the same at any size: exact ones from the counters, capped ones from an index."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from maitian.desk import catalog
from maitian.desk.models import Clock
from maitian.desk.queries.access import NOT_NAMED, scopes
from maitian.desk.queries.lists import SOON, CaseList, Filters
from maitian.desk.queries.page import mark_provisional
from maitian.desk.rules.clocks import NEVER, SHOWN, ClockState
from maitian.desk.rules.states import WAITING, WORKING, State
from maitian.staff.models import Centre, Member

MOST = 1000
COUNTED = """
SELECT team, owner_id, kind_id, state, sum(number) FROM (
  SELECT team, owner_id, kind_id, state, number FROM desk_casecount WHERE branch_id = %s AND state NOT IN ('closed', 'merged')
  UNION ALL
  SELECT team, owner_id, kind_id, state, number FROM desk_casecountchange WHERE branch_id = %s AND state NOT IN ('closed', 'merged')
) AS counted GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0
"""


def counted(branch_id: int) -> list[tuple[str, int, int, str, int]]:
    """(team, owner or 0, kind, state, number) of everything that is not closed, exact at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [branch_id, branch_id])
        return [(r[0], r[1], r[2], r[3], int(r[4])) for r in cursor.fetchall()]


OF_CLIENTS = """
SELECT count(*) FILTER (WHERE is_open), count(*) FILTER (WHERE is_open AND next_due_at < %s),
       count(*) FILTER (WHERE is_open AND next_due_at >= %s AND next_due_at < %s), count(*) FILTER (WHERE is_open AND owner_id = %s),
       count(*) FILTER (WHERE is_open AND responsible_id = %s), count(*) FILTER (WHERE state IN ('waiting_client', 'waiting_others')),
       count(*) FILTER (WHERE is_open AND kind_id = ANY(%s)), count(*) FILTER (WHERE state = 'resolved') FROM (
"""
COUNTED_TOGETHER = ("open", "late", "soon", "mine", "answer", "waiting", "complaints", "resolved")


def _of_clients(member: Member, now: datetime) -> dict[str, tuple[int, bool]]:
    """For those who see their clients' cases and no centre's: everything that is not closed looked at once, every view
    counted. Clients' cases are found client by client, which is the dear part; one's own by their own indexes."""
    complaints = [k.pk for k in catalog.kinds().values() if k.complaint]
    parts: list[str] = []
    params: list[Any] = [now, now, now + SOON, member.pk, member.pk, complaints]
    columns = "c.id, {due} AS next_due_at, c.owner_id, c.responsible_id, c.state, c.kind_id, c.is_open FROM desk_case c"
    for sql, scope_params in scopes(member):
        wanted = (
            [("c.next_due_at", "(c.is_open OR c.state = 'resolved')")]
            if "client_id" in sql
            else [
                ("c.next_due_at", "c.is_open"),
                ("timestamptz '9999-01-01 00:00+00'", "c.state = 'resolved'"),
            ]
        )
        for due, state in wanted:
            parts.append(f"SELECT {columns.format(due=due)} WHERE {sql} AND {state} AND {NOT_NAMED}")
            params += [*scope_params, member.pk]
    with connection.cursor() as cursor:
        cursor.execute(f"{OF_CLIENTS} {' UNION '.join(parts)}) AS mine", params)
        found = cursor.fetchone() or (0,) * len(COUNTED_TOGETHER)
    return {view: (int(number), False) for view, number in zip(COUNTED_TOGETHER, found, strict=True)}


def counts(member: Member, views: tuple[str, ...], now: datetime) -> dict[str, tuple[int, bool]]:
    """View → (number, whether there are more than that). Account managers' and advisers' own views are counted in one
    reading of their clients' open cases. For the others late and soon are counted in the index up to 1,000, and the
    rest comes exact from the counters."""
    if member.role in ("account_manager", "adviser"):
        mine = _of_clients(member, now)
        return {view: mine.get(view) or capped(member, Filters(view=view), now) for view in views}
    exact: Counter[str] | None = None
    found: dict[str, tuple[int, bool]] = {}
    whole = member.role in ("branch_manager", "compliance_officer")
    for view in views:
        if view in ("late", "soon", "answer") or (view not in ("mine", "queue", "team") and not whole):
            found[view] = capped(member, Filters(view=view), now)
            continue
        if exact is None:
            exact = _by_view(member)
        found[view] = exact[view], False
    return found


def _by_view(member: Member) -> Counter[str]:
    """How many of the branch's cases each view holds, from the counters in one reading."""
    complaints = {k.pk for k in catalog.kinds().values() if k.complaint}
    found: Counter[str] = Counter()
    for team, owner, kind, state, number in counted(member.branch_id):
        if state == State.RESOLVED:
            found["resolved"] += number
        if state not in WORKING:
            continue
        found["open"] += number
        if owner == member.pk:
            found["mine"] += number
        if team == member.centre:
            found["team"] += number
            found["queue"] += number if owner == 0 else 0
        if kind in complaints:
            found["complaints"] += number
        if state in WAITING:
            found["waiting"] += number
    return found


def capped(member: Member, filters: Filters, now: datetime) -> tuple[int, bool]:
    """How many a list has, counted up to 1,000."""
    number = CaseList(member, filters, now).count(MOST + 1)
    return min(number, MOST), number > MOST


def board(member: Member, now: datetime) -> list[dict[str, Any]]:
    """For each centre that the member may see: its open work by state, its queue, its people, what is late."""
    whole = member.role in ("branch_manager", "compliance_officer")
    teams: dict[str, dict[str, Any]] = {}
    for code, label in Centre.choices:
        if whole or code == member.centre:
            teams[code] = {
                "code": code,
                "label": label,
                "open": 0,
                "queue": 0,
                "waiting": 0,
                "resolved": 0,
                "people": defaultdict(int),
            }
    for team, owner, _kind, state, number in counted(member.branch_id):
        if team not in teams:
            continue
        row = teams[team]
        if state == State.RESOLVED:
            row["resolved"] += number
        elif state in WORKING:
            row["open"] += number
            row["people"][owner] += number
            row["waiting"] += number if state in WAITING else 0
            row["queue"] += number if owner == 0 else 0
    names = {
        m.pk: m for m in Member.objects.filter(pk__in={o for t in teams.values() for o in t["people"] if o})
    }
    late = _late_by_owner(member.branch_id, list(teams), now)
    coming = _coming(member, list(teams), now)
    for code, row in teams.items():
        row["coming"] = coming.get(code)
        row["late"] = sum(n for (team, _owner), n in late.items() if team == code)
        row["people"] = sorted(
            (
                {"member": names.get(owner), "open": number, "late": late.get((code, owner), 0)}
                for owner, number in row["people"].items()
                if number
            ),
            key=lambda person: (-person["late"], -person["open"]),
        )
    return [teams[code] for code in teams]


def _coming(member: Member, teams: list[str], now: datetime) -> dict[str, Clock]:
    """The next deadline of each centre, with its case; none of a case that names the member."""
    with connection.cursor() as cursor:
        cursor.execute(COMING, [teams, member.branch_id, now, NEVER, member.pk])
        cases = {row[1]: row[0] for row in cursor.fetchall()}
    clocks = Clock.objects.filter(case_id__in=cases, kind__in=SHOWN, stopped_at=None, due_at__gte=now).exclude(state=ClockState.CANCELLED)  # fmt: skip
    nearest: dict[str, Clock] = {}
    for clock in mark_provisional(list(clocks.select_related("case").order_by("-due_at"))):
        nearest[cases[clock.case_id]] = clock
    return nearest


COMING = f"""
SELECT t.team, next.id FROM unnest(%s::text[]) AS t(team) CROSS JOIN LATERAL (
  SELECT c.id FROM desk_case c WHERE c.team = t.team AND c.branch_id = %s AND c.is_open AND c.next_due_at >= %s AND c.next_due_at < %s
    AND {NOT_NAMED}
  ORDER BY c.next_due_at, c.id LIMIT 1) AS next
"""


def _late_by_owner(
    branch_id: int, teams: list[str], now: datetime, most: int = 20_000
) -> dict[tuple[str, int], int]:
    """(team, owner or 0) → late cases; at most 20,000 are looked at, the latest-due last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT team, coalesce(owner_id, 0), count(*) FROM (SELECT team, owner_id FROM desk_case WHERE branch_id = %s AND is_open"
            " AND next_due_at < %s AND team = ANY(%s) ORDER BY next_due_at LIMIT %s) AS late GROUP BY 1, 2",
            [branch_id, now, teams, most],
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


@transaction.atomic
def fold() -> int:
    """Fold the changes into the counters; returns how many rows were folded. Two at once share the work."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM desk_casecountchange RETURNING branch_id, team, owner_id, kind_id, state, number),"
            " summed AS (SELECT branch_id, team, owner_id, kind_id, state, sum(number) AS number FROM gone GROUP BY 1, 2, 3, 4, 5),"
            " kept AS (INSERT INTO desk_casecount AS c (branch_id, team, owner_id, kind_id, state, number) SELECT * FROM summed"
            " ORDER BY 1, 2, 3, 4, 5 ON CONFLICT (branch_id, team, owner_id, kind_id, state) DO UPDATE SET number = c.number + excluded.number)"
            " SELECT count(*) FROM gone"
        )
        found = cursor.fetchone()
        cursor.execute("DELETE FROM desk_casecount WHERE number = 0")
    return int(found[0]) if found else 0
