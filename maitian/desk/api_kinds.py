"""API of kinds of case: list, read, propose, approve, send back, take back, retire."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.desk import catalog, queries
from maitian.desk.actions import kinds as actions
from maitian.desk.actions import marking
from maitian.desk.models import CaseKind, KindVersion
from maitian.desk.rules.fields import TYPES
from maitian.staff.access import scope
from maitian.staff.idempotency import once
from maitian.staff.models import Member

router = Router(tags=["desk"])
TEAMS = "marketing|service|business|wealth|management"


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


class ChoiceIn(Schema):
    key: str = Field("", max_length=30, description="empty for a new one: a key is made")
    name: str
    name_en: str


class FieldIn(Schema):
    key: str = Field(
        "", max_length=30, description="empty for a new field: a key is made; a key keeps its type"
    )
    name: str
    name_en: str
    type: str = Field("text", pattern=f"^({'|'.join(TYPES)})$")
    required: bool = False
    personal: bool = Field(False, description="answers are stored encrypted")
    inside: bool = Field(False, description="asked of members only")
    help: str = ""
    help_en: str = ""
    choices: list[ChoiceIn] = []


class DefinitionIn(Schema):
    name: str
    name_en: str
    hint: str = Field("", description="one sentence for clients")
    hint_en: str = ""
    icon: str = "case"
    team: str = Field(
        pattern=f"^({TEAMS})$", description="where a case goes that no rule of routing holds for"
    )
    priority: int = Field(1, ge=0, le=3)
    portal: bool = Field(True, description="clients may choose it themselves")
    policy: str = Field(
        "default", description="whose clocks it has, see `policies` of GET /case-kinds/{code}"
    )
    own_clocks: bool = Field(
        False, description="register rules of its own in the rulebook, beginning as those of `policy`"
    )
    fields: list[FieldIn] = []


class ClockRuleOut(Schema):
    key: str
    title: str
    value: str
    own: bool = Field(description="a rule of this kind alone")


class KindOut(Schema):
    code: str
    name: str
    name_en: str
    hint: str
    hint_en: str
    icon: str
    team: str
    priority: int
    complaint: bool
    portal: bool
    policy: str
    active: bool = Field(description="false: retired, nothing new is opened with it")
    built_in: bool
    version: int
    fields: list[dict[str, Any]]


class KindWhole(KindOut):
    clocks: list[ClockRuleOut]
    policies: list[str] = Field(description="whose clocks there are")
    waiting: int | None = Field(description="the id of the version that waits for a checker")


class VersionOut(Schema):
    id: int
    code: str
    number: int
    base: int
    state: Literal["proposed", "approved", "refused", "withdrawn"]
    definition: dict[str, Any]
    note: str
    reason: str
    maker: str
    made_at: datetime
    checker: str
    checked_at: datetime | None


def _kind(kind: CaseKind) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in KindOut.model_fields}


def _version(version: KindVersion) -> dict[str, Any]:
    return {
        "id": version.pk, **{name: getattr(version, name) for name in ("code", "number", "base", "state", "definition", "note", "reason", "maker", "checker")},
        "made_at": version.made_at.isoformat(), "checked_at": version.checked_at.isoformat() if version.checked_at else None,
    }  # fmt: skip


@router.get("/case-kinds", response=list[KindOut], auth=scope("desk.view"))
def list_kinds(request: HttpRequest, book: str = "brokerage", retired: bool = False) -> Any:
    """The kinds of case with their forms; `retired` lists those no longer used, too."""
    found = queries.kinds.kinds(book) if retired else catalog.active_kinds(book)
    return [_kind(kind) for kind in found]


@router.get("/case-kinds/{code}", response=KindWhole, auth=scope("desk.view"))
def get_kind(request: HttpRequest, code: str) -> Any:
    """One kind: its form, the rules its clocks run by, what waits for a checker."""
    from maitian.core import rulebook

    kind = queries.kinds.get(code)
    waiting = queries.kinds.waiting(code).first()
    return {
        **_kind(kind), "clocks": queries.kinds.clocks(kind), "policies": catalog.clock_policies(rulebook.at(book=kind.book)),
        "waiting": waiting.pk if waiting else None,
    }  # fmt: skip


@router.get("/case-kinds/{code}/versions", response=list[VersionOut], auth=scope("desk.view"))
def list_versions(request: HttpRequest, code: str) -> Any:
    """Every version of a kind, the latest first, with who made and who checked it."""
    queries.kinds.get(code)
    return [_version(version) for version in queries.kinds.versions(code)]


@router.get("/case-kind-versions/{version_id}", response=VersionOut, auth=scope("desk.view"))
def get_version(request: HttpRequest, version_id: int) -> Any:
    return _version(queries.kinds.version(version_id))


class ProposalIn(Schema):
    definition: DefinitionIn
    note: str = Field("", max_length=300)


class ChangeIn(ProposalIn):
    base: int = Field(ge=1, description="the version that it was made from; another one in force answers 409")


@router.post("/case-kinds", response={201: VersionOut}, auth=scope("desk.configure"))
@once
def propose_kind(request: HttpRequest, body: ProposalIn) -> Any:
    """Propose a new kind; another person puts it into force. What is wrong is told all at once."""
    made = actions.propose(
        code="", definition=body.definition.model_dump(), base=0, by=_member(request), note=body.note
    )
    return 201, _version(made)


@router.post("/case-kinds/{code}/versions", response={201: VersionOut}, auth=scope("desk.configure"))
@once
def propose_version(request: HttpRequest, code: str, body: ChangeIn) -> Any:
    """Propose what a kind is to be from now on. Cases keep the form with which they were taken."""
    made = actions.propose(
        code=code,
        definition=body.definition.model_dump(),
        base=body.base,
        by=_member(request),
        note=body.note,
    )
    return 201, _version(made)


@router.post("/case-kind-versions/{version_id}/approval", response={200: KindOut}, auth=scope("desk.approve"))
@once
def approve(request: HttpRequest, version_id: int) -> Any:
    """Put a proposed version into force; never one's own."""
    return 200, _kind(actions.approve(version_id=version_id, by=_member(request)))


