"""The knowledge base: articles in versions, what was made of them, what was looked for and not found.

An :class:`Article` holds of the version in force what lists and searches read; its words stand in :class:`Version`.
Versions that were published are never changed and nothing is deleted: triggers in migration ``0002`` refuse it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.core.privacy import EncryptedTextField
from maitian.desk.models import Case
from maitian.staff.models import Member


class Facing(models.TextChoices):
    """Who may read an article."""

    STAFF = "staff", _("只给员工")
    CLIENTS = "clients", _("客户也能看")


class Article(models.Model):
    """One answer that is given again and again. Everything but ``owner`` and ``state`` is of the version in force.

    ``owner`` answers for its being true. ``levels`` are ranks of service levels, empty for every client; ``kinds`` are codes
    of kinds of case. ``search`` holds every word of it, ``client_search`` those that clients may read (empty when they may
    not), ``title_search`` the title and the ways in which the question is asked.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("还没发布")
        PUBLISHED = "published", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤下")

    owner = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="articles", db_index=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    version = models.IntegerField(default=0)  # the number in force, 0 before the first
    title = models.CharField(max_length=120)
    lead = models.CharField(max_length=160, blank=True)
    facing = models.CharField(max_length=7, choices=Facing.choices, default=Facing.STAFF)
    levels = ArrayField(models.SmallIntegerField(), default=list)
    kinds = ArrayField(models.CharField(max_length=30), default=list)
    tags = ArrayField(models.CharField(max_length=30), default=list)
    published_at = models.DateTimeField(null=True)
    review_on = models.DateField(null=True)  # by when somebody looks whether it is still true
    reminded_on = models.DateField(null=True)  # the owner was last told
    search = SearchVectorField(null=True)
    client_search = SearchVectorField(null=True)
    title_search = SearchVectorField(null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="article_search"),
            GinIndex(fields=["client_search"], name="article_client_search"),
            models.Index(fields=["state", "-published_at", "-id"], name="article_latest"),
            models.Index(fields=["owner", "state"], name="article_owner"),
            models.Index(fields=["review_on", "id"], name="article_review", condition=Q(state="published")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(review_on__isnull=False, version__gte=1),
                name="article_published_has_a_review_date",
            )
        ]

    @property
    def ref(self) -> str:
        """How people name it: ``K-12``."""
        return f"K-{self.pk}"

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"


class Version(models.Model):
    """One version of an article, proposed by one person and put into force by another.

    ``answer`` goes to clients as it stands; ``inside`` is for colleagues alone (what to check, where to click). Both are
    plain text with the few marks of ``rules.markup``. ``questions``: how clients ask it, a line each.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("待复核")
        PUBLISHED = "published", _("在用")
        REPLACED = "replaced", _("旧版")
        DROPPED = "dropped", _("放弃了")

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.IntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    title = models.CharField(max_length=120)
    questions = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    inside = models.TextField(blank=True)
    facing = models.CharField(max_length=7, choices=Facing.choices, default=Facing.STAFF)
    levels = ArrayField(models.SmallIntegerField(), default=list)
    kinds = ArrayField(models.CharField(max_length=30), default=list)
    tags = ArrayField(models.CharField(max_length=30), default=list)
    review_on = models.DateField(null=True)
    change = models.CharField(max_length=200, blank=True)  # what is new in it
    maker = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    checker = models.CharField(max_length=60, blank=True)
    checked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # why it was sent back

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "submitted_at"], name="version_waiting", condition=Q(state="submitted")
            ),
            models.Index(fields=["maker", "-changed_at"], name="version_maker", condition=Q(state="draft")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="one_version_of_a_number"),
            models.UniqueConstraint(
                fields=["article"], name="one_open_version", condition=Q(state__in=["draft", "submitted"])
            ),
            models.UniqueConstraint(
                fields=["article"], name="one_version_in_force", condition=Q(state="published")
            ),
        ]


class ArticleFile(models.Model):
    """A file that belongs to a version. A new version begins with the files of the one before it."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256
    file = models.FileField(upload_to="knowledge/%Y/%m/")
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()


class Worth(models.Model):
    """How often an article was used and whether it helped. Apart from the article: it changes often, that seldom.

    ``weight`` orders what a search finds: uses, and three for each time it helped, minus three for each time it did not.
    """

    article = models.OneToOneField(Article, on_delete=models.PROTECT, primary_key=True, related_name="worth")
    used = models.IntegerField(default=0)
    helped = models.IntegerField(default=0)
    not_helped = models.IntegerField(default=0)
    weight = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-weight", "article"], name="worth_weight")]


class Term(models.Model):
    """In how many published articles a word stands: what makes a word of a sentence worth asking for."""

    term = models.CharField(max_length=60, primary_key=True)
    articles = models.IntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(articles__gte=0), name="term_count_not_negative")]


class Review(models.Model):
    """Somebody looked at an article and said that it is still true."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="reviews")
    version = models.IntegerField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateField()
    note = models.CharField(max_length=200, blank=True)


class Use(models.Model):
    """An article went into an answer of a case, as words or as a link to its page in the portal."""

    class How(models.TextChoices):
        WORDS = "words", _("插入了文字")
        LINK = "link", _("给了链接")

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="uses")
    version = models.IntegerField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="article_uses", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=5, choices=How.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "article", "how"], name="article_used_once_in_a_case")
        ]


class Feedback(models.Model):
    """Whether an article helped: one answer of each reader to each version, which he may change. Notes are encrypted."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="feedback")
    version = models.IntegerField()
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    helped = models.BooleanField()
    note = EncryptedTextField(default=b"")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["article", "-at"], name="feedback_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "article", "version"],
                name="one_answer_of_a_client",
                condition=Q(client__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["member", "article", "version"],
                name="one_answer_of_a_member",
                condition=Q(member__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False, client__isnull=True)
                | Q(member__isnull=True, client__isnull=False),
                name="feedback_is_of_one_reader",
            ),
        ]


class Gap(models.Model):
    """Something that was looked for and not found. ``words`` as they are counted (``rules.finding.question``)."""

    class State(models.TextChoices):
        OPEN = "open", _("还没有答案")
        DRAFTED = "drafted", _("有人在写")
        ANSWERED = "answered", _("现在找得到")
        DISMISSED = "dismissed", _("不用写")

    words = models.CharField(max_length=40, unique=True)
    query = models.TextField()  # what a text must hold to be found by the words (``core.search.query``)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    by_staff = models.IntegerField(default=0)  # colleagues, each once a day
    by_clients = models.IntegerField(default=0)
    asked = models.GeneratedField(
        expression=models.F("by_staff") + models.F("by_clients"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    article = models.ForeignKey(Article, on_delete=models.PROTECT, null=True, related_name="gaps")
    decided_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-asked", "-last_at", "-id"], name="gap_most_asked")]


class GapAsker(models.Model):
    """That somebody asked it on a day, so that asking again counts once. ``who`` is blind: an HMAC of reader and day."""

    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, db_index=False)
    who = models.BigIntegerField()
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="gap_asker_day")]
        constraints = [models.UniqueConstraint(fields=["gap", "who"], name="gap_counted_once_a_day")]
