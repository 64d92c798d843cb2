"""What is done for a complainant: the remedy, who may grant how much, and its carrying out (rules of the field, chapter 3)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone

from maitian.core import rulebook
from maitian.core.errors import AlreadyDone
from maitian.desk.actions.common import complaint_of, lock, record, touch, write
from maitian.desk.actions.talking import refuse_named
from maitian.desk.errors import (
    AboveAuthority,
    ApprovalNotYours,
    ComplaintNotReady,
    FindingIncomplete,
    ProofMissing,
    RefusalReasonMissing,
    RemedyAmountWrong,
)
from maitian.desk.models import (
    Approval,
    Case,
    Complaint,
    Entry,
    Severity,
)
from maitian.desk.queries.complaints import approvers, may_sign, next_approval
from maitian.desk.rules import authority
from maitian.staff.models import Member
from maitian.staff.notifications import notify


def _rungs(case: Case, at: datetime) -> tuple[list[authority.Rung], int]:
    return authority.read(rulebook.at(at, book=case.book).get("desk.authority"))


@transaction.atomic
def propose_remedy(
    *, case_id: int, by: Member, remedy: str, amount: str | Decimal = "", note: str = "", at: datetime | None = None
) -> Complaint:  # fmt: skip
    """What is to be done for the client. Within one's own limit it is decided; above it, it goes up the chain."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    if remedy not in Complaint.Remedy.values:
        raise RemedyAmountWrong()
    try:
        sum_of = Decimal(str(amount).replace(",", "") or "0")
    except InvalidOperation:
        raise RemedyAmountWrong() from None
    if not sum_of.is_finite() or sum_of < 0 or sum_of != round(sum_of, 2) or sum_of >= 10**12:
        raise RemedyAmountWrong()
    if remedy in (Complaint.Remedy.REFUND, Complaint.Remedy.COMPENSATION) and sum_of == 0:
        raise RemedyAmountWrong()
    if not complaint.liability:
        raise FindingIncomplete()
    rungs, grave_from = _rungs(case, now)
    present = {role for rung in rungs for role in rung.roles if approvers(case, role, but=by.pk)}
    try:
        signs = authority.chain(
            rungs,
            by.role,
            sum_of,
            grave=complaint.severity == Severity.GRAVE,
            grave_from=grave_from,
            present=present,
        )
    except authority.AboveEverybody as error:
        raise AboveAuthority(amount=f"{sum_of:,.2f}", most=f"{error.most:,.2f}") from None
    last = complaint.approvals.order_by("-round").values_list("round", flat=True).first() or 0
    Approval.objects.bulk_create(
        [
            Approval(complaint=complaint, round=last + 1, step=n, role=role, asked_at=now)
            for n, role in enumerate(signs)
        ]
    )
    complaint.remedy, complaint.remedy_amount, complaint.remedy_note, complaint.remedy_by = (
        remedy,
        sum_of,
        note.strip()[:400],
        by,
    )
    complaint.remedy_state = Complaint.RemedyState.PROPOSED if signs else Complaint.RemedyState.APPROVED
    complaint.save(update_fields=["remedy", "remedy_amount", "remedy_note", "remedy_by", "remedy_state"])
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
          facts={"what": "remedy", "remedy": remedy, "amount": f"{sum_of:.2f}", "signs": signs, "note": note.strip()[:200]})  # fmt: skip
    touch(case, now)
    _ask_next(case, complaint, now)
    record(
        "complaint.remedy_proposed" if signs else "complaint.remedy_approved",
        case,
        actor=by.actor,
        at=now,
        remedy=remedy,
    )
    return complaint


def _ask_next(case: Case, complaint: Complaint, at: datetime) -> None:
    waiting = next_approval(complaint) if complaint.remedy_state == Complaint.RemedyState.PROPOSED else None
    if waiting is not None:
        told = [m.pk for m in approvers(case, waiting.role, but=complaint.remedy_by_id)]
        notify(told, "desk.sign", facts={"ref": case.ref}, url=f"/desk/{case.ref}/", at=at)


@transaction.atomic
def sign(*, case_id: int, by: Member, agree: bool, reason: str = "", at: datetime | None = None) -> Complaint:
    """Give the signature that is wanted now, or refuse it with a reason; a refusal ends the round."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    waiting = next_approval(complaint)
    if waiting is None or complaint.remedy_state != Complaint.RemedyState.PROPOSED:
        raise AlreadyDone(state=complaint.get_remedy_state_display())
    if not may_sign(case, waiting, by):
        raise ApprovalNotYours()
    if not agree and not reason.strip():
        raise RefusalReasonMissing()
    waiting.verdict = Approval.Verdict.YES if agree else Approval.Verdict.NO
    waiting.member, waiting.reason, waiting.decided_at = by, reason.strip()[:400], now
    waiting.save(update_fields=["verdict", "member", "reason", "decided_at"])
    if not agree:
        complaint.remedy_state = Complaint.RemedyState.REFUSED
    elif next_approval(complaint) is None:
        complaint.remedy_state = Complaint.RemedyState.APPROVED
    complaint.save(update_fields=["remedy_state"])
    write(case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
          facts={"what": "signed", "role": waiting.role, "agree": agree, "reason": reason.strip()[:200]})  # fmt: skip
    touch(case, now)
    _ask_next(case, complaint, now)
    if complaint.remedy_state != Complaint.RemedyState.PROPOSED and complaint.remedy_by_id:
        notify(
            [complaint.remedy_by_id],
            "desk.signed" if agree else "desk.not_signed",
            facts={"ref": case.ref},
            url=f"/desk/{case.ref}/",
            at=now,
        )
    kind = (
        "complaint.remedy_approved"
        if complaint.remedy_state == Complaint.RemedyState.APPROVED
        else "complaint.signed"
    )
    record(kind if agree else "complaint.remedy_refused", case, actor=by.actor, at=now, role=waiting.role)
    return complaint


@transaction.atomic
def carry_out(*, case_id: int, by: Member, reference: str, at: datetime | None = None) -> Complaint:
    """The approved remedy was carried out; ``reference`` proves it (a booking's number, a letter's)."""
    case = lock(case_id)
    refuse_named(case, by)
    complaint = complaint_of(case)
    now = at or timezone.now()
    if complaint.remedy_state != Complaint.RemedyState.APPROVED:
        raise ComplaintNotReady(missing="补救方案还没有批准", missing_en="the remedy is not approved")
    if not reference.strip():
        raise ProofMissing()
    complaint.remedy_state, complaint.remedy_reference, complaint.remedied_at = (
        Complaint.RemedyState.DONE,
        reference.strip()[:80],
        now,
    )
    complaint.save(update_fields=["remedy_state", "remedy_reference", "remedied_at"])
    write(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "remedied", "reference": reference.strip()[:80]},
    )
    touch(case, now)
    record("complaint.remedied", case, actor=by.actor, at=now)
    return complaint
