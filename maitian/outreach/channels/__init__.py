"""Channels: pools of gateways that take batches and say what became of each message."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol


class Outcome(IntEnum):
    """What a gateway says about one message. Only ``ELSEWHERE`` and ``NOT_TRIED`` may be given to another one."""

    ACCEPTED = 1
    REFUSED = 2  # for good: a wrong number, a blocked text
    ELSEWHERE = 3  # not now, not here: another gateway may take it
    DOUBT = 4  # it may have gone out, nobody knows: never sent blindly again
    NOT_TRIED = 5  # the line broke before it was begun


class Outgoing(NamedTuple):
    """One message on its way. ``template`` and ``values`` are for gateways that only send registered templates."""

    client_id: int
    to: str
    text: str
    subject: str = ""
    unsubscribe: str = ""
    template: str = ""
    values: Mapping[str, str] = MappingProxyType({})


class Handed(NamedTuple):
    """The answer for one message.

    A chained text has one number a part: ``references`` holds those that the gateway took, ``reference`` is then
    ``first+others``, so that a receipt for one part never settles the whole.
    """

    client_id: int
    outcome: Outcome
    reference: str | None = None
    error: str | None = None
    gateway: str = ""
    parts: int = 1
    references: tuple[str, ...] = ()
    gone: bool = False  # refused because this number or mailbox does not exist


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway reports later. ``to`` settles a message whose reference was lost in a crash."""

    gateway: str
    reference: str
    delivered: bool
    error: str
    to: str
    permanent: bool = False  # the address is no good: it is not used again
    whole: bool = True  # False: it speaks for one part of a text, which may have more
    sure: bool = (
        True  # False: anybody may have sent it, so an address is only given up if it is this client's
    )


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from a client's phone, or one part of a long one.

    ``numbered``: ``reference`` is the gateway's own number; otherwise it is a digest of sender and words, and the
    same within a few minutes is the same text, sent again because our answer was lost. ``chain``: ``(reference,
    total, number)`` of a part, whose ``octets`` in ``coding`` are joined with the others' before they are read.
    """

    gateway: str
    reference: str
    sender: str
    text: str
    at: datetime
    numbered: bool = True
    chain: tuple[int, int, int] | None = None
    octets: bytes = b""
    coding: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that came and cannot be understood; kept for a person to look at."""

    gateway: str
    reason: str
    data: bytes


class GatewayDown(Exception):
    """The gateway cannot be reached; nothing of this batch was handed over."""


class Gateway(Protocol):
    """One line to one carrier. Calls block; an object is used by one worker, from several threads."""

    name: str
    batch: int  # messages under one mark, so at most this many in doubt if a worker dies
    bell: threading.Event  # set when something came in; a pool gives its gateways one bell

    def open(self) -> None:
        """Be reachable from now on: receipts and texts come in although nothing is sent."""

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        """Hand over; one answer each, in any order. Raises :class:`GatewayDown` before anything went out."""

    def receipts(self) -> list[Receipt]:
        """What came in since the last call."""

    def inbound(self) -> list[Inbound]:
        """Texts that came in since the last call."""

    def unreadable(self) -> list[Unreadable]:
        """What came in since the last call and is neither."""

    def stored(self) -> None:
        """What the three calls gave is in the database: now, not before, it is acknowledged to the gateway."""

    def facts(self) -> dict[str, Any]:
        """``line`` (up, down, slow, idle), ``reconnects``, ``last_error``."""

    def close(self) -> None: ...


class Outward:
    """A gateway that nothing comes back from, to build on."""

    def __init__(self, name: str, batch: int) -> None:
        self.name, self.batch = name, batch
        self.bell = threading.Event()

    def open(self) -> None:
        return

    def receipts(self) -> list[Receipt]:
        return []

    def inbound(self) -> list[Inbound]:
        return []

    def unreadable(self) -> list[Unreadable]:
        return []

    def stored(self) -> None:
        return

    def close(self) -> None:
        return
