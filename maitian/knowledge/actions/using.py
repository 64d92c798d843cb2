"""What is made of articles: they go into answers, and readers say whether they helped."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from maitian.clients.models import Client
from maitian.core import ledger
from maitian.desk.models import Case, Draft
from maitian.desk.rules.states import State
from maitian.knowledge import queries
from maitian.knowledge.actions.writing import in_force
from maitian.knowledge.errors import NoteTooLong, NotForClients, NotInForce
from maitian.knowledge.models import Article, Facing, Feedback, Use
from maitian.knowledge.rules import markup
from maitian.staff.models import Member
from maitian.staff.notifications import notify

NOTE = 300  # characters
WEIGHT = 3  # an answer of a reader against one use


def _worth(article_id: int, *, used: int = 0, helped: int = 0, not_helped: int = 0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE knowledge_worth SET used = used + %(u)s, helped = helped + %(h)s, not_helped = not_helped + %(n)s,"
            " weight = weight + %(u)s + %(w)s * (%(h)s - %(n)s) WHERE article_id = %(id)s",
            {"u": used, "h": helped, "n": not_helped, "w": WEIGHT, "id": article_id},
        )


@transaction.atomic
def use(
    *, article: Article, case: Case, by: Member, how: str, address: str = "", at: datetime | None = None
) -> str:
    """Take an article for an answer in a case; returns the words to put into it.

    ``how``: its words, or a link (``address``) to its page in the portal, which must be one that this client can open.
    Counted once a case; ``article`` and ``case`` come from queries that checked access.
    """
    now = at or timezone.now()
    version = in_force(article)
    if article.state != Article.State.PUBLISHED or version is None:
        raise NotInForce(what="用", what_en="used")
    if how == Use.How.LINK and (case.client_id is None or not queries.open_to(article, case.client_id)):
        raise NotForClients()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO knowledge_use (article_id, version, case_id, member_id, how, at) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (case_id, article_id, how) DO NOTHING",
            [article.pk, version.number, case.pk, by.pk, how, now],
        )
        fresh = cursor.rowcount == 1
    if fresh:
        _worth(article.pk, used=1)
        ledger.record(
            "knowledge.used", actor=by.actor, object_kind="article", object_id=article.pk, at=now,
            facts={"article": article.ref, "version": version.number, "ref": case.ref, "how": how},
        )  # fmt: skip
    return f"{version.title}：{address}" if how == Use.How.LINK else markup.words(version.answer)


@transaction.atomic
def into_draft(
    *, article: Article, case: Case, by: Member, how: str, address: str = "", at: datetime | None = None
) -> str:
    """As :func:`use`, and put the words at the end of the member's draft of an answer. For a browser without scripts."""
    now = at or timezone.now()
    words = use(article=article, case=case, by=by, how=how, address=address, at=now)
    if case.state not in (State.CLOSED, State.MERGED):
        draft = Draft.objects.select_for_update().filter(case=case, member=by, kind="reply").first()
        body = f"{draft.body.rstrip()}\n\n{words}" if draft is not None and draft.body.strip() else words
        Draft.objects.update_or_create(
            case=case, member=by, kind="reply", defaults={"body": body, "saved_at": now}
        )
    return words


@transaction.atomic
def rate(
    *, article: Article, helped: bool, member: Member | None = None, client: Client | None = None, note: str = "",
    at: datetime | None = None,
) -> Feedback:  # fmt: skip
    """A reader says whether the version in force helped; saying it again changes the answer. A note tells the owner why."""
    now, text = at or timezone.now(), note.strip()
    if len(text) > NOTE:
        raise NoteTooLong(most=NOTE)
    if article.state != Article.State.PUBLISHED:
        raise NotInForce(what="评价", what_en="rated")
    Article.objects.select_for_update(no_key=True).get(
        pk=article.pk
    )  # two presses of one button, one after the other
    before = Feedback.objects.filter(
        article=article, version=article.version, member=member, client=client
    ).first()
    row, _new = Feedback.objects.update_or_create(
        article=article, version=article.version, member=member, client=client,
        defaults={"helped": helped, "note": text or (str(before.note) if before is not None else ""), "at": now},
    )  # fmt: skip
    if before is None or before.helped != helped:
        undo = 0 if before is None else -1
        _worth(
            article.pk, helped=1 if helped else undo, not_helped=undo if helped else 1,
        )  # fmt: skip
        ledger.record(
            "knowledge.helped" if helped else "knowledge.not_helped", actor=member.actor if member else (client.actor if client else ""),
            client_id=client.pk if client else None, object_kind="article", object_id=article.pk, at=now,
            facts={"article": article.ref, "version": article.version},
        )  # fmt: skip
    if not helped and text and (member is None or member.pk != article.owner_id):
        notify(
            [article.owner_id],
            "knowledge.not_helped",
            facts={"article": article.ref},
            url=f"/knowledge/{article.pk}/#said",
            at=now,
        )
    return row


def may_link(article: Article, case: Case) -> bool:
    """Whether a link to the article would open for the client of the case."""
    return (
        article.facing == Facing.CLIENTS
        and case.client_id is not None
        and queries.open_to(article, case.client_id)
    )
