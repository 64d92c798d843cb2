"""Designing levels (G8): one person proposes, another approves; until then the level stays as it is.

A design is kept whole in :class:`LevelDesign`. Clients feel nothing of it before it is approved, and afterwards
every version can still be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients.models import Client
from maitian.core import ledger, rulebook
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.offerings import catalogue, rules
from maitian.offerings.errors import (
    ContainsItself,
    ContentWrong,
    DesignOpen,
    FieldWrong,
    LevelUsed,
    NothingInIt,
    RateOutside,
    ReasonNeeded,
)
from maitian.offerings.models import LevelContent, LevelDesign, ServiceLevel

Contents = Iterable[tuple[str, str, int]]
# Field, longest, needed, Chinese and English name.
TEXTS = (
    ("name", 30, True, "名称", "Name"),
    ("name_en", 40, True, "英文名称", "English name"),
    ("slogan", 120, False, "一句话", "Slogan"),
    ("slogan_en", 160, False, "一句话（英文）", "Slogan in English"),
    ("description", 2000, False, "服务说明", "Description"),
    ("description_en", 2000, False, "服务说明（英文）", "Description in English"),
)
MOST_ASSETS = Decimal(10) ** 12  # CNY
HIGHEST_RANK = 99


def _number(values: Mapping[str, Any], name: str, zh: str, en: str) -> Decimal:
    given = str(values.get(name, "")).strip()
    try:
        found = Decimal(given or "x")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise FieldWrong(name, zh, en, "要填数字", "takes a number")
    return found


def _checked(code: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored, or the refusal of the first one that is wrong."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", code):
        raise FieldWrong(
            "code", "代码", "Code", "要用小写字母、数字和下划线，2 到 30 位", "takes 2 to 30 small letters, digits, underscores"
        )  # fmt: skip
    kept: dict[str, Any] = {}
    for name, longest, needed, zh, en in TEXTS:
        text = str(values.get(name, "") or "").strip()
        if needed and not text:
            raise FieldWrong(name, zh, en, "还没有填", "is missing")
        if len(text) > longest:
            raise FieldWrong(name, zh, en, f"最多 {longest} 个字", f"takes at most {longest} characters")
        kept[name] = text
    book = rulebook.at()
    least, most = Decimal(str(book.offerings.commission_min)), Decimal(str(book.offerings.commission_max))
    rate = _number(values, "commission_rate", "佣金率", "The commission rate")
    if not rules.rate_within(rate, least, most) or rate != rate.quantize(Decimal("0.01")):
        raise RateOutside(rate=rate, least=least, most=most)
    assets = _number(values, "suggested_assets", "建议资产", "The suggested assets")
    if not 0 <= assets <= MOST_ASSETS:
        raise FieldWrong(
            "suggested_assets", "建议资产", "The suggested assets", "要在 0 到 1 万亿元之间", "must be between 0 and CNY 1 trillion"
        )  # fmt: skip
    rank = _number(values, "rank", "顺序", "The order")
    if rank != int(rank) or not 1 <= rank <= HIGHEST_RANK:
        raise FieldWrong(
            "rank",
            "顺序",
            "The order",
            f"要填 1 到 {HIGHEST_RANK} 的整数",
            f"takes a whole number from 1 to {HIGHEST_RANK}",
        )
    level = ServiceLevel.objects.filter(code=code).first()
    if level is not None and level.rank != int(rank):
        raise FieldWrong(
            "rank", "顺序", "The order", "不能改，客户的记录按它存", "cannot change: clients' records hold it"
        )
    if ServiceLevel.objects.filter(rank=int(rank)).exclude(code=code).exists():
        raise FieldWrong(
            "rank",
            "顺序",
            "The order",
            f"{int(rank)} 已有别的级别用了",
            f"{int(rank)} belongs to another level",
        )
    kept |= {"commission_rate": str(rate), "suggested_assets": str(assets), "rank": int(rank)}
    contains = str(values.get("contains", "") or "")
    if contains and contains != code and not ServiceLevel.objects.filter(code=contains).exists():
        raise FieldWrong("contains", "还包含的级别", "The level contained", "没有这个级别", "does not exist")
    kept["contains"] = contains
    return kept


def _contents(contents: Contents) -> list[list[Any]]:
    """Own contents, checked against the catalogue; sorted, so that equal designs are equal."""
    known = catalogue.known()
    most = {"report_kind": catalogue.MOST_STARS, "topic": 15, "adviser": 1, "quota": catalogue.MOST_TIMES}
    kept: dict[tuple[str, str], int] = {}
    for what, key, number in contents:
        if what not in known or key not in known[what]:
            raise ContentWrong(item=f"{what} {key}")
        if not 1 <= number <= most[what]:
            raise ContentWrong(item=f"{known[what][key].zh} {number}")
        kept[what, key] = number
    return [[what, key, number] for (what, key), number in sorted(kept.items())]


def _circle(code: str, name: str, contains: str) -> None:
    """Refuse a level that would contain itself, with what the other levels contain now."""
    chain: dict[str, str | None] = dict(ServiceLevel.objects.values_list("code", "contains__code"))
    chain[code] = contains or None
    ids = {key: number for number, key in enumerate(chain)}
    try:
        rules.contained(ids[code], {ids[k]: ids[v] if v is not None else None for k, v in chain.items()})
    except ValueError:
        raise ContainsItself(name=name) from None


def _facts(design: LevelDesign) -> dict[str, Any]:
    return {
        "name": design.values["name"], "name_en": design.values["name_en"], "level": design.code, "version": design.version,
    }  # fmt: skip


def _propose(
    code: str, kept: dict[str, Any], listed: list[list[Any]], retires: bool, actor: str
) -> LevelDesign:
    waiting = LevelDesign.objects.select_for_update().filter(code=code, state="submitted").first()
    if waiting is not None and waiting.maker != actor:
        raise DesignOpen()
    if waiting is not None:
        waiting.state, waiting.checked_at = LevelDesign.State.WITHDRAWN, timezone.now()
        waiting.save(update_fields=["state", "checked_at"])
    last = LevelDesign.objects.filter(code=code).order_by("-version").first()
    made = LevelDesign.objects.create(
        code=code, version=last.version + 1 if last else 1, values=kept, contents=listed, retires=retires,
        maker=actor, made_at=timezone.now(),
    )  # fmt: skip
    ledger.record(
        "level.retirement_proposed" if retires else "level.designed", actor=actor, object_kind="level", object_id=code,
        facts={**_facts(made), "rate": kept["commission_rate"], "contents": listed},
    )  # fmt: skip
    return made


@transaction.atomic
def propose_design(code: str, *, values: Mapping[str, Any], contents: Contents, actor: str) -> LevelDesign:
    """Propose a change of a level, or a new one when ``code`` is new. One's own waiting proposal is replaced.

    ``values``: name, name_en, slogan, slogan_en, description, description_en, commission_rate (per mille),
    suggested_assets (CNY), rank, and contains (a code or empty).
    """
    kept = _checked(code, values)
    listed = _contents(contents)
    if not listed and not kept["contains"]:
        raise NothingInIt()
    _circle(code, kept["name"], kept["contains"])
    return _propose(code, kept, listed, False, actor)


@transaction.atomic
def propose_retirement(code: str, *, actor: str) -> LevelDesign:
    """Propose to take a level out of service. It must have no clients and be part of no other level."""
    level = ServiceLevel.objects.filter(code=code).first()
    if level is None:
        raise NotFound()
    if level.state != ServiceLevel.State.ACTIVE:
        raise AlreadyDone(state=level.get_state_display())
    _unused(level)
    kept = {name: getattr(level, name) for name, *_rest in TEXTS}
    kept |= {
        "commission_rate": str(level.commission_rate), "suggested_assets": str(level.suggested_assets),
        "rank": level.rank, "contains": level.contains.code if level.contains else "",
    }  # fmt: skip
    own = level.contents.order_by("what", "key").values_list("what", "key", "number")
    return _propose(code, kept, [list(row) for row in own], True, actor)


def _unused(level: ServiceLevel) -> None:
    clients = Client.objects.filter(level_rank=level.rank).exclude(state="closed").count()
    others = ServiceLevel.objects.filter(contains=level, state=ServiceLevel.State.ACTIVE).count()
    if clients or others:
        raise LevelUsed(clients=f"{clients:,}", others=others)


def _open(design_id: int) -> LevelDesign:
    design = LevelDesign.objects.select_for_update().filter(pk=design_id).first()
    if design is None:
        raise NotFound()
    if design.state != LevelDesign.State.SUBMITTED:
        raise AlreadyDone(state=design.get_state_display())
    return design


def _close(design: LevelDesign, state: str, actor: str, reason: str = "") -> None:
    design.state, design.checker, design.checked_at, design.reason = state, actor, timezone.now(), reason
    design.save(update_fields=["state", "checker", "checked_at", "reason"])


@transaction.atomic
def approve_design(design_id: int, *, actor: str) -> ServiceLevel:
    """Put a proposal into force, from the next decision and the next page on. It is checked once more.

    Clients who have the level keep the commission rate of their own subscription; the new rate is for the next ones.
    """
    design = _open(design_id)
    if design.maker == actor:
        raise SameMakerAndChecker()
    level = ServiceLevel.objects.select_for_update().filter(code=design.code).first()
    now = timezone.now()
    if design.retires:
        if level is None:
            raise NotFound()
        _unused(level)
        level.state = ServiceLevel.State.RETIRED
    else:
        kept = _checked(design.code, design.values)
        listed = _contents(tuple(item) for item in design.contents)
        _circle(design.code, kept["name"], kept["contains"])
        if level is None:
            level = ServiceLevel(code=design.code, rank=kept["rank"])
        for name, *_rest in TEXTS:
            setattr(level, name, kept[name])
        level.commission_rate = Decimal(kept["commission_rate"])
        level.suggested_assets = Decimal(kept["suggested_assets"])
        level.contains = ServiceLevel.objects.filter(code=kept["contains"]).first()
        level.state = ServiceLevel.State.ACTIVE
    level.version, level.maker, level.checker, level.changed_at = design.version, design.maker, actor, now
    level.save()
    if not design.retires:
        LevelContent.objects.filter(level=level).delete()
        LevelContent.objects.bulk_create(
            [LevelContent(level=level, what=what, key=key, number=number) for what, key, number in listed]
        )
    _close(design, LevelDesign.State.APPROVED, actor)
    ledger.record(
        "level.retired" if design.retires else "level.activated", actor=actor, object_kind="level",
        object_id=design.code, facts=_facts(design),
    )  # fmt: skip
    return level


@transaction.atomic
def refuse_design(design_id: int, *, reason: str, actor: str) -> LevelDesign:
    """Send a proposal back with a reason; the level stays as it is."""
    design = _open(design_id)
    if not reason.strip():
        raise ReasonNeeded()
    _close(design, LevelDesign.State.REFUSED, actor, reason.strip()[:400])
    ledger.record(
        "level.design_refused", actor=actor, object_kind="level", object_id=design.code,
        facts={**_facts(design), "reason": design.reason},
    )  # fmt: skip
    return design


@transaction.atomic
def withdraw_design(design_id: int, *, actor: str) -> LevelDesign:
    """The maker takes the proposal back."""
    design = _open(design_id)
    if design.maker != actor:
        raise NotFound()
    _close(design, LevelDesign.State.WITHDRAWN, "")
    ledger.record(
        "level.design_withdrawn",
        actor=actor,
        object_kind="level",
        object_id=design.code,
        facts=_facts(design),
    )
    return design
