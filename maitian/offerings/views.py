"""Console pages of the levels: what they are, designing them, applications, export."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError, NotFound
from maitian.offerings import actions, queries
from maitian.offerings.models import CommissionExport, LevelContent
from maitian.staff.access import door
from maitian.ui.paging import window

FAMILIES = (
    ("macro", gettext_lazy("宏观研究")), ("strategy", gettext_lazy("策略研究")), ("industry", gettext_lazy("行业研究")),
    ("company", gettext_lazy("公司研究")), ("equity", gettext_lazy("股票市场")), ("bond", gettext_lazy("债券市场")),
    ("fund", gettext_lazy("基金市场")), ("quant", gettext_lazy("金融工程")), ("dynamics", gettext_lazy("研究动态")),
    ("journal", gettext_lazy("期刊")), ("express", gettext_lazy("分析师快递")),
)  # fmt: skip
TOPICS = (
    ("report_published", gettext_lazy("新研究报告")), ("service_notice", gettext_lazy("服务通知")),
    ("market_summary", gettext_lazy("收市综述")),
)  # fmt: skip
CHANNELS = (
    (1, gettext_lazy("收件箱")),
    (2, gettext_lazy("短信")),
    (4, gettext_lazy("邮件")),
    (8, gettext_lazy("电话")),
)


def described(level: object) -> list[dict[str, object]]:
    """The effective contents of a level in words."""
    names = dict(FAMILIES)
    topics = dict(TOPICS)
    found: list[dict[str, object]] = []
    everything = level.everything  # type: ignore[attr-defined]
    stars = {c.number for c in everything if c.what == "report_kind" and c.key in names}
    whole = len(stars) == 1 and sum(c.what == "report_kind" for c in everything) == len(names)
    if whole:
        found.append({"icon": "book", "text": _("全部研究报告，%(stars)s 星以内") % {"stars": stars.pop()}})
    for content in everything:
        if content.what == "report_kind" and whole:
            continue
        if content.what == "report_kind":
            found.append(
                {
                    "icon": "book",
                    "text": _("%(name)s，%(stars)s 星以内")
                    % {"name": names.get(content.key, content.key), "stars": content.number},
                }
            )
        elif content.what == "topic":
            ways = "、".join(str(label) for bit, label in CHANNELS if content.number & bit)
            found.append({"icon": "send", "text": f"{topics.get(content.key, content.key)}：{ways}"})
        elif content.what == "adviser":
            found.append({"icon": "user", "text": _("专属投资顾问")})
        else:
            found.append({"icon": "phone", "text": _("每月 %(count)s 次咨询") % {"count": content.number}})
    return found


@door("offerings.view")
@require_safe
def levels(request: HttpRequest) -> HttpResponse:
    """The levels side by side: badge, price, contents, clients."""
    counts = queries.client_counts()
    member = request.member  # type: ignore[attr-defined]
    rows = [
        {"level": level, "contents": described(level), "clients": counts.get(level.rank, 0), "rate": level.commission_rate / 1000,
         "may_approve": level.state == "submitted" and member.may("offerings.approve") and level.maker != member.actor}
        for level in queries.levels(active_only=False)
    ]  # fmt: skip
    return render(
        request, "offerings/levels.html", {"rows": rows, "may_design": member.may("offerings.design")}
    )


@door("offerings.design")
def design(request: HttpRequest, code: str) -> HttpResponse:
    """Design a level by clicks; a new code makes a new level."""
    existing = next((level for level in queries.levels(active_only=False) if level.code == code), None)
    error, field = "", ""
    values: dict[str, object] = {}
    own: dict[tuple[str, str], int] = {}
    if existing is not None:
        values = {
            n: getattr(existing, n)
            for n in (
                "name",
                "name_en",
                "slogan",
                "slogan_en",
                "description",
                "description_en",
                "commission_rate",
                "suggested_assets",
                "rank",
            )
        }
        values["contains"] = existing.contains.code if existing.contains else ""
        own = {(c.what, c.key): c.number for c in LevelContent.objects.filter(level=existing)}
    if request.method == "POST":
        values = {
            n: request.POST.get(n, "").strip()
            for n in (
                "name",
                "name_en",
                "slogan",
                "slogan_en",
                "description",
                "description_en",
                "commission_rate",
                "suggested_assets",
                "rank",
                "contains",
            )
        }
        own = {}
        for key, _label in FAMILIES:
            most = request.POST.get(f"stars_{key}", "")
            if most in ("1", "2", "3", "4", "5"):
                own["report_kind", key] = int(most)
        for key, _label in TOPICS:
            mask = sum(bit for bit, _l in CHANNELS if request.POST.get(f"topic_{key}_{bit}"))
            if mask:
                own["topic", key] = mask
        if request.POST.get("adviser"):
            own["adviser", "personal"] = 1
        quota = request.POST.get("quota", "")
        if quota.isdigit() and int(quota) > 0:
            own["quota", "consultation"] = min(int(quota), 1000)
        try:
            rate, assets, rank = (
                Decimal(str(values["commission_rate"])),
                Decimal(str(values["suggested_assets"] or "0")),
                int(str(values["rank"] or "0")),
            )
            if not values["name"] or not values["name_en"] or not rate.is_finite() or not assets.is_finite():
                raise ValueError
            actions.design(
                code, values={**values, "commission_rate": rate, "suggested_assets": assets, "rank": rank},
                contents=[(w, k, n) for (w, k), n in own.items()], actor=request.member.actor,  # type: ignore[attr-defined]
            )  # fmt: skip
            messages.success(request, _("已提交，等复核"))
            return redirect("offerings:levels")
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
        except (InvalidOperation, ValueError):
            error = _("名称（中英文）、佣金率、建议资产和顺序都要填，后三项是数字。")
    stars = [(key, label, own.get(("report_kind", key), 0)) for key, label in FAMILIES]
    topics = [
        (key, label, [(bit, name, own.get(("topic", key), 0) & bit) for bit, name in CHANNELS])
        for key, label in TOPICS
    ]
    return render(
        request, "offerings/design.html",
        {"code": code, "values": values, "stars": stars, "topics": topics, "adviser": ("adviser", "personal") in own, "error": error, "field": field,
         "quota": own.get(("quota", "consultation"), 0), "levels": queries.levels(active_only=False), "existing": existing},
        status=422 if error else 200,
    )  # fmt: skip


@door("offerings.approve")
@require_POST
def approve(request: HttpRequest, code: str) -> HttpResponse:
    actions.approve_design(code, actor=request.member.actor)  # type: ignore[attr-defined]
    messages.success(request, _("已启用"))
    return redirect("offerings:levels")


@door("levels.decide")
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Applications with their clocks."""
    state = request.GET.get("state", "applied")
    found = window(queries.changes(request.member, state if state != "all" else ""), request, size=50)  # type: ignore[attr-defined]
    return render(
        request, "offerings/changes.html",
        {"window": found, "state": state, "now": timezone.now(), "exports": CommissionExport.objects.order_by("-made_at")[:10]},
    )  # fmt: skip


@door("levels.decide")
def change(request: HttpRequest, change_id: int) -> HttpResponse:
    """One application: checks, then the branch's answer."""
    item = queries.change_for(request.member, change_id)  # type: ignore[attr-defined]
    error = ""
    if request.method == "POST":
        if request.POST.get("answer") not in ("approve", "refuse"):
            raise NotFound()
        try:
            actions.decide(
                change_id,
                approve=request.POST["answer"] == "approve",
                reason=request.POST.get("reason", ""),
                actor=request.member.actor,  # type: ignore[attr-defined]
            )  # type: ignore[attr-defined]
            messages.success(request, _("已答复客户"))
            return redirect("offerings:changes")
        except DomainError as refused:
            error = refused.sentence()
    names = {
        "other_level": _("不是现在的级别"),
        "level_active": _("级别在用"),
        "assessment_valid": _("风险测评有效"),
        "suggested_assets": _("达到建议资产"),
    }
    checks = [{**check, "label": names.get(check["name"], check["name"])} for check in item.checks]
    return render(
        request,
        "offerings/change.html",
        {"change": item, "checks": checks, "error": error, "now": timezone.now()},
        status=422 if error else 200,
    )


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
