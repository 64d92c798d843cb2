"""``/api/v1/``: what a person can do in the console, a program can do here. Tokens carry scopes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, NinjaAPI, Schema

from maitian.api import problems
from maitian.api.idempotency import once
from maitian.clients import actions as clients
from maitian.clients import queries as client_queries
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.models import CalendarDay, LedgerEntry
from maitian.library import actions as library
from maitian.library import queries as library_queries
from maitian.offerings import actions as offerings
from maitian.offerings import queries as offering_queries
from maitian.outreach import actions as outreach
from maitian.outreach import queries as outreach_queries
from maitian.staff.access import scope

api = NinjaAPI(
    title="Maitian",
    version="1",
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url="/openapi.json",
    description="麦田 / Maitian",
)
problems.register(api)
MOST = 100


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


class ClientOut(Schema):
    id: int
    name: str = Field(description="masked")
    state: str
    level_rank: int
    risk_class: int
    risk_valid_until: date | None
    assets: Decimal
    manager_id: int | None


def _client(item: Any) -> dict[str, Any]:
    return {
        "id": item.pk, "name": item.person.masked_name, "state": item.state, "level_rank": item.level_rank, "risk_class": item.risk_class,
        "risk_valid_until": item.risk_valid_until, "assets": item.assets, "manager_id": item.manager_id,
    }  # fmt: skip


@api.get("/clients", response=list[ClientOut], auth=scope("clients.view"), tags=["clients"])
def list_clients(request: HttpRequest, after: int = 0, limit: int = 50, q: str = "") -> Any:
    """Clients that the token's owner may see, by id; ``q`` searches instead."""
    if q:
        return [_client(item) for item in client_queries.search(_member(request), q, min(limit, 50))]
    found = (
        client_queries.visible_to(_member(request))
        .select_related("person")
        .filter(pk__gt=after)
        .order_by("pk")
    )
    return [_client(item) for item in found[: max(1, min(limit, MOST))]]


@api.get("/clients/{client_id}", response=ClientOut, auth=scope("clients.view"), tags=["clients"])
def get_client(request: HttpRequest, client_id: int) -> Any:
    return _client(client_queries.get_visible(_member(request), client_id))


class TimelineOut(Schema):
    number: int
    at: datetime
    kind: str
    actor: str
    text: str


@api.get(
    "/clients/{client_id}/timeline", response=list[TimelineOut], auth=scope("clients.view"), tags=["clients"]
)
def get_timeline(request: HttpRequest, client_id: int, before: int | None = None) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    return [vars(item) | {"text": item.text} for item in ledger.timeline(client.pk, before)]


class ConsentIn(Schema):
    message_class: int = Field(ge=0, le=2)
    channel: int = Field(ge=0, le=3)
    granted: bool
    proof: str = Field(max_length=300)


@api.post(
    "/clients/{client_id}/consents",
    response={200: dict[str, Any]},
    auth=scope("clients.edit"),
    tags=["clients"],
)
@once
def set_consent(request: HttpRequest, client_id: int, body: ConsentIn) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    clients.set_consent(
        client.pk,
        body.message_class,
        body.channel,
        body.granted,
        source="api",
        proof=body.proof,
        actor=_member(request).actor,
    )
    client.refresh_from_db()
    return 200, {"consent_bits": client.consent_bits}


class AnswersIn(Schema):
    answers: dict[str, str]


@api.post(
    "/clients/{client_id}/assessments",
    response={201: dict[str, Any]},
    auth=scope("suitability.start"),
    tags=["clients"],
)
@once
def assess(request: HttpRequest, client_id: int, body: AnswersIn) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    made = clients.submit_assessment(client.pk, body.answers, channel="api", actor=_member(request).actor)
    return 201, {
        "score": made.score,
        "risk_class": made.risk_class,
        "valid_until": made.valid_until.isoformat(),
    }


@api.get("/coverage/gaps", response=list[ClientOut], auth=scope("coverage.view"), tags=["clients"])
def gaps(request: HttpRequest, after: int = 0) -> Any:
    return [
        _client(item)
        for item in client_queries.gaps(_member(request)).filter(pk__gt=after).order_by("pk")[:MOST]
    ]


class LevelOut(Schema):
    code: str
    name: str
    name_en: str
    rank: int
    commission_rate: Decimal
    suggested_assets: Decimal
    contents: list[dict[str, Any]]


@api.get("/levels", response=list[LevelOut], auth=scope("offerings.view"), tags=["levels"])
def levels(request: HttpRequest) -> Any:
    return [
        {**{name: getattr(item, name) for name in ("code", "name", "name_en", "rank", "commission_rate", "suggested_assets")},
         "contents": [vars(content) for content in item.everything]}  # type: ignore[attr-defined]
        for item in offering_queries.levels()
    ]  # fmt: skip


class ApplyIn(Schema):
    client_id: int
    level: str


@api.post("/level-changes", response={201: dict[str, Any]}, auth=scope("clients.edit"), tags=["levels"])
@once
def apply(request: HttpRequest, body: ApplyIn) -> Any:
    client = client_queries.get_visible(_member(request), body.client_id)
    made = offerings.apply(client.pk, body.level, channel="api", actor=_member(request).actor)
    return 201, {"id": made.pk, "state": made.state, "due_at": made.due_at.isoformat()}


