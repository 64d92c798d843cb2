"""Ratings, picks and their follow-ups. Signed ones are never changed: a follow-up is a row of its own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scale(models.IntegerChoices):
    """The house's rating scale: expected return against the index over six months, printed with every rating."""

    SELL = 1, _("卖出")
    REDUCE = 2, _("减持")
    NEUTRAL = 3, _("中性")
    ADD = 4, _("增持")
    BUY = 5, _("买入")


class Rating(models.Model):
    """A house's rating of a security on a day. ``old`` is empty for a first one. Prices in CNY."""

    symbol = models.CharField(max_length=6)
    house = models.CharField(max_length=60)
    analyst = models.CharField(max_length=60, blank=True)
    old = models.SmallIntegerField(choices=Scale.choices, null=True)
    new = models.SmallIntegerField(choices=Scale.choices)
    target_price = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    risk = models.SmallIntegerField(default=3)
    on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=60, unique=True)
    report = models.ForeignKey("library.Report", on_delete=models.PROTECT, null=True, related_name="ratings")
    run_id = models.BigIntegerField(null=True)  # the import that brought it
    signed_by = models.ForeignKey("staff.Member", on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "library"
        indexes = [
            models.Index(fields=["-on", "-id"], name="rating_latest"),
            models.Index(fields=["symbol", "-on"], name="rating_symbol"),
        ]

    @property
    def changed(self) -> bool:
        return self.old is not None and self.old != self.new


class Pick(models.Model):
    """A stock pick of an adviser: what, at which price, why, until when. Only a signed one may go to clients."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SIGNED = "signed", _("已签发")
        CLOSED = "closed", _("已结束")

    class Direction(models.TextChoices):
        BUY = "buy", _("买入")
        HOLD = "hold", _("持有")
        REDUCE = "reduce", _("减持")
        WATCH = "watch", _("持续关注")

    class Result(models.TextChoices):
        TARGET = "target", _("到目标价")
        STOP = "stop", _("到止损价")
        CHANGED = "changed", _("看法变了")
        EXPIRED = "expired", _("到期")

    symbol = models.CharField(max_length=6)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    price_low = models.DecimalField(max_digits=12, decimal_places=3)
    price_high = models.DecimalField(max_digits=12, decimal_places=3)
    target_price = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    stop_price = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    risk = models.SmallIntegerField()
    reason = models.CharField(max_length=400)
    source = models.CharField(
        max_length=120
    )  # publisher and date of the report behind it (rules on advisers, art. 18)
    report = models.ForeignKey("library.Report", on_delete=models.PROTECT, null=True, related_name="picks")
    valid_until = models.DateField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    adviser = models.ForeignKey("staff.Member", on_delete=models.PROTECT, related_name="picks")
    licence_number = models.CharField(max_length=40, blank=True)  # as it stood at signing
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=7, choices=Result.choices, blank=True)
    price_at_signing = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    price_at_close = models.DecimalField(max_digits=12, decimal_places=3, null=True)

    class Meta:
        app_label = "library"
        indexes = [models.Index(fields=["state", "-made_at"], name="pick_state")]


class PickNote(models.Model):
    """A follow-up of a signed pick, to exactly those who got it; the last one may close the pick."""

    pick = models.ForeignKey(Pick, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=300)
    adviser = models.ForeignKey("staff.Member", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    closes = models.BooleanField(default=False)

    class Meta:
        app_label = "library"
