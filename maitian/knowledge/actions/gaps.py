"""Questions that found nothing: counted, written for, or said to need nothing."""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, search
from maitian.core.errors import AlreadyDone, NotFound
from maitian.core.privacy import token
from maitian.core.time import shanghai
from maitian.knowledge.errors import ReasonMissing
from maitian.knowledge.models import Article, Gap, GapAsker
from maitian.knowledge.rules.finding import question
from maitian.staff.models import Member


@transaction.atomic
def count(words: str, *, actor: str, at: datetime | None = None) -> Gap | None:
    """Count a search that found nothing; the same reader counts once a day. Words that may be personal are not kept."""
    bare = question(words)
    asked = search.query(bare)
    if not bare or not asked:
        return None
    now = at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO knowledge_gap AS g (words, query, state, by_staff, by_clients, first_at, last_at, decided_by, reason)"
            " VALUES (%s, %s, 'open', 0, 0, %s, %s, '', '') ON CONFLICT (words) DO UPDATE SET last_at = excluded.last_at RETURNING id",
            [bare, asked, now, now],
        )
        gap_id = cursor.fetchone()[0]
        day = shanghai(now).date()
        cursor.execute(
            "INSERT INTO knowledge_gapasker (gap_id, who, day) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [gap_id, token(f"{actor} {day} {gap_id}"), day],
        )
        if cursor.rowcount:
            side = "by_clients" if actor.startswith("client:") else "by_staff"
            # What was found once and is not found any more (an article was withdrawn) is a gap again.
            cursor.execute(
                f"UPDATE knowledge_gap SET {side} = {side} + 1, state = CASE WHEN state = 'answered' THEN 'open' ELSE state END WHERE id = %s",
                [gap_id],
            )
    return Gap.objects.get(pk=gap_id)


def close_answered(article: Article) -> int:
    """Gaps whose words a freshly published article holds are answered; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE knowledge_gap g SET state = 'answered', article_id = a.id FROM knowledge_article a"
            " WHERE a.id = %s AND g.state IN ('open', 'drafted')"
            " AND (g.article_id = a.id OR (CASE WHEN g.by_clients > 0 AND g.by_staff = 0 THEN a.client_search ELSE a.search END) @@ g.query::tsquery)",
            [article.pk],
        )
        return int(cursor.rowcount)


def _open(gap_id: int) -> Gap:
    gap = Gap.objects.select_for_update().filter(pk=gap_id).first()
    if gap is None:
        raise NotFound()
    if gap.state != Gap.State.OPEN:
        raise AlreadyDone(state=gap.get_state_display())
    return gap


@transaction.atomic
def draft(*, gap_id: int, by: Member, at: datetime | None = None) -> Article:
    """One click: a draft with the question as its title and as a way of asking."""
    from maitian.knowledge.actions.writing import save_draft

    gap, now = _open(gap_id), at or timezone.now()
    version = save_draft(by=by, values={"title": gap.words, "questions": gap.words}, gap_id=gap.pk, at=now)
    ledger.record(
        "knowledge.gap_drafted", actor=by.actor, object_kind="article", object_id=version.article_id, at=now,
        facts={"article": f"K-{version.article_id}", "asked": gap.by_staff + gap.by_clients},
    )  # fmt: skip
    return version.article


@transaction.atomic
def dismiss(*, gap_id: int, by: Member, reason: str, at: datetime | None = None) -> Gap:
    """It needs no article, and why. It is not listed again, however often it is asked."""
    gap = _open(gap_id)
    if not reason.strip():
        raise ReasonMissing()
    gap.state, gap.decided_by, gap.reason = Gap.State.DISMISSED, by.actor, reason.strip()[:200]
    gap.save(update_fields=["state", "decided_by", "reason"])
    ledger.record(
        "knowledge.gap_dismissed", actor=by.actor, object_kind="gap", object_id=gap.pk, at=at or timezone.now(),
        facts={"reason": gap.reason},
    )  # fmt: skip
    return gap


@transaction.atomic
def reopen(*, gap_id: int, by: Member) -> Gap:
    """A dismissed one is wanted after all."""
    gap = Gap.objects.select_for_update().filter(pk=gap_id, state=Gap.State.DISMISSED).first()
    if gap is None:
        raise NotFound()
    gap.state, gap.decided_by, gap.reason = Gap.State.OPEN, by.actor, ""
    gap.save(update_fields=["state", "decided_by", "reason"])
    return gap


def forget_askers(before: date) -> int:
    """Marks of past days are of no use: who asked yesterday counts again today."""
    return GapAsker.objects.filter(day__lt=before).delete()[0]
