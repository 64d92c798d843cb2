"""Mails from outside and our answers by mail.

A :class:`Mail` is what one message of the mailbox became. None is ever deleted or read twice: the unique constraint over
mailbox, UIDVALIDITY and UID is the promise, the counters of :class:`Mailbox` move in the transaction that writes the mail.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maitian.core.privacy import EncryptedTextField
from maitian.desk.models import Case, Entry
from maitian.staff.models import Member

REASONS = {
    "automatic": _("机器自动发的"),
    "list": _("群发或邮件列表"),
    "bounce": _("退信"),
    "own": _("我们自己的地址发来的"),
    "loop": _("转了太多次，像是回圈"),
    "forged": _("发件人核验没有通过，可能是冒名"),
    "too_many": _("同一个人短时间发得太多"),
    "too_large": _("太大，只取了信头"),
    "broken": _("读不懂，格式坏了"),
    "refused": _("个案没有收下"),
    "fault": _("处理时出了错"),
    "stranger": _("不认识的发件人"),
    "several": _("这个邮箱登记在几位客户名下"),
    "other_sender": _("说的是别人的个案"),
}


class Mailbox(models.Model):
    """One folder on one server, and how far it was read. ``fetched`` counts every message that was taken over."""

    name = models.CharField(max_length=80, unique=True)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    fetched = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)  # last tried
    read_at = models.DateTimeField(null=True)  # last reached
    problem = models.CharField(max_length=200, blank=True)


class Mail(models.Model):
    """One message. Sender, subject and words are encrypted; the message as it came stands in ``raw`` and never changes.

    ``about``: the case that it seems to belong to, while nobody has decided. ``parts``: JSON of the files that it brought,
    ``[{"name", "size", "why"}]``; ``why`` empty for those that were kept.
    """

    class State(models.TextChoices):
        TAKEN = "taken", _("进了个案")
        WAITING = "waiting", _("等认领")
        HELD = "held", _("隔离")
        DROPPED = "dropped", _("丢弃")
        DOUBLE = "double", _("重复的")

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="mails", db_index=False)
    uidvalidity = models.BigIntegerField()
    uid = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=14, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sender = EncryptedTextField(default=b"")
    sender_name = EncryptedTextField(default=b"")
    sender_token = models.BigIntegerField(null=True)
    subject = EncryptedTextField(default=b"")
    words = EncryptedTextField(default=b"")
    parts = EncryptedTextField(default=b"")
    message_id = models.CharField(max_length=250, blank=True)
    digest = models.CharField(max_length=64)  # SHA-256 of the message as it came
    size = models.BigIntegerField()
    raw = models.FileField(upload_to="mailroom/", blank=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="mails")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="mail")
    about = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="mail_state"),
            models.Index(fields=["sender_token", "-at"], name="mail_sender"),
            models.Index(fields=["message_id"], name="mail_message_id", condition=~Q(message_id="")),
            models.Index(fields=["digest"], name="mail_digest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uidvalidity", "uid"], name="one_mail_of_a_uid"),
            models.CheckConstraint(
                condition=Q(state="taken", case__isnull=False, entry__isnull=False) | ~Q(state="taken"),
                name="mail_taken_has_a_case",
            ),
        ]

    @property
    def why(self) -> str:
        return str(REASONS.get(self.reason, self.reason))


class Letter(models.Model):
    """An answer of a case on its way by mail, or a notice that a stranger's mail is not dealt with (``rejects``). ``sending`` that is found again after a crash is ``unknown``, never sent blindly:
    a person may send it again (:class:`Resend`), under the same Message-ID."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等着发")
        SENDING = "sending", _("正在发")
        SENT = "sent", _("已发出")
        REFUSED = "refused", _("没有发成")
        UNKNOWN = "unknown", _("结果不明")

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="letter", null=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="letters_out", null=True)
    rejects = models.OneToOneField(Mail, on_delete=models.PROTECT, related_name="notice", null=True)
    to = EncryptedTextField(default=b"")
    message_id = models.CharField(max_length=250, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="letter_open", condition=Q(state__in=["waiting", "sending"]))
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False, case__isnull=False, rejects__isnull=True)
                | Q(entry__isnull=True, case__isnull=True, rejects__isnull=False),
                name="letter_is_an_answer_or_a_notice",
            )
        ]


class Resend(models.Model):
    """Somebody sent a letter again that was in doubt or refused: who, when, and what it was before."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="resends")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    state_before = models.CharField(max_length=8, choices=Letter.State.choices)
