"""Versions: drafted by one person, put into force by another, never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from maitian.clients.models import Security
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound, SameMakerAndChecker
from maitian.desk import catalog
from maitian.knowledge.actions import indexing
from maitian.knowledge.actions.gaps import close_answered
from maitian.knowledge.errors import (
    ChangedMeanwhile,
    FieldMissing,
    FieldTooLong,
    HoldsAdvice,
    KindUnknown,
    LevelUnknown,
    NotInForce,
    NotOpen,
    ReasonMissing,
    ReviewDateWrong,
    TooManyTags,
)
from maitian.knowledge.models import Article, ArticleFile, Facing, Gap, Version, Worth
from maitian.knowledge.rules import markup
from maitian.offerings.models import ServiceLevel
from maitian.outreach import advice_rules
from maitian.staff.models import Member
from maitian.staff.notifications import notify

FIELDS = (
    "title",
    "questions",
    "answer",
    "inside",
    "facing",
    "levels",
    "kinds",
    "tags",
    "review_on",
    "change",
)
TITLE, QUESTIONS, CHANGE, TAG = 120, 1000, 200, 30  # characters


def facts(version: Version, **more: Any) -> dict[str, Any]:
    return {"article": f"K-{version.article_id}", "version": version.number, "title": version.title, **more}


def locked(article_id: int) -> Article:
    """The article, locked: every act on it and its versions takes this lock first."""
    found = (
        Article.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=article_id).first()
    )
    if found is None:
        raise NotFound()
    return found


def open_version(article: Article) -> Version | None:
    """The draft or submitted version, if there is one."""
    return article.versions.filter(state__in=[Version.State.DRAFT, Version.State.SUBMITTED]).first()


def in_force(article: Article) -> Version | None:
    return article.versions.filter(state=Version.State.PUBLISHED).first()


def _text(given: Any) -> str:
    return str(given or "").replace("\r\n", "\n").replace("\x00", "").strip()


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are given, as they are stored; a wrong one is refused by its name."""
    limits = rulebook.at().knowledge
    values: dict[str, Any] = {}
    for field, most, name, name_en in (
        ("title", TITLE, "标题", "The title"), ("questions", QUESTIONS, "客户会怎么问", "The ways of asking"),
        ("answer", limits.answer_letters, "给客户的话", "The answer"), ("inside", limits.inside_letters, "只给同事看的", "The inside note"),
        ("change", CHANGE, "改了什么", "What is new"),
    ):  # fmt: skip
        if field in given:
            values[field] = _text(given[field])
            if field in ("title", "change"):
                values[field] = " ".join(values[field].split())
            if len(values[field]) > most:
                raise FieldTooLong(field, name=name, name_en=name_en, most=most, given=len(values[field]))
    if "facing" in given:
        values["facing"] = Facing.CLIENTS if given["facing"] in (Facing.CLIENTS, True) else Facing.STAFF
    if "levels" in given:
        values["levels"] = sorted({int(rank) for rank in given["levels"]})
        known = set(ServiceLevel.objects.values_list("rank", flat=True))
        for rank in values["levels"]:
            if rank not in known:
                raise LevelUnknown(rank=rank)
    if "kinds" in given:
        values["kinds"] = sorted({str(code) for code in given["kinds"]})
        codes = {kind.code for kind in catalog.kinds().values()}
        for code in values["kinds"]:
            if code not in codes:
                raise KindUnknown(code=code[:30])
    if "tags" in given:
        tags = [" ".join(str(tag).split())[:TAG] for tag in given["tags"]]
        values["tags"] = list(dict.fromkeys(tag for tag in tags if tag))
        if len(values["tags"]) > limits.most_tags:
            raise TooManyTags(most=limits.most_tags)
    if "review_on" in given:
        values["review_on"] = check_review_day(given["review_on"])
    return values


