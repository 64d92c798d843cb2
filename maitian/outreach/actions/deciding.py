"""Deciding: the gates for the whole audience, every answer kept, nothing sent."""

from __future__ import annotations

import time as clock
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients import conditions
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.offerings import queries as offerings
from maitian.outreach import decision, rules, texts, timing
from maitian.outreach.actions import money
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.errors import AudienceEmpty, TextTooLong, WrongState
from maitian.outreach.models import Event, LegalBasis, Topic
from maitian.outreach.rules import CHANNELS, Gate

# Which rule each gate stands on. Numbers beside the gate's own rule are stored with the decision, too.
GATE_RULES: dict[Gate, tuple[str, ...]] = {
    Gate.COVERAGE: ("outreach.gates.coverage",),
    Gate.AGREEMENT: ("outreach.gates.agreement",),
    Gate.SUITABILITY: ("outreach.gates.suitability",),
    Gate.CONSENT: ("outreach.gates.consent",),
    Gate.ADDRESS: ("outreach.gates.address",),
    Gate.FREQUENCY: ("outreach.caps.commercial_day", "outreach.caps.commercial_month"),
    Gate.DUPLICATE: ("outreach.gates.duplicate",),
    Gate.BUDGET: ("outreach.budget.sms_month", "outreach.budget.sms_year", "outreach.price.sms"),
}


def locked(event_id: int) -> Event:
    """The event, locked until commit, with its topic."""
    event = Event.objects.select_for_update(of=("self",)).select_related("topic").filter(pk=event_id).first()
    if event is None:
        raise NotFound()
    return event


def channels_by_rank(event: Event) -> dict[int, int]:
    """Rank → channels of the levels that contain the topic (and may read the report)."""
    topic = event.topic
    if not topic.by_level:
        return {}
    covering = offerings.covering(topic.code, event.facts.get("kind_code"), event.facts.get("stars"))
    mask_of_event = event.channel_mask
    return {rank: mask & mask_of_event for rank, mask in covering.items() if mask & mask_of_event}


def house_facts(values: rulebook.Rules) -> dict[str, str]:
    """Variables of every template that are the house's: its name, phone, and what the law wants in a text."""
    from maitian.staff.models import Branch

    branch = Branch.objects.order_by("pk").first()
    return {
        "branch": branch.name if branch else "麦田",
        "phone": branch.phone if branch else "",
        "signature": values.get("outreach.sms.signature"),
        "opt_out": values.get("outreach.sms.opt_out"),
        "risk_sentence": values.get("outreach.risk_sentence"),
    }


@transaction.atomic
def decide(event_id: int, *, actor: str, allow_empty: bool = False) -> Event:
    """Ask the gates for the whole audience and keep every answer; nothing is sent.

    May be repeated until the event is sent: each decision replaces the one before, and each stands in the
    ledger with the number of clients, the rulebook's version and a digest of all verdicts. An empty audience
    is refused, unless ``allow_empty`` (nobody has a birthday today).
    """
    event = locked(event_id)
    if event.state not in (Event.State.DRAFT, Event.State.DECIDED):
        raise WrongState(state=event.get_state_display(), wanted="再判定", wanted_en="decide again")
    now = timezone.now()
    values = rulebook.at(now)
    started = clock.perf_counter()
    waiting = timing.deferred(event.topic, event.channel_mask, max(now, event.not_before or now), values)
    decision.store(question(event, now, values, waiting))
    audience = AUDIENCES[event.topic.audience]
    if audience.facts is not None and texts.uses_facts(event.topic, event):
        decision.store_facts(event.pk, *audience.facts(event.facts))
    price = Decimal(str(values.get("outreach.price.sms")))
    event.texts = texts.prepared(event.topic, event, house_facts(values), price)
    most = values.get("outreach.sms.parts_max")
    if event.texts.get("sms", {}).get("parts", 0) > most:
        raise TextTooLong(parts=event.texts["sms"]["parts"], most=most)
    short = _keep_budget(event, now, values)
    event.counts = {str(byte): n for byte, n in decision.counts(decision.blocks(event.pk)).items()}
    event.audience_count = sum(event.counts.values())
    if not event.audience_count and not allow_empty:
        zh, en = audience.empty
        raise AudienceEmpty(why=zh, why_en=en)
    event.verdict_digest = decision.digest(event.pk)
    event.decide_seconds = round(clock.perf_counter() - started, 3)
    event.decided_at, event.state = now, Event.State.DECIDED
    event.deferred = {channel: until.isoformat() for channel, until in waiting.items()}
    event.rule_version = values.version
    event.rules = _rules_used(event, values, short)
    event.save()
    ledger.record(
        "outreach.decided", actor=actor, object_kind="event", object_id=event.pk,
        facts={
            "title": event.title, "audience": event.audience_count, "sent": sending_count(event),
            "rule_version": values.version, "verdict_digest": event.verdict_digest,
            "facts_digest": decision.facts_digest(event.pk), "topic": event.topic.code, "topic_version": event.topic_version,
        },
    )  # fmt: skip
    return event


