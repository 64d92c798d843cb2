"""Kill -9 at random points of a large send: ``make crash``, or ``python -m tests.crash --kills 20 --clients 50000``.

A scene of its own: database server, web, gateway simulator, worker. One commercial text and one inbox message to every
client, one critical text to every fifth. Whatever is killed, in the end: no critical text is lost, no commercial one
went out twice, each client has one row a channel, what is in doubt never reached the gateway, the counters are those of
the rows, and the ledger is whole.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from maitian.cli.postgres import Server
from tests.product import ROOT, free_ports, open_folder

PREPARE = """
import django
django.setup()
from django.db import connection
from maitian.cli.up import migrate
migrate()
from bench import data
data.fill({clients})
from maitian.core.privacy import encrypt, token
with connection.cursor() as cursor:
    cursor.execute("UPDATE clients_client SET state = 'active', consent_bits = 4095, address_bits = 3, level_rank = 1")
    with cursor.copy('COPY clients_contactpoint (client_id, kind, value, value_token, "primary") FROM STDIN') as copy:
        for n in range(1, {clients} + 1):
            phone = f"13{{n:09d}}"
            copy.write_row((n, "phone", encrypt(phone), token(phone), True))
    cursor.execute("UPDATE core_rule SET value = '[[\\"00:00\\", \\"24:00\\"]]' WHERE key LIKE 'outreach.quiet_windows%%'")
    cursor.execute("UPDATE core_rule SET value = '10000000' WHERE key LIKE 'outreach.budget.%%'")
    cursor.execute("UPDATE core_rule SET value = '0.25' WHERE key = 'outreach.critical.resend_minutes'")
    cursor.execute("UPDATE core_rule SET value = '30' WHERE key = 'outreach.critical.attempts'")
from django.utils import timezone
from maitian.outreach import actions
from maitian.outreach.models import Event, Topic
from maitian.staff.actions import make_token
from maitian.staff.models import Branch, Member
maker = Member.objects.create(branch=Branch.objects.first(), sign_in_name="crash", password="!", name="测试", centre="marketing",
                              role="content_editor")
Topic.objects.update(active=False)
every = {{"by_level": False, "suitability": False, "audience": "everybody", "active": True, "trigger": "manual"}}
Topic.objects.filter(code="market_summary").update(
    **every, channel_mask=3, message_class=1, timing={{}}, expires_minutes=None,
    templates={{"inbox": "{{title}} {{text}}", "sms": "{{title}} {{text}}"}})
Topic.objects.filter(code="manager_message").update(
    **(every | {{"audience": "named"}}), channel_mask=2, message_class=0, critical=True, legal_basis="contract",
    templates={{"sms": "{{title}} {{text}}"}})
commercial = actions.event_by_hand("market_summary", title="行情", text="今日综述", maker=maker.actor)
critical = actions.event_by_hand("manager_message", title="缴款", text="请今天缴款", maker=maker.actor,
                                 clients={{n: {{}} for n in range(1, {clients} + 1, 5)}})
counts = []
for event in (commercial, critical):
    decided = actions.decide(event.pk, actor=maker.actor)
    counts.append(actions.sending_count(decided))
print(json.dumps({{"commercial": commercial.pk, "critical": critical.pk, "counts": counts,
                   "token": make_token(maker, "crash", ["outreach.send", "outreach.view"])}}))