def check_review_day(day: date | None) -> date:
    """A day by which an article is looked at again: tomorrow at the earliest, and not too far. Without one the usual."""
    limits, today = rulebook.at().knowledge, business_time.today()
    if day is None:
        return today + timedelta(days=limits.review_days)
    last = today + timedelta(days=limits.review_most_days)
    if not today < day <= last:
        raise ReviewDateWrong(last=last.isoformat(), days=limits.review_most_days)
    return day


@transaction.atomic
def save_draft(
    *, by: Member, values: Mapping[str, Any], article_id: int | None = None, seen: datetime | None = None,
    gap_id: int | None = None, at: datetime | None = None,
) -> Version:  # fmt: skip
    """Keep a draft: of a new article, of a new version, or the open one again. Nothing but the title is needed.

    A new version begins with the words and files of the one in force. What was handed over becomes a draft again when it is
    changed. ``seen`` is the ``changed_at`` that the writer had open; ``gap_id`` the question that it answers.
    """
    now = at or timezone.now()
    checked = _checked(values)
    if not checked.get("title") and (article_id is None or "title" in checked):
        raise FieldMissing("title", name="标题", name_en="The title")
    if article_id is None:
        article = Article.objects.create(owner=by, made_by=by.actor, made_at=now, title=checked["title"])
        Worth.objects.create(article=article)
        version = Version(article=article, number=1, made_at=now, changed_at=now)
    else:
        article = locked(article_id)
        open_one = open_version(article)
        if (
            open_one is not None
            and seen is not None
            and abs(open_one.changed_at - seen) >= timedelta(milliseconds=1)
        ):
            raise ChangedMeanwhile(name=_name(open_one.maker))
        version = open_one or _begun(article, now)
    for field in FIELDS:
        if field in checked:
            setattr(version, field, checked[field])
    version.state, version.maker, version.changed_at = Version.State.DRAFT, by.actor, now
    version.save()
    if article.version == 0:
        Article.objects.filter(pk=article.pk).update(title=version.title)
    if gap_id is not None:
        Gap.objects.filter(pk=gap_id, state=Gap.State.OPEN).update(
            state=Gap.State.DRAFTED, article=article, decided_by=by.actor
        )
    ledger.record(
        "knowledge.drafted",
        actor=by.actor,
        object_kind="article",
        object_id=article.pk,
        at=now,
        facts=facts(version),
    )
    return version


def _begun(article: Article, now: datetime) -> Version:
    """A new version of an article, with everything of the one before it."""
    last = article.versions.aggregate(last=Max("number"))["last"] or 0
    base = (
        in_force(article) or article.versions.exclude(state=Version.State.DROPPED).order_by("-number").first()
    )
    version = Version(
        article=article, number=last + 1, made_at=now, changed_at=now, state=Version.State.DRAFT
    )
    if base is None:
        return version
    for field in FIELDS:
        if field not in ("change", "review_on"):
            setattr(version, field, getattr(base, field))
    version.maker = base.maker
    version.save()
    ArticleFile.objects.bulk_create(
        [
            ArticleFile(version=version, **{f: getattr(file, f) for f in ("name", "content_type", "size", "digest", "file", "actor", "at")})
            for file in base.files.order_by("pk")
        ]
    )  # fmt: skip
    return version


def _name(actor: str) -> str:
    from maitian.staff.queries import actor_names

    return actor_names({actor}).get(actor, actor)


def _check_complete(version: Version) -> None:
    for field, name, name_en in (("title", "标题", "The title"), ("answer", "给客户的话", "The answer")):
        if not getattr(version, field):
            raise FieldMissing(field, name=name, name_en=name_en)
    if version.facing == Facing.CLIENTS:
        text = f"{version.title}\n{version.questions}\n{version.answer}"
        found = advice_rules.find(text, Security.objects.values_list("symbol", "name"))
        if found is not None:
            raise HoldsAdvice(security=found.security, words=found.words)


