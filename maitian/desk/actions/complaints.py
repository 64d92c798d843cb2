"""Complaints from the first word to the signed result (T4–T6; rules of the field, chapter 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients.models import Client, ContactPoint, FundAccount
from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import AlreadyDone, NotFound
from maitian.desk.actions import clocks, files, moving
from maitian.desk.actions.common import complaint_of, lock, record, touch, write
from maitian.desk.actions.opening import Opened, open_case
from maitian.desk.actions.talking import refuse_named
from maitian.desk.errors import (
    AcceptanceReasonMissing,
    AccountMissing,
    AccountNotTheirs,
    CeilingPassed,
    ComplaintFieldMissing,
    ExtensionLetterMissing,
    ExtensionReasonMissing,
    ExtensionTooLong,
    ExtensionUsed,
    FindingIncomplete,
    IdentityMissing,
    MoveNotAllowed,
    ProofMissing,
    SignatureWrong,
)
from maitian.desk.models import (
    Attachment,
    Case,
    CaseState,
    Cause,
    Clock,
    Complaint,
    ComplaintKind,
    Entry,
    Named,
    Severity,
)
from maitian.desk.papers.form import complaint_form
from maitian.desk.rules.clocks import ClockKind
from maitian.desk.rules.states import Result, State
from maitian.staff.models import Branch, Centre, Member
from maitian.staff.notifications import notify


def _account_of(client: Client, given: str) -> str:
    """The account that the complaint is about: one of the client's own, his only one if none is named."""
    own = list(FundAccount.objects.filter(client=client).order_by("number").values_list("number", flat=True))
    if given:
        if given not in own:
            raise AccountNotTheirs(account="****" + given[-4:])
        return given
    if len(own) != 1:
        raise AccountMissing()
    return own[0]


@transaction.atomic
def open_complaint(
    *,
    branch: Branch,
    client: Client | None,
    complaint_kind: str,
    what: str,
    channel: str,
    actor: str,
    by: Member | None = None,
    kind: str = "complaint",
    account: str = "",
    name: str = "",
    phone: str = "",
    email: str = "",
    identity: str = "",
    severity: str = Severity.ORDINARY,
    happened: str = "",
    people_involved: str = "",
    wanted: str = "",
    special: str = "",
    answer_points: str = "",
    named: Iterable[int] = (),
    department: str = "",
    reported_on: date | None = None,
    subject: str = "",
    reference: str = "",
    answers: Mapping[str, Any] | None = None,
    inside: bool = True,
    at: datetime | None = None,
) -> Opened:
    """Write down a complaint with the source's fields, tell the client at once that we have it and until when he is
    answered, and send it to the department concerned.

    Without an account it is refused, unless the complainant is recorded as not yet a client, by name and identity.
    ``answers``: to the fields that the branch added to the source's own; without them nothing is asked.
    """
    now = at or timezone.now()
    if complaint_kind not in ComplaintKind.values:
        raise ComplaintFieldMissing("complaint_kind", what="投诉类别", what_en="the kind of complaint")
    if severity not in Severity.values:
        raise ComplaintFieldMissing("severity", what="严重程度", what_en="the severity")
    if client is not None:
        account = _account_of(client, account.strip())
        name = str(client.person.name)
        known = ContactPoint.objects.filter(client=client, kind="phone", primary=True).first()
        phone = phone.strip() or (str(known.value) if known else "")
    else:
        if not identity.strip():
            raise AccountMissing() if not name.strip() else IdentityMissing()
        if not name.strip():
            raise ComplaintFieldMissing("name", what="投诉人姓名", what_en="the complainant's name")
        account = ""
    made = open_case(
        kind=kind, branch=branch, client=client, body=what, channel=channel, actor=actor, by=by, subject=subject,
        severity=severity, complaint_kind=complaint_kind, named=named, reference=reference, complete=answers is not None,
        answers=answers, inside=inside, at=now,
        contact=None if client else {"name": name.strip(), "phone": phone.strip(), "email": email.strip(), "identity": identity.strip()},
    )  # fmt: skip
    case = made.case
    concerned = department if department in Centre.values else made.routed.team
    Complaint.objects.create(
        case=case, name=name.strip(), account=account, phone=phone.strip(), reported_on=reported_on or business_time.shanghai(now).date(),
        happened=happened.strip()[:120], people=people_involved.strip()[:200], what=what.strip(), wanted=wanted.strip(), special=special.strip(),
        answer_points=answer_points.strip(), identity="" if client else identity.strip(), kind=complaint_kind, severity=severity,
        business=_business(complaint_kind), department=concerned, sent_at=now, acknowledged_at=now,
    )  # fmt: skip
    if concerned != made.routed.team:
        touch(lock(case.pk), now, team=concerned, owner=None)
        case.refresh_from_db()
    due = made.due.get(ClockKind.RESOLUTION)
    words = acknowledgement(case, due)
    entry = write(
        case,
        Entry.Kind.REPLY,
        actor="system:desk",
        at=now,
        body=words,
        channel="portal",
        facts={"what": "acknowledged"},
    )
    clocks.stop(case, [ClockKind.ACKNOWLEDGE], now)
    touch(case, now)
    tell_leads(case, "desk.complaint", at=now)
    record("complaint.sent", case, actor=actor, at=now, department=concerned, complaint_kind=complaint_kind, severity=severity,
           complaint_kind_zh=str(ComplaintKind(complaint_kind).label))  # fmt: skip
    record("complaint.acknowledged", case, actor="system:desk", at=now, entry=entry,
           due=due.isoformat() if due else "", due_on=f"{business_time.shanghai(due):%Y-%m-%d}" if due else "")  # fmt: skip
    return made


