"""Starting and stopping as users do, and as they should not."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from maitian.outreach.dispatch.claims import LOCKS
from tests.product import ROOT, Product, open_folder

pytestmark = pytest.mark.crash


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder("up") as made:
        yield made


def gone(product: Product, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while product.processes() and time.monotonic() < deadline:
        time.sleep(0.2)
    return not product.processes()


def examined(product: Product, seconds: float = 30) -> str:
    """What the doctor says once the worker is at work; the pages are there a little earlier."""
    deadline = time.monotonic() + seconds
    at_work = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = {LOCKS}"
    while not product.sql(at_work) and time.monotonic() < deadline:
        time.sleep(0.2)
    return product.command("doctor").stdout


def test_start_refuse_kill_start_stop(folder: Path) -> None:
    product = Product(folder / "var", demo="none").start()
    second = product.command("up")
    assert second.returncode == 2 and "已经在运行了" in second.stderr and "running already" in second.stderr
    other = Product(folder / "other", demo="none", port=product.port).command("up")
    assert other.returncode == 2 and f"端口 {product.port}" in other.stderr and "PORT=" in other.stderr
    product.sql(
        "INSERT INTO staff_branch (code, name, name_en, phone, monthly_sms_budget) VALUES ('Z', '留下来', '', '', 0)"
    )
    assert "✗" not in examined(product).replace("✗ 依赖", "")
    assert product.command("verify-ledger").returncode == 0

    product.stop(signal.SIGKILL)
    assert gone(product), "children outlived a killed supervisor"
    product.start()
    assert product.sql("SELECT name FROM staff_branch WHERE code = 'Z'") == [("留下来",)]
    assert urllib.request.urlopen(product.address + "/sign-in/", timeout=5).status == 200

    worker = next(
        pid for pid in product.processes() if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not any(
        pid != worker and b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        for pid in product.processes()
    ):
        time.sleep(0.2)
    assert any(
        pid != worker and b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        for pid in product.processes()
    )

    assert product.stop() == 0
    assert gone(product)
    assert "已停止" in Path(f"{folder / 'var'}.log").read_text()


def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "file").write_text("not a folder")
    refused = Product(folder / "file" / "var", demo="none").command("up")
    assert (
        refused.returncode == 2
        and "不能写" in refused.stderr
        and "not writable" in refused.stderr
        and "Traceback" not in refused.stderr
    )


def test_a_taken_gateway_port(folder: Path) -> None:
    product = Product(folder / "var", demo="none")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", product.port + 1))
        taken.listen()
        refused = product.command("up")
    assert refused.returncode == 2 and "MAITIAN_SMPP_PORT" in refused.stderr


def test_wrong_words_are_answered_with_a_sentence(folder: Path) -> None:
    product = Product(folder / "var", demo="none")
    answer = product.command("import", "clients", "/nowhere/clients.csv")
    assert answer.returncode == 2 and "找不到文件" in answer.stderr and "Traceback" not in answer.stderr
    answer = product.command("bench", "nothing")
    assert answer.returncode == 2 and "fanout" in answer.stderr


def _python_for(user: int | None) -> str | None:
    """This interpreter, or the system's of the same version with our packages, if ``user`` may run it."""
    for python in (sys.executable, f"/usr/bin/python{sys.version_info[0]}.{sys.version_info[1]}"):
        try:
            packages = next(path for path in sys.path if path.endswith("site-packages"))
            options = {} if user is None else {"user": user, "group": user, "extra_groups": []}
            done = subprocess.run(
                [python, "-c", "import django, maitian"],
                env={"PYTHONPATH": f"{ROOT}:{packages}"},
                cwd="/",
                capture_output=True,
                check=False,
                **options,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    return None


def test_an_ordinary_user_can_start_it(folder: Path) -> None:
    """As root the test becomes another account; as an ordinary user it is one already."""
    home = folder / "home"
    home.mkdir()
    user = None
    if os.getuid() == 0:
        user = pwd.getpwnam("nobody").pw_uid
        os.chown(home, user, user)
    python = _python_for(user)
    if python is None:
        pytest.skip("no interpreter on this machine that another account may run")
    product = Product(home / "var", demo="none", user=user, python=python)
    product.environment |= {"HOME": str(home), "USER": "nobody"}
    product.start()
    assert product.stop() == 0
    assert gone(product)
