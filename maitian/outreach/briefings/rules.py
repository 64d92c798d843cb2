"""Pure decisions of briefings: seats, the door's hours, when to remind."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that are read for another
CODE_LENGTH = 8
CODE = re.compile(f"[{LETTERS}]{{{CODE_LENGTH}}}")


def code_in(typed: str) -> str:
    """The entry code in what was typed or scanned: the code alone, or the address that the QR code holds; else empty."""
    last = typed.strip().rstrip("/").rpartition("/")[2]
    found = re.sub(r"[\s-]", "", last).upper()
    return found if CODE.fullmatch(found) else ""


def to_seat(seats: int, taken: int, waiting: int) -> int:
    """How many of those who wait get a seat now."""
    return max(0, min(seats - taken, waiting))


def door_opens(starts_at: datetime, minutes: int) -> datetime:
    """From when guests are let in."""
    return starts_at - timedelta(minutes=minutes)


def remind_at(starts_at: datetime, clock: time) -> datetime:
    """The moment of the reminder: at ``clock`` on the day before, in the time zone of ``starts_at``."""
    day = starts_at.date() - timedelta(days=1)
    return datetime.combine(day, clock, starts_at.tzinfo)
