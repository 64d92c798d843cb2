"""The client and what belongs to one. ``client_id`` leads the indexes of every table about clients.

``Client`` is narrow on purpose: the gates of a million-client decision read it alone. Personal data
stand encrypted in ``PersonalData``. Nothing here is deleted while a retention period runs.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.core.privacy import EncryptedTextField, mask_name
from maitian.staff.models import Branch, Member, Outlet


class LifeCycle(models.TextChoices):
    LEAD = "lead", _("线索")
    OPENED = "opened", _("已开户")
    ACTIVE = "active", _("活跃")
    DORMANT = "dormant", _("休眠")
    LEAVING = "leaving", _("流失中")
    CLOSED = "closed", _("已销户")


class RiskClass(models.IntegerChoices):
    """How much risk a client can bear. 0: never assessed. 1: C1-lowest, who never gets more than R1."""

    NONE = 0, _("未测评")
    C1_LOWEST = 1, "C1 最低"
    C1 = 2, "C1"
    C2 = 3, "C2"
    C3 = 4, "C3"
    C4 = 5, "C4"
    C5 = 6, "C5"


class InvestorClass(models.TextChoices):
    ORDINARY = "ordinary", _("普通投资者")
    PROFESSIONAL = "professional", _("专业投资者")


class Channel(models.IntegerChoices):
    """Ways to a client; the value is the bit number in channel masks."""

    INBOX = 0, _("收件箱")
    SMS = 1, _("短信")
    EMAIL = 2, _("邮件")
    CALL = 3, _("电话")


class MessageClass(models.IntegerChoices):
    """Consent is given per class and channel; ``consent_bits`` holds bit ``class * 4 + channel``."""

    SERVICE = 0, _("服务")
    COMMERCIAL = 1, _("营销")
    CARE = 2, _("关怀")


class Client(models.Model):
    """A client (客户). ``level_rank`` is written by offerings, the bits by consent and contact actions."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=8, choices=LifeCycle.choices, default=LifeCycle.LEAD)
    institution = models.BooleanField(default=False)
    investor_class = models.CharField(
        max_length=12, choices=InvestorClass.choices, default=InvestorClass.ORDINARY
    )
    risk_class = models.SmallIntegerField(choices=RiskClass.choices, default=RiskClass.NONE)
    risk_valid_until = models.DateField(null=True)
    level_rank = models.SmallIntegerField(default=0)  # rank of the service level in force, 0 = none
    consent_bits = models.IntegerField(default=0)
    address_bits = models.SmallIntegerField(default=1)  # channels with a usable address; the inbox always
    manager = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="clients")
    advised = models.BooleanField(
        db_default=False, default=False
    )  # an adviser agreement is in force, see AdviceAgreement
    assets = models.DecimalField(max_digits=16, decimal_places=2, default=0)  # CNY, last valuation
    opened_on = models.DateField(null=True)
    last_contact_at = models.DateTimeField(null=True)
    # The record of the same person that this one was merged into (``merging``); it is closed then and never deleted.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="absorbed", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["merged_into"],
                name="client_merged_into",
                condition=models.Q(merged_into__isnull=False),
            ),
            models.Index(fields=["manager", "state", "id"], name="client_manager"),
            models.Index(fields=["branch", "state", "id"], name="client_branch"),
            # Audiences that are narrow in one of these (maitian bench audience).
            models.Index(fields=["assets"], name="client_assets"),
            models.Index(fields=["risk_valid_until"], name="client_risk_valid_until"),
            models.Index(fields=["opened_on"], name="client_opened_on"),
            models.Index(
                fields=["id"],
                name="client_without_manager",
                condition=models.Q(manager__isnull=True) & ~models.Q(state="closed"),
            ),
        ]

    @property
    def actor(self) -> str:
        return f"client:{self.pk}"


