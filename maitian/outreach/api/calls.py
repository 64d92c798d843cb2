"""Calls to make and their results; texts that came in."""

from datetime import datetime, timedelta
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Router, Schema

from maitian.clients.models import InboundText
from maitian.outreach import actions, calls, texts
from maitian.outreach.models import CallTask
from maitian.outreach.queries import replies
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller, page
from maitian.staff.idempotency import once

router = Router(tags=["outreach"])
COUNTED_DAYS = 7


class CallOut(Schema):
    id: int
    client_id: int
    event_id: int
    title: str
    queue: str
    member_id: int | None
    due_at: datetime | None
    state: str
    attempts: int
    result: str
    note: str


def _call(task: CallTask) -> dict[str, Any]:
    return {
        "id": task.pk, "client_id": task.client_id, "event_id": task.event_id, "title": task.event.title, "queue": task.queue,
        "member_id": task.member_id, "due_at": task.due_at, "state": task.state, "attempts": task.attempts, "result": task.result, "note": task.note,
    }  # fmt: skip


@router.get("/calls", response=list[CallOut], auth=scope("calls.make"))
def list_calls(request: HttpRequest, limit: int = 50) -> Any:
    """Open calls of the token's owner, the most urgent first (at most 100)."""
    return [_call(task) for task in calls.tasks_of(caller(request))[: max(1, min(limit, 100))]]


@router.get("/calls/tallies", response=list[dict[str, Any]], auth=scope("calls.make"))
def list_tallies(request: HttpRequest) -> Any:
    """By manager: open and late now, tries and people reached in seven days. ``member_id`` null is the hotline's queue."""
    since = timezone.now() - timedelta(days=COUNTED_DAYS)
    return [
        {
            "member_id": t.member.pk if t.member else None, "open": t.open, "overdue": t.overdue, "attempted": t.attempted, "reached": t.reached,
            "done": t.done,
        }
        for t in calls.tallies(caller(request), since)
    ]  # fmt: skip


class CallDetail(CallOut):
    words: str = Field(description="what to say")


@router.get("/calls/{task_id}", response=CallDetail, auth=scope("calls.make"))
def get_call(request: HttpRequest, task_id: int) -> Any:
    """One call with what to say. The number is a reveal of its own (``/clients/{id}/reveals``)."""
    task = calls.get_task(caller(request), task_id)
    entry = task.event.texts.get("call")
    words = texts.rendered(entry, task.event_id, [task.client_id]).get(task.client_id, "") if entry else ""
    return _call(task) | {"words": words}


class ResultIn(Body):
    result: Literal["reached", "promised", "refused", "no_answer", "wrong_number"]
    note: str = Field("", max_length=300)


@router.post("/calls/{task_id}/results", response={200: CallOut}, auth=scope("calls.make"))
@once
def note_result(request: HttpRequest, task_id: int, body: ResultIn) -> Any:
    """What came of one try: nobody there leaves the call open, everything else ends it."""
    member = caller(request)
    task = calls.get_task(member, task_id)
    return 200, _call(calls.note_call(task.pk, result=body.result, note=body.note, actor=member.actor))


class ReplyOut(Schema):
    id: int
    client_id: int | None
    at: datetime
    meaning: str
    text: str
    event_id: int | None
    answered_at: datetime | None


@router.get("/replies", response=list[ReplyOut], auth=scope("clients.view"))
def list_replies(
    request: HttpRequest,
    response: HttpResponse,
    meaning: str = "open",
    before: int | None = None,
    limit: int = 50,
) -> Any:
    """Texts from clients whom the token's owner may see, newest first; ``open`` are questions without an answer."""
    found = replies.replies(caller(request), open_only=meaning == "open", meaning=meaning).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows: list[InboundText] = page(request, response, found, limit, lambda row: row.pk, "before")
    answers = replies.answers(rows)
    return [
        {
            "id": row.pk, "client_id": row.client_id, "at": row.at, "meaning": row.meaning, "text": str(row.text), "event_id": row.event_id,
            "answered_at": answers[row.pk].at if row.pk in answers else None,
        }
        for row in rows
    ]  # fmt: skip


class AnswerIn(Body):
    way: Literal["phone", "message", "counter", "case"]
    note: str = Field("", max_length=200)


@router.post("/replies/{text_id}/answers", response={200: dict[str, Any]}, auth=scope("calls.make"))
@once
def answer(request: HttpRequest, text_id: int, body: AnswerIn) -> Any:
    """Note how a client's question was answered."""
    member = caller(request)
    text = replies.reply(member, text_id)
    actions.answer_reply(text.pk, way=body.way, note=body.note, actor=member.actor)
    return 200, {"id": text.pk, "answered": True}
