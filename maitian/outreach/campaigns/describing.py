"""A campaign in words: its parts line by line, its steps as one list from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maitian.clients import conditions
from maitian.clients.models import MessageClass
from maitian.core import time as business_time
from maitian.library.models import Report
from maitian.outreach import describing, variables
from maitian.outreach.campaigns import goals, graph, plan, rules
from maitian.outreach.campaigns.asks import ASKS
from maitian.outreach.campaigns.graph import BRANCH, END, SEND, WAIT, Step
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.campaigns.plan import Definition, Fault
from maitian.outreach.rules import CHANNELS
from maitian.outreach.words import CHANNEL_NAMES
from maitian.ui import formats

ICONS = {SEND: "send", WAIT: "clock", BRANCH: "filter"}


@dataclass(frozen=True)
class Part:
    """One part of a campaign: what it says, and what is wrong with it."""

    key: str
    title: Any
    lines: list[str]
    faults: list[str]


def moment_words(text: str) -> str:
    """``2026-12-10 18:00`` of a definition's moment, the branch's own time."""
    found = plan.moment(text)
    return f"{found:%Y-%m-%d %H:%M}" if found else "–"


def parts(definition: Definition, faults: list[Fault]) -> list[Part]:
    """The parts before the steps, in order."""
    said = {
        "goal": _goal(definition), "audience": _audience(definition), "groups": _groups(definition), "limits": _limits(definition),
    }  # fmt: skip
    return [
        Part(key, plan.PARTS[key], lines, [fault.sentence for fault in faults if fault.part == key])
        for key, lines in said.items()
    ]


def _goal(definition: Definition) -> list[str]:
    stays = _("达成以后留下，接着走完") if definition["stays"] else _("达成以后离开，不再收到")
    return [goals.sentence(definition), stays] if definition["goal"] else [_("还没有目标")]


def _audience(definition: Definition) -> list[str]:
    if definition["audience"]:
        lines = [conditions.sentence(definition["audience"])]
    else:
        lines = [_("全部在册客户") if definition["everybody"] else _("还没有条件")]
    if definition["leaves_out"]:
        name = Campaign.objects.filter(pk=definition["leaves_out"]).values_list("name", flat=True).first()
        lines.append(_("不含“%(name)s”里的客户") % {"name": name or "–"})
    lines.append(_("开始时定下名单，以后不变"))
    return lines


def _groups(definition: Definition) -> list[str]:
    control = definition["control"]
    lines = [
        _("对照组 %(share)s%%：什么也不发，只看他们做没做") % {"share": control}
        if control
        else _("没有对照组：看不出是不是活动带来的")
    ]
    if len(definition["arms"]) == 1:
        lines.append(_("其余 %(share)s%% 一组") % {"share": 100 - control})
    else:
        shares = [f"{arm['name']} {arm['share']}%" for arm in definition["arms"]]
        lines.append(
            _("其余 %(share)s%% 分成：%(arms)s") % {"share": 100 - control, "arms": describing.listed(shares)}
        )
    lines.append(_("谁在哪一组，由客户和活动的编号算出，随时可以重算核对"))
    return lines


def _limits(definition: Definition) -> list[str]:
    kind = definition["message_class"]
    lines = [
        _("%(kind)s类消息，按客户的同意发") % {"kind": MessageClass(kind).label}
        if kind in MessageClass.values
        else "–",
        _("内容的风险等级 R%(risk)s，只发给适合的客户") % {"risk": definition["risk"]}
        if definition["risk"]
        else _("内容没有风险等级"),
    ]
    budget = plan.budget_of(definition)
    lines.append(
        _("短信预算 %(amount)s 元，用完就停") % {"amount": formats.money(budget)}
        if budget is not None
        else _("没有短信预算")
    )
    begins = moment_words(definition["starts_at"]) if definition["starts_at"] else _("复核以后手动开始")
    ends = moment_words(definition["ends_at"]) if definition["ends_at"] else _("还没有写")
    lines += [_("开始：%(when)s") % {"when": begins}, _("结束：%(when)s，目标算到那时") % {"when": ends}]
    return lines


# --- steps -----------------------------------------------------------------------------------------------------


def wait_words(step: Mapping[str, Any]) -> str:
    """``等 2 个工作日，到 09:30``."""
    n, at = step.get("n", 0), step.get("at", "")
    words = {
        rules.Wait.HOURS: _("等 %(n)s 小时") % {"n": n},
        rules.Wait.WORK_HOURS: _("等 %(n)s 个办公小时") % {"n": n},
        rules.Wait.DAYS: _("等 %(n)s 天，到 %(at)s") % {"n": n, "at": at} if n else _("等到下一个 %(at)s") % {"at": at},
        rules.Wait.WORK_DAYS: _("等 %(n)s 个工作日，到 %(at)s") % {"n": n, "at": at} if n else _("等到工作日的下一个 %(at)s") % {"at": at},
        rules.Wait.UNTIL: _("等到 %(at)s") % {"at": moment_words(at) if _readable(at) else at},
    }  # fmt: skip
    kind = step.get("for", "")
    return words[rules.Wait(kind)] if kind in list(rules.Wait) else _("还没有选等多久")


def _readable(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def ask_words(step: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """``打开了“邀请”的消息吗``."""
    ask = ASKS.get(step.get("ask", ""))
    return ask.question(step, lambda key: names.get(key, "–")) if ask else _("还没有选问什么")


def link_words(word: str) -> str:
    """Where a message leads, in words."""
    if not word:
        return ""
    kind, _colon, number = word.partition(":")
    if kind in plan.LINKS:
        return str(plan.LINKS[kind][0])
    if kind == "report" and number.isdigit():
        title = Report.objects.filter(pk=int(number)).values_list("title", flat=True).first()
        return _("报告“%(title)s”") % {"title": title or "–"}
    return word


def titles(definition: Definition) -> dict[str, str]:
    """Step → what it is called: its name, or what it does."""
    names = plan.names(definition)
    return {step["key"]: step["name"] or _title(step, names) for step in definition["steps"]}


def numbered(definition: Definition) -> dict[str, tuple[str, str]]:
    """Step → its number on the page (empty where nobody comes to it), and number and title together."""
    try:
        numbers = graph.numbers(graph.layout(definition["steps"], definition["first"]))
    except ValueError:
        numbers = {}
    found = {}
    for key, title in titles(definition).items():
        number = str(numbers.get(key, ""))
        found[key] = (number, f"{number}. {title}" if number else title)
    return found


def _title(step: Step, names: Mapping[str, str]) -> str:
    if step["do"] == SEND:
        return _("发送")
    return wait_words(step) if step["do"] == WAIT else ask_words(step, names)


@dataclass
class Text:
    """One arm's text on one channel, as a client would read it."""

    arm: str
    previews: list[describing.Preview]


