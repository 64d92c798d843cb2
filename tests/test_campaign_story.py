"""A campaign from draft to result in a real Chromium, over three weeks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from playwright.sync_api import Browser, Page, expect

from maitian.clients.models import Client
from maitian.core import reactions
from maitian.offerings import actions as offerings
from maitian.outreach import actions as outreach
from maitian.outreach.campaigns import advance
from maitian.outreach.campaigns.models import Campaign, CampaignMember
from maitian.outreach.models import Event, Message
from maitian.outreach.tests.campaigning import at, work
from maitian.outreach.tests.test_dispatch import Line
from tests.chromium import chromium, violations
from tests.frozen import FrozenProduct, copied_database, served
from tests.test_story import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def product(committed: None) -> Iterator[FrozenProduct]:
    with copied_database("campaign"), served(at(24, "09:00")) as made:
        for event in Event.objects.filter(state="sending"):  # the phones then get the test's messages alone
            outreach.control(event.pk, "stop", actor="system:demo")
        yield made


def minute(line: Line) -> None:
    """What a worker does in a minute: reactions, what the clock brings, messages, the reactions to those."""
    reactions.react_all()
    advance.run()
    work(line)
    reactions.react_all()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def sign_in(browser: Browser, product: FrozenProduct, name: str, width: int = 1366) -> Page:
    portal = name.isdigit()
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(60_000)  # a slow machine is not a wrong page
    page.goto(product.address + ("/portal/sign-in/" if portal else "/sign-in/"))
    page.fill("#account" if portal else "#name", name)
    page.fill("#password", PASSWORD)
    page.click("form button.pri")
    page.wait_for_url(lambda url: "/sign-in/" not in url)  # the sign-in's own address ends in a slash, too
    return page


def go(page: Page, selector: str) -> None:
    """Click, and wait until the page that comes is there with its scripts."""
    with page.expect_navigation(wait_until="load"):
        page.locator(selector).last.click()


def clean(page: Page) -> None:
    """Accessible, and nothing passes the edge of the screen."""
    found = violations(page)
    assert found == [], found
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")


@pytest.mark.requirement("E6", "G8")
def test_a_campaign_from_draft_to_result(product: FrozenProduct, browser: Browser) -> None:
    """Made by clicks on a phone's width checked, begun, followed over its days, and read."""
    phones = Line()
    Client.objects.filter(level_rank=1).update(
        consent_bits=0xFFF, address_bits=7, state="active", risk_class=4, risk_valid_until="2028-01-01"
    )
    name = "金智慧推荐"
    editor = sign_in(browser, product, "campaign")
    editor.goto(product.address + "/outreach/campaigns/")
    go(editor, "text=新活动")
    editor.fill("#id_name", name)
    go(editor, "button.pri")
    here = editor.url
    clean(editor)

    # Goal, audience, groups, limits.
    go(editor, "#goal a.btn")
    editor.check("input[name=kind][value=level]")
    editor.select_option("#id_level", "gold_wisdom")
    go(editor, "main form button.pri")
    go(editor, "#audience a.btn")
    editor.select_option("[id='c.0.is']", "level")
    editor.check("input[name='c.0.v'][value='1']")
    go(editor, "button:has-text('存好')")
    go(editor, "#groups a.btn")
    for field, value in (
        ("control", "20"),
        ("name1", "讲内容"),
        ("share1", "50"),
        ("name2", "讲好处"),
        ("share2", "50"),
    ):
        editor.fill(f"#id_{field}", value)
    go(editor, "main form button.pri")
    go(editor, "#limits a.btn")
    editor.check("input[name=message_class][value='0']")
    editor.fill("#id_budget", "50")
    editor.fill("#id_ends_day", "2026-12-11")
    go(editor, "main form button.pri")

    # Steps: send, wait, branch, and on one of its ways a reminder.
    def add(place: str, do: str) -> None:
        editor.goto(here)
        found = editor.locator(place).first
        if found.get_attribute("open") is None:
            found.locator("summary").click()
        with editor.expect_navigation(wait_until="load"):
            found.locator(f"button[value={do}]").click()

    add("#steps > .in > .add-step", "send")
    editor.fill("#name", "邀请")
    editor.select_option("#link", "level")
    editor.fill("#t-1-inbox", "金智慧上新\n{salutation}，金智慧新增两类报告。")
    editor.fill("#t-1-sms", "{signature}金智慧新增两类报告，客户端可申请。{opt_out}")
    editor.fill("#t-2-inbox", "少看一页，多懂一层")
    editor.fill("#t-2-sms", "没有签名")
    go(editor, "main form button.pri")
    expect(editor.locator("main")).to_contain_text("请以 {signature} 开始")
    assert editor.input_value("#t-2-sms") == "没有签名"
    editor.fill("#t-2-sms", "{signature}金智慧能看的报告更多，客户端可申请。{opt_out}")
    go(editor, "main form button.pri")
    add("#step-s1 > .add-step", "wait")
    go(editor, "main form button.pri")
    add("#step-s2 > .add-step", "branch")
    editor.check("input[name=ask][value=opened]")
    editor.select_option("#id_of", "s1")
    go(editor, "main form button.pri")
    expect(editor.locator("main")).to_contain_text("两条路去同一步")  # nothing stands on either way yet
    add("#step-s3 .way:nth-child(2) > .add-step", "send")
    editor.fill("#name", "再说一次")
    editor.uncheck("input[name=on-sms]")
    for arm in (1, 2):
        editor.fill(f"#t-{arm}-inbox", "再说一次\n还可以申请金智慧。")
    go(editor, "main form button.pri")
    editor.goto(here)
    expect(editor.locator("#forecast")).to_contain_text("最晚走完")
    expect(editor.locator("#step-s3")).to_contain_text("打开了“邀请”的消息吗")
    go(editor, "button:has-text('提交复核')")
    expect(editor.locator("h1")).to_contain_text("待复核")

    # Another person looks at it on a phone and approves.
    checker = sign_in(browser, product, "checker", width=390)
    checker.goto(here)
    expect(checker.locator("main")).to_contain_text("金智慧新增两类报告")
    clean(checker)
    go(checker, "#answer button.pri")
    expect(checker.locator("h1")).to_contain_text("已复核")
    editor.goto(here)
    go(editor, "#start button.pri")
    expect(editor.locator("h1")).to_contain_text("进行中")

    # The first send: treated clients get it, the control group does not.
    product.at(at(24, "09:05"))
    before = len(phones.got)
    minute(phones)
    item = Campaign.objects.get(name=name)
    treated = set(
        CampaignMember.objects.filter(campaign_id=item.pk, arm__gt=0).values_list("client_id", flat=True)
    )
    # Other texts of the morning may go at the same time; this campaign's lead to its own first words.
    events = item.rounds.exclude(event=None).values_list("event_id", flat=True)
    sent = Message.objects.filter(event_id__in=list(events), channel=1)
    reached = {message.client_id for message in phones.got[before:]}
    assert set(sent.values_list("client_id", flat=True)) == treated <= reached and item.controls > 0
    product.at(at(24, "15:00"))
    one = next(client for client in sorted(treated) if Client.objects.get(pk=client).accounts.exists())
    reader = sign_in(browser, product, Client.objects.get(pk=one).accounts.get().number, width=390)
    reader.goto(product.address + "/portal/inbox/")
    with reader.expect_navigation(wait_until="load"):
        reader.locator("#inbox a").first.click()
    expect(reader.locator("main")).to_contain_text("去看看")
    go(reader, "text=去看看")
    expect(reader).to_have_url(re.compile("/portal/level/"))

    # Some apply, in every group; two working days later the others hear of it once more.
    product.at(at(25, "11:00"))
    for client in [
        *sorted(treated)[1:9],
        *CampaignMember.objects.filter(campaign_id=item.pk, arm=0).values_list("client_id", flat=True)[:1],
    ]:
        offerings.apply(client, "gold_wisdom", channel="portal", actor=f"client:{client}")
    minute(phones)
    product.at(at(26, "09:31"))
    minute(phones)
    editor = sign_in(browser, product, "editor")  # the other one's session is over by now
    editor.goto(here)
    expect(editor.locator("main")).to_contain_text("8 / ")
    expect(editor.locator("tr", has_text="再说一次").first).to_contain_text("客户端收件箱")

    # The end comes by itself, and the branch manager reads what it brought.
    product.at(at(11, "18:00", 12))
    minute(phones)
    boss = sign_in(browser, product, "boss")
    boss.goto(here)
    expect(boss.locator("h1")).to_contain_text("已结束")
    expect(boss.locator("#compare")).to_contain_text("对照组")
    expect(boss.locator(".funnel").first).to_be_visible()
    expect(boss.locator("#compare")).to_contain_text("区间")
    clean(boss)
    with boss.expect_download() as download:
        boss.click("text=导出")
    assert "difference" in download.value.path().read_text("utf-8")
