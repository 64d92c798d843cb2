"""Reactions to the ledger: how far each is, and what to do with one that is stuck."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import ledger, reactions
from maitian.core.errors import NotFound
from maitian.staff.access import door


@door("reactions.repair")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every reaction with its place in the ledger; the stuck ones with their row and the two ways out."""
    rows = [
        (standing, ledger.item(standing.row) if standing.row else None) for standing in reactions.standings()
    ]
    return render(
        request,
        "console/reactions.html",
        {"rows": rows, "stuck": [row for row in rows if row[0].cursor.failures]},
    )


@door("reactions.repair")
@require_POST
def repair(request: HttpRequest, name: str, move: str) -> HttpResponse:
    """Skip the row that it fails at, or let it begin again after a row; both with a reason."""
    actor, reason = request.member.actor, request.POST.get("reason", "")  # type: ignore[attr-defined]
    if move == "skip":
        reactions.skip(name, reason=reason, actor=actor)
        messages.success(request, _("已跳过，后面的接着处理"))
    elif move == "replay":
        after = request.POST.get("after", "")
        if not (after.isascii() and after.isdigit() and len(after) < 18):
            raise NotFound()
        reactions.replay(name, int(after), reason=reason, actor=actor)
        messages.success(request, _("已退回，从那一行之后重做"))
    else:
        raise NotFound()
    return redirect("console:reactions")
