"""What outreach does by the clock. Every task bears being run twice."""

import logging
from datetime import datetime

from django.utils import timezone

from maitian.core import rulebook
from maitian.core.jobs import task
from maitian.core.time import shanghai
from maitian.outreach import notices, timing
from maitian.outreach.actions import go, make_event
from maitian.outreach.briefings import actions as briefings
from maitian.outreach.campaigns import advance as campaigns
from maitian.outreach.dispatch import resend_critical
from maitian.outreach.models import Event, Issue, Topic, Trigger
from maitian.outreach.shares import actions as shares

log = logging.getLogger(__name__)
ACTOR = "system:worker"


@task("outreach.daily_topics", lock="outreach.daily_topics", cron="* * * * *")
def daily_topics(timestamp: int = 0) -> int:
    """Topics of every day whose time has come today: one event a day, decided and sent. Returns how many."""
    now = timezone.now()
    made = 0
    for topic in Topic.objects.filter(trigger=Trigger.DAILY, active=True, paused_at=None).order_by("pk"):
        if is_due(topic, now):
            try:
                made += daily(topic, now)
            except Exception:  # one topic that cannot be sent does not hold the others
                log.exception("daily topic %s", topic.code)
    return made


def is_due(topic: Topic, now: datetime) -> bool:
    """Whether the topic's moment of today has passed, on a day that counts."""
    local = shanghai(now)
    begins = timing.moment_of(local, topic.timing["at"])
    return begins <= now and timing.counts(local, topic.timing.get("days", "every"))


def daily(topic: Topic, now: datetime) -> bool:
    """The event of today, unless it is there already."""
    day = shanghai(now).date()
    number = int(f"{day:%Y%m%d}")
    if Event.objects.filter(topic=topic, object_kind="day", object_id=number).exists():
        return False
    event = make_event(
        topic, object_kind="day", object_id=number, title=topic.name, fact_key=f"topic:{topic.code}", maker=ACTOR, at_once=True,
        facts={"text": ""},
    )  # fmt: skip
    go(event, actor=ACTOR)
    return True


@task("outreach.resend_critical", lock="outreach.resend_critical", cron="* * * * *")
def resend(timestamp: int = 0) -> int:
    """Critical texts without a receipt go again, until acknowledged."""
    return resend_critical()


@task("outreach.chase", lock="outreach.chase", cron="* * * * *")
def chase(timestamp: int = 0) -> dict[str, int]:
    """Every open chase moves on: money, steps, the end (E5)."""
    return shares.advance()


@task("outreach.shares", lock="outreach.shares", cron="* * * * *")
def share_days(timestamp: int = 0) -> int:
    """On the day of subscription and of listing, at the topics' time: who may subscribe, who was allotted."""
    now = timezone.now()
    today = shanghai(now).date()
    made = 0
    for topic in Topic.objects.filter(
        trigger__in=[Trigger.ISSUE, Trigger.LISTING], active=True, paused_at=None
    ):
        if topic.timing.get("when") == "at" and not is_due(topic, now):
            continue
        field = "subscribe_on" if topic.trigger == Trigger.ISSUE else "list_on"
        for issue in Issue.objects.filter(**{field: today}):
            try:
                made += shares.announce(topic, issue)
            except Exception:
                log.exception("topic %s, issue %s", topic.code, issue.symbol)
    return made


@task("outreach.notices", lock="outreach.notices", cron="* * * * *")
def notice_reminders(timestamp: int = 0) -> int:
    """From the rulebook's time on, every trading day: reminders before the last day to act on a holding's notice."""
    now = timezone.now()
    if now < timing.moment_of(shanghai(now), rulebook.at(now).outreach.notices.at):
        return 0
    return notices.remind_today()


@task("outreach.campaigns", lock="outreach.campaigns", cron="* * * * *")
def run_campaigns(timestamp: int = 0) -> dict[str, int]:
    """Campaigns begin, move on, warn of their budget, and end."""
    return campaigns.run()


@task("outreach.campaign")
def run_campaign(campaign_id: int) -> dict[str, int]:
    """One campaign at once: it has just begun, or somebody resumed it."""
    return campaigns.advance(campaign_id)


@task("outreach.briefings", lock="outreach.briefings", cron="* * * * *")
def run_briefings(timestamp: int = 0) -> dict[str, int]:
    """Briefings: reminders on the day before, and the end."""
    return briefings.run()
