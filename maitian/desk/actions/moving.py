"""States: waiting, definite result, closing, opening again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from maitian.core import rulebook
from maitian.desk.actions import clocks
from maitian.desk.actions.common import lock, record, text_of, touch, write
from maitian.desk.errors import ChildrenOpen, ComplaintNotReady, MoveNotAllowed, RatingWrong, ResultMissing
from maitian.desk.models import Case, CaseState, Complaint, Draft, Entry
from maitian.desk.queries.complaints import missing_for_answer
from maitian.desk.rules.clocks import DAY, ClockKind, Policy
from maitian.desk.rules.states import DONE, WAITING, WORKING, Result, State, may_move
from maitian.staff.models import Member
from maitian.staff.notifications import notify

ANSWERS = (
    ClockKind.ACKNOWLEDGE, ClockKind.FIRST_ANSWER, ClockKind.NEXT_ANSWER, ClockKind.ACCEPT, ClockKind.PLAN,
    ClockKind.RESOLUTION, ClockKind.CEILING,
)  # fmt: skip


STATE_WORDS: dict[str, tuple[str, str]] = {
    State.OPEN: ("处理中", "in progress"),
    State.REOPENED: ("重新处理", "reopened"),
    State.WAITING_CLIENT: ("等客户", "waiting for the client"),
    State.WAITING_OTHERS: ("等协办", "waiting for others"),
}


def check_move(case: Case, after: str) -> None:
    if not may_move(case.state, after):
        raise MoveNotAllowed(before=CaseState(case.state).label, after=CaseState(after).label)


def set_state(case: Case, after: str, *, at: datetime, actor: str, reason: str = "") -> None:
    """Move a locked case between the states of work: pauses begin and end, the change is written down."""
    before = case.state
    check_move(case, after)
    case.state = after
    case.save(update_fields=["state"])
    if after in WAITING:
        clocks.pause(case, after, at, actor=actor, reason=reason)
    else:
        clocks.resume(case, at)
    write(case, Entry.Kind.SYSTEM, actor=actor, at=at,
          facts={"what": "state", "before": before, "after": str(after), "reason": reason.strip()[:200]})  # fmt: skip


@transaction.atomic
def wait(*, case_id: int, by: Member, state: str, reason: str = "", at: datetime | None = None) -> Case:
    """Wait for the client or for others, or go on working."""
    case = lock(case_id)
    now = at or timezone.now()
    if state not in WORKING:
        raise MoveNotAllowed(before=CaseState(case.state).label, after=CaseState(state).label)
    set_state(case, state, at=now, actor=by.actor, reason=reason)
    touch(case, now)
    zh, en = STATE_WORDS[state]
    record("case.moved", case, actor=by.actor, at=now, state=zh, state_en=en)
    return case


@transaction.atomic
def resolve(
    *, case_id: int, by: Member, result: str, body: str, channel: str = "portal", at: datetime | None = None
) -> Case:
    """Give the client a definite result (G16) in words that he sees. The clocks of the case stop.

    A case that waited ends its hold first, so no hold time is lost; child cases must have their result.
    """
    from maitian.desk.actions.talking import refuse_named, take_on

    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    if result not in set(Result) or not body.strip():
        raise ResultMissing()
    check_move(case, State.RESOLVED)
    waiting = list(
        Case.objects.filter(parent=case, state__in=sorted(WORKING)).values_list("ref", flat=True)[:5]
    )
    if waiting:
        raise ChildrenOpen(refs="、".join(waiting))
    if case.kind.complaint:
        _check_complaint(case, result, body)
    clocks.resume(case, now)
    entry = write(
        case, Entry.Kind.REPLY, actor=by.actor, at=now, body=text_of(body), channel=channel, by=by,
        facts={"result": result},
    )  # fmt: skip
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
          facts={"what": "state", "before": case.state, "after": "resolved", "result": result})  # fmt: skip
    clocks.stop(case, ANSWERS, now)
    touch(
        case,
        now,
        state=State.RESOLVED,
        result=result,
        resolved_at=now,
        last_reply_at=now,
        **take_on(case, by),
    )
    _close_later(case, now)
    Draft.objects.filter(case=case, member=by, kind="reply").delete()
    record(
        "case.resolved", case, actor=by.actor, at=now, entry=entry, result=result, told=channel != "portal"
    )
    return case


def _check_complaint(case: Case, result: str, body: str) -> None:
    """A complaint's result rests on acceptance, finding, liability and an approved remedy; the main points of the
    answer are part of its record (T5)."""
    complaint = Complaint.objects.filter(case=case).first()
    if complaint is None:
        return
    lacking = missing_for_answer(complaint)
    if lacking and result != Result.WITHDRAWN:
        raise ComplaintNotReady(
            missing="；".join(zh for zh, _en in lacking), missing_en="; ".join(en for _zh, en in lacking)
        )
    if not complaint.answer_points:
        complaint.answer_points = body.strip()
        complaint.save(update_fields=["answer_points"])


def _close_later(case: Case, at: datetime) -> None:
    """A resolved case in which nothing happens closes by itself after some working days (rulebook)."""
    days = rulebook.at(at, book=case.book).desk.auto_close_days
    clocks.start(case, ClockKind.AUTO_CLOSE, Policy(ClockKind.AUTO_CLOSE, "working_days", DAY, days), at)


@transaction.atomic
def close(*, case_id: int, actor: str, at: datetime | None = None, why: str = "by_hand") -> Case:
    """End a case whose result the client has. ``why``: ``by_hand``, ``confirmed`` by the client, or ``quiet``."""
    case = lock(case_id)
    now = at or timezone.now()
    check_move(case, State.CLOSED)
    clocks.cancel(case, now, [ClockKind.AUTO_CLOSE])
    write(case, Entry.Kind.SYSTEM, actor=actor, at=now,
          facts={"what": "state", "before": case.state, "after": "closed", "why": why})  # fmt: skip
    touch(case, now, state=State.CLOSED, closed_at=now)
    record("case.closed", case, actor=actor, at=now, why=why)
    return case


def close_quietly(case_id: int, *, at: datetime) -> int:
    """What the sweep does with a resolved case after the days of quiet; 1 when it closed, 0 when it had moved on."""
    try:
        close(case_id=case_id, actor="system:clock", at=at, why="quiet")
    except MoveNotAllowed:
        return 0
    return 1


def reopen_locked(case: Case, *, at: datetime, actor: str, reason: str = "") -> None:
    """A locked case that was done is open again: its result counts no more, and a new time for one begins."""
    check_move(case, State.REOPENED)
    before = case.state
    clocks.cancel(case, at, [ClockKind.AUTO_CLOSE])
    case.state, case.result, case.resolved_at, case.closed_at = State.REOPENED, "", None, None
    case.reopened += 1
    case.save(update_fields=["state", "result", "resolved_at", "closed_at", "reopened"])
    severity = clocks.severity_of(case)
    for kind in (ClockKind.RESOLUTION, ClockKind.CEILING):
        clocks.start_by_rule(case, kind, at, severity=severity)
    write(case, Entry.Kind.SYSTEM, actor=actor, at=at,
          facts={"what": "state", "before": before, "after": "reopened", "reason": reason.strip()[:200]})  # fmt: skip


@transaction.atomic
def reopen(*, case_id: int, actor: str, reason: str = "", at: datetime | None = None) -> Case:
    """Open a resolved or closed case again; the clocks of its result start anew."""
    case = lock(case_id)
    now = at or timezone.now()
    reopen_locked(case, at=now, actor=actor, reason=reason)
    touch(case, now)
    told = {m for m in (case.owner_id, case.responsible_id) if m}
    notify(
        {m for m in told if actor != f"member:{m}"},
        "desk.reopened",
        facts={"ref": case.ref},
        url=f"/desk/{case.ref}/",
        at=now,
    )
    record("case.reopened", case, actor=actor, at=now)
    return case


@transaction.atomic
def rate(*, case_id: int, actor: str, satisfaction: int, at: datetime | None = None) -> Case:
    """The client's satisfaction, 1 to 5; a later answer replaces an earlier one, both stand in the ledger."""
    if isinstance(satisfaction, bool) or not 1 <= satisfaction <= 5:
        raise RatingWrong()
    case = lock(case_id)
    now = at or timezone.now()
    if case.state not in DONE:
        raise MoveNotAllowed(before=CaseState(case.state).label, after=CaseState.CLOSED.label)
    touch(case, now, satisfaction=satisfaction)
    record("case.rated", case, actor=actor, at=now, stars=satisfaction)
    return case
