"""A small SMPP 3.4 message centre: binds, takes ``submit_sm``, gives delivery receipts, brings texts from phones.

It speaks the wire format itself (SMPP 3.4, chapters 4 and 5), so that our client is tested against something that
is not itself. As a real one does, it writes down what it accepts before it answers, keeps a receipt until it is
acknowledged, and so survives being killed. ``behaviour`` makes it refuse, throttle, drop, or keep silent.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import struct
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from maitian.simulators.store import Log

HEADER = struct.Struct(">IIII")
BINDS = {0x1: 0x80000001, 0x2: 0x80000002, 0x9: 0x80000009}
SUBMIT, SUBMIT_RESP, DELIVER, DELIVER_RESP = 0x4, 0x80000004, 0x5, 0x80000005
ENQUIRE, ENQUIRE_RESP, UNBIND, UNBIND_RESP, NACK = 0x15, 0x80000015, 0x6, 0x80000006, 0x80000000
OK, THROTTLED, INVALID_DESTINATION, SYSTEM_ERROR = 0x0, 0x58, 0x0B, 0x08
REPORTS_AT_ONCE = 200  # unacknowledged reports of a session
REPORT_AGAIN = 2.0  # seconds before a report that was refused is brought again
JOURNAL_TAIL = 20_000_000  # bytes of the journal that a start reads
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}


@dataclass
class Behaviour:
    """How the message centre treats the ``n``-th message: every so many-th is refused, throttled, unanswered."""

    refuse_every: int = 0
    throttle_every: int = 0
    fail_every: int = 0  # a system error: another gateway may take it
    silent_every: int = 0
    drop_every: int = 0  # the session is cut after so many messages, in the middle of what it is sent
    answer_after: float = 0.0  # seconds before answers
    receipts: bool = True
    receipt_after: float = 0.3  # seconds
    mode: str = "up"  # up, down, slow, silent
    gone: set[str] = field(default_factory=set)  # numbers that do not exist
    forget_unbind: bool = False  # unbind is not answered, as some do
    hex_ids: bool = False  # answers carry hexadecimal numbers, receipts decimal ones
    tlv_receipts: bool = False


def text_of(data: bytes, coding: int) -> str:
    if coding == 8:
        return data.decode("utf-16-be", "replace")
    if coding:
        return data.decode("latin-1")
    out, codes = [], iter(data)
    for code in codes:
        out.append(GSM_EXTENSION.get(next(codes, 0), " ") if code == 0x1B else GSM[code & 0x7F])
    return "".join(out)


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


@dataclass
class Report:
    """A ``deliver_sm`` to be brought until it is acknowledged. ``number`` names the message of a receipt."""

    body: bytes
    number: str = ""


class Journal:
    """What was accepted with a receipt asked for, and which receipts have been acknowledged."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.open: dict[str, tuple[str, str]] = {}  # number → (to, from)
        if path.exists():
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - JOURNAL_TAIL))
                for line in file.read().decode("ascii", "replace").splitlines():
                    words = line.split(" ")
                    if words[0] == "A" and len(words) == 4:
                        self.open[words[1]] = (words[2], words[3])
                    elif words[0] == "R" and len(words) == 2:
                        self.open.pop(words[1], None)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._waiting: list[str] = []

    def accepted(self, number: str, to: str, source: str) -> None:
        self._waiting.append(f"A {number} {to} {source}\n")

    def acknowledged(self, number: str) -> None:
        self._waiting.append(f"R {number}\n")

    def flush(self) -> None:
        if self._waiting:
            os.write(self._file, "".join(self._waiting).encode("ascii", "replace"))
            self._waiting = []