def acknowledgement(case: Case, due: datetime | None) -> str:
    """What the client is told at once. Chinese: it is what was said, whatever language the page has."""
    until = f"我们在 {business_time.shanghai(due):%Y-%m-%d %H:%M} 前给您明确的结果。" if due else ""
    seen = "进展随时在这里看得到。" if case.client_id is not None else "有进展我们就告诉您。"
    return f"您的投诉我们收到了，编号 {case.ref}，已转有关部门核查。{until}{seen}"


def _business(complaint_kind: str) -> str:
    """The class by business that the kind suggests; whoever works on it corrects it."""
    return {
        ComplaintKind.SYSTEM_FAILURE: Complaint.Business.SYSTEM, ComplaintKind.CANCELLATION_LATE: Complaint.Business.TRADING,
        ComplaintKind.DATA_LEAK: Complaint.Business.ACCOUNT, ComplaintKind.BUSINESS_ERROR: Complaint.Business.ACCOUNT,
    }.get(ComplaintKind(complaint_kind), Complaint.Business.OTHER)  # fmt: skip


def tell_leads(case: Case, kind: str, *, at: datetime) -> None:
    """The leads of the department concerned, or the branch manager where it has none; never somebody named."""
    named = set(Named.objects.filter(case=case).values_list("member_id", flat=True))
    active = Member.objects.filter(branch_id=case.branch_id, active=True).exclude(pk__in=named)
    told = list(active.filter(role="team_lead", centre=case.team).values_list("pk", flat=True))
    told = told or list(active.filter(role="branch_manager").values_list("pk", flat=True))
    notify(told, kind, facts={"ref": case.ref}, url=f"/desk/{case.ref}/", at=at)


