"""One bound session: the window, the timers, answers matched to what was sent, an end that loses nothing.

One thread reads (the gateway's own); any thread sends. A unit that was written and not answered when the session
ends *may* have gone out: its message is in doubt. What was never written was not begun.
"""

from __future__ import annotations

import logging
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from maitian.outreach.channels import Handed, Outcome
from maitian.outreach.channels.pace import Pace
from maitian.outreach.channels.smpp import wire
from maitian.outreach.channels.smpp.reports import Ids, answer_id
from maitian.outreach.channels.smpp.statuses import ErrorClass, classed

log = logging.getLogger(__name__)
RETRIES = 5  # of a message that the gateway is too busy for
FIRST_WAIT = 0.2  # seconds before the first of them; then twice as long each time
DRAIN = 2.0  # seconds in which a gateway that unbinds may still answer
WRITE_WITHIN = 10  # seconds for the socket to take what is written
TICK = 1.0  # seconds between looks at the timers while something is unanswered
QUIET_TICK = 5.0


class SessionEnded(Exception):
    """The session could not be begun, or has ended."""


@dataclass(frozen=True)
class Terms:
    """What was agreed with the gateway."""

    name: str
    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    window: int = 50  # units unanswered at once
    per_second: float = 0  # units (parts) a second; 0: as fast as the window allows
    answer_within: float = 30.0  # seconds
    enquire_every: float = 30.0  # seconds of silence before enquire_link
    connect_within: float = 5.0
    ids: Ids = Ids.SAME
    codes: Mapping[int, ErrorClass] = field(default_factory=dict)
    waiting_most: int = 50_000  # reports that we have not stored yet; more are sent back as "queue full"


class Job:
    """One message with its parts, of which the next is sent when the one before was taken."""

    __slots__ = ("at", "client_id", "cut", "flight", "numbers", "tries")

    def __init__(self, flight: Flight, client_id: int, cut: Sequence[bytes]) -> None:
        self.flight, self.client_id, self.cut = flight, client_id, cut
        self.at = self.tries = 0
        self.numbers: list[str] = []


