"""API of one client's record: opening it, everything on it, and every small act on the client page.

The operations join the room's router, since a path belongs to one router.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Schema

from maitian.clients import actions as clients
from maitian.clients import queries
from maitian.clients.api import router
from maitian.clients.errors import MemberNotChosen
from maitian.clients.models import Client, ContactPoint, Follow, Holding, InvestorClass, LifeCycle, Tag
from maitian.core.errors import NotFound
from maitian.core.privacy import mask_email, mask_phone, mask_tail
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once


class NewClientIn(Body):
    name: str = Field(max_length=40)
    phone: str = Field("", max_length=15)
    email: str = Field("", max_length=120)
    id_number: str = Field("", max_length=30)
    birthday: date | None = None


class MadeOut(Schema):
    id: int


@router.post("/clients", response={201: MadeOut}, auth=scope("clients.edit"))
@once
def open_record(request: HttpRequest, body: NewClientIn) -> Any:
    """Open a record. An account manager's own client at once; anybody else's waits among the coverage gaps."""
    member = caller(request)
    made = clients.create_client(
        branch=member.branch, actor=member.actor, manager=member if member.role == "account_manager" else None,
        **body.dict(),
    )  # fmt: skip
    return 201, {"id": made.pk}


class AccountOut(Schema):
    number: str = Field(description="masked")
    opened_on: date
    cash: Decimal
    commission_rate: Decimal | None = Field(description="per mille of turnover")


class HoldingOut(Schema):
    symbol: str
    quantity: int
    cost: Decimal | None


class ContactOut(Schema):
    kind: str
    value: str = Field(description="masked")
    bounced: bool


class CoverOut(Schema):
    kind: str = Field(description="manager or adviser")
    member_id: int
    name: str
    since: datetime


class RecordOut(Schema):
    id: int
    name: str = Field(description="masked")
    state: str
    level_rank: int
    risk_class: int
    risk_valid_until: date | None
    investor_class: str
    assets: Decimal
    consent_bits: int = Field(description="bit class * 4 + channel")
    accounts: list[AccountOut]
    contacts: list[ContactOut]
    coverage: list[CoverOut]
    tags: list[str]
    preferences: dict[str, str]
    follows: list[str]


def _record(client: Client) -> dict[str, Any]:
    masks = {"phone": mask_phone, "email": mask_email}
    return {
        **{name: getattr(client, name) for name in (
            "state", "level_rank", "risk_class", "risk_valid_until", "investor_class", "assets", "consent_bits")},
        "id": client.pk, "name": client.person.masked_name,
        "accounts": [
            {"number": mask_tail(a.number), "opened_on": a.opened_on, "cash": a.cash, "commission_rate": a.commission_rate}
            for a in client.accounts.order_by("number")
        ],
        "contacts": [
            {"kind": p.kind, "value": masks[p.kind](str(p.value)), "bounced": p.bounced_at is not None}
            for p in ContactPoint.objects.filter(client=client, primary=True).order_by("kind")
        ],
        "coverage": [
            {"kind": c.kind, "member_id": c.member_id, "name": c.member.name, "since": c.since}
            for c in client.coverage.select_related("member").filter(until=None)
        ],
        "tags": list(Tag.objects.filter(clienttag__client_id=client.pk).values_list("name", flat=True)),
        "preferences": dict(client.preferences.values_list("key", "value")),
        "follows": list(Follow.objects.filter(client_id=client.pk).values_list("what", flat=True)),
    }  # fmt: skip


@router.get("/clients/{client_id}/record", response=RecordOut, auth=scope("clients.view"))
def record(request: HttpRequest, client_id: int) -> Any:
    """Everything on the record; names, numbers and addresses masked (see ``reveals``)."""
    return _record(queries.get_visible(caller(request), client_id))


@router.get("/clients/{client_id}/holdings", response=list[HoldingOut], auth=scope("clients.view"))
def holdings(request: HttpRequest, client_id: int) -> Any:
    """What the client holds now."""
    client = queries.get_visible(caller(request), client_id)
    return list(Holding.objects.filter(client_id=client.pk, quantity__gt=0).order_by("symbol")[:500])


class ContactIn(Body):
    """Only the fields given are changed; an empty text takes a number or address away."""

    phone: str | None = Field(None, max_length=15)
    email: str | None = Field(None, max_length=120)
    home_address: str | None = Field(None, max_length=200)
    birthday: date | None = None
    gender: Literal["M", "F", ""] | None = None
    use_again: list[Literal["phone", "email"]] = Field(
        [], max_length=2, description="came back once, and was checked by a person"
    )
    evidence: str = Field(max_length=300, description="number of the recording or of the signed form")


class ChangedOut(Schema):
    changed: list[str]


@router.patch("/clients/{client_id}/contact", response=ChangedOut, auth=scope("clients.edit"))
@once
def change_contact(request: HttpRequest, client_id: int, body: ContactIn) -> Any:
    """Change phone, e-mail, address, birthday or gender, on evidence; use again what came back once."""
    client = queries.get_visible(caller(request), client_id)
    values = {
        name: value
        for name, value in body.dict(exclude={"evidence", "use_again"}, exclude_unset=True).items()
        if value is not None
    }
    changed = clients.change_contact(
        client.pk, values, again=body.use_again, evidence=body.evidence, actor=caller(request).actor
    )
    return 200, {"changed": changed}


class NoteIn(Body):
    text: str = Field(max_length=500)


class DoneOut(Schema):
    done: bool = True


@router.post("/clients/{client_id}/notes", response={201: DoneOut}, auth=scope("clients.edit"))
@once
def note(request: HttpRequest, client_id: int, body: NoteIn) -> Any:
    """A line on the timeline."""
    client = queries.get_visible(caller(request), client_id)
    clients.note(client.pk, body.text, actor=caller(request).actor)
    return 201, {"done": True}


class TagIn(Body):
    tag: str = Field(max_length=30)
    on: bool = True


@router.put("/clients/{client_id}/tags", response=list[str], auth=scope("clients.edit"))
@once
def tag(request: HttpRequest, client_id: int, body: TagIn) -> Any:
    """Put a tag on, or take it off; answers with the tags."""
    client = queries.get_visible(caller(request), client_id)
    clients.tag(client.pk, body.tag, on=body.on, actor=caller(request).actor)
    return 200, list(Tag.objects.filter(clienttag__client_id=client.pk).values_list("name", flat=True))


class PreferenceIn(Body):
    key: str = Field(max_length=40)
    value: str = Field(max_length=200, description="empty takes it away")


@router.put("/clients/{client_id}/preferences", response=dict[str, str], auth=scope("clients.edit"))
@once
def preference(request: HttpRequest, client_id: int, body: PreferenceIn) -> Any:
    """A habit or wish; answers with all of them."""
    client = queries.get_visible(caller(request), client_id)
    clients.set_preference(client.pk, body.key, body.value, actor=caller(request).actor)
    return 200, dict(client.preferences.values_list("key", "value"))


class FollowIn(Body):
    what: str = Field(max_length=30, description="six digits, a security's name, or an industry")
    on: bool = True


@router.put("/clients/{client_id}/follows", response=list[str], auth=scope("clients.edit"))
@once
def follow(request: HttpRequest, client_id: int, body: FollowIn) -> Any:
    """Follow a security or an industry for the client, or stop; answers with all of them."""
    client = queries.get_visible(caller(request), client_id)
    clients.follow(client.pk, body.what, body.on, actor=caller(request).actor)
    return 200, list(Follow.objects.filter(client_id=client.pk).values_list("what", flat=True))


class MoveIn(Body):
    state: LifeCycle


class StateOut(Schema):
    state: str


@router.post("/clients/{client_id}/moves", response=StateOut, auth=scope("clients.edit"))
@once
def move(request: HttpRequest, client_id: int, body: MoveIn) -> Any:
    """Move the client in the life cycle."""
    client = queries.get_visible(caller(request), client_id)
    clients.move(client.pk, body.state, actor=caller(request).actor)
    return 200, {"state": str(body.state)}


class InvestorClassIn(Body):
    investor_class: InvestorClass
    evidence: str = Field(max_length=300)


class InvestorClassOut(Schema):
    investor_class: str


@router.post("/clients/{client_id}/investor-class", response=InvestorClassOut, auth=scope("levels.decide"))
@once
def investor_class(request: HttpRequest, client_id: int, body: InvestorClassIn) -> Any:
    """Professional on evidence, or ordinary again."""
    client = queries.get_visible(caller(request), client_id)
    clients.set_investor_class(client.pk, body.investor_class, body.evidence, actor=caller(request).actor)
    return 200, {"investor_class": str(body.investor_class)}


class RevealIn(Body):
    field: Literal["phone", "email", "id_number", "name", "home_address"]
    reason: str = Field(max_length=200)


class RevealOut(Schema):
    value: str


@router.post("/clients/{client_id}/reveals", response=RevealOut, auth=scope("clients.reveal"))
def reveal(request: HttpRequest, client_id: int, body: RevealIn) -> Any:
    """One personal field in plain; who saw it and why stands in the ledger. Never answered from a stored answer."""
    client = queries.get_visible(caller(request), client_id)
    return {"value": clients.reveal(client.pk, body.field, body.reason, actor=caller(request).actor)}


class IdDocumentIn(Body):
    valid_until: date = Field(description="9999-12-31 for a document without an end")


@router.put("/clients/{client_id}/id-document", response=IdDocumentIn, auth=scope("clients.edit"))
@once
def id_document(request: HttpRequest, client_id: int, body: IdDocumentIn) -> Any:
    """Until when the id document is valid."""
    client = queries.get_visible(caller(request), client_id)
    clients.set_id_valid_until(client.pk, body.valid_until, actor=caller(request).actor)
    return 200, {"valid_until": body.valid_until.isoformat()}


class AssignIn(Body):
    client_ids: list[int] = Field(min_length=1, max_length=1000)
    member_id: int
    kind: Literal["manager", "adviser"] = "manager"
    reason: str = Field("", max_length=120)


class CountOut(Schema):
    count: int


@router.post("/coverage/assignments", response={201: CountOut}, auth=scope("coverage.assign"))
@once
def assign(request: HttpRequest, body: AssignIn) -> Any:
    """Give clients to an account manager or an adviser; all of them or none."""
    member = caller(request)
    ids = sorted(set(body.client_ids))
    if queries.visible_to(member).filter(pk__in=ids).count() != len(ids):
        raise NotFound("client_ids")
    among = queries.advisers(member) if body.kind == "adviser" else queries.account_managers(member)
    to = among.filter(pk=body.member_id).first()
    if to is None:
        raise MemberNotChosen()
    give = clients.assign_adviser if body.kind == "adviser" else clients.assign
    return 201, {"count": give(ids, to, actor=member.actor, reason=body.reason)}
