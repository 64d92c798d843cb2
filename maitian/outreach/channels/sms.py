"""SMS by SMPP 3.4 over one transceiver session, with the client of the smpp34 library.

The library keeps the window, the timers and the framing; this module gives it texts as UCS-2 or GSM-7,
cuts long ones into chained parts, and turns answers and delivery receipts into our words.
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import re
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import smpp34

from maitian.outreach import rules
from maitian.outreach.channels import NOT_TRIED, GatewayDown, Handed, Receipt

WINDOW = 50
SOURCE = "10690000"
ANSWER_WITHIN = 30.0  # seconds; a longer silence leaves the message unknown
RETRIES = 5
INBOUND = 100_000  # receipts waiting for us; a full queue makes the library drop the session
RECEIPT = re.compile(r"id:(?P<id>\S+).*?stat:(?P<stat>\w+)(?:.*?err:(?P<err>\w+))?", re.DOTALL)


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


class SmsGateway:
    """One session to one gateway, in a thread with its own event loop. Calls block the caller."""

    def __init__(self, host: str, port: int, system_id: str, password: str) -> None:
        self._address = (host, port, system_id, password)
        self._session: Any = None
        self._client: Any = None
        self._numbers = itertools.cycle(range(256))
        self.receipts: queue.SimpleQueue[Receipt] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="smpp", daemon=True).start()

    def _run(self, work: Any, timeout: float) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(timeout)

    def connect(self) -> None:
        """Bind if there is no living session. Raises :class:`GatewayDown`."""
        if self._session is not None:
            return
        try:
            self._run(self._connect(), 10)
        except Exception as error:
            raise GatewayDown(str(error)) from error

    async def _connect(self) -> None:
        host, port, system_id, password = self._address
        self._client = smpp34.Client(
            host,
            port,
            system_id,
            password,
            bind_type="TRX",
            window_size=WINDOW,
            inbound_capacity=INBOUND,
            connect_timeout_ms=5000,
        )
        self._session = await self._client.connect()
        self._listener = asyncio.create_task(self._listen(self._session))

    async def _listen(self, session: Any) -> None:
        while True:
            event = await session.next()
            if isinstance(event, smpp34.Disconnected):
                if self._session is session:
                    self._session = None
                return
            found = RECEIPT.search(bytes(event.short_message).decode("ascii", "replace"))
            if found:
                self.receipts.put(
                    Receipt(found["id"], found["stat"] == "DELIVRD", found["err"] or "", event.source_addr)
                )

    def submit(self, batch: Sequence[tuple[int, str, str]]) -> list[Handed]:
        """Hand over ``(client id, phone, text)``; answers in the same order.

        ``HANDED`` with the gateway's id, ``FAILED`` when it refused, ``UNKNOWN`` when it may have taken it
        and the line broke or it never answered.
        """
        self.connect()
        try:
            return list(self._run(self._submit_all(batch), ANSWER_WITHIN * 2 + len(batch)))
        except Exception as error:
            self._session = None
            return [Handed(client, 5, None, type(error).__name__[:40]) for client, _phone, _text in batch]

    async def _submit_all(self, batch: Sequence[tuple[int, str, str]]) -> list[Handed]:
        gate = asyncio.Semaphore(WINDOW)
        session = self._session

        async def one(client_id: int, phone: str, text: str) -> Handed:
            async with gate:
                if self._session is not session:
                    return Handed(client_id, NOT_TRIED)
                return await self._submit(session, client_id, phone, text)

        return await asyncio.gather(*(one(*item) for item in batch))

    async def _submit(self, session: Any, client_id: int, phone: str, text: str) -> Handed:
        reference = None
        parts = segments(text, next(self._numbers))
        for number, (data, coding, esm_class) in enumerate(parts, start=1):
            last = number == len(parts)
            for attempt in range(RETRIES):
                try:
                    answer = await asyncio.wait_for(
                        session.submit_sm(
                            phone, data, source_addr=SOURCE, data_coding=coding, esm_class=esm_class,
                            registered_delivery=1 if last else 0,
                        ),
                        ANSWER_WITHIN,
                    )  # fmt: skip
                except smpp34.SmppError as error:
                    if "RSYSERR" in str(error) and not await self._client.is_alive():
                        self._session = None
                        return Handed(client_id, 5, reference, "line broken")
                    if "RTHROTTLED" in str(error) or "RMSGQFUL" in str(error):
                        await asyncio.sleep(0.2 * 2**attempt)
                        continue
                    if "ESME_" in str(error):
                        return Handed(client_id, 3, reference, str(error)[:40])
                    self._session = None
                    return Handed(client_id, 5, reference, "line broken")
                except (TimeoutError, ConnectionError):
                    return Handed(client_id, 5, reference, "no answer")
                if answer.is_success:
                    reference = answer.message_id
                    break
                status = answer.command_status
                if status in (smpp34.ESME_RTHROTTLED, smpp34.ESME_RMSGQFUL):  # type: ignore[attr-defined]
                    await asyncio.sleep(0.2 * 2**attempt)
                    continue
                return Handed(client_id, 3, reference, f"status {status}")
            else:
                return Handed(client_id, 3, reference, "throttled")
        return Handed(client_id, 1, reference)

    def close(self) -> None:
        """Unbind, and stop the thread."""
        if self._session is not None:
            try:
                self._run(self._session.unbind(), 3)
            except Exception:
                self._session = None
        self._loop.call_soon_threadsafe(self._loop.stop)
