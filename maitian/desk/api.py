"""API of the desk: cases, what is said in them, states, people, merging."""

import base64
import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.clients import queries as clients
from maitian.core.errors import NotFound
from maitian.desk import queries
from maitian.desk.actions import improvements as improving
from maitian.desk.actions import joining, marking, moving, people, talking
from maitian.desk.actions import promises as promising
from maitian.desk.actions.opening import CLIENT, open_case
from maitian.desk.models import Case, Clock, Improvement, Promise
from maitian.desk.queries import CaseList, Filters
from maitian.desk.queries.page import mark_provisional
from maitian.staff.access import scope
from maitian.staff.idempotency import once
from maitian.staff.models import Member

router = Router(tags=["desk"])
MOST = 100
CHANNELS = "portal|phone|counter|sms|email|visit|letter"


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


class CaseOut(Schema):
    ref: str
    kind: str
    state: str
    subject: str
    client_id: int | None
    team: str
    owner_id: int | None
    responsible_id: int | None
    priority: int
    channel: str
    net: str
    opened_at: datetime
    last_entry_at: datetime
    next_due_at: datetime | None = Field(description="the nearest deadline; null when nothing is due")
    merged_into: str | None


class CasePage(Schema):
    items: list[CaseOut]
    next: str | None = Field(description="give it as `after` for the next page; null at the end")


class ClockOut(Schema):
    kind: str
    state: str
    started_at: datetime
    due_at: datetime
    breached_at: datetime | None
    stopped_at: datetime | None
    provisional: bool = Field(
        description="the deadline lies past the published calendar and may move with the next one"
    )


class CaseWhole(CaseOut):
    form_version: int = Field(description="of the kind's form: the one with which the case was taken")
    answers: dict[str, Any]
    clocks: list[ClockOut]


class EntryOut(Schema):
    id: int
    kind: str
    at: datetime
    actor: str
    channel: str
    net: str
    body: str
    facts: dict[str, Any]


def _out(case: Case) -> dict[str, Any]:
    return {
        "ref": case.ref, "kind": case.kind.code, "state": case.state, "subject": case.subject, "client_id": case.client_id,
        "team": case.team, "owner_id": case.owner_id, "responsible_id": case.responsible_id, "priority": case.priority,
        "channel": case.channel, "net": case.net, "opened_at": case.opened_at, "last_entry_at": case.last_entry_at,
        "next_due_at": None if case.next_due_at.year == 9999 else case.next_due_at,
        "merged_into": case.merged_into.ref if case.merged_into is not None else None,
    }  # fmt: skip


def _whole(case: Case) -> dict[str, Any]:
    found = Clock.objects.filter(case=case).exclude(kind="auto_close").order_by("pk")
    return {
        **_out(case),
        "form_version": case.form_version,
        "answers": case.answers,
        "clocks": mark_provisional(list(found)),
    }


@router.get("/cases", response=CasePage, auth=scope("desk.view"))
def list_cases(
    request: HttpRequest, view: str = "open", q: str = "", kind: str = "", state: str = "", team: str = "", owner: str = "",
    channel: str = "", priority: str = "", level: str = "", tag: str = "", after: str = "", limit: int = 50,
) -> Any:  # fmt: skip
    """Cases that the token's owner may see: open work by its deadline, searches and finished work latest first."""
    filters = Filters.read(
        {"view": view, "q": q, "kind": kind, "state": state, "team": team, "owner": owner, "channel": channel,
         "priority": priority, "level": level, "tag": tag}
    )  # fmt: skip
    found = CaseList(_member(request), filters)
    limit = max(1, min(limit, MOST))
    rows = found.part(found.key, _read(after, found), limit + 1)
    more = len(rows) > limit
    rows = rows[:limit]
    return {"items": [_out(case) for case in rows], "next": _write(rows[-1], found) if more else None}


