"""The allotment chase over three trading days: remind while money is missing, stop by itself, count what was lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection

from maitian.clients import importers
from maitian.clients.models import Client, FundAccount
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.outreach import actions as send
from maitian.outreach import dispatch, queries
from maitian.outreach.channels.pool import Pool
from maitian.outreach.models import Allotment, CallTask, Default, Event, Issue, Message, Topic
from maitian.outreach.shares import actions
from maitian.outreach.shares import queries as share_queries
from maitian.outreach.tasks import share_days
from maitian.outreach.tests.test_dispatch import Line

pytestmark = pytest.mark.django_db
T = date(2026, 11, 23)  # Monday: T+1 is Tuesday the 24th, T+2 Wednesday the 25th


def at(day: int, clock: str) -> time_machine.travel:
    hours, minutes = map(int, clock.split(":"))
    return time_machine.travel(datetime(2026, 11, day, hours, minutes, tzinfo=SHANGHAI), tick=False)


@pytest.fixture(autouse=True)
def nothing_else_to_do(db, member) -> None:
    """The demonstration's own issues and sends are put away, so that a test sees the test's alone."""
    Default.objects.all().delete()
    Allotment.objects.all().delete()
    Issue.objects.all().delete()
    for event in Event.objects.filter(state="sending"):
        send.control(event.pk, "stop", actor=member("boss").actor)


@pytest.fixture
def issue(member) -> Issue:
    with at(20, "10:00"):
        return actions.save_issue(
            None,
            {
                "symbol": "001399", "subscription_code": "001399", "name": "麦禾股份", "kind": "share", "exchange": "SZSE", "board": "main",
                "price": Decimal("10"), "risk": 3, "subscribe_on": T, "list_on": date(2026, 12, 2),
            },
            actor=member("boss").actor,
        )  # fmt: skip


@pytest.fixture
def account(story) -> Callable[[int], FundAccount]:
    Client.objects.filter(pk__in=story).update(consent_bits=0xFFF, address_bits=15)
    return lambda n: FundAccount.objects.filter(client_id=story[n]).order_by("pk")[0]


def pay(account: FundAccount, amount: str) -> None:
    """Money comes to the account, as an import or the API brings it."""
    FundAccount.objects.filter(pk=account.pk).update(cash=Decimal(amount))
    actions.fund([account.number])


def bring(*rows: tuple[str, int]) -> importers.Result:
    content = "account,symbol,quantity\n" + "".join(
        f"{number},001399,{quantity}\n" for number, quantity in rows
    )
    return importers.run("allotments", content.encode(), "zq.csv", actor="member:1")


def work() -> list[str]:
    """Hand everything over; what the phones got, newest last."""
    line = Line()
    for channels, pool in (((0, 3), None), ((1,), Pool([line]))):
        worker = dispatch.Worker(channels, pool)
        while worker.step():
            pass
    return [f"{message.client_id}:{message.text}" for message in line.got if "麦禾" in message.text]


def tick(day: int, clock: str) -> list[str]:
    with at(day, clock):
        actions.advance()
        actions.advance()  # twice does nothing twice
        return work()


@pytest.mark.requirement("E5")
def test_the_whole_chase(issue, account, story, member) -> None:
    rich, poor, late, never = (account(n) for n in (0, 1, 2, 4))
    for one, cash in ((rich, "9000"), (poor, "100"), (late, "0"), (never, "0")):
        FundAccount.objects.filter(pk=one.pk).update(cash=Decimal(cash))
    with at(24, "17:00"):
        result = bring((rich.number, 500), (poor.number, 500), (late.number, 1000), (never.number, 500))
        assert (result.stored, result.refused) == (4, [])
    assert Allotment.objects.get(client_id=story[0]).state == "funded"  # money was there: nothing to chase
    assert tick(24, "18:59") == []

    # T+1 evening: inbox and SMS to the three who are short, with their own amounts.
    got = tick(24, "19:00")
    assert len(got) == 3 and not any(text.startswith(f"{story[0]}:") for text in got)
    mine = next(text for text in got if text.startswith(f"{story[1]}:"))
    assert "应缴5,000.00元" in mine and "还差4,900.00元" in mine and "11月25日16:00前" in mine
    assert "还差 4,900.00 元" in queries.inbox(story[1])[0]["text"]
    assert tick(24, "22:00") == []

    # In the night one pays a part, one pays all.
    with at(24, "23:00"):
        pay(poor, "3000")
        pay(late, "10000")
    # T+2 morning: the one who paid all is left alone, the part asks for the exact rest.
    got = tick(25, "09:00")
    assert sorted(text.split(":")[0] for text in got) == sorted([str(story[1]), str(story[4])])
    assert "还差2,000.00元" in next(text for text in got if text.startswith(f"{story[1]}:"))

    # T+2 midday: a call task for the account manager of each.
    tick(25, "11:45")
    calls = CallTask.objects.filter(event__topic__code="allotment", state="open")
    assert {c.client_id for c in calls} == {story[1], story[4]} and {c.member for c in calls} == {
        member("manager1")
    }
    with at(25, "13:00"):
        pay(poor, "5000")
    assert CallTask.objects.get(client_id=story[1]).state == "cancelled"

    # T+2 14:00: the hotline calls whoever is still short.
    tick(25, "14:00")
    last = CallTask.objects.filter(state="open", queue="hotline")
    assert {c.client_id for c in last} == {story[4]}
    assert tick(25, "15:59") == []

    # T+2 16:00: over. A part is a default, too; the client is told the count.
    tick(25, "16:00")
    states = dict(Allotment.objects.values_list("client_id", "state"))
    assert states == {story[0]: "paid", story[1]: "paid", story[2]: "paid", story[4]: "defaulted"}
    assert Default.objects.get().client_id == story[4]
    assert not CallTask.objects.filter(state="open", event__topic__code="allotment").exists()
    row = LedgerEntry.objects.get(kind="allotment.defaulted", facts__name="麦禾股份")
    assert (row.client_id, row.facts["count"], row.facts["missing"]) == (story[4], 1, "5,000.00")
    assert tick(25, "18:00") == []


@pytest.mark.requirement("E5")
def test_money_that_arrives_while_the_text_waits_stops_it(issue, account, story) -> None:
    with at(24, "17:00"):
        FundAccount.objects.filter(client_id__in=story).update(cash=0)
        bring((account(1).number, 500), (account(2).number, 500))
    with at(24, "19:00"):
        actions.advance()  # decided and queued, not handed over yet
        pay(account(1), "5000")
        pay(account(2), "1000")
        got = work()
    assert [text.split(":")[0] for text in got] == [str(story[2])] and "还差4,000.00元" in got[0]
    event = Event.objects.get(object_kind="allotment_step")
    withheld = Message.objects.filter(event_id=event.pk, client_id=story[1])
    assert set(withheld.values_list("state", "error")) == {(6, "settled")}


def test_cash_is_given_to_the_earlier_deadline_first_and_a_withdrawal_opens_the_chase_again(
    issue, account, story, member
) -> None:
    one = account(1)
    FundAccount.objects.filter(pk=one.pk).update(cash=Decimal("6000"))
    with at(24, "17:00"):
        bring((one.number, 500))
    with at(20, "10:00"):
        second = actions.save_issue(
            None,
            {
                "symbol": "001400", "subscription_code": "001400", "name": "第二只", "kind": "convertible", "exchange": "SZSE",
                "board": "main", "price": Decimal("100"), "risk": 3, "subscribe_on": date(2026, 11, 24), "list_on": None,
            },
            actor=member("boss").actor,
        )  # fmt: skip
    with at(25, "08:00"):
        importers.run(
            "allotments",
            f"account,symbol,quantity\n{one.number},001400,20\n".encode(),
            "z.csv",
            actor="member:1",
        )
        found = {a.issue_id: (a.state, a.funded) for a in Allotment.objects.filter(client_id=story[1])}
        assert found == {issue.pk: ("funded", Decimal("5000.00")), second.pk: ("open", Decimal("1000.00"))}
        pay(one, "4000")
        assert (
            Allotment.objects.get(issue=issue).state == "open"
            and Allotment.objects.get(issue=second).funded == 0
        )
    assert LedgerEntry.objects.filter(kind="allotment.short_again", client_id=story[1]).exists()


def test_two_accounts_of_one_client_are_two_chases_and_one_reminder(issue, account, story) -> None:
    client = Client.objects.get(pk=story[1])
    margin = FundAccount.objects.create(client=client, number="98000001", opened_on=date(2026, 1, 1), cash=0)
    FundAccount.objects.filter(pk=account(1).pk).update(cash=0)
    with at(24, "17:00"):
        bring(("80000002", 500), (margin.number, 300))
    got = tick(24, "19:00")
    assert len(got) == 1 and "800股" in got[0] and "还差8,000.00元" in got[0]
    with at(25, "10:00"):
        FundAccount.objects.filter(pk=margin.pk).update(cash=3000)
        actions.fund([margin.number])
    tick(25, "16:00")
    assert Default.objects.filter(client_id=story[1]).count() == 1


@pytest.mark.requirement("E5")
def test_the_third_default_is_announced_and_bars_from_the_next_issue(issue, account, story) -> None:
    one = account(1)
    FundAccount.objects.filter(pk=one.pk).update(cash=0)
    old = Issue.objects.create(
        symbol="001001", subscription_code="001001", name="旧股", exchange="SZSE", price=1, subscribe_on=date(2026, 3, 2),
        pay_by=datetime(2026, 3, 4, 16, tzinfo=SHANGHAI), settled_at=datetime(2026, 3, 4, 16, tzinfo=SHANGHAI), maker="x",
        made_at=datetime(2026, 3, 1, tzinfo=SHANGHAI),
    )  # fmt: skip
    for n, day in enumerate((date(2026, 3, 4), date(2026, 8, 5))):
        lost = Allotment.objects.create(
            issue=old, client_id=story[1], account_number=f"x{n}", quantity=1, due=1, state="defaulted",
            arrived_at=datetime(2026, 3, 1, tzinfo=SHANGHAI), changed_at=datetime(2026, 3, 1, tzinfo=SHANGHAI),
        )  # fmt: skip
        Default.objects.create(client_id=story[1], allotment=lost, on=day)
    with at(24, "17:00"):
        bring((one.number, 500))
    assert "已放弃 2 次，这次再放弃，将 180 天不能申购" in tick(24, "19:00")[0]
    tick(25, "16:00")
    facts = LedgerEntry.objects.get(kind="allotment.defaulted", facts__name="麦禾股份").facts
    assert facts["count"] == 3 and facts["consequence"].startswith("2026-11-26 至 2027-05-24")
    new_share = Topic.objects.get(code="new_share")
    nxt = Issue.objects.create(
        symbol="001401", subscription_code="001401", name="下一只", exchange="SZSE", price=1, subscribe_on=date(2026, 11, 27),
        pay_by=datetime(2026, 12, 1, 16, tzinfo=SHANGHAI), maker="x", made_at=datetime(2026, 11, 26, tzinfo=SHANGHAI),
    )  # fmt: skip
    with at(27, "08:50"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clients_holding SET quantity = 100000 WHERE client_id = ANY(%s)", [story])
        actions.announce(new_share, nxt)
    event = Event.objects.get(topic=new_share, object_id=nxt.pk)
    asked = {client for client in story if queries.explain(event, client) is not None}
    assert story[1] not in asked and asked


def test_issue_and_listing_days_tell_who_may_and_who_has(issue, account, story) -> None:
    with at(23, "08:49"):
        assert share_days() == 0
    with at(23, "08:50"):
        assert share_days() == 1 and share_days() == 0
    first = Event.objects.get(topic__code="new_share")
    assert first.facts["risk_number"] == 3 and first.expires_at is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.client_id FROM clients_holding h JOIN clients_security s USING (symbol) JOIN clients_client c ON c.id = h.client_id"
            " JOIN LATERAL (SELECT avg(close) AS close FROM (SELECT close FROM clients_price p WHERE p.symbol = h.symbol"
            " AND day < '2026-11-23' ORDER BY day DESC LIMIT 20) x) p ON true WHERE s.exchange = 'SZSE'"
            " AND c.state IN ('opened', 'active', 'dormant', 'leaving') GROUP BY 1 HAVING sum(h.quantity * p.close) >= 10000"
        )
        assert first.audience_count == len(cursor.fetchall()) > 20
    with at(24, "17:00"):
        pay(account(1), "5000")
        bring((account(1).number, 500))
    tick(25, "16:00")
    with time_machine.travel(datetime(2026, 12, 2, 8, 55, tzinfo=SHANGHAI)):
        assert share_days() == 1
        work()
    assert (
        "麦禾股份今天上市" in queries.inbox(story[1])[0]["title"]
        and "500 股" in queries.inbox(story[1])[0]["text"]
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("99999999,001399,500,", "outreach.allotment.account_unknown"),
        ("80000002,009999,500,", "outreach.allotment.issue_unknown"),
        ("80000002,12AB,500,", "outreach.import.code_wrong"),
        ("80000002,001399,0,", "clients.import.number_too_small"),
        ("80000002,001399,1.5,", "outreach.allotment.quantity_wrong"),
        ("80000002,001399,500,4999.99", "outreach.allotment.amount_differs"),
        ("80000002,001399,,", "clients.import.value_missing"),
    ],
)
def test_wrong_results_are_refused_row_by_row(issue, row: str, code: str) -> None:
    content = f"account,symbol,quantity,amount\n{row}\n80000003,001399,500,5000\n"
    with at(24, "17:00"):
        result = importers.run("allotments", content.encode(), "zq.csv", actor="member:1")
    assert [refused.code for refused in result.refused] == [code]
    assert (result.rows_in, result.stored) == (2, 1)


def test_the_same_file_twice_changes_nothing_and_results_after_the_end_are_refused(issue, account) -> None:
    with at(24, "17:00"):
        assert bring((account(1).number, 500)).stored == 1
        again = bring((account(1).number, 500))
        assert (again.stored, again.unchanged) == (0, 1)
    tick(25, "16:00")
    with at(25, "17:00"):
        assert bring((account(2).number, 500)).refused[0].code == "outreach.allotment.too_late"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subscribe_on": date(2026, 11, 22)}, "subscribe_on"),
        ({"price": Decimal(0)}, "price"),
        ({"symbol": "12"}, "symbol"),
        ({"list_on": date(2026, 11, 20)}, "list_on"),
        ({"exchange": "NYSE"}, "exchange"),
    ],
)
def test_wrong_issues_are_refused(issue, member, change: dict, field: str) -> None:
    from maitian.outreach.shares.errors import IssueFieldWrong

    values = {
        name: getattr(issue, name)
        for name in (
            "symbol",
            "subscription_code",
            "name",
            "kind",
            "exchange",
            "board",
            "price",
            "risk",
            "subscribe_on",
            "list_on",
        )
    }
    with pytest.raises(IssueFieldWrong) as caught:
        actions.save_issue(None, values | {"symbol": "001777"} | change, actor="member:1")
    assert caught.value.field == field


def test_past_the_calendar_s_horizon_the_law_s_deadline_is_refused(member) -> None:
    from maitian.core.time.errors import PastHorizon

    with pytest.raises(PastHorizon):
        actions.deadline(date(2026, 12, 31), __import__("maitian.core.rulebook", fromlist=["at"]).at())


def test_the_clock_may_jump(issue, account, story) -> None:
    """A night without a worker: one reminder in the morning, not two; a clock set back sends nothing again."""
    with at(24, "17:00"):
        FundAccount.objects.filter(client_id__in=story).update(cash=0)
        bring((account(1).number, 500))
    assert len(tick(25, "09:30")) == 1
    assert tick(24, "19:30") == []
    assert Issue.objects.get().steps_fired == [2]
    with at(28, "09:00"):
        assert actions.advance()["settled"] == 1
    assert Default.objects.get().on == date(2026, 11, 25)  # dated at the deadline, not at the sweep


def test_the_fact_of_the_text_is_kept(issue, account, story) -> None:
    with at(24, "17:00"):
        FundAccount.objects.filter(client_id__in=story).update(cash=0)
        bring((account(1).number, 500))
    tick(24, "19:00")
    event = Event.objects.get(object_kind="allotment_step")
    row = LedgerEntry.objects.get(kind="outreach.decided", object_id=str(event.pk))
    assert len(row.facts["facts_digest"]) == 64
    assert timedelta(0) < event.topic.changed_at - datetime(2020, 1, 1, tzinfo=SHANGHAI)


# --- pages and API ---------------------------------------------------------------------------------------------


@pytest.fixture
def short(issue, account, story) -> Issue:
    """Two of the story's clients are short: one has a part."""
    with at(24, "17:00"):
        FundAccount.objects.filter(client_id__in=story).update(cash=0)
        bring((account(1).number, 500), (account(2).number, 500))
        pay(account(2), "1000")
    return issue


