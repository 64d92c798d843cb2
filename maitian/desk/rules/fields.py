"""Answers to the form of a case kind: whether they fit it. What a form may say: ``rules.kinds``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

TYPES = (
    "text",
    "long",
    "choice",
    "date",
    "time",
    "amount",
    "number",
    "yes_no",
    "member",
    "security",
    "phone",
)
KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
LONGEST = {"text": 200, "long": 4000}
MOST_FIELDS = 30


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a field: ``missing``, ``choice``, ``date``, ``time``, ``amount``, ``number``, ``long``,
    ``security``, ``phone``, ``member`` or ``unknown``."""

    key: str
    what: str
    label: str = ""
    label_en: str = ""


def check(
    fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any], *, complete: bool = True
) -> tuple[dict[str, Any], list[Wrong]]:
    """The answers in their stored form, and what is wrong with them.

    Text is trimmed; amounts and numbers become text without thousands marks, dates ISO, yes or no a boolean.
    ``complete`` false leaves out the question whether something is missing (a draft, a client's short note).
    """
    answers: dict[str, Any] = {}
    faults: list[Wrong] = []
    known = {str(entry["key"]) for entry in fields}
    faults += [Wrong(str(key), "unknown", str(key), str(key)) for key in given if key not in known]
    for entry in fields:
        key, value = str(entry["key"]), given.get(entry["key"])
        text = value.strip() if isinstance(value, str) else value
        if text is None or text == "":
            if entry.get("required") and complete:
                faults.append(_wrong(entry, "missing"))
            continue
        stored, fault = _read(entry, text)
        if fault:
            faults.append(_wrong(entry, fault))
        else:
            answers[key] = stored
    return answers, faults


def _wrong(entry: Mapping[str, Any], what: str) -> Wrong:
    return Wrong(str(entry["key"]), what, str(entry["name"]), str(entry["name_en"]))


def _read(entry: Mapping[str, Any], value: Any) -> tuple[Any, str]:
    kind, text = entry["type"], str(value)
    if kind in LONGEST:
        return text, "" if len(text) <= LONGEST[kind] else "long"
    if kind == "choice":
        keys = {str(choice["key"]) for choice in entry["choices"]}
        return text, "" if text in keys else "choice"
    if kind == "date":
        return _iso(date.fromisoformat, text, "date")
    if kind == "time":
        return _iso(datetime.fromisoformat, text, "time")
    if kind == "amount":
        return _decimal(text, 2, "amount")
    if kind == "number":
        return _decimal(text, 0, "number")
    if kind == "yes_no":
        said = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "no": False}
        found = value if isinstance(value, bool) else said.get(text.lower())
        return found, "" if found is not None else "choice"
    if kind == "security":
        return text, "" if re.fullmatch(r"[0-9]{6}", text) else "security"
    if kind == "member":
        return text, "" if text.isascii() and text.isdigit() and len(text) < 18 else "member"
    digits = re.sub(r"[\s()+-]", "", text)
    return digits, "" if digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 15 else "phone"


def _iso(read: Any, text: str, fault: str) -> tuple[str, str]:
    try:
        return read(text).isoformat(), ""
    except ValueError:
        return text, fault


def _decimal(text: str, places: int, fault: str) -> tuple[str, str]:
    try:
        amount = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return text, fault
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 14 or amount != round(amount, places):
        return text, fault
    return f"{amount:.{places}f}", ""
