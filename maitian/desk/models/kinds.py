"""What a kind of case was at any time: each change of it is a version with maker and checker."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maitian.desk.models.cases import CaseKind


class KindVersion(models.Model):
    """One definition of a kind, kept for ever: a case shows the form with which it was taken (``Case.form_version``).

    ``kind`` is empty while a new kind waits for its checker; ``code`` is the code that it has or will have.
    ``base``: the version in force when it was begun; it comes into force only after that one. ``definition``:
    ``rules.kinds``.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已生效")
        REFUSED = "refused", _("已退回")
        WITHDRAWN = "withdrawn", _("已收回")

    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, null=True, related_name="versions")
    code = models.SlugField(max_length=30)
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
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="kind_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(state="proposed"), name="one_open_version_of_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(maker=F("checker")),
                name="kind_version_maker_is_not_checker",
            ),
        ]

    @property
    def title(self) -> str:
        from django.utils.translation import get_language

        english = (get_language() or "").startswith("en")
        return str(self.definition["name_en" if english else "name"])
