"""Conditions over clients: built by clicks, kept as JSON, compiled to one set-based piece of SQL.

A tree is a condition or a group of trees::

    {"all": [{"is": "level", "any_of": [2, 3]},
             {"is": "assets", "at_least": "100000"},
             {"not": {"is": "tag", "any_of": ["要多联系"]}},
             {"any": [{"is": "holds", "any_of": ["002500"]}, {"is": "holds", "any_of": ["证券"]}]}]}

``check`` refuses what is unknown, too deep or too large and returns the tree in its one written form;
``compile_tree`` turns a checked tree into a condition on ``clients_client c`` with named parameters (values
never become part of the text); ``sentence`` reads it out in Chinese or English. A room above adds conditions
of its own by :func:`register`, in its ``apps.py``. The built-in ones stand in ``condition_kinds``.

What a client lacks does not meet a condition: a client without a birthday is not "younger than 40", and is
therefore "not younger than 40". A day is a day in Asia/Shanghai; "within 30 days" includes today and the 30th day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from maitian.clients.errors import (
    ConditionNameUnknown,
    ConditionOperatorUnknown,
    ConditionShapeWrong,
    ConditionsMissing,
    ConditionsTooDeep,
    ConditionsTooMany,
    ConditionValueWrong,
)
from maitian.core import time as business_time
from maitian.ui import formats

DEEPEST = 4  # groups within groups
MOST_CONDITIONS = 40
MOST_VALUES = 200  # of one condition
MOST_DAYS = 3660
LONGEST_TEXT = 60
LARGEST_MONEY = Decimal(10) ** 13
SHANGHAI = ZoneInfo("Asia/Shanghai")
GROUPS = ("all", "any")

HAN = re.compile("[㐀-鿿]")
Tree = dict[str, Any]
Words = tuple[str, str]  # Chinese, English


def said(words: Words, language: str | None = None) -> str:
    """The words in a language, by default the active one."""
    return words[1] if formats.is_english(language or get_language()) else words[0]


class Kind(StrEnum):
    """What the value of an operator is; the builder has one kind of field for each."""

    CHOICES = "choices"  # a list out of options: [2, 3]
    SECURITIES = "securities"  # a list of symbols (six digits) or industries
    MONEY = "money"  # CNY, as text: "100000"
    MONEY_RANGE = "money_range"  # ["100000", "500000"], both included
    NUMBER = "number"
    NUMBER_RANGE = "number_range"  # [30, 45], both included
    DAYS = "days"  # a number of days, 0 to 3660
    TEXT = "text"
    FLAG = "flag"  # true: the operator says it all


@dataclass(frozen=True)
class Option:
    """One value that can be chosen, with its words."""

    value: int | str
    words: Words

    @property
    def title(self) -> str:
        return said(self.words)

    @property
    def in_chinese(self) -> bool:
        """Whether the words of the active language hold Chinese: names of people and securities do in English, too."""
        return bool(HAN.search(self.title))


class Choices:
    """Values out of a list, fixed or read when asked. ``type`` is that of the values: ``int`` or ``str``."""

    def __init__(
        self, options: Sequence[Option] | Callable[[], Sequence[Option]], of: type[int] | type[str] = int
    ) -> None:
        self._options = options
        self.type = of

    def options(self) -> list[Option]:
        return list(self._options() if callable(self._options) else self._options)

    def labels(self, values: Collection[int | str]) -> dict[int | str, Option]:
        """The options of these values; a value that is gone is left out."""
        wanted = set(values)
        return {option.value: option for option in self.options() if option.value in wanted}

    def resolve(self, words: str) -> str:
        """The value that somebody means who typed ``words``; empty when there is none."""
        return ""


class Scope:
    """What a condition compiles in: the table's name, the day, and the parameters it binds.

    ``c`` is the alias of ``clients_client``. ``scope(value)`` binds a value and returns its placeholder.
    """

    def __init__(self, today: date, alias: str = "c", prefix: str = "k") -> None:
        self.today = today
        self.c = alias
        self.parameters: dict[str, Any] = {}
        self._prefix = prefix

    def __call__(self, value: Any) -> str:
        name = f"{self._prefix}{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"

    def midnight(self, day: date) -> datetime:
        """The moment at which a local day begins."""
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)

    def in_days(self, days: int) -> date:
        return self.today + timedelta(days=days)


class Certain(str):
    """SQL that is true or false and never NULL, like EXISTS: its reverse is a plain NOT, which an index can serve."""

    __slots__ = ()


Compile = Callable[[Scope, Any], str]


@dataclass(frozen=True)
class Operator:
    """One way to ask. ``label`` is the word in the list, ``sentence`` the whole statement with ``{value}``.

    ``compile`` returns SQL; a row for which it is NULL does not meet the condition. ``most`` is the largest
    number that makes sense.
    """

    name: str
    kind: Kind
    label: Words
    sentence: Words
    compile: Compile
    unit: Words = ("", "")
    most: int = MOST_DAYS


@dataclass(frozen=True)
class Condition:
    """Something that can be asked of a client. ``group`` is the heading under which the builder lists it."""

    name: str
    words: Words
    group: str
    operators: tuple[Operator, ...]
    choices: Choices | None = None

    @property
    def title(self) -> str:
        return said(self.words)

    @cached_property
    def by_name(self) -> Mapping[str, Operator]:
        return {operator.name: operator for operator in self.operators}


# Where a condition stands in the list of the builder, in this order.
HEADINGS: dict[str, Words] = {
    "record": ("档案", "Record"),
    "person": ("个人", "Person"),
    "money": ("资产与持仓", "Assets and holdings"),
    "suitability": ("适当性", "Suitability"),
    "service": ("服务与联系", "Service and contact"),
    "messages": ("消息", "Messages"),
}
_registered: dict[str, Condition] = {}


def register(condition: Condition) -> None:
    """Add a condition, or replace the one of that name."""
    if condition.group not in HEADINGS:
        raise ValueError(f"no heading {condition.group!r}")
    if any(operator.kind is Kind.CHOICES for operator in condition.operators) and condition.choices is None:
        raise ValueError(f"{condition.name} has choices and no options")
    _registered[condition.name] = condition


def give_options(name: str, choices: Choices) -> None:
    """Give the options of a condition whose words a higher room knows (the levels' names are offerings')."""
    register(replace(_registered[name], choices=choices))


def registered() -> list[Condition]:
    """Every condition, by heading and in the order of registering."""
    order = list(HEADINGS)
    return sorted(_registered.values(), key=lambda condition: order.index(condition.group))


def condition(name: object) -> Condition:
    """The condition of that name, or :class:`ConditionNameUnknown`."""
    found = _registered.get(name) if isinstance(name, str) else None
    if found is None:
        raise ConditionNameUnknown(name=str(name)[:40])
    return found


# --- checking --------------------------------------------------------------------------------------------


def check(tree: Any) -> Tree:
    """The tree in its one written form, or the refusal that says where it is wrong.

    Options are looked up: a tag, a manager or a security that does not exist is refused here. A tree that was
    stored earlier still compiles when one of them has gone; nobody meets that condition then.
    """
    return _checked(tree, lookup=True)


def _checked(tree: Any, lookup: bool) -> Tree:
    made = _Check(lookup).node(tree, groups=0, nested=0)
    if made is None:
        raise ConditionsMissing()
    return made


class _Check:
    """One walk over a tree: counts its conditions, drops empty groups, takes two "not" for none."""

    def __init__(self, lookup: bool) -> None:
        self.lookup = lookup
        self.conditions = 0

    def node(self, node: Any, groups: int, nested: int) -> Tree | None:
        if not isinstance(node, dict):
            raise ConditionShapeWrong(given=str(node)[:40])
        if groups > DEEPEST or nested > 2 * DEEPEST + 1:
            raise ConditionsTooDeep(most=DEEPEST)
        keys = set(node)
        if keys == {"not"}:
            inner = self.node(node["not"], groups, nested + 1)
            return inner["not"] if inner and "not" in inner else {"not": inner} if inner else None
        if len(keys) == 1 and (join := next(iter(keys))) in GROUPS:
            if not isinstance(node[join], list):
                raise ConditionShapeWrong(given=join)
            parts = [
                part for item in node[join] if (part := self.node(item, groups + 1, nested + 1)) is not None
            ]
            return {join: parts} if parts else None
        if "is" in keys:
            self.conditions += 1
            if self.conditions > MOST_CONDITIONS:
                raise ConditionsTooMany(most=MOST_CONDITIONS)
            return _check_one(node, self.lookup)
        raise ConditionShapeWrong(given="、".join(sorted(map(str, keys)))[:60] or "{}")


def _check_one(node: Tree, lookup: bool) -> Tree:
    known = condition(node["is"])
    names = [name for name in node if name != "is"]
    if len(names) != 1 or names[0] not in known.by_name:
        raise ConditionOperatorUnknown(
            name=known.words[0],
            name_en=known.words[1],
            given="、".join(map(str, names))[:60] or "–",
            known="、".join(known.by_name),
        )
    operator = known.by_name[names[0]]
    return {"is": known.name, operator.name: read_value(known, operator, node[operator.name], lookup)}


class _Wrong(Exception):
    """What a value should have been, in both languages."""

    def __init__(self, *words: str) -> None:
        self.words = words


def read_value(known: Condition, operator: Operator, given: Any, lookup: bool = True) -> Any:
    """A value in its one written form; refuses what the operator cannot take. ``lookup``: options must exist."""
    try:
        return _READERS[operator.kind](known, operator, given, lookup)
    except _Wrong as wrong:
        raise ConditionValueWrong(
            name=known.words[0], name_en=known.words[1], given=str(given)[:40], expected=wrong.words[0],
            expected_en=wrong.words[1],
        ) from None  # fmt: skip


def _list(given: Any) -> list[Any]:
    values = given if isinstance(given, list) else [given]
    if not values:
        raise _Wrong("至少一项", "at least one")
    if len(values) > MOST_VALUES:
        raise _Wrong(f"最多 {MOST_VALUES} 项", f"at most {MOST_VALUES} of them")
    return values


def _choices(known: Condition, _operator: Operator, given: Any, lookup: bool) -> list[int | str]:
    choices = known.choices
    if choices is None:  # refused at registering
        raise _Wrong("选项", "options")
    made: list[int | str] = []
    for value in _list(given):
        if choices.type is int:
            # A switch is no number: True would otherwise pass as 1.
            whole = value if isinstance(value, int) and not isinstance(value, bool) else None
            if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value.strip()):
                whole = int(value)
            if whole is None or abs(whole) > 10**12:
                raise _Wrong("列出的选项之一", "one of the options")
            made.append(whole)
        elif isinstance(value, str) and value.strip() and len(value) <= LONGEST_TEXT and "\x00" not in value:
            made.append(value.strip())
        else:
            raise _Wrong("列出的选项之一", "one of the options")
    made = list(dict.fromkeys(made))
    if lookup and set(made) - set(choices.labels(made)):
        raise _Wrong("列出的选项之一", "one of the options")
    return made


def _securities(known: Condition, _operator: Operator, given: Any, lookup: bool) -> list[str]:
    made = []
    for value in _list(given):
        if not isinstance(value, str) or not value.strip() or len(value) > 30 or "\x00" in value:
            raise _Wrong("六位证券代码或行业", "a six-digit symbol or an industry")
        made.append(value.strip())
    made = list(dict.fromkeys(made))
    if lookup and known.choices is not None:
        labels = known.choices.labels(made)
        made = [value if value in labels else known.choices.resolve(value) for value in made]
        if not all(made):
            raise _Wrong("已有的证券代码、名称或行业", "a symbol, a name or an industry that exists")
    return list(dict.fromkeys(made))


def _money(_known: Condition, _operator: Operator, given: Any, _lookup: bool) -> str:
    text = str(given).replace(",", "").replace("，", "").strip()
    try:
        amount = Decimal(text) if not isinstance(given, bool) and len(text) <= 20 else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= LARGEST_MONEY or amount != round(amount, 2):
        raise _Wrong("不小于 0 的金额，最多两位小数", "an amount of zero or more with at most two decimals")
    whole = format(amount.normalize() if amount else Decimal(0), "f")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _whole(operator: Operator, given: Any) -> int:
    most = operator.most
    text = str(given).strip()
    if isinstance(given, bool | float) or not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
        raise _Wrong(f"0 到 {most} 的整数", f"a whole number from 0 to {most}")
    return int(text)


def _pair(given: Any) -> tuple[Any, Any]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise _Wrong("从、到两个数", "two numbers, from and to")
    return given[0], given[1]


def _money_range(known: Condition, operator: Operator, given: Any, lookup: bool) -> list[str]:
    low, high = (_money(known, operator, part, lookup) for part in _pair(given))
    if Decimal(low) > Decimal(high):
        raise _Wrong("“从”不大于“到”", "“from” not above “to”")
    return [low, high]


def _number_range(_known: Condition, operator: Operator, given: Any, _lookup: bool) -> list[int]:
    low, high = (_whole(operator, part) for part in _pair(given))
    if low > high:
        raise _Wrong("“从”不大于“到”", "“from” not above “to”")
    return [low, high]


def _text(_known: Condition, _operator: Operator, given: Any, _lookup: bool) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > LONGEST_TEXT or "\x00" in given:
        raise _Wrong(f"1 到 {LONGEST_TEXT} 个字", f"1 to {LONGEST_TEXT} characters")
    return given.strip()


def _flag(_known: Condition, _operator: Operator, given: Any, _lookup: bool) -> bool:
    if given is not True:
        raise _Wrong("true", "true")
    return True


_READERS: dict[Kind, Callable[[Condition, Operator, Any, bool], Any]] = {
    Kind.CHOICES: _choices,
    Kind.SECURITIES: _securities,
    Kind.MONEY: _money,
    Kind.MONEY_RANGE: _money_range,
    Kind.NUMBER: lambda _known, operator, given, _lookup: _whole(operator, given),
    Kind.NUMBER_RANGE: _number_range,
    Kind.DAYS: lambda _known, operator, given, _lookup: _whole(operator, given),
    Kind.TEXT: _text,
    Kind.FLAG: _flag,
}


# --- compiling -------------------------------------------------------------------------------------------


def compile_tree(
    tree: Tree, *, today: date | None = None, alias: str = "c", prefix: str = "k"
) -> tuple[str, dict[str, Any]]:
    """``(sql, parameters)``: a condition on ``clients_client`` under ``alias``, true, false or NULL (= false).

    The tree is checked again, without looking options up. ``prefix`` keeps the parameters of several trees in
    one statement apart.
    """
    scope = Scope(today or business_time.today(), alias, prefix)
    return _compile(_checked(tree, lookup=False), scope), scope.parameters


def _compile(node: Tree, scope: Scope) -> str:
    if "not" in node:
        inner = _compile(node["not"], scope)
        if isinstance(inner, Certain):
            return Certain(f"NOT {inner}")
        # Only here NULL and false differ; everywhere else a bare condition lets an index serve it.
        return Certain(f"({inner}) IS NOT TRUE")
    for join, word in (("all", " AND "), ("any", " OR ")):
        if join in node:
            return word.join(f"({_compile(item, scope)})" for item in node[join])
    known = condition(node["is"])
    name = next(key for key in node if key != "is")
    return known.by_name[name].compile(scope, node[name])


_NAMED = re.compile(r"%\((\w+)\)s")


def positional(sql: str, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The same statement with ``%s`` and a list, for parts of Django that know no named parameters."""
    return _NAMED.sub("%s", sql), [parameters[name] for name in _NAMED.findall(sql)]


