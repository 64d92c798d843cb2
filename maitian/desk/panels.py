"""What rooms above the desk put beside a case. The desk does not know them: they register what they have to show.

    panels.register(Panel("knowledge", "knowledge/panel.html", facts_of))

``facts`` takes the member and a case that he may see and returns what the template shows as ``panel``, or None for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maitian.desk.models import Case
from maitian.staff.models import Member


@dataclass(frozen=True)
class Panel:
    """One card beside the case; ``position`` orders them."""

    name: str
    template: str
    facts: Callable[[Member, Case], dict[str, Any] | None]
    position: int = 50


_registered: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Add a panel, or replace the one of that name."""
    _registered[panel.name] = panel


def of(member: Member, case: Case) -> list[dict[str, Any]]:
    """The panels of a case that have something to show: their template and facts, in their order."""
    found = []
    for panel in sorted(_registered.values(), key=lambda panel: panel.position):
        facts = panel.facts(member, case)
        if facts is not None:
            found.append({"template": panel.template, "panel": facts})
    return found
