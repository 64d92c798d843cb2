"""Corrective and preventive actions: from a case or a trend, open until a check shows that they work (W15, W20)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import AlreadyDone, NotFound
from maitian.desk.actions.common import active_member, lock, touch, write
from maitian.desk.errors import (
    CheckNoteMissing,
    ImprovementDueWrong,
    ImprovementIncomplete,
    MemberNotThere,
)
from maitian.desk.models import Cause, Complaint, EffectCheck, Entry, Improvement
from maitian.desk.rules.clocks import DAY, Policy, course
from maitian.staff.models import Branch, Centre, Member
from maitian.staff.notifications import notify


def _working_days_later(start: datetime, days: int) -> datetime:
    calendar = business_time.calendar("working_days")
    return course(calendar, start, Policy("", "working_days", DAY, days)).due


def _record(kind: str, item: Improvement, *, actor: str, at: datetime) -> None:
    ledger.record(
        kind, actor=actor, client_id=None, object_kind="improvement", object_id=item.pk, at=at,
        facts={"title": item.title, "team": item.team, "cause": item.cause.code if item.cause else ""},
    )  # fmt: skip


def _leads(branch_id: int, team: str) -> list[int]:
    active = Member.objects.filter(branch_id=branch_id, active=True)
    found = list(active.filter(role="team_lead", centre=team).values_list("pk", flat=True))
    return found or list(active.filter(role="branch_manager").values_list("pk", flat=True))


@transaction.atomic
def open_from_case(
    *, case_id: int, by: Member, title: str, kind: str = Improvement.Kind.CORRECTIVE, team: str = "", at: datetime | None = None
) -> Improvement:  # fmt: skip
    """A case shows that something must change: the department gets the form, and the case says so."""
    case = lock(case_id)
    now = at or timezone.now()
    if not title.strip() or kind not in Improvement.Kind.values:
        raise ImprovementIncomplete()
    complaint = Complaint.objects.filter(case=case).first()
    made = Improvement.objects.create(
        branch_id=case.branch_id, kind=kind, title=title.strip()[:120], case=case, cause=complaint.cause if complaint else None,
        team=team if team in Centre.values else (complaint.department if complaint else case.team), made_by=by.actor, made_at=now,
        due_at=_working_days_later(now, rulebook.at(now).desk.improvement.days),
    )  # fmt: skip
    made.next_at = made.due_at
    made.save(update_fields=["next_at"])
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "improvement", "title": made.title})
    touch(case, now)
    notify(
        set(_leads(case.branch_id, made.team)) - {by.pk},
        "desk.improve",
        facts={"title": made.title},
        url=f"/desk/improvements/{made.pk}/",
        at=now,
    )
    _record("improvement.opened", made, actor=by.actor, at=now)
    return made


@transaction.atomic
def plan(
    *, improvement_id: int, by: Member, root_cause: str, action: str, owner_id: int, due_at: datetime, at: datetime | None = None
) -> Improvement:  # fmt: skip
    """Root cause, action, who does it, by when."""
    item = _locked(improvement_id)
    now = at or timezone.now()
    if item.state == Improvement.State.EFFECTIVE:
        raise AlreadyDone(state=item.get_state_display())
    if not root_cause.strip() or not action.strip():
        raise ImprovementIncomplete()
    if due_at <= now:
        raise ImprovementDueWrong()
    owner = active_member(item.branch_id, owner_id)
    if owner is None:
        raise MemberNotThere("owner")
    item.root_cause, item.action, item.owner, item.due_at = root_cause.strip(), action.strip(), owner, due_at
    item.state, item.next_at, item.done_at, item.check_at = Improvement.State.PLANNED, due_at, None, None
    item.save()
    if owner.pk != by.pk:
        notify(
            [owner.pk],
            "desk.improve_yours",
            facts={"title": item.title},
            url=f"/desk/improvements/{item.pk}/",
            at=now,
        )
    _record("improvement.planned", item, actor=by.actor, at=now)
    return item


def _locked(improvement_id: int) -> Improvement:
    found = (
        Improvement.objects.select_for_update(of=("self",))
        .select_related("cause", "owner")
        .filter(pk=improvement_id)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def done(*, improvement_id: int, by: Member, note: str, at: datetime | None = None) -> Improvement:
    """The action was taken; after some days (rulebook) somebody looks whether it works."""
    item = _locked(improvement_id)
    now = at or timezone.now()
    if item.state != Improvement.State.PLANNED:
        raise AlreadyDone(state=item.get_state_display())
    if not note.strip():
        raise CheckNoteMissing()
    days = rulebook.at(now).desk.improvement.check_days
    item.state, item.done_at, item.done_note = Improvement.State.DONE, now, note.strip()
    item.check_at = item.next_at = now + timedelta(days=days)
    item.save(update_fields=["state", "done_at", "done_note", "check_at", "next_at"])
    _record("improvement.done", item, actor=by.actor, at=now)
    return item


@transaction.atomic
def check(
    *, improvement_id: int, by: Member, passed: bool, note: str, at: datetime | None = None
) -> Improvement:
    """Whether it works, with how many complaints of the same cause have come since. Passed closes it; failed sends
    it back to be planned anew."""
    item = _locked(improvement_id)
    now = at or timezone.now()
    if item.state != Improvement.State.DONE:
        raise AlreadyDone(state=item.get_state_display())
    if not note.strip():
        raise CheckNoteMissing()
    EffectCheck.objects.create(
        improvement=item, passed=passed, note=note.strip(), since=since_done(item), member=by, at=now
    )
    if passed:
        item.state, item.closed_at, item.next_at = Improvement.State.EFFECTIVE, now, None
    else:
        item.state, item.done_at, item.check_at = Improvement.State.OPEN, None, None
        item.due_at = item.next_at = _working_days_later(now, rulebook.at(now).desk.improvement.days)
        notify(
            _leads(item.branch_id, item.team),
            "desk.improve_again",
            facts={"title": item.title},
            url=f"/desk/improvements/{item.pk}/",
            at=now,
        )
    item.save()
    _record("improvement.effective" if passed else "improvement.failed", item, actor=by.actor, at=now)
    return item


def since_done(item: Improvement) -> int:
    """Complaints with the same cause that were opened after the action was taken."""
    if item.cause_id is None or item.done_at is None:
        return 0
    return Complaint.objects.filter(
        cause_id=item.cause_id, case__opened_at__gt=item.done_at, case__branch_id=item.branch_id
    ).count()


TRENDS = """
SELECT k.branch_id, c.cause_id, count(*), (array_agg(k.ref ORDER BY c.found_at DESC))[1:20], mode() WITHIN GROUP (ORDER BY c.department)
  FROM desk_complaint c JOIN desk_case k ON k.id = c.case_id
 WHERE c.found_at > %s AND c.found_at <= %s AND c.cause_id IS NOT NULL
   AND c.found_at > coalesce((SELECT max(i.closed_at) FROM desk_improvement i WHERE i.cause_id = c.cause_id AND i.branch_id = k.branch_id AND i.trend), '-infinity')
 GROUP BY 1, 2 HAVING count(*) >= %s