# --- reading out -----------------------------------------------------------------------------------------


def sentence(tree: Tree, language: str | None = None) -> str:
    """A tree in words: ``级别是金智慧或金锦囊，并且资产不少于 100,000 元``."""
    english = formats.is_english(language or get_language())
    return _sentence(tree, english, outer=True)


def _sentence(node: Tree, english: bool, outer: bool = False) -> str:
    if "not" in node:
        inner = _sentence(node["not"], english, outer=True)
        return f"not ({inner})" if english else f"不是（{inner}）"
    for join, zh, en in (("all", "，并且", ", and "), ("any", "，或者", ", or ")):
        if join in node:
            parts = [_sentence(item, english) for item in node[join]]
            text = (en if english else zh).join(parts)
            if outer or len(parts) == 1:
                return text
            return f"({text})" if english else f"（{text}）"
    known = condition(node["is"])
    name = next(key for key in node if key != "is")
    operator = known.by_name[name]
    return operator.sentence[english].format(value=value_words(known, operator, node[name], english))


def value_words(known: Condition, operator: Operator, value: Any, english: bool) -> str:
    """A value as it reads within its sentence."""
    if operator.kind in (Kind.CHOICES, Kind.SECURITIES):
        labels = known.choices.labels(value) if known.choices else {}
        words = [
            str(item) if (option := labels.get(item)) is None else option.words[english] for item in value
        ]
        last = " and " if operator.name == "all_of" else " or "
        if english:
            return words[0] if len(words) == 1 else ", ".join(words[:-1]) + last + words[-1]
        return ("和" if operator.name == "all_of" else "或").join(words)
    if operator.kind is Kind.MONEY:
        return _amount(value)
    if operator.kind is Kind.MONEY_RANGE:
        return (" to " if english else " 到 ").join(_amount(part) for part in value)
    if operator.kind is Kind.NUMBER_RANGE:
        return (" to " if english else " 到 ").join(str(part) for part in value)
    return str(value)


def _amount(value: str) -> str:
    return formats.money(value, 2 if "." in value else 0)


def leaves(tree: Tree) -> Iterator[Tree]:
    """Every single condition of a tree."""
    if "not" in tree:
        yield from leaves(tree["not"])
    elif "is" in tree:
        yield tree
    else:
        for item in tree.get("all") or tree.get("any") or []:
            yield from leaves(item)
