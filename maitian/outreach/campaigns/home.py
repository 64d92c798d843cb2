"""What campaigns put on the home pages: proposals to check, drafts to go on with, what the budget has stopped."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maitian.outreach.campaigns import queries
from maitian.outreach.campaigns.models import Campaign
from maitian.staff.models import Member

MOST = 10


def tasks(member: Member) -> list[dict[str, Any]]:
    """Rows of the to-do list."""
    found: list[dict[str, Any]] = []

    def row(item: Campaign, why: str, action: str, **more: Any) -> None:
        found.append(
            {"icon": "chart", "title": item.name, "url": reverse("outreach:campaign", args=[item.pk]), "why": why, "action": action, **more}
        )  # fmt: skip

    if member.may("campaigns.approve"):
        for item in queries.proposals().exclude(proposer=member.actor).exclude(maker=member.actor)[:MOST]:
            row(item, _("活动等您复核"), _("复核"))
    if member.may("campaigns.write"):
        for item in Campaign.objects.filter(state=Campaign.State.DRAFT, maker=member.actor).order_by(
            "-changed_at"
        )[:MOST]:
            row(
                item,
                _("退回：%(reason)s") % {"reason": item.reason} if item.reason else _("活动草稿"),
                _("接着做"),
            )
        for item in Campaign.objects.filter(state=Campaign.State.APPROVED, starts_at=None).order_by(
            "checked_at"
        )[:MOST]:
            row(item, _("复核通过，等您开始"), _("去开始"))
        for item in Campaign.objects.filter(state=Campaign.State.APPROVED, starts_at__isnull=False).order_by(
            "starts_at"
        )[:MOST]:
            row(item, _("到时间自己开始"), _("看一看"), later=True, due=item.starts_at)
        for item in Campaign.objects.filter(state=Campaign.State.PAUSED, pause=Campaign.Pause.BUDGET)[:MOST]:
            row(item, _("预算用完，停下了"), _("去决定"))
    return found
