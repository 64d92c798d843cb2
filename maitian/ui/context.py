"""The context processor of every page: who is here, where, and the menus of the frames."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.safestring import SafeString

from maitian.ui import navigation


class Frame:
    """Menus and facts around a page. Each is worked out when a template asks for it, and once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def console(self) -> list[navigation.Item]:
        return navigation.items("console", self._request)

    @cached_property
    def console_links(self) -> SafeString:
        """The console's menu as links: beside the page, and in the sheet of a phone."""
        return render_to_string("ui/menu.html", {"items": self.console})

    @cached_property
    def portal(self) -> list[navigation.Item]:
        return navigation.items("portal", self._request)

    @cached_property
    def console_tabs(self) -> list[navigation.Item]:
        return navigation.tabs(self.console)

    @cached_property
    def more_is_current(self) -> bool:
        """True when the current page hides behind 更多 on a phone."""
        return not any(item.get("current") for item in self.console_tabs)


def page(request: HttpRequest) -> dict[str, Any]:
    """``member`` and ``client`` (or None), ``frame`` (menus), and every fact of ``navigation.FACTS``.

    Facts are lazy: a page that does not show one does not pay for it.
    """
    found: dict[str, Any] = {
        "member": getattr(request, "member", None),
        "client": getattr(request, "client", None),
        "frame": Frame(request),
    }
    for name in navigation.FACTS:
        found[name] = SimpleLazyObject(lambda name=name: navigation.fact(name, request) or "")  # type: ignore[misc]
    return found
