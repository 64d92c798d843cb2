"""Business time: calendars, trading days, deadlines. UTC inside, Asia/Shanghai outside."""

from __future__ import annotations

import csv
import hashlib
import io
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Case, Max, When
from django.utils import timezone

from maitian.core import fresh
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.core.time import rules
from maitian.core.time.errors import (
    CalendarEmpty,
    CalendarGap,
    CalendarReasonMissing,
    CalendarRowWrong,
    CalendarUnknown,
    CalendarYearShort,
    PastHorizon,
)
from maitian.core.time.rules import BusinessCalendar

if TYPE_CHECKING:
    from maitian.core.time.models import CalendarImport

SHANGHAI = ZoneInfo("Asia/Shanghai")
SEED = Path(__file__).parent / "seed"
FIRST, LAST = date(2024, 1, 1), date(2028, 12, 31)
WARNING_DAYS = 60
HOURS = {
    "branch_hours": ("营业部办公时间", "Branch hours", "work", [["09:00", "12:00"], ["13:00", "17:00"]],
                     "默认值，营业部可改；工作日含调休上班日"),
    "trading": ("交易时段", "Trading sessions", "trading", [["09:30", "11:30"], ["13:00", "15:00"]],
                "沪深交易所交易规则：连续竞价 9:30–11:30、13:00–15:00"),
    "hotline": ("24 小时热线", "Hotline around the clock", "every", [["00:00", "24:00"]], "来源文章二：热线 24 小时有人"),
    # For periods counted in days: the last day ends when business ends (Civil Code, art. 203).
    "working_days": ("工作日", "Working days", "work", [["00:00", "17:00"]], "《民法典》第二百零三条：有业务时间的，停止业务活动的时间为截止时间"),
    "calendar_days": ("自然日", "Calendar days", "every", [["00:00", "17:00"]], "《民法典》第二百零三条；最后一日遇休假日不顺延（从严的默认做法）"),
}  # fmt: skip


def shanghai(moment: datetime) -> datetime:
    """The moment in local time."""
    return moment.astimezone(SHANGHAI)


def today() -> date:
    """Today in Asia/Shanghai."""
    return timezone.now().astimezone(SHANGHAI).date()


@dataclass
class _Days:
    stamp: tuple[str, Any]
    open: dict[str, list[date]]
    horizon: dict[str, date]
    calendars: dict[str, BusinessCalendar]


_cached: _Days | None = None
fresh.register(
    "core.calendars",
    # Days are added at the end of their kind, or changed by an import; counting thousands of them would take longer.
    "concat_ws(' ', (SELECT max(day) FROM core_calendarday WHERE kind = 'work'),"
    " (SELECT max(day) FROM core_calendarday WHERE kind = 'trading'),"
    " (SELECT count(*) || ' ' || coalesce(max(id), 0) FROM core_calendarimport WHERE state = 'approved'))",
)


def _days() -> _Days:
    """The day tables, cached until their last day or their imports change."""
    global _cached
    stamp = fresh.stamp("core.calendars")
    if _cached is not None and _cached.stamp == stamp:
        return _cached
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, day, open, provisional FROM core_calendarday ORDER BY day")
        rows = cursor.fetchall()
        cursor.execute("SELECT code, follows, hours FROM core_calendar")
        found = cursor.fetchall()
    opened: dict[str, list[date]] = {"work": [], "trading": []}
    horizon: dict[str, date] = {}
    open_end: set[str] = set()
    for kind, day, is_open, provisional in rows:
        if is_open:
            opened[kind].append(day)
        # The horizon is the last day before the first provisional one: what comes after a hole is not covered.
        if provisional:
            open_end.add(kind)
        elif kind not in open_end:
            horizon[kind] = day
    import json

    calendars = {}
    for code, follows, hours in found:
        every = follows == "every"
        days = rules.days_between(FIRST, rows[-1][1] if rows else LAST) if every else opened[follows]
        hours = json.loads(hours) if isinstance(hours, str) else hours
        edge = None if every or follows not in horizon else horizon[follows] + timedelta(days=1)
        calendars[code] = BusinessCalendar(days, hours, edge)
    _cached = _Days(stamp, opened, horizon, calendars)
    return _cached


