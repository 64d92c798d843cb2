"""API of new shares: issues, allotment results, who is still short."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.clients import importers
from maitian.clients.queries import get_visible
from maitian.outreach.shares import actions, queries
from maitian.outreach.shares.models import Issue
from maitian.staff.access import scope
from maitian.staff.idempotency import once

router = Router(tags=["shares"])
MOST = 100


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


class IssueIn(Schema):
    symbol: str = Field(max_length=6)
    subscription_code: str = Field(max_length=6)
    name: str = Field(max_length=30)
    kind: str = "share"
    exchange: str
    board: str = "main"
    price: Decimal
    risk: int = Field(3, ge=1, le=5)
    subscribe_on: date
    list_on: date | None = None


def _issue(item: Issue) -> dict[str, Any]:
    return {
        "id": item.pk, "symbol": item.symbol, "name": item.name, "price": str(item.price), "subscribe_on": item.subscribe_on.isoformat(),
        "pay_by": item.pay_by.isoformat(), "list_on": item.list_on.isoformat() if item.list_on else None,
        "settled": item.settled_at is not None, "steps_fired": item.steps_fired,
    }  # fmt: skip


@router.get("/issues", response=list[dict[str, Any]], auth=scope("shares.view"))
def list_issues(request: HttpRequest, limit: int = 30) -> Any:
    """Newest first, with the totals of their chases."""
    found = list(queries.issues()[: max(1, min(limit, MOST))])
    numbers = queries.totals([item.pk for item in found])
    return [{**_issue(item), **{k: str(v) for k, v in numbers.get(item.pk, {}).items()}} for item in found]


@router.post("/issues", response={201: dict[str, Any]}, auth=scope("shares.write"))
@once
def make_issue(request: HttpRequest, body: IssueIn) -> Any:
    return 201, _issue(actions.save_issue(None, body.dict(), actor=_member(request).actor))


class AllotmentIn(Schema):
    account: str = Field(max_length=20)
    symbol: str = Field(max_length=6)
    quantity: int


class AllotmentsIn(Schema):
    rows: list[AllotmentIn] = Field(max_length=5000)


@router.post("/allotments", response={200: dict[str, Any]}, auth=scope("clients.import"))
@once
def bring_allotments(request: HttpRequest, body: AllotmentsIn) -> Any:
    """Allotment results, checked row by row as an import; what is wrong is answered with its line and reason."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["account", "symbol", "quantity"])
    writer.writerows([row.account, row.symbol, row.quantity] for row in body.rows)
    found = importers.run("allotments", out.getvalue().encode(), "api.csv", actor=_member(request).actor)
    refused = [
        {"row": item.line - 1, "code": item.code, "zh": item.zh, "en": item.en}
        for item in found.refused[:1000]
    ]
    return 200, {
        "rows": found.rows_in,
        "stored": found.stored,
        "unchanged": found.unchanged,
        "refused": refused,
    }


@router.get("/issues/{issue_id}/short", response=list[dict[str, Any]], auth=scope("shares.view"))
def list_short(request: HttpRequest, issue_id: int, page: int = 1) -> Any:
    """Clients of the token's owner who are still short, the largest amounts first, a hundred a page."""
    item = queries.issue(issue_id)
    rows = queries.short(item.pk, _member(request)).part((max(1, min(page, 100)) - 1) * MOST, MOST)
    return [
        {
            "client_id": r["client_id"],
            "name": r["name"],
            "missing": str(r["missing"]),
            "due": str(r["due"]),
            "defaults": r["defaults"],
        }
        for r in queries.dressed(item.pk, rows)
    ]


@router.get("/clients/{client_id}/allotments", response=list[dict[str, Any]], auth=scope("shares.view"))
def list_allotments(request: HttpRequest, client_id: int) -> Any:
    """A client's latest allotments: money due and there, the steps of the chase that were taken, the next one, the last call."""
    client = get_visible(_member(request), client_id)
    return [
        {
            "issue_id": c.allotment.issue_id, "issue": c.allotment.issue.name, "symbol": c.allotment.issue.symbol, "state": c.allotment.state,
            "quantity": c.allotment.quantity, "due": str(c.allotment.due), "missing": str(c.allotment.missing), "pay_by": c.allotment.issue.pay_by,
            "reminded_at": [rung.at for rung in c.done], "next_at": c.following.at if c.following else None,
            "last_call": c.call.result if c.call else "",
        }
        for c in queries.chases_of(client.pk, 20)
    ]  # fmt: skip
