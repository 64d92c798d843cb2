"""Messages that did not arrive: looked at by reason, tried again, taken away as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.queries import get_visible, visible_to
from maitian.core.time import shanghai
from maitian.outreach import dispatch, queries
from maitian.outreach.models import Event
from maitian.outreach.queries import failed
from maitian.outreach.queries.failed import DAYS, Filters
from maitian.outreach.words import CHANNEL_NAMES, FAILURES
from maitian.staff.access import door
from maitian.ui.paging import window

KEY = ("-at", "client_id", "event_id", "channel")


def _given(request: HttpRequest) -> Filters:
    return Filters.of({name: str(value) for name, value in request.GET.items()})


@door("outreach.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Groups by reason and gateway, and one by one for clients whom the member may see."""
    member = request.member  # type: ignore[attr-defined]
    filters = _given(request)
    sees = member.may("clients.view")
    part = window(failed.messages(filters, member), request, size=40, key=KEY) if sees else None
    rows = part.rows if part else []
    clients = visible_to(member).select_related("person").in_bulk([row.client_id for row in rows])
    events = Event.objects.in_bulk([row.event_id for row in rows])
    return render(
        request, "outreach/failed/list.html",
        {
            "filters": filters, "groups": failed.groups(filters), "window": part, "topics": queries.topics(), "days": DAYS,
            "rows": [
                {
                    "message": row, "client": clients.get(row.client_id), "event": events.get(row.event_id),
                    "reason": FAILURES.get(row.error or "", row.error),
                }
                for row in rows
            ],
            "channels": [(n, name) for n, name in CHANNEL_NAMES.items() if n < 3], "may_retry": member.may("outreach.control"), "address": urlencode(filters.address),
            "narrowed": filters != Filters(),
        },
    )  # fmt: skip


@door("outreach.control")
def retry(request: HttpRequest) -> HttpResponse:
    """All of a group: what will happen is said first, then done."""
    filters = _given(request)
    if request.method == "POST":
        count = dispatch.retry_group(filters, actor=request.member.actor)  # type: ignore[attr-defined]
        messages.success(request, _("%(count)s 条重新排队了") % {"count": f"{count:,}"})
        return redirect(reverse("outreach:failed") + "?" + urlencode({"days": filters.days}))
    return render(
        request, "outreach/failed/retry.html",
        {"filters": filters, "what": failed.what_if(filters), "back": urlencode(filters.address), "groups": failed.groups(filters)[:10]},
    )  # fmt: skip


@door("outreach.control")
@require_POST
def retry_one(request: HttpRequest, event_id: int, channel: int, client_id: int) -> HttpResponse:
    """One client's message."""
    client = get_visible(request.member, client_id)  # type: ignore[attr-defined]
    one = Filters(days=30, channel=channel, event=event_id, client=client.pk)
    dispatch.retry_group(one, actor=request.member.actor)  # type: ignore[attr-defined]
    messages.success(request, _("重新排队了"))
    return redirect("outreach:why", event_id, client.pk)


class _Line:
    """Something that ``csv`` writes to: gives the line back."""

    def write(self, line: str) -> str:
        return line


@door("outreach.control")
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The list as a file, without anything that says who the client is."""
    filters = _given(request)
    writer: Any = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff"  # so that spreadsheets read it as UTF-8
        for row in failed.exported(filters):
            yield writer.writerow(row)

    name = f"failed-{shanghai(timezone.now()):%Y%m%d-%H%M}.csv"
    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
