"""What a cloud's answer codes mean for one message, here and at other gateways."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"  # the message's own fault: nobody will take it
    GONE = "gone"  # refused, and the number is none
    ELSEWHERE = "elsewhere"  # this gateway cannot: another one may
    BUSY = "busy"  # too fast or too much: again here, a little later
    DOWN = "down"  # nothing goes this way until somebody mends it: keys, clock, money
    DOUBT = "doubt"  # it may have been taken


def classed(code: str, table: Mapping[str, Verdict]) -> Verdict | None:
    """The verdict of a code: its own, else that of the longest beginning up to a dot; ``None``: not in the table."""
    while code:
        if code in table:
            return table[code]
        code = code.rpartition(".")[0]
    return None


def own_codes(given: Mapping[str, str]) -> dict[str, Verdict]:
    """``{"isv.SOMETHING": "elsewhere"}`` of the settings. Raises ``ValueError`` for what is no verdict."""
    return {code: Verdict(kind) for code, kind in given.items()}
