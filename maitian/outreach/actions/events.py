"""Making events: one for each object of a topic, whoever asks and however often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients.models import Security
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.library.models import Report
from maitian.outreach import timing
from maitian.outreach.actions.messaging import refuse_advice
from maitian.outreach.errors import ReportNotPublished, TextMissing, TopicNotByHand, TopicOff, WordsTooMany
from maitian.outreach.models import Event, Notice, Topic, Trigger

LONGEST_TITLE, LONGEST_TEXT = 200, 1000  # characters of a message by hand


def in_force(trigger: str) -> list[Topic]:
    """The topics that this makes events of, in the order in which they were made. A fact told by one is not told by the next."""
    return list(Topic.objects.filter(trigger=trigger, active=True).order_by("pk"))


@transaction.atomic
def make_event(
    topic: Topic, *, object_kind: str, object_id: int, title: str, facts: Mapping[str, Any], maker: str,
    fact_key: str = "", signer: str = "", at_once: bool = False,
) -> Event:  # fmt: skip
    """The one event of an object, made at the first call. Nothing is decided or sent.

    ``fact_key`` names the fact that is told once over all topics; by default it is the object's own.
    ``at_once``: the caller is the clock itself, so the topic's time has come and is not waited for again.
    """
    if not topic.active:
        raise TopicOff(name=topic.title)
    now = timezone.now()
    begins = None if at_once else timing.not_before(topic.timing, now)
    expires = (begins or now) + timedelta(minutes=topic.expires_minutes) if topic.expires_minutes else None
    event, _made = Event.objects.get_or_create(
        topic=topic,
        object_kind=object_kind,
        object_id=object_id,
        defaults={
            "topic_version": topic.version,
            "fact_key": fact_key or f"{object_kind}:{object_id}",
            "title": title[:200],
            "facts": {"title": title, **facts},
            "maker": maker,
            "signer": signer,
            "made_at": now,
            "not_before": begins,
            "expires_at": expires,
        },
    )
    return event


def securities_text(symbols: list[str]) -> str:
    """``中信证券(600030)、海通证券(600837)``."""
    names = dict(Security.objects.filter(symbol__in=symbols).values_list("symbol", "name"))
    return "、".join(f"{names.get(symbol, '')}({symbol})" for symbol in symbols)


def day_words(moment: datetime) -> str:
    """``11月24日``, as texts to clients say it."""
    local = business_time.shanghai(moment)
    return f"{local.month}月{local.day}日"


@transaction.atomic
def event_for_report(report_id: int, *, maker: str, topic: Topic | None = None) -> Event:
    """The one event of a published report (made at the first call), of the topic that ships or of another on reports."""
    report = Report.objects.select_related("kind").filter(pk=report_id).first()
    if report is None:
        raise NotFound()
    if report.state != Report.State.PUBLISHED or report.kind is None:
        raise ReportNotPublished()
    return make_event(
        topic or Topic.objects.get(code="report_published"),
        object_kind="report",
        object_id=report.pk,
        title=report.title,
        fact_key=f"report:{report.replaces_id or report.pk}",
        maker=maker,
        facts={
            "summary": report.summary,
            "kind": report.kind.name,
            "kind_code": report.kind_id,
            "stars": report.stars,
            "risk": f"R{report.risk}",
            "risk_number": report.risk,
            "house": report.house,
            "date": day_words(report.published_at or timezone.now()),
            "securities": report.securities,
            "industries": report.industries,
            "securities_text": securities_text(report.securities),
            "link": f"/portal/reports/{report.pk}/",
        },
    )


@transaction.atomic
def event_by_hand(
    topic_code: str, *, title: str, text: str, maker: str, clients: Mapping[int, Any] | None = None
) -> Event:
    """A message that a person writes: title and text, to the topic's audience or to the clients named."""
    topic = Topic.objects.filter(code=topic_code).first()
    if topic is None:
        raise NotFound()
    if topic.trigger != Trigger.MANUAL:
        raise TopicNotByHand(name=topic.title)
    if not title.strip() or not text.strip():
        raise TextMissing("title" if not title.strip() else "text")
    for field, words, most in (("title", title, LONGEST_TITLE), ("text", text, LONGEST_TEXT)):
        if len(words.strip()) > most:
            raise WordsTooMany(field, count=len(words.strip()), most=most)
    if not topic.advice:
        refuse_advice(f"{title}\n{text}")
    notice = Notice.objects.create(
        title=title.strip(), text=text.strip(), maker=maker, made_at=timezone.now()
    )
    facts: dict[str, Any] = {"text": notice.text}
    if clients is not None:
        facts["clients"] = {str(key): value for key, value in clients.items()}
    return make_event(
        topic, object_kind="notice", object_id=notice.pk, title=notice.title, facts=facts, maker=maker
    )
