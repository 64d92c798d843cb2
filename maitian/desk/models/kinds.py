"""What a kind of case was at any time: each change of it is a version with maker and checker."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from maitian.desk.models.cases import CaseKind
from maitian.desk.models.versions import Version


class KindVersion(Version):
    """One definition of a kind, kept for ever: a case shows the form with which it was taken (``Case.form_version``).

    ``kind`` is empty while a new kind waits for its checker; ``code`` is the code that it has or will have.
    ``definition``: ``rules.kinds``. ``base`` of a new kind is 0.
    """

    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, null=True, related_name="versions")
    code = models.SlugField(max_length=30)

    class Meta(Version.Meta):
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
