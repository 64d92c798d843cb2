"""Home by role: what to do next, by when, for whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from conftest import MOMENT
from maitian.clients.models import Client, PersonalData
from maitian.console.views.home import grouped
from maitian.offerings import actions as offerings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name",
    ["manager1", "adviser1", "hotline1", "clerk1", "editor", "campaign", "lead", "boss", "checker", "admin"],
)
def test_every_role_has_a_home(sign_in, name) -> None:
    page = sign_in(name).get("/").content.decode()
    assert "周二好，" in page and "要做的事" in page
    menu = page.split("<nav", 1)[1].split("</nav>", 1)[0]
    groups = re.split(r'class="head">', menu)
    assert all("<a " in group for group in groups), "a heading of the menu has nothing under it"


@pytest.mark.requirement("E1")
def test_a_manager_sees_birthdays_and_assessments_of_own_clients_alone(sign_in, member, story) -> None:
    PersonalData.objects.filter(pk=story[0]).update(
        birthday=(MOMENT + timedelta(days=2)).date().replace(year=1960)
    )
    Client.objects.filter(pk=story[1]).update(risk_valid_until=MOMENT.date() - timedelta(days=3))
    page = sign_in("manager1").get("/").content.decode()
    assert "11月26日 66 岁生日" in page and "11月21日 已过期" in page
    assert "66 岁生日" not in sign_in("manager2").get("/").content.decode()


def test_a_design_waits_at_the_checker_s_home_and_not_at_the_maker_s(sign_in, member) -> None:
    offerings.propose_design(
        "gold_ear", values={"name": "金麦穗", "name_en": "Gold Ear", "commission_rate": "2", "suggested_assets": "0", "rank": "4"},
        contents=[("topic", "market_summary", 1)], actor=member("boss").actor,
    )  # fmt: skip
    assert "级别设计等您复核" in sign_in("checker").get("/").content.decode()
    assert "级别设计等您复核" not in sign_in("boss").get("/").content.decode()


def test_late_ones_come_first() -> None:
    now = timezone.now()
    listed = [
        {"title": "c", "due": now + timedelta(days=2)},
        {"title": "b"},
        {"title": "a", "due": now - timedelta(minutes=1)},
        {"title": "d", "later": True},
    ]
    groups = grouped(listed, now)
    assert [(group["key"], [task["title"] for task in group["tasks"]]) for group in groups] == [
        ("late", ["a"]), ("today", ["b"]), ("later", ["d", "c"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "words"),
    [("2026-11-24 09:00", "未开盘"), ("2026-11-24 10:00", "交易中"), ("2026-11-24 12:00", "午间休市"),
     ("2026-11-24 15:30", "已收市"), ("2026-11-22 10:00", "今日休市"), ("2026-10-10 10:00", "今日休市")],
)  # fmt: skip
def test_the_line_above_says_where_the_exchange_day_stands(sign_in, at, words) -> None:
    with time_machine.travel(f"{at}:00+08:00"):
        assert words in sign_in("boss").get("/staff/").content.decode()
