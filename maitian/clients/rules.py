"""Pure decisions about clients: suitability, names and search words, moves of the life cycle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

CLASSES = {"C1_LOWEST": 1, "C1": 2, "C2": 3, "C3": 4, "C4": 5, "C5": 6}


# --- suitability: Measures on investor suitability (2017), arts. 18–22; rules file, section 1.1 --------


@dataclass(frozen=True)
class Match:
    """``promoted``: may be sent unasked. ``on_request``: allowed at the client's own wish after a warning."""

    promoted: bool
    on_request: bool
    reason: str  # fits, above_class, lowest_class, not_assessed, expired, professional


def match(risk_class: int, valid_until: date | None, professional: bool, risk: int, today: date) -> Match:
    """Row ``risk_class``, column R``risk`` of the matching table, with the questionnaire's validity."""
    if professional:
        return Match(True, True, "professional")
    if risk == 1:
        return Match(True, True, "fits")
    if risk_class == CLASSES["C1_LOWEST"]:
        return Match(False, False, "lowest_class")
    if risk_class == 0:
        return Match(False, False, "not_assessed")
    if valid_until is None or valid_until < today:
        return Match(False, False, "expired")
    if risk <= risk_class - 1:
        return Match(True, True, "fits")
    return Match(False, True, "above_class")


@dataclass(frozen=True)
class Assessed:
    score: int  # of 100
    risk_class: int
    reasons: tuple[str, ...]  # answers that forced the lowest class


class AnswerMissing(ValueError):
    """Carries the keys of the questions without an answer."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = list(keys)
        super().__init__(", ".join(keys))


class AnswerUnknown(ValueError):
    """An answer that is not an option of its question."""


def assess(
    answers: Mapping[str, str],
    questionnaire: Sequence[Mapping[str, Any]],
    bands: Sequence[Sequence[Any]],
    lowest_answers: Iterable[str],
) -> Assessed:
    """Score the answers to 0–100 of what could be reached, find the band, apply what forces C1-lowest."""
    missing = [question["key"] for question in questionnaire if not answers.get(question["key"])]
    if missing:
        raise AnswerMissing(missing)
    points = most = 0
    for question in questionnaire:
        values = {option["key"]: int(option["points"]) for option in question["options"]}
        given = answers[question["key"]]
        if given not in values:
            raise AnswerUnknown(f"{question['key']}={given}")
        points += values[given]
        most += max(values.values())
    score = (points * 100 + most // 2) // most
    forced = tuple(
        item for item in lowest_answers if answers.get(item.partition("=")[0]) == item.partition("=")[2]
    )
    if forced:
        return Assessed(score, CLASSES["C1_LOWEST"], forced)
    name = next(name for low, high, name in bands if low <= score <= high)
    return Assessed(score, CLASSES[name], ())


def fault_in_questionnaire(
    questionnaire: Sequence[Mapping[str, Any]], bands: Sequence[Sequence[Any]], lowest_answers: Iterable[str]
) -> tuple[str, str] | None:
    """Why :func:`assess` would not work with these rules, in Chinese and English; ``None`` when it would."""
    keys = [question["key"] for question in questionnaire]
    if len(set(keys)) != len(keys):
        return "有两题的代码相同", "two questions have the same code"
    answers = set()
    for number, question in enumerate(questionnaire, 1):
        options = [option["key"] for option in question["options"]]
        texts = [part[name] for part in (question, *question["options"]) for name in ("key", "zh", "en")]
        if not all(str(text).strip() for text in texts):
            return f"第 {number} 题有空着的文字", f"question {number} has an empty text"
        if len(options) < 2 or len(set(options)) != len(options):
            return (
                f"第 {number} 题要有至少两个代码不同的选项",
                f"question {number} needs at least two options with different codes",
            )
        if not any(int(option["points"]) > 0 for option in question["options"]):
            return f"第 {number} 题没有得分的选项", f"no option of question {number} gives points"
        answers |= {f"{question['key']}={option}" for option in options}
    for answer in lowest_answers:
        if answer not in answers:
            return (
                f"“{answer}”不是问卷里的选项，却直接归为最低类别",
                f"“{answer}” means the lowest class but is no option",
            )
    following = 0
    for low, high, name in bands:
        if name not in CLASSES:
            return f"没有“{name}”这一类", f"there is no class “{name}”"
        if low != following or high < low:
            return f"分档要从 {following} 分接着往上", f"the next band must begin at {following}"
        following = high + 1
    if following != 101:
        return "分档要到 100 分为止", "the bands must end at 100"
    return None


def valid_until(on: date, years: int) -> date:
    """The last day of validity: the day before the same date ``years`` later."""
    try:
        return on.replace(year=on.year + years)
    except ValueError:  # 29 February
        return on.replace(year=on.year + years, day=28)


# --- life cycle ----------------------------------------------------------------------------------------

MOVES: dict[str, frozenset[str]] = {
    "lead": frozenset({"opened", "closed"}),
    "opened": frozenset({"active", "dormant", "leaving", "closed"}),
    "active": frozenset({"dormant", "leaving", "closed"}),
    "dormant": frozenset({"active", "leaving", "closed"}),
    "leaving": frozenset({"active", "dormant", "closed"}),
    "closed": frozenset({"opened"}),
}


# --- what a record may hold ------------------------------------------------------------------------------

LONGEST_NAME = 40
PHONE = re.compile(r"[0-9]{7,15}")
EMAIL = re.compile(r"[^@\s<>\"'(),;:]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
ID_NUMBER = re.compile(r"[0-9A-Z-]{5,30}")


def is_phone(text: str) -> bool:
    """7 to 15 digits, nothing else (ITU E.164 has at most 15)."""
    return PHONE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Something before and a host with a dot after one @; at most 120 characters."""
    return len(text) <= 120 and EMAIL.fullmatch(text) is not None


