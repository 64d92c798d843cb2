"""The builder's own addresses: the builder again after a click, the count, securities for a few typed signs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from maitian.clients import conditions, queries
from maitian.clients.builder import Builder
from maitian.clients.condition_kinds import Securities
from maitian.core.errors import DomainError, NotFound
from maitian.staff.access import door
from maitian.staff.models import Member


def found_by(member: Member, builder: Builder) -> dict[str, Any] | None:
    """What stands under a builder: sentence and number of clients; None while nothing is chosen and filled in."""
    if not builder.started:
        return None
    try:
        tree = builder.tree(finished=True)
        return {
            "tree": tree,
            "sentence": conditions.sentence(tree),
            "count": queries.count_matching(member, tree),
            "unfinished": builder.unfinished,
        }
    except DomainError as refused:
        return {"error": refused.sentence()}


def _builder(request: HttpRequest) -> Builder:
    name = request.GET.get("name", "c")
    if not (name.isascii() and name.isalnum() and name[:1].isalpha() and len(name) <= 20):
        raise NotFound()
    return Builder.from_data(request.POST, name)


@door("segments.build")
@require_POST
def conditions_again(request: HttpRequest) -> HttpResponse:
    """The builder after a click on one of its buttons or lists."""
    builder = _builder(request)
    found = found_by(request.member, builder)  # type: ignore[attr-defined]
    return render(request, "clients/builder.html", {"builder": builder, "found": found})


@door("segments.build")
@require_POST
def conditions_found(request: HttpRequest) -> HttpResponse:
    """How many clients meet what stands in the form now."""
    found = found_by(request.member, _builder(request))  # type: ignore[attr-defined]
    return render(request, "clients/builder_found.html", {"found": found})


@door("segments.build")
@require_safe
def condition_options(request: HttpRequest, condition: str) -> HttpResponse:
    """Securities and industries for a few typed signs."""
    known = conditions.condition(condition)
    words = next((str(values[-1]) for _name, values in request.GET.lists()), "")
    options = known.choices.search(words) if isinstance(known.choices, Securities) else []
    return render(request, "clients/builder_options.html", {"options": options})
