"""Every write of outreach: events, decisions, sending, pausing, topics, reading."""

from __future__ import annotations

import time as clock
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from maitian.clients.models import Security
from maitian.core import ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.library.models import Report
from maitian.offerings import queries as offerings
from maitian.outreach import decision, rules
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.errors import (
    AudienceEmpty,
    CountNotConfirmed,
    DecisionTooOld,
    NobodyToSendTo,
    ReportNotPublished,
    TemplateBroken,
    TemplateEmpty,
    TemplateVariableUnknown,
    WrongState,
)
from maitian.outreach.models import Delivery, Event, Topic
from maitian.outreach.rules import CHANNEL_BITS, Gate

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLASS_NAMES = {0: "service", 1: "commercial", 2: "service"}
CHANNELS = {"inbox": 0, "sms": 1, "email": 2, "call": 3}

# Which rule each gate stands on. Numbers beside the gate's own rule are stored with the decision, too.
GATE_RULES: dict[Gate, tuple[str, ...]] = {
    Gate.COVERAGE: ("outreach.gates.coverage",),
    Gate.SUITABILITY: ("outreach.gates.suitability",),
    Gate.CONSENT: ("outreach.gates.consent",),
    Gate.ADDRESS: ("outreach.gates.address",),
    Gate.FREQUENCY: ("outreach.caps.commercial_day", "outreach.caps.commercial_month"),
    Gate.DUPLICATE: ("outreach.gates.duplicate",),
    Gate.BUDGET: ("outreach.budget.sms_month", "outreach.price.sms"),
}


def _locked(event_id: int) -> Event:
    event = Event.objects.select_for_update().select_related("topic").filter(pk=event_id).first()
    if event is None:
        raise NotFound()
    return event


@transaction.atomic
def event_for_report(report_id: int, *, maker: str) -> Event:
    """The one event of a published report (made at the first call)."""
    report = Report.objects.select_related("kind").filter(pk=report_id).first()
    if report is None:
        raise NotFound()
    if report.state != Report.State.PUBLISHED or report.kind is None:
        raise ReportNotPublished()
    topic = Topic.objects.get(code="report_published")
    names = dict(Security.objects.filter(symbol__in=report.securities).values_list("symbol", "name"))
    published = (report.published_at or timezone.now()).astimezone(SHANGHAI)
    event, _made = Event.objects.get_or_create(
        topic=topic,
        object_kind="report",
        object_id=report.pk,
        defaults={
            "fact_key": f"report:{report.replaces_id or report.pk}",
            "title": report.title,
            "maker": maker,
            "made_at": timezone.now(),
            "facts": {
                "title": report.title,
                "summary": report.summary,
                "kind": report.kind.name,
                "kind_code": report.kind_id,
                "stars": report.stars,
                "risk": f"R{report.risk}",
                "risk_number": report.risk,
                "house": report.house,
                "date": f"{published.month}月{published.day}日",
                "securities": report.securities,
                "industries": report.industries,
                "securities_text": "、".join(
                    f"{names.get(symbol, '')}({symbol})" for symbol in report.securities
                ),
                "link": f"/portal/reports/{report.pk}/",
            },
        },
    )
    return event


def _channels_by_rank(event: Event) -> dict[int, int]:
    covering = offerings.covering(event.topic.code, event.facts.get("kind_code"), event.facts.get("stars"))
    return {
        rank: mask & event.topic.channel_mask
        for rank, mask in covering.items()
        if mask & event.topic.channel_mask
    }


def _quiet_until(message_class: int, now: datetime, values: rulebook.Rules) -> datetime | None:
    """When texts of the class may go, ``None`` for now. Commercial ones wait for a working day."""
    name = CLASS_NAMES[message_class]
    local = now.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    working, following = True, midnight + timedelta(days=1)
    if name == "commercial":
        working = business_time.is_work_day(local.date())
        while not business_time.is_work_day(following.date()):
            following += timedelta(days=1)
    return rules.quiet_until(local, values.get(f"outreach.quiet_windows.{name}"), working, following)


def _texts(event: Event, price: Decimal) -> dict[str, Any]:
    facts = {**event.facts, **_house_facts()}
    texts: dict[str, Any] = {}
    for name, bit in CHANNEL_BITS.items():
        if not event.topic.channel_mask & bit:
            continue
        template = event.topic.templates.get(name, "")
        if not template:
            raise TemplateEmpty(channel=name)
        text = rules.fill(template, facts)
        parts = rules.sms_parts(text) if name == "sms" else 1
        texts[name] = {
            "text": text,
            "parts": parts,
            "price": int(price * 10_000) * parts if name == "sms" else 0,
        }
    return texts


