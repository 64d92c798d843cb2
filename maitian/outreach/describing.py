"""A topic's definition in words that a manager understands, and the difference between two of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from maitian.clients import conditions
from maitian.clients.models import MessageClass
from maitian.core import ledger, rulebook
from maitian.outreach import rules, timing, variables
from maitian.outreach.actions.topics import FIELDS
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import LegalBasis, Topic, Trigger
from maitian.outreach.rules import CHANNELS
from maitian.outreach.words import CHANNEL_NAMES
from maitian.ui import formats

Text = str | Promise
TEXTS = (*CHANNELS, "subject")
DAYS: dict[str, Text] = {
    "every": lazy("每天"),
    "work": lazy("每个工作日"),
    "trading": lazy("每个交易日"),
}
MADE_BY: dict[str, Text] = {
    Trigger.MANUAL: lazy("有人要发时，写好标题和正文"),
    Trigger.REPORT: lazy("研究报告发布以后"),
    Trigger.ANNOUNCEMENT: lazy("持仓证券有公告"),
    Trigger.RATING: lazy("机构评级变动"),
    Trigger.PICK: lazy("投资顾问签发一只荐股"),
    Trigger.PICK_NOTE: lazy("给荐股写一条跟踪"),
    Trigger.ISSUE: lazy("有新股可以申购"),
    Trigger.ALLOTMENT: lazy("有客户中签、要缴款"),
    Trigger.LISTING: lazy("新股上市"),
    Trigger.DAILY: lazy("每天到了钟点，找出符合条件的客户"),
    Trigger.LEDGER: lazy("客户的一件事记进了账本"),
    Trigger.CAMPAIGN: lazy("活动走到一步"),
    Trigger.BRIEFING: lazy("报告会的邀请、提醒和会后"),
}


@dataclass(frozen=True)
class Said:
    """One line of a definition: ``step`` is the step of the form that changes it, ``lines`` what it says."""

    step: str
    label: Text
    lines: list[str]
    chinese: bool = False  # what stands there is Chinese in every language: texts to clients


@dataclass(frozen=True)
class Change:
    """One line that differs. ``words`` marks the texts: ``("same" | "out" | "in", text)``."""

    step: str
    label: Text
    before: list[str]
    after: list[str]
    words: list[tuple[str, str]] = field(default_factory=list)
    chinese: bool = False


def draft_of(given: Mapping[str, Any]) -> Topic:
    """An unsaved topic of a definition, however unfinished: what is missing is as the table has it by default."""
    values = {name: given[name] for name in FIELDS if given.get(name) is not None}
    for name in ("budget_month", "budget_year"):
        values[name] = amount(given.get(name))
    return Topic(code=given.get("code", ""), **values)


def amount(value: Any) -> Decimal | None:
    """Money of a definition, where it is kept as text."""
    return Decimal(str(value)) if value not in (None, "") else None


def kind_words(kind: str) -> str:
    """A kind of ledger row as a choice: its sentence with the gaps open (``级别改为…``)."""
    listed = ledger.kinds().get(kind)
    return kind if listed is None else listed.open_sentence()


def described(given: Mapping[str, Any]) -> list[Said]:
    """A definition line by line, in the order of the form's steps."""
    topic = draft_of(given)
    found = [
        Said("name", _("名称"), [f"{topic.name} / {topic.name_en}"]),
        Said("trigger", _("什么时候有这件事"), _made_by(topic)),
        Said("class", _("类别和依据"), _class(topic)),
        Said("who", _("发给谁"), _who(topic)),
        Said("gates", _("关口"), _gates(topic)),
        Said("texts", _("渠道"), [_channels(topic.channel_mask)]),
        Said("when", _("时间"), _when(topic)),
        Said("budget", _("预算和发送"), _budget(topic)),
    ]
    return [said for said in found if said.lines]


def _made_by(topic: Topic) -> list[str]:
    lines = [str(MADE_BY.get(topic.trigger, topic.trigger))]
    if topic.trigger == Trigger.LEDGER:
        lines += [kind_words(kind) for kind in topic.ledger_kinds]
    return lines


def _class(topic: Topic) -> list[str]:
    lines = [
        _("%(kind)s类消息，依据：%(basis)s")
        % {"kind": MessageClass(topic.message_class).label, "basis": LegalBasis(topic.legal_basis).label}
    ]
    if topic.critical:
        lines.append(_("必达：没有回执就重发，直到确认、作废或次数用完"))
    return lines


def _who(topic: Topic) -> list[str]:
    audience = AUDIENCES.get(topic.audience)
    if audience is None:
        return []
    lines = [audience.title_en if in_english() else audience.title]
    if topic.conditions:
        lines.append(_("而且：%(conditions)s") % {"conditions": conditions.sentence(topic.conditions)})
    elif audience.everybody:
        lines.append(_("没有别的条件，就是全部客户"))
    return lines


def in_english() -> bool:
    """Whether the reader reads English."""
    return formats.is_english(get_language())


def listed(words: list[str]) -> str:
    """Words as a list within a sentence."""
    return (", " if in_english() else "、").join(words)


def _gates(topic: Topic) -> list[str]:
    lines = [
        _("只给级别里含这个主题的客户") if topic.by_level else _("不看级别"),
        _("内容的风险要适合客户") if topic.suitability else _("不比对风险"),
    ]
    if topic.advice:
        lines.append(_("是投资建议：要有投顾签发、生效的协议和风险提示"))
    if topic.message_class == MessageClass.COMMERCIAL and not topic.critical:
        caps = rulebook.at().outreach.caps
        lines.append(
            _("营销短信每位客户每天最多 %(day)s 条、每月最多 %(month)s 条")
            % {"day": caps.commercial_day, "month": caps.commercial_month}
        )
    return lines


