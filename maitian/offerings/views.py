"""Console pages of the levels: what they are, designing them, applications, export."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError, NotFound
from maitian.offerings import actions, queries, words
from maitian.offerings.errors import NothingInIt
from maitian.offerings.forms import LevelForm, boxes, contents_of
from maitian.offerings.models import CommissionExport, LevelChange, LevelDesign, ServiceLevel
from maitian.staff.access import door
from maitian.staff.queries import actor_names
from maitian.ui import formats
from maitian.ui.paging import window


@door("offerings.view")
@require_safe
def levels(request: HttpRequest) -> HttpResponse:
    """The levels side by side: badge, price, contents, clients; what waits for approval stands above."""
    counts = queries.client_counts()
    member = request.member  # type: ignore[attr-defined]
    rows = [
        {
            "level": level, "contents": words.described(level.everything), "clients": counts.get(level.rank, 0),  # type: ignore[attr-defined]
            "rate": level.commission_rate / 1000,
        }
        for level in queries.levels(active_only=False)
    ]  # fmt: skip
    waiting = (
        list(queries.designs(state="submitted"))
        if member.may("offerings.design") or member.may("offerings.approve")
        else []
    )
    return render(
        request, "offerings/levels.html",
        {"rows": rows, "may_design": member.may("offerings.design"), "waiting": waiting,
         "names": actor_names({item.maker for item in waiting})},
    )  # fmt: skip


@door("offerings.view")
@require_safe
def level(request: HttpRequest, code: str) -> HttpResponse:
    """A level's own page (G3): what it promises, what it contains, who has it, and its versions."""
    item = queries.level(code)
    member = request.member  # type: ignore[attr-defined]
    versions = list(queries.designs(code)[:30])
    own = {(c.what, c.key) for c in queries.own_contents(code)}
    everything = item.everything  # type: ignore[attr-defined]
    return render(
        request, "offerings/level.html",
        {
            "level": item, "rate": item.commission_rate / 1000, "clients": queries.client_counts().get(item.rank, 0),
            "own": words.described([c for c in everything if (c.what, c.key) in own]),
            "inherited": words.described([c for c in everything if (c.what, c.key) not in own]),
            "versions": versions, "waiting": next((v for v in versions if v.state == "submitted"), None),
            "names": actor_names({v.maker for v in versions} | {v.checker for v in versions}),
            "may_design": member.may("offerings.design"),
        },
    )  # fmt: skip


def _free_code(name_en: str) -> str:
    """A code for a new level from its English name: ``Gold Ear`` → ``gold_ear``, with a number when it is taken."""
    base = re.sub(r"[^a-z0-9_]", "", slugify(name_en).replace("-", "_"))[:24] or "level"
    base = base if base[0].isalpha() else f"level_{base}"
    taken = set(LevelDesign.objects.values_list("code", flat=True)) | {"new", "designs"}
    return next(code for n in range(1, 1000) if (code := base if n == 1 else f"{base}_{n}") not in taken)


@door("offerings.design")
def design(request: HttpRequest, code: str = "") -> HttpResponse:
    """Design a level by clicks; without a code it is a new one. The maker's own waiting proposal is taken up again."""
    actor = request.member.actor  # type: ignore[attr-defined]
    existing = queries.level(code) if code else None
    mine = queries.designs(code, "submitted").filter(maker=actor, retires=False).first() if code else None
    problem = ""
    if request.method == "POST":
        form = LevelForm(request.POST, code=code)
        contents = contents_of(request.POST)
        values = {name: request.POST.get(name, "") for name in form.fields}
        if existing is not None:
            values["rank"] = str(existing.rank)
        try:
            made = actions.propose_design(
                code or _free_code(values["name_en"]), values=values, contents=contents, actor=actor
            )
        except DomainError as refused:
            form.errors.clear()  # the action's sentence says what would be right
            if refused.field in form.fields:
                form.add_error(refused.field, refused.sentence())
            else:
                problem = refused.sentence()
            if isinstance(refused, NothingInIt):
                problem = refused.sentence()
        else:
            messages.success(request, _("已提交，等复核"))
            return redirect("offerings:design_page", made.pk)
    elif mine is not None:
        form = LevelForm(initial=mine.values, code=code)
        contents = [(what, key, number) for what, key, number in mine.contents]
    elif existing is not None:
        own = queries.own_contents(code)
        form = LevelForm(
            initial={
                **{name: getattr(existing, name) for name in LevelForm.base_fields if name != "contains"},
                "contains": existing.contains.code if existing.contains else "",
            },
            code=code,
        )
        contents = [(c.what, c.key, c.number) for c in own]
    else:
        ranks = set(ServiceLevel.objects.values_list("rank", flat=True))
        form = LevelForm(
            initial={"rank": max(ranks, default=0) + 1, "suggested_assets": "0",
                     "commission_rate": rulebook.at().offerings.commission_min}
        )  # fmt: skip
        contents = []
    return render(
        request, "offerings/design.html",
        {"code": code, "existing": existing, "form": form, "boxes": boxes(contents), "problem": problem, "mine": mine},
        status=422 if problem or form.errors else 200,
    )  # fmt: skip


