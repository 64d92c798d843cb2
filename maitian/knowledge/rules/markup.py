"""The few marks that an article's text may hold, as HTML and as the plain words of an answer. Pure.

An article is plain text, so that it goes into an answer, a text or a mail as it stands. A line that begins with ``## ``
is a heading, ``- `` a point, ``1. `` a step; an empty line ends a paragraph. Everything else is words: no HTML is kept,
none is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

STEP = re.compile(r"(\d{1,2})[.、．](?!\d)\s*(.+)")
POINT = re.compile(r"[-*•·]\s+(.+)")
HEADING = re.compile(r"#{1,4}\s+(.+)")


@dataclass
class Block:
    """``kind``: ``text``, ``heading``, ``points`` or ``steps``; ``lines`` are its lines without their marks."""

    kind: str
    lines: list[str] = field(default_factory=list)


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text in their order. Lines of one kind that follow each other are one block."""
    current: Block | None = None
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = raw.strip()
        if not line:
            if current is not None and current.kind == "text":
                yield current
                current = None
            continue
        kind, words = _read(line)
        if current is not None and (kind != current.kind or kind == "heading"):
            yield current
            current = None
        if current is None:
            current = Block(kind)
        current.lines.append(words)
    if current is not None:
        yield current


def _read(line: str) -> tuple[str, str]:
    if found := HEADING.fullmatch(line):
        return "heading", found[1]
    if found := POINT.fullmatch(line):
        return "points", found[1]
    if found := STEP.fullmatch(line):
        return "steps", found[2]
    return "text", line


def html(text: str, heading: str = "h3") -> str:
    """The text as HTML of a few plain tags, with everything that was typed escaped."""
    out = []
    for block in blocks(text):
        lines = [escape(line) for line in block.lines]
        if block.kind == "heading":
            out.append(f"<{heading}>{lines[0]}</{heading}>")
        elif block.kind == "text":
            out.append("<p>" + "<br>".join(lines) + "</p>")
        else:
            tag = "ol" if block.kind == "steps" else "ul"
            out.append(f"<{tag}>" + "".join(f"<li>{line}</li>" for line in lines) + f"</{tag}>")
    return "".join(out)


def words(text: str) -> str:
    """The text as it goes into an answer: headings as lines, points with a dot, steps numbered from one."""
    out = []
    for block in blocks(text):
        if block.kind == "steps":
            out.append("\n".join(f"{n}. {line}" for n, line in enumerate(block.lines, 1)))
        elif block.kind == "points":
            out.append("\n".join(f"· {line}" for line in block.lines))
        else:
            out.append("\n".join(block.lines))
    return "\n\n".join(out)


def lead(text: str, most: int = 90) -> str:
    """The first words of a text on one line, at most ``most`` characters."""
    flat = " ".join(line for block in blocks(text) if block.kind != "heading" for line in block.lines)
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"
