"""What saves hands: lists that a member keeps, phrases that a branch keeps, several acts as one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.desk.models.cases import Priority
from maitian.staff.models import Branch, Centre, Member


class SavedView(models.Model):
    """A list that a member wants again: its filters as the address has them (``Filters.address``). His alone."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=20)
    filters = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["member", "name"], name="saved_view_once")]


class Phrase(models.Model):
    """Words that are good to say again, with ``{client}``, ``{me}``, ``{ref}``, ``{due}`` filled in (``rules.phrases``)."""

    class Moment(models.TextChoices):
        OPENING = "opening", _("开场")
        LISTENING = "listening", _("倾听确认")
        TELLING = "telling", _("说明进展")
        REFUSING = "refusing", _("婉拒")
        CLOSING = "closing", _("结束语")

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, db_index=False)
    moment = models.CharField(max_length=10, choices=Moment.choices)
    name = models.CharField(max_length=30)
    body = models.TextField()
    active = models.BooleanField(default=True)
    changed_by = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "name"], name="phrase_once")]


class Macro(models.Model):
    """Several acts on a case as one press: take it, mark it, note, answer, wait or give it on. Empty parts are left out."""

    class Then(models.TextChoices):
        NOTHING = "", _("继续处理")
        WAITING_CLIENT = "waiting_client", _("等客户")
        WAITING_OTHERS = "waiting_others", _("等协办")
        SOLVED = "solved", _("结果：解决了")
        ANSWERED = "answered", _("结果：答清楚了")

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=30)
    name_en = models.CharField(max_length=40, blank=True)
    take = models.BooleanField(default=False)
    tag = models.CharField(max_length=30, blank=True)
    priority = models.SmallIntegerField(choices=Priority.choices, null=True)
    note = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    then = models.CharField(max_length=14, choices=Then.choices, blank=True)
    team = models.CharField(max_length=12, choices=Centre.choices, blank=True)
    active = models.BooleanField(default=True)
    changed_by = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "name"], name="macro_once"),
            models.CheckConstraint(
                condition=~Q(then__in=["solved", "answered"]) | ~Q(answer=""), name="macro_result_has_words"
            ),
        ]

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name
