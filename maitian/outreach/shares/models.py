"""Issues, allotments, defaults."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class Issue(models.Model):
    """A new share or convertible that clients can subscribe. Days are trading days, money is CNY."""

    class Kind(models.TextChoices):
        SHARE = "share", _("新股")
        CONVERTIBLE = "convertible", _("可转债")
        DEPOSITARY = "depositary", _("存托凭证")

    class Board(models.TextChoices):
        MAIN = "main", _("主板")
        CHINEXT = "chinext", _("创业板")
        STAR = "star", _("科创板")
        BEIJING = "beijing", _("北交所")

    symbol = models.CharField(max_length=6, unique=True)
    subscription_code = models.CharField(max_length=6, db_index=True)
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.SHARE)
    exchange = models.CharField(max_length=4)
    board = models.CharField(max_length=8, choices=Board.choices, default=Board.MAIN)
    price = models.DecimalField(max_digits=10, decimal_places=3)
    risk = models.SmallIntegerField(default=3)  # 1–5 for R1–R5
    subscribe_on = models.DateField()  # T
    pay_by = models.DateTimeField()  # T+2 16:00 by the rulebook
    list_on = models.DateField(null=True)
    steps_fired = models.JSONField(default=list)  # numbers of the ladder's steps taken
    settled_at = models.DateTimeField(null=True)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        app_label = "outreach"
        indexes = [
            models.Index(fields=["pay_by"], name="issue_open", condition=models.Q(settled_at__isnull=True)),
            models.Index(fields=["-subscribe_on"], name="issue_latest"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(price__gt=0), name="issue_price_positive")]


class Allotment(models.Model):
    """What one account was allotted of an issue, and how much of the money is there.

    ``funded`` is the part of the account's cash that is there for it (``rules.allocate``); ``open`` means that
    some is missing. A normal and a margin account are two rows, as the law counts them.
    """

    class State(models.TextChoices):
        OPEN = "open", _("缺款")
        FUNDED = "funded", _("款已到")
        PAID = "paid", _("缴款成功")
        DEFAULTED = "defaulted", _("放弃认购")

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="allotments")
    client_id = models.BigIntegerField()
    account_number = models.CharField(max_length=20)
    quantity = models.BigIntegerField()
    due = models.DecimalField(max_digits=16, decimal_places=2)
    funded = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    arrived_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    @property
    def missing(self) -> Decimal:
        """CNY that are not there yet."""
        return self.due - self.funded

    class Meta:
        app_label = "outreach"
        constraints = [
            models.UniqueConstraint(fields=["issue", "account_number"], name="one_allotment_of_an_account"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0, due__gt=0), name="allotment_positive"),
            models.CheckConstraint(condition=models.Q(funded__gte=0), name="allotment_funded_not_negative"),
        ]
        indexes = [
            models.Index(fields=["client_id", "-id"], name="allotment_client"),
            models.Index(fields=["issue", "state", "client_id"], name="allotment_of_issue"),
            models.Index(
                fields=["account_number"],
                name="allotment_waiting",
                condition=models.Q(state__in=["open", "funded"]),
            ),
        ]


class Default(models.Model):
    """One declared abandonment: a client whose money was not whole at the deadline. Rows are never changed."""

    client_id = models.BigIntegerField()
    allotment = models.OneToOneField(Allotment, on_delete=models.PROTECT)
    on = models.DateField()

    class Meta:
        app_label = "outreach"
        indexes = [models.Index(fields=["client_id", "-on"], name="default_client")]
