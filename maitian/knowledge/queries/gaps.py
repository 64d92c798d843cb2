"""What is looked for and not found, and what is found and does not help."""

from __future__ import annotations

from django.db.models import F, QuerySet

from maitian.core import rulebook
from maitian.knowledge.models import Article, Gap


def gap_list(state: str, side: str = "") -> QuerySet[Gap]:
    """Gaps of a state, the most asked first; ``side``: ``clients`` or ``staff`` for those that they asked."""
    found = Gap.objects.filter(state=state).select_related("article")
    if side in ("clients", "staff"):
        found = found.filter(**{f"by_{side}__gt": 0})
    return found.order_by("-asked", "-last_at", "-pk")


def little_help() -> QuerySet[Article]:
    """Published articles that enough readers answered about and too few were helped by (rulebook), the worst first."""
    limits = rulebook.at().knowledge
    found = Article.objects.filter(state=Article.State.PUBLISHED).select_related("owner", "worth")
    found = found.annotate(answers=F("worth__helped") + F("worth__not_helped")).filter(
        answers__gte=limits.poor_answers
    )
    found = found.filter(worth__helped__lt=F("answers") * limits.poor_share / 100.0)
    return found.order_by(F("worth__not_helped").desc(), "pk")
