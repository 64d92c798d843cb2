"""API of the spine: rulebook, calendar, ledger. It stands here because core knows no doors."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.core import ledger, rulebook, webhooks
from maitian.core import time as business_time
from maitian.core.models import CalendarDay, LedgerEntry, Webhook
from maitian.staff.access import scope

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
