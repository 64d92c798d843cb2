"""Phrases with blanks. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

BLANK = re.compile(r"\{([a-z_]+)\}")
KNOWN = ("client", "me", "ref", "due")


def unknown(text: str) -> list[str]:
    """Blanks that nothing fills."""
    return sorted({name for name in BLANK.findall(text) if name not in KNOWN})


def filled(text: str, values: Mapping[str, str]) -> str:
    """The phrase with its blanks filled; a blank without a value stays, so that nobody sends a half sentence unseen."""
    return BLANK.sub(lambda found: values.get(found[1]) or found[0], text)


def address_of(name: str, gender: str, family: str) -> str:
    """How a client is spoken to: ``陈先生``, ``陈女士``; the whole name where the gender is not on record."""
    if not name:
        return "您"
    return family + ("先生" if gender in "mM" else "女士") if gender in ("m", "f", "M", "F") else name
