"""Important notices on holdings: when they come in, and again before the last day to act."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.time.errors import PastHorizon
from maitian.library.models import Announcement
from maitian.outreach.actions import go, in_force, make_event
from maitian.outreach.actions.events import securities_text
from maitian.outreach.rules import CHANNEL_BITS

log = logging.getLogger(__name__)
ACTOR = "system:worker"
KIND, REMINDER = "announcement", "notice_reminder"


def important(kind: str, kinds: list[str]) -> bool:
    """Whether an announcement of this kind is told: its words hold one of the rulebook's."""
    return any(word in kind for word in kinds)


def announce_run(run_id: int) -> int:
    """Events of the announcements that an import brought and that matter; returns how many."""
    kinds = rulebook.at().outreach.notices.kinds
    made = 0
    for item in Announcement.objects.filter(run_id=run_id).order_by("pk"):
        if important(item.kind, kinds):
            made += announce(item)
    return made


@transaction.atomic
def announce(item: Announcement, left: int | None = None, channels: int = 3) -> int:
    """The events of an announcement, or of a reminder ``left`` trading days before its last day: one for each topic.

    Returns how many were made and decided now.
    """
    name = securities_text([item.symbol])
    local = business_time.shanghai(item.at)
    deadline = f"{item.last_day.month}月{item.last_day.day}日" if item.last_day else "–"
    words = (
        ""
        if item.last_day is None
        else f"最后一天是{deadline}。"
        if left is None
        else "今天是最后一天。"
        if left == 0
        else f"离最后一天（{deadline}）还有 {left} 个交易日。"
    )
    facts = {
        "text": words, "kind": item.kind, "security": name, "securities_text": name, "securities": [item.symbol], "deadline": deadline,
        "left": "" if left is None else str(left), "date": f"{local.month}月{local.day}日", "channel_mask": channels, "link": "",
    }  # fmt: skip
    made = 0
    for topic in in_force("announcement"):
        event = make_event(
            topic, object_kind=KIND if left is None else REMINDER, object_id=item.pk if left is None else item.pk * 100 + left,
            title=item.title, maker=ACTOR, fact_key=f"announcement:{item.pk}:{'' if left is None else left}", at_once=True, facts=facts,
        )  # fmt: skip
        made += go(event, actor=ACTOR) is not None
    return made


def trading_days_left(last_day: date, today: date) -> int | None:
    """Trading days from today to the last day: 0 on the day itself, ``None`` when it is past or beyond the calendar."""
    if last_day < today:
        return None
    left, day = 0, today
    while day < last_day:
        try:
            day = business_time.trading_day_after(day, 1)
        except PastHorizon:
            return None
        left += 1
        if left > 60:
            return None
    return left


def remind_today() -> int:
    """Reminders whose day has come: the rulebook's trading days before the last day, each once. Returns how many."""
    now = timezone.now()
    today = business_time.today()
    if not business_time.is_trading_day(today):
        return 0
    values = rulebook.at(now)
    steps = {int(step["left"]): step["channels"] for step in values.outreach.notices.reminders}
    kinds = values.outreach.notices.kinds
    made = 0
    for item in Announcement.objects.filter(
        last_day__gte=today, last_day__lte=today + timedelta(days=30)
    ).order_by("pk"):
        left = trading_days_left(item.last_day, today) if item.last_day else None
        if left in steps and important(item.kind, kinds):
            try:
                made += announce(item, left, sum(CHANNEL_BITS[name] for name in steps[left]))
            except Exception:
                log.exception("reminder of announcement %s", item.pk)
    return made
