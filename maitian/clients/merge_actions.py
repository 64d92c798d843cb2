"""Merging two records of one person, checked by a second person where money is; undoing it; dismissing a pair.

Why two people, and what stays where it is: docs/adr/0010-merging-records.md.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from maitian.clients import merge_parts, merging
from maitian.clients.errors import (
    AlreadyMerged,
    DismissReasonMissing,
    MergeChoiceWrong,
    MergeKindsDiffer,
    MergeReasonMissing,
    MergeSame,
    MergeStale,
    UndoRefused,
)
from maitian.clients.locks import change_records
from maitian.clients.merging import ABSORBED, SURVIVOR, Step
from maitian.clients.models import Client, DuplicatePair, FundAccount, Merge
from maitian.core import ledger, rulebook
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker


def digest_of(survivor: int, absorbed: int) -> str:
    """Of the values that can be chosen: whoever merges merges what he has seen."""
    values = [merge_parts.values_of(survivor), merge_parts.values_of(absorbed)]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def needs_checker(survivor: int, absorbed: int) -> bool:
    """Whether a second person must agree: one of the records has an account, or assets above the rulebook's."""
    above = Decimal(str(rulebook.at().merging.checker_from_assets))
    both = [survivor, absorbed]
    return (
        FundAccount.objects.filter(client_id__in=both).exists()
        or Client.objects.filter(pk__in=both, assets__gt=above).exists()
    )


def choices_of(survivor: int, absorbed: int, given: dict[str, str]) -> dict[str, str]:
    """Every field with the record whose value wins: as given, else as proposed."""
    fields = {item.name: item for part in merging.parts() for item in part.fields(survivor, absorbed)}
    for name, side in given.items():
        if name not in fields or side not in (SURVIVOR, ABSORBED):
            raise MergeChoiceWrong(name=name[:30])
    return {name: given.get(name, item.default) for name, item in fields.items()}


def _lock(survivor: int, absorbed: int) -> tuple[Client, Client]:
    """Both records, locked in one order; refuses what cannot be merged at all."""
    if survivor == absorbed:
        raise MergeSame()
    change_records()
    found = {
        c.pk: c for c in Client.objects.select_for_update().filter(pk__in=[survivor, absorbed]).order_by("pk")
    }
    if len(found) != 2:
        raise NotFound()
    mine, other = found[survivor], found[absorbed]
    if mine.merged_into_id or other.merged_into_id:
        raise AlreadyMerged()
    if mine.institution != other.institution or mine.branch_id != other.branch_id:
        raise MergeKindsDiffer()
    return mine, other


@transaction.atomic
def propose(
    survivor: int, absorbed: int, *, choices: dict[str, str], digest: str, reason: str, actor: str
) -> Merge:
    """Merge ``absorbed`` into ``survivor``: at once where no money is, else when a second person agrees."""
    if len(reason.strip()) < 4:
        raise MergeReasonMissing()
    _lock(survivor, absorbed)
    if digest != digest_of(survivor, absorbed):
        raise MergeStale()
    complete = choices_of(survivor, absorbed, choices)
    try:
        with transaction.atomic():
            made = Merge.objects.create(
                survivor_id=survivor, absorbed_id=absorbed, choices=complete, digest=digest, reason=reason.strip()[:300],
                maker=actor, made_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyMerged() from None
    if (
        Merge.objects.filter(survivor_id=absorbed, state=Merge.State.PROPOSED).exists()
        or Merge.objects.filter(absorbed_id=survivor, state=Merge.State.PROPOSED).exists()
    ):
        raise AlreadyMerged()
    if not needs_checker(survivor, absorbed):
        return _do(made, actor)
    ledger.record_many(
        {"kind": "record.merge_proposed", "actor": actor, "client_id": client, "object_kind": "merge", "object_id": made.pk,
         "facts": {"survivor": survivor, "absorbed": absorbed}}
        for client in (survivor, absorbed)
    )  # fmt: skip
    return made


def _proposed(merge_id: int) -> Merge:
    found = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if found is None:
        raise NotFound()
    if found.state != Merge.State.PROPOSED:
        raise AlreadyDone(state=found.get_state_display())
    return found


@transaction.atomic
def approve(merge_id: int, *, actor: str) -> Merge:
    """The second person agrees; the records are one from now on."""
    change_records()
    found = _proposed(merge_id)
    if found.maker == actor:
        raise SameMakerAndChecker()
    _lock(found.survivor_id, found.absorbed_id)
    if found.digest != digest_of(found.survivor_id, found.absorbed_id):
        raise MergeStale()
    found.checker, found.checked_at = actor, timezone.now()
    return _do(found, actor)


@transaction.atomic
def refuse(merge_id: int, reason: str, *, actor: str) -> Merge:
    """The second person, or the maker himself, sends it back."""
    if len(reason.strip()) < 2:
        raise MergeReasonMissing()
    found = _proposed(merge_id)
    found.state, found.checker, found.checked_at = Merge.State.REFUSED, actor, timezone.now()
    found.answer = reason.strip()[:300]
    found.save(update_fields=["state", "checker", "checked_at", "answer"])
    ledger.record_many(
        {"kind": "record.merge_refused", "actor": actor, "client_id": client, "object_kind": "merge", "object_id": found.pk,
         "facts": {"merge": found.pk, "reason": found.answer}}
        for client in (found.survivor_id, found.absorbed_id)
    )  # fmt: skip
    return found


def _step(merge: Merge, actor: str, accounts: list[str]) -> Step:
    return Step(
        merge.survivor_id,
        merge.absorbed_id,
        merge.pk,
        dict(merge.choices),
        timezone.now(),
        actor,
        tuple(accounts),
    )


def _do(merge: Merge, actor: str) -> Merge:
    """Move everything. The records are locked and the values are those that were seen."""
    survivor, absorbed = merge.survivor_id, merge.absorbed_id
    for part in merging.parts():
        refusal = part.refuses(survivor, absorbed, dict(merge.choices))
        if refusal is not None:
            raise refusal
    accounts = list(
        FundAccount.objects.filter(client_id=absorbed).values_list("number", flat=True).order_by("number")
    )
    step = _step(merge, actor, accounts)
    before = {SURVIVOR: merge_parts.values_of(survivor), ABSORBED: merge_parts.values_of(absorbed)}
    journal = {part.name: part.move(step) for part in merging.parts()}
    merge.before = json.dumps(
        {side: {n: values[n] for n in merge_parts.PERSONAL} for side, values in before.items()}
    )
    merge.journal = {
        "accounts": accounts,
        "parts": {name: moved for name, moved in journal.items() if moved is not None},
    }
    merge.state, merge.done_at = Merge.State.DONE, step.at
    merge.save()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_duplicatepair SET state = 'merged', decided_by = %s, decided_at = %s"
            " WHERE first_id = least(%s, %s) AND second_id = greatest(%s, %s)",
            [actor, step.at, survivor, absorbed, survivor, absorbed],
        )
        cursor.execute(
            "DELETE FROM clients_duplicatepair WHERE state = 'open' AND %s IN (first_id, second_id)",
            [absorbed],
        )
    ledger.record_many(
        {"kind": "record.merged", "actor": actor, "client_id": client, "object_kind": "merge", "object_id": merge.pk,
         "facts": {"survivor": survivor, "absorbed": absorbed, "reason": merge.reason}}
        for client in (survivor, absorbed)
    )  # fmt: skip
    return merge


