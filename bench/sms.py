"""SMS: the worker's whole path to a message centre, against an SMPP library alone, in one run and to the same stub.

Ours is everything from the claim to the row (see ``bench.dispatch``) over one session of our SMPP client. The library
(smpp34: Rust under asyncio) only submits a ready text, with the same window; no database, no gates, no rows.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import data, dispatch
from maitian.clients.models import ContactPoint
from maitian.outreach.channels.pool import Pool
from maitian.outreach.channels.smpp import SmppGateway

ROUNDS, WINDOW, ALONE = 3, 100, 20_000
TEXT = "【麦田证券】通知：今晚系统维护，请提前安排交易。".encode("utf-16-be")


def library(port: int) -> float:
    """Submits a second of the library alone."""
    import smpp34

    async def submit() -> float:
        client = smpp34.Client("127.0.0.1", port, "bench", "bench", bind_type="TRX", window_size=WINDOW)
        session = await client.connect()
        numbers = iter(range(ALONE))

        async def one_after_another() -> None:
            for n in numbers:
                answer = await session.submit_sm(
                    f"138{n:08d}", TEXT, source_addr="10690000", data_coding=8, registered_delivery=1
                )
                if not answer.is_success:
                    raise RuntimeError(answer.command_status)

        began = time.perf_counter()
        await asyncio.gather(*(one_after_another() for _n in range(WINDOW)))
        seconds = time.perf_counter() - began
        await client.stop()
        return ALONE / seconds

    return asyncio.run(submit())


def ours(port: int, number: int) -> float:
    """Messages a second of the worker's path."""
    gateway = SmppGateway(
        name="stub",
        host="127.0.0.1",
        port=port,
        system_id="bench",
        password="bench",  # noqa: S106
        window=WINDOW,
    )
    return dispatch.hand_over(dispatch.COMMON, number, Pool([gateway]))


def run(clients: int = 100_000) -> dict[str, Any]:
    """Three rounds of each, taking turns."""
    data.use("dispatch", clients)
    if not ContactPoint.objects.exists():
        dispatch.prepare(clients)
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.smsc_stub"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        assert stub.stdout is not None
        port = int(stub.stdout.readline())
        found: dict[str, list[float]] = {"per_second": [], "library_per_second": []}
        for number in range(ROUNDS):
            found["library_per_second"].append(library(port))
            found["per_second"].append(ours(port, time.time_ns() // 1000 % 10**9 * 10 + number))
    finally:
        stub.kill()
        stub.wait()
    ratios = [
        mine / theirs for mine, theirs in zip(found["per_second"], found["library_per_second"], strict=True)
    ]
    return {
        "clients": clients, "window": WINDOW, **{name: round(statistics.median(values)) for name, values in found.items()},
        "ratio": round(statistics.median(ratios), 2), "ratios": [round(ratio, 2) for ratio in ratios], "library": "smpp34 1.5.0",
        **data.machine(),
    }  # fmt: skip