class PersonalData(models.Model):
    """Name, identity, addresses: encrypted. ``search_tokens`` are blind (see ``core.privacy``)."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="person")
    name = EncryptedTextField()
    id_number = EncryptedTextField(default=b"")
    home_address = EncryptedTextField(default=b"")
    gender = models.CharField(max_length=1, blank=True)
    birthday = models.DateField(null=True)
    birth_day = models.GeneratedField(  # month × 100 + day, so that "birthday this week" has an index
        expression=ExtractMonth("birthday") * 100 + ExtractDay("birthday"),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )
    id_valid_until = models.DateField(null=True)  # of the id document; 9999-12-31 is for good
    initials = models.CharField(max_length=20, blank=True)
    id_number_token = models.BigIntegerField(null=True)
    id_form = models.SmallIntegerField(
        default=0, db_default=0
    )  # 0 no number, 1 a resident's, 2 another document's
    name_token = models.BigIntegerField(null=True)  # blind, of the whole name: finds records of one person
    search_tokens = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [
            GinIndex(fields=["search_tokens"], name="person_tokens"),
            models.Index(fields=["birth_day", "client"], name="person_birth_day"),
            models.Index(fields=["birthday", "client"], name="person_birthday"),
            models.Index(fields=["id_valid_until", "client"], name="person_id_valid_until"),
            models.Index(fields=["name_token", "birthday"], name="person_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_number_token"],
                condition=models.Q(id_number_token__isnull=False),
                name="one_person_one_client",
            )
        ]

    @property
    def masked_name(self) -> str:
        return mask_name(str(self.name))


class ContactPoint(models.Model):
    """A phone number or address. ``bounced_at`` set means that it is not used."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("手机")
        EMAIL = "email", _("邮箱")

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    value = EncryptedTextField()
    value_token = models.BigIntegerField()
    verified_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    primary = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["value_token"], name="contact_token")]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind"],
                condition=models.Q(primary=True),
                name="one_primary_contact_of_a_kind",
            )
        ]


class FundAccount(models.Model):
    """A fund account (资金账号): the client's name at the counter system and in the portal."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="accounts")
    number = models.CharField(max_length=20, unique=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)
    merged_from = models.BigIntegerField(
        null=True
    )  # the record it came with, whose portal password still opens it
    commission_rate = models.DecimalField(max_digits=4, decimal_places=2, null=True)  # per mille of turnover
    # ``cash`` is the last imported balance and the flows after its moment (``account_imports``), in CNY.
    cash = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    balance = models.DecimalField(max_digits=16, decimal_places=2, default=0, db_default=0)
    balance_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["client", "number"], name="account_client")]


class PortalAccess(models.Model):
    """The client's password for the portal, with lock-out."""

    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, primary_key=True, related_name="portal_access"
    )
    password = models.CharField(max_length=160)
    failed_attempts = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    signed_in_at = models.DateTimeField(null=True)


class Security(models.Model):
    """A listed security. ``industry`` in the words of the market list (e.g. 证券)."""

    symbol = models.CharField(max_length=6, primary_key=True)
    exchange = models.CharField(max_length=4)
    name = models.CharField(max_length=30)
    name_en = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=30, db_index=True)
    area = models.CharField(max_length=20, blank=True)
    listed = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.name} {self.symbol}"


class Price(models.Model):
    """One day's close (CNY) and volume (lots of 100 shares) of a security, or of an index."""

    pk = models.CompositePrimaryKey("symbol", "day")
    symbol = models.CharField(max_length=6)
    day = models.DateField()
    close = models.DecimalField(max_digits=12, decimal_places=4)
    volume_lots = models.BigIntegerField(default=0)


class AccountHolding(models.Model):
    """What a fund account holds of a security now, as imported. A client's :class:`Holding` is the sum over accounts."""

    pk = models.CompositePrimaryKey("account_number", "symbol")
    account_number = models.CharField(max_length=20)
    symbol = models.CharField(max_length=6)
    client_id = models.BigIntegerField()
    quantity = models.BigIntegerField()
    cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)  # CNY a share

    class Meta:
        indexes = [models.Index(fields=["client_id", "symbol"], name="account_holding_client")]


class Holding(models.Model):
    """What a client holds of a security now, over all accounts. Keyed by client, read by symbol for audiences."""

    pk = models.CompositePrimaryKey("client_id", "symbol")
    client_id = models.BigIntegerField()
    symbol = models.CharField(max_length=6)
    quantity = models.BigIntegerField()
    cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)  # CNY a share

    class Meta:
        indexes = [models.Index(fields=["symbol", "client_id"], name="holding_symbol")]


