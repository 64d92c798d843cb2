"""API of the spine: rulebook, calendar, ledger. It stands here because core knows no doors."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.core import ledger, reactions, rulebook, webhooks
from maitian.core import time as business_time
from maitian.core.models import CalendarDay, LedgerEntry, Webhook
from maitian.staff.access import scope
from maitian.staff.contract import Body
from maitian.staff.idempotency import once

router = Router(tags=["core"])
MOST = 100


class TimelineOut(Schema):
    number: int
    at: datetime
    kind: str
    actor: str
    text: str


@router.get("/rulebook", response=list[dict[str, Any]], auth=scope("rulebook.view"))
def rules(request: HttpRequest, book: str = "brokerage") -> Any:
    found = rulebook.at(book=book)
    return [
        {
            "key": key,
            "value": rule.value,
            "unit": rule.unit,
            "basis": rule.basis,
            "since": rule.valid_from.isoformat(),
            "id": rule.pk,
        }
        for key in found.listed()
        for rule in [found.rule(key)]
    ]


@router.get("/calendar", response=list[dict[str, Any]], auth=scope("calendar.view"))
def calendar(request: HttpRequest, year: int) -> Any:
    rows = CalendarDay.objects.filter(day__year=year).order_by("day", "kind")
    return [
        {
            "kind": r.kind,
            "day": r.day.isoformat(),
            "open": r.open,
            "note": r.note,
            "provisional": r.provisional,
        }
        for r in rows[:800]
    ]


@router.get("/ledger", response=list[TimelineOut], auth=scope("ledger.view"))
def list_ledger(request: HttpRequest, after: int = 0, limit: int = 50) -> Any:
    rows = LedgerEntry.objects.filter(number__gt=after).order_by("number")[: max(1, min(limit, MOST))]
    return [vars(ledger.item(row)) for row in rows]


@router.post("/ledger/verification", response=dict[str, Any], auth=scope("ledger.verify"))
def verify_ledger(request: HttpRequest) -> Any:
    found = ledger.verify()
    return {
        "sound": found.sound,
        "rows": found.rows,
        "head": found.head,
        "faults": [vars(f) for f in found.faults],
    }


@router.get("/trading-day", response=dict[str, Any], auth=scope("home.view"))
def trading_day(request: HttpRequest, after: date, n: int = 1) -> Any:
    """The n-th trading day after a day, refused past the horizon."""
    return {"day": business_time.trading_day_after(after, max(1, min(n, 250))).isoformat()}


class WebhookIn(Schema):
    name: str = Field(max_length=60)
    url: str = Field(max_length=300)
    kinds: list[str] = Field(max_length=200)


def _webhook(item: Any) -> dict[str, Any]:
    return {
        "id": item.pk, "name": item.name, "url": item.url, "kinds": item.kinds, "state": item.state, "number": item.number,
        "failures": item.failures, "last_error": item.last_error,
    }  # fmt: skip


@router.get("/webhooks", response=list[dict[str, Any]], auth=scope("webhooks.view"))
def list_webhooks(request: HttpRequest) -> Any:
    return [_webhook(item) for item in Webhook.objects.order_by("name")[:MOST]]


@router.post("/webhooks", response={201: dict[str, Any]}, auth=scope("webhooks.propose"))
def propose_webhook(request: HttpRequest, body: WebhookIn) -> Any:
    """Propose a webhook; the answer has its secret, this once. A repeat is refused by the name: the secret is not kept to be given again."""
    made, secret = webhooks.propose(body.name, body.url, body.kinds, actor=request.member.actor)  # type: ignore[attr-defined]
    return 201, {**_webhook(made), "secret": secret}


@router.post("/webhooks/{webhook_id}/approval", response=dict[str, Any], auth=scope("webhooks.approve"))
def approve_webhook(request: HttpRequest, webhook_id: int) -> Any:
    return _webhook(webhooks.approve(webhook_id, actor=request.member.actor))  # type: ignore[attr-defined]


class ReplayIn(Schema):
    after: int = Field(ge=0)


@router.post("/webhooks/{webhook_id}/replay", response=dict[str, Any], auth=scope("webhooks.propose"))
def replay_webhook(request: HttpRequest, webhook_id: int, body: ReplayIn) -> Any:
    """Deliver the rows after a number once more."""
    return _webhook(webhooks.replay(webhook_id, body.after, actor=request.member.actor))  # type: ignore[attr-defined]


# --- reactions to the ledger ------------------------------------------------------------------------------------


class ReactionOut(Schema):
    name: str
    number: int = Field(description="rows of the ledger up to here are handled")
    behind: int
    failures: int
    failed_number: int | None
    last_error: str
    retry_at: datetime | None


@router.get("/reactions", response=list[ReactionOut], auth=scope("reactions.repair"))
def list_reactions(request: HttpRequest) -> Any:
    """Every reaction to the ledger, those that fail first."""
    return [
        {
            "name": s.cursor.name, "number": s.cursor.number, "behind": s.behind, "failures": s.cursor.failures,
            "failed_number": s.cursor.failed_number, "last_error": s.cursor.last_error, "retry_at": s.cursor.retry_at,
        }
        for s in reactions.standings()
    ]  # fmt: skip


class SkipIn(Body):
    reason: str = Field(max_length=200)


@router.post("/reactions/{name}/skips", response={200: dict[str, Any]}, auth=scope("reactions.repair"))
@once
def skip_row(request: HttpRequest, name: str, body: SkipIn) -> Any:
    """Leave out the row at which a reaction fails; those after it are handled at once."""
    reactions.skip(name, reason=body.reason, actor=request.member.actor)  # type: ignore[attr-defined]
    return 200, {"name": name, "skipped": True}


class ReactionReplayIn(Body):
    after: int = Field(ge=0, description="number of a row: those after it are handled once more")
    reason: str = Field(max_length=200)


@router.post("/reactions/{name}/replays", response={200: dict[str, Any]}, auth=scope("reactions.repair"))
@once
def replay_rows(request: HttpRequest, name: str, body: ReactionReplayIn) -> Any:
    """Let a reaction begin again after a row. Its handler finds what it did before."""
    reactions.replay(name, body.after, reason=body.reason, actor=request.member.actor)  # type: ignore[attr-defined]
    return 200, {"name": name, "after": body.after}
