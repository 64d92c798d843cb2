"""API of routing rules: list, versions, propose, approve, send back, take back, and where a case would go."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.desk import queries
from maitian.desk.actions import routes as actions
from maitian.desk.models import RouteVersion
from maitian.staff.access import scope
from maitian.staff.idempotency import once
from maitian.staff.models import Member

router = Router(tags=["desk"])


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


class ConditionsIn(Schema):
    """An absent condition always holds; of a list, one has to fit."""

    kinds: list[str] | None = Field(None, description="codes, see GET /case-kinds")
    channels: list[str] | None = None
    levels: list[int] | None = Field(None, description="ranks; 0: clients without a level")
    tags: list[str] | None = None
    complaint_kinds: list[str] | None = None
    severities: list[str] | None = None
    managed: bool | None = Field(
        None, description="true: clients with an active account manager; false: without"
    )
    words: list[str] | None = Field(None, description="one of them stands in the subject or the text")


class RuleIn(Schema):
    key: str = Field("", max_length=40, description="empty for a new rule: a key is made")
    name: str
    name_en: str
    conditions: ConditionsIn
    team: str = Field(description="marketing, service, business, wealth or management")
    owner: str = Field(
        "", max_length=20, description="manager, a member's number, or empty: the team's queue"
    )
    priority: int | None = Field(None, ge=0, le=3, description="empty: that of the kind")


class RouteVersionOut(Schema):
    id: int
    number: int
    base: int
    state: Literal["proposed", "approved", "refused", "withdrawn"]
    rules: list[dict[str, Any]]
    note: str
    reason: str
    maker: str
    made_at: datetime
    checker: str
    checked_at: datetime | None


class RoutesOut(Schema):
    version: int
    rules: list[dict[str, Any]] = Field(description="in their order: the first that fits decides")
    waiting: int | None = Field(description="the id of the version that waits for a checker")


def _version(version: RouteVersion) -> dict[str, Any]:
    return {
        "id": version.pk, "rules": version.definition["rules"],
        **{name: getattr(version, name) for name in ("number", "base", "state", "note", "reason", "maker", "checker")},
        "made_at": version.made_at.isoformat(), "checked_at": version.checked_at.isoformat() if version.checked_at else None,
    }  # fmt: skip


@router.get("/case-routes", response=RoutesOut, auth=scope("desk.view"))
def list_routes(request: HttpRequest) -> Any:
    """The rules of routing in force. A case that no rule fits goes to the team of its kind."""
    current, waiting = actions.in_force(), queries.routes.waiting()
    return {
        "version": current.number,
        "rules": current.definition["rules"],
        "waiting": waiting.pk if waiting else None,
    }


@router.get("/case-routes/versions", response=list[RouteVersionOut], auth=scope("desk.view"))
def list_versions(request: HttpRequest) -> Any:
    """Every version of the list, the latest first, with who made and who checked it."""
    return [_version(version) for version in queries.routes.versions()]


@router.get("/case-route-versions/{version_id}", response=RouteVersionOut, auth=scope("desk.view"))
def get_version(request: HttpRequest, version_id: int) -> Any:
    return _version(queries.routes.version(version_id))


class RoutesIn(Schema):
    rules: list[RuleIn]
    base: int = Field(ge=1, description="the version that it was made from; another one in force answers 409")
    note: str = Field("", max_length=300)


@router.post("/case-routes/versions", response={201: RouteVersionOut}, auth=scope("desk.configure"))
@once
def propose(request: HttpRequest, body: RoutesIn) -> Any:
    """Propose the whole list as it is to be; another person puts it into force. What is wrong is told all at once."""
    rules = [
        {**rule.model_dump(), "conditions": rule.conditions.model_dump(exclude_none=True)}
        for rule in body.rules
    ]
    made = actions.propose(definition={"rules": rules}, base=body.base, by=_member(request), note=body.note)
    return 201, _version(made)


@router.post(
    "/case-route-versions/{version_id}/approval", response={200: RouteVersionOut}, auth=scope("desk.approve")
)
@once
def approve(request: HttpRequest, version_id: int) -> Any:
    """Put a proposed list into force; never one's own. Cases stay where they were sent."""
    return 200, _version(actions.approve(version_id=version_id, by=_member(request)))


class ReasonIn(Schema):
    reason: str = Field(max_length=300)


@router.post(
    "/case-route-versions/{version_id}/refusal", response={200: RouteVersionOut}, auth=scope("desk.approve")
)
@once
def refuse(request: HttpRequest, version_id: int, body: ReasonIn) -> Any:
    """Send a proposed list back with a reason."""
    return 200, _version(actions.refuse(version_id=version_id, by=_member(request), reason=body.reason))


@router.post(
    "/case-route-versions/{version_id}/withdrawal",
    response={200: RouteVersionOut},
    auth=scope("desk.configure"),
)
@once
def withdraw(request: HttpRequest, version_id: int) -> Any:
    """Take one's own proposal back."""
    return 200, _version(actions.withdraw(version_id=version_id, by=_member(request)))


class TrialOut(Schema):
    team: str
    to_manager: bool = Field(description="the client's account manager gets it")
    owner: int | None = Field(description="the member who gets it")
    priority: int | None
    rule: int | None = Field(description="the number of the rule that decides; empty: the team of the kind")
    name: str


@router.get("/case-routes/trial", response=TrialOut, auth=scope("desk.view"))
def try_it(
    request: HttpRequest, kind: str, channel: str = "", level: int = 0, complaint_kind: str = "", severity: str = "", managed: bool = False, text: str = ""
) -> Any:  # fmt: skip
    """Where a case would go by the rules in force; nothing is written."""
    given = {
        "kind": kind, "channel": channel, "level": level, "complaint_kind": complaint_kind, "severity": severity, "managed": managed, "text": text,
    }  # fmt: skip
    routed = queries.routes.tried(actions.in_force().definition, given)
    to_manager = routed.owner == queries.routes.MANAGER
    return {
        "team": routed.team, "to_manager": to_manager, "owner": None if to_manager else routed.owner,
        "priority": int(routed.priority) if routed.priority else None, "rule": routed.rule, "name": routed.rule_name,
    }  # fmt: skip
