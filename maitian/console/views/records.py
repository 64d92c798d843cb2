"""Records of one person: the work list, comparing two of them, merging, checking, undoing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients import merge_actions, merge_queries
from maitian.clients.models import DuplicatePair, Merge
from maitian.core import rulebook
from maitian.core.errors import DomainError
from maitian.offerings import queries as offerings
from maitian.staff.access import door, no_permission
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

TABS = ("open", "proposed", "done", "dismissed")


@door("duplicates.view")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person, merges that wait, what was decided."""
    member = request.member  # type: ignore[attr-defined]
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS else "open"
    error = ""
    if request.method == "POST":
        one, other = (merge_queries.by_words(member, request.POST.get(name, "")) for name in ("one", "other"))
        if one is not None and other is not None and one.pk != other.pk:
            survivor, absorbed = merge_queries.suggested(one, other)
            return redirect("console:merge", survivor.pk, absorbed.pk)
        error = _("要填两份不同档案的资金账号或档案编号，而且都是您能看的。")
    sources: dict[str, Any] = {
        "open": lambda: merge_queries.pairs(member), "dismissed": lambda: merge_queries.pairs(member, "dismissed"),
        "proposed": lambda: merge_queries.merges(member, "proposed"), "done": lambda: merge_queries.merges(member, "done"),
    }  # fmt: skip
    found = window(sources[tab](), request, size=25)
    if tab in ("open", "dismissed"):
        for pair in found.rows:
            pair.survivor, pair.absorbed = merge_queries.suggested(pair.first, pair.second)
            pair.reasons = merge_queries.reasons(pair.evidence)
    return render(
        request, "console/records/duplicates.html",
        {
            "window": found, "tab": tab, "error": error, "given": request.POST, "sure": rulebook.at().duplicates.sure,
            "waiting": merge_queries.merges(member, "proposed").count(),
            "by_rank": {level.rank: level for level in offerings.levels(active_only=False)},
            "names": actor_names({getattr(row, "maker", getattr(row, "decided_by", "")) for row in found.rows}),
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("duplicates.view")
@require_POST
def dismiss(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Two people: the pair is not shown again."""
    member = request.member  # type: ignore[attr-defined]
    pair: DuplicatePair = merge_queries.get_pair(member, pair_id)
    merge_actions.dismiss(pair.pk, request.POST.get("reason", ""), actor=member.actor)
    messages.success(request, _("记下了：不是同一人"))
    return redirect("console:duplicates")


@door("merges.propose")
def merge(request: HttpRequest, client_id: int, other_id: int) -> HttpResponse:
    """Two records side by side; which values stay; merge, or hand to the checker."""
    member = request.member  # type: ignore[attr-defined]
    choices = {name[7:]: str(value) for name, value in request.POST.items() if name.startswith("choice.")}
    preview = merge_queries.preview(member, client_id, other_id, choices)
    error = ""
    if request.method == "POST":
        try:
            made = merge_actions.propose(
                client_id, other_id, choices=choices, digest=request.POST.get("digest", ""),
                reason=request.POST.get("reason", ""), actor=member.actor,
            )  # fmt: skip
        except DomainError as refused:
            error = refused.sentence()
        else:
            done = made.state == Merge.State.DONE
            messages.success(request, _("已并档") if done else _("已提交，等第二人复核"))
            return redirect("console:merge_page", made.pk)
    return render(
        request, "console/records/merge.html",
        {
            "preview": preview, "error": error, "choices": choices, "reason": request.POST.get("reason", ""),
            "rows": [(item, choices.get(item.name, item.default)) for item in preview.fields],
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("duplicates.view")
@require_safe
def merge_page(request: HttpRequest, merge_id: int) -> HttpResponse:
    """One merge: what was chosen, who did it, whether it can be undone."""
    member = request.member  # type: ignore[attr-defined]
    found = merge_queries.get_merge(member, merge_id)
    refusal = merge_actions.undo_refusal(found) if found.state == Merge.State.DONE else None
    return render(
        request, "console/records/merge_page.html",
        {
            "merge": found, "names": actor_names({found.maker, found.checker, found.undone_by}), "choices": merge_queries.words_of(found),
            "may_approve": member.may("merges.approve") and found.state == Merge.State.PROPOSED and found.maker != member.actor,
            "own": found.maker == member.actor, "may_undo": member.may("merges.approve") and found.state == Merge.State.DONE,
            "refusal": refusal.sentence() if refusal else "",
        },
    )  # fmt: skip


@door("merges.approve")
@require_POST
def approve(request: HttpRequest, merge_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    found = merge_queries.get_merge(member, merge_id)
    merge_actions.approve(found.pk, actor=member.actor)
    messages.success(request, _("已并档"))
    return redirect("console:merge_page", merge_id)


@door("duplicates.view")
@require_POST
def refuse(request: HttpRequest, merge_id: int) -> HttpResponse:
    """The checker sends it back; the maker may take it back himself."""
    member = request.member  # type: ignore[attr-defined]
    found = merge_queries.get_merge(member, merge_id)
    if found.maker != member.actor and not member.may("merges.approve"):
        raise no_permission("merges.approve")
    merge_actions.refuse(found.pk, request.POST.get("reason", ""), actor=member.actor)
    messages.success(request, _("已退回"))
    return redirect("console:merge_page", merge_id)


@door("merges.approve")
@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    found = merge_queries.get_merge(member, merge_id)
    merge_actions.undo(found.pk, request.POST.get("reason", ""), actor=member.actor)
    messages.success(request, _("已撤销，两份档案都恢复了"))
    return redirect("console:merge_page", merge_id)
