"""Letters of the regulator about a case (12386 and others), each with a clock of its own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import AlreadyDone, NotFound
from maitian.desk.actions import clocks, files
from maitian.desk.actions.common import lock, record, touch, write
from maitian.desk.actions.complaints import tell_leads
from maitian.desk.actions.talking import refuse_named
from maitian.desk.errors import (
    ComplaintFieldMissing,
    LetterDueWrong,
    LetterKnown,
    ProofMissing,
)
from maitian.desk.models import (
    Attachment,
    Entry,
    Letter,
)
from maitian.desk.rules.clocks import MINUTE, ClockKind, Policy, ladder_steps
from maitian.staff.models import Member


@transaction.atomic
def register_letter(
    *, case_id: int, by: Member, source: str, number: str, due_at: datetime, asks: str = "", received_at: datetime | None = None,
    file: tuple[str, bytes, str] | None = None, at: datetime | None = None,
) -> Letter:  # fmt: skip
    """A letter of the regulator about a case, with a clock of its own that ends when the letter says.

    Alarms at shares of that time (ladder ``letter``). Nothing pauses or extends it.
    """
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    received = received_at or now
    if source not in Letter.Source.values or not number.strip():
        raise ComplaintFieldMissing(
            "number", what="来函单位和文号", what_en="source and number of the letter"
        )
    if due_at <= received:
        raise LetterDueWrong()
    if Letter.objects.filter(source=source, number=number.strip()).exists():
        raise LetterKnown(number=number.strip())
    values = rulebook.at(now, book=case.book)
    from maitian.desk import catalog

    minutes = max(1, round((due_at - received).total_seconds() / 60))
    steps = (
        tuple(ladder_steps("letter", catalog.ladders(values)))
        if "desk.ladder.letter" in values.listed()
        else ()
    )
    policy = Policy(
        ClockKind.LETTER,
        "hotline",
        MINUTE,
        minutes,
        (),
        "letter",
        steps,
        {"desk.ladder.letter": values.rule("desk.ladder.letter").pk} if steps else {},
    )
    clock = clocks.start(case, ClockKind.LETTER, policy, received)
    entry = write(case, Entry.Kind.NOTE, actor=by.actor, at=now, channel="regulator", by=by, facts={"what": "letter", "source": source},
                  body=f"{Letter.Source(source).label} {number.strip()}：{asks.strip()}" if asks.strip() else f"{Letter.Source(source).label} {number.strip()}")  # fmt: skip
    kept = files.attach(
        entry=entry,
        files=[file] if file else [],
        actor=by.actor,
        public=False,
        purpose=Attachment.Purpose.LETTER,
        at=now,
    )
    letter = Letter.objects.create(
        case=case, clock=clock, source=source, number=number.strip()[:60], received_at=received, asks=asks.strip(),
        file=kept[0] if kept else None, actor=by.actor,
    )  # fmt: skip
    touch(case, now)
    tell_leads(case, "desk.letter", at=now)
    record(
        "complaint.letter",
        case,
        actor=by.actor,
        at=now,
        entry=entry,
        source=source,
        number=number.strip(),
        due_on=f"{business_time.shanghai(due_at):%Y-%m-%d}",
    )
    return letter


@transaction.atomic
def answer_letter(
    *, letter_id: int, case_id: int, by: Member, answer: str, at: datetime | None = None
) -> Letter:
    """The letter was answered: how, by which paper."""
    case = lock(case_id)
    refuse_named(case, by)
    now = at or timezone.now()
    letter = (
        Letter.objects.select_for_update(of=("self",))
        .select_related("clock")
        .filter(pk=letter_id, case=case)
        .first()
    )
    if letter is None:
        raise NotFound()
    if letter.answered_at is not None:
        raise AlreadyDone(state="已回函")
    if not answer.strip():
        raise ProofMissing("answer")
    letter.answered_at, letter.answer, letter.answered_by = now, answer.strip()[:400], by.actor
    letter.save(update_fields=["answered_at", "answer", "answered_by"])
    clocks.stop_one(case, letter.clock_id, now)
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "letter_answered", "number": letter.number, "reason": answer.strip()[:200]},
    )
    touch(case, now)
    record("complaint.letter_answered", case, actor=by.actor, at=now, number=letter.number)
    return letter
