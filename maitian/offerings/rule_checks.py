"""What the rulebook asks this room before a new value is proposed."""

from __future__ import annotations

from typing import Any

from maitian.core import rulebook
from maitian.core.rulebook import Rules
from maitian.offerings.errors import RatesCrossed


def rates(key: str, value: Any, book: Rules) -> None:
    """The lowest commission rate stays under the highest one."""
    least = value if key.endswith("_min") else book.get("offerings.commission_min")
    most = value if key.endswith("_max") else book.get("offerings.commission_max")
    if least > most:
        raise RatesCrossed(least=least, most=most)


def register() -> None:
    rulebook.check("offerings.commission_", rates)
