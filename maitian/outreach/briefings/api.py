"""API of briefings: make, check, invite, sign up, let in, notes and follow-up."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.clients.queries import get_visible
from maitian.outreach.briefings import actions, queries
from maitian.outreach.briefings.models import Briefing, Guest
from maitian.staff.access import scope
from maitian.staff.idempotency import once

router = Router(tags=["briefings"])
MOST = 100


def _member(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


def _briefing(item: Briefing) -> dict[str, Any]:
    return {
        "id": item.pk, "title": item.title, "summary": item.summary, "speaker": item.speaker, "place": item.place, "state": item.state,
        "starts_at": item.starts_at.isoformat(), "ends_at": item.ends_at.isoformat(), "sign_up_by": item.sign_up_by.isoformat(),
        "seats": item.seats, "audience": item.audience, "revision": item.revision, "reason": item.reason, "notes": item.notes,
    }  # fmt: skip


def _guest(item: Guest) -> dict[str, Any]:
    return {
        "client_id": item.client_id, "state": item.state, "signed_at": item.signed_at.isoformat(),
        "came_at": item.came_at.isoformat() if item.came_at else None,
    }  # fmt: skip


class BriefingIn(Schema):
    title: str = Field(max_length=60)
    summary: str = Field(max_length=600)
    speaker: str = Field(max_length=60)
    place: str = Field(max_length=100)
    starts_at: datetime
    ends_at: datetime
    sign_up_by: datetime | None = None
    seats: int = Field(ge=1)
    audience: dict[str, Any] = Field(default_factory=dict)
    revision: int | None = None

    def values(self) -> dict[str, Any]:
        return {**self.dict(exclude={"revision"}), "sign_up_by": self.sign_up_by or self.starts_at}


@router.get("/briefings", response=list[dict[str, Any]], auth=scope("briefings.view"))
def list_briefings(request: HttpRequest, state: str = "", limit: int = 30) -> Any:
    """The latest beginning first."""
    return [_briefing(item) for item in queries.briefings(state)[: max(1, min(limit, MOST))]]


@router.post("/briefings", response={201: dict[str, Any]}, auth=scope("briefings.write"))
@once
def make_briefing(request: HttpRequest, body: BriefingIn) -> Any:
    """A draft. Times carry their zone; sign-up ends at the beginning unless said otherwise."""
    return 201, _briefing(actions.save(None, body.values(), actor=_member(request).actor))


@router.get("/briefings/{briefing_id}", response=dict[str, Any], auth=scope("briefings.view"))
def get_briefing(request: HttpRequest, briefing_id: int) -> Any:
    """With its figures, once it is open."""
    item = queries.briefing(briefing_id)
    made = _briefing(item)
    if item.state in ("draft", "proposed"):
        return made
    found = queries.figures(item)
    names = (
        "meant",
        "invited",
        "sent",
        "seated",
        "waiting",
        "gone",
        "came",
        "missed",
        "calls_open",
        "calls_done",
    )
    return made | {"figures": {name: getattr(found, name) for name in names} | {"cost": str(found.cost)}}


@router.put("/briefings/{briefing_id}", response={200: dict[str, Any]}, auth=scope("briefings.write"))
@once
def change_briefing(request: HttpRequest, briefing_id: int, body: BriefingIn) -> Any:
    """A draft changed. With ``revision`` only if nobody has changed it since."""
    return 200, _briefing(
        actions.save(briefing_id, body.values(), actor=_member(request).actor, revision=body.revision)
    )


class WhenIn(Schema):
    starts_at: datetime
    ends_at: datetime
    sign_up_by: datetime | None = None
    place: str = Field(max_length=100)
    seats: int = Field(ge=1)


@router.post("/briefings/{briefing_id}/moves", response={200: dict[str, Any]}, auth=scope("briefings.write"))
@once
def move_briefing(request: HttpRequest, briefing_id: int, body: WhenIn) -> Any:
    """Another time, place or number of seats while it is open; guests are told of a new time or place."""
    values = {**body.dict(), "sign_up_by": body.sign_up_by or body.starts_at}
    return 200, _briefing(actions.move(briefing_id, values, actor=_member(request).actor))


@router.post(
    "/briefings/{briefing_id}/proposal", response={200: dict[str, Any]}, auth=scope("briefings.write")
)
@once
def propose_briefing(request: HttpRequest, briefing_id: int) -> Any:
    return 200, _briefing(actions.propose(briefing_id, actor=_member(request).actor))


@router.delete("/briefings/{briefing_id}/proposal", response=dict[str, Any], auth=scope("briefings.write"))
def withdraw_briefing(request: HttpRequest, briefing_id: int) -> Any:
    return _briefing(actions.withdraw(briefing_id, actor=_member(request).actor))


class AnswerIn(Schema):
    approve: bool
    reason: str = Field("", max_length=300)


@router.post(
    "/briefings/{briefing_id}/answer", response={200: dict[str, Any]}, auth=scope("briefings.approve")
)
@once
def answer_briefing(request: HttpRequest, briefing_id: int, body: AnswerIn) -> Any:
    """By another person than the maker: open it, or send it back with a reason."""
    actor = _member(request).actor
    if body.approve:
        return 200, _briefing(actions.approve(briefing_id, actor=actor))
    return 200, _briefing(actions.refuse(briefing_id, reason=body.reason, actor=actor))


@router.post(
    "/briefings/{briefing_id}/invitation", response={200: dict[str, Any]}, auth=scope("briefings.write")
)
@once
def invite_to_briefing(request: HttpRequest, briefing_id: int) -> Any:
    """The invitation, decided; ``/events/{id}/send`` sends it."""
    event = actions.invite(briefing_id, actor=_member(request).actor)
    return 200, {"event_id": event.pk, "state": event.state, "counts": event.counts}


class ReasonIn(Schema):
    reason: str = Field(max_length=300)


@router.post(
    "/briefings/{briefing_id}/calling-off", response={200: dict[str, Any]}, auth=scope("briefings.write")
)
@once
def call_briefing_off(request: HttpRequest, briefing_id: int, body: ReasonIn) -> Any:
    return 200, _briefing(actions.call_off(briefing_id, reason=body.reason, actor=_member(request).actor))


@router.get("/briefings/{briefing_id}/guests", response=list[dict[str, Any]], auth=scope("briefings.view"))
def list_guests(request: HttpRequest, briefing_id: int, state: str = "", page: int = 1) -> Any:
    """Guests that the token's owner may see, a hundred a page."""
    start = (max(1, min(page, 100)) - 1) * MOST
    found = queries.guests(queries.briefing(briefing_id), _member(request), state)
    return [_guest(item) for item in found[start : start + MOST]]


