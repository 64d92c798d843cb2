"""What is said in a case: replies, notes, and what the client writes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from maitian.core import rulebook
from maitian.core.time import shanghai
from maitian.desk.actions import clocks
from maitian.desk.actions.common import lock, record, text_of, touch, write
from maitian.desk.actions.moving import reopen_locked, set_state
from maitian.desk.errors import MoveNotAllowed, NamedCannotHandle
from maitian.desk.models import Case, CaseState, Draft, Entry, Named, Watch
from maitian.desk.queries.base import survivor_of
from maitian.desk.rules.clocks import ClockKind
from maitian.desk.rules.states import DONE, State, after_client_wrote
from maitian.staff.models import Member
from maitian.staff.notifications import notify


def refuse_named(case: Case, member: Member) -> None:
    """Somebody whom the complaint names keeps out of it (回避)."""
    if Named.objects.filter(case=case, member=member).exists():
        raise NamedCannotHandle(name=member.title)


def take_on(case: Case, by: Member) -> dict[str, object]:
    """Whoever first works on a case that nobody has takes it: owner, and responsible to its end (G16)."""
    changes: dict[str, object] = {}
    if case.owner_id is None:
        changes["owner"] = by
    if case.responsible_id is None:
        changes["responsible"] = by
    return changes


@transaction.atomic
def reply(
    *, case_id: int, by: Member, body: str, channel: str = "portal", reference: str = "",
    wait: str = "", at: datetime | None = None,
) -> Entry:  # fmt: skip
    """A public answer. It ends the waiting of the client: first or next answer are met, a pause for others ends.

    ``channel``: how it reached the client when it was not the portal (told on the phone, at the counter, …).
    ``wait``: the state to go to afterwards, ``waiting_client`` when the answer asks something.
    """
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    text = text_of(body)
    if case.state == State.CLOSED:
        raise MoveNotAllowed(before=CaseState(case.state).label, after=CaseState.OPEN.label)
    entry = write(
        case, Entry.Kind.REPLY, actor=by.actor, at=now, body=text, channel=channel, by=by, reference=reference
    )
    if case.state in (State.WAITING_CLIENT, State.WAITING_OTHERS):
        set_state(case, State.OPEN, at=now, actor=by.actor)
    clocks.stop(case, [ClockKind.ACKNOWLEDGE, ClockKind.FIRST_ANSWER, ClockKind.NEXT_ANSWER], now)
    touch(case, now, last_reply_at=now, **take_on(case, by))
    if wait and wait != case.state:
        set_state(case, wait, at=now, actor=by.actor)
    Draft.objects.filter(case=case, member=by, kind="reply").delete()
    record("case.replied", case, actor=by.actor, at=now, entry=entry, told=channel != "portal")
    return entry


@transaction.atomic
def note(*, case_id: int, by: Member, body: str, channel: str = "", at: datetime | None = None) -> Entry:
    """An internal note; the client never sees it and no clock of his stops."""
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    entry = write(case, Entry.Kind.NOTE, actor=by.actor, at=now, body=text_of(body), channel=channel, by=by)
    touch(case, now)
    Draft.objects.filter(case=case, member=by, kind="note").delete()
    record("case.noted", case, actor=by.actor, at=now, entry=entry)
    return entry


@transaction.atomic
def client_wrote(
    *, case_id: int, body: str, channel: str, actor: str, by: Member | None = None, reference: str = "",
    at: datetime | None = None,
) -> Entry:  # fmt: skip
    """Words of the client in his case, whichever way they came. A pause ends; what was done opens again.

    A case that was merged passes the words on to the one it lives on in: what a client says is never refused for
    our own housekeeping. ``by``: the member who wrote down what the client said (phone, counter).
    """
    asked = Case.objects.select_related("merged_into").filter(pk=case_id).first()
    if asked is not None and asked.merged_into_id is not None:
        case_id = survivor_of(asked).pk
    case = lock(case_id)
    now = at or timezone.now()
    entry = write(
        case,
        Entry.Kind.CLIENT,
        actor=actor,
        at=now,
        body=text_of(body),
        channel=channel,
        by=by,
        reference=reference,
    )
    changes: dict[str, object] = {"last_client_at": now}
    after = after_client_wrote(case.state)
    if case.state in DONE:
        reopen_locked(case, at=now, actor=actor)
        changes |= {"state": case.state}
    elif after != case.state:
        set_state(case, after, at=now, actor=actor)
    if case.last_reply_at is not None:
        waiting = {clock.kind for clock in clocks.open_clocks(case)}
        if not waiting & {ClockKind.FIRST_ANSWER, ClockKind.NEXT_ANSWER}:
            clocks.start_by_rule(case, ClockKind.NEXT_ANSWER, now, severity=clocks.severity_of(case))
    touch(case, now, **changes)
    told = {m for m in (case.owner_id, case.responsible_id) if m} | set(
        Watch.objects.filter(case=case).values_list("member_id", flat=True)
    )
    notify(
        told - ({by.pk} if by else set()), "desk.client_wrote",
        facts={"ref": case.ref, "kind": case.kind.name, "kind_en": case.kind.name_en}, url=f"/desk/{case.ref}/", at=now,
    )  # fmt: skip
    record("case.client_wrote", case, actor=actor, at=now, entry=entry)
    return entry


def may_still_reopen(case: Case, now: datetime) -> bool:
    """Whether words of the client reopen a closed case; later they open a new one that follows it."""
    if case.state != State.CLOSED or case.closed_at is None:
        return True
    days = rulebook.at(now, book=case.book).desk.reopen_days
    return (shanghai(now).date() - shanghai(case.closed_at).date()).days <= days


@transaction.atomic
def plan_stated(*, case_id: int, by: Member, entry: Entry, at: datetime | None = None) -> None:
    """The answer just given says what we are going to do and by when: the clock of the plan is met."""
    case = lock(case_id)
    now = at or entry.at
    clocks.stop(case, [ClockKind.PLAN], now)
    record("case.planned", case, actor=by.actor, at=now, entry=entry)
