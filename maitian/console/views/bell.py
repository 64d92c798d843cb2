"""The bell: what one was told, and reading it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.staff import notifications
from maitian.staff.access import door
from maitian.ui.paging import window


@door("home.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """One's own notifications, newest first."""
    member = request.member  # type: ignore[attr-defined]
    found = window(notifications.listing(member), request, size=50, key=("-id",))
    return render(
        request,
        "console/bell.html",
        {
            "window": found,
            "rows": [notifications.told(row) for row in found.rows],
            "unread": notifications.unread(member),
        },
    )


@door("home.view")
@require_POST
def read(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    found = notifications.read(request.member, notification_id)  # type: ignore[attr-defined]
    if found.url and url_has_allowed_host_and_scheme(found.url, set()):
        return redirect(found.url)
    return redirect("console:bell")


@door("home.view")
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    notifications.read_all(request.member)  # type: ignore[attr-defined]
    messages.success(request, _("都标为已读"))
    return redirect("console:bell")
