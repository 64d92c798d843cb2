"""Who is signed in, and nobody without a door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from maitian.core.errors import Forbidden
from maitian.staff.models import Member as StaffMember
from maitian.staff.models import MemberSession
from maitian.staff.queries import session_of
from maitian.ui import problems

SESSION_KEY = "_maitian_member"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def member_of(request: HttpRequest) -> StaffMember | None:
    """The active member whose session this is, if it was not ended from elsewhere."""
    member_id = request.session.get(SESSION_KEY)
    if member_id is None or not request.session.session_key:
        return None
    session = session_of(request.session.session_key, member_id)
    if session is None:
        return None
    now = timezone.now()
    if now - session.seen_at > timedelta(minutes=1):
        MemberSession.objects.filter(pk=session.pk).update(seen_at=now)
    return session.member


class Member:
    """Sets ``request.member``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.member = member_of(request)  # type: ignore[attr-defined]
        return self.get_response(request)


class DenyByDefault:
    """A view without a door is refused. The API has its own doors: every operation asks for a scope."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if getattr(view, "door", None) or (match is not None and match.namespaces[:1] == ["api-v1"]):
            return None
        return problems.refused(request, Forbidden(permission="–"))
