"""``maitian up``: the whole product by one command, and one clean end.

Order: lock, ports, database, migrations, seeds, catalogues, static files, demonstration, then the worker,
the simulators and the web server. The lock is the kernel's, so it is never stale; children die with the
supervisor, so a killed supervisor leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from maitian.cli.postgres import Server, ServerTrouble, dies_with_parent

RESTARTS = 5  # of one part within a minute; more means that it cannot run
SIMULATOR_PORTS = (
    ("SMPP_PORT", "短信模拟器 SMS", "MAITIAN_SMPP_PORT"),
    ("SMTP_PORT", "邮件模拟器 mail", "MAITIAN_SMTP_PORT"),
    ("SMPP2_PORT", "备用短信模拟器 second SMS", "MAITIAN_SMPP2_PORT"),
    ("CLOUD_PORT", "云短信模拟器 cloud SMS", "MAITIAN_CLOUD_PORT"),
    ("IMAP_PORT", "收信模拟器 mailbox", "MAITIAN_IMAP_PORT"),
)
STOP_WITHIN = 8.0  # seconds before a part is killed


class Lock:
    """One product per data folder. The file holds the pid for people; the lock itself is the kernel's."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ServerTrouble(
                f"数据目录 {folder} 不能写（{error.strerror}）。请改权限，或用 MAITIAN_VAR 指定别的目录。",
                f"The data folder {folder} is not writable ({error.strerror}). Change its rights, or set MAITIAN_VAR.",
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(self._file, 20).decode(errors="replace").strip()
            raise ServerTrouble(
                f"已经在运行了（进程 {pid}）。打开原来的地址即可；要重启先按 Ctrl-C 停掉它。",
                f"It is running already (process {pid}). Open its address, or stop it first with Ctrl-C.",
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self._file)


def running(folder: Path) -> bool:
    """Whether a product holds the lock of this data folder."""
    path = folder / "up.lock"
    if not path.exists():
        return False
    with contextlib.suppress(OSError), path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def running_url(folder: Path) -> str:
    return Server(folder).url


@contextlib.contextmanager
def temporary_server(folder: Path) -> Iterator[Server]:
    """The database alone, for one command."""
    lock = Lock(folder)
    server = Server(folder)
    try:
        server.start()
        os.environ["DATABASE_URL"] = server.url
        yield server
    finally:
        server.stop()
        lock.release()


def bound(host: str, port: int, name: str, variable: str) -> socket.socket:
    """A listening socket, or a sentence about who else may be there; ``name`` is Chinese, a space, English."""
    zh, _, en = name.partition(" ")
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(128)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerTrouble(
                f"端口 {port}（{zh}）被别的程序占了。请换一个：{variable}=端口号 make run",
                f"Port {port} ({en}) is taken by another program. Choose another: {variable}=NUMBER make run",
            ) from error
        raise ServerTrouble(
            f"不能监听 {host}:{port}（{error.strerror}）。",
            f"Cannot listen on {host}:{port} ({error.strerror}).",
        ) from error
    return made


def migrate() -> None:
    """Tables, seeds and message catalogues up to date."""
    from django.core.management import call_command

    from maitian.cli import tables
    from maitian.core import setup
    from maitian.core.i18n import compile_catalogues

    compile_catalogues()
    tables.fill()
    call_command("migrate", verbosity=0, stdout=io.StringIO())
    setup.seed()


