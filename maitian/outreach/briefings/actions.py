"""Writes of briefings: drafts, maker and checker, seats, the door, and what follows. What the clock does is at the end."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from maitian.clients import conditions
from maitian.core import ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError, NotFound, SameMakerAndChecker
from maitian.outreach import actions as outreach
from maitian.outreach.actions.events import day_words
from maitian.outreach.briefings import rules
from maitian.outreach.briefings.errors import (
    BriefingChanged,
    BriefingFieldWrong,
    BriefingPast,
    BriefingState,
    CameAlready,
    CodeUnknown,
    DoorClosed,
    NobodyToCall,
    NoSeat,
    NotesMissing,
    NotSignedUp,
    OtherBriefing,
    ReasonMissing,
    SeatsTooFew,
    SignUpClosed,
)
from maitian.outreach.briefings.models import Briefing, Guest
from maitian.outreach.models import Event, Topic
from maitian.staff.access import PERMISSIONS
from maitian.staff.models import Member
from maitian.staff.notifications import notify

log = logging.getLogger(__name__)
ACTOR = "system:worker"
KIND = "briefing"
State = Briefing.State
FIELDS = ("title", "summary", "speaker", "place", "starts_at", "ends_at", "sign_up_by", "seats", "audience")
GROUPS = ("attended", "missed", "asked")


def locked(briefing_id: int) -> Briefing:
    """The briefing, locked until commit: all that takes or frees a seat goes through it."""
    found = Briefing.objects.select_for_update().filter(pk=briefing_id).first()
    if found is None:
        raise NotFound()
    return found


def _want(item: Briefing, states: set[str], zh: str, en: str) -> None:
    if item.state in states:
        return
    with override("zh-hans"):
        words = str(item.get_state_display())
    with override("en"):
        raise BriefingState(
            state=words, state_en=str(item.get_state_display()), wanted=zh, wanted_en=en
        ) from None


def when_words(moment: datetime) -> str:
    """``11月26日 14:00``, as texts to clients say it."""
    return f"{day_words(moment)} {business_time.shanghai(moment):%H:%M}"


def _facts(item: Briefing) -> dict[str, Any]:
    return {"name": item.title, "when": when_words(item.starts_at), "place": item.place}


def _note(kind: str, item: Briefing, actor: str, client_id: int | None = None, **facts: Any) -> None:
    ledger.record(
        kind,
        actor=actor,
        client_id=client_id,
        object_kind=KIND,
        object_id=item.pk,
        facts={**_facts(item), **facts},
    )
    live.notify(f"briefing-{item.pk}", kind.partition(".")[2])


def _note_many(kind: str, item: Briefing, actor: str, clients: Iterable[int]) -> None:
    ledger.record_many(
        {"kind": kind, "actor": actor, "client_id": client, "object_kind": KIND, "object_id": item.pk, "facts": _facts(item)}
        for client in clients
    )  # fmt: skip


# --- drafts, maker and checker -------------------------------------------------------------------------------


def _check(values: Mapping[str, Any]) -> None:
    def wrong(field: str, zh: str, en: str) -> None:
        raise BriefingFieldWrong(field, what=zh, what_en=en)

    for name, zh, en in (
        ("title", "请写题目。", "Write the title."),
        ("summary", "请写讲什么，客户靠它决定来不来。", "Write what it is about: clients decide by it."),
        ("speaker", "请写谁来讲。", "Write who speaks."),
        ("place", "请写地点。", "Write the place."),
    ):
        if not str(values[name]).strip():
            wrong(name, zh, en)
    if not 1 <= values["seats"] <= rulebook.at().outreach.briefings.seats_max:
        wrong("seats", "座位从 1 个到规则手册的上限。", "Seats go from 1 to the rulebook's limit.")
    if values["ends_at"] <= values["starts_at"]:
        wrong("ends_at", "结束要晚于开始。", "The end is later than the beginning.")
    if values["sign_up_by"] > values["starts_at"]:
        wrong("sign_up_by", "报名截止不能晚于开始。", "Sign-up ends at the beginning at the latest.")


@transaction.atomic
def save(
    briefing_id: int | None, values: Mapping[str, Any], *, actor: str, revision: int | None = None
) -> Briefing:
    """A new draft, or a draft changed. ``revision``: what the form was opened with; another one is refused."""
    now = timezone.now()
    _check(values)
    audience = conditions.check(values["audience"]) if values["audience"] else {}
    outreach.refuse_advice(f"{values['title']}\n{values['summary']}")
    if briefing_id is None:
        item = Briefing(maker=actor, made_at=now)
    else:
        item = locked(briefing_id)
        _want(item, {State.DRAFT}, "改", "change it")
        if revision is not None and revision != item.revision:
            raise BriefingChanged()
        item.revision += 1
    for name in FIELDS:
        setattr(item, name, values[name].strip() if isinstance(values[name], str) else values[name])
    item.audience = audience
    item.changed_at = now
    item.save()
    _note("briefing.saved", item, actor)
    return item


@transaction.atomic
def propose(briefing_id: int, *, actor: str) -> Briefing:
    """Hand a draft to the checker."""
    item = locked(briefing_id)
    _want(item, {State.DRAFT}, "提交", "hand it in")
    now = timezone.now()
    if item.starts_at <= now:
        raise BriefingPast()
    item.state, item.proposer, item.proposed_at = State.PROPOSED, actor, now
    item.reason, item.checker, item.checked_at = "", "", None
    item.save()
    _note("briefing.proposed", item, actor)
    roles = [role for role, permissions in PERMISSIONS.items() if "briefings.approve" in permissions]
    checkers = Member.objects.filter(role__in=roles, active=True).values_list("pk", flat=True)
    _tell((pk for pk in checkers if actor != f"member:{pk}"), "outreach.briefing_proposed", item)
    return item


def _tell(members: Iterable[int], kind: str, item: Briefing, **facts: Any) -> None:
    notify(
        list(members),
        kind,
        facts={"name": item.title, **facts},
        url=reverse("outreach:briefing", args=[item.pk]),
    )


def _people(item: Briefing) -> list[int]:
    return [int(actor[7:]) for actor in {item.maker, item.proposer} if actor.startswith("member:")]


@transaction.atomic
def approve(briefing_id: int, *, actor: str) -> Briefing:
    """Open it for sign-up. Nobody is invited yet: that is a send of its own."""
    item = locked(briefing_id)
    _want(item, {State.PROPOSED}, "复核", "approve it")
    if actor in (item.maker, item.proposer):
        raise SameMakerAndChecker()
    now = timezone.now()
    if item.starts_at <= now:
        raise BriefingPast()
    item.state, item.checker, item.checked_at = State.OPEN, actor, now
    item.save()
    _note("briefing.opened", item, actor)
    _tell(_people(item), "outreach.briefing_opened", item)
    return item


@transaction.atomic
def refuse(briefing_id: int, *, reason: str, actor: str) -> Briefing:
    """Send it back to its makers; it is a draft again."""
    item = locked(briefing_id)
    _want(item, {State.PROPOSED}, "退回", "send it back")
    if not reason.strip():
        raise ReasonMissing()
    item.state, item.reason = State.DRAFT, reason.strip()[:300]
    item.revision += 1
    item.save()
    _note("briefing.refused", item, actor, reason=item.reason)
    _tell(_people(item), "outreach.briefing_refused", item, reason=item.reason)
    return item


@transaction.atomic
def withdraw(briefing_id: int, *, actor: str) -> Briefing:
    """Take a proposal back to the draft."""
    item = locked(briefing_id)
    _want(item, {State.PROPOSED}, "收回", "take it back")
    item.state = State.DRAFT
    item.revision += 1
    item.save()
    _note("briefing.withdrawn", item, actor)
    return item


# --- invitation ------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(briefing_id: int, *, actor: str) -> Event:
    """The invitation, decided and not sent: the event's page shows who gets it and why others do not, and sends."""
    item = locked(briefing_id)
    _want(item, {State.OPEN}, "邀请", "invite")
    if item.sign_up_by <= timezone.now():
        raise SignUpClosed()
    event = _event(item, "briefing_invitation", KIND, item.pk, actor, signature=f"invitation:{item.moves}")
    if event.state == Event.State.DRAFT:
        Event.objects.filter(pk=event.pk).update(expires_at=item.sign_up_by)
        event = outreach.decide(event.pk, actor=actor)
        _note("briefing.invited", item, actor)
    return event


