"""API of visits: the day's route, plan, result, another time, nobody goes."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.clients.queries import get_visible, visible_to
from maitian.core.time import today
from maitian.desk import queries as desk
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once
from maitian.staff.models import Member
from maitian.visits import actions, queries
from maitian.visits.models import Referral, Visit

router = Router(tags=["visits"])


class VisitOut(Schema):
    id: int
    case: str
    number: int
    member_id: int
    starts_at: datetime
    ends_at: datetime
    state: str
    place: str
    found: str
    taught: str
    thanked: bool
    referral_asked: bool
    next_id: int | None
    referral_client_id: int | None = Field(
        description="the lead that came of it, or the record that was there already, if the caller may see it"
    )
    referral_known: bool | None = Field(
        description="whether that record was there already; null without a referral"
    )


class PlanIn(Body):
    when: datetime
    place: str = Field(max_length=200)
    member_id: int | None = Field(None, description="who goes; without one the caller")


class ResultIn(Body):
    came_of: str = Field(pattern="^(solved|unsolved|missed)$")
    found: str = Field(
        "", max_length=2000, description="what was done; when it is solved the client reads it"
    )
    taught: str = Field("", max_length=2000, description="what the client can do alone now")
    thanked: bool = False
    referral_asked: bool = False
    referral: str = Field("", max_length=200, description="name of the person whom the client named")
    referral_phone: str = Field("", max_length=20, description="only with the person's own consent")
    referral_basis: str = Field(
        "", pattern="^(present|call|written)?$", description="how the person agreed; with it a lead is opened"
    )
    referral_proof: str = Field("", max_length=300, description="how the consent can be checked")
    when: datetime | None = Field(None, description="the next visit; needed unless it is solved")


class MoveIn(Body):
    when: datetime
    reason: str = Field(max_length=200)


class CancelIn(Body):
    reason: str = Field(max_length=200)


class ReferralOut(Schema):
    visit_id: int
    referrer_id: int | None = Field(description="null when the caller may not see the record")
    client_id: int | None = Field(description="null when the caller may not see the record")
    known: bool = Field(description="on record already, so linked instead of opened")
    basis: str
    at: datetime


class ReferralsOut(Schema):
    referred_by: list[ReferralOut]
    referred: list[ReferralOut]


class AskedOut(Schema):
    visits: int
    asked: int
    leads: int
    known: int


def _out(visit: Visit, member: Member) -> dict[str, Any]:
    names = ("number", "member_id", "starts_at", "ends_at", "state", "thanked", "referral_asked")
    return {
        "id": visit.pk, "case": visit.case.ref, **{name: getattr(visit, name) for name in names}, "place": str(visit.place),
        "found": str(visit.found), "taught": str(visit.taught), "next_id": visit.again_id, **_referral(visit, member),
    }  # fmt: skip


def _referral(visit: Visit, member: Member) -> dict[str, Any]:
    led = getattr(visit, "led_to", None)
    if led is None:
        return {"referral_client_id": None, "referral_known": None}
    seen = visible_to(member).filter(pk=led.client_id).exists()
    return {"referral_client_id": led.client_id if seen else None, "referral_known": led.known}


def _done(request: HttpRequest, visit_id: int) -> dict[str, Any]:
    return VisitOut(**_out(queries.get(caller(request), visit_id), caller(request))).dict()


@router.get("/visits", response=list[VisitOut], auth=scope("desk.work"))
def route(request: HttpRequest, day: date | None = None) -> Any:
    """One's own visits of a day in the order of their hours; today without a day."""
    return [_out(visit, caller(request)) for visit in queries.route(caller(request), day or today())]


@router.get("/referrals/asked", response=AskedOut, auth=scope("desk.work"))
def asked(request: HttpRequest, day: date | None = None) -> Any:
    """One's own visits of a month with a result, how often a referral was asked, and what came of it."""
    return asdict(queries.asked(caller(request), day or today()))


@router.get("/clients/{client_id}/referrals", response=ReferralsOut, auth=scope("clients.view"))
def referrals(request: HttpRequest, client_id: int) -> Any:
    """Who named this client, and whom this client named, the latest first."""
    member = caller(request)
    client = get_visible(member, client_id)
    found = queries.referrals_of(member, client.pk)

    def row(item: Referral, seen: bool, other: str) -> dict[str, Any]:
        ids = {"referrer_id": item.referrer_id, "client_id": item.client_id}
        return {
            "visit_id": item.visit_id,
            **ids,
            **({} if seen else {other: None}),
            "known": item.known,
            "basis": item.basis,
            "at": item.at,
        }

    return {
        "referred_by": [row(item, seen, "referrer_id") for item, seen in found.by],
        "referred": [row(item, seen, "client_id") for item, seen in found.named],
    }


@router.get("/visits/{visit_id}", response=VisitOut, auth=scope("desk.work"))
def get_visit(request: HttpRequest, visit_id: int) -> Any:
    """One visit."""
    return _out(queries.get(caller(request), visit_id), caller(request))


@router.post("/cases/{ref}/visits", response={201: VisitOut}, auth=scope("desk.work"))
@once
def plan(request: HttpRequest, ref: str, body: PlanIn) -> Any:
    """Agree on a visit; the client reads in his case who comes and when."""
    case = desk.get_visible(caller(request), ref)
    made = actions.plan(
        case_id=case.pk, by=caller(request), when=body.when, place=body.place, member_id=body.member_id
    )
    return 201, _done(request, made.pk)


@router.post("/visits/{visit_id}/result", response=VisitOut, auth=scope("desk.work"))
@once
def result(request: HttpRequest, visit_id: int, body: ResultIn) -> Any:
    """What came of it. Solved gives the client his result; otherwise the next visit is part of it."""
    queries.get(caller(request), visit_id)
    actions.finish(visit_id=visit_id, by=caller(request), **body.dict())
    return 200, _done(request, visit_id)


@router.post("/visits/{visit_id}/move", response=VisitOut, auth=scope("desk.work"))
@once
def move(request: HttpRequest, visit_id: int, body: MoveIn) -> Any:
    """Another time; returns the new appointment. The client reads why."""
    queries.get(caller(request), visit_id)
    made = actions.move(visit_id=visit_id, by=caller(request), when=body.when, reason=body.reason)
    return 200, _done(request, made.pk)


@router.post("/visits/{visit_id}/cancellation", response=VisitOut, auth=scope("desk.work"))
@once
def cancel(request: HttpRequest, visit_id: int, body: CancelIn) -> Any:
    """Nobody goes; the client reads why, and the case stays open."""
    queries.get(caller(request), visit_id)
    actions.cancel(visit_id=visit_id, by=caller(request), reason=body.reason)
    return 200, _done(request, visit_id)
