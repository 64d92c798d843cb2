"""Which cases a member may see. One place says it; lists, pages, the API, files and live streams ask here."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection

from maitian.core.errors import NotFound
from maitian.desk.models import Case
from maitian.staff.models import Member

REF = re.compile(r"[Cc]-(\d{8})-(\d{4,8})")
WHOLE_BRANCH = frozenset({"branch_manager", "compliance_officer"})
TEAM = frozenset({"hotline_agent", "counter_clerk", "team_lead"})

Condition = tuple[str, list[Any]]

NOT_NAMED = "NOT EXISTS (SELECT 1 FROM desk_named n WHERE n.case_id = c.id AND n.member_id = %s)"


def own(member: Member) -> list[Condition]:
    """Cases that a member works on, answers for, or watches."""
    return [
        ("c.owner_id = %s", [member.pk]),
        ("c.responsible_id = %s", [member.pk]),
        ("c.id = ANY(ARRAY(SELECT w.case_id FROM desk_watch w WHERE w.member_id = %s))", [member.pk]),
    ]


# Whose cases go by their clients: where these stand, the client's column, the condition.
CLIENTS_OF = {
    "account_manager": ("clients_client k", "k.id", "k.manager_id = %s"),
    "adviser": ("clients_coverage v", "v.client_id", "v.member_id = %s AND v.kind = 'adviser' AND v.until IS NULL"),
}  # fmt: skip


def scopes(member: Member, *, each: bool = False) -> list[Condition]:
    """SQL conditions over ``desk_case c``; a case is the member's to see if any of them holds.

    ``each``: written for looking at one case after the other; otherwise for reading a list by an index.

    They stay apart on purpose: each has an index of its own, and a list reads the top of each and merges them. One
    OR over all of them would make the database walk everything.

    Branch manager and compliance: the whole branch. Agents, clerks, team leads: their centre's. Account managers and
    advisers: their clients'. Everybody: what they work on, answer for or watch. Nobody: a case that names him.
    """
    branch: Condition = ("c.branch_id = %s", [member.branch_id])
    if member.role in WHOLE_BRANCH:
        return [branch]
    if member.role in TEAM:
        found: list[Condition] = [("c.team = %s AND c.branch_id = %s", [member.centre, member.branch_id])]
        return found + own(member)
    if member.role in CLIENTS_OF:
        table, client, condition = CLIENTS_OF[member.role]
        theirs = (
            f"EXISTS (SELECT 1 FROM {table} WHERE {client} = c.client_id AND {condition})" if each
            else f"c.client_id = ANY(ARRAY(SELECT {client} FROM {table} WHERE {condition}))"
        )  # fmt: skip
        return [(theirs, [member.pk]), *own(member)]
    return []


def can_see(member: Member, case_id: int) -> bool:
    """Whether a member may see a case."""
    found = scopes(member, each=True)
    if not found:
        return False
    either = " OR ".join(f"({sql})" for sql, _params in found)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM desk_case c WHERE c.id = %s AND ({either}) AND {NOT_NAMED}",
            [case_id, *[p for _sql, params in found for p in params], member.pk],
        )
        return cursor.fetchone() is not None


def visible_refs(member: Member, refs: list[str]) -> set[str]:
    """Those of the cases that the member may see."""
    found = scopes(member, each=True)
    if not found or not refs:
        return set()
    either = " OR ".join(f"({sql})" for sql, _params in found)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.ref FROM desk_case c WHERE c.ref = ANY(%s) AND ({either}) AND {NOT_NAMED}",
            [refs, *[p for _sql, params in found for p in params], member.pk],
        )
        return {row[0] for row in cursor.fetchall()}


def get_visible(member: Member, ref: str) -> Case:
    """The case, or :class:`NotFound` when there is none or it is not the member's to see."""
    case = find(ref)
    if case is None or not can_see(member, case.pk):
        raise NotFound()
    return case


def find(ref: str) -> Case | None:
    """A case by its number, as people write it; no access is checked here."""
    found = REF.fullmatch(ref.strip())
    if found is None:
        return None
    return (
        Case.objects.select_related("kind", "client__person", "client__manager", "owner", "responsible", "merged_into", "parent")
        .filter(ref=f"C-{found[1]}-{found[2]}")
        .first()
    )  # fmt: skip
