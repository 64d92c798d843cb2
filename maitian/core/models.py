"""Tables of the spine: the ledger, the rulebook, business time."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex  # noqa: F401  (migrations of other rooms use it)
from django.db import models
from django.utils.translation import gettext_lazy as _

from maitian.core.privacy import EncryptedTextField
from maitian.core.time.models import Calendar, CalendarDay, CalendarImport

__all__ = [
    "Calendar",
    "CalendarDay",
    "CalendarImport",
    "LedgerCursor",
    "LedgerEntry",
    "LedgerHead",
    "Rule",
    "Webhook",
    "WebhookCall",
]


class LedgerEntry(models.Model):
    """One act for or about a client. Append-only: the database numbers and chains the rows by trigger.

    ``number`` is gapless. ``hash`` is SHA-256 over the previous hash and every column, computed in the
    database (see migration ``0002_ledger_chain``), so that a changed, removed or inserted row shows.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    client_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "core_ledger"
        indexes = [
            models.Index(fields=["client_id", "-number"], name="ledger_client"),
            models.Index(fields=["kind", "-number"], name="ledger_kind"),
            models.Index(fields=["actor", "-number"], name="ledger_actor"),
            models.Index(fields=["object_kind", "object_id", "-number"], name="ledger_object"),
        ]


class LedgerHead(models.Model):
    """The last number and hash, one row: finds rows removed from the end, and orders the writers."""

    id = models.SmallIntegerField(primary_key=True)
    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "core_ledger_head"


class LedgerCursor(models.Model):
    """How far one reader of the ledger has come (see ``core.reactions``): rows up to ``number`` are handled.

    ``failures`` counts tries of the next rows that went wrong; ``retry_at`` is when they are tried again.
    """

    name = models.CharField(max_length=60, primary_key=True)
    number = models.BigIntegerField(default=0)
    handled_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    failed_number = models.BigIntegerField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_ledger_cursor"


class Webhook(models.Model):
    """An address that gets the rows of some kinds of the ledger, in order, at least once (``core.webhooks``).

    Data leave the house by it, so it has a maker and a checker. Rows up to ``number`` are delivered.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        ACTIVE = "active", _("在用")
        PAUSED = "paused", _("已暂停")
        ENDED = "ended", _("已停用")

    name = models.CharField(max_length=60, unique=True)
    url = models.CharField(max_length=300)
    secret = EncryptedTextField()
    kinds = models.JSONField(
        default=list
    )  # kinds of rows; one that ends with a dot stands for all that begin so
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    number = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(checker="") | ~models.Q(maker=models.F("checker")),
                name="webhook_maker_is_not_checker",
            )
        ]


class WebhookCall(models.Model):
    """One call of a webhook: which rows, when, what came back. The newest thousand of each are kept."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="calls")
    first_number = models.BigIntegerField()
    last_number = models.BigIntegerField()
    rows = models.IntegerField()
    at = models.DateTimeField()
    milliseconds = models.IntegerField()
    status = models.SmallIntegerField(null=True)  # HTTP status, None when nobody answered
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["webhook", "-id"], name="webhook_call_latest")]


class Rule(models.Model):
    """One dated value of one key in one book. A change is a new row; rows are never overwritten."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        APPROVED = "approved", _("已生效或待生效")
        REFUSED = "refused", _("已退回")
        WITHDRAWN = "withdrawn", _("已收回")

    id = models.BigAutoField(primary_key=True)
    book = models.CharField(max_length=20)
    key = models.CharField(max_length=80)
    value = models.JSONField()
    unit = models.CharField(max_length=30, blank=True)
    basis = models.CharField(max_length=400)
    basis_en = models.CharField(max_length=400, blank=True)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120, blank=True)
    valid_from = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    maker = models.CharField(max_length=60)
    checker = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["book", "key", "valid_from"], name="rule_lookup")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="approved") | ~models.Q(maker=models.F("checker")),
                name="rule_maker_is_not_checker",
            )
        ]
