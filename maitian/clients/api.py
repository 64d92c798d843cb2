"""API of clients: records, timeline, consents, assessments, gaps."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from maitian.clients import actions as clients
from maitian.clients import conditions, duplicate_rules, merge_actions, merge_queries
from maitian.clients import queries as client_queries
from maitian.clients.models import CashFlow, PermissionKind, Trade, TradingPermission
from maitian.core import ledger
from maitian.core.privacy import mask_tail
from maitian.staff.access import scope
from maitian.staff.contract import Body, page
from maitian.staff.idempotency import once

router = Router(tags=["clients"])
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


@router.get("/clients", response=list[ClientOut], auth=scope("clients.view"))
def list_clients(
    request: HttpRequest, response: HttpResponse, after: int = 0, limit: int = 50, q: str = ""
) -> Any:
    """Clients that the token's owner may see, by id; ``q`` searches instead."""
    if q:
        return [_client(item) for item in client_queries.search(_member(request), q, min(limit, 50))]
    found = (
        client_queries.visible_to(_member(request))
        .select_related("person")
        .filter(pk__gt=after)
        .order_by("pk")
    )
    return [_client(item) for item in page(request, response, found, limit, lambda item: item.pk)]


@router.get("/clients/{client_id}", response=ClientOut, auth=scope("clients.view"))
def get_client(request: HttpRequest, client_id: int) -> Any:
    return _client(client_queries.get_visible(_member(request), client_id))


class TimelineOut(Schema):
    number: int
    at: datetime
    kind: str
    actor: str
    text: str


@router.get("/clients/{client_id}/timeline", response=list[TimelineOut], auth=scope("clients.view"))
def get_timeline(request: HttpRequest, client_id: int, before: int | None = None) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    return [
        vars(item) | {"text": item.text}
        for item in ledger.timeline(client_queries.record_ids(client.pk), before)
    ]


class ConsentIn(Body):
    message_class: int = Field(ge=0, le=2)
    channel: int = Field(ge=0, le=3)
    granted: bool
    proof: str = Field(max_length=300)


@router.post("/clients/{client_id}/consents", response={200: dict[str, Any]}, auth=scope("clients.edit"))
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


class AgreementIn(Body):
    number: str = Field(max_length=40)
    disclosed_at: datetime
    signed_at: datetime
    fee: str = Field(max_length=120)
    evidence: str = Field(max_length=300)


@router.post("/clients/{client_id}/agreements", response={201: dict[str, Any]}, auth=scope("clients.edit"))
@once
def sign_agreement(request: HttpRequest, client_id: int, body: AgreementIn) -> Any:
    """Keep a signed agreement on advice."""
    client = client_queries.get_visible(_member(request), client_id)
    made = clients.sign_agreement(client.pk, actor=_member(request).actor, **body.dict())
    return 201, {"id": made.pk, "number": made.number, "cooling_ends_at": made.cooling_ends_at.isoformat()}


class EndIn(Body):
    reason: str = Field(max_length=200)


@router.post(
    "/clients/{client_id}/agreements/end", response={200: dict[str, Any]}, auth=scope("clients.edit")
)
@once
def end_agreement(request: HttpRequest, client_id: int, body: EndIn) -> Any:
    """End the agreement in force."""
    client = client_queries.get_visible(_member(request), client_id)
    clients.end_agreement(client.pk, reason=body.reason, actor=_member(request).actor)
    return 200, {"advised": False}


class AnswersIn(Body):
    answers: dict[str, str]


