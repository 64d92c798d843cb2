"""Rules of routing: their list is proposed by one person and put into force by another; cases stay where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.core.errors import NotFound, SameMakerAndChecker
from maitian.desk import catalog
from maitian.desk.actions.proposals import Proposals
from maitian.desk.errors import (
    RouteRefusalReasonMissing,
    RoutesOvertaken,
    RoutesProposalOpen,
    RoutesUnchanged,
    RoutesWrong,
)
from maitian.desk.models import CaseChannel, ComplaintKind, Route, RouteVersion, Severity
from maitian.desk.queries import colleagues
from maitian.desk.route_words import told
from maitian.desk.rules import routes as rules
from maitian.offerings.queries import levels
from maitian.staff.models import Centre, Member

State = RouteVersion.State
versions = Proposals(
    model=RouteVersion, lock=7236292, object_kind="routes", object_id=lambda version: version.book, said="routes",
    rung="desk.routes", page="desk:route_version", reason_missing=RouteRefusalReasonMissing, another_waits=RoutesProposalOpen,
    facts=lambda version: {"version": version.number, "count": len(version.definition["rules"])},
)  # fmt: skip


def known_for(by: Member, book: str = "brokerage") -> rules.Known:
    """What a list is judged against, as it is now; who works where is counted in the branch of ``by``."""
    kinds = [kind for kind in catalog.kinds().values() if kind.book == book]
    working = list(colleagues.at_the_desk(by).values_list("pk", "centre"))
    return rules.Known(
        kinds={kind.code: (kind.name, kind.name_en, kind.active) for kind in kinds},
        complaints=frozenset(kind.code for kind in kinds if kind.complaint),
        staffed={centre: sum(theirs == centre for _pk, theirs in working) for centre in Centre.values},
        colleagues=frozenset(pk for pk, _centre in working), channels=frozenset(CaseChannel.values),
        levels=frozenset({0, *(level.rank for level in levels(active_only=False))}),
        complaint_kinds=frozenset(ComplaintKind.values), severities=frozenset(Severity.values),
    )  # fmt: skip


def in_force(book: str = "brokerage") -> RouteVersion:
    """The version by which cases are sent now."""
    found = RouteVersion.objects.filter(book=book, state=State.APPROVED).order_by("-number").first()
    if found is None:
        raise NotFound()
    return found


def tidy(definition: Mapping[str, Any], book: str = "brokerage") -> dict[str, Any]:
    """A list in its stored form; new rules get keys that no rule ever had."""
    return rules.tidy(
        {**definition, "taken": list(Route.objects.filter(book=book).values_list("key", flat=True))}
    )


def _refuse_faults(definition: Mapping[str, Any], by: Member, book: str) -> None:
    listed = [(fault.place, *told(fault)) for fault in rules.faults(definition, known_for(by, book))]
    if listed:
        raise RoutesWrong(
            field=listed[0][0], count=len(listed), faults=listed, list="；".join(zh for _place, zh, _en in listed),
            list_en="; ".join(en for _place, _zh, en in listed),
        )  # fmt: skip


@transaction.atomic
def propose(
    *, definition: Mapping[str, Any], base: int, by: Member, note: str = "", book: str = "brokerage", at: datetime | None = None
) -> RouteVersion:  # fmt: skip
    """Propose the whole list of rules as it is to be from now on; in force when another person approves it.

    ``base`` is the version that it was made from. One's own waiting proposal is replaced. Raises :class:`RoutesWrong`
    with every fault, :class:`RoutesOvertaken`, :class:`RoutesProposalOpen`, :class:`RoutesUnchanged`.
    """
    versions.one_at_a_time()
    now = at or timezone.now()
    current = in_force(book)
    if current.number != base:
        raise RoutesOvertaken(base=base, now=current.number)
    versions.make_room(by, book=book)
    tidied = tidy(definition, book)
    _refuse_faults(tidied, by, book)
    if not rules.differences(current.definition, tidied):
        raise RoutesUnchanged()
    last = RouteVersion.objects.filter(book=book).order_by("-number").values_list("number", flat=True)[0]
    made = RouteVersion.objects.create(
        book=book, number=last + 1, base=base, definition=tidied, note=note.strip()[:300], maker=by.actor, made_at=now
    )  # fmt: skip
    versions.proposed(made, by, now)
    return made


@transaction.atomic
def approve(*, version_id: int, by: Member, at: datetime | None = None) -> RouteVersion:
    """Put a proposed list into force. Cases that were sent already stay where they are; new ones go by this list."""
    versions.one_at_a_time()
    version = versions.waiting(version_id)
    if version.maker == by.actor:
        raise SameMakerAndChecker()
    current = in_force(version.book)
    if current.number != version.base:
        raise RoutesOvertaken(base=version.base, now=current.number)
    _refuse_faults(version.definition, by, version.book)  # what was true may have changed
    now = at or timezone.now()
    rows = {row.key: row for row in Route.objects.select_for_update().filter(book=version.book)}
    # By the clock of today whatever ``at`` says: every process sees by it that something changed (``catalog``).
    changed = {"version": version.number, "changed_by": version.maker, "changed_at": timezone.now()}
    for place, rule in enumerate(version.definition["rules"], 1):
        row = rows.pop(rule["key"], None) or Route(book=version.book, key=rule["key"])
        given = {name: rule[name] for name in (*rules.LONGEST, "conditions", "team", "owner", "priority")}
        for name, value in {**given, **changed, "position": place * 10, "active": True}.items():
            setattr(row, name, value)
        row.save()
    for row in rows.values():
        if row.active:
            row.active, row.version = False, version.number
            row.changed_by, row.changed_at = version.maker, timezone.now()
            row.save()
    versions.approved(version, by, now)
    return version


@transaction.atomic
def refuse(*, version_id: int, by: Member, reason: str) -> RouteVersion:
    """Send a proposal back with a reason."""
    return versions.refuse(version_id, by, reason)


@transaction.atomic
def withdraw(*, version_id: int, by: Member) -> RouteVersion:
    """The maker takes the proposal back."""
    return versions.withdraw(version_id, by)