def _write(case: Case, found: CaseList) -> str:
    values = [getattr(case, name.lstrip("-")) for name in found.key]
    text = json.dumps([v.isoformat() if isinstance(v, datetime) else v for v in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(after: str, found: CaseList) -> list[Any] | None:
    """The place in the list that ``after`` names; something that no answer gave means the first page."""
    try:
        values = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return [found.fields[name.lstrip("-")](value) for name, value in zip(found.key, values, strict=True)]
    except (ValueError, TypeError, KeyError):
        return None


class CaseIn(Schema):
    client_id: int
    kind: str = Field(max_length=30)
    body: str
    subject: str = Field("", max_length=200)
    channel: str = Field("phone", pattern=f"^({CHANNELS})$")
    answers: dict[str, Any] = {}
    priority: int | None = Field(None, ge=0, le=3)
    tags: list[str] = Field([], max_length=20)
    reference: str = Field(
        "", max_length=80, description="your own number of the message; the same one twice is refused"
    )


@router.post("/cases", response={201: CaseOut}, auth=scope("desk.work"))
@once
def create_case(request: HttpRequest, body: CaseIn) -> Any:
    """Open a case for a client; it is routed and its clocks run."""
    member = _member(request)
    client = clients.get_visible(member, body.client_id, only=CLIENT)
    made = open_case(
        kind=body.kind, branch=member.branch, client=client, subject=body.subject, body=body.body, channel=body.channel,
        actor=member.actor, by=member, answers=body.answers, priority=body.priority, tags=body.tags, reference=body.reference,
    )  # fmt: skip
    return 201, made.as_row()


@router.get("/cases/{ref}", response=CaseWhole, auth=scope("desk.view"))
def get_case(request: HttpRequest, ref: str) -> Any:
    return _whole(queries.get_visible(_member(request), ref))


@router.get("/cases/{ref}/entries", response=list[EntryOut], auth=scope("desk.view"))
def entries(request: HttpRequest, ref: str, before: int | None = None, limit: int = 50) -> Any:
    """What was said and done, newest first, of the case and those merged into it."""
    case = queries.get_visible(_member(request), ref)
    return [line.entry for line in queries.lines(case, before=before, limit=max(1, min(limit, MOST)))]


class SayIn(Schema):
    body: str
    channel: str = Field("portal", pattern=f"^({CHANNELS})$")
    wait: str = Field("", pattern="^(waiting_client|waiting_others)?$")
    plan: bool = False


@router.post("/cases/{ref}/replies", response={201: EntryOut}, auth=scope("desk.work"))
@once
def reply(request: HttpRequest, ref: str, body: SayIn) -> Any:
    """Answer the client."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    with transaction.atomic():
        made = talking.reply(case_id=case.pk, by=member, body=body.body, channel=body.channel, wait=body.wait)
        if body.plan:
            talking.plan_stated(case_id=case.pk, by=member, entry=made)
    return 201, _entry(made)


def _entry(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.pk, "kind": entry.kind, "at": entry.at.isoformat(), "actor": entry.actor, "channel": entry.channel,
        "net": entry.net, "body": entry.body, "facts": entry.facts,
    }  # fmt: skip


class NoteIn(Schema):
    body: str


@router.post("/cases/{ref}/notes", response={201: EntryOut}, auth=scope("desk.work"))
@once
def note(request: HttpRequest, ref: str, body: NoteIn) -> Any:
    member = _member(request)
    return 201, _entry(talking.note(case_id=queries.get_visible(member, ref).pk, by=member, body=body.body))


class WordsIn(Schema):
    body: str
    channel: str = Field("phone", pattern=f"^({CHANNELS})$")
    reference: str = Field("", max_length=80)


@router.post("/cases/{ref}/client-words", response={201: EntryOut}, auth=scope("desk.work"))
@once
def client_words(request: HttpRequest, ref: str, body: WordsIn) -> Any:
    """Write down what the client said; a pause ends, a finished case opens again."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    made = talking.client_wrote(
        case_id=case.pk,
        body=body.body,
        channel=body.channel,
        actor=member.actor,
        by=member,
        reference=body.reference,
    )
    return 201, _entry(made)


class ResultIn(Schema):
    result: str = Field(pattern="^(solved|answered|refused|withdrawn)$")
    body: str
    channel: str = Field("portal", pattern=f"^({CHANNELS})$")


@router.post("/cases/{ref}/result", response={200: CaseOut}, auth=scope("desk.work"))
@once
def result(request: HttpRequest, ref: str, body: ResultIn) -> Any:
    """Give the client a definite result."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    moving.resolve(case_id=case.pk, by=member, result=body.result, body=body.body, channel=body.channel)
    return 200, _again(ref)


class StateIn(Schema):
    state: str = Field(pattern="^(open|waiting_client|waiting_others|closed|reopened)$")
    reason: str = Field("", max_length=200)


@router.post("/cases/{ref}/state", response={200: CaseOut}, auth=scope("desk.work"))
@once
def state(request: HttpRequest, ref: str, body: StateIn) -> Any:
    """Wait, go on, close, open again."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    if body.state == "closed":
        moving.close(case_id=case.pk, actor=member.actor)
    elif body.state == "reopened":
        moving.reopen(case_id=case.pk, actor=member.actor, reason=body.reason)
    else:
        moving.wait(case_id=case.pk, by=member, state=body.state, reason=body.reason)
    return 200, _again(ref)


def _again(ref: str) -> dict[str, Any]:
    """The case after the act, as JSON can carry it (an idempotent answer is stored)."""
    case = queries.find(ref)
    assert case is not None
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in _out(case).items()}