@router.post(
    "/clients/{client_id}/assessments", response={201: dict[str, Any]}, auth=scope("suitability.start")
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


class TradeOut(Schema):
    id: int
    account: str = Field(description="masked")
    at: datetime
    symbol: str
    side: str = Field(description="B a purchase, S a sale")
    quantity: int
    price: Decimal
    amount: Decimal
    commission: Decimal
    reference: str


@router.get("/clients/{client_id}/trades", response=list[TradeOut], auth=scope("clients.view"))
def list_trades(request: HttpRequest, client_id: int, before: datetime | None = None, limit: int = 50) -> Any:
    """Trades of a client, newest first, those before a moment."""
    client = client_queries.get_visible(_member(request), client_id)
    rows = Trade.objects.filter(client_id=client.pk)
    if before is not None:
        rows = rows.filter(at__lt=before)
    return [
        {**vars(row), "account": mask_tail(row.account_number)}
        for row in rows.order_by("-at", "-pk")[: max(1, min(limit, MOST))]
    ]


class CashFlowOut(Schema):
    id: int
    account: str = Field(description="masked")
    at: datetime
    amount: Decimal
    reference: str


@router.get("/clients/{client_id}/cash-flows", response=list[CashFlowOut], auth=scope("clients.view"))
def list_cash_flows(
    request: HttpRequest, client_id: int, before: datetime | None = None, limit: int = 50
) -> Any:
    """Money in (+) and out (−), newest first, those before a moment."""
    client = client_queries.get_visible(_member(request), client_id)
    rows = CashFlow.objects.filter(client_id=client.pk)
    if before is not None:
        rows = rows.filter(at__lt=before)
    return [
        {**vars(row), "account": mask_tail(row.account_number)}
        for row in rows.order_by("-at", "-pk")[: max(1, min(limit, MOST))]
    ]


class PermissionOut(Schema):
    id: int
    kind: str
    since: date
    until: date | None


@router.get("/clients/{client_id}/permissions", response=list[PermissionOut], auth=scope("clients.view"))
def list_permissions(request: HttpRequest, client_id: int) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    return list(TradingPermission.objects.filter(client=client).order_by("kind", "since"))


class PermissionIn(Body):
    kind: PermissionKind
    since: date
    until: date | None = None


@router.post("/clients/{client_id}/permissions", response={201: dict[str, Any]}, auth=scope("trading.note"))
@once
def open_permission(request: HttpRequest, client_id: int, body: PermissionIn) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    made = clients.open_permission(client.pk, body.kind, body.since, body.until, actor=_member(request).actor)
    return 201, {"id": made.pk}


class PermissionEndIn(Body):
    until: date


@router.post(
    "/clients/{client_id}/permissions/{permission_id}/end",
    response={200: dict[str, Any]},
    auth=scope("trading.note"),
)
@once
def end_permission(request: HttpRequest, client_id: int, permission_id: int, body: PermissionEndIn) -> Any:
    client = client_queries.get_visible(_member(request), client_id)
    clients.end_permission(client.pk, permission_id, body.until, actor=_member(request).actor)
    return 200, {"id": permission_id, "until": body.until.isoformat()}


class OperatorOut(Schema):
    name: str
    kind: str = Field(
        description="choices, securities, money, money_range, number, number_range, days, text or flag"
    )
    zh: str
    en: str
    most: int


class OptionOut(Schema):
    value: int | str
    zh: str
    en: str


class ConditionOut(Schema):
    name: str
    zh: str
    en: str
    group: str
    operators: list[OperatorOut]
    options: list[OptionOut]


@router.get("/conditions", response=list[ConditionOut], auth=scope("segments.build"))
def list_conditions(request: HttpRequest) -> Any:
    """Everything that can be asked of clients, with the ways to ask and the options."""
    return [
        {
            "name": item.name, "zh": item.words[0], "en": item.words[1], "group": item.group,
            "operators": [
                {"name": o.name, "kind": o.kind, "zh": o.sentence[0], "en": o.sentence[1], "most": o.most} for o in item.operators
            ],
            "options": [
                {"value": option.value, "zh": option.words[0], "en": option.words[1]}
                for option in (item.choices.options() if item.choices else [])
            ],
        }
        for item in conditions.registered()
    ]  # fmt: skip


class ConditionsIn(Body):
    conditions: dict[str, Any] = Field(description='{"all": [{"is": "level", "any_of": [2]}, {"not": {…}}]}')


@router.post("/conditions/count", response=dict[str, Any], auth=scope("segments.build"))
def count_conditions(request: HttpRequest, body: ConditionsIn) -> Any:
    """How many clients meet the conditions, and what they say in words."""
    tree = conditions.check(body.conditions)
    return {
        "count": client_queries.count_matching(_member(request), tree),
        "zh": conditions.sentence(tree, "zh-hans"),
        "en": conditions.sentence(tree, "en"),
        "conditions": tree,
    }


class SegmentOut(Schema):
    id: int
    name: str
    version: int
    conditions: dict[str, Any]
    made_at: datetime


@router.get("/segments", response=list[SegmentOut], auth=scope("segments.build"))
def list_segments(request: HttpRequest, after: int = 0) -> Any:
    return list(client_queries.segments().filter(pk__gt=after).order_by("pk")[:MOST])


class SegmentIn(ConditionsIn):
    name: str = Field(max_length=60)
    segment_id: int | None = Field(None, description="to make the next version of this segment")


@router.post("/segments", response={201: dict[str, Any]}, auth=scope("segments.save"))
@once
def save_segment(request: HttpRequest, body: SegmentIn) -> Any:
    member = _member(request)
    made = clients.save_segment(
        body.name, body.conditions, actor=member.actor, segment_id=body.segment_id, anybody_s=member.may("coverage.assign"),
    )  # fmt: skip
    return 201, {"id": made.pk, "version": made.version}


@router.get("/segments/{segment_id}/clients", response=list[ClientOut], auth=scope("clients.view"))
def segment_clients(request: HttpRequest, segment_id: int, after: int = 0, limit: int = 50) -> Any:
    """The clients of a segment that the token's owner may see, by id."""
    segment = client_queries.get_segment(segment_id)
    found = client_queries.matching(client_queries.visible_to(_member(request)), segment.conditions)
    rows = found.select_related("person").filter(pk__gt=after).order_by("pk")
    return [_client(item) for item in rows[: max(1, min(limit, MOST))]]


@router.get("/coverage/gaps", response=list[ClientOut], auth=scope("coverage.view"))
def gaps(request: HttpRequest, response: HttpResponse, after: int = 0, limit: int = 50) -> Any:
    """Clients who have nobody (G10)."""
    rows = client_queries.gaps(_member(request)).filter(pk__gt=after).order_by("pk")
    return [_client(item) for item in page(request, response, rows, limit, lambda item: item.pk)]


class PairOut(Schema):
    id: int
    first_id: int
    second_id: int
    score: int
    state: str
    reasons_zh: list[str]
    reasons_en: list[str]


@router.get("/duplicates", response=list[PairOut], auth=scope("duplicates.view"))
def list_pairs(request: HttpRequest, response: HttpResponse, after: int = 0, limit: int = 50) -> Any:
    """Pairs of records that may be one person, by id; both are the token owner's to see."""
    rows = merge_queries.pairs(_member(request)).filter(pk__gt=after).order_by("pk")
    found = page(request, response, rows, limit, lambda item: item.pk)
    return [
        {"id": p.pk, "first_id": p.first_id, "second_id": p.second_id, "score": p.score, "state": p.state,
         "reasons_zh": [words for words, _for in duplicate_rules.reasons(p.evidence)],
         "reasons_en": [words for words, _for in duplicate_rules.reasons(p.evidence, True)]}
        for p in found
    ]  # fmt: skip


class ReasonIn(Body):
    reason: str = Field(max_length=300)


@router.post("/duplicates/{pair_id}/dismissal", response={200: dict[str, Any]}, auth=scope("duplicates.view"))
@once
def dismiss_pair(request: HttpRequest, pair_id: int, body: ReasonIn) -> Any:
    member = _member(request)
    pair = merge_actions.dismiss(merge_queries.get_pair(member, pair_id).pk, body.reason, actor=member.actor)
    return 200, {"id": pair.pk, "state": pair.state}


@router.get("/merges/preview", response=dict[str, Any], auth=scope("merges.propose"))
def preview_merge(request: HttpRequest, survivor_id: int, absorbed_id: int) -> Any:
    """Side by side, masked: the fields with the proposed winner, what moves, and the digest that a merge must carry."""
    found = merge_queries.preview(_member(request), survivor_id, absorbed_id)
    return {
        "fields": [
            {"name": f.name, "zh": f.words[0], "en": f.words[1], "survivor": f.survivor, "absorbed": f.absorbed,
             "default": f.default, "same": f.same}
            for f in found.fields
        ],
        "moves": found.moves, "needs_checker": found.needs_checker, "both_resident": found.both_resident,
        "digest": found.digest, "refusal": found.refusal.code if found.refusal else None,
    }  # fmt: skip


class MergeIn(Body):
    survivor_id: int
    absorbed_id: int
    digest: str = Field(max_length=64, description="from the preview")
    reason: str = Field(max_length=300)
    choices: dict[str, str] = Field(default_factory=dict, description="field → survivor or absorbed")


def _merge(found: Any) -> dict[str, Any]:
    return {
        "id": found.pk, "state": found.state, "survivor_id": found.survivor_id, "absorbed_id": found.absorbed_id,
        "choices": found.choices, "made_at": found.made_at.isoformat(),
        "done_at": found.done_at.isoformat() if found.done_at else None,
    }  # fmt: skip


@router.post("/merges", response={201: dict[str, Any]}, auth=scope("merges.propose"))
@once
def propose_merge(request: HttpRequest, body: MergeIn) -> Any:
    """Merge, or hand to a second person where accounts or assets are: see ``state``."""
    member = _member(request)
    merge_queries.preview(member, body.survivor_id, body.absorbed_id)
    made = merge_actions.propose(
        body.survivor_id, body.absorbed_id, choices=body.choices, digest=body.digest, reason=body.reason, actor=member.actor,
    )  # fmt: skip
    return 201, _merge(made)


@router.get("/merges/{merge_id}", response=dict[str, Any], auth=scope("duplicates.view"))
def get_merge(request: HttpRequest, merge_id: int) -> Any:
    return _merge(merge_queries.get_merge(_member(request), merge_id))


@router.post("/merges/{merge_id}/approval", response={200: dict[str, Any]}, auth=scope("merges.approve"))
@once
def approve_merge(request: HttpRequest, merge_id: int) -> Any:
    member = _member(request)
    found = merge_queries.get_merge(member, merge_id)
    return 200, _merge(merge_actions.approve(found.pk, actor=member.actor))


@router.post("/merges/{merge_id}/refusal", response={200: dict[str, Any]}, auth=scope("merges.approve"))
@once
def refuse_merge(request: HttpRequest, merge_id: int, body: ReasonIn) -> Any:
    member = _member(request)
    found = merge_queries.get_merge(member, merge_id)
    return 200, _merge(merge_actions.refuse(found.pk, body.reason, actor=member.actor))


@router.post("/merges/{merge_id}/undo", response={200: dict[str, Any]}, auth=scope("merges.approve"))
@once
def undo_merge(request: HttpRequest, merge_id: int, body: ReasonIn) -> Any:
    member = _member(request)
    found = merge_queries.get_merge(member, merge_id)
    return 200, _merge(merge_actions.undo(found.pk, body.reason, actor=member.actor))
