"""Service levels, what they contain, who has which, and applications for another."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.core import time as business_time
from maitian.offerings.rules import Content


class ServiceLevel(models.Model):
    """A service product with its own name, badge and page (G3), as it is in force.

    ``rank`` is its place among the levels (1 is the lowest) and what a client's record holds; it never changes.
    A change is a :class:`LevelDesign` until another person approves it; ``version`` is the design's.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("在用")
        RETIRED = "retired", _("停用")

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=30)
    name_en = models.CharField(max_length=40)
    rank = models.SmallIntegerField(unique=True)
    slogan = models.CharField(max_length=120, blank=True)
    slogan_en = models.CharField(max_length=160, blank=True)
    description = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    commission_rate = models.DecimalField(max_digits=4, decimal_places=2)  # per mille of turnover
    suggested_assets = models.DecimalField(max_digits=16, decimal_places=2, default=0)  # CNY
    contains = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="contained_in"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    version = models.IntegerField(default=1)
    maker = models.CharField(max_length=60)
    checker = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()

    everything: list[Content]  # effective contents, set by ``queries.levels``

    class Meta:
        ordering = ["rank"]

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    def __str__(self) -> str:
        return self.title


class LevelContent(models.Model):
    """One thing that a level contains.

    ``what`` / ``key`` / ``number``: ``report_kind`` / code of the taxonomy / most stars that may be read;
    ``topic`` / topic code / channel mask; ``adviser`` / ``personal`` / 1; ``quota`` / name / amount a month.
    """

    class What(models.TextChoices):
        REPORT_KIND = "report_kind", _("报告")
        TOPIC = "topic", _("消息主题")
        ADVISER = "adviser", _("投资顾问")
        QUOTA = "quota", _("每月次数")

    level = models.ForeignKey(ServiceLevel, on_delete=models.CASCADE, related_name="contents")
    what = models.CharField(max_length=12, choices=What.choices)
    key = models.CharField(max_length=40)
    number = models.IntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "what", "key"], name="level_content_once")]


class LevelDesign(models.Model):
    """A proposed, approved or refused version of a level, kept whole.

    ``values`` hold the fields of :class:`ServiceLevel` (numbers as text, ``contains`` a code or empty), ``contents``
    its own contents ``[what, key, number]``. ``retires``: the proposal is to take the level out of service.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("待复核")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("已退回")
        WITHDRAWN = "withdrawn", _("已收回")

    code = models.SlugField(max_length=30)
    version = models.IntegerField()
    values = models.JSONField()
    contents = models.JSONField()
    retires = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUBMITTED)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="level_design_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(state="submitted"), name="one_open_level_design"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | ~models.Q(maker=models.F("checker")),
                name="level_design_maker_is_not_checker",
            ),
        ]


class Subscription(models.Model):
    """Which level a client has from when to when; periods of one client never overlap."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="subscriptions")
    level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT)
    period = DateRangeField()  # [first day, first day after)
    commission_rate = models.DecimalField(max_digits=4, decimal_places=2)
    change = models.ForeignKey("LevelChange", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_level_at_a_time",
                expressions=[("client", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            )
        ]


class LevelChange(models.Model):
    """A client's application for another level (G11): checks, the branch's decision, its clock."""

    class State(models.TextChoices):
        APPLIED = "applied", _("待审批")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("没有同意")
        WITHDRAWN = "withdrawn", _("已撤回")
        EFFECTIVE = "effective", _("已生效")

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="level_changes")
    from_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, null=True, related_name="+")
    to_level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.APPLIED)
    applied_at = models.DateTimeField()
    applied_by = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    checks = models.JSONField(default=list)
    rule_version = models.BigIntegerField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    effective_on = models.DateField(null=True)
    export = models.ForeignKey(
        "CommissionExport", on_delete=models.PROTECT, null=True, related_name="changes"
    )

    class Meta:
        indexes = [
            models.Index(fields=["client", "-applied_at"], name="level_change_client"),
            models.Index(fields=["state", "due_at"], name="level_change_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=models.Q(state="applied"), name="one_open_application"
            )
        ]

    @property
    def day_is_provisional(self) -> bool:
        """Whether the day lies past the published calendar and may still move with the next one."""
        return self.effective_on is not None and business_time.is_past_horizon(self.effective_on)


class CommissionExport(models.Model):
    """A file of new commission rates for the counter system."""

    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)
    effective_on = models.DateField()
    rows = models.IntegerField()
    digest = models.CharField(max_length=64)
    content = models.TextField()