class Flight:
    """One batch on its way through one session."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.ready: deque[Job] = deque()
        self.later: list[tuple[float, Job]] = []
        self.left = 0
        self.answers: list[Handed] = []

    def add(self, client_id: int, bodies: Sequence[bytes]) -> None:
        """A message as the bodies of its ``submit_sm``, in their order."""
        self.ready.append(Job(self, client_id, bodies))
        self.left += 1

    def refuse(self, client_id: int, error: str) -> None:
        """A message that is not even tried."""
        self.answers.append(Handed(client_id, Outcome.REFUSED, None, error, self.gateway))

    def end(self, job: Job, outcome: Outcome, error: str | None = None) -> None:
        numbers = job.numbers
        reference = None
        if numbers:
            reference = numbers[0] if len(job.cut) == 1 else f"{numbers[0]}+{len(job.cut) - 1}"[:64]
        self.answers.append(
            Handed(
                job.client_id, outcome, reference, error, self.gateway, len(job.cut),
                tuple(numbers) if len(job.cut) > 1 else (),
            )
        )  # fmt: skip
        self.left -= 1

    def ripen(self, now: float) -> None:
        """Those whose pause is over are ready again."""
        if self.later:
            ripe = [job for at, job in self.later if at <= now]
            self.later = [(at, job) for at, job in self.later if at > now]
            self.ready.extend(ripe)


class Session:
    """A bound session. ``take(session, sequence, item)`` gets every ``deliver_sm``, ``spoilt(octets, why)`` what is
    none; the caller acknowledges with :meth:`acknowledge` when it is stored."""

    def __init__(
        self, terms: Terms, pace: Pace,
        take: Callable[[Session, int, wire.Delivered], bool], spoilt: Callable[[Session, int, bytes, str], None],
    ) -> None:  # fmt: skip
        self.terms, self._pace, self._take, self._spoilt = terms, pace, take, spoilt
        self.lost: str | None = None
        self.answered = 0
        self.strays = 0  # answers to nothing
        self.slow_until = 0.0
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._writing = threading.Lock()
        self._pending: dict[int, tuple[Job, float]] = {}
        self._sequence = 0
        self._allowed = 1  # slow start: a gateway that never answers gets one message, not a window of them
        self._leaving = False
        self._leaves_at = 0.0  # when a gateway that has unbound is waited for no longer
        self._stream = wire.Stream()
        self._early: list[wire.Unit] = []
        self._unbound = threading.Event()
        self._socket = self._bind()
        self._heard = time.monotonic()
        self._enquired = 0.0

    # --- begin and end ------------------------------------------------------------------------------------

    def _bind(self) -> socket.socket:
        terms = self.terms
        body = wire.bind(terms.system_id, terms.password, terms.system_type)
        made = None
        try:
            made = socket.create_connection((terms.host, terms.port), terms.connect_within)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.sendall(wire.unit(wire.BIND_TRX, 0, self._next(), body))
            self._await_bind(made)
            made.settimeout(None)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", WRITE_WITHIN, 0))
        except (OSError, SessionEnded) as error:
            if made is not None:
                made.close()
            if isinstance(error, TimeoutError):
                raise SessionEnded("no answer" if made is None else "no answer to bind") from error
            raise SessionEnded(str(error) or type(error).__name__) from error
        return made

    def _await_bind(self, made: socket.socket) -> None:
        """Read until the gateway has said yes. Reports may follow its answer at once: they are kept for :meth:`read`."""
        while data := made.recv(65536):
            units = self._stream.feed(data)
            if self._stream.broken:
                raise SessionEnded(f"malformed: {self._stream.broken}")
            for n, unit in enumerate(units, start=1):
                if unit.command == wire.NACK or unit.status:
                    raise SessionEnded(f"bind refused: {classed(unit.status, {})[0]}")
                if unit.command == wire.BIND_TRX | wire.RESPONSE:
                    self._early = units[n:]
                    return
        raise SessionEnded("closed at bind")

    def _next(self) -> int:
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence

    def lose(self, why: str) -> None:
        """End it now: what is unanswered is in doubt."""
        with self._changed:
            if self.lost is not None:
                return
            self.lost = why
            for job, _at in self._pending.values():
                job.flight.end(job, Outcome.DOUBT, why[:40])
            self._pending.clear()
            self._changed.notify_all()
        self._unbound.set()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("%s: already closed", self.terms.name)
        self._socket.close()

    def leave(self, within: float = 5.0) -> None:
        """Say goodbye: wait for what is unanswered, unbind, and close whether the gateway answers or not."""
        end = time.monotonic() + within
        with self._changed:
            self._leaving = True
            self._changed.notify_all()
            while self._pending and self.lost is None and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
            sequence = self._next()
        if self.lost is None and self._write(wire.unit(wire.UNBIND, 0, sequence)):
            self._unbound.wait(max(0.5, min(2.0, end - time.monotonic())))
        self.lose("left")

    # --- sending ------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> bool:
        try:
            with self._writing:
                self._socket.sendall(data)
        except OSError as error:
            self.lose(f"write: {error.strerror or type(error).__name__}")
            return False
        return True

    def carry(self, flight: Flight) -> None:
        """Send a batch; returns when every message has its answer or the session has ended."""
        while True:
            with self._changed:
                while True:
                    if not flight.left:
                        return
                    now = time.monotonic()
                    if self.lost is not None or self._leaving:
                        self._not_begun(flight)
                        if not flight.left:
                            return
                    flight.ripen(now)
                    room = min(self._allowed - len(self._pending), len(flight.ready))
                    if room > 0 and (room := self._pace.take(room, now)) > 0:
                        break
                    self._changed.wait(self._until(flight, now))
                jobs = [flight.ready.popleft() for _ in range(room)]
                units = []
                for job in jobs:
                    sequence = self._next()
                    self._pending[sequence] = (job, now)
                    body = job.cut[job.at]
                    units.append(wire.HEADER.pack(16 + len(body), wire.SUBMIT, 0, sequence))
                    units.append(body)
            self._write(b"".join(units))

    def _until(self, flight: Flight, now: float) -> float:
        """How long to wait for something to change: a pause that ends, a free place at the agreed rate."""
        ends = [at - now for at, _job in flight.later]
        if flight.ready and len(self._pending) < self._allowed:
            ends.append(self._pace.wait())
        return max(0.001, min(ends)) if ends else 5.0

    def _not_begun(self, flight: Flight) -> None:
        """The session takes nothing any more: what was not begun is free for another; a torn chain is in doubt."""
        for job in [*flight.ready, *(job for _at, job in flight.later)]:
            if job.at:
                flight.end(job, Outcome.DOUBT, f"{job.at} of {len(job.cut)} parts")
            else:
                flight.end(job, Outcome.NOT_TRIED, (self.lost or "leaving")[:40])
        flight.ready.clear()
        flight.later.clear()

    # --- reading ------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read until the session ends; in the gateway's own thread."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        try:
            self._understand(self._early)
            while self.lost is None:
                if poll.poll(1000 * self._tick()):
                    data = self._socket.recv(1 << 18)
                    if not data:
                        return self.lose("closed by the gateway")
                    self._heard, self._enquired = time.monotonic(), 0.0
                    self._understand(self._stream.feed(data))
                    if self._stream.broken:
                        self._write(wire.unit(wire.NACK, 0x2, 0))
                        self._spoilt(self, 0, data[:200], self._stream.broken)
                        return self.lose(f"malformed: {self._stream.broken}")
                self._look_at_the_clock()
        except OSError as error:
            self.lose(f"read: {error.strerror or type(error).__name__}")
        except Exception:  # a fault of ours must not leave a batch waiting for ever
            log.exception("%s", self.terms.name)
            self.lose("fault")
        return None

    def _tick(self) -> float:
        """Seconds until the timers are looked at when nothing comes."""
        terms = self.terms
        busy = self._pending or self._enquired or self._leaving
        return min(TICK if busy else QUIET_TICK, terms.answer_within / 2, terms.enquire_every)

    def _understand(self, units: Sequence[wire.Unit]) -> None:
        answers: list[wire.Unit] = []
        for unit in units:
            if unit.command == wire.SUBMIT | wire.RESPONSE or unit.command == wire.NACK:
                answers.append(unit)
            else:
                self._other(unit)
        if answers:
            self._settle(answers)

    def _other(self, unit: wire.Unit) -> None:
        if unit.command == wire.DELIVER:
            try:
                item = wire.delivered(unit.body)
            except wire.Malformed as error:
                self._spoilt(self, unit.sequence, unit.body, str(error))
                return
            if not self._take(self, unit.sequence, item):
                self._write(wire.unit(wire.DELIVER | wire.RESPONSE, wire.QUEUE_FULL, unit.sequence, b"\0"))
        elif unit.command == wire.ENQUIRE:
            self._write(wire.unit(wire.ENQUIRE | wire.RESPONSE, wire.OK, unit.sequence))
        elif unit.command == wire.UNBIND:
            with self._changed:
                self._leaving = True
                self._leaves_at = time.monotonic() + DRAIN
                self._changed.notify_all()
            self._write(wire.unit(wire.UNBIND | wire.RESPONSE, wire.OK, unit.sequence))
        elif unit.command == wire.UNBIND | wire.RESPONSE:
            self._unbound.set()
        elif not unit.command & wire.RESPONSE:
            self._write(wire.unit(wire.NACK, wire.BAD_COMMAND, unit.sequence))

    def _settle(self, answers: Sequence[wire.Unit]) -> None:
        """Answers to what was sent; one lock for all that came at once."""
        with self._changed:
            now = time.monotonic()
            for unit in answers:
                found = self._pending.pop(unit.sequence, None)
                if found is None:
                    self.strays += 1
                    continue
                self.answered += 1
                if self._allowed < self.terms.window:
                    self._allowed += 1
                job = found[0]
                if not unit.status and unit.command != wire.NACK:
                    number = wire.message_id(unit.body)
                    if number:
                        job.numbers.append(answer_id(number, self.terms.ids))
                    job.at += 1
                    job.tries = 0
                    if job.at < len(job.cut):
                        job.flight.ready.appendleft(job)
                    else:
                        job.flight.end(job, Outcome.ACCEPTED)
                else:
                    self._refused(job, unit.status or 0xFF, now)
            self._changed.notify_all()

    def _refused(self, job: Job, status: int, now: float) -> None:
        """A refusal by its class. When earlier parts have gone out, nobody can take the rest elsewhere."""
        name, kind = classed(status, self.terms.codes)
        if kind == ErrorClass.BUSY:
            self.slow_until = now + 5
            if job.tries < RETRIES:
                job.flight.later.append((now + FIRST_WAIT * 2**job.tries, job))
                job.tries += 1
                return
            kind = ErrorClass.ELSEWHERE
        if kind == ErrorClass.REFUSED:
            job.flight.end(job, Outcome.REFUSED, name)
        else:
            job.flight.end(job, Outcome.DOUBT if job.at else Outcome.ELSEWHERE, name)

    def _look_at_the_clock(self) -> None:
        """Timers: an answer that is late, a line that is silent, a gateway that is leaving."""
        now = time.monotonic()
        terms = self.terms
        silent = False
        with self._changed:
            for sequence, (job, at) in list(self._pending.items()):
                if now - at < terms.answer_within:
                    break
                del self._pending[sequence]
                job.flight.end(job, Outcome.DOUBT, "no answer")
                silent = silent or self._heard < at
                self._changed.notify_all()
            gone = bool(self._leaves_at) and (now >= self._leaves_at or not self._pending)
        if gone:
            return self.lose("unbound by the gateway")
        if silent:
            return self.lose("silent")
        if self._enquired and now - self._enquired >= min(10.0, terms.answer_within):
            return self.lose("no answer to enquire_link")
        if not self._enquired and now - self._heard >= terms.enquire_every:
            self._enquired = now
            with self._lock:
                sequence = self._next()
            self._write(wire.unit(wire.ENQUIRE, 0, sequence))
        return None

    # --- reports ------------------------------------------------------------------------------------------

    def acknowledge(self, sequences: Sequence[int], status: int = wire.OK) -> None:
        """What these ``deliver_sm`` brought is stored (or, with a status, refused)."""
        if self.lost is None and sequences:
            self._write(
                b"".join(
                    wire.unit(wire.DELIVER | wire.RESPONSE, status, number, b"\0") for number in sequences
                )
            )
