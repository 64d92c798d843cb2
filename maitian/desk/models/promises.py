"""Promises to clients (T10), and corrective and preventive actions."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.desk.models.cases import Case, Entry
from maitian.desk.models.complaints import Cause
from maitian.staff.models import Branch, Centre, Member


class Promise(models.Model):
    """What a member told a client he would do, and by when. Kept or broken is counted; broken is dated at its hour.

    ``next_at``: when the keeper is reminded, then when it is due; empty when nothing is left to watch.
    """

    class State(models.TextChoices):
        OPEN = "open", _("答应了")
        KEPT = "kept", _("做到了")
        BROKEN = "broken", _("没做到")

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="promises", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="promises")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="promises")
    keeper = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="promises", db_index=False)
    what = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    next_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(null=True)  # of a broken one: when it was done after all
    broken_at = models.DateTimeField(null=True)
    moves = models.SmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["client", "-due_at"], name="promise_client"),
            models.Index(fields=["keeper", "state", "due_at"], name="promise_keeper"),
            models.Index(fields=["next_at"], name="promise_next", condition=Q(next_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("made_at")), name="promise_is_for_later"),
            models.CheckConstraint(
                condition=Q(state="broken", broken_at__isnull=False)
                | (~Q(state="broken") & Q(broken_at__isnull=True)),
                name="promise_broken_is_dated",
            ),
        ]


class PromiseMove(models.Model):
    """A promise was moved: why, and what the client was told."""

    promise = models.ForeignKey(Promise, on_delete=models.PROTECT, related_name="moved")
    before = models.DateTimeField()
    after = models.DateTimeField()
    reason = models.CharField(max_length=200)
    told = models.TextField()
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()


class Improvement(models.Model):
    """A corrective or preventive action (纠正预防措施): open until a check shows that it works.

    It comes from a case or from a trend (``cause`` and ``found``: how often, in how many days, which cases).
    """

    class Kind(models.TextChoices):
        CORRECTIVE = "corrective", _("纠正措施")
        PREVENTIVE = "preventive", _("预防措施")

    class State(models.TextChoices):
        OPEN = "open", _("待制定")
        PLANNED = "planned", _("实施中")
        DONE = "done", _("待验证效果")
        EFFECTIVE = "effective", _("有效，已关闭")

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CORRECTIVE)
    title = models.CharField(max_length=120)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="improvements")
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, related_name="improvements")
    trend = models.BooleanField(default=False)
    found = models.JSONField(default=dict)
    team = models.CharField(max_length=12, choices=Centre.choices)  # the department that must improve
    owner = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="improvements")
    root_cause = models.TextField(blank=True)
    action = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_note = models.TextField(blank=True)
    check_at = models.DateTimeField(null=True)  # when the effect is looked at
    closed_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)  # when somebody is told: due, or to be checked

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="improvement_state"),
            models.Index(fields=["next_at"], name="improvement_next", condition=Q(next_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "cause"],
                name="one_open_action_of_a_trend",
                condition=Q(trend=True) & ~Q(state="effective"),
            )
        ]


class EffectCheck(models.Model):
    """One look at whether an action works. A failed one sends it back; it stays open until one passes."""

    improvement = models.ForeignKey(Improvement, on_delete=models.PROTECT, related_name="checks")
    passed = models.BooleanField()
    note = models.TextField()
    since = models.IntegerField(default=0)  # complaints of the same cause since it was done
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
