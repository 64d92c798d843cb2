"""Reading advice: picks by state, what became of them, ratings of a day."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet

from maitian.clients.models import Security
from maitian.core.errors import NotFound
from maitian.library.advice import rules
from maitian.library.advice.models import Pick, Rating


def picks(state: str = "") -> QuerySet[Pick]:
    """Newest first."""
    found = Pick.objects.select_related("adviser")
    if state in Pick.State.values:
        found = found.filter(state=state)
    return found.order_by("-made_at", "-pk")


def pick(pick_id: int) -> Pick:
    found = Pick.objects.select_related("adviser", "report").filter(pk=pick_id).first()
    if found is None:
        raise NotFound()
    return found


def ratings(changed_only: bool = False) -> QuerySet[Rating]:
    """Newest first; ``changed_only`` leaves out first ratings and those that stay."""
    found = Rating.objects.select_related("signed_by")
    if changed_only:
        found = found.filter(old__isnull=False).exclude(old=F("new"))
    return found.order_by("-on", "-pk")


def names(symbols: set[str]) -> dict[str, str]:
    """Symbol → name of the security."""
    return dict(Security.objects.filter(symbol__in=symbols).values_list("symbol", "name"))


def record(adviser_id: int | None = None) -> dict[str, Any]:
    """How closed picks did, all of them, good and bad: number, share above zero, mean return (shares of one).

    Past results are shown whole or not at all (rules on advisers, art. 24): nothing is left out.
    """
    closed = Pick.objects.filter(
        state=Pick.State.CLOSED, direction="buy", price_at_signing__gt=0, price_at_close__gt=0
    )
    if adviser_id is not None:
        closed = closed.filter(adviser_id=adviser_id)
    returns = [
        float(b / a - 1) for a, b in closed.values_list("price_at_signing", "price_at_close") if a and b
    ]
    return {
        "number": len(returns), "right": rules.share_right(returns),
        "mean": sum(returns) / len(returns) if returns else None,
    }  # fmt: skip