class DecideIn(Schema):
    approve: bool
    reason: str = ""


@api.post(
    "/level-changes/{change_id}/decision",
    response={200: dict[str, Any]},
    auth=scope("levels.decide"),
    tags=["levels"],
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


@api.get("/reports", response=list[dict[str, Any]], auth=scope("library.view"), tags=["library"])
def list_reports(request: HttpRequest, q: str = "", kind: str = "", limit: int = 50) -> Any:
    return [
        _report(item)
        for item in library_queries.listing({"q": q, "kind": kind}, published_only=True)[
            : max(1, min(limit, MOST))
        ]
    ]


@api.post("/reports", response={201: dict[str, Any]}, auth=scope("library.write"), tags=["library"])
@once
def make_report(request: HttpRequest, body: ReportIn) -> Any:
    values = body.dict()
    wants_submit = values.pop("submit")
    with transaction.atomic():  # a report that cannot be submitted is not left behind as a draft
        made = library.save_draft(None, values=values, actor=_member(request).actor)
        if wants_submit:
            made = library.submit(made.pk, actor=_member(request).actor)
    return 201, _report(made)


@api.post(
    "/reports/{report_id}/publication",
    response={200: dict[str, Any]},
    auth=scope("library.approve"),
    tags=["library"],
)
@once
def publish(request: HttpRequest, report_id: int) -> Any:
    return 200, _report(library.approve_and_publish(report_id, actor=_member(request).actor))


class EventIn(Schema):
    report_id: int


def _event(item: Any) -> dict[str, Any]:
    found = outreach_queries.verdicts(item)
    return {
        "id": item.pk, "title": item.title, "state": item.state, "audience": found.total, "sent": found.sent, "later": found.later,
        "not_sent": found.stopped, "outcomes": {line.key: line.count for line in found.lines}, "rule_version": item.rule_version,
        "verdict_digest": item.verdict_digest,
    }  # fmt: skip


@api.post("/events", response={201: dict[str, Any]}, auth=scope("outreach.decide"), tags=["outreach"])
@once
def make_event(request: HttpRequest, body: EventIn) -> Any:
    """Make the event of a published report and decide it; nothing is sent."""
    made = outreach.event_for_report(body.report_id, maker=_member(request).actor)
    return 201, _event(outreach.decide(made.pk, actor=_member(request).actor))


@api.get("/events/{event_id}", response=dict[str, Any], auth=scope("outreach.view"), tags=["outreach"])
def get_event(request: HttpRequest, event_id: int) -> Any:
    return _event(outreach_queries.event(event_id))


class SendIn(Schema):
    count: int | None = None


@api.post(
    "/events/{event_id}/sending",
    response={200: dict[str, Any]},
    auth=scope("outreach.send"),
    tags=["outreach"],
)
@once
def send_event(request: HttpRequest, event_id: int, body: SendIn) -> Any:
    return 200, _event(outreach.send(event_id, actor=_member(request).actor, confirmed_count=body.count))


@api.get(
    "/events/{event_id}/why/{client_id}",
    response=dict[str, Any],
    auth=scope("clients.view"),
    tags=["outreach"],
)
def why(request: HttpRequest, event_id: int, client_id: int) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    found = outreach_queries.explain(outreach_queries.event(event_id), client.pk)
    if found is None:
        return {"in_audience": False, "sent": False, "steps": []}
    steps = [
        {
            "gate": s.gate.name.lower(),
            "state": s.state,
            "client": s.client_value,
            "wanted": s.wanted,
            "rules": s.rules,
        }
        for s in found.steps
    ]
    return {
        "in_audience": True,
        "sent": found.sent,
        "channels": [str(c) for c in found.channels],
        "rule_version": found.rule_version,
        "steps": steps,
    }


@api.get("/rulebook", response=list[dict[str, Any]], auth=scope("rulebook.view"), tags=["core"])
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


@api.get("/calendar", response=list[dict[str, Any]], auth=scope("calendar.view"), tags=["core"])
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


@api.get("/ledger", response=list[TimelineOut], auth=scope("ledger.view"), tags=["core"])
def list_ledger(request: HttpRequest, after: int = 0, limit: int = 50) -> Any:
    rows = LedgerEntry.objects.filter(number__gt=after).order_by("number")[: max(1, min(limit, MOST))]
    return [vars(ledger.item(row)) for row in rows]


@api.post("/ledger/verification", response=dict[str, Any], auth=scope("ledger.verify"), tags=["core"])
def verify_ledger(request: HttpRequest) -> Any:
    found = ledger.verify()
    return {
        "sound": found.sound,
        "rows": found.rows,
        "head": found.head,
        "faults": [vars(f) for f in found.faults],
    }


@api.get("/trading-day", response=dict[str, Any], auth=scope("home.view"), tags=["core"])
def trading_day(request: HttpRequest, after: date, n: int = 1) -> Any:
    """The n-th trading day after a day, refused past the horizon."""
    return {"day": business_time.trading_day_after(after, max(1, min(n, 250))).isoformat()}
