"""Clocks against a walker that counts minute by minute, and the worked cases of docs/rules/clocks.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.core.time import SHANGHAI, rules
from maitian.core.time.rules import BusinessCalendar
from maitian.desk.rules import clocks
from maitian.desk.rules.clocks import ClockState, LadderCircular, Policy, PolicyWrong

# Two weeks around National Day 2026: the holiday 1–7 October (Thursday to Wednesday), a make-up Saturday on the 10th.
WORK = {
    date(2026, 9, 21) + timedelta(days=n)
    for n in range(60)
    if (date(2026, 9, 21) + timedelta(days=n)).weekday() < 5
    and not date(2026, 10, 1) <= date(2026, 9, 21) + timedelta(days=n) <= date(2026, 10, 7)
} | {date(2026, 10, 10)}
EVERY = {date(2026, 9, 21) + timedelta(days=n) for n in range(60)}
BRANCH = [["09:00", "12:00"], ["13:00", "17:00"]]
AROUND = [["00:00", "24:00"]]
NIGHT = [["22:00", "06:00"]]
DAYS = [["00:00", "17:00"]]
branch = BusinessCalendar(WORK, BRANCH)
working_days = BusinessCalendar(WORK, DAYS)
calendar_days = BusinessCalendar(EVERY, DAYS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def policy(target: int, unit: str = "minute", **more: Any) -> Policy:
    return Policy("resolution", "branch_hours", unit, target, **more)


# --- the walker ------------------------------------------------------------------------------------------


def open_minute(days: set[date], hours: list[list[str]], moment: datetime) -> bool:
    here = moment.astimezone(SHANGHAI)
    minute = here.hour * 60 + here.minute
    for begin, end in hours:
        first, last = rules.seconds_of(begin) // 60, rules.seconds_of(end) // 60
        if last > first:
            if here.date() in days and first <= minute < last:
                return True
        elif (here.date() in days and minute >= first) or (
            here.date() - timedelta(days=1) in days and minute < last
        ):
            return True
    return False


def walk(
    days: set[date],
    hours: list[list[str]],
    start: datetime,
    minutes: int,
    pauses: list[tuple[datetime, datetime]],
) -> datetime:
    """The end of the minute in which the last counted minute passes."""
    passed, moment = 0, start
    while passed < minutes:
        paused = any(began <= moment < ended for began, ended in pauses)
        if not paused and open_minute(days, hours, moment):
            passed += 1
        moment += timedelta(minutes=1)
    return moment


START = at("2026-09-28 00:00")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([(WORK, BRANCH), (EVERY, AROUND), (EVERY, NIGHT), (WORK, DAYS)]),
    st.integers(0, 12 * 1440),
    st.integers(1, 1500),
    st.lists(st.tuples(st.integers(-600, 14 * 1440), st.integers(0, 3 * 1440)), max_size=4),
)
def test_deadlines_with_pauses_agree_with_the_walker(
    kind: tuple[set[date], list[list[str]]], start: int, minutes: int, given: list[tuple[int, int]]
) -> None:
    days, hours = kind
    begun = START + timedelta(minutes=start)
    pauses = clocks.joined(
        (begun + timedelta(minutes=a), begun + timedelta(minutes=a + length)) for a, length in given
    )
    calendar = BusinessCalendar(days, hours)
    wanted = walk(days, hours, begun, minutes, pauses)
    found = clocks.add_with_pauses(calendar, begun, minutes, pauses)
    assert found == wanted
    # What was counted until the deadline is the target: no hold time is lost and none is made up.
    assert clocks.open_between(calendar, begun, found, pauses) == minutes


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 9 * 1440), st.integers(1, 8), st.integers(0, 3000), st.integers(1, 3000))
def test_a_pause_never_brings_a_deadline_nearer_and_costs_at_most_its_own_length(
    start: int, days: int, after: int, length: int
) -> None:
    begun = START + timedelta(minutes=start)
    rule = policy(days, "day")
    pause = [(begun + timedelta(minutes=after), begun + timedelta(minutes=after + length))]
    plain, paused = (clocks.course(working_days, begun, rule, p).due for p in ((), pause))
    assert paused >= plain
    whole_days = length // 1440 + 1
    assert paused <= working_days.period_of_days(plain, whole_days)[0] + timedelta(days=whole_days + 12)
    assert local(paused).endswith("17:00")


# --- worked cases (docs/rules/clocks.md) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begun", "minutes", "pauses", "due"),
    [
        pytest.param("2026-09-28 11:00", 60, [], "09-28 12:00", id="ends with the morning"),
        pytest.param("2026-09-28 11:30", 60, [], "09-28 13:30", id="over the lunch break"),
        pytest.param("2026-09-28 16:30", 60, [], "09-29 09:30", id="over the night"),
        pytest.param("2026-09-30 16:00", 120, [], "10-08 10:00", id="over the holiday week"),
        pytest.param("2026-10-09 16:00", 120, [], "10-10 10:00", id="into the make-up Saturday"),
        pytest.param("2026-10-10 16:00", 120, [], "10-12 10:00", id="out of the make-up Saturday"),
        pytest.param("2026-09-28 09:00", 240, [("2026-09-28 10:00", "2026-09-28 11:00")], "09-28 15:00", id="paused an hour"),
        pytest.param("2026-09-28 09:00", 240, [("2026-09-28 11:30", "2026-09-28 13:30")], "09-28 15:00", id="a pause over lunch holds the open hour only"),
        pytest.param("2026-09-28 16:00", 120, [("2026-09-28 16:30", "2026-09-29 09:30")], "09-29 11:00", id="a pause over the night"),
        pytest.param("2026-09-30 16:00", 120, [("2026-09-30 16:30", "2026-10-08 09:30")], "10-08 11:00", id="a pause over the holiday week"),
        pytest.param("2026-10-09 16:00", 120, [("2026-10-10 09:00", "2026-10-10 17:00")], "10-12 10:00", id="paused the whole make-up Saturday"),
    ],
)  # fmt: skip
def test_minutes(begun: str, minutes: int, pauses: list[tuple[str, str]], due: str) -> None:
    held = [(at(a), at(b)) for a, b in pauses]
    assert local(clocks.course(branch, at(begun), policy(minutes), held).due) == due


@pytest.mark.parametrize(
    ("calendar", "begun", "days", "pauses", "due"),
    [
        pytest.param(working_days, "2026-09-28 10:00", 1, [], "09-29 17:00", id="the day of the start does not count"),
        pytest.param(working_days, "2026-09-28 23:50", 1, [], "09-29 17:00", id="just before midnight is still that day"),
        pytest.param(working_days, "2026-09-29 00:10", 1, [], "09-30 17:00", id="just after midnight is the next"),
        pytest.param(working_days, "2026-09-29 10:00", 3, [], "10-09 17:00", id="over the holiday week"),
        pytest.param(working_days, "2026-10-09 10:00", 1, [], "10-10 17:00", id="a make-up Saturday counts"),
        pytest.param(working_days, "2026-10-03 10:00", 1, [], "10-08 17:00", id="begun within the holiday"),
        pytest.param(working_days, "2026-09-28 10:00", 0, [], "09-28 17:00", id="the same day"),
        pytest.param(working_days, "2026-09-28 18:00", 0, [], "09-29 17:00", id="the same day, begun after hours"),
        pytest.param(calendar_days, "2026-09-29 10:00", 3, [], "10-02 17:00", id="calendar days run through the holiday"),
        pytest.param(working_days, "2026-09-28 10:00", 3, [("2026-09-28 11:00", "2026-09-30 00:00")], "10-09 17:00", id="a pause of one counted day"),
        pytest.param(working_days, "2026-09-28 10:00", 2, [("2026-09-29 09:00", "2026-09-29 12:00")], "10-08 17:00", id="three hours are rounded up to a day"),
        pytest.param(working_days, "2026-09-28 10:00", 2, [("2026-09-28 11:00", "2026-09-28 16:00")], "09-30 17:00", id="a pause on the day that does not count"),
    ],
)  # fmt: skip
def test_days(
    calendar: BusinessCalendar, begun: str, days: int, pauses: list[tuple[str, str]], due: str
) -> None:
    held = [(at(a), at(b)) for a, b in pauses]
    assert local(clocks.course(calendar, at(begun), policy(days, "day"), held).due) == due


# --- ladders -----------------------------------------------------------------------------------------------

LADDERS = {
    "answer": {
        "steps": [
            {"at": "50%", "who": "owner", "how": ["bell"]},
            {"at": "-30m", "who": "owner", "how": ["bell", "home"]},
            {"at": "100%", "who": "team_lead", "how": ["bell"]},
            {"at": "+60m", "who": "branch_manager", "how": ["bell"]},
        ],
        "then": "management",
    },
    "management": {"steps": [{"at": "200%", "who": "compliance", "how": ["bell"]}], "then": ""},
}


def made(target: int = 120) -> Policy:
    value = {
        "calendar": "branch_hours",
        "unit": "minute",
        "target": target,
        "ladder": "answer",
        "pauses": ["waiting_client"],
    }
    return clocks.read_policy("first_answer", value, calendars={"branch_hours"}, ladders=LADDERS)  # fmt: skip


def test_steps_fire_before_and_after_the_deadline_in_business_time() -> None:
    laid = clocks.course(branch, at("2026-09-28 11:00"), made())
    fired = clocks.due_steps(branch, laid, made(), fired=0, now=at("2026-10-10 12:00"))
    assert [(step.who, local(moment)) for step, moment in fired] == [
        ("owner", "09-28 12:00"),
        ("owner", "09-28 13:30"),
        ("team_lead", "09-28 14:00"),
        ("branch_manager", "09-28 15:00"),
        ("compliance", "09-28 16:00"),
    ]
    assert clocks.due_steps(branch, laid, made(), fired=2, now=at("2026-09-28 13:59")) == []


def test_the_next_moment_is_a_step_or_the_deadline() -> None:
    laid = clocks.course(branch, at("2026-09-28 11:00"), made())
    moments = [
        clocks.next_moment(branch, laid, made(), fired=n, breached=late)
        for n, late in ((0, False), (2, False), (3, False), (3, True), (5, True))
    ]
    assert [moment and local(moment) for moment in moments] == [
        "09-28 12:00", "09-28 14:00", "09-28 14:00", "09-28 15:00", None,
    ]  # fmt: skip


def test_steps_wait_while_the_clock_is_paused() -> None:
    pause = [(at("2026-09-28 11:30"), at("2026-09-28 14:00"))]
    laid = clocks.course(branch, at("2026-09-28 11:00"), made(), pause)
    assert local(laid.due) == "09-28 15:30"
    fired = clocks.due_steps(branch, laid, made(), fired=0, now=laid.due, pauses=pause)
    assert [local(moment) for _step, moment in fired] == ["09-28 14:30", "09-28 15:00", "09-28 15:30"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 8000), st.integers(1, 2000), st.integers(0, 4000))
def test_however_often_the_sweep_runs_every_step_fires_once(start: int, target: int, gap: int) -> None:
    begun, rule = START + timedelta(minutes=start), made(target)
    laid = clocks.course(branch, begun, rule)
    end = begun + timedelta(days=12)
    now, fired, moments = begun, 0, []
    while now < end:
        found = clocks.due_steps(branch, laid, rule, fired=fired, now=now)
        fired += len(found)
        moments += [moment for _step, moment in found]
        now += timedelta(minutes=gap + 1)
    at_once = clocks.due_steps(branch, laid, rule, fired=0, now=now)
    assert moments == [moment for _step, moment in at_once][: len(moments)]
    assert moments == sorted(moments)


def test_by_level_and_by_severity() -> None:
    value = {
        "calendar": "working_days",
        "unit": "day",
        "target": 15,
        "by_level": {"3": 10},
        "by_severity": {"complex": 30},
    }
    found = {
        (level, severity): clocks.read_policy("resolution", value, calendars={"working_days"}, ladders={}, level=level, severity=severity).target
        for level, severity in ((0, ""), (3, ""), (3, "complex"), (1, "ordinary"))
    }  # fmt: skip
    assert found == {(0, ""): 15, (3, ""): 10, (3, "complex"): 30, (1, "ordinary"): 15}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"calendar": ""}, "calendar"),
        ({"calendar": "moon"}, "calendar"),
        ({"target": 0}, "target"),
        ({"target": "soon"}, "target"),
        ({"target": True}, "target"),
        ({"unit": "week"}, "unit"),
        ({"pauses": ["open"]}, "pauses"),
        ({"ladder": "nowhere"}, "ladder"),
    ],
)
def test_a_rule_that_cannot_work_is_named(change: dict[str, Any], what: str) -> None:
    value = {"calendar": "branch_hours", "unit": "minute", "target": 60, "ladder": ""} | change
    with pytest.raises(PolicyWrong) as caught:
        clocks.read_policy("first_answer", value, calendars={"branch_hours"}, ladders=LADDERS)
    assert caught.value.what == what


@pytest.mark.parametrize(
    "step",
    [{"at": "soon", "who": "owner"}, {"at": "-50%", "who": "owner"}, {"at": "50%", "who": "nobody"}, {"at": "50%", "who": "owner", "how": ["pigeon"]}],
)  # fmt: skip
def test_a_step_that_cannot_work_is_named(step: dict[str, Any]) -> None:
    with pytest.raises(PolicyWrong):
        clocks.ladder_steps("a", {"a": {"steps": [step]}})


def test_a_circular_ladder_is_found_and_shown() -> None:
    ladders = {
        "a": {"steps": [], "then": "b"},
        "b": {"steps": [], "then": "c"},
        "c": {"steps": [], "then": "a"},
    }
    with pytest.raises(LadderCircular) as caught:
        clocks.ladder_steps("a", ladders)
    assert caught.value.chain == ["a", "b", "c", "a"]


def test_a_stop_at_the_deadline_is_in_time_and_a_second_later_is_not() -> None:
    due = at("2026-09-28 12:00")
    assert clocks.stopped(due, due) == ClockState.MET
    assert clocks.stopped(due, due + timedelta(seconds=1)) == ClockState.BREACHED