class AssignIn(Schema):
    member_id: int | None = None
    team: str = Field("", pattern="^(marketing|service|business|wealth|management)?$")
    reason: str = Field("", max_length=200)


@router.post("/cases/{ref}/assignment", response={200: CaseOut}, auth=scope("desk.work"))
@once
def assignment(request: HttpRequest, ref: str, body: AssignIn) -> Any:
    """Give the work to a member, or to a centre's queue."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    people.assign(case_id=case.pk, by=member, member_id=body.member_id, team=body.team, reason=body.reason)
    return 200, _again(ref)


@router.post("/cases/{ref}/take", response={200: CaseOut}, auth=scope("desk.work"))
@once
def take(request: HttpRequest, ref: str) -> Any:
    member = _member(request)
    people.take(case_id=queries.get_visible(member, ref).pk, by=member)
    return 200, _again(ref)


class HandOverIn(Schema):
    member_id: int
    reason: str = Field(max_length=200)


@router.post("/cases/{ref}/responsible", response={200: CaseOut}, auth=scope("desk.work"))
@once
def hand_over(request: HttpRequest, ref: str, body: HandOverIn) -> Any:
    """Hand over who answers for the case until its definite result."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    people.hand_over(case_id=case.pk, by=member, member_id=body.member_id, reason=body.reason)
    return 200, _again(ref)


class TagIn(Schema):
    name: str = Field(max_length=30)
    on: bool = True


@router.post("/cases/{ref}/tags", response={200: CaseOut}, auth=scope("desk.work"))
@once
def tag(request: HttpRequest, ref: str, body: TagIn) -> Any:
    member = _member(request)
    marking.tag(case_id=queries.get_visible(member, ref).pk, by=member, name=body.name, on=body.on)
    return 200, _again(ref)


class MergeIn(Schema):
    survivor: str = Field(max_length=20)


