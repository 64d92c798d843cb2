"""The whole product as a user starts it: ``maitian up`` in a folder of its own, on free ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from maitian.cli.postgres import Server, dies_with_parent

ROOT = Path(__file__).resolve().parent.parent


def free_ports() -> int:
    """The first of six free ports in a row; every process looks in another place first, as two may look at once."""
    bases = range(18000, 19900, 7)
    first = os.getpid() * 37 % len(bases)
    for base in [*bases[first:], *bases[:first]]:
        try:
            for port in range(base, base + 6):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise RuntimeError("no free ports")


@contextlib.contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """A folder under /tmp that the database's account may enter, out of the way of other runs; gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix=f"maitian-{name}-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


class Product:
    """One running product."""

    def __init__(
        self,
        folder: Path,
        demo: str = "quick",
        port: int | None = None,
        user: int | None = None,
        python: str = sys.executable,
    ) -> None:
        self.folder, self.python = folder, python
        self.port = port or free_ports()
        self.environment = {
            k: v
            for k, v in os.environ.items()
            if k not in ("DATABASE_URL", "MAITIAN_SECRET_KEY", "MAITIAN_PRIVACY_KEY", "MAITIAN_POOL")
        }
        self.environment |= {
            "MAITIAN_VAR": str(folder), "PORT": str(self.port), "MAITIAN_SMPP_PORT": str(self.port + 1), "MAITIAN_SMTP_PORT": str(self.port + 2), "MAITIAN_SMPP2_PORT": str(self.port + 3),
            "MAITIAN_CLOUD_PORT": str(self.port + 4), "MAITIAN_IMAP_PORT": str(self.port + 5),
            "MAITIAN_DEMO": demo, "PYTHONPATH": f"{ROOT}:{next(path for path in sys.path if path.endswith('site-packages'))}",
        }  # fmt: skip
        if "PYTHONPYCACHEPREFIX" not in self.environment:
            self.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self.user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-m", "maitian", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=90,
            cwd="/",
            check=False,
            **self.user,
        )

    def start(self, seconds: float = 240) -> Product:
        self.log = Path(f"{self.folder}.log").open("wb")  # noqa: SIM115 - open as long as the product
        self.process = subprocess.Popen(
            [self.python, "-m", "maitian", "up"],
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            cwd="/",
            preexec_fn=dies_with_parent(signal.SIGINT),  # a run that is killed leaves no product behind
            **self.user,
        )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(Path(self.log.name).read_text())
            try:
                with urllib.request.urlopen(self.address + "/sign-in/", timeout=5) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"no page after {seconds} s: " + Path(self.log.name).read_text())

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        try:
            return self.process.wait(120)  # on a busy disk the database writes for a while
        finally:
            self.log.close()

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the product's database; rows, if it gives any."""
        with psycopg.connect(Server(self.folder).url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def processes(self) -> list[int]:
        """Living processes of this product, found by its folder in their environment."""
        found = []
        wanted = f"MAITIAN_VAR={self.folder}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if (
                        wanted in (entry / "environ").read_bytes().split(b"\0")
                        and ") Z" not in (entry / "stat").read_text()
                    ):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found
