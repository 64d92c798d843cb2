"""The portal's cases: a client asks, complains, follows what becomes of it, confirms the result and rates it."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.models import Client
from maitian.core import rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.time import shanghai
from maitian.desk import catalog, queries
from maitian.desk.actions import complaints, files, incoming, moving
from maitian.desk.actions.opening import Opened, check_not_too_many, open_case
from maitian.desk.errors import KindRetired, RatingWrong, ReferenceKnown
from maitian.desk.kind_forms import answers_of, asked, faults_of, refuse_old_form, shown
from maitian.desk.models import Case, CaseKind, Complaint, ComplaintKind, Entry
from maitian.desk.rules.files import KINDS as FILE_KINDS
from maitian.desk.rules.states import State
from maitian.desk.views.new import download
from maitian.staff.access import portal_door
from maitian.ui.paging import window
from maitian.visits import queries as visits

STARS = (1, 2, 3, 4, 5)
# What a form holds besides its words; never part of a draft.
NOT_TYPED = {"csrfmiddlewaretoken", "form_number", "form_version", "kind", "files"}


def _client(request: HttpRequest) -> Client:
    return Client.objects.select_related("person", "branch", "manager").get(pk=request.client_id)  # type: ignore[attr-defined]


def _files_hint() -> dict[str, Any]:
    """What a file field says and offers: the kinds and sizes that are taken."""
    return {"file_limits": rulebook.at().get("desk.files"), "file_endings": ",".join(f".{ending}" for ending in sorted(FILE_KINDS))}  # fmt: skip


def _reference(client: Client, request: HttpRequest) -> str:
    """The number of the form that was sent: a second press of its button is found by it."""
    number = request.POST.get("form_number", "")[:32]
    return f"form-{client.pk}-{number}" if number else ""


def for_home(client_id: int) -> dict[str, Any]:
    """What the portal's first page shows of the desk: what is going on, what we promised."""
    going = [case for case in queries.portal.mine(client_id)[:20] if case.state != State.CLOSED][:3]
    return {
        "visits": visits.coming(client_id), "cases": queries.portal.rows(going), "promises": queries.portal.promises_to(client_id), "unread_cases": queries.portal.unread(client_id),
    }  # fmt: skip


@portal_door
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The client's cases, latest first."""
    found = window(queries.portal.mine(request.client_id), request, size=20)  # type: ignore[attr-defined]
    return render(
        request, "portal/cases/list.html",
        {"window": found, "rows": queries.portal.rows(list(found.rows)), "kinds": catalog.active_kinds(portal=True), "now": timezone.now()},
    )  # fmt: skip


@portal_door
def new(request: HttpRequest) -> HttpResponse:
    """Ask, request or complain. Sending the same form twice opens one case."""
    client = _client(request)
    wanted = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    kinds = catalog.active_kinds(portal=True)
    kind = next((k for k in kinds if k.code == wanted), None)
    gone = None if kind is not None or request.method != "POST" else _gone(wanted)
    if gone is not None:  # an old page: what is typed goes on under a kind that there is
        kind = kinds[0]
    if kind is None:
        begun = queries.portal.drafted_kinds(client.pk)
        return render(request, "portal/cases/choose.html", {"kinds": kinds, "begun": begun})
    error, field, faults = "", "", {}
    if request.method == "POST":
        try:
            if gone is not None:
                raise gone
            made = _open(request, client, kind)
        except ReferenceKnown as known:
            return redirect("portal:case", known.facts["ref"])
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
            faults = faults_of(refused)
        else:
            messages.success(request, _("收到了，编号 %(ref)s") % {"ref": made.ref})
            return redirect("portal:case", made.ref)
    given, saved_at = queries.portal.draft(client.pk, kind=kind.code)
    if request.method == "POST":
        given = {name: str(value) for name, value in request.POST.items()}
    return render(
        request, "portal/cases/new.html",
        {
            **_files_hint(), "saved_at": saved_at,
            "kind": kind, "kinds": kinds if gone else [], "given": given, "error": error, "error_field": field,
            "fields": shown(asked(kind.fields, inside=False), given, faults),
            "accounts": list(client.accounts.order_by("number")), "complaint_kinds": ComplaintKind.choices,
            "form_number": given.get("form_number") or secrets.token_hex(8), "had_files": bool(request.FILES),
        },
        status=422 if error else 200,
    )  # fmt: skip