class ReasonIn(Schema):
    reason: str = Field(max_length=300)


@router.post(
    "/case-kind-versions/{version_id}/refusal", response={200: VersionOut}, auth=scope("desk.approve")
)
@once
def refuse(request: HttpRequest, version_id: int, body: ReasonIn) -> Any:
    """Send a proposed version back with a reason."""
    return 200, _version(actions.refuse(version_id=version_id, by=_member(request), reason=body.reason))


@router.post(
    "/case-kind-versions/{version_id}/withdrawal", response={200: VersionOut}, auth=scope("desk.configure")
)
@once
def withdraw(request: HttpRequest, version_id: int) -> Any:
    """Take one's own proposal back."""
    return 200, _version(actions.withdraw(version_id=version_id, by=_member(request)))


@router.post("/case-kinds/{code}/retirement", response={200: KindOut}, auth=scope("desk.configure"))
@once
def retire(request: HttpRequest, code: str, body: ReasonIn) -> Any:
    """Nothing new is opened with it from now on; its cases go on and keep their form."""
    return 200, _kind(actions.retire(code=code, by=_member(request), reason=body.reason))


class AnswersIn(Schema):
    answers: dict[str, Any]


class AnswersOut(Schema):
    form_version: int
    answers: dict[str, Any] = Field(description="without personal ones, which are stored encrypted")


@router.put("/cases/{ref}/answers", response={200: AnswersOut}, auth=scope("desk.work"))
@once
def answer(request: HttpRequest, ref: str, body: AnswersIn) -> Any:
    """Answer (again) the form with which the case was taken."""
    member = _member(request)
    case = marking.fill_form(case_id=queries.get_visible(member, ref).pk, by=member, answers=body.answers)
    return 200, {"form_version": case.form_version, "answers": case.answers}


class KindIn(Schema):
    kind: str = Field(max_length=30)


class KindOfCaseOut(Schema):
    ref: str
    kind: str
    form_version: int


@router.put("/cases/{ref}/kind", response={200: KindOfCaseOut}, auth=scope("desk.work"))
@once
def change_kind(request: HttpRequest, ref: str, body: KindIn) -> Any:
    """Make an open case another kind: it gets that kind's form, unanswered, and its clocks. Complaints are their own."""
    member = _member(request)
    case = marking.change_kind(case_id=queries.get_visible(member, ref).pk, by=member, kind=body.kind)
    return 200, {"ref": case.ref, "kind": case.kind.code, "form_version": case.form_version}
