"""The whole way of one message: event, decision, delivery, mark, attempts, receipts, what the client did then.

And for a client who was never asked about: which part of the audience's rule he does not meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from maitian.clients import conditions
from maitian.clients.models import InboundText
from maitian.core.models import LedgerEntry
from maitian.core.time import shanghai
from maitian.outreach import decision, describing, rules
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import Attempt, CallTask, Delivery, Event, Handing, Message
from maitian.outreach.words import CHANNEL_NAMES, GATES, WITHHELD

ICONS = ("message", "sms", "mail", "phone")


@dataclass(frozen=True)
class Stage:
    """One thing on the way. ``tone``: ok, late, info, gold or empty; ``quote``: words of a text, Chinese."""

    at: datetime | None
    icon: str
    title: str
    lines: list[str] = field(default_factory=list)
    tone: str = ""
    actor: str = ""
    quote: str = ""

    @property
    def clock(self) -> str:
        """To the second, since the order matters here: ``11-24 10:42:07``."""
        return f"{shanghai(self.at):%m-%d %H:%M:%S}" if self.at else ""


@dataclass(frozen=True)
class Way:
    """One channel: where its message is now, and how it came there."""

    channel: int
    label: Any
    icon: str
    state: str
    tone: str
    stages: list[Stage]


def before(event: Event, outcome: int | None) -> list[Stage]:
    """What all channels share: made, decided, sent."""
    found = [
        Stage(
            event.made_at, "plus", _("有了这件事"), [f"{event.topic.title} · {_('第 %(n)s 版') % {'n': event.topic_version}}"],
            actor=event.maker,
        )
    ]  # fmt: skip
    if event.decided_at is not None:
        words = _("当时不在受众里") if outcome is None else _outcome_words(outcome)
        stopped = outcome is None or rules.stopped(outcome)
        found.append(Stage(event.decided_at, "filter", _("判定"), [words], "late" if stopped else "ok"))
    if event.sent_at is not None:
        found.append(Stage(event.sent_at, "send", _("开始发送"), actor=event.sent_by))
    return found


def _outcome_words(outcome: int) -> str:
    gate, mask = rules.split(outcome)
    names = describing.listed([str(CHANNEL_NAMES[n]) for n in range(4) if mask & (1 << n)])
    if not mask:
        return _("不发：%(gate)s") % {"gate": GATES[gate]}
    if gate == rules.Gate.DEFERRED:
        return _("会收到，要等时段：%(names)s") % {"names": names}
    return _("会收到：%(names)s") % {"names": names}


def ways(event: Event, client_id: int, outcome: int) -> list[Way]:
    """Each channel that the verdict gives the client, from the delivery to what became of the message."""
    block = client_id >> decision.BLOCK_BITS
    deliveries = {d.channel: d for d in Delivery.objects.filter(event=event, block=block)}
    messages = {m.channel: m for m in Message.objects.filter(client_id=client_id, event_id=event.pk)}
    marks = _marks([d.pk for d in deliveries.values()], client_id)
    earlier: dict[int, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(client_id=client_id, event_id=event.pk).order_by("number", "pk"):
        earlier.setdefault(attempt.channel, []).append(attempt)
    found = []
    for channel in range(4):
        if not outcome & (1 << channel) and channel not in messages:
            continue
        delivery, message = deliveries.get(channel), messages.get(channel)
        stages = _delivery(delivery, marks.get(delivery.pk) if delivery else None)
        stages += [_attempt(item) for item in earlier.get(channel, [])]
        if message is not None:
            stages += _message(message)
        if channel == 3:
            stages += _call(event, client_id)
        state, tone = _now(event, delivery, message)
        found.append(Way(channel, CHANNEL_NAMES[channel], ICONS[channel], state, tone, stages))
    return found


def _marks(deliveries: list[int], client_id: int) -> dict[int, Handing]:
    """Open marks that hold the client, by delivery."""
    return {
        mark.delivery_id: mark
        for mark in Handing.objects.filter(delivery_id__in=deliveries, client_ids__contains=[client_id]).defer("client_ids")
    }  # fmt: skip


def _delivery(delivery: Delivery | None, mark: Handing | None) -> list[Stage]:
    if delivery is None:
        return []
    found = []
    if delivery.state == Delivery.State.QUEUED and not delivery.attempts:
        lines = [_("排在第 %(block)s 段") % {"block": delivery.block}]
        return [
            Stage(
                delivery.not_before, "clock", _("等到时间再交") if delivery.not_before else _("排队"), lines
            )
        ]
    if delivery.claimed_at is not None:
        lines = [
            _("第 %(block)s 段，%(count)s 条") % {"block": delivery.block, "count": f"{delivery.count:,}"}
        ]
        if delivery.worker is not None:
            lines.append(_("工作进程 %(key)s") % {"key": delivery.worker})
        if delivery.attempts > 1:
            lines.append(_("第 %(n)s 次接手") % {"n": delivery.attempts})
        found.append(Stage(delivery.claimed_at, "users", _("工作进程接手"), lines))
    if mark is not None:
        words = _("已经记号、没有答复：可能在网关，也可能没到")
        found.append(
            Stage(mark.at, "alert", _("正在交给网关"), [words, _("批号 %(n)s") % {"n": mark.number}], "gold")
        )
    return found


def _through(gateway: str | None, reference: str | None) -> list[str]:
    lines = []
    if gateway:
        lines.append(_("网关 %(name)s") % {"name": gateway})
    if reference:
        lines.append(_("编号 %(reference)s") % {"reference": reference})
    return lines


def _attempt(attempt: Attempt) -> Stage:
    lines = _through(attempt.gateway, attempt.reference)
    lines.append(str(Message.State(attempt.state).label) + (f" · {attempt.error}" if attempt.error else ""))
    return Stage(
        attempt.at,
        "refresh",
        _("第 %(n)s 次") % {"n": attempt.number},
        lines,
        "late" if attempt.state == 3 else "",
    )


def _message(message: Message) -> list[Stage]:
    """The message row: handed over at ``at``, settled at ``changed_at``."""
    state = Message.State(message.state)
    if state == Message.State.WITHHELD:
        return [
            Stage(message.at, "no", _("临发时拦下"), [str(WITHHELD.get(message.error or "", message.error))], "late")
        ]  # fmt: skip
    if state == Message.State.AGAIN:
        return [Stage(message.changed_at, "clock", _("等着重发"), [], "gold")]
    lines = _through(message.gateway, message.reference)
    if message.cost:
        lines.append(
            _("%(parts)s 条，%(cost)s 元") % {"parts": message.parts, "cost": f"{message.cost / 10_000:.2f}"}
        )
    title = (
        _("写进收件箱") if message.channel == 0 else _("交给同事") if message.channel == 3 else _("交给网关")
    )
    number = _("第 %(n)s 次") % {"n": message.attempts} if message.attempts > 1 else ""
    found = [Stage(message.at, "send", f"{title}{' · ' + number if number else ''}", lines, "info")]
    if state == Message.State.DELIVERED and message.channel != 0:
        found.append(Stage(message.changed_at, "check", _("回执：已送达"), [], "ok"))
    elif state == Message.State.FAILED:
        found.append(
            Stage(message.changed_at or message.at, "x", _("没有送达"), [message.error] if message.error else [], "late")
        )  # fmt: skip
    elif state == Message.State.UNKNOWN:
        lines = [_("等回执核对；普通消息不重发")] + ([message.error] if message.error else [])
        found.append(Stage(message.changed_at, "alert", _("结果不明"), lines, "gold"))
    return found


def _call(event: Event, client_id: int) -> list[Stage]:
    task = CallTask.objects.select_related("member").filter(event=event, client_id=client_id).first()
    if task is None:
        return []
    who = task.member.title if task.member else str(CallTask.Queue(task.queue).label)
    found = [Stage(task.opened_at, "phone", _("电话任务交给%(who)s") % {"who": who}, [])]
    if task.attempts:
        tries = _("打过 %(n)s 次") % {"n": task.attempts}
        lines = [tries] + ([str(task.get_result_display())] if task.result else [])
        tone = "ok" if task.result in ("reached", "promised", "refused") else ""
        found.append(
            Stage(task.done_at, "phone", str(task.get_state_display()), lines, tone, task.done_by, task.note)
        )
    elif task.state == CallTask.State.CANCELLED:
        found.append(Stage(task.done_at, "x", str(task.get_state_display()), [], "", "", task.note))
    return found


def _now(event: Event, delivery: Delivery | None, message: Message | None) -> tuple[str, str]:
    if message is not None:
        tones = {2: "ok", 3: "late", 4: "ok", 5: "warn", 6: "late", 7: "warn"}
        return str(message.get_state_display()), tones.get(message.state, "info")
    if delivery is None:
        return _("还没有发"), ""
    if delivery.state == Delivery.State.STOPPED or event.state == Event.State.STOPPED:
        return _("停止了，没有发"), "late"
    if delivery.state == Delivery.State.CLAIMED:
        return _("正在交"), "info"
    return _("等着发"), "warn"


def after(event: Event, client_id: int) -> list[Stage]:
    """What the client did then: read it, replied."""
    found = []
    read = LedgerEntry.objects.filter(
        client_id=client_id, kind="message.read", object_kind="event", object_id=str(event.pk)
    ).order_by("number")  # fmt: skip
    for row in read[:1]:
        found.append(Stage(row.at, "eye", _("客户打开看了"), [], "ok"))
    for text in InboundText.objects.filter(client_id=client_id, event_id=event.pk).order_by("at")[:20]:
        tone = "gold" if text.meaning == InboundText.Meaning.QUESTION else ""
        found.append(
            Stage(
                text.at, "sms", _("客户回了短信"), [str(text.get_meaning_display())], tone, "", str(text.text)
            )
        )
    return found


# --- not in the audience ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One part of an audience and whether the client meets it now."""

    words: str
    met: bool


def missed(event: Event, client_id: int) -> list[Part]:
    """The audience part by part for one client, as he is today: the decision's day may have been different."""
    audience = AUDIENCES.get(event.topic.audience)
    if audience is None:
        return []
    sql, parameters = audience.condition(event.facts)
    found = []
    if "served" in parameters:
        found.append(
            Part(_("在册：不是线索，没有销户"), _meets("c.state = ANY(%(served)s)", parameters, client_id))
        )
    if not audience.everybody:
        title = audience.title_en if describing.in_english() else audience.title
        found.append(Part(title, _meets(sql, parameters, client_id)))
    tree = event.topic.conditions
    for item in tree.get("all", [tree]) if tree else []:
        narrowed, values = conditions.compile_tree(item)
        found.append(Part(conditions.sentence(item), _meets(narrowed, values, client_id)))
    return found


def _meets(sql: str, parameters: dict[str, Any], client_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(({sql}), false) FROM clients_client c WHERE c.id = %(one_client)s",
            {**parameters, "one_client": client_id},
        )
        row = cursor.fetchone()
    return bool(row and row[0])
