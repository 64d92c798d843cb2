"""The form of an article."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from maitian.core import rulebook
from maitian.desk import catalog
from maitian.knowledge.models import Facing, Version
from maitian.offerings.queries import levels


class ArticleForm(forms.Form):
    """Everything that a version has. Nothing but the title is needed for a draft."""

    title = forms.CharField(
        label=_("标题"), max_length=120, help_text=_("客户的话，如“银证转账什么时候能转”")
    )
    questions = forms.CharField(
        label=_("客户会怎么问"), required=False, max_length=1000, help_text=_("一行一种问法；按它们找得到这篇"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("给客户的话"), required=False, help_text=_("可以原样发给客户。“- ”开头是要点，“1. ”开头是步骤，“## ”开头是小标题。"),
        widget=forms.Textarea(attrs={"rows": 12}),
    )  # fmt: skip
    inside = forms.CharField(
        label=_("只给同事看的"), required=False, help_text=_("在哪里查、要核对什么；客户永远看不到"), widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    facing = forms.ChoiceField(label=_("谁能看"), choices=Facing.choices, widget=forms.RadioSelect)
    levels = forms.TypedMultipleChoiceField(
        label=_("哪些级别"),
        required=False,
        coerce=int,
        help_text=_("不选就是所有客户"),
        widget=forms.CheckboxSelectMultiple,
    )
    kinds = forms.MultipleChoiceField(
        label=_("哪类个案"), required=False, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.CharField(label=_("标签"), required=False, max_length=300, help_text=_("用逗号分开"))
    review_on = forms.DateField(
        label=_("最晚哪天复查"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    change = forms.CharField(label=_("这一版改了什么"), required=False, max_length=200)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "levels": [(level.rank, level.title) for level in levels(active_only=False)],
            "kinds": [(kind.code, kind.title) for kind in catalog.kinds().values() if kind.active],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        days = rulebook.at().knowledge.review_days
        self.fields["review_on"].help_text = _("不填就是发布后 %(days)s 天") % {"days": days}

    def values(self) -> dict[str, Any]:
        """What the action takes: lists as lists."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        found["tags"] = [
            tag for tag in found["tags"].replace("，", ",").replace("、", ",").split(",") if tag.strip()
        ]
        return found


def initial(version: Version) -> dict[str, Any]:
    """The form's values of a stored version."""
    plain = ("title", "questions", "answer", "inside", "facing", "levels", "kinds", "review_on", "change")
    return {
        **{name: getattr(version, name) for name in plain}, "tags": "，".join(version.tags), "seen": version.changed_at.isoformat(),
    }  # fmt: skip