@dataclass
class Node:
    """A step as the page shows it; of a branch also its two ways."""

    number: int
    step: Step
    icon: str
    title: str
    lines: list[str]
    faults: list[str]
    texts: list[Text] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    ends: str = (
        ""  # where it leads when nothing follows below: "end", or the number of a step shown elsewhere
    )


@dataclass
class Way:
    """One way of a branch. ``goes_to`` as of :class:`Node.ends`; empty: it goes on below the branch."""

    key: str
    label: Any
    nodes: list[Node]
    goes_to: str


def steps(definition: Definition, faults: list[Fault]) -> list[Node]:
    """The steps in the order of the page. With a loop or a lost follower the bare list, so that it can be mended."""
    try:
        chain = graph.layout(definition["steps"], definition["first"])
    except ValueError:
        chain = graph.Chain(
            [graph.Place(number, step) for number, step in enumerate(definition["steps"], 1)], END
        )
    numbers = graph.numbers(chain)
    names = plan.names(definition)
    # Steps that nobody comes to are shown at the end: they can be connected or taken out.
    shown = set(numbers)
    left = [step for step in definition["steps"] if step["key"] not in shown]
    nodes = _nodes(definition, chain, numbers, names, faults)
    for step in left:
        numbers[step["key"]] = len(numbers) + 1
        nodes.append(_node(definition, graph.Place(numbers[step["key"]], step), numbers, names, faults))
    return nodes


def _nodes(
    definition: Definition,
    chain: graph.Chain,
    numbers: Mapping[str, int],
    names: Mapping[str, str],
    faults: list[Fault],
) -> list[Node]:
    made = [_node(definition, place, numbers, names, faults) for place in chain.places]
    if made and chain.goes_to and not made[-1].ways:  # the ways of a branch say themselves where they end
        made[-1].ends = _place(chain.goes_to, numbers)
    return made


def _place(key: str, numbers: Mapping[str, int]) -> str:
    return END if key == END else str(numbers.get(key, "?"))


def _node(
    definition: Definition,
    place: graph.Place,
    numbers: Mapping[str, int],
    names: Mapping[str, str],
    faults: list[Fault],
) -> Node:
    step = place.step
    wrong = list(dict.fromkeys(fault.sentence for fault in faults if fault.step == step["key"]))
    made = Node(place.number, step, ICONS[step["do"]], "", [], wrong)
    if step["do"] == SEND:
        channels = [str(CHANNEL_NAMES[n]) for n in range(4) if step["channels"] & (1 << n)]
        made.title = step["name"] or _("发送")
        made.lines = [describing.listed(channels) or _("还没有选渠道")]
        if step["link"]:
            made.lines.append(_("点开去：%(where)s") % {"where": link_words(step["link"])})
        made.texts = [
            Text(arm["name"] if len(definition["arms"]) > 1 else "", previews(definition, step, number))
            for number, arm in enumerate(definition["arms"], 1)
        ]
    elif step["do"] == WAIT:
        made.title = step["name"] or wait_words(step)
        made.lines = [wait_words(step)] if step["name"] else []
    else:
        made.title = step["name"] or ask_words(step, names)
        made.lines = [ask_words(step, names)] if step["name"] else []
        for key, label in (("yes", _("是")), ("no", _("否"))):
            inner = place.chains.get(key)
            if inner is not None:
                nodes = _nodes(definition, inner, numbers, names, faults)
                goes_to = "" if nodes else _place(inner.goes_to, numbers) if inner.goes_to else ""
                made.ways.append(Way(key, label, nodes, goes_to))
    return made


def previews(definition: Definition, step: Step, arm: int) -> list[describing.Preview]:
    """What the clients of an arm read at a step."""
    return describing.previews(plan.draft_topic(definition, step, arm))


def the_variables() -> list[variables.Variable]:
    """What the texts of a campaign may use."""
    return variables.of_topic(plan.draft_topic(plan.BLANK))


def price_words(units: int) -> Decimal:
    """1/10,000 CNY as CNY."""
    return Decimal(units) / 10_000


def when_words(moment: datetime | None) -> str:
    """A moment as pages say it."""
    return formats.when(moment, business_time.shanghai(moment), get_language()) if moment else "–"


__all__ = [
    "CHANNELS",
    "Node",
    "Part",
    "Text",
    "Way",
    "ask_words",
    "parts",
    "previews",
    "steps",
    "the_variables",
    "wait_words",
]
