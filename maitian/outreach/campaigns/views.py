"""Console pages of campaigns: the list, one campaign with its results, maker and checker, pause and stop."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import ledger, rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import LedgerEntry
from maitian.outreach.campaigns import actions, describing, forecasts, forms, plan, queries, results
from maitian.outreach.campaigns.models import Campaign
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

FILTERS = ("state", "q")


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined, no-any-return]


@door("campaigns.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Campaigns, the latest changed first; what waits for a checker on top."""
    member = _member(request)
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    found = window(queries.campaigns(filters), request, size=30, key=("-changed_at", "-pk"))
    waiting = list(queries.proposals()[:20])
    return render(
        request, "outreach/campaigns/list.html",
        {
            "window": found, "rows": queries.rows(found.rows), "filters": filters, "states": Campaign.State.choices, "waiting": waiting,
            "may_write": member.may("campaigns.write"), "may_approve": member.may("campaigns.approve"),
            "names": actor_names({item.proposer for item in waiting}),
        },
    )  # fmt: skip


@door("campaigns.write")
def new(request: HttpRequest) -> HttpResponse:
    """A name is enough to begin."""
    form = forms.NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.begin(form.cleaned_data["name"], actor=_member(request).actor)
        except DomainError as refused:
            form.add_error("name", refused.sentence())
        else:
            return redirect("outreach:campaign", made.pk)
    return render(request, "outreach/campaigns/new.html", {"form": form}, status=422 if form.errors else 200)


@door("campaigns.view")
@require_safe
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign: while it is made, all its parts with what is wrong; then what came of it."""
    item = queries.campaign(campaign_id)
    template = "outreach/campaigns/running.html" if item.begun else "outreach/campaigns/plan.html"
    return render(request, template, _facts(request, item))


def _facts(request: HttpRequest, item: Campaign, problem: str = "") -> dict[str, Any]:
    member = _member(request)
    now = timezone.now()
    draft = item.state == Campaign.State.DRAFT
    faults = plan.faults(item.definition, now) if not item.begun else []
    history = [
        ledger.item(row)
        for row in LedgerEntry.objects.filter(
            object_kind="campaign", object_id=str(item.pk), client_id=None
        ).order_by("-number")[:20]
    ]
    own = member.actor in (item.proposer, item.maker)
    may_write = member.may("campaigns.write")
    return {
        "campaign": item, "parts": describing.parts(item.definition, faults), "nodes": describing.steps(item.definition, faults),
        "faults": faults, "general": [fault.sentence for fault in faults if fault.part == "steps" and not fault.step],
        "forecast": forecasts.of(item.definition, item.pk) if not item.begun and not faults else None,
        "may_edit": draft and may_write, "may_write": may_write, "own": own,
        "may_answer": item.state == Campaign.State.PROPOSED and member.may("campaigns.approve") and not own,
        "may_withdraw": item.state in (Campaign.State.PROPOSED, Campaign.State.APPROVED) and may_write,
        "may_start": item.state == Campaign.State.APPROVED and may_write, "may_control": member.may("campaigns.control"),
        "history": history, "names": actor_names({row.actor for row in history} | {item.proposer, item.checker, item.maker}),
        "problem": problem, "most": rulebook.at(now).outreach.sms.parts_max, "confirm_above": rulebook.at(now).outreach.confirm_above, "now": now,
        **(_results(item) if item.begun else {}),
    }  # fmt: skip


def _results(item: Campaign) -> dict[str, Any]:
    return {"results": results.of(item), "under_way": queries.under_way(item) if not item.over else None}


@door("campaigns.view")
@require_safe
def part(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The results again, while a campaign runs."""
    item = queries.campaign(campaign_id)
    if not item.begun:
        raise NotFound()
    member = _member(request)
    return render(
        request, "outreach/campaigns/results.html",
        {"campaign": item, "may_control": member.may("campaigns.control"), "now": timezone.now(), **_results(item)},
    )  # fmt: skip


