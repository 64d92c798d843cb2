"""Writes of advice: picks are written, signed, followed up and closed by one adviser; ratings are signed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients.models import Price, Security
from maitian.core import ledger
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.library.advice import rules
from maitian.library.advice.errors import (
    NotAnAdviser,
    PickFieldWrong,
    PickNotYours,
    PickState,
    PromiseInAdvice,
    RatingSigned,
)
from maitian.library.advice.models import Pick, PickNote, Rating
from maitian.library.errors import UnknownSecurity
from maitian.staff.models import Member

FIELDS = (
    "symbol", "direction", "price_low", "price_high", "target_price", "stop_price", "risk", "reason", "source", "report",
    "valid_until",
)  # fmt: skip
NOTE_LONGEST = 160  # characters of a follow-up: it shares the text with name, number and risk sentence


def _adviser(member: Member) -> Member:
    """The member, if registered as an adviser (rules on advisers, art. 7)."""
    if member.role != "adviser" or not member.licence_number or not member.active:
        raise NotAnAdviser()
    return member


def last_price(symbol: str) -> Decimal | None:
    """The latest close in CNY."""
    return Price.objects.filter(symbol=symbol).order_by("-day").values_list("close", flat=True).first()


def _check(values: dict[str, Any]) -> None:
    def wrong(field: str, zh: str, en: str) -> None:
        raise PickFieldWrong(field, what=zh, what_en=en)

    if not Security.objects.filter(symbol=values["symbol"], listed=True).exists():
        raise UnknownSecurity("symbol", symbol=values["symbol"])
    if values["direction"] not in Pick.Direction.values:
        wrong("direction", "请选方向。", "Choose a direction.")
    if not 1 <= (values["risk"] or 0) <= 5:
        wrong("risk", "请选风险等级 R1 到 R5。", "Choose the risk level, R1 to R5.")
    for name, zh, en in (
        ("reason", "请写理由。", "Give the reason."),
        ("source", "请写依据的报告：机构和日期。", "Name the report behind it: house and date."),
    ):
        if len(str(values[name]).strip()) < 4:
            wrong(name, zh, en)
    found = rules.prices_fit(
        values["direction"],
        values["price_low"],
        values["price_high"],
        values["target_price"],
        values["stop_price"],
    )
    if found is not None:
        wrong(*found)
    if values["valid_until"] < business_time.today():
        wrong("valid_until", "有效期不能早于今天。", "It cannot end before today.")
    words = rules.promise(values["reason"])
    if words:
        raise PromiseInAdvice(words=words)


@transaction.atomic
def save_pick(pick_id: int | None, values: dict[str, Any], *, adviser: Member) -> Pick:
    """Write a pick or change a draft of one's own."""
    _adviser(adviser)
    _check(values)
    now = timezone.now()
    if pick_id is None:
        pick = Pick(adviser=adviser, made_at=now)
    else:
        pick = own_pick(pick_id, adviser)
        if pick.state != Pick.State.DRAFT:
            raise PickState(state=pick.get_state_display())
    for name in FIELDS:
        setattr(pick, name, values.get(name))
    pick.changed_at = now
    pick.save()
    ledger.record(
        "pick.saved",
        actor=adviser.actor,
        object_kind="pick",
        object_id=pick.pk,
        facts={"symbol": pick.symbol},
    )
    return pick


def own_pick(pick_id: int, adviser: Member) -> Pick:
    """The pick, locked until commit, if it is the adviser's."""
    pick = Pick.objects.select_for_update(of=("self",)).select_related("adviser").filter(pk=pick_id).first()
    if pick is None:
        raise NotFound()
    if pick.adviser_id != adviser.pk:
        raise PickNotYours(name=pick.adviser.title)
    return pick


@transaction.atomic
def sign_pick(pick_id: int, *, adviser: Member) -> Pick:
    """Sign a pick: from now on it is advice with a name behind it, frozen, and may go to clients whom it suits."""
    _adviser(adviser)
    pick = own_pick(pick_id, adviser)
    if pick.state != Pick.State.DRAFT:
        raise PickState(state=pick.get_state_display())
    _check({name: getattr(pick, name) for name in FIELDS})
    now = timezone.now()
    pick.state, pick.signed_at, pick.changed_at = Pick.State.SIGNED, now, now
    pick.licence_number, pick.price_at_signing = adviser.licence_number, last_price(pick.symbol)
    pick.save()
    ledger.record(
        "pick.signed", actor=adviser.actor, object_kind="pick", object_id=pick.pk,
        facts={"symbol": pick.symbol, "direction": pick.direction, "licence": pick.licence_number, "risk": pick.risk},
    )  # fmt: skip
    return pick


@transaction.atomic
def follow_up(pick_id: int, text: str, *, adviser: Member, close: str = "") -> PickNote:
    """A follow-up to exactly those who got the pick; ``close`` (a ``Pick.Result``) ends the pick with it."""
    _adviser(adviser)
    pick = own_pick(pick_id, adviser)
    if pick.state != Pick.State.SIGNED:
        raise PickState(state=pick.get_state_display())
    if len(text.strip()) < 4:
        raise PickFieldWrong("text", what="请写跟踪的内容。", what_en="Write the follow-up.")
    if len(text.strip()) > NOTE_LONGEST:
        raise PickFieldWrong(
            "text",
            what=f"跟踪最多 {NOTE_LONGEST} 字，要和姓名、编号、风险提示一起放进短信。",
            what_en=f"A follow-up has at most {NOTE_LONGEST} characters: name, number and risk sentence share the text with it.",
        )
    words = rules.promise(text)
    if words:
        raise PromiseInAdvice("text", words=words)
    if close and close not in Pick.Result.values:
        raise PickFieldWrong("close", what="请选结束的原因。", what_en="Choose why it ends.")
    now = timezone.now()
    note = PickNote.objects.create(pick=pick, text=text.strip(), adviser=adviser, at=now, closes=bool(close))
    if close:
        pick.state, pick.closed_at, pick.changed_at, pick.result = Pick.State.CLOSED, now, now, close
        pick.price_at_close = last_price(pick.symbol)
        pick.save()
    ledger.record(
        "pick.noted", actor=adviser.actor, object_kind="pick_note", object_id=note.pk,
        facts={"symbol": pick.symbol, "pick": pick.pk, "closes": note.closes},
    )  # fmt: skip
    return note


@transaction.atomic
def sign_rating(rating_id: int, *, adviser: Member) -> Rating:
    """Sign a rating change, so that it may go to clients as advice: it names a security and a direction."""
    _adviser(adviser)
    rating = Rating.objects.select_for_update().filter(pk=rating_id).first()
    if rating is None:
        raise NotFound()
    if rating.signed_at is not None:
        raise RatingSigned()
    rating.signed_by, rating.signed_at = adviser, timezone.now()
    rating.save(update_fields=["signed_by", "signed_at"])
    ledger.record(
        "rating.signed", actor=adviser.actor, object_kind="rating", object_id=rating.pk,
        facts={"symbol": rating.symbol, "house": rating.house},
    )  # fmt: skip
    return rating