"""


@transaction.atomic
def find_trends(now: datetime | None = None) -> int:
    """The same cause so many times in so many days (rulebook): an action is opened by itself; returns how many.

    One open action of a cause at a time. After it was closed, only complaints found since then count.
    """
    moment = now or timezone.now()
    values = rulebook.at(moment).desk.trend
    with connection.cursor() as cursor:
        cursor.execute(TRENDS, [moment - timedelta(days=values.days), moment, values.times])
        rows = cursor.fetchall()
    made = 0
    for branch_id, cause_id, times, refs, team in rows:
        if (
            Improvement.objects.filter(branch_id=branch_id, cause_id=cause_id, trend=True)
            .exclude(state="effective")
            .exists()
        ):
            continue
        cause = Cause.objects.get(pk=cause_id)
        item = Improvement.objects.create(
            branch=Branch.objects.get(pk=branch_id), title=f"{values.days} 天内 {times} 件投诉同因：{cause.name}", cause=cause, trend=True,
            found={"times": times, "days": values.days, "refs": list(refs), "cause": cause.code}, team=team, made_by="system:trend", made_at=moment,
            due_at=_working_days_later(moment, rulebook.at(moment).desk.improvement.days),
        )  # fmt: skip
        item.next_at = item.due_at
        item.save(update_fields=["next_at"])
        told = set(_leads(branch_id, team)) | set(
            Member.objects.filter(branch_id=branch_id, active=True, role="compliance_officer").values_list(
                "pk", flat=True
            )
        )
        notify(told, "desk.trend", facts={"cause": cause.name, "cause_en": cause.name_en, "times": times, "days": values.days}, url=f"/desk/improvements/{item.pk}/", at=moment)  # fmt: skip
        _record("improvement.trend", item, actor="system:trend", at=moment)
        made += 1
    return made


@transaction.atomic
def remind(now: datetime | None = None) -> int:
    """Tell whoever is at it that an action is due, or that its effect is to be looked at; each once."""
    moment = now or timezone.now()
    rows = list(
        Improvement.objects.select_for_update(skip_locked=True, of=("self",)).filter(next_at__lte=moment)[
            :500
        ]
    )
    for item in rows:
        told = (
            {item.owner_id}
            if item.owner_id and item.state == Improvement.State.PLANNED
            else set(_leads(item.branch_id, item.team))
        )
        kind = "desk.improve_check" if item.state == Improvement.State.DONE else "desk.improve_due"
        notify(
            [m for m in told if m],
            kind,
            facts={"title": item.title},
            url=f"/desk/improvements/{item.pk}/",
            at=moment,
        )
        item.next_at = None
        item.save(update_fields=["next_at"])
    return len(rows)
