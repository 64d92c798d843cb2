"""Topics: a definition is proposed by one person and put into force by another; versions are kept for ever."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients import conditions
from maitian.core import ledger, rulebook
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.outreach import rules, texts
from maitian.outreach.audiences import AUDIENCES, PERSON
from maitian.outreach.errors import (
    AudienceIsEverybody,
    AudienceUnfit,
    CriticalUnfit,
    OptOutMissing,
    RiskSentenceMissing,
    SignatureMissing,
    TemplateBroken,
    TemplateEmpty,
    TemplateVariableUnknown,
    TextTooLong,
    TimingWrong,
    TopicFieldMissing,
)
from maitian.outreach.models import LegalBasis, Topic, TopicVersion, Trigger
from maitian.outreach.rules import CHANNEL_BITS

FIELDS = (
    "name", "name_en", "trigger", "message_class", "legal_basis", "critical", "advice", "by_level", "audience",
    "conditions", "channel_mask", "templates", "timing", "ledger_kinds", "repeat_days", "expires_minutes",
    "budget_month", "budget_year", "suitability", "automatic", "active",
)  # fmt: skip
# Which audiences make sense for what makes the event; the first is the usual one.
AUDIENCES_OF: dict[str, tuple[str, ...]] = {
    Trigger.MANUAL: ("everybody", "named"),
    Trigger.REPORT: ("holders_and_followers",),
    Trigger.ANNOUNCEMENT: ("holders",),
    Trigger.RATING: ("holders_and_followers",),
    Trigger.PICK: ("everybody", "holders_and_followers"),
    Trigger.PICK_NOTE: ("got_event",),
    Trigger.ISSUE: ("may_subscribe",),
    Trigger.ALLOTMENT: ("short_of_money",),
    Trigger.LISTING: ("allotted",),
    Trigger.DAILY: ("everybody",),
    Trigger.LEDGER: ("named",),
    Trigger.CAMPAIGN: ("campaign_step",),
    Trigger.BRIEFING: ("briefing_invited", "briefing_guests"),
}
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def definition_of(topic: Topic) -> dict[str, Any]:
    """A topic's definition as JSON: money as text, so that nothing is rounded."""
    found = {name: getattr(topic, name) for name in FIELDS}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in found.items()}


def check_template(template: str, known: frozenset[str]) -> None:
    """Refuse a template with a broken brace or a variable that the audience does not have."""
    try:
        names = rules.variables(template)
    except ValueError:
        raise TemplateBroken() from None
    for name in sorted(names - known):
        raise TemplateVariableUnknown(name=name, known="、".join(sorted(known)))


def check_definition(given: Mapping[str, Any], *, everybody_meant: bool = False) -> None:
    """Refuse a definition that could not be sent, or must not be: each fault with its own code."""
    for name, zh, en in (("name", "名称", "a name"), ("name_en", "英文名称", "an English name")):
        if not str(given.get(name) or "").strip():
            raise TopicFieldMissing(name, what=zh, what_en=en)
    draft = Topic(**{name: given[name] for name in FIELDS if name in given})
    if draft.conditions:
        conditions.check(draft.conditions)
    if draft.trigger not in AUDIENCES_OF or draft.audience not in AUDIENCES_OF[Trigger(draft.trigger)]:
        raise AudienceUnfit()
    audience = AUDIENCES[draft.audience]
    if audience.everybody and draft.trigger == Trigger.DAILY and not draft.conditions:
        raise AudienceIsEverybody()
    if (
        audience.everybody
        and draft.trigger == Trigger.MANUAL
        and not draft.conditions
        and not everybody_meant
    ):
        raise AudienceIsEverybody()
    if draft.conditions:
        conditions.check(draft.conditions)
    if draft.critical and draft.legal_basis == LegalBasis.CONSENT:
        raise CriticalUnfit()
    if draft.message_class == 1 and draft.legal_basis != LegalBasis.CONSENT:
        raise CriticalUnfit()
    if (draft.trigger == Trigger.LEDGER and not set(draft.ledger_kinds) <= set(ledger.kinds())) or (
        draft.trigger == Trigger.LEDGER and not draft.ledger_kinds
    ):
        raise TopicFieldMissing("ledger_kinds", what="账本里的事由", what_en="the kinds of ledger rows")
    _check_timing(draft)
    _check_templates(draft)


def _check_timing(draft: Topic) -> None:
    when = draft.timing.get("when", "at_once")
    days = draft.timing.get("days", "every")
    if (
        when not in ("at_once", "after_close", "at")
        or days not in ("every", "work", "trading")
        or (when == "at" and not CLOCK.fullmatch(str(draft.timing.get("at", ""))))
        or (draft.trigger == Trigger.DAILY and when != "at")
        or (draft.trigger == Trigger.DAILY and not draft.repeat_days)
        or (draft.repeat_days is not None and not 1 <= draft.repeat_days <= 3660)
        or (draft.expires_minutes is not None and draft.expires_minutes < 5)
    ):
        raise TimingWrong()


