"""API of levels: what there is, designing them, applications, decisions, the rates for the counter system."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from maitian.clients import queries as client_queries
from maitian.core.errors import NotFound
from maitian.offerings import actions as offerings
from maitian.offerings import queries
from maitian.offerings.models import CommissionExport, LevelDesign, ServiceLevel
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller, page
from maitian.staff.idempotency import once

router = Router(tags=["levels"])


class ContentOut(Schema):
    what: str = Field(description="report_kind, topic, adviser or quota")
    key: str
    number: int = Field(
        description="most stars, channel mask (1 inbox, 2 SMS, 4 e-mail, 8 call), 1, times a month"
    )


class LevelOut(Schema):
    code: str
    name: str
    name_en: str
    rank: int
    state: str
    version: int
    commission_rate: Decimal = Field(description="per mille of turnover")
    suggested_assets: Decimal = Field(description="CNY")
    contains: str | None
    contents: list[ContentOut] = Field(description="with those of the levels it contains")


def _level(item: ServiceLevel) -> dict[str, Any]:
    return {
        **{name: getattr(item, name) for name in (
            "code", "name", "name_en", "rank", "state", "version", "commission_rate", "suggested_assets")},
        "contains": item.contains.code if item.contains else None,
        "contents": [vars(content) for content in item.everything],
    }  # fmt: skip


@router.get("/levels", response=list[LevelOut], auth=scope("offerings.view"))
def levels(request: HttpRequest) -> Any:
    """The levels in service."""
    return [_level(item) for item in queries.levels()]


@router.get("/levels/{code}", response=LevelOut, auth=scope("offerings.view"))
def level(request: HttpRequest, code: str) -> Any:
    return _level(queries.level(code))


class ContentIn(Body):
    what: Literal["report_kind", "topic", "adviser", "quota"]
    key: str = Field(max_length=40)
    number: int = Field(1, ge=1)


class DesignIn(Body):
    name: str = Field(max_length=30)
    name_en: str = Field(max_length=40)
    slogan: str = Field("", max_length=120)
    slogan_en: str = Field("", max_length=160)
    description: str = Field("", max_length=2000)
    description_en: str = Field("", max_length=2000)
    commission_rate: Decimal
    suggested_assets: Decimal = Decimal(0)
    rank: int = Field(ge=1, le=99)
    contains: str = ""
    contents: list[ContentIn] = Field([], max_length=300)


class DesignOut(Schema):
    id: int
    code: str
    version: int
    state: str
    retires: bool
    made_at: datetime
    reason: str
    values: dict[str, Any]
    contents: list[list[Any]]


@router.get("/level-designs", response=list[DesignOut], auth=scope("offerings.view"))
def designs(
    request: HttpRequest,
    response: HttpResponse,
    code: str = "",
    state: str = "",
    before: int | None = None,
    limit: int = 50,
) -> Any:
    """Versions of levels, newest first."""
    rows = queries.designs(code, state).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return page(request, response, rows, limit, lambda item: item.pk, "before")


@router.post("/levels/{code}/designs", response={201: DesignOut}, auth=scope("offerings.design"))
@once
def propose_design(request: HttpRequest, code: str, body: DesignIn) -> Any:
    """Propose a change of a level, or a new level when the code is new; another person approves."""
    values = body.dict(exclude={"contents"})
    made = offerings.propose_design(
        code,
        values=values,
        contents=[(c.what, c.key, c.number) for c in body.contents],
        actor=caller(request).actor,
    )
    return 201, _design(made)


def _design(item: LevelDesign) -> dict[str, Any]:
    return DesignOut.from_orm(item).dict()


@router.post("/levels/{code}/retirement", response={201: DesignOut}, auth=scope("offerings.design"))
@once
def propose_retirement(request: HttpRequest, code: str) -> Any:
    """Propose to take a level out of service."""
    return 201, _design(offerings.propose_retirement(code, actor=caller(request).actor))


@router.post("/level-designs/{design_id}/approval", response=LevelOut, auth=scope("offerings.approve"))
@once
def approve_design(request: HttpRequest, design_id: int) -> Any:
    """Put a design into force; not one's own."""
    done = offerings.approve_design(design_id, actor=caller(request).actor)
    return 200, _level(queries.level(done.code))


