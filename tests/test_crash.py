"""A worker is killed in the middle of a send of 50,000: nothing is lost, nothing goes out twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from maitian.cli.postgres import Server
from tests.product import ROOT, free_ports, open_folder

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash")]
CLIENTS = 50_000

PREPARE = """
import os, django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from maitian.core import setup; setup.seed()
from bench import data; data.fill({clients})
from maitian.core.privacy import encrypt, token
from maitian.outreach.models import Topic
with connection.cursor() as cursor:
    cursor.execute("UPDATE clients_client SET consent_bits = 3, address_bits = 3, level_rank = 1")
    with cursor.copy('COPY clients_contactpoint (client_id, kind, value, value_token, "primary") FROM STDIN') as copy:
        for n in range(1, {clients} + 1):
            phone = f"13{{n:09d}}"
            copy.write_row((n, "phone", encrypt(phone), token(phone), True))
    cursor.execute("UPDATE core_rule SET value = '[[\\"00:00\\", \\"23:59\\"]]' WHERE key LIKE 'outreach.quiet_windows%%'")
    cursor.execute("UPDATE core_rule SET value = '1000000' WHERE key = 'outreach.budget.sms_month'")
    cursor.execute("UPDATE offerings_levelcontent SET number = 3 WHERE key = 'service_notice'")
from django.utils import timezone
from maitian.outreach import actions
from maitian.outreach.models import Event
topic = Topic.objects.get(code="service_notice")
topic.channel_mask, topic.templates = 3, {{"inbox": "{{title}} {{text}}", "sms": "{{title}} {{text}}"}}
topic.save()
event = Event.objects.create(topic=topic, object_kind="notice", object_id=1, fact_key="n1", title="通知", maker="member:1", made_at=timezone.now(), facts={{"title": "通知", "text": "今晚系统维护"}})
event = actions.decide(event.pk, actor="member:1")
actions.send(event.pk, actor="member:1", confirmed_count=actions.sending_count(event))
print(event.pk)
"""


def environment(folder: Path, url: str, port: int) -> dict[str, str]:
    return {
        **os.environ, "DATABASE_URL": url, "MAITIAN_VAR": str(folder / "var"), "PORT": str(port), "MAITIAN_SMPP_PORT": str(port + 1),
        "MAITIAN_SMTP_PORT": str(port + 2), "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder("crash") as made:
        yield made


def test_kill_9_in_the_middle_of_fifty_thousand(folder: Path) -> None:
    server = Server(folder / "server", quick=True)
    server.start()
    port = free_ports()
    around = environment(folder, server.url, port)
    simulators = None
    workers: list[subprocess.Popen[bytes]] = []
    try:
        done = subprocess.run(
            [sys.executable, "-c", PREPARE.format(clients=CLIENTS)],
            env=around,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        event = int(done.stdout.split()[-1])
        simulators = subprocess.Popen([sys.executable, "-m", "maitian", "simulators"], env=around, cwd=ROOT)
        connection = psycopg.connect(server.url, autocommit=True)

        def count(sql: str) -> int:
            return int(connection.execute(sql).fetchone()[0])  # type: ignore[call-overload,index]

        def start() -> None:
            workers.append(
                subprocess.Popen([sys.executable, "-m", "maitian", "worker"], env=around, cwd=ROOT)
            )

        start()
        # Killed four times: while the inbox is written, and three times while texts are at the gateway.
        for reached in (1, 3_000, 15_000, 30_000):
            deadline = time.monotonic() + 60
            sql = "SELECT count(*) FROM outreach_message WHERE channel = " + ("0" if reached == 1 else "1")
            while count(sql) < reached:
                assert time.monotonic() < deadline, f"only {count(sql)} of {reached}"
                time.sleep(0.02)
            workers[-1].send_signal(signal.SIGKILL)
            workers[-1].wait()
            start()
        deadline = time.monotonic() + 120
        while count(f"SELECT count(*) FROM outreach_event WHERE state = 'done' AND id = {event}") == 0:
            assert time.monotonic() < deadline, connection.execute(
                "SELECT state, channel, count(*), sum(handed) FROM outreach_delivery GROUP BY 1, 2"
            ).fetchall()
            time.sleep(0.2)
        time.sleep(1.5)  # the last texts reach the simulator's file

        states = connection.execute(
            "SELECT channel, state, error, count(*) FROM outreach_message GROUP BY 1, 2, 3 ORDER BY 1, 2"
        ).fetchall()
        rows = connection.execute(
            "SELECT channel, count(*), count(DISTINCT client_id) FROM outreach_message GROUP BY channel ORDER BY channel"
        ).fetchall()
        assert rows == [(0, CLIENTS, CLIENTS), (1, CLIENTS, CLIENTS)]
        lines = (folder / "var" / "simulators" / "sms.jsonl").read_text().splitlines()
        got = Counter(json.loads(line)["to"] for line in lines)
        assert max(got.values()) == 1
        unknown = {
            f"13{n:09d}"
            for (n,) in connection.execute(
                "SELECT client_id FROM outreach_message WHERE channel = 1 AND state = 5"
            ).fetchall()
        }
        handed = {
            f"13{n:09d}"
            for (n,) in connection.execute(
                "SELECT client_id FROM outreach_message WHERE channel = 1 AND state IN (1, 2)"
            ).fetchall()
        }
        assert handed <= set(got)
        assert len(handed) + len(unknown) == CLIENTS, states
        assert len(unknown) <= 4 * 250
        assert set(got) <= handed | unknown
        assert count("SELECT sum(handed + unknown + failed) FROM outreach_delivery") == 2 * CLIENTS
    finally:
        for process in [*workers, *([simulators] if simulators else [])]:
            process.kill()
            process.wait()
        connection.close()
        server.stop()
