"""What stands around the console's pages: menu, branch, search, market line."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from maitian.core import time as business_time
from maitian.desk import home as desk
from maitian.mailroom import home as mailroom
from maitian.staff import notifications
from maitian.ui import navigation

# A row without a permission begins a group; a group of which the member may see nothing is left out.
MENU = (
    ("home.view", "console:home", "today", lazy("今日")),
    ("clients.view", "console:clients", "users", lazy("客户")),
    ("desk.view", "desk:inbox", "case", lazy("个案")),
    ("desk.work", "visits:day", "pin", lazy("上门路线")),
    ("mailroom.view", "mailroom:list", "mail", lazy("邮件")),
    ("knowledge.view", "knowledge:list", "help", lazy("知识库")),
    ("", "", "", lazy("客户经营")),
    ("coverage.view", "console:coverage", "pin", lazy("覆盖")),
    ("duplicates.view", "console:duplicates", "link", lazy("重复档案")),
    ("offerings.view", "offerings:levels", "wheat", lazy("级别")),
    ("levels.decide", "offerings:changes", "level-2", lazy("级别申请")),
    ("", "", "", lazy("内容与触达")),
    ("library.view", "library:list", "book", lazy("资讯库")),
    ("library.view", "library:picks", "star", lazy("荐股")),
    ("outreach.view", "outreach:list", "send", lazy("发送")),
    ("campaigns.view", "outreach:campaigns", "chart", lazy("活动")),
    ("briefings.view", "outreach:briefings", "calendar", lazy("报告会")),
    ("shares.view", "outreach:shares", "ticket", lazy("新股与中签")),
    ("", "", "", lazy("管理")),
    ("clients.import", "console:imports", "download", lazy("导入")),
    ("rulebook.view", "console:rulebook", "settings", lazy("规则手册")),
    ("desk.lead", "desk:kinds", "filter", lazy("个案类别")),
    ("desk.lead", "desk:routes", "right", lazy("分派规则")),
    ("calendar.view", "console:calendar", "calendar", lazy("日历")),
    ("ledger.view", "console:ledger", "shield", lazy("账本")),
    ("reactions.repair", "console:reactions", "refresh", lazy("账本的反应")),
    ("staff.view", "console:staff", "user", lazy("员工")),
    ("webhooks.view", "console:webhooks", "link", lazy("推送")),
    ("simulators.view", "console:simulators", "message", lazy("模拟器")),
)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu by what the member may do."""
    member = getattr(request, "member", None)
    if member is None:
        return []
    items: list[dict[str, Any]] = []
    for permission, name, icon, label in MENU:
        if not permission:
            if items and "group" in items[-1]:
                items.pop()
            items.append({"group": label})
        elif member.may(permission):
            items.append({"url": reverse(name), "icon": icon, "label": label})
    if items and "group" in items[-1]:
        items.pop()
    if member.may("desk.view"):
        count, late = desk.waiting(member)
        item = next(item for item in items if item.get("icon") == "case")
        item |= {"count": count, "hot": late}
    if member.may("mailroom.view"):
        count, hot = mailroom.waiting()
        item = next(item for item in items if item["icon"] == "mail")
        item |= {"count": count, "hot": hot}
    return items


def bell_count(request: HttpRequest) -> int:
    member = getattr(request, "member", None)
    return notifications.unread(member) if member is not None else 0


def market_line(request: HttpRequest) -> str:
    """Where the exchanges' day stands: in session, before it, at noon, over, or closed for the day."""
    now = timezone.now()
    local = business_time.shanghai(now)
    trading = business_time.calendar("trading")
    if trading.is_open(now):
        words = _("交易中 %(time)s")
    elif not business_time.is_trading_day(local.date()):
        words = _("今日休市 %(time)s")
    elif business_time.shanghai(trading.next_open(now)).date() != local.date():
        words = _("已收市 %(time)s")
    else:
        words = _("未开盘 %(time)s") if local.hour < 11 else _("午间休市 %(time)s")
    return words % {"time": f"{local:%H:%M}"}


def demo_notice(request: HttpRequest) -> str:
    """Said on every page while the demonstration's clients are in the database."""
    from maitian.clients.models import Client
    from maitian.staff.models import Branch

    shown = _demo.get("shown")
    if shown is None:
        shown = _demo["shown"] = Branch.objects.filter(code="BH").exists() and Client.objects.exists()
    if not shown:
        return ""
    words = (
        "演示数据：人物都是虚构的；股价是真实的，日期挪到了最近 244 个交易日。",
        "Demonstration: the people are invented; the prices are real, their dates shifted to the last 244 trading days.",
    )
    return words[1] if (get_language() or "").startswith("en") else words[0]


_demo: dict[str, bool] = {}


def register() -> None:
    navigation.register("console", menu)
    navigation.provide(
        "find_url", lambda request: reverse("console:find") if getattr(request, "member", None) else ""
    )
    navigation.provide(
        "home_url", lambda request: reverse("console:home") if getattr(request, "member", None) else "/"
    )
    navigation.provide("sign_out_url", lambda request: reverse("console:sign_out"))
    navigation.provide("profile_url", lambda request: reverse("console:me"))
    navigation.provide("market_line", market_line)
    navigation.provide(
        "bell_url", lambda request: reverse("console:bell") if getattr(request, "member", None) else ""
    )
    navigation.provide("bell_count", bell_count)
    navigation.provide("demo_notice", demo_notice)
