"""Channels hand batches over and say what became of each message."""

from __future__ import annotations

from dataclasses import dataclass

NOT_TRIED = -1  # the line broke before this one was begun: it is sent when the line is back


@dataclass(frozen=True)
class Handed:
    """What a channel says about one message: accepted with a reference, refused with an error, or unknown."""

    client_id: int
    state: int  # outreach.models.Message.State
    reference: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What a gateway reports later. ``phone`` settles a message whose reference was lost in a crash."""

    reference: str
    delivered: bool
    error: str
    phone: str


class GatewayDown(Exception):
    """The gateway cannot be reached; nothing of this batch was handed over."""