class Bound:
    """One session of a client."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.ready = False
        self.count = 0
        self.reports: dict[int, Report] = {}
        self.out: list[bytes] = []

    def send(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        self.out.append(HEADER.pack(16 + len(body), command, status, sequence) + body)

    def flush(self) -> None:
        if self.out and not self.writer.is_closing():
            self.writer.write(b"".join(self.out))
        self.out = []


class MessageCentre:
    """The server. ``messages`` counts accepted short messages (parts)."""

    def __init__(self, log: Log, behaviour: Behaviour | None = None, name: str = "") -> None:
        self.log = log
        self.name = name
        self.behaviour = behaviour or Behaviour()
        self.messages = 0
        self.journal = Journal(log.path.with_suffix(f".{name}.journal" if name else ".journal"))
        self._numbers = itertools.count(1)
        self._seen = itertools.count(1)
        self._parts: dict[tuple[str, int], dict[int, str]] = {}
        self._sessions: dict[asyncio.StreamWriter, Bound] = {}
        self._sequence = itertools.count(1)
        self._waiting: deque[Report] = deque()
        self._start = int(f"{datetime.now(UTC):%y%m%d%H%M%S}") * 1000 + os.getpid() % 1000
        for number, (to, source) in self.journal.open.items():
            self._waiting.append(self._receipt(number, to, source))

    @property
    def bound(self) -> int:
        """Sessions that are bound."""
        return sum(session.ready for session in self._sessions.values())

    async def start(self, host: str, port: int) -> asyncio.Server:
        """Listen; port 0 takes a free one."""
        return await asyncio.start_server(self._session, host, port)

    async def serve(self, host: str, port: int) -> None:
        async with await self.start(host, port) as server:
            await self.run(server)

    async def run(self, server: asyncio.Server) -> None:
        """Serve until cancelled."""
        flusher = asyncio.create_task(self._flush())
        try:
            await server.serve_forever()
        finally:
            flusher.cancel()
            self._flush_files()

    def _flush_files(self) -> None:
        self.log.flush()
        self.journal.flush()

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            self._flush_files()
            self._bring()

    def set_mode(self, mode: str) -> None:
        """``up``, ``down`` (sessions are cut and none is taken), ``slow``, ``silent`` (accepts and never answers)."""
        self.behaviour.mode = mode
        if mode == "down":
            for writer in list(self._sessions):
                writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.behaviour.mode == "down":
            writer.close()
            return
        bound = self._sessions[writer] = Bound(writer)
        rest = b""
        try:
            while data := await reader.read(1 << 18):
                rest += data
                at = 0
                while len(rest) - at >= 16:
                    length, command, status, sequence = HEADER.unpack_from(rest, at)
                    if not 16 <= length <= 70_000:
                        return
                    if len(rest) - at < length:
                        break
                    body = rest[at + 16 : at + length]
                    at += length
                    if not self._unit(bound, command, status, sequence, body):
                        self._flush_files()
                        bound.flush()
                        await writer.drain()
                        return
                rest = rest[at:]
                self._flush_files()  # written down before it is answered
                after = 0.4 if self.behaviour.mode == "slow" else self.behaviour.answer_after
                if after:
                    await asyncio.sleep(after)
                bound.flush()
                self._bring()
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            del self._sessions[writer]
            self._waiting.extendleft(bound.reports.values())
            writer.close()

    def _unit(self, bound: Bound, command: int, status: int, sequence: int, body: bytes) -> bool:
        """Handle one unit; ``False`` ends the session."""
        if command in BINDS:
            bound.ready = True
            bound.send(BINDS[command], OK, sequence, b"maitian-simulator\0")
        elif command == SUBMIT:
            bound.count += 1
            self._submit(bound, sequence, body)
            return not (self.behaviour.drop_every and bound.count % self.behaviour.drop_every == 0)
        elif command == ENQUIRE:
            if self.behaviour.mode != "silent":
                bound.send(ENQUIRE_RESP, OK, sequence)
        elif command == DELIVER_RESP:
            self._acknowledged(bound, sequence, status)
        elif command == UNBIND:
            if not self.behaviour.forget_unbind:
                bound.send(UNBIND_RESP, OK, sequence)
            return False
        elif command < 0x80000000:
            bound.send(NACK, 0x3, sequence)
        return True

    # --- texts to phones ----------------------------------------------------------------------------------

    def _submit(self, bound: Bound, sequence: int, body: bytes) -> None:
        n = next(self._seen)
        acts = self.behaviour
        try:
            sms = parse_submit(body)
        except (ValueError, IndexError):
            return bound.send(SUBMIT_RESP, 0x2, sequence, b"\0")
        for every, status in (
            (acts.throttle_every, THROTTLED),
            (acts.refuse_every, INVALID_DESTINATION),
            (acts.fail_every, SYSTEM_ERROR),
        ):
            if every and n % every == 0:
                return bound.send(SUBMIT_RESP, status, sequence, b"\0")
        number = self._start * 10**8 + next(self._numbers)
        self.messages += 1
        self._keep(sms, str(number))
        if acts.mode != "silent" and not (acts.silent_every and n % acts.silent_every == 0):
            told = f"{number:x}" if acts.hex_ids else str(number)
            bound.send(SUBMIT_RESP, OK, sequence, told.encode() + b"\0")
        if sms.registered & 1 and acts.receipts:
            self.journal.accepted(str(number), sms.destination, sms.source)
            asyncio.get_running_loop().call_later(
                acts.receipt_after, self._waiting.append, self._receipt(str(number), sms.destination, sms.source)
            )  # fmt: skip
        return None

    def _keep(self, sms: Submitted, number: str) -> None:
        total, data = 1, sms.message
        if sms.esm_class & 0x40 and len(data) > 6 and data[1] == 0:
            reference, total, part = data[3], data[4], data[5]
            parts = self._parts.setdefault((sms.destination, reference), {})
            parts[part] = text_of(data[data[0] + 1 :], sms.coding)
            if len(parts) < total:
                return
            text = "".join(parts[i] for i in sorted(parts))
            del self._parts[sms.destination, reference]
        else:
            text = text_of(data, sms.coding)
        self.log.add(
            {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "from": sms.source, "to": sms.destination,
             "text": text, "id": number, "parts": total, "gateway": self.name}
        )  # fmt: skip

    # --- receipts and texts from phones -------------------------------------------------------------------

    def _receipt(self, number: str, to: str, source: str) -> Report:
        stamp = f"{datetime.now(UTC):%y%m%d%H%M}"
        gone = to in self.behaviour.gone
        stat, error = ("UNDELIV", "001") if gone else ("DELIVRD", "000")
        options = b""
        if self.behaviour.tlv_receipts:
            named = number.encode() + b"\0"
            options = (
                struct.pack(">HH", 0x001E, len(named))
                + named
                + struct.pack(">HHB", 0x0427, 1, 5 if gone else 2)
            )
            words = b""
        else:
            words = f"id:{number} sub:001 dlvrd:00{int(not gone)} submit date:{stamp} done date:{stamp} stat:{stat} err:{error} text:".encode()
        return Report(deliver_body(to, source, 0x04, 0, words) + options, number)

    def say(self, phone: str, text: str, to: str = "10690000") -> None:
        """A client's phone sends a text: in UCS-2, a long one in parts."""
        data = text.encode("utf-16-be")
        if len(data) <= 140:
            self._waiting.append(Report(deliver_body(phone, to, 0, 8, data)))
        else:
            pieces = [data[i : i + 134] for i in range(0, len(data), 134)]
            reference = next(self._numbers) % 256
            for part, piece in enumerate(pieces, start=1):
                header = bytes((5, 0, 3, reference, len(pieces), part))
                self._waiting.append(Report(deliver_body(phone, to, 0x40, 8, header + piece)))
        self._bring()

    def _bring(self) -> None:
        """Bring what waits to the sessions that are there, as far as they have room."""
        if self.behaviour.mode in ("down", "silent"):
            return
        for bound in self._sessions.values():
            if not bound.ready:
                continue
            while self._waiting and len(bound.reports) < REPORTS_AT_ONCE:
                report = self._waiting.popleft()
                sequence = next(self._sequence) & 0x7FFFFFFF
                bound.reports[sequence] = report
                bound.send(DELIVER, OK, sequence, report.body)
            bound.flush()

    def _acknowledged(self, bound: Bound, sequence: int, status: int) -> None:
        report = bound.reports.pop(sequence, None)
        if report is None:
            return
        if status in (0x14, 0x58, 0x64):
            asyncio.get_running_loop().call_later(REPORT_AGAIN, self._waiting.append, report)
        elif report.number:
            self.journal.acknowledged(report.number)


def deliver_body(source: str, destination: str, esm_class: int, coding: int, words: bytes) -> bytes:
    return (
        b"\0\x01\x01" + source.encode() + b"\0\x01\x01" + destination.encode() + b"\0"
        + bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(words)]) + words
    )  # fmt: skip