@transaction.atomic
def classify(
    *, case_id: int, by: Member, kind: str = "", severity: str = "", business: str = "", number: str = "", urgency: str = "",
    reason: str = "", department: str = "", answer_points: str | None = None, wanted: str | None = None, special: str | None = None,
    at: datetime | None = None,
) -> Complaint:  # fmt: skip
    """Correct kind, severity, the four classes and the department. A graver one gets its own time at once."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    choices: dict[str, tuple[str, Sequence[str]]] = {
        "kind": (kind, ComplaintKind.values), "severity": (severity, Severity.values), "business": (business, Complaint.Business.values),
        "number": (number, Complaint.Number.values), "urgency": (urgency, Complaint.Urgency.values), "reason": (reason, Complaint.Reason.values),
        "department": (department, Centre.values),
    }  # fmt: skip
    changed: dict[str, Any] = {}
    for name, (given, allowed) in choices.items():
        if given and given not in allowed:
            raise ComplaintFieldMissing(name, what="分类", what_en="the class")
        if given and given != getattr(complaint, name):
            changed[name] = given
    for name, text in (("answer_points", answer_points), ("wanted", wanted), ("special", special)):
        if text is not None and text.strip() != getattr(complaint, name):
            changed[name] = text.strip()
    if not changed:
        return complaint
    for name, value in changed.items():
        setattr(complaint, name, value)
    if "department" in changed:
        complaint.sent_at = now
    complaint.save(update_fields=[*changed, "sent_at"])
    if "severity" in changed:
        clocks.change_severity(case, complaint.severity, now)
    moved: dict[str, Any] = {}
    if "department" in changed and case.team != complaint.department:
        moved = {"team": complaint.department, "owner": None}
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "classified", "changed": sorted(changed), "department": changed.get("department", "")},
    )
    touch(case, now, **moved)
    if moved:
        tell_leads(case, "desk.complaint", at=now)
        record("complaint.sent", case, actor=by.actor, at=now, department=complaint.department, complaint_kind=complaint.kind,
               severity=complaint.severity, complaint_kind_zh=str(ComplaintKind(complaint.kind).label))  # fmt: skip
    else:
        record("complaint.classified", case, actor=by.actor, at=now, severity=complaint.severity)
    return complaint


@transaction.atomic
def accept(
    *, case_id: int, by: Member, accepted: bool, because: str = "", at: datetime | None = None
) -> Complaint:
    """Accept a complaint, or say why it is none of ours; the client is told either way.

    Not accepted is a definite result: the case is resolved as refused, with the reason.
    """
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    if complaint.accepted is not None:
        raise AlreadyDone(state="已受理" if complaint.accepted else "不予受理")
    if not accepted and not because.strip():
        raise AcceptanceReasonMissing()
    complaint.accepted, complaint.accepted_at, complaint.not_accepted_because = (
        accepted,
        now,
        because.strip()[:400],
    )
    complaint.save(update_fields=["accepted", "accepted_at", "not_accepted_because"])
    clocks.stop(case, [ClockKind.ACCEPT], now)
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "accepted", "accepted": accepted, "reason": because.strip()[:200]},
    )
    touch(case, now)
    record("complaint.accepted" if accepted else "complaint.not_accepted", case, actor=by.actor, at=now)
    if not accepted:
        moving.resolve(case_id=case_id, by=by, result=Result.REFUSED, body=because, at=now)
    return complaint


@transaction.atomic
def record_finding(
    *, case_id: int, by: Member, finding: str, cause: str, liability: str, at: datetime | None = None
) -> Complaint:
    """What the investigation found: the facts, the cause, who is liable."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    known = Cause.objects.filter(code=cause, active=True).first()
    if not finding.strip() or known is None or liability not in Complaint.Liability.values:
        raise FindingIncomplete()
    complaint.finding, complaint.cause, complaint.liability, complaint.found_at = (
        finding.strip(),
        known,
        liability,
        now,
    )
    complaint.save(update_fields=["finding", "cause", "liability", "found_at"])
    write(case, Entry.Kind.NOTE, actor=by.actor, at=now, body=finding.strip(), facts={"what": "finding"})
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "found", "cause": known.code, "liability": liability},
    )
    touch(case, now)
    record("complaint.found", case, actor=by.actor, at=now, cause=known.code, liability=liability)
    return complaint


# --- answer, confirmation, extension -------------------------------------------------------------------------


@transaction.atomic
def confirm(
    *, case_id: int, how: str, actor: str, by: Member | None = None, proof: str = "", proof_file: Attachment | None = None,
    signature: str = "", satisfaction: int | None = None, at: datetime | None = None,
) -> Case:  # fmt: skip
    """The client confirms the result: in the portal, by signature on a scanned form, or in a recorded call.

    In the portal he types his name below the form; the form with it is kept as a PDF that he can read, and its digest
    is the proof. On paper the scan is needed, of a recorded call the number of its recording. The case closes.
    """
    case = lock(case_id)
    complaint = complaint_of(case)
    now = at or timezone.now()
    if case.state != State.RESOLVED:
        raise MoveNotAllowed(before=CaseState(case.state).label, after=CaseState.CLOSED.label)
    if by is not None:
        refuse_named(case, by)
    if how not in (
        Complaint.Confirmation.PORTAL,
        Complaint.Confirmation.SIGNED,
        Complaint.Confirmation.RECORDED,
    ):
        raise NotFound()
    if how == Complaint.Confirmation.SIGNED and proof_file is None:
        raise ProofMissing("proof_file")
    if how == Complaint.Confirmation.RECORDED and not proof.strip():
        raise ProofMissing()
    form: bytes | None = None
    if how == Complaint.Confirmation.PORTAL:
        if not signature.strip() or _letters(signature) != _letters(str(complaint.name)):
            raise SignatureWrong()
        form = complaint_form(case, complaint, at=now, signature=str(complaint.name))
        proof = f"电子签名 {hashlib.sha256(form).hexdigest()[:16].upper()}"
    entry = write(
        case,
        Entry.Kind.SYSTEM,
        actor=actor,
        at=now,
        facts={"what": "confirmed", "how": str(how), "proof": proof.strip()[:120]},
    )
    if form is not None:
        kept = files.attach(
            entry=entry, files=[(f"投诉处理单-{case.ref}.pdf", form, "application/pdf")], actor=actor, public=True,
            purpose=Attachment.Purpose.SIGNED, at=now,
        )  # fmt: skip
        proof_file = kept[0]
    complaint.confirmation, complaint.confirmed_at = how, now
    complaint.proof, complaint.proof_file = proof.strip()[:120], proof_file
    complaint.save(update_fields=["confirmation", "confirmed_at", "proof", "proof_file"])
    touch(case, now)
    record("complaint.confirmed", case, actor=actor, at=now, how=str(how))
    if satisfaction is not None:
        moving.rate(case_id=case_id, actor=actor, satisfaction=satisfaction, at=now)
    return moving.close(case_id=case_id, actor=actor, at=now, why="confirmed")