@router.post("/cases/{ref}/merge", response={200: CaseOut}, auth=scope("desk.work"))
@once
def merge(request: HttpRequest, ref: str, body: MergeIn) -> Any:
    """Make the case part of another one of the same client."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    survivor = queries.get_visible(member, body.survivor)
    joining.merge(case_id=case.pk, survivor_id=survivor.pk, by=member)
    return 200, _again(ref)


@router.post("/cases/{ref}/unmerge", response={200: CaseOut}, auth=scope("desk.work"))
@once
def unmerge(request: HttpRequest, ref: str) -> Any:
    """Undo a merge."""
    member = _member(request)
    joining.unmerge(case_id=queries.get_visible(member, ref).pk, by=member)
    return 200, _again(ref)


class PromiseOut(Schema):
    id: int
    client_id: int
    case: str | None
    keeper_id: int
    what: str
    due_at: datetime
    state: str = Field(description="open, kept or broken")
    made_at: datetime
    kept_at: datetime | None = Field(
        description="when it was done; of a broken one: when it was done after all"
    )
    moves: int


def _promise(promise: Promise) -> dict[str, Any]:
    return {
        "id": promise.pk, "client_id": promise.client_id, "case": promise.case.ref if promise.case else None,
        "keeper_id": promise.keeper_id, "what": promise.what, "due_at": promise.due_at.isoformat(), "state": promise.state,
        "made_at": promise.made_at.isoformat(), "kept_at": promise.kept_at.isoformat() if promise.kept_at else None, "moves": promise.moves,
    }  # fmt: skip


@router.get("/promises", response=list[PromiseOut], auth=scope("desk.view"))
def list_promises(request: HttpRequest, state: str = "open", mine: bool = True, limit: int = 50) -> Any:
    """What clients were promised: `state` is open, undone (its hour has passed), kept or broken."""
    found = queries.promises.listing(_member(request), state, mine=mine)
    return [_promise(promise) for promise in found[: max(1, min(limit, MOST))]]


class PromiseIn(Schema):
    client_id: int
    what: str = Field(max_length=200)
    due_at: datetime
    case: str = Field("", max_length=20, description="the case that it belongs to, if any")
    keeper_id: int | None = Field(None, description="who keeps it; the token's owner if left out")


@router.post("/promises", response={201: PromiseOut}, auth=scope("desk.work"))
@once
def make_promise(request: HttpRequest, body: PromiseIn) -> Any:
    """Write down what a client was promised."""
    member = _member(request)
    client = clients.get_visible(member, body.client_id)
    case = queries.get_visible(member, body.case) if body.case else None
    made = promising.make(
        client_id=client.pk, by=member, what=body.what, due_at=body.due_at, keeper_id=body.keeper_id, case_id=case.pk if case else None,
    )  # fmt: skip
    return 201, _promise(made)


@router.post("/promises/{promise_id}/kept", response={200: PromiseOut}, auth=scope("desk.work"))
@once
def keep_promise(request: HttpRequest, promise_id: int) -> Any:
    """It was done; after its hour it stays broken."""
    member = _member(request)
    found = queries.promises.get_visible(member, promise_id)
    return 200, _promise(promising.keep(promise_id=found.pk, by=member))


class PromiseMoveIn(Schema):
    due_at: datetime
    reason: str = Field(max_length=200)
    told: str = Field(description="what the client was told")
    channel: str = Field("phone", pattern=f"^({CHANNELS})$")


@router.post("/promises/{promise_id}/move", response={200: PromiseOut}, auth=scope("desk.work"))
@once
def move_promise(request: HttpRequest, promise_id: int, body: PromiseMoveIn) -> Any:
    """Move a promise that is not due yet, after the client was told."""
    member = _member(request)
    found = queries.promises.get_visible(member, promise_id)
    moved = promising.move(
        promise_id=found.pk,
        by=member,
        due_at=body.due_at,
        reason=body.reason,
        told=body.told,
        channel=body.channel,
    )
    return 200, _promise(moved)


class ImprovementOut(Schema):
    id: int
    kind: str = Field(description="corrective or preventive")
    title: str
    state: str = Field(description="open, planned, done or effective")
    team: str
    cause: str | None
    trend: bool
    owner_id: int | None
    root_cause: str
    action: str
    due_at: datetime
    check_at: datetime | None
    closed_at: datetime | None


def _improvement(item: Improvement) -> dict[str, Any]:
    moments = {name: getattr(item, name) for name in ("due_at", "check_at", "closed_at")}
    return {
        "id": item.pk, "kind": item.kind, "title": item.title, "state": item.state, "team": item.team,
        "cause": item.cause.code if item.cause else None, "trend": item.trend, "owner_id": item.owner_id, "root_cause": item.root_cause,
        "action": item.action, **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }  # fmt: skip


@router.get("/improvements", response=list[ImprovementOut], auth=scope("desk.view"))
def list_improvements(request: HttpRequest, state: str = "", limit: int = 50) -> Any:
    """Corrective and preventive actions: those that are not closed, or those of one state."""
    found = queries.improvements.listing(_member(request), state)
    return [_improvement(item) for item in found[: max(1, min(limit, MOST))]]


class ImprovementIn(Schema):
    case: str = Field(max_length=20)
    title: str = Field(max_length=120)
    kind: str = Field("corrective", pattern="^(corrective|preventive)$")
    team: str = Field("", pattern="^(marketing|service|business|wealth|management)?$")


@router.post("/improvements", response={201: ImprovementOut}, auth=scope("desk.lead"))
@once
def open_improvement(request: HttpRequest, body: ImprovementIn) -> Any:
    """A case shows that something must change."""
    member = _member(request)
    case = queries.get_visible(member, body.case)
    return 201, _improvement(
        improving.open_from_case(case_id=case.pk, by=member, title=body.title, kind=body.kind, team=body.team)
    )


class PlanIn(Schema):
    root_cause: str
    action: str
    owner_id: int
    due_at: datetime


@router.post("/improvements/{improvement_id}/plan", response={200: ImprovementOut}, auth=scope("desk.lead"))
@once
def plan_improvement(request: HttpRequest, improvement_id: int, body: PlanIn) -> Any:
    """Root cause, action, who takes it, by when."""
    member = _member(request)
    item = queries.improvements.get_visible(member, improvement_id)
    planned = improving.plan(
        improvement_id=item.pk, by=member, root_cause=body.root_cause, action=body.action, owner_id=body.owner_id, due_at=body.due_at
    )  # fmt: skip
    return 200, _improvement(planned)


class DoneIn(Schema):
    note: str


@router.post("/improvements/{improvement_id}/done", response={200: ImprovementOut}, auth=scope("desk.work"))
@once
def improvement_done(request: HttpRequest, improvement_id: int, body: DoneIn) -> Any:
    """The action was taken; its effect is looked at later."""
    member = _member(request)
    item = queries.improvements.get_visible(member, improvement_id)
    return 200, _improvement(improving.done(improvement_id=item.pk, by=member, note=body.note))


class CheckIn(Schema):
    passed: bool
    note: str


@router.post("/improvements/{improvement_id}/check", response={200: ImprovementOut}, auth=scope("desk.lead"))
@once
def check_improvement(request: HttpRequest, improvement_id: int, body: CheckIn) -> Any:
    """Whether it works: passed closes it, failed sends it back to be planned anew."""
    member = _member(request)
    item = queries.improvements.get_visible(member, improvement_id)
    return 200, _improvement(
        improving.check(improvement_id=item.pk, by=member, passed=body.passed, note=body.note)
    )


class ReportLine(Schema):
    what: str
    received: int
    resolved: int
    late: int
    reasonable: int
    amount: str = Field(description="CNY, refunded and compensated")


class ReportTable(Schema):
    title: str
    rows: list[ReportLine]


class ReportOut(Schema):
    year: int
    received: int
    accepted: int
    not_accepted: int
    resolved: int
    open: int
    late: int
    median_days: float | None
    in_time: float | None = Field(description="share of those that were not late, 0 to 1")
    satisfaction: float | None
    amount: str
    tables: list[ReportTable]


@router.get("/complaint-reports/{year}", response=ReportOut, auth=scope("desk.letters"))
def complaint_report(request: HttpRequest, year: int) -> Any:
    """The yearly report of complaints; no names and no words of anybody."""
    if not 1990 <= year <= 9998:
        raise NotFound()
    found = queries.report.yearly(_member(request), year)
    names = (
        "received",
        "accepted",
        "not_accepted",
        "resolved",
        "open",
        "late",
        "median_days",
        "in_time",
        "satisfaction",
    )
    return {
        "year": year, **{name: getattr(found.now, name) for name in names}, "amount": str(found.now.amount),
        "tables": [
            {"title": table.title, "rows": [
                {"what": what, "received": line.received, "resolved": line.resolved, "late": line.late, "reasonable": line.reasonable,
                 "amount": str(line.amount)} for what, line in table.rows]}
            for table in found.tables
        ],
    }  # fmt: skip
