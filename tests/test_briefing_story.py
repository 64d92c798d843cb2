"""An investment briefing from the draft to the calls afterwards, in a real Chromium, with time standing still between the steps."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from maitian.clients.models import Client, FundAccount
from maitian.core import reactions
from maitian.outreach import dispatch
from maitian.outreach.briefings import actions
from maitian.outreach.briefings.models import Briefing, Guest
from maitian.outreach.channels import Outgoing
from maitian.outreach.channels.pool import Pool
from maitian.outreach.models import CallTask
from maitian.outreach.tests.test_dispatch import Line
from tests.chromium import chromium, closing, violations
from tests.frozen import FrozenProduct, copied_database, served
from tests.test_chase_story import Desk, moment
from tests.test_desk_story import PLAIN

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # a slow machine is not a wrong page
ACCOUNTS = ("80000001", "80000002", "80000003")


@pytest.fixture
def product(django_db_setup: None, django_db_blocker: Any) -> Iterator[FrozenProduct]:
    with (
        django_db_blocker.unblock(), override_settings(STORAGES=PLAIN), copied_database("briefing"), served(moment(24, "10:00")) as made,
    ):  # fmt: skip
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield from closing(made)


def worker() -> tuple[list[Outgoing], list[Outgoing]]:
    """The worker's minute: what the clock does, reactions, sending. Returns the texts and the mails that left."""
    actions.run()
    reactions.react_all()
    phones, mails = Line(), Line("mail")
    for channels, pool in (((0, 3), None), ((1,), Pool([phones])), ((2,), Pool([mails]))):
        here = dispatch.Worker(channels, pool)
        while here.step():
            pass
    return phones.got, mails.got


def accessible(page: Page) -> None:
    assert violations(page) == []


