"""The rulebook and the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import rule_words, rulebook, shapes
from maitian.core import time as business_time
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import CalendarDay, CalendarImport, Rule
from maitian.core.rulebook import RuleTimeWrong
from maitian.staff.access import door, no_permission
from maitian.staff.queries import actor_names

BOOKS = ("brokerage", "wallpaper")


def _book(name: str) -> str:
    if name not in BOOKS:
        raise NotFound()
    return name


@door("rulebook.view")
@require_safe
def rulebook_page(request: HttpRequest) -> HttpResponse:
    """Every rule in force, by area; ``q`` finds them by words of title, basis or key."""
    book = _book(request.GET.get("book", "brokerage"))
    words = request.GET.get("q", "").strip()[:40]
    rules = rulebook.at(book=book)
    areas: dict[str, list[dict[str, Any]]] = {}
    for key in rules.listed():
        row = rules.rule(key)
        title, basis = rulebook.title_of(row), rulebook.basis_of(row)
        if words.casefold() not in f"{key} {title} {basis} {row.title} {row.title_en}".casefold():
            continue
        areas.setdefault(rule_words.area(key), []).append(
            {"rule": row, "title": title, "basis": basis, "value": rule_words.short(row)}
        )
    waiting = [
        {"rule": row, "title": rulebook.title_of(row), "value": rule_words.short(row)}
        for row in Rule.objects.filter(state=Rule.State.PROPOSED).order_by("made_at")[:50]
    ]
    return render(
        request, "console/rulebook.html",
        {"areas": areas, "book": book, "version": rules.version, "waiting": waiting, "words": words},
    )  # fmt: skip


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RuleTimeWrong(given=text[:40]) from None
    return found if found.tzinfo else found.replace(tzinfo=business_time.SHANGHAI)


@door("rulebook.view")
def rule(request: HttpRequest, book: str, key: str) -> HttpResponse:
    """One rule: its value in words, its history, and a proposal for a new value."""
    member = request.member  # type: ignore[attr-defined]
    try:
        current = rulebook.at(book=_book(book)).rule(key)
    except rulebook.RuleMissing:
        raise NotFound() from None
    given: Any = current.value
    error, field = "", ""
    if request.method == "POST":
        if not member.may("rulebook.propose"):
            raise no_permission("rulebook.propose")
        given = shapes.read(request.POST, current.value)
        more = request.POST.get("more", "")
        if more:
            try:
                given = shapes.more(given, more[:200])
            except (KeyError, IndexError, ValueError, TypeError):
                raise NotFound() from None
        else:
            try:
                at_once = request.POST.get("when", "") == "approved"
                rulebook.propose(
                    key, given, valid_from=None if at_once else _moment(request.POST.get("valid_from", "")),
                    basis=request.POST.get("basis", ""), basis_en=request.POST.get("basis_en", ""),
                    reason=request.POST.get("reason", ""), maker=member.actor, book=book,
                )  # fmt: skip
                messages.success(request, _("已提交，等复核"))
                return redirect("console:rule", book, key)
            except DomainError as refused:
                error, field = refused.sentence(), refused.field or ""
    history = list(Rule.objects.filter(book=book, key=key).order_by("-valid_from", "-pk")[:30])
    tomorrow = business_time.today() + timedelta(days=1)
    return render(
        request, "console/rule.html",
        {
            "rule": current, "title": rulebook.title_of(current), "basis": rulebook.basis_of(current), "error": error, "field": field,
            "unit": rule_words.unit(current.unit), "area": rule_words.area(key), "shown": shapes.tree(current.value),
            "short": rule_words.short(current), "form": shapes.tree(given), "given": request.POST,
            "history": [
                {"rule": row, "value": rule_words.short(row), "basis": rulebook.basis_of(row),
                 "now": row.pk == current.pk, "tree": shapes.tree(row.value) if row.state == Rule.State.PROPOSED else None,
                 "may_decide": row.state == Rule.State.PROPOSED and member.may("rulebook.approve") and row.maker != member.actor,
                 "may_withdraw": row.state == Rule.State.PROPOSED and row.maker == member.actor}
                for row in history
            ],
            "names": actor_names({r.maker for r in history} | {r.checker for r in history}),
            "may_propose": member.may("rulebook.propose"), "tomorrow": f"{tomorrow.isoformat()}T00:00",
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("rulebook.approve")
@require_POST
def decide(request: HttpRequest, rule_id: int, answer: str) -> HttpResponse:
    """Approve a proposal, or send it back with a reason."""
    actor = request.member.actor  # type: ignore[attr-defined]
    if answer == "approve":
        done = rulebook.approve(rule_id, actor)
        messages.success(request, _("已同意"))
    elif answer == "refuse":
        done = rulebook.refuse(rule_id, actor, request.POST.get("reason", ""))
        messages.success(request, _("已退回"))
    else:
        raise NotFound()
    return redirect("console:rule", done.book, done.key)


@door("rulebook.propose")
@require_POST
def withdraw(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Take one's own proposal back."""
    done = rulebook.withdraw(rule_id, request.member.actor)  # type: ignore[attr-defined]
    messages.success(request, _("已收回"))
    return redirect("console:rule", done.book, done.key)


