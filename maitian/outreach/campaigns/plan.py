"""A campaign's definition: its shape, what is wrong with it part by part, and the topic behind its sends.

``{"goal": {"kind": "level", "level": "gold_wisdom"}, "stays": false, "audience": {tree}, "everybody": false, "leaves_out": null,
"control": 10, "arms": [{"name": "A", "share": 50}, …], "message_class": 1, "risk": null, "budget": "500.00", "starts_at": "",
"ends_at": "2026-12-20T18:00:00+08:00", "first": "s1", "steps": [{"key": "s1", "do": "send", "name": "邀请", "channels": 3,
"texts": {"1": {"inbox": "…", "sms": "…"}, "2": {…}}, "link": "level", "next": "s2"},
{"key": "s2", "do": "wait", "for": "work_days", "n": 2, "at": "09:30", "next": "s3"},
{"key": "s3", "do": "branch", "ask": "opened", "of": "s1", "yes": "end", "no": "s4"}, …]}``
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from maitian.clients import conditions
from maitian.clients.models import MessageClass
from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError
from maitian.library.models import Report
from maitian.outreach import actions as outreach
from maitian.outreach.actions.topics import CLOCK
from maitian.outreach.campaigns import goals, graph, rules
from maitian.outreach.campaigns.asks import ASKS
from maitian.outreach.campaigns.errors import (
    ArmsWrong,
    AskWrong,
    BudgetWrong,
    ControlWrong,
    DatesWrong,
    DefinitionWrong,
    LinkWrong,
    StepLoop,
    StepLost,
    StepsMissing,
    StepsTooMany,
    StepUnreached,
    WaitWrong,
)
from maitian.outreach.campaigns.graph import END, SEND, WAIT, Step
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.errors import AudienceIsEverybody
from maitian.outreach.models import LegalBasis, Topic, Trigger
from maitian.outreach.rules import CHANNEL_BITS, CHANNELS, SMS

Definition = dict[str, Any]
AUDIENCE = "campaign_step"
ARMS = ("A", "B", "C", "D")
LONGEST_TEXT = 4000
TEXTS = (*CHANNELS, "subject")
BLANK: Definition = {
    "goal": {}, "stays": False, "audience": {}, "everybody": False, "leaves_out": None, "control": 10,
    "arms": [{"name": "A", "share": 100}], "message_class": 1, "risk": None, "budget": None, "starts_at": "", "ends_at": "",
    "first": "", "steps": [],
}  # fmt: skip
PARTS: dict[str, Any] = {
    "goal": lazy("目标"), "audience": lazy("受众"), "groups": lazy("怎么分组"), "limits": lazy("类别、预算和时间"), "steps": lazy("步骤"),
}  # fmt: skip
SETS = {
    "goal": ("goal", "stays"), "audience": ("audience", "everybody", "leaves_out"), "groups": ("control", "arms"),
    "limits": ("message_class", "risk", "budget", "starts_at", "ends_at"), "steps": ("first", "steps"),
}  # fmt: skip
# Where a message leads in the portal: the word of the definition → address. ``report:12`` and the like have a number.
LINKS: dict[str, tuple[Any, str]] = {
    "level": (lazy("我的级别"), "/portal/level/"),
    "suitability": (lazy("风险测评"), "/portal/suitability/"),
    "reports": (lazy("全部报告"), "/portal/reports/"),
    "shares": (lazy("我的中签"), "/portal/shares/"),
}


# --- shape -----------------------------------------------------------------------------------------------------


def shaped(given: Any) -> Definition:
    """A definition from outside in the one form that the rest relies on. What it means is judged by :func:`faults`."""
    if not isinstance(given, Mapping):
        raise _unreadable("definition", "一个对象", "an object")
    unknown = set(given) - set(BLANK)
    if unknown:
        raise _unreadable(sorted(map(str, unknown))[0][:40], "没有这一项", "there is no such entry")
    made = {**BLANK, **{name: given[name] for name in BLANK if name in given}}
    for name in ("goal", "audience"):
        if not isinstance(made[name], Mapping):
            raise _unreadable(name, "一个对象", "an object")
    for name in ("stays", "everybody"):
        if not isinstance(made[name], bool):
            raise _unreadable(name, "true 或 false", "true or false")
    for name, none in (("control", False), ("message_class", False), ("risk", True), ("leaves_out", True)):
        if not (_is_whole(made[name]) or (none and made[name] is None)):
            raise _unreadable(name, "一个整数", "a whole number")
    for name in ("starts_at", "ends_at"):
        made[name] = _moment_text(name, made[name])
    made["budget"] = None if made["budget"] in (None, "") else str(made["budget"])[:20]
    made["arms"] = _arms(made["arms"])
    made["steps"] = _steps(made["steps"])
    made["first"] = str(made["first"] or "")[:8]
    return made


def _unreadable(where: str, zh: str, en: str) -> DefinitionWrong:
    return DefinitionWrong(where=where, expected=zh, expected_en=en)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _moment_text(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _unreadable(name, "如 2026-12-20T18:00+08:00", "like 2026-12-20T18:00+08:00") from None
    # Without a zone it is the branch's own time.
    local = (
        moment.replace(tzinfo=business_time.SHANGHAI)
        if moment.tzinfo is None
        else business_time.shanghai(moment)
    )
    return local.isoformat()


def _arms(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not 1 <= len(given) <= len(ARMS):
        raise _unreadable("arms", f"1 到 {len(ARMS)} 组", f"1 to {len(ARMS)} arms")
    made = []
    for number, arm in enumerate(given):
        if not isinstance(arm, Mapping) or not _is_whole(arm.get("share")):
            raise _unreadable(
                "arms", "每组有名称和份额（整数）", "a name and a share (a whole number) for each arm"
            )
        made.append({"name": str(arm.get("name") or ARMS[number])[:20], "share": arm["share"]})
    return made


def _steps(given: Any) -> list[Step]:
    if not isinstance(given, list) or len(given) > 200:
        raise _unreadable("steps", "一个列表", "a list")
    made, seen = [], set()
    for item in given:
        key = str(item.get("key", "")) if isinstance(item, Mapping) else ""
        if not re.fullmatch(r"s[0-9]{1,6}", key) or key in seen or item.get("do") not in graph.KINDS:
            raise _unreadable(
                "steps", "每步有不重复的 key（如 s1）和 do", "each step has a key of its own (like s1) and do"
            )
        seen.add(key)
        made.append(step_of(item))
    return made


def step_of(item: Mapping[str, Any]) -> Step:
    """One step in its one form, however unfinished."""
    step: Step = {"key": str(item["key"]), "do": item["do"], "name": str(item.get("name") or "").strip()[:40]}
    for way in graph.ways(step):
        step[way] = str(item.get(way) or END)[:8]
    if step["do"] == SEND:
        mask, texts = item.get("channels", 0), item.get("texts")
        step["channels"] = mask & 15 if _is_whole(mask) else 0
        texts = texts if isinstance(texts, Mapping) else {}
        step["texts"] = {
            str(arm): {
                name: str(words[name]).replace("\r\n", "\n").strip()[:LONGEST_TEXT] for name in TEXTS if str(words.get(name) or "").strip()
            }
            for arm, words in texts.items()
            if str(arm) in {"1", "2", "3", "4"} and isinstance(words, Mapping)
        }  # fmt: skip
        step["link"] = str(item.get("link") or "")[:30]
    elif step["do"] == WAIT:
        n = item.get("n", 0)
        step |= {
            "for": str(item.get("for") or ""),
            "n": n if _is_whole(n) else 0,
            "at": str(item.get("at") or "").strip()[:32],
        }
    else:
        tree = item.get("tree")
        step |= {
            "ask": str(item.get("ask") or ""),
            "of": str(item.get("of") or "")[:8],
            "tree": dict(tree) if isinstance(tree, Mapping) else {},
        }
    return step


def moment(text: str) -> datetime | None:
    """A moment of a definition, in local time."""
    return business_time.shanghai(datetime.fromisoformat(text)) if text else None


def budget_of(definition: Definition) -> Decimal | None:
    """The budget in CNY, ``None`` without one or with one that cannot be read."""
    try:
        amount = Decimal(definition["budget"]) if definition["budget"] is not None else None
    except InvalidOperation:
        return None
    return amount


# --- what is wrong -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """Something that must be put right before the campaign is handed in. ``step`` and ``arm`` where it is about one."""

    part: str
    error: DomainError
    step: str = ""
    arm: int = 0
    channel: str = ""

    @property
    def sentence(self) -> str:
        return self.error.sentence()


def faults(definition: Definition, now: datetime, *, begun: bool = False) -> list[Fault]:
    """Everything that is wrong, by part; nothing means that it can be handed in. ``begun``: dates of the past are fine."""
    found: list[Fault] = []
    _try(found, "goal", lambda: goals.read(definition["goal"]))
    _try(found, "audience", lambda: _check_audience(definition))
    _try(found, "groups", lambda: check_groups(definition))
    _try(found, "limits", lambda: _check_limits(definition))
    _try(found, "limits", lambda: _check_dates(definition, now, begun))
    before = len(found)
    found += _step_faults(definition)
    if len(found) == before:
        _try(found, "limits", lambda: _check_end(definition, now))
    return found


def _try(found: list[Fault], part: str, check: Any, step: str = "", arm: int = 0) -> None:
    try:
        check()
    except DomainError as refused:
        found.append(Fault(part, refused, step, arm, str(refused.facts.get("channel", ""))))


def _check_audience(definition: Definition) -> None:
    if definition["audience"]:
        conditions.check(definition["audience"])
    elif not definition["everybody"]:
        raise AudienceIsEverybody()
    earlier = definition["leaves_out"]
    if earlier is not None and not Campaign.objects.filter(pk=earlier, started_at__isnull=False).exists():
        raise DefinitionWrong(
            "leaves_out",
            where=_("不含的活动"),
            expected="开始过的活动",
            expected_en="a campaign that has begun",
        )


def check_groups(definition: Definition) -> None:
    """Refuse groups that do not make a whole."""
    shares = [arm["share"] for arm in definition["arms"]]
    if sum(shares) != 100 or min(shares) < 1:
        raise ArmsWrong(sum=sum(shares))
    if not 0 <= definition["control"] <= 50:
        raise ControlWrong()


def _check_limits(definition: Definition) -> None:
    if definition["message_class"] not in MessageClass.values:
        raise DefinitionWrong("message_class", where=_("类别"), expected="0、1 或 2", expected_en="0, 1 or 2")
    if definition["risk"] is not None and not 1 <= definition["risk"] <= 5:
        raise DefinitionWrong("risk", where=_("风险等级"), expected="1 到 5", expected_en="1 to 5")
    amount = budget_of(definition)
    if amount is None:
        texts = any(step["do"] == SEND and step["channels"] & SMS for step in definition["steps"])
        if definition["budget"] is not None or texts:
            raise BudgetWrong()
    elif not amount.is_finite() or not 0 <= amount < 10**9 or amount != round(amount, 2):
        raise BudgetWrong()


def _check_dates(definition: Definition, now: datetime, begun: bool) -> None:
    starts, ends = moment(definition["starts_at"]), moment(definition["ends_at"])
    if ends is None:
        raise DatesWrong(
            what="请写结束时间：目标只算到那时。", what_en="Say when it ends: the goal is counted until then."
        )
    if not begun and starts is not None and starts <= now:
        raise DatesWrong("starts_at", what="开始时间已经过了。请改成以后，或空着，复核以后手动开始。", what_en="The beginning is past. Choose a later one, or leave it empty and begin by hand.")  # fmt: skip
    if ends <= (starts or now):
        raise DatesWrong(what="结束时间要晚于开始。", what_en="The end is later than the beginning.")
    longest = rulebook.at(now).outreach.campaign.days_max
    if ends - (starts or now) > timedelta(days=longest):
        raise DatesWrong(
            what=f"活动最长 {longest} 天，请提早结束时间。",
            what_en=f"A campaign lasts {longest} days at most; end it earlier.",
        )


def _check_end(definition: Definition, now: datetime) -> None:
    ends = moment(definition["ends_at"])
    last = last_end(definition, now)
    if ends is not None and last is not None and last > ends:
        words = f"{last:%m-%d %H:%M}"
        raise DatesWrong(
            what=f"最后一步要到 {words} 才走完，结束时间早了，后面的步骤发不出去。请推迟结束，或缩短等待。",
            what_en=f"The last step is over on {words}, after the end: later steps would not be sent. End later, or wait less.",
        )  # fmt: skip


def calendar() -> rules.Calendar:
    """Business time for the waits."""
    return rules.Calendar(
        business_time.is_work_day,
        business_time.work_day_after,
        lambda start, minutes: business_time.add_business("branch_hours", start, minutes),
    )


def last_end(definition: Definition, now: datetime) -> datetime | None:
    """When the last client can be through, local; ``None`` while the steps cannot be followed."""
    starts = max(moment(definition["starts_at"]) or now, now)
    days = calendar()
    try:
        _arrives, through = graph.latest(
            definition["steps"], definition["first"], business_time.shanghai(starts), lambda step, at: rules.resume_at(step, at, days)
        )  # fmt: skip
    except (ValueError, KeyError):
        return None
    return through


# --- steps ---------------------------------------------------------------------------------------------------------


def names(definition: Definition) -> dict[str, str]:
    """Step → what it is called on pages: its name, or its number in the layout."""
    try:
        numbers = graph.numbers(graph.layout(definition["steps"], definition["first"]))
    except ValueError:
        numbers = {}
    return {
        step["key"]: step["name"] or _("第 %(n)s 步") % {"n": numbers.get(step["key"], step["key"][1:])}
        for step in definition["steps"]
    }


def _step_faults(definition: Definition) -> list[Fault]:
    found: list[Fault] = []
    steps = definition["steps"]
    most = rulebook.at().outreach.campaign.steps_max
    if not any(step["do"] == SEND for step in steps):
        found.append(Fault("steps", StepsMissing()))
    if len(steps) > most:
        found.append(Fault("steps", StepsTooMany(most=most)))
    if steps:
        _try(found, "steps", lambda: _check_graph(definition))
    for step in steps:
        for arm in range(1, len(definition["arms"]) + 1) if step["do"] == SEND else (0,):
            _try(
                found, "steps", lambda step=step, arm=arm: check_step(definition, step, arm), step["key"], arm
            )
    return found


def _check_graph(definition: Definition) -> None:
    try:
        lost = graph.unreached(definition["steps"], definition["first"])
    except graph.Loop as loop:
        called = {step["key"]: step["name"] or step["key"] for step in definition["steps"]}
        raise StepLoop(steps=" → ".join(called[key] for key in loop.keys)) from None
    except graph.Lost as fault:
        raise StepLost(target=fault.target) from None
    if lost:
        raise StepUnreached(n=len(lost))


def check_step(definition: Definition, step: Step, arm: int = 0) -> None:
    """Refuse a step that could not be taken; of a send, the texts of one arm."""
    if step["do"] == SEND:
        _check_send(definition, step, arm)
    elif step["do"] == WAIT:
        _check_wait(step)
    else:
        _check_branch(definition, step)


def _check_send(definition: Definition, step: Step, arm: int) -> None:
    texts = step["texts"].get(str(arm), {})
    outreach.check_definition(topic_fields(definition, "–", step["channels"], texts))
    outreach.refuse_advice("\n".join(texts.values()))
    link_of(step)


def _check_wait(step: Step) -> None:
    def wrong(zh: str, en: str) -> WaitWrong:
        return WaitWrong(what=zh, what_en=en)

    if step["for"] not in list(rules.Wait):
        raise wrong("请选等多久。", "choose how long to wait.")
    kind, n = rules.Wait(step["for"]), step["n"]
    if kind == rules.Wait.UNTIL:
        try:
            datetime.fromisoformat(step["at"]).astimezone()
        except ValueError:
            raise wrong(
                "日期和钟点写成 2026-12-01 09:30。", "write day and time like 2026-12-01 09:30."
            ) from None
        return
    most = 400 if kind in (rules.Wait.HOURS, rules.Wait.WORK_HOURS) else 180
    least = 0 if kind in (rules.Wait.DAYS, rules.Wait.WORK_DAYS) else 1
    if not least <= n <= most:
        raise wrong(f"写 {least} 到 {most} 的整数。", f"write a whole number from {least} to {most}.")
    if kind in (rules.Wait.DAYS, rules.Wait.WORK_DAYS) and not CLOCK.fullmatch(step["at"]):
        raise wrong("钟点写成 09:30。", "write the time like 09:30.")


def _check_branch(definition: Definition, step: Step) -> None:
    def wrong(zh: str, en: str) -> AskWrong:
        return AskWrong(what=zh, what_en=en)

    ask = ASKS.get(step["ask"])
    if ask is None:
        raise wrong("请选问什么。", "choose what to ask.")
    if ask.of_step:
        known = graph.by_key(definition["steps"])
        before = known.get(step["of"])
        if (
            before is None
            or before["do"] != SEND
            or step["key"] not in graph.leads_to(definition["steps"], before["key"])
        ):
            raise wrong("请选前面的一步发送。", "choose a send that comes before it.")
        if step["ask"] == "opened" and not before["channels"] & CHANNEL_BITS["inbox"]:
            raise wrong(
                "那一步没有发收件箱，打开没打开无从知道。",
                "that step sends nothing to the inbox, so nobody can know who opened it.",
            )
    if step["ask"] == "meets":
        if not step["tree"]:
            raise wrong("请选条件。", "choose conditions.")
        conditions.check(step["tree"])
    if step["ask"] == "done" and not definition["stays"]:
        raise wrong("达成目标的客户已经离开活动，这里不会有。请在“目标”里选“留下继续走”，或换一个问题。", "who reaches the goal leaves the campaign and never comes here. Let them stay (goal), or ask something else.")  # fmt: skip
    if step["yes"] == step["no"]:
        raise wrong("两条路去同一步，不用分。", "both ways lead to the same step.")


def link_of(step: Step) -> str:
    """The portal's address behind a step's link, empty without one."""
    word, _colon, number = step["link"].partition(":")
    if not word:
        return ""
    if word in LINKS and not number:
        return LINKS[word][1]
    for kind, address in NUMBERED.items():
        if (
            word == kind
            and number.isascii()
            and number.isdigit()
            and len(number) < 16
            and address[1](int(number))
        ):
            return address[0].format(int(number))
    raise LinkWrong()


def _report_there(number: int) -> bool:
    return Report.objects.filter(pk=number, state=Report.State.PUBLISHED).exists()


NUMBERED: dict[str, tuple[str, Any]] = {"report": ("/portal/reports/{}/", _report_there)}


# --- the topic behind ------------------------------------------------------------------------------------------------


def mask_of(definition: Definition) -> int:
    """Every channel that any step uses."""
    mask = 0
    for step in definition["steps"]:
        mask |= step["channels"] if step["do"] == SEND else 0
    return mask


def topic_fields(
    definition: Definition, name: str, mask: int, templates: Mapping[str, str]
) -> dict[str, Any]:
    """The definition of the topic that sends a campaign's texts, as outreach checks and keeps it."""
    return {
        "name": name, "name_en": name, "trigger": Trigger.CAMPAIGN, "message_class": definition["message_class"],
        "legal_basis": LegalBasis.CONSENT, "critical": False, "advice": False, "by_level": False, "audience": AUDIENCE, "conditions": {},
        "channel_mask": mask, "templates": dict(templates), "timing": {"when": "at_once"}, "ledger_kinds": [], "repeat_days": None,
        "expires_minutes": None, "budget_month": None, "budget_year": None, "suitability": definition["risk"] is not None,
        "automatic": False, "active": True,
    }  # fmt: skip


def draft_topic(definition: Definition, step: Step | None = None, arm: int = 1) -> Topic:
    """An unsaved topic of a step's texts for one arm: for previews and forecasts."""
    mask = step["channels"] if step is not None else mask_of(definition)
    texts = step["texts"].get(str(arm), {}) if step is not None else {}
    return Topic(code="campaign", **topic_fields(definition, "–", mask, texts))


def in_both(words: Sequence[Fault]) -> tuple[str, str]:
    """The first fault in Chinese and in English."""
    with override("zh-hans"):
        zh = words[0].sentence
    with override("en"):
        return zh, words[0].sentence
