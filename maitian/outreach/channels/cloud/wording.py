"""A text as a registered template with its values.

The clouds send no free texts: a template is registered and examined there, and a request names it with the values of
its variables. Which template a text is, and with which values, is read from the finished text itself. So what a client
gets is what was decided here, sign by sign; a text that is no registered template does not go this way. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_HOLE = re.compile(r"\$\{(\w{1,40})\}|\{(\d{1,2})\}")  # ${name} at one cloud, {1} at another
_SIGN = re.compile(r"^【[^【】]{1,20}】|【[^【】]{1,20}】$")
REMEMBERED = 500  # topics of which the last fitting template is tried first


class Words(NamedTuple):
    """What a text says: a registered template with values in their order, or the bare text (no ``template``)."""

    text: str  # without the signature, which the cloud puts before it
    template: str = ""
    values: tuple[tuple[str, str], ...] = ()


class Template:
    """One registered template. Raises ``ValueError`` when its variables cannot be told apart in a finished text."""

    def __init__(self, number: str, text: str) -> None:
        self.number = number
        self._holes: list[str] = []  # names in their order, one as often as it stands there
        self._literals: list[str] = []  # what stands before, between and after them
        at = 0
        for hole in _HOLE.finditer(text):
            literal = text[at : hole.start()]
            if self._holes and not literal:
                raise ValueError(f"template {number}: two variables side by side")
            self._literals.append(literal)
            self._holes.append(hole[1] or hole[2])
            at = hole.end()
        self._literals.append(text[at:])

    def read(self, text: str) -> Words | None:
        """The values that make ``text`` of this template, if there are any.

        Each value ends where the next fixed words begin first: if any values fit, these do, and it takes one pass.
        """
        first, *between = self._literals
        if not text.startswith(first):
            return None
        at, values = len(first), dict[str, str]()
        for number, (name, literal) in enumerate(zip(self._holes, between, strict=True)):
            if number < len(between) - 1:
                end = text.find(literal, at + 1)
            else:
                end = len(text) - len(literal) if text.endswith(literal) else -1
            if end <= at:
                return None
            value = text[at:end]
            if values.setdefault(name, value) != value:
                return None
            at = end + len(literal)
        return Words(text, self.number, tuple(values.items())) if at == len(text) else None


class Wording:
    """The templates that are registered with one cloud. ``free``: it takes bare texts, too."""

    def __init__(self, templates: Sequence[Mapping[str, str]], free: bool) -> None:
        self._templates = [Template(str(entry["id"]), str(entry["text"])) for entry in templates]
        self._free = free
        self._last: dict[str, Template] = {}

    def read(self, text: str, topic: str = "") -> Words | None:
        """``None``: this cloud cannot send it. ``topic`` only says which template is tried first."""
        bare = _SIGN.sub("", text, count=1)
        first = self._last.get(topic)
        for template in (first, *self._templates) if first else self._templates:
            found = template.read(bare)
            if found is not None:
                if template is not first:
                    if len(self._last) >= REMEMBERED:
                        self._last.clear()
                    self._last[topic] = template
                return found
        return Words(bare) if self._free else None
