"""Reading complaints, signatures that wait, letters, refused requests."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from maitian.core import rulebook
from maitian.desk.models import Approval, Attachment, Case, Cause, Complaint, Letter, Named, Refusal
from maitian.desk.queries.access import can_see
from maitian.staff.models import Member, Role


def complaint_of(case: Case) -> Complaint | None:
    """The complaint's record, None for other cases."""
    return (
        Complaint.objects.select_related("cause", "remedy_by", "proof_file", "extended_letter")
        .filter(case=case)
        .first()
    )


def approvers(case: Case, role: str, *, but: int | None = None) -> list[Member]:
    """Who may sign as ``role``: active, of this branch, not the proposer, not named; leads of the case's own centre."""
    named = set(Named.objects.filter(case=case).values_list("member_id", flat=True))
    found = Member.objects.filter(branch_id=case.branch_id, active=True, role=role).exclude(
        pk__in=named | ({but} if but else set())
    )
    if role == "team_lead":
        found = found.filter(centre=case.team)
    return list(found.order_by("pk"))


def next_approval(complaint: Complaint) -> Approval | None:
    """The signature that is wanted now: the lowest step of the last round that is not given."""
    last = complaint.approvals.order_by("-round").values_list("round", flat=True).first()
    return complaint.approvals.filter(round=last, decided_at=None).order_by("step").first() if last else None


def may_sign(case: Case, approval: Approval, member: Member) -> bool:
    proposer = approval.complaint.remedy_by_id
    return any(m.pk == member.pk for m in approvers(case, approval.role, but=proposer))


def missing_for_answer(complaint: Complaint) -> list[tuple[str, str]]:
    """What a complaint still lacks before the client can be given its result: (Chinese, English)."""
    found: list[tuple[str, str]] = []
    if complaint.accepted is False:
        return found
    if complaint.accepted is None:
        found.append(("还没有决定受理", "it is not accepted yet"))
    if not complaint.finding or complaint.cause_id is None or not complaint.liability:
        found.append(("还没有核查结论、原因和责任", "finding, cause and liability are missing"))
    if complaint.remedy_state in (Complaint.RemedyState.NONE, Complaint.RemedyState.REFUSED):
        found.append(("还没有补救方案", "there is no remedy"))
    elif complaint.remedy_state == Complaint.RemedyState.PROPOSED:
        found.append(("补救方案还在等批准", "the remedy waits for signatures"))
    if not complaint.reason:
        found.append(("还没有判断诉求是否合理", "it is not said whether the demand is reasonable"))
    return found


def parts(member: Member, case: Case) -> dict[str, Any]:
    """What the page of a complaint shows beside the case."""
    letters = list(Letter.objects.filter(case=case).select_related("clock", "file").order_by("received_at"))
    complaint = complaint_of(case)
    if complaint is None:
        return {"complaint": None, "letters": letters}
    waiting = next_approval(complaint) if complaint.remedy_state == Complaint.RemedyState.PROPOSED else None
    last = complaint.approvals.order_by("-round").values_list("round", flat=True).first()
    return {
        "complaint": complaint,
        "letters": letters,
        "causes": list(Cause.objects.filter(active=True)),
        "signatures": [
            {
                "role": str(Role(a.role).label) if a.role in Role.values else a.role, "approval": a, "member": a.member,
                "who": [m.title for m in approvers(case, a.role, but=complaint.remedy_by_id)] if a.decided_at is None else [],
            }
            for a in complaint.approvals.filter(round=last).select_related("member").order_by("step")
        ] if last else [],
        "may_sign": waiting is not None and may_sign(case, waiting, member),
        "lacking": missing_for_answer(complaint),
        "evidence": list(Attachment.objects.filter(case=case, purpose=Attachment.Purpose.EVIDENCE).order_by("pk")),
        "authority": rulebook.at(book=case.book).get("desk.authority"),
    }  # fmt: skip


def to_sign(member: Member, most: int = 20) -> list[Approval]:
    """Signatures that are wanted now and that this member may give."""
    found = (
        Approval.objects.filter(
            role=member.role, decided_at=None, complaint__remedy_state=Complaint.RemedyState.PROPOSED
        )
        .select_related("complaint__case__kind")
        .order_by("asked_at")[: most * 3]
    )
    kept = []
    for approval in found:
        case = approval.complaint.case
        now = next_approval(approval.complaint)
        if (
            now is not None
            and now.pk == approval.pk
            and may_sign(case, approval, member)
            and can_see(member, case.pk)
        ):
            kept.append(approval)
    return kept[:most]


def refusals(client_id: int, *, open_only: bool = True) -> QuerySet[Refusal]:
    """Requests of the client that were refused, newest first."""
    found = (
        Refusal.objects.filter(client_id=client_id)
        .select_related("member", "case", "lifted_by")
        .order_by("-at")
    )
    return found.filter(lifted_at=None) if open_only else found


def refused_clients(client_ids: list[int]) -> set[int]:
    """Those of the clients who were refused something that still stands."""
    return set(
        Refusal.objects.filter(client_id__in=client_ids, lifted_at=None).values_list("client_id", flat=True)
    )
