"""Who looks at a case or types in it, so that two people do not answer the same client."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from maitian.core import live
from maitian.desk.models import Presence
from maitian.staff.models import Member

GONE_AFTER = timedelta(seconds=45)  # a browser says every 15 s that it is still there


def here(case_id: int, member: Member, *, typing: bool) -> None:
    """The member looks at the case now. Others are told when somebody comes, or begins or stops to type."""
    now = timezone.now()
    before = Presence.objects.filter(case_id=case_id, member=member).first()
    Presence.objects.update_or_create(
        case_id=case_id, member=member, defaults={"typing": typing, "seen_at": now}
    )
    if before is None or before.typing != typing or now - before.seen_at > GONE_AFTER:
        live.notify(f"case-{case_id}", "presence")


def left(case_id: int, member: Member) -> None:
    """The member has closed the page."""
    if Presence.objects.filter(case_id=case_id, member=member).delete()[0]:
        live.notify(f"case-{case_id}", "presence")


def others(case_id: int, member: Member) -> list[Presence]:
    """Who else is here, those who type first."""
    since = timezone.now() - GONE_AFTER
    return list(
        Presence.objects.filter(case_id=case_id, seen_at__gte=since)
        .exclude(member=member)
        .select_related("member")
        .order_by("-typing", "seen_at")
    )
