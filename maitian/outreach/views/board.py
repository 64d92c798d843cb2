"""The operations board: how messages flow now, gateways, cost against plan, what is stuck."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maitian.outreach import queries
from maitian.outreach.queries import board
from maitian.staff.access import door


@door("outreach.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole board; its moving part is fetched again when the worker says that something changed."""
    member = request.member  # type: ignore[attr-defined]
    return render(
        request, "outreach/board/page.html",
        {
            "figures": board.figures(), "plan": board.plan(), "strange": board.strange_receipts(), "waiting": queries.waiting_for_a_person(),
            **_rights(request), "may_send": member.may("outreach.send"),
        },
    )  # fmt: skip


@door("outreach.view")
@require_safe
def part(request: HttpRequest) -> HttpResponse:
    """The part that moves."""
    return render(request, "outreach/board/part.html", {"figures": board.figures(), **_rights(request)})


def _rights(request: HttpRequest) -> dict[str, bool]:
    member = request.member  # type: ignore[attr-defined]
    return {
        "may_control": member.may("outreach.control"),
        "may_repair": member.may("reactions.repair"),
        "sees_clients": member.may("clients.view"),
    }
