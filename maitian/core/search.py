"""Search words of Chinese text: what is stored with a text, and what a hit must have. Pure.

Neighbouring characters are stored in pairs (bigrams), so that every two-character word is found and nothing
else; a dictionary would miss the words that it does not know. The database keeps the words as a ``tsvector``
with a GIN index and answers ``search @@ query(text)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HAN = re.compile(r"[㐀-䶿一-鿿𠀀-𯨟]+")
WORD = re.compile(r"[0-9a-z]+")
TAG = re.compile(r"<[^>]+>")
LONGEST = 60


def plain(html: str) -> str:
    """The text of cleaned HTML, tags as spaces."""
    return TAG.sub(" ", html)


def search_terms(text: str) -> list[str]:
    """Terms to store: every two neighbouring Chinese characters, every character, every Latin word or number."""
    folded = text.casefold()
    found = set(WORD.findall(folded))
    for run in HAN.findall(folded):
        found.update(run)
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return sorted(term for term in found if len(term) <= LONGEST)


def query_terms(text: str) -> list[str]:
    """Terms that a hit must have: pairs of each Chinese run (one character stands alone), Latin words."""
    folded = text.casefold()
    found = set(WORD.findall(folded))
    for run in HAN.findall(folded):
        found.update([run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)])
    return sorted(found)


def document(texts: Iterable[str]) -> str:
    """The terms of several texts for ``array_to_tsvector(string_to_array(…, ' '))``."""
    return " ".join(search_terms(" ".join(texts)))


def query(text: str) -> str:
    """A ``tsquery`` that asks for every term of ``text``; empty when there is nothing to ask for.

    The terms hold letters, digits and Chinese characters only, so none needs escaping.
    """
    return " & ".join(f"'{term}'" for term in query_terms(text))
