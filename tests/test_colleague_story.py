"""A colleague is found by typing, with nothing but the keyboard, in a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from maitian.desk.models import Case
from maitian.staff.models import Member
from tests.chromium import chromium, closing, violations
from tests.frozen import FrozenProduct, copied_database, served
from tests.test_chase_story import Desk, moment
from tests.test_desk_story import PLAIN, enquiry

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # a slow machine is not a wrong page


@pytest.fixture(scope="module")
def product(django_db_setup: None, django_db_blocker: Any) -> Iterator[FrozenProduct]:
    with (
        django_db_blocker.unblock(), override_settings(STORAGES=PLAIN), copied_database("colleague"), served(moment(24, "10:00")) as made,
    ):  # fmt: skip
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield from closing(made)


def open_assigning(page: Page) -> None:
    """The key A opens the form to give a case away; its field has the caret."""
    page.keyboard.press("a")
    expect(page.locator("#assign-to")).to_be_focused()


def test_a_case_is_given_to_a_colleague_by_keyboard_alone(product: FrozenProduct, browser: Browser) -> None:
    agent = Member.objects.get(sign_in_name="hotline2")
    case = enquiry("80000001", "佣金是怎么算的？")
    page = Desk(browser, product, "boss").go(f"/desk/{case.ref}/")
    open_assigning(page)
    field, list_ = page.locator("#assign-to"), page.locator("#assign-to-list-shown")
    expect(list_).to_be_hidden()  # nothing opens before somebody types

    # A Chinese name: one sign is enough to be offered; down and Enter take it, and the form is not sent by that.
    page.keyboard.type(agent.name[:1])
    option = list_.get_by_role("option", name=f"{agent.name} · hotline2")
    expect(option).to_be_visible()
    assert violations(page) == []
    for _n in range(list_.get_by_role("option").count()):
        page.keyboard.press("ArrowDown")
        if option.get_attribute("aria-selected") == "true":
            break
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")
    expect(field).to_have_value(f"{agent.name} · hotline2")
    expect(list_).to_be_hidden()
    assert Case.objects.get(pk=case.pk).owner_id is None

    # Escape closes the list and keeps what was typed; the words are read again by the server when the form is sent.
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(agent.initials)
    expect(option).to_be_visible()
    page.keyboard.press("Escape")
    expect(list_).to_be_hidden()
    expect(field).to_have_value(agent.initials)

    # Initials, a sign-in name: the list follows what stands in the field.
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("hotline2")
    expect(list_.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value(f"{agent.name} · hotline2")
    page.keyboard.press("Enter")  # now it sends the form
    expect(page.locator("body")).to_contain_text(agent.name)
    page.wait_for_load_state()
    assert Case.objects.get(pk=case.pk).owner_id == agent.pk


def test_nobody_found_is_said_while_typing_and_again_when_it_is_sent(
    product: FrozenProduct, browser: Browser
) -> None:
    case = enquiry("80000002", "分红什么时候到？")
    page = Desk(browser, product, "boss").go(f"/desk/{case.ref}/")
    open_assigning(page)
    page.keyboard.type("没有这个人")
    expect(page.locator(".suggested.none:visible")).to_have_text("没有找到，换个写法试试")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # nothing to take, so the form is sent as it stands
    expect(page.locator("body")).to_contain_text("没有找到“没有这个人”")
    expect(page.locator("#assign-to")).to_have_value("没有这个人")
    assert Case.objects.get(pk=case.pk).owner_id is None


def test_a_centre_is_offered_without_typing_and_a_phone_presses_it(
    product: FrozenProduct, browser: Browser
) -> None:
    case = enquiry("80000003", "怎么开科创板？")
    page = Desk(browser, product, "boss", width=390).go(f"/desk/{case.ref}/")
    page.locator("summary", has_text="指派").first.click()
    field = page.locator("#assign-to")
    field.focus()
    page.keyboard.press("ArrowDown")  # asks for the list: the centres
    list_ = page.locator("#assign-to-list-shown")
    list_.get_by_role("option", name="业务中心").click()
    expect(field).to_have_value("业务中心")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("body")).to_contain_text("业务中心")
    assert Case.objects.get(pk=case.pk).team == "business"
