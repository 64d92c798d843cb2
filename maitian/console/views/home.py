"""Home by role, and the command bar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maitian.clients import queries as clients
from maitian.core import time as business_time
from maitian.core.models import CalendarImport, Rule
from maitian.desk import home as desk
from maitian.library import queries as library
from maitian.library.models import Report
from maitian.offerings import queries as offerings
from maitian.outreach import actions as outreach_actions
from maitian.outreach import calls
from maitian.outreach import queries as outreach
from maitian.outreach.models import Event
from maitian.staff.access import door
from maitian.staff.models import Member

MOST = 50  # rows of a to-do list


def figures(member: Member) -> list[dict[str, Any]]:
    """The figures at the top, by what the member may see."""
    found: list[dict[str, Any]] = []
    now = timezone.now()
    if member.may("clients.view"):
        visible = clients.visible_to(member).exclude(state="closed")
        found.append(
            {
                "title": _("我的客户") if member.role in ("account_manager", "adviser") else _("在册客户"),
                "value": visible.count(),
                "url": reverse("console:clients"),
            }
        )
        soon = business_time.today() + timedelta(days=30)
        expiring = visible.filter(risk_valid_until__lte=soon).count()
        found.append(
            {
                "title": _("测评快到期或已过期"),
                "value": expiring,
                "url": reverse("console:clients") + "?due=risk",
                "hot": expiring > 0,
            }
        )
    if member.may("desk.view"):
        found += desk.figures(member)
    if member.may("coverage.view"):
        gaps = clients.gaps(member).count()
        found.append(
            {"title": _("没有人负责"), "value": gaps, "url": reverse("console:coverage"), "hot": gaps > 0}
        )
    if member.may("levels.decide"):
        late = offerings.changes(member, "applied").filter(due_at__lt=now).count()
        found.append(
            {"title": _("级别申请超时"), "value": late, "url": reverse("offerings:changes"), "hot": late > 0}
        )
    if member.may("library.write") or member.may("library.approve"):
        waiting = Report.objects.filter(state="submitted").count()
        found.append(
            {
                "title": _("待复核的报告"),
                "value": waiting,
                "url": reverse("library:list") + "?state=submitted",
                "hot": False,
            }
        )
    if member.may("outreach.view"):
        sending = Event.objects.filter(state__in=["sending", "paused"]).count()
        found.append({"title": _("正在发送"), "value": sending, "url": reverse("outreach:list")})
    if member.may("outreach.control"):
        found.append(
            {
                "title": _("本月短信费（元）"),
                "value": round(outreach_actions.spent_this_month(now) / 10_000),
                "url": reverse("outreach:list"),
            }
        )
    return found


def tasks(member: Member) -> list[dict[str, Any]]:
    """What to do next: who, what, by when."""
    found: list[dict[str, Any]] = desk.tasks(member) if member.may("desk.view") else []
    if member.may("levels.decide") or member.role == "account_manager":
        for change in offerings.changes(member, "applied")[:MOST]:
            found.append(
                {
                    "icon": "wheat", "title": _("%(name)s 申请%(level)s") % {"name": change.client.person.masked_name, "level": change.to_level.title},
                    "url": reverse("offerings:change", args=[change.pk]) if member.may("levels.decide") else reverse("console:client", args=[change.client_id]),
                    "why": _("营业部要在期限前答复"), "due": change.due_at, "start": change.applied_at,
                }
            )  # fmt: skip
    if member.may("library.approve"):
        for report in Report.objects.filter(state="submitted").order_by("changed_at")[:MOST]:
            found.append(
                {
                    "icon": "book",
                    "title": report.title,
                    "url": reverse("library:report", args=[report.pk]),
                    "why": _("等您复核发布"),
                }
            )
    if member.may("library.write"):
        for report in Report.objects.filter(state="draft", maker=member.actor).order_by("-changed_at")[:10]:
            found.append(
                {
                    "icon": "edit",
                    "title": report.title,
                    "url": reverse("library:edit", args=[report.pk]),
                    "why": _("您的草稿"),
                }
            )
        for report in Report.objects.filter(state="published", maker=member.actor).order_by("-published_at")[
            :3
        ]:
            if not Event.objects.filter(object_kind="report", object_id=report.pk).exists():
                found.append(
                    {
                        "icon": "send",
                        "title": report.title,
                        "url": reverse("outreach:new") + f"?report={report.pk}",
                        "why": _("已发布，还没发给客户"),
                    }
                )
    if member.may("rulebook.approve"):
        for rule in Rule.objects.filter(state="proposed").order_by("made_at")[:MOST]:
            found.append(
                {
                    "icon": "settings",
                    "title": rule.title,
                    "url": reverse("console:rule", args=[rule.book, rule.key]),
                    "why": _("规则修改等您复核"),
                }
            )
    if member.may("calendar.approve"):
        for item in CalendarImport.objects.filter(state="proposed")[:MOST]:
            found.append(
                {
                    "icon": "calendar",
                    "title": item.file_name,
                    "url": reverse("console:calendar"),
                    "why": _("日历等您复核"),
                }
            )
    if member.role == "account_manager":
        visible = clients.visible_to(member)
        soon = business_time.today() + timedelta(days=30)
        for client in (
            visible.select_related("person")
            .filter(risk_valid_until__lte=soon, state="active")
            .order_by("-assets")[:8]
        ):
            found.append(
                {
                    "icon": "shield",
                    "title": client.person.masked_name,
                    "url": reverse("console:suitability", args=[client.pk]),
                    "why": _("风险测评 %(day)s 到期，请客户重做") % {"day": client.risk_valid_until},
                }
            )
    if member.may("calls.make"):
        now = timezone.now()
        open_tasks = list(calls.tasks_of(member)[:MOST])
        names = {
            c.pk: c.person.masked_name
            for c in clients.visible_to(member)
            .select_related("person")
            .filter(pk__in=[t.client_id for t in open_tasks])
        }
        for task in open_tasks:
            found.append(
                {
                    "icon": "phone", "title": _("给 %(name)s 打电话") % {"name": names.get(task.client_id, "–")},
                    "url": reverse("outreach:call", args=[task.pk]), "why": task.event.title, "due": task.due_at, "start": task.opened_at or now,
                }
            )  # fmt: skip
    return found


@door("home.view")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today: figures, to-dos, latest sends and reports."""
    member = request.member  # type: ignore[attr-defined]
    return render(
        request, "console/home.html",
        {
            "figures": figures(member), "tasks": tasks(member), "now": timezone.now(),
            "events": outreach.events()[:6] if member.may("outreach.view") else [],
            "reports": list(library.listing({}, published_only=True)[:6]) if member.may("library.view") else [],
            "days_left": business_time.horizon_warning() if member.may("calendar.view") else None,
        },
    )  # fmt: skip


@door("home.view")
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Clients, reports and pages for a few typed signs."""
    member = request.member  # type: ignore[attr-defined]
    words = request.GET.get("q", "").strip()[:60]
    found: list[dict[str, Any]] = []
    if member.may("clients.view"):
        levels = {level.rank: level for level in offerings.levels(active_only=False)} if words else {}
        found += [
            {"url": reverse("console:client", args=[c.pk]), "icon": "user", "label": c.person.masked_name, "level": levels.get(c.level_rank), "hint": c.manager.title if c.manager else ""}
            for c in clients.search(member, words, 8)
        ]  # fmt: skip
    if member.may("desk.view"):
        found += desk.find(member, words)
    if member.may("library.view") and len(words) >= 2:
        found += [
            {"url": reverse("library:report", args=[r.pk]), "icon": "book", "label": r.title, "hint": ""}
            for r in library.listing({"q": words}, published_only=True)[:5]
        ]
    if request.headers.get("HX-Request") == "true":
        return render(request, "ui/found.html", {"found": found, "words": words})
    return render(request, "console/find.html", {"found": found, "words": words})
