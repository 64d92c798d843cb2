"""Operations: the board's figures, cost against plan, failed messages and trying again."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from maitian.outreach import actions, dispatch
from maitian.outreach.queries import board, failed
from maitian.outreach.queries.failed import Filters
from maitian.outreach.rules import CHANNELS
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once
from maitian.ui.paging import window

router = Router(tags=["outreach"])


class ChannelOut(Schema):
    channel: str
    queued: int
    later: int = Field(description="waits for its time")
    held: int = Field(description="held by a pause")
    at_gateway: int
    handed: int = Field(description="today, as those that follow")
    delivered: int
    failed: int
    unknown: int
    withheld: int
    cost: float
    rate: float = Field(description="messages a second, of the last minute")
    oldest: datetime | None


class GatewayOut(Schema):
    name: str
    channel: str
    line: str = Field(
        description="up, down, slow, idle, off; unknown when it was not heard of for 30 seconds"
    )
    since: datetime
    seen_at: datetime
    per_second: float
    reconnects: int
    last_error: str


class BoardOut(Schema):
    at: datetime
    channels: list[ChannelOut]
    gateways: list[GatewayOut]
    critical_without_receipt: list[dict[str, Any]]
    inbound_today: dict[str, int]
    strange_receipts: int
    quarantined: int = Field(description="came in, could not be read, and nobody has looked at it")
    stuck_reactions: int


@router.get("/outreach/board", response=BoardOut, auth=scope("outreach.view"))
def get_board(request: HttpRequest) -> Any:
    """How messages flow now and today."""
    found = board.figures()
    names = (
        "queued",
        "later",
        "held",
        "at_gateway",
        "handed",
        "delivered",
        "failed",
        "unknown",
        "withheld",
        "cost",
        "rate",
        "oldest",
    )
    return {
        "at": found.at, "channels": [{"channel": CHANNELS[row.channel]} | {n: getattr(row, n) for n in names} for row in found.channels],
        "gateways": [
            {
                "name": g.state.name, "channel": CHANNELS[g.state.channel], "line": g.state.line if g.known else "unknown", "since": g.state.since,
                "seen_at": g.state.seen_at, "per_second": g.state.per_second, "reconnects": g.state.reconnects, "last_error": g.state.last_error,
            }
            for g in found.gateways
        ],
        "critical_without_receipt": [
            {"event_id": c.event_id, "title": c.title, "waiting": c.waiting, "unknown": c.unknown} for c in found.critical
        ],
        "inbound_today": {meaning: number for meaning, _label, number in found.inbound},
        "strange_receipts": found.strange, "quarantined": found.quarantined, "stuck_reactions": found.stuck,
    }  # fmt: skip


class SwitchIn(Body):
    off: bool
    reason: str = Field("", max_length=200, description="needed to take it out of service")


class SwitchOut(Schema):
    name: str
    off: bool


@router.put("/outreach/gateways/{name}", response=SwitchOut, auth=scope("outreach.control"))
@once
def switch_gateway(request: HttpRequest, name: str, body: SwitchIn) -> Any:
    """Take a gateway out of service, or put it back; the others of its channel carry on."""
    actions.switch_gateway(name, off=body.off, reason=body.reason, actor=caller(request).actor)
    return 200, {"name": name, "off": body.off}


@router.get("/outreach/plan", response=dict[str, Any], auth=scope("outreach.view"))
def get_plan(request: HttpRequest) -> Any:
    """SMS cost of today, the month and the year against the plan, CNY; summed by month (G12)."""
    found = board.plan()
    return {
        "today": found.today, "month": found.month, "month_limit": found.month_limit, "year": found.year, "year_limit": found.year_limit,
        "expected": found.expected, "months": [{"month": int(m), "actual": a, "planned": p} for m, a, p in found.rows],
    }  # fmt: skip


class FailedGroup(Schema):
    channel: str
    gateway: str
    reason: str
    count: int
    sends: int
    last_at: datetime


def _filters(request: HttpRequest) -> Filters:
    given = {name: str(value) for name, value in request.GET.items()}
    if given.get("channel") in CHANNELS:
        given["channel"] = str(CHANNELS.index(given["channel"]))
    return Filters.of(given)


@router.get("/failed", response=list[FailedGroup], auth=scope("outreach.view"))
def list_failed(
    request: HttpRequest, days: int = 7, channel: str = "", gateway: str | None = None, reason: str | None = None, topic: str = "",
    event: int | None = None,
) -> Any:  # fmt: skip
    """Failed messages by channel, gateway and reason; ``days`` is 1, 7 or 30."""
    return [
        {"channel": CHANNELS[g.channel], "gateway": g.gateway, "reason": g.error, "count": g.count, "sends": g.events, "last_at": g.last_at}
        for g in failed.groups(_filters(request))
    ]  # fmt: skip


class FailedRow(Schema):
    client_id: int
    event_id: int
    channel: str
    at: datetime
    gateway: str | None
    reason: str | None
    attempts: int


@router.get("/failed/messages", response=list[FailedRow], auth=scope("clients.view"))
def list_failed_messages(
    request: HttpRequest, response: HttpResponse, days: int = 7, channel: str = "", gateway: str | None = None, reason: str | None = None,
    topic: str = "", event: int | None = None, after: str = "",
) -> Any:  # fmt: skip
    """One by one, newest first, for clients whom the token's owner may see."""
    found = failed.messages(_filters(request), caller(request))
    part = window(found, request, size=100, key=("-at", "client_id", "event_id", "channel"))
    if part.next_url:
        response["Link"] = f'<{part.next_url}>; rel="next"'
    return [
        {
            "client_id": m.client_id, "event_id": m.event_id, "channel": CHANNELS[m.channel], "at": m.at, "gateway": m.gateway,
            "reason": m.error, "attempts": m.attempts,
        }
        for m in part.rows
    ]  # fmt: skip


class RetryIn(Body):
    days: int = Field(7, description="1, 7 or 30")
    channel: str = ""
    gateway: str | None = None
    reason: str | None = None
    topic: str = ""
    event: int | None = None
    dry_run: bool = Field(False, description="only say what would happen")


@router.post("/failed/retries", response={200: dict[str, Any]}, auth=scope("outreach.control"))
@once
def retry(request: HttpRequest, body: RetryIn) -> Any:
    """Try a group again. Expired and stopped sends stay as they are; who cannot be reached is withheld at hand-over."""
    given = {name: str(value) for name, value in body.dict(exclude={"dry_run"}).items() if value is not None}
    if given["channel"] in CHANNELS:
        given["channel"] = str(CHANNELS.index(given["channel"]))
    filters = Filters.of(given)
    what = failed.what_if(filters)
    said = {
        "count": what.count, "going": what.going, "held": what.held, "expired": what.expired, "stopped": what.stopped,
        "unreachable": what.unreachable, "cost": what.cost, "queued": 0,
    }  # fmt: skip
    if not body.dry_run:
        said["queued"] = dispatch.retry_group(filters, actor=caller(request).actor)
    return 200, said
