"""The portal's bottom bar."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maitian.desk import queries as desk
from maitian.outreach import queries as outreach
from maitian.ui import navigation

TABS = (
    ("portal:home", "home", _("首页")), ("portal:inbox", "mail", _("收件箱")), ("portal:cases", "message", _("我的事")),
    ("portal:reports", "book", _("报告")),
    ("portal:level", "wheat", _("我的级别")), ("portal:me", "user", _("我的")),
)  # fmt: skip


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    client_id = getattr(request, "client_id", None)
    if client_id is None:
        return []
    counts = {"portal:inbox": outreach.unread(client_id), "portal:cases": desk.portal.unread(client_id)}
    return [
        {"url": reverse(name), "icon": icon, "label": label, "count": counts.get(name, 0)}
        for name, icon, label in TABS
    ]


def register() -> None:
    navigation.register("portal", menu)
