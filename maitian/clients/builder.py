"""The click builder of conditions: what stands in the form, what the tree is, what each button does.

A page gives its form one builder::

    builder = Builder.from_data(request.POST, "c")      # or Builder.from_tree(segment.conditions, "c")
    …
    {% include "clients/builder.html" %}                 # within the page's own <form>

The form's fields are named by the builder's name and the place in the tree: ``c.0.is``, ``c.0.op``, ``c.0.v``,
``c.1.join``, ``c.1.0.is`` … A button carries ``c.do`` = ``add:1`` (a condition into group 1), ``group:`` (a group
into the outermost), ``remove:1.0`` or ``look``. Without scripts the button sends the page's form to the page
itself, which calls ``from_data`` and shows it again; with scripts htmx fetches only the builder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from maitian.clients import conditions
from maitian.clients.conditions import DEEPEST, MOST_CONDITIONS, Condition, Kind, Operator, Option, said
from maitian.core.errors import DomainError

MOST_ITEMS = 60  # of one group in the form, so that a made-up form stays small
LISTED = 12  # so many options are ticked; more are chosen one by one
RANGES = (Kind.MONEY_RANGE, Kind.NUMBER_RANGE)
LISTS = (Kind.CHOICES, Kind.SECURITIES)


@dataclass
class Row:
    """One condition as it stands in the form, perhaps unfinished."""

    builder: str
    path: str
    name: str = ""
    operator_name: str = ""
    values: list[str] = field(default_factory=list)
    negated: bool = False
    error: str = ""
    fresh: bool = False  # just added: gets the focus

    is_group = False

    @property
    def condition(self) -> Condition | None:
        return next((c for c in conditions.registered() if c.name == self.name), None)

    @property
    def operator(self) -> Operator | None:
        known = self.condition
        if known is None:
            return None
        return known.by_name.get(self.operator_name) or known.operators[0]

    @property
    def prefix(self) -> str:
        return f"{self.builder}.{self.path}"

    @property
    def operators(self) -> list[tuple[str, str, bool]]:
        """``(name, word, chosen)``."""
        known, chosen = self.condition, self.operator
        if known is None or chosen is None:
            return []
        return [(item.name, said(item.label), item.name == chosen.name) for item in known.operators]

    @property
    def kind(self) -> str:
        return str(self.operator.kind) if self.operator else ""

    @property
    def unit(self) -> str:
        return said(self.operator.unit) if self.operator else ""

    @property
    def ticks(self) -> list[tuple[Option, bool]]:
        """All options with their state, when they are few enough to be ticked."""
        offered = self._offered()
        return (
            [(option, str(option.value) in self.values) for option in offered]
            if len(offered) <= LISTED
            else []
        )

    @property
    def chosen(self) -> list[Option]:
        """The values chosen so far, of options too many to tick."""
        known = self.condition
        if known is None or known.choices is None or self.ticks:
            return []
        typed = [
            int(v) if known.choices.type is int and _is_whole(v) else v for v in self.values if v.strip()
        ]
        labels = known.choices.labels(typed)
        return [
            labels[value] if value in labels else Option(value, (str(value), str(value)))
            for value in dict.fromkeys(typed)
        ]

    @property
    def further(self) -> list[Option]:
        """Options not chosen yet, of too many to tick; empty where one types and searches."""
        if self.ticks or self.kind != Kind.CHOICES:
            return []
        return [option for option in self._offered() if str(option.value) not in self.values]

    def _offered(self) -> list[Option]:
        known = self.condition
        return known.choices.options() if known and known.choices and self.kind == Kind.CHOICES else []

    @property
    def first(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def second(self) -> str:
        return self.values[1] if len(self.values) > 1 else ""

    @property
    def unfinished(self) -> bool:
        """A condition is chosen and its value is still to be filled in."""
        kind = self.operator.kind if self.operator else Kind.FLAG
        return kind is not Kind.FLAG and not any(value.strip() for value in self.values)

    def tree(self, finished: bool = False) -> conditions.Tree | None:
        """The condition as written down, unchecked; None where nothing is chosen yet.

        ``finished``: also None while the value is missing.
        """
        operator = self.operator
        if not self.name or (finished and self.unfinished):
            return None
        value: Any
        if operator is None or operator.kind is Kind.FLAG:
            value = True
        elif operator.kind in RANGES:
            value = [self.first, self.second]
        elif operator.kind in LISTS:
            value = [item for item in self.values if item.strip()]
        else:
            value = self.first
        made: conditions.Tree = {"is": self.name, (operator.name if operator else "any_of"): value}
        return {"not": made} if self.negated else made


@dataclass
class Group:
    """Conditions and groups that are met together or one of them."""

    builder: str
    path: str
    join: str = "all"
    negated: bool = False
    items: list[Row | Group] = field(default_factory=list)

    is_group = True

    @property
    def prefix(self) -> str:
        return f"{self.builder}.{self.path}" if self.path else self.builder

    @property
    def depth(self) -> int:
        return len(self.path.split(".")) + 1 if self.path else 1

    @property
    def may_nest(self) -> bool:
        return self.depth < DEEPEST

    def tree(self, finished: bool = False) -> conditions.Tree | None:
        parts = [part for item in self.items if (part := item.tree(finished)) is not None]
        if not parts:
            return None
        made: conditions.Tree = {self.join: parts}
        return {"not": made} if self.negated else made


@dataclass
class Builder:
    """One builder on a page. ``name`` keeps the fields of several builders apart; a letter, then letters or digits."""

    name: str
    root: Group
    error: str = ""

    @classmethod
    def empty(cls, name: str = "c") -> Builder:
        return cls(name, Group(name, "", items=[Row(name, "0")]))

    @classmethod
    def from_tree(cls, tree: conditions.Tree | None, name: str = "c") -> Builder:
        """A builder that shows a tree."""
        if not tree:
            return cls.empty(name)
        outer = tree if "all" in tree or "any" in tree else {"all": [tree]}
        made = cls(name, Group(name, ""))
        made.root = made._group(outer, "", False)
        return made

    def _group(self, tree: conditions.Tree, path: str, negated: bool) -> Group:
        join = "all" if "all" in tree else "any"
        made = Group(self.name, path, join, negated)
        for number, item in enumerate(tree[join]):
            made.items.append(self._item(item, f"{path}.{number}" if path else str(number)))
        return made

    def _item(self, node: conditions.Tree, path: str) -> Row | Group:
        negated = "not" in node
        inner = node["not"] if negated else node
        if "is" not in inner:
            return self._group(inner, path, negated)
        operator = next(key for key in inner if key != "is")
        value = inner[operator]
        values = (
            [str(item) for item in value]
            if isinstance(value, list)
            else []
            if value is True
            else [str(value)]
        )
        return Row(self.name, path, inner["is"], operator, values, negated)

    @classmethod
    def from_data(cls, data: QueryDict | Mapping[str, Any], name: str = "c") -> Builder:
        """What a form sent, with its button's work done. Anything that is no field of the builder is left out."""
        made = cls(name, Group(name, ""))
        fields = _nested(data, name)
        made.root = made._read(fields, "", 1)
        if f"{name}.do" in data:
            made.do(str(data[f"{name}.do"]))
        if not made.root.items:
            made.root.items.append(Row(name, "0"))
        made._number(made.root, "")
        return made

    @staticmethod
    def sent(data: QueryDict | Mapping[str, Any], name: str = "c") -> bool:
        """Whether a form with this builder was sent at all."""
        return any(key.startswith(name + ".") for key in data)

    def _read(self, fields: dict[str, Any], path: str, depth: int) -> Group:
        made = Group(
            self.name, path, "any" if _one(fields, "join") == "any" else "all", bool(_one(fields, "not"))
        )
        numbers = sorted((key for key in fields if key.isascii() and key.isdigit() and len(key) < 4), key=int)
        for number in numbers[:MOST_ITEMS]:
            inner = fields[number]
            if not isinstance(inner, dict):
                continue
            place = f"{path}.{number}" if path else number
            if "join" in inner:
                if depth < DEEPEST:
                    made.items.append(self._read(inner, place, depth + 1))
                continue
            values = [str(value)[:60] for value in inner.get("v", [])][: conditions.MOST_VALUES]
            made.items.append(
                Row(self.name, place, _one(inner, "is"), _one(inner, "op"), values, bool(_one(inner, "not")))
            )
        return made

    def do(self, action: str) -> None:
        """The work of a button: ``add:PATH``, ``group:PATH``, ``remove:PATH``; anything else only looks again."""
        verb, _colon, path = action.partition(":")
        if verb in ("add", "group"):
            group = self._find(path)
            if isinstance(group, Group) and len(group.items) < MOST_ITEMS and self.size() < MOST_CONDITIONS:
                if verb == "add":
                    group.items.append(Row(self.name, "", fresh=True))
                elif group.may_nest:
                    join = "any" if group.join == "all" else "all"
                    group.items.append(Group(self.name, "", join, items=[Row(self.name, "", fresh=True)]))
        elif verb == "remove":
            parent = self._find(path.rpartition(".")[0])
            if isinstance(parent, Group):
                parent.items = [item for item in parent.items if item.path != path]

    def _find(self, path: str) -> Row | Group | None:
        if not path:
            return self.root
        return next((item for item in self._items(self.root) if item.path == path), None)

    def _items(self, group: Group) -> Iterator[Row | Group]:
        for item in group.items:
            yield item
            if isinstance(item, Group):
                yield from self._items(item)

    def _number(self, group: Group, path: str) -> None:
        """Places without gaps, after a button moved things. An inner group without anything goes."""
        group.items = [item for item in group.items if not isinstance(item, Group) or item.items]
        for number, item in enumerate(group.items):
            item.path = f"{path}.{number}" if path else str(number)
            if isinstance(item, Group):
                self._number(item, item.path)

    def size(self) -> int:
        return sum(1 for item in self._items(self.root) if isinstance(item, Row))

    def query(self) -> str:
        """The fields as a query string: an address under which the same conditions stand again."""
        return urlencode(list(self._pairs(self.root)))

    def _pairs(self, group: Group) -> Iterator[tuple[str, str]]:
        yield f"{group.prefix}.join", group.join
        if group.negated:
            yield f"{group.prefix}.not", "1"
        for item in group.items:
            if isinstance(item, Group):
                yield from self._pairs(item)
                continue
            yield f"{item.prefix}.is", item.name
            if item.operator_name:
                yield f"{item.prefix}.op", item.operator_name
            ranged = item.operator is not None and item.operator.kind in RANGES
            yield from ((f"{item.prefix}.v", value) for value in item.values if value.strip() or ranged)
            if item.negated:
                yield f"{item.prefix}.not", "1"

    @property
    def started(self) -> bool:
        """Whether anything has been chosen and filled in."""
        return self.root.tree(finished=True) is not None

    @property
    def unfinished(self) -> int:
        """How many conditions still wait for their value."""
        return sum(
            1 for row in self._items(self.root) if isinstance(row, Row) and row.name and row.unfinished
        )

    def tree(self, finished: bool = False) -> conditions.Tree:
        """The checked tree. Raises the refusal, which then also stands at its row.

        ``finished``: conditions without a value are left out instead of refused.
        """
        for row in self._items(self.root):
            if isinstance(row, Row) and (one := row.tree(finished)) is not None:
                try:
                    conditions.check(one)
                except DomainError as refused:
                    row.error = refused.sentence()
        try:
            return conditions.check(self.root.tree(finished) or {"all": []})
        except DomainError as refused:
            self.error = refused.sentence()
            raise

    @property
    def offered(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """``(heading, [(name, word)])`` for the list of conditions."""
        found: dict[str, list[tuple[str, str]]] = {}
        for item in conditions.registered():
            found.setdefault(said(conditions.HEADINGS[item.group]), []).append((item.name, item.title))
        return list(found.items())


def _is_whole(text: str) -> bool:
    return text.strip().lstrip("-").isdigit() and len(text) < 15


def _one(fields: Mapping[str, Any], name: str) -> str:
    values = fields.get(name, [])
    return str(values[-1]).strip()[:60] if isinstance(values, list) and values else ""


def _nested(data: QueryDict | Mapping[str, Any], name: str) -> dict[str, Any]:
    """``{"c.0.is": …}`` as ``{"0": {"is": […]}}``."""
    made: dict[str, Any] = {}
    for key in data:
        parts = key.split(".")
        if parts[0] != name or not 2 <= len(parts) <= DEEPEST + 2:
            continue
        values = data.getlist(key) if isinstance(data, QueryDict) else [data[key]]
        at = made
        for part in parts[1:-1]:
            inner = at.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            at = inner
        else:
            at[parts[-1]] = values
    return made
