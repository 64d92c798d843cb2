"""Events, topics, verdict blocks, deliveries and messages (see docs/outreach.md)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Channel, MessageClass


class Topic(models.Model):
    """What kind of message it is: its class, audience rule, channels and template.

    ``audience`` names a rule of ``outreach.audiences``; ``templates`` maps channel names to texts with
    ``{variables}`` of that rule.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    message_class = models.SmallIntegerField(choices=MessageClass.choices, default=MessageClass.SERVICE)
    critical = models.BooleanField(default=False)
    audience = models.CharField(max_length=40)
    channel_mask = models.SmallIntegerField(default=1)
    templates = models.JSONField(default=dict)
    suitability = models.BooleanField(default=True)  # whether the object's risk is matched to the client
    active = models.BooleanField(default=True)
    maker = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class Event(models.Model):
    """One thing that happened and may concern clients: one report, one notice, one allotment."""

    class State(models.TextChoices):
        DRAFT = "draft", _("未判定")
        DECIDED = "decided", _("已判定，未发送")
        SENDING = "sending", _("发送中")
        PAUSED = "paused", _("已暂停")
        STOPPED = "stopped", _("已停止")
        DONE = "done", _("已发完")

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT)
    object_kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    fact_key = models.CharField(max_length=120)  # the same fact is told once (gate: duplicate)
    title = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)  # template variables, audience parameters
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decide_seconds = models.FloatField(null=True)
    rule_version = models.BigIntegerField(null=True)
    rules = models.JSONField(default=dict)  # the rules that the gates used: value, unit, basis, version
    texts = models.JSONField(default=dict)  # per channel: text, parts, price of one message in 1/10,000 CNY
    counts = models.JSONField(default=dict)  # outcome byte → clients
    audience_count = models.IntegerField(default=0)
    verdict_digest = models.CharField(max_length=64, blank=True)
    deferred_until = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="event_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "object_kind", "object_id"], name="one_event_for_one_object"
            )
        ]


class VerdictBlock(models.Model):
    """The outcomes of up to 4,096 clients: ``client_ids[i]`` got ``outcomes[i]`` (see ``rules.outcome``)."""

    pk = models.CompositePrimaryKey("event_id", "block")
    event_id = models.BigIntegerField()
    block = models.IntegerField()  # client_id // 4096
    client_ids = ArrayField(models.IntegerField())
    outcomes = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["block", "event_id"], name="verdict_client")]


class Delivery(models.Model):
    """The work of handing one block of one event to one channel. Workers claim these rows, not messages."""

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        DONE = "done"
        STOPPED = "stopped"

    event = models.ForeignKey(Event, on_delete=models.CASCADE)
    channel = models.SmallIntegerField(choices=Channel.choices)
    block = models.IntegerField()
    count = models.IntegerField()
    state = models.CharField(max_length=8, default=State.QUEUED)
    not_before = models.DateTimeField(null=True)
    worker = models.IntegerField(null=True)  # key of the advisory lock that the worker's session holds
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    handed = models.IntegerField(default=0)
    delivered = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    cost = models.BigIntegerField(default=0)  # 1/10,000 CNY

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "channel", "block"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["state", "id"],
                name="delivery_open",
                condition=models.Q(state__in=["queued", "claimed"]),
            )
        ]


class Message(models.Model):
    """One message as handed to a channel. Partitioned by day (migration ``0002``); written by COPY.

    ``state``: 0 handing over (unknown after a crash) · 1 handed over · 2 delivered · 3 failed · 4 read · 5 unknown.
    """

    class State(models.IntegerChoices):
        HANDING = 0, _("正在交给渠道")
        HANDED = 1, _("已交给渠道")
        DELIVERED = 2, _("已送达")
        FAILED = 3, _("没有送达")
        READ = 4, _("已读")
        UNKNOWN = 5, _("结果不明")

    pk = models.CompositePrimaryKey("client_id", "event_id", "channel", "day")
    client_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel.choices)
    day = models.DateField()  # Asia/Shanghai
    at = models.DateTimeField()
    state = models.SmallIntegerField(choices=State.choices)
    parts = models.SmallIntegerField(default=1)
    cost = models.IntegerField(default=0)  # 1/10,000 CNY
    reference = models.CharField(max_length=40, null=True)  # the gateway's message id
    changed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, null=True)

    class Meta:
        managed = False
        db_table = "outreach_message"


class ContactCount(models.Model):
    """How many commercial texts a client got on ``day`` and in its month, for the frequency gate."""

    client_id = models.BigIntegerField(primary_key=True)
    day = models.DateField()
    day_count = models.SmallIntegerField()
    month_count = models.SmallIntegerField()
