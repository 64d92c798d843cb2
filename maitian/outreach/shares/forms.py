"""The form of an issue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maitian.outreach.shares.models import Issue


class IssueForm(forms.Form):
    """Everything that a branch knows of an issue from the prospectus."""

    name = forms.CharField(label=_("名称"), max_length=30)
    symbol = forms.CharField(label=_("证券代码"), max_length=6)
    subscription_code = forms.CharField(label=_("申购代码"), max_length=6)
    kind = forms.ChoiceField(label=_("类别"), choices=Issue.Kind.choices)
    exchange = forms.ChoiceField(
        label=_("交易所"), choices=[("SSE", _("上交所")), ("SZSE", _("深交所")), ("BSE", _("北交所"))]
    )
    board = forms.ChoiceField(label=_("板块"), choices=Issue.Board.choices)
    price = forms.DecimalField(label=_("发行价（元）"), max_digits=10, decimal_places=3)
    risk = forms.TypedChoiceField(
        label=_("风险等级"), coerce=int, choices=[(n, f"R{n}") for n in range(1, 6)], initial=3
    )
    subscribe_on = forms.DateField(
        label=_("申购日（T）"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    list_on = forms.DateField(
        label=_("上市日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def initial(issue: Issue) -> dict[str, Any]:
    """The form's values of a stored issue."""
    return {name: getattr(issue, name) for name in IssueForm.base_fields}
