"""Campaigns, who is in them, what was done at each step, and test messages to oneself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Channel
from maitian.core.privacy import EncryptedTextField


class Campaign(models.Model):
    """A campaign. ``definition`` says all of it (``plan.BLANK``) and never changes once it has started.

    ``revision`` counts every saving of a draft, so that two people do not overwrite each other; ``version`` counts the
    proposals. ``members`` were frozen at ``started_at``, with ``digest`` over every client and his group.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已复核，未开始")
        RUNNING = "running", _("进行中")
        PAUSED = "paused", _("已暂停")
        ENDED = "ended", _("已结束")
        STOPPED = "stopped", _("已停止")

    class Pause(models.TextChoices):
        PERSON = "person", _("有人暂停")
        BUDGET = "budget", _("预算用完")

    name = models.CharField(max_length=40)
    definition = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    version = models.IntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    topic = models.ForeignKey("outreach.Topic", on_delete=models.PROTECT, null=True, related_name="campaigns")
    copied_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="copies")
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    proposer = models.CharField(max_length=60, blank=True)
    proposed_at = models.DateTimeField(null=True)
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # why it was sent back, or could not begin
    starts_at = models.DateTimeField(null=True)  # begins by itself then; empty: when somebody presses
    ends_at = models.DateTimeField(null=True)
    budget = models.DecimalField(max_digits=12, decimal_places=2, null=True)  # CNY of SMS, all of it
    warned_at = models.DateTimeField(null=True)  # when the budget's warning was given
    used_up_at = models.DateTimeField(null=True)  # when the budget stopped the campaign
    started_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=60, blank=True)
    paused_at = models.DateTimeField(null=True)
    pause = models.CharField(max_length=6, choices=Pause.choices, blank=True)
    ended_at = models.DateTimeField(null=True)
    members = models.IntegerField(default=0)  # control group included
    controls = models.IntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        app_label = "outreach"
        indexes = [
            models.Index(fields=["-changed_at", "-id"], name="campaign_latest"),
            models.Index(
                fields=["state"],
                name="campaign_open",
                condition=models.Q(state__in=["approved", "running", "paused"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["approved", "running", "paused", "ended", "stopped"])
                | ~models.Q(proposer=models.F("checker")),
                name="campaign_maker_is_not_checker",
            )
        ]

    @property
    def over(self) -> bool:
        return self.state in (self.State.ENDED, self.State.STOPPED)

    @property
    def begun(self) -> bool:
        return self.started_at is not None

    def __str__(self) -> str:
        return self.name


class CampaignMember(models.Model):
    """One client in one campaign: his group, where he stands, how it ended, whether he did what the goal wants.

    ``step`` is taken when ``due_at`` has come; who is through, has left or is in the control group has none.
    ``round_id`` is the latest send that he was in, ``done_round_id`` the one before he reached the goal.
    """

    class State(models.IntegerChoices):
        CONTROL = 0, _("对照组")
        UNDER_WAY = 1, _("在走")
        THROUGH = 2, _("走完")
        LEFT = 3, _("离开")

    class Left(models.TextChoices):
        GOAL = "goal", _("达成目标")
        OPTED_OUT = "opted_out", _("不再同意")
        CLOSED = "closed", _("已销户")
        OVER = "over", _("活动结束")

    pk = models.CompositePrimaryKey("client_id", "campaign_id")
    client_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    arm = models.SmallIntegerField()
    state = models.SmallIntegerField(choices=State.choices)
    step = models.CharField(max_length=8, blank=True)
    due_at = models.DateTimeField(null=True)
    round_id = models.BigIntegerField(null=True)
    entered_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_round_id = models.BigIntegerField(null=True)
    left_for = models.CharField(max_length=9, choices=Left.choices, blank=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "outreach"
        indexes = [
            models.Index(
                fields=["campaign_id", "step", "due_at"],
                name="campaign_member_due",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(fields=["campaign_id", "arm", "state"], name="campaign_member_group"),
            models.Index(
                fields=["round_id"], name="campaign_member_round", condition=models.Q(round_id__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=1, due_at__isnull=False)
                | (~models.Q(state=1) & models.Q(due_at__isnull=True)),
                name="campaign_member_due_while_under_way",
            ),
            models.CheckConstraint(
                condition=models.Q(arm=0, state=0) | (models.Q(arm__gt=0) & ~models.Q(state=0)),
                name="campaign_control_gets_nothing",
            ),
        ]


class CampaignRound(models.Model):
    """One taking of one step: how many of an arm went through it at one moment, which way, and the send's event."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="rounds")
    step = models.CharField(max_length=8)
    arm = models.SmallIntegerField()
    way = models.CharField(max_length=4, blank=True)  # of a branch: yes or no
    at = models.DateTimeField()
    count = models.IntegerField(default=0)
    event = models.ForeignKey(
        "outreach.Event", on_delete=models.PROTECT, null=True, related_name="campaign_rounds"
    )

    class Meta:
        app_label = "outreach"
        indexes = [models.Index(fields=["campaign", "step", "arm"], name="campaign_round_step")]


class Trial(models.Model):
    """A test of a text to a colleague's own phone or mailbox: through the real channel, counted nowhere."""

    class State(models.TextChoices):
        WAITING = "waiting", _("排队")
        HANDED = "handed", _("已交给渠道")
        DELIVERED = "delivered", _("已送达")
        FAILED = "failed", _("没有送达")

    member = models.ForeignKey("staff.Member", on_delete=models.CASCADE, related_name="trials")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="trials")
    step = models.CharField(max_length=8)
    arm = models.SmallIntegerField()
    channel = models.SmallIntegerField(choices=Channel.choices)
    to = EncryptedTextField()
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    made_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    gateway = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=120, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "outreach"
        indexes = [
            models.Index(fields=["channel", "id"], name="trial_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["campaign", "-id"], name="trial_campaign"),
            models.Index(fields=["reference"], name="trial_reference", condition=~models.Q(reference="")),
        ]
