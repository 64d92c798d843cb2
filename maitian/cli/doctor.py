"""``maitian doctor``: what is right, what is not, and what to do."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib import metadata

from config import env
from maitian.cli import up

MARKS = {"ok": "✓", "attention": "!", "wrong": "✗"}
Finding = tuple[str, str, str]


def findings() -> Iterator[Finding]:
    """``(state, Chinese, English)``, one after another."""
    version = ".".join(str(n) for n in sys.version_info[:3])
    yield "ok", f"Python {version}", f"Python {version}"
    yield from _packages()
    free = shutil.disk_usage(env.ROOT).free // 2**20
    state = "ok" if free > 2000 else "attention" if free > 300 else "wrong"
    yield state, f"磁盘剩 {free:,} MB", f"{free:,} MB of disk left"
    folder = env.VAR if env.VAR.exists() else env.VAR.parent
    if os.access(folder, os.W_OK):
        yield "ok", f"数据目录 {env.VAR} 可写", f"the data folder {env.VAR} is writable"
    else:
        yield (
            "wrong",
            f"数据目录 {env.VAR} 不能写，请改权限或设 MAITIAN_VAR。",
            f"the data folder {env.VAR} is not writable; change its rights or set MAITIAN_VAR.",
        )
    alive = up.running(env.VAR)
    yield (
        ("ok", "产品在运行", "the product is running")
        if alive
        else (
            "attention",
            "产品没有运行，用 make run 启动",
            "the product is not running; start it with make run",
        )
    )
    if not alive:
        for port in (env.PORT, env.SMPP_PORT, env.SMTP_PORT):
            with contextlib.closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    yield "wrong", f"端口 {port} 被占用，设 PORT 换一组。", f"port {port} is taken; set PORT."
    if alive or "DATABASE_URL" in os.environ:
        try:
            yield from _database()
        except Exception as error:
            from maitian.cli.main import unreachable

            why = unreachable(error)
            if not why:
                raise
            zh, en = why.splitlines()[0], why.splitlines()[2]
            yield "wrong", f"{zh}。请检查地址和账号。", f"{en}; check the address and the account."


def _packages() -> Iterator[Finding]:
    wrong = []
    for line in (env.ROOT / "requirements.txt").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, _equals, version = line.split(" ")[0].partition("==")
            try:
                if metadata.version(name.split("[")[0]) != version:
                    wrong.append(name)
            except metadata.PackageNotFoundError:
                wrong.append(name)
    if wrong:
        yield (
            "wrong",
            f"依赖与锁文件不符：{', '.join(wrong[:5])}。请重新 make run。",
            f"packages differ from the lock: {', '.join(wrong[:5])}. Run make run again.",
        )
    else:
        yield "ok", "依赖与锁文件一致", "the packages are those of the lock"


def _database() -> Iterator[Finding]:
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = up.running_url(env.VAR)
    from maitian.cli.main import prepare

    prepare()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from maitian.core import time as business_time

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), datctype FROM pg_database WHERE datname = current_database()"
        )
        version, ctype = cursor.fetchone()
        yield "ok", f"PostgreSQL {version}", f"PostgreSQL {version}"
        if ctype == "C":
            yield (
                "wrong",
                "数据库的 LC_CTYPE 是 C，中文查找会漏。请用 C.UTF-8 重建。",
                "LC_CTYPE is C: Chinese search misses words. Create the database with C.UTF-8.",
            )
        waiting = MigrationExecutor(connection).migration_plan(
            MigrationExecutor(connection).loader.graph.leaf_nodes()
        )
        yield (
            (
                "attention",
                f"有 {len(waiting)} 个迁移没有跑，重启即可。",
                f"{len(waiting)} migrations wait; restart.",
            )
            if waiting
            else ("ok", "表结构是最新的", "the tables are up to date")
        )
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7236282")
        workers = cursor.fetchone()[0]
        yield (
            ("ok", f"{workers} 个发送进程在线", f"{workers} dispatchers at work")
            if workers
            else (
                "wrong",
                "没有发送进程，消息发不出去。看 var/worker.log。",
                "no dispatcher is at work: messages wait. See var/worker.log.",
            )
        )
    left = business_time.horizon_warning()
    if left is None:
        yield "ok", f"日历到 {business_time.horizon()}", f"the calendar reaches {business_time.horizon()}"
    else:
        yield (
            "attention",
            f"日历只剩 {left} 天，请在“日历”页导入新的。",
            f"the calendar ends in {left} days; import a new one on the calendar page.",
        )


def main() -> int:
    """0 when nothing is wrong, 1 else."""
    wrong = 0
    for state, zh, en in findings():
        wrong += state == "wrong"
        print(f"{MARKS[state]} {zh}\n  {en}")
    return 1 if wrong else 0
