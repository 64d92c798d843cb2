"""The simulators: what the local gateways got, and what a person lets them do for a demonstration.

They stand for the gateways only while none is configured; otherwise there is no such page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config import env
from maitian.core.errors import DomainError, NotFound
from maitian.core.privacy import mask_email, mask_phone
from maitian.simulators import orders
from maitian.simulators.store import recent
from maitian.staff.access import door

SHOWN = 50
LINES = {
    "simulator": gettext_lazy("短信网关"),
    "backup": gettext_lazy("备用短信网关"),
    "cloud": gettext_lazy("云短信网关"),
    "sink": gettext_lazy("邮件服务器"),
}
MODES = {
    "up": (gettext_lazy("正常"), "ok"),
    "slow": (gettext_lazy("很慢"), "warn"),
    "silent": (gettext_lazy("收下不答"), "warn"),
    "down": (gettext_lazy("断开"), "late"),
}


class ReplyEmpty(DomainError):
    code = "simulators.reply_empty"
    zh = "请写客户回的短信，如“TD”。"
    en = "Write what the client replies, like “TD”."
    field = "text"


class NotRunning(DomainError):
    code = "simulators.not_running"
    zh = "模拟器没有在运行。请用 make run 启动产品。"
    en = "The simulators are not running. Start the product with make run."
    status = 409


def folder() -> Path:
    """The simulators' folder. Raises :class:`NotFound` where real gateways are configured."""
    if not settings.SIMULATED:
        raise NotFound()
    return env.VAR / "simulators"


@door("simulators.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What the local SMS gateways and the mail server got, and how they are."""
    where = folder()
    words = request.GET.get("q", "").strip()[:60]
    state = orders.state(where)
    gone = set(state["gone"]) if state else set()
    texts = [_shown(item, mask_phone, gone) for item in recent(where, "sms", SHOWN, words)]
    letters = [_shown(item, mask_email, gone) for item in recent(where, "mail", SHOWN, words)]
    return render(
        request, "console/simulators.html",
        {
            "texts": texts, "letters": letters, "q": words, "lines": _lines(state), "running": state is not None,
            "may_use": request.member.may("simulators.use"),  # type: ignore[attr-defined]
            "modes": [(mode, label) for mode, (label, _tone) in MODES.items()],
        },
    )  # fmt: skip


def _shown(item: dict[str, Any], mask: Any, gone: set[str]) -> dict[str, Any]:
    to = str(item.get("to", ""))
    return {
        **item,
        "to": mask(to),
        "gone": to in gone,
        "at": parse_datetime(str(item.get("at", ""))),
        "line": LINES.get(item.get("gateway", "")),
    }


def _lines(state: dict[str, Any] | None) -> list[dict[str, Any]]:
    if state is None:
        return []
    return [
        {
            **item,
            "label": LINES[item["name"]],
            "state": MODES[item["mode"]][0],
            "tone": MODES[item["mode"]][1],
        }
        for item in state["lines"]
        if item.get("name") in LINES and item.get("mode") in MODES
    ]


def _running() -> Path:
    where = folder()
    if orders.state(where) is None:
        raise NotRunning()
    return where


@door("simulators.use")
@require_POST
def line(request: HttpRequest) -> HttpResponse:
    """A line is well, slow, silent or down."""
    where = _running()
    name, mode = request.POST.get("gateway", ""), request.POST.get("mode", "")
    if name not in LINES or mode not in MODES:
        raise NotFound()
    orders.give(where, do="mode", gateway=name, mode=mode)
    messages.success(request, _("%(line)s：%(mode)s") % {"line": LINES[name], "mode": MODES[mode][0]})
    return redirect("console:simulators")


@door("simulators.use")
@require_POST
def reply(request: HttpRequest) -> HttpResponse:
    """Answer a text as the client who got it."""
    where = _running()
    text = request.POST.get("text", "").strip()
    found = _message(where, "sms", request.POST.get("id", ""))
    if not text:
        raise ReplyEmpty()
    orders.give(
        where, do="reply", gateway=found.get("gateway") or "simulator", phone=found["to"], text=text[:600]
    )
    messages.success(request, _("%(to)s 回了短信") % {"to": mask_phone(found["to"])})
    return redirect("console:simulators")


@door("simulators.use")
@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """The number or mailbox of a message does not exist, or exists again."""
    where = _running()
    kind = request.POST.get("kind", "")
    if kind not in ("sms", "mail"):
        raise NotFound()
    found = _message(where, kind, request.POST.get("id", ""))
    gone = request.POST.get("gone") == "1"
    orders.give(where, do="gone", to=found["to"], gone=gone)
    masked = mask_phone(found["to"]) if kind == "sms" else mask_email(found["to"])
    words = _("%(to)s 从现在起不存在") if gone else _("%(to)s 又能用了")
    messages.success(request, words % {"to": masked})
    return redirect("console:simulators")


def _message(where: Path, kind: str, number: str) -> dict[str, Any]:
    """A message by its number: the page never holds whole phone numbers."""
    found = (
        next((item for item in recent(where, kind, 1, number) if str(item.get("id")) == number), None)
        if number
        else None
    )
    if found is None:
        raise NotFound()
    return found
