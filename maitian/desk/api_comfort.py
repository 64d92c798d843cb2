"""API of what saves hands: saved views, phrases, macros, many cases at once; and the board."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema

from maitian.core.errors import NotFound
from maitian.desk import queries
from maitian.desk.actions import comfort, marking, people
from maitian.desk.errors import BulkUnknown
from maitian.desk.models import Macro, Phrase, SavedView
from maitian.desk.queries import Filters
from maitian.staff.access import scope
from maitian.staff.idempotency import once
from maitian.staff.models import Member

router = Router(tags=["desk"])
TEAMS = "marketing|service|business|wealth|management"


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


class ViewOut(Schema):
    id: int
    name: str
    filters: dict[str, str] = Field(description="the parameters of GET /cases")


class ViewIn(Schema):
    name: str = Field(max_length=20)
    filters: dict[str, str] = Field(
        description="the parameters of GET /cases; what means nothing is left out"
    )


def _view(view: SavedView) -> dict[str, Any]:
    return {"id": view.pk, "name": view.name, "filters": view.filters}


@router.get("/case-views", response=list[ViewOut], auth=scope("desk.view"))
def list_views(request: HttpRequest) -> Any:
    """The lists that the token's owner keeps."""
    return [_view(view) for view in SavedView.objects.filter(member=_member(request))]


@router.post("/case-views", response={201: ViewOut}, auth=scope("desk.view"))
@once
def save_view(request: HttpRequest, body: ViewIn) -> Any:
    """Keep a list under a name; the same name again means the new filters."""
    kept = comfort.save_view(member=_member(request), name=body.name, filters=Filters.read(body.filters))
    return 201, _view(kept)


@router.delete("/case-views/{view_id}", response={204: None}, auth=scope("desk.view"))
def forget_view(request: HttpRequest, view_id: int) -> Any:
    comfort.forget_view(member=_member(request), view_id=view_id)
    return 204, None


class PhraseOut(Schema):
    id: int
    moment: str
    name: str
    body: str
    active: bool


class PhraseIn(Schema):
    id: int | None = Field(None, description="of the phrase that is changed; left out for a new one")
    moment: str = Field(pattern="^(opening|listening|telling|refusing|closing)$")
    name: str = Field(max_length=30)
    body: str = Field(max_length=2000, description="blanks: {client}, {me}, {ref}, {due}")
    active: bool = True


def _phrase(phrase: Phrase) -> dict[str, Any]:
    return {name: getattr(phrase, name) for name in ("id", "moment", "name", "body", "active")}


@router.get("/phrases", response=list[PhraseOut], auth=scope("desk.view"))
def list_phrases(request: HttpRequest) -> Any:
    """The branch's phrases, in the order of a talk."""
    return [_phrase(phrase) for phrase in queries.comfort.phrases(_member(request), active=False)]


@router.post("/phrases", response={201: PhraseOut}, auth=scope("desk.lead"))
@once
def save_phrase(request: HttpRequest, body: PhraseIn) -> Any:
    kept = comfort.save_phrase(
        by=_member(request), phrase_id=body.id, moment=body.moment, name=body.name, body=body.body, active=body.active,
    )  # fmt: skip
    return 201, _phrase(kept)


class MacroIn(Schema):
    id: int | None = Field(None, description="of the macro that is changed; left out for a new one")
    name: str = Field(max_length=30)
    name_en: str = Field("", max_length=40)
    take: bool = False
    tag: str = Field("", max_length=30)
    priority: int | None = Field(None, ge=0, le=3)
    note: str = Field("", max_length=2000)
    answer: str = Field("", max_length=2000)
    then: str = Field("", pattern="^(waiting_client|waiting_others|solved|answered)?$")
    team: str = Field("", pattern=f"^({TEAMS})?$")
    active: bool = True


class MacroOut(MacroIn):
    id: int | None


FIELDS = ("id", "name", "name_en", "take", "tag", "priority", "note", "answer", "then", "team", "active")


def _macro(macro: Macro) -> dict[str, Any]:
    return {name: getattr(macro, name) for name in FIELDS}


@router.get("/macros", response=list[MacroOut], auth=scope("desk.view"))
def list_macros(request: HttpRequest) -> Any:
    """Several acts as one, as the branch has set them up."""
    return [_macro(macro) for macro in queries.comfort.macros(_member(request), active=False)]


