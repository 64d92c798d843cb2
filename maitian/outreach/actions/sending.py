"""Sending what was decided, and stopping it: one event, or a whole topic."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core.errors import NotFound
from maitian.outreach import decision, rules
from maitian.outreach.actions import money
from maitian.outreach.actions.deciding import decide, locked, sending_count
from maitian.outreach.errors import (
    AdviceUnsigned,
    BudgetTaken,
    CountNotConfirmed,
    DecisionTooOld,
    NobodyToSendTo,
    TextTooLong,
    ToldMeanwhile,
    TopicOff,
    WrongState,
)
from maitian.outreach.models import Delivery, Event, Topic
from maitian.outreach.rules import CHANNELS

__all__ = ["MOVES", "control", "decide_and_send", "go", "pause_topic", "queue", "send", "sending_count"]

SYSTEM = "system:"  # actors that are no persons


@transaction.atomic
def send(event_id: int, *, actor: str, confirmed_count: int | None = None) -> Event:
    """Queue what was decided, block by block and channel by channel. A second call finds it under way."""
    event = locked(event_id)
    if event.state in (Event.State.SENDING, Event.State.DONE):
        return event
    if event.state != Event.State.DECIDED or event.decided_at is None:
        raise WrongState(state=event.get_state_display(), wanted="发送", wanted_en="send")
    now = timezone.now()
    values = rulebook.at(now)
    _check(event, now, values, actor, confirmed_count)
    queue(event)
    event.state, event.sent_by, event.sent_at = Event.State.SENDING, actor, now
    event.save(update_fields=["state", "sent_by", "sent_at"])
    ledger.record(
        "outreach.sent", actor=actor, object_kind="event", object_id=event.pk,
        facts={"title": event.title, "count": sending_count(event), "verdict_digest": event.verdict_digest},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('maitian_dispatch', %s)", [str(event.pk)])
    return event


def _check(
    event: Event, now: datetime, values: rulebook.Rules, actor: str, confirmed_count: int | None
) -> None:
    """What must hold at the moment of sending, however fresh the decision is."""
    topic = event.topic
    if not topic.active:
        raise TopicOff(name=topic.title)
    if topic.advice and not _licensed(event.signer):
        raise AdviceUnsigned()
    allowed = values.get("outreach.decision_valid")
    minutes = int((now - (event.decided_at or now)).total_seconds() // 60)
    if minutes > allowed:
        raise DecisionTooOld(minutes=minutes, allowed=allowed)
    count = sending_count(event)
    if not count:
        raise NobodyToSendTo()
    if (
        not actor.startswith(SYSTEM)
        and count > values.get("outreach.confirm_above")
        and confirmed_count != count
    ):
        raise CountNotConfirmed(count=count)
    money.lock()  # from here to commit nobody else spends or tells the same fact
    if (
        Event.objects.filter(fact_key=event.fact_key, sent_at__gte=event.decided_at)
        .exclude(pk=event.pk)
        .exclude(fact_key="")
        .exists()
    ):
        raise ToldMeanwhile()
    price = event.texts.get("sms", {}).get("price", 0)
    if price and not topic.critical:
        wanted = price * sum(n for byte, n in event.counts.items() if int(byte) & rules.SMS)
        if any(budget.left < wanted for budget in money.budgets(topic, now, values)):
            raise BudgetTaken()


def _licensed(signer: str) -> bool:
    """Whether an actor is an active adviser with a licence number (rules on advisers, art. 7)."""
    from maitian.staff.models import Member

    number = signer.removeprefix("member:")
    return (
        number.isdigit()
        and Member.objects.filter(pk=int(number), role="adviser", active=True)
        .exclude(licence_number="")
        .exists()
    )


def queue(event: Event) -> None:
    """One delivery per channel and block that has something for the channel."""
    waits = {channel: datetime.fromisoformat(until) for channel, until in event.deferred.items()}
    place = rules.priority(event.topic.message_class, event.topic.critical)
    rows = []
    for block, data in decision.blocks(event.pk):
        for number, name in enumerate(CHANNELS):
            count = int(((data & (1 << number)) > 0).sum())
            if count:
                later = waits.get(name, event.not_before)
                rows.append(
                    Delivery(
                        event=event,
                        channel=number,
                        block=block,
                        count=count,
                        not_before=later,
                        priority=place,
                    )
                )
    Delivery.objects.bulk_create(rows)


def decide_and_send(event_id: int, *, actor: str) -> Event:
    """Automatic topics: decide and send without a person. Too large a send waits for one; nobody means done."""
    event = decide(event_id, actor=actor, allow_empty=True)
    if not sending_count(event):
        with transaction.atomic():
            event = locked(event_id)
            if event.state == Event.State.DECIDED:
                event.state, event.done_at = Event.State.DONE, timezone.now()
                event.save(update_fields=["state", "done_at"])
        return event
    large = sending_count(event) > rulebook.at().outreach.automatic_max and not event.topic.critical
    if not event.topic.automatic or large:
        return event
    return send(event_id, actor=actor)


def go(event: Event, *, actor: str) -> Event | None:
    """What the product does with an event that it has made: decide and send, once.

    A text that cannot be sent holds nothing else up: the event stays undecided, with the reason in its history,
    and waits for a person (``queries.waiting_for_a_person``).
    """
    if event.state != Event.State.DRAFT:
        return None
    try:
        with transaction.atomic():
            return decide_and_send(event.pk, actor=actor)
    except TextTooLong as refused:
        ledger.record(
            "outreach.held", actor=actor, object_kind="event", object_id=event.pk,
            facts={"title": event.title, "code": refused.code, "why": refused.sentence("zh-hans"), "why_en": refused.sentence("en")},
        )  # fmt: skip
        live.notify("outreach-board", "held")
        return None


MOVES: dict[str, tuple[set[str], str, str, str, str]] = {
    "pause": ({"sending"}, Event.State.PAUSED, "outreach.paused", "暂停", "pause"),
    "resume": ({"paused"}, Event.State.SENDING, "outreach.resumed", "继续", "resume"),
    "stop": (
        {"draft", "decided", "sending", "paused"},
        Event.State.STOPPED,
        "outreach.stopped",
        "停止",
        "stop",
    ),
}


@transaction.atomic
def control(event_id: int, move: str, *, actor: str) -> Event:
    """Pause, resume or stop. Workers look between batches: what is at the gateway is not called back."""
    before, after, kind, zh, en = MOVES[move]
    event = locked(event_id)
    if event.state == after:
        return event
    if event.state not in before:
        raise WrongState(state=event.get_state_display(), wanted=zh, wanted_en=en)
    event.state = after
    if move == "stop":
        event.done_at = timezone.now()
        Delivery.objects.filter(event=event, state="queued").update(state="stopped")
    event.save(update_fields=["state", "done_at"])
    ledger.record(kind, actor=actor, object_kind="event", object_id=event.pk, facts={"title": event.title})
    live.notify(f"event-{event.pk}", move)
    return event


@transaction.atomic
def pause_topic(code: str, move: str, *, actor: str) -> Topic:
    """``pause``: nothing of the topic is handed over until ``resume``; ``stop``: its sends under way end."""
    topic = Topic.objects.select_for_update().filter(code=code).first()
    if topic is None or move not in MOVES:
        raise NotFound()
    topic.paused_at = None if move == "resume" else topic.paused_at or timezone.now()
    topic.save(update_fields=["paused_at"])
    ledger.record(
        {"pause": "topic.paused", "resume": "topic.resumed", "stop": "topic.stopped"}[move], actor=actor,
        object_kind="topic", object_id=topic.code, facts={"title": topic.name, "title_en": topic.name_en},
    )  # fmt: skip
    if move == "stop":
        for event in Event.objects.filter(topic=topic, state__in=["sending", "paused"]):
            control(event.pk, "stop", actor=actor)
    live.notify("outreach-board", move)
    return topic
