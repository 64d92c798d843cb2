"""Imports of what lies and happens on fund accounts: holdings, balances, cash flows, trades, trading permissions.

A row is of an account; whose record that is, is asked when it is stored, for an account may have moved to another record
between checking and storing (``merging``).

``cash`` of an account is its last imported balance and the flows after that moment. It is computed anew for every
account that a file touches, so that the same file again, an older balance or a late flow never counts twice.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from maitian.clients.importers import (
    Importer,
    Row,
    RowWrong,
    current_run,
    day,
    digits,
    known_symbols,
    merge,
    moment,
    need,
    number,
    register,
    symbol,
    text,
    whole,
)
from maitian.clients.models import PermissionKind
from maitian.core import time as business_time

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 13


def known_accounts() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, client_id FROM clients_fundaccount")
        return {"accounts": dict(cursor.fetchall())}


def account(row: Row, known: dict[str, Any]) -> tuple[str, int]:
    """``(number, client id)`` of a fund account that exists."""
    value = digits(row, "account")
    if value not in known["accounts"]:
        raise RowWrong(
            "clients.import.account_unknown",
            f"没有资金账号 {value}。请先导入账号，或改账号。",
            f"There is no fund account {value}. Import the accounts first, or correct it.",
        )
    return value, known["accounts"][value]


def amount(row: Row, name: str, least: Decimal | None = None) -> Decimal:
    """An amount of CNY in cents."""
    found = number(row, name, least)
    if abs(found) > LARGEST or found != round(found, 2):
        raise RowWrong(
            "clients.import.amount_wrong",
            f"“{name}”是 {found}，金额最多两位小数。",
            f"“{name}” is {found}; an amount has at most two decimals.",
        )
    return found


def reference(row: Row) -> str:
    value = need(row, "reference")
    if len(value) > 40:
        raise RowWrong(
            "clients.import.reference_too_long",
            "“reference”超过 40 个字。",
            "“reference” is longer than 40 characters.",
        )
    return value


def recompute_cash(accounts: set[str]) -> None:
    """Set ``cash`` to the balance and the flows after it. The accounts are locked first: a second import waits here
    and then sees the flows of the first."""
    numbers = sorted(accounts)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM clients_fundaccount WHERE number = ANY(%s) ORDER BY number FOR NO KEY UPDATE",
            [numbers],
        )
        cursor.execute(
            "UPDATE clients_fundaccount a SET cash = a.balance + coalesce(f.moved, 0)"
            " FROM clients_fundaccount b LEFT JOIN LATERAL (SELECT sum(x.amount) AS moved FROM clients_cashflow x"
            " WHERE x.account_number = b.number AND (b.balance_at IS NULL OR x.at > b.balance_at)) f ON true"
            " WHERE b.id = a.id AND a.number = ANY(%s) AND a.cash IS DISTINCT FROM a.balance + coalesce(f.moved, 0)",
            [numbers],
        )


# --- holdings -----------------------------------------------------------------------------------------------

# The sum over a client's accounts; the cost is the average of those that say one.
SUMS = """
  SELECT x.client_id, x.symbol, coalesce(sum(h.quantity), 0)::bigint AS quantity,
         round(sum(h.quantity * h.cost) FILTER (WHERE h.cost IS NOT NULL)
               / nullif(sum(h.quantity) FILTER (WHERE h.cost IS NOT NULL), 0), 4) AS cost
    FROM {touched} x LEFT JOIN clients_accountholding h ON h.client_id = x.client_id AND h.symbol = x.symbol
   GROUP BY x.client_id, x.symbol
"""
KEEP_SUMS = (
    "INSERT INTO clients_holding AS old (client_id, symbol, quantity, cost) {sums} ON CONFLICT (client_id, symbol)"
    " DO UPDATE SET quantity = excluded.quantity, cost = coalesce(excluded.cost, old.cost)"
    " WHERE (old.quantity, old.cost) IS DISTINCT FROM (excluded.quantity, coalesce(excluded.cost, old.cost))"
)


def recompute_holdings(client_ids: list[int]) -> None:
    """Everything that these clients hold, anew from their accounts; what no account holds any more is gone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clients_holding WHERE client_id = ANY(%s)", [client_ids])
        touched = "(SELECT DISTINCT client_id, symbol FROM clients_accountholding WHERE client_id = ANY(%s))"
        cursor.execute(KEEP_SUMS.format(sums=SUMS.format(touched=touched)), [client_ids])


