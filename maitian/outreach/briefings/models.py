"""Investment briefings, and who has a seat at one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from maitian.core.privacy import EncryptedTextField


class Briefing(models.Model):
    """One briefing: when, where, who speaks, how many seats, and whom it is for.

    ``audience`` is a tree of conditions, empty for all clients on the books. ``moves`` counts the changes of time and
    place, so that each of them has a reminder of its own.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PROPOSED = "proposed", _("待复核")
        OPEN = "open", _("报名中")
        HELD = "held", _("已办完")
        CALLED_OFF = "called_off", _("已取消")

    title = models.CharField(max_length=60)
    summary = models.CharField(max_length=600)
    speaker = models.CharField(max_length=60)
    place = models.CharField(max_length=100)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sign_up_by = models.DateTimeField()
    seats = models.IntegerField()
    audience = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.IntegerField(default=1)
    moves = models.IntegerField(default=0)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    proposer = models.CharField(max_length=60, blank=True)
    proposed_at = models.DateTimeField(null=True)
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # why it was sent back or called off
    reminded_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)  # held or called off
    notes = models.TextField(blank=True)
    notes_by = models.CharField(max_length=60, blank=True)
    notes_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "outreach"
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="briefing_latest"),
            models.Index(fields=["starts_at"], name="briefing_open", condition=models.Q(state="open")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at"))
                & models.Q(sign_up_by__lte=models.F("starts_at")),
                name="briefing_times_in_order",
            ),
            models.CheckConstraint(condition=models.Q(seats__gt=0), name="briefing_has_seats"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["open", "held"]) | ~models.Q(proposer=models.F("checker")),
                name="briefing_maker_is_not_checker",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Guest(models.Model):
    """A client at a briefing: signed up with a seat, waiting for one, or gone again. ``code`` opens the door."""

    class State(models.TextChoices):
        SEATED = "seated", _("有座位")
        WAITING = "waiting", _("候补")
        GONE = "gone", _("退出了")

    briefing = models.ForeignKey(Briefing, on_delete=models.PROTECT, related_name="guests")
    client_id = models.BigIntegerField()
    state = models.CharField(max_length=7, choices=State.choices)
    code = models.CharField(max_length=12)
    question = EncryptedTextField(blank=True, default=b"")  # what the client wants to hear about
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=60)
    seated_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    came_at = models.DateTimeField(null=True)
    let_in_by = models.CharField(max_length=60, blank=True)

    class Meta:
        app_label = "outreach"
        indexes = [
            models.Index(fields=["briefing", "state", "signed_at"], name="briefing_guest_state"),
            models.Index(fields=["client_id", "-signed_at"], name="briefing_guest_client"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["briefing", "client_id"], name="one_seat_for_one_client"),
            models.UniqueConstraint(fields=["code"], name="briefing_code_once"),
            models.CheckConstraint(
                condition=models.Q(state="seated", seated_at__isnull=False) | ~models.Q(state="seated"),
                name="briefing_seated_since",
            ),
            models.CheckConstraint(
                condition=models.Q(came_at__isnull=True) | models.Q(state="seated"),
                name="briefing_came_with_a_seat",
            ),
        ]
