"""SMS by SMPP 3.4 over one transceiver session, with the client of the smpp34 library.

The library keeps the window, the timers and the framing; this module gives it texts as UCS-2 or GSM-7, cuts long
ones into chained parts, keeps to the agreed rate, and turns answers, receipts and texts from phones into our words.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import queue
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import smpp34
from django.utils import timezone

from maitian.outreach import rules
from maitian.outreach.channels import GatewayDown, Handed, Inbound, Outcome, Outgoing, Receipt

ANSWER_WITHIN = 30.0  # seconds; a longer silence leaves the message in doubt
RETRIES = 5
INBOUND = 100_000  # receipts waiting for us; a full queue makes the library drop the session
RECEIPT = re.compile(r"id:(?P<id>\S+).*?stat:(?P<stat>\w+)(?:.*?err:(?P<err>\w+))?", re.DOTALL)
# SMPP 3.4, table 5-2: what is the message's fault, what the moment's.
BUSY = {0x14: "RMSGQFUL", 0x58: "RTHROTTLED"}
NOT_HERE = {
    0x8: "RSYSERR",
    0xD: "RBINDFAIL",
    0x45: "RSUBMITFAIL",
    0x64: "RX_T_APPN",
    0xFE: "RDELIVERYFAILURE",
}
STATUS = re.compile(r"\(0x([0-9A-Fa-f]+)\)")
GONE = {"REJECTD", "UNDELIV", "DELETED", "EXPIRED"}
PERMANENT_ERRORS = {
    "001",
    "011",
    "MK:0001",
    "MK:0012",
    "UNKNOWN",
}  # the number does not exist, by the carriers' lists


def segments(text: str, reference: int) -> list[tuple[bytes, int, int]]:
    """``(bytes, data_coding, esm_class)`` of each part. A chain of parts carries ``reference`` (0–255)."""
    plain = set(text) <= rules.GSM and text.isascii()
    if plain:
        if len(text) <= 160:
            return [(text.encode("ascii"), 0, 0)]
        pieces = [text[i : i + 153].encode("ascii") for i in range(0, len(text), 153)]
    else:
        encoded = text.encode("utf-16-be")
        if len(encoded) <= 140:
            return [(encoded, 8, 0)]
        pieces = [encoded[i : i + 134] for i in range(0, len(encoded), 134)]
    total = len(pieces)
    return [
        (bytes([5, 0, 3, reference, total, number]) + piece, 0 if plain else 8, 0x40)
        for number, piece in enumerate(pieces, start=1)
    ]


class SmppGateway:
    """One session to one message centre, in a thread with its own event loop. Calls block the caller.

    ``per_second``: the agreed rate in messages (parts), 0 for as fast as the window allows.
    """

    def __init__(
        self, *, name: str, host: str, port: int, system_id: str, password: str, source: str = "10690000",
        window: int = 50, per_second: float = 0, batch: int = 250,
    ) -> None:  # fmt: skip
        self.name, self.batch = name, batch
        self._address = (host, port, system_id, password)
        self._source, self._window, self._rate = source, window, per_second
        self._session: Any = None
        self._client: Any = None
        self._numbers = itertools.cycle(range(256))
        self._receipts: queue.SimpleQueue[Receipt] = queue.SimpleQueue()
        self._texts: queue.SimpleQueue[Inbound] = queue.SimpleQueue()
        self._connects = 0
        self._slow_until = 0.0
        self._error = ""
        self._loop = asyncio.new_event_loop()
        self._gate: asyncio.Semaphore | None = None
        self._next_slot = 0.0
        self._connecting = threading.Lock()
        threading.Thread(target=self._loop.run_forever, name=f"smpp-{name}", daemon=True).start()

    def _run(self, work: Any, timeout: float) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(timeout)

    def connect(self) -> None:
        """Bind if there is no living session. Raises :class:`GatewayDown`."""
        with self._connecting:
            if self._session is not None:
                return
            try:
                self._run(self._connect(), 10)
            except Exception as error:
                self._error = str(error)[:120]
                raise GatewayDown(str(error)) from error

    async def _connect(self) -> None:
        host, port, system_id, password = self._address
        self._client = smpp34.Client(
            host,
            port,
            system_id,
            password,
            bind_type="TRX",
            window_size=self._window,
            inbound_capacity=INBOUND,
            connect_timeout_ms=5000,
        )
        self._session = await self._client.connect()
        self._gate = asyncio.Semaphore(self._window)
        self._connects += 1
        self._error = ""
        self._listener = asyncio.create_task(self._listen(self._session))

    async def _listen(self, session: Any) -> None:
        while True:
            event = await session.next()
            if isinstance(event, smpp34.Disconnected):
                if self._session is session:
                    self._session = None
                return
            self._take(event)

    def _take(self, event: Any) -> None:
        """A ``deliver_sm``: a receipt, or a text from a phone."""
        data = bytes(event.short_message)
        found = RECEIPT.search(data.decode("ascii", "replace"))
        if found:
            error = found["err"] or ""
            gone = found["stat"] in GONE and error in PERMANENT_ERRORS
            delivered = found["stat"] == "DELIVRD"
            self._receipts.put(Receipt(self.name, found["id"], delivered, error, event.source_addr, gone))
            return
        coding = getattr(event, "data_coding", 0)
        words = data.decode("utf-16-be" if coding == 8 else "latin-1", "replace")
        now = timezone.now()
        # A centre that missed our answer sends the text again: the same words within a minute are one text.
        same = hashlib.sha256(f"{event.source_addr}|{words}|{now:%Y%m%d%H%M}".encode()).hexdigest()[:32]
        self._texts.put(Inbound(self.name, same, event.source_addr, words, now))

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        self.connect()
        try:
            return list(self._run(self._submit_all(batch), ANSWER_WITHIN * 2 + len(batch)))
        except Exception as error:
            self._session = None
            self._error = type(error).__name__
            return [
                Handed(m.client_id, Outcome.DOUBT, None, type(error).__name__[:40], self.name) for m in batch
            ]

    async def _submit_all(self, batch: Sequence[Outgoing]) -> list[Handed]:
        session, gate = self._session, self._gate
        if session is None or gate is None:
            return [Handed(message.client_id, Outcome.NOT_TRIED) for message in batch]

        async def one(message: Outgoing) -> Handed:
            async with gate:
                if self._session is not session:
                    return Handed(message.client_id, Outcome.NOT_TRIED)
                return await self._submit(session, message)

        return await asyncio.gather(*(one(message) for message in batch))

    async def _pace(self) -> None:
        """Wait for the next free place at the agreed rate."""
        if not self._rate:
            return
        now = self._loop.time()
        self._next_slot = max(now, self._next_slot + 1 / self._rate)
        if self._next_slot > now:
            await asyncio.sleep(self._next_slot - now)

    async def _submit(self, session: Any, message: Outgoing) -> Handed:
        client_id, reference = message.client_id, None
        parts = segments(message.text, next(self._numbers))

        def said(outcome: Outcome, error: str | None = None) -> Handed:
            return Handed(client_id, outcome, reference, error, self.name, len(parts))

        for number, (data, coding, esm_class) in enumerate(parts, start=1):
            last = number == len(parts)
            for attempt in range(RETRIES):
                await self._pace()
                try:
                    answer = await asyncio.wait_for(
                        session.submit_sm(
                            message.to, data, source_addr=self._source, data_coding=coding, esm_class=esm_class,
                            registered_delivery=1 if last else 0,
                        ),
                        ANSWER_WITHIN,
                    )  # fmt: skip
                except smpp34.SmppError as error:
                    found = STATUS.search(str(error))
                    status = int(found[1], 16) if found else -1
                    if status in BUSY:
                        await self._wait(attempt)
                        continue
                    if status < 0 or (status == 0x8 and not await self._client.is_alive()):
                        self._session = None
                        return said(Outcome.DOUBT, "line broken")
                    return self._refusal(status, number, said)
                except (TimeoutError, ConnectionError):
                    return said(Outcome.DOUBT, "no answer")
                if answer.is_success:
                    reference = answer.message_id
                    break
                if answer.command_status not in BUSY:
                    return self._refusal(answer.command_status, number, said)
                await self._wait(attempt)
            else:
                return said(Outcome.ELSEWHERE if number == 1 else Outcome.DOUBT, "throttled")
        return said(Outcome.ACCEPTED)

    @staticmethod
    def _refusal(status: int, part: int, said: Callable[..., Handed]) -> Handed:
        """A refusal by its class. When earlier parts have gone out, nobody can take the rest elsewhere."""
        name = NOT_HERE.get(status, f"status {status}")
        if status in NOT_HERE:
            return said(Outcome.ELSEWHERE if part == 1 else Outcome.DOUBT, name)
        return said(Outcome.REFUSED, name)

    async def _wait(self, attempt: int) -> None:
        self._slow_until = self._loop.time() + 5
        await asyncio.sleep(0.2 * 2**attempt)

    def receipts(self) -> list[Receipt]:
        return _drained(self._receipts)

    def inbound(self) -> list[Inbound]:
        return _drained(self._texts)

    def facts(self) -> dict[str, Any]:
        if self._session is None:
            line = "down" if self._error else "idle"
        else:
            line = "slow" if self._slow_until > self._loop.time() else "up"
        return {"line": line, "reconnects": max(0, self._connects - 1), "last_error": self._error}

    def close(self) -> None:
        """Unbind, and stop the thread."""
        if self._session is not None:
            try:
                self._run(self._session.unbind(), 3)
            except Exception:
                self._session = None
        self._loop.call_soon_threadsafe(self._loop.stop)


def _drained(waiting: queue.SimpleQueue[Any], most: int = 5000) -> list[Any]:
    found = []
    while len(found) < most:
        try:
            found.append(waiting.get_nowait())
        except queue.Empty:
            break
    return found
