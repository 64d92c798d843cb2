"""The door for reports about our mails: a small SMTP server that says yes when a mail is stored."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from maitian.outreach.channels.bounces import LARGEST

log = logging.getLogger(__name__)
STORED_WITHIN = 30.0  # seconds; then the mail server is told to come again
BIND_AGAIN = 5.0  # seconds: another worker on this machine may have the port, and die


class Mailbox:
    """Listens in a thread of its own. ``take(data, recipients)`` gives a future that is done when the mail is stored."""

    def __init__(
        self,
        host: str,
        port: int,
        accepts: Callable[[str], bool],
        take: Callable[[bytes, list[str]], Future[None]],
    ) -> None:
        self._where, self._accepts, self._take = (host, port), accepts, take
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)
        self.port = 0  # while it listens
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        told = False
        while not self._closing.is_set():
            try:
                server = await self._loop.create_server(
                    lambda: SMTP(self, data_size_limit=LARGEST, hostname="maitian"), *self._where
                )
            except OSError as error:
                if not told:
                    log.warning("reports about mails, %s:%s: %s", *self._where, error.strerror or error)
                told = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), BIND_AGAIN)
                continue
            self.port = server.sockets[0].getsockname()[1]
            await self._closing.wait()
            server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not self._accepts(address):
            return "550 5.1.1 only reports about our mails"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        data = (
            envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        )
        try:
            await asyncio.wait_for(
                asyncio.wrap_future(self._take(data, list(envelope.rcpt_tos))), STORED_WITHIN
            )
        except (TimeoutError, asyncio.CancelledError):
            return "451 4.3.0 come again later"
        return "250 2.0.0 stored"

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(3)
