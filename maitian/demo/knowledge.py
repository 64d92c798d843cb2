"""The knowledge base in use: written, checked, read, some of it late for its review, some of it wanting."""

from __future__ import annotations

from datetime import datetime, timedelta

from maitian.clients.models import Client
from maitian.core.time import shanghai
from maitian.demo.articles import ARTICLES, SOUGHT, WAITING
from maitian.knowledge.actions import gaps, using, writing
from maitian.knowledge.models import Article, Gap, Use, Worth
from maitian.staff.models import Member

LATE = {3: 41, 9: 12}  # index of an article → days since its review date
SOON = {6: 5, 14: 9}  # days until it


def load(members: dict[str, Member], now: datetime) -> int:
    """Articles by the actions of the room, in the order in which a branch would have written them; returns how many."""
    made: list[Article] = []
    for n, values in enumerate(ARTICLES):
        given = {key: value for key, value in values.items() if key != "owner"}
        maker = members[values["owner"]]
        at = now - timedelta(days=150 - n * 6)
        version = writing.save_draft(by=maker, values=given, at=at)
        writing.submit(article_id=version.article_id, number=1, by=maker, at=at + timedelta(hours=2))
        writing.publish(
            article_id=version.article_id, number=1, by=members["checker"], at=at + timedelta(hours=26)
        )
        made.append(version.article)
    _renewed(made, members, now)
    today = shanghai(now).date()
    for n, days in LATE.items():
        Article.objects.filter(pk=made[n].pk).update(
            review_on=today - timedelta(days=days), reminded_on=today - timedelta(days=days - 1)
        )
    for n, days in SOON.items():
        Article.objects.filter(pk=made[n].pk).update(review_on=today + timedelta(days=days))
    _readers(made, now)
    for values in WAITING:
        _waiting(values, members, now)
    for n, (words, clients, colleagues) in enumerate(SOUGHT):
        at = now - timedelta(days=1 + n, hours=n)
        for number in range(clients):
            gaps.count(words, actor=f"client:{number}", at=at - timedelta(days=number))
        for number in range(colleagues):
            gaps.count(words, actor=f"member:{number}", at=at - timedelta(days=number))
    Gap.objects.filter(words="夜盘").update(
        state=Gap.State.DISMISSED, decided_by=members["editor"].actor, reason="我们没有夜盘交易"
    )
    return len(made)


def _renewed(made: list[Article], members: dict[str, Member], now: datetime) -> None:
    """One article has a second version: what changed can be seen."""
    article, by = made[2], members["hotline1"]
    answer = ARTICLES[2]["answer"].replace(
        "单笔或当天超过了银行的限额。", "单笔或当天超过了银行的限额，各行限额见附表。"
    )
    at = now - timedelta(days=20)
    version = writing.save_draft(
        by=by, article_id=article.pk, values={"answer": answer, "change": "写明限额各行不同"}, at=at
    )
    writing.submit(article_id=article.pk, number=version.number, by=by, at=at + timedelta(hours=1))
    writing.publish(
        article_id=article.pk, number=version.number, by=members["boss"], at=at + timedelta(hours=5)
    )


def _readers(made: list[Article], now: datetime) -> None:
    """Uses of the months before, as counts; some readers who said what is missing."""
    for n, article in enumerate(made):
        used, helped, not_helped = (n * 37) % 90 + 6, (n * 23) % 40 + 4, (n * 7) % 6
        if n == 10:
            helped, not_helped = 5, 11
        Worth.objects.filter(article=article).update(
            used=used, helped=helped, not_helped=not_helped, weight=used + 3 * (helped - not_helped)
        )
    clients = list(Client.objects.filter(merged_into=None, state="active").order_by("pk")[:3])
    said = [(10, "柜台周末开不开门没写"), (10, "人脸一直不通过怎么办"), (2, "")]
    for client, (n, note) in zip(clients, said, strict=False):
        article = Article.objects.get(pk=made[n].pk)
        using.rate(
            article=article, helped=not note, client=client, note=note, at=now - timedelta(days=3 - n % 3)
        )


def _waiting(values: dict[str, str], members: dict[str, Member], now: datetime) -> None:
    given = {key: value for key, value in values.items() if key not in ("maker", "state", "reason")}
    maker, at = members[values["maker"]], now - timedelta(hours=30)
    version = writing.save_draft(by=maker, values=given, at=at)
    if values["state"] in ("submitted", "returned"):
        writing.submit(article_id=version.article_id, number=1, by=maker, at=at + timedelta(hours=1))
    if values["state"] == "returned":
        writing.send_back(
            article_id=version.article_id,
            number=1,
            by=members["checker"],
            reason=values["reason"],
            at=at + timedelta(hours=3),
        )


def used_in_cases(members: dict[str, Member], now: datetime) -> None:
    """Some answers of the desk came out of articles."""
    from maitian.desk.models import Case
    from maitian.knowledge import queries

    for case in (
        Case.objects.filter(kind__code="enquiry", last_reply_at__isnull=False)
        .select_related("client", "owner")
        .order_by("-pk")[:12]
    ):
        found = queries.suggest(case.subject, kind="enquiry", most=1)
        if found and case.owner is not None:
            using.use(
                article=found[0].article,
                case=case,
                by=case.owner,
                how=Use.How.WORDS,
                at=case.last_reply_at or now,
            )
