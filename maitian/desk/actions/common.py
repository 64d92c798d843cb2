"""What every act on a case shares: the lock, the entry, the words, the ledger row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from maitian.core import ledger, rulebook
from maitian.core.errors import NotFound
from maitian.core.search import document
from maitian.desk import live
from maitian.desk.errors import CaseMerged, NotAComplaint, ReferenceKnown, TextMissing, TextTooLong
from maitian.desk.models import Case, Complaint, Entry
from maitian.desk.queries.base import survivor_of
from maitian.desk.rules.states import net_of
from maitian.staff.models import Member


def lock(case_id: int) -> Case:
    """The case, locked until the end of the transaction. One that was merged is refused by the survivor's name.

    The lock leaves rows that point to the case free (clocks of the sweep, entries of others). Every action takes
    the case first and its clocks after.
    """
    case = (
        Case.objects.select_for_update(no_key=True, of=("self",))
        .select_related("kind", "client")
        .filter(pk=case_id)
        .first()
    )
    if case is None:
        raise NotFound()
    if case.merged_into_id is not None:
        raise CaseMerged(ref=case.ref, survivor=survivor_of(case).ref)
    return case


def text_of(body: str, rules: rulebook.Rules | None = None) -> str:
    """A body as it is stored: not empty, not endless. ``rules``: those in force, if they are at hand."""
    text = body.replace("\r\n", "\n").replace("\x00", "").strip()
    most = (rules or rulebook.at()).desk.text_characters
    if not text:
        raise TextMissing()
    if len(text) > most:
        raise TextTooLong(given=len(text), most=most)
    return text


def refuse_known(channel: str, reference: str) -> None:
    """A message that the outside delivers twice is written once; the refusal names the case that has it."""
    if reference:
        known = Entry.objects.filter(channel=channel, reference=reference[:80]).select_related("case").first()
        if known is not None:
            raise ReferenceKnown(reference=reference[:80], ref=known.case.ref)


def write(
    case: Case,
    kind: str,
    *,
    actor: str,
    at: datetime,
    body: str = "",
    channel: str = "",
    by: Member | None = None,
    facts: Mapping[str, Any] | None = None,
    reference: str = "",
) -> Entry:
    """One entry; its words go into the case's index. The caller sets ``last_entry_at`` (see :func:`touch`)."""
    refuse_known(channel, reference)
    entry = Entry.objects.create(
        case=case, kind=kind, actor=actor, at=at, body=body, channel=channel, facts=dict(facts or {}), reference=reference[:80],
        net=net_of(channel, by.role if by else "") if channel else "",
    )  # fmt: skip
    if body and kind != Entry.Kind.SYSTEM:
        index(case.pk, [body])
    return entry


def index(case_id: int, texts: Iterable[str]) -> None:
    """Add words to those by which a case is found."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO desk_casetext AS t (case_id, block, search) VALUES (%s, %s >> 16,"
            " array_to_tsvector(string_to_array(%s, ' '))) ON CONFLICT (case_id) DO UPDATE SET search = t.search || excluded.search",
            [case_id, case_id, document(texts)],
        )


def touch(case: Case, at: datetime, **changes: Any) -> None:
    """Write the changed columns of a case, and when something last happened in it."""
    case.last_entry_at = max(case.last_entry_at, at)
    for name, value in changes.items():
        setattr(case, name, value)
    case.save(update_fields=["last_entry_at", *changes])


def record(
    kind: str, case: Case, *, actor: str, at: datetime, entry: Entry | None = None, **facts: Any
) -> None:
    """The ledger row of an act, and word to whoever is looking. Last in the transaction.

    ``facts`` name the case and its kind; they hold no words of the client and no personal data.
    """
    live.tell(case_id=case.pk, team=case.team, owner_id=case.owner_id)
    ledger.record(
        kind, actor=actor, client_id=case.client_id, object_kind="case", object_id=case.pk, at=at,
        facts={"ref": case.ref, "kind": case.kind.name, "kind_en": case.kind.name_en,
               **({"net": entry.net or case.net, "channel": entry.channel or case.channel, "entry": entry.pk} if entry else {}), **facts},
    )  # fmt: skip


def active_member(branch_id: int, member_id: int | None) -> Member | None:
    return (
        Member.objects.filter(pk=member_id, branch_id=branch_id, active=True).first() if member_id else None
    )


def complaint_of(case: Case) -> Complaint:
    """The complaint of a case, locked. Raises :class:`NotAComplaint`."""
    found = Complaint.objects.select_for_update(of=("self",)).filter(case=case).first()
    if found is None:
        raise NotAComplaint(ref=case.ref)
    return found
