"""Which channels reach one client now, and why the others do not: shown before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maitian.clients.models import Client, MessageClass
from maitian.core import rulebook
from maitian.core.time import shanghai
from maitian.outreach import rules, timing, variables
from maitian.outreach.models import ContactCount, LegalBasis, Topic
from maitian.outreach.rules import CHANNELS
from maitian.outreach.words import CHANNEL_NAMES, WITHHELD


@dataclass(frozen=True)
class Reach:
    """One channel of a topic for one client. ``until``: it goes, but not before."""

    channel: int
    label: Any
    open: bool
    why: str
    until: datetime | None = None


def reach(topic: Topic, client: Client) -> list[Reach]:
    """Channel by channel: consent, address, hours. Level and risk are not asked: messages to one client have none."""
    now = timezone.now()
    waits = timing.deferred(topic, topic.channel_mask, now, rulebook.at(now))
    found = []
    for number, name in enumerate(CHANNELS):
        if not topic.channel_mask & (1 << number):
            continue
        agreed = topic.legal_basis != LegalBasis.CONSENT or client.consent_bits >> (
            topic.message_class * 4
        ) & (1 << number)
        if client.state == "closed":
            found.append(Reach(number, CHANNEL_NAMES[number], False, _("客户已经销户")))
        elif not agreed:
            words = _("没有同意收%(kind)s类%(channel)s") % {
                "kind": MessageClass(topic.message_class).label, "channel": CHANNEL_NAMES[number]
            }  # fmt: skip
            found.append(Reach(number, CHANNEL_NAMES[number], False, words))
        elif (
            1 << number == rules.SMS
            and topic.message_class == MessageClass.COMMERCIAL
            and _at_cap(client.pk, now)
        ):
            found.append(Reach(number, CHANNEL_NAMES[number], False, WITHHELD["frequency"]))
        elif not client.address_bits & (1 << number):
            found.append(Reach(number, CHANNEL_NAMES[number], False, _("没有可用的号码或邮箱")))
        else:
            found.append(Reach(number, CHANNEL_NAMES[number], True, "", waits.get(name)))
    return found


def _at_cap(client_id: int, now: datetime) -> bool:
    """Whether the client got as many commercial texts today or this month as the rulebook allows."""
    caps, today = rulebook.at(now).outreach.caps, shanghai(now).date()
    count = ContactCount.objects.filter(pk=client_id).first()
    if count is None:
        return False
    day = count.day == today and count.day_count >= caps.commercial_day
    return bool(day or (count.day >= today.replace(day=1) and count.month_count >= caps.commercial_month))


@dataclass(frozen=True)
class Words:
    """What one channel would say of a title and a text. ``parts`` 0: it costs nothing."""

    label: Any
    text: str
    signs: int
    parts: int
    price: float


def words_of(topic: Topic, title: str, text: str, person: dict[str, str] | None = None) -> list[Words]:
    """The channels' texts as they would go out, with the person's own words filled in (or a sample's)."""
    values = rulebook.at()
    facts = variables.samples(topic) | {
        "title": title, "text": text, "signature": values.get("outreach.sms.signature"), "opt_out": values.get("outreach.sms.opt_out"),
        "risk_sentence": values.get("outreach.risk_sentence"), **(person or {}),
    }  # fmt: skip
    found = []
    for number, name in enumerate(CHANNELS):
        if topic.channel_mask & (1 << number):
            words = rules.fill(topic.templates.get(name, ""), facts)
            parts = rules.sms_parts(words) if name == "sms" else 0
            found.append(
                Words(
                    CHANNEL_NAMES[number],
                    words,
                    len(words),
                    parts,
                    parts * float(values.get("outreach.price.sms")),
                )
            )
    return found
