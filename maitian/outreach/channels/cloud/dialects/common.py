"""What a dialect must be able to do."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple, Protocol

from maitian.outreach.channels import Inbound, Receipt, Unreadable
from maitian.outreach.channels.cloud.codes import Verdict
from maitian.outreach.channels.cloud.line import Call
from maitian.outreach.channels.cloud.wording import Words

SHANGHAI = timezone(timedelta(hours=8))  # the clouds' local times carry no offset


class Unclear(Exception):
    """An answer that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the cloud knows us as. ``app`` and ``region`` are for clouds that ask for them."""

    gateway: str  # our name of it
    key_id: str
    secret: str
    sign: str  # the registered signature, without 【】
    host: str
    path: str = ""
    app: str = ""
    region: str = ""
    extend: str = ""  # digits after the sender's number
    gone: frozenset[str] = frozenset()  # codes of receipts that say: this number does not exist


class Item(NamedTuple):
    """One message as a cloud takes it."""

    client_id: int
    to: str
    words: Words


class Said(NamedTuple):
    """What a cloud said about one number, or (``to`` empty) about the whole request."""

    to: str
    code: str
    reference: str = ""


Brought = Receipt | Inbound | Unreadable


class Dialect(Protocol):
    """One cloud's language."""

    most: int  # numbers in one request
    free: bool  # takes texts that are no registered template
    pulls: bool  # can be asked for receipts and texts
    signs: bool  # signs what it pushes to us
    gone: frozenset[str]
    table: Mapping[str, Verdict]
    of_one: frozenset[str]  # codes for a whole request that one of its numbers has caused

    def together(self, item: Item) -> Hashable:
        """Items with the same key may share a request."""

    def send(self, items: Sequence[Item], account: Account, at: datetime, nonce: str) -> Call:
        """The request that hands these over."""

    def answers(self, body: bytes, account: Account, items: Sequence[Item]) -> list[Said]:
        """What the answer says. Raises :class:`Unclear`."""

    def pull(self, account: Account, at: datetime, nonce: str, cursor: str, most: int) -> list[Call]:
        """The requests that ask for receipts and texts; ``cursor`` acknowledges what came before."""

    def pulled(self, body: bytes, account: Account, at: datetime) -> tuple[list[Brought], str, int]:
        """``(what came, cursor, how many items)``. Raises :class:`Unclear`, also for an answer that is a refusal."""

    def pushed(self, body: bytes, account: Account, at: datetime) -> list[Brought]:
        """What a push brings. Raises :class:`Unclear`."""

    def verified(self, account: Account, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a push was signed with our secret, for clouds that sign; headers by lower-case names."""

    def thanks(self, taken: bool) -> dict[str, Any]:
        """Our answer to a push."""


def loaded(body: bytes) -> Any:
    """The JSON of a body. Raises :class:`Unclear`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unclear("no JSON") from error


def dumped(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def local(words: str, default: datetime) -> datetime:
    """``2017-01-01 00:00:00`` of Shanghai; ``default`` when it is none."""
    try:
        return datetime.strptime(words, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        return default


def seconds(given: Any, default: datetime) -> datetime:
    """Seconds since 1970; ``default`` when they are none."""
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return default


def rows(found: Any, what: str) -> list[dict[str, Any]]:
    """A list of objects. Raises :class:`Unclear`."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unclear(f"no list of {what}")
    return found
