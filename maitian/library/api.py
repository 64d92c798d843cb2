"""API of the library: find, read, write, hand over, publish."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Router, Schema
from ninja.files import UploadedFile

from maitian.core.errors import NotFound
from maitian.library import actions as library
from maitian.library import queries
from maitian.library.models import Report
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once

router = Router(tags=["library"])
MOST = 100


class DraftIn(Body):
    title: str = Field(max_length=160)
    summary: str = Field("", max_length=500)
    body: str = Field("", max_length=500_000)
    kind: str = Field("", max_length=40)
    stars: int | None = Field(None, ge=1, le=5)
    risk: int | None = Field(None, ge=1, le=5, description="1 to 5 for R1 to R5")
    house: str = Field("", max_length=60)
    author: str = Field("", max_length=60)
    author_licence: str = Field("", max_length=40)
    securities: list[str] = Field([], max_length=100)
    industries: list[str] = Field([], max_length=50)
    catalysts: list[str] = Field([], max_length=50)
    stages: list[str] = Field([], max_length=50)


class ReportIn(DraftIn):
    submit: bool = Field(
        False, description="hand it to the checker at once; when that fails nothing is stored"
    )


class ReportOut(Schema):
    id: int
    title: str
    state: str
    kind: str | None
    stars: int | None
    risk: str | None
    published_at: datetime | None


class WholeOut(ReportOut):
    summary: str
    body: str = Field(description="HTML of a few plain tags")
    house: str
    author: str
    author_licence: str
    securities: list[str]
    industries: list[str]
    catalysts: list[str]
    stages: list[str]
    pdf_pages: int | None
    changed_at: datetime


def _report(item: Report) -> dict[str, Any]:
    return {
        "id": item.pk, "title": item.title, "state": item.state, "kind": item.kind_id, "stars": item.stars,
        "risk": f"R{item.risk}" if item.risk else None, "published_at": item.published_at,
    }  # fmt: skip


@router.get("/reports", response=list[ReportOut], auth=scope("library.view"))
def list_reports(
    request: HttpRequest, response: HttpResponse, q: str = "", kind: str = "", stars: str = "", offset: int = 0,
    limit: int = 50,
) -> Any:  # fmt: skip
    """Published reports, newest first; two Chinese characters are enough for ``q``."""
    size, start = max(1, min(limit, MOST)), max(0, min(offset, 10_000))
    rows = list(
        queries.listing({"q": q, "kind": kind, "stars": stars}, published_only=True)[start : start + size + 1]
    )
    if len(rows) > size:
        query = request.GET.copy()
        query["offset"] = str(start + size)
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return [_report(item) for item in rows[:size]]


@router.get("/reports/{report_id}", response=WholeOut, auth=scope("library.view"))
def get_report(request: HttpRequest, report_id: int) -> Any:
    """A whole report; drafts only for those who write or check."""
    item = queries.report(report_id)
    member = caller(request)
    if item.state != Report.State.PUBLISHED and not (
        member.may("library.write") or member.may("library.approve")
    ):
        raise NotFound()
    return {
        **_report(item),
        **{name: getattr(item, name) for name in (
            "summary", "body", "house", "author", "author_licence", "securities", "industries", "catalysts", "stages",
            "pdf_pages", "changed_at")},
    }  # fmt: skip


@router.post("/reports", response={201: ReportOut}, auth=scope("library.write"))
@once
def make_report(request: HttpRequest, body: ReportIn) -> Any:
    """A new draft."""
    with transaction.atomic():  # a report that cannot be submitted is not left behind as a draft
        made = library.save_draft(None, values=body.dict(exclude={"submit"}), actor=caller(request).actor)
        if body.submit:
            made = library.submit(made.pk, actor=caller(request).actor)
    return 201, _report(made)


class ChangeIn(DraftIn):
    seen: datetime | None = Field(
        None, description="``changed_at`` of what was read; refused when it changed since"
    )


@router.put("/reports/{report_id}", response=ReportOut, auth=scope("library.write"))
@once
def change_report(request: HttpRequest, report_id: int, body: ChangeIn) -> Any:
    """Change a draft."""
    made = library.save_draft(
        report_id, values=body.dict(exclude={"seen"}), seen=body.seen, actor=caller(request).actor
    )
    return 200, _report(made)


@router.post("/reports/{report_id}/pdf", response=ReportOut, auth=scope("library.write"))
def attach_pdf(request: HttpRequest, report_id: int, file: File[UploadedFile]) -> Any:
    """Attach a PDF to a draft (multipart)."""
    return _report(library.attach_pdf(report_id, file, actor=caller(request).actor))


@router.post("/reports/{report_id}/submission", response=ReportOut, auth=scope("library.write"))
@once
def submit(request: HttpRequest, report_id: int) -> Any:
    """Hand a draft to the checker."""
    return 200, _report(library.submit(report_id, actor=caller(request).actor))


@router.post("/reports/{report_id}/publication", response=ReportOut, auth=scope("library.approve"))
@once
def publish(request: HttpRequest, report_id: int) -> Any:
    """Publish what another person wrote."""
    return 200, _report(library.approve_and_publish(report_id, actor=caller(request).actor))


class ReasonIn(Body):
    reason: str = Field(max_length=300)


@router.post("/reports/{report_id}/return", response=ReportOut, auth=scope("library.approve"))
@once
def send_back(request: HttpRequest, report_id: int, body: ReasonIn) -> Any:
    """Send a report back to its writer."""
    return 200, _report(library.send_back(report_id, body.reason, actor=caller(request).actor))


@router.post("/reports/{report_id}/withdrawal", response=ReportOut, auth=scope("library.approve"))
@once
def withdraw(request: HttpRequest, report_id: int) -> Any:
    """Take a published report back: nobody can open it any more."""
    return 200, _report(library.take_back(report_id, actor=caller(request).actor))