def undo_refusal(merge: Merge) -> UndoRefused | None:
    """Why a merge cannot be undone now, None when it can."""
    if Client.objects.filter(pk=merge.survivor_id, merged_into__isnull=False).exists():
        return UndoRefused(
            why="留下的那份后来又并入了别的档案。先撤销那一次。",
            why_en="the surviving record was merged into another one since. Undo that first.",
        )
    later = Merge.objects.filter(
        survivor_id=merge.survivor_id, state=Merge.State.DONE, pk__gt=merge.pk
    ).first()
    if later is not None:
        return UndoRefused(
            why=f"之后又有档案 {later.absorbed_id} 并了进来。先撤销那一次。",
            why_en=f"record {later.absorbed_id} was merged into it later. Undo that first.",
        )
    step = _step(merge, "", merge.journal.get("accounts", []))
    for part in merging.parts():
        refusal = part.refuses_back(step, merge.journal.get("parts", {}).get(part.name))
        if refusal is not None:
            why, why_en = refusal.sentence("zh-hans"), refusal.sentence("en")
            return UndoRefused(why=why, why_en=why_en)
    return None


@transaction.atomic
def undo(merge_id: int, reason: str, *, actor: str) -> Merge:
    """Two people after all: everything that moved comes back. Refused when something later depends on the merge."""
    if len(reason.strip()) < 4:
        raise MergeReasonMissing()
    change_records()
    merge = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise NotFound()
    if merge.state != Merge.State.DONE:
        raise AlreadyDone(state=merge.get_state_display())
    list(
        Client.objects.select_for_update()
        .filter(pk__in=[merge.survivor_id, merge.absorbed_id])
        .order_by("pk")
    )
    refusal = undo_refusal(merge)
    if refusal is not None:
        raise refusal
    step = _step(merge, actor, merge.journal.get("accounts", []))
    journal: dict[str, Any] = merge.journal.get("parts", {})
    for part in merging.parts():
        part.back(step, journal.get(part.name))
    merge_parts.personal_back(step, json.loads(str(merge.before)))
    merge.state, merge.undone_by, merge.undone_at = Merge.State.UNDONE, actor, step.at
    merge.undo_reason = reason.strip()[:300]
    merge.save()
    DuplicatePair.objects.filter(
        first_id=min(merge.survivor_id, merge.absorbed_id),
        second_id=max(merge.survivor_id, merge.absorbed_id),
    ).update(
        state=DuplicatePair.State.DISMISSED,
        decided_by=actor,
        decided_at=step.at,
        reason=merge.undo_reason[:200],
    )
    ledger.record_many(
        {"kind": "record.merge_undone", "actor": actor, "client_id": client, "object_kind": "merge", "object_id": merge.pk,
         "facts": {"survivor": merge.survivor_id, "absorbed": merge.absorbed_id, "reason": merge.undo_reason}}
        for client in (merge.survivor_id, merge.absorbed_id)
    )  # fmt: skip
    return merge


@transaction.atomic
def dismiss(pair_id: int, reason: str, *, actor: str) -> DuplicatePair:
    """Two people: the pair is not shown again, whatever is found later."""
    if len(reason.strip()) < 2:
        raise DismissReasonMissing()
    pair = DuplicatePair.objects.select_for_update().filter(pk=pair_id).first()
    if pair is None:
        raise NotFound()
    if pair.state != DuplicatePair.State.OPEN:
        raise AlreadyDone(state=pair.get_state_display())
    pair.state, pair.decided_by, pair.decided_at = DuplicatePair.State.DISMISSED, actor, timezone.now()
    pair.reason = reason.strip()[:200]
    pair.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    ledger.record_many(
        {"kind": "duplicate.dismissed", "actor": actor, "client_id": client, "object_kind": "pair", "object_id": pair.pk,
         "facts": {"other": other, "reason": pair.reason}}
        for client, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id))
    )  # fmt: skip
    return pair
