"""Every read of visits; a visit is seen by whoever sees its case, and by who goes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from maitian.core.errors import NotFound
from maitian.core.time import SHANGHAI
from maitian.desk import queries as desk
from maitian.desk.models import Case
from maitian.staff.models import Member
from maitian.visits.models import Visit


def get(member: Member, visit_id: int) -> Visit:
    """The visit, or :class:`NotFound`."""
    visit = (
        Visit.objects.select_related("case__client__person", "case__kind", "member", "again")
        .filter(pk=visit_id)
        .first()
    )
    if visit is None or not (visit.member_id == member.pk or desk.can_see(member, visit.case_id)):
        raise NotFound()
    return visit


def route(member: Member, day: date) -> list[Visit]:
    """The member's visits of a day in the order of their hours, those that were moved or cancelled left out."""
    start = datetime.combine(day, time(), SHANGHAI)
    found = Visit.objects.filter(member=member, starts_at__gte=start, starts_at__lt=start + timedelta(days=1))
    return list(
        found.exclude(state__in=["moved", "cancelled"])
        .select_related("case__client__person", "member")
        .order_by("starts_at")[:40]
    )


def unwritten(member: Member, now: datetime | None = None) -> QuerySet[Visit]:
    """Visits of the member that are over and have no result yet, the oldest first."""
    found = Visit.objects.filter(member=member, state=Visit.State.PLANNED, ends_at__lt=now or timezone.now())
    return found.select_related("case__client__person").order_by("starts_at")


def of_case(case_ids: list[int]) -> list[Visit]:
    return list(Visit.objects.filter(case_id__in=case_ids).select_related("member").order_by("-pk")[:12])


def coming(client_id: int, case: Case | None = None) -> list[Visit]:
    """What the client may expect: planned visits, the next one first."""
    found = Visit.objects.filter(
        case__client_id=client_id, state=Visit.State.PLANNED, ends_at__gte=timezone.now()
    )
    if case is not None:
        found = found.filter(case=case)
    return list(found.select_related("member", "case").order_by("starts_at")[:3])
