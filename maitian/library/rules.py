"""Pure decisions of the library: search words of Chinese text, what a report needs."""

from __future__ import annotations

import re

HAN = re.compile(r"[㐀-䶿一-鿿𠀀-𯨟]+")
WORD = re.compile(r"[0-9a-z]+")
TAG = re.compile(r"<[^>]+>")


def plain(html: str) -> str:
    """The text of cleaned HTML, tags as spaces."""
    return TAG.sub(" ", html)


def search_terms(text: str) -> list[str]:
    """Terms to store: every two neighbouring Chinese characters, every character, every Latin word or number.

    With overlapping pairs every two-character word is found, and nothing else; a dictionary would miss the
    words it does not know.
    """
    folded = text.casefold()
    found = set(WORD.findall(folded))
    for run in HAN.findall(folded):
        found.update(run)
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return sorted(term for term in found if len(term) <= 60)


def query_terms(text: str) -> list[str]:
    """Terms that a hit must have: pairs of each Chinese run (one character stands alone), Latin words."""
    folded = text.casefold()
    found = set(WORD.findall(folded))
    for run in HAN.findall(folded):
        found.update([run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)])
    return sorted(found)
