"""Searching: every word asked for, the most useful first; and suggestions for a sentence.

A word of two characters is found wherever it stands (``core.search``: pairs of neighbouring characters). A list of at most
:data:`FEW` hits is sorted whole, titles first; of a more frequent word the articles are walked by their weight, which finds a
page at once because the word is frequent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from maitian.core import search
from maitian.knowledge.models import Article
from maitian.knowledge.queries.access import shown_from
from maitian.knowledge.rules import finding
from maitian.ui.paging import Sql

FEW = 2_000

HITS = """
SELECT a.id FROM knowledge_article a JOIN knowledge_worth w ON w.article_id = a.id
 WHERE NARROW AND a.COLUMN @@ %s::tsquery
 ORDER BY (a.title_search @@ %s::tsquery) DESC, w.weight DESC, a.id
"""
WALK = """
SELECT a.id FROM knowledge_worth w JOIN knowledge_article a ON a.id = w.article_id
 WHERE NARROW AND a.COLUMN @@ %s::tsquery
 ORDER BY w.weight DESC, w.article_id
"""
MANY = "SELECT count(*) FROM (SELECT 1 FROM knowledge_article a WHERE NARROW AND a.COLUMN @@ %s::tsquery LIMIT %s) AS counted"


def found_by(
    words: str, *, kind: str = "", level: int | None = None, facing: str = "", tag: str = ""
) -> Sql | None:
    """Ids of published articles that hold every word, best first, for a window; None when there is no word to ask for."""
    narrow, params = ["a.state = 'published'"], []
    for sql, value in (
        ("%s = ANY(a.kinds)", kind), ("(a.levels = '{}' OR %s = ANY(a.levels))", level), ("a.facing = %s", facing), ("%s = ANY(a.tags)", tag),
    ):  # fmt: skip
        if value not in ("", None):
            narrow.append(sql)
            params.append(value)
    return _statement("search", narrow, params, words)


def portal_found_by(client_rank: int, words: str) -> Sql | None:
    """As :func:`found_by`, of what a client of a level may read, by the words that he may read."""
    narrow = [
        "a.state = 'published' AND a.facing = 'clients' AND a.review_on >= %s AND (a.levels = '{}' OR %s = ANY(a.levels))"
    ]
    return _statement("client_search", narrow, [shown_from(), client_rank], words)


def _statement(column: str, narrow: list[str], params: list[Any], words: str) -> Sql | None:
    asked = search.query(words)
    if not asked:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_put(MANY, column, narrow), [*params, asked, FEW + 1])
        many = cursor.fetchone()[0] > FEW
    if many:
        return Sql(_put(WALK, column, narrow), [*params, asked])
    return Sql(_put(HITS, column, narrow), [*params, asked, asked])


def _put(sql: str, column: str, narrow: Sequence[str]) -> str:
    return sql.replace("COLUMN", column).replace("NARROW", " AND ".join(narrow))


def rows(ids: Sequence[int]) -> list[Article]:
    """Articles in the order of the ids, with what a row shows."""
    found = (
        Article.objects.select_related("owner", "worth")
        .defer("search", "client_search", "title_search")
        .in_bulk(list(ids))
    )
    return [found[pk] for pk in ids if pk in found]


@dataclass(frozen=True)
class Suggestion:
    """``score``: weights of the words that it holds, three times for its title; ``words``: how many of them."""

    article: Article
    score: float
    words: int


def holding(words: Sequence[str]) -> dict[str, int]:
    """In how many published articles each of the words stands; words that none holds are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT term, articles FROM knowledge_term WHERE term = ANY(%s::text[]) AND articles > 0",
            [list(words)],
        )
        return dict(cursor.fetchall())


EXACT = 1_000  # up to so many articles are counted; of more the database's own estimate is enough


def how_many() -> int:
    """About how many articles there are, to tell a frequent word from a rare one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'knowledge_article'::regclass")
        estimate = int(cursor.fetchone()[0])
        if estimate > EXACT:
            return estimate
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM knowledge_article WHERE state = 'published' LIMIT %s) AS counted",
            [EXACT],
        )
        return max(1, int(cursor.fetchone()[0]))


SUGGEST = """
WITH asked AS MATERIALIZED (
  SELECT ('''' || term || '''')::tsquery AS q, weight FROM unnest(%s::text[], %s::float8[]) AS t(term, weight)),
hit AS MATERIALIZED (
  SELECT a.id, a.COLUMN AS words, a.title_search AS title, a.kinds FROM knowledge_article a
   WHERE NARROW AND a.COLUMN @@ %s::tsquery LIMIT %s)
SELECT h.id, sum(k.weight * CASE WHEN h.title @@ k.q THEN 3 ELSE 1 END)
             * CASE WHEN %s = ANY(h.kinds) THEN 1.3 ELSE 1 END AS score,
       count(*) AS words, count(*) FILTER (WHERE h.title @@ k.q) AS titled
  FROM hit h JOIN asked k ON h.words @@ k.q GROUP BY h.id, h.kinds
HAVING count(*) >= 2 OR count(*) FILTER (WHERE h.title @@ k.q) >= 1
 ORDER BY score DESC, h.id LIMIT %s
"""


def suggest(
    text: str, *, kind: str = "", rank: int | None = None, clients_only: bool = False, most: int = 5
) -> list[Suggestion]:
    """Articles that a text is about, the most fitting first: those that hold its rarest words (``rules.finding``).

    ``kind``: of the case, articles for it count a third more. ``rank``: the client's level; articles for other levels are
    left out. ``clients_only``: for the portal, of what clients may read.
    """
    asked = finding.terms(text)
    if not asked:
        return []
    chosen = finding.chosen(asked, holding(asked), how_many())
    if not chosen:
        return []
    narrow: list[str] = ["a.state = 'published'"]
    params: list[Any] = []
    if clients_only:
        narrow.append("a.facing = 'clients' AND a.review_on >= %s")
        params.append(shown_from())
    if rank is not None:
        narrow.append("(a.levels = '{}' OR %s = ANY(a.levels))")
        params.append(rank)
    sql = _put(SUGGEST, "client_search" if clients_only else "search", narrow)
    either = " | ".join(f"'{term}'" for term, _weight in chosen)
    words, weights = [term for term, _weight in chosen], [weight for _term, weight in chosen]
    with connection.cursor() as cursor:
        cursor.execute(sql, [words, weights, *params, either, finding.MOST_HITS, kind, most])
        found = cursor.fetchall()
    by_id = {article.pk: article for article in rows([row[0] for row in found])}
    return [Suggestion(by_id[row[0]], float(row[1]), int(row[2])) for row in found if row[0] in by_id]
