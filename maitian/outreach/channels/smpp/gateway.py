"""An SMPP gateway: one session, begun again by itself, with back-off, as long as the worker runs."""

from __future__ import annotations

import itertools
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from maitian.outreach import sms
from maitian.outreach.channels import GatewayDown, Handed, Inbound, Outgoing, Receipt, Unreadable
from maitian.outreach.channels.pace import Pace
from maitian.outreach.channels.smpp import wire
from maitian.outreach.channels.smpp.reports import GONE, Ids, Reading
from maitian.outreach.channels.smpp.session import Flight, Session, SessionEnded, Terms
from maitian.outreach.channels.smpp.statuses import own_codes

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between attempts to bind
STEADY = 30.0  # seconds of life, or one answer, after which the next pause is the first again
AT_ONCE = 5000  # reports given to the worker at a time


class SmppGateway:
    """One line to one message centre. The session lives in a thread of its own; calls block the caller."""

    def __init__(
        self, *, name: str, host: str, port: int, system_id: str, password: str, source: str = "10690000",
        window: int = 50, per_second: float = 0, batch: int = 2000, system_type: str = "", source_ton: int = 0,
        source_npi: int = 1, dest_ton: int = 1, dest_npi: int = 1, ids: str = "same", unmarked_receipts: bool = False,
        gone: Iterable[str] = GONE, codes: Mapping[str, str] | None = None, answer_within: float = 30.0,
        enquire_every: float = 30.0, connect_within: float = 5.0,
    ) -> None:  # fmt: skip
        self.name, self.batch = name, batch
        self.bell = threading.Event()
        form = Ids(ids)
        self._terms = Terms(
            name, host, port, system_id, password, system_type, window, per_second, answer_within, enquire_every,
            connect_within, form, own_codes(codes or {}),
        )  # fmt: skip
        self._submitter = wire.Submitter(source, (source_ton, source_npi), (dest_ton, dest_npi))
        self._pace = Pace(per_second)
        self._reading = Reading(name, form, unmarked_receipts, frozenset(gone))
        self._chains = itertools.cycle(range(256))
        self._session: Session | None = None
        self._connects = 0
        self._error = ""
        self._tried = threading.Event()  # the first attempt to bind has ended, well or not
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._reports: deque[tuple[Session, int, Receipt | Inbound | Unreadable]] = deque()
        self._given: list[tuple[Session, int, int]] = []

    # --- the session --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Bind, and stay bound."""
        with self._starting:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._keep, name=f"smpp-{self.name}", daemon=True)
                self._thread.start()

    def _keep(self) -> None:
        failures = 0
        while not self._closing.is_set():
            began = time.monotonic()
            answered = 0
            try:
                session = Session(self._terms, self._pace, self._take, self._spoilt)
            except SessionEnded as error:
                self._error = str(error)[:120]
            except Exception as error:  # a fault of ours must not leave the line down for ever
                log.exception("%s", self.name)
                self._error = type(error).__name__
            else:
                self._connects += 1
                self._error = ""
                self._session = session
                self._tried.set()
                session.read()
                self._session = None
                answered = session.answered
                self._error = (session.lost or "")[:120]
            self._tried.set()
            if self._closing.is_set():
                return
            failures = 1 if answered or time.monotonic() - began > STEADY else failures + 1
            self._closing.wait(min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * random.uniform(0.5, 1))  # noqa: S311

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        self.open()
        if not self._tried.wait(self._terms.connect_within + 1):
            raise GatewayDown("connecting")
        session = self._session
        if session is None:
            raise GatewayDown(self._error or "no session")
        flight = self._loaded(batch)
        session.carry(flight)
        return flight.answers

    def _loaded(self, batch: Sequence[Outgoing]) -> Flight:
        """The batch as units. Everybody's text is the same in most sends, so it is cut and coded once."""
        flight = Flight(self.name)
        text, tails = "", [b""]
        for message in batch:
            if message.text != text or len(tails) > 1:
                text = message.text
                try:
                    tails = [wire.Submitter.tail(*part) for part in sms.segments(text, next(self._chains))]
                except ValueError as error:
                    text = ""
                    flight.refuse(message.client_id, f"too long: {error}"[:40])
                    continue
            try:
                flight.add(message.client_id, [self._submitter.body(message.to, tail) for tail in tails])
            except ValueError:
                flight.refuse(message.client_id, "not a number")
        return flight

    # --- what comes in ------------------------------------------------------------------------------------

    def _take(self, session: Session, sequence: int, item: wire.Delivered) -> bool:
        """In the session's thread: a report to be stored; ``False`` when too many wait already."""
        if len(self._reports) >= self._terms.waiting_most:
            return False
        found: Receipt | Inbound | Unreadable | None
        try:
            found = self._reading.read(item, timezone.now())
        except Exception as error:
            log.exception("%s", self.name)
            found = Unreadable(self.name, type(error).__name__, item.message)
        if found is None:
            session.acknowledge([sequence])
            return True
        self._reports.append((session, sequence, found))
        self.bell.set()
        return True

    def _spoilt(self, session: Session, sequence: int, data: bytes, why: str) -> None:
        self._reports.append((session, sequence, Unreadable(self.name, why, data)))
        self.bell.set()

    def _drained(self, kind: type) -> list[Any]:
        """Waiting reports of one kind, remembered for :meth:`stored`; the others keep their order."""
        found, others = [], []
        for _n in range(min(len(self._reports), AT_ONCE)):
            session, sequence, item = self._reports.popleft()
            if isinstance(item, kind):
                found.append(item)
                status = wire.REFUSED_FOR_GOOD if kind is Unreadable else wire.OK
                if sequence:
                    self._given.append((session, sequence, status))
            else:
                others.append((session, sequence, item))
        self._reports.extendleft(reversed(others))
        return found

    def receipts(self) -> list[Receipt]:
        return self._drained(Receipt)

    def inbound(self) -> list[Inbound]:
        return self._drained(Inbound)

    def unreadable(self) -> list[Unreadable]:
        return self._drained(Unreadable)

    def stored(self) -> None:
        given, self._given = self._given, []
        for (session, status), items in itertools.groupby(
            sorted(given, key=lambda item: (id(item[0]), item[2])), key=lambda item: (item[0], item[2])
        ):
            session.acknowledge([sequence for _session, sequence, _status in items], status)

    # --- how it is ----------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        session = self._session
        if session is None:
            line = "down" if self._error else "idle"
        else:
            line = "slow" if session.slow_until > time.monotonic() else "up"
        return {"line": line, "reconnects": max(0, self._connects - 1), "last_error": self._error}

    def close(self) -> None:
        """Unbind, and stop the thread."""
        self._closing.set()
        session = self._session
        if session is not None:
            session.leave()
        if self._thread is not None:
            self._thread.join(3)
