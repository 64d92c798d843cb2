"""Briefings of the demonstration: one to come with a waiting list, one held with notes and follow-up, one to be checked.

They are made by the real actions at their own time (``clock.at``). Who signs up and who comes is invented.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from maitian.clients.models import Client
from maitian.demo.clock import at, days_ago, days_ahead
from maitian.outreach import actions as outreach
from maitian.outreach.briefings import actions
from maitian.outreach.briefings.models import Briefing
from maitian.staff.models import Member

SMALLEST = 1_000  # clients; a smaller branch is a test's
QUESTIONS = ("债券基金和存款怎么比", "分红率怎么看", "打新要多少市值", "基金定投什么时候停")


def load(members: dict[str, Member], clients: int) -> int:
    """Returns how many briefings were made; none for a branch of a test's size."""
    if clients < SMALLEST:
        return 0
    _held(members)
    _coming(members)
    _waiting(members)
    return 3


def _values(title: str, summary: str, starts: datetime, seats: int, levels: list[int]) -> dict[str, Any]:
    return {
        "title": title, "summary": summary, "speaker": "麦田研究所 韩立", "place": "滨河路营业部三楼会议室", "starts_at": starts,
        "ends_at": starts + timedelta(hours=2), "sign_up_by": starts - timedelta(hours=3), "seats": seats,
        "audience": {"all": [{"is": "level", "any_of": levels}, {"is": "state", "any_of": ["active", "opened"]}]},
    }  # fmt: skip


def _opened(members: dict[str, Member], when: datetime, values: dict[str, Any]) -> Briefing:
    editor = members["campaign"].actor
    with at(when):
        made = actions.save(None, values, actor=editor)
        actions.propose(made.pk, actor=editor)
    with at(when + timedelta(minutes=40)):
        return actions.approve(made.pk, actor=members["checker"].actor)


def _sign_up(item: Briefing, levels: list[int], n: int, when: datetime) -> list[int]:
    """``n`` clients of the levels, one every few minutes; every seventh has a question."""
    found = Client.objects.filter(level_rank__in=levels, state="active").order_by("pk")
    listed = list(found.values_list("pk", flat=True)[: n * 3 : 3])
    for number, client in enumerate(listed):
        with at(when + timedelta(minutes=7 * number)):
            question = QUESTIONS[number // 7 % len(QUESTIONS)] if number % 7 == 3 else ""
            actions.sign_up(item.pk, client, actor=f"client:{client}", question=question)
    return listed


def _held(members: dict[str, Member]) -> None:
    """Six trading days ago: three of four came, the notes are out, managers call those who asked something."""
    starts = days_ago(6, "14:00")
    item = _opened(
        members, days_ago(12, "09:20"), _values("看懂年报的三张表", "利润、资产、现金流三张表各看什么，用真实年报走一遍。", starts, 40, [1, 2]),
    )  # fmt: skip
    guests = _sign_up(item, [1, 2], 36, days_ago(11, "10:00"))
    for number, client in enumerate(guests):
        if number % 4:
            with at(starts - timedelta(minutes=30) + timedelta(seconds=50 * number)):
                actions.let_in(item.pk, actor=members["campaign"].actor, client_id=client)
    with at(item.ends_at):
        actions.run()
    with at(item.ends_at + timedelta(hours=2)):
        actions.write_notes(
            item.pk, "三张表的看法：利润看质量，资产看结构，现金流看真假。\n现场问得最多的是分红率：看连续性，不看一年。\n讲义在营业部前台可取。",
            actor=members["campaign"].actor,
        )  # fmt: skip
        actions.follow_up(
            item.pk,
            "asked",
            "会上没来得及讲到您问的，由客户经理给您讲清楚。",
            actor=members["campaign"].actor,
        )


def _coming(members: dict[str, Member]) -> None:
    """In three working days: all seats taken, some wait, the invitation is decided and not all sent."""
    starts = days_ahead(3, "14:00")
    item = _opened(
        members, days_ago(2, "10:10"), _values("年末资产配置", "回顾全年，讲股债怎么搭配、风险怎么分散，不讲个股。", starts, 30, [2, 3]),
    )  # fmt: skip
    with at(days_ago(2, "11:30")):
        event = actions.invite(item.pk, actor=members["campaign"].actor)
        wanted = outreach.sending_count(event)
        if wanted:
            outreach.send(event.pk, actor=members["campaign"].actor, confirmed_count=wanted)
    _sign_up(item, [2, 3], 34, days_ago(2, "13:00"))


def _waiting(members: dict[str, Member]) -> None:
    """Handed in this morning by another editor."""
    editor = members["editor"].actor
    made = actions.save(
        None, _values("新股怎么打", "市值怎么算、中签后几点前缴款、三次放弃有什么后果。", days_ahead(8, "10:00"), 60, [1, 2, 3]), actor=editor,
    )  # fmt: skip
    actions.propose(made.pk, actor=editor)