def _event(
    item: Briefing,
    topic: str,
    object_kind: str,
    object_id: int,
    actor: str,
    *,
    signature: str,
    **facts: Any,
) -> Event:
    return outreach.make_event(
        Topic.objects.get(code=topic), object_kind=object_kind, object_id=object_id, title=item.title, maker=actor, at_once=True,
        fact_key=f"briefing:{item.pk}:{signature}",
        facts={
            "text": "", "briefing": item.pk, "summary": item.summary, "speaker": item.speaker, "place": item.place, "seats": str(item.seats),
            "when": when_words(item.starts_at), "sign_up_by": when_words(item.sign_up_by), "link": f"/portal/briefings/{item.pk}/", **facts,
        },
    )  # fmt: skip


def invitation_of(item: Briefing) -> Event | None:
    """The invitation's event, ``None`` before anybody was invited."""
    return Event.objects.filter(
        topic__code="briefing_invitation", object_kind=KIND, object_id=item.pk
    ).first()


# --- seats -----------------------------------------------------------------------------------------------------


def _taken(item: Briefing) -> int:
    return item.guests.filter(state=Guest.State.SEATED).count()


@transaction.atomic
def sign_up(
    briefing_id: int, client_id: int, *, actor: str, question: str = "", at_the_door: bool = False
) -> Guest:
    """A seat, or a place on the waiting list. Who has one already keeps it. Access is checked by the caller.

    ``at_the_door``: a colleague brings somebody after sign-up has closed.
    """
    item = locked(briefing_id)
    _want(item, {State.OPEN}, "报名", "sign up")
    now = timezone.now()
    if now >= (item.ends_at if at_the_door else item.sign_up_by):
        raise SignUpClosed()
    guest = item.guests.filter(client_id=client_id).first()
    if guest is not None and guest.state != Guest.State.GONE:
        return guest
    if guest is None:
        guest = Guest(briefing=item, client_id=client_id, code=_new_code())
    free = _taken(item) < item.seats
    guest.state = Guest.State.SEATED if free else Guest.State.WAITING
    guest.signed_at, guest.signed_by, guest.gone_at = now, actor, None
    guest.seated_at = now if free else None
    guest.question = question.strip()[:200]
    guest.save()
    told = {"told": True} if at_the_door else {}
    _note("briefing.signed_up" if free else "briefing.waiting", item, actor, client_id, **told)
    return guest


