"""One gateway: how it is, out of service and back. And what came in that nobody could read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError
from maitian.outreach import actions
from maitian.outreach.queries import gateways
from maitian.staff.access import door
from maitian.staff.queries import actor_names
from maitian.ui.paging import window


@door("outreach.control")
def gateway(request: HttpRequest, gateway: str) -> HttpResponse:
    """Says what would happen, then does it."""
    member = request.member  # type: ignore[attr-defined]
    found = gateways.one(gateway)
    problem = ""
    if request.method == "POST":
        off = request.POST.get("off") == "1"
        try:
            actions.switch_gateway(
                found.state.name, off=off, reason=request.POST.get("reason", ""), actor=member.actor
            )
        except DomainError as refused:
            problem = refused.sentence()
        else:
            messages.success(request, _("已停发，几秒内不再交给它") if off else _("已启用"))
            return redirect("outreach:board")
    return render(
        request, "outreach/gateways/gateway.html",
        {"found": found, "problem": problem, "reason": request.POST.get("reason", "")}, status=422 if problem else 200,
    )  # fmt: skip


@door("outreach.view")
@require_safe
def quarantine(request: HttpRequest) -> HttpResponse:
    """What came in and could not be read: reason, source and size; its content only on asking."""
    part = window(
        gateways.quarantined(all_of_it=request.GET.get("all") == "1"), request, size=40, key=("-at", "-pk")
    )
    return render(
        request, "outreach/gateways/quarantine.html",
        {
            "rows": part.rows, "window": part, "all_of_it": request.GET.get("all") == "1", "names": actor_names({row.seen_by for row in part.rows if row.seen_by}),
            "may_see": request.member.may("outreach.inspect"), "waiting": gateways.waiting(),  # type: ignore[attr-defined]
        },
    )  # fmt: skip


@door("outreach.inspect")
@require_POST
def seen(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show one with its content, once it is on record that somebody looked."""
    member = request.member  # type: ignore[attr-defined]
    found = actions.see_quarantined(item_id, actor=member.actor)
    return render(
        request, "outreach/gateways/item.html", {"item": found, "content": str(found.content)[:20_000]}
    )
