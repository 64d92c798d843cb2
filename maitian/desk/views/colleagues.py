"""Whom a field for a colleague suggests while one types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maitian.desk.queries import colleagues as by_words
from maitian.staff.access import door
from maitian.staff.models import Centre, Member


@door("desk.view")
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """What a field for a colleague suggests (``desk/colleague.html``): centres first, then whom the words may mean."""
    member: Member = request.member  # type: ignore[attr-defined]
    words = request.GET.get(request.GET.get("of", "")[:40], "")[:80]
    fits = [(v, label) for v, label in Centre.choices if words.strip().casefold() in str(label).casefold()]
    return render(
        request, "desk/colleague_options.html",
        {
            "teams": fits if request.GET.get("teams") else [],
            "found": [(by_words.words_of(m), m) for m in by_words.found(member, words)],
        },
    )  # fmt: skip
