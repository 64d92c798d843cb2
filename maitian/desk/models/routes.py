"""What the rules of routing were at any time: each change of their list is a version with maker and checker."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from maitian.desk.models.cases import Book
from maitian.desk.models.versions import Version


class RouteVersion(Version):
    """One list of routing rules, kept for ever. The whole list is one thing: which rule decides depends on its place.

    ``definition``: ``rules.routes``.
    """

    book = models.CharField(max_length=12, choices=Book.choices, default=Book.BROKERAGE)

    class Meta(Version.Meta):
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
