"""Reading outreach: counts by reason, progress, why a client did (not) get it, the inbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from maitian.clients.models import AdviceAgreement, Assessment, Channel, Consent, RiskClass
from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.offerings.queries import levels, subscription
from maitian.outreach import decision, rules, texts
from maitian.outreach.models import Attempt, Delivery, Event, LegalBasis, Message, Topic
from maitian.outreach.rules import ORDER, Gate

GATES: dict[Gate, Any] = {
    Gate.COVERAGE: gettext_lazy("级别不含"),
    Gate.SUITABILITY: gettext_lazy("不适当"),
    Gate.CONSENT: gettext_lazy("没有同意"),
    Gate.ADDRESS: gettext_lazy("没有地址"),
    Gate.DEFERRED: gettext_lazy("稍后发"),
    Gate.FREQUENCY: gettext_lazy("频次上限"),
    Gate.DUPLICATE: gettext_lazy("重复"),
    Gate.BUDGET: gettext_lazy("超出预算"),
    Gate.AGREEMENT: gettext_lazy("没有协议"),
}
NOTES: dict[Gate, Any] = {
    Gate.COVERAGE: gettext_lazy("客户端显示标题和“申请”"),
    Gate.SUITABILITY: gettext_lazy("风险高于客户的承受能力，或测评缺失、过期"),
    Gate.CONSENT: gettext_lazy("这类消息的渠道都没有同意"),
    Gate.ADDRESS: gettext_lazy("同意了，但没有可用的号码或邮箱"),
    Gate.DEFERRED: gettext_lazy("收件箱马上有，短信和邮件等到允许的时段"),
    Gate.FREQUENCY: gettext_lazy("营销短信到了每天或每月的上限"),
    Gate.DUPLICATE: gettext_lazy("同一件事几天内已经告诉过"),
    Gate.BUDGET: gettext_lazy("本月短信预算用完"),
    Gate.AGREEMENT: gettext_lazy("投资建议要先签投顾协议"),
}
QUESTIONS: dict[Gate, Any] = {
    Gate.COVERAGE: gettext_lazy("服务级别"),
    Gate.SUITABILITY: gettext_lazy("适当性"),
    Gate.CONSENT: gettext_lazy("同意"),
    Gate.ADDRESS: gettext_lazy("联系方式"),
    Gate.DEFERRED: gettext_lazy("时段"),
    Gate.FREQUENCY: gettext_lazy("频次"),
    Gate.DUPLICATE: gettext_lazy("重复"),
    Gate.BUDGET: gettext_lazy("预算"),
    Gate.AGREEMENT: gettext_lazy("投顾协议"),
}
CHANNEL_NAMES = {
    0: gettext_lazy("客户端收件箱"),
    1: gettext_lazy("短信"),
    2: gettext_lazy("邮件"),
    3: gettext_lazy("电话任务"),
}
FILLS = {0: "f1", 1: "f2", 2: "f3", 3: "f4"}
GREYS = ("fn1", "fn2", "fn3", "fn4")


@dataclass
class Line:
    """One line of the verdict table."""

    key: str
    fill: str
    label: Any
    count: int
    note: Any = ""
    kind: str = "sent"  # sent, later, not


@dataclass
class Verdicts:
    """What was decided, for the page before sending: clients by outcome, messages by channel, cost."""

    total: int
    sent: int
    later: int
    lines: list[Line]
    messages: dict[int, int]
    cost: float

    @property
    def stopped(self) -> int:
        return self.total - self.sent - self.later

    @property
    def parts(self) -> list[tuple[str, int, Any]]:
        return [(line.fill, line.count, line.label) for line in self.lines if line.count]


def verdicts(event: Event) -> Verdicts:
    """Clients by what they get. A client with several channels counts in the first table once, by gate."""
    counts = {int(byte): n for byte, n in event.counts.items()}
    messages = {bit: sum(n for byte, n in counts.items() if byte & (1 << bit)) for bit in range(4)}
    by_gate: dict[Gate, int] = {}
    by_mask: dict[int, int] = {}
    for byte, n in counts.items():
        gate, mask = rules.split(byte)
        if gate == Gate.SENT:
            by_mask[mask] = by_mask.get(mask, 0) + n
        else:
            by_gate[gate] = by_gate.get(gate, 0) + n
    joined = {
        mask: " + ".join(str(CHANNEL_NAMES[b]) for b in range(4) if mask & (1 << b)) for mask in by_mask
    }
    lines = [
        Line(f"sent-{mask}", ("f1", "f2", "f3", "f4")[min(n, 3)], joined[mask], by_mask[mask])
        for n, mask in enumerate(sorted(by_mask, key=lambda mask: -by_mask[mask]))
    ]
    later = by_gate.pop(Gate.DEFERRED, 0)
    if later:
        lines.append(Line("deferred", "fg", GATES[Gate.DEFERRED], later, NOTES[Gate.DEFERRED], "later"))
    shown = [gate for gate in ORDER if by_gate.get(gate)]
    lines += [
        Line(gate.name.lower(), GREYS[min(n, 3)], GATES[gate], by_gate[gate], NOTES[gate], "not")
        for n, gate in enumerate(shown)
    ]
    cost = messages[1] * event.texts.get("sms", {}).get("price", 0) / 10_000
    return Verdicts(sum(counts.values()), sum(by_mask.values()), later, lines, messages, cost)


def bytes_of(event: Event, key: str) -> set[int]:
    """The outcome bytes behind a line of the table."""
    found = set()
    for byte in (int(text) for text in event.counts):
        gate, mask = rules.split(byte)
        if (key == f"sent-{mask}" and gate == Gate.SENT) or (key == gate.name.lower() and gate != Gate.SENT):
            found.add(byte)
    return found


def events() -> QuerySet[Event]:
    """Newest first."""
    return Event.objects.select_related("topic").order_by("-made_at", "-pk")


def event(event_id: int) -> Event:
    found = Event.objects.select_related("topic").filter(pk=event_id).first()
    if found is None:
        raise NotFound()
    return found


def topics() -> list[Topic]:
    return list(Topic.objects.order_by("pk"))


@dataclass
class ChannelProgress:
    channel: int
    label: Any
    fill: str
    planned: int
    handed: int
    delivered: int
    failed: int
    unknown: int
    withheld: int
    waiting_until: datetime | None


@dataclass
class Progress:
    """How far a send is."""

    planned: int = 0
    done: int = 0
    failed: int = 0
    unknown: int = 0
    withheld: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    channels: list[ChannelProgress] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.done / self.planned if self.planned else 1.0

    @property
    def percent(self) -> int:
        return int(self.share * 100)

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds > 0 else 0.0


def progress(event: Event, now: datetime) -> Progress:
    """Sums over the event's deliveries (one row for 4,096 clients and channel)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT channel, sum(count), sum(handed), sum(delivered), sum(failed), sum(unknown), sum(withheld), sum(cost),"
            " max(not_before) FILTER (WHERE state = 'queued' AND not_before > %s)"
            " FROM outreach_delivery WHERE event_id = %s GROUP BY channel ORDER BY channel",
            [now, event.pk],
        )
        rows = cursor.fetchall()
    made = Progress()
    for channel, planned, handed, delivered, failed, unknown, withheld, cost, until in rows:
        made.channels.append(
            ChannelProgress(
                channel,
                CHANNEL_NAMES[channel],
                FILLS[channel],
                planned,
                handed,
                delivered,
                failed,
                unknown,
                withheld,
                until,
            )
        )
        made.planned += planned
        made.done += handed + failed + unknown + withheld
        made.withheld += withheld
        made.failed += failed
        made.unknown += unknown
        made.cost += float(cost) / 10_000
    if event.sent_at:
        made.seconds = ((event.done_at or now) - event.sent_at).total_seconds()
    return made


