"""Rule values, units and areas in words, in the language of the page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from maitian.core import rulebook
from maitian.core.models import Rule

# Unit as the files write it → Chinese, English (after a number).
UNITS: dict[str, tuple[str, str]] = {
    "step": ("步", "steps"),
    "share": ("（1 为全部）", "(1 is all)"),
    "%": ("%", "%"),
    "‰": ("‰", "‰"),
    "CNY": ("元", "CNY"),
    "record": ("份", "records"),
    "CNY/part": ("元一条", "CNY a part"),
    "MB": ("MB", "MB"),
    "business minute": ("工作分钟", "business minutes"),
    "case": ("件", "cases"),
    "character": ("位", "characters"),
    "client": ("户", "clients"),
    "day": ("天", "days"),
    "calendar day": ("个自然日", "calendar days"),
    "working day": ("个工作日", "working days"),
    "trading day": ("个交易日", "trading days"),
    "hour": ("小时", "hours"),
    "answer": ("个评价", "answers"),
    "letter": ("个字", "characters"),
    "tag": ("个", "tags"),
    "local time": ("", ""),
    "mail": ("封", "mails"),
    "message": ("条", "messages"),
    "minute": ("分钟", "minutes"),
    "month": ("个月", "months"),
    "part": ("条", "parts"),
    "point of 100": ("分（满分 100）", "points of 100"),
    "roll": ("卷", "rolls"),
    "seat": ("个座位", "seats"),
    "second": ("秒", "seconds"),
    "time": ("次", "times"),
    "year": ("年", "years"),
}
# Keys inside longer values.
NAMES = {
    "key": ("代码", "code"), "zh": ("中文", "Chinese"), "en": ("英文", "English"), "options": ("选项", "options"),
    "points": ("分值", "points"), "calendar": ("日历", "calendar"), "unit": ("单位", "unit"), "target": ("目标", "target"),
    "by_level": ("按级别", "by level"), "by_severity": ("按严重程度", "by severity"), "pauses": ("什么时候暂停", "pauses while"),
    "ladder": ("升级阶梯", "ladder"), "steps": ("步骤", "steps"), "then": ("之后", "then"), "at": ("到百分之几", "at per cent"),
    "who": ("谁", "who"), "how": ("怎样", "how"), "most": ("最多几个", "at most"), "megabytes": ("MB", "MB"), "title": ("名称", "title"), "title_en": ("英文名称", "title in English"),
    "day": ("T 后第几个交易日", "trading day after T"), "channels": ("渠道", "channels"), "call": ("谁打电话", "who calls"), "words": ("开头的话", "opening words"), "left": ("还有几个交易日", "trading days left"),
}  # fmt: skip


def _english() -> bool:
    return (get_language() or "").startswith("en")


def unit(code: str) -> str:
    """``business minute`` → ``工作分钟``. A unit without words stays as it is."""
    return UNITS.get(code, (code, code))[_english()]


def area(key: str) -> str:
    """``outreach.caps.day`` → the title of ``outreach``."""
    head = key.split(".")[0]
    return rulebook.areas().get(head, (head, head))[_english()]


def name(key: str) -> str:
    """A key inside a longer value."""
    return NAMES.get(key, (key, key))[_english()]


def leaf(value: Any) -> str:
    if isinstance(value, bool):
        return ("是", "yes")[_english()] if value else ("否", "no")[_english()]
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(value)


def short(rule: Rule, value: Any = None) -> str:
    """A value on one line with its unit: ``480 工作分钟``, ``08:00–21:00``, ``12 项``."""
    value = rule.value if value is None else value
    words = unit(rule.unit)
    if isinstance(value, dict) and "target" in value:
        return f"{leaf(value['target'])} {unit(str(value.get('unit', rule.unit)))}"
    if isinstance(value, dict):
        return ("{n} 项", "{n} entries")[_english()].format(n=len(value))
    if isinstance(value, list):
        if all(
            isinstance(item, list) and len(item) == 2 and all(isinstance(x, str) for x in item)
            for item in value
        ):
            return ("、", ", ")[_english()].join("–".join(item) for item in value)
        if all(not isinstance(item, list | dict) for item in value) and len(value) <= 4:
            return ("、", ", ")[_english()].join(leaf(item) for item in value)
        return ("{n} 项", "{n} items")[_english()].format(n=len(value))
    text = leaf(value)
    text = text if len(text) <= 60 else text[:59] + "…"
    return f"{text}{'' if words in ('%', '‰', '') else ' '}{words}"
