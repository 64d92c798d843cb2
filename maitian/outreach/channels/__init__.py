"""Channels: pools of gateways that take batches and say what became of each message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol


class Outcome(IntEnum):
    """What a gateway says about one message. Only ``ELSEWHERE`` and ``NOT_TRIED`` may be given to another one."""

    ACCEPTED = 1
    REFUSED = 2  # for good: a wrong number, a blocked text
    ELSEWHERE = 3  # not now, not here: another gateway may take it
    DOUBT = 4  # it may have gone out, nobody knows: never sent blindly again
    NOT_TRIED = 5  # the line broke before it was begun


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way. ``template`` and ``values`` are for gateways that only send registered templates."""

    client_id: int
    to: str
    text: str
    subject: str = ""
    unsubscribe: str = ""
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """The answer for one message."""

    client_id: int
    outcome: Outcome
    reference: str | None = None
    error: str | None = None
    gateway: str = ""
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway reports later. ``to`` settles a message whose reference was lost in a crash."""

    gateway: str
    reference: str
    delivered: bool
    error: str
    to: str
    permanent: bool = False  # the address is no good: it is not used again


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from a client's phone."""

    gateway: str
    reference: str
    sender: str
    text: str
    at: datetime


class GatewayDown(Exception):
    """The gateway cannot be reached; nothing of this batch was handed over."""


class Gateway(Protocol):
    """One line to one carrier. Calls block; an object is used by one worker, from several threads."""

    name: str
    batch: int  # messages under one mark, so at most this many in doubt if a worker dies

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        """Hand over; one answer each, in any order. Raises :class:`GatewayDown` before anything went out."""

    def receipts(self) -> list[Receipt]:
        """What came in since the last call."""

    def inbound(self) -> list[Inbound]:
        """Texts that came in since the last call."""

    def facts(self) -> dict[str, Any]:
        """``line`` (up, down, slow, idle), ``reconnects``, ``last_error``."""

    def close(self) -> None: ...