def calendar(code: str) -> BusinessCalendar:
    """A calendar by its code (:data:`HOURS`). Raises :class:`CalendarUnknown`."""
    found = _days().calendars.get(code)
    if found is None:
        raise CalendarUnknown(code=code, known="、".join(sorted(_days().calendars)))
    return found


def calendars() -> dict[str, BusinessCalendar]:
    """Every calendar by its code, for reckoning in bulk."""
    return _days().calendars


def add_business(code: str, start: datetime, minutes: float) -> datetime:
    """``start`` and so many open minutes of a calendar later (UTC)."""
    return calendar(code).add(start, minutes)


def horizon(kind: str = "trading") -> date:
    """The last day that an official table covers."""
    return _days().horizon[kind]


def is_past_horizon(day: date, kind: str = "trading") -> bool:
    """Whether no official table covers the day: it is worked out by rule, and shown as provisional."""
    return day > horizon(kind)


def horizon_warning() -> int | None:
    """Days left to the horizon when fewer than 60, else ``None``."""
    left = (min(horizon("trading"), horizon("work")) - today()).days
    return left if left < WARNING_DAYS else None


def is_work_day(day: date) -> bool:
    return _has(_days().open["work"], day)


def is_trading_day(day: date) -> bool:
    return _has(_days().open["trading"], day)


def _has(days: list[date], day: date) -> bool:
    i = bisect_left(days, day)
    return i < len(days) and days[i] == day


def trading_day_after(day: date, n: int = 1, legal: bool = True) -> date:
    """The ``n``-th trading day after ``day``. ``legal``: a deadline of the law, refused past the horizon."""
    days = _days().open["trading"]
    i = bisect_right(days, day) + n - 1
    edge = horizon("trading")
    if i >= len(days) or (legal and days[i] > edge):
        raise PastHorizon(horizon=edge.isoformat())
    return days[i]


def work_day_after(day: date, n: int = 1) -> date:
    """The ``n``-th work day after ``day``; past the horizon a provisional one."""
    days = _days().open["work"]
    i = bisect_right(days, day) + n - 1
    if i >= len(days):
        raise PastHorizon(horizon=horizon("work").isoformat())
    return days[i]


def end_of_work_day(start: datetime, n: int) -> datetime:
    """The end (local midnight) of the ``n``-th work day after the day of ``start``: how laws count days."""
    day = work_day_after(shanghai(start).date(), n)
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)


def trading_days_before(day: date, n: int) -> list[date]:
    """The last ``n`` trading days before ``day``, oldest first."""
    days = _days().open["trading"]
    i = bisect_left(days, day)
    return days[max(0, i - n) : i]


# Seeding and renewing.


def _official() -> dict[tuple[str, date], tuple[bool, str, str]]:
    """The project's own tables: exceptions to the weekly pattern, up to the last line's year."""
    found = {}
    with (SEED / "days.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["kind"], date.fromisoformat(row["day"])] = (
                row["open"] == "1",
                row["note"],
                row["source"],
            )
    return found


SEEDED_TO = date(2026, 12, 31)
YEARS_AHEAD = 2  # provisional days reach to the end of this many years after the present one
LEAST_CLOSED = (
    5  # week days that any year's official table closes: Spring Festival and New Year alone are more
)


def last_day() -> date:
    """Up to which day the tables reach."""
    return max(LAST, date(today().year + YEARS_AHEAD, 12, 31))


@transaction.atomic
def seed() -> int:
    """Calendars and days from 2024 on, provisional after 2026; adds what is missing, leaves the rest alone."""
    from maitian.core.time.models import Calendar, CalendarDay

    Calendar.objects.bulk_create(
        [
            Calendar(code=code, title=title, title_en=title_en, follows=follows, hours=hours, basis=basis)
            for code, (title, title_en, follows, hours, basis) in HOURS.items()
        ],
        ignore_conflicts=True,
    )
    known = dict(CalendarDay.objects.values_list("kind").annotate(last=Max("day")))
    end = last_day()
    if known and min(known.values()) >= end:
        return 0
    official = _official()
    rows = []
    for kind in ("work", "trading"):
        for day in rules.days_between(known[kind] + timedelta(days=1) if kind in known else FIRST, end):
            provisional = day > SEEDED_TO
            usual = rules.provisional_open(day) if provisional else day.weekday() < 5
            is_open, note, source = official.get((kind, day), (usual, "", "星期规则"))
            rows.append(
                CalendarDay(
                    kind=kind, day=day, open=is_open, note=note, source=source, provisional=provisional
                )
            )
    CalendarDay.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    return len(rows)


