"""Complaints, what is decided in them, letters of the regulator, refused requests."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.core.privacy import EncryptedTextField
from maitian.desk.models.cases import Attachment, Case
from maitian.desk.models.clocks import Clock
from maitian.staff.models import Centre, Member


class ComplaintKind(models.TextChoices):
    """The kinds that the source names (T4), and the rest."""

    SYSTEM_FAILURE = "system_failure", _("系统故障")
    BUSINESS_ERROR = "business_error", _("业务差错")
    DATA_LEAK = "data_leak", _("客户信息泄露")
    CANCELLATION_LATE = "cancellation_late", _("撤销办理不及时")
    STAFF_ATTITUDE = "staff_attitude", _("人员态度")
    OTHER = "other", _("其他投诉")


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _("一般投诉")
    COMPLEX = "complex", _("疑难复杂")
    GRAVE = "grave", _("重大")


class Cause(models.Model):
    """Why it came to complaints; the same cause again and again is a trend that wants correction."""

    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    active = models.BooleanField(default=True)
    position = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class Complaint(models.Model):
    """The record of a complaint: exactly the fields of the source (T5), the four classes of T/SAC 001-2024, and what
    became of it. One row beside the case; what was said stands in the case's entries.

    ``account`` is empty only for somebody who is not a client yet, whose identity then stands here.
    """

    class Business(models.TextChoices):
        ACCOUNT = "account", _("账户业务")
        TRADING = "trading", _("证券交易")
        MARGIN = "margin", _("信用业务")
        ADVICE = "advice", _("投资顾问")
        PRODUCT = "product", _("产品销售")
        SYSTEM = "system", _("信息系统")
        OTHER = "other", _("其他业务")

    class Number(models.TextChoices):
        SINGLE = "single", _("单人")
        SEVERAL = "several", _("多人")
        MASS = "mass", _("群体")

    class Urgency(models.TextChoices):
        ORDINARY = "ordinary", _("不紧急")
        IMPORTANT = "important", _("重要")
        URGENT = "urgent", _("紧急且重要")

    class Reason(models.TextChoices):
        REASONABLE = "reasonable", _("合理")
        PARTLY = "partly", _("部分合理")
        UNREASONABLE = "unreasonable", _("不合理")

    class Liability(models.TextChoices):
        OURS = "ours", _("我方责任")
        SHARED = "shared", _("双方都有责任")
        CLIENT = "client", _("客户责任")
        THIRD = "third", _("第三方责任")
        NOBODY = "nobody", _("无人有责任")

    class Remedy(models.TextChoices):
        EXPLANATION = "explanation", _("解释说明")
        APOLOGY = "apology", _("道歉")
        CORRECTION = "correction", _("更正")
        REFUND = "refund", _("退还费用")
        COMPENSATION = "compensation", _("赔偿")
        NONE = "none", _("不予补救")

    class RemedyState(models.TextChoices):
        NONE = "", _("还没有方案")
        PROPOSED = "proposed", _("等批准")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("没有批准")
        DONE = "done", _("已执行")

    class Confirmation(models.TextChoices):
        NONE = "", _("还没有确认")
        PORTAL = "portal", _("客户端确认")
        SIGNED = "signed", _("签字确认")
        RECORDED = "recorded", _("录音确认")
        SILENT = "silent", _("没有回音")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="complaint")
    # The source's fields (T5).
    name = EncryptedTextField()
    account = models.CharField(max_length=20, blank=True)
    phone = EncryptedTextField(default=b"")
    reported_on = models.DateField()
    happened = models.CharField(max_length=120, blank=True)  # when
    people = models.CharField(max_length=200, blank=True)  # who
    what = models.TextField()
    wanted = models.TextField(blank=True)  # the service wanted
    special = models.TextField(blank=True)  # special requests
    answer_points = models.TextField(blank=True)  # the main points of our answer
    identity = EncryptedTextField(default=b"")  # of somebody who is not a client yet: kind and number
    # Kind, severity, and the four classes.
    kind = models.CharField(max_length=20, choices=ComplaintKind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.ORDINARY)
    business = models.CharField(max_length=10, choices=Business.choices, default=Business.OTHER)
    number = models.CharField(max_length=10, choices=Number.choices, default=Number.SINGLE)
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.ORDINARY)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    # Its way.
    department = models.CharField(max_length=12, choices=Centre.choices)
    sent_at = models.DateTimeField()  # to the department concerned (T6)
    acknowledged_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    accepted_at = models.DateTimeField(null=True)
    not_accepted_because = models.CharField(max_length=400, blank=True)
    # What was found.
    finding = models.TextField(blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, related_name="complaints")
    liability = models.CharField(max_length=8, choices=Liability.choices, blank=True)
    found_at = models.DateTimeField(null=True)
    # What is done about it.
    remedy = models.CharField(max_length=12, choices=Remedy.choices, blank=True)
    remedy_amount = models.DecimalField(
        max_digits=14, decimal_places=2, null=True
    )  # in the unit of the authority rule
    remedy_note = models.CharField(max_length=400, blank=True)
    remedy_state = models.CharField(max_length=8, choices=RemedyState.choices, blank=True)
    remedy_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    remedy_reference = models.CharField(max_length=80, blank=True)
    remedied_at = models.DateTimeField(null=True)
    # The end.
    confirmation = models.CharField(max_length=8, choices=Confirmation.choices, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=120, blank=True)  # number of a recording or a form
    proof_file = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    extended_days = models.SmallIntegerField(default=0)
    extended_at = models.DateTimeField(null=True)
    extended_because = models.CharField(max_length=400, blank=True)
    extended_letter = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    mediation = models.CharField(max_length=400, blank=True)
    lessons = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["cause", "found_at"], name="complaint_cause", condition=Q(cause__isnull=False)
            ),
            models.Index(fields=["reported_on"], name="complaint_reported"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(remedy_amount__isnull=True) | Q(remedy_amount__gte=0), name="remedy_not_negative"
            )
        ]


class Approval(models.Model):
    """One signature that a remedy above the proposer's limit needs. They are given in the order of ``step``."""

    class Verdict(models.TextChoices):
        WAITING = "", _("等批准")
        YES = "yes", _("同意")
        NO = "no", _("不同意")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="approvals")
    round = models.SmallIntegerField()  # a remedy proposed anew begins another round
    step = models.SmallIntegerField()
    role = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    verdict = models.CharField(max_length=3, choices=Verdict.choices, blank=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="approvals")
    reason = models.CharField(max_length=400, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["role"], name="approval_open", condition=Q(decided_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "round", "step"], name="approval_once"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, verdict="")
                | (Q(decided_at__isnull=False) & ~Q(verdict="")),
                name="approval_decided_has_a_verdict",
            ),
        ]


class Letter(models.Model):
    """A letter of the regulator or an association (12386 and others), with the deadline that it sets itself."""

    class Source(models.TextChoices):
        HOTLINE_12386 = "12386", _("12386 服务平台")
        BUREAU = "bureau", _("证监局")
        ASSOCIATION = "association", _("证券业协会")
        EXCHANGE = "exchange", _("交易所")
        COURT = "court", _("法院或仲裁")
        OTHER = "other", _("其他机关")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="letters")
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="letter")
    source = models.CharField(max_length=12, choices=Source.choices)
    number = models.CharField(max_length=60)
    received_at = models.DateTimeField()
    asks = models.TextField(blank=True)
    file = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=60)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=400, blank=True)
    answered_by = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="letter_once")]


class Refusal(models.Model):
    """A request that was refused at the first level, with its reason (T3). Whoever the client asks next sees it."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="refusals", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="refusals")
    what = models.CharField(max_length=200)
    because = models.CharField(max_length=400)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_because = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["client", "-at"], name="refusal_client")]
