"""What the ledger tells campaigns: single clients did something, or a file brought trades and cash flows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from maitian.core import rulebook
from maitian.core.models import LedgerEntry
from maitian.outreach.campaigns import advance, goals
from maitian.outreach.campaigns.models import Campaign

LEAVING = frozenset({"consent.withdrawn", "client.moved"})
RUNS = {"trades.arrived": "clients_trade", "cash_flows.arrived": "clients_cashflow"}
KINDS = set(LEAVING).union(*(goal.wakes for goal in goals.goals()))


def look(rows: Sequence[LedgerEntry]) -> None:
    """Measure the goals that these rows can have fulfilled, and let go whoever wants out. Bears repetition."""
    now = timezone.now()
    clients: dict[str, set[int]] = {}
    for row in rows:
        if row.client_id is not None:
            clients.setdefault(row.kind, set()).add(row.client_id)
    for kind, table in RUNS.items():
        runs = [int(row.object_id) for row in rows if row.kind == kind and row.object_id.isdigit()]
        if runs:
            clients[kind] = _of_runs(table, runs)
    wanting_out = sorted(set().union(*(clients.get(kind, set()) for kind in LEAVING)))
    late = timedelta(days=rulebook.at(now).outreach.campaign.late_days)
    for campaign in Campaign.objects.filter(Q(state__in=["running", "paused"]) | Q(ended_at__gte=now - late)):
        goal = goals.goal_of(campaign.definition)
        woken = set().union(*(clients.get(kind, set()) for kind in goal.wakes)) if goal else set()
        if woken:
            advance.measure(campaign.pk, sorted(woken))
        if wanting_out and not campaign.over:
            advance.leave(campaign.pk, wanting_out)


def _of_runs(table: str, runs: Sequence[int]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT client_id FROM {table} WHERE run_id = ANY(%s)", [list(runs)])
        return {int(client) for (client,) in cursor.fetchall()}