def _channels(mask: int) -> str:
    names = [str(CHANNEL_NAMES[n]) for n in range(4) if mask & (1 << n)]
    return listed(names) or "–"


def _when(topic: Topic) -> list[str]:
    values = rulebook.at()
    when = topic.timing.get("when", "at_once")
    if when == "at":
        lines = [f"{DAYS[topic.timing.get('days', 'every')]} {topic.timing.get('at', '')}"]
    elif when == "after_close":
        lines = [_("收盘 %(minutes)s 分钟以后") % {"minutes": values.get("outreach.after_close_minutes")}]
    else:
        lines = [_("判定完马上发")]
    for name in ("sms", "email", "call"):
        number = CHANNELS.index(name)
        if topic.channel_mask & (1 << number):
            _key, spans, work_days = timing.windows(topic, name, values)
            hours = listed(["–".join(span) for span in spans])
            words = _("%(channel)s只在工作日 %(hours)s") if work_days else _("%(channel)s只在 %(hours)s")
            lines.append(words % {"channel": CHANNEL_NAMES[number], "hours": hours})
    if topic.repeat_days is not None:
        lines.append(_("同一位客户 %(days)s 天内只说一次") % {"days": topic.repeat_days})
    if topic.expires_minutes is not None:
        lines.append(_("过了%(length)s还没发出的，不再发") % {"length": _length(topic.expires_minutes)})
    return lines


def _length(minutes: int) -> str:
    return " " + formats.span(timedelta(minutes=minutes), get_language())


def _budget(topic: Topic) -> list[str]:
    lines = []
    if topic.budget_month is not None:
        lines.append(_("每月短信最多 %(amount)s 元") % {"amount": f"{topic.budget_month:,.2f}"})
    if topic.budget_year is not None:
        lines.append(_("每年短信最多 %(amount)s 元") % {"amount": f"{topic.budget_year:,.2f}"})
    if not lines:
        lines.append(_("没有自己的预算，随营业部的总预算"))
    if topic.automatic:
        most = f"{rulebook.at().outreach.automatic_max:,}"
        lines.append(_("判定完自动发，最多 %(most)s 户；更多的等人看过") % {"most": most})
    else:
        lines.append(_("判定完等人看过再发"))
    if not topic.active:
        lines.append(_("没有启用"))
    return lines


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """What a new definition changes, line by line; texts word by word. Without a ``before`` everything is new."""
    old = {said.step: said for said in described(before)} if before else {}
    found = []
    for said in described(after):
        was = old.get(said.step)
        if was is None or was.lines != said.lines:
            found.append(Change(said.step, said.label, was.lines if was else [], said.lines))
    texts_before = (before or {}).get("templates") or {}
    texts_after = after.get("templates") or {}
    for name in TEXTS:
        one, other = (variables.readable(texts.get(name, "")) for texts in (texts_before, texts_after))
        if one != other:
            found.append(
                Change(
                    "texts",
                    text_name(name),
                    [one] if one else [],
                    [other] if other else [],
                    marked(one, other),
                    True,
                )
            )
    return found


def text_name(name: str) -> Text:
    """What a text is called: the channel's, or the mail's subject."""
    return _("邮件标题") if name == "subject" else CHANNEL_NAMES[CHANNELS.index(name)]


SIGNS = re.compile(r"〔[^〕]*〕|[A-Za-z0-9.,%]+|\s+|.", re.S)


def marked(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as one, with what went out and what came in; variables and Latin words are not cut."""
    one, other = SIGNS.findall(before), SIGNS.findall(after)
    parts: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("same", "".join(one[a:b])))
            continue
        if b > a:
            parts.append(("out", "".join(one[a:b])))
        if d > c:
            parts.append(("in", "".join(other[c:d])))
    return parts


@dataclass(frozen=True)
class Preview:
    """One channel's text as a client would get it. ``price`` in CNY for one client, SMS only."""

    name: str
    label: Text
    text: str
    subject: str = ""
    signs: int = 0
    parts: int = 0
    price: Decimal = Decimal(0)
    error: str = ""


def previews(topic: Topic) -> list[Preview]:
    """Every channel's text with sample values: what it says, how long it is, what it costs."""
    values = rulebook.at()
    price = Decimal(str(values.get("outreach.price.sms")))
    sample = variables.samples(topic) | {
        "signature": values.get("outreach.sms.signature"),
        "opt_out": values.get("outreach.sms.opt_out"),
        "risk_sentence": values.get("outreach.risk_sentence"),
    }
    found = []
    for number, name in enumerate(CHANNELS):
        if not topic.channel_mask & (1 << number):
            continue
        label = CHANNEL_NAMES[number]
        try:
            text = rules.fill(topic.templates.get(name, ""), sample)
            subject = (
                rules.fill(topic.templates.get("subject") or "{title}", sample) if name == "email" else ""
            )
        except (KeyError, ValueError) as error:
            found.append(Preview(name, label, "", error=_unfilled(error)))
            continue
        parts = rules.sms_parts(text) if name == "sms" else 0
        found.append(Preview(name, label, text, subject, len(text), parts, price * parts))
    return found


def _unfilled(error: Exception) -> str:
    if isinstance(error, KeyError):
        return _("“%(name)s”不是这个主题的变量") % {"name": error.args[0]}
    return _("花括号不成对，或里面不是变量名")
