"""API of campaigns: make, hand in, check, begin, control, read the results."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from maitian.outreach.campaigns import actions, forecasts, goals, plan, queries, results
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.campaigns.results import Comparison, Group
from maitian.staff.access import scope
from maitian.staff.idempotency import once

router = Router(tags=["campaigns"])
MOST = 100


def _actor(request: HttpRequest) -> str:
    return str(request.member.actor)  # type: ignore[attr-defined]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _campaign(item: Campaign, whole: bool = True) -> dict[str, Any]:
    made = {
        "id": item.pk, "name": item.name, "state": item.state, "revision": item.revision, "version": item.version, "goal": goals.sentence(item.definition),
        "members": item.members, "controls": item.controls, "starts_at": _moment(item.starts_at), "ends_at": _moment(item.ends_at),
        "started_at": _moment(item.started_at), "ended_at": _moment(item.ended_at), "reason": item.reason,
    }  # fmt: skip
    return made | {"definition": item.definition} if whole else made


@router.get("/campaigns", response=list[dict[str, Any]], auth=scope("campaigns.view"))
def list_campaigns(request: HttpRequest, state: str = "", limit: int = 30) -> Any:
    """The latest changed first."""
    return [
        _campaign(item, False) for item in queries.campaigns({"state": state})[: max(1, min(limit, MOST))]
    ]


class CampaignIn(Schema):
    name: str = Field(max_length=40)
    definition: dict[str, Any] = Field(default_factory=dict)


@router.post("/campaigns", response={201: dict[str, Any]}, auth=scope("campaigns.write"))
@once
def begin_campaign(request: HttpRequest, body: CampaignIn) -> Any:
    """A draft. Nothing of its definition need be right yet; what is wrong stands in ``faults``."""
    made = actions.begin(body.name, actor=_actor(request), definition=body.definition)
    return 201, _with_faults(made)


def _with_faults(item: Campaign) -> dict[str, Any]:
    wrong = plan.faults(item.definition, timezone.now()) if not item.begun else []
    return _campaign(item) | {
        "faults": [
            {"part": fault.part, "step": fault.step, "arm": fault.arm, "code": fault.error.code, "zh": fault.error.sentence("zh-hans"), "en": fault.error.sentence("en")}
            for fault in wrong
        ]
    }  # fmt: skip


@router.get("/campaigns/{campaign_id}", response=dict[str, Any], auth=scope("campaigns.view"))
def get_campaign(request: HttpRequest, campaign_id: int) -> Any:
    return _with_faults(queries.campaign(campaign_id))


class ChangeIn(Schema):
    name: str | None = Field(None, max_length=40)
    definition: dict[str, Any] = Field(default_factory=dict)
    revision: int | None = None


@router.patch("/campaigns/{campaign_id}", response={200: dict[str, Any]}, auth=scope("campaigns.write"))
@once
def change_campaign(request: HttpRequest, campaign_id: int, body: ChangeIn) -> Any:
    """Replace parts of a draft's definition. With ``revision`` only if nobody has changed it since."""
    made = actions.save(
        campaign_id, body.definition, actor=_actor(request), revision=body.revision, name=body.name
    )
    return 200, _with_faults(made)


@router.get("/campaigns/{campaign_id}/forecast", response=dict[str, Any], auth=scope("campaigns.view"))
def forecast_campaign(request: HttpRequest, campaign_id: int) -> Any:
    """Clients by group, what each send would reach, cost at most, the latest end. Empty while something is wrong."""
    item = queries.campaign(campaign_id)
    if item.begun or plan.faults(item.definition, timezone.now()):
        return {}
    found = forecasts.of(item.definition, item.pk)
    return {
        "clients": found.clients, "controls": found.controls, "cost_at_most": str(found.cost), "through_at_latest": _moment(found.through),
        "arms": [{"name": arm.name, "clients": arm.clients, "cost_at_most": str(arm.cost)} for arm in found.arms],
        "sends": [{"step": send.key, "asked": send.asked, "reached": send.reached, "cost_at_most": str(send.cost)} for send in found.sends],
    }  # fmt: skip


class ReasonIn(Schema):
    reason: str = Field("", max_length=300)


