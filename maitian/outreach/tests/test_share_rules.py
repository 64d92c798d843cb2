"""The chase as arithmetic: days, money, defaults, each against a slow reference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.outreach.shares import rules
from maitian.outreach.shares.rules import Step

T = datetime(2026, 11, 23, tzinfo=UTC)
ENTRIES = [
    {"day": 1, "at": "19:00", "channels": ["inbox", "sms"], "call": "", "words": "a"},
    {"day": 2, "at": "09:00", "channels": ["sms"], "call": "", "words": "b"},
    {"day": 2, "at": "14:00", "channels": ["call"], "call": "hotline", "words": "c"},
]
STEPS = rules.ladder(
    ENTRIES,
    {1: T + timedelta(days=1), 2: T + timedelta(days=2)},
    {"inbox": 1, "sms": 2, "email": 4, "call": 8},
)
DEADLINE = T + timedelta(days=2, hours=16)


def test_the_ladder_stands_on_its_days() -> None:
    assert [(s.number, s.at, s.channel_mask, s.call_queue) for s in STEPS] == [
        (1, T + timedelta(days=1, hours=19), 3, ""),
        (2, T + timedelta(days=2, hours=9), 2, ""),
        (3, T + timedelta(days=2, hours=14), 8, "hotline"),
    ]


@pytest.mark.parametrize(
    ("hours", "fired", "number"),
    [
        (20, [], None),  # T 20:00: nothing has come
        (43, [], 1),  # T+1 19:00
        (43, [1], None),
        (57, [1], 2),
        (58, [], 2),  # the evening was missed: one reminder, not two
        (62, [1, 2], 3),
        (63, [1, 2, 3], None),
        (64, [1, 2], None),  # the deadline
        (90, [], None),
    ],
)
def test_one_step_at_a_time(hours: int, fired: list[int], number: int | None) -> None:
    step = rules.due_step(STEPS, T + timedelta(hours=hours), fired, DEADLINE)
    assert (step.number if step else None) == number


@given(st.lists(st.integers(0, 100), max_size=8))
def test_every_step_fires_once_and_in_order_however_often_it_is_asked(hours: list[int]) -> None:
    fired: list[int] = []
    for hour in sorted(hours):
        step = rules.due_step(STEPS, T + timedelta(hours=hour), fired, DEADLINE)
        if step is not None:
            fired.append(step.number)
    assert fired == sorted(set(fired))


@given(st.lists(st.integers(0, 100), max_size=8))
def test_a_clock_that_jumps_never_repeats_a_step_or_goes_back_to_an_earlier_one(hours: list[int]) -> None:
    fired: list[int] = []
    for hour in hours:
        step = rules.due_step(STEPS, T + timedelta(hours=hour), fired, DEADLINE)
        if step is not None:
            fired.append(step.number)
    assert fired == sorted(set(fired))


def test_no_steps_no_reminder() -> None:
    assert rules.due_step([], T, [], DEADLINE) is None
    assert rules.due_step([Step(1, T, 1, "", "")], T, [], T) is None


MONEY = st.decimals(Decimal("0.01"), Decimal("100000"), places=2)


@given(st.decimals(Decimal("-1000"), Decimal("300000"), places=2), st.lists(MONEY, max_size=6))
def test_money_is_given_out_in_order_cent_by_cent(cash: Decimal, dues: list[Decimal]) -> None:
    got = rules.allocate(cash, dues)
    assert sum(got, Decimal(0)) == min(max(cash, Decimal(0)), sum(dues, Decimal(0)))
    for n, part in enumerate(got):
        assert 0 <= part <= dues[n]
        if part < dues[n]:  # nothing behind one that is short
            assert not any(got[n + 1 :])
            break


@pytest.mark.parametrize(
    ("defaults", "on", "count"),
    [
        ([], date(2026, 11, 24), 0),
        ([date(2025, 11, 24)], date(2026, 11, 24), 0),  # a year ago to the day is outside
        ([date(2025, 11, 25)], date(2026, 11, 24), 1),
        ([date(2026, 11, 24), date(2026, 3, 1), date(2025, 1, 1)], date(2026, 11, 24), 2),
        ([date(2024, 2, 29)], date(2025, 2, 28), 1),
        ([date(2026, 12, 1)], date(2026, 11, 24), 0),
    ],
)
def test_defaults_within_twelve_months(defaults: list[date], on: date, count: int) -> None:
    assert rules.defaults_within(defaults, on) == count


def slow_ban(defaults: list[date], limit: int, days: int) -> tuple[date, date] | None:
    """Walk day by day over two centuries of nothing but these defaults."""
    found = None
    for one in sorted(set(defaults)):
        n = 0
        for other in defaults:
            first = (
                one.replace(year=one.year - 1)
                if (one.month, one.day) != (2, 29)
                else one.replace(year=one.year - 1, day=28)
            )
            n += first < other <= one
        if n >= limit:
            found = (one + timedelta(1), one + timedelta(days))
    return found


@given(st.lists(st.dates(date(2024, 1, 1), date(2027, 12, 31)), max_size=8))
def test_the_ban_agrees_with_a_slow_reference(defaults: list[date]) -> None:
    assert rules.ban(defaults, 3, 180) == slow_ban(defaults, 3, 180)


def test_the_ban_counts_calendar_days_with_the_day_after() -> None:
    three = [date(2026, 1, 5), date(2026, 6, 1), date(2026, 11, 20)]
    assert rules.ban(three[:2], 3, 180) is None
    first, last = rules.ban(three, 3, 180)
    assert first == date(2026, 11, 21) and (last - first).days + 1 == 180
    assert rules.ban([date(2025, 1, 5), *three[1:]], 3, 180) is None


@pytest.mark.parametrize(("count", "words"), [(0, "累计放弃 3 次"), (1, "已放弃 1 次"), (2, "这次再放弃")])
def test_the_consequence_is_told_in_advance(count: int, words: str) -> None:
    assert words in rules.warning(count, 3, 180) and "180 天" in rules.warning(count, 3, 180)
