"""Who may read which article. One place says it: lists, pages, files, the API and the portal ask here."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import QuerySet

from maitian.clients.models import Client
from maitian.core import rulebook
from maitian.core.errors import NotFound
from maitian.core.time import today
from maitian.knowledge.models import Article, Facing
from maitian.staff.models import Member


def edits(member: Member) -> bool:
    """Whether the member sees drafts, old versions and what was withdrawn."""
    return member.may("knowledge.write") or member.may("knowledge.approve")


def published() -> QuerySet[Article]:
    return Article.objects.filter(state=Article.State.PUBLISHED)


def visible(member: Member) -> QuerySet[Article]:
    """What is in force; for who writes or checks everything."""
    found = Article.objects.select_related("owner", "worth")
    return found if edits(member) else found.filter(state=Article.State.PUBLISHED)


def get(member: Member, article_id: int) -> Article:
    """The article, or :class:`NotFound` when there is none or it is not the member's to see."""
    found = visible(member).filter(pk=article_id).first()
    if found is None:
        raise NotFound()
    return found


def shown_from() -> date:
    """Articles whose review date lies before this day are no longer shown to clients."""
    return today() - timedelta(days=rulebook.at().knowledge.hide_days)


def for_client(client_id: int) -> QuerySet[Article]:
    """What a client may open: published, meant for clients, for his level, and not long past its review."""
    rank = Client.objects.values_list("level_rank", flat=True).get(pk=client_id)
    found = published().filter(facing=Facing.CLIENTS, review_on__gte=shown_from())
    return found.extra(
        where=["(knowledge_article.levels = '{}' OR %s = ANY(knowledge_article.levels))"], params=[rank]
    )


def get_for_client(client_id: int, article_id: int) -> Article:
    found = for_client(client_id).filter(pk=article_id).first()
    if found is None:
        raise NotFound()
    return found


def open_to(article: Article, client_id: int) -> bool:
    """Whether the client could open the article's page in the portal."""
    return for_client(client_id).filter(pk=article.pk).exists()
