"""Two workers on two hosts share one send: each in a network of its own, with nothing in common but database and gateway.

``make crash`` runs it; it needs root and iproute2 (network namespaces), and elsewhere it is passed over. The hosts see the database and the gateway by
TCP alone, through small forwarders that stand for the network.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests import crash
from tests.product import ROOT

pytestmark = pytest.mark.crash


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def possible() -> bool:
    if os.getuid() != 0 or shutil.which("ip") is None:
        return False
    try:
        ip("netns", "add", "maitian-probe")
        ip("netns", "del", "maitian-probe")
    except (subprocess.CalledProcessError, OSError):
        return False
    return True


@dataclass
class Forwarder:
    """Takes connections at one place and carries them to another; ``cut`` breaks those that are open and takes no more."""

    listening: socket.socket
    target: tuple[str, int] | str
    lines: list[socket.socket] = field(default_factory=list)

    def start(self) -> Forwarder:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self.listening.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET)
            try:
                far.connect(self.target)
            except OSError:
                near.close()
                continue
            self.lines += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for line in (source, sink):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        for line in [self.listening, *self.lines]:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


class Host:
    """A network of its own with one address, and a worker in it."""

    def __init__(self, number: int, on: crash.Scene) -> None:
        self.name, self.on = f"maitian-{os.getpid()}-{number}", on
        self.here, self.there = f"10.77.{number}.1", f"10.77.{number}.2"
        self.outer = f"mt{os.getpid() % 100_000}{number}"
        self.process: subprocess.Popen[bytes] | None = None
        self.forwarders: list[Forwarder] = []

    def open(self) -> Host:
        ip("netns", "add", self.name)
        ip("link", "add", self.outer, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("addr", "add", f"{self.here}/24", "dev", self.outer)
        ip("link", "set", self.outer, "up")
        for words in (
            ["addr", "add", f"{self.there}/24", "dev", "eth0"],
            ["link", "set", "eth0", "up"],
            ["link", "set", "lo", "up"],
        ):
            ip("-n", self.name, *words)
        folder = self.on.server.url.rpartition("host=")[2]
        sides = {5432: f"{folder}/.s.PGSQL.5432", 2775: ("127.0.0.1", self.on.port + 1)}
        for port, target in sides.items():
            self.forwarders.append(Forwarder(socket.create_server((self.here, port)), target).start())
        return self

    def work(self) -> None:
        gateways = json.loads(self.on.environment["MAITIAN_GATEWAYS"])
        gateways["sms"][0] |= {"host": self.here, "port": 2775}
        environment = self.on.environment | {
            "DATABASE_URL": f"postgresql://app@{self.here}:5432/maitian", "MAITIAN_GATEWAYS": json.dumps(gateways),
        }  # fmt: skip
        log = (self.on.folder / f"worker-{self.name}.log").open("ab")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, "-m", "maitian", "worker"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for forwarder in self.forwarders:
            forwarder.cut()
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self.outer], check=False, capture_output=True)


@pytest.fixture
def scene() -> Iterator[crash.Scene]:
    with crash.scene(clients=16_000, per_second=2500, web=False) as on:
        on.parts.pop("worker").kill()
        yield on


@pytest.mark.skipif(
    not os.environ.get("MAITIAN_LONG") or not possible(),
    reason="make crash, as root, with network namespaces",
)
@pytest.mark.requirement("G12")
def test_two_hosts_share_a_send_and_one_that_loses_its_network_loses_nothing(scene: crash.Scene) -> None:
    with contextlib.ExitStack() as stack:
        hosts = []
        for number in (1, 2):
            host = Host(number, scene)
            stack.callback(host.close)
            hosts.append(host.open())
            host.work()
        assert subprocess.run(["ip", "netns", "exec", hosts[0].name, sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {scene.port + 1}), 1)"], capture_output=True, check=False).returncode  # nothing in common  # fmt: skip
        scene.send("commercial")
        scene.send("critical")
        shared = (
            "SELECT count(DISTINCT worker) FROM outreach_delivery WHERE channel = 1 AND worker IS NOT NULL"
        )
        deadline = time.monotonic() + 60
        while (
            scene.one(shared) < 2
            or scene.one("SELECT count(*) FROM outreach_message WHERE channel = 1") < 6_000
        ):
            assert time.monotonic() < deadline, "they do not share"
            time.sleep(0.1)
        for forwarder in hosts[1].forwarders:
            forwarder.cut()  # in the middle of its work
        crash.finish(scene)
        found = crash.check(scene)
    assert found["clients"] == 16_000
