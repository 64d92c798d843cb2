"""The inbox, the page of a case, and the parts of both that change while one looks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from maitian.core import rulebook
from maitian.desk import catalog, panels, queries
from maitian.desk.kind_forms import shown
from maitian.desk.models import (
    Case,
    CaseChannel,
    Complaint,
    ComplaintKind,
    Draft,
    Entry,
    Letter,
    Link,
    Priority,
    Severity,
)
from maitian.desk.presence import others
from maitian.desk.rules.states import WORKING, Result, may_move
from maitian.desk.views.frame import list_pane, live_topics, name_of
from maitian.offerings.queries import levels
from maitian.staff.access import door
from maitian.staff.models import Centre, Member

RESULTS = (
    (Result.SOLVED, lazy("解决了")), (Result.ANSWERED, lazy("答清楚了")), (Result.REFUSED, lazy("不能办，讲明了原因")),
    (Result.WITHDRAWN, lazy("客户撤回")),
)  # fmt: skip


@door("desk.view")
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The list of a view; what is chosen in it opens beside it."""
    return render(request, "desk/inbox.html", {**list_pane(request), "page_keys": keys()})


@door("desk.view")
@require_safe
def list_part(request: HttpRequest) -> HttpResponse:
    """The list alone, for live updates."""
    return render(request, "desk/list.html", list_pane(request, current=request.GET.get("current", "")[:20]))


@door("desk.view")
@require_safe
def case(request: HttpRequest, ref: str) -> HttpResponse:
    """One case with the list it was chosen from. A merged one leads to where it lives on."""
    member = request.member  # type: ignore[attr-defined]
    found = queries.get_visible(member, ref)
    if found.merged_into_id is not None and "stay" not in request.GET:
        survivor = queries.survivor_of(found)
        if queries.can_see(member, survivor.pk):
            return redirect(f"{reverse('desk:case', args=[survivor.ref])}?from={found.ref}")
    return page(request, found)


