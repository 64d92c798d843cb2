"""What the mailroom puts on the home page and into the menu."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maitian.mailroom import queries
from maitian.mailroom.models import Mail
from maitian.staff.models import Member

MOST = 3


def tasks(member: Member) -> list[dict[str, Any]]:
    """Mails that nobody has claimed, the oldest first."""
    if not member.may("mailroom.work"):
        return []
    return [
        {
            "icon": "mail", "title": str(mail.subject)[:60] or _("没有主题的邮件"), "url": reverse("mailroom:mail", args=[mail.pk]),
            "why": _("邮件等认领：%(why)s") % {"why": mail.why}, "action": _("认领"),
        }
        for mail in Mail.objects.filter(state=Mail.State.WAITING).order_by("pk")[:MOST]
    ]  # fmt: skip


def waiting() -> tuple[int, bool]:
    """How many mails wait for somebody or are held, and whether one waits to be claimed."""
    counts = queries.open_counts()
    return sum(counts.values()), counts["waiting"] > 0
