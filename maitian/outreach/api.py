"""API of outreach: events, decisions, sending, why."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from maitian.clients import queries as client_queries
from maitian.outreach import actions as outreach
from maitian.outreach import queries as outreach_queries
from maitian.staff.access import scope
from maitian.staff.contract import Body
from maitian.staff.idempotency import once

router = Router(tags=["outreach"])


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


class EventIn(Body):
    report_id: int


def _event(item: Any) -> dict[str, Any]:
    found = outreach_queries.verdicts(item)
    return {
        "id": item.pk, "title": item.title, "state": item.state, "audience": found.total, "sent": found.sent, "later": found.later,
        "not_sent": found.stopped, "outcomes": {line.key: line.count for line in found.lines}, "rule_version": item.rule_version,
        "verdict_digest": item.verdict_digest,
    }  # fmt: skip


@router.post("/events", response={201: dict[str, Any]}, auth=scope("outreach.decide"))
@once
def make_event(request: HttpRequest, body: EventIn) -> Any:
    """Make the event of a published report and decide it; nothing is sent."""
    made = outreach.event_for_report(body.report_id, maker=_member(request).actor)
    return 201, _event(outreach.decide(made.pk, actor=_member(request).actor))


@router.get("/events/{event_id}", response=dict[str, Any], auth=scope("outreach.view"))
def get_event(request: HttpRequest, event_id: int) -> Any:
    return _event(outreach_queries.event(event_id))


class SendIn(Body):
    count: int | None = None


@router.post("/events/{event_id}/sending", response={200: dict[str, Any]}, auth=scope("outreach.send"))
@once
def send_event(request: HttpRequest, event_id: int, body: SendIn) -> Any:
    return 200, _event(outreach.send(event_id, actor=_member(request).actor, confirmed_count=body.count))


class MoveIn(Body):
    move: Literal["pause", "resume", "stop"]


@router.post("/events/{event_id}/moves", response={200: dict[str, Any]}, auth=scope("outreach.control"))
@once
def move_event(request: HttpRequest, event_id: int, body: MoveIn) -> Any:
    """Pause, resume or stop a send. What is at the gateway already is not called back."""
    return 200, _event(outreach.control(event_id, body.move, actor=_member(request).actor))


@router.get("/events/{event_id}/why/{client_id}", response=dict[str, Any], auth=scope("clients.view"))
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