def test_the_board_shows_who_is_short_to_those_who_may_see_them(short, story, sign_in) -> None:
    path = f"/outreach/shares/{short.pk}/"
    with at(24, "18:00"):
        boss = sign_in("boss").get(path).content.decode()
        assert "5,000.00" in boss and "4,000.00" in boss and "周晓雯" in boss and "恭喜中签" in boss
        own = sign_in("manager1").get(path).content.decode()
        assert "5,000.00" in own
        stranger = sign_in("manager2").get(path).content.decode()
        assert "5,000.00" not in stranger and "没有人缺款" in stranger
        assert sign_in("editor").get("/outreach/shares/").status_code == 200
        assert sign_in("admin").get(path).status_code == 403


def words(answer: Any) -> str:
    """What stands on a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.requirement("E5")
def test_the_client_s_own_people_see_the_chase_on_his_page_and_at_home(short, story, sign_in, member) -> None:
    with at(24, "19:00"):
        actions.advance()
    with at(24, "19:01"):
        page = words(sign_in("manager1").get(f"/clients/{story[1]}/"))
        assert "麦禾股份" in page and "还差 5,000.00 元" in page
        assert "客户端收件箱 + 短信" in page and "下一步 明天 09:00 短信" in page
        assert 'id="allotments"' not in sign_in("manager1").get(f"/clients/{story[0]}/").content.decode()
        home = sign_in("manager1").get("/").content.decode()
        assert "麦禾股份中签还差 5,000.00 元" in home and "中签还缺款" in home
        assert "麦禾股份中签还差" not in sign_in("manager2").get("/").content.decode()
        assert "中签还缺款" in sign_in("boss").get("/").content.decode()
        assert [item.client_id for item in share_queries.owing(member("boss"))] == [story[1], story[2]]
    with at(25, "16:00"):
        actions.advance()
        page = sign_in("manager1").get(f"/clients/{story[1]}/").content.decode()
        assert "放弃认购" in page and "12 个月内放弃过 1 次，满 3 次 180 天不能申购" in page
        assert share_queries.owing(member("boss")) == []


def test_an_issue_is_registered_by_a_form_that_says_what_is_wrong(sign_in, member) -> None:
    given = {
        "name": "新芽", "symbol": "001555", "subscription_code": "001555", "kind": "share", "exchange": "SZSE", "board": "main", "price": "9.9",
        "risk": "3", "subscribe_on": "2026-11-28", "list_on": "",
    }  # fmt: skip
    clerk = sign_in("clerk1")
    answer = clerk.post("/outreach/shares/new/", given)
    assert (
        answer.status_code == 422 and "不是交易日" in answer.content.decode() and not Issue.objects.exists()
    )
    assert clerk.post("/outreach/shares/new/", given | {"subscribe_on": "2026-11-27"}).status_code == 302
    assert clerk.post("/outreach/shares/new/", given | {"subscribe_on": "2026-11-27"}).status_code == 422
    assert Issue.objects.get().pay_by == datetime(2026, 12, 1, 16, tzinfo=SHANGHAI)
    assert sign_in("manager1").post("/outreach/shares/new/", given).status_code == 403


def test_the_client_sees_what_is_missing_in_the_portal(short, story, sign_in) -> None:
    with at(24, "18:00"):
        browser = sign_in(story[2])
        assert "还差 4,000.00 元" in browser.get("/portal/").content.decode()
        assert "还差 4,000.00 元" in browser.get("/portal/shares/").content.decode()
    with at(24, "19:00"):
        actions.advance()
        assert "提醒过您： 今天 19:00" in words(browser.get("/portal/shares/"))
        assert "还没有中签" in sign_in(story[3]).get("/portal/shares/").content.decode()


def test_results_come_in_by_the_api_and_wrong_rows_are_answered(issue, account, member, client) -> None:
    from maitian.staff.actions import make_token

    token = make_token(member("boss"), "x", ["clients.import", "shares.view"])
    head = {"Authorization": f"Bearer {token}"}
    rows = [
        {"account": account(1).number, "symbol": "001399", "quantity": 500},
        {"account": "1", "symbol": "001399", "quantity": 500},
    ]
    with at(24, "17:00"):
        FundAccount.objects.filter(pk=account(1).pk).update(cash=0)
        answer = client.post(
            "/api/v1/allotments", {"rows": rows}, content_type="application/json", headers=head
        ).json()
        assert (answer["rows"], answer["stored"], answer["refused"][0]["row"]) == (2, 1, 2)
        assert answer["refused"][0]["code"] == "outreach.allotment.account_unknown"
        found = client.get(f"/api/v1/issues/{issue.pk}/short", headers=head).json()
        assert [row["missing"] for row in found] == ["5000.00"]
        own = client.get(f"/api/v1/clients/{account(1).client_id}/allotments", headers=head).json()
        assert [(row["state"], row["missing"], row["reminded_at"]) for row in own] == [
            ("open", "5000.00", [])
        ]
        other = {"Authorization": f"Bearer {make_token(member('manager2'), 'x', ['shares.view'])}"}
        assert (
            client.get(f"/api/v1/clients/{account(1).client_id}/allotments", headers=other).status_code == 404
        )


def test_the_list_of_who_is_short_is_read_by_its_index(short, member) -> None:
    """With forty issues and 20,000 allotments the board of one issue reads that issue's rows, not the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_issue (symbol, subscription_code, name, kind, exchange, board, price, risk, subscribe_on, pay_by, steps_fired,"
            " maker, made_at) SELECT (400000 + n)::text, (400000 + n)::text, 'x', 'share', 'SZSE', 'main', 10, 3, %s, %s, '[]', 'x', %s"
            " FROM generate_series(1, 40) n",
            [T, short.pay_by, short.made_at],
        )
        cursor.execute(
            "INSERT INTO outreach_allotment (issue_id, client_id, account_number, quantity, due, funded, state, arrived_at, changed_at)"
            " SELECT i.id, n, 'p' || n, 100, 1000, 0, CASE WHEN n % 4 = 0 THEN 'open' ELSE 'paid' END, i.made_at, i.made_at"
            " FROM outreach_issue i, generate_series(1, 500) n"
        )
        cursor.execute("ANALYZE outreach_allotment, outreach_issue")
        listed = share_queries.short(short.pk, member("boss"))
        cursor.execute(f"EXPLAIN {listed.text} LIMIT 50", listed.params)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "allotment_of_issue" in plan and "Seq Scan on outreach_allotment" not in plan
