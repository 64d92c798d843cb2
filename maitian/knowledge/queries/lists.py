"""Lists of articles with their views and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import QuerySet

from maitian.core import rulebook
from maitian.core.time import today
from maitian.knowledge.models import Article, Facing, Version
from maitian.knowledge.queries.access import edits, visible
from maitian.staff.models import Member

VIEWS = ("published", "mine", "review", "late", "check", "drafts", "withdrawn")
FOR_READERS = ("published",)
MOST = 1_000  # counted


@dataclass(frozen=True)
class Filters:
    """What a list shows. Empty means everything."""

    view: str = "published"
    words: str = ""
    kind: str = ""
    level: str = ""
    tag: str = ""
    facing: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], member: Member) -> Filters:
        """From an address; what means nothing, or is not the member's to see, is left out."""
        view = given.get("view", "published")
        level = given.get("level", "")
        return cls(
            view=view if view in views_of(member) else "published",
            words=given.get("q", "").strip()[:60],
            kind=given.get("kind", "")[:30],
            level=level if level.isascii() and level.isdigit() and len(level) < 4 else "",
            tag=given.get("tag", "").strip()[:30],
            facing=given.get("facing", "") if given.get("facing", "") in Facing.values else "",
        )

    @property
    def narrowed(self) -> bool:
        return replace(self, view="published") != Filters()

    @property
    def rank(self) -> int | None:
        return int(self.level) if self.level else None


def views_of(member: Member) -> tuple[str, ...]:
    return VIEWS if edits(member) else FOR_READERS


def listing(member: Member, filters: Filters) -> QuerySet[Article]:
    """Articles of a view without a search, latest first; reviews by their day."""
    found = visible(member).defer("search", "client_search", "title_search")
    if filters.kind:
        found = found.filter(kinds__contains=[filters.kind])
    if filters.rank is not None:
        found = found.extra(
            where=["(knowledge_article.levels = '{}' OR %s = ANY(knowledge_article.levels))"],
            params=[filters.rank],
        )
    if filters.tag:
        found = found.filter(tags__contains=[filters.tag])
    if filters.facing:
        found = found.filter(facing=filters.facing)
    return _of_view(found, member, filters.view)


def _of_view(found: QuerySet[Article], member: Member, view: str) -> QuerySet[Article]:
    published = found.filter(state=Article.State.PUBLISHED)
    if view == "mine":
        return published.filter(owner=member).order_by("review_on", "pk")
    if view == "review":
        return published.filter(review_on__gte=today(), review_on__lte=_soon()).order_by("review_on", "pk")
    if view == "late":
        return published.filter(review_on__lt=today()).order_by("review_on", "pk")
    if view == "check":
        return found.filter(pk__in=Version.objects.filter(state="submitted").values("article")).order_by("pk")
    if view == "drafts":
        return found.filter(pk__in=Version.objects.filter(state="draft").values("article")).order_by("-pk")
    if view == "withdrawn":
        return found.filter(state=Article.State.WITHDRAWN).order_by("-published_at", "-pk")
    return published.order_by("-published_at", "-pk")


def _soon() -> date:
    return today() + timedelta(days=rulebook.at().knowledge.remind_days)


def counts(member: Member) -> dict[str, int]:
    """How many articles each view of the member has, counted up to :data:`MOST`."""
    return {
        view: _of_view(visible(member), member, view).order_by()[:MOST].count() for view in views_of(member)
    }


def overdue() -> QuerySet[Article]:
    return Article.objects.filter(state=Article.State.PUBLISHED, review_on__lt=today())


def review_due(member: Member) -> QuerySet[Article]:
    """The member's own articles whose review is near or late, the latest first."""
    return Article.objects.filter(
        state=Article.State.PUBLISHED, owner=member, review_on__lte=_soon()
    ).order_by("review_on", "pk")


def to_check(member: Member) -> QuerySet[Version]:
    """Versions that wait for another person than their maker."""
    found = Version.objects.filter(state=Version.State.SUBMITTED).exclude(maker=member.actor)
    return found.select_related("article").order_by("submitted_at", "pk")
