"""One ear for a worker process: the database says that something was sent, and the sleeping threads wake."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings

log = logging.getLogger(__name__)
CHANNEL = "maitian_dispatch"
LOOK_UP = 5.0  # seconds between looks whether to stop
AGAIN = 2.0


def ring(bells: Sequence[threading.Event], stop: threading.Event) -> None:
    """Ring at every notice, and once when the line to the database is new: something may have been missed."""
    while not stop.is_set():
        try:
            with _line() as line:
                line.execute(f"LISTEN {CHANNEL}")
                _ring(bells)
                while not stop.is_set():
                    for _notice in line.notifies(timeout=LOOK_UP, stop_after=1):
                        _ring(bells)
        except (psycopg.Error, OSError) as error:
            log.warning("wake: %s", error)
            stop.wait(AGAIN)


def call() -> None:
    """Ring in every worker process. One that was told to stop hears it now, and not at its next look."""
    try:
        with _line() as line:
            line.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    except (psycopg.Error, OSError) as error:
        log.warning("wake: %s", error)  # the next look is seconds away


def _line() -> psycopg.Connection[Any]:
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    return psycopg.connect(
        dbname=database["NAME"], user=database["USER"], password=database["PASSWORD"] or None,
        host=database["HOST"] or None, port=database["PORT"] or None, autocommit=True,
    )  # fmt: skip


def _ring(bells: Sequence[threading.Event]) -> None:
    for bell in bells:
        bell.set()
