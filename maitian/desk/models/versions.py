"""What the set-up of the desk was at any time: each change is a version with maker and checker, kept for ever."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Version(models.Model):
    """One definition. ``base``: the version in force when it was begun; it comes into force only after that one."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已生效")
        REFUSED = "refused", _("已退回")
        WITHDRAWN = "withdrawn", _("已收回")

    number = models.SmallIntegerField()
    base = models.SmallIntegerField(default=0)
    definition = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    note = models.CharField(max_length=300, blank=True)  # of the maker: why
    reason = models.CharField(max_length=300, blank=True)  # of the checker: why it went back
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["-number"]
