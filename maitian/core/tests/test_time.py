from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.core import time as business_time
from maitian.core.time import SHANGHAI, rules
from maitian.core.time.errors import (
    CalendarEmpty,
    CalendarGap,
    CalendarReasonMissing,
    CalendarRowWrong,
    CalendarYearShort,
    PastHorizon,
)
from maitian.core.time.rules import BusinessCalendar


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


# --- against a slow reference: a walker, minute by minute, that knows nothing of tables -----------------

PATTERNS = (
    [["09:00", "12:00"], ["13:00", "17:00"]],
    [["09:30", "11:30"], ["13:00", "15:00"]],
    [["22:00", "02:00"]],
    [["00:00", "24:00"]],
    [["08:00", "10:00"], ["09:30", "11:00"], ["23:00", "01:00"]],
)


def walk(days: set[date], hours: list[list[str]], start: datetime, minutes: int) -> datetime:
    """The first moment at which ``minutes`` open minutes have passed, counted one by one."""
    passed, moment = 0, start
    while passed < minutes:
        if open_minute(days, hours, moment):
            passed += 1
        moment += timedelta(minutes=1)
    return moment


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


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PATTERNS),
    st.sets(st.integers(0, 13), min_size=3),
    st.integers(0, 5 * 1440),
    st.integers(1, 900),
)
def test_deadlines_agree_with_a_walker(
    hours: list[list[str]], opened: set[int], start: int, minutes: int
) -> None:
    days = {date(2026, 9, 21) + timedelta(days=n) for n in opened} | {
        date(2026, 10, 5) + timedelta(days=n) for n in range(8)
    }
    moment = at("2026-09-21 00:00") + timedelta(minutes=start)
    calendar = BusinessCalendar(days, hours)
    wanted = walk(days, hours, moment, minutes)
    assert calendar.add(moment, minutes) == wanted
    assert calendar.between(moment, wanted) == minutes
    bulk = calendar.due_many(np.array([int(moment.timestamp())]), np.array([minutes]))
    assert int(bulk[0]) == int(wanted.timestamp())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 6 * 1440), st.integers(0, 6 * 1440))
def test_between_adds_up(first: int, second: int) -> None:
    calendar = BusinessCalendar({date(2026, 9, 21) + timedelta(days=n) for n in range(5)}, PATTERNS[0])
    a, b = (
        at("2026-09-21 00:00") + timedelta(minutes=first),
        at("2026-09-21 00:00") + timedelta(minutes=second),
    )
    assert calendar.between(a, b) == -calendar.between(b, a)


# --- the real calendar -----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.requirement("G16")
@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-24 11:00", 60, "2026-11-24 12:00"),  # ends with the morning, not after lunch
        ("2026-11-24 11:00", 61, "2026-11-24 13:01"),  # over the lunch break
        ("2026-11-24 16:30", 60, "2026-11-25 09:30"),  # over the night
        ("2026-11-27 16:00", 120, "2026-11-30 10:00"),  # over a weekend
        ("2026-09-30 16:00", 120, "2026-10-08 10:00"),  # over the National Day week
        ("2026-10-09 16:00", 120, "2026-10-10 10:00"),  # into a make-up Saturday
        ("2026-11-22 10:00", 30, "2026-11-23 09:30"),  # begun on a Sunday
    ],
)
def test_branch_hours(start: str, minutes: int, due: str) -> None:
    assert local(business_time.add_business("branch_hours", at(start), minutes)) == due


@pytest.mark.django_db
@pytest.mark.requirement("E5")
def test_trading_days_skip_make_up_saturdays_and_holidays() -> None:
    assert business_time.is_work_day(date(2026, 10, 10))
    assert not business_time.is_trading_day(date(2026, 10, 10))
    assert business_time.trading_day_after(date(2026, 9, 30), 2) == date(2026, 10, 9)
    assert len(business_time.trading_days_before(date(2026, 11, 24), 244)) == 244


@pytest.mark.django_db
def test_past_the_horizon_the_law_gets_no_answer_and_others_a_provisional_one() -> None:
    assert business_time.horizon() == date(2026, 12, 31)
    with pytest.raises(PastHorizon):
        business_time.trading_day_after(date(2026, 12, 31), 1)
    assert business_time.trading_day_after(date(2026, 12, 31), 1, legal=False) == date(2027, 1, 4)
    trading = business_time.calendar("trading")
    assert trading.provisional(datetime(2027, 3, 1, tzinfo=UTC)) and not trading.provisional(
        datetime(2026, 3, 2, tzinfo=UTC)
    )