def condition(topic: Topic, facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The audience of a topic as SQL on ``clients_client c``: its rule and its conditions by clicks."""
    sql, parameters = AUDIENCES[topic.audience].condition(facts)
    if topic.conditions:
        more, values = conditions.compile_tree(
            topic.conditions, today=business_time.today(), alias="c", prefix="k"
        )
        sql, parameters = f"({sql}) AND ({more})", {**parameters, **values}
    return sql, parameters


def question(
    event: Event, now: datetime, values: rulebook.Rules, waiting: dict[str, datetime]
) -> decision.Question:
    """What is to be decided of an event; ``waiting``: channels that have to wait, with until when."""
    topic = event.topic
    sql, parameters = condition(topic, event.facts)
    days = topic.repeat_days if topic.repeat_days is not None else values.get("outreach.gates.duplicate")
    return decision.Question(
        audience=sql,
        parameters=parameters,
        conditions=rules.Conditions(
            message_class=topic.message_class,
            channels_by_rank=channels_by_rank(event),
            channels=0 if topic.by_level else event.channel_mask,
            risk=event.facts.get("risk_number") if topic.suitability else None,
            quiet=sum(1 << CHANNELS.index(channel) for channel in waiting),
            daily_cap=values.get("outreach.caps.commercial_day"),
            monthly_cap=values.get("outreach.caps.commercial_month"),
            asks_consent=topic.legal_basis == LegalBasis.CONSENT,
            advice=topic.advice,
            capped=topic.message_class == 1 and not topic.critical,
        ),
        today=shanghai(now).date(),
        event_id=event.pk,
        fact_key=event.fact_key,
        told_since=decision.told_since(now, days),
    )


def _keep_budget(event: Event, now: datetime, values: rulebook.Rules) -> str:
    """The last gate: what no budget pays is not sent as SMS. Returns the key of the limit that was short."""
    price = event.texts.get("sms", {}).get("price", 0)
    if not price or event.topic.critical:
        return ""
    tightest = min(money.budgets(event.topic, now, values), key=lambda budget: budget.left)
    allowed = tightest.left // price
    wanted = sum(n for byte, n in decision.counts(decision.blocks(event.pk)).items() if byte & rules.SMS)
    if wanted <= allowed:
        return ""
    decision.trim_to_budget(event.pk, allowed)
    return tightest.key


def _rules_used(event: Event, values: rulebook.Rules, short: str) -> dict[str, Any]:
    """What the explain page shows years later: the rules as they stood."""
    quiet = tuple(
        sorted({
            timing.windows(event.topic, channel, values)[0]
            for n, channel in enumerate(CHANNELS) if event.channel_mask & (1 << n) & rules.OBTRUSIVE
        })
    )  # fmt: skip
    used = {**GATE_RULES, Gate.DEFERRED: quiet}
    return {
        gate.name.lower(): [
            {
                "key": key, "id": rule.pk, "value": rule.value, "unit": rule.unit, "title": rule.title,
                "title_en": rule.title_en, "basis": rule.basis, "basis_en": rule.basis_en,
                "since": rule.valid_from.isoformat(),
            }
            for key in keys
            for rule in [values.rule(key)]
        ]
        for gate, keys in used.items()
    } | {
        "channels_by_rank": {str(rank): mask for rank, mask in channels_by_rank(event).items()},
        "short_budget": short,
        "legal_basis": event.topic.legal_basis,
    }  # fmt: skip


def sending_count(event: Event) -> int:
    """Clients who get something, at once or later."""
    return sum(n for byte, n in event.counts.items() if int(byte) & 15)
