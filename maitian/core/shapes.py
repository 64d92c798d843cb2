"""Shapes of rule values: what a new value must look like, and how it travels through a form. Pure.

A value is JSON: numbers, texts, booleans, lists and tables. Its shape is taken from the value in force. Lists whose
members look alike may grow and shrink; a list of equally long lists is a table of rows with fixed columns
(``[[0, 20, "C1"], …]``, ``[["09:00", "12:00"], …]``). A table with numbered or no entries (``{"2": 30, "3": 15}``) is a
map, whose entries may come and go. A form sends one field per leaf, named by its path: ``v.0.options.1.points``.
What a value means is not known here: the rooms check that (``rulebook.check``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
ROOT = "v"
MOST_ITEMS = 200
LARGEST = 10**12
FIRST = (
    "title",
    "zh",
    "title_en",
    "en",
    "key",
    "points",
)  # how the entries of a table are ordered; the rest follows


class Wrong(ValueError):
    """A value that does not fit: where (a path), and what was expected, in Chinese and English."""

    def __init__(self, path: str, zh: str, en: str) -> None:
        self.path, self.zh, self.en = path, zh, en
        super().__init__(path, zh, en)

    @property
    def where(self) -> tuple[str, str]:
        """The place inside a longer value: ``第 3 项 · points``; empty for a value that is one leaf."""
        parts = self.path.split(".")[1:]
        zh = " · ".join(f"第 {int(part) + 1} 项" if part.isdigit() else part for part in parts)
        en = " · ".join(f"item {int(part) + 1}" if part.isdigit() else part for part in parts)
        return (f"（{zh}）" if zh else "", f" ({en})" if en else "")


def kind(value: Any) -> str:
    """``number``, ``whole``, ``flag``, ``time``, ``text``, ``list``, ``map`` or ``table`` of one value."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "whole"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "time" if TIME.fullmatch(value) else "text"
    if isinstance(value, list):
        return "list"
    return "map" if all(key.isdigit() for key in value) else "table"


def is_row(value: Any, among: Any) -> bool:
    """Whether ``value`` is one row of a list of equally long lists."""
    return (
        isinstance(value, list)
        and isinstance(among, list)
        and all(isinstance(item, list) and len(item) == len(value) for item in among)
    )


EXPECTED = {
    "flag": ("是或否", "yes or no"),
    "whole": ("不小于 0 的整数", "a whole number, zero or more"),
    "number": ("不小于 0 的数", "a number, zero or more"),
    "time": ("时刻，如 09:30", "a time of day, like 09:30"),
    "text": ("文字", "text"),
    "list": ("至少一项的列表", "a list with at least one item"),
    "table": ("和现在一样的各项", "the same entries as now"),
    "map": ("一项一个数", "one number for each entry"),
}


def _wrong(path: str, wanted: str) -> Wrong:
    return Wrong(path, *EXPECTED[wanted])


def check(new: Any, current: Any, path: str = ROOT, among: Any = None) -> None:
    """Raise :class:`Wrong` unless ``new`` has the shape of ``current``; ``among`` is the list that holds it."""
    wanted = kind(current)
    if wanted == "flag":
        if not isinstance(new, bool):
            raise _wrong(path, wanted)
    elif wanted in ("whole", "number"):
        numeric = isinstance(new, int | float) and not isinstance(new, bool)
        if not numeric or not 0 <= new <= LARGEST or (wanted == "whole" and new != int(new)):
            raise _wrong(path, wanted)
    elif wanted == "time":
        if not isinstance(new, str) or not TIME.fullmatch(new):
            raise _wrong(path, wanted)
    elif wanted == "text":
        # As the entry of a table an empty text may mean "none"; the room says whether it may.
        needed = path == ROOT or path.rsplit(".", 1)[1].isdigit()
        if not isinstance(new, str) or len(new) > 2000 or (needed and not new.strip()):
            raise _wrong(path, wanted)
    elif wanted == "map":
        if not isinstance(new, dict) or not all(
            isinstance(item, int | float) and not isinstance(item, bool) and abs(item) <= LARGEST
            for item in new.values()
        ):
            raise _wrong(path, wanted)
    elif wanted == "table":
        if not isinstance(new, dict) or set(new) != set(current):
            raise _wrong(path, wanted)
        for key, value in current.items():
            check(new[key], value, f"{path}.{key}")
    else:
        _check_list(new, current, path, among)


def _check_list(new: Any, current: list[Any], path: str, among: Any) -> None:
    if not isinstance(new, list) or (not new and path == ROOT) or len(new) > MOST_ITEMS:
        raise _wrong(path, "list")
    if is_row(current, among):
        if len(new) != len(current):
            raise _wrong(path, "list")
        for number, (item, model) in enumerate(zip(new, current, strict=True)):
            check(item, model, f"{path}.{number}")
        return
    for number, item in enumerate(new):
        check(item, model_of(current, number), f"{path}.{number}", current)


