"""The desk in a real Chromium, with time standing still between the steps: a complaint from the portal to the signed
result, two people on one case, two cases of one client put together and taken apart. One product serves all three."""

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
from maitian.core.time import SHANGHAI
from maitian.desk.actions import sweeping
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Case, Clock, Entry
from maitian.staff.models import Member
from tests.chromium import chromium, closing, violations
from tests.frozen import FrozenProduct, copied_database, served
from tests.test_chase_story import Desk, moment

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # a slow machine is not a wrong page
PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@pytest.fixture(scope="module")
def product(django_db_setup: None, django_db_blocker: Any) -> Iterator[FrozenProduct]:
    with (
        django_db_blocker.unblock(), override_settings(STORAGES=PLAIN), copied_database("desk"), served(moment(24, "10:00")) as made,
    ):  # fmt: skip
        yield made


@pytest.fixture(scope="module")
def program() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def browser(program: Browser) -> Iterator[Browser]:
    yield from closing(program)


def client_of(account: str) -> Client:
    return Client.objects.select_related("manager", "branch").get(
        pk=FundAccount.objects.get(number=account).client_id
    )


def enquiry(account: str, body: str) -> Case:
    """A question that the client asks in the portal."""
    client = client_of(account)
    made = open_case(
        kind="enquiry", branch=client.branch, client=client, body=body, channel="portal", actor=client.actor
    )
    return made.case


def accessible(page: Page) -> None:
    assert violations(page) == []


@pytest.mark.requirement("T4", "T5", "T6", "E6", "G16")
def test_a_complaint_from_the_portal_to_the_signed_result_with_one_answer_too_late(
    product: FrozenProduct, browser: Browser
) -> None:
    # Tuesday 10:00: the client complains on the phone and reads at once by when there will be a result.
    phone = Desk(browser, product, "80000001", width=390)
    page = phone.go("/portal/cases/new/?kind=complaint")
    page.select_option("#complaint_kind", "business_error")
    page.fill("#body", "10 月账单的佣金高于约定的 1.8‰。")
    page.fill("#happened", "11 月 23 日收到账单")
    page.fill("#wanted", "核实，退还多收部分")
    page.click("form button.pri")
    expect(page.locator("#case-said")).to_contain_text("12-15 17:00")
    case = Case.objects.get(kind__code="complaint")
    address = page.url.removeprefix(product.address)

    # The business centre has it in its queue; a clerk takes it and is called away.
    clerk = Desk(browser, product, "clerk1")
    page = clerk.go("/desk/?view=queue")
    page.locator(".cases a", has_text="佣金高于约定").click()
    page.get_by_role("button", name="我来接").click()
    expect(page.locator("body")).to_contain_text("您接了这件")
    desk = f"/desk/{case.ref}/"

    # 240 minutes of the branch's hours, lunch left out: the first answer was due at 15:00. It is 15:30.
    product.at(moment(24, "15:30"))
    sweeping.sweep()
    first = Clock.objects.get(case=case, kind="first_answer")
    assert (first.state, first.breached_at) == ("breached", moment(24, "15:00"))
    boss = Desk(browser, product, "boss")
    page = boss.go("/desk/?view=late")
    expect(page.locator(".cases")).to_contain_text("佣金高于约定")
    page = clerk.go(desk)
    page.fill("#body", "您好，账单我们正在逐笔核对，今天下班前给您结论。")
    page.get_by_role("button", name="发送答复").click()
    expect(page.locator("#case-pulse")).to_contain_text("首次答复 超时")

    # Wednesday: accepted, looked into, remedied within the clerk's own limit, answered.
    product.at(moment(25, "9:30"))
    page = clerk.go(desk)
    page.get_by_role("button", name="受理", exact=True).click()
    page.fill("#finding", "11 月三笔按 2.4‰ 收取，应为 1.8‰。")
    page.select_option("#cause", "slip")
    page.select_option("#liability", "ours")
    page.locator("form", has=page.locator("#finding")).get_by_role("button", name="存").click()
    page.get_by_text("改分类、转部门").click()
    page.select_option("#c_reason", "reasonable")
    page.locator("form", has=page.locator("#c_reason")).get_by_role("button", name="存").click()
    page.get_by_text("补救方案", exact=True).click()
    page.select_option("#remedy", "refund")
    page.fill("#amount", "12.40")
    page.get_by_role("button", name="提出方案").click()
    page.fill("#reference", "PZ-1125-07")
    page.get_by_role("button", name="已执行").click()
    expect(page.locator("#complaint-way")).to_contain_text("PZ-1125-07")
    page.locator("#main").get_by_text("给结果", exact=True).click()
    page.fill("#result_body", "多收的 12.40 元已退回您的账户，请查收。")
    page.get_by_role("button", name="给客户这个结果").click()
    expect(page.locator("#complaint-way")).to_contain_text("登记确认")

    # The client reads it and signs; another name than his own is not a signature.
    page = phone.go(address)
    expect(page.locator("#case-said")).to_contain_text("已退回您的账户")
    accessible(page)
    page.fill("#signature", "王小明")
    page.get_by_role("button", name="签名确认").click()
    expect(page.locator("#confirm [role=alert]")).to_be_visible()
    page.fill("#signature", "陈建国")
    page.locator("input[name=stars][value='5']").check(force=True)
    page.get_by_role("button", name="签名确认").click()
    expect(page.locator("#case-said a", has_text=".pdf")).to_be_visible()
    page = clerk.go(desk)
    expect(page.locator("#complaint-way")).to_contain_text("客户端确认")
    case.refresh_from_db()
    assert (case.state, case.satisfaction, case.complaint.confirmation) == ("closed", 5, "portal")
    assert case.closed_at is not None and case.closed_at.astimezone(SHANGHAI) == moment(25, "9:30")
    assert dict(Clock.objects.filter(case=case, breached_at__isnull=False).values_list("kind", "state")) == {
        "first_answer": "breached"
    }
    reactions.react_all()