@router.post(
    "/campaigns/{campaign_id}/proposal", response={200: dict[str, Any]}, auth=scope("campaigns.write")
)
@once
def propose_campaign(request: HttpRequest, campaign_id: int, body: ReasonIn) -> Any:
    return 200, _campaign(actions.propose(campaign_id, actor=_actor(request), reason=body.reason))


@router.delete(
    "/campaigns/{campaign_id}/proposal", response={200: dict[str, Any]}, auth=scope("campaigns.write")
)
@once
def withdraw_campaign(request: HttpRequest, campaign_id: int) -> Any:
    return 200, _campaign(actions.withdraw(campaign_id, actor=_actor(request)))


@router.post(
    "/campaigns/{campaign_id}/approval", response={200: dict[str, Any]}, auth=scope("campaigns.approve")
)
@once
def approve_campaign(request: HttpRequest, campaign_id: int) -> Any:
    return 200, _campaign(actions.approve(campaign_id, actor=_actor(request)))


@router.post(
    "/campaigns/{campaign_id}/refusal", response={200: dict[str, Any]}, auth=scope("campaigns.approve")
)
@once
def refuse_campaign(request: HttpRequest, campaign_id: int, body: ReasonIn) -> Any:
    return 200, _campaign(actions.refuse(campaign_id, reason=body.reason, actor=_actor(request)))


class StartIn(Schema):
    count: int | None = None


@router.post("/campaigns/{campaign_id}/start", response={200: dict[str, Any]}, auth=scope("campaigns.write"))
@once
def start_campaign(request: HttpRequest, campaign_id: int, body: StartIn) -> Any:
    """Freeze the audience and begin; a large ``count`` has to be given."""
    return 200, _campaign(actions.start(campaign_id, actor=_actor(request), confirmed_count=body.count))


class CopyIn(Schema):
    leave_out: bool = False


@router.post("/campaigns/{campaign_id}/copies", response={201: dict[str, Any]}, auth=scope("campaigns.write"))
@once
def copy_campaign(request: HttpRequest, campaign_id: int, body: CopyIn) -> Any:
    return 201, _campaign(actions.copy(campaign_id, actor=_actor(request), leave_out=body.leave_out))


@router.post(
    "/campaigns/{campaign_id}/control/{move}", response={200: dict[str, Any]}, auth=scope("campaigns.control")
)
@once
def control_campaign(request: HttpRequest, campaign_id: int, move: str) -> Any:
    """``pause``, ``resume`` or ``stop``."""
    if move not in actions.MOVES:
        raise actions.NotFound()
    return 200, _campaign(actions.MOVES[move](campaign_id, actor=_actor(request)))


def _group(group: Group) -> dict[str, Any]:
    return {
        "group": group.number, "name": group.name, "clients": group.share.n, "done": group.share.k, "sent": group.sent, "read": group.read,
        "replied": group.replied, "left": group.left, "cost": str(group.cost),
    }  # fmt: skip


def _comparison(item: Comparison) -> dict[str, Any]:
    value, low, high = item.points
    return {
        "group": item.one.number,
        "against": item.other.number,
        "points": value,
        "low": low,
        "high": high,
        "says": str(item.difference.says),
    }


@router.get("/campaigns/{campaign_id}/results", response=dict[str, Any], auth=scope("campaigns.view"))
def campaign_results(request: HttpRequest, campaign_id: int) -> Any:
    """Figures by group and step; differences in percentage points with their interval. Empty before the start."""
    item = queries.campaign(campaign_id)
    if not item.begun:
        return {}
    found = results.of(item)
    return {
        "confidence": found.confidence, "groups": [_group(group) for group in [*([found.control] if found.control else []), *found.arms]],
        "comparisons": [_comparison(one) for one in found.comparisons], "cost": str(found.cost), "done": found.done,
        "steps": [
            {
                "step": row.step["key"], "arm": number, "came": cell.came, "yes": cell.yes, "no": cell.no, "sent": cell.sent, "read": cell.read,
                "replied": cell.replied, "done": cell.done, "withheld": cell.withheld, "unknown": cell.unknown, "cost": str(cell.cost),
                "channels": {str(n): {"planned": c.planned, "delivered": c.delivered, "failed": c.failed} for n, c in cell.channels.items()},
            }
            for row in found.steps for number, (_name, cell) in enumerate(row.cells, 1)
        ],
    }  # fmt: skip
