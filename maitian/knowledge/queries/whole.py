"""Everything that the page of an article shows, and which articles a case has used."""

from __future__ import annotations

from typing import Any

from django.db import connection

from maitian.core import ledger
from maitian.core.models import LedgerEntry
from maitian.knowledge.models import Article, Feedback, Review, Use, Version
from maitian.knowledge.queries.access import edits
from maitian.staff.models import Member


def article_page(member: Member, article: Article) -> dict[str, Any]:
    """The parts of the page that the member may see (access checked by ``get``)."""
    versions = list(article.versions.order_by("-number"))
    in_force = next((v for v in versions if v.state == Version.State.PUBLISHED), None)
    waiting = next((v for v in versions if v.state in (Version.State.DRAFT, Version.State.SUBMITTED)), None)
    last = next((v for v in versions if v.state == Version.State.REPLACED), None)
    may_edit = edits(member)
    shown = in_force or (waiting if may_edit else None) or last
    mine = Feedback.objects.filter(article=article, version=article.version, member=member).first()
    return {
        "shown": shown,
        "in_force": in_force,
        "waiting": waiting if may_edit else None,
        "versions": versions if may_edit else [],
        "files": list(shown.files.order_by("pk")) if shown else [],
        "mine": mine,
        "reviews": list(Review.objects.filter(article=article).select_related("member").order_by("-pk")[:3]),
        "said": list(Feedback.objects.filter(article=article).exclude(note=b"").select_related("member").order_by("-at")[:6]) if may_edit else [],
        "cases": list(Use.objects.filter(article=article).select_related("case").order_by("-pk")[:5]) if may_edit else [],
    }  # fmt: skip


def history(article: Article, most: int = 12) -> list[Any]:
    """The ledger's rows about an article, newest first, without single uses and answers."""
    kinds = ("knowledge.used", "knowledge.helped", "knowledge.not_helped")
    found = LedgerEntry.objects.filter(object_kind="article", object_id=str(article.pk)).exclude(
        kind__in=kinds
    )
    return [ledger.item(row) for row in found.order_by("-number")[:most]]


def case_uses(case_ids: list[int]) -> list[dict[str, Any]]:
    """Articles that went into answers of a case, with how."""
    found = Use.objects.filter(case_id__in=case_ids).select_related("article").order_by("pk")
    return [{"article": use.article, "how": use.get_how_display(), "at": use.at} for use in found]


def most_used(most: int = 8) -> list[Article]:
    """What is used most, for a first page without a search."""
    found = Article.objects.filter(state=Article.State.PUBLISHED).select_related("worth")
    return list(found.order_by("-worth__weight", "pk")[:most])


RECENT = 2_000


def tags(most: int = 20) -> list[tuple[str, int]]:
    """The tags of what was published lately, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tag, count(*) FROM (SELECT tags FROM knowledge_article WHERE state = 'published'"
            " ORDER BY published_at DESC, id DESC LIMIT %s) a, unnest(a.tags) AS tag GROUP BY tag ORDER BY 2 DESC, 1 LIMIT %s",
            [RECENT, most],
        )
        return list(cursor.fetchall())
