"""The worker process itself: what it costs when there is nothing to do, and how large it grows whatever the audience.

A worker is started as the product starts it, left alone for a minute, and then finds a topic of the day whose audience
is everybody: it decides, queues and hands over an inbox message and a text to every client (to a stub on this machine).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from bench import data, dispatch
from maitian.clients.models import ContactPoint
from maitian.outreach.models import Delivery, Event, Topic

ROOT = Path(__file__).parents[1]
SETTLE, IDLE = 20, 60  # seconds: to start up, and to be measured at rest


def _ticks(process: int) -> int:
    words = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return int(words[11]) + int(words[12])


def _megabytes(process: int, name: str) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(name)


def _environment(port: int) -> dict[str, str]:
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    name = connection.settings_dict["NAME"]
    gateway = {
        "kind": "smpp",
        "name": "stub",
        "host": "127.0.0.1",
        "port": port,
        "system_id": "b",
        "password": "b",
        "window": 100,
    }
    sink = {"kind": "smtp", "name": "sink", "host": "127.0.0.1", "port": 9, "sender": "a@b.example"}
    return {
        **os.environ, "DATABASE_URL": f"postgresql:///{name}?user={database['USER']}&host={database['HOST']}",
        "MAITIAN_GATEWAYS": json.dumps({"sms": [gateway], "email": [sink]}),
    }  # fmt: skip


def _everybody() -> None:
    """A topic of this day for every client, by inbox and SMS, that needs no person."""
    Topic.objects.update(active=False)
    Topic.objects.filter(code="service_notice").update(
        active=True, trigger="daily", automatic=True, by_level=False, suitability=False, channel_mask=3, repeat_days=1,
        timing={"at": "00:00", "days": "every"}, expires_minutes=None,
        templates={"inbox": "{signature}今晚系统维护", "sms": "{signature}今晚系统维护，请提前安排交易。"},
    )  # fmt: skip


def run(clients: int = 1_000_000) -> dict[str, Any]:
    """Percent of a core at rest, peak memory in MB, messages a second with everything in the worker."""
    data.use("worker", clients)
    if not ContactPoint.objects.exists():
        dispatch.prepare(clients)
    Topic.objects.update(active=False)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE outreach_message, outreach_handing, outreach_verdictblock")
        cursor.execute("UPDATE core_rule SET value = '100000000' WHERE key = 'outreach.automatic_max'")
    Delivery.objects.all().delete()
    Event.objects.all().delete()
    stub = subprocess.Popen(
        [sys.executable, "-m", "bench.smsc_stub"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert stub.stdout is not None
    worker = subprocess.Popen(
        [sys.executable, "-m", "maitian", "worker"], cwd=ROOT, env=_environment(int(stub.stdout.readline()))
    )
    try:
        time.sleep(SETTLE)
        before = _ticks(worker.pid)
        time.sleep(IDLE)
        percent = 100 * (_ticks(worker.pid) - before) / os.sysconf("SC_CLK_TCK") / IDLE
        resting = _megabytes(worker.pid, "VmRSS")
        _everybody()
        end = time.monotonic() + 600
        while (event := Event.objects.filter(state="done").first()) is None:
            if worker.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the worker has not done it: {list(Event.objects.values('state'))}")
            time.sleep(0.5)
        sent = sum(Delivery.objects.values_list("handed", flat=True))
        assert event.sent_at is not None and event.done_at is not None
        seconds = (event.done_at - event.sent_at).total_seconds()
        peak = _megabytes(worker.pid, "VmHWM")
    finally:
        for process in (worker, stub):
            process.terminate()
            process.wait()
    return {
        "clients": clients, "messages": sent, "idle_percent": round(percent, 2), "resting_mb": round(resting), "peak_mb": round(peak),
        "per_second": round(sent / seconds), **data.machine(),
    }  # fmt: skip