"""


class Scene:
    """Everything that runs, each by itself, so that each can be killed."""

    def __init__(self, folder: Path, clients: int, per_second: int) -> None:
        self.folder, self.clients = folder, clients
        self.server = Server(folder / "server")
        self.port = free_ports()
        gateway = {
            "kind": "smpp", "name": "simulator", "host": "127.0.0.1", "port": self.port + 1, "system_id": "maitian",
            "password": "maitian", "window": 50, "per_second": per_second,
        }  # fmt: skip
        sink = {
            "kind": "smtp",
            "name": "sink",
            "host": "127.0.0.1",
            "port": self.port + 2,
            "sender": "a@b.example",
        }
        self.environment = {
            **os.environ, "DATABASE_URL": self.server.url, "MAITIAN_VAR": str(folder / "var"), "PORT": str(self.port),
            "MAITIAN_SMPP_PORT": str(self.port + 1), "MAITIAN_SMTP_PORT": str(self.port + 2), "MAITIAN_SMPP2_PORT": str(self.port + 3),
            "MAITIAN_CLOUD_PORT": str(self.port + 4),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "config.settings", "MAITIAN_GATEWAYS": json.dumps({"sms": [gateway], "email": [sink]}),
        }  # fmt: skip
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.events: dict[str, Any] = {}

    def prepare(self) -> None:
        self.server.start()
        script = "import json\n" + PREPARE.format(clients=self.clients)
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        self.events = json.loads(done.stdout.splitlines()[-1])

    def start(self, name: str) -> None:
        words = {
            "worker": ["-m", "maitian", "worker"],
            "gateway": ["-m", "maitian", "simulators"],
            "web": ["-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "error"],
        }[name]  # fmt: skip
        log = (self.folder / f"{name}.log").open("ab")
        self.parts[name] = subprocess.Popen(
            [sys.executable, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log
        )

    def kill(self, name: str) -> None:
        """Kill -9 and start again."""
        if name == "database":
            assert self.server.process is not None
            self.server.process.send_signal(signal.SIGKILL)
            self.server.process.wait()
            self.server.start()
            return
        self.parts[name].send_signal(signal.SIGKILL)
        self.parts[name].wait()
        self.start(name)

    def tend(self) -> None:
        """What has ended by itself is started again, as the supervisor does."""
        for name, process in list(self.parts.items()):
            if process.poll() is not None:
                self.start(name)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        for _try in range(100):
            try:
                with psycopg.connect(self.server.url, autocommit=True) as line:
                    return line.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise AssertionError("the database does not come back")

    def one(self, statement: str) -> int:
        return int(self.sql(statement)[0][0])

    def ask_web(self, path: str, body: dict[str, Any] | None = None) -> bool:
        """One request to the API; a web server that has just been killed answers nothing."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}", data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.events['token']}", "Content-Type": "application/json", "Idempotency-Key": path},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def send(self, which: str) -> None:
        """Send an event through the web, until the web says yes."""
        if "web" not in self.parts:
            script = f"import django; django.setup(); from maitian.outreach import actions; actions.send({self.events[which]}, actor='member:1', confirmed_count={self.events['counts'][which == 'critical']})"
            subprocess.run([sys.executable, "-c", script], env=self.environment, check=True, cwd=ROOT)
            return
        count = self.events["counts"][("commercial", "critical").index(which)]
        deadline = time.monotonic() + 60
        while not self.ask_web(f"/events/{self.events[which]}/sending", {"count": count}):
            assert time.monotonic() < deadline, "the web does not answer"
            self.tend()
            time.sleep(0.2)

    def stop(self) -> None:
        for process in self.parts.values():
            process.kill()
            process.wait()
        self.server.stop()


@contextlib.contextmanager
def scene(clients: int, per_second: int, web: bool = True) -> Iterator[Scene]:
    with open_folder("crash") as folder:
        made = Scene(folder, clients, per_second)
        try:
            made.prepare()
            for name in ("gateway", "web", "worker")[:: 1 if web else 2]:
                made.start(name)
            yield made
        except BaseException:
            for log in sorted(folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}", file=sys.stderr)
            raise
        finally:
            made.stop()


def play(on: Scene, kills: list[str], chance: random.Random, say: Any = print) -> dict[str, Any]:
    """Send, kill in the given order at random points, wait for the end, check; returns figures."""
    began = time.monotonic()
    on.send("commercial")
    waiting = list(kills)
    critical = False
    total = on.clients + len(range(1, on.clients + 1, 5))
    step = total / (len(kills) + 1)
    reached = step * chance.random()
    while waiting:
        done = on.one("SELECT count(*) FROM outreach_message WHERE channel = 1")
        if done >= reached or done >= total:
            target = waiting.pop(0)
            say(f"{time.monotonic() - began:6.1f} s  {done:6d} texts  kill -9 {target}")
            on.kill(target)
            reached = done + step * chance.uniform(0.4, 1.2)
            if not critical:
                on.send("critical")
                critical = True
        on.tend()
        time.sleep(0.02)
    finish(on)
    return {**check(on), "seconds": round(time.monotonic() - began, 1)}


def finish(on: Scene) -> None:
    """Until everything is sent and every receipt is in."""
    deadline = time.monotonic() + 240
    unsettled = -1
    since = time.monotonic()
    while True:
        on.tend()
        open_events = on.one("SELECT count(*) FROM outreach_event WHERE state = 'sending'")
        now = on.one("SELECT count(*) FROM outreach_message WHERE state IN (1, 5, 7)")
        if now != unsettled:
            unsettled, since = now, time.monotonic()
        critical = on.one(
            f"SELECT count(*) FROM outreach_message WHERE event_id = {on.events['critical']} AND state <> 2"
        )
        handed = on.one("SELECT count(*) FROM outreach_message WHERE state IN (1, 7)")
        if not open_events and not critical and not handed and (not now or time.monotonic() - since > 14):
            return
        assert time.monotonic() < deadline, on.sql(
            "SELECT event_id, channel, state, error, count(*) FROM outreach_message GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3"
        ) + on.sql(
            "SELECT event_id, channel, state, attempts, refusals, count(*) FROM outreach_delivery WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5"
        )
        time.sleep(0.2)


