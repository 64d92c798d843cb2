"""How figures and moments read. The present is 24 November 2026, 10:42 in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from maitian.ui import formats

NOW = datetime(2026, 11, 24, 2, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (5_284_000, "528.4 万", "¥5.28 m"),
        (206_000_000, "2.06 亿", "¥206 m"),
        (Decimal("4000000000"), "40.00 亿", "¥4 bn"),
        (99_996_000, "1.00 亿", "¥100 m"),
        (9_994, "9,994", "¥9.99 k"),
        (9_996, "1.0 万", "¥10 k"),
        (999_999, "100.0 万", "¥1 m"),
        (843, "843", "¥843"),
        (-5_284_000, "-528.4 万", "-¥5.28 m"),
        (0, "0", "¥0"),
        (None, "–", "–"),
    ],
)
def test_short_money_is_read_at_a_glance(value: object, zh: str, en: str) -> None:
    assert formats.money_short(value, "zh-hans") == zh
    assert formats.money_short(value, "en") == en


def test_exact_money_keeps_every_cent_and_rounds_half_up() -> None:
    assert formats.money(Decimal("1284506.3")) == "1,284,506.30"
    assert formats.money("0.005") == "0.01"
    assert formats.money(12730, 0) == "12,730"
    assert formats.money(None) == "–", "unknown is never nought"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.0186", "+1.86%"),
        ("-0.0041", "-0.41%"),
        ("0", "0.00%"),
        ("-0.00001", "0.00%"),
        (None, "–"),
        ("12", "+1,200.00%"),
    ],
)
def test_a_change_carries_its_sign_and_nought_has_none(value: str | None, text: str) -> None:
    assert formats.change(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.0018", "1.8‰"), ("0.003", "3.0‰"), ("0.00025", "0.25‰"), ("0.000085", "0.085‰"), (None, "–")],
)
def test_commission_reads_per_mille(value: str | None, text: str) -> None:
    assert formats.per_mille(value) == text


def test_counts_and_shares() -> None:
    assert formats.count(12486) == "12,486"
    assert formats.count(None) == "–"
    assert formats.share(Decimal("0.975")) == "97.5%"


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        (NOW, "今天 10:42", "10:42"),
        (NOW - timedelta(days=1, hours=1), "昨天 09:42", "Yesterday 09:42"),
        (NOW + timedelta(days=1), "明天 10:42", "Tomorrow 10:42"),
        (datetime(2026, 11, 18, 3, 0, tzinfo=UTC), "11月18日", "18 Nov"),
        (datetime(2025, 11, 18, 3, 0, tzinfo=UTC), "2025年11月18日", "18 Nov 2025"),
        # 16:30 UTC is already the next day in Shanghai.
        (datetime(2026, 11, 23, 16, 30, tzinfo=UTC), "今天 00:30", "00:30"),
        (None, "–", "–"),
    ],
)
def test_moments_are_days_of_shanghai(moment: datetime | None, zh: str, en: str) -> None:
    assert formats.when(moment, NOW, "zh-hans") == zh
    assert formats.when(moment, NOW, "en") == en


def test_a_day_names_its_year_only_when_it_is_another() -> None:
    assert formats.day(date(2026, 1, 5), date(2026, 11, 24)) == "1月5日"
    assert formats.day(date(2027, 1, 5), date(2026, 11, 24)) == "2027年1月5日"


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (46, "剩 46 分", "46 min left"),
        (318, "剩 5 时 18 分", "5 h 18 min left"),
        (120, "剩 2 时", "2 h left"),
        (47 * 60, "剩 47 时", "47 h left"),
        (48 * 60, "剩 2 天", "2 days left"),
        (-12, "超时 12 分", "12 min late"),
        (0, "剩 0 分", "0 min left"),
    ],
)
def test_what_is_left_until_a_deadline(minutes: int, zh: str, en: str) -> None:
    due = NOW + timedelta(minutes=minutes)
    assert formats.left(due, NOW, "zh-hans") == zh
    assert formats.left(due, NOW, "en") == en


def test_a_clock_is_soon_in_the_last_fifth_of_its_time() -> None:
    start, due = NOW - timedelta(minutes=79), NOW + timedelta(minutes=21)
    assert formats.clock_state(due, NOW, start=start) == ("due", 79)
    assert formats.clock_state(due, NOW + timedelta(minutes=1), start=start) == ("soon", 80)
    assert formats.clock_state(due, due, start=start) == ("soon", 100)
    assert formats.clock_state(due, due + timedelta(seconds=1), start=start) == ("over", 100)


def test_a_clock_without_a_start_is_soon_for_half_an_hour() -> None:
    assert formats.clock_state(NOW + timedelta(minutes=31), NOW)[0] == "due"
    assert formats.clock_state(NOW + timedelta(minutes=30), NOW)[0] == "soon"


def test_a_clock_that_was_met_or_stands_still_never_runs_late() -> None:
    due = NOW - timedelta(minutes=5)
    assert formats.clock_state(due, NOW, paused=True)[0] == "paused"
    assert formats.clock_state(due, NOW, met=due)[0] == "met"
    assert formats.clock_state(due, NOW, met=due + timedelta(seconds=1))[0] == "over", "late stays late"
    assert formats.clock_state(None, NOW)[0] == "none"
