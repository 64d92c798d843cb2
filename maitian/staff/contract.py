"""What every room's API shares: bodies that refuse what they do not know, the caller, links to the next page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import ConfigDict

from maitian.staff.models import Member

MOST = 100  # rows of one answer
Row = TypeVar("Row")


class Body(Schema):
    """A request body. A misspelt field is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


def caller(request: HttpRequest) -> Member:
    """The member whose token it is."""
    return request.member  # type: ignore[attr-defined,no-any-return]


def page(
    request: HttpRequest,
    response: HttpResponse,
    rows: Iterable[Row],
    limit: int,
    cursor: Callable[[Row], Any],
    name: str = "after",
) -> list[Row]:
    """At most ``limit`` rows; when there are more, ``Link: <…>; rel="next"`` (RFC 8288) leads to them.

    ``rows`` is a queryset in the order of its cursor; ``cursor(row)`` is what ``name`` takes to go on after it.
    """
    size = max(1, min(limit, MOST))
    found = list(rows[: size + 1])  # type: ignore[index]
    if len(found) > size:
        found = found[:size]
        query = request.GET.copy()
        query[name] = str(cursor(found[-1]))
        response["Link"] = f'<{request.path}?{query.urlencode()}>; rel="next"'
    return found