class CashFlow(models.Model):
    """Money in (+) or out (−) of a fund account, CNY; ``reference`` is the counter system's number."""

    client_id = models.BigIntegerField()
    account_number = models.CharField(max_length=20)
    at = models.DateTimeField()
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    reference = models.CharField(max_length=40)
    run_id = models.BigIntegerField(null=True)  # the import that brought it

    class Meta:
        indexes = [
            models.Index(fields=["client_id", "-at"], name="cash_flow_client"),
            models.Index(fields=["run_id"], name="cash_flow_run", condition=models.Q(run_id__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["account_number", "reference"], name="cash_flow_once")]


class Trade(models.Model):
    """One execution on a fund account. Amounts in CNY; ``reference`` is the counter system's number."""

    class Side(models.TextChoices):
        BUY = "B", _("买入")
        SELL = "S", _("卖出")

    client_id = models.BigIntegerField()
    account_number = models.CharField(max_length=20)
    at = models.DateTimeField()
    symbol = models.CharField(max_length=6)
    side = models.CharField(max_length=1, choices=Side.choices)
    quantity = models.BigIntegerField()
    price = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    commission = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    reference = models.CharField(max_length=40)
    run_id = models.BigIntegerField(null=True)  # the import that brought it

    class Meta:
        indexes = [
            models.Index(fields=["client_id", "-at"], name="trade_client"),
            models.Index(fields=["run_id"], name="trade_run", condition=models.Q(run_id__isnull=False)),
        ]
        constraints = [models.UniqueConstraint(fields=["account_number", "reference"], name="trade_once")]


class PermissionKind(models.TextChoices):
    """What a client may trade beyond the main boards."""

    CHINEXT = "chinext", _("创业板")
    STAR = "star", _("科创板")
    BEIJING = "beijing", _("北交所")
    HK_CONNECT = "hk_connect", _("港股通")
    MARGIN = "margin", _("融资融券")
    OPTIONS = "options", _("期权")
    CONVERTIBLES = "convertibles", _("可转债")


class TradingPermission(models.Model):
    """From when to when (both days included) a client may trade something. Periods of one kind never overlap."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="trading_permissions")
    kind = models.CharField(max_length=12, choices=PermissionKind.choices)
    since = models.DateField()
    until = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "client"], name="permission_kind")]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "since"], name="permission_once"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="permission_ends_after_its_start",
            ),
            ExclusionConstraint(
                name="one_permission_of_a_kind_at_a_time",
                expressions=[
                    ("client", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        models.Func("since", "until", models.Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]


class Follow(models.Model):
    """A security (six digits) or an industry that a client follows."""

    pk = models.CompositePrimaryKey("client_id", "what")
    client_id = models.BigIntegerField()
    what = models.CharField(max_length=30)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["what", "client_id"], name="follow_what")]


class Preference(models.Model):
    """A habit or wish of a client (T11), for example when and how to call."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="preferences")
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=200)
    noted_by = models.CharField(max_length=60)
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key"], name="preference_once")]


class Consent(models.Model):
    """One giving or withdrawing of consent, with its proof. Rows are added, never changed."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="consents")
    message_class = models.SmallIntegerField(choices=MessageClass.choices)
    channel = models.SmallIntegerField(choices=Channel.choices)
    granted = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=30)  # portal, counter, import, reply, link …
    proof = models.CharField(max_length=300)
    actor = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["client", "message_class", "channel", "-at"], name="consent_latest")]


class Coverage(models.Model):
    """Who looked after a client, from when to when. The open row of kind ``manager`` is the owner (G10)."""

    class Kind(models.TextChoices):
        MANAGER = "manager", _("客户经理")
        ADVISER = "adviser", _("投资顾问")

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="coverage")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="coverage")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.MANAGER)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["member", "kind", "client"], name="coverage_member")]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "kind"],
                condition=models.Q(until__isnull=True),
                name="one_open_coverage_of_a_kind",
            )
        ]


class AdviceAgreement(models.Model):
    """A signed agreement on investment advice (投资顾问服务协议): without one, no advice goes to the client.

    Rules on advisers, arts. 14 and 23: numbered, after a signed risk disclosure, fee in writing, and the client
    may cancel in writing within five working days. ``Client.advised`` says whether one is in force.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="agreements")
    number = models.CharField(max_length=40, unique=True)
    disclosed_at = models.DateTimeField()  # the risk disclosure was signed
    signed_at = models.DateTimeField()
    fee = models.CharField(max_length=120)
    evidence = models.CharField(max_length=300)
    cooling_ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client"], condition=models.Q(ended_at__isnull=True), name="one_agreement_in_force"
            )
        ]


