"""Every read of visits; a visit is seen by whoever sees its case, and by who goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from maitian.clients.queries import visible_to
from maitian.core.errors import NotFound
from maitian.core.time import SHANGHAI
from maitian.desk import queries as desk
from maitian.desk.models import Case
from maitian.staff.models import Member
from maitian.visits.models import Referral, Visit


def get(member: Member, visit_id: int) -> Visit:
    """The visit, or :class:`NotFound`."""
    visit = (
        Visit.objects.select_related(
            "case__client__person", "case__kind", "member", "again", "led_to__client__person"
        )
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


@dataclass(frozen=True)
class Referred:
    """Referrals about a client: who named him, whom he named, each with whether the reader may see that record."""

    by: list[tuple[Referral, bool]]
    named: list[tuple[Referral, bool]]

    def __bool__(self) -> bool:
        return bool(self.by or self.named)


def referrals_of(member: Member, client_id: int) -> Referred:
    """Both sides, the latest first, at most eight each."""
    rows = Referral.objects.select_related(
        "client__person", "referrer__person", "visit__case", "member"
    ).order_by("-pk")
    by, named = list(rows.filter(client_id=client_id)[:8]), list(rows.filter(referrer_id=client_id)[:8])
    seen = set(
        visible_to(member)
        .filter(pk__in={row.referrer_id for row in by} | {row.client_id for row in named})
        .values_list("pk", flat=True)
    ) if by or named else set()  # fmt: skip
    return Referred(
        [(row, row.referrer_id in seen) for row in by], [(row, row.client_id in seen) for row in named]
    )


@dataclass(frozen=True)
class Asked:
    """How often somebody asked for a referral after a visit, and what came of it, in a month of Shanghai."""

    visits: int
    asked: int
    leads: int
    known: int


def asked(member: Member, day: date) -> Asked:
    """The member's own visits with a result in the month of ``day``."""
    start = datetime(day.year, day.month, 1, tzinfo=SHANGHAI)
    end = datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=SHANGHAI)
    done = Visit.objects.filter(member=member, done_at__gte=start, done_at__lt=end).exclude(
        state__in=["moved", "cancelled", "missed"]
    )
    counted = done.aggregate(n=Count("pk"), asked=Count("pk", filter=Q(referral_asked=True)))
    led = Referral.objects.filter(member=member, at__gte=start, at__lt=end).aggregate(
        leads=Count("pk", filter=Q(known=False)), known=Count("pk", filter=Q(known=True))
    )
    return Asked(counted["n"], counted["asked"], led["leads"], led["known"])
