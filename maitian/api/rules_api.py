"""API of the rulebook and the calendar: reading, proposing, approving. It stands here because core knows no doors."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Router, Schema
from ninja.files import UploadedFile

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.core.models import CalendarImport, Rule
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller, page
from maitian.staff.idempotency import once

router = Router(tags=["rules"])
Book = Literal["brokerage", "wallpaper"]


class RuleOut(Schema):
    id: int
    book: str
    key: str
    value: Any
    unit: str
    title: str
    title_en: str
    basis: str
    basis_en: str
    state: str
    valid_from: datetime
    reason: str


class ProposalIn(Body):
    key: str = Field(max_length=80)
    value: Any
    book: Book = "brokerage"
    valid_from: datetime | None = Field(None, description="at the earliest; null: as soon as it is approved")
    basis: str = Field(max_length=400)
    basis_en: str = Field("", max_length=400)
    reason: str = Field("", max_length=400)


def _rule(item: Rule) -> dict[str, Any]:
    return RuleOut.from_orm(item).dict()


@router.get("/rulebook/proposals", response=list[RuleOut], auth=scope("rulebook.view"))
def proposals(
    request: HttpRequest,
    response: HttpResponse,
    state: str = "proposed",
    before: int | None = None,
    limit: int = 50,
) -> Any:
    """Proposals, newest first."""
    rows = Rule.objects.filter(state=state).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return page(request, response, rows, limit, lambda item: item.pk, "before")


@router.post("/rulebook/proposals", response={201: RuleOut}, auth=scope("rulebook.propose"))
@once
def propose(request: HttpRequest, body: ProposalIn) -> Any:
    """Propose a new value of a rule; it keeps the shape of the one in force."""
    return 201, _rule(rulebook.propose(maker=caller(request).actor, **body.dict()))


class ReasonIn(Body):
    reason: str = Field(max_length=400)


@router.post("/rulebook/proposals/{rule_id}/approval", response=RuleOut, auth=scope("rulebook.approve"))
@once
def approve(request: HttpRequest, rule_id: int) -> Any:
    """Approve a proposal; not one's own."""
    return 200, _rule(rulebook.approve(rule_id, caller(request).actor))


@router.post("/rulebook/proposals/{rule_id}/refusal", response=RuleOut, auth=scope("rulebook.approve"))
@once
def refuse(request: HttpRequest, rule_id: int, body: ReasonIn) -> Any:
    return 200, _rule(rulebook.refuse(rule_id, caller(request).actor, body.reason))


@router.post("/rulebook/proposals/{rule_id}/withdrawal", response=RuleOut, auth=scope("rulebook.propose"))
@once
def withdraw(request: HttpRequest, rule_id: int) -> Any:
    return 200, _rule(rulebook.withdraw(rule_id, caller(request).actor))


@router.get("/rulebook/{key}", response=list[RuleOut], auth=scope("rulebook.view"))
def history(request: HttpRequest, key: str, book: Book = "brokerage") -> Any:
    """Every value of a rule, newest first."""
    found = list(Rule.objects.filter(book=book, key=key).order_by("-valid_from", "-pk")[:100])
    if not found:
        raise NotFound()
    return found


class CalendarImportOut(Schema):
    id: int
    file_name: str
    state: str
    made_at: datetime
    checked_at: datetime | None


class DayChangeOut(Schema):
    kind: str
    day: date
    open: bool
    note: str


class ProposedCalendarOut(CalendarImportOut):
    changes: list[DayChangeOut] = Field(description="days that open or close, the first 400")


def _calendar(item: CalendarImport) -> dict[str, Any]:
    return CalendarImportOut.from_orm(item).dict()


@router.get("/calendar/imports", response=list[CalendarImportOut], auth=scope("calendar.view"))
def calendar_imports(
    request: HttpRequest, response: HttpResponse, before: int | None = None, limit: int = 50
) -> Any:
    rows = CalendarImport.objects.order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return page(request, response, rows, limit, lambda item: item.pk, "before")


@router.post("/calendar/imports", response={201: ProposedCalendarOut}, auth=scope("calendar.propose"))
def propose_calendar(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Propose a table of days (multipart, CSV); another person approves."""
    made = business_time.propose_import(file.read(), file.name or "", caller(request).actor)
    return 201, {**_calendar(made), "changes": business_time.import_changes(made.rows)[:400]}


@router.post(
    "/calendar/imports/{import_id}/approval", response=CalendarImportOut, auth=scope("calendar.approve")
)
@once
def approve_calendar(request: HttpRequest, import_id: int) -> Any:
    """Put a table into force; running clocks are reckoned again."""
    return 200, _calendar(business_time.approve_import(import_id, caller(request).actor))


@router.post(
    "/calendar/imports/{import_id}/refusal", response=CalendarImportOut, auth=scope("calendar.approve")
)
@once
def refuse_calendar(request: HttpRequest, import_id: int, body: ReasonIn) -> Any:
    return 200, _calendar(business_time.refuse_import(import_id, caller(request).actor, body.reason))
