"""Invented figures and people for the style page. Nothing here comes from a client or a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ICONS = [
    "home",
    "today",
    "calendar",
    "users",
    "user",
    "case",
    "phone",
    "phone-in",
    "headset",
    "message",
    "mail",
    "sms",
    "send",
    "report",
    "book",
    "chart",
    "shield",
    "clock",
    "check",
    "ok",
    "alert",
    "x",
    "no",
    "info",
    "plus",
    "minus",
    "search",
    "bell",
    "filter",
    "right",
    "left",
    "down",
    "more",
    "lock",
    "star",
    "pause",
    "play",
    "stop",
    "ticket",
    "settings",
    "theme",
    "eye",
    "edit",
    "download",
    "print",
    "offline",
    "refresh",
    "promise",
    "yuan",
    "pin",
    "gift",
    "link",
    "wheat",
    "level-1",
    "level-2",
    "level-3",
]


@dataclass(frozen=True)
class Level:
    rank: int
    title: str


class PromiseForm(forms.Form):
    """One field of each kind. The second comes back with an error."""

    who = forms.CharField(label=gettext_lazy("答应谁"), max_length=40)
    until = forms.CharField(label=gettext_lazy("到什么时候"), max_length=40)
    what = forms.CharField(
        label=gettext_lazy("答应什么"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("客户会在客户端看到这句话。"),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("怎么告诉他"),
        choices=[
            ("inbox", gettext_lazy("收件箱")),
            ("sms", gettext_lazy("短信")),
            ("call", gettext_lazy("电话")),
        ],
        widget=forms.RadioSelect,
    )
    book = forms.ChoiceField(
        label=gettext_lazy("记到哪里"),
        required=False,
        choices=[("", gettext_lazy("不记")), ("list", gettext_lazy("今天的清单"))],
    )
    remind = forms.BooleanField(label=gettext_lazy("到期前 30 分钟提醒我"), required=False)


def everything() -> dict[str, Any]:
    """The context of both style pages."""
    now = timezone.now()
    levels = [Level(1, _("金通道")), Level(2, _("金智慧")), Level(3, _("金锦囊"))]
    form = PromiseForm(
        {
            "who": _("陈建国"),
            "until": "",
            "what": _("把 11 月逐笔佣金明细发给他。"),
            "channel": "sms",
            "remind": "on",
        }
    )
    form.is_valid()
    verdicts = [
        ("f1", 6120, _("收件箱")),
        ("f2", 1402, _("短信")),
        ("f3", 808, _("邮件")),
        ("fg", 642, _("等 14:00 再发")),
        ("fn1", 1893, _("风险不合适")),
        ("fn2", 1104, _("没有订阅")),
        ("fn3", 517, _("不愿收短信")),
    ]
    assets = [
        512,
        516,
        509,
        514,
        521,
        519,
        524,
        531,
        528,
        522,
        517,
        511,
        515,
        519,
        523,
        530,
        536,
        541,
        538,
        533,
    ]
    market = [
        512,
        513,
        511,
        512,
        515,
        514,
        516,
        518,
        517,
        515,
        513,
        510,
        511,
        512,
        514,
        517,
        519,
        521,
        520,
        518,
    ]
    return {
        "now": now,
        "levels": levels,
        "top_level": levels[2],
        "middle_level": levels[1],
        "icons": ICONS,
        "form": form,
        "clocks": _clocks(now),
        "moments": [now, now - timedelta(days=1), now - timedelta(days=6), now - timedelta(days=400)],
        "verdicts": verdicts,
        "verdict_total": sum(amount for _name, amount, _label in verdicts),
        "series": [(_("总资产（万元）"), assets), (_("沪深300，同起点"), market)],
        "axis": [_("10月26日"), _("11月9日"), _("今天")],
        "spark": [3, 4, 3, 5, 6, 5, 7, 6, 8],
        "columns": [
            (f"{month}", [("f1", served), ("fg", later), ("fn2", none)])
            for month, served, later, none in (
                (7, 320, 42, 61),
                (8, 348, 38, 55),
                (9, 361, 30, 44),
                (10, 402, 24, 41),
            )
        ],
        "ring": [("f1", 62), ("fg", 21), ("fc3", 17)],
        "amount": Decimal("1284506.30"),
        "large": Decimal("206000000"),
        "middle": Decimal("5284000"),
        "holdings": [
            (_("山西证券"), "002500", 120000, Decimal("6.12"), Decimal("734400"), Decimal("0.0183"), "R3"),
            (_("招商银行"), "600036", 38000, Decimal("41.26"), Decimal("1567880"), Decimal("-0.0041"), "R3"),
            (_("稳利月享"), "SJ1024", 1000000, Decimal("1.00"), Decimal("1000000"), Decimal("0"), "R2"),
        ],
    }


def _clocks(now: datetime) -> list[dict[str, Any]]:
    """One clock for each state."""

    def ago(**length: float) -> datetime:
        return now - timedelta(**length)

    return [
        {"due": now + timedelta(hours=3, seconds=30), "start": ago(hours=1), "met": None, "paused": None},
        {"due": now + timedelta(minutes=12, seconds=30), "start": ago(hours=4), "met": None, "paused": None},
        {"due": ago(minutes=5), "start": ago(hours=4), "met": None, "paused": None},
        {"due": now + timedelta(hours=1), "start": ago(hours=4), "met": None, "paused": _("等客户")},
        {"due": now, "start": ago(hours=4), "met": ago(minutes=30), "paused": None},
        {"due": None, "start": None, "met": None, "paused": None},
    ]
