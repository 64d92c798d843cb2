"""Live pages: one hub per web process listens to the database and serves every viewer.

A change calls :func:`notify` in its transaction; viewers get the topic's name and fetch what they may see.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from maitian.core.sql import prepared

CHANNEL = "maitian_live"
QUEUE = 20  # messages kept for a slow viewer; older ones are dropped, since each only says "look again"
PING = 15.0


Allowed = Callable[[Any, str], bool]
_topics: list[tuple[re.Pattern[str], Allowed]] = []
MOST_TOPICS = 4  # of one stream


def topic(pattern: str, allowed: Allowed) -> None:
    """Let members watch the topics that match ``pattern``, if ``allowed(member, topic)``. Called by rooms at start."""
    _topics.append((re.compile(pattern), allowed))


def may_watch(member: Any, names: Sequence[str]) -> bool:
    """Whether the member may watch every one of the topics; a topic that nobody registered is nobody's."""
    return 0 < len(names) <= MOST_TOPICS and all(
        any(pattern.fullmatch(name) and allowed(member, name) for pattern, allowed in _topics)
        for name in names
    )


def notify(topic: str, what: str = "") -> None:
    """Tell viewers of ``topic`` (``event-7``) at commit. Both texts short, without spaces."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{topic} {what}"])


def notify_all(topics: Sequence[str], what: str = "") -> None:
    """As :func:`notify`, for several topics in one statement."""
    prepared(
        "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", [CHANNEL, payloads(topics, what)]
    )


def payloads(topics: Sequence[str], what: str = "") -> list[str]:
    """What :func:`notify_all` sends, for a statement that sends it beside its own work."""
    return [f"{topic} {what}" for topic in dict.fromkeys(topics)]


class Hub:
    """One LISTEN connection, many viewers."""

    def __init__(self) -> None:
        self._viewers: dict[str, set[asyncio.Queue[str]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def _listen(self) -> None:
        database: dict[str, Any] = dict(settings.DATABASES["default"])
        while True:
            with contextlib.suppress(psycopg.OperationalError, OSError):
                async with await psycopg.AsyncConnection.connect(
                    dbname=database["NAME"], user=database["USER"], password=database["PASSWORD"] or None,
                    host=database["HOST"] or None, port=database["PORT"] or None, autocommit=True,
                ) as listening:  # fmt: skip
                    await listening.execute(f"LISTEN {CHANNEL}")
                    self._tell_all("again")
                    async for note in listening.notifies():
                        topic, _space, what = note.payload.partition(" ")
                        self._tell(topic, what)
            await asyncio.sleep(1)

    def _tell(self, topic: str, what: str) -> None:
        for viewer in self._viewers.get(topic, ()):
            if viewer.full():
                viewer.get_nowait()
            viewer.put_nowait(what)

    def _tell_all(self, what: str) -> None:
        for topic in list(self._viewers):
            self._tell(topic, what)

    async def watch(self, topics: Sequence[str], seconds: float) -> AsyncIterator[bytes]:
        """Server-sent events of the topics for at most ``seconds``; the browser then connects again."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
        mine: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        for topic in topics:
            self._viewers.setdefault(topic, set()).add(mine)
        end = asyncio.get_running_loop().time() + seconds
        try:
            yield b"retry: 1000\n\n"
            while (left := end - asyncio.get_running_loop().time()) > 0:
                try:
                    what = await asyncio.wait_for(mine.get(), min(PING, left))
                    yield f"event: changed\ndata: {what or 'changed'}\n\n".encode()
                except TimeoutError:
                    yield b": ping\n\n"
        finally:
            for topic in topics:
                self._viewers[topic].discard(mine)
                if not self._viewers[topic]:
                    del self._viewers[topic]


_hubs: dict[int, Hub] = {}
_lock = threading.Lock()


def hub() -> Hub:
    """The hub of this event loop."""
    loop = id(asyncio.get_running_loop())
    with _lock:
        return _hubs.setdefault(loop, Hub())


HEADERS: dict[str, Any] = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
