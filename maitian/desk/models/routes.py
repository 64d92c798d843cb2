"""What the rules of routing were at any time: each change of their list is a version with maker and checker."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maitian.desk.models.cases import Book


class RouteVersion(models.Model):
    """One list of routing rules, kept for ever. The whole list is one thing: which rule decides depends on its place.

    ``base``: the version in force when it was begun; it comes into force only after that one. ``definition``:
    ``rules.routes``.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已生效")
        REFUSED = "refused", _("已退回")
        WITHDRAWN = "withdrawn", _("已收回")

    book = models.CharField(max_length=12, choices=Book.choices, default=Book.BROKERAGE)
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
            models.UniqueConstraint(fields=["book", "number"], name="route_version_once"),
            models.UniqueConstraint(
                fields=["book"], condition=Q(state="proposed"), name="one_open_version_of_routes"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(maker=F("checker")),
                name="route_version_maker_is_not_checker",
            ),
        ]
