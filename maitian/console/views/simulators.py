"""The simulators: what the local gateways got, and what a person lets them do for a demonstration.

They stand for the gateways only while none is configured; otherwise there is no such page.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config import env
from maitian.clients.models import ContactPoint
from maitian.core import jobs
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


class LetterEmpty(DomainError):
    code = "simulators.letter_empty"
    zh = "请写邮件的正文。"
    en = "Write what the mail says."
    field = "text"


class SenderUnknown(DomainError):
    code = "simulators.sender_unknown"
    zh = "没有这个资金账号，或者这位客户没有登记邮箱。请填邮箱，如 someone@else.example。"
    en = "There is no such fund account, or this client has no mailbox on record. Give a mailbox, like someone@else.example."
    field = "who"


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
            "kinds": list(LETTERS.items()),
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


LETTERS = {
    "plain": gettext_lazy("平常写的"),
    "old": gettext_lazy("老程序写的（GBK）"),
    "robot": gettext_lazy("自动回复"),
    "forged": gettext_lazy("冒名的"),
}


@door("simulators.use")
@require_POST
def letter(request: HttpRequest) -> HttpResponse:
    """Write to our mailbox: as the client who got a mail, as the client of an account, or as anybody."""
    where = _running()
    text, kind = request.POST.get("text", "").strip()[:4000], request.POST.get("kind", "plain")
    if not text:
        raise LetterEmpty()
    if kind not in LETTERS:
        raise NotFound()
    order: dict[str, Any] = {
        "do": "letter",
        "kind": kind,
        "text": text,
        "subject": request.POST.get("subject", "").strip()[:120],
    }
    if request.POST.get("id"):
        found = _message(where, "mail", request.POST["id"])
        order |= {
            "from": found["to"].split(",")[0].strip(), "answers": found["id"], "quoted": str(found.get("text", ""))[:2000],
            "subject": "回复：" + str(found.get("subject", "")),
        }  # fmt: skip
    else:
        order["from"] = _mailbox_of(request.POST.get("who", "").strip())
    orders.give(where, **order)
    jobs.defer("mailroom.fetch", at=timezone.now() + timedelta(seconds=1.5))
    messages.success(request, _("%(who)s 写了一封邮件，几秒后收到") % {"who": mask_email(order["from"])})
    return redirect("console:simulators")


def _mailbox_of(who: str) -> str:
    """A mailbox as it was typed, or the one on the record of the client with a fund account."""
    if "@" in who and len(who) <= 120 and " " not in who:
        return who
    found = (
        ContactPoint.objects.filter(kind="email", client__accounts__number=who[:20])
        .order_by("-primary")
        .first()
    )
    if found is None:
        raise SenderUnknown()
    return str(found.value)


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