def _new_code() -> str:
    while True:
        made = "".join(secrets.choice(rules.LETTERS) for _n in range(rules.CODE_LENGTH))
        if not Guest.objects.filter(code=made).exists():
            return made


@transaction.atomic
def leave(briefing_id: int, client_id: int, *, actor: str) -> Guest:
    """Give the seat back; the first who waits gets it."""
    item = locked(briefing_id)
    _want(item, {State.OPEN}, "退出", "leave")
    guest = item.guests.filter(client_id=client_id).exclude(state=Guest.State.GONE).first()
    if guest is None:
        raise NotSignedUp()
    if guest.came_at is not None:
        raise CameAlready(at=f"{business_time.shanghai(guest.came_at):%H:%M}")
    guest.state, guest.gone_at, guest.seated_at = Guest.State.GONE, timezone.now(), None
    guest.save()
    _note("briefing.left", item, actor, client_id)
    _fill(item, actor=ACTOR)
    return guest


def _fill(item: Briefing, *, actor: str) -> None:
    """Seats that are free go to those who wait, in the order in which they came. Not after the beginning."""
    now = timezone.now()
    if now >= item.starts_at:
        return
    waiting = item.guests.filter(state=Guest.State.WAITING).order_by("signed_at", "pk")
    n = rules.to_seat(item.seats, _taken(item), waiting.count())
    for guest in waiting[:n]:
        guest.state, guest.seated_at = Guest.State.SEATED, now
        guest.save(update_fields=["state", "seated_at"])
        _note("briefing.seated", item, actor, guest.client_id)


@transaction.atomic
def move(briefing_id: int, values: Mapping[str, Any], *, actor: str) -> Briefing:
    """Change seats, time or place of an open briefing; who signed up is told of a new time or place."""
    item = locked(briefing_id)
    _want(item, {State.OPEN}, "改时间、地点和座位", "change time, place and seats")
    _check({**{name: getattr(item, name) for name in FIELDS}, **values})
    if values["starts_at"] <= timezone.now():
        raise BriefingPast()
    taken = _taken(item)
    if values["seats"] < taken:
        raise SeatsTooFew(count=taken)
    moved = any(getattr(item, name) != values[name] for name in ("starts_at", "ends_at", "place"))
    for name in ("starts_at", "ends_at", "sign_up_by", "place", "seats"):
        setattr(item, name, values[name])
    item.changed_at = timezone.now()
    item.revision += 1
    if moved:
        item.moves += 1
        item.reminded_at = None
    item.save()
    _note("briefing.changed", item, actor)
    if moved:
        staying = item.guests.exclude(state=Guest.State.GONE).values_list("client_id", flat=True)
        _note_many("briefing.moved", item, actor, staying)
    _fill(item, actor=actor)
    return item


