"""The complaint form beside a case: one small form for each step, and letters of the regulator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maitian.clients import queries as clients
from maitian.core.errors import DomainError, NotFound
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import complaints, files, letters, refusals, remedies, talking
from maitian.desk.errors import LetterDueWrong
from maitian.desk.models import Attachment, Case
from maitian.desk.views import inbox
from maitian.desk.views.acts import _back, _case, _member, _number
from maitian.staff.access import door


def _file(request: HttpRequest, name: str) -> tuple[str, bytes, str] | None:
    given = request.FILES.get(name)
    return files.check([given])[0] if isinstance(given, UploadedFile) else None


def _classify(request: HttpRequest, case: Case) -> None:
    names = ("kind", "severity", "business", "number", "urgency", "reason", "department")
    given: dict[str, Any] = {name: request.POST.get(f"c_{name}", "") for name in names}
    texts: dict[str, Any] = {
        name: request.POST.get(f"c_{name}") for name in ("answer_points", "wanted", "special")
    }
    complaints.classify(case_id=case.pk, by=_member(request), **given, **texts)


def _accept(request: HttpRequest, case: Case) -> None:
    complaints.accept(
        case_id=case.pk,
        by=_member(request),
        accepted=request.POST.get("accepted") != "0",
        because=request.POST.get("because", ""),
    )


def _finding(request: HttpRequest, case: Case) -> None:
    kept = files.check(request.FILES.getlist("evidence"))
    member = _member(request)
    complaints.record_finding(
        case_id=case.pk, by=member, finding=request.POST.get("finding", ""), cause=request.POST.get("cause", ""),
        liability=request.POST.get("liability", ""),
    )  # fmt: skip
    if kept:
        entry = talking.note(case_id=case.pk, by=member, body=_("核查证据"))
        files.attach(
            entry=entry, files=kept, actor=member.actor, public=False, purpose=Attachment.Purpose.EVIDENCE
        )


def _remedy(request: HttpRequest, case: Case) -> None:
    remedies.propose_remedy(
        case_id=case.pk, by=_member(request), remedy=request.POST.get("remedy", ""), amount=request.POST.get("amount", ""),
        note=request.POST.get("note", ""),
    )  # fmt: skip


def _sign(request: HttpRequest, case: Case) -> None:
    remedies.sign(
        case_id=case.pk,
        by=_member(request),
        agree=request.POST.get("agree") == "1",
        reason=request.POST.get("reason", ""),
    )


def _done(request: HttpRequest, case: Case) -> None:
    remedies.carry_out(case_id=case.pk, by=_member(request), reference=request.POST.get("reference", ""))


def _confirm(request: HttpRequest, case: Case) -> None:
    member = _member(request)
    how = request.POST.get("how", "")
    if how not in ("signed", "recorded"):
        raise NotFound()
    scan = _file(request, "proof_file")
    kept = None
    if scan is not None:
        entry = talking.note(case_id=case.pk, by=member, body=_("客户签字的处理单"))
        kept = files.attach(
            entry=entry, files=[scan], actor=member.actor, public=True, purpose=Attachment.Purpose.SIGNED
        )[0]
    satisfaction = _number(request, "satisfaction")
    complaints.confirm(
        case_id=case.pk, how=how, actor=member.actor, by=member, proof=request.POST.get("proof", ""), proof_file=kept,
        satisfaction=satisfaction,
    )  # fmt: skip


def _extend(request: HttpRequest, case: Case) -> None:
    complaints.extend(
        case_id=case.pk, by=_member(request), days=_number(request, "days") or 0, because=request.POST.get("because", ""),
        letter=_file(request, "letter"),
    )  # fmt: skip


def _lessons(request: HttpRequest, case: Case) -> None:
    complaints.note_lessons(
        case_id=case.pk,
        by=_member(request),
        lessons=request.POST.get("lessons", ""),
        mediation=request.POST.get("mediation", ""),
    )


def _letter(request: HttpRequest, case: Case) -> None:
    member = _member(request)
    if not member.may("desk.letters"):
        raise NotFound()
    try:
        due = datetime.fromisoformat(request.POST.get("due_at", ""))
        received = (
            datetime.fromisoformat(request.POST.get("received_at", ""))
            if request.POST.get("received_at")
            else None
        )
    except ValueError:
        raise LetterDueWrong() from None
    letters.register_letter(
        case_id=case.pk, by=member, source=request.POST.get("source", ""), number=request.POST.get("number", ""),
        due_at=due.replace(tzinfo=due.tzinfo or SHANGHAI), asks=request.POST.get("asks", ""), file=_file(request, "file"),
        received_at=received.replace(tzinfo=received.tzinfo or SHANGHAI) if received else timezone.now(),
    )  # fmt: skip


def _letter_answer(request: HttpRequest, case: Case) -> None:
    member = _member(request)
    if not member.may("desk.letters"):
        raise NotFound()
    letters.answer_letter(
        letter_id=_number(request, "letter_id") or 0,
        case_id=case.pk,
        by=member,
        answer=request.POST.get("answer", ""),
    )


STEPS: dict[str, Callable[[HttpRequest, Case], None]] = {
    "classify": _classify, "accept": _accept, "finding": _finding, "remedy": _remedy, "sign": _sign, "done": _done,
    "confirm": _confirm, "extend": _extend, "lessons": _lessons, "letter": _letter, "letter_answer": _letter_answer,
}  # fmt: skip


@door("desk.work")
@require_POST
def step(request: HttpRequest, ref: str, step: str) -> HttpResponse:
    """One step of a complaint. A refusal comes back in its own form with what was typed."""
    case = _case(request, ref)
    if step not in STEPS:
        raise NotFound()
    try:
        with transaction.atomic():
            STEPS[step](request, case)
    except DomainError as refused:
        if refused.status == 404:
            raise
        given: dict[str, Any] = request.POST.dict()
        return inbox.page(
            request, case, error=refused.sentence(), field=f"step_{step}", given=given, status=refused.status
        )
    messages.success(request, _("已存"))
    still = queries.can_see(_member(request), case.pk)
    return _back(request, ref) if still else redirect("desk:inbox")


@door("desk.work")
@require_POST
def paper(request: HttpRequest, ref: str) -> HttpResponse:
    """The complaint form with the client's name in plain, to be signed on paper. Printing it is on record."""
    case = _case(request, ref)
    form = complaints.printed_form(case_id=case.pk, by=_member(request))
    return HttpResponse(
        form, content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{case.ref}.pdf"', "Cache-Control": "private, no-store"},
    )  # fmt: skip


@door("desk.work")
@require_POST
def refuse(request: HttpRequest, client_id: int) -> HttpResponse:
    """Refuse a request of a client, with the reason, for everybody who is asked next (T3)."""
    member = _member(request)
    client = clients.get_visible(member, client_id)
    refusals.refuse_request(
        client_id=client.pk,
        by=member,
        what=request.POST.get("what", ""),
        because=request.POST.get("because", ""),
    )
    messages.success(request, _("已记下，其他同事会看到"))
    target = request.POST.get("back", "")
    return redirect(
        target if target and url_has_allowed_host_and_scheme(target, set()) else f"/clients/{client.pk}/"
    )


@door("desk.lead")
@require_POST
def lift(request: HttpRequest, client_id: int, refusal_id: int) -> HttpResponse:
    """A refusal no longer stands."""
    member = _member(request)
    client = clients.get_visible(member, client_id)
    refusals.lift_refusal(
        refusal_id=refusal_id, client_id=client.pk, by=member, because=request.POST.get("because", "")
    )
    return redirect(f"/clients/{client.pk}/")
