"""What changed between two versions of an article, line by line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Line:
    """``kind``: ``same``, ``new`` or ``gone``."""

    kind: str
    text: str


def lines(before: str, after: str) -> list[Line]:
    """Every line of both texts, those that went before those that came."""
    old, new = before.strip().split("\n"), after.strip().split("\n")
    found: list[Line] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Line("same", text) for text in old[i:j]]
        else:
            found += [Line("gone", text) for text in old[i:j]] + [Line("new", text) for text in new[k:m]]
    return [line for line in found if line.text or line.kind == "same"]


def around(found: Sequence[Line], keep: int = 2) -> list[Line | None]:
    """The changed lines with ``keep`` lines around them; None where something was left out. Empty when all is the same."""
    near = {
        i + step for i, line in enumerate(found) if line.kind != "same" for step in range(-keep, keep + 1)
    }
    out: list[Line | None] = []
    for i, line in enumerate(found):
        if i in near:
            out.append(line)
        elif near and (not out or out[-1] is not None):
            out.append(None)
    return out