def _open(article: Article, number: int, state: str, what: str, what_en: str) -> Version:
    version = article.versions.filter(number=number).first()
    if version is None:
        raise NotFound()
    if version.state != state:
        raise NotOpen(state=version.get_state_display(), what=what, what_en=what_en)
    return version


@transaction.atomic
def submit(*, article_id: int, number: int, by: Member, at: datetime | None = None) -> Version:
    """Hand a draft to the checker."""
    article, now = locked(article_id), at or timezone.now()
    version = _open(article, number, Version.State.DRAFT, "提交", "submitted")
    _check_complete(version)
    version.state, version.submitted_at, version.changed_at, version.maker = (
        Version.State.SUBMITTED,
        now,
        now,
        by.actor,
    )
    version.reason = ""
    version.save(update_fields=["state", "submitted_at", "changed_at", "maker", "reason"])
    ledger.record(
        "knowledge.submitted",
        actor=by.actor,
        object_kind="article",
        object_id=article.pk,
        at=now,
        facts=facts(version),
    )
    return version


@transaction.atomic
def send_back(
    *, article_id: int, number: int, by: Member, reason: str, at: datetime | None = None
) -> Version:
    """The checker returns a version with a reason; the writer's bell rings."""
    article, now = locked(article_id), at or timezone.now()
    version = _open(article, number, Version.State.SUBMITTED, "退回", "returned")
    if not reason.strip():
        raise ReasonMissing()
    version.state, version.changed_at, version.reason = Version.State.DRAFT, now, reason.strip()[:300]
    version.checker, version.checked_at = by.actor, now
    version.save(update_fields=["state", "changed_at", "reason", "checker", "checked_at"])
    told = facts(version, reason=version.reason)
    _tell(version.maker, "knowledge.returned", told, now, besides=by)
    ledger.record(
        "knowledge.returned", actor=by.actor, object_kind="article", object_id=article.pk, at=now, facts=told
    )
    return version


def _tell(actor: str, kind: str, told: dict[str, Any], now: datetime, besides: Member) -> None:
    if actor.startswith("member:") and actor != besides.actor:
        notify([int(actor[7:])], kind, facts=told, url=f"/knowledge/{told['article'][2:]}/", at=now)


@transaction.atomic
def drop(*, article_id: int, number: int, by: Member, at: datetime | None = None) -> Version:
    """Give up a draft. It stays on record; what is in force stays in force."""
    article, now = locked(article_id), at or timezone.now()
    version = _open(article, number, Version.State.DRAFT, "放弃", "dropped")
    version.state, version.changed_at = Version.State.DROPPED, now
    version.save(update_fields=["state", "changed_at"])
    Gap.objects.filter(article=article, state=Gap.State.DRAFTED).update(
        state=Gap.State.OPEN, article=None, decided_by=""
    )
    ledger.record(
        "knowledge.dropped",
        actor=by.actor,
        object_kind="article",
        object_id=article.pk,
        at=now,
        facts=facts(version),
    )
    return version


@transaction.atomic
def publish(*, article_id: int, number: int, by: Member, at: datetime | None = None) -> Version:
    """Another person than the maker puts a version into force: from now on searches find it and nobody changes it."""
    article, now = locked(article_id), at or timezone.now()
    version = _open(article, number, Version.State.SUBMITTED, "发布", "published")
    if version.maker == by.actor:
        raise SameMakerAndChecker()
    _check_complete(version)
    today = business_time.today()
    version.review_on = check_review_day(
        version.review_on if version.review_on and version.review_on > today else None
    )
    article.versions.filter(state=Version.State.PUBLISHED).update(state=Version.State.REPLACED)
    version.state, version.checker, version.checked_at, version.changed_at = (
        Version.State.PUBLISHED,
        by.actor,
        now,
        now,
    )
    version.save(update_fields=["state", "checker", "checked_at", "changed_at", "review_on"])
    for field in ("title", "facing", "levels", "kinds", "tags", "review_on"):
        setattr(article, field, getattr(version, field))
    article.lead = markup.lead(version.answer)
    article.state, article.version, article.published_at, article.reminded_on = (
        Article.State.PUBLISHED,
        version.number,
        now,
        None,
    )
    article.save(
        update_fields=[
            "title",
            "facing",
            "levels",
            "kinds",
            "tags",
            "review_on",
            "lead",
            "state",
            "version",
            "published_at",
            "reminded_on",
        ]
    )
    indexing.index(article, version)
    close_answered(article)
    _tell(version.maker, "knowledge.published", facts(version), now, besides=by)
    ledger.record(
        "knowledge.published",
        actor=by.actor,
        object_kind="article",
        object_id=article.pk,
        at=now,
        facts=facts(version),
    )
    return version


