"""Message centres for tests: ours in a thread, one that only says what a test tells it, a third party's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from maitian.simulators.smsc import HEADER, Behaviour, MessageCentre
from maitian.simulators.store import Log


class Centre:
    """Our simulator, in a thread with a loop of its own."""

    def __init__(self, folder: Path, port: int = 0, **behaviour: Any) -> None:
        self.folder = folder
        self.centre = MessageCentre(Log(folder / "sms.jsonl"), Behaviour(**behaviour))
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(self.centre.start("127.0.0.1", port))
        self.port = self.server.sockets[0].getsockname()[1]
        self.task = self.loop.create_task(self.centre.run(self.server))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.task)
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.wait(left))
        self.loop.close()

    def do(self, what: Callable[..., Any], *arguments: Any) -> None:
        self.loop.call_soon_threadsafe(what, *arguments)

    def stop(self) -> None:
        if self.thread.is_alive():
            self.do(self.task.cancel)
            self.thread.join(5)

    def texts(self) -> list[dict]:
        path = self.folder / "sms.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Puppet:
    """A server that answers each unit as ``act(line, command, sequence, body)`` says; counts the binds.

    ``parting``: a test that is over sets it, and whoever leaves gets an answer at once instead of waiting for it.
    """

    def __init__(self, act: Callable[[socket.socket, int, int, bytes], None], binds: bool = True) -> None:
        self.act, self.answers_bind = act, binds
        self.binds = 0
        self.parting = False
        self.units: list[tuple[int, int, int, bytes]] = []
        self.lines: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                line, _address = self._listening.accept()
            except OSError:
                return
            self.lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        try:
            while head := line.recv(16, socket.MSG_WAITALL):
                length, command, status, sequence = HEADER.unpack(head)
                body = line.recv(length - 16, socket.MSG_WAITALL) if length > 16 else b""
                if command == 9:
                    self.binds += 1
                    if self.answers_bind:
                        say(line, 0x80000009, 0, sequence, b"puppet\0")
                    continue
                if command == 6 and self.parting:
                    say(line, 0x80000006, 0, sequence)
                    continue
                self.units.append((command, status, sequence, body))
                self.act(line, command, sequence, body)
        except (OSError, struct.error):
            return

    def stop(self) -> None:
        self._listening.close()
        for line in self.lines:
            line.close()


def say(line: socket.socket, command: int, status: int, sequence: int, body: bytes = b"") -> None:
    line.sendall(HEADER.pack(16 + len(body), command, status, sequence) + body)


def until(asked: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait for something to be true and return it; fail when it never is."""
    deadline = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
    return found
