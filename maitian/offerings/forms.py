"""The form of a level's design: names and price as fields, contents as choices by kind, topic and quota."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from maitian.offerings import catalogue
from maitian.offerings.models import ServiceLevel


class LevelForm(forms.Form):
    """What the action checks is not checked twice here: the fields only keep what was typed."""

    name = forms.CharField(label=_("名称"), max_length=30)
    name_en = forms.CharField(label=_("英文名称"), max_length=40)
    slogan = forms.CharField(label=_("一句话"), max_length=120, required=False)
    slogan_en = forms.CharField(label=_("一句话（英文）"), max_length=160, required=False)
    description = forms.CharField(
        label=_("服务说明"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    description_en = forms.CharField(
        label=_("服务说明（英文）"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    commission_rate = forms.CharField(
        label=_("佣金率（‰）"), max_length=10, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    suggested_assets = forms.CharField(
        label=_("建议资产（元）"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    rank = forms.CharField(
        label=_("顺序"), max_length=3, help_text=_("1 是最低一级；定了以后不能改"),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    contains = forms.ChoiceField(label=_("还包含哪个级别的全部"), required=False)

    def __init__(self, *args: Any, code: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = ServiceLevel.objects.filter(state=ServiceLevel.State.ACTIVE)
        self.fields["contains"].choices = [  # type: ignore[attr-defined]
            ("", _("不含别的级别")),
            *((level.code, level.title) for level in others),
        ]
        if code:
            self.fields["rank"].widget.attrs["readonly"] = True


def contents_of(data: QueryDict) -> list[tuple[str, str, int]]:
    """Own contents from the boxes of the form: ``kind-industry=3``, ``topic-x-1=on``, ``quota-consultation=2``."""
    found = []
    for family in catalogue.report_kinds():
        for item in (family, *family.parts):
            stars = data.get(f"kind-{item.code}", "")
            if stars.isascii() and stars.isdigit():
                found.append(("report_kind", item.code, int(stars)))
    for item in catalogue.topics():
        mask = sum(bit for bit, _label in catalogue.CHANNELS if data.get(f"topic-{item.code}-{bit}"))
        if mask:
            found.append(("topic", item.code, mask))
    if data.get("adviser"):
        found.append(("adviser", catalogue.ADVISER.code, 1))
    for item in catalogue.quotas():
        times = data.get(f"quota-{item.code}", "").strip()
        if times and times != "0":
            found.append(
                (
                    "quota",
                    item.code,
                    int(times) if times.isascii() and times.isdigit() and len(times) < 6 else -1,
                )
            )
    return found


def boxes(contents: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    """The contents as rows of the form."""
    have = {(what, key): number for what, key, number in contents}
    stars = [(n, n * "★") for n in range(1, catalogue.MOST_STARS + 1)]

    def kind(item: catalogue.Item) -> dict[str, Any]:
        return {"code": item.code, "title": item.title, "stars": have.get(("report_kind", item.code), 0)}

    return {
        "stars": stars,
        "families": [
            {**kind(family), "parts": [kind(part) for part in family.parts],
             "open": any(("report_kind", part.code) in have for part in family.parts)}
            for family in catalogue.report_kinds()
        ],
        "topics": [
            {"code": item.code, "title": item.title,
             "ways": [(bit, label, have.get(("topic", item.code), 0) & bit) for bit, label in catalogue.CHANNELS]}
            for item in catalogue.topics()
        ],
        "adviser": ("adviser", catalogue.ADVISER.code) in have,
        "quotas": [
            {"code": item.code, "title": item.title, "times": have.get(("quota", item.code), "")}
            for item in catalogue.quotas()
        ],
    }  # fmt: skip
