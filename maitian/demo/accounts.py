"""What happens on the demonstration's accounts: trades at real prices, cash flows, balances, trading permissions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection

from maitian.clients import account_imports

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 60  # trading days with trades


def trades(symbols: list[str], closes: np.ndarray, days: list[date], random: np.random.Generator) -> int:
    """Most active clients trade what they hold, at prices within half a per cent of a real close; returns how many."""
    place = {symbol: i for i, symbol in enumerate(symbols)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.client_id, a.number, a.commission_rate, h.symbol, h.quantity FROM clients_fundaccount a"
            " JOIN clients_client c ON c.id = a.client_id JOIN clients_holding h ON h.client_id = a.client_id"
            " WHERE c.state IN ('active', 'opened') ORDER BY a.number, h.symbol"
        )
        held = cursor.fetchall()
    picked = random.random(len(held)) < 0.32
    rows = []
    for n, (client, number, rate, symbol, quantity) in enumerate(held):
        if not picked[n] or symbol not in place:
            continue
        on = days[-1 - int(random.integers(0, DAYS))]
        price = closes[place[symbol], days.index(on)] / 1000 * (1 + float(random.normal(0, 0.0025)))
        lots = max(1, int(quantity / 100 * float(random.uniform(0.1, 0.6))))
        amount = round(lots * 100 * price, 2)
        minute = int(random.integers(0, 240))
        at = datetime(on.year, on.month, on.day, 9, 30, tzinfo=SHANGHAI) + timedelta(
            minutes=minute + (90 if minute > 120 else 0), seconds=n % 60
        )
        fee = max(5.0, amount * float(rate or 2.4) / 1000)
        rows.append(
            (client, number, at, symbol, "S" if n % 5 == 0 else "B", lots * 100, f"{price:.3f}", f"{amount:.2f}", f"{fee:.2f}", f"T{n:08d}")
        )  # fmt: skip
    _copy(
        "clients_trade", "client_id, account_number, at, symbol, side, quantity, price, amount, commission, reference", rows
    )  # fmt: skip
    return len(rows)


def balances(at: datetime) -> None:
    """The cash of every account is the balance of a moment; the newest flows came after it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_fundaccount SET balance = cash, balance_at = %s", [at - timedelta(days=5)]
        )
        cursor.execute("SELECT number FROM clients_fundaccount")
        account_imports.recompute_cash({row[0] for row in cursor.fetchall()})


def permissions(today: date) -> None:
    """By assets and age of the account, as the exchanges ask; a few margin permissions have ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_tradingpermission (client_id, kind, since, until)"
            " SELECT c.id, k.kind, c.opened_on + k.after, CASE WHEN c.id %% 17 = 3 AND k.kind = 'margin' THEN %s::date - 40 END"
            " FROM clients_client c JOIN (VALUES ('chinext', 100000, 730), ('convertibles', 100000, 735), ('star', 500000, 740),"
            " ('beijing', 500000, 900), ('hk_connect', 500000, 400), ('margin', 500000, 200), ('options', 2000000, 250))"
            " AS k(kind, assets, after) ON c.assets >= k.assets AND c.opened_on + k.after < %s::date - 60 AND (c.id + length(k.kind)) %% 3 > 0",
            [today, today],
        )


def _copy(table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)
