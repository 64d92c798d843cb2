"""Investment briefings in the portal: what a client may come to, sign-up, the QR code for the door, the notes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError, NotFound
from maitian.outreach.briefings import actions, qr, queries
from maitian.outreach.briefings.models import Guest
from maitian.staff.access import portal_door


def _client(request: HttpRequest) -> int:
    return int(request.client_id)  # type: ignore[attr-defined]


@portal_door
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Those to come, and those the client was at."""
    return render(
        request,
        "portal/briefings/list.html",
        {"rows": queries.of_client(_client(request)), "now": timezone.now()},
    )


@portal_door
@require_safe
def briefing(request: HttpRequest, briefing_id: int) -> HttpResponse:
    return _page(request, briefing_id)


def _page(request: HttpRequest, briefing_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    item, guest = queries.for_client(_client(request), briefing_id)
    if guest is not None and guest.state == Guest.State.GONE:
        guest = None
    now = timezone.now()
    coming = item.state == "open" and item.ends_at > now
    return render(
        request, "portal/briefings/briefing.html",
        {
            "briefing": item, "guest": guest, "problem": problem, "coming": coming, "may_sign_up": coming and guest is None and now < item.sign_up_by,
            "free": queries.free_seats(item), "typed": request.POST,
        },
        status=status,
    )  # fmt: skip


@portal_door
@require_POST
def sign_up(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """A seat, or a place on the waiting list; pressing twice is signing up once."""
    client = _client(request)
    queries.for_client(client, briefing_id)
    try:
        guest = actions.sign_up(
            briefing_id, client, actor=f"client:{client}", question=request.POST.get("question", "")
        )
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _page(request, briefing_id, refused.sentence(), refused.status)
    seated = guest.state == Guest.State.SEATED
    messages.success(
        request, _("座位给您留好了") if seated else _("座位满了，您在候补里；有人退出就按先后补上并通知您")
    )
    return redirect("portal:briefing", briefing_id)


@portal_door
@require_POST
def leave(request: HttpRequest, briefing_id: int) -> HttpResponse:
    client = _client(request)
    queries.for_client(client, briefing_id)
    try:
        actions.leave(briefing_id, client, actor=f"client:{client}")
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _page(request, briefing_id, refused.sentence(), refused.status)
    messages.success(request, _("已退出，座位让给别的客户了"))
    return redirect("portal:briefing", briefing_id)


@portal_door
@require_safe
def code(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """The client's own QR code. What it opens asks a colleague to sign in; it says nothing about the client."""
    _item, guest = queries.for_client(_client(request), briefing_id)
    if guest is None or guest.state != Guest.State.SEATED:
        raise NotFound()
    address = request.build_absolute_uri(reverse("outreach:briefing_code", args=[guest.code]))
    answer = HttpResponse(qr.svg(address), content_type="image/svg+xml")
    answer["Cache-Control"] = "private, no-store"
    return answer