def test_two_people_on_one_case_see_each_other_and_neither_loses_a_word(
    product: FrozenProduct, browser: Browser
) -> None:
    product.at(moment(25, "10:00"))
    case = enquiry("80000002", "融资融券的利率是多少？")
    desk = f"/desk/{case.ref}/"
    names = {name: Member.objects.get(sign_in_name=name).name for name in ("hotline1", "hotline2")}
    first = Desk(browser, product, "hotline1").go(desk)
    first.fill("#body", "现在的标准利率是 6.35%，")
    expect(first.locator("#draft-state")).to_contain_text("10:00")

    # The other one sees who is at it, and answers all the same.
    second = Desk(browser, product, "hotline2").go(desk)
    expect(second.locator("#case-others")).to_contain_text(names["hotline1"])
    second.fill("#body", "标准利率和分档在客户端“融资融券”里。")
    second.get_by_role("button", name="发送答复").click()
    expect(second.locator("#case-pulse")).to_contain_text("标准利率和分档")

    # The first one's page shows that answer by itself; what was typed stands, and is still there after a reload.
    expect(first.locator("#case-pulse")).to_contain_text("标准利率和分档")
    expect(first.locator("#body")).to_have_value("现在的标准利率是 6.35%，")
    first.reload()
    expect(first.locator("#body")).to_have_value("现在的标准利率是 6.35%，")

    # Somebody who answered from a page that is older than the other's answer is asked once more, with the words kept.
    first.evaluate("document.querySelector('#say input[name=seen]').value = 0")
    first.get_by_role("button", name="发送答复").click()
    expect(first.locator(".note[role=alert]")).to_contain_text(f"{names['hotline2']} 已经答复了客户")
    expect(first.locator("#body")).to_have_value("现在的标准利率是 6.35%，")
    first.get_by_role("button", name="仍然发送").click()
    expect(first.locator("#case-pulse")).to_contain_text("6.35%")
    assert Entry.objects.filter(case=case, kind="reply").count() == 2
    expect(first.locator("#body")).to_have_value("")


def test_two_cases_of_one_client_are_merged_and_taken_apart_again(
    product: FrozenProduct, browser: Browser
) -> None:
    product.at(moment(25, "11:00"))
    kept, doubled = enquiry("80000002", "红利什么时候到账？"), enquiry("80000002", "分红还没看到。")
    page = Desk(browser, product, "hotline1").go(f"/desk/{doubled.ref}/")

    def merge(into: str) -> None:
        page.get_by_text("合并、关联、上级").click()
        page.fill("#other", into)
        page.get_by_role("button", name="并入它").click()

    merge(doubled.ref)
    expect(page.locator("body")).to_contain_text(re.compile("自己"))
    page.goto(f"{product.address}/desk/{doubled.ref}/")
    merge(kept.ref)
    expect(page.locator("body")).to_contain_text(f"{doubled.ref} 已并入这一件")
    expect(page.locator("#case-pulse")).to_contain_text("分红还没看到")

    # The old number leads to where it lives on; there it can be undone.
    page.goto(f"{product.address}/desk/{doubled.ref}/")
    page.wait_for_url(f"**/desk/{kept.ref}/**")
    page.get_by_text("看原来那件").click()
    page.get_by_role("button", name="撤销合并").click()
    expect(page.locator("h2#case-title")).to_have_text("分红还没看到。")
    expect(page.locator("#say")).to_be_visible()
    assert list(Case.objects.filter(pk__in=[kept.pk, doubled.pk]).values_list("state", flat=True)) == [
        "open", "open",
    ]  # fmt: skip


