"""Cases that belong together: merging and its undoing, splitting, links, parents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from maitian.core.errors import NotFound
from maitian.desk.actions import clocks
from maitian.desk.actions.common import index, lock, record, touch, write
from maitian.desk.actions.opening import Opened, open_case
from maitian.desk.actions.talking import refuse_named
from maitian.desk.errors import (
    LinkToItself,
    MergeIntoItself,
    MergeOfTwoClients,
    MergeTooLate,
    ParentCircular,
)
from maitian.desk.models import Case, CaseTag, Entry, Link, Merge, Watch
from maitian.desk.queries.base import family, survivor_of
from maitian.desk.rules.states import State
from maitian.staff.models import Member


def lock_in_order(ids: Sequence[int]) -> None:
    """Lock several cases in the order of their ids, so that two merges never wait for each other in a circle."""
    list(Case.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk"))


@transaction.atomic
def merge(*, case_id: int, survivor_id: int, by: Member, at: datetime | None = None) -> Case:
    """``case`` becomes part of ``survivor``: its entries are read there, its address leads there, its clocks stop.

    Refused into itself (also by a detour) and between two clients. :func:`unmerge` puts everything back.
    """
    lock_in_order([case_id, survivor_id])
    case = lock(case_id)
    target = Case.objects.filter(pk=survivor_id).first()
    if target is None:
        raise NotFound()
    target = survivor_of(target)
    if target.pk == case.pk:
        raise MergeIntoItself(ref=case.ref)
    survivor = lock(target.pk)
    for one in (case, survivor):
        refuse_named(one, by)
    if case.client_id != survivor.client_id:
        raise MergeOfTwoClients(ref=case.ref, survivor=survivor.ref)
    now = at or timezone.now()
    stopped = clocks.cancel(case, now)
    kept = {
        "clocks": [clock.pk for clock in stopped],
        "watchers": _bring(Watch, "member_id", case, survivor),
        "tags": _bring(CaseTag, "tag_id", case, survivor),
    }
    Merge.objects.create(
        case=case, survivor=survivor, state_before=case.state, kept=kept, actor=by.actor, at=now
    )
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "merged", "into": survivor.ref})
    write(survivor, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "merged_here", "ref": case.ref})
    touch(case, now, state=State.MERGED, merged_into=survivor)
    touch(survivor, max(now, survivor.last_entry_at))
    _share_words(case.pk, survivor.pk)
    record("case.merged", case, actor=by.actor, at=now, survivor=survivor.ref)
    return survivor


def _bring(model: type[Watch] | type[CaseTag], column: str, case: Case, survivor: Case) -> list[int]:
    """Rows of the case that the survivor does not have yet, copied; returns what was copied."""
    there = set(model.objects.filter(case=survivor).values_list(column, flat=True))
    rows = [row for row in model.objects.filter(case=case) if getattr(row, column) not in there]
    for row in rows:
        row.case_id = survivor.pk
    model.objects.bulk_create(rows)  # type: ignore[arg-type]
    return [getattr(row, column) for row in rows]


def _share_words(case_id: int, survivor_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE desk_casetext s SET search = s.search || c.search FROM desk_casetext c WHERE s.case_id = %s AND c.case_id = %s",
            [survivor_id, case_id],
        )


@transaction.atomic
def unmerge(*, case_id: int, by: Member, at: datetime | None = None) -> Case:
    """Undo a merge: state, clocks, tags and watchers are what they were; clocks as if they had never stopped."""
    merge_row = Merge.objects.select_for_update(of=("self",)).filter(case_id=case_id, undone_at=None).first()
    if merge_row is None:
        found = Case.objects.filter(pk=case_id).first()
        if found is None:
            raise NotFound()
        raise MergeTooLate(ref=found.ref)
    lock_in_order([case_id, merge_row.survivor_id])
    case = Case.objects.select_related("kind", "client").get(pk=case_id)
    survivor = Case.objects.select_related("kind", "client").get(pk=merge_row.survivor_id)
    refuse_named(survivor, by)
    now = at or timezone.now()
    case.merged_into, case.state = None, merge_row.state_before
    case.save(update_fields=["merged_into", "state"])
    clocks.revive(case, merge_row.kept.get("clocks", []), now)
    Watch.objects.filter(case=survivor, member_id__in=merge_row.kept.get("watchers", [])).delete()
    CaseTag.objects.filter(case=survivor, tag_id__in=merge_row.kept.get("tags", [])).delete()
    merge_row.undone_at, merge_row.undone_by = now, by.actor
    merge_row.save(update_fields=["undone_at", "undone_by"])
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "unmerged", "from": survivor.ref})
    write(
        survivor, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "unmerged_here", "ref": case.ref}
    )
    touch(case, now)
    touch(survivor, now)
    index_again(survivor)
    record("case.unmerged", case, actor=by.actor, at=now, survivor=survivor.ref)
    return case


def index_again(case: Case) -> None:
    """Rebuild the words of a case from what is written in it and in those merged into it."""
    ids = family(case.pk)
    texts = list(Entry.objects.filter(case_id__in=ids).exclude(kind="system").values_list("body", flat=True))
    texts += list(Case.objects.filter(pk__in=ids).values_list("subject", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE desk_casetext SET search = ''::tsvector WHERE case_id = %s", [case.pk])
    index(case.pk, texts)


@transaction.atomic
def split(*, entry_id: int, by: Member, kind: str, subject: str = "", at: datetime | None = None) -> Opened:
    """An entry that is a concern of its own becomes a case of its own; the entry stays where it was written."""
    entry = Entry.objects.select_related("case").filter(pk=entry_id).exclude(kind=Entry.Kind.SYSTEM).first()
    if entry is None:
        raise NotFound()
    case = lock(survivor_of(entry.case).pk)
    refuse_named(case, by)
    now = at or timezone.now()
    made = open_case(
        kind=kind, branch=case.branch, client=case.client, body=entry.body, channel=entry.channel or case.channel,
        actor=by.actor, by=by, subject=subject, complete=False, said_by_client=entry.kind == Entry.Kind.CLIENT, at=now,
    )  # fmt: skip
    Link.objects.create(
        case_id=made.pk, other=case, kind=Link.Kind.SPLIT_FROM, entry=entry, actor=by.actor, at=now
    )
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "split", "ref": made.ref, "entry": entry.pk},
    )
    touch(case, now)
    record("case.split", case, actor=by.actor, at=now, new=made.ref)
    return made


@transaction.atomic
def link(
    *, case_id: int, other_id: int, by: Member, kind: str = Link.Kind.RELATED, at: datetime | None = None
) -> Link:
    """Say that two cases belong together; twice is once."""
    case = lock(case_id)
    refuse_named(case, by)
    if case_id == other_id:
        raise LinkToItself()
    other = Case.objects.filter(pk=other_id).first()
    if other is None:
        raise NotFound()
    now = at or timezone.now()
    made, new = Link.objects.get_or_create(
        case=case, other=other, kind=Link.Kind(kind), defaults={"actor": by.actor, "at": now}
    )
    if new:
        write(
            case,
            Entry.Kind.SYSTEM,
            actor=by.actor,
            at=now,
            facts={"what": "linked", "ref": other.ref, "kind": str(kind)},
        )
        touch(case, now)
        record("case.linked", case, actor=by.actor, at=now, other=other.ref)
    return made


@transaction.atomic
def unlink(*, link_id: int, case_id: int, by: Member, at: datetime | None = None) -> None:
    """Take a link away; that it was there stays in the entries."""
    case = lock(case_id)
    refuse_named(case, by)
    found = (
        Link.objects.filter(pk=link_id).filter(case_id=case_id).first()
        or Link.objects.filter(pk=link_id, other_id=case_id).first()
    )
    if found is None or found.kind == Link.Kind.SPLIT_FROM:
        raise NotFound()
    now = at or timezone.now()
    other = found.other if found.case_id == case_id else found.case
    found.delete()
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "unlinked", "ref": other.ref})
    touch(case, now)
    record("case.unlinked", case, actor=by.actor, at=now, other=other.ref)


@transaction.atomic
def set_parent(*, case_id: int, parent_id: int | None, by: Member, at: datetime | None = None) -> Case:
    """Put a case below another one, which then waits for its result; or take it out again. No circles."""
    lock_in_order([case_id, *([parent_id] if parent_id else [])])
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    parent = lock(parent_id) if parent_id else None
    if parent is not None:
        above: Case | None = parent
        while above is not None:
            if above.pk == case.pk:
                raise ParentCircular(ref=case.ref, parent=parent.ref)
            above = above.parent
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "parent", "ref": parent.ref if parent else ""},
    )
    touch(case, now, parent=parent)
    record("case.parent_set", case, actor=by.actor, at=now, parent=parent.ref if parent else "")
    return case
