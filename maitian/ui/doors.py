"""Who may enter a view. A view without a door is refused (``staff.middleware.DenyByDefault``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view that anyone may see, signed in or not: sets ``view.door = "public"``."""
    view.door = "public"  # type: ignore[attr-defined]
    return view
