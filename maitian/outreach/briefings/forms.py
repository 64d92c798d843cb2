"""The forms of briefings. They read what was typed; ``actions`` judges it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maitian.core.time import SHANGHAI
from maitian.outreach.briefings.models import Briefing

DAY = {"type": "date"}
CLOCK = {"type": "time"}


class WhenForm(forms.Form):
    """Time, place and seats: what may still change when it is open."""

    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    begins = forms.TimeField(label=_("开始"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    ends = forms.TimeField(label=_("结束"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    place = forms.CharField(label=_("地点"), max_length=100)
    seats = forms.IntegerField(label=_("座位"), min_value=1)
    until_day = forms.DateField(
        label=_("报名截止日"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), help_text=_("不填就到开始为止")
    )  # fmt: skip
    until_clock = forms.TimeField(
        label=_("几点截止"), required=False, widget=forms.TimeInput(attrs=CLOCK, format="%H:%M")
    )

    FIELD_OF = {"starts_at": "begins", "ends_at": "ends", "sign_up_by": "until_day"}

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        starts = _moment(data["day"], data["begins"])
        until = data["until_day"]
        return {
            "starts_at": starts, "ends_at": _moment(data["day"], data["ends"]), "place": data["place"], "seats": data["seats"],
            "sign_up_by": _moment(until, data["until_clock"] or time(17, 0)) if until else starts,
        }  # fmt: skip

    @staticmethod
    def initial_of(item: Briefing) -> dict[str, Any]:
        starts, ends, until = (
            timezone.localtime(m, SHANGHAI) for m in (item.starts_at, item.ends_at, item.sign_up_by)
        )
        return {
            "day": starts.date(), "begins": starts.time(), "ends": ends.time(), "place": item.place, "seats": item.seats,
            "until_day": until.date(), "until_clock": until.time(),
        }  # fmt: skip


def _moment(day: Any, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


class BriefingForm(WhenForm):
    title = forms.CharField(label=_("题目"), max_length=60)
    speaker = forms.CharField(label=_("主讲"), max_length=60)
    summary = forms.CharField(
        label=_("讲什么"), max_length=600, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("客户在邀请和报名页上看到；不写对个股的看法"),
    )  # fmt: skip

    field_order = ["title", "speaker", "summary"]

    def values(self) -> dict[str, Any]:
        return super().values() | {name: self.cleaned_data[name] for name in ("title", "speaker", "summary")}

    @staticmethod
    def initial_of(item: Briefing) -> dict[str, Any]:
        return WhenForm.initial_of(item) | {
            "title": item.title,
            "speaker": item.speaker,
            "summary": item.summary,
        }
