"""Events, topics, verdict blocks, deliveries and messages (see docs/outreach.md)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Channel, MessageClass
from maitian.core.privacy import EncryptedTextField


class Trigger(models.TextChoices):
    """What makes events of a topic."""

    MANUAL = "manual", _("有人要发时")
    REPORT = "report", _("发布研究报告")
    ANNOUNCEMENT = "announcement", _("持仓证券有公告")
    RATING = "rating", _("评级有变动")
    PICK = "pick", _("签发荐股")
    PICK_NOTE = "pick_note", _("荐股跟踪")
    ISSUE = "issue", _("新股可申购")
    ALLOTMENT = "allotment", _("中签缴款")
    LISTING = "listing", _("新股上市")
    DAILY = "daily", _("每天到点")
    LEDGER = "ledger", _("客户的一件事记入账本")
    CAMPAIGN = "campaign", _("活动的一步")
    BRIEFING = "briefing", _("报告会")


class LegalBasis(models.TextChoices):
    """Why a text may be sent at all (Personal Information Protection Law, art. 13)."""

    CONSENT = "consent", _("客户同意")
    CONTRACT = "contract", _("履行合同")
    DUTY = "duty", _("法定义务")


class Topic(models.Model):
    """What kind of message it is, as now in force. A change is a :class:`TopicVersion` with maker and checker.

    ``audience`` names a rule of ``outreach.audiences``, ``conditions`` narrows it (``clients.conditions``);
    ``templates`` maps channel names to texts with ``{variables}`` of that rule, and ``subject`` to the mail's.
    ``timing``: ``{"when": "at_once" | "after_close" | "at", "at": "08:30", "days": "every" | "work" | "trading"}``.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    trigger = models.CharField(max_length=12, choices=Trigger.choices, default=Trigger.MANUAL)
    message_class = models.SmallIntegerField(choices=MessageClass.choices, default=MessageClass.SERVICE)
    legal_basis = models.CharField(max_length=8, choices=LegalBasis.choices, default=LegalBasis.CONSENT)
    critical = models.BooleanField(default=False)  # sent until acknowledged, quiet hours by their own rule
    advice = models.BooleanField(
        default=False
    )  # names a security and a direction: adviser, agreement, risk sentence
    by_level = models.BooleanField(default=True)  # False: every client, whatever the level contains
    audience = models.CharField(max_length=40)
    conditions = models.JSONField(default=dict, blank=True)
    channel_mask = models.SmallIntegerField(default=1)
    templates = models.JSONField(default=dict)
    timing = models.JSONField(default=dict, blank=True)
    ledger_kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    repeat_days = models.SmallIntegerField(null=True)  # daily topics: one client once within these days
    expires_minutes = models.IntegerField(null=True)  # after this a text is no use any more
    budget_month = models.DecimalField(max_digits=12, decimal_places=2, null=True)  # CNY for SMS
    budget_year = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    suitability = models.BooleanField(default=True)  # whether the object's risk is matched to the client
    automatic = models.BooleanField(
        default=False
    )  # decided and sent without a person, up to the rulebook's size
    active = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    maker = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    def __str__(self) -> str:
        return self.title