class InboundText(models.Model):
    """A text that came from a phone, by SMS. Kept once per gateway number; the words are encrypted.

    Outreach writes it (opt-outs, replies) and tells the ledger ``client.replied``; the desk makes cases of questions.
    ``event_id`` is the latest event of which this phone got a text, which it probably answers.
    """

    class Meaning(models.TextChoices):
        OPT_OUT = "opt_out", _("退订")
        OPT_IN = "opt_in", _("恢复订阅")
        QUESTION = "question", _("要人答")
        NOTE = "note", _("只记下")
        STRANGER = "stranger", _("不认识的号码")

    gateway = models.CharField(max_length=20)
    reference = models.CharField(max_length=64)
    client_id = models.BigIntegerField(null=True)
    phone_token = models.BigIntegerField()
    text = EncryptedTextField()
    at = models.DateTimeField()
    meaning = models.CharField(max_length=8, choices=Meaning.choices)
    event_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway", "reference"], name="inbound_once")]
        indexes = [
            models.Index(fields=["client_id", "-at"], name="inbound_client"),
            models.Index(fields=["-at"], name="inbound_latest"),
            models.Index(fields=["-at"], name="inbound_questions", condition=models.Q(meaning="question")),
        ]


class Tag(models.Model):
    name = models.CharField(max_length=30, unique=True)
    name_en = models.CharField(max_length=40, blank=True)

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name


class ClientTag(models.Model):
    pk = models.CompositePrimaryKey("client_id", "tag_id")
    client_id = models.BigIntegerField()
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()


class Segment(models.Model):
    """A set of conditions kept under a name (E1). ``conditions`` are those of ``version``, see ``conditions``."""

    name = models.CharField(max_length=60, unique=True)
    conditions = models.JSONField(default=dict)
    version = models.IntegerField(default=1)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)


class SegmentVersion(models.Model):
    """What a segment's conditions were; rows are added, never changed."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    conditions = models.JSONField()
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]


class Assessment(models.Model):
    """One answered suitability questionnaire, kept whole as evidence; never overwritten."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="assessments")
    questionnaire_version = models.BigIntegerField()  # rulebook version
    answers = models.JSONField()
    score = models.SmallIntegerField()
    risk_class = models.SmallIntegerField(choices=RiskClass.choices)
    reasons = models.JSONField(default=list)
    started_by = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    at = models.DateTimeField()
    valid_until = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["client", "-at"], name="assessment_latest")]


class ImportRun(models.Model):
    """One import: count in = stored + rejected. The rejected rows stand in a file with their reasons."""

    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    dry_run = models.BooleanField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    rows_in = models.IntegerField(default=0)
    stored = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    rejected_file = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"], name="import_latest")]


class DuplicatePair(models.Model):
    """Two records that may be one person: why, how sure, and what was decided. ``first`` has the smaller id."""

    class State(models.TextChoices):
        OPEN = "open", _("待核对")
        DISMISSED = "dismissed", _("不是同一人")
        MERGED = "merged", _("已并档")

    first = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    evidence = models.SmallIntegerField()  # bits of ``duplicate_rules.Evidence``
    score = models.SmallIntegerField()  # 0–100
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, blank=True, db_default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["-score", "id"], name="duplicate_open", condition=models.Q(state="open")),
            models.Index(fields=["second"], name="duplicate_second"),
        ]


class Merge(models.Model):
    """One record merged into another: proposed, checked, done, perhaps undone. The journal says what moved.

    ``before`` holds the personal values of both records as they were, encrypted; ``journal`` what each part of each
    room moved, by the part's name (``merging``).
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        REFUSED = "refused", _("已退回")
        DONE = "done", _("已并档")
        UNDONE = "undone", _("已撤销")

    survivor = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="merged_by")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    choices = models.JSONField(default=dict)  # field → "survivor" or "absorbed"
    digest = models.CharField(max_length=64)  # of what the maker saw
    reason = models.CharField(max_length=300)
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)  # the checker's reason for sending it back
    done_at = models.DateTimeField(null=True)
    before = EncryptedTextField(default=b"")
    journal = models.JSONField(default=dict)
    undone_by = models.CharField(max_length=60, blank=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=models.Q(state__in=["proposed", "done"]),
                name="one_merge_of_a_record",
            ),
            models.CheckConstraint(
                condition=~models.Q(survivor=models.F("absorbed")), name="merge_of_two_records"
            ),
        ]
        indexes = [
            models.Index(fields=["survivor", "-id"], name="merge_survivor"),
            models.Index(fields=["state", "-id"], name="merge_state"),
        ]
