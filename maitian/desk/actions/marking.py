"""Small marks on a case: tags, priority, subject of the form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.desk import catalog
from maitian.desk.actions import clocks
from maitian.desk.actions.common import lock, record, touch, write
from maitian.desk.actions.opening import split_answers
from maitian.desk.actions.talking import refuse_named
from maitian.desk.errors import KindChangeRefused, TagMissing
from maitian.desk.models import Case, CaseTag, Entry, Priority, Tag
from maitian.desk.queries.base import private_of
from maitian.desk.rules.states import WORKING
from maitian.staff.models import Member


@transaction.atomic
def tag(*, case_id: int, by: Member, name: str, on: bool = True, at: datetime | None = None) -> None:
    """Put a tag on a case or take it off; a new name makes a new tag."""
    case = lock(case_id)
    refuse_named(case, by)
    name = name.strip()[:30]
    if not name:
        raise TagMissing()
    now = at or timezone.now()
    if on:
        found, _new = Tag.objects.get_or_create(name=name)
        _row, changed = CaseTag.objects.get_or_create(
            case=case, tag=found, defaults={"actor": by.actor, "at": now}
        )
    else:
        changed = bool(CaseTag.objects.filter(case=case, tag__name=name).delete()[0])
    if changed:
        write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "tag", "name": name, "on": on})
        record("case.tagged" if on else "case.untagged", case, actor=by.actor, at=now, tag=name)


@transaction.atomic
def set_priority(*, case_id: int, by: Member, priority: int, at: datetime | None = None) -> Case:
    case = lock(case_id)
    refuse_named(case, by)
    wanted = Priority(priority)
    if case.priority == wanted:
        return case
    now = at or timezone.now()
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
          facts={"what": "priority", "before": case.priority, "after": int(wanted)})  # fmt: skip
    touch(case, now, priority=int(wanted))
    record("case.priority_set", case, actor=by.actor, at=now, priority=int(wanted))
    return case


@transaction.atomic
def fill_form(
    *, case_id: int, by: Member, answers: Mapping[str, Any], complete: bool = True, at: datetime | None = None
) -> Case:  # fmt: skip
    """Answer (again) the form with which the case was taken. Personal answers stand encrypted and in no entry."""
    case = lock(case_id)
    refuse_named(case, by)
    plain, personal = split_answers(
        catalog.form_of(case.kind_id, case.form_version), answers, complete=complete
    )
    now = at or timezone.now()
    private = {**private_of(case), "answers": personal}
    changed = sorted(key for key in {*plain, *case.answers} if plain.get(key) != case.answers.get(key))
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts={"what": "form", "changed": changed})
    kept = {key: value for key, value in private.items() if value}
    touch(case, now, answers=plain, private=json.dumps(kept, ensure_ascii=False) if kept else "")
    record("case.form_filled", case, actor=by.actor, at=now)
    return case


@transaction.atomic
def change_kind(*, case_id: int, by: Member, kind: str, at: datetime | None = None) -> Case:
    """Make an open case another kind: what came by mail or text begins as an enquiry and may be something else.

    It gets the form of the new kind as it is today, unanswered, and its clocks. The old answers stay: plain ones in the
    entry that says what happened, personal ones encrypted beside the case. Who works on it does not change. Complaints
    are neither made nor unmade this way. Raises :class:`KindChangeRefused`, :class:`KindRetired`.
    """
    case = lock(case_id)
    refuse_named(case, by)
    wanted = catalog.kind(kind)
    if wanted.pk == case.kind_id:
        return case
    if wanted.complaint or case.kind.complaint or case.state not in WORKING or wanted.book != case.book:
        raise KindChangeRefused(ref=case.ref)
    now = at or timezone.now()
    before = case.kind
    private = private_of(case)
    if personal := private.pop("answers", None):
        private["answers_before"] = {**private.get("answers_before", {}), before.code: personal}
    facts = {"what": "kind", "before_kind": before.code, "after_kind": wanted.code, "form_version": case.form_version, "answers": case.answers}  # fmt: skip
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now, facts=facts)
    touch(case, now, kind=wanted, form_version=wanted.version, answers={},
          private=json.dumps(private, ensure_ascii=False) if private else "")  # fmt: skip
    clocks.change_policy(case, at=now, actor=by.actor)
    record("case.kind_changed", case, actor=by.actor, at=now, before=before.name, before_en=before.name_en)
    return case