def _house_facts() -> dict[str, str]:
    from maitian.staff.models import Branch

    branch = Branch.objects.order_by("pk").first()
    return {"branch": branch.name if branch else "麦田", "phone": branch.phone if branch else ""}


def spent_this_month(now: datetime) -> int:
    """SMS cost of this month in 1/10,000 CNY: handed over, and still queued by sends under way."""
    start = now.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(d.cost + CASE WHEN d.state IN ('queued', 'claimed') AND e.state IN"
            " ('sending', 'paused') THEN (d.count - d.handed - d.failed - d.unknown) *"
            " coalesce((e.texts->'sms'->>'price')::bigint, 0) ELSE 0 END), 0)"
            " FROM outreach_delivery d JOIN outreach_event e ON e.id = d.event_id"
            " WHERE d.channel = 1 AND e.sent_at >= %s",
            [start],
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def decide(event_id: int, *, actor: str) -> Event:
    """Ask the gates for the whole audience and keep every answer; nothing is sent.

    May be repeated until the event is sent: each decision replaces the one before, and each stands in the
    ledger with the number of clients, the rulebook's version and a digest of all verdicts.
    """
    event = _locked(event_id)
    if event.state not in (Event.State.DRAFT, Event.State.DECIDED):
        raise WrongState(state=event.get_state_display(), wanted="再判定", wanted_en="decide again")
    now = timezone.now()
    values = rulebook.at(now)
    started = clock.perf_counter()
    quiet_until = _quiet_until(event.topic.message_class, now, values)
    condition, parameters = AUDIENCES[event.topic.audience].condition(event.facts)
    question = decision.Question(
        audience=condition,
        parameters=parameters,
        conditions=rules.Conditions(
            message_class=event.topic.message_class,
            channels_by_rank=_channels_by_rank(event),
            risk=event.facts.get("risk_number") if event.topic.suitability else None,
            quiet=quiet_until is not None,
            daily_cap=values.get("outreach.caps.commercial_day"),
            monthly_cap=values.get("outreach.caps.commercial_month"),
            critical=event.topic.critical,
        ),
        today=now.astimezone(SHANGHAI).date(),
        event_id=event.pk,
        fact_key=event.fact_key,
        told_since=decision.told_since(now, values.get("outreach.gates.duplicate")),
    )
    decision.store(question)
    price = Decimal(str(values.get("outreach.price.sms")))
    event.texts = _texts(event, price)
    _keep_budget(event, now, values)
    event.counts = {str(byte): n for byte, n in decision.counts(decision.blocks(event.pk)).items()}
    event.audience_count = sum(event.counts.values())
    if not event.audience_count:
        raise AudienceEmpty()
    event.verdict_digest = decision.digest(event.pk)
    event.decide_seconds = round(clock.perf_counter() - started, 3)
    event.decided_at, event.state = now, Event.State.DECIDED
    event.deferred_until = quiet_until
    event.rule_version = values.version
    event.rules = _rules_used(event, values)
    event.save()
    ledger.record(
        "outreach.decided", actor=actor, object_kind="event", object_id=event.pk,
        facts={
            "title": event.title, "audience": event.audience_count, "sent": sending_count(event),
            "rule_version": values.version, "verdict_digest": event.verdict_digest,
        },
    )  # fmt: skip
    return event


def _keep_budget(event: Event, now: datetime, values: rulebook.Rules) -> None:
    """The last gate: what this month's budget does not pay is not sent as SMS."""
    price = event.texts.get("sms", {}).get("price", 0)
    if not price or event.topic.critical:
        return
    budget = int(Decimal(str(values.get("outreach.budget.sms_month"))) * 10_000)
    allowed = max(0, budget - spent_this_month(now)) // price
    wanted = sum(n for byte, n in decision.counts(decision.blocks(event.pk)).items() if byte & rules.SMS)
    if wanted > allowed:
        decision.trim_to_budget(event.pk, allowed)


def _rules_used(event: Event, values: rulebook.Rules) -> dict[str, Any]:
    """What the explain page shows years later: the rules as they stood."""
    quiet = f"outreach.quiet_windows.{CLASS_NAMES[event.topic.message_class]}"
    used = {**GATE_RULES, Gate.DEFERRED: (quiet,)}
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
    } | {"channels_by_rank": {str(rank): mask for rank, mask in _channels_by_rank(event).items()}}  # fmt: skip


def sending_count(event: Event) -> int:
    """Clients who get something, at once or later."""
    return sum(n for byte, n in event.counts.items() if int(byte) & 15)