# --- why ------------------------------------------------------------------------------------------------


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
    messages: list[Message]
    attempts: list[Attempt]
    rule_version: int | None

    @property
    def sent(self) -> bool:
        return not rules.stopped(self.outcome)

    @property
    def channels(self) -> list[Any]:
        return [CHANNEL_NAMES[b] for b in range(4) if self.outcome & (1 << b)]


def explain(event: Event, client_id: int) -> Explanation | None:
    """Gate by gate, with the values as they stood at the decision; ``None``: not in the audience."""
    byte = decision.outcome_of(event.pk, client_id)
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
    messages = list(Message.objects.filter(client_id=client_id, event_id=event.pk).order_by("channel"))
    earlier = list(
        Attempt.objects.filter(client_id=client_id, event_id=event.pk).order_by("channel", "number")
    )
    return Explanation(event, byte, steps, messages, earlier, event.rule_version)


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
    channels = [b for b in range(4) if event.topic.channel_mask & (1 << b)]
    class_name = str(RiskClass(tested.risk_class).label) if tested else _("未测评")
    if tested and tested.valid_until < shanghai(at).date():
        class_name = _("%(name)s，%(day)s 过期") % {"name": class_name, "day": tested.valid_until.isoformat()}
    return {
        Gate.COVERAGE: (
            had.level.title if had else _("没有级别"),
            _("要有：%(names)s") % {"names": "、".join(names[rank] for rank in sorted(wanted) if rank in names)},
        ),
        Gate.SUITABILITY: (class_name, _("报告 %(risk)s") % {"risk": event.facts.get("risk", "–")}),
        Gate.AGREEMENT: (_agreement(client_id, at), _("投资建议要有生效的协议")) if event.topic.advice else ("", _("不是投资建议")),
        Gate.CONSENT: (
            (_("同意：%(names)s") % {"names": _listed(agreed)}, _("主题用：%(names)s") % {"names": _listed(channels)})
            if event.rules.get("legal_basis", "consent") == "consent"
            else (_("不需要同意"), str(LegalBasis(event.rules["legal_basis"]).label))
        ),
        Gate.DEFERRED: (
            "", _("等到 %(moment)s") % {"moment": f"{shanghai(event.deferred_until):%m-%d %H:%M}"} if event.deferred_until else _("现在可以发"),
        ),
    }  # fmt: skip