def _letters(name: str) -> str:
    """A name as it is compared: without spaces and dots, in one case."""
    return "".join(sign for sign in name if not sign.isspace() and sign not in "·.•").casefold()


@transaction.atomic
def printed_form(*, case_id: int, by: Member, at: datetime | None = None) -> bytes:
    """The form with the client's name and number in plain, to be signed on paper. That it was printed is on record."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    form = complaint_form(case, complaint, at=now)
    record("complaint.form_printed", case, actor=by.actor, at=now)
    return form


@transaction.atomic
def extend(
    *, case_id: int, by: Member, days: int, because: str, letter: tuple[str, bytes, str] | None, at: datetime | None = None
) -> Complaint:  # fmt: skip
    """The one extension in writing: working days, a reason, the letter to the client. Never past the ceiling."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    most = rulebook.at(now, book=case.book).desk.complaint.extension_days
    if complaint.extended_at is not None:
        raise ExtensionUsed(when=f"{business_time.shanghai(complaint.extended_at):%Y-%m-%d}")
    if not because.strip():
        raise ExtensionReasonMissing()
    if letter is None:
        raise ExtensionLetterMissing()
    if isinstance(days, bool) or not 1 <= days <= most:
        raise ExtensionTooLong(most=most)
    clock = clocks.extend(case, ClockKind.RESOLUTION, days)
    if clock is None:
        raise AlreadyDone(state=case.get_state_display())
    ceiling = (
        Clock.objects.filter(case=case, kind=ClockKind.CEILING, stopped_at=None)
        .exclude(state="cancelled")
        .first()
    )
    if ceiling is not None and clock.due_at > ceiling.due_at:
        raise CeilingPassed(ceiling=f"{business_time.shanghai(ceiling.due_at):%Y-%m-%d}")
    entry = write(
        case, Entry.Kind.REPLY, actor=by.actor, at=now, channel="letter", by=by, facts={"what": "extended"},
        body=f"您的投诉还需要时间核查：{because.strip()}。答复期限延长到 {business_time.shanghai(clock.due_at):%Y-%m-%d %H:%M}，延期函见附件。",
    )  # fmt: skip
    kept = files.attach(
        entry=entry, files=[letter], actor=by.actor, public=True, purpose=Attachment.Purpose.LETTER, at=now
    )
    complaint.extended_days, complaint.extended_at = days, now
    complaint.extended_because, complaint.extended_letter = because.strip()[:400], kept[0]
    complaint.save(update_fields=["extended_days", "extended_at", "extended_because", "extended_letter"])
    touch(case, now)
    record(
        "complaint.extended",
        case,
        actor=by.actor,
        at=now,
        entry=entry,
        days=days,
        due_on=f"{business_time.shanghai(clock.due_at):%Y-%m-%d}",
    )
    return complaint


@transaction.atomic
def note_lessons(
    *, case_id: int, by: Member, lessons: str = "", mediation: str = "", at: datetime | None = None
) -> Complaint:
    """What is learnt from it, and whether somebody mediated."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    complaint.lessons, complaint.mediation = lessons.strip(), mediation.strip()[:400]
    complaint.save(update_fields=["lessons", "mediation"])
    record("complaint.classified", case, actor=by.actor, at=at or timezone.now(), severity=complaint.severity)
    return complaint
