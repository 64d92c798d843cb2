"""Saved views, phrases and macros; and acts on many cases at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.core import ledger
from maitian.core.errors import DomainError, NotFound
from maitian.desk.actions import marking, moving, people, talking
from maitian.desk.errors import (
    MacroEmpty,
    MacroKnown,
    PhraseBlankUnknown,
    PhraseIncomplete,
    PhraseKnown,
    TooManyChosen,
    TooManyViews,
    ViewNameMissing,
)
from maitian.desk.models import Macro, Phrase, Priority, SavedView
from maitian.desk.queries import Filters, access
from maitian.desk.queries.comfort import words_for
from maitian.desk.rules import phrases
from maitian.staff.models import Centre, Member

MOST_VIEWS, MOST_CHOSEN = 12, 100


# --- saved views -------------------------------------------------------------------------------------------


@transaction.atomic
def save_view(*, member: Member, name: str, filters: Filters) -> SavedView:
    """Keep a list under a name; the same name again means the new filters."""
    name = name.strip()[:20]
    if not name:
        raise ViewNameMissing()
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)  # two presses at once make one
    others = SavedView.objects.filter(member=member).exclude(name=name).count()
    if others >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    kept, _new = SavedView.objects.update_or_create(
        member=member, name=name, defaults={"filters": filters.address(), "made_at": timezone.now()}
    )
    return kept


def forget_view(*, member: Member, view_id: int) -> None:
    """One's own only; what is not there is refused as if it were another's."""
    if not SavedView.objects.filter(pk=view_id, member=member).delete()[0]:
        raise NotFound()


# --- phrases and macros ------------------------------------------------------------------------------------


def _refuse_blanks(*texts: str) -> None:
    wrong = sorted({name for text in texts for name in phrases.unknown(text)})
    if wrong:
        raise PhraseBlankUnknown(
            given="、".join(f"{{{n}}}" for n in wrong), known="、".join(f"{{{n}}}" for n in phrases.KNOWN)
        )


@transaction.atomic
def save_phrase(
    *, by: Member, phrase_id: int | None, moment: str, name: str, body: str, active: bool = True
) -> Phrase:
    """A new phrase of the branch, or another wording of one that is there."""
    name, body = name.strip()[:30], body.strip()[:2000]
    if not name or not body or moment not in Phrase.Moment.values:
        raise PhraseIncomplete()
    _refuse_blanks(body)
    if Phrase.objects.filter(branch_id=by.branch_id, name=name).exclude(pk=phrase_id or 0).exists():
        raise PhraseKnown(name=name)
    found = _mine(Phrase, by, phrase_id)
    found.moment, found.name, found.body, found.active = moment, name, body, active
    found.changed_by, found.changed_at = by.actor, timezone.now()
    found.save()
    ledger.record(
        "desk.phrase_changed", actor=by.actor, object_kind="phrase", object_id=found.pk, facts={"name": name}
    )
    return found


@transaction.atomic
def save_macro(*, by: Member, macro_id: int | None, values: Mapping[str, Any]) -> Macro:
    """A new macro of the branch, or a changed one. ``values``: the fields of :class:`Macro` by name."""
    given = {key: str(values.get(key) or "").strip() for key in ("name", "name_en", "tag", "note", "answer", "then", "team")}  # fmt: skip
    found = _mine(Macro, by, macro_id)
    found.name, found.name_en = given["name"][:30], given["name_en"][:40]
    found.tag, found.note, found.answer = given["tag"][:30], given["note"][:2000], given["answer"][:2000]
    found.then = given["then"] if given["then"] in Macro.Then.values else ""
    found.team = given["team"] if given["team"] in Centre.values else ""
    priority = str(values.get("priority", ""))
    found.priority = int(priority) if priority in {str(p) for p in Priority.values} else None
    found.take, found.active = bool(values.get("take")), bool(values.get("active", True))
    something = found.take or found.tag or found.note or found.answer or found.then or found.team
    if not found.name or not (something or found.priority is not None):
        raise MacroEmpty()
    if found.then in ("solved", "answered") and not found.answer:
        raise MacroEmpty("answer")
    _refuse_blanks(found.note, found.answer)
    if Macro.objects.filter(branch_id=by.branch_id, name=found.name).exclude(pk=macro_id or 0).exists():
        raise MacroKnown(name=found.name)
    found.changed_by, found.changed_at = by.actor, timezone.now()
    found.save()
    ledger.record(
        "desk.macro_changed",
        actor=by.actor,
        object_kind="macro",
        object_id=found.pk,
        facts={"name": found.name},
    )
    return found


def _mine(model: Any, by: Member, pk: int | None) -> Any:
    if pk is None:
        return model(branch_id=by.branch_id)
    found = model.objects.select_for_update().filter(pk=pk, branch_id=by.branch_id).first()
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def run_macro(*, macro: Macro, case_id: int, by: Member) -> None:
    """Every act of the macro on one case, or none: what one of them refuses undoes the others."""
    if macro.take:
        people.take(case_id=case_id, by=by)
    if macro.tag:
        marking.tag(case_id=case_id, by=by, name=macro.tag)
    if macro.priority is not None:
        marking.set_priority(case_id=case_id, by=by, priority=macro.priority)
    if macro.note or macro.answer:
        words = words_for(by, case_id)
        if macro.note:
            talking.note(case_id=case_id, by=by, body=phrases.filled(macro.note, words))
        answer = phrases.filled(macro.answer, words)
    if macro.then in ("solved", "answered"):
        moving.resolve(case_id=case_id, by=by, result=macro.then, body=answer)
    elif macro.answer:
        talking.reply(case_id=case_id, by=by, body=answer, wait=macro.then)
    elif macro.then:
        moving.wait(case_id=case_id, by=by, state=macro.then)
    if macro.team:
        people.assign(case_id=case_id, by=by, member_id=None, team=macro.team, reason=macro.name)


# --- many at once ------------------------------------------------------------------------------------------


@dataclass
class Bulk:
    """What became of each case: ``refused`` holds (number, why) in the language of the page."""

    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def in_bulk(*, refs: Sequence[str], by: Member, act: Callable[[int], Any]) -> Bulk:
    """``act(case id)`` on each case by itself: what one of them refuses does not hold up the others.

    Cases come one after the other in the order of their ids, as every other act takes its locks.
    """
    chosen = list(dict.fromkeys(refs))
    if not 0 < len(chosen) <= MOST_CHOSEN:
        raise TooManyChosen(given=len(chosen), most=MOST_CHOSEN)
    result = Bulk()
    seen = access.visible_refs(by, chosen)
    found = {ref: access.find(ref) for ref in chosen if ref in seen}
    for ref in chosen:
        if found.get(ref) is None:
            result.refused.append((ref, NotFound().sentence()))
    for case in sorted((c for c in found.values() if c is not None), key=lambda c: c.pk):
        try:
            with transaction.atomic():
                act(case.pk)
            result.done.append(case.ref)
        except DomainError as refused:
            result.refused.append((case.ref, refused.sentence()))
    return result