@transaction.atomic
def call_off(briefing_id: int, *, reason: str, actor: str) -> Briefing:
    """It does not take place: invitations that wait are stopped, and who signed up is told why."""
    item = locked(briefing_id)
    if item.state == State.CALLED_OFF:
        return item
    _want(item, {State.OPEN}, "取消", "call it off")
    if not reason.strip():
        raise ReasonMissing()
    outreach.refuse_advice(reason)
    item.state, item.reason, item.over_at = State.CALLED_OFF, reason.strip()[:300], timezone.now()
    item.save()
    for event in Event.objects.filter(facts__briefing=item.pk, state__in=["sending", "paused"]):
        outreach.control(event.pk, "stop", actor=actor)
    _note("briefing.called_off", item, actor, reason=item.reason)
    guests = item.guests.exclude(state=Guest.State.GONE).values_list("client_id", flat=True)
    _note_many("briefing.will_not_be", item, actor, guests)
    return item


# --- the door --------------------------------------------------------------------------------------------------


def guest_of_code(code: str) -> Guest | None:
    """Whose entry code it is."""
    return Guest.objects.select_related("briefing").filter(code=rules.code_in(code)).first()


@transaction.atomic
def let_in(
    briefing_id: int, *, actor: str, code: str = "", client_id: int | None = None
) -> tuple[Guest, bool]:
    """Check a guest in by code or client. Returns the guest and whether this was the first time: a second scan changes nothing."""
    item = locked(briefing_id)
    _want(item, {State.OPEN, State.HELD}, "签到", "check in")
    now = timezone.now()
    opens = rules.door_opens(item.starts_at, rulebook.at(now).outreach.briefings.door_minutes)
    if now < opens:
        raise DoorClosed(at=f"{business_time.shanghai(opens):%m-%d %H:%M}")
    guest = guest_of_code(code) if client_id is None else item.guests.filter(client_id=client_id).first()
    if guest is None:
        raise CodeUnknown() if client_id is None else NotSignedUp()
    if guest.briefing_id != item.pk:
        raise OtherBriefing(name=guest.briefing.title, when=when_words(guest.briefing.starts_at))
    guest = item.guests.select_for_update().get(pk=guest.pk)
    if guest.came_at is not None:
        return guest, False
    if guest.state != Guest.State.SEATED:
        if guest.state == Guest.State.GONE:
            raise NotSignedUp()
        if _taken(item) >= item.seats:
            raise NoSeat(count=item.seats)
        guest.state, guest.seated_at = Guest.State.SEATED, now
    guest.came_at, guest.let_in_by = now, actor
    guest.save()
    _note("briefing.came", item, actor, guest.client_id)
    return guest, True


@transaction.atomic
def undo_let_in(briefing_id: int, client_id: int, *, actor: str) -> Guest:
    """Take back a check-in that hit the wrong name. Bears repetition."""
    item = locked(briefing_id)
    _want(item, {State.OPEN}, "撤销签到", "take the check-in back")
    guest = item.guests.filter(client_id=client_id).first()
    if guest is None:
        raise NotSignedUp()
    if guest.came_at is not None:
        guest.came_at, guest.let_in_by = None, ""
        guest.save(update_fields=["came_at", "let_in_by"])
        _note("briefing.not_come", item, actor, client_id)
    return guest


# --- afterwards ------------------------------------------------------------------------------------------------


@transaction.atomic
def write_notes(briefing_id: int, text: str, *, actor: str) -> Event | None:
    """Publish the notes: guests read them in the portal. The first time everybody who had a seat is told."""
    item = locked(briefing_id)
    _want(item, {State.HELD}, "写纪要", "write notes")
    if not text.strip():
        raise NotesMissing()
    outreach.refuse_advice(text)
    first = item.notes_at is None
    item.notes, item.notes_by, item.notes_at = text.strip()[:8000], actor, timezone.now()
    item.save(update_fields=["notes", "notes_by", "notes_at"])
    _note("briefing.noted", item, actor)
    if not first:
        return None
    event = _event(item, "briefing_notes", "briefing_notes", item.pk, ACTOR, signature="notes", group="")
    return outreach.go(event, actor=ACTOR) or event


