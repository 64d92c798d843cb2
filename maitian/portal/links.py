"""Where a message leads in the portal: what a row of the ledger is about, as an address of the client's own page."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from maitian.desk.queries import portal as desk


def address(client_id: int, about: Sequence[str] | None) -> str:
    """The client's page of ``(object kind, object id)``; empty when there is none, or it is not his."""
    if not about or len(about) != 2:
        return ""
    kind, number = about
    if kind in ("case", "promise") and str(number).isdigit():
        ref = (
            desk.ref_of(client_id, int(number))
            if kind == "case"
            else desk.ref_of_promise(client_id, int(number))
        )
        if ref:
            return reverse("portal:case", args=[ref])
        return reverse("portal:home") if kind == "promise" else ""
    if kind == "level_change":
        return reverse("portal:level")
    if kind == "briefing":
        return reverse("portal:briefing", args=[number])
    if kind == "issue":
        return reverse("portal:shares")
    return ""
