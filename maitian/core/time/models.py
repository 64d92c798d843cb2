"""Tables of business time: calendars, their days, and the imports that renew them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    WORK = "work", _("工作日")
    TRADING = "trading", _("交易日")


class Calendar(models.Model):
    """Opening hours over a kind of day. ``hours`` are local intervals ``[["09:30", "11:30"], …]``.

    An interval whose end is not after its start runs over midnight. ``follows`` is ``work``, ``trading``
    or ``every``.
    """

    code = models.SlugField(max_length=30, primary_key=True)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80)
    follows = models.CharField(max_length=10)
    hours = models.JSONField()
    basis = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "core"


class CalendarImport(models.Model):
    """A proposed or approved renewal of the day tables. ``maker`` and ``checker`` are actors."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已生效")
        REFUSED = "refused", _("已退回")

    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=300, blank=True)
    rows = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    maker = models.CharField(max_length=60)
    checker = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"


class CalendarDay(models.Model):
    """Whether a day is open for a kind. Days past the horizon are provisional: made by rule, not published."""

    pk = models.CompositePrimaryKey("kind", "day")
    kind = models.CharField(max_length=8, choices=DayKind.choices)
    day = models.DateField()
    open = models.BooleanField()
    note = models.CharField(max_length=60, blank=True)
    provisional = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)
    imported_by = models.ForeignKey(CalendarImport, on_delete=models.PROTECT, null=True)

    class Meta:
        app_label = "core"
