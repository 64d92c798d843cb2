"""Rules of routing: their list is proposed by one person and put into force by another; cases stay where they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from maitian.core import ledger
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.desk import catalog
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
from maitian.staff.access import PERMISSIONS
from maitian.staff.models import Centre, Member
from maitian.staff.notifications import notify
from maitian.staff.queries import actor_names

LOCK = 7236292  # advisory lock: changes of the rules come one after the other
State = RouteVersion.State


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


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
    _one_at_a_time()
    now = at or timezone.now()
    current = in_force(book)
    if current.number != base:
        raise RoutesOvertaken(base=base, now=current.number)
    for waiting in RouteVersion.objects.select_for_update().filter(book=book, state=State.PROPOSED):
        if waiting.maker != by.actor:
            raise RoutesProposalOpen(
                name=actor_names({waiting.maker}).get(waiting.maker, ""), number=waiting.number
            )
        _close(waiting, State.WITHDRAWN, "")
    tidied = tidy(definition, book)
    _refuse_faults(tidied, by, book)
    if not rules.differences(current.definition, tidied):
        raise RoutesUnchanged()
    last = RouteVersion.objects.filter(book=book).order_by("-number").values_list("number", flat=True)[0]
    made = RouteVersion.objects.create(
        book=book, number=last + 1, base=base, definition=tidied, note=note.strip()[:300], maker=by.actor, made_at=now
    )  # fmt: skip
    _tell_checkers(made)
    _record("routes.proposed", made, actor=by.actor, at=now, definition=tidied)
    return made


@transaction.atomic
def approve(*, version_id: int, by: Member, at: datetime | None = None) -> RouteVersion:
    """Put a proposed list into force. Cases that were sent already stay where they are; new ones go by this list."""
    _one_at_a_time()
    version = _open(version_id)
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
    version.state, version.checker, version.checked_at = State.APPROVED, by.actor, now
    version.save(update_fields=["state", "checker", "checked_at"])
    _tell_maker(version, "desk.routes_approved")
    _record("routes.approved", version, actor=by.actor, at=now)
    return version


@transaction.atomic
def refuse(*, version_id: int, by: Member, reason: str) -> RouteVersion:
    """Send a proposal back with a reason."""
    _one_at_a_time()
    version = _open(version_id)
    if not reason.strip():
        raise RouteRefusalReasonMissing()
    version.reason = reason.strip()[:300]
    _close(version, State.REFUSED, by.actor)
    _tell_maker(version, "desk.routes_refused")
    _record("routes.refused", version, actor=by.actor, reason=version.reason)
    return version


@transaction.atomic
def withdraw(*, version_id: int, by: Member) -> RouteVersion:
    """The maker takes the proposal back."""
    _one_at_a_time()
    version = _open(version_id)
    if version.maker != by.actor:
        raise NotFound()
    _close(version, State.WITHDRAWN, "")
    _record("routes.withdrawn", version, actor=by.actor)
    return version


def _close(version: RouteVersion, state: str, checker: str) -> None:
    version.state, version.checker, version.checked_at = state, checker, timezone.now()
    version.save(update_fields=["state", "checker", "checked_at", "reason"])


def _open(version_id: int) -> RouteVersion:
    version = RouteVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise NotFound()
    if version.state != State.PROPOSED:
        raise AlreadyDone(state=version.get_state_display())
    return version


def _facts(version: RouteVersion) -> dict[str, Any]:
    return {"version": version.number, "count": len(version.definition["rules"])}


def _record(
    kind: str, version: RouteVersion, *, actor: str, at: datetime | None = None, **facts: Any
) -> None:
    ledger.record(
        kind, actor=actor, object_kind="routes", object_id=version.book, at=at or timezone.now(),
        facts={**_facts(version), **facts},
    )  # fmt: skip


def _tell_checkers(version: RouteVersion) -> None:
    """Ring the bell of those who may approve it."""
    roles = [role for role, permissions in PERMISSIONS.items() if "desk.approve" in permissions]
    checkers = Member.objects.filter(role__in=roles, active=True).values_list("pk", flat=True)
    notify(
        (pk for pk in checkers if version.maker != f"member:{pk}"), "desk.routes_proposed", facts=_facts(version),
        url=reverse("desk:route_version", args=[version.pk]),
    )  # fmt: skip


def _tell_maker(version: RouteVersion, what: str) -> None:
    if version.maker.startswith("member:"):
        notify([int(version.maker[7:])], what, facts=_facts(version), url=reverse("desk:route_version", args=[version.pk]))  # fmt: skip
