"""The yearly report of complaints: on the page, as PDF, as a workbook."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.desk import queries
from maitian.desk.actions.reports import exported
from maitian.desk.papers import report as papers
from maitian.staff.access import door

FORMS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _year(given: int) -> int:
    """A year that has a report: not one to come, none before there were branches."""
    if not 1990 <= given <= shanghai(timezone.now()).year:
        raise NotFound()
    return given


@door("desk.letters")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    this_year = shanghai(timezone.now()).year
    given = request.GET.get("year", "")
    year = _year(int(given)) if given.isascii() and given.isdigit() and len(given) == 4 else this_year
    report = queries.report.yearly(member, year)
    return render(
        request, "desk/report.html",
        {"report": report, "year": year, "years": queries.report.years(member, this_year), "rows": papers.overview_rows(report),
         "columns": papers.columns()},
    )  # fmt: skip


@door("desk.letters")
@require_POST
def download(request: HttpRequest, year: int, form: str) -> HttpResponse:
    """The file. That it was taken is on record."""
    member = request.member  # type: ignore[attr-defined]
    if form not in FORMS:
        raise NotFound()
    found, now = queries.report.yearly(member, _year(year)), timezone.now()
    made = (papers.as_pdf if form == "pdf" else papers.as_workbook)(found, member.branch, at=now)
    exported(by=member, year=year, form=form, count=len(found.facts))
    name = f"complaints-{year}.{form}"
    return HttpResponse(
        made, content_type=FORMS[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )  # fmt: skip
