"""A small SMPP 3.4 message centre: binds, takes ``submit_sm``, gives delivery receipts, replays replies.

It speaks the wire format itself (SMPP 3.4, chapters 4 and 5), so that the client library is tested against
something that is not itself. ``behaviour`` makes it refuse, throttle or keep silent.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from maitian.simulators.store import Log

HEADER = struct.Struct(">IIII")
BINDS = {0x1: 0x80000001, 0x2: 0x80000002, 0x9: 0x80000009}
SUBMIT, SUBMIT_RESP, DELIVER, DELIVER_RESP = 0x4, 0x80000004, 0x5, 0x80000005
ENQUIRE, ENQUIRE_RESP, UNBIND, UNBIND_RESP, NACK = 0x15, 0x80000015, 0x6, 0x80000006, 0x80000000
OK, THROTTLED, INVALID_DESTINATION = 0x0, 0x58, 0x0B
GSM_ESCAPE = 0x1B


@dataclass
class Behaviour:
    """How the message centre treats the ``n``-th message: every so many-th is refused, throttled, unanswered."""

    refuse_every: int = 0
    throttle_every: int = 0
    silent_every: int = 0
    receipts: bool = True
    receipt_after: float = 0.3  # seconds


def _text(data: bytes, coding: int) -> str:
    if coding == 8:
        return data.decode("utf-16-be", "replace")
    return data.decode("ascii" if coding == 0 else "latin-1", "replace")


def _cstring(body: bytes, at: int) -> tuple[str, int]:
    end = body.index(b"\0", at)
    return body[at:end].decode("ascii", "replace"), end + 1


@dataclass
class Submitted:
    source: str
    destination: str
    esm_class: int
    registered: int
    coding: int
    message: bytes


def parse_submit(body: bytes) -> Submitted:
    """The fields of a ``submit_sm`` body. A broken one raises ``ValueError`` or ``IndexError``."""
    _service, at = _cstring(body, 0)
    source, at = _cstring(body, at + 2)
    destination, at = _cstring(body, at + 2)
    esm_class = body[at]
    _schedule, at = _cstring(body, at + 3)
    _validity, at = _cstring(body, at)
    registered, _replace, coding, _default, length = body[at : at + 5]
    message = body[at + 5 : at + 5 + length]
    if len(message) != length:
        raise ValueError("short message is cut off")
    return Submitted(source, destination, esm_class, registered, coding, message)


class MessageCentre:
    """The server. ``messages`` counts accepted short messages (parts)."""

    def __init__(self, log: Log, behaviour: Behaviour | None = None) -> None:
        self.log = log
        self.behaviour = behaviour or Behaviour()
        self.messages = 0
        self._numbers = itertools.count(1)
        self._seen = itertools.count(1)
        self._parts: dict[tuple[str, int], dict[int, str]] = {}
        self._sessions: set[asyncio.StreamWriter] = set()
        self._sequence = itertools.count(1)
        self._start = f"{datetime.now(UTC):%y%m%d%H%M%S}"

    async def serve(self, host: str, port: int) -> None:
        server = await asyncio.start_server(self._session, host, port)
        async with server:
            flusher = asyncio.create_task(self._flush())
            try:
                await server.serve_forever()
            finally:
                flusher.cancel()
                self.log.flush()

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            self.log.flush()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sessions.add(writer)
        try:
            while True:
                length, command, _status, sequence = HEADER.unpack(await reader.readexactly(16))
                if not 16 <= length <= 70_000:
                    return
                body = await reader.readexactly(length - 16)
                if command in BINDS:
                    self._send(writer, BINDS[command], OK, sequence, b"maitian-simulator\0")
                elif command == SUBMIT:
                    self._submit(writer, sequence, body)
                elif command == ENQUIRE:
                    self._send(writer, ENQUIRE_RESP, OK, sequence)
                elif command == UNBIND:
                    self._send(writer, UNBIND_RESP, OK, sequence)
                    await writer.drain()
                    return
                elif command < 0x80000000:
                    self._send(writer, NACK, 0x3, sequence)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._sessions.discard(writer)
            writer.close()

    def _send(
        self, writer: asyncio.StreamWriter, command: int, status: int, sequence: int, body: bytes = b""
    ) -> None:
        writer.write(HEADER.pack(16 + len(body), command, status, sequence) + body)

    def _submit(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        n = next(self._seen)
        acts = self.behaviour
        try:
            sms = parse_submit(body)
        except (ValueError, IndexError):
            return self._send(writer, SUBMIT_RESP, 0x2, sequence, b"\0")
        if acts.throttle_every and n % acts.throttle_every == 0:
            return self._send(writer, SUBMIT_RESP, THROTTLED, sequence, b"\0")
        if acts.refuse_every and n % acts.refuse_every == 0:
            return self._send(writer, SUBMIT_RESP, INVALID_DESTINATION, sequence, b"\0")
        number = f"{self._start}{next(self._numbers):08d}"
        self.messages += 1
        self._keep(sms, number)
        if not (acts.silent_every and n % acts.silent_every == 0):
            self._send(writer, SUBMIT_RESP, OK, sequence, number.encode() + b"\0")
        if sms.registered & 1 and acts.receipts:
            asyncio.get_running_loop().call_later(acts.receipt_after, self._receipt, writer, sms, number)
        return None

    def _keep(self, sms: Submitted, number: str) -> None:
        total, data = 1, sms.message
        if sms.esm_class & 0x40 and len(data) > 6 and data[1] == 0:
            reference, total, part = data[3], data[4], data[5]
            parts = self._parts.setdefault((sms.destination, reference), {})
            parts[part] = _text(data[data[0] + 1 :], sms.coding)
            if len(parts) < total:
                return
            text = "".join(parts[i] for i in sorted(parts))
            del self._parts[sms.destination, reference]
        else:
            text = _text(data, sms.coding)
        self.log.add(
            {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "from": sms.source, "to": sms.destination,
             "text": text, "id": number, "parts": total}
        )  # fmt: skip

    def _receipt(self, writer: asyncio.StreamWriter, sms: Submitted, number: str) -> None:
        stamp = f"{datetime.now(UTC):%y%m%d%H%M}"
        words = f"id:{number} sub:001 dlvrd:001 submit date:{stamp} done date:{stamp} stat:DELIVRD err:000 text:".encode()
        self._deliver(writer, sms.destination, sms.source, 0x04, words)

    def _deliver(
        self, writer: asyncio.StreamWriter, source: str, destination: str, esm_class: int, words: bytes
    ) -> None:
        body = (
            b"\0\x01\x01" + source.encode() + b"\0\x01\x01" + destination.encode() + b"\0"
            + bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, 0, 0, len(words)]) + words
        )  # fmt: skip
        if not writer.is_closing():
            self._send(writer, DELIVER, OK, next(self._sequence) & 0x7FFFFFFF, body)
