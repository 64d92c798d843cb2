"""Deadlines: clocks, their policy as applied, pauses, what was escalated, what was neglected."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maitian.desk.models.cases import Case
from maitian.staff.models import Member


class AppliedPolicy(models.Model):
    """A clock's rule as it was applied: values, steps, and the ids of the rules they came from. Never changed.

    Thousands of clocks share one row; ``digest`` is the SHA-256 of its JSON.
    """

    digest = models.CharField(max_length=64, unique=True)
    value = models.JSONField()


class Clock(models.Model):
    """One deadline of one case. ``due_at`` is stored; the sweep reads ``next_at`` alone.

    ``counted_from`` and ``minutes``: where the clock begins to count and its length in minutes of its calendar
    (``rules.clocks.Course``). ``fired``: how many steps of the ladder have fired. ``next_at``: when the next step
    or the deadline itself comes; empty while paused and when nothing is left. A breach is dated at the deadline;
    ``stopped_at`` says when the thing was done, in time or not.
    """

    class Kind(models.TextChoices):
        ACKNOWLEDGE = "acknowledge", _("确认收到")
        FIRST_ANSWER = "first_answer", _("首次答复")
        NEXT_ANSWER = "next_answer", _("再次答复")
        ACCEPT = "accept", _("受理决定")
        PLAN = "plan", _("给出方案")
        RESOLUTION = "resolution", _("办结")
        CEILING = "ceiling", _("最长期限")
        LETTER = "letter", _("监管期限")
        AUTO_CLOSE = "auto_close", _("自动结案")

    class State(models.TextChoices):
        RUNNING = "running", _("计时中")
        PAUSED = "paused", _("已暂停")
        MET = "met", _("按时")
        BREACHED = "breached", _("超时")
        CANCELLED = "cancelled", _("已取消")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    policy = models.ForeignKey(AppliedPolicy, on_delete=models.PROTECT, db_index=False)
    started_at = models.DateTimeField()
    counted_from = models.DateTimeField()
    minutes = models.FloatField()
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    fired = models.SmallIntegerField(default=0)
    extra = models.IntegerField(default=0)  # granted in writing, in the policy's unit
    breached_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    # Whether the deadline lies past the official calendar and may move with the next one; set by ``queries.page.mark_provisional``.
    provisional = False

    class Meta:
        indexes = [
            models.Index(fields=["case", "kind"], name="clock_case"),
            models.Index(fields=["next_at"], name="clock_next", condition=Q(next_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                name="one_open_clock_of_a_kind",
                condition=Q(stopped_at__isnull=True) & ~Q(state="cancelled") & ~Q(kind="letter"),
            ),
            models.CheckConstraint(
                condition=Q(state="breached", breached_at__isnull=False)
                | (~Q(state="breached") & Q(breached_at__isnull=True)),
                name="clock_breach_is_dated",
            ),
        ]


class Pause(models.Model):
    """How long a case waited, and for whom. One open pause at a time; ended ones never change."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pauses")
    state = models.CharField(max_length=14)  # waiting_client, waiting_others
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=60)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="one_open_pause_of_a_case"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
                name="pause_ends_after_it_began",
            ),
        ]


class Escalation(models.Model):
    """A step of a ladder that fired, once: when it was due, whom it told and how."""

    pk = models.CompositePrimaryKey("clock_id", "step")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="escalations", db_index=False)
    step = models.SmallIntegerField()
    who = models.CharField(max_length=16)
    members = models.JSONField(
        default=list
    )  # ids of those it told; empty when the branch has nobody of the kind
    how = models.JSONField(default=list)
    at = models.DateTimeField()  # its moment
    fired_at = models.DateTimeField()


class ClockMail(models.Model):
    """What a step that says ``email`` has to tell a member by mail, once. The address is read when it goes out.

    ``sending`` that is found again after a crash is ``unknown`` and never sent blindly: the bell tells it instead, as it does
    for ``refused`` and for ``no_address``. ``needless``: what it is about was done, or the member left, before it went out.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等着发")
        SENDING = "sending", _("正在发")
        SENT = "sent", _("已发出")
        REFUSED = "refused", _("没有发成")
        UNKNOWN = "unknown", _("结果不明")
        NO_ADDRESS = "no_address", _("没有登记邮箱")
        NEEDLESS = "needless", _("不用发了")

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="mails", db_index=False)
    step = models.SmallIntegerField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock", "step", "member"], name="clock_mail_once"),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="clock_mail_open", condition=Q(state__in=["waiting", "sending"])
            ),
            models.Index(
                fields=["state", "-id"],
                name="clock_mail_missed",
                condition=Q(state__in=["refused", "unknown", "no_address", "needless"]),
            ),
        ]


class ClockMailResend(models.Model):
    """Somebody sent a mail again that was in doubt or did not arrive: who, when, and what it was before."""

    mail = models.ForeignKey(ClockMail, on_delete=models.PROTECT, related_name="resends")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    state_before = models.CharField(max_length=10, choices=ClockMail.State.choices)


class ClockCall(models.Model):
    """Who is called to a clock by a step that says ``home``: stands on the home page until the clock stops."""

    pk = models.CompositePrimaryKey("member_id", "clock_id")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, db_index=False)
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="calls")
    at = models.DateTimeField()  # of the step

    class Meta:
        indexes = [models.Index(fields=["member", "at"], name="clock_call_member")]


class Neglect(models.Model):
    """The time for a definite result passed without one: it counts against who answers for the case (G16)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="neglects")
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="neglects")
    at = models.DateTimeField()  # the deadline
