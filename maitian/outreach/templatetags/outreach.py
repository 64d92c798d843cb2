"""The row of outreach's pages, as far as the member may enter them."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

register = template.Library()

ROOMS = (
    ("events", "outreach:list", _("每次发送"), "outreach.view"),
    ("topics", "outreach:topics", _("主题一览"), "outreach.view"),
    ("campaigns", "outreach:campaigns", _("活动"), "campaigns.view"),
    ("briefings", "outreach:briefings", _("报告会"), "briefings.view"),
    ("write", "outreach:write", _("写一条"), "outreach.decide"),
    ("board", "outreach:board", _("运行"), "outreach.view"),
    ("failed", "outreach:failed", _("没送达"), "outreach.view"),
    ("calls", "outreach:calls", _("要打的电话"), "calls.make"),
    ("replies", "outreach:replies", _("客户回的短信"), "clients.view"),
)


@register.inclusion_tag("outreach/rooms.html", takes_context=True)
def outreach_rooms(context: Context, here: str) -> dict[str, Any]:
    """``{% outreach_rooms "topics" %}``: the pages with the current one marked."""
    member = context["request"].member
    rooms = [
        (key == here, reverse(name), label)
        for key, name, label, permission in ROOMS
        if member.may(permission)
    ]
    return {"rooms": rooms}
