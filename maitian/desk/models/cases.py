"""Cases and what is written in them."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.core.privacy import EncryptedTextField
from maitian.desk.rules.clocks import NEVER
from maitian.desk.rules.kinds import BUILT_IN
from maitian.desk.rules.states import WORKING
from maitian.staff.models import Branch, Centre, Member


def _english() -> bool:
    return (get_language() or "").startswith("en")


class Book(models.TextChoices):
    """Which rulebook a case lives by."""

    BROKERAGE = "brokerage", _("证券营业部")
    WALLPAPER = "wallpaper", _("壁纸企业")


class CaseState(models.TextChoices):
    OPEN = "open", _("处理中")
    WAITING_CLIENT = "waiting_client", _("等客户")
    WAITING_OTHERS = "waiting_others", _("等协办")
    RESOLVED = "resolved", _("已有结果")
    CLOSED = "closed", _("已结案")
    REOPENED = "reopened", _("重新处理")
    MERGED = "merged", _("已合并")


class Priority(models.IntegerChoices):
    LOW = 0, _("低")
    NORMAL = 1, _("一般")
    HIGH = 2, _("高")
    URGENT = 3, _("紧急")


class CaseChannel(models.TextChoices):
    PORTAL = "portal", _("客户端")
    PHONE = "phone", _("热线")
    COUNTER = "counter", _("柜台")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    VISIT = "visit", _("上门")
    LETTER = "letter", _("信函")
    REGULATOR = "regulator", _("监管转办")


class Net(models.TextChoices):
    GROUND = "ground", _("地网")
    SKY = "sky", _("天网")
    PEOPLE = "people", _("人网")


class CaseKind(models.Model):
    """What kind of case it is: its form, its team, its clocks. Rows, so that a branch adds its own.

    The row is what the approved version ``version`` says (:class:`KindVersion`). ``fields`` is the form
    (``rules.kinds``); ``policy`` names the rules ``desk.clock.<policy>.…`` of the rulebook. ``complaint`` kinds carry a
    :class:`Complaint`; ``portal`` ones can be opened by clients themselves. One that is not ``active`` is retired:
    nothing new is opened with it, its cases go on.
    """

    code = models.SlugField(max_length=30, unique=True)
    book = models.CharField(max_length=12, choices=Book.choices, default=Book.BROKERAGE)
    name = models.CharField(max_length=30)
    name_en = models.CharField(max_length=40)
    hint = models.CharField(max_length=120, blank=True)
    hint_en = models.CharField(max_length=160, blank=True)
    icon = models.CharField(max_length=20, default="case")
    fields = models.JSONField(default=list)
    policy = models.SlugField(max_length=30)
    team = models.CharField(max_length=12, choices=Centre.choices)
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    complaint = models.BooleanField(default=False)
    portal = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    retired_because = models.CharField(max_length=200, blank=True)
    version = models.SmallIntegerField(default=1)
    position = models.SmallIntegerField(default=0)
    changed_by = models.CharField(max_length=60, default="system:seed")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["book", "name"], name="kind_name_once"),
            models.UniqueConstraint(fields=["book", "name_en"], name="kind_name_en_once"),
        ]

    @property
    def built_in(self) -> bool:
        """One of the kinds that the source names: it is not retired, and what the product needs of its form stays."""
        return self.code in BUILT_IN

    @property
    def title(self) -> str:
        return self.name_en if _english() else self.name

    @property
    def explanation(self) -> str:
        return (self.hint_en or self.hint) if _english() else self.hint

    def __str__(self) -> str:
        return self.title


NARROWED_BY = ("branch", "team", "kind", "channel", "priority", "level_rank", "owner", "responsible", "state")
USUAL_CHANNELS = (
    "portal",
    "phone",
    "counter",
    "sms",
    "email",
)  # a list of one of these fills its page at once


def _but(first: str) -> list[str]:
    """What an index that leads with ``first`` carries besides."""
    return [name for name in NARROWED_BY if name != first]


class Case(models.Model):
    """One concern of a client, or of somebody who is not one yet (``client`` empty, ``contact`` filled).

    Narrow on purpose: lists read it alone. What was said stands in :class:`Entry`, the words to search in
    :class:`CaseText`, the deadlines in :class:`Clock`. ``next_due_at`` is the nearest deadline of its running
    clocks, kept by ``actions.clocks``; :data:`NEVER` when nothing is due.

    ``owner`` works on it now. ``responsible`` took it and answers for it until the client has a definite result,
    whoever works on it meanwhile (G16); it changes by an explicit hand-over only.
    """

    ref = models.CharField(max_length=20, unique=True)  # C-20261124-0031
    book = models.CharField(max_length=12, choices=Book.choices, default=Book.BROKERAGE)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, db_index=False)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False
    )
    kind = models.ForeignKey(CaseKind, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=14, choices=CaseState.choices, default=CaseState.OPEN)
    is_open = models.GeneratedField(  # somebody still has to do something
        expression=Q(state__in=sorted(str(state) for state in WORKING)),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    team = models.CharField(max_length=12, choices=Centre.choices)
    owner = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="owned_cases", db_index=False
    )
    responsible = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, related_name="answered_cases", db_index=False
    )
    level_rank = models.SmallIntegerField(default=0)  # the client's at opening
    channel = models.CharField(max_length=10, choices=CaseChannel.choices)
    net = models.CharField(max_length=6, choices=Net.choices)
    subject = models.CharField(max_length=120)
    form_version = models.SmallIntegerField(default=1, db_default=1)  # of the kind, when the case was taken
    answers = models.JSONField(default=dict)  # to that form; personal fields stand in ``private``
    private = EncryptedTextField(default=b"")  # JSON: personal answers, and the contact of a stranger
    opened_by = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    last_entry_at = models.DateTimeField()
    last_client_at = models.DateTimeField(null=True)
    last_reply_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(default=NEVER)
    result = models.CharField(max_length=10, blank=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened = models.SmallIntegerField(default=0)  # times
    client_seen_at = models.DateTimeField(null=True)  # when the client last looked at it in the portal
    satisfaction = models.SmallIntegerField(null=True)  # 1–5, by the client
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged", db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="children", db_index=False
    )

    class Meta:
        # Every list reads one of these from its top. They carry what lists are narrowed by, so that a filter that fits
        # few cases, or none, is decided in the index and never by fetching each row.
        indexes = [
            models.Index(
                fields=["client", "-id"],
                name="case_client",
                include=[*NARROWED_BY, "is_open", "next_due_at", "last_entry_at"],
            ),
            # What is open, most urgent first: for everybody, a team, an owner, who answers for it, a kind.
            *(
                models.Index(
                    fields=[first, "next_due_at", "id"],
                    name=f"case_{name}",
                    condition=Q(is_open=True) & more,
                    include=_but(first),
                )
                for first, name, more in (
                    ("branch", "due", Q()),
                    ("team", "team_due", Q()),
                    ("owner", "owner_due", Q()),
                    ("responsible", "responsible_due", Q()),
                    ("kind", "kind_due", Q()),
                    ("state", "state_due", Q()),
                    ("channel", "channel_due", ~Q(channel__in=USUAL_CHANNELS)),
                    ("priority", "priority_due", ~Q(priority=Priority.NORMAL)),
                )
            ),
            # Everything, latest first.
            *(
                models.Index(
                    fields=[first, "-last_entry_at", "-id"],
                    name=f"case_{name}",
                    condition=condition,
                    include=_but(first),
                )
                for first, name, condition in (
                    ("branch", "latest", None),
                    ("team", "team_latest", None),
                    ("kind", "kind_latest", None),
                    ("owner", "owner_latest", Q(owner__isnull=False)),
                    ("responsible", "responsible_latest", Q(responsible__isnull=False)),
                    ("channel", "channel_latest", ~Q(channel__in=USUAL_CHANNELS)),
                    ("priority", "priority_latest", ~Q(priority=Priority.NORMAL)),
                    ("state", "state_latest", Q(state__in=["resolved", "merged"])),
                )
            ),
            models.Index(fields=["parent"], name="case_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["merged_into"], name="case_merged", condition=Q(merged_into__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="case_is_not_its_own_parent"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="case_is_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="case_merged_has_a_survivor",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 5)),
                name="case_satisfaction_1_to_5",
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class CaseNumber(models.Model):
    """The last number given on a day; taken in the statement that writes the case, so numbers have no gaps."""

    day = models.DateField(primary_key=True)  # Asia/Shanghai
    last = models.IntegerField()


class Entry(models.Model):
    """One thing said or done in a case. Append-only: the database refuses a change of what was written.

    ``facts`` of a system entry say what happened (``{"what": "owner", "to": 7}``); its words are made when shown.
    """

    class Kind(models.TextChoices):
        REPLY = "reply", _("答复客户")
        CLIENT = "client", _("客户")
        NOTE = "note", _("内部记录")
        SYSTEM = "system", _("过程")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=CaseChannel.choices, blank=True)
    net = models.CharField(max_length=6, choices=Net.choices, blank=True)
    body = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    reference = models.CharField(
        max_length=80, blank=True
    )  # from outside: a Message-ID, a text's or a call's number

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="entry_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "reference"], name="entry_reference_once", condition=~Q(reference="")
            )
        ]


class Attachment(models.Model):
    """A file that came with an entry. ``name`` is what the person called it; on disk it has a random name."""

    class Purpose(models.TextChoices):
        FILE = "file", _("附件")
        EVIDENCE = "evidence", _("证据")
        SIGNED = "signed", _("客户签字单")
        LETTER = "letter", _("函件")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="attachments", null=True)
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.FILE)
    public = models.BooleanField(default=False)  # whether the client may see it
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256
    file = models.FileField(upload_to="desk/%Y/%m/")
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()


class CaseText(models.Model):
    """The words of a case as pairs of characters (``core.search``). ``block`` is ``id // 65536``.

    Search walks the blocks from the newest and asks the index for one block at a time, so a frequent word costs no
    more than a rare one and a rare one no more than a missing one (measured: the ADR on the service desk).
    """

    BLOCK = 65_536

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="text")
    block = models.IntegerField()
    search = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["block", "search"], name="case_words", gin_pending_list_limit=1024)]


class Tag(models.Model):
    name = models.CharField(max_length=30, unique=True)
    name_en = models.CharField(max_length=40, blank=True)

    @property
    def title(self) -> str:
        return self.name_en if _english() and self.name_en else self.name


class CaseTag(models.Model):
    pk = models.CompositePrimaryKey("case_id", "tag_id")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_tags", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, db_index=False)
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tag", "case"], name="case_tag_tag")]


class Watch(models.Model):
    """Who is told about a case without working on it."""

    pk = models.CompositePrimaryKey("case_id", "member_id")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="watches", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member", "case"], name="case_watch_member")]


class Named(models.Model):
    """A member whom a complaint is about: never handles it, never sees what is found (回避)."""

    pk = models.CompositePrimaryKey("case_id", "member_id")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="named", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["member", "case"], name="case_named_member")]


class Link(models.Model):
    """Two cases that belong together; read from both sides."""

    class Kind(models.TextChoices):
        RELATED = "related", _("相关")
        CAUSED_BY = "caused_by", _("起因")
        SPLIT_FROM = "split_from", _("拆分自")
        FOLLOWS = "follows", _("后续")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="linked")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RELATED)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True)  # the one that was split off
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "kind"], name="link_once"),
            models.CheckConstraint(condition=~Q(case=F("other")), name="link_is_between_two"),
        ]


class Merge(models.Model):
    """``case`` became part of ``survivor``. Kept with what undoing needs; an undone merge stays on record."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges")
    survivor = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="survived")
    state_before = models.CharField(max_length=14)
    kept = models.JSONField(default=dict)  # clocks stopped by it, watchers and tags it brought along
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()
    undone_by = models.CharField(max_length=60, blank=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(undone_at__isnull=True), name="merged_once_at_a_time"
            )
        ]
