"""Reading corrective and preventive actions."""

from __future__ import annotations

from django.db.models import QuerySet

from maitian.core.errors import NotFound
from maitian.desk.models import Case, Improvement
from maitian.desk.queries.access import WHOLE_BRANCH, can_see
from maitian.staff.models import Member


def visible(member: Member) -> QuerySet[Improvement]:
    """One's own to take; a lead sees those of his centre, branch manager and compliance the branch's."""
    found = Improvement.objects.select_related("cause", "owner", "case").filter(branch_id=member.branch_id)
    if member.role in WHOLE_BRANCH:
        return found
    if member.may("desk.lead"):
        return (found.filter(team=member.centre) | found.filter(owner=member)).distinct()
    return found.filter(owner=member)


def get_visible(member: Member, improvement_id: int) -> Improvement:
    found = visible(member).filter(pk=improvement_id).first()
    if found is None:
        raise NotFound()
    return found


def listing(member: Member, state: str = "") -> QuerySet[Improvement]:
    """Those that are open by their deadline; closed ones latest first."""
    if state == Improvement.State.EFFECTIVE:
        return visible(member).filter(state=state).order_by("-closed_at", "-pk")
    found = visible(member).exclude(state=Improvement.State.EFFECTIVE)
    return (found.filter(state=state) if state in Improvement.State.values else found).order_by(
        "due_at", "pk"
    )


def cases_of(member: Member, item: Improvement) -> list[Case]:
    """The cases that it came from, of those that the member may see."""
    refs = list(item.found.get("refs", []))
    found = list(Case.objects.filter(ref__in=refs).select_related("kind").order_by("-pk"))
    if item.case is not None:
        found.append(item.case)
    return [case for case in found if can_see(member, case.pk)]
