"""The forms of a topic's steps and of a message by hand. They read and keep what was typed; the actions judge it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import MessageClass
from maitian.core import ledger
from maitian.outreach import describing
from maitian.outreach.actions.topics import AUDIENCES_OF, CLOCK
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import LegalBasis, Trigger
from maitian.outreach.rules import CHANNEL_BITS

# Ledger rows of these rooms' own work are never about a client.
NOT_ABOUT_CLIENTS = (
    "rule.", "calendar.", "report.", "topic.", "outreach.", "import.", "reaction.", "segment.", "commission.", "privacy.", "staff.",
    "message.", "campaign.b", "campaign.c", "campaign.dropped", "campaign.p", "campaign.a", "campaign.r", "campaign.w", "campaign.s",
    "campaign.e", "campaign.tried", "level.designed", "level.activated", "level.design_", "level.retire",
)  # fmt: skip
# Headings of the choice, by how a kind begins; what a room brings beyond them stands under the last one.
HEADINGS: dict[str, Any] = {
    "level": _("级别"), "suitability": _("适当性"), "agreement": _("投顾协议"), "consent": _("同意"), "client": _("档案"),
    "coverage": _("谁负责"), "address": _("联系方式"), "call": _("电话"), "portal": _("客户端"), "case": _("个案"), "": _("其他"),
}  # fmt: skip
SIGNATURE = "{signature}"  # stands in an empty SMS field; by itself it is no text
UNITS = ((1, _("分钟")), (60, _("小时")), (1440, _("天")))


def triggers() -> list[tuple[str, Any]]:
    """What may make events of a topic, as far as there is an audience for it."""
    return [
        (value, describing.MADE_BY[value])
        for value in Trigger.values
        if any(code in AUDIENCES for code in AUDIENCES_OF.get(Trigger(value), ()))
        and value
        not in (Trigger.CAMPAIGN, Trigger.BRIEFING)  # made with a campaign or a briefing, not by themselves
    ]


def audiences(trigger: str) -> list[tuple[str, str]]:
    """The audiences that go with a trigger."""
    if trigger not in Trigger.values:
        return []
    listed = ((code, AUDIENCES[code]) for code in AUDIENCES_OF.get(Trigger(trigger), ()) if code in AUDIENCES)
    return [(code, a.title_en if describing.in_english() else a.title) for code, a in listed]


def ledger_kinds() -> list[tuple[Any, list[tuple[str, str]]]]:
    """Kinds of ledger rows that are about a client, by their words, under headings."""
    found: dict[str, list[tuple[str, str]]] = {heading: [] for heading in HEADINGS}
    for kind in ledger.kinds():
        if not kind.startswith(NOT_ABOUT_CLIENTS):
            begins = kind.partition(".")[0]
            found[begins if begins in HEADINGS else ""].append((kind, describing.kind_words(kind)))
    return [(HEADINGS[heading], rows) for heading, rows in found.items() if rows]


class StepForm(forms.Form):
    """One step. ``changes`` are the parts of the definition that the step sets."""

    @staticmethod
    def initial_of(given: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in the fields for a definition."""
        return dict(given)

    def changes(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class NameForm(StepForm):
    name = forms.CharField(label=_("名称"), max_length=40, help_text=_("同事和客户看到的名称，如“生日问候”"))
    name_en = forms.CharField(label=_("英文名称"), max_length=60)


class TriggerForm(StepForm):
    trigger = forms.ChoiceField(label=_("什么时候有这件事"), widget=forms.RadioSelect)
    ledger_kinds = forms.MultipleChoiceField(
        label=_("账本里的哪些事"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("账本里记下这样一行，就给那一位客户发一条"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger"].choices = triggers()  # type: ignore[attr-defined]
        self.fields["ledger_kinds"].choices = ledger_kinds()  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Any]:
        trigger = self.cleaned_data["trigger"]
        kinds = self.cleaned_data["ledger_kinds"] if trigger == Trigger.LEDGER else []
        return {"trigger": trigger, "ledger_kinds": kinds}


class ClassForm(StepForm):
    message_class = forms.TypedChoiceField(
        label=_("类别"), coerce=int, widget=forms.RadioSelect,
        choices=[
            (int(MessageClass.SERVICE), _("服务：客户的账户、持仓、约定的服务")),
            (int(MessageClass.COMMERCIAL), _("营销：介绍产品和活动，要退订说明，受频次限制")),
            (int(MessageClass.CARE), _("关怀：生日、节日问候")),
        ],
    )  # fmt: skip
    legal_basis = forms.ChoiceField(
        label=_("依据"), widget=forms.RadioSelect,
        choices=[
            (LegalBasis.CONSENT, _("客户同意：没有同意的渠道不发")),
            (LegalBasis.CONTRACT, _("履行合同：不问同意，如缴款提醒、级别变更")),
            (LegalBasis.DUTY, _("法定义务：不问同意，如测评到期、证件到期")),
        ],
        help_text=_("《个人信息保护法》第十三条"),
    )  # fmt: skip
    critical = forms.BooleanField(
        label=_("必达：没有回执就重发，直到确认；短信不受免打扰时段限制"), required=False
    )


class GatesForm(StepForm):
    by_level = forms.BooleanField(
        label=_("只给级别里含这个主题的客户"), required=False,
        help_text=_("级别里有没有这个主题，在“级别”里设计；不勾就不看级别"),
    )  # fmt: skip
    suitability = forms.BooleanField(
        label=_("内容的风险要适合客户"), required=False,
        help_text=_("有风险等级的内容（研究报告、荐股）要勾；通知、问候不用"),
    )  # fmt: skip
    advice = forms.BooleanField(
        label=_("是投资建议：说到一只证券，又说方向或价格"), required=False,
        help_text=_("要由登记的投资顾问签发，客户有生效的协议，文字里有风险提示"),
    )  # fmt: skip


class WhenForm(StepForm):
    when = forms.ChoiceField(
        label=_("什么时候发"), widget=forms.RadioSelect,
        choices=[("at_once", _("判定完马上发")), ("after_close", _("收盘以后发")), ("at", _("到钟点发"))],
    )  # fmt: skip
    at = forms.CharField(
        label=_("钟点"), required=False, max_length=5, help_text=_("如 08:30"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "08:30"}),
    )  # fmt: skip
    days = forms.ChoiceField(label=_("哪些天"), required=False, choices=list(describing.DAYS.items()))
    repeat_days = forms.IntegerField(
        label=_("同一位客户几天内只说一次"), required=False, min_value=1, max_value=3660,
        help_text=_("每天到点的主题一定要填，如生日填 300"),
    )  # fmt: skip
    expires_number = forms.IntegerField(
        label=_("多久以后不再发"), required=False, min_value=1, max_value=525600
    )
    expires_unit = forms.TypedChoiceField(
        label=_("单位"), required=False, coerce=int, empty_value="60", choices=UNITS
    )

    def __init__(self, *args: Any, daily: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.daily = daily
        if daily:
            self.fields["when"].choices = [("at", _("到钟点发"))]  # type: ignore[attr-defined]
            self.fields["repeat_days"].required = True

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["at"] = str(found.get("at", "")).strip().replace("：", ":")
        if found.get("when") == "at" and not CLOCK.fullmatch(found["at"]):
            self.add_error("at", _("钟点写成 08:30 这样"))
        number, unit = found.get("expires_number"), int(found.get("expires_unit") or 60)
        if number and number * unit < 5:
            self.add_error("expires_number", _("至少 5 分钟"))
        return found

    @staticmethod
    def initial_of(given: Mapping[str, Any]) -> dict[str, Any]:
        timing = given.get("timing") or {}
        minutes = given.get("expires_minutes")
        unit = next((u for u, _name in reversed(UNITS) if minutes and minutes % u == 0), 60)
        return {
            "when": "at" if given.get("trigger") == Trigger.DAILY else timing.get("when", "at_once"), "at": timing.get("at", ""), "days": timing.get("days", "every"),
            "repeat_days": given.get("repeat_days"), "expires_number": minutes // unit if minutes else None, "expires_unit": unit,
        }  # fmt: skip

    def changes(self) -> dict[str, Any]:
        found = self.cleaned_data
        timing: dict[str, Any] = {"when": found["when"]}
        if found["when"] == "at":
            timing |= {"at": found["at"], "days": found["days"] or "every"}
        number = found["expires_number"]
        return {
            "timing": timing, "repeat_days": found["repeat_days"],
            "expires_minutes": number * int(found["expires_unit"] or 60) if number else None,
        }  # fmt: skip


class BudgetForm(StepForm):
    budget_month = forms.DecimalField(
        label=_("每月短信预算（元）"), required=False, min_value=Decimal(0), max_digits=12, decimal_places=2,
        help_text=_("不填就只受营业部总预算限制"),
    )  # fmt: skip
    budget_year = forms.DecimalField(
        label=_("每年短信预算（元）"), required=False, min_value=Decimal(0), max_digits=12, decimal_places=2
    )
    automatic = forms.BooleanField(
        label=_("判定完自动发，不等人看"),
        required=False,
        help_text=_("户数超过规则手册的上限时，还是等人看过"),
    )
    active = forms.BooleanField(label=_("启用"), required=False, help_text=_("不勾，复核以后这个主题就停用"))

    def changes(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        for name in ("budget_month", "budget_year"):
            found[name] = None if found[name] is None else str(found[name])
        return found


def posted_texts(post: Mapping[str, str]) -> dict[str, Any]:
    """Texts and channels of the texts step: ``t-sms``, ``on-sms``, ``t-subject``."""
    texts = {
        name: str(post.get(f"t-{name}", "")).strip().replace("\r\n", "\n")
        for name in (*CHANNEL_BITS, "subject")
    }
    mask = sum(bit for name, bit in CHANNEL_BITS.items() if post.get(f"on-{name}"))
    return {
        "templates": {name: text for name, text in texts.items() if text not in ("", SIGNATURE)},
        "channel_mask": mask,
    }
