"""Who works on a case, who answers for it, who watches, who keeps out of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.desk.actions.common import active_member, lock, record, touch, write
from maitian.desk.actions.talking import refuse_named, take_on
from maitian.desk.errors import (
    AlreadyTaken,
    HandOverNotYours,
    HandOverReasonMissing,
    MemberNotThere,
    NamedCannotHandle,
)
from maitian.desk.models import Case, Entry, Named, Watch
from maitian.staff.models import Centre, Member
from maitian.staff.notifications import notify


def _told(case: Case) -> dict[str, Any]:
    return {"ref": case.ref, "kind": case.kind.name, "kind_en": case.kind.name_en}


@transaction.atomic
def take(*, case_id: int, by: Member, at: datetime | None = None) -> Case:
    """Take a case that nobody works on. Two people at once: the second is told who was first."""
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    if case.owner_id == by.pk:
        return case
    if case.owner is not None:
        raise AlreadyTaken(name=case.owner.title)
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "owner", "before": None, "after": by.pk},
    )
    touch(case, now, **{"owner": by, **take_on(case, by)})
    record("case.taken", case, actor=by.actor, at=now)
    return case


@transaction.atomic
def assign(
    *, case_id: int, by: Member, member_id: int | None, team: str = "", reason: str = "", at: datetime | None = None
) -> Case:  # fmt: skip
    """Give the work to somebody, or to a team's queue. Who answers for the case does not change (G16)."""
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    owner = active_member(case.branch_id, member_id)
    if member_id is not None and owner is None:
        raise MemberNotThere()
    if owner is not None:
        _refuse_avoided(case, owner)
    wanted = team or (owner.centre if owner else case.team)
    if wanted not in Centre.values:
        raise MemberNotThere("team")
    before = (case.team, case.owner_id)
    if before == (wanted, member_id):
        return case
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
          facts={"what": "owner", "before": before[1], "after": member_id, "team": wanted, "reason": reason.strip()[:200]})  # fmt: skip
    touch(case, now, team=wanted, owner=owner)
    if owner is not None and owner.pk != by.pk:
        notify([owner.pk], "desk.assigned", facts=_told(case), url=f"/desk/{case.ref}/", at=now)
    record("case.assigned", case, actor=by.actor, at=now, team=wanted, owner=member_id)
    return case


def _refuse_avoided(case: Case, member: Member) -> None:
    if Named.objects.filter(case=case, member=member).exists():
        raise NamedCannotHandle(name=member.title)


@transaction.atomic
def hand_over(*, case_id: int, by: Member, member_id: int, reason: str, at: datetime | None = None) -> Case:
    """Hand over who answers for a case until its definite result: by himself or a lead, with a reason (G16)."""
    case = lock(case_id)
    now = at or timezone.now()
    if by.pk != case.responsible_id and not by.may("desk.lead"):
        raise HandOverNotYours()
    if not reason.strip():
        raise HandOverReasonMissing()
    member = active_member(case.branch_id, member_id)
    if member is None:
        raise MemberNotThere()
    _refuse_avoided(case, member)
    if member.pk == case.responsible_id:
        return case
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
          facts={"what": "responsible", "before": case.responsible_id, "after": member.pk, "reason": reason.strip()[:200]})  # fmt: skip
    before = case.responsible_id
    touch(case, now, responsible=member)
    notify({member.pk, *([before] if before else [])} - {by.pk}, "desk.handed_over", facts={**_told(case), "name": member.name},
           url=f"/desk/{case.ref}/", at=now)  # fmt: skip
    record("case.handed_over", case, actor=by.actor, at=now, before=before, after=member.pk, name=member.name)
    return case


@transaction.atomic
def watch(*, case_id: int, member: Member, on: bool = True, at: datetime | None = None) -> None:
    """Be told about a case, or no longer. One's own affair: no ledger row, no word to others."""
    case = lock(case_id)
    refuse_named(case, member)
    if on:
        Watch.objects.get_or_create(case=case, member=member, defaults={"at": at or timezone.now()})
    else:
        Watch.objects.filter(case=case, member=member).delete()


@transaction.atomic
def name_member(
    *, case_id: int, by: Member, member_id: int, on: bool = True, at: datetime | None = None
) -> None:  # fmt: skip
    """Say that a case is about a member: he neither handles nor sees it from now on (回避).

    If he owned it or answered for it, it goes back to the team's queue and to nobody's responsibility.
    """
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    member = Member.objects.filter(pk=member_id, branch_id=case.branch_id).first()
    if member is None:
        raise MemberNotThere()
    if on:
        _row, changed = Named.objects.get_or_create(
            case=case, member=member, defaults={"at": now, "actor": by.actor}
        )
    else:
        changed = bool(Named.objects.filter(case=case, member=member).delete()[0])
    if not changed:
        return
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "named", "member": member.pk, "on": on},
    )
    away: dict[str, Any] = {}
    if on and case.owner_id == member.pk:
        away["owner"] = None
    if on and case.responsible_id == member.pk:
        away["responsible"] = None
    if on:
        Watch.objects.filter(case=case, member=member).delete()
    touch(case, now, **away)
    record(
        "case.avoidance" if on else "case.avoidance_lifted", case, actor=by.actor, at=now, member=member.pk
    )


@transaction.atomic
def give_back(*, member_id: int, actor: str, at: datetime | None = None) -> int:
    """Somebody left: open cases that he worked on or answered for go back to their team's queue; returns how many."""
    now = at or timezone.now()
    open_cases = Case.objects.filter(is_open=True)
    found = [
        *open_cases.filter(owner_id=member_id).values_list("pk", flat=True),
        *open_cases.filter(responsible_id=member_id).values_list("pk", flat=True),
    ]
    count = 0
    for case_id in sorted(set(found)):
        case = lock(case_id)
        changes: dict[str, Any] = {}
        if case.owner_id == member_id:
            changes["owner"] = None
        if case.responsible_id == member_id:
            changes["responsible"] = None
        if not changes:
            continue
        write(case, Entry.Kind.SYSTEM, actor=actor, at=now,
              facts={"what": "owner", "before": member_id, "after": None, "team": case.team})  # fmt: skip
        touch(case, now, **changes)
        record("case.given_back", case, actor=actor, at=now, before=member_id)
        count += 1
    return count