COUNTERS = """
SELECT count(*) FROM outreach_delivery d LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE state IN (1, 2, 4)) AS handed, count(*) FILTER (WHERE state IN (2, 4)) AS delivered,
         count(*) FILTER (WHERE state = 3) AS failed, count(*) FILTER (WHERE state = 5) AS unknown,
         count(*) FILTER (WHERE state = 6) AS withheld, count(*) AS rows
    FROM outreach_message m WHERE m.event_id = d.event_id AND m.channel = d.channel AND m.client_id >> 12 = d.block) m ON true
 WHERE (d.handed, d.delivered, d.failed, d.unknown, d.withheld, d.count::bigint)
       IS DISTINCT FROM (m.handed, m.delivered, m.failed, m.unknown, m.withheld, m.rows)
"""


def check(on: Scene) -> dict[str, Any]:
    """Everything that must hold, whatever was killed."""
    commercial, critical = on.events["commercial"], on.events["critical"]
    rows = on.sql(
        "SELECT event_id, channel, count(*), count(DISTINCT client_id) FROM outreach_message GROUP BY 1, 2 ORDER BY 1, 2"
    )
    fifth = len(range(1, on.clients + 1, 5))
    assert rows == [
        (commercial, 0, on.clients, on.clients), (commercial, 1, on.clients, on.clients), (critical, 1, fifth, fifth)
    ], rows  # fmt: skip
    texts = [
        json.loads(line) for line in (on.folder / "var" / "simulators" / "sms.jsonl").read_text().splitlines()
    ]
    got = Counter((t["text"].split()[0], t["to"]) for t in texts)
    twice = [key for key, n in got.items() if n > 1 and key[0] == "行情"]
    assert not twice, f"commercial texts twice: {twice[:5]}"

    def phones(event: int, *states: int) -> set[str]:
        wanted = ", ".join(map(str, states))
        found = on.sql(
            f"SELECT client_id FROM outreach_message WHERE event_id = {event} AND channel = 1 AND state IN ({wanted})"
        )
        return {f"13{n:09d}" for (n,) in found}

    arrived = {to for words, to in got if words == "行情"}
    delivered, unknown = phones(commercial, 2), phones(commercial, 5)
    # What is in doubt never arrived, unless two texts to the same phone were: then nobody can say whose receipt it is.
    fifths = {f"13{n:09d}" for n in range(1, on.clients + 1, 5)}
    assert len(delivered) + len(unknown) == on.clients
    assert delivered <= arrived and arrived - delivered <= unknown & fifths, sorted(delivered ^ arrived)[:5]
    assert (
        phones(critical, 2) == {to for words, to in got if words == "缴款"}
        and len(phones(critical, 2)) == fifth
    )
    assert on.one("SELECT count(*) FROM outreach_handing") == 0
    assert on.one(COUNTERS) == 0, "counters and rows differ"
    assert (
        on.one(
            "SELECT count(*) FROM clients_client c LEFT JOIN outreach_contactcount n ON n.client_id = c.id WHERE n.day_count IS DISTINCT FROM 1"
        )
        == 0
    )
    whole = subprocess.run(
        [sys.executable, "-m", "maitian", "verify-ledger"], env=on.environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert whole.returncode == 0, whole.stdout
    return {
        "clients": on.clients, "texts": len(texts), "in_doubt": len(unknown), "of_them_arrived": len(unknown & arrived),
        "critical_sent_again": sum(n - 1 for (words, _to), n in got.items() if words == "缴款"),
    }  # fmt: skip


TARGETS = ("worker", "worker", "gateway", "database", "web")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--kills", type=int, default=20)
    words.add_argument("--clients", type=int, default=50_000)
    words.add_argument("--per-second", type=int, default=2000)
    words.add_argument("--seed", type=int, default=None)
    given = words.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    print(f"seed {seed}: {given.kills} kills in a send to {given.clients} clients", flush=True)
    kills = [chance.choice(TARGETS) for _n in range(given.kills)]
    with scene(given.clients, given.per_second) as on:
        print(json.dumps(play(on, kills, chance)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
