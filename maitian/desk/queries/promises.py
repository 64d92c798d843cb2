"""Reading promises: the keeper's list, a client's, and how many were kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from maitian.core.errors import NotFound
from maitian.desk.models import Promise
from maitian.desk.queries.access import WHOLE_BRANCH
from maitian.staff.models import Member


def visible(member: Member) -> QuerySet[Promise]:
    """One's own; a lead sees those of his centre, branch manager and compliance the branch's."""
    found = Promise.objects.select_related("client__person", "case", "keeper")
    if member.role in WHOLE_BRANCH:
        return found.filter(keeper__branch_id=member.branch_id)
    if member.may("desk.lead"):
        return found.filter(keeper__branch_id=member.branch_id, keeper__centre=member.centre)
    return found.filter(keeper=member)


def get_visible(member: Member, promise_id: int) -> Promise:
    found = visible(member).filter(pk=promise_id).first()
    if found is None:
        raise NotFound()
    return found


def listing(member: Member, state: str, *, mine: bool) -> QuerySet[Promise]:
    """Open ones by their hour, the others latest first."""
    found = visible(member)
    if mine:
        found = found.filter(keeper=member)
    if state == "open":
        return found.filter(state=Promise.State.OPEN).order_by("due_at", "pk")
    if state == "undone":  # broken, and not done yet
        return found.filter(state=Promise.State.BROKEN, kept_at=None).order_by("due_at", "pk")
    return found.filter(state=state).order_by("-due_at", "-pk")


def of_client(client_id: int, most: int = 6) -> list[Promise]:
    """What the client was promised and still waits for, then the latest others."""
    found = Promise.objects.filter(client_id=client_id).select_related("keeper", "case")
    waiting = list(found.filter(kept_at=None).order_by("due_at")[:most])
    return waiting + list(found.exclude(kept_at=None).order_by("-due_at")[: max(0, most - len(waiting))])


def of_case(case_ids: list[int]) -> list[Promise]:
    return list(
        Promise.objects.filter(case_id__in=case_ids)
        .select_related("keeper")
        .prefetch_related("moved")
        .order_by("due_at")
    )


def figures(member: Member, since: datetime) -> list[dict[str, Any]]:
    """For each keeper whom the member may see: made, kept, broken, moved since a moment; most broken first."""
    rows = (
        visible(member)
        .filter(made_at__gte=since)
        .order_by()
        .values("keeper_id")
        .annotate(
            made=Count("id"), kept=Count("id", filter=Q(state="kept")), broken=Count("id", filter=Q(state="broken")),
            open=Count("id", filter=Q(state="open")), changed=Count("id", filter=Q(moves__gt=0)),
        )
        .order_by("-broken", "-made")
    )  # fmt: skip
    found = list(rows[:200])
    names = Member.objects.in_bulk([row["keeper_id"] for row in found])
    return [
        {
            **row,
            "keeper": names[row["keeper_id"]],
            "share": row["kept"] / (row["kept"] + row["broken"]) if row["kept"] + row["broken"] else None,
        }
        for row in found
    ]
