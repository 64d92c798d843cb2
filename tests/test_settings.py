"""A wrong setting of the environment is one sentence in two languages, never a trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maitian.cli.postgres import Server
from tests.product import ROOT


def maitian(tmp_path: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "maitian", *words],
        env={**os.environ, "MAITIAN_VAR": str(tmp_path), "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("wrong", "zh", "en"),
    [
        ({"PORT": "abc"}, "PORT 要填 1 到 65535", "PORT takes a port"),
        ({"PORT": "70000"}, "现在是“70000”", "it is “70000”"),
        ({"PORT": "65535"}, "MAITIAN_SMPP_PORT 要填", "MAITIAN_SMPP_PORT takes"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL 要像", "DATABASE_URL must look like"),
        (
            {"DATABASE_URL": "postgresql://x:y@127.0.0.1:1/z", "PORT": "18990"},
            "连不上 DATABASE_URL",
            "does not answer",
        ),
    ],
)
def test_a_wrong_setting_is_a_sentence(tmp_path: Path, wrong: dict[str, str], zh: str, en: str) -> None:
    done = maitian(tmp_path, "rulebook", "show", **wrong)
    assert done.returncode == 2
    assert zh in done.stderr and en in done.stderr and "Traceback" not in done.stderr


def test_a_deep_folder_keeps_one_socket_for_every_process(tmp_path: Path) -> None:
    """Commands find the running server by its socket, so the short name must not change from process to process."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    told = {
        subprocess.run(
            [sys.executable, "-c", f"from maitian.cli.postgres import Server; from pathlib import Path;"
             f"print(Server(Path({str(deep)!r})).url)"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert told == {Server(deep).url}
    assert len(str(Server(deep).socket_folder)) < 90