def _row_wrong(line: int, why: str, why_en: str) -> CalendarRowWrong:
    return CalendarRowWrong(line=line, why=why, why_en=why_en)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _row_wrong(
        1,
        "文件不是 UTF-8 或 GB18030 文字。请另存为 CSV。",
        "the file is neither UTF-8 nor GB18030 text; save it as CSV.",
    )


def _parse(content: bytes) -> list[dict[str, object]]:
    """Rows of a file, every one checked."""
    reader = csv.DictReader(io.StringIO(_text(content)))
    missing = [name for name in ("kind", "day", "open") if name not in (reader.fieldnames or [])]
    if missing and reader.fieldnames:
        raise _row_wrong(
            1, f"表头缺 {'、'.join(missing)}。表头是 kind,day,open,note,source。",
            f"the head lacks {', '.join(missing)}; it is kind,day,open,note,source.",
        )  # fmt: skip
    rows: list[dict[str, object]] = []
    seen: dict[tuple[str, date], int] = {}
    end = last_day()
    for row in reader:
        line = reader.line_num
        kind, open_text = (row.get("kind") or "").strip(), (row.get("open") or "").strip()
        try:
            day = date.fromisoformat((row.get("day") or "").strip())
        except ValueError:
            raise _row_wrong(
                line, f"日期“{row.get('day')}”要写成 2027-01-04。", f"the day “{row.get('day')}” must be written like 2027-01-04."
            ) from None  # fmt: skip
        if kind not in ("work", "trading"):
            raise _row_wrong(
                line, f"kind 是“{kind}”，要写 work 或 trading。", f"kind is “{kind}”; write work or trading."
            )
        if open_text not in ("0", "1"):
            raise _row_wrong(
                line, f"open 是“{open_text}”，要写 0 或 1。", f"open is “{open_text}”; write 0 or 1."
            )
        if not FIRST <= day <= end:
            raise _row_wrong(
                line, f"{day} 不在 {FIRST} 到 {end} 之间。", f"{day} is not between {FIRST} and {end}."
            )
        if kind == "trading" and open_text == "1" and day.weekday() >= 5:
            raise _row_wrong(
                line,
                f"{day} 是周末，交易所周末不开市。",
                f"{day} is on a weekend; the exchanges are closed then.",
            )
        if (kind, day) in seen:
            raise _row_wrong(
                line,
                f"{day} 在第 {seen[kind, day]} 行已经写过。",
                f"{day} stands in line {seen[kind, day]} already.",
            )
        seen[kind, day] = line
        rows.append(
            {
                "kind": kind, "day": day.isoformat(), "open": open_text == "1",
                "note": (row.get("note") or "").strip()[:60], "source": (row.get("source") or "").strip()[:200],
            }
        )  # fmt: skip
    if not rows:
        raise CalendarEmpty()
    return rows


def _new_years(rows: list[dict[str, object]]) -> list[tuple[str, int]]:
    """Kinds and years that are provisional now and that a file makes official, in order; refuses holes and scraps."""
    found = []
    for kind in ("work", "trading"):
        edge = horizon(kind).year + (1 if (horizon(kind).month, horizon(kind).day) == (12, 31) else 0)
        days = [(date.fromisoformat(str(row["day"])), row["open"]) for row in rows if row["kind"] == kind]
        for year in sorted({day.year for day, _open in days if day > horizon(kind)}):
            if year != edge:
                raise CalendarGap(kind=kind, year=edge, given=year)
            closed = sum(day.year == year and day.weekday() < 5 and not is_open for day, is_open in days)
            if closed < LEAST_CLOSED:
                raise CalendarYearShort(kind=kind, year=year, closed=closed, least=LEAST_CLOSED)
            found.append((kind, year))
            edge += 1
    return found


