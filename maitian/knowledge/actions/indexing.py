"""The words of articles: what searches ask, and in how many articles each word stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import connection

from maitian.core import search
from maitian.knowledge.models import Article, Facing, Version


def index(article: Article, version: Version | None) -> None:
    """Write the words of the version in force; ``None`` takes the article out of every search.

    The counts of :class:`Term` move by the difference, in the order of the words, so that two writers cannot lock each
    other out.
    """
    before = _stored(article.pk)
    texts: list[str] = []
    inside: list[str] = []
    head: list[str] = []
    if version is not None:
        head = [version.title, version.questions]
        texts = [*head, version.answer, " ".join(version.tags)]
        inside = [version.inside]
    words = search.search_terms(" ".join([*texts, *inside]))
    facing_clients = version is not None and version.facing == Facing.CLIENTS
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE knowledge_article SET search = array_to_tsvector(%s::text[]), title_search = array_to_tsvector(%s::text[]),"
            " client_search = array_to_tsvector(%s::text[]) WHERE id = %s",
            [words, search.search_terms(" ".join(head)), search.search_terms(" ".join(texts)) if facing_clients else [], article.pk],
        )  # fmt: skip
    _count(before, words)


def _stored(article_id: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(search) FROM knowledge_article WHERE id = %s", [article_id])
        found = cursor.fetchone()
    return list(found[0] or []) if found else []


def _count(before: Sequence[str], after: Sequence[str]) -> None:
    change = Counter(after)
    change.subtract(before)
    moved = sorted((term, by) for term, by in change.items() if by and len(term) > 1)
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO knowledge_term AS t (term, articles) SELECT w.term, greatest(w.by, 0)"
            " FROM unnest(%s::text[], %s::int[]) AS w(term, by) ORDER BY w.term"
            " ON CONFLICT (term) DO UPDATE SET articles = greatest(0, t.articles + CASE WHEN excluded.articles > 0 THEN excluded.articles ELSE -1 END)",
            [[term for term, _by in moved], [by for _term, by in moved]],
        )


def count_again() -> int:
    """Count every word anew; returns how many there are. For a table that was filled in bulk."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE knowledge_term")
        cursor.execute(
            "INSERT INTO knowledge_term (term, articles) SELECT word, ndoc FROM"
            " ts_stat('SELECT search FROM knowledge_article WHERE state = ''published''') WHERE length(word) BETWEEN 2 AND 60"
        )
        return int(cursor.rowcount)
