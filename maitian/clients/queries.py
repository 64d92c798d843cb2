"""Reading clients: one door per record, search by blind tokens, gaps in coverage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import OperationalError, connection, transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from maitian.clients import conditions
from maitian.clients.errors import ConditionsTooSlow
from maitian.clients.models import (
    Client,
    Coverage,
    FundAccount,
    LifeCycle,
    PortalAccess,
    Segment,
    SegmentVersion,
)
from maitian.core.errors import NotFound
from maitian.core.privacy import token
from maitian.staff.models import Member, Role

WHOLE_BRANCH = {"hotline_agent", "counter_clerk", "branch_manager", "compliance_officer"}


def visible_to(member: Member) -> QuerySet[Client]:
    """The records that a member may open: the only way to a client's page, list, file or API answer.

    Records that were merged into another one are not among them: they are read with that one.
    """
    everyone = Client.objects.filter(branch_id=member.branch_id, merged_into=None)
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


def get_visible(member: Member, client_id: int, *, only: Sequence[str] = ()) -> Client:
    """The client, or :class:`NotFound` when there is none or it is not the member's.

    A record that was merged leads to the one it was merged into, so compare ``pk`` where an address must change.
    ``only``: the columns that are needed (``manager__active``), where a request asks for no more; without, everything
    with the personal data and the manager.
    """
    everyone = visible_to(member)
    reached = (
        everyone.select_related("manager").only(*only)
        if only
        else everyone.select_related("person", "manager")
    )
    # Unordered: one row at most, and an order costs a third of the time that such a query takes to be built.
    for pk in (client_id, None):
        found = next(iter(reached.filter(pk=pk or survivor_of(client_id))), None)
        if found is not None:
            return found
    raise NotFound()


def survivor_of(client_id: int) -> int:
    """The record that a record was merged into, or itself."""
    into = Client.objects.filter(pk=client_id).values_list("merged_into_id", flat=True).first()
    return into or client_id


def record_ids(client_id: int) -> list[int]:
    """A record and those that were merged into it: what never moves (ledger, messages, verdicts) is read by all of them."""
    absorbed = Client.objects.filter(merged_into_id=client_id).order_by("pk").values_list("pk", flat=True)
    return [client_id, *absorbed]


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
    """Not closed, and without a manager who is here and still an account manager (G10)."""
    # Read first: a few hundred ids let the database use the index on managers instead of every client.
    others = Member.objects.exclude(active=True, role=Role.ACCOUNT_MANAGER).values_list("pk", flat=True)
    return ~Q(state=LifeCycle.CLOSED) & (Q(manager__isnull=True) | Q(manager__in=list(others)))


def gaps(member: Member) -> QuerySet[Client]:
    """Clients who have nobody, among those the member may see."""
    return visible_to(member).filter(gap_filter()).select_related("person", "manager")


def adviser_gaps(member: Member, ranks: Iterable[int]) -> QuerySet[Client]:
    """Clients whose level (one of ``ranks``) promises an adviser of their own and who have none that is still here (G7)."""
    advised = Coverage.objects.filter(
        client=OuterRef("pk"),
        kind=Coverage.Kind.ADVISER,
        until=None,
        member__active=True,
        member__role=Role.ADVISER,
    )
    return (
        visible_to(member)
        .exclude(state=LifeCycle.CLOSED)
        .filter(level_rank__in=list(ranks))
        .filter(~Exists(advised))
        .select_related("person", "manager")
    )


def count_covered(covering: Member) -> int:
    """How many clients, not closed, have this member as their manager or adviser."""
    advised = Coverage.objects.filter(member=covering, kind=Coverage.Kind.ADVISER, until=None)
    mine = Q(manager=covering) | Q(pk__in=advised.values("client_id"))
    return Client.objects.filter(mine, merged_into=None).exclude(state=LifeCycle.CLOSED).count()


def account_managers(member: Member) -> QuerySet[Member]:
    """Active account managers to whom clients can be given."""
    found = Member.objects.filter(branch_id=member.branch_id, role="account_manager", active=True)
    if member.role == "team_lead":
        found = found.filter(outlet_id=member.outlet_id)  # type: ignore[misc]
    return found.order_by("name", "pk")


def advisers(member: Member) -> QuerySet[Member]:
    """Active advisers with a licence number, to whom clients can be given (G7)."""
    return (
        Member.objects.filter(branch_id=member.branch_id, role="adviser", active=True)
        .exclude(licence_number="")
        .order_by("name", "pk")
    )


def portal_account(number: str) -> tuple[int, PortalAccess] | None:
    """``(client, access)`` of a fund account, for the portal's sign-in.

    An account that came with a merged record opens with that record's own password, and leads to the survivor.
    """
    account = (
        FundAccount.objects.select_related("client")
        .filter(number=number, closed_on=None)
        .exclude(client__state=LifeCycle.CLOSED)
        .first()
    )
    if account is None:
        return None
    owners = [owner for owner in (account.merged_from, account.client_id) if owner is not None]
    found = {access.pk: access for access in PortalAccess.objects.filter(pk__in=owners)}
    access = next((found[owner] for owner in owners if owner in found), None)
    return (account.client_id, access) if access is not None else None


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


def matching(among: QuerySet[Client], tree: conditions.Tree) -> QuerySet[Client]:
    """Those of ``among`` that meet a checked tree of conditions."""
    sql, parameters = conditions.compile_tree(tree, alias=Client._meta.db_table)
    text, values = conditions.positional(sql, parameters)
    return among.filter(RawSQL(text, values, BooleanField()))  # noqa: S611 - values are bound, never in the text


def countable_by(member: Member) -> QuerySet[Client]:
    """Among whom a member may count: the records he may open; for editors, who open none, the whole branch."""
    if member.may("clients.view"):
        return visible_to(member)
    return Client.objects.filter(branch_id=member.branch_id, merged_into=None)


COUNT_SECONDS = 5


def count_matching(member: Member, tree: conditions.Tree) -> int:
    """How many clients the member counts for a tree; refused when the database takes too long over it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(COUNT_SECONDS * 1000)])
            found = matching(countable_by(member), tree).count()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise ConditionsTooSlow(seconds=COUNT_SECONDS) from None
        raise
    return found


def segments() -> QuerySet[Segment]:
    """Saved segments in use, by name."""
    return Segment.objects.filter(retired_at=None).order_by("name")


def get_segment(segment_id: int) -> Segment:
    found = segments().filter(pk=segment_id).first()
    if found is None:
        raise NotFound()
    return found


def segment_version(segment_id: int, number: int) -> conditions.Tree:
    """The conditions of one version, of a retired segment, too: what was done with them can be explained."""
    found = SegmentVersion.objects.filter(segment_id=segment_id, number=number).first()
    if found is None:
        raise NotFound()
    return dict(found.conditions)