class TopicVersion(models.Model):
    """One definition of a topic, kept for ever: what decided an event can be shown years later."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已生效")
        REFUSED = "refused", _("已退回")

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    reason = models.CharField(max_length=300, blank=True)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "number"], name="topic_version_once"),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | ~models.Q(maker=models.F("checker")),
                name="topic_version_maker_is_not_checker",
            ),
        ]


class Event(models.Model):
    """One thing that happened and may concern clients: one report, one notice, one step of a chase."""

    class State(models.TextChoices):
        DRAFT = "draft", _("未判定")
        DECIDED = "decided", _("已判定，未发送")
        SENDING = "sending", _("发送中")
        PAUSED = "paused", _("已暂停")
        STOPPED = "stopped", _("已停止")
        DONE = "done", _("已发完")

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT)
    topic_version = models.IntegerField(default=1)
    object_kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    fact_key = models.CharField(max_length=120)  # the same fact is told once (gate: duplicate)
    title = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)  # template variables, audience parameters
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    maker = models.CharField(max_length=60)
    signer = models.CharField(max_length=60, blank=True)  # the licensed adviser behind an advice
    made_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)  # the topic's timing
    expires_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decide_seconds = models.FloatField(null=True)
    rule_version = models.BigIntegerField(null=True)
    rules = models.JSONField(default=dict)  # the rules that the gates used: value, unit, basis, version
    texts = models.JSONField(default=dict)  # per channel: template, text, parts, price of one in 1/10,000 CNY
    counts = models.JSONField(default=dict)  # outcome byte → clients
    audience_count = models.IntegerField(default=0)
    verdict_digest = models.CharField(max_length=64, blank=True)
    deferred = models.JSONField(default=dict)  # channel → until when it waits (ISO, quiet hours)
    sent_by = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-made_at"], name="event_latest"),
            models.Index(fields=["fact_key", "-sent_at"], name="event_fact"),
            models.Index(fields=["topic", "-sent_at"], name="event_topic"),
            models.Index(
                fields=["state", "made_at"],
                name="event_open",
                condition=models.Q(state__in=["decided", "sending", "paused"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "object_kind", "object_id"], name="one_event_for_one_object"
            )
        ]

    @property
    def channel_mask(self) -> int:
        """The topic's channels, or fewer where the event's own step uses fewer."""
        return int(self.topic.channel_mask & self.facts.get("channel_mask", 15))

    @property
    def deferred_until(self) -> datetime | None:
        """The first moment at which a waiting channel may go."""
        return min((datetime.fromisoformat(until) for until in self.deferred.values()), default=None)


class Notice(models.Model):
    """A message that a person wrote: the object behind its event."""

    title = models.CharField(max_length=200)
    text = models.TextField()
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()


class TriggeredRow(models.Model):
    """A ledger row that has become a message of a topic: reading the ledger again does not tell it twice."""

    pk = models.CompositePrimaryKey("topic_id", "number")
    topic_id = models.BigIntegerField()
    number = models.BigIntegerField()


class PersonalFact(models.Model):
    """What a text says to one client only: the amount that is missing, the day that is near. No personal data."""

    pk = models.CompositePrimaryKey("event_id", "client_id")
    event_id = models.BigIntegerField()
    client_id = models.BigIntegerField()
    facts = models.JSONField()


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
        QUEUED = "queued", _("排队")
        CLAIMED = "claimed", _("正在交")
        DONE = "done", _("交完")
        STOPPED = "stopped", _("已停止")

    event = models.ForeignKey(Event, on_delete=models.CASCADE)
    channel = models.SmallIntegerField(choices=Channel.choices)
    block = models.IntegerField()
    count = models.IntegerField()
    priority = models.SmallIntegerField(default=1)  # 0 critical, 1 service, 2 care, 3 commercial
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    not_before = models.DateTimeField(null=True)
    worker = models.IntegerField(null=True)  # key of the advisory lock that the worker's session holds
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    refusals = models.SmallIntegerField(
        default=0, db_default=0
    )  # rounds in which every gateway said "not now"
    handed = models.IntegerField(default=0)
    delivered = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    withheld = models.IntegerField(
        default=0
    )  # fell out at hand-over: consent, cap, no longer wanted, expired
    cost = models.BigIntegerField(default=0)  # 1/10,000 CNY

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "channel", "block"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["channel", "priority", "id"],
                name="delivery_open",
                condition=models.Q(state__in=["queued", "claimed"]),
            ),
            models.Index(fields=["claimed_at"], name="delivery_claimed"),
        ]


class Handing(models.Model):
    """A batch between us and a gateway. It is gone when the answers are written; left over, it is what is in doubt."""

    pk = models.CompositePrimaryKey("delivery_id", "number")
    delivery_id = models.BigIntegerField()
    number = models.IntegerField()
    client_ids = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()


class Message(models.Model):
    """One message with what became of it. Partitioned by day (migration ``0002``); written once, by COPY."""

    class State(models.IntegerChoices):
        HANDED = 1, _("已交给渠道")
        DELIVERED = 2, _("已送达")
        FAILED = 3, _("没有送达")
        READ = 4, _("已读")
        UNKNOWN = 5, _("结果不明")
        WITHHELD = 6, _("临发时拦下")
        AGAIN = 7, _("等着重发")

    pk = models.CompositePrimaryKey("client_id", "event_id", "channel", "day")
    client_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel.choices)
    day = models.DateField()  # Asia/Shanghai
    at = models.DateTimeField()
    state = models.SmallIntegerField(choices=State.choices)
    parts = models.SmallIntegerField(default=1)
    cost = models.IntegerField(default=0)  # 1/10,000 CNY, all attempts
    reference = models.CharField(max_length=64, null=True)  # the gateway's message id
    gateway = models.CharField(max_length=20, null=True)
    attempts = models.SmallIntegerField(default=1)
    changed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, null=True)  # the gateway's word, or the gate that withheld it

    class Meta:
        managed = False
        db_table = "outreach_message"


class MessagePart(models.Model):
    """One part of a chained text at a gateway: the text is delivered when all parts of one attempt are.

    Only chained texts have rows. ``reference`` is the gateway's number of the part.
    """

    client_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel.choices)
    attempt = models.SmallIntegerField()
    number = models.SmallIntegerField()
    total = models.SmallIntegerField()
    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=64)
    state = models.SmallIntegerField(choices=Message.State.choices, default=Message.State.HANDED)

    class Meta:
        indexes = [
            models.Index(fields=["reference"], name="part_reference"),
            models.Index(fields=["client_id", "event_id", "channel"], name="part_message"),
        ]


class InboundPart(models.Model):
    """A part of a long text from a phone, kept until the others are there (or an hour has passed)."""

    gateway = models.CharField(max_length=20)
    sender = EncryptedTextField()
    sender_token = models.BigIntegerField()
    chain = models.IntegerField()  # the phone's number of the text
    total = models.SmallIntegerField()
    number = models.SmallIntegerField()
    octets = EncryptedTextField()  # in hexadecimal
    coding = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sender_token", "gateway", "chain", "total", "number"], name="inbound_part_once"
            )
        ]


class Quarantined(models.Model):
    """Something that came from outside and could not be understood: kept with the reason until a person has seen it."""

    class Kind(models.TextChoices):
        UNIT = "unit", _("短信网关的报文")
        BOUNCE = "bounce", _("退信")
        CALLBACK = "callback", _("网关的回调")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=40)  # gateway or mailbox
    reason = models.CharField(max_length=200)
    content = EncryptedTextField()  # it may hold numbers and names
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="quarantined_at")]


class Attempt(models.Model):
    """An earlier try of a message that was tried again: where it went and what came of it."""

    client_id = models.BigIntegerField()
    event_id = models.BigIntegerField()
    channel = models.SmallIntegerField(choices=Channel.choices)
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    gateway = models.CharField(max_length=20, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    state = models.SmallIntegerField(choices=Message.State.choices)
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["client_id", "event_id", "channel", "number"], name="attempt_message"),
            models.Index(fields=["reference"], name="attempt_reference", condition=~models.Q(reference="")),
        ]


class GatewayState(models.Model):
    """How a gateway is, over all workers. ``per_second``: of the last ten seconds; ``handed``, ``refused`` and
    ``reconnects`` count from the beginning. When no worker has said anything for a while, nobody knows: see ``seen_at``.
    """

    class Line(models.TextChoices):
        UP = "up", _("正常")
        DOWN = "down", _("断开")
        SLOW = "slow", _("限速")
        IDLE = "idle", _("没有用")
        OFF = "off", _("已停发")

    name = models.CharField(max_length=20, primary_key=True)
    channel = models.SmallIntegerField(choices=Channel.choices)
    line = models.CharField(max_length=5, choices=Line.choices, default=Line.IDLE)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    per_second = models.FloatField(default=0)
    handed = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    reconnects = models.IntegerField(default=0)
    last_error = models.CharField(max_length=120, blank=True)


class GatewayReport(models.Model):
    """The same from one worker: the state of a gateway is made of the reports of the workers that are alive."""

    pk = models.CompositePrimaryKey("name", "worker")
    name = models.CharField(max_length=20)
    worker = models.IntegerField()
    line = models.CharField(max_length=5, choices=GatewayState.Line.choices)
    per_second = models.FloatField(default=0)
    last_error = models.CharField(max_length=120, blank=True)
    seen_at = models.DateTimeField()


class GatewaySwitch(models.Model):
    """A gateway that a person took out of service: nothing is handed to it while this row stands."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)