@router.post("/macros", response={201: MacroOut}, auth=scope("desk.lead"))
@once
def save_macro(request: HttpRequest, body: MacroIn) -> Any:
    values = body.dict()
    values["priority"] = "" if body.priority is None else body.priority
    return 201, _macro(comfort.save_macro(by=_member(request), macro_id=body.id, values=values))


class BulkIn(Schema):
    refs: list[str] = Field(max_length=comfort.MOST_CHOSEN)
    what: str = Field(pattern="^(take|watch|tag|priority|assign|macro)$")
    tag: str = Field("", max_length=30)
    priority: int | None = Field(None, ge=0, le=3)
    member_id: int | None = None
    team: str = Field("", pattern=f"^({TEAMS})?$")
    macro_id: int | None = None


class BulkOut(Schema):
    done: list[str]
    refused: list[dict[str, str]] = Field(description="the cases that refused it, each with its reason")


def _act(member: Member, body: BulkIn) -> Callable[[int], Any]:
    if body.what == "take":
        return lambda pk: people.take(case_id=pk, by=member)
    if body.what == "watch":
        return lambda pk: people.watch(case_id=pk, member=member)
    if body.what == "tag" and body.tag.strip():
        return lambda pk: marking.tag(case_id=pk, by=member, name=body.tag)
    if body.what == "priority" and body.priority is not None:
        priority = body.priority
        return lambda pk: marking.set_priority(case_id=pk, by=member, priority=priority)
    if body.what == "assign" and (body.team or body.member_id is not None):
        return lambda pk: people.assign(case_id=pk, by=member, member_id=body.member_id, team=body.team)
    macro = queries.comfort.macro(member, body.macro_id or 0) if body.what == "macro" else None
    if macro is not None:
        return lambda pk: comfort.run_macro(macro=macro, case_id=pk, by=member)
    raise BulkUnknown()


@router.post("/cases/bulk", response={200: BulkOut}, auth=scope("desk.work"))
@once
def bulk(request: HttpRequest, body: BulkIn) -> Any:
    """One act on each case by itself: what one refuses does not hold up the others."""
    member = _member(request)
    done = comfort.in_bulk(refs=body.refs, by=member, act=_act(member, body))
    return 200, {"done": done.done, "refused": [{"ref": ref, "why": why} for ref, why in done.refused]}


class MacroRunIn(Schema):
    macro_id: int


@router.post("/cases/{ref}/macro", response={200: dict[str, str]}, auth=scope("desk.work"))
@once
def run_macro(request: HttpRequest, ref: str, body: MacroRunIn) -> Any:
    """Every act of the macro, or none."""
    member = _member(request)
    case = queries.get_visible(member, ref)
    macro = queries.comfort.macro(member, body.macro_id)
    if macro is None:
        raise NotFound()
    comfort.run_macro(macro=macro, case_id=case.pk, by=member)
    found = queries.find(ref)
    assert found is not None
    return 200, {"ref": found.ref, "state": found.state}


class PersonOut(Schema):
    member: int | None = Field(description="empty: the centre's queue")
    open: int
    late: int


class NextOut(Schema):
    case: str
    clock: str
    due_at: datetime
    provisional: bool = Field(description="past the published calendar; it may move with the next one")


class CentreOut(Schema):
    team: str
    open: int
    queue: int
    late: int
    waiting: int
    resolved: int
    next: NextOut | None = Field(description="the next deadline of the centre")
    people: list[PersonOut]


@router.get("/case-board", response=list[CentreOut], auth=scope("desk.board"))
def case_board(request: HttpRequest) -> Any:
    """The open work of each centre that the caller may see: by state, by person, what is late and what is due next."""
    return [
        {
            "team": team["code"], **{name: team[name] for name in ("open", "queue", "late", "waiting", "resolved")},
            "next": {"case": clock.case.ref, "clock": clock.kind, "due_at": clock.due_at, "provisional": clock.provisional}
            if (clock := team["coming"]) is not None else None,
            "people": [{"member": p["member"].pk if p["member"] else None, "open": p["open"], "late": p["late"]} for p in team["people"]],
        }
        for team in queries.board(_member(request), timezone.now())
    ]  # fmt: skip
