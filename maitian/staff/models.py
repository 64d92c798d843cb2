"""Branches, outlets, the four centres, members, their sessions and API tokens."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maitian.core.privacy import EncryptedTextField


class Branch(models.Model):
    """A branch (营业部)."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    monthly_sms_budget = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name

    def __str__(self) -> str:
        return self.title


class Outlet(models.Model):
    """A service outlet (网点) of a branch."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="outlets")
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name

    def __str__(self) -> str:
        return self.title


class Centre(models.TextChoices):
    """The four centres (G9), and the branch's own management."""

    MARKETING = "marketing", _("营销中心")
    SERVICE = "service", _("客服中心")
    BUSINESS = "business", _("业务中心")
    WEALTH = "wealth", _("财富中心")
    MANAGEMENT = "management", _("营业部管理")


class Role(models.TextChoices):
    ACCOUNT_MANAGER = "account_manager", _("客户经理")
    HOTLINE_AGENT = "hotline_agent", _("热线坐席")
    COUNTER_CLERK = "counter_clerk", _("柜员")
    ADVISER = "adviser", _("投资顾问")
    CONTENT_EDITOR = "content_editor", _("内容编辑")
    CAMPAIGN_EDITOR = "campaign_editor", _("活动编辑")
    TEAM_LEAD = "team_lead", _("团队长")
    BRANCH_MANAGER = "branch_manager", _("营业部负责人")
    COMPLIANCE_OFFICER = "compliance_officer", _("合规专员")
    ADMINISTRATOR = "administrator", _("系统管理员")


class Language(models.TextChoices):
    CHINESE = "zh-hans", "中文"
    ENGLISH = "en", "English"


class Member(models.Model):
    """A member of staff. Signs in by ``sign_in_name``; the password is an Argon2 hash."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="members")
    outlet = models.ForeignKey(
        Outlet, on_delete=models.PROTECT, related_name="members", null=True, blank=True
    )
    sign_in_name = models.CharField(max_length=40, unique=True)
    password = models.CharField(max_length=160)
    password_is_temporary = models.BooleanField(default=False)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True)
    initials = models.CharField(max_length=12, blank=True)
    centre = models.CharField(max_length=12, choices=Centre.choices)
    role = models.CharField(max_length=20, choices=Role.choices)
    phone = models.CharField(max_length=20, blank=True)
    mobile = EncryptedTextField(default=b"")  # the member's own, for test messages
    email = EncryptedTextField(default=b"")  # also for what a clock tells by mail
    language = models.CharField(
        max_length=7, choices=Language.choices, default=Language.CHINESE
    )  # of mails to the member
    licence_number = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)
    failed_attempts = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    joined_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["branch", "role", "active"], name="member_role")]

    @property
    def title(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") and self.name_en else self.name

    @property
    def actor(self) -> str:
        """How the ledger names this person."""
        return f"member:{self.pk}"

    @property
    def is_locked(self) -> bool:
        """Whether too many wrong passwords keep the member out now."""
        return self.locked_until is not None and self.locked_until > timezone.now()

    def may(self, permission: str) -> bool:
        """Whether the member's role has the permission (``staff.access``)."""
        from maitian.staff.access import may

        return may(self.role, permission)

    def __str__(self) -> str:
        return self.title


class MemberSession(models.Model):
    """One signed-in browser of a member; ended rows stay as the record of it."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    address = models.GenericIPAddressField(null=True)
    browser = models.CharField(max_length=200, blank=True)


class ApiToken(models.Model):
    """An API token: only its SHA-256 is stored. ``scopes`` are permissions of the owner's role."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    title = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Notification(models.Model):
    """Something that a member should know: rings the bell in the console. ``kind`` and ``facts`` make the words.

    Words live with the room that writes them (``<room>/notification_kinds.py``), so facts hold no personal data.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notifications")
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["member", "-id"], name="notification_member"),
            models.Index(
                fields=["member"], name="notification_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]


class Draft(models.Model):
    """A form that a member has begun: kept on the server, so that it is there on the next machine and day.

    ``kind`` names the form, ``key`` the object that it changes (empty for a new one). Only its owner sees it.
    Drafts hold no personal data of clients.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member", "kind", "-saved_at"], name="draft_member")]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "key"], condition=~models.Q(key=""), name="one_draft_for_one_object"
            )
        ]


class IdempotencyKey(models.Model):
    """The stored answer to a write of the API, so that a repeated request is answered, not repeated."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE)
    key = models.CharField(max_length=80)
    request_digest = models.BinaryField(max_length=32)
    status = models.SmallIntegerField()
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]
