"""The product in this process, over a copy of the seeded database and under a clock that a test sets."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime

import time_machine
import uvicorn
from django.db import connection

from tests.product import free_ports
from tests.seeded import administer, use


class FrozenProduct:
    """Pages and live streams as they are served in production; time stands still until ``at`` moves it."""

    def __init__(self, moment: datetime) -> None:
        self.port = free_ports()
        self._clock = time_machine.travel(moment, tick=False)
        self._clock.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def at(self, moment: datetime) -> None:
        """The clock jumps."""
        self._clock.stop()
        self._clock = time_machine.travel(moment, tick=False)
        self._clock.start()

    def close(self) -> None:
        self._clock.stop()


@contextlib.contextmanager
def copied_database(name: str) -> Iterator[None]:
    """A database of this test's own, made of the seeded one, whatever it commits."""
    original = str(connection.settings_dict["NAME"])
    copy = f"{original}_{name}"

    try:
        administer(
            f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)',
            f'CREATE DATABASE "{copy}" TEMPLATE "{original}"',
        )
        use(copy)
        yield
    finally:
        administer(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        use(original)


@contextlib.contextmanager
def served(moment: datetime) -> Iterator[FrozenProduct]:
    """The product at a moment, on a port of its own."""
    from config.asgi import application

    product = FrozenProduct(moment)
    server = uvicorn.Server(
        uvicorn.Config(application, port=product.port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        yield product
    finally:
        server.should_exit = True
        thread.join()
        product.close()
