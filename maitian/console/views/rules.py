"""The rulebook and the calendar."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError, Forbidden, NotFound
from maitian.core.models import CalendarDay, CalendarImport, Rule
from maitian.staff.access import door
from maitian.staff.queries import actor_names


@door("rulebook.view")
@require_safe
def rulebook_page(request: HttpRequest) -> HttpResponse:
    """Every rule in force, by area."""
    book = request.GET.get("book", "brokerage")
    rules = rulebook.at(book=book)
    areas: dict[str, list[dict[str, object]]] = {}
    for key in rules.listed():
        row = rules.rule(key)
        areas.setdefault(key.split(".")[0], []).append(
            {
                "rule": row,
                "title": rulebook.title_of(row),
                "basis": rulebook.basis_of(row),
                "long": isinstance(row.value, list | dict) or len(str(row.value)) > 24,
            }
        )
    waiting = Rule.objects.filter(state=Rule.State.PROPOSED).order_by("made_at")[:50]
    return render(
        request,
        "console/rulebook.html",
        {"areas": areas, "book": book, "version": rules.version, "waiting": waiting},
    )


@door("rulebook.view")
def rule(request: HttpRequest, book: str, key: str) -> HttpResponse:
    """One rule: its history, and a proposal for a new value."""
    member = request.member  # type: ignore[attr-defined]
    current = rulebook.at(book=book).rule(key)
    error = ""
    if request.method == "POST":
        if not member.may("rulebook.propose"):
            raise Forbidden(permission="rulebook.propose")
        try:
            value = json.loads(request.POST.get("value", ""))
        except ValueError:
            value = request.POST.get("value", "")
        try:
            moment = datetime.fromisoformat(request.POST.get("valid_from", "")).replace(
                tzinfo=business_time.SHANGHAI
            )
        except ValueError:
            moment = timezone.now() + timedelta(minutes=1)
        try:
            rulebook.propose(
                key, value, valid_from=moment, basis=request.POST.get("basis", ""), basis_en=request.POST.get("basis_en", ""),
                reason=request.POST.get("reason", ""), maker=member.actor, book=book,
            )  # fmt: skip
            messages.success(request, _("已提交，等复核"))
            return redirect("console:rule", book, key)
        except DomainError as refused:
            error = refused.sentence()
    history = list(Rule.objects.filter(book=book, key=key).order_by("-valid_from", "-pk")[:30])
    return render(
        request, "console/rule.html",
        {
            "rule": current, "title": rulebook.title_of(current), "basis": rulebook.basis_of(current), "error": error, "history": history,
            "value": json.dumps(current.value, ensure_ascii=False, indent=1), "names": actor_names({r.maker for r in history} | {r.checker for r in history}),
            "may_propose": member.may("rulebook.propose"), "may_approve": member.may("rulebook.approve"), "tomorrow": business_time.today() + timedelta(days=1),
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("rulebook.approve")
@require_POST
def decide(request: HttpRequest, rule_id: int, answer: str) -> HttpResponse:
    actor = request.member.actor  # type: ignore[attr-defined]
    if answer not in ("approve", "refuse"):
        raise NotFound()
    done = (
        rulebook.approve(rule_id, actor)
        if answer == "approve"
        else rulebook.refuse(rule_id, actor, request.POST.get("reason", ""))
    )
    messages.success(request, _("已处理"))
    return redirect("console:rule", done.book, done.key)


@door("calendar.view")
def calendar_page(request: HttpRequest) -> HttpResponse:
    """Work days and trading days of a year, provisional ones marked."""
    member = request.member  # type: ignore[attr-defined]
    error = ""
    if request.method == "POST":
        if not member.may("calendar.propose"):
            raise Forbidden(permission="calendar.propose")
        file = request.FILES.get("file")
        try:
            business_time.propose_import(
                file.read() if file else b"", file.name or "" if file else "", member.actor
            )
            messages.success(request, _("已提交，等复核"))
            return redirect("console:calendar")
        except DomainError as refused:
            error = refused.sentence()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdigit() and 2024 <= int(asked) <= 2028 else business_time.today().year
    rows = CalendarDay.objects.filter(day__year=year)
    trading = {row.day: row for row in rows if row.kind == "trading"}
    work = {row.day: row for row in rows if row.kind == "work"}
    months = []
    for month in range(1, 13):
        first = date(year, month, 1)
        cells: list[dict[str, object] | None] = [None] * first.weekday()
        current = first
        while current.month == month:
            t, w = trading.get(current), work.get(current)
            kind = "open" if t and t.open else "makeup" if w and w.open else "closed"
            cells.append(
                {
                    "day": current.day,
                    "kind": kind,
                    "note": (w.note if w else "") or (t.note if t else ""),
                    "provisional": bool(t and t.provisional),
                    "today": current == business_time.today(),
                }
            )
            current += timedelta(days=1)
        months.append({"number": month, "weeks": [cells[i : i + 7] for i in range(0, len(cells), 7)]})
    return render(
        request, "console/calendar.html",
        {"months": months, "year": year, "years": range(2024, 2029), "horizon": business_time.horizon(), "left": business_time.horizon_warning(),
         "error": error, "waiting": CalendarImport.objects.filter(state="proposed"), "may_propose": member.may("calendar.propose"),
         "may_approve": member.may("calendar.approve")},
        status=422 if error else 200,
    )  # fmt: skip


@door("calendar.approve")
@require_POST
def approve_calendar(request: HttpRequest, import_id: int) -> HttpResponse:
    actor = request.member.actor  # type: ignore[attr-defined]
    business_time.approve_import(import_id, actor)
    messages.success(request, _("日历已生效"))
    return redirect("console:calendar")
