"""What happens on fund accounts: balances, flows, trades, permissions, and how other rooms hear of them."""

from __future__ import annotations

import io
import threading
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maitian.clients import actions, importers
from maitian.clients.errors import ImportChanged, PermissionOverlaps, PermissionPeriodWrong
from maitian.clients.models import CashFlow, Client, FundAccount, Trade, TradingPermission
from maitian.core.errors import NotFound
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI

START = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> None:
    """A transaction for every test, but for the one that needs several sessions."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")


def bring(kind: str, *rows: str, dry_run: bool = False) -> importers.Result:
    return importers.run(
        kind, "\n".join(rows).encode(), f"{kind}.csv", actor="system:import", dry_run=dry_run
    )


def flows(*rows: tuple[str, datetime, str, str]) -> importers.Result:
    return bring(
        "cash_flows",
        "account,at,amount,reference",
        *(f"{a},{at.isoformat()},{m},{r}" for a, at, m, r in rows),
    )


def balances(*rows: tuple[str, datetime, str]) -> importers.Result:
    return bring("balances", "account,at,balance", *(f"{a},{at.isoformat()},{m}" for a, at, m in rows))


@pytest.fixture
def account(story) -> str:
    """An account without history: balance 0, no moment, no flows."""
    FundAccount.objects.create(client_id=story[0], number="88000001", opened_on=date(2026, 11, 1))
    return "88000001"


def cash(number: str) -> Decimal:
    return FundAccount.objects.get(number=number).cash


def test_cash_is_the_last_balance_and_the_flows_after_it(account) -> None:
    hour = timedelta(hours=1)
    assert flows((account, START, "5000", "F1")).stored == 1
    assert cash(account) == 5000
    balances((account, START + hour, "7000"))  # the counter system knows better, F1 is within it
    assert cash(account) == 7000
    flows((account, START + 2 * hour, "-500.25", "F2"), (account, START + 3 * hour, "100", "F3"))
    assert cash(account) == Decimal("6599.75")
    again = flows((account, START + 2 * hour, "-500.25", "F2"), (account, START + 3 * hour, "100", "F3"))
    assert (again.stored, again.unchanged) == (0, 2) and cash(account) == Decimal("6599.75")
    flows((account, START + hour / 2, "999", "F4"))  # late, and from before the balance
    assert cash(account) == Decimal("6599.75")
    late = balances((account, START, "1"))  # an older balance changes nothing
    assert late.stored == 0 and cash(account) == Decimal("6599.75")
    balances((account, START + 4 * hour, "0"))
    assert cash(account) == 0


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["flow", "balance"]), st.integers(0, 30), st.integers(-10_000, 10_000)),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_any_order_of_files_gives_the_same_cash_as_plain_arithmetic(account, steps) -> None:
    with transaction.atomic():
        known: list[tuple[datetime, Decimal]] = []
        balance, at = Decimal(0), None
        for n, (what, minute, cents) in enumerate(steps):
            moment, amount = START + timedelta(minutes=minute), Decimal(cents) / 100
            if what == "flow":
                flows((account, moment, str(amount), f"H{n}"))
                known.append((moment, amount))
            else:
                balances((account, moment, str(amount)))
                if at is None or moment > at:
                    balance, at = amount, moment
        expected = balance + sum((m for t, m in known if at is None or t > at), Decimal(0))
        assert cash(account) == expected
        transaction.set_rollback(True)


def test_a_run_of_cash_flows_is_told_once_to_the_rooms_above(account) -> None:
    before = LedgerEntry.objects.filter(kind="cash_flows.arrived").count()
    assert flows((account, START, "1", "A1"), (account, START, "2", "A2")).stored == 2
    told = LedgerEntry.objects.filter(kind="cash_flows.arrived").latest("number")
    assert told.facts["count"] == 2 and told.client_id is None
    assert set(CashFlow.objects.filter(run_id=told.facts["run"]).values_list("reference", flat=True)) == {
        "A1",
        "A2",
    }
    flows((account, START, "1", "A1"))  # nothing new: nothing to tell
    bring("cash_flows", "account,at,amount,reference", f"{account},2026-11-24 10:00,5,A3", dry_run=True)
    assert LedgerEntry.objects.filter(kind="cash_flows.arrived").count() == before + 1
    assert not CashFlow.objects.filter(reference="A3").exists()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("x,2026-11-24,1,R", "account_unknown"),
        ("88000001,gestern,1,R", "moment_wrong"),
        ("88000001,2026-11-24,1.005,R", "amount_wrong"),
        ("88000001,2026-11-24,1e20,R", "amount_wrong"),
        ("88000001,2026-11-24,viel,R", "number_wrong"),
        ("88000001,2026-11-24,1,", "value_missing"),
        (f"88000001,2026-11-24,1,{'R' * 41}", "reference_too_long"),
    ],
)
def test_a_wrong_flow_is_named(account, row: str, code: str) -> None:
    found = bring("cash_flows", "account,at,amount,reference", row)
    assert [item.code for item in found.refused] == [f"clients.import.{code}"] and cash(account) == 0


TRADE = "account,at,symbol,side,quantity,price,amount,commission,reference"


def test_trades_come_in_once_and_are_seen(account, story, sign_in) -> None:
    rows = (
        f"{account},2026-11-24 09:31,002500,B,1000,5.43,5430,13.03,T1",
        f"{account},2026-11-24 10:02,600369.SH,卖出,200,4.1,,,T2",
        f"{account},2026-11-24 10:02,600369,hold,200,4.1,,,T3",
        f"{account},2026-11-24 10:02,999999,B,200,4.1,,,T4",
        f"{account},2026-11-24 10:02,600369,B,1.5,4.1,,,T5",
        f"{account},2026-11-24 10:02,600369,B,0,4.1,,,T6",
        f"{account},2026-11-24 10:02,600369,B,100,4.1,0,,T7",
    )
    found = bring("trades", TRADE, *rows)
    assert found.stored == 2 and found.rows_in == found.stored + found.unchanged + len(found.refused)
    assert [item.code.rpartition(".")[2] for item in found.refused] == [
        "side_wrong", "security_unknown", "quantity_wrong", "number_too_small", "number_too_small",
    ]  # fmt: skip
    assert bring("trades", TRADE, *rows[:2]).stored == 0
    trade = Trade.objects.get(reference="T2")
    assert (trade.side, trade.amount, trade.commission, trade.client_id) == (
        "S",
        Decimal("820.00"),
        0,
        story[0],
    )
    assert LedgerEntry.objects.filter(kind="trades.arrived").latest("number").facts["count"] == 2
    browser = sign_in("manager1")
    page = browser.get(f"/clients/{story[0]}/").content.decode()
    assert "5,430.00" in page and "卖出" in page
    listed = browser.get(f"/clients/{story[0]}/trades/").content.decode()
    assert "****0001" in listed and "5,430.00" in listed and account not in listed
    assert browser.get(f"/clients/{story[0]}/trades/?what=cash").status_code == 200
    assert sign_in("manager2").get(f"/clients/{story[0]}/trades/").status_code == 404


def test_trades_come_in_every_format(account) -> None:
    import openpyxl
    import polars

    from maitian.clients.tests.test_importers import dbf_file

    head = TRADE.split(",")
    row = [account, "2026-11-24 09:31", "002500", "B", 100, 5.43, 543.0, 5.0]
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(head)
    book.active.append([*row, "X1"])
    book.save(out)
    assert importers.run("trades", out.getvalue(), "t.xlsx", actor="system:import").stored == 1
    out = io.BytesIO()
    polars.DataFrame({name: [value] for name, value in zip(head, [*row, "X2"], strict=True)}).write_parquet(
        out
    )
    assert importers.run("trades", out.getvalue(), "t.parquet", actor="system:import").stored == 1
    content = dbf_file(rows=[[*row, "X3"]], head=head)
    assert importers.run("trades", content, "t.dbf", actor="system:import").stored == 1
    assert Trade.objects.filter(account_number=account, price=Decimal("5.43")).count() == 3


def test_a_list_of_trades_uses_its_index(story) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM clients_trade WHERE client_id = %s ORDER BY at DESC, id DESC LIMIT 50",
            [story[0]],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "trade_client" in plan


def test_the_demonstration_trades_at_real_prices() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE abs(t.price / p.close - 1) < 0.02), count(*) FILTER (WHERE t.side = 'S')"
            " FROM clients_trade t JOIN clients_price p ON p.symbol = t.symbol AND p.day = (t.at AT TIME ZONE 'Asia/Shanghai')::date"
        )
        rows, near, sales = cursor.fetchone()
    assert rows == Trade.objects.count() > 150 and near == rows and 0 < sales < rows
    assert CashFlow.objects.exists() and FundAccount.objects.filter(cash__gt=0).count() > 250


# --- permissions ------------------------------------------------------------------------------------------


def test_periods_of_a_permission_never_overlap(account, story, member) -> None:
    clerk = member("clerk1").actor
    TradingPermission.objects.filter(client_id=story[0]).delete()
    made = actions.open_permission(story[0], "star", date(2026, 1, 5), actor=clerk)
    with pytest.raises(PermissionOverlaps):
        actions.open_permission(story[0], "star", date(2026, 6, 1), actor=clerk)
    with pytest.raises(PermissionPeriodWrong):
        actions.open_permission(story[0], "margin", None, actor=clerk)
    with pytest.raises(PermissionPeriodWrong):
        actions.end_permission(story[0], made.pk, date(2026, 1, 4), actor=clerk)
    actions.end_permission(story[0], made.pk, date(2026, 5, 31), actor=clerk)
    with pytest.raises(NotFound):
        actions.end_permission(story[0], made.pk, date(2026, 6, 30), actor=clerk)
    with pytest.raises(NotFound):
        actions.end_permission(story[1], made.pk, date(2026, 6, 30), actor=clerk)
    actions.open_permission(story[0], "star", date(2026, 6, 1), actor=clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        TradingPermission.objects.create(client_id=story[0], kind="star", since=date(2026, 7, 1))
    kinds = LedgerEntry.objects.filter(client_id=story[0], object_kind="permission").values_list(
        "kind", flat=True
    )
    assert list(kinds.order_by("number")) == [
        "client.permission_opened",
        "client.permission_ended",
        "client.permission_opened",
    ]


def test_permissions_are_imported(account, story) -> None:
    TradingPermission.objects.filter(client_id=story[0]).delete()
    head = "account,kind,since,until"
    rows = (
        f"{account},star,2026-01-05,",
        f"{account},STAR,2026-03-01,",
        f"{account},gold,2026-01-05,",
        f"{account},margin,2026-05-01,2026-04-01",
    )
    found = bring("trading_permissions", head, *rows)
    assert found.stored == 1 and [item.code.rpartition(".")[2] for item in found.refused] == [
        "period_overlaps", "permission_unknown", "period_wrong",
    ]  # fmt: skip
    assert bring("trading_permissions", head, rows[0]).stored == 0
    ended = bring("trading_permissions", head, f"{account},star,2026-01-05,2026-02-28")
    assert ended.stored == 1 and TradingPermission.objects.get(client_id=story[0]).until == date(2026, 2, 28)


def test_what_changed_since_the_check_stores_nothing(account, story, monkeypatch) -> None:
    how = importers.importer("trading_permissions")
    TradingPermission.objects.filter(client_id=story[0]).delete()

    def store(rows):
        TradingPermission.objects.create(client_id=story[0], kind="star", since=date(2026, 1, 1))
        return original(rows)

    original = how.store
    monkeypatch.setattr(how, "store", store)
    with pytest.raises(ImportChanged):
        bring("trading_permissions", "account,kind,since,until", f"{account},star,2026-01-05,")
    assert not TradingPermission.objects.filter(client_id=story[0]).exists()


def test_the_counter_notes_permissions_on_the_page(sign_in, story) -> None:
    TradingPermission.objects.filter(client_id=story[0]).delete()
    address = f"/clients/{story[0]}/permission/"
    clerk = sign_in("clerk1")
    assert clerk.post(address, {"kind": "star", "since": "bald"}).status_code == 422
    assert clerk.post(address, {"kind": "gold", "since": "2026-01-05"}).status_code == 404
    clerk.post(address, {"kind": "star", "since": "2026-01-05"})
    assert "科创板" in clerk.get(f"/clients/{story[0]}/").content.decode()
    made = TradingPermission.objects.get(client_id=story[0])
    clerk.post(address, {"end": str(made.pk)})
    made.refresh_from_db()
    assert made.until == timezone.localdate()
    assert sign_in("manager1").post(address, {"kind": "star", "since": "2026-12-05"}).status_code == 403


def test_trades_and_permissions_by_the_api(member, account, story) -> None:
    from django.test import Client as Browser

    from maitian.staff import actions as staff
    from maitian.staff.access import PERMISSIONS

    clerk = member("clerk1")
    caller = Browser(
        headers={"Authorization": f"Bearer {staff.make_token(clerk, 't', sorted(PERMISSIONS[clerk.role]))}"}
    )
    bring("trades", TRADE, f"{account},2026-11-24 09:31,002500,B,1000,5.43,5430,13.03,T1")
    rows = caller.get(f"/api/v1/clients/{story[0]}/trades?limit=1").json()
    assert rows[0]["account"] == "****0001" and rows[0]["amount"] == "5430.00"
    older = caller.get(f"/api/v1/clients/{story[0]}/trades", {"before": rows[0]["at"]}).json()
    assert all(row["at"] < rows[0]["at"] for row in older)
    TradingPermission.objects.filter(client_id=story[0]).delete()
    made = caller.post(
        f"/api/v1/clients/{story[0]}/permissions", {"kind": "star", "since": "2026-01-05"}, content_type="application/json"
    )  # fmt: skip
    assert made.status_code == 201
    ended = caller.post(
        f"/api/v1/clients/{story[0]}/permissions/{made.json()['id']}/end", {"until": "2026-05-01"}, content_type="application/json"
    )  # fmt: skip
    assert ended.status_code == 200
    assert caller.get(f"/api/v1/clients/{story[0]}/permissions").json()[0]["until"] == "2026-05-01"
    assert caller.get(f"/api/v1/clients/{story[0]}/cash-flows").status_code == 200


def test_two_files_at_once_lose_no_flow(committed) -> None:
    """Four imports run in sessions of their own; the account's cash holds all flows afterwards."""
    member_client = Client.objects.order_by("pk").first()
    assert member_client is not None
    number = "88000009"
    FundAccount.objects.create(client=member_client, number=number, opened_on=date(2026, 11, 1))
    barrier = threading.Barrier(4)

    def one(n: int) -> None:
        try:
            barrier.wait(10)
            flows(*((number, START + timedelta(minutes=k), "1", f"P{n}-{k}") for k in range(20)))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert cash(number) == 80
    finally:
        CashFlow.objects.filter(account_number=number).delete()
        FundAccount.objects.filter(number=number).delete()
