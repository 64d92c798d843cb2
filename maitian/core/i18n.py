"""Message catalogues: compiled by Babel when they are newer, so that no system tool is needed."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOMS = Path(__file__).resolve().parent.parent


def compile_catalogues() -> int:
    """Compile every room's ``django.po`` that is newer than its ``.mo``; returns how many."""
    compiled = 0
    for source in ROOMS.glob("*/locale/*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        made = target.with_suffix(".tmp")
        with made.open("wb") as file:
            write_mo(file, catalogue)
        made.rename(target)
        compiled += 1
    return compiled
