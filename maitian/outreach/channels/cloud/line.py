"""One connection to a cloud, kept open between requests, and what is certain when it fails."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST = 1_000_000  # octets of an answer
IDLE = 8.0  # seconds after which a connection is begun anew: the other side may be about to close it


class NotSent(Exception):
    """The request did not leave the house whole: nobody has acted on it."""


class Unanswered(Exception):
    """The request went out and no whole answer came: it may have been acted on."""


class Call(NamedTuple):
    """One request to be sent."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """One whole answer. ``headers`` by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Address(NamedTuple):
    """Where a cloud is."""

    host: str
    port: int
    secure: bool
    path: str

    @property
    def named(self) -> str:
        """As the header ``Host`` says it."""
        return self.host if self.port == (443 if self.secure else 80) else f"{self.host}:{self.port}"


def address(url: str) -> Address:
    """``https://host[:port][/path]``. Raises ``ValueError``."""
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise ValueError("url must be like https://host/path")
    secure = parts.scheme == "https"
    return Address(parts.hostname, parts.port or (443 if secure else 80), secure, parts.path.rstrip("/"))


class Line:
    """Used by one thread at a time."""

    def __init__(self, where: Address, connect_within: float, answer_within: float) -> None:
        self._where, self._connect_within, self._answer_within = where, connect_within, answer_within
        self._open: http.client.HTTPConnection | None = None
        self._used = 0.0
        self._late = False  # whether the time for an answer was over
        self.connects = 0

    def ask(self, call: Call) -> Reply:
        """Send and wait. Raises :class:`NotSent` or :class:`Unanswered`, which is all that is known then."""
        made = self._connection()
        try:
            made.request("POST", call.path, call.body, dict(call.headers))
        except OSError as error:
            self.close()
            raise NotSent(_why(error)) from error
        # A timer, for a socket's own limit begins anew with every octet that drips in.
        self._late = False
        limit = threading.Timer(self._answer_within, self._cut)
        limit.daemon = True
        limit.start()
        try:
            answer = made.getresponse()
            body = answer.read(LONGEST + 1)
            headers = {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise Unanswered("no answer in time" if self._late else _why(error)) from error
        finally:
            limit.cancel()
        self._used = time.monotonic()
        if len(body) > LONGEST or answer.will_close:
            self.close()
        return Reply(answer.status, headers, body[:LONGEST])

    def _connection(self) -> http.client.HTTPConnection:
        if self._open is not None and (time.monotonic() - self._used > IDLE or self._ended(self._open)):
            self.close()
        if self._open is None:
            where = self._where
            made = (
                http.client.HTTPSConnection(where.host, where.port, timeout=self._connect_within, context=ssl.create_default_context())
                if where.secure
                else http.client.HTTPConnection(where.host, where.port, timeout=self._connect_within)
            )  # fmt: skip
            try:
                made.connect()
            except OSError as error:
                made.close()
                raise NotSent(_why(error)) from error
            assert made.sock is not None
            made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.sock.settimeout(self._answer_within)
            self._open = made
            self.connects += 1
        return self._open

    @staticmethod
    def _ended(made: http.client.HTTPConnection) -> bool:
        """Whether the other side has closed, or says something unasked, while nothing was under way."""
        if made.sock is None:
            return True
        look = select.poll()
        look.register(made.sock, select.POLLIN)
        return bool(look.poll(0))

    def _cut(self) -> None:
        made, self._late = self._open, True
        if made is not None and made.sock is not None:
            with contextlib.suppress(OSError):
                made.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _why(error: BaseException) -> str:
    """A short reason without an address in it."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return f"tls: {error.reason or type(error).__name__}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