@transaction.atomic
def follow_up(briefing_id: int, group: str, words: str, *, actor: str) -> Event:
    """A call for the manager of each guest of a group, due within the rulebook's working days; once for each group."""
    item = locked(briefing_id)
    _want(item, {State.HELD}, "派跟进任务", "give follow-up tasks")
    if group not in GROUPS:
        raise NotFound()
    if not words.strip():
        raise BriefingFieldWrong("words", what="请写跟进时说什么。", what_en="Write what the call is about.")
    outreach.refuse_advice(words)
    number = item.pk * 10 + GROUPS.index(group)
    known = Event.objects.filter(
        topic__code="briefing_follow_up", object_kind="briefing_call", object_id=number
    ).first()
    if known is not None:
        return known
    if not in_group(item, group).exists():
        raise NobodyToCall()
    now = timezone.now()
    day = business_time.work_day_after(
        business_time.shanghai(now).date(), int(rulebook.at(now).outreach.briefings.follow_up_days)
    )
    due = datetime.combine(day, time(17, 0), business_time.SHANGHAI)
    event = _event(
        item, "briefing_follow_up", "briefing_call", number, actor, signature=f"call:{group}", group=group, text=words.strip()[:300],
        call_queue="manager", call_due=due.isoformat(),
    )  # fmt: skip
    event = outreach.decide(event.pk, actor=actor, allow_empty=True)
    wanted = outreach.sending_count(event)
    if wanted:
        event = outreach.send(event.pk, actor=actor, confirmed_count=wanted)
    else:
        Event.objects.filter(pk=event.pk).update(state=Event.State.DONE, done_at=now)
    _note("briefing.followed_up", item, actor, count=wanted)
    return event


def in_group(item: Briefing, group: str) -> Any:
    """The guests of a group: who came, who had a seat and did not come, who came with a question."""
    seated = item.guests.filter(state=Guest.State.SEATED)
    if group == "missed":
        return seated.filter(came_at=None)
    if group == "attended":
        return seated.filter(came_at__isnull=False)
    with_question = [guest.pk for guest in seated if guest.question]
    return seated.filter(pk__in=with_question)


# --- the clock -------------------------------------------------------------------------------------------------


def run() -> dict[str, int]:
    """Reminders whose moment has come, and briefings that are over; one that fails does not hold the others."""
    now = timezone.now()
    counts = {"reminded": 0, "held": 0}
    for name, found, step in (
        ("reminded", Briefing.objects.filter(state=State.OPEN, reminded_at=None, starts_at__gt=now), remind),
        ("held", Briefing.objects.filter(state=State.OPEN, ends_at__lte=now), hold),
    ):
        for pk in list(found.values_list("pk", flat=True)):
            try:
                counts[name] += step(pk, now)
            except DomainError:
                log.exception("briefing %s", pk)
    return counts


@transaction.atomic
def remind(briefing_id: int, now: datetime) -> bool:
    """The reminder of a briefing, once: to everybody who has a seat. Returns whether it was made now."""
    item = Briefing.objects.select_for_update(skip_locked=True).filter(pk=briefing_id).first()
    if item is None or item.state != State.OPEN or item.reminded_at is not None or now >= item.starts_at:
        return False
    clock = time.fromisoformat(str(rulebook.at(now).outreach.briefings.remind_at))
    if now < rules.remind_at(business_time.shanghai(item.starts_at), clock):
        return False
    item.reminded_at = now
    item.save(update_fields=["reminded_at"])
    event = _event(
        item, "briefing_reminder", "briefing_reminder", item.pk * 1000 + item.moves, ACTOR, signature=f"reminder:{item.moves}", group="",
    )  # fmt: skip
    Event.objects.filter(pk=event.pk).update(expires_at=item.starts_at)
    event.refresh_from_db()
    outreach.go(event, actor=ACTOR)
    return True


@transaction.atomic
def hold(briefing_id: int, now: datetime) -> bool:
    """After its end: who came and who did not stands, and its makers are asked for notes and follow-up."""
    item = Briefing.objects.select_for_update(skip_locked=True).filter(pk=briefing_id).first()
    if item is None or item.state != State.OPEN or now < item.ends_at:
        return False
    item.state, item.over_at = State.HELD, now
    item.save(update_fields=["state", "over_at"])
    missed: Sequence[int] = list(in_group(item, "missed").values_list("client_id", flat=True))
    came = in_group(item, "attended").count()
    _note("briefing.held", item, ACTOR, came=came, missed=len(missed))
    _note_many("briefing.missed", item, ACTOR, missed)
    _tell(_people(item), "outreach.briefing_held", item, came=came, missed=len(missed))
    return True