class StrangeReceipt(models.Model):
    """A receipt for a message that we do not know: it came before our own note of it, or was never ours.

    When the note is written, receipts that wait for it settle it; what is left after a day is shown and kept.
    """

    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=64)
    delivered = models.BooleanField()
    error = models.CharField(max_length=40, blank=True)
    to_token = models.BigIntegerField(null=True)
    whole = models.BooleanField(default=True)  # False: it speaks for one part of a text
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "reference"], name="strange_receipt_once")]
        indexes = [
            models.Index(fields=["to_token"], name="strange_receipt_to"),
            models.Index(fields=["-at"], name="strange_receipt_at"),
        ]


class CallTask(models.Model):
    """A call that a person is to make because of an event: a channel whose gateway is a colleague."""

    class Queue(models.TextChoices):
        MANAGER = "manager", _("客户经理")
        HOTLINE = "hotline", _("热线")

    class State(models.TextChoices):
        OPEN = "open", _("待打")
        DONE = "done", _("已办")
        CANCELLED = "cancelled", _("不用打了")

    class Result(models.TextChoices):
        REACHED = "reached", _("本人接听，已告知")
        PROMISED = "promised", _("本人接听，答应去办")
        REFUSED = "refused", _("本人接听，不办")
        NO_ANSWER = "no_answer", _("没人接")
        WRONG_NUMBER = "wrong_number", _("号码不对")

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="calls")
    client_id = models.BigIntegerField()
    queue = models.CharField(max_length=8, choices=Queue.choices)
    member = models.ForeignKey("staff.Member", on_delete=models.PROTECT, null=True, related_name="calls")
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    result = models.CharField(max_length=12, choices=Result.choices, blank=True)
    attempts = models.SmallIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "client_id"], name="one_call_for_one_event")]
        indexes = [
            models.Index(
                fields=["member", "due_at"], name="call_of_member", condition=models.Q(state="open")
            ),
            models.Index(fields=["queue", "due_at"], name="call_of_queue", condition=models.Q(state="open")),
            models.Index(fields=["client_id", "-opened_at"], name="call_of_client"),
            models.Index(fields=["-done_at"], name="call_done", condition=models.Q(state="done")),
        ]


class ContactCount(models.Model):
    """How many commercial texts a client got on ``day`` and in its month, for the frequency gate."""

    client_id = models.BigIntegerField(primary_key=True)
    day = models.DateField()
    day_count = models.SmallIntegerField()
    month_count = models.SmallIntegerField()


from maitian.outreach.briefings.models import Briefing, Guest  # noqa: E402, F401
from maitian.outreach.campaigns.models import Campaign, CampaignMember, CampaignRound, Trial  # noqa: E402, F401
from maitian.outreach.shares.models import Allotment, Default, Issue  # noqa: E402, F401  (Django finds them here)