@door("campaigns.view")
@require_safe
def table(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The figures as a file; nothing about single clients."""
    item = queries.campaign(campaign_id)
    if not item.begun:
        raise NotFound()
    ledger.record(
        "campaign.exported",
        actor=_member(request).actor,
        object_kind="campaign",
        object_id=item.pk,
        facts={"name": item.name},
    )
    answer = HttpResponse(results.table(item, results.of(item)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="campaign-{item.pk}.csv"'
    return answer


# --- maker and checker ------------------------------------------------------------------------------------------


def _again(request: HttpRequest, campaign_id: int, refused: DomainError) -> HttpResponse:
    """The page once more with the refusal on top; what was typed stays."""
    item = queries.campaign(campaign_id)
    template = "outreach/campaigns/running.html" if item.begun else "outreach/campaigns/plan.html"
    facts = _facts(request, item, refused.sentence()) | {"typed": request.POST}
    return render(request, template, facts, status=refused.status)


@door("campaigns.write")
@require_POST
def propose(request: HttpRequest, campaign_id: int) -> HttpResponse:
    try:
        actions.propose(campaign_id, actor=_member(request).actor, reason=request.POST.get("reason", ""))
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _again(request, campaign_id, refused)
    messages.success(request, _("已提交，等另一位同事复核"))
    return redirect("outreach:campaign", campaign_id)


@door("campaigns.write")
@require_POST
def withdraw(request: HttpRequest, campaign_id: int) -> HttpResponse:
    actions.withdraw(campaign_id, actor=_member(request).actor)
    messages.success(request, _("已收回，可以接着改"))
    return redirect("outreach:campaign", campaign_id)


@door("campaigns.approve")
@require_POST
def answer(request: HttpRequest, campaign_id: int, answer: str) -> HttpResponse:
    """Approve a proposal, or send it back with a reason."""
    actor = _member(request).actor
    try:
        if answer == "approve":
            actions.approve(campaign_id, actor=actor)
            messages.success(request, _("复核通过"))
        elif answer == "refuse":
            actions.refuse(campaign_id, reason=request.POST.get("reason", ""), actor=actor)
            messages.success(request, _("已退回"))
        else:
            raise NotFound()
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _again(request, campaign_id, refused)
    return redirect("outreach:campaign", campaign_id)


@door("campaigns.write")
@require_POST
def start(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Begin now; a large number is typed first."""
    typed = re.sub(r"\D", "", request.POST.get("count", ""))[:12]
    try:
        made = actions.start(
            campaign_id,
            actor=_member(request).actor,
            confirmed_count=int(typed) if typed else None,
        )
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _again(request, campaign_id, refused)
    messages.success(request, _("活动开始了，%(n)s 户已分好组") % {"n": f"{made.members:,}"})
    return redirect("outreach:campaign", campaign_id)


@door("campaigns.control")
def control(request: HttpRequest, campaign_id: int, move: str) -> HttpResponse:
    """Asked first: what pausing, resuming or stopping means now. Then done."""
    item = queries.campaign(campaign_id)
    if move not in actions.MOVES:
        raise NotFound()
    if request.method != "POST":
        return render(
            request, "outreach/campaigns/control.html", {"campaign": item, "move": move, "under_way": queries.under_way(item)}
        )  # fmt: skip
    actions.MOVES[move](campaign_id, actor=_member(request).actor)
    done = {"pause": _("已暂停"), "resume": _("已继续"), "stop": _("已停止")}
    messages.success(request, f"{item.name}{_('：')}{done[move]}")
    return redirect("outreach:campaign", campaign_id)


@door("campaigns.write")
@require_POST
def copy(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A new draft with the same content, if wanted only for those who were not in this one."""
    made = actions.copy(
        campaign_id, actor=_member(request).actor, leave_out=bool(request.POST.get("leave_out"))
    )
    messages.success(request, _("已复制成新草稿"))
    return redirect("outreach:campaign", made.pk)


@door("campaigns.write")
@require_POST
def drop(request: HttpRequest, campaign_id: int) -> HttpResponse:
    actions.drop(campaign_id, actor=_member(request).actor)
    messages.success(request, _("草稿已删"))
    return redirect("outreach:campaigns")
