"""Visits to a client on site (E4): an appointment, what came of it, and the next one until it is solved."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.core.privacy import EncryptedTextField
from maitian.desk.models import Case
from maitian.staff.models import Member


class Visit(models.Model):
    """One visit of a case. Place and notes are encrypted. ``number``: the how manieth of its case.

    ``came_of``: what became of it; empty while it is planned. ``again``: the visit that follows because this one did not
    solve it. Moved appointments keep their row: ``state`` moved, and ``again`` names the new one.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("约好了")
        SOLVED = "solved", _("解决了")
        UNSOLVED = "unsolved", _("没有解决")
        MISSED = "missed", _("没有见到")
        MOVED = "moved", _("改期了")
        CANCELLED = "cancelled", _("取消了")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    number = models.SmallIntegerField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="visits", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = EncryptedTextField(default=b"")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)  # when its result was written
    found = EncryptedTextField(default=b"")  # what was done
    taught = EncryptedTextField(default=b"")  # what the client can do alone now
    thanked = models.BooleanField(default=False)
    referral_asked = models.BooleanField(default=False)
    referral = EncryptedTextField(default=b"")  # whom the client named
    again = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="before")

    class Meta:
        indexes = [models.Index(fields=["member", "starts_at"], name="visit_day")]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_visit_of_a_number"),
            models.UniqueConstraint(
                fields=["case"], name="one_planned_visit_of_a_case", condition=Q(state="planned")
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="visit_ends_after_it_starts"
            ),
        ]


class Referral(models.Model):
    """A person whom a client named after a visit and who agreed to be called: a new lead, or a record that was there already.

    Without the person's own consent there is no row and no record (PIPL, article 13): ``basis`` says how it was given,
    ``proof`` in words by which it can be checked.
    """

    class Basis(models.TextChoices):
        PRESENT = "present", _("本人在场，当面同意")
        CALL = "call", _("本人在电话里同意")
        WRITTEN = "written", _("本人书面或短信同意")

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="led_to")
    referrer = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="referrals")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="referred_by")
    known = models.BooleanField(default=False)  # the record was there already: linked, not opened
    basis = models.CharField(max_length=7, choices=Basis.choices)
    proof = EncryptedTextField(default=b"")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="referrals", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member", "at"], name="referral_member")]