def _agreement(client_id: int, at: datetime) -> str:
    signed = (
        AdviceAgreement.objects.filter(client_id=client_id, signed_at__lte=at).order_by("-signed_at").first()
    )
    if signed is None or (signed.ended_at is not None and signed.ended_at <= at):
        return _("没有生效的协议")
    return signed.number


def _listed(channels: list[int]) -> str:
    return "、".join(str(Channel(b).label) for b in channels) or _("无")


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
            "SELECT e.id, e.title, e.decided_at, e.state, get_byte(b.outcomes, array_position(b.client_ids, %s::int) - 1)"
            " FROM outreach_verdictblock b JOIN outreach_event e ON e.id = b.event_id"
            " WHERE b.block = %s AND b.client_ids @> ARRAY[%s::int] ORDER BY e.decided_at DESC LIMIT %s",
            [client_id, client_id >> decision.BLOCK_BITS, client_id, limit],
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


# --- the inbox ---------------------------------------------------------------------------------------------


def inbox(client_id: int, before: datetime | None = None, limit: int = 30) -> list[dict[str, Any]]:
    """The client's inbox messages, newest first, as this client got them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.event_id, m.at, m.state, e.title, e.texts->'inbox', e.facts->>'link', e.object_kind"
            " FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id"
            " WHERE m.client_id = %s AND m.channel = 0 AND m.state NOT IN (3, 6) AND (%s::timestamptz IS NULL OR m.at < %s)"
            " ORDER BY m.at DESC LIMIT %s",
            [client_id, before, before, min(limit, 100)],
        )
        rows = cursor.fetchall()
    found = []
    for event_id, at, state, title, entry, link, kind in rows:
        head, _line, body = _own_text(json.loads(entry or "{}"), event_id, client_id).partition("\n")
        found.append(
            {
                "event_id": event_id, "at": at, "unread": state != Message.State.READ, "title": head or title,
                "text": body.strip(), "url": link or "", "kind": kind,
            }
        )  # fmt: skip
    return found


def _own_text(entry: dict[str, Any], event_id: int, client_id: int) -> str:
    if not entry.get("template"):
        return str(entry.get("text", ""))
    return texts.rendered(entry, event_id, [client_id]).get(client_id, str(entry.get("text", "")))


def unread(client_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM outreach_message WHERE client_id = %s AND channel = 0 AND state IN (1, 2)",
            [client_id],
        )
        return int(cursor.fetchone()[0])


def message_of(client_id: int, event_id: int) -> dict[str, Any]:
    """One inbox message of this client."""
    found = next((item for item in inbox(client_id, limit=100) if item["event_id"] == event_id), None)
    if found is None:
        raise NotFound()
    return found


def deliveries(event_id: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(event_id=event_id).order_by("channel", "block")
