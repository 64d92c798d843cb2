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
from maitian.desk.actions import files, talking
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Attachment, CaseChannel, CaseKind, Entry
from maitian.desk.views.frame import colleagues
from maitian.offerings.queries import levels
from maitian.staff.access import door
from maitian.staff.models import Member

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


def _answers(request: HttpRequest, kind: CaseKind) -> dict[str, Any]:
    return {str(f["key"]): request.POST.get(f"field_{f['key']}", "") for f in kind.fields}


@door("desk.work")
def new(request: HttpRequest) -> HttpResponse:
    """First whose concern it is, then the form of its kind. Works in two plain steps without scripts."""
    member: Member = request.member  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    client = _chosen_client(member, asked.get("client", ""))
    kinds = catalog.active_kinds()
    kind = next((k for k in kinds if k.code == asked.get("kind")), kinds[0])
    error, faults = "", {}
    given = (
        request.POST.dict()
        if request.method == "POST"
        else {"channel": BY_ROLE.get(member.role, "phone"), **request.GET.dict()}
    )
    if request.method == "POST" and client is not None and "open" in request.POST:
        try:
            kept = files.check(request.FILES.getlist("files"))
            with transaction.atomic():
                made = open_case(
                    kind=kind.code, branch=member.branch, client=client, subject=given.get("subject", ""), body=given.get("body", ""),
                    channel=given["channel"] if given.get("channel") in CaseChannel.values else "phone",
                    actor=member.actor, by=member, answers=_answers(request, kind),
                )  # fmt: skip
                files.attach(
                    entry=Entry.objects.get(pk=made.entry_id), files=kept, actor=member.actor, public=True
                )
                if given.get("answer", "").strip():
                    talking.reply(
                        case_id=made.pk,
                        by=member,
                        body=given["answer"],
                        channel=given.get("channel", "phone"),
                    )
        except DomainError as refused:
            error = refused.sentence()
            faults = {key: sentence for key, sentence, _en in getattr(refused, "faults", [])}
        else:
            messages.success(request, _("已立案 %(ref)s") % {"ref": made.ref})
            if queries.can_see(member, made.pk):
                return redirect("desk:case", made.ref)
            return redirect("desk:inbox")
    words = asked.get("q", "").strip()[:60]
    return render(
        request, "desk/new.html",
        {
            "client": None, "record": client, "kinds": kinds, "kind": kind, "given": given, "error": error, "faults": faults,
            "words": words, "found": clients.search(member, words, 12) if words and client is None else [],
            "levels": {level.rank: level for level in levels(active_only=False)},
            "channels": [(v, label) for v, label in CaseChannel.choices if v not in ("portal", "regulator")],
            "known": queries.of_client(member, client.pk, 5) if client else ([], 0), "fields": fields_of(kind, given, faults),
            "colleagues": colleagues(member) if any(f["type"] == "member" for f in kind.fields) else [],
            "first": kind.fields[0]["key"] if kind.fields else "",
        },
        status=422 if error else 200,
    )  # fmt: skip


def fields_of(
    kind: CaseKind, given: dict[str, Any], faults: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """The kind's form, ready to be shown: labels and choices in the active language, what was typed, what is wrong."""
    from django.utils.translation import get_language

    english = (get_language() or "").startswith("en")

    def title(entry: dict[str, Any]) -> str:
        return str(entry["name_en"] if english else entry["name"])

    return [
        {
            "key": entry["key"], "name": f"field_{entry['key']}", "label": title(entry), "type": entry["type"],
            "required": entry.get("required", False), "value": given.get(f"field_{entry['key']}", given.get(entry["key"], "")),
            "choices": [(choice["key"], title(choice)) for choice in entry.get("choices", [])],
            "error": (faults or {}).get(entry["key"], ""), "personal": entry.get("personal", False),
        }
        for entry in kind.fields
    ]  # fmt: skip


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