def year_2027(kinds: tuple[str, ...] = ("work", "trading")) -> str:
    """The exceptions of a year as they are published: closed week days and make-up Saturdays."""
    closed = [
        "01-01",
        "02-05",
        "02-08",
        "02-09",
        "02-10",
        "02-11",
        "04-05",
        "05-03",
        "05-04",
        "06-09",
        "09-15",
        "10-01",
        "10-04",
    ]
    rows = [f"{kind},2027-{day},0,假日,公告" for kind in kinds for day in closed]
    rows += [f"{kind},2027-02-20,1,调休上班,公告" for kind in kinds if kind == "work"]
    return "kind,day,open,note,source\n" + "\n".join(rows) + "\n"


@pytest.mark.django_db
def test_an_approved_import_makes_the_whole_year_official_and_the_maker_cannot_approve() -> None:
    from maitian.core.errors import SameMakerAndChecker

    made = business_time.propose_import(year_2027().encode(), "2027.csv", "member:1")
    assert business_time.horizon() == date(2026, 12, 31)
    assert business_time.is_trading_day(date(2027, 2, 8))  # provisional: the feasts by the moon are not known
    with pytest.raises(SameMakerAndChecker):
        business_time.approve_import(made.pk, "member:1")
    business_time.approve_import(made.pk, "member:2")
    assert business_time.horizon() == business_time.horizon("work") == date(2027, 12, 31)
    assert not business_time.is_trading_day(date(2027, 2, 8))
    assert business_time.is_work_day(date(2027, 2, 20)) and not business_time.is_trading_day(
        date(2027, 2, 20)
    )
    assert business_time.is_trading_day(date(2027, 3, 1)) and not business_time.is_trading_day(
        date(2027, 3, 6)
    )
    assert business_time.is_trading_day(
        date(2027, 5, 5)
    )  # not listed: by the week, whatever the rule guessed
    assert business_time.trading_day_after(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert not business_time.calendar("trading").provisional(datetime(2027, 6, 1, tzinfo=UTC))
    assert business_time.calendar("trading").provisional(datetime(2028, 1, 4, tzinfo=UTC))


@pytest.mark.django_db
def test_one_day_of_an_official_year_can_be_corrected() -> None:
    content = "kind,day,open,note,source\ntrading,2026-12-07,0,台风休市,交易所公告\n"
    made = business_time.propose_import(content.encode(), "taifeng.csv", "member:1")
    assert business_time.import_changes(made.rows) == [
        {"kind": "trading", "day": date(2026, 12, 7), "open": False, "note": "台风休市"}
    ]
    business_time.approve_import(made.pk, "member:2")
    assert business_time.trading_day_after(date(2026, 12, 4), 1) == date(2026, 12, 8)
    assert business_time.horizon() == date(2026, 12, 31)


@pytest.mark.django_db
def test_a_file_sent_back_changes_nothing() -> None:
    from maitian.core.errors import AlreadyDone

    made = business_time.propose_import(year_2027().encode(), "2027.csv", "member:1")
    with pytest.raises(CalendarReasonMissing):
        business_time.refuse_import(made.pk, "member:2", " ")
    business_time.refuse_import(made.pk, "member:2", "少了端午")
    with pytest.raises(AlreadyDone):
        business_time.approve_import(made.pk, "member:2")
    assert business_time.horizon() == date(2026, 12, 31)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("kind,day,open,note,source\n", CalendarEmpty),
        ("kind,day,open,note,source\nwork,2027-13-01,1,,\n", CalendarRowWrong),
        ("kind,day,open,note,source\nfeast,2027-01-01,1,,\n", CalendarRowWrong),
        ("kind,day,open,note,source\nwork,2027-01-01,maybe,,\n", CalendarRowWrong),
        ("kind,day,open,note,source\nwork,2099-01-01,1,,\n", CalendarRowWrong),
        ("day,open\n2027-01-01,1\n", CalendarRowWrong),
        ("kind,day,open,note,source\nwork,2027-01-01,0,,\nwork,2027-01-01,1,,\n", CalendarRowWrong),
        ("kind,day,open,note,source\ntrading,2027-01-02,1,,\n", CalendarRowWrong),
        ("kind,day,open,note,source\nwork,2027-01-01,0,,\n", CalendarYearShort),
        (year_2027(("work",)).replace("2027", "2028").replace("2028-02-20", "2028-02-26"), CalendarGap),
    ],
)
def test_wrong_calendar_files_are_refused_whole(content: str, error: type) -> None:
    from maitian.core.models import CalendarImport

    with pytest.raises(error):
        business_time.propose_import(content.encode(), "x.csv", "member:1")
    assert not CalendarImport.objects.exists()


@pytest.mark.django_db
def test_the_warning_comes_sixty_days_before_the_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    for today, warning in ((date(2026, 11, 1), None), (date(2026, 11, 2), 59), (date(2026, 12, 31), 0)):
        monkeypatch.setattr(business_time, "today", lambda today=today: today)
        assert business_time.horizon_warning() == warning
