"""Home by role, and the command bar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maitian.clients import queries as clients
from maitian.clients.models import Client
from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.models import CalendarImport, Rule
from maitian.desk import home as desk
from maitian.knowledge import home as knowledge
from maitian.library import queries as library
from maitian.library.models import Report
from maitian.mailroom import home as mailroom
from maitian.offerings import queries as offerings
from maitian.outreach import actions as outreach_actions
from maitian.outreach import calls
from maitian.outreach import queries as outreach
from maitian.outreach.campaigns import home as campaigns
from maitian.outreach.models import Event
from maitian.outreach.shares import queries as shares
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.ui import formats
from maitian.visits import home as visits

MOST = 50  # rows of a to-do list


def figures(member: Member) -> list[dict[str, Any]]:
    """The figures at the top, by what the member may see."""
    found: list[dict[str, Any]] = []
    now = timezone.now()
    if member.may("clients.view"):
        visible = clients.visible_to(member).exclude(state="closed")
        totals = visible.aggregate(count=Count("id"), assets=Sum("assets"))
        found.append(
            {
                "title": _("我的客户") if member.role in ("account_manager", "adviser") else _("在册客户"),
                "value": totals["count"],
                "sub": formats.money_short(totals["assets"] or 0, get_language()),
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
    if member.may("clients.view") and member.may("shares.view"):
        short, missing = shares.due_today(member)
        if short:
            found.append(
                {
                    "title": _("中签还缺款"), "value": short, "sub": formats.money_short(missing, get_language()), "url": reverse("outreach:shares"), "hot": True
                }
            )  # fmt: skip
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
    found += knowledge.tasks(member) if member.may("knowledge.view") else []
    found += mailroom.tasks(member)
    found += visits.tasks(member) if member.may("desk.work") else []
    if member.may("levels.decide") or member.role == "account_manager":
        for change in offerings.changes(member, "applied")[:MOST]:
            found.append(
                {
                    "icon": "wheat", "title": _("%(name)s 申请%(level)s") % {"name": change.client.person.masked_name, "level": change.to_level.title},
                    "url": reverse("offerings:change", args=[change.pk]) if member.may("levels.decide") else reverse("console:client", args=[change.client_id]),
                    "why": _("营业部要在期限前答复"), "due": change.due_at, "start": change.applied_at,
                    "rank": change.client.level_rank, "action": _("答复") if member.may("levels.decide") else _("看客户"),
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
                    "action": _("复核"),
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
                    "action": _("接着写"),
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
                        "action": _("看发给谁"),
                    }
                )
    if member.may("outreach.send"):
        for event in outreach.waiting_for_a_person():
            found.append(
                {
                    "icon": "send", "title": event.title, "url": reverse("outreach:event", args=[event.pk]),
                    "why": _("自动发送超过上限，等您看过再发") if event.state == "decided" else _("自动发送没有办成，等您看过再发"),
                }
            )  # fmt: skip
    if member.may("topics.approve"):
        for version in outreach.proposals().exclude(maker=member.actor)[:MOST]:
            found.append(
                {
                    "icon": "message", "title": version.topic.title, "url": reverse("outreach:version", args=[version.pk]),
                    "why": _("消息主题第 %(n)s 版等您复核") % {"n": version.number},
                }
            )  # fmt: skip
    if member.may("campaigns.view"):
        found += campaigns.tasks(member)
    if member.may("rulebook.approve"):
        for rule in (
            Rule.objects.filter(state="proposed").exclude(maker=member.actor).order_by("made_at")[:MOST]
        ):
            found.append(
                {
                    "icon": "settings",
                    "title": rulebook.title_of(rule),
                    "url": reverse("console:rule", args=[rule.book, rule.key]),
                    "why": _("规则修改等您复核"),
                    "action": _("复核"),
                }
            )
    if member.may("calendar.approve"):
        for item in CalendarImport.objects.filter(state="proposed")[:MOST]:
            found.append(
                {
                    "icon": "calendar", "title": item.file_name or _("日历"),
                    "url": reverse("console:calendar_import", args=[item.pk]), "why": _("日历等您复核"), "action": _("复核"),
                }
            )  # fmt: skip
    if member.may("offerings.approve"):
        for design in offerings.designs(state="submitted").exclude(maker=member.actor)[:MOST]:
            english = (get_language() or "").startswith("en")
            found.append(
                {
                    "icon": "wheat", "title": design.values["name_en" if english else "name"],
                    "url": reverse("offerings:design_page", args=[design.pk]), "why": _("级别设计等您复核"), "action": _("复核"),
                }
            )  # fmt: skip
    if member.may("coverage.assign") and (gaps := clients.gaps(member).count()):
        found.append(
            {
                "icon": "pin", "title": _("%(count)s 户没有人负责") % {"count": gaps}, "url": reverse("console:coverage"),
                "why": _("每位客户都要有人负责"), "action": _("去分配"),
            }
        )  # fmt: skip
    if member.role in ("account_manager", "adviser"):
        found += _owing(member) + _own_clients(member)
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
                    "action": _("打电话"),
                }
            )  # fmt: skip
    return found


FEW = 6  # rows of one kind that an account manager sees at once


def _owing(member: Member) -> list[dict[str, Any]]:
    """Own clients whose money for an allotment is not all there, the nearest deadline first (E5)."""
    found = shares.owing(member, FEW * 2)
    people = {
        c.pk: c for c in clients.visible_to(member).select_related("person").filter(pk__in=[item.client_id for item in found])
    }  # fmt: skip
    return [
        {
            "icon": "ticket", "title": person.person.masked_name, "rank": person.level_rank, "url": reverse("console:client", args=[person.pk]) + "#allotments",
            "why": _("%(name)s中签还差 %(missing)s 元") % {"name": item.issue.name, "missing": formats.money(item.missing)},
            "due": item.issue.pay_by, "start": item.arrived_at, "action": _("看客户"),
        }
        for item in found
        if (person := people.get(item.client_id)) is not None
    ]  # fmt: skip


def _own_clients(member: Member) -> list[dict[str, Any]]:
    """Whom an account manager or adviser should think of: birthdays of the week, assessments that run out."""
    visible = clients.visible_to(member).select_related("person").exclude(state="closed")
    today, language = business_time.today(), get_language()
    days = [today + timedelta(days=n) for n in range(7)]
    found: list[dict[str, Any]] = []
    born = visible.filter(person__birth_day__in=[day.month * 100 + day.day for day in days]).order_by(
        "-assets"
    )
    for client in sorted(born[:FEW], key=lambda c: _next_birthday(c, days)):
        on = _next_birthday(client, days)
        age = on.year - client.person.birthday.year  # type: ignore[union-attr]
        words = _("今天") if on == today else formats.day(on, today, language)
        found.append(
            {
                "icon": "gift", "title": client.person.masked_name, "rank": client.level_rank,
                "url": reverse("console:client", args=[client.pk]), "action": _("看客户"),
                "why": _("%(day)s %(age)s 岁生日") % {"day": words, "age": age}, "later": on != today,
            }
        )  # fmt: skip
    soon = today + timedelta(days=30)
    for client in visible.filter(risk_valid_until__lte=soon, state="active").order_by("-assets")[:FEW]:
        until = client.risk_valid_until or today
        words = formats.day(until, today, language)
        found.append(
            {
                "icon": "shield", "title": client.person.masked_name, "rank": client.level_rank,
                "url": reverse("console:suitability", args=[client.pk]), "action": _("做测评"),
                "why": (_("风险测评 %(day)s 已过期，只能收到 R1 的内容") if until < today else _("风险测评 %(day)s 到期，请客户重做"))
                % {"day": words},
                "later": until >= today,
            }
        )  # fmt: skip
    return found


def _next_birthday(client: Client, days: list[date]) -> date:
    birthday = client.person.birthday
    return next(
        (day for day in days if birthday and (day.month, day.day) == (birthday.month, birthday.day)), days[0]
    )


def grouped(listed: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """To-dos in three groups: late ones, those of today, later ones; each by its deadline."""
    end = business_time.shanghai(now).replace(hour=23, minute=59, second=59)
    groups: dict[str, list[dict[str, Any]]] = {"late": [], "today": [], "later": []}
    for task in listed:
        due = task.get("due")
        late = due is not None and due < now
        later = task.get("later") or (due is not None and due > end)
        groups["late" if late else "later" if later else "today"].append(task)
    for rows in groups.values():
        rows.sort(key=lambda task: task.get("due") or end)
    titles = {"late": _("现在就做"), "today": _("今天"), "later": _("接下来")}
    return [{"key": key, "title": titles[key], "tasks": rows} for key, rows in groups.items() if rows]


WEEKDAYS = (
    gettext_lazy("周一好"), gettext_lazy("周二好"), gettext_lazy("周三好"), gettext_lazy("周四好"), gettext_lazy("周五好"),
    gettext_lazy("周六好"), gettext_lazy("周日好"),
)  # fmt: skip


@door("home.view")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today: figures, to-dos, latest sends and reports."""
    member = request.member  # type: ignore[attr-defined]
    now = timezone.now()
    listed = tasks(member)
    return render(
        request, "console/home.html",
        {
            "figures": figures(member), "groups": grouped(listed, now), "count": len(listed), "now": now,
            "greeting": WEEKDAYS[business_time.shanghai(now).weekday()], "today": business_time.today(),
            "by_rank": {level.rank: level for level in offerings.levels(active_only=False)},
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
    found += knowledge.find(member, words)
    if member.may("library.view") and len(words) >= 2:
        found += [
            {"url": reverse("library:report", args=[r.pk]), "icon": "book", "label": r.title, "hint": ""}
            for r in library.listing({"q": words}, published_only=True)[:5]
        ]
    if request.headers.get("HX-Request") == "true":
        return render(request, "ui/found.html", {"found": found, "words": words})
    return render(request, "console/find.html", {"found": found, "words": words})
