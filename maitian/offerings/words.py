"""Levels and their designs in words, for the console and the portal alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from maitian.offerings import catalogue
from maitian.offerings.models import LevelDesign, ServiceLevel
from maitian.offerings.rules import Content
from maitian.ui import formats

ICONS = {"report_kind": "book", "topic": "send", "adviser": "user", "quota": "phone"}


def channels(mask: int) -> str:
    """``3`` → ``收件箱、短信``."""
    return _("、").join(str(label) for bit, label in catalogue.CHANNELS if mask & bit)


def content(item: Content, known: Mapping[str, Mapping[str, catalogue.Item]]) -> str:
    """One thing that a level contains, in a few words."""
    found = known.get(item.what, {}).get(item.key)
    name = found.title if found else item.key
    if item.what == "report_kind":
        return _("%(name)s，%(stars)s 星以内") % {"name": name, "stars": item.number}
    if item.what == "topic":
        return _("%(name)s：%(channels)s") % {"name": name, "channels": channels(item.number)}
    if item.what == "quota":
        return _("%(name)s每月 %(count)s 次") % {"name": name, "count": item.number}
    return name


def described(contents: Iterable[Content]) -> list[dict[str, Any]]:
    """The effective contents of a level; families that all carry the same stars become one line."""
    known = catalogue.known()
    families = {item.code for item in catalogue.report_kinds()}
    listed = list(contents)
    stars = {c.number for c in listed if c.what == "report_kind" and c.key in families}
    held = {c.key for c in listed if c.what == "report_kind"}
    whole = len(stars) == 1 and families <= held
    found: list[dict[str, Any]] = []
    if whole:
        found.append({"icon": "book", "text": _("全部研究报告，%(stars)s 星以内") % {"stars": min(stars)}})
    for item in listed:
        if whole and item.what == "report_kind" and item.key in families:
            continue
        found.append({"icon": ICONS.get(item.what, "check"), "text": content(item, known)})
    return found


FIELDS = (
    ("name", "名称"), ("name_en", "英文名称"), ("slogan", "一句话"), ("slogan_en", "一句话（英文）"), ("description", "服务说明"),
    ("description_en", "服务说明（英文）"),
)  # fmt: skip


def _values(level: ServiceLevel | None) -> dict[str, Any]:
    if level is None:
        return {}
    return {
        **{name: getattr(level, name) for name, _label in FIELDS}, "commission_rate": str(level.commission_rate),
        "suggested_assets": str(level.suggested_assets), "contains": level.contains.code if level.contains else "",
    }  # fmt: skip


def differences(
    design: LevelDesign, level: ServiceLevel | None, own: Iterable[Content]
) -> list[dict[str, str]]:
    """What a design changes: ``label``, ``before``, ``after``, in words. A new level differs in everything."""
    before, after = _values(level), design.values
    names = {item.code: item.title for item in ServiceLevel.objects.all()}
    found = []
    for name, label in FIELDS:
        if before.get(name, "") != after.get(name, ""):
            found.append({"label": _(label), "before": before.get(name, ""), "after": after.get(name, "")})
    for name, label, words in (
        ("commission_rate", _("佣金率"), lambda text: formats.per_mille(Decimal(text) / 1000)),
        ("suggested_assets", _("建议资产（元）"), formats.money),
        ("contains", _("还包含"), lambda code: names.get(code, code)),
    ):
        old, new = before.get(name, ""), after.get(name, "")
        same = old == new if name == "contains" else old and Decimal(old) == Decimal(new)
        if not same:
            found.append(
                {"label": str(label), "before": words(old) if old else "", "after": words(new) if new else ""}
            )
    known = catalogue.known()
    had = {(c.what, c.key): c for c in own}
    has = {(what, key): Content(what, key, number) for what, key, number in design.contents}
    for key in sorted(had.keys() | has.keys()):
        if had.get(key) != has.get(key):
            item = known.get(key[0], {}).get(key[1])
            found.append(
                {
                    "label": item.title if item else key[1],
                    "before": content(had[key], known) if key in had else "",
                    "after": content(has[key], known) if key in has else _("去掉"),
                }
            )
    return found


def rate(text: str) -> Decimal:
    """A design's rate (per mille, as text) as a share of one, for the ``per_mille`` filter."""
    return Decimal(text) / 1000


def design_contents(design: LevelDesign) -> list[dict[str, Any]]:
    """A design's own contents in words."""
    return described(Content(what, key, number) for what, key, number in design.contents)
