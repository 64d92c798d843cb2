"""Webhooks: proposed by the administrator, put into service by compliance, watched by both."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maitian.console import ledger_groups
from maitian.core import webhooks
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import LedgerHead, Webhook
from maitian.staff.access import door, no_permission
from maitian.staff.queries import actor_names
from maitian.ui.paging import window


@door("webhooks.view")
def listing(request: HttpRequest) -> HttpResponse:
    """Every webhook with how far it is, and a proposal for a new one."""
    member = request.member  # type: ignore[attr-defined]
    error, field, status = "", "", 200
    if request.method == "POST":
        if not member.may("webhooks.propose"):
            raise no_permission("webhooks.propose")
        try:
            made, secret = webhooks.propose(
                request.POST.get("name", ""),
                request.POST.get("url", ""),
                request.POST.getlist("kinds"),
                actor=member.actor,
            )
        except DomainError as refused:
            error, field, status = refused.sentence(), refused.field or "", 422
        else:
            request.session["fresh_secret"] = secret
            messages.success(request, _("已提交，等复核"))
            return redirect("console:webhook", made.pk)
    head = LedgerHead.objects.values_list("number", flat=True).first() or 0
    hooks = list(Webhook.objects.order_by("name"))
    for hook in hooks:
        hook.behind = max(0, head - hook.number) if hook.state in ("active", "paused") else 0  # type: ignore[attr-defined]
    return render(
        request, "console/webhooks.html",
        {
            "hooks": hooks, "groups": ledger_groups.grouped(), "error": error, "field": field, "given": request.POST, "chosen": request.POST.getlist("kinds"),
            "may_propose": member.may("webhooks.propose"),
        },
        status=status,
    )  # fmt: skip


@door("webhooks.view")
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One webhook: what it gets, what came of the last calls, and what can be done."""
    member = request.member  # type: ignore[attr-defined]
    hook = Webhook.objects.filter(pk=webhook_id).first()
    if hook is None:
        raise NotFound()
    head = LedgerHead.objects.values_list("number", flat=True).first() or 0
    return render(
        request, "console/webhook.html",
        {
            "hook": hook, "window": window(hook.calls.order_by("-id"), request, size=30), "behind": max(0, head - hook.number), "head": head,
            "names": actor_names({hook.maker, hook.checker}), "secret": request.session.pop("fresh_secret", ""),
            "may_propose": member.may("webhooks.propose"), "may_approve": member.may("webhooks.approve") and hook.maker != member.actor,
        },
    )  # fmt: skip


STEPS = {
    "approve": "webhooks.approve",
    "pause": "webhooks.view",
    "resume": "webhooks.approve",
    "end": "webhooks.view",
    "replay": "webhooks.propose",
    "try": "webhooks.propose",
}


@door("webhooks.view")
@require_POST
def step(request: HttpRequest, webhook_id: int, step: str) -> HttpResponse:
    """Approve, pause, resume, end, replay, or try whether somebody answers."""
    member = request.member  # type: ignore[attr-defined]
    if step not in STEPS:
        raise NotFound()
    if not member.may(STEPS[step]):
        raise no_permission(STEPS[step])
    if step == "approve":
        webhooks.approve(webhook_id, actor=member.actor)
    elif step == "replay":
        after = request.POST.get("after", "").strip()
        if not after.isdecimal() or len(after) > 17:
            messages.error(request, _("请填账本的行号，只用数字。"))
        else:
            webhooks.replay(webhook_id, int(after), actor=member.actor)
            messages.success(request, _("已经从这一行之后开始重发"))
    elif step == "try":
        answer = webhooks.try_out(webhook_id)
        words = _("对方答复 %(status)s，用时 %(ms)s 毫秒") if answer.taken else _("没有接通：%(error)s")
        told = words % {"status": answer.status, "ms": answer.milliseconds, "error": answer.error}
        (messages.success if answer.taken else messages.error)(request, told)
    else:
        webhooks.move(webhook_id, step, actor=member.actor)
    return redirect("console:webhook", webhook_id)
