"""The states of a case and how it moves between them."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    WAITING_CLIENT = "waiting_client"
    WAITING_OTHERS = "waiting_others"
    RESOLVED = "resolved"  # the client has a definite result
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"  # entered and left by merging alone


WORKING = frozenset({State.OPEN, State.REOPENED, State.WAITING_CLIENT, State.WAITING_OTHERS})
WAITING = frozenset({State.WAITING_CLIENT, State.WAITING_OTHERS})
DONE = frozenset({State.RESOLVED, State.CLOSED})

MOVES: dict[str, frozenset[str]] = {
    State.OPEN: frozenset({State.WAITING_CLIENT, State.WAITING_OTHERS, State.RESOLVED}),
    State.REOPENED: frozenset({State.WAITING_CLIENT, State.WAITING_OTHERS, State.RESOLVED}),
    State.WAITING_CLIENT: frozenset({State.OPEN, State.WAITING_OTHERS, State.RESOLVED}),
    State.WAITING_OTHERS: frozenset({State.OPEN, State.WAITING_CLIENT, State.RESOLVED}),
    State.RESOLVED: frozenset({State.CLOSED, State.REOPENED}),
    State.CLOSED: frozenset({State.REOPENED}),
    State.MERGED: frozenset(),
}


def may_move(before: str, after: str) -> bool:
    """Whether the table allows it. Staying where one is is no move."""
    return after in MOVES.get(before, frozenset())


def after_client_wrote(before: str) -> str:
    """The state after the client wrote: a pause ends, what was done opens again."""
    if before in DONE:
        return State.REOPENED
    if before in WAITING:
        return State.OPEN
    return before


class EntryKind(StrEnum):
    REPLY = "reply"  # public, from us
    CLIENT = "client"  # from the client
    NOTE = "note"  # internal
    SYSTEM = "system"  # what happened, in words made from facts


class Result(StrEnum):
    """What the client was told at the end (G16: a definite result)."""

    SOLVED = "solved"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    PORTAL = "portal"
    PHONE = "phone"
    COUNTER = "counter"
    SMS = "sms"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"
    REGULATOR = "regulator"


PEOPLE_ROLES = frozenset({"account_manager", "adviser"})


def net_of(channel: str, role: str = "") -> str:
    """The net that a contact ran through (E3): ``ground``, ``sky`` or ``people``.

    The counter, letters and letters of the regulator are the ground net; portal, phone, SMS and mail the sky net.
    A visit, and whatever an account manager or adviser writes down of his own contact, is the people net.
    """
    if channel == Channel.VISIT or (role in PEOPLE_ROLES and channel in (Channel.PHONE, Channel.COUNTER)):
        return "people"
    if channel in (Channel.COUNTER, Channel.LETTER, Channel.REGULATOR):
        return "ground"
    return "sky"
