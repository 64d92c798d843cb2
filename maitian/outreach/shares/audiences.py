"""Audiences of new shares: who may subscribe, who is short of money, who was allotted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.outreach.audiences import COMMON, SERVED, Audience, Facts, Sql, register, served
from maitian.outreach.shares import rules

MONEY = "'FM999,999,999,990.00'"

# Amounts of one client over his accounts, with the defaults of the last twelve months.
SHORT = f"""
SELECT a.client_id, jsonb_build_object(
         'quantity', to_char(sum(a.quantity), 'FM999,999,999'),
         'due', to_char(sum(a.due), {MONEY}),
         'funded', to_char(sum(a.funded), {MONEY}),
         'missing', to_char(sum(a.due - a.funded), {MONEY}),
         'warning', (%(warnings)s::text[])[1 + least(coalesce(max(d.n), 0), %(limit)s - 1)::int]) AS facts
  FROM outreach_allotment a
  LEFT JOIN (SELECT client_id, count(*) AS n FROM outreach_default WHERE "on" >= %(since)s GROUP BY 1) d ON d.client_id = a.client_id
 WHERE a.issue_id = %(issue)s AND a.state = 'open' {{narrow}}
 GROUP BY a.client_id
"""


def _short(facts: Facts) -> Sql:
    return (
        served(
            "c.id IN (SELECT client_id FROM outreach_allotment WHERE issue_id = %(issue)s AND state = 'open')"
        ),
        {"served": list(SERVED), "issue": facts["issue_id"]},
    )


def _parameters(facts: Facts) -> dict[str, Any]:
    values = rulebook.at()
    limit, days = values.get("outreach.chase.defaults"), values.get("outreach.chase.ban_days")
    return {
        "issue": facts["issue_id"], "limit": limit, "since": rules.year_before(business_time.today()),
        "warnings": [rules.warning(count, limit, days) for count in range(limit)],
    }  # fmt: skip


def _short_facts(facts: Facts) -> Sql:
    return SHORT.format(narrow=""), _parameters(facts)


def _still_short(facts: Facts, clients: Sequence[int]) -> Sql:
    """At hand-over: who still lacks money, and how much now."""
    return SHORT.format(narrow="AND a.client_id = ANY(%(clients)s)"), {
        **_parameters(facts),
        "clients": list(clients),
    }


def _allotted(facts: Facts) -> Sql:
    return (
        served(
            "c.id IN (SELECT client_id FROM outreach_allotment WHERE issue_id = %(issue)s AND state IN ('funded', 'paid'))"
        ),
        {"served": list(SERVED), "issue": facts["issue_id"]},
    )


def _allotted_facts(facts: Facts) -> Sql:
    return (
        "SELECT client_id, jsonb_build_object('quantity', to_char(sum(quantity), 'FM999,999,999')) AS facts"
        " FROM outreach_allotment WHERE issue_id = %(issue)s AND state IN ('funded', 'paid') GROUP BY client_id",
        {"issue": facts["issue_id"]},
    )


def _may_subscribe(facts: Facts) -> Sql:
    """Average market value of the issue's exchange over the rulebook's trading days, the board's permission, no ban.

    The holdings are those of now, the prices those of the days: the branch has no daily snapshot of holdings.
    """
    values = rulebook.at()
    return (
        served("""c.id IN (
             SELECT h.client_id FROM clients_holding h
               JOIN clients_security s ON s.symbol = h.symbol AND s.exchange = %(exchange)s
               JOIN (SELECT symbol, avg(close) AS close FROM clients_price WHERE day = ANY(%(days)s) GROUP BY symbol) p
                 ON p.symbol = h.symbol
              WHERE h.quantity > 0 GROUP BY h.client_id HAVING sum(h.quantity * p.close) >= %(least)s)
           AND (%(permission)s::text IS NULL OR EXISTS (SELECT 1 FROM clients_tradingpermission p WHERE p.client_id = c.id
                AND p.kind = %(permission)s AND p.since <= %(today)s AND (p.until IS NULL OR p.until >= %(today)s)))
           AND NOT EXISTS (SELECT 1 FROM outreach_default d WHERE d.client_id = c.id AND d."on" > %(banned_since)s
                AND (SELECT count(*) FROM outreach_default e WHERE e.client_id = d.client_id AND e."on" <= d."on"
                      AND e."on" > d."on" - interval '1 year') >= %(limit)s)"""),
        {
            "served": list(SERVED), "exchange": facts["exchange"], "permission": facts.get("permission"), "today": business_time.today(), "least": values.get("outreach.shares.least_value"),
            "days": business_time.trading_days_before(business_time.today(), values.get("outreach.shares.average_days")),
            "banned_since": business_time.today() - _days(values.get("outreach.chase.ban_days") + 1),
            "limit": values.get("outreach.chase.defaults"),
        },
    )  # fmt: skip


def _days(n: int) -> Any:
    from datetime import timedelta

    return timedelta(days=n)


register(
    "short_of_money",
    Audience(
        "中签后还缺款的客户",
        "Allotted clients whose money is not all there",
        _short,
        COMMON | {"issue", "symbol", "deadline", "link"},
        frozenset({"quantity", "due", "funded", "missing", "warning"}),
        _short_facts,
        _still_short,
    ),
)
register(
    "allotted",
    Audience(
        "中签并缴款的客户",
        "Clients who were allotted and have paid",
        _allotted,
        COMMON | {"issue", "symbol", "date", "link"},
        frozenset({"quantity"}),
        _allotted_facts,
    ),
)
register(
    "may_subscribe",
    Audience(
        "可以申购的客户（市值够、没有受限）",
        "Clients who may subscribe (market value, no ban)",
        _may_subscribe,
        COMMON | {"issue", "symbol", "subscription_code", "price", "board", "risk", "date", "link"},
    ),
)
