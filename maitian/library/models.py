"""The research library: taxonomy, reports, announcements."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class ReportKind(models.Model):
    """A node of the taxonomy (G6.1): eleven families, each with its kinds. Only leaves hold reports."""

    code = models.CharField(max_length=40, primary_key=True)  # e.g. industry.event
    family = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="kinds")
    name = models.CharField(max_length=30)
    name_en = models.CharField(max_length=50)
    order = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    @property
    def path(self) -> str:
        return f"{self.family.title} / {self.title}" if self.family else self.title


class Report(models.Model):
    """A report. Published ones are frozen: a correction is a new version (``replaces``)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("待复核")
        PUBLISHED = "published", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤回")

    title = models.CharField(max_length=160)
    summary = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)  # cleaned HTML
    kind = models.ForeignKey(ReportKind, on_delete=models.PROTECT, null=True)
    stars = models.SmallIntegerField(null=True)
    risk = models.SmallIntegerField(null=True)  # 1–5 for R1–R5
    house = models.CharField(max_length=60, blank=True)
    author = models.CharField(max_length=60, blank=True)
    author_licence = models.CharField(max_length=40, blank=True)
    securities = ArrayField(models.CharField(max_length=6), default=list)
    industries = ArrayField(models.CharField(max_length=30), default=list)
    catalysts = ArrayField(models.CharField(max_length=120), default=list)
    stages = ArrayField(models.CharField(max_length=120), default=list)
    pdf = models.FileField(upload_to="reports/%Y/%m/", blank=True)
    pdf_pages = models.SmallIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    maker = models.CharField(max_length=60)
    checker = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    search = SearchVectorField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-published_at", "-id"], name="report_latest"),
            models.Index(fields=["kind", "state", "-published_at"], name="report_kind"),
            GinIndex(fields=["search"], name="report_search"),
            GinIndex(fields=["securities"], name="report_securities"),
            GinIndex(fields=["industries"], name="report_industries"),
        ]


class Announcement(models.Model):
    """A notice of a listed company on a security, as imported."""

    symbol = models.CharField(max_length=6)
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    at = models.DateTimeField()
    reference = models.CharField(max_length=60, unique=True)
    last_day = models.DateField(null=True)  # the last day on which the holder can still act
    run_id = models.BigIntegerField(null=True)  # the import that brought it

    class Meta:
        indexes = [
            models.Index(fields=["symbol", "-at"], name="announcement_symbol"),
            models.Index(
                fields=["run_id"], name="announcement_run", condition=models.Q(run_id__isnull=False)
            ),
            models.Index(
                fields=["last_day"], name="announcement_last_day", condition=models.Q(last_day__isnull=False)
            ),
        ]


from maitian.library.advice.models import Pick, PickNote, Rating  # noqa: E402, F401  (Django finds them here)