def _gone(code: str) -> KindRetired | None:
    """Whether clients could choose this kind once and cannot any more."""
    found = next((k for k in catalog.kinds().values() if k.code == code), None)
    return KindRetired(kind=found.name, kind_en=found.name_en) if found is not None else None


def _open(request: HttpRequest, client: Client, kind: CaseKind) -> Opened:
    given = request.POST
    refuse_old_form(kind, given.get("form_version", ""))
    fields = asked(kind.fields, inside=False)
    reference = _reference(client, request)
    kept = files.check(request.FILES.getlist("files"))
    with transaction.atomic():
        # Two presses of one button come one after the other; the second finds the number of the form.
        Client.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=client.pk)
        check_not_too_many(client.pk, now=timezone.now())
        if kind.complaint:
            made = complaints.open_complaint(
                branch=client.branch, client=client, kind=kind.code, complaint_kind=given.get("complaint_kind", ""), what=given.get("body", ""),
                channel="portal", actor=client.actor, account=given.get("account", ""), phone=given.get("phone", ""),
                happened=given.get("happened", ""), people_involved=given.get("people", ""), wanted=given.get("wanted", ""),
                special=given.get("special", ""), subject=given.get("subject", ""), reference=reference,
                answers=answers_of(fields, given), inside=False,
            )  # fmt: skip
        else:
            made = open_case(
                kind=kind.code, branch=client.branch, client=client, subject=given.get("subject", ""), body=given.get("body", ""),
                channel="portal", actor=client.actor, answers=answers_of(fields, given),
                reference=reference, inside=False,
            )  # fmt: skip
        files.attach(entry=Entry.objects.get(pk=made.entry_id), files=kept, actor=client.actor, public=True)
        incoming.forget_draft(client_id=client.pk, kind=kind.code)
    return made