def _months(year: int) -> list[dict[str, Any]]:
    """Twelve months of weeks of cells; the days with a note are listed below their month."""
    rows = CalendarDay.objects.filter(day__year=year)
    trading = {row.day: row for row in rows if row.kind == "trading"}
    work = {row.day: row for row in rows if row.kind == "work"}
    months = []
    for month in range(1, 13):
        current = date(year, month, 1)
        cells: list[dict[str, Any] | None] = [None] * current.weekday()
        notes: list[tuple[str, int, int]] = []
        while current.month == month:
            t, w = trading.get(current), work.get(current)
            kind = "open" if t and t.open else "makeup" if w and w.open else "closed"
            note = (w.note if w else "") or (t.note if t else "")
            if note and notes and notes[-1][0] == note and notes[-1][2] == current.day - 1:
                notes[-1] = (note, notes[-1][1], current.day)
            elif note:
                notes.append((note, current.day, current.day))
            cells.append(
                {"day": current.day, "kind": kind, "note": note, "provisional": bool((t and t.provisional) or (w and w.provisional)),
                 "today": current == business_time.today()}
            )  # fmt: skip
            current += timedelta(days=1)
        months.append(
            {"number": month, "weeks": [cells[i : i + 7] for i in range(0, len(cells), 7)],
             "notes": [(f"{first}–{last}" if last > first else str(first), note) for note, first, last in notes]}
        )  # fmt: skip
    return months


def _year(text: str) -> int:
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return (
        year
        if business_time.FIRST.year <= year <= business_time.last_day().year
        else business_time.today().year
    )


@door("calendar.view")
def calendar_page(request: HttpRequest) -> HttpResponse:
    """Work days and trading days of a year, provisional ones marked; renewing them by a file."""
    member = request.member  # type: ignore[attr-defined]
    error = ""
    if request.method == "POST":
        if not member.may("calendar.propose"):
            raise no_permission("calendar.propose")
        file = request.FILES.get("file")
        try:
            made = business_time.propose_import(
                file.read() if file else b"", file.name or "" if file else "", member.actor
            )
            messages.success(request, _("已提交，等复核"))
            return redirect("console:calendar_import", made.pk)
        except DomainError as refused:
            error = refused.sentence()
    year = _year(request.GET.get("year", ""))
    waiting = list(CalendarImport.objects.filter(state=CalendarImport.State.PROPOSED).order_by("made_at"))
    return render(
        request, "console/calendar.html",
        {"months": _months(year), "year": year, "years": range(business_time.FIRST.year, business_time.last_day().year + 1),
         "horizon": business_time.horizon(), "left": business_time.horizon_warning(), "error": error, "waiting": waiting,
         "names": actor_names({item.maker for item in waiting}), "may_propose": member.may("calendar.propose")},
        status=422 if error else 200,
    )  # fmt: skip


@door("calendar.view")
@require_safe
def calendar_file(request: HttpRequest, year: int) -> HttpResponse:
    """A year's exceptions to the week as a file of the form that the import takes, to be corrected and sent back."""
    lines = ["kind,day,open,note,source"]
    for row in CalendarDay.objects.filter(day__year=year).order_by("kind", "day"):
        if row.open != (row.day.weekday() < 5):
            lines.append(f"{row.kind},{row.day.isoformat()},{int(row.open)},{row.note},{row.source}")
    return HttpResponse(
        "\ufeff" + "\n".join(lines) + "\n", content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="calendar-{year}.csv"'},
    )  # fmt: skip


@door("calendar.view")
@require_safe
def calendar_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """A proposed table: which days it would change, and the other person's answer."""
    item = CalendarImport.objects.filter(pk=import_id).first()
    if item is None:
        raise NotFound()
    member = request.member  # type: ignore[attr-defined]
    waiting = item.state == CalendarImport.State.PROPOSED
    changes = business_time.import_changes(item.rows) if waiting else []
    return render(
        request, "console/calendar_import.html",
        {"item": item, "changes": changes[:200], "count": len(changes), "names": actor_names({item.maker, item.checker}),
         "rows": sum(1 for _row in item.rows), "may_decide": waiting and member.may("calendar.approve") and item.maker != member.actor},
    )  # fmt: skip


@door("calendar.approve")
@require_POST
def decide_calendar(request: HttpRequest, import_id: int, answer: str) -> HttpResponse:
    """Put a table into force, or send it back with a reason."""
    actor = request.member.actor  # type: ignore[attr-defined]
    if answer == "refuse":
        business_time.refuse_import(import_id, actor, request.POST.get("reason", ""))
        messages.success(request, _("已退回"))
        return redirect("console:calendar_import", import_id)
    if answer != "approve":
        raise NotFound()
    business_time.approve_import(import_id, actor)
    messages.success(request, _("日历已生效"))
    return redirect("console:calendar")
