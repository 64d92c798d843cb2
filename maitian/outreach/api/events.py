"""Events: the list, decisions, sending, why and by which way; messages by hand."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from maitian.clients import queries as client_queries
from maitian.outreach import actions as outreach
from maitian.outreach import queries as outreach_queries
from maitian.outreach.errors import TopicNotByHand
from maitian.outreach.models import Event
from maitian.outreach.queries import journey, reach
from maitian.outreach.rules import CHANNELS
from maitian.staff.access import scope
from maitian.staff.contract import Body, page
from maitian.staff.idempotency import once

router = Router(tags=["outreach"])


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


class EventIn(Body):
    report_id: int


class EventRow(Schema):
    id: int
    topic: str
    topic_version: int
    title: str
    state: str
    audience: int
    made_at: datetime
    decided_at: datetime | None
    sent_at: datetime | None
    done_at: datetime | None


def _row(item: Event) -> dict[str, Any]:
    return {
        "id": item.pk, "topic": item.topic.code, "topic_version": item.topic_version, "title": item.title, "state": item.state,
        "audience": item.audience_count, "made_at": item.made_at, "decided_at": item.decided_at, "sent_at": item.sent_at, "done_at": item.done_at,
    }  # fmt: skip


def _event(item: Any) -> dict[str, Any]:
    found = outreach_queries.verdicts(item)
    return {
        "id": item.pk, "title": item.title, "state": item.state, "audience": found.total, "sent": found.sent, "later": found.later,
        "not_sent": found.stopped, "outcomes": {line.key: line.count for line in found.lines}, "rule_version": item.rule_version,
        "verdict_digest": item.verdict_digest,
    }  # fmt: skip


@router.get("/events", response=list[EventRow], auth=scope("outreach.view"))
def list_events(
    request: HttpRequest, response: HttpResponse, topic: str = "", state: str = "", day: date | None = None, before: int | None = None,
    limit: int = 50,
) -> Any:  # fmt: skip
    """Newest first; by topic (its code), state and local day."""
    found = outreach_queries.events(
        {"topic": topic, "state": state, "day": day.isoformat() if day else ""}
    ).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_row(item) for item in page(request, response, found, limit, lambda item: item.pk, "before")]


@router.get("/events/waiting", response=list[EventRow], auth=scope("outreach.send"))
def list_waiting(request: HttpRequest) -> Any:
    """Sends of automatic topics that were too large to go by themselves."""
    return [_row(item) for item in outreach_queries.waiting_for_a_person()]


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


@router.post("/events/{event_id}/decisions", response={200: dict[str, Any]}, auth=scope("outreach.decide"))
@once
def decide_event(request: HttpRequest, event_id: int) -> Any:
    """Ask the gates again: a decision is good for the rulebook's minutes. Nothing is sent."""
    return 200, _event(outreach.decide(event_id, actor=_member(request).actor))


@router.get("/events/{event_id}/why/{client_id}", response=dict[str, Any], auth=scope("clients.view"))
def why(request: HttpRequest, event_id: int, client_id: int) -> Any:
    """Gate by gate; for a client outside the audience, which part of it he does not meet today."""
    client = client_queries.get_visible(_member(request), client_id)
    event = outreach_queries.event(event_id)
    found = outreach_queries.explain(event, client.pk)
    if found is None:
        missed = [{"part": part.words, "met": part.met} for part in journey.missed(event, client.pk)]
        return {
            "in_audience": False,
            "sent": False,
            "steps": [],
            "missed": missed if event.decided_at else [],
        }
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
        "in_audience": True, "sent": found.sent, "channels": [str(c) for c in found.channels], "rule_version": found.rule_version,
        "steps": steps,
    }  # fmt: skip


class StageOut(Schema):
    at: datetime | None
    title: str
    lines: list[str]
    words: str = Field(description="what the client wrote, when he replied")


class WayOut(Schema):
    channel: str
    state: str
    stages: list[StageOut]


class JourneyOut(Schema):
    before: list[StageOut]
    channels: list[WayOut]
    after: list[StageOut]


def _stage(stage: journey.Stage) -> dict[str, Any]:
    return {"at": stage.at, "title": stage.title, "lines": stage.lines, "words": stage.quote}


@router.get("/events/{event_id}/way/{client_id}", response=JourneyOut, auth=scope("clients.view"))
def way(request: HttpRequest, event_id: int, client_id: int) -> Any:
    """The message's whole way to one client: decision, delivery, attempts, receipts, what the client did."""
    client = client_queries.get_visible(_member(request), client_id)
    event = outreach_queries.event(event_id)
    found = outreach_queries.explain(event, client.pk)
    ways = journey.ways(event, client.pk, found.outcome) if found else []
    return {
        "before": [_stage(s) for s in journey.before(event, found.outcome if found else None)],
        "channels": [{"channel": CHANNELS[w.channel], "state": w.state, "stages": [_stage(s) for s in w.stages]} for w in ways],
        "after": [_stage(s) for s in journey.after(event, client.pk)],
    }  # fmt: skip


# --- by hand ---------------------------------------------------------------------------------------------------


class MessageIn(Body):
    topic: str = Field(description="code of a topic for sending by hand")
    title: str = Field(max_length=200)
    text: str = Field(max_length=1000)


@router.post("/messages", response={201: dict[str, Any]}, auth=scope("outreach.decide"))
@once
def write_message(request: HttpRequest, body: MessageIn) -> Any:
    """Write to a topic's audience and decide; nothing is sent. Investment advice is refused."""
    topic = outreach_queries.topic(body.topic)
    if not outreach_queries.by_hand(topic):
        raise TopicNotByHand(name=topic.title)
    made = outreach.write_and_decide(
        topic.code, title=body.title, text=body.text, maker=_member(request).actor
    )
    return 201, _event(made)


class ReachOut(Schema):
    channel: str
    open: bool
    why: str
    until: datetime | None = Field(description="it goes, but not before")


@router.get("/clients/{client_id}/reach", response=list[ReachOut], auth=scope("outreach.message"))
def reach_of(
    request: HttpRequest, client_id: int, message_class: Literal["service", "commercial"] = "service"
) -> Any:
    """Which channels of a personal message reach the client now, and why the others do not."""
    client = client_queries.get_visible(_member(request), client_id)
    found = reach.reach(outreach_queries.topic(outreach.TO_ONE[message_class]), client)
    return [{"channel": CHANNELS[r.channel], "open": r.open, "why": r.why, "until": r.until} for r in found]


class ClientMessageIn(Body):
    title: str = Field(max_length=200)
    text: str = Field(max_length=1000)
    message_class: Literal["service", "commercial"] = Field(
        "service",
        description="an offer or an invitation is commercial: it needs that consent and counts for the caps",
    )


@router.post("/clients/{client_id}/messages", response={201: EventRow}, auth=scope("outreach.message"))
@once
def message_client(request: HttpRequest, client_id: int, body: ClientMessageIn) -> Any:
    """Write to one client of one's own and send it, through the gates or not at all."""
    client = client_queries.get_visible(_member(request), client_id)
    made = outreach.message_client(
        client.pk, title=body.title, text=body.text, actor=_member(request).actor, message_class=body.message_class
    )  # fmt: skip
    return 201, _row(made)