@pytest.mark.requirement("E3", "E6")
def test_a_kind_is_made_by_clicks_checked_by_another_used_by_a_client_and_read_by_an_agent(
    product: FrozenProduct, browser: Browser
) -> None:
    product.at(moment(25, "10:00"))
    # The lead of a centre makes the kind, on a machine where scripts are off: every click is a button of the form.
    lead = Desk(browser, product, "lead", scripts=False)
    page = lead.go("/desk/kinds/")
    page.get_by_role("button", name="新的类别").click()
    page.fill("#name", "交易软件故障")
    page.fill("#name_en", "Trading software fault")
    page.fill("#hint", "登录、行情、委托出了问题")
    page.get_by_role("button", name="加一项").click()
    page.fill("[name='f.0.name']", "哪一个软件")
    page.fill("[name='f.0.name_en']", "Which software")
    page.select_option("[name='f.0.type']", "choice")
    page.check("[name='f.0.required']")
    page.get_by_role("button", name="存草稿，看预览").click()
    for row, (zh, en) in enumerate((("手机版", "Phone"), ("电脑版", "Computer"))):
        page.fill(f"[name='f.0.c.{row}.name']", zh)
        page.fill(f"[name='f.0.c.{row}.name_en']", en)
    page.get_by_role("button", name="加一项").click()
    page.fill("[name='f.1.name']", "查到的错误代码")
    page.check("[name='f.1.inside']")
    page.get_by_role("button", name="提交复核").click()
    # The English name is missing; it says so, and everything that was typed is still there.
    expect(page.locator(".note.late")).to_contain_text("第 2 项的英文名称还没填")
    expect(page.locator("[name='f.0.c.1.name']")).to_have_value("电脑版")
    page.fill("[name='f.1.name_en']", "Error code")
    page.get_by_role("button", name="提交复核").click()
    expect(page.locator("body")).to_contain_text("您提交的，要另一位同事")
    address = page.url.removeprefix(product.address).partition("#")[0]

    # Compliance finds it on the home page, looks at both previews and agrees.
    checker = Desk(browser, product, "checker")
    page = checker.go("/")
    page.get_by_role("link", name="交易软件故障").first.click()
    assert page.url.endswith(address)
    expect(page.locator(".preview.phone")).to_contain_text("哪一个软件")
    expect(page.locator(".preview.phone")).not_to_contain_text("错误代码")
    accessible(page)
    page.get_by_role("button", name="同意，启用这一版").click()
    expect(page.locator("body")).to_contain_text("第 1 版已生效")
    accessible(page)

    # A client finds it in the portal and sends it from the phone.
    phone = Desk(browser, product, "80000002", width=390)
    page = phone.go("/portal/cases/new/")
    page.get_by_role("link", name="交易软件故障").click()
    page.fill("#body", "行情停在 10:12 不动了")
    page.get_by_label("哪一个软件").select_option(label="手机版")
    expect(page.locator("form#say")).not_to_contain_text("错误代码")
    accessible(page)
    page.locator("form#say button.pri").click()
    expect(page.locator("#case-said")).to_contain_text("行情停在 10:12")

    # The service centre has it in its queue, with the answer; the agent adds what only members are asked.
    case = Case.objects.get(kind__code="trading_software_fault")
    agent = Desk(browser, product, "hotline1")
    page = agent.go("/desk/?view=queue")
    page.locator(".cases a", has_text="行情停在").click()
    expect(page.locator("#form")).to_contain_text("手机版")
    page.get_by_role("button", name="我来接").click()
    page.locator("#form summary").click()
    page.fill("#field_f2", "E-1042")
    page.locator("#form button").click()
    expect(page.locator("#form dl")).to_contain_text("E-1042")
    case.refresh_from_db()
    assert case.answers == {"f1": "c1", "f2": "E-1042"} and case.form_version == 1

    # With scripts the rows for choices come as soon as somebody is to choose.
    boss = Desk(browser, product, "boss")
    page = boss.go("/desk/kinds/trading_software_fault/")
    page.get_by_role("button", name="改", exact=True).click()
    page.get_by_role("button", name="加一项").click()
    page.select_option("[name='f.2.type']", "choice")
    expect(page.locator("[name='f.2.c.1.name']")).to_be_visible()
    accessible(page)
    # Retired by the lead meanwhile, the kind is gone from the portal; what was opened goes on.
    page = lead.go("/desk/kinds/trading_software_fault/")
    page.fill("#reason", "并入咨询")
    page.get_by_role("button", name="停用").click()
    expect(page.locator("body")).to_contain_text("办着的个案照常办完")
    page = phone.go("/portal/cases/new/")
    expect(page.locator("body")).not_to_contain_text("交易软件故障")
    expect(agent.go(f"/desk/{case.ref}/").locator("#form")).to_contain_text("手机版")
