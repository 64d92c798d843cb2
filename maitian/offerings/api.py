"""API of levels: what there is, applications, decisions."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from maitian.clients import queries as client_queries
from maitian.offerings import actions as offerings
from maitian.offerings import queries as offering_queries
from maitian.staff.access import scope
from maitian.staff.idempotency import once

router = Router(tags=["levels"])


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


class LevelOut(Schema):
    code: str
    name: str
    name_en: str
    rank: int
    commission_rate: Decimal
    suggested_assets: Decimal
    contents: list[dict[str, Any]]


@router.get("/levels", response=list[LevelOut], auth=scope("offerings.view"))
def levels(request: HttpRequest) -> Any:
    return [
        {**{name: getattr(item, name) for name in ("code", "name", "name_en", "rank", "commission_rate", "suggested_assets")},
         "contents": [vars(content) for content in item.everything]}  # type: ignore[attr-defined]
        for item in offering_queries.levels()
    ]  # fmt: skip


class ApplyIn(Schema):
    client_id: int
    level: str


@router.post("/level-changes", response={201: dict[str, Any]}, auth=scope("clients.edit"))
@once
def apply(request: HttpRequest, body: ApplyIn) -> Any:
    client = client_queries.get_visible(_member(request), body.client_id)
    made = offerings.apply(client.pk, body.level, channel="api", actor=_member(request).actor)
    return 201, {"id": made.pk, "state": made.state, "due_at": made.due_at.isoformat()}


class DecideIn(Schema):
    approve: bool
    reason: str = ""


@router.post(
    "/level-changes/{change_id}/decision", response={200: dict[str, Any]}, auth=scope("levels.decide")
)
@once
def decide_change(request: HttpRequest, change_id: int, body: DecideIn) -> Any:
    offering_queries.change_for(_member(request), change_id)
    made = offerings.decide(change_id, approve=body.approve, reason=body.reason, actor=_member(request).actor)
    return 200, {
        "id": made.pk,
        "state": made.state,
        "effective_on": made.effective_on.isoformat() if made.effective_on else None,
    }
