"""What the process keeps of the set-up (rules, calendars, kinds) stays true: small questions ask what has changed.

A room names the question whose answer changes with its tables (:func:`register`) and compares :func:`stamp` with the
one it kept. Within :func:`once` all questions are asked together, in one statement, and not again: a page reads one
state of the set-up from its top to its end, and pays for one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from maitian.core.sql import prepared

_questions: dict[str, str] = {}
_asked: ContextVar[dict[str, Any] | None] = ContextVar("asked", default=None)

DATABASE = "database"  # tests and measurements change the database within a process


def register(name: str, sql: str) -> None:
    """``sql``: an expression of one value, such as ``(SELECT count(*) FROM core_rule)``, without parameters."""
    _questions[name] = sql


def stamp(name: str) -> tuple[str, Any]:
    """The database's name and the present answer to a question, to be compared with an earlier one."""
    asked = _asked.get()
    if asked is None:
        answers = _ask([name])
        return answers[DATABASE], answers[name]
    if name not in asked:
        asked.update(_ask(list(_questions)))
    return asked[DATABASE], asked[name]


def _ask(names: list[str]) -> dict[str, Any]:
    answers = prepared("SELECT current_database(), " + ", ".join(_questions[name] for name in names), ())
    return dict(zip([DATABASE, *names], answers[0], strict=True))


@contextmanager
def once() -> Iterator[None]:
    """Ask once until the end. Not around what changes the set-up itself and reads it again."""
    if _asked.get() is not None:
        yield
        return
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


class OncePerPage:
    """Middleware: a request that only reads asks once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with once():
            return self.get_response(request)
