"""The main job in a real Chromium: an editor publishes, the right clients get it, everybody sees why."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from playwright.sync_api import Browser, Page, Route, expect

from maitian.demo.notes import INDUSTRY_NOTE
from tests.chromium import AXE, COLOURS, chromium, closing, violations
from tests.product import Product, open_folder

pytestmark = pytest.mark.browser
PASSWORD = "maitian-demo"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with open_folder("story") as folder:
        yield from running(folder)


def running(folder: Path) -> Iterator[Product]:
    made = Product(folder / "var").start()
    # The tests run at any hour of the day, and no message waits for the morning.
    made.sql(
        "UPDATE core_rule SET value = '[[\"00:00\", \"24:00\"]]' WHERE key LIKE 'outreach.quiet_windows%'"
    )
    deadline = time.monotonic() + 30
    while not made.sql("SELECT 1 FROM outreach_message WHERE client_id = 1") and time.monotonic() < deadline:
        time.sleep(0.2)
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="module")
def program() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def browser(program: Browser) -> Iterator[Browser]:
    yield from closing(program)


def sign_in(
    browser: Browser,
    product: Product,
    name: str,
    width: int = 1366,
    language: str = "zh-CN",
    dark: bool = False,
    scripts: bool = True,
) -> Page:
    portal = name.isdigit()
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale=language,
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(product.address + ("/portal/sign-in/" if portal else "/sign-in/"))
    page.fill("#account" if portal else "#name", name)
    page.fill("#password", PASSWORD)
    page.click("form button.pri")
    page.wait_for_url(lambda url: "/sign-in/" not in url)  # the sign-in's own address ends in a slash, too
    return page


@pytest.mark.requirement("N1", "G13")
def test_one_event_reaches_every_client_it_should_and_nobody_it_should_not(
    product: Product, browser: Browser
) -> None:
    # The editor writes the note and submits it; without a risk level it is refused with the reason.
    editor = sign_in(browser, product, "editor")
    editor.goto(product.address + "/library/new/")
    for field in ("title", "summary", "body", "house", "author"):
        editor.fill(f"#id_{field}", str(INDUSTRY_NOTE[field]))
    editor.select_option("#id_kind", "industry.event")
    editor.select_option("#id_stars", "4")
    editor.fill("#id_industries", "证券")
    editor.fill("#id_securities", "002500, 600369")
    editor.fill("#id_catalysts", "\n".join(INDUSTRY_NOTE["catalysts"]))
    editor.fill("#id_stages", "\n".join(INDUSTRY_NOTE["stages"]))
    editor.click("button[name=submit]")
    expect(editor.locator("body")).to_contain_text("报告没有风险等级")
    editor.select_option("#id_risk", "3")
    editor.click("button[name=submit]")
    expect(editor.locator("h1")).to_contain_text("待复核")
    report = editor.url

    # Another person publishes it.
    checker = sign_in(browser, product, "checker")
    checker.goto(report)
    checker.click("text=同意并发布")
    expect(checker.locator("h1")).to_contain_text("已发布")

    # The editor sees who would get it, by channel and reason, before anything is sent.
    editor.goto(report)
    editor.click("text=发给客户…")
    editor.click("text=判定受众")
    expect(editor.locator("tr[data-verdict=coverage]")).to_be_visible()
    expect(editor.locator("tr[data-verdict=suitability]")).to_be_visible()
    total = int(editor.locator("tfoot td.num").inner_text().replace(",", ""))
    shown = sum(
        int(cell.replace(",", "")) for cell in editor.locator("tr[data-verdict] td.num").all_inner_texts()
    )
    assert total == shown > 1000
    editor.click("[data-open=confirm]")
    confirm = editor.locator("dialog[open] #count")
    if confirm.count():
        number = re.sub(r"\D", "", editor.locator("#confirm-title").inner_text())
        confirm.fill(number)
    editor.click("#confirm-send")

    # Progress is live: the page comes to its end by itself.
    expect(editor.locator("h1 .tag")).to_contain_text("已发完", timeout=60_000)

    # A client with Gold Wisdom who holds one of the two: message and full report, on a phone.
    wisdom = sign_in(browser, product, "80000001", width=390)
    wisdom.goto(product.address + "/portal/inbox/")
    wisdom.click(f"text={INDUSTRY_NOTE['title']}")
    wisdom.click("text=看全文")
    expect(wisdom.locator("#full-text")).to_contain_text("并购会抬高中小券商的价值")
    portal_report = wisdom.url

    # A client with Gold Channel: no message, and the report says what it needs.
    channel = sign_in(browser, product, "80000002", width=390)
    channel.goto(product.address + "/portal/inbox/")
    expect(channel.locator("body")).not_to_contain_text(str(INDUSTRY_NOTE["title"]))
    channel.goto(portal_report)
    expect(channel.locator("#locked")).to_contain_text("金智慧")
    channel.click("#locked button.pri")
    expect(channel.locator("body")).to_contain_text("撤回申请")

    # The account manager of both: what happened, and why.
    manager = sign_in(browser, product, "manager1")
    for words, gate, state in (("80000001", None, None), ("80000002", "coverage", "stopped")):
        manager.goto(product.address + f"/find/?q={words}")
        manager.click("main .in a")
        manager.locator(".todo a", has_text=str(INDUSTRY_NOTE["title"])).first.click()
        if gate:
            expect(manager.locator(f"li[data-gate={gate}]")).to_have_attribute("data-state", state)
            expect(manager.locator(f"li[data-gate={gate}]")).to_contain_text("依据")
        else:
            expect(manager.locator("body")).to_contain_text("为什么收到")
            expect(manager.locator("body")).to_contain_text("客户端收件箱")

    # The simulators show the same texts.
    editor.goto(product.address + f"/simulators/?q={INDUSTRY_NOTE['title'][:8]}")
    expect(editor.locator("#texts li").first).to_contain_text(str(INDUSTRY_NOTE["title"]))
    expect(editor.locator("#letters li").first).to_contain_text(str(INDUSTRY_NOTE["title"]))


@pytest.mark.requirement("E1")
@pytest.mark.parametrize("scripts", [True, False])
def test_conditions_are_clicked_together_with_and_without_scripts(
    product: Product, browser: Browser, scripts: bool
) -> None:
    page = sign_in(browser, product, "manager1", scripts=scripts)
    page.goto(product.address + "/clients/segments/")

    def again() -> None:
        if not scripts:
            page.click("button[value=look]")

    page.select_option("[id='c.0.is']", "holds")
    again()
    page.fill("[id='c.0.v']", "山西证券")
    page.keyboard.press("Tab")
    again()
    expect(page.locator("#c-found")).to_contain_text("持有山西证券")
    page.click("button[value='add:']")
    page.select_option("[id='c.1.is']", "level")
    again()
    page.check("input[name='c.1.v'][value='2']")
    again()
    expect(page.locator("#c-found")).to_contain_text("并且级别是金智慧")
    page.click("button[name=list]")
    expect(page.locator("[data-rows]")).to_contain_text("陈*国")
    page.fill("#segment", f"山西证券，金智慧 {scripts}")
    page.click("button[name=save]")
    expect(page.locator("h1")).to_contain_text(f"山西证券，金智慧 {scripts}")
    expect(page.locator("body")).to_contain_text("现在用的")


def test_a_slow_answer_does_not_undo_a_later_click(product: Product, browser: Browser) -> None:
    page = sign_in(browser, product, "manager1")
    page.goto(product.address + "/clients/segments/")
    page.select_option("[id='c.0.is']", "holds")
    expect(page.locator("[id='c.0.v']")).to_be_visible()
    # The first answer is held back until the second has come.
    held: list[Route] = []
    page.route(
        "**/clients/conditions/?name=c", lambda route: route.continue_() if held else held.append(route)
    )
    page.fill("[id='c.0.v']", "山西证券")
    page.keyboard.press("Tab")
    while not held:
        page.wait_for_timeout(50)
    page.click("button[value='add:']")
    expect(page.locator("[id='c.1.is']")).to_be_visible()
    held[0].continue_()
    page.wait_for_timeout(500)
    expect(page.locator("[id='c.1.is']")).to_be_visible()
    expect(page.locator("#c-found")).to_contain_text("持有山西证券")

    # And a button pressed straight from the field takes along what was typed.
    page.select_option("[id='c.1.is']", "holds")
    page.fill("[id='c.1.v']", "中信证券")
    page.click("button[value='add:']")
    expect(page.locator("[id='c.2.is']")).to_be_visible()
    expect(page.locator("#c-found")).to_contain_text("持有中信证券")


def test_what_an_answer_brings_can_be_used_the_moment_it_is_there(product: Product, browser: Browser) -> None:
    page = sign_in(browser, product, "manager1")
    page.goto(product.address + "/clients/segments/")
    # Faster than any hand: chosen while the new field is being put into the page.
    page.evaluate(
        """new MutationObserver((_, watch) => {
          const field = document.getElementById('c.1.is');
          if (field) { watch.disconnect(); field.value = 'level'; field.dispatchEvent(new Event('change', {bubbles: true})); }
        }).observe(document, {childList: true, subtree: true})"""
    )
    page.click("button[value='add:']")
    expect(page.locator("input[name='c.1.v'][value='2']")).to_be_visible()


@pytest.mark.requirement("G8", "G12")
@pytest.mark.parametrize("width", [1366, 390])
def test_a_topic_is_made_by_clicks_approved_and_its_message_arrives(
    product: Product, browser: Browser, width: int
) -> None:
    name = f"金智慧茶话会 {width}"
    maker = sign_in(browser, product, "campaign", width=width)
    onward = "button.pri:has-text('下一步')"

    def inside(page: Page) -> None:
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"), page.url

    # Step by step, from nothing; who gets it is clicked together with the number beside it.
    maker.goto(product.address + "/outreach/topics/")
    maker.click("text=新主题")
    maker.fill("#id_name", name)
    maker.fill("#id_name_en", f"Tea for Gold Wisdom {width}")
    maker.click(onward)
    maker.check("input[name=trigger][value=manual]")
    maker.click(onward)
    maker.check("input[name=message_class][value='2']")
    maker.click(onward)
    maker.click(onward)
    expect(maker.locator("#who-problem")).to_contain_text("没有任何条件")
    maker.select_option("[id='c.0.is']", "level")
    maker.check("input[name='c.0.v'][value='2']")
    expect(maker.locator("#c-found")).to_contain_text("级别是金智慧")
    inside(maker)
    maker.click(onward)
    maker.click(onward)
    # Texts: the variables' buttons write, the preview counts; what is wrong is said at its field.
    maker.check("#on-sms")
    maker.fill("#t-sms", "茶话会")
    maker.fill("#t-inbox", "{title}\n")
    maker.locator("#t-inbox").press("Control+End")
    maker.click("[data-for=t-inbox] [data-insert='{salutation}']")
    maker.locator("#t-inbox").press_sequentially("，")
    maker.click("[data-for=t-inbox] [data-insert='{text}']")
    expect(maker.locator("#previews")).to_contain_text("陈先生，")
    maker.click(onward)
    expect(maker.locator("#e-sms")).to_contain_text("签名")
    maker.fill("#t-sms", "{signature}{salutation}，{title}。{text}")
    expect(maker.locator("#previews [data-parts]")).to_contain_text("条")
    inside(maker)
    assert violations(maker) == []
    maker.click(onward)
    maker.check("input[name=when][value=at_once]")
    maker.click(onward)
    maker.fill("#id_budget_month", "500")
    maker.click(onward)
    expect(maker.locator("#forecast")).to_contain_text("户会收到")
    inside(maker)
    maker.fill("#reason", "每季度一次")
    maker.click("#propose button.pri")
    expect(maker.locator("h1")).to_contain_text("待复核")
    version = maker.url

    # Another person puts it into force.
    checker = sign_in(browser, product, "checker", width=width)
    checker.goto(version)
    inside(checker)
    checker.click("text=同意，启用这一版")
    expect(checker.locator("h1")).to_contain_text("使用中")

    # A message by hand: looked at, confirmed, sent; its end comes by itself.
    maker.goto(checker.url)
    maker.click("text=写一条")
    maker.fill("#title", f"周五下午茶话会 {width}")
    maker.fill("#text", "中信证券可以买入")
    maker.click("text=判定受众")
    expect(maker.locator("#problem-words")).to_contain_text("投资建议")
    maker.fill("#text", "周五下午三点，滨河路二楼，欢迎您来坐坐。")
    maker.click("text=判定受众")
    expect(maker.locator("h1")).to_contain_text("已判定")
    maker.click("[data-open=confirm]")
    if maker.locator("dialog[open] #count").count():
        maker.fill("#count", re.sub(r"\D", "", maker.locator("#confirm-title").inner_text()))
    maker.click("#confirm-send")
    expect(maker.locator("h1 .tag")).to_contain_text("已发完", timeout=60_000)
    inside(maker)

    client = sign_in(browser, product, "80000001", width=390)
    client.goto(product.address + "/portal/inbox/")
    client.click(f"text=周五下午茶话会 {width}")
    expect(client.locator("body")).to_contain_text("陈先生，周五下午三点")

    # Paused with a question first, and resumed.
    maker.goto(checker.url)
    maker.click("text=暂停…")
    expect(maker.locator("main")).to_contain_text("没有正在发的")
    maker.click("main form button.pri")
    expect(maker.locator("h1")).to_contain_text("已暂停")


@pytest.mark.requirement("G12")
def test_a_client_opts_out_by_reply_of_advertising_alone(product: Product, browser: Browser) -> None:
    """A commercial text, ``TD`` from the phone, and what the next commercial and the next service text come to."""
    [(client,)] = product.sql(
        "SELECT c.id FROM clients_client c JOIN clients_contactpoint p ON p.client_id = c.id AND p.kind = 'phone' WHERE c.id > 40"
        " AND c.manager_id = (SELECT id FROM staff_member WHERE sign_in_name = 'manager1') AND c.state = 'active' AND p.bounced_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM clients_contactpoint o WHERE o.value_token = p.value_token AND o.id <> p.id) ORDER BY 1 LIMIT 1"
    )
    product.sql(f"UPDATE clients_client SET consent_bits = 4095, address_bits = 15 WHERE id = {client}")
    manager = sign_in(browser, product, "manager1")
    editor = sign_in(browser, product, "editor")

    def kind(message_class: int, basis: str) -> None:
        product.sql(
            f"UPDATE outreach_topic SET message_class = {message_class}, legal_basis = '{basis}' WHERE code = 'manager_message'"
        )

    def write(words: str) -> None:
        manager.goto(f"{product.address}/outreach/to/{client}/")
        manager.fill("#title", words)
        manager.fill("#text", words)
        manager.click("button:has-text('发给这位客户')")
        manager.wait_for_url(lambda url: f"/outreach/to/{client}/" not in url)
        product.sql(
            "UPDATE outreach_delivery SET not_before = NULL WHERE state = 'queued'"
        )  # its hours have come

    def arrives(words: str) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            editor.goto(f"{product.address}/simulators/?q={words}")
            if editor.locator("#texts li details").count():
                return
            time.sleep(0.3)
        raise AssertionError(f"no text {words}")

    try:
        kind(1, "consent")
        write("理财沙龙第一期")
        arrives("理财沙龙第一期")
        editor.click("#texts summary")
        editor.fill("#texts input[name=text]", "TD")
        editor.click("#texts button:has-text('发出回复')")
        deadline = time.monotonic() + 90
        while not product.sql(f"SELECT 1 FROM clients_client WHERE id = {client} AND consent_bits & 32 = 0"):
            assert time.monotonic() < deadline, "the reply did not arrive"
            time.sleep(0.2)
        manager.goto(product.address + "/outreach/replies/?meaning=opt_out")
        expect(manager.locator("#replies li").first).to_contain_text("TD")
        # The next commercial text: said before it is written, and the gate says it afterwards. The inbox stays open.
        manager.goto(f"{product.address}/outreach/to/{client}/")
        expect(manager.locator("#reach [data-channel='1'][data-open=no]")).to_contain_text(
            "没有同意收营销类短信"
        )
        write("理财沙龙第二期")
        [(event,)] = product.sql("SELECT max(id) FROM outreach_event WHERE title = '理财沙龙第二期'")
        manager.goto(f"{product.address}/outreach/{event}/why/{client}/")
        expect(manager.locator("[data-gate=consent]")).to_contain_text("短信")
        # A service text still goes.
        kind(0, "consent")
        write("您的合同已寄出")
        arrives("您的合同已寄出")
        assert product.sql(
            f"SELECT channel FROM outreach_message WHERE event_id = {event} AND client_id = {client}"
        ) == [(0,)]
    finally:
        kind(0, "consent")


PAGES = {
    "hotline1": ("/desk/", "/desk/?view=team", "/desk/?view=all&q=佣金", "/desk/new/", "/desk/new/?client=1&kind=request", "/notifications/", "/knowledge/", "/knowledge/3/", "/knowledge/new/", "/knowledge/gaps/", "/mailroom/", "/mailroom/?view=held", "/mailroom/alarms/", "/mailroom/alarms/?view=failed", "/mailroom/1/"),
    "boss": ("/", "/desk/", "/desk/board/", "/desk/tools/", "/desk/kinds/", "/desk/kinds/complaint/", "/desk/kinds/trading_software_fault/", "/desk/kinds/versions/9/", "/desk/routes/?kind=enquiry&level=3&managed=1", "/desk/routes/versions/3/", "/desk/complaint-report/", "/clients/", "/clients/new/", "/clients/segments/?c.0.is=level&c.0.v=2&c.1.is=manager&c.2.join=any&c.2.0.is=holds&c.2.0.v=002500", "/clients/segments/1/", "/clients/1/", "/coverage/", "/levels/", "/levels/gold_wisdom/", "/levels/gold_wisdom/design/", "/levels/new/", "/level-changes/", "/rulebook/",
             "/rulebook/brokerage/outreach.price.sms/", "/calendar/", "/ledger/", "/imports/", "/simulators/", "/outreach/live/", "/outreach/failed/?days=30", "/outreach/failed/retry/?days=30&channel=1", "/outreach/calls/", "/outreach/replies/", "/reactions/", "/outreach/live/quarantine/", "/outreach/campaigns/", "/outreach/campaigns/1/", "/outreach/briefings/", "/outreach/briefings/1/", "/outreach/shares/", "/outreach/shares/2/"),
    "admin": ("/staff/", "/staff/new/", "/staff/3/", "/staff/permissions/"),
    "editor": ("/library/", "/library/new/", "/library/1/", "/outreach/", "/outreach/1/", "/outreach/topics/report_published/", "/outreach/topics/", "/outreach/topics/market_summary/stop/", "/outreach/write/?topic=market_summary", "/staff/me/"),
    "manager1": ("/", "/clients/1/", "/clients/1/suitability/", "/visits/", "/visits/3/", "/outreach/1/why/2/", "/outreach/1/why/1/", "/outreach/to/5/", "/outreach/calls/next/", "/find/?q=cjg"),
    "80000001": ("/portal/", "/portal/inbox/", "/portal/inbox/1/", "/portal/reports/", "/portal/reports/1/", "/portal/level/", "/portal/suitability/?again=1", "/portal/me/", "/portal/help/", "/portal/help/1/"),
    "80000002": ("/portal/reports/5/",),
}  # fmt: skip


@pytest.mark.parametrize(("width", "language", "dark"), [(1366, "zh-CN", False), (390, "en", True)])
def test_every_page_is_accessible_and_keeps_inside_the_screen(
    product: Product, browser: Browser, width: int, language: str, dark: bool
) -> None:
    faults = []
    seen: set[int] = set()
    for name, paths in PAGES.items():
        page = sign_in(browser, product, name, width, language, dark)
        page.context.add_init_script(AXE)  # once over the wire, and not with every page
        errors: list[str] = []
        page.on(
            "console",
            lambda message, errors=errors: errors.append(message.text) if message.type == "error" else None,
        )
        for path in paths:
            answer = page.goto(product.address + path)
            if answer is None or answer.status != 200:
                faults.append(f"{name} {path}: status {answer and answer.status}")
                continue
            if "/sign-in/" in page.url:
                faults.append(f"{name} {path}: nobody is signed in")
            # What a page is made of is the same in the dark and in English; colours are not.
            faults += [
                f"{name} {path}: {fault}" for fault in violations(page, COLOURS if dark else None, seen)
            ]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                faults.append(f"{name} {path}: wider than the screen")
            if language == "en" and (left := page.evaluate(CHINESE_LABELS)):
                faults.append(f"{name} {path}: Chinese in the English page: {left}")
        faults += [f"{name}: console says {text[:120]}" for text in errors]
    assert not faults, "\n".join(faults)


# Chinese in buttons, labels, heads of the frame: data (names, titles of reports, rules' own words, sentences that
# name a person) may stay Chinese.
CHINESE_LABELS = """() => [...document.querySelectorAll('nav.views a, .side a, th[scope=col], label, legend, button:not(.said), dt, .tabs a')]
  .filter(e => !e.closest('[data-language]') && !e.closest('form[action*=language]') && !e.closest('[lang]:not(html)'))
  .map(e => { const copy = e.cloneNode(true); copy.querySelectorAll('[lang]').forEach(n => n.remove()); return copy.textContent.trim(); }).filter(t => /[\\u4e00-\\u9fff]/.test(t)).slice(0, 3).join(' | ')"""
