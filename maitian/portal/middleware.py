"""Which client is signed in to the portal."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from maitian.clients.queries import survivor_of

SESSION_KEY = "_maitian_client"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SignedInClient:
    """Sets ``request.client_id`` (``None`` for nobody). A record merged while its client was signed in leads on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        client_id = request.session.get(SESSION_KEY)
        request.client_id = survivor_of(client_id) if client_id is not None else None  # type: ignore[attr-defined]
        return self.get_response(request)
