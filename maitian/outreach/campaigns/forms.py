"""The forms of a campaign's parts and steps. They read and keep what was typed; ``plan`` judges it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import MessageClass, Trade
from maitian.core.time import SHANGHAI
from maitian.library import queries as library
from maitian.offerings import queries as offerings
from maitian.outreach.campaigns import goals, plan, rules
from maitian.outreach.campaigns.asks import ASKS
from maitian.outreach.rules import CHANNEL_BITS

Changes = dict[str, Any]
SIGNATURE = "{signature}"  # stands in an empty SMS field; by itself it is no text


def reports() -> list[tuple[int, str]]:
    """The latest published reports, for a choice."""
    return [(report.pk, report.title) for report in library.listing({}, published_only=True)[:60]]


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("活动名称"), max_length=40, help_text=_("同事看到的名称，也可以用在消息里（{title}）")
    )


class GoalForm(forms.Form):
    """``kind`` decides which of the other fields count."""

    kind = forms.ChoiceField(label=_("做了什么算达成"), widget=forms.RadioSelect)
    level = forms.ChoiceField(label=_("哪个级别"), required=False)
    report = forms.ChoiceField(label=_("哪篇报告"), required=False)
    side = forms.ChoiceField(
        label=_("买还是卖"), required=False, choices=[("", _("都算")), *Trade.Side.choices]
    )
    symbols = forms.CharField(
        label=_("哪些证券"),
        required=False,
        max_length=200,
        help_text=_("六位代码，用逗号隔开；不填就是任何证券"),
    )
    amount = forms.CharField(
        label=_("金额（元）"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=_("成交：累计不少于，不填不限；资金：净转入不少于"),
    )  # fmt: skip
    stays = forms.ChoiceField(
        label=_("达成以后"),
        widget=forms.RadioSelect,
        choices=[("", _("离开活动，不再收到")), ("1", _("留下，接着走完"))],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(goal.kind, goal.words) for goal in goals.goals()]  # type: ignore[attr-defined]
        levels = [(level.code, level.title) for level in offerings.levels()]
        self.fields["level"].choices = [("", _("任何级别")), *levels]  # type: ignore[attr-defined]
        self.fields["report"].choices = [("", _("任何报告")), *((str(pk), title) for pk, title in reports())]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(definition: Mapping[str, Any]) -> Changes:
        goal = definition["goal"]
        return {
            "kind": goal.get("kind", ""), "level": goal.get("level", ""), "report": str(goal.get("report") or ""), "side": goal.get("side", ""),
            "symbols": ", ".join(goal.get("symbols") or []), "amount": "" if goal.get("amount") in (None, "0") else goal.get("amount"),
            "stays": "1" if definition["stays"] else "",
        }  # fmt: skip


class GroupsForm(forms.Form):
    """The control group, and up to four arms; an arm without a share does not exist."""

    control = forms.IntegerField(
        label=_("对照组（%）"),
        min_value=0,
        max_value=50,
        help_text=_("这些客户什么也不收，用来比出活动带来了多少；0 到 50"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, letter in enumerate(plan.ARMS, 1):
            self.fields[f"name{number}"] = forms.CharField(
                label=_("名称"), max_length=20, required=False, initial=letter
            )
            self.fields[f"share{number}"] = forms.IntegerField(
                label=_("份额（%）"), min_value=1, max_value=100, required=False
            )

    @property
    def arms(self) -> list[tuple[Any, Any]]:
        return [(self[f"name{n}"], self[f"share{n}"]) for n in range(1, len(plan.ARMS) + 1)]

    @staticmethod
    def initial_of(definition: Mapping[str, Any]) -> Changes:
        found: Changes = {"control": definition["control"]}
        for number, arm in enumerate(definition["arms"], 1):
            found |= {f"name{number}": arm["name"], f"share{number}": arm["share"]}
        return found

    def changes(self) -> Changes:
        given = self.cleaned_data
        arms = [
            {"name": (given.get(f"name{n}") or letter).strip(), "share": given[f"share{n}"]}
            for n, letter in enumerate(plan.ARMS, 1) if given.get(f"share{n}")
        ]  # fmt: skip
        return {"control": given["control"], **({"arms": arms} if arms else {})}


class LimitsForm(forms.Form):
    message_class = forms.TypedChoiceField(
        label=_("类别"), coerce=int, widget=forms.RadioSelect,
        choices=[
            (int(MessageClass.COMMERCIAL), _("营销：介绍产品和活动，要退订说明，受频次限制，只在工作日时段发")),
            (int(MessageClass.SERVICE), _("服务：约定服务里的内容")),
            (int(MessageClass.CARE), _("关怀：问候")),
        ],
    )  # fmt: skip
    risk = forms.TypedChoiceField(
        label=_("内容的风险等级"), coerce=int, empty_value=None, required=False,
        choices=[("", _("没有，如服务和教育")), *((n, f"R{n}") for n in range(1, 6))], help_text=_("介绍产品要选；高于客户承受能力的不发"),
    )  # fmt: skip
    budget = forms.DecimalField(
        label=_("短信预算（元）"),
        required=False,
        min_value=0,
        max_digits=11,
        decimal_places=2,
        help_text=_("整个活动；用到提醒线通知您，用完就停"),
    )
    starts_day = forms.DateField(
        label=_("开始日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    starts_time = forms.TimeField(
        label=_("钟点"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends_day = forms.DateField(
        label=_("结束日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_time = forms.TimeField(
        label=_("钟点"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    @staticmethod
    def initial_of(definition: Mapping[str, Any]) -> Changes:
        starts, ends = plan.moment(definition["starts_at"]), plan.moment(definition["ends_at"])
        return {
            "message_class": definition["message_class"], "risk": definition["risk"] or "", "budget": definition["budget"],
            "starts_day": starts.date() if starts else None, "starts_time": starts.time() if starts else None,
            "ends_day": ends.date() if ends else None, "ends_time": ends.time() if ends else None,
        }  # fmt: skip

    def changes(self) -> Changes:
        given = self.cleaned_data
        return {
            "message_class": given["message_class"], "risk": given["risk"], "budget": None if given["budget"] is None else str(given["budget"]),
            "starts_at": _moment(given["starts_day"], given["starts_time"], "09:00"), "ends_at": _moment(given["ends_day"], given["ends_time"], "18:00"),
        }  # fmt: skip


def _moment(day: Any, clock: Any, usual: str) -> str:
    if day is None:
        return ""
    clock = clock or datetime.strptime(usual, "%H:%M").time()  # noqa: DTZ007 - a clock time without a day
    return datetime.combine(day, clock, SHANGHAI).isoformat()


class WaitForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=40, required=False)
    length = forms.ChoiceField(
        label=_("等多久"), widget=forms.RadioSelect,
        choices=[
            (rules.Wait.WORK_DAYS, _("几个工作日，到几点")), (rules.Wait.DAYS, _("几天，到几点")), (rules.Wait.HOURS, _("几小时")),
            (rules.Wait.WORK_HOURS, _("几个办公小时")), (rules.Wait.UNTIL, _("到某一天")),
        ],
    )  # fmt: skip
    n = forms.IntegerField(
        label=_("多少"), required=False, min_value=0, max_value=400, help_text=_("0 天：等到下一个钟点")
    )
    at = forms.CharField(
        label=_("钟点"),
        required=False,
        max_length=5,
        help_text=_("如 09:30"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    until_day = forms.DateField(
        label=_("日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until_time = forms.TimeField(
        label=_("几点"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    @staticmethod
    def initial_of(step: Mapping[str, Any]) -> Changes:
        until = None
        if step["for"] == rules.Wait.UNTIL and step["at"]:
            try:
                until = datetime.fromisoformat(step["at"]).astimezone(SHANGHAI)
            except ValueError:
                until = None
        return {
            "name": step["name"], "length": step["for"], "n": step["n"], "at": step["at"] if len(step["at"]) == 5 else "09:30",
            "until_day": until.date() if until else None, "until_time": until.time() if until else None,
        }  # fmt: skip

    def changes(self) -> Changes:
        given = self.cleaned_data
        until = given["length"] == rules.Wait.UNTIL
        at = (
            _moment(given["until_day"], given["until_time"], "09:30")
            if until
            else given["at"].strip().replace("：", ":")
        )
        return {"name": given["name"], "for": given["length"], "n": given["n"] or 0, "at": at}


class BranchForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=40, required=False)
    ask = forms.ChoiceField(
        label=_("问什么"), widget=forms.RadioSelect, choices=[(ask.name, ask.words) for ask in ASKS.values()]
    )
    of = forms.ChoiceField(label=_("哪一步的消息"), required=False)

    def __init__(self, *args: Any, sends: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of"].choices = [("", _("选一步")), *sends]  # type: ignore[attr-defined]


def posted_send(post: Mapping[str, str], arms: int) -> Changes:
    """A send's form: ``name``, ``on-sms``, ``link``, and texts by arm and channel (``t-1-sms``, ``t-1-subject``)."""
    texts: dict[str, dict[str, str]] = {}
    for arm in range(1, arms + 1):
        words = {
            name: str(post.get(f"t-{arm}-{name}", "")).strip().replace("\r\n", "\n") for name in plan.TEXTS
        }
        texts[str(arm)] = {name: text for name, text in words.items() if text not in ("", SIGNATURE)}
    return {
        "name": str(post.get("name", "")), "channels": sum(bit for name, bit in CHANNEL_BITS.items() if post.get(f"on-{name}")),
        "link": str(post.get("link", "")), "texts": texts,
    }  # fmt: skip


def links() -> list[tuple[str, Any]]:
    """Where a message may lead."""
    return [
        ("", _("哪里也不去")), *((word, label) for word, (label, _address) in plan.LINKS.items()),
        *((f"report:{pk}", title) for pk, title in reports()),
    ]  # fmt: skip
