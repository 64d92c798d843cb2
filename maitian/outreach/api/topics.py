"""Topics: what is in force, versions with their difference, proposals, answers, pause."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.core.errors import NotFound
from maitian.outreach import actions, describing, queries, topic_steps, variables
from maitian.outreach.errors import TopicCodeWrong
from maitian.outreach.models import Topic, TopicVersion
from maitian.outreach.queries import forecasts
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once

router = Router(tags=["outreach"])
CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class TopicRow(Schema):
    code: str
    name: str
    name_en: str
    state: str = Field(description="on, paused, off")
    waiting: bool = Field(description="a proposal waits for the checker")
    version: int
    trigger: str
    message_class: int = Field(description="0 service, 1 commercial, 2 care")
    channel_mask: int = Field(description="1 inbox, 2 SMS, 4 e-mail, 8 call")
    cost_this_month: float = Field(description="SMS, CNY")
    budget_month: float | None
    last_sent_at: datetime | None


@router.get("/topics", response=list[TopicRow], auth=scope("outreach.view"))
def list_topics(
    request: HttpRequest, state: str = "", message_class: str = "", trigger: str = "", q: str = ""
) -> Any:
    """Every topic; ``state`` is on, paused, off or waiting."""
    rows = queries.topic_list({"state": state, "class": message_class, "trigger": trigger, "q": q})
    return [
        {
            "code": row.topic.code, "name": row.topic.name, "name_en": row.topic.name_en, "state": row.state, "waiting": row.waiting,
            "version": row.topic.version, "trigger": row.topic.trigger, "message_class": row.topic.message_class,
            "channel_mask": row.topic.channel_mask, "cost_this_month": row.cost, "budget_month": row.budget, "last_sent_at": row.last_sent_at,
        }
        for row in rows
    ]  # fmt: skip


class VersionRow(Schema):
    id: int
    number: int
    state: str
    maker: str
    made_at: datetime
    checker: str
    checked_at: datetime | None
    reason: str


def _version(item: TopicVersion) -> dict[str, Any]:
    return {
        "id": item.pk, "number": item.number, "state": item.state, "maker": item.maker, "made_at": item.made_at, "checker": item.checker,
        "checked_at": item.checked_at, "reason": item.reason,
    }  # fmt: skip


class VariableOut(Schema):
    name: str
    title: str
    sample: str
    personal: bool


class PreviewOut(Schema):
    channel: str
    text: str
    parts: int = Field(description="of an SMS; 0 for other channels")
    price: Decimal = Field(description="CNY for one client")
    error: str


class TopicOut(Schema):
    code: str
    state: str
    version: int
    definition: dict[str, Any]
    said: dict[str, list[str]] = Field(description="the definition in words, by step")
    variables: list[VariableOut]
    previews: list[PreviewOut]
    versions: list[VersionRow]


def _previews(topic: Topic) -> list[dict[str, Any]]:
    return [
        {"channel": p.name, "text": p.text, "parts": p.parts, "price": p.price, "error": p.error}
        for p in describing.previews(topic)
    ]


@router.get("/topics/{code}", response=TopicOut, auth=scope("outreach.view"))
def get_topic(request: HttpRequest, code: str) -> Any:
    """One topic as it is in force, with its versions."""
    item = queries.topic(code)
    definition = actions.definition_of(item)
    return {
        "code": item.code, "state": queries.state_of(item), "version": item.version, "definition": definition,
        "said": {line.step: line.lines for line in describing.described(definition)},
        "variables": [{"name": v.name, "title": v.title, "sample": v.sample, "personal": v.personal} for v in variables.of_topic(item)],
        "previews": _previews(item), "versions": [_version(version) for version in queries.versions(item)],
    }  # fmt: skip


class DefinitionIn(Body):
    """What is left out stays as it is in force; a new topic begins with the safe choice everywhere."""

    name: str | None = Field(None, max_length=40)
    name_en: str | None = Field(None, max_length=60)
    trigger: str | None = None
    message_class: Literal[0, 1, 2] | None = None
    legal_basis: Literal["consent", "contract", "duty"] | None = None
    critical: bool | None = None
    advice: bool | None = None
    by_level: bool | None = None
    suitability: bool | None = None
    audience: str | None = None
    conditions: dict[str, Any] | None = None
    channel_mask: int | None = Field(None, ge=1, le=15)
    templates: dict[Literal["inbox", "sms", "email", "call", "subject"], str] | None = None
    timing: dict[Literal["when", "at", "days"], str] | None = None
    ledger_kinds: list[str] | None = None
    repeat_days: int | None = Field(None, ge=1, le=3660)
    expires_minutes: int | None = Field(None, ge=5, le=525_600)
    budget_month: Decimal | None = Field(None, ge=0, max_digits=12, decimal_places=2)
    budget_year: Decimal | None = Field(None, ge=0, max_digits=12, decimal_places=2)
    automatic: bool | None = None
    active: bool | None = None


class ProposalIn(Body):
    definition: DefinitionIn
    reason: str = Field("", max_length=300)
    everybody_meant: bool = Field(
        False, description="a topic by hand without conditions goes to every client, and that is meant"
    )


NULLABLE = {"repeat_days", "expires_minutes", "budget_month", "budget_year"}


@router.post("/topics/{code}/versions", response={201: VersionRow}, auth=scope("topics.propose"))
@once
@transaction.atomic
def propose(request: HttpRequest, code: str, body: ProposalIn) -> Any:
    """Propose a definition for a topic, known or new. Another person puts it into force."""
    current = Topic.objects.filter(code=code).first()
    if current is None and (not CODE.fullmatch(code) or code in topic_steps.RESERVED):
        raise TopicCodeWrong()
    base = actions.definition_of(current) if current is not None else topic_steps.BLANK
    given = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in body.definition.dict(exclude_unset=True).items()
        if value is not None or name in NULLABLE
    }
    member = caller(request)
    made = actions.propose_topic(
        code, base | given, actor=member.actor, reason=body.reason, everybody_meant=body.everybody_meant
    )
    topic_steps.tell_checkers(made, member.actor)
    return 201, _version(made)


class ChangeOut(Schema):
    step: str
    what: str
    before: list[str]
    after: list[str]


class VersionOut(VersionRow):
    topic: str
    definition: dict[str, Any]
    against: int | None = Field(
        description="number of the version that the changes are against; null: everything is new"
    )
    changes: list[ChangeOut]
    previews: list[PreviewOut]
    forecast: dict[str, Any] | None = Field(
        description="of a proposal: what the gates would say now; null when only an event tells the audience"
    )


@router.get("/topic-versions/{version_id}", response=VersionOut, auth=scope("outreach.view"))
def get_version(request: HttpRequest, version_id: int) -> Any:
    """One version, and what it changes against the one approved before it."""
    item = queries.version(version_id)
    against = queries.base_of(item)
    draft = describing.draft_of(item.definition | {"code": item.topic.code})
    open_ = item.state == TopicVersion.State.PROPOSED
    found = forecasts.of(draft) if open_ else None
    return _version(item) | {
        "topic": item.topic.code, "definition": item.definition, "against": against.number if against else None,
        "changes": [
            {"step": c.step, "what": str(c.label), "before": c.before, "after": c.after} for c in queries.changes_of(item, against)
        ],
        "previews": _previews(draft),
        "forecast": found and {
            "audience": found.verdicts.total, "sent": found.verdicts.sent, "not_sent": found.verdicts.stopped, "sms_cost": float(found.cost),
            "outcomes": {line.key: line.count for line in found.verdicts.lines},
        },
    }  # fmt: skip


@router.post(
    "/topic-versions/{version_id}/approval", response={200: VersionRow}, auth=scope("topics.approve")
)
@once
def approve(request: HttpRequest, version_id: int) -> Any:
    """Put a proposal into force. The maker cannot."""
    actions.approve_topic(version_id, actor=caller(request).actor)
    return 200, _version(queries.version(version_id))


class RefusalIn(Body):
    reason: str = Field(max_length=300)


@router.post("/topic-versions/{version_id}/refusal", response={200: VersionRow}, auth=scope("topics.approve"))
@once
def refuse(request: HttpRequest, version_id: int, body: RefusalIn) -> Any:
    """Send a proposal back with a reason."""
    return 200, _version(actions.refuse_topic(version_id, reason=body.reason, actor=caller(request).actor))


@router.post(
    "/topic-versions/{version_id}/withdrawal", response={200: VersionRow}, auth=scope("topics.propose")
)
@once
def withdraw(request: HttpRequest, version_id: int) -> Any:
    """Take one's own proposal back."""
    actor = caller(request).actor
    if queries.version(version_id).maker != actor:
        raise NotFound()
    return 200, _version(actions.refuse_topic(version_id, reason="提交人自己收回", actor=actor))


class TopicMoveIn(Body):
    move: Literal["pause", "resume", "stop"]


@router.post("/topics/{code}/moves", response={200: dict[str, Any]}, auth=scope("outreach.control"))
@once
def move(request: HttpRequest, code: str, body: TopicMoveIn) -> Any:
    """Pause (nothing is handed over), resume, or stop (sends under way end for good)."""
    item = actions.pause_topic(code, body.move, actor=caller(request).actor)
    return 200, {"code": item.code, "state": queries.state_of(item), **queries.under_way(item)}
