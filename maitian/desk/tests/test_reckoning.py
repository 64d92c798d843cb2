"""A new rule or calendar moves open clocks, and only those; rules that cannot work are refused before they count."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from maitian.core import jobs, reactions, rulebook
from maitian.core import time as business_time
from maitian.core.models import LedgerEntry
from maitian.core.rulebook import RuleValueWrong, propose
from maitian.core.time import SHANGHAI
from maitian.desk.actions import clocks, moving, talking
from maitian.desk.errors import ClockRuleWrong, ClockWithoutCalendar, LadderCircular, LadderWrong
from maitian.desk.models import Case, Clock

pytestmark = pytest.mark.django_db
jobs.discover(("tasks", "reactions"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(case: Case, kind: str) -> str:
    found = Clock.objects.filter(case=case, kind=kind).latest("pk").due_at
    return f"{found.astimezone(SHANGHAI):%m-%d %H:%M}"


def new_rule(key: str, value: Any, *, days: int = 0) -> None:
    made = propose(
        key,
        value,
        valid_from=timezone.now() + timedelta(days=days, seconds=1),
        basis="会议纪要",
        maker="member:1",
    )
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        rulebook.approve(made.pk, "member:2")


TARGET = {"calendar": "branch_hours", "unit": "minute", "target": 840, "by_level": {}, "by_severity": {}, "pauses": ["waiting_client"], "ladder": "result"}  # fmt: skip


def test_a_new_rule_moves_open_clocks_and_leaves_history_alone(enquiry: Any, member: Any) -> None:
    done, late, running = enquiry("甲"), enquiry("乙"), enquiry("丙")
    moving.resolve(case_id=done.pk, by=member("hotline1"), result="solved", body="好了")
    Clock.objects.filter(case=late, kind="resolution").update(
        due_at=at("2026-11-24 09:30"), started_at=at("2026-11-23 09:30")
    )
    before = {case.pk: due(case, "resolution") for case in (done, late)}
    reactions.react("desk.clocks")  # begins at the head
    new_rule("desk.clock.enquiry.resolution", TARGET)
    with time_machine.travel(at("2026-11-24 10:05")):
        assert reactions.react("desk.clocks") == 1
        assert clocks.reckon_all_again() == 1
        assert clocks.reckon_all_again() == 0
    assert due(running, "resolution") == "11-26 10:00"
    assert {case.pk: due(case, "resolution") for case in (done, late)} == before
    row = LedgerEntry.objects.filter(kind="clock.moved").get()
    assert row.object_id == str(running.pk) and row.facts["clock"] == "resolution"


def test_a_rule_of_tomorrow_waits_until_tomorrow(enquiry: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    case = enquiry()
    reactions.react("desk.clocks")
    new_rule("desk.clock.enquiry.resolution", TARGET, days=1)
    reactions.react("desk.clocks")
    job = ProcrastinateJob.objects.get(task_name="desk.reckon_again")
    assert job.scheduled_at is not None and job.scheduled_at > at("2026-11-25 09:59")
    clocks.reckon_all_again()
    assert due(case, "resolution") == "11-25 10:00"
    with time_machine.travel(at("2026-11-25 10:00")):
        clocks.reckon_all_again()
    assert due(case, "resolution") == "11-25 10:00"  # late by now: the new rule does not undo that


def test_a_new_calendar_moves_open_clocks_with_their_pauses(enquiry: Any, member: Any) -> None:
    case = enquiry(kind="request", answers={"business": "close_account"})
    assert due(case, "resolution") == "11-26 17:00"
    talking.reply(
        case_id=case.pk,
        by=member("clerk1"),
        body="请补照片",
        wait="waiting_client",
        at=at("2026-11-24 11:00"),
    )
    talking.client_wrote(
        case_id=case.pk, body="发了", channel="portal", actor=case.client.actor, at=at("2026-11-24 14:00")
    )
    made = business_time.propose_import(
        "kind,day,open,note,source\nwork,2026-11-26,0,停电,通知\n".encode(), "x.csv", "member:1"
    )
    business_time.approve_import(made.pk, "member:2")
    assert clocks.reckon_all_again() == 1
    assert due(case, "resolution") == "11-27 17:00"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"calendar": ""}, ClockWithoutCalendar),
        ({"calendar": "moon"}, ClockWithoutCalendar),
        ({"target": 0}, ClockRuleWrong),
        ({"by_level": {"3": -5}}, ClockRuleWrong),
        ({"ladder": "nowhere"}, ClockRuleWrong),
    ],
)
def test_a_clock_rule_that_cannot_work_is_refused_when_proposed(
    change: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        propose(
            "desk.clock.enquiry.resolution",
            TARGET | change,
            valid_from=timezone.now() + timedelta(days=1),
            basis="x",
            maker="member:1",
        )
    assert "desk.clock.enquiry.resolution" in caught.value.sentence("zh-hans")  # type: ignore[attr-defined]


def test_a_circular_ladder_is_refused_when_proposed() -> None:
    soon = timezone.now() + timedelta(days=1)
    step = {"at": "+60m", "who": "branch_manager", "how": ["bell"]}
    with pytest.raises(LadderCircular) as caught:
        propose(
            "desk.ladder.management",
            {"steps": [step], "then": "result"},
            valid_from=soon,
            basis="x",
            maker="member:1",
        )
    assert "management → result → management" in caught.value.sentence("zh-hans")
    with pytest.raises(LadderWrong):
        propose(
            "desk.ladder.management",
            {"steps": [{**step, "who": "nobody"}], "then": ""},
            valid_from=soon,
            basis="x",
            maker="member:1",
        )
    with pytest.raises(RuleValueWrong):
        propose(
            "desk.ladder.management",
            {"steps": ["soon"], "then": ""},
            valid_from=soon,
            basis="x",
            maker="member:1",
        )
    propose(
        "desk.ladder.management",
        {"steps": [step] * 7, "then": ""},
        valid_from=soon,
        basis="x",
        maker="member:1",
    )