class Part:
    """One child process, started again when it falls, but not for ever."""

    def __init__(self, name: str, command: list[str], death: int, fds: tuple[int, ...] = ()) -> None:
        self.name, self.command, self.death, self.fds = name, command, death, fds
        self.process: subprocess.Popen[bytes] | None = None
        self.starts: list[float] = []

    def start(self, folder: Path) -> None:
        self.starts = [at for at in self.starts if time.monotonic() - at < 60] + [time.monotonic()]
        log = (folder / f"{self.name}.log").open("ab")
        self.process = subprocess.Popen(
            self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, pass_fds=self.fds,
            preexec_fn=dies_with_parent(self.death), cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def main(only_database: bool = False) -> int:
    """Until Ctrl-C or TERM (0), or until the database is gone (1)."""
    from config import env

    free = shutil.disk_usage(env.ROOT).free
    if free < 300 * 1024 * 1024:
        raise ServerTrouble(
            "磁盘只剩不到 300 MB。请先清出空间。", "Less than 300 MB of disk are left. Free some first."
        )
    lock = Lock(env.VAR)
    web = bound(env.HOST, env.PORT, "网页 web", "PORT")
    for port, name, variable in SIMULATOR_PORTS if env.simulated() else ():
        bound("127.0.0.1", getattr(env, port), name, variable).close()
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server = None if "DATABASE_URL" in os.environ else Server(env.VAR)
    parts: list[Part] = []
    try:
        if server is not None:
            server.start()
            os.environ["DATABASE_URL"] = server.url
        _make_ready()
        if only_database:
            print(f"数据库 / database: {os.environ['DATABASE_URL']}", flush=True)
        else:
            parts = _parts(web)
            for part in parts:
                part.start(env.VAR)
            web.close()
            _greet(env.HOST, env.PORT)
        while not stopping:
            time.sleep(0.2)
            if server is not None and server.process is not None and server.process.poll() is not None:
                print(
                    f"数据库停了，详情见 {env.VAR / 'postgres.log'}。\nThe database has stopped; see {env.VAR / 'postgres.log'}.",
                    file=sys.stderr,
                )
                return 1
            for part in parts:
                if part.process is not None and part.process.poll() is not None and not stopping:
                    if len(part.starts) >= RESTARTS:
                        print(
                            f"{part.name} 一分钟内停了 {RESTARTS} 次，详情见 {env.VAR / part.name}.log。\n{part.name} stopped {RESTARTS} times within a minute; see its log.",
                            file=sys.stderr,
                        )
                        return 1
                    part.start(env.VAR)
        return 0
    finally:
        for part in parts:
            part.stop()
        until = time.monotonic() + STOP_WITHIN
        for part in parts:
            part.wait(until)
        if server is not None:
            server.stop()
        lock.release()
        print("已停止。 Stopped.", flush=True)


def _make_ready() -> None:
    from maitian.cli.main import prepare

    prepare()
    from django.core.management import call_command

    migrate()
    call_command("collectstatic", interactive=False, verbosity=0, stdout=io.StringIO())
    if os.environ.get("MAITIAN_DEMO", "quick") == "quick":
        from maitian.clients.models import Client
        from maitian.demo import command

        if not Client.objects.exists():
            command.load()
    from django.db import connections

    connections.close_all()


def _parts(web: socket.socket) -> list[Part]:
    from config import env

    python = [sys.executable, "-m"]
    os.set_inheritable(web.fileno(), True)
    kept = os.dup(web.fileno())
    os.environ["MAITIAN_POOL"] = "1"
    serve = [
        *python,
        "uvicorn",
        "config.asgi:application",
        "--fd",
        str(kept),
        "--timeout-graceful-shutdown",
        "3",
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    simulators = Part("simulators", [*python, "maitian", "simulators"], signal.SIGTERM)
    return [
        Part("worker", [*python, "maitian", "worker"], signal.SIGKILL),
        *([simulators] if env.simulated() else []),
        Part("web", serve, signal.SIGTERM, (kept,)),
    ]


def _greet(host: str, port: int) -> None:
    from config import env
    from maitian.demo import branch, command

    address = f"http://{host}:{port}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            break
        time.sleep(0.1)
    print(f"\n麦田已启动 / Maitian is running: {address}\n")
    if os.environ.get("MAITIAN_DEMO", "quick") == "quick":
        print(f"演示登录，密码都是 / demonstration sign-ins, password for all: {branch.PASSWORD}")
        for zh, en, name, path in command.sign_ins():
            print(f"  {name:<10} {zh} / {en:<22} {address}{path}")
    if env.simulated():
        print(f"\n短信和邮件模拟器 / SMS and mail simulators: {address}/simulators/")
    print("停止 / stop: Ctrl-C", flush=True)
