"""Keeping articles true: reviews, owners, reminders."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core.time import shanghai
from maitian.knowledge.actions.writing import check_review_day, in_force, locked
from maitian.knowledge.errors import NotInForce, OwnerWrong
from maitian.knowledge.models import Article, Review
from maitian.staff.models import Member
from maitian.staff.notifications import notify

BATCH = 500


@transaction.atomic
def confirm(
    *, article_id: int, by: Member, until: date | None = None, note: str = "", at: datetime | None = None
) -> Review:
    """Somebody has looked: it is still true, and is looked at again by ``until`` (the usual days without one)."""
    article, now = locked(article_id), at or timezone.now()
    version = in_force(article)
    if article.state != Article.State.PUBLISHED or version is None:
        raise NotInForce(what="复查", what_en="reviewed")
    day = check_review_day(until)
    review = Review.objects.create(
        article=article, version=version.number, member=by, at=now, until=day, note=note.strip()[:200]
    )
    article.review_on, article.reminded_on = day, None
    article.save(update_fields=["review_on", "reminded_on"])
    ledger.record(
        "knowledge.reviewed", actor=by.actor, object_kind="article", object_id=article.pk, at=now,
        facts={"article": article.ref, "version": version.number, "until": day.isoformat()},
    )  # fmt: skip
    return review


@transaction.atomic
def give_to(*, article_id: int, by: Member, owner_id: int, at: datetime | None = None) -> Article:
    """Somebody else answers for its being true."""
    article, now = locked(article_id), at or timezone.now()
    owner = Member.objects.filter(pk=owner_id, branch_id=by.branch_id, active=True).first()
    if owner is None or not owner.may("knowledge.write"):
        raise OwnerWrong()
    if owner.pk == article.owner_id:
        return article
    article.owner = owner
    article.save(update_fields=["owner"])
    if owner.pk != by.pk:
        notify(
            [owner.pk],
            "knowledge.yours",
            facts={"article": article.ref},
            url=f"/knowledge/{article.pk}/",
            at=now,
        )
    ledger.record(
        "knowledge.owner", actor=by.actor, object_kind="article", object_id=article.pk, at=now,
        facts={"article": article.ref, "owner": owner.pk},
    )  # fmt: skip
    return article


def remind(now: datetime | None = None) -> int:
    """Tell owners of articles whose review is near, and again when its day has passed; returns how many were told."""
    moment = now or timezone.now()
    told = 0
    while (part := _remind_some(moment)) > 0:
        told += part
    return told


@transaction.atomic
def _remind_some(now: datetime) -> int:
    today = shanghai(now).date()
    soon = today + timedelta(days=rulebook.at(now).knowledge.remind_days)
    due = Article.objects.select_for_update(skip_locked=True).filter(state=Article.State.PUBLISHED)
    # Told once when it is near (never told yet), once more when it is late (told before its day).
    near = due.filter(review_on__gte=today, review_on__lte=soon, reminded_on=None)
    late = due.filter(review_on__lt=today).filter(Q(reminded_on=None) | Q(reminded_on__lt=F("review_on")))
    rows = [*near.order_by("review_on", "pk")[:BATCH]] or [*late.order_by("review_on", "pk")[:BATCH]]
    for article in rows:
        assert article.review_on is not None
        kind = "knowledge.review_late" if article.review_on < today else "knowledge.review_soon"
        article.reminded_on = today
        notify(
            [article.owner_id], kind, facts={"article": article.ref, "due": article.review_on.isoformat()},
            url=f"/knowledge/{article.pk}/", at=now,
        )  # fmt: skip
    Article.objects.bulk_update(rows, ["reminded_on"])
    return len(rows)