def _check_holding(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    value, _client = account(row, known)
    cost = round(number(row, "cost", Decimal(0), Decimal(10) ** 7), 4) if text(row, "cost") else None
    return value, symbol(row, known), whole(row, "quantity"), cost


def _store_holdings(rows: list[tuple[Any, ...]]) -> int:
    """What the accounts hold, then the sums of the clients concerned."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE incoming (number text, symbol text, quantity bigint, cost numeric) ON COMMIT DROP"
        )
        with cursor.copy("COPY incoming (number, symbol, quantity, cost) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            "INSERT INTO clients_accountholding AS old (account_number, symbol, client_id, quantity, cost)"
            " SELECT i.number, i.symbol, f.client_id, i.quantity, i.cost FROM incoming i"
            " JOIN clients_fundaccount f ON f.number = i.number ON CONFLICT (account_number, symbol) DO UPDATE"
            " SET quantity = excluded.quantity, cost = coalesce(excluded.cost, old.cost)"
            " WHERE (old.quantity, old.cost) IS DISTINCT FROM (excluded.quantity, coalesce(excluded.cost, old.cost))"
        )
        stored = cursor.rowcount
        touched = "(SELECT DISTINCT f.client_id, i.symbol FROM incoming i JOIN clients_fundaccount f ON f.number = i.number)"
        cursor.execute(KEEP_SUMS.format(sums=SUMS.format(touched=touched)))
        cursor.execute("DROP TABLE incoming")
    return int(stored)


register(
    "holdings",
    Importer(
        ("account", "symbol", "quantity", "cost"), ("account", "symbol", "quantity"), _check_holding, _store_holdings,
        lambda: {**known_symbols(), **known_accounts()}, lambda values: values[:2],
    ),
)  # fmt: skip


# --- balances, cash flows -----------------------------------------------------------------------------------


def _check_balance(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    value, _client = account(row, known)
    return value, moment(row, "at"), amount(row, "balance")


def _store_balances(rows: list[tuple[Any, ...]]) -> int:
    """A newer balance replaces an older one; an older or equal one changes nothing."""
    stored = merge(
        "number text, at timestamptz, balance numeric", "number, at, balance", rows,
        "UPDATE clients_fundaccount a SET balance = i.balance, balance_at = i.at FROM incoming i"
        " WHERE a.number = i.number AND (a.balance_at IS NULL OR a.balance_at < i.at)",
    )  # fmt: skip
    recompute_cash({row[0] for row in rows})
    return stored


register(
    "balances",
    Importer(("account", "at", "balance"), ("account", "at", "balance"), _check_balance, _store_balances, known_accounts),
)  # fmt: skip


def _check_cash_flow(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    value, _client = account(row, known)
    return value, moment(row, "at"), amount(row, "amount"), reference(row)


def _store_cash_flows(rows: list[tuple[Any, ...]]) -> int:
    stored = merge(
        "account_number text, at timestamptz, amount numeric, reference text", "account_number, at, amount, reference", rows,
        "INSERT INTO clients_cashflow (account_number, at, amount, reference, client_id, run_id)"
        f" SELECT i.*, f.client_id, {current_run()} FROM incoming i JOIN clients_fundaccount f ON f.number = i.account_number"
        " ON CONFLICT (account_number, reference) DO NOTHING",
    )  # fmt: skip
    recompute_cash({row[0] for row in rows})
    return stored


register(
    "cash_flows",
    Importer(
        ("account", "at", "amount", "reference"), ("account", "at", "amount", "reference"), _check_cash_flow,
        _store_cash_flows, known_accounts, lambda values: (values[0], values[3]), arrived="cash_flows.arrived",
    ),
)  # fmt: skip


# --- trades ---------------------------------------------------------------------------------------------------

SIDES = {"b": "B", "buy": "B", "买": "B", "买入": "B", "证券买入": "B", "s": "S", "sell": "S", "卖": "S", "卖出": "S", "证券卖出": "S"}  # fmt: skip


def _check_trade(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    value, _client = account(row, known)
    side = SIDES.get(need(row, "side").lower())
    if side is None:
        raise RowWrong(
            "clients.import.side_wrong",
            f"“side”是“{text(row, 'side')[:10]}”，买写 B，卖写 S。",
            f"“side” is “{text(row, 'side')[:10]}”; write B for a purchase, S for a sale.",
        )
    quantity, price = number(row, "quantity", Decimal(1)), number(row, "price", Decimal("0.0001"))
    if quantity != int(quantity) or quantity > 10**12 or price > 10**8:
        raise RowWrong(
            "clients.import.quantity_wrong",
            f"“quantity”是 {quantity}，要填整数的股数或张数。",
            f"“quantity” is {quantity}; it takes a whole number of shares or bonds.",
        )
    total = amount(row, "amount", CENT) if text(row, "amount") else round(quantity * price, 2)
    fee = amount(row, "commission", Decimal(0)) if text(row, "commission") else Decimal(0)
    return (
        value, moment(row, "at"), symbol(row, known), side, int(quantity), round(price, 4), total, fee,
        reference(row),
    )  # fmt: skip


def _store_trades(rows: list[tuple[Any, ...]]) -> int:
    columns = "account_number, at, symbol, side, quantity, price, amount, commission, reference"
    return merge(
        "account_number text, at timestamptz, symbol text, side text, quantity bigint, price numeric, amount numeric,"
        " commission numeric, reference text",
        columns, rows,
        f"INSERT INTO clients_trade ({columns}, client_id, run_id) SELECT i.*, f.client_id, {current_run()} FROM incoming i"
        " JOIN clients_fundaccount f ON f.number = i.account_number ON CONFLICT (account_number, reference) DO NOTHING",
    )  # fmt: skip


register(
    "trades",
    Importer(
        ("account", "at", "symbol", "side", "quantity", "price", "amount", "commission", "reference"),
        ("account", "at", "symbol", "side", "quantity", "price", "reference"), _check_trade, _store_trades,
        lambda: {**known_symbols(), **known_accounts()}, lambda values: (values[0], values[8]), arrived="trades.arrived",
    ),
)  # fmt: skip


# --- trading permissions -------------------------------------------------------------------------------------


def _known_permissions() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_id, kind, since, until FROM clients_tradingpermission")
        periods: dict[tuple[int, str], list[tuple[date, date | None]]] = {}
        for client, kind, since, until in cursor.fetchall():
            periods.setdefault((client, kind), []).append((since, until))
    return {**known_accounts(), "periods": periods, "today": business_time.today()}


def _check_permission(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    value, client = account(row, known)
    kind = need(row, "kind").lower()
    if kind not in PermissionKind.values:
        raise RowWrong(
            "clients.import.permission_unknown",
            f"没有“{kind[:20]}”这种交易权限。可以写：{'、'.join(PermissionKind.values)}。",
            f"There is no permission “{kind[:20]}”. There are: {', '.join(PermissionKind.values)}.",
        )
    since, until = day(row, "since"), day(row, "until", required=False)
    if since is None or (until is not None and until < since):
        raise RowWrong(
            "clients.import.period_wrong", "“until”早于“since”。", "“until” is before “since”."
        )  # fmt: skip
    for begun, ended in known["periods"].get((client, kind), ()):
        if begun != since and begun <= (until or date.max) and since <= (ended or date.max):
            raise RowWrong(
                "clients.import.period_overlaps",
                f"这位客户的“{kind}”从 {begun} 起已有一段，不能重叠。",
                f"The client has “{kind}” since {begun} already; periods cannot overlap.",
            )
    known["periods"].setdefault((client, kind), []).append((since, until))
    return value, kind, since, until


def _store_permissions(rows: list[tuple[Any, ...]]) -> int:
    """A new period, or the end of one that is known by its first day."""
    return merge(
        "number text, kind text, since date, until date", "number, kind, since, until", rows,
        "INSERT INTO clients_tradingpermission (client_id, kind, since, until) SELECT f.client_id, i.kind, i.since, i.until"
        " FROM incoming i JOIN clients_fundaccount f ON f.number = i.number ON CONFLICT (client_id, kind, since) DO UPDATE SET until = excluded.until"
        " WHERE clients_tradingpermission.until IS DISTINCT FROM excluded.until",
    )  # fmt: skip


register(
    "trading_permissions",
    Importer(
        ("account", "kind", "since", "until"), ("account", "kind", "since"), _check_permission, _store_permissions,
        _known_permissions, lambda values: values[:3],
    ),
)  # fmt: skip
