"""What becomes of a mail whose sender nobody knows, by mailbox. Pure.

The rule is rows of two texts: the mailbox (its name, or ``*`` for every other one) and what happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

EVERY = "*"


class Way(StrEnum):
    WAIT = "wait"  # for a person
    LEAD = "lead"  # a case without client, for somebody who may become one
    REJECT = "reject"  # back, with a notice where to turn to


def wrong_in(rows: Sequence[Sequence[str]]) -> str | None:
    """The first thing that cannot work, or None: an unknown way, a mailbox twice, no row for every other mailbox."""
    seen: set[str] = set()
    for row in rows:
        if len(row) != 2 or row[1] not in set(Way):
            return str(row[1] if len(row) == 2 else row)
        if not row[0].strip() or row[0] in seen:
            return str(row[0])
        seen.add(row[0])
    return None if EVERY in seen else EVERY


def way(rows: Sequence[Sequence[str]], mailbox: str, *, proven: bool) -> Way:
    """What happens. A notice goes to nobody of whom our mail server cannot say that he wrote: such a mail waits."""
    found = {row[0]: row[1] for row in rows}
    chosen = Way(found.get(mailbox, found.get(EVERY, Way.WAIT)))
    return Way.WAIT if chosen == Way.REJECT and not proven else chosen
