"""Reading clients: one door per record, search by blind tokens, gaps in coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from maitian.clients.models import Client, ClientTag, Coverage, Holding, LifeCycle, Security
from maitian.core.errors import NotFound
from maitian.core.privacy import token
from maitian.staff.models import Member

WHOLE_BRANCH = {"hotline_agent", "counter_clerk", "branch_manager", "compliance_officer"}


def visible_to(member: Member) -> QuerySet[Client]:
    """The records that a member may open: the only way to a client's page, list, file or API answer."""
    everyone = Client.objects.filter(branch_id=member.branch_id)
    if member.role in WHOLE_BRANCH:
        return everyone
    if member.role == "account_manager":
        return everyone.filter(manager=member)
    if member.role == "adviser":
        covered = Coverage.objects.filter(member=member, kind="adviser", until=None).values("client_id")
        return everyone.filter(pk__in=covered)
    if member.role == "team_lead":
        return everyone.filter(outlet_id=member.outlet_id)  # type: ignore[misc]
    return everyone.none()


def get_visible(member: Member, client_id: int) -> Client:
    """The client, or :class:`NotFound` when there is none or it is not the member's."""
    found = visible_to(member).select_related("person", "manager").filter(pk=client_id).first()
    if found is None:
        raise NotFound()
    return found


def search(member: Member, text: str, limit: int = 20) -> list[Client]:
    """Clients by part of the name, pinyin initials, pinyin, account, phone or its last four; newest first."""
    if len(text.strip()) < 2 or len(text) > 60:
        return []
    return list(
        visible_to(member)
        .select_related("person", "manager")
        .filter(person__search_tokens__contains=[token(text)])
        .order_by("-assets", "pk")[: min(limit, 50)]
    )


def gap_filter() -> Q:
    """Not closed, and without an active manager (G10)."""
    return ~Q(state=LifeCycle.CLOSED) & (Q(manager__isnull=True) | Q(manager__active=False))


def gaps(member: Member) -> QuerySet[Client]:
    """Clients who have nobody, among those the member may see."""
    return visible_to(member).filter(gap_filter()).select_related("person", "manager")


def account_managers(member: Member) -> QuerySet[Member]:
    """Active account managers to whom clients can be given."""
    found = Member.objects.filter(branch_id=member.branch_id, role="account_manager", active=True)
    if member.role == "team_lead":
        found = found.filter(outlet_id=member.outlet_id)  # type: ignore[misc]
    return found.order_by("name", "pk")


def client_of_account(number: str) -> int | None:
    """The client behind a fund account, for the portal's sign-in."""
    return (
        Client.objects.filter(accounts__number=number, accounts__closed_on=None)
        .exclude(state=LifeCycle.CLOSED)
        .values_list("pk", flat=True)
        .first()
    )


def filtered(member: Member, filters: dict[str, Any]) -> QuerySet[Client]:
    """The list of clients: ``level`` (rank), ``state``, ``text``; newest contact never decides the order."""
    found = visible_to(member).select_related("person", "manager")
    if filters.get("level", "").isdigit():
        found = found.filter(level_rank=int(filters["level"]))
    if filters.get("state") in LifeCycle.values:
        found = found.filter(state=filters["state"])
    text = filters.get("q", "").strip()
    if text:
        found = found.filter(person__search_tokens__contains=[token(text)])
    return found.order_by("pk")


CONDITIONS = ("level", "state", "risk", "assets", "holds", "tag", "birthday")


def segment(member: Member, conditions: Mapping[str, str]) -> QuerySet[Client]:
    """Visible clients that meet every condition given: level rank, state, risk class, least assets in CNY, a
    security or industry held, a tag, the month of birth. Values that mean nothing are left out."""
    found = visible_to(member).select_related("person", "manager")
    wanted = {name: conditions.get(name, "").strip() for name in CONDITIONS}
    for name, field in (
        ("level", "level_rank"),
        ("risk", "risk_class"),
        ("birthday", "person__birthday__month"),
    ):
        if wanted[name].isdigit():
            found = found.filter(**{field: int(wanted[name])})
    if wanted["state"] in LifeCycle.values:
        found = found.filter(state=wanted["state"])
    if wanted["assets"].isdigit():
        found = found.filter(assets__gte=int(wanted["assets"]))
    if wanted["holds"]:
        symbols = Security.objects.filter(Q(symbol=wanted["holds"]) | Q(industry=wanted["holds"])).values(
            "symbol"
        )
        found = found.filter(
            pk__in=Holding.objects.filter(symbol__in=symbols, quantity__gt=0).values("client_id")
        )
    if wanted["tag"]:
        found = found.filter(pk__in=ClientTag.objects.filter(tag__name=wanted["tag"]).values("client_id"))
    return found.order_by("pk")
