"""One allotment chase over three trading days, in a real Chromium, with time standing still between the steps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from playwright.sync_api import Browser, Page, expect

from maitian.clients.models import Client, FundAccount
from maitian.core import reactions
from maitian.core.time import SHANGHAI
from maitian.outreach import dispatch
from maitian.outreach.channels.pool import Pool
from maitian.outreach.models import Allotment, Default, Issue
from maitian.outreach.shares import actions
from maitian.outreach.tests.test_dispatch import Line
from tests.chromium import chromium, violations
from tests.frozen import FrozenProduct, copied_database, served
from tests.test_story import PASSWORD

pytestmark = pytest.mark.browser


def moment(day: int, clock: str) -> datetime:
    hours, minutes = map(int, clock.split(":"))
    return datetime(2026, 11, day, hours, minutes, tzinfo=SHANGHAI)


@pytest.fixture
def product(committed: None) -> Iterator[FrozenProduct]:
    with copied_database("chase"), served(moment(20, "10:00")) as made:
        Default.objects.all().delete()
        Allotment.objects.all().delete()
        Issue.objects.all().delete()
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Desk:
    """A person at a screen of the product."""

    def __init__(
        self, browser: Browser, product: FrozenProduct, name: str, width: int = 1366, *, scripts: bool = True
    ) -> None:
        self.product, self.name = product, name
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", java_script_enabled=scripts
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)  # a slow machine is not a wrong page

    def go(self, path: str) -> Page:
        """Open a page; hours have passed, so the sign-in may have to be repeated first."""
        page = self.page
        page.goto(self.product.address + path)
        if "/sign-in/" in page.url:
            page.fill("#account" if self.name.isdigit() else "#name", self.name)
            page.fill("#password", PASSWORD)
            page.click("form button.pri")
            page.wait_for_url(lambda url: "/sign-in/" not in url)
            page.goto(self.product.address + path)
        return page

    def bring(self, kind: str, content: str) -> None:
        """Import a file by the page."""
        self.go(f"/imports/?kind={kind}")
        self.page.select_option("#kind", kind)
        self.page.set_input_files(
            "#file", {"name": f"{kind}.csv", "mimeType": "text/csv", "buffer": content.encode()}
        )
        self.page.click("button[name=store]")
        expect(self.page.locator(".note.ok")).to_contain_text("已导入")

    def money(self, account: str, at: str, amount: int, reference: str) -> None:
        self.bring("cash_flows", f"account,at,amount,reference\n{account},{at},{amount},{reference}\n")


@pytest.mark.requirement("E5")
def test_a_winner_is_chased_over_three_trading_days_until_the_money_is_in(
    product: FrozenProduct, browser: Browser
) -> None:
    accounts = ["80000001", "80000002", "80000003"]
    rich, part, never = (FundAccount.objects.get(number=number) for number in accounts)
    Client.objects.filter(accounts__number__in=accounts).update(consent_bits=0xFFF, address_bits=15)
    phones = Line()

    def pass_time(day: int, clock: str) -> list[str]:
        """The worker's minute: reactions, the ladder, sending. What the phones got, newest last."""
        product.at(moment(day, clock))
        before = len(phones.got)
        reactions.react_all()
        actions.advance()
        for channels, pool in (((0, 3), None), ((1,), Pool([phones]))):
            worker = dispatch.Worker(channels, pool)
            while worker.step():
                pass
        return [message.text for message in phones.got[before:] if "麦禾" in message.text]

    # Before T the counter registers the issue; the deadline comes out of the calendar.
    boss = Desk(browser, product, "boss")
    page = boss.go("/outreach/shares/new/")
    for field, value in {
        "name": "麦禾股份", "symbol": "001399", "subscription_code": "001399", "price": "10", "subscribe_on": "2026-11-23",
    }.items():  # fmt: skip
        page.fill(f"#id_{field}", value)
    page.select_option("#id_exchange", "SZSE")
    page.click("form.card button.pri")
    expect(page.locator("body")).to_contain_text("11-25 16:00")
    board = page.url.removeprefix(product.address)

    # T+1, Tuesday evening: the result comes in. Who has the money is not chased.
    product.at(moment(24, "17:00"))
    boss.bring(
        "balances",
        "account,at,balance\n"
        + "".join(f"{a},2026-11-24 16:30,{c}\n" for a, c in zip(accounts, (9000, 100, 0), strict=True)),
    )
    boss.bring("allotments", "account,symbol,quantity\n" + "".join(f"{a},001399,500\n" for a in accounts))
    page = boss.go(board)
    expect(page.locator(".facts")).to_contain_text("9,900")
    assert pass_time(24, "18:59") == []
    got = pass_time(24, "19:00")
    assert len(got) == 2 and any("还差4,900.00元" in text for text in got)

    client = Desk(browser, product, part.number, width=390)
    page = client.go("/portal/")
    page.get_by_text("麦禾股份").first.wait_for()
    page = client.go("/portal/shares/")
    expect(page.locator("body")).to_contain_text("还差 4,900.00 元")
    assert violations(page) == []

    # In the night a part arrives: the morning text asks for the exact rest.
    product.at(moment(25, "08:00"))
    boss.money(part.number, "2026-11-24 21:00", 2900, "F1")
    got = pass_time(25, "09:00")
    assert sum("还差2,000.00元" in text for text in got) == 1 and len(got) == 2
    page = client.go("/portal/shares/")
    expect(page.locator("body")).to_contain_text("还差 2,000.00 元")

    # Midday: the manager of both has two calls to make, and sees who is short and by how much.
    pass_time(25, "11:45")
    manager = Desk(browser, product, "manager1")
    page = manager.go(board)
    expect(page.locator("td b")).to_have_text(["5,000.00", "2,000.00"])
    expect(page.get_by_text("去打")).to_have_count(2)
    assert violations(page) == []
    page.locator("tr", has_text="2,000.00").get_by_text("去打").click()
    expect(page.locator("body")).to_contain_text("账户里还差 2,000.00 元")
    page.locator("button[name=result]").first.click()
    expect(page.locator("body")).to_contain_text("已记下")

    # It helped: the rest arrives, and this client hears no more of it.
    product.at(moment(25, "13:00"))
    boss.money(part.number, "2026-11-25 12:50", 2000, "F2")
    reactions.react_all()
    page = client.go("/portal/shares/")
    expect(page.locator(".tag.ok")).to_have_count(1)
    page = manager.go(board)
    expect(page.locator("td b")).to_have_text(["5,000.00"])

    # 14:00: the hotline is told to call the last one.
    pass_time(25, "14:00")
    page = boss.go(board)
    expect(page.locator(".tl")).to_contain_text("热线打电话")

    # 16:00: over. The one who never paid is told what it means; nobody else is told anything.
    got = pass_time(25, "16:00")
    reactions.react_all()
    got += pass_time(25, "16:01")
    assert len(got) == 1 and "已按放弃处理" in got[0] and "第1次" in got[0]
    page = boss.go(board)
    expect(page.locator(".facts")).to_contain_text("已截止")
    loser = Desk(browser, product, never.number, width=390)
    page = loser.go("/portal/shares/")
    expect(page.locator("body")).to_contain_text("12 个月内放弃过 1 次")
    assert dict(Allotment.objects.values_list("account_number", "state")) == {
        rich.number: "paid", part.number: "paid", never.number: "defaulted",
    }  # fmt: skip
    assert Default.objects.get().allotment.missing == Decimal("5000.00")
