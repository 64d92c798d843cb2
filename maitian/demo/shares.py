"""New shares of the demonstration: one whose money is being chased, one that is over, one that comes.

The companies are invented. Amounts and states are believable: most have paid, some a part, a few nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.outreach.shares import actions
from maitian.outreach.shares.models import Issue

ACTOR = "system:demo"
COMING = ("001388", "禾丰种业", "share", "SZSE", "main", "12.60", 3)
CHASED = ("301699", "云麓智能", "share", "SZSE", "chinext", "28.45", 4)
OVER = ("123260", "晨曦转债", "convertible", "SZSE", "main", "100", 3)


def _back(n: int) -> date:
    """The ``n``-th trading day before today."""
    return business_time.trading_days_before(business_time.today(), n)[0]


def load(copy: Callable[..., None]) -> int:
    """Issues with allotments of about one client in forty; returns how many allotments."""
    today = business_time.today()
    coming = business_time.trading_day_after(today, 1, legal=False)
    made = 0
    for (symbol, name, kind, exchange, board, price, risk), on in (
        (OVER, _back(22)),
        (CHASED, _back(1)),
        (COMING, coming),
    ):
        issue = _issue(symbol, name, kind, exchange, board, price, risk, on)
        if issue.pay_by and on <= today:
            made += _allot(issue, copy)
    actions.fund()
    over = Issue.objects.get(symbol=OVER[0])
    actions.settle(over, over.pay_by + timedelta(seconds=1), rulebook.at())
    return made


def _issue(
    symbol: str, name: str, kind: str, exchange: str, board: str, price: str, risk: int, on: date
) -> Issue:
    try:
        pay_by = actions.deadline(on, rulebook.at())
    except Exception:  # past the calendar's horizon: the demonstration shows a provisional day
        pay_by = datetime.combine(
            on + timedelta(days=2), datetime.min.time(), business_time.SHANGHAI
        ) + timedelta(hours=16)
    fired = [1, 2, 3, 4] if symbol == OVER[0] else []
    return Issue.objects.create(
        symbol=symbol, subscription_code=symbol, name=name, kind=kind, exchange=exchange, board=board, price=Decimal(price), risk=risk,
        subscribe_on=on, pay_by=pay_by, list_on=None, steps_fired=fired, maker=ACTOR, made_at=timezone.now() - timedelta(days=4),
    )  # fmt: skip


def _allot(issue: Issue, copy: Callable[..., None]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.number, a.client_id, a.cash FROM clients_fundaccount a JOIN clients_client c ON c.id = a.client_id"
            " WHERE c.state IN ('active', 'opened') AND (a.client_id %% 40 = %s OR a.client_id <= 3) ORDER BY a.client_id",
            [issue.pk % 40],
        )
        rows: list[tuple[str, int, Any]] = cursor.fetchall()
        # Some have moved their cash into shares: a third has nothing left, a third a part of what is due.
        for n, (number, _client, _cash) in enumerate(rows):
            quantity = 500 if issue.kind == "share" else 10
            due = issue.price * quantity
            share = (Decimal(0), Decimal("0.4"), Decimal(3), Decimal(3), Decimal(3))[n % 5]
            if issue.symbol == CHASED[0] or n % 11 == 0:
                cursor.execute(
                    "UPDATE clients_fundaccount SET cash = %(cash)s, balance = %(cash)s, balance_at = %(now)s WHERE number = %(number)s",
                    {
                        "cash": (due * share).quantize(Decimal("0.01")),
                        "now": timezone.now(),
                        "number": number,
                    },
                )
    at = issue.pay_by - timedelta(hours=22)
    copy(
        "outreach_allotment", "issue_id, client_id, account_number, quantity, due, funded, state, arrived_at, changed_at",
        (
            (issue.pk, client, number, quantity, issue.price * quantity, 0, "open", at, at)
            for number, client, _cash in rows
            for quantity in [500 if issue.kind == "share" else 10]
        ),
    )  # fmt: skip
    return len(rows)
