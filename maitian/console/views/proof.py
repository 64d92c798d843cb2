"""The ledger, and live streams."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import ledger, live
from maitian.core.models import LedgerEntry
from maitian.staff.access import door
from maitian.staff.middleware import member_of
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

LIVE_SECONDS = 300  # then the browser connects again and its right is checked again


@door("ledger.view")
@require_safe
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first."""
    kind = request.GET.get("kind", "")
    rows = LedgerEntry.objects.all()
    if kind:
        rows = rows.filter(kind=kind)
    found = window(rows, request, size=50, key=("-number",))
    items = [ledger.item(row) for row in found.rows]
    return render(
        request, "console/ledger.html",
        {"window": found, "items": items, "names": actor_names({item.actor for item in items}), "kinds": sorted(ledger.kinds()), "kind": kind},
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
