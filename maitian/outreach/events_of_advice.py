"""Events of what an adviser signed: a pick, its follow-ups, a rating change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from maitian.library.advice.models import Pick, PickNote, Rating
from maitian.outreach.actions import go, in_force, make_event
from maitian.outreach.actions.events import day_words, securities_text
from maitian.outreach.models import Event

ACTOR = "system:worker"


def _money(value: Decimal | None) -> str:
    return f"{value:.2f}元" if value is not None else "不设"


def _signer(pick_or_rating: Any, signer: str) -> dict[str, str]:
    member = pick_or_rating.adviser if hasattr(pick_or_rating, "adviser") else pick_or_rating.signed_by
    return {"adviser": member.name, "licence": member.licence_number}


@transaction.atomic
def for_pick(pick_id: int, *, signer: str) -> None:
    """The event of a signed pick, for every topic on picks that is in force."""
    pick = Pick.objects.select_related("adviser").get(pk=pick_id)
    if pick.signed_at is None:
        return
    name = securities_text([pick.symbol])
    facts = {
        "text": pick.reason, "security": name, "securities": [pick.symbol], "direction": str(pick.get_direction_display()),
        "range": f"{pick.price_low:.2f}–{pick.price_high:.2f}元", "target": _money(pick.target_price), "stop": _money(pick.stop_price),
        "risk": f"R{pick.risk}", "risk_number": pick.risk, "source": pick.source, "until": f"{pick.valid_until.month}月{pick.valid_until.day}日",
        "link": "", **_signer(pick, signer),
    }  # fmt: skip
    _tell("pick", pick.pk, f"{name} {pick.get_direction_display()}", signer, facts)


@transaction.atomic
def for_note(note_id: int, *, signer: str) -> None:
    """The event of a follow-up, to those who got the pick, by whichever topic; nobody ever did: none."""
    note = PickNote.objects.select_related("pick", "pick__adviser", "adviser").get(pk=note_id)
    told = list(
        Event.objects.filter(object_kind="pick", object_id=note.pick_id, sent_at__isnull=False).order_by("pk")
    )
    if not told:
        return
    name = securities_text([note.pick.symbol])
    facts = {
        "text": note.text, "security": name, "securities": [note.pick.symbol], "direction": str(note.pick.get_direction_display()),
        "risk": f"R{note.pick.risk}", "risk_number": note.pick.risk, "source": note.pick.source, "date": day_words(note.at),
        "got_events": [event.pk for event in told], "got_since": min(event.sent_at for event in told if event.sent_at).date().isoformat(),
        "link": "", **_signer(note, signer),
    }  # fmt: skip
    _tell("pick_note", note.pk, f"{name} 跟踪", signer, facts)


@transaction.atomic
def for_rating(rating_id: int, *, signer: str) -> None:
    """The event of a signed rating change, to holders and followers."""
    rating = Rating.objects.select_related("signed_by").get(pk=rating_id)
    if rating.signed_at is None:
        return
    name = securities_text([rating.symbol])
    facts = {
        "text": rating.reason, "security": name, "securities": [rating.symbol], "industries": [], "house": rating.house,
        "old_rating": str(rating.get_old_display() or "首次"), "new_rating": str(rating.get_new_display()), "target": _money(rating.target_price),
        "risk": f"R{rating.risk}", "risk_number": rating.risk, "date": f"{rating.on.month}月{rating.on.day}日", "summary": rating.reason,
        "link": "", **_signer(rating, signer),
    }  # fmt: skip
    _tell("rating", rating.pk, f"{name} 评级{rating.get_new_display()}", signer, facts)


def _tell(trigger: str, object_id: int, title: str, signer: str, facts: dict[str, Any]) -> None:
    for topic in in_force(trigger):
        event = make_event(
            topic,
            object_kind=trigger,
            object_id=object_id,
            title=title,
            maker=ACTOR,
            signer=signer,
            facts=facts,
        )
        go(event, actor=ACTOR)
