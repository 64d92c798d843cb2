"""The ledger, and live streams."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.console import ledger_groups
from maitian.core import ledger, live
from maitian.core.models import LedgerEntry
from maitian.staff.access import door
from maitian.staff.middleware import member_of
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

LIVE_SECONDS = 300  # then the browser connects again and its right is checked again


def _ledger_rows(given: Any) -> QuerySet[LedgerEntry]:
    """Rows by kind, by who did it (a member's id) and by client (its id)."""
    rows = LedgerEntry.objects.all()
    if given.get("kind"):
        rows = rows.filter(kind=given["kind"][:80])
    for name, column, head in (("actor", "actor", "member:"), ("client", "client_id", "")):
        text = given.get(name, "").strip().removeprefix("#")
        if text:
            usable = text.isascii() and text.isdigit() and len(text) < 19
            rows = rows.filter(**{column: f"{head}{text}" if head else int(text)}) if usable else rows.none()
    return rows


@door("ledger.view")
@require_safe
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first."""
    found = window(_ledger_rows(request.GET), request, size=50, key=("-number",))
    items = [ledger.item(row) for row in found.rows]
    clients = [row.client_id for row in found.rows]
    members = Member.objects.filter(branch=request.member.branch).order_by("role", "pk")  # type: ignore[attr-defined]
    return render(
        request, "console/ledger.html",
        {
            "window": found, "rows": list(zip(items, clients, strict=True)), "may_open": request.member.may("clients.view"),  # type: ignore[attr-defined]
            "names": actor_names({item.actor for item in items}), "groups": ledger_groups.grouped(),
            "members": members.only("pk", "name", "name_en", "role")[:500], "given": request.GET,
            "may_verify": request.member.may("ledger.verify"),  # type: ignore[attr-defined]
        },
    )  # fmt: skip


@door("ledger.verify")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the chain."""
    found = ledger.verify()
    if found.sound:
        messages.success(request, _("账本完整，共 %(rows)s 行") % {"rows": f"{found.rows:,}"})
    for fault in found.faults[:10]:
        messages.error(request, ledger.describe(fault))
    return redirect("console:ledger" if request.member.may("ledger.view") else "console:home")  # type: ignore[attr-defined]


async def live_stream(request: HttpRequest, topic: str) -> HttpResponseBase:
    """Server-sent events of one topic or several (``a+b``) for a signed-in member.

    Ends after five minutes, so that the right is asked again.
    """
    member = await sync_to_async(member_of)(request)
    names = topic.split("+")
    if member is None or not await sync_to_async(live.may_watch)(member, names):
        return HttpResponse(status=403)

    async def stream() -> AsyncIterator[bytes]:
        async for chunk in live.hub().watch(names, LIVE_SECONDS):
            yield chunk

    return StreamingHttpResponse(stream(), content_type="text/event-stream", headers=live.HEADERS)


live_stream.door = "live"  # type: ignore[attr-defined]
