"""The page that lists the API's operations, straight from the code, so that it is never out of date."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maitian.api.api import api
from maitian.api.description import Operation
from maitian.staff.access import door


@door("home.view")
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation by room: method, path, scope, what it does."""
    member = request.member  # type: ignore[attr-defined]
    rooms: dict[str, list[tuple[Operation, bool]]] = {}
    for item in api.listed():
        rooms.setdefault(item.tag, []).append((item, bool(item.scope) and member.may(item.scope)))
    return render(request, "api/reference.html", {"rooms": rooms})
