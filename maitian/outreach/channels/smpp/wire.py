"""The wire format of SMPP 3.4: units in, units out. Numbers of chapters are those of the specification, issue 1.2."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple

HEADER = struct.Struct(">IIII")  # length, command, status, sequence
BIND_TRX, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x9, 0x4, 0x5, 0x6, 0x15
NACK, RESPONSE = 0x80000000, 0x80000000  # an answer is its command with the highest bit
OK, BAD_COMMAND, QUEUE_FULL, REFUSED_FOR_GOOD = 0x0, 0x3, 0x14, 0x65
LONGEST = 70_000  # octets of a unit: one that claims more is no SMPP
VERSION = 0x34

RECEIPTED_ID, STATE, NETWORK_ERROR, PAYLOAD = 0x001E, 0x0427, 0x0423, 0x0424
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F


class Malformed(Exception):
    """The octets are no SMPP, or end before they should."""


class Unit(NamedTuple):
    """One unit (PDU) as it came."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """A ``deliver_sm`` (4.6.1): a receipt, or a text from a phone."""

    source: str
    destination: str
    esm_class: int
    coding: int
    message: bytes
    options: dict[int, bytes] = field(default_factory=dict)


class Stream:
    """Octets as they come from the socket, cut into units. ``broken`` says why no more can be cut: the framing is lost."""

    def __init__(self) -> None:
        self._rest = b""
        self.broken = ""

    def feed(self, data: bytes) -> list[Unit]:
        """The whole units so far."""
        data = self._rest + data if self._rest else data
        found, at, end = [], 0, len(data)
        while end - at >= 16 and not self.broken:
            length, command, status, sequence = HEADER.unpack_from(data, at)
            if not 16 <= length <= LONGEST:
                self.broken = f"a unit of {length} octets"
            elif end - at < length:
                break
            else:
                found.append(Unit(command, status, sequence, data[at + 16 : at + length]))
                at += length
        self._rest = data[at:]
        return found


def unit(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def _text(words: str, most: int) -> bytes:
    """A C-octet string of at most ``most`` octets with its end. Raises ``ValueError`` for what does not fit."""
    data = words.encode("ascii")
    if b"\0" in data or len(data) >= most:
        raise ValueError(words)
    return data + b"\0"


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of ``bind_transceiver`` (4.1.5)."""
    return _text(system_id, 16) + _text(password, 9) + _text(system_type, 13) + bytes((VERSION, 0, 0, 0))


class Submitter:
    """Bodies of ``submit_sm`` (4.4.1) from one sender. A receipt is asked for each."""

    def __init__(self, source: str, source_kind: tuple[int, int], to_kind: tuple[int, int]) -> None:
        self._head = b"\0" + bytes(source_kind) + _text(source, 21) + bytes(to_kind)

    @staticmethod
    def tail(message: bytes, coding: int, esm_class: int) -> bytes:
        """What follows the number; the same for everybody who gets the same text."""
        return bytes((0, esm_class, 0, 0, 0, 0, 1, 0, coding, 0, len(message))) + message

    def body(self, to: str, tail: bytes) -> bytes:
        """Raises ``ValueError`` when the number cannot be written."""
        number = to.encode("ascii")
        if not 0 < len(number) <= 20 or b"\0" in number:
            raise ValueError("number")
        return self._head + number + tail


def _string(body: bytes, at: int, most: int) -> tuple[str, int]:
    end = body.find(b"\0", at, at + most)
    if end < 0:
        raise Malformed("a text without an end")
    return body[at:end].decode("ascii", "replace"), end + 1


def delivered(body: bytes) -> Delivered:
    """The fields of a ``deliver_sm``. Raises :class:`Malformed`."""
    try:
        _service, at = _string(body, 0, 6)
        source, at = _string(body, at + 2, 65)
        destination, at = _string(body, at + 2, 65)
        esm_class = body[at]
        _schedule, at = _string(body, at + 3, 17)
        _validity, at = _string(body, at, 17)
        _registered, _replace, coding, _default, length = body[at : at + 5]
    except (IndexError, ValueError) as error:
        raise Malformed("a deliver_sm that is cut off") from error
    message = body[at + 5 : at + 5 + length]
    if len(message) != length:
        raise Malformed("a short message that is cut off")
    found = options(body[at + 5 + length :])
    return Delivered(source, destination, esm_class, coding, message or found.get(PAYLOAD, b""), found)


def options(data: bytes) -> dict[int, bytes]:
    """Optional parameters (5.3). Raises :class:`Malformed`."""
    found, at = {}, 0
    while at < len(data):
        if at + 4 > len(data):
            raise Malformed("an optional parameter that is cut off")
        tag, length = struct.unpack_from(">HH", data, at)
        value = data[at + 4 : at + 4 + length]
        if len(value) != length:
            raise Malformed("an optional parameter that is cut off")
        found[tag] = value
        at += 4 + length
    return found


def message_id(body: bytes) -> str:
    """The number in a ``submit_sm_resp`` (4.4.2); empty when the gateway gave none."""
    return body.split(b"\0", 1)[0].decode("ascii", "replace")
