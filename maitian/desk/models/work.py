"""What makes the work go: routes, drafts, who is looking, counters."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from maitian.clients.models import Client
from maitian.core.privacy import EncryptedTextField
from maitian.desk.models.cases import Book, Case, Priority
from maitian.staff.models import Centre, Member


class Route(models.Model):
    """One rule of routing; the first by ``position`` whose every condition holds decides (``rules.routing``).

    The rows are what the approved version ``version`` of the list says (:class:`RouteVersion`). A rule that was taken out
    is not ``active`` and stays: cases say which rule sent them where they are.
    """

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    book = models.CharField(max_length=12, choices=Book.choices, default=Book.BROKERAGE)
    position = models.SmallIntegerField()
    conditions = models.JSONField(default=dict)
    team = models.CharField(max_length=12, choices=Centre.choices)
    owner = models.CharField(max_length=20, blank=True)  # "manager", a member's id, or the team's queue
    priority = models.SmallIntegerField(choices=Priority.choices, null=True)
    active = models.BooleanField(default=True)
    version = models.SmallIntegerField(default=1)
    changed_by = models.CharField(max_length=60, default="system:seed")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["book", "key"], name="route_key_once")]

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class Draft(models.Model):
    """What a member has typed and not sent. His alone: nothing that a colleague does touches it.

    ``case`` empty: the form for a new case.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="drafts", db_index=False)
    kind = models.CharField(max_length=12)  # reply, note, new
    body = models.TextField(blank=True)
    facts = models.JSONField(default=dict)  # the rest of the form
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "case", "kind"], name="one_draft_of_a_kind", nulls_distinct=False
            )
        ]


class ClientDraft(models.Model):
    """What a client has typed in the portal and not sent; nobody else reads it. ``fields``: the form as JSON.

    ``case`` empty: the form for a new case of ``kind``.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=30, blank=True)
    fields = EncryptedTextField(default=b"")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "case", "kind"], name="one_client_draft_of_a_kind", nulls_distinct=False
            )
        ]


class Presence(models.Model):
    """Who looks at a case or types in it. A row not renewed for a while means that he has left."""

    pk = models.CompositePrimaryKey("case_id", "member_id")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False)
    typing = models.BooleanField(default=False)
    seen_at = models.DateTimeField()


class CaseCount(models.Model):
    """How many cases there are of each sort; with :class:`CaseCountChange` it is exact at every moment.

    Kept by triggers (migration ``0002``), so it is right whatever wrote the cases, and costs no lock.
    """

    branch_id = models.BigIntegerField()
    team = models.CharField(max_length=12)
    owner_id = models.BigIntegerField()  # 0: nobody
    kind_id = models.BigIntegerField()
    state = models.CharField(max_length=14)
    number = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch_id", "team", "owner_id", "kind_id", "state"], name="case_count_once"
            )
        ]
        indexes = [models.Index(fields=["owner_id"], name="case_count_owner", condition=~Q(owner_id=0))]


class CaseCountChange(models.Model):
    """Changes of the counters that are not folded in yet."""

    branch_id = models.BigIntegerField()
    team = models.CharField(max_length=12)
    owner_id = models.BigIntegerField()
    kind_id = models.BigIntegerField()
    state = models.CharField(max_length=14)
    number = models.IntegerField()