class GuestIn(Schema):
    client_id: int
    question: str = Field("", max_length=200)


@router.post(
    "/briefings/{briefing_id}/guests", response={201: dict[str, Any]}, auth=scope("briefings.sign_up")
)
@once
def sign_guest_up(request: HttpRequest, briefing_id: int, body: GuestIn) -> Any:
    """A seat, or a place on the waiting list."""
    client = get_visible(_member(request), body.client_id)
    made = actions.sign_up(briefing_id, client.pk, actor=_member(request).actor, question=body.question)
    return 201, _guest(made)


@router.delete(
    "/briefings/{briefing_id}/guests/{client_id}", response=dict[str, Any], auth=scope("briefings.sign_up")
)
def take_guest_out(request: HttpRequest, briefing_id: int, client_id: int) -> Any:
    if not queries.sees_all(_member(request)):
        get_visible(_member(request), client_id)
    return _guest(actions.leave(briefing_id, client_id, actor=_member(request).actor))


class CodeIn(Schema):
    code: str = Field(max_length=200)


@router.post(
    "/briefings/{briefing_id}/check-ins", response={200: dict[str, Any]}, auth=scope("briefings.let_in")
)
@once
def let_guest_in(request: HttpRequest, briefing_id: int, body: CodeIn) -> Any:
    """By the entry code, or the address in its QR code. ``first`` is false when the guest had come already."""
    guest, first = actions.let_in(briefing_id, actor=_member(request).actor, code=body.code)
    return 200, _guest(guest) | {"first": first}


class NotesIn(Schema):
    notes: str = Field(max_length=8000)


@router.put("/briefings/{briefing_id}/notes", response={200: dict[str, Any]}, auth=scope("briefings.write"))
@once
def write_briefing_notes(request: HttpRequest, briefing_id: int, body: NotesIn) -> Any:
    actions.write_notes(briefing_id, body.notes, actor=_member(request).actor)
    return 200, _briefing(queries.briefing(briefing_id))


class FollowUpIn(Schema):
    group: str
    words: str = Field(max_length=300)


@router.post(
    "/briefings/{briefing_id}/follow-ups", response={200: dict[str, Any]}, auth=scope("briefings.write")
)
@once
def follow_briefing_up(request: HttpRequest, briefing_id: int, body: FollowUpIn) -> Any:
    """Calls for the managers of a group: ``attended``, ``missed`` or ``asked``; once for each group."""
    event = actions.follow_up(briefing_id, body.group, body.words, actor=_member(request).actor)
    return 200, {"event_id": event.pk, "counts": event.counts}