@transaction.atomic
def withdraw(*, article_id: int, by: Member, reason: str, at: datetime | None = None) -> Article:
    """Nobody finds or uses it any more; its versions stay. A new version brings it back."""
    article, now = locked(article_id), at or timezone.now()
    version = in_force(article)
    if article.state != Article.State.PUBLISHED or version is None:
        raise NotInForce(what="撤下", what_en="withdrawn")
    if not reason.strip():
        raise ReasonMissing()
    version.state = Version.State.REPLACED
    version.save(update_fields=["state"])
    article.state = Article.State.WITHDRAWN
    article.save(update_fields=["state"])
    indexing.index(article, None)
    ledger.record(
        "knowledge.withdrawn", actor=by.actor, object_kind="article", object_id=article.pk, at=now,
        facts=facts(version, reason=reason.strip()[:200]),
    )  # fmt: skip
    return article


File = tuple[str, bytes, str]


@transaction.atomic
def attach(
    *, article_id: int, by: Member, files: Sequence[File], at: datetime | None = None
) -> list[ArticleFile]:
    """Add checked files (``desk.actions.files.check``) to the open version; without one a new version is begun."""
    import hashlib
    import secrets

    from django.core.files.base import ContentFile

    from maitian.desk.errors import TooManyFiles

    article, now = locked(article_id), at or timezone.now()
    version = open_version(article)
    if version is None:
        version = _begun(article, now)
    most = rulebook.at().get("desk.files")["most"]
    if version.files.count() + len(files) > most:
        raise TooManyFiles(given=version.files.count() + len(files), most=most)
    version.state, version.maker, version.changed_at = Version.State.DRAFT, by.actor, now
    version.save(update_fields=["state", "maker", "changed_at"])
    kept = []
    for name, content, content_type in files:
        row = ArticleFile(
            version=version, name=name, content_type=content_type, size=len(content), digest=hashlib.sha256(content).hexdigest(),
            actor=by.actor, at=now,
        )  # fmt: skip
        row.file.save(secrets.token_hex(16), ContentFile(content), save=False)
        row.save()
        kept.append(row)
    if kept:
        ledger.record(
            "knowledge.drafted", actor=by.actor, object_kind="article", object_id=article.pk, at=now,
            facts=facts(version, files=[row.digest for row in kept]),
        )  # fmt: skip
    return kept


@transaction.atomic
def detach(*, article_id: int, file_id: int, by: Member, at: datetime | None = None) -> None:
    """Take a file out of the open version; versions before it keep theirs."""
    article, now = locked(article_id), at or timezone.now()
    version = open_version(article)
    if version is None or not version.files.filter(pk=file_id).exists():
        raise NotFound()
    version.files.filter(pk=file_id).delete()
    version.state, version.maker, version.changed_at = Version.State.DRAFT, by.actor, now
    version.save(update_fields=["state", "maker", "changed_at"])
    ledger.record(
        "knowledge.drafted",
        actor=by.actor,
        object_kind="article",
        object_id=article.pk,
        at=now,
        facts=facts(version),
    )