def is_id_number(text: str) -> bool:
    """An identity card, a passport, or another document: capitals, digits, hyphens."""
    return ID_NUMBER.fullmatch(text) is not None


# --- names and what they are found by ------------------------------------------------------------------

# Characters read differently as a surname than the general dictionary says.
SURNAMES = {
    "曾": "zeng", "单": "shan", "查": "zha", "区": "ou", "仇": "qiu", "种": "chong", "解": "xie", "尉": "yu",
    "朴": "piao", "盖": "ge", "覃": "qin", "冼": "xian", "缪": "miao", "燕": "yan", "任": "ren", "华": "hua",
    "纪": "ji", "乐": "yue", "宁": "ning", "翟": "zhai", "秘": "bi", "洗": "xian", "员": "yun", "逄": "pang",
}  # fmt: skip
DOUBLE = {
    "尉迟": "yuchi",
    "单于": "chanyu",
    "万俟": "moqi",
    "澹台": "tantai",
    "长孙": "zhangsun",
    "欧阳": "ouyang",
}

LONG_SURNAMES = frozenset(
    (
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "尉迟",
        "单于",
        "万俟",
        "澹台",
        "长孙",
        "慕容",
        "司徒",
        "端木",
        "皇甫",
        "令狐",
        "东方",
        "南宫",
    )
)


def family_name(name: str) -> str:
    """``陈建国`` → ``陈``, ``欧阳建国`` → ``欧阳``."""
    return name[:2] if name[:2] in LONG_SURNAMES and len(name) > 2 else name[:1]


@lru_cache(maxsize=8192)
def _readings(text: str) -> tuple[str, ...]:
    # Read when a name is: its dictionaries take a third of a second, and most commands spell nothing.
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(text, style=Style.NORMAL, errors="ignore"))


def pinyin(name: str) -> list[str]:
    """``曾国藩`` → ``["zeng", "guo", "fan"]``, with surnames read as surnames."""
    if name[:2] in DOUBLE:
        head = {"yuchi": ["yu", "chi"], "chanyu": ["chan", "yu"], "moqi": ["mo", "qi"], "tantai": ["tan", "tai"],
                "zhangsun": ["zhang", "sun"], "ouyang": ["ou", "yang"]}[DOUBLE[name[:2]]]  # fmt: skip
        return head + [r for sign in name[2:] for r in _readings(sign)]
    head = [SURNAMES[name[0]]] if name[:1] in SURNAMES else list(_readings(name[:1]))
    return head + [r for sign in name[1:] for r in _readings(sign)]


def initials(name: str) -> str:
    """``陈建国`` → ``cjg``."""
    return "".join(part[0] for part in pinyin(name))


# --- identity ---------------------------------------------------------------------------------------------

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
FOR_GOOD = date(9999, 12, 31)  # an id document without an end (长期)


def born(id_number: str) -> tuple[date | None, str]:
    """Birthday and gender (``M``/``F``) within a resident's id number of 18 signs; ``(None, "")`` for anything else.

    Source: GB 11643-1999. The check digit must fit, so that a mistyped number gives no birthday at all.
    """
    text = id_number.strip().upper()
    if len(text) != 18 or not (text[:17].isascii() and text[:17].isdigit()):
        return None, ""
    if ID_CHECKS[sum(int(d) * w for d, w in zip(text, ID_WEIGHTS, strict=False)) % 11] != text[17]:
        return None, ""
    try:
        birthday = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None, ""
    return birthday, "M" if int(text[16]) % 2 else "F"


def id_form(id_number: str) -> int:
    """0 no number, 1 a resident's number whose check digit fits, 2 the number of another document or a wrong one."""
    if not id_number.strip():
        return 0
    return 1 if born(id_number)[0] else 2


def search_words(
    name: str, accounts: Iterable[str] = (), phone: str = "", email: str = "", id_number: str = ""
) -> list[str]:
    """Every word by which a client is found: parts of the name, initials, pinyin, account, phone and its tail."""
    parts = {name[start:end] for start in range(len(name)) for end in range(start + 2, len(name) + 1)} | {
        name
    }
    letters = initials(name)
    words = parts | {letters[:end] for end in range(2, len(letters) + 1)} | {"".join(pinyin(name))}
    for account in accounts:
        words |= {account, account[-4:]}
    if phone:
        words |= {phone, phone[-4:]}
    if email:
        words.add(email)
    if id_number:
        words |= {id_number, id_number[-4:]}
    return sorted(word for word in words if word)
