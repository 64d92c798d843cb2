"""Security headers for every answer, and domain errors as pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from maitian.core.errors import DomainError, DoneAtTheSameTime, TextUnreadable, ValueTooLarge
from maitian.ui import problems

GetResponse = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """The outermost middleware: also files and error pages carry the headers. A view may set its own first.

    Pages are about clients, so no cache keeps them: the Back button after signing out shows nothing.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.headers.get("Content-Type", "").startswith(("text/html", "application/json")):
            response.headers.setdefault("Cache-Control", "private, no-store")
        if request.is_secure():
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response


# What PostgreSQL or UTF-8 cannot hold, or no person types: control characters but tab and line ends, half characters.
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
SUSPECT = re.compile(rb"\\u(?:00[01]|00[7][fF]|[dD][89a-fA-F])")


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """``(name, text)`` of every text inside a JSON value."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield name or key, key
            yield from _texts(item, name or key)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)


class ReadableText:
    """Refuses input that no column can hold, at one place for all forms, addresses and bodies."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        for name, text in self._given(request):
            if UNREADABLE.search(text):
                return problems.refused(request, TextUnreadable(name=UNREADABLE.sub("", name)[:40]))
        return None

    def _given(self, request: HttpRequest) -> Iterator[tuple[str, str]]:
        yield "address", request.path
        for given in (request.GET, request.POST):
            for name, values in given.lists():
                yield from ((name, str(value)) for value in (name, *values))
        # A form's body is read already, as request.POST.
        form = (request.content_type or "").startswith("multipart/")
        if problems.for_api(request) and not form and SUSPECT.search(request.body):
            try:
                yield from _texts(json.loads(request.body), "")
            except ValueError:  # not JSON: the operation says so itself
                return


def guarded(error: Exception) -> DomainError | None:
    """The refusal behind what the database would not take: the last guard after each action's own checks."""
    if isinstance(error, DataError):
        return ValueTooLarge()
    if isinstance(error, IntegrityError):
        return DoneAtTheSameTime()
    return None


class DomainErrors:
    """Exceptions of a view as pages in the design. ``/api/v1/`` answers for itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if problems.for_api(request):
            return None
        if isinstance(error, DomainError):
            return problems.refused(request, error)
        if (refusal := guarded(error)) is not None:
            problems.logger.warning("the database refused %s", request.path, exc_info=error)
            return problems.refused(request, refusal)
        if isinstance(error, Http404):
            return problems.missing(request)
        if isinstance(error, PermissionDenied):
            return problems.forbidden(request)
        if isinstance(error, BadRequest | SuspiciousOperation):
            return problems.bad_request(request)
        # Whoever watches for failures (monitoring, Django's test client) still hears of this one.
        got_request_exception.send(sender=type(self), request=request)
        return problems.broken(request, error)
