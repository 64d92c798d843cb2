"""The form of a report."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maitian.library.models import Report, ReportKind


def kinds() -> list[tuple[str, Any]]:
    """Leaves of the taxonomy by family, for a select."""
    families = ReportKind.objects.filter(family=None).prefetch_related("kinds")
    return [
        ("", "–"),
        *((family.title, [(kind.code, kind.title) for kind in family.kinds.all()]) for family in families),
    ]


class ReportForm(forms.Form):
    """Everything that a report has. Nothing but the title is needed for a draft."""

    title = forms.CharField(label=_("标题"), max_length=160)
    kind = forms.ChoiceField(label=_("分类"), required=False)
    stars = forms.TypedChoiceField(
        label=_("星级"), required=False, coerce=int, empty_value=None,
        choices=[("", "–"), *((n, f"{n} ★") for n in range(1, 6))],
    )  # fmt: skip
    risk = forms.TypedChoiceField(
        label=_("风险等级"), required=False, coerce=int, empty_value=None,
        choices=[("", "–"), *((n, f"R{n}") for n in range(1, 6))],
    )  # fmt: skip
    house = forms.CharField(label=_("研究机构"), max_length=60, required=False)
    author = forms.CharField(label=_("作者"), max_length=60, required=False)
    author_licence = forms.CharField(label=_("作者执业编号"), max_length=40, required=False)
    industries = forms.CharField(
        label=_("行业"), required=False, help_text=_("多个用逗号分开，如“证券，银行”")
    )
    securities = forms.CharField(label=_("证券代码"), required=False, help_text=_("6 位代码，多个用逗号分开"))
    summary = forms.CharField(
        label=_("摘要"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    body = forms.CharField(label=_("正文"), required=False, widget=forms.Textarea(attrs={"rows": 12}))
    catalysts = forms.CharField(
        label=_("催化剂"), required=False, help_text=_("一行一条"), widget=forms.Textarea(attrs={"rows": 3})
    )
    stages = forms.CharField(
        label=_("阶段"), required=False, help_text=_("一行一条"), widget=forms.Textarea(attrs={"rows": 3})
    )
    pdf = forms.FileField(label=_("PDF"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds()  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the action takes: lists as lists."""
        found = {name: value for name, value in self.cleaned_data.items() if name not in ("pdf", "seen")}
        for name in ("industries", "securities"):
            found[name] = [item for item in re.split(r"[,，、;；\s]+", found[name]) if item]
        for name in ("catalysts", "stages"):
            found[name] = [line.strip()[:120] for line in found[name].splitlines() if line.strip()]
        return found


def initial(report: Report) -> dict[str, Any]:
    """The form's values of a stored report."""
    return {
        **{name: getattr(report, name) for name in ("title", "stars", "risk", "house", "author", "author_licence", "summary", "body")},
        "kind": report.kind_id or "", "industries": "，".join(report.industries), "securities": ", ".join(report.securities),
        "catalysts": "\n".join(report.catalysts), "stages": "\n".join(report.stages), "seen": report.changed_at.isoformat(),
    }  # fmt: skip
