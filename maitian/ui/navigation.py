"""What the frames show around a page: menus and small facts, given by the faces that know them.

This room knows no room above it. A face registers in its ``apps.py`` (``ready``)::

    navigation.register("console", console_items)              # a menu
    navigation.provide("find_url", lambda request: reverse("console:find"))   # a fact

A menu function takes the request and returns items in order. An item is a dict with

``url, icon, label``  where it leads, the symbol's name, the word (already translated or lazy)
``count``             a number behind the word, left out when 0 or missing
``hot``               true when the count is of something late
``current``           true or false; left out, the longest ``url`` that begins the path is current
``tab``               true for the four items of a phone's bottom bar (by default the first four)
``group``             instead of all that: a rule between items, with this word as its head if not empty

Facts (``provide``): ``branch_name``, ``demo_notice``, ``find_url``, ``home_url``, ``sign_out_url``,
``profile_url``, ``market_line`` (for example 交易中 10:42), ``bell_url``, ``bell_count``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

Item = dict[str, Any]
Menu = Callable[[HttpRequest], list[Item]]
Fact = Callable[[HttpRequest], Any]

FACTS = (
    "branch_name",
    "demo_notice",
    "find_url",
    "home_url",
    "sign_out_url",
    "profile_url",
    "market_line",
    "bell_url",
    "bell_count",
)
PHONE_TABS = 4

_menus: dict[str, Menu] = {}
_facts: dict[str, Fact] = {}


def register(face: str, function: Menu) -> None:
    """Give the menu of ``face`` (``console`` or ``portal``). The last one registered counts."""
    _menus[face] = function


def provide(name: str, function: Fact) -> None:
    """Give one fact of :data:`FACTS`. Raises ``ValueError`` for a name that no frame shows."""
    if name not in FACTS:
        raise ValueError(f"no frame shows a fact called {name!r}")
    _facts[name] = function


def fact(name: str, request: HttpRequest) -> Any:
    """The fact ``name`` for this request: the request's own attribute first, then the one who provides it."""
    own = getattr(request, name, None)
    if own is not None:
        return own
    function = _facts.get(name)
    if function:
        return function(request)
    if name == "branch_name":
        branch = getattr(getattr(request, "member", None), "branch", None)
        return getattr(branch, "title", "")
    return ""


def items(face: str, request: HttpRequest) -> list[Item]:
    """The menu of ``face`` with one item marked ``current``. ``request.navigation`` overrules it."""
    given = getattr(request, "navigation", None)
    if given is None:
        function = _menus.get(face)
        given = function(request) if function else []
    made = [dict(item) for item in given]
    if not any(item.get("current") for item in made):
        best = max(
            (item for item in made if _begins(str(item.get("url", "")), request.path)),
            key=lambda item: len(str(item["url"])),
            default=None,
        )
        if best is not None:
            best["current"] = True
    return made


def tabs(menu: list[Item], limit: int = PHONE_TABS) -> list[Item]:
    """The items of a phone's bottom bar: those marked ``tab``, or the first ones; ``limit`` at most."""
    real = [item for item in menu if "url" in item]
    return ([item for item in real if item.get("tab")] or real)[:limit]


def _begins(url: str, path: str) -> bool:
    return bool(url) and (path == url or path.startswith(url if url.endswith("/") else url + "/"))