def _check_templates(draft: Topic) -> None:
    known = texts.known_names(draft)
    for name in ("inbox", "sms", "email", "call", "subject"):
        template = draft.templates.get(name, "")
        check_template(template, known)
        if name in CHANNEL_BITS and draft.channel_mask & CHANNEL_BITS[name] and not template.strip():
            raise TemplateEmpty(channel=name)
    if not draft.channel_mask & 15:
        raise TemplateEmpty(channel="inbox")
    for name, bit in CHANNEL_BITS.items():
        template = draft.templates.get(name, "")
        if not draft.channel_mask & bit or name == "call":
            continue
        used = rules.variables(template)
        if draft.advice and "risk_sentence" not in used:
            raise RiskSentenceMissing(channel=name)
        if draft.message_class == 1 and name == "sms" and "opt_out" not in used:
            raise OptOutMissing()
        if name == "sms" and not template.lstrip().startswith("{signature}"):
            raise SignatureMissing()
    most = rulebook.at().outreach.sms.parts_max
    bare = rules.Words(draft.templates.get("sms", ""))
    least = rules.sms_parts("".join(text for text, _name in bare.pieces))
    if draft.channel_mask & rules.SMS and least > most:
        raise TextTooLong(parts=least, most=most)


@transaction.atomic
def propose_topic(
    code: str, definition: Mapping[str, Any], *, actor: str, reason: str = "", everybody_meant: bool = False
) -> TopicVersion:
    """Propose a definition for a topic, known or new. It is in force when another person approves it."""
    check_definition(definition, everybody_meant=everybody_meant)
    if definition.get("conditions"):
        definition = {**definition, "conditions": conditions.check(definition["conditions"])}
    now = timezone.now()
    topic = Topic.objects.select_for_update().filter(code=code).first()
    if topic is None:
        fields = {name: definition[name] for name in FIELDS if name in definition} | {"active": False}
        topic = Topic.objects.create(code=code, version=0, maker=actor, changed_at=now, **fields)
    last = topic.versions.order_by("-number").values_list("number", flat=True).first()
    made = TopicVersion.objects.create(
        topic=topic, number=max(last or 0, topic.version) + 1, maker=actor, made_at=now, reason=reason.strip()[:300],
        definition={name: _plain(definition.get(name, getattr(topic, name))) for name in FIELDS},
    )  # fmt: skip
    ledger.record(
        "topic.proposed", actor=actor, object_kind="topic", object_id=topic.code,
        facts={"title": topic.name, "title_en": topic.name_en, "version": made.number, "definition": made.definition},
    )  # fmt: skip
    return made


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


@transaction.atomic
def approve_topic(version_id: int, *, actor: str) -> Topic:
    """Put a proposed definition into force. Events already decided keep the one they had."""
    version = _open(version_id)
    if version.maker == actor:
        raise SameMakerAndChecker()
    check_definition(version.definition, everybody_meant=True)
    topic = Topic.objects.select_for_update().get(pk=version.topic_id)
    now = timezone.now()
    for name in FIELDS:
        value = version.definition[name]
        if name.startswith("budget_") and value is not None:
            value = Decimal(value)
        setattr(topic, name, value)
    topic.version, topic.maker, topic.changed_at = version.number, version.maker, now
    topic.save()
    version.state, version.checker, version.checked_at = TopicVersion.State.APPROVED, actor, now
    version.save(update_fields=["state", "checker", "checked_at"])
    ledger.record(
        "topic.approved", actor=actor, object_kind="topic", object_id=topic.code,
        facts={"title": topic.name, "title_en": topic.name_en, "version": version.number},
    )  # fmt: skip
    return topic


@transaction.atomic
def refuse_topic(version_id: int, *, reason: str, actor: str) -> TopicVersion:
    """Send a proposed definition back with a reason."""
    version = _open(version_id)
    if not reason.strip():
        raise TopicFieldMissing("reason", what="退回理由", what_en="a reason for sending it back")
    version.state, version.checker, version.checked_at = TopicVersion.State.REFUSED, actor, timezone.now()
    version.reason = reason.strip()[:300]
    version.save(update_fields=["state", "checker", "checked_at", "reason"])
    ledger.record(
        "topic.refused", actor=actor, object_kind="topic", object_id=version.topic.code,
        facts={"title": version.topic.name, "title_en": version.topic.name_en, "version": version.number, "reason": version.reason},
    )  # fmt: skip
    return version


def _open(version_id: int) -> TopicVersion:
    version = (
        TopicVersion.objects.select_for_update(of=("self",))
        .select_related("topic")
        .filter(pk=version_id)
        .first()
    )
    if version is None:
        raise NotFound()
    if version.state != TopicVersion.State.PROPOSED:
        raise AlreadyDone(state=version.get_state_display())
    return version


def sample_names(topic: Topic) -> dict[str, str]:
    """Made-up values of the personal variables, for a preview."""
    return {
        **{name: f"〔{name}〕" for name in texts.personal_names(topic) - PERSON},
        "client": "陈建国",
        "salutation": "陈先生",
    }
