"""Console pages of the library."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.models import Security
from maitian.core import ledger
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import LedgerEntry
from maitian.library import actions, queries
from maitian.library.forms import ReportForm, initial
from maitian.library.models import Report
from maitian.staff.access import door, no_permission
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

VIEWS = ("", "draft", "submitted", "published", "withdrawn")


@door("library.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Reports with saved views, filters and search."""
    filters = {name: request.GET.get(name, "") for name in ("q", "state", "kind", "stars")}
    writes = request.member.may("library.write") or request.member.may("library.approve")  # type: ignore[attr-defined]
    found = window(queries.listing(filters, published_only=not writes), request, size=30)
    labels = dict(Report.State.choices)
    views = [(state, labels.get(state, _("全部"))) for state in VIEWS] if writes else []
    return render(
        request, "library/list.html",
        {"window": found, "filters": filters, "views": views, "families": queries.families(), "writes": writes},
    )  # fmt: skip


@door("library.view")
@require_safe
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report with its state and what may be done next."""
    item = queries.report(report_id)
    member = request.member  # type: ignore[attr-defined]
    own = member.may("library.write") or member.may("library.approve")
    if item.state != Report.State.PUBLISHED and not own:
        raise NotFound()
    history = LedgerEntry.objects.filter(object_kind="report", object_id=str(report_id)).exclude(
        kind="report.read"
    )
    rows = [ledger.item(row) for row in history.order_by("-number")[:20]]
    return render(
        request, "library/report.html",
        {
            "report": item, "history": rows, "names": actor_names({row.actor for row in rows} | {item.maker, item.checker}),
            "securities": Security.objects.filter(symbol__in=item.securities),
            "may_approve": member.may("library.approve") and item.maker != member.actor,
        },
    )  # fmt: skip


@door("library.write")
def edit(request: HttpRequest, report_id: int | None = None) -> HttpResponse:
    """Write or change a draft; the button decides whether it is also submitted."""
    item = queries.report(report_id) if report_id else None
    if request.method == "POST":
        form = ReportForm(request.POST, request.FILES)
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            try:
                saved = actions.save_draft(
                    report_id, values=form.values(), actor=request.member.actor,  # type: ignore[attr-defined]
                    seen=datetime.fromisoformat(seen) if seen and report_id else None, pdf=form.cleaned_data["pdf"] or None,
                )  # fmt: skip
                report_id = saved.pk
                data = request.POST.copy()
                data["seen"] = saved.changed_at.isoformat()
                form.data = data
                if "submit" in request.POST:
                    actions.submit(saved.pk, actor=request.member.actor)  # type: ignore[attr-defined]
                    messages.success(request, _("已提交，等复核"))
                else:
                    messages.success(request, _("草稿已存"))
                return redirect("library:report", saved.pk)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.sentence())
                item = queries.report(report_id) if report_id else None
        status = 422
    else:
        form, status = ReportForm(initial=initial(item) if item else None), 200
    return render(
        request, "library/edit.html", {"form": form, "report": item, "report_id": report_id}, status=status
    )


STEPS = {
    "submit": "library.write",
    "approve": "library.approve",
    "return": "library.approve",
    "withdraw": "library.approve",
}


@door("library.view")
@require_POST
def step(request: HttpRequest, report_id: int, step: str) -> HttpResponse:
    """Submit, approve, return or withdraw."""
    member = request.member  # type: ignore[attr-defined]
    if step not in STEPS:
        raise NotFound()
    if not member.may(STEPS[step]):
        raise no_permission(STEPS[step])
    if step == "submit":
        actions.submit(report_id, actor=member.actor)
        messages.success(request, _("已提交，等复核"))
    elif step == "approve":
        actions.approve_and_publish(report_id, actor=member.actor)
        messages.success(request, _("已发布"))
    elif step == "return":
        actions.send_back(report_id, request.POST.get("reason", ""), actor=member.actor)
        messages.success(request, _("已退回"))
    else:
        actions.take_back(report_id, actor=member.actor)
        messages.success(request, _("已撤回"))
    return redirect("library:report", report_id)


@door("library.view")
@require_safe
def pdf(request: HttpRequest, report_id: int) -> Any:
    """The PDF of a report."""
    item = queries.report(report_id)
    if not item.pdf:
        raise NotFound()
    return FileResponse(item.pdf.open("rb"), content_type="application/pdf", filename=f"report-{item.pk}.pdf")