@portal_door
@require_POST
def new_draft(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep what is typed in the form of a new case, or throw it away."""
    if not any(k.code == kind for k in catalog.active_kinds(portal=True)):
        raise NotFound()
    return _draft(request, kind=kind, back=redirect("portal:new_case"))


@portal_door
@require_POST
def case_draft(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep what is typed in a case, or throw it away."""
    found = queries.portal.get_own(request.client_id, ref)  # type: ignore[attr-defined]
    return _draft(request, case_id=found.pk, back=redirect("portal:case", found.ref))


def _draft(
    request: HttpRequest, *, back: HttpResponse, case_id: int | None = None, kind: str = ""
) -> HttpResponse:  # fmt: skip
    client_id: int = request.client_id  # type: ignore[attr-defined]
    if request.POST.get("forget"):
        incoming.forget_draft(client_id=client_id, case_id=case_id, kind=kind)
        return back
    number = request.POST.get("form_number", "")[:32]
    if number and Entry.objects.filter(channel="portal", reference=f"form-{client_id}-{number}").exists():
        return JsonResponse({"saved": ""})  # it was sent while this was on its way
    typed = {name: str(value) for name, value in request.POST.items() if name not in NOT_TYPED}
    at = incoming.keep_draft(client_id=client_id, fields=typed, case_id=case_id, kind=kind)
    return JsonResponse({"saved": f"{shanghai(at):%H:%M}" if at else ""})


@portal_door
@require_safe
def case(request: HttpRequest, ref: str) -> HttpResponse:
    """One case: what was said, by when we answer, the result to confirm."""
    found = queries.portal.get_own(request.client_id, ref)  # type: ignore[attr-defined]
    if found.ref != ref:
        return redirect("portal:case", found.ref)
    incoming.seen(case_id=found.pk)
    if request.headers.get("HX-Request") == "true":
        parts = queries.portal.page(found)
        if request.GET.get("stamp") == parts["stamp"]:
            return HttpResponse(status=204)  # nothing new: what is read is left alone
        return render(request, "portal/cases/said.html", {"case": found, **parts, "now": timezone.now()})
    return _page(request, found)


def _page(
    request: HttpRequest, found: Case, *, error: str = "", failed: str = "", status: int = 200
) -> HttpResponse:  # fmt: skip
    draft, saved_at = queries.portal.draft(found.client_id or 0, case_id=found.pk)
    given = {name: str(value) for name, value in request.POST.items()}
    context: dict[str, Any] = {
        "case": found, "visits": visits.coming(found.client_id or 0, found), **queries.portal.page(found), **_files_hint(), "stars": STARS, "now": timezone.now(), "error": error,
        "failed": failed, "given": given, "body": given.get("body", "") if failed == "say" else draft.get("body", ""),
        "saved_at": saved_at, "form_number": given.get("form_number") or secrets.token_hex(8),
        "may_confirm": found.state == State.RESOLVED, "may_rate": found.state == State.CLOSED and found.satisfaction is None,
    }  # fmt: skip
    return render(request, "portal/cases/case.html", context, status=status)


@portal_door
@require_POST
def say(request: HttpRequest, ref: str) -> HttpResponse:
    """The client writes in his case. Of one closed long ago it opens another that follows it."""
    client = _client(request)
    found = queries.portal.get_own(client.pk, ref)
    try:
        kept = files.check(request.FILES.getlist("files"))
        entry = incoming.from_client(
            case_id=found.pk, body=request.POST.get("body", ""), channel="portal", actor=client.actor,
            reference=_reference(client, request), kept=kept,
        )  # fmt: skip
    except ReferenceKnown as known:
        return redirect("portal:case", known.facts["ref"])
    except DomainError as refused:
        return _page(request, found, error=refused.sentence(), failed="say", status=422)
    messages.success(request, _("已发给经办人"))
    return redirect("portal:case", entry.case.ref)


def _stars(request: HttpRequest) -> int | None:
    given = request.POST.get("stars", "")
    if not given:
        return None
    if given not in {str(n) for n in STARS}:
        raise RatingWrong()
    return int(given)


@portal_door
@require_POST
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    """The client has the result and is done with it; with his stars, if he gives any."""
    client = _client(request)
    found = queries.portal.get_own(client.pk, ref)
    try:
        stars = _stars(request)
        with transaction.atomic():
            if Complaint.objects.filter(case=found).exists():
                complaints.confirm(
                    case_id=found.pk,
                    how=Complaint.Confirmation.PORTAL,
                    actor=client.actor,
                    signature=request.POST.get("signature", ""),
                    satisfaction=stars,
                )
            else:
                if stars is not None:
                    moving.rate(case_id=found.pk, actor=client.actor, satisfaction=stars)
                moving.close(case_id=found.pk, actor=client.actor, why="confirmed")
    except DomainError as refused:
        now = queries.portal.get_own(client.pk, ref)
        if now.state == State.CLOSED:
            return redirect("portal:case", now.ref)  # a second press of the same button
        return _page(request, now, error=refused.sentence(), failed="confirm", status=422)
    messages.success(request, _("谢谢您的确认"))
    return redirect("portal:case", found.ref)


@portal_door
@require_POST
def rate(request: HttpRequest, ref: str) -> HttpResponse:
    """Stars for a case that is closed."""
    client = _client(request)
    found = queries.portal.get_own(client.pk, ref)
    try:
        stars = _stars(request)
        if stars is None:
            raise RatingWrong()
        moving.rate(case_id=found.pk, actor=client.actor, satisfaction=stars)
    except DomainError as refused:
        return _page(request, found, error=refused.sentence(), failed="rate", status=422)
    messages.success(request, _("谢谢您的评价"))
    return redirect("portal:case", found.ref)


@portal_door
@require_safe
def file(request: HttpRequest, ref: str, attachment_id: int) -> Any:
    """A file of the client's own case, as a download."""
    found = queries.portal.get_own(request.client_id, ref)  # type: ignore[attr-defined]
    return download(queries.portal.file_of(found, attachment_id))
