"""Opening a case for a client: by phone, at the counter, or after a visit, in one short form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maitian.clients import queries as clients
from maitian.clients.models import Client
from maitian.core.errors import DomainError, NotFound
from maitian.desk import catalog, queries
from maitian.desk.actions import complaints, files, talking
from maitian.desk.actions.opening import Opened, open_case
from maitian.desk.kind_forms import answers_of, faults_of, refuse_old_form, shown
from maitian.desk.models import Attachment, CaseChannel, CaseKind, ComplaintKind, Entry, Severity
from maitian.desk.queries import colleagues
from maitian.desk.views.promises import made_with
from maitian.offerings.queries import levels
from maitian.staff.access import door
from maitian.staff.models import Centre, Member

BY_ROLE = {
    "hotline_agent": "phone",
    "counter_clerk": "counter",
    "account_manager": "phone",
    "adviser": "phone",
}


def _chosen_client(member: Member, given: str) -> Client | None:
    if not (given.isascii() and given.isdigit() and len(given) < 18):
        return None
    return clients.get_visible(member, int(given))


def _named(request: HttpRequest) -> list[int]:
    """The colleagues whom a complaint is about, each in a field of its own."""
    by: Member = request.member  # type: ignore[attr-defined]
    found = [colleagues.chosen(by, words).member for words in request.POST.getlist("named") if words.strip()]
    return [member.pk for member in found if member is not None]


def _open(
    request: HttpRequest, member: Member, client: Client | None, kind: CaseKind, given: dict[str, Any]
) -> Opened:
    """Open what the form says, in one transaction with its files and the answer that was given at once."""
    channel = given["channel"] if given.get("channel") in CaseChannel.values else "phone"
    refuse_old_form(kind, given.get("form_version", ""))
    kept = files.check(request.FILES.getlist("files"))
    with transaction.atomic():
        if kind.complaint:
            made = complaints.open_complaint(
                branch=member.branch, client=client, kind=kind.code, complaint_kind=given.get("complaint_kind", ""), what=given.get("body", ""),
                channel=channel, actor=member.actor, by=member, account=given.get("account", ""), name=given.get("name", ""),
                phone=given.get("phone", ""), identity=given.get("identity", ""), severity=given.get("severity", "ordinary"),
                happened=given.get("happened", ""), people_involved=given.get("people", ""), wanted=given.get("wanted", ""),
                special=given.get("special", ""), answer_points=given.get("answer", ""), department=given.get("department", ""),
                named=_named(request), subject=given.get("subject", ""),
                answers=colleagues.numbered(member, kind.fields, answers_of(kind.fields, given)),
            )  # fmt: skip
        else:
            if client is None:
                raise NotFound()
            made = open_case(
                kind=kind.code, branch=member.branch, client=client, subject=given.get("subject", ""), body=given.get("body", ""),
                channel=channel, actor=member.actor, by=member,
                answers=colleagues.numbered(member, kind.fields, answers_of(kind.fields, given)),
            )  # fmt: skip
        files.attach(entry=Entry.objects.get(pk=made.entry_id), files=kept, actor=member.actor, public=True)
        if given.get("answer", "").strip():
            talking.reply(case_id=made.pk, by=member, body=given["answer"], channel=channel)
        made_with(request, client_id=client.pk if client else None, by=member, case_id=made.pk)
    return made


@door("desk.work")
def new(request: HttpRequest) -> HttpResponse:
    """First whose concern it is, then the form of its kind. Works in two plain steps without scripts.

    A complaint may come from somebody who is not a client yet (``stranger``).
    """
    member: Member = request.member  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    client = _chosen_client(member, asked.get("client", ""))
    kinds = catalog.active_kinds()
    kind = next((k for k in kinds if k.code == asked.get("kind")), kinds[0])
    stranger = client is None and bool(asked.get("stranger"))
    if stranger:
        kinds = [k for k in kinds if k.complaint]
        kind = kinds[0]
    error, field, faults = "", "", {}
    given = (
        request.POST.dict()
        if request.method == "POST"
        else {"channel": BY_ROLE.get(member.role, "phone"), **request.GET.dict()}
    )
    if request.method == "POST" and (client is not None or stranger) and "open" in request.POST:
        try:
            if kind.code != asked.get("kind"):  # an old page: that kind is retired, or never was
                catalog.kind(asked.get("kind", ""))
            made = _open(request, member, client, kind, given)
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
            faults = faults_of(refused)
        else:
            messages.success(request, _("已立案 %(ref)s") % {"ref": made.ref})
            return (
                redirect("desk:case", made.ref)
                if queries.can_see(member, made.pk)
                else redirect("desk:inbox")
            )
    words = asked.get("q", "").strip()[:60]
    return render(
        request, "desk/new.html",
        {
            "client": None, "record": client, "stranger": stranger, "kinds": kinds, "kind": kind, "given": given, "error": error,
            "error_field": field, "faults": faults, "words": words,
            "found": clients.search(member, words, 12) if words and client is None else [],
            "levels": {level.rank: level for level in levels(active_only=False)},
            "channels": [(v, label) for v, label in CaseChannel.choices if v not in ("portal", "regulator")],
            "refusals": list(queries.complaints.refusals(client.pk)) if client else [], "may_lift": False,
            "known": queries.of_client(member, client.pk, 5) if client else ([], 0), "fields": shown(kind.fields, given, faults),
            "accounts": list(client.accounts.order_by("number")) if client else [],
            "complaint_kinds": ComplaintKind.choices, "severities": Severity.choices, "teams": Centre.choices,
            "named": [*request.POST.getlist("named"), "", ""][:2],
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("desk.view")
@require_safe
def file(request: HttpRequest, ref: str, attachment_id: int) -> Any:
    """A file of a case, always as a download: it came from outside."""
    case = queries.get_visible(request.member, ref)  # type: ignore[attr-defined]
    found = Attachment.objects.filter(pk=attachment_id, case_id__in=queries.family(case.pk)).first()
    if found is None:
        raise NotFound()
    return download(found)


def download(found: Attachment) -> FileResponse:
    return FileResponse(
        found.file.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )  # fmt: skip
