"""The form of a pick."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maitian.library.advice.models import Pick


class PickForm(forms.Form):
    """What advice has to say: security, direction, prices, reason, source, risk, until when."""

    symbol = forms.CharField(label=_("证券代码"), max_length=6)
    direction = forms.ChoiceField(label=_("操作方向"), choices=Pick.Direction.choices)
    price_low = forms.DecimalField(label=_("价格区间下限（元）"), max_digits=12, decimal_places=3)
    price_high = forms.DecimalField(label=_("价格区间上限（元）"), max_digits=12, decimal_places=3)
    target_price = forms.DecimalField(
        label=_("目标价（元）"), max_digits=12, decimal_places=3, required=False
    )
    stop_price = forms.DecimalField(label=_("止损价（元）"), max_digits=12, decimal_places=3, required=False)
    risk = forms.TypedChoiceField(
        label=_("风险等级"),
        coerce=int,
        empty_value=None,
        choices=[("", "–"), *((n, f"R{n}") for n in range(1, 6))],
    )
    valid_until = forms.DateField(
        label=_("有效到"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    source = forms.CharField(
        label=_("依据的报告"),
        max_length=120,
        help_text=_("机构、报告名和日期，如“麦田研究所《证券行业快评》11月20日”"),
    )
    reason = forms.CharField(label=_("理由"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


def initial(pick: Pick) -> dict[str, Any]:
    """The form's values of a stored pick."""
    return {name: getattr(pick, name) for name in PickForm.base_fields}
