"""What offerings do because of what happened below."""

from __future__ import annotations

from maitian.core.models import LedgerEntry
from maitian.core.reactions import reaction
from maitian.offerings import actions


@reaction("offerings.calendar", kinds={"calendar.approved"})
def new_calendar(rows: list[LedgerEntry]) -> None:
    """Open applications get the deadlines of the new calendar, in the name of who approved it."""
    actions.recompute_clocks(actor=rows[-1].actor)