class ReasonIn(Body):
    reason: str = Field(max_length=400)


@router.post("/level-designs/{design_id}/refusal", response=DesignOut, auth=scope("offerings.approve"))
@once
def refuse_design(request: HttpRequest, design_id: int, body: ReasonIn) -> Any:
    return 200, _design(offerings.refuse_design(design_id, reason=body.reason, actor=caller(request).actor))


@router.post("/level-designs/{design_id}/withdrawal", response=DesignOut, auth=scope("offerings.design"))
@once
def withdraw_design(request: HttpRequest, design_id: int) -> Any:
    return 200, _design(offerings.withdraw_design(design_id, actor=caller(request).actor))


class ChangeOut(Schema):
    id: int
    client_id: int
    to_level: str
    state: str
    applied_at: datetime
    due_at: datetime
    decided_at: datetime | None
    effective_on: date | None
    reason: str


def _change(item: Any) -> dict[str, Any]:
    return {
        **{name: getattr(item, name) for name in (
            "client_id", "state", "applied_at", "due_at", "decided_at", "effective_on", "reason")},
        "id": item.pk, "to_level": item.to_level.code,
    }  # fmt: skip


@router.get("/level-changes", response=list[ChangeOut], auth=scope("levels.decide"))
def changes(
    request: HttpRequest, response: HttpResponse, state: str = "", after: int = 0, limit: int = 50
) -> Any:
    """Applications of the clients that the token's owner may see."""
    rows = queries.changes(caller(request), state).filter(pk__gt=after).order_by("pk")
    return [_change(item) for item in page(request, response, rows, limit, lambda item: item.pk)]


class ApplyIn(Body):
    client_id: int
    level: str


@router.post("/level-changes", response={201: ChangeOut}, auth=scope("clients.edit"))
@once
def apply(request: HttpRequest, body: ApplyIn) -> Any:
    """Apply for another level for a client, who asked for it."""
    client = client_queries.get_visible(caller(request), body.client_id)
    return 201, _change(offerings.apply(client.pk, body.level, channel="api", actor=caller(request).actor))


class DecideIn(Body):
    approve: bool
    reason: str = Field("", max_length=400)


@router.post("/level-changes/{change_id}/decision", response=ChangeOut, auth=scope("levels.decide"))
@once
def decide_change(request: HttpRequest, change_id: int, body: DecideIn) -> Any:
    """The branch's answer."""
    queries.change_for(caller(request), change_id)
    made = offerings.decide(change_id, approve=body.approve, reason=body.reason, actor=caller(request).actor)
    return 200, _change(made)


class ExportOut(Schema):
    id: int
    made_at: datetime
    rows: int
    digest: str = Field(description="SHA-256 of the file")
    content: str = Field(description="CSV: account, commission_rate_per_mille, effective_on")


@router.post(
    "/commission-exports", response={201: ExportOut, 200: list[ExportOut]}, auth=scope("levels.export")
)
@once
def export_commission(request: HttpRequest) -> Any:
    """The new rates that were not exported yet; an empty list when there are none."""
    made = offerings.export_commission(actor=caller(request).actor)
    return (200, []) if made is None else (201, ExportOut.from_orm(made).dict())


@router.get("/commission-exports/{export_id}", response=ExportOut, auth=scope("levels.export"))
def commission_export(request: HttpRequest, export_id: int) -> Any:
    """An earlier file, byte for byte."""
    found = CommissionExport.objects.filter(pk=export_id).first()
    if found is None:
        raise NotFound()
    return found