@transaction.atomic
def send(event_id: int, *, actor: str, confirmed_count: int | None = None) -> Event:
    """Queue what was decided, block by block and channel by channel. A second call finds it under way."""
    event = _locked(event_id)
    if event.state in (Event.State.SENDING, Event.State.DONE):
        return event
    if event.state != Event.State.DECIDED or event.decided_at is None:
        raise WrongState(state=event.get_state_display(), wanted="发送", wanted_en="send")
    now = timezone.now()
    values = rulebook.at(now)
    allowed = values.get("outreach.decision_valid")
    minutes = int((now - event.decided_at).total_seconds() // 60)
    if minutes > allowed:
        raise DecisionTooOld(minutes=minutes, allowed=allowed)
    count = sending_count(event)
    if not count:
        raise NobodyToSendTo()
    if count > values.get("outreach.confirm_above") and confirmed_count != count:
        raise CountNotConfirmed(count=count)
    queue(event)
    event.state, event.sent_by, event.sent_at = Event.State.SENDING, actor, now
    event.save(update_fields=["state", "sent_by", "sent_at"])
    ledger.record(
        "outreach.sent", actor=actor, object_kind="event", object_id=event.pk,
        facts={"title": event.title, "count": count, "verdict_digest": event.verdict_digest},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('maitian_dispatch', %s)", [str(event.pk)])
    return event


def queue(event: Event) -> None:
    """One delivery per channel and block that has something for the channel."""
    rows = []
    for block, data in decision.blocks(event.pk):
        for name, bit in CHANNEL_BITS.items():
            count = int(((data & bit) > 0).sum())
            if count:
                later = event.deferred_until if bit & rules.OBTRUSIVE and not event.topic.critical else None
                rows.append(
                    Delivery(event=event, channel=CHANNELS[name], block=block, count=count, not_before=later)
                )
    Delivery.objects.bulk_create(rows)


MOVES: dict[str, tuple[set[str], str, str, str, str]] = {
    "pause": ({"sending"}, Event.State.PAUSED, "outreach.paused", "暂停", "pause"),
    "resume": ({"paused"}, Event.State.SENDING, "outreach.resumed", "继续", "resume"),
    "stop": ({"sending", "paused"}, Event.State.STOPPED, "outreach.stopped", "停止", "stop"),
}


@transaction.atomic
def control(event_id: int, move: str, *, actor: str) -> Event:
    """Pause, resume or stop. Workers look between batches: what is at the gateway is not called back."""
    before, after, kind, zh, en = MOVES[move]
    event = _locked(event_id)
    if event.state == after:
        return event
    if event.state not in before:
        raise WrongState(state=event.get_state_display(), wanted=zh, wanted_en=en)
    event.state = after
    if move == "stop":
        event.done_at = timezone.now()
        Delivery.objects.filter(event=event, state="queued").update(state="stopped")
    event.save(update_fields=["state", "done_at"])
    ledger.record(kind, actor=actor, object_kind="event", object_id=event.pk, facts={"title": event.title})
    live.notify(f"event-{event.pk}", move)
    return event


@transaction.atomic
def change_topic(
    code: str, *, templates: dict[str, str], channel_mask: int, active: bool, actor: str
) -> Topic:
    """Change the texts and channels of a topic. Events already decided keep the texts they had."""
    topic = Topic.objects.select_for_update().filter(code=code).first()
    if topic is None:
        raise NotFound()
    known = AUDIENCES[topic.audience].variables
    for name, template in templates.items():
        check_template(template, known)
        if channel_mask & CHANNEL_BITS[name] and not template.strip():
            raise TemplateEmpty(channel=name)
    topic.templates, topic.channel_mask, topic.active = templates, channel_mask, active
    topic.maker, topic.changed_at = actor, timezone.now()
    topic.save()
    ledger.record(
        "outreach.topic_changed", actor=actor, object_kind="topic", object_id=topic.code,
        facts={"title": topic.name, "templates": templates, "channel_mask": channel_mask},
    )  # fmt: skip
    return topic


def check_template(template: str, known: frozenset[str]) -> None:
    """Refuse a template with a broken brace or a variable that the audience does not have."""
    try:
        names = rules.variables(template)
    except ValueError:
        raise TemplateBroken() from None
    for name in sorted(names - known):
        raise TemplateVariableUnknown(name=name, known="、".join(sorted(known)))


@transaction.atomic
def mark_read(client_id: int, event_id: int) -> None:
    """The client opened the message: once in the ledger, however often it is opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message SET state = 4, changed_at = %s WHERE client_id = %s AND event_id = %s"
            " AND channel = 0 AND state <> 4",
            [timezone.now(), client_id, event_id],
        )
        if not cursor.rowcount:
            return
    event = Event.objects.filter(pk=event_id).only("title").first()
    ledger.record(
        "message.read", actor=f"client:{client_id}", client_id=client_id, object_kind="event",
        object_id=event_id, facts={"title": event.title if event else ""},
    )  # fmt: skip