def page(
    request: HttpRequest,
    found: Case,
    *,
    error: str = "",
    field: str = "",
    given: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or the page again with what was typed and what is wrong with it."""
    return render(
        request, "desk/case.html", context(request, found, error, field, given or {}), status=status
    )


def context(
    request: HttpRequest, found: Case, error: str = "", field: str = "", given: dict[str, Any] | None = None
) -> dict[str, Any]:
    member: Member = request.member  # type: ignore[attr-defined]
    given = given or {}
    parts = queries.case_page(member, found)
    first = first_words(found)
    drafts = {d.kind: d for d in Draft.objects.filter(case=found, member=member)}
    draft = drafts.get("reply")
    phrases = queries.comfort.phrases_for(member, found) if found.state in WORKING else []
    lines = parts["lines"]
    parts["lines"] = [
        line for line in lines if first is None or line.entry.pk != first.pk
    ]  # it stands on top
    return {
        **list_pane(request, current=found.ref),
        **parts,
        **complaint_parts(member, found),
        "promises": queries.promises.of_case(queries.family(found.pk)),
        "panels": panels.of(member, found),
        "case": found,
        "name": name_of(found),
        "level": next((level for level in levels(active_only=False) if level.rank == found.level_rank), None),
        "first": first,
        "came_from": request.GET.get("from", "")[:20],
        "may_work": member.may("desk.work") and found.merged_into_id is None,
        "may_lead": member.may("desk.lead"),
        "is_open": found.state in WORKING,
        "form_fields": _form_fields(found, field, error, given)
        if member.may("desk.work") and found.state in WORKING
        else [],
        "may_resolve": may_move(found.state, "resolved"),
        "may_close": may_move(found.state, "closed"),
        "may_reopen": may_move(found.state, "reopened"),
        "results": RESULTS,
        "channels": CaseChannel.choices,
        "priorities": Priority.choices,
        "teams": Centre.choices,
        "link_kinds": [(v, label) for v, label in Link.Kind.choices if v != "split_from"],
        "kinds": catalog.active_kinds(found.book),
        "draft": draft,
        "body": given.get("body", _with_phrase(request, phrases, draft.body if draft else "")),
        "phrases": phrases,
        "given": given,
        "error": error,
        "error_field": field,
        "seen": lines[0].entry.pk if lines else 0,
        "others": others(found.pk, member),
        "live": f"case-{found.pk}+{live_topics(member)}",
        "page_keys": keys(),
        "file_limits": rulebook.at().get("desk.files"),
    }


def _form_fields(found: Case, field: str, error: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The form with which the case was taken, to be filled in or changed. Personal answers are never sent to the page."""
    fields = catalog.form_of(found.kind_id, found.form_version)
    if field == "form" and error:
        return shown(fields, given, prefix="")
    answers = {key: "1" if value is True else "0" if value is False else value for key, value in found.answers.items()}  # fmt: skip
    rows = shown(fields, answers)
    kept = queries.private_of(found).get("answers", {})
    for row in rows:
        if row["personal"] and row["key"] in kept:
            row["help"] = _("已存 %(tail)s，不填就不变") % {"tail": "****" + str(kept[row["key"]])[-2:]}
    return rows


def _with_phrase(request: HttpRequest, phrases: list[dict[str, str]], body: str) -> str:
    """The draft with the phrase that the address asks for behind it: how a phrase is put in without scripts."""
    wanted = next((p["text"] for p in phrases if p["id"] == request.GET.get("phrase")), "")
    return "\n".join(part for part in (body, wanted) if part)


@door("desk.view")
@require_safe
def pulse(request: HttpRequest, ref: str) -> HttpResponse:
    """What changes in a case while one looks at it: state, clocks, entries, who else is here. Not the form."""
    member = request.member  # type: ignore[attr-defined]
    found = queries.get_visible(member, ref)
    parts = queries.case_page(member, found)
    first = first_words(found)
    parts["lines"] = [line for line in parts["lines"] if first is None or line.entry.pk != first.pk]
    return render(
        request, "desk/case/pulse.html",
        {**parts, "case": found, "first": first, "others": others(found.pk, member), "may_work": member.may("desk.work"),
         "kinds": catalog.active_kinds(found.book)},
    )  # fmt: skip


def complaint_parts(member: Member, found: Case) -> dict[str, Any]:
    """The complaint's form, letters, and what the client was refused before."""
    parts = queries.complaints.parts(member, found)
    record: Complaint | None = parts["complaint"]
    english = (get_language() or "").startswith("en")
    more: dict[str, Any] = {
        "refusals": list(queries.complaints.refusals(found.client_id)) if found.client_id else [],
        "may_lift": member.may("desk.lead"),
        "may_letters": member.may("desk.letters"),
        "letter_sources": Letter.Source.choices,
    }
    if record is not None:
        more |= {
            "lacking": [en if english else zh for zh, en in parts["lacking"]],
            "liabilities": Complaint.Liability.choices,
            "remedies": Complaint.Remedy.choices,
            "complaint_choices": [
                {"name": name, "label": label, "choices": choices, "value": getattr(record, name), "blank": name == "reason"}
                for name, label, choices in (
                    ("kind", _("投诉类别"), ComplaintKind.choices), ("severity", _("严重程度"), Severity.choices),
                    ("business", _("业务"), Complaint.Business.choices), ("number", _("人数"), Complaint.Number.choices),
                    ("urgency", _("轻重缓急"), Complaint.Urgency.choices), ("reason", _("诉求"), Complaint.Reason.choices),
                    ("department", _("责任部门"), Centre.choices),
                )
            ],
        }  # fmt: skip
    return {**parts, **more}


def first_words(found: Case) -> Entry | None:
    """What the case began with; it stands on top of the page and not among the entries."""
    return Entry.objects.filter(case=found, kind__in=["client", "note"]).order_by("pk").first()


def keys() -> list[tuple[str, str]]:
    """The desk's own keys, for the help sheet."""
    return [
        ("C", _("新个案")), ("R", _("答复客户")), ("N", _("记内部")), ("A", _("指派")), ("E", _("给结果")), ("W", _("等待")),
        ("T", _("接手")), ("O", _("打开")), ("X", _("选中")), ("P", _("常用语")), ("M", _("快捷处理")),
    ]  # fmt: skip


@door("desk.board")
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Every centre's open work: by state, by person, what is late."""
    from django.utils import timezone

    member = request.member  # type: ignore[attr-defined]
    now = timezone.now()
    return render(
        request, "desk/board.html", {"teams": queries.board(member, now), "now": now, "may_report": member.may("desk.letters")}
    )  # fmt: skip