@door("offerings.design")
@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Propose to take a level out of service."""
    made = actions.propose_retirement(code, actor=request.member.actor)  # type: ignore[attr-defined]
    messages.success(request, _("已提交，等复核"))
    return redirect("offerings:design_page", made.pk)


@door("offerings.view")
@require_safe
def design_page(request: HttpRequest, design_id: int) -> HttpResponse:
    """One version: what it changes, who made it, and the answer of the other person."""
    item = queries.design(design_id)
    member = request.member  # type: ignore[attr-defined]
    level = ServiceLevel.objects.filter(code=item.code).first()
    open_ = item.state == LevelDesign.State.SUBMITTED
    changes = (
        words.differences(item, level, queries.own_contents(item.code)) if open_ and not item.retires else []
    )
    return render(
        request, "offerings/design_page.html",
        {
            "design": item, "level": level, "changes": changes, "names": actor_names({item.maker, item.checker}),
            "contents": words.design_contents(item), "rate": words.rate(item.values["commission_rate"]),
            "may_approve": open_ and member.may("offerings.approve") and item.maker != member.actor,
            "may_withdraw": open_ and item.maker == member.actor, "own": item.maker == member.actor,
        },
    )  # fmt: skip


@door("offerings.approve")
@require_POST
def decide_design(request: HttpRequest, design_id: int, answer: str) -> HttpResponse:
    """Approve a version, or send it back with a reason."""
    actor = request.member.actor  # type: ignore[attr-defined]
    if answer == "approve":
        done = actions.approve_design(design_id, actor=actor)
        messages.success(request, _("已生效"))
        return redirect("offerings:level", done.code)
    if answer != "refuse":
        raise NotFound()
    actions.refuse_design(design_id, reason=request.POST.get("reason", ""), actor=actor)
    messages.success(request, _("已退回"))
    return redirect("offerings:design_page", design_id)


@door("offerings.design")
@require_POST
def withdraw_design(request: HttpRequest, design_id: int) -> HttpResponse:
    """Take one's own proposal back."""
    actions.withdraw_design(design_id, actor=request.member.actor)  # type: ignore[attr-defined]
    messages.success(request, _("已收回"))
    return redirect("offerings:levels")


@door("levels.decide")
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Applications with their clocks."""
    member = request.member  # type: ignore[attr-defined]
    state = request.GET.get("state", "applied")
    if state not in LevelChange.State.values:
        state = "all"
    found = window(queries.changes(member, state if state != "all" else ""), request, size=50)
    counts = queries.change_counts(member)
    views = [(value, label, counts.get(value, 0)) for value, label in LevelChange.State.choices]
    return render(
        request, "offerings/changes.html",
        {"window": found, "state": state, "now": timezone.now(), "views": [*views, ("all", _("全部"), 0)],
         "exports": CommissionExport.objects.order_by("-made_at")[:10]},
    )  # fmt: skip


CHECKS = {
    "other_level": gettext_lazy("不是现在的级别"),
    "level_active": gettext_lazy("级别在用"),
    "assessment_valid": gettext_lazy("风险测评有效"),
    "suggested_assets": gettext_lazy("达到建议资产"),
}


def _check(check: dict[str, Any]) -> dict[str, Any]:
    """A check of an application in words: what was found, and what was wanted."""
    given, wanted = check["given"], check["wanted"]
    if check["name"] == "suggested_assets":
        language = get_language()
        said = _("资产 %(given)s，建议 %(wanted)s") % {
            "given": formats.money_short(given, language), "wanted": formats.money_short(wanted, language),
        }  # fmt: skip
    else:
        said = _("有效到 %(given)s，申请那天是 %(wanted)s") % {"given": given, "wanted": wanted}
    return {**check, "label": CHECKS.get(check["name"], check["name"]), "words": said}


@door("levels.decide")
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """One application: checks, then the branch's answer."""
    item = queries.change_for(request.member, change_id)  # type: ignore[attr-defined]
    error, reason = "", request.POST.get("reason", "")
    if request.method == "POST":
        if request.POST.get("answer") not in ("approve", "refuse"):
            raise NotFound()
        try:
            actions.decide(
                change_id, approve=request.POST["answer"] == "approve", reason=reason,
                actor=request.member.actor,  # type: ignore[attr-defined]
            )  # fmt: skip
            messages.success(request, _("已答复客户"))
            return redirect("offerings:changes")
        except DomainError as refused:
            error = refused.sentence()
    effective = actions.effective_day()
    return render(
        request, "offerings/change.html",
        {"change": item, "checks": [_check(check) for check in item.checks], "error": error, "reason": reason, "now": timezone.now(),
         "rate": item.to_level.commission_rate / 1000, "effective": effective, "is_provisional": business_time.is_past_horizon(effective)},
        status=422 if error else 200,
    )  # fmt: skip


@door("levels.export")
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """New rates for the counter system."""
    made = actions.export_commission(actor=request.member.actor)  # type: ignore[attr-defined]
    if made is None:
        messages.info(request, _("没有新的佣金率要导出"))
        return redirect("offerings:changes")
    return redirect("offerings:export_file", made.pk)


@door("levels.export")
@require_safe
def export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """The same file again, byte for byte."""
    made = CommissionExport.objects.filter(pk=export_id).first()
    if made is None:
        raise NotFound()
    return HttpResponse(
        made.content, content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="commission-{made.pk}.csv"'},
    )  # fmt: skip
