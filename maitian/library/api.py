"""API of the library: find, write, publish."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.library import actions as library
from maitian.library import queries as library_queries
from maitian.staff.access import scope
from maitian.staff.idempotency import once

router = Router(tags=["library"])
MOST = 100


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


class ReportIn(Schema):
    title: str = Field(max_length=160)
    summary: str = Field("", max_length=500)
    body: str = ""
    kind: str = ""
    stars: int | None = Field(None, ge=1, le=5)
    risk: int | None = Field(None, ge=1, le=5)
    house: str = Field("", max_length=60)
    author: str = Field("", max_length=60)
    securities: list[str] = []
    industries: list[str] = []
    catalysts: list[str] = []
    stages: list[str] = []
    submit: bool = False


def _report(item: Any) -> dict[str, Any]:
    return {
        "id": item.pk, "title": item.title, "state": item.state, "kind": item.kind_id, "stars": item.stars,
        "risk": f"R{item.risk}" if item.risk else None, "published_at": item.published_at.isoformat() if item.published_at else None,
    }  # fmt: skip


@router.get("/reports", response=list[dict[str, Any]], auth=scope("library.view"))
def list_reports(request: HttpRequest, q: str = "", kind: str = "", limit: int = 50) -> Any:
    return [
        _report(item)
        for item in library_queries.listing({"q": q, "kind": kind}, published_only=True)[
            : max(1, min(limit, MOST))
        ]
    ]


@router.post("/reports", response={201: dict[str, Any]}, auth=scope("library.write"))
@once
def make_report(request: HttpRequest, body: ReportIn) -> Any:
    values = body.dict()
    wants_submit = values.pop("submit")
    with transaction.atomic():  # a report that cannot be submitted is not left behind as a draft
        made = library.save_draft(None, values=values, actor=_member(request).actor)
        if wants_submit:
            made = library.submit(made.pk, actor=_member(request).actor)
    return 201, _report(made)


@router.post(
    "/reports/{report_id}/publication", response={200: dict[str, Any]}, auth=scope("library.approve")
)
@once
def publish(request: HttpRequest, report_id: int) -> Any:
    return 200, _report(library.approve_and_publish(report_id, actor=_member(request).actor))
