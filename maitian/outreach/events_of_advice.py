"""Events of what an adviser signed: a pick, its follow-ups, a rating change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from maitian.library.advice.models import Pick, PickNote, Rating
from maitian.outreach.actions import decide_and_send, make_event
from maitian.outreach.actions.events import day_words, securities_text
from maitian.outreach.models import Event, Topic

ACTOR = "system:worker"


def _money(value: Decimal | None) -> str:
    return f"{value:.2f}元" if value is not None else "不设"


def _signer(pick_or_rating: Any, signer: str) -> dict[str, str]:
    member = pick_or_rating.adviser if hasattr(pick_or_rating, "adviser") else pick_or_rating.signed_by
    return {"adviser": member.name, "licence": member.licence_number}


@transaction.atomic
def for_pick(pick_id: int, *, signer: str) -> Event | None:
    """The event of a signed pick; ``None`` when its topic is not in force."""
    pick = Pick.objects.select_related("adviser").get(pk=pick_id)
    topic = Topic.objects.filter(trigger="pick", active=True).order_by("pk").first()
    if topic is None or pick.signed_at is None:
        return None
    name = securities_text([pick.symbol])
    event = make_event(
        topic, object_kind="pick", object_id=pick.pk, title=f"{name} {pick.get_direction_display()}", maker=ACTOR, signer=signer,
        facts={
            "text": pick.reason, "security": name, "securities": [pick.symbol], "direction": str(pick.get_direction_display()),
            "range": f"{pick.price_low:.2f}–{pick.price_high:.2f}元", "target": _money(pick.target_price), "stop": _money(pick.stop_price),
            "risk": f"R{pick.risk}", "risk_number": pick.risk, "source": pick.source, "until": f"{pick.valid_until.month}月{pick.valid_until.day}日",
            "link": "", **_signer(pick, signer),
        },
    )  # fmt: skip
    return decide_and_send(event.pk, actor=ACTOR)


@transaction.atomic
def for_note(note_id: int, *, signer: str) -> Event | None:
    """The event of a follow-up, to those who got the pick; ``None`` when nobody ever did."""
    note = PickNote.objects.select_related("pick", "pick__adviser", "adviser").get(pk=note_id)
    topic = Topic.objects.filter(trigger="pick_note", active=True).order_by("pk").first()
    first = (
        Event.objects.filter(object_kind="pick", object_id=note.pick_id, sent_at__isnull=False)
        .order_by("pk")
        .first()
    )
    if topic is None or first is None or first.sent_at is None:
        return None
    name = securities_text([note.pick.symbol])
    event = make_event(
        topic, object_kind="pick_note", object_id=note.pk, title=f"{name} 跟踪", maker=ACTOR, signer=signer,
        facts={
            "text": note.text, "security": name, "securities": [note.pick.symbol], "direction": str(note.pick.get_direction_display()),
            "risk": f"R{note.pick.risk}", "risk_number": note.pick.risk, "source": note.pick.source, "date": day_words(note.at),
            "got_event": first.pk, "got_since": first.sent_at.date().isoformat(), "link": "", **_signer(note, signer),
        },
    )  # fmt: skip
    return decide_and_send(event.pk, actor=ACTOR)


@transaction.atomic
def for_rating(rating_id: int, *, signer: str) -> Event | None:
    """The event of a signed rating change, to holders and followers."""
    rating = Rating.objects.select_related("signed_by").get(pk=rating_id)
    topic = Topic.objects.filter(trigger="rating", active=True).order_by("pk").first()
    if topic is None or rating.signed_at is None:
        return None
    name = securities_text([rating.symbol])
    event = make_event(
        topic, object_kind="rating", object_id=rating.pk, title=f"{name} 评级{rating.get_new_display()}", maker=ACTOR, signer=signer,
        facts={
            "text": rating.reason, "security": name, "securities": [rating.symbol], "industries": [], "house": rating.house,
            "old_rating": str(rating.get_old_display() or "首次"), "new_rating": str(rating.get_new_display()), "target": _money(rating.target_price),
            "risk": f"R{rating.risk}", "risk_number": rating.risk, "date": f"{rating.on.month}月{rating.on.day}日", "summary": rating.reason,
            "link": "", **_signer(rating, signer),
        },
    )  # fmt: skip
    return decide_and_send(event.pk, actor=ACTOR)