def import_changes(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """What a file would change: the days that are open now and closed then, or the other way, in order."""
    from maitian.core.time.models import CalendarDay

    listed = {(str(row["kind"]), date.fromisoformat(str(row["day"]))): row for row in rows}
    whole = _new_years(rows)
    present = CalendarDay.objects.filter(day__gte=min(day for _kind, day in listed)).order_by("day", "kind")
    found = []
    for row in present:
        new = listed.get((row.kind, row.day))
        is_open = (
            new["open"] if new else row.day.weekday() < 5 if (row.kind, row.day.year) in whole else row.open
        )
        if is_open != row.open:
            found.append(
                {"kind": row.kind, "day": row.day, "open": is_open, "note": new["note"] if new else ""}
            )
    return found


@transaction.atomic
def propose_import(content: bytes, file_name: str, maker: str) -> CalendarImport:
    """Check a file of days whole and keep it for another person's approval.

    A year that is provisional becomes official as a whole: days that the file does not list go by the week. In a
    year that is official already only the listed days change.
    """
    from maitian.core import ledger
    from maitian.core.time.models import CalendarImport

    rows = _parse(content)
    _new_years(rows)
    made = CalendarImport.objects.create(
        file_name=file_name[:200], digest=hashlib.sha256(content).hexdigest(), rows=rows, maker=maker,
        source=str(rows[0]["source"]), made_at=timezone.now(),
    )  # fmt: skip
    ledger.record(
        "calendar.proposed", actor=maker, object_kind="calendar", object_id=made.pk, facts={"file": file_name}
    )
    return made


def _open_import(import_id: int) -> CalendarImport:
    from maitian.core.time.models import CalendarImport

    found = CalendarImport.objects.select_for_update().filter(pk=import_id).first()
    if found is None:
        raise NotFound()
    if found.state != CalendarImport.State.PROPOSED:
        raise AlreadyDone(state=found.get_state_display())
    return found


@transaction.atomic
def approve_import(import_id: int, checker: str) -> CalendarImport:
    """Put a proposed file into force; its days are official from now on, provisional ones are replaced."""
    from maitian.core import ledger
    from maitian.core.time.models import CalendarDay, CalendarImport

    found = _open_import(import_id)
    if found.maker == checker:
        raise SameMakerAndChecker()
    for kind, year in _new_years(found.rows):
        CalendarDay.objects.filter(kind=kind, day__year=year).update(
            open=Case(When(day__iso_week_day__lte=5, then=True), default=False),
            note="", source=found.source or "星期规则", provisional=False, imported_by=found,
        )  # fmt: skip
    CalendarDay.objects.bulk_create(
        [CalendarDay(**{**row, "provisional": False, "imported_by": found}) for row in found.rows],
        update_conflicts=True, unique_fields=["kind", "day"],
        update_fields=["open", "note", "source", "provisional", "imported_by"], batch_size=2000,
    )  # fmt: skip
    found.state, found.checker, found.checked_at = CalendarImport.State.APPROVED, checker, timezone.now()
    found.save(update_fields=["state", "checker", "checked_at"])
    ledger.record(
        "calendar.approved",
        actor=checker,
        object_kind="calendar",
        object_id=found.pk,
        facts={"file": found.file_name},
    )
    return found


@transaction.atomic
def refuse_import(import_id: int, checker: str, reason: str) -> CalendarImport:
    """Send a proposed file back with a reason, or take one's own back."""
    from maitian.core import ledger
    from maitian.core.time.models import CalendarImport

    found = _open_import(import_id)
    if not reason.strip():
        raise CalendarReasonMissing()
    found.state, found.checker, found.checked_at = CalendarImport.State.REFUSED, checker, timezone.now()
    found.save(update_fields=["state", "checker", "checked_at"])
    ledger.record(
        "calendar.refused", actor=checker, object_kind="calendar", object_id=found.pk,
        facts={"file": found.file_name, "reason": reason.strip()[:200]},
    )  # fmt: skip
    return found
