"""API of advice: ratings and picks."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.library.advice import actions, queries
from maitian.staff.access import scope
from maitian.staff.idempotency import once

router = Router(tags=["advice"])
MOST = 100


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


def _pick(item: Any) -> dict[str, Any]:
    return {
        "id": item.pk, "symbol": item.symbol, "direction": item.direction, "state": item.state, "risk": f"R{item.risk}",
        "adviser": item.adviser.name, "licence": item.licence_number, "signed_at": item.signed_at.isoformat() if item.signed_at else None,
        "valid_until": item.valid_until.isoformat(),
    }  # fmt: skip


@router.get("/picks", response=list[dict[str, Any]], auth=scope("library.view"))
def list_picks(request: HttpRequest, state: str = "", limit: int = 50) -> Any:
    return [_pick(item) for item in queries.picks(state)[: max(1, min(limit, MOST))]]


class PickIn(Schema):
    symbol: str = Field(max_length=6)
    direction: str
    price_low: Decimal
    price_high: Decimal
    target_price: Decimal | None = None
    stop_price: Decimal | None = None
    risk: int = Field(ge=1, le=5)
    reason: str = Field(max_length=400)
    source: str = Field(max_length=120)
    valid_until: date


@router.post("/picks", response={201: dict[str, Any]}, auth=scope("advice.sign"))
@once
def make_pick(request: HttpRequest, body: PickIn) -> Any:
    """Keep a draft of a pick."""
    return 201, _pick(actions.save_pick(None, body.dict(), adviser=_member(request)))


@router.post("/picks/{pick_id}/signature", response={200: dict[str, Any]}, auth=scope("advice.sign"))
@once
def sign_pick(request: HttpRequest, pick_id: int) -> Any:
    return 200, _pick(actions.sign_pick(pick_id, adviser=_member(request)))


class NoteIn(Schema):
    text: str = Field(max_length=160)
    close: str = ""


@router.post("/picks/{pick_id}/notes", response={201: dict[str, Any]}, auth=scope("advice.sign"))
@once
def follow_up(request: HttpRequest, pick_id: int, body: NoteIn) -> Any:
    """A follow-up to those who got the pick; ``close`` (target, stop, changed, expired) ends it."""
    made = actions.follow_up(pick_id, body.text, adviser=_member(request), close=body.close)
    return 201, {"id": made.pk, "closes": made.closes}


@router.get("/ratings", response=list[dict[str, Any]], auth=scope("library.view"))
def list_ratings(request: HttpRequest, changed: bool = True, limit: int = 50) -> Any:
    return [
        {
            "id": r.pk,
            "symbol": r.symbol,
            "house": r.house,
            "old": r.old,
            "new": r.new,
            "on": r.on.isoformat(),
            "signed": r.signed_at is not None,
        }
        for r in queries.ratings(changed_only=changed)[: max(1, min(limit, MOST))]
    ]


@router.post("/ratings/{rating_id}/signature", response={200: dict[str, Any]}, auth=scope("advice.sign"))
@once
def sign_rating(request: HttpRequest, rating_id: int) -> Any:
    made = actions.sign_rating(rating_id, adviser=_member(request))
    return 200, {"id": made.pk, "signed_at": made.signed_at.isoformat() if made.signed_at else None}
