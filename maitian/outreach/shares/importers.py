"""Imports of issues and allotment results; registered with the imports of ``clients``."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from maitian.clients import importers
from maitian.clients.importers import Importer, Row, RowWrong, day, need, number, text
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError
from maitian.outreach.shares import actions
from maitian.outreach.shares.models import Issue

CENT = Decimal("0.01")


def _code(row: Row, name: str) -> str:
    value = need(row, name).split(".")[0].zfill(6)
    if not (len(value) == 6 and value.isdigit()):
        raise RowWrong(
            "outreach.import.code_wrong",
            f"“{name}”是“{value}”，代码要是 6 位数字。",
            f"“{name}” is “{value}”; a code has six digits.",
        )
    return value


def _check_issue(row: Row, _known: dict[str, Any]) -> tuple[Any, ...]:
    symbol = _code(row, "symbol")
    values: dict[str, Any] = {
        "symbol": symbol,
        "subscription_code": _code(row, "subscription_code"),
        "name": need(row, "name")[:30],
        "kind": text(row, "kind") or "share",
        "exchange": text(row, "exchange") or ("SSE" if symbol[0] in "569" else "SZSE"),
        "board": text(row, "board") or "main",
        "price": number(row, "price", Decimal("0.001")),
        "risk": int(number(row, "risk")) if text(row, "risk") else 3,
        "subscribe_on": day(row, "subscribe_on"),
        "list_on": day(row, "list_on") if text(row, "list_on") else None,
    }
    try:
        actions._check_issue(values)
        pay_by = actions.deadline(values["subscribe_on"], rulebook.at())
    except DomainError as error:
        raise RowWrong(error.code, error.sentence("zh-hans"), error.sentence("en")) from None
    return (*values.values(), pay_by)


ISSUE_COLUMNS = (
    "symbol, subscription_code, name, kind, exchange, board, price, risk, subscribe_on, list_on, pay_by"
)


def _store_issues(rows: list[tuple[Any, ...]]) -> int:
    return importers.merge(
        "symbol text, subscription_code text, name text, kind text, exchange text, board text, price numeric, risk int,"
        " subscribe_on date, list_on date, pay_by timestamptz",
        ISSUE_COLUMNS, rows,
        f"INSERT INTO outreach_issue ({ISSUE_COLUMNS}, steps_fired, maker, made_at)"
        f" SELECT {ISSUE_COLUMNS}, '[]', 'system:import', '{timezone.now().isoformat()}' FROM incoming"
        " ON CONFLICT (symbol) DO UPDATE SET name = excluded.name, list_on = coalesce(excluded.list_on, outreach_issue.list_on),"
        " risk = excluded.risk WHERE (outreach_issue.name, outreach_issue.list_on, outreach_issue.risk) IS DISTINCT FROM"
        " (excluded.name, coalesce(excluded.list_on, outreach_issue.list_on), excluded.risk)",
    )  # fmt: skip


def _known() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, client_id FROM clients_fundaccount WHERE closed_on IS NULL")
        accounts = dict(cursor.fetchall())
    since = business_time.today().replace(year=business_time.today().year - 1)
    issues = {}
    for issue in Issue.objects.filter(subscribe_on__gte=since):
        issues[issue.symbol] = issues[issue.subscription_code] = issue
    return {"accounts": accounts, "issues": issues}


def _check_allotment(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    account = need(row, "account")
    if account not in known["accounts"]:
        raise RowWrong(
            "outreach.allotment.account_unknown",
            f"没有资金账号 {account}。请先导入账号，或改账号。",
            f"There is no fund account {account}. Import the accounts first, or correct it.",
        )
    code = _code(row, "symbol")
    issue = known["issues"].get(code)
    if issue is None:
        raise RowWrong(
            "outreach.allotment.issue_unknown",
            f"没有登记代码是 {code} 的发行。请先登记新股，或改代码。",
            f"No issue {code} is registered. Register it first, or correct the code.",
        )
    if issue.settled_at is not None:
        raise RowWrong(
            "outreach.allotment.too_late",
            f"{issue.name}的缴款已经截止，不能再导入中签结果。",
            f"The time to pay for {issue.name} is over; no results can be imported any more.",
        )
    quantity = number(row, "quantity", Decimal(1))
    if quantity != quantity.to_integral_value():
        raise RowWrong(
            "outreach.allotment.quantity_wrong", "中签数量要是整数。", "The quantity is a whole number."
        )
    due = (quantity * issue.price).quantize(CENT, ROUND_HALF_UP)
    if text(row, "amount") and number(row, "amount", CENT) != due:
        raise RowWrong(
            "outreach.allotment.amount_differs",
            f"金额是 {text(row, 'amount')}，按数量和发行价应是 {due}。请核对。",
            f"The amount is {text(row, 'amount')}; quantity and price give {due}. Check them.",
        )
    return issue.pk, known["accounts"][account], account, int(quantity), due


def _store_allotments(rows: list[tuple[Any, ...]]) -> int:
    now = timezone.now().isoformat()
    stored = importers.merge(
        "issue_id bigint, client_id bigint, account_number text, quantity bigint, due numeric",
        "issue_id, client_id, account_number, quantity, due", rows,
        "INSERT INTO outreach_allotment (issue_id, client_id, account_number, quantity, due, funded, state, arrived_at, changed_at)"
        f" SELECT issue_id, client_id, account_number, quantity, due, 0, 'open', '{now}', '{now}' FROM incoming"
        " ON CONFLICT (issue_id, account_number) DO UPDATE SET quantity = excluded.quantity, due = excluded.due, state = 'open',"
        " changed_at = excluded.changed_at WHERE outreach_allotment.state IN ('open', 'funded')"
        " AND (outreach_allotment.quantity, outreach_allotment.due) IS DISTINCT FROM (excluded.quantity, excluded.due)",
    )  # fmt: skip
    actions.fund([row[2] for row in rows])
    if stored:
        ledger.record(
            "allotments.arrived", actor="system:import", object_kind="issue", facts={"count": stored}
        )
    return stored


def register() -> None:
    """Called when the room is ready."""
    importers.register(
        "issues",
        Importer(
            ("symbol", "subscription_code", "name", "kind", "exchange", "board", "price", "risk", "subscribe_on", "list_on"),
            ("symbol", "subscription_code", "name", "price", "subscribe_on"), _check_issue, _store_issues,
        ),
    )  # fmt: skip
    importers.register(
        "allotments",
        Importer(
            ("account", "symbol", "quantity", "amount"), ("account", "symbol", "quantity"), _check_allotment, _store_allotments,
            _known, lambda values: (values[0], values[2]),
        ),
    )  # fmt: skip