def model_of(current: list[Any], number: int) -> Any:
    """What an item looks like: its own place's, or the last one's; texts in a list that is empty now."""
    return current[min(number, len(current) - 1)] if current else "x"


def at(value: Any, path: str) -> Any:
    """The part of a value at a path; what is not there is an empty text."""
    for part in path.split(".")[1:]:
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return ""
    return value


# --- forms ---------------------------------------------------------------------------------------------


@dataclass
class Node:
    """One part of a value as a form shows it. Leaves have ``text``; lists and tables have ``children``."""

    path: str
    name: str  # the key in a table, or the number of an item, from 1
    kind: str
    text: str = ""
    children: list[Node] = field(default_factory=list)
    grows: bool = False  # a list whose items may be added and taken out

    @property
    def is_leaf(self) -> bool:
        return not self.children and self.kind not in ("list", "table", "map")

    @property
    def heading(self) -> str:
        """What a table is called: its first text."""
        return next((child.text for child in self.children if child.kind == "text"), "")

    @property
    def is_deep(self) -> bool:
        """Whether there are tables inside, which need the width of the page."""
        return any(child.kind in ("table", "map") or child.is_deep for child in self.children)

    @property
    def is_flat(self) -> bool:
        """A list or row of leaves, which fits on one line."""
        return bool(self.children) and all(child.is_leaf for child in self.children)


def leaf_text(value: Any) -> str:
    """A leaf as it stands in a field: ``true`` and ``false`` for flags, numbers without needless noughts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def tree(value: Any, path: str = ROOT, name: str = "", among: Any = None) -> Node:
    """A value as nodes."""
    what = kind(value)
    if what == "list":
        row = is_row(value, among)
        children = [
            tree(item, f"{path}.{number}", str(number + 1), value) for number, item in enumerate(value)
        ]
        return Node(path, name, "row" if row else "list", children=children, grows=not row)
    if what == "map":
        return Node(
            path, name, "map", children=[tree(value[key], f"{path}.{key}", key) for key in sorted(value)]
        )
    if what == "table":
        keys = sorted(value, key=lambda key: (FIRST.index(key) if key in FIRST else len(FIRST), key))
        return Node(path, name, "table", children=[tree(value[key], f"{path}.{key}", key) for key in keys])
    return Node(path, name, what, leaf_text(value))


def read(data: Mapping[str, str], current: Any) -> Any:
    """The value that a form sends, built along the shape of ``current``. Texts stay texts where they do not fit.

    Items ticked ``out.<path>`` are left out. What is missing is left out, too; :func:`check` then finds it.
    """
    return _read(data, current, ROOT, None)


def _read(data: Mapping[str, str], current: Any, path: str, among: Any) -> Any:
    what = kind(current)
    if what == "table":
        return {key: _read(data, item, f"{path}.{key}", None) for key, item in current.items()}
    if what == "map":
        found = {
            str(number): leaf(data[f"{path}.{number}"], "number")
            for number in _numbers(data, path)
            if f"out.{path}.{number}" not in data
        }
        added = data.get(f"key.{path}", "").strip()
        return found | ({added: leaf(data.get(f"add.{path}", ""), "number")} if added else {})
    if what == "list":
        if is_row(current, among):
            return [_read(data, item, f"{path}.{n}", None) for n, item in enumerate(current)]
        return [
            _read(data, model_of(current, number), f"{path}.{number}", current)
            for number in _numbers(data, path)
            if f"out.{path}.{number}" not in data
        ]
    return leaf(data.get(path, ""), what)


def _numbers(data: Mapping[str, str], path: str) -> Iterator[int]:
    head = path + "."
    found = {
        int(part)
        for name in data
        if name.startswith(head) and (part := name[len(head) :].split(".", 1)[0]).isdigit() and len(part) < 5
    }
    return iter(sorted(found)[: MOST_ITEMS + 1])


def leaf(text: str, what: str) -> Any:
    """What was typed as a value of its kind; the text itself when it is none, so that the refusal can name it."""
    typed = text.strip()
    if what == "flag":
        return {"true": True, "false": False}.get(typed, typed)
    if what in ("whole", "number"):
        try:
            number = float(typed.replace(",", "").replace("，", ""))
        except ValueError:
            return typed
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return typed


def more(value: Any, path: str) -> Any:
    """The value with one more item in the list at ``path``: the last one again, its texts empty."""
    parts = path.split(".")[1:]
    if not parts:
        return [*value, blank(value[-1]) if value else ""] if isinstance(value, list) else value
    key: Any = int(parts[0]) if isinstance(value, list) else parts[0]
    changed = more(value[key], ".".join([ROOT, *parts[1:]]))
    if isinstance(value, list):
        return [*value[:key], changed, *value[key + 1 :]]
    return {**value, key: changed}


def blank(value: Any) -> Any:
    """A value of the same shape with nothing typed."""
    if isinstance(value, dict):
        return {key: blank(item) for key, item in value.items()}
    if isinstance(value, list):
        return [blank(item) for item in value]
    return "" if isinstance(value, str) else 0 if not isinstance(value, bool) else False
