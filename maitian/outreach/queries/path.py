"""Why a client did (not) get it, gate by gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maitian.clients.models import AdviceAgreement, Assessment, Channel, Client, Consent, RiskClass
from maitian.clients.queries import record_ids
from maitian.core.time import shanghai
from maitian.offerings.queries import levels, subscription
from maitian.outreach import decision, describing, rules
from maitian.outreach.models import Event, LegalBasis, Topic, TopicVersion
from maitian.outreach.rules import ORDER, Gate
from maitian.outreach.words import CHANNEL_NAMES, GATES, LIMITS, QUESTIONS


@dataclass
class Step:
    """One gate for one client: ``state`` is passed, stopped, deferred or unreached."""

    gate: Gate
    question: Any
    state: str
    client_value: str
    wanted: str
    rules: list[dict[str, Any]]


@dataclass
class Explanation:
    event: Event
    outcome: int
    steps: list[Step]
    rule_version: int | None
    record: int  # for which the verdict was made: the client's, or one merged into it

    @property
    def sent(self) -> bool:
        return not rules.stopped(self.outcome)

    @property
    def channels(self) -> list[Any]:
        return [CHANNEL_NAMES[b] for b in range(4) if self.outcome & (1 << b)]


def explain(event: Event, client_id: int) -> Explanation | None:
    """Gate by gate, with the values as they stood at the decision; ``None``: not in the audience.

    Records merged into the client's are asked, too: a verdict stays with the record that it was made for.
    """
    asked = ((record, decision.outcome_of(event.pk, record)) for record in record_ids(client_id))
    client_id, byte = next(
        ((record, found) for record, found in asked if found is not None), (client_id, None)
    )
    if byte is None:
        return None
    gate, _mask = rules.split(byte)
    values = _values(event, client_id)
    english = (get_language() or "").startswith("en")
    steps = []
    reached = True
    for one in ORDER:
        used = [
            {
                **rule,
                "title": rule["title_en"] if english else rule["title"],
                "basis": rule["basis_en"] if english else rule["basis"],
            }
            for rule in event.rules.get(one.name.lower(), [])
        ]
        state = "unreached" if not reached else "passed"
        if one == gate:
            state = "deferred" if gate == Gate.DEFERRED else "stopped"
        mine, wanted = values.get(one, ("", ""))
        steps.append(Step(one, QUESTIONS[one], state, mine, wanted, used))
        if state == "stopped":
            reached = False
    return Explanation(event, byte, steps, event.rule_version, client_id)


def _values(event: Event, client_id: int) -> dict[Gate, tuple[str, str]]:
    """What the client had and what the gate asked for, as of the decision."""
    at = event.decided_at
    if at is None:
        return {}
    had = subscription(client_id, shanghai(at).date())
    names = {level.rank: level.title for level in levels(active_only=False)}
    wanted = {int(rank): mask for rank, mask in event.rules.get("channels_by_rank", {}).items()}
    tested = Assessment.objects.filter(client_id=client_id, at__lte=at).order_by("-at").first()
    agreed = _consents(client_id, event.topic.message_class, at)
    channels = [b for b in range(4) if event.channel_mask & (1 << b)]
    class_name = str(RiskClass(tested.risk_class).label) if tested else _("未测评")
    if tested and tested.valid_until < shanghai(at).date():
        class_name = _("%(name)s，%(day)s 过期") % {"name": class_name, "day": tested.valid_until.isoformat()}
    was = definition_at(event)
    return {
        Gate.COVERAGE: (
            had.level.title if had else _("没有级别"),
            _("要有：%(names)s") % {"names": describing.listed([names[rank] for rank in sorted(wanted) if rank in names]) or _("无")},
        ) if was.by_level else ("", _("不看级别")),
        Gate.SUITABILITY: (class_name, _("报告 %(risk)s") % {"risk": event.facts.get("risk", "–")})
        if was.suitability and event.facts.get("risk_number") else ("", _("不比对风险")),
        Gate.AGREEMENT: (_agreement(client_id, at), _("投资建议要有生效的协议")) if was.advice else ("", _("不是投资建议")),
        Gate.CONSENT: (
            (_("同意：%(names)s") % {"names": _listed(agreed)}, _("主题用：%(names)s") % {"names": _listed(channels)})
            if event.rules.get("legal_basis", "consent") == "consent"
            else (_("不需要同意"), str(LegalBasis(event.rules["legal_basis"]).label))
        ),
        Gate.ADDRESS: (_("现在可用：%(names)s") % {"names": _listed(_addresses(client_id))}, ""),
        Gate.FREQUENCY: ("", "" if was.message_class == 1 and not was.critical else _("不是营销短信，不限")),
        Gate.DUPLICATE: (_told(event, client_id), ""),
        Gate.BUDGET: ("", str(LIMITS.get(event.rules.get("short_budget", ""), ""))),
        Gate.DEFERRED: (
            "", _("等到 %(moment)s") % {"moment": f"{shanghai(event.deferred_until):%m-%d %H:%M}"} if event.deferred_until else _("现在可以发"),
        ),
    }  # fmt: skip


def definition_at(event: Event) -> Topic:
    """The topic as the version that decided the event had it."""
    version = TopicVersion.objects.filter(topic_id=event.topic_id, number=event.topic_version).first()
    return describing.draft_of(version.definition) if version else event.topic


def _addresses(client_id: int) -> list[int]:
    bits = Client.objects.filter(pk=client_id).values_list("address_bits", flat=True).first() or 0
    return [channel for channel in range(4) if bits & (1 << channel)]


def _told(event: Event, client_id: int) -> str:
    """The earlier event that told the client the same fact, if there is one."""
    others = Event.objects.filter(fact_key=event.fact_key, sent_at__lt=event.decided_at).exclude(pk=event.pk)
    for other in others.order_by("-sent_at")[:5] if event.fact_key else []:
        byte = decision.outcome_of(other.pk, client_id)
        if byte is not None and not rules.stopped(byte):
            return _("%(moment)s 已经说过") % {"moment": f"{shanghai(other.sent_at):%m-%d %H:%M}"}  # type: ignore[arg-type]
    return ""


def _agreement(client_id: int, at: datetime) -> str:
    signed = (
        AdviceAgreement.objects.filter(client_id=client_id, signed_at__lte=at).order_by("-signed_at").first()
    )
    if signed is None or (signed.ended_at is not None and signed.ended_at <= at):
        return _("没有生效的协议")
    return signed.number


def _listed(channels: list[int]) -> str:
    return describing.listed([str(Channel(b).label) for b in channels]) or _("无")


def _consents(client_id: int, message_class: int, at: datetime) -> list[int]:
    latest: Mapping[int, bool] = dict(
        Consent.objects.filter(client_id=client_id, message_class=message_class, at__lte=at)
        .order_by("channel", "at")
        .values_list("channel", "granted")
    )
    return [channel for channel, granted in latest.items() if granted]


def of_client(client_id: int, limit: int = 20) -> list[dict[str, Any]]:
    """The latest events that asked about the client, sent or not: ``{event_id, title, at, outcome, gate, sent}``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.title, e.decided_at, e.state, get_byte(b.outcomes, array_position(b.client_ids, r.id::int) - 1)"
            " FROM unnest(%s::bigint[]) AS r(id) JOIN outreach_verdictblock b ON b.block = (r.id >> %s)::int"
            " AND b.client_ids @> ARRAY[r.id::int] JOIN outreach_event e ON e.id = b.event_id"
            " ORDER BY e.decided_at DESC LIMIT %s",
            [record_ids(client_id), decision.BLOCK_BITS, limit],
        )
        rows = cursor.fetchall()
    found = []
    for event_id, title, at, state, byte in rows:
        gate, mask = rules.split(byte)
        found.append(
            {
                "event_id": event_id, "title": title, "at": at, "state": state, "sent": mask > 0,
                "gate": GATES.get(gate, ""), "channels": [CHANNEL_NAMES[b] for b in range(4) if mask & (1 << b)],
            }
        )  # fmt: skip
    return found