@pytest.mark.requirement("G6.9")
def test_a_briefing_from_the_invitation_to_who_came(product: FrozenProduct, browser: Browser) -> None:
    first, second, third = (FundAccount.objects.get(number=number).client_id for number in ACCOUNTS)
    Client.objects.update(consent_bits=0)
    Client.objects.filter(pk__in=(first, second, third)).update(consent_bits=0xFFF, address_bits=15, state="active", level_rank=2)  # fmt: skip
    Client.objects.filter(pk=third).update(address_bits=11)  # no mailbox
    worker()  # what the demonstration left on its way

    # An editor writes it, for clients of Gold Wisdom; another person checks it.
    editor = Desk(browser, product, "campaign")
    page = editor.go("/outreach/briefings/new/")
    for field, value in {
        "title": "年末资产配置", "speaker": "麦田研究所 韩立", "summary": "回顾全年，讲股债怎么搭配。", "day": "2026-11-27", "begins": "14:00",
        "ends": "16:00", "place": "滨河路营业部三楼", "seats": "1", "until_day": "2026-11-27", "until_clock": "12:00",
    }.items():  # fmt: skip
        page.fill(f"#id_{field}", value)
    accessible(page)
    page.get_by_role("button", name="存好").click()
    page.get_by_role("button", name="提交复核").click()
    expect(page.locator("body")).to_contain_text("提交人自己不能复核")
    here = page.url.removeprefix(product.address).partition("#")[0]
    page = Desk(browser, product, "checker").go(here)
    page.get_by_role("button", name="通过，开始报名").click()
    expect(page.locator("h1")).to_contain_text("报名中")

    # The invitation is decided first: by channel, and why others do not get it; then a person sends it.
    page = editor.go(here)
    page.get_by_role("button", name="准备邀请…").click()
    if "/briefings/" in page.url:
        page.get_by_role("link", name="去看名单并发送").click()
    expect(page.locator("body")).to_contain_text("邮件")
    page.click("[data-open=confirm]")
    confirm = page.locator("dialog[open] #count")
    if confirm.count():
        confirm.fill(re.sub(r"\D", "", page.locator("#confirm-title").inner_text()))
    page.click("#confirm-send")
    page.wait_for_load_state()
    _texts, mails = worker()
    assert {m.client_id for m in mails} == {first, second}  # whoever has a mailbox and agreed to such mails
    page = Desk(browser, product, ACCOUNTS[2], width=390).go("/portal/inbox/")
    expect(page.locator("body")).to_contain_text(
        "请您来听：年末资产配置"
    )  # who has none reads it in the portal
    mail = next(m for m in mails if m.client_id == first)
    assert mail.subject == "请您来听：年末资产配置" and mail.unsubscribe
    assert "地点：滨河路营业部三楼" in mail.text and "11月27日 12:00 前登录客户端" in mail.text

    # The client reads it on the phone and takes the only seat; the next one waits and is told so.
    phone = Desk(browser, product, ACCOUNTS[0], width=390)
    page = phone.go("/portal/inbox/")
    page.get_by_text("请您来听：年末资产配置").click()
    page = phone.go(f"/portal{here.removeprefix('/outreach')}")
    page.fill("#question", "债券基金怎么选")
    page.locator("#sign-up button").click()
    expect(page.locator("#ticket")).to_contain_text("您的入场码")
    code = Guest.objects.get(client_id=first).code
    expect(page.locator("#ticket")).to_contain_text(code)
    accessible(page)
    other = Desk(browser, product, ACCOUNTS[1], width=390)
    page = other.go(f"/portal{here.removeprefix('/outreach')}")
    page.locator("#sign-up").get_by_role("button", name="候补").click()
    expect(page.locator(".note.warn")).to_contain_text("您在候补里")

    # A second seat is added: the one who waited has it and hears at once.
    page = editor.go(f"{here}change/")
    page.fill("#id_seats", "2")
    page.locator("form.card button.pri").click()
    page.wait_for_load_state()
    worker()
    page = other.go("/portal/inbox/")
    expect(page.locator("body")).to_contain_text("座位留好了：年末资产配置")

    # The day before, both are reminded with their code; whoever has no seat is not.
    product.at(moment(26, "15:00"))
    texts, _mails = worker()
    assert {m.client_id for m in texts if "入场码" in m.text} == {first, second}

    # At the door: a code that is none, the right one, the same again.
    product.at(moment(27, "13:40"))
    door = Desk(browser, product, "hotline1")
    page = door.go(f"{here}door/")
    page.fill("#code", "22222222")
    page.keyboard.press("Enter")
    expect(page.locator(".note[role=alert]")).to_contain_text("没有签到")
    page.fill("#code", code.lower())
    page.keyboard.press("Enter")
    expect(page.locator(".note[role=status]")).to_contain_text("签到了，请进")
    accessible(page)
    page.fill("#code", code)
    page.keyboard.press("Enter")
    expect(page.locator(".note[role=status]")).to_contain_text("13:40 已经签过")
    page = phone.go(f"/portal{here.removeprefix('/outreach')}")
    expect(page.locator("#ticket")).to_contain_text("已签到")

    # Afterwards: it ends by itself, the notes reach both, the manager calls the one who did not come.
    product.at(moment(27, "16:00"))
    worker()
    assert Briefing.objects.get(title="年末资产配置").state == "held"
    page = editor.go(here)
    expect(page.locator("#figures")).to_contain_text("有座位没来")
    page.fill("#notes-text", "讲了股债搭配，答了三个问题。")
    page.get_by_role("button", name="发布纪要").click()
    page.select_option("#group", "missed")
    page.fill("#words", "没能来，问问要不要讲义")
    page.get_by_role("button", name="派任务").click()
    page.wait_for_load_state()
    accessible(page)
    worker()
    page = phone.go("/portal/inbox/")
    expect(page.locator("body")).to_contain_text("“年末资产配置”的纪要")
    page = phone.go(f"/portal{here.removeprefix('/outreach')}")
    expect(page.locator("#notes")).to_contain_text("答了三个问题")
    assert CallTask.objects.filter(event__topic__code="briefing_follow_up").get().client_id == second
