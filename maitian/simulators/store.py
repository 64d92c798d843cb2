"""What the simulators got: one JSON line a message, newest last, in files only the owner may read."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

TAIL = 2_000_000  # bytes read from the end for the page


class Log:
    """Appends in batches; safe for one writer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._waiting: list[str] = []
        self._lock = threading.Lock()

    def add(self, item: dict[str, Any]) -> None:
        with self._lock:
            self._waiting.append(json.dumps(item, ensure_ascii=False))

    def flush(self) -> None:
        with self._lock:
            lines, self._waiting = self._waiting, []
        if lines:
            os.write(self._file, ("\n".join(lines) + "\n").encode())


def recent(folder: Path, kind: str, limit: int = 50, contains: str = "") -> list[dict[str, Any]]:
    """The newest messages of ``kind`` (``sms`` or ``mail``), newest first."""
    path = folder / f"{kind}.jsonl"
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - TAIL))
        lines = file.read().decode("utf-8", "replace").splitlines()
    found: list[dict[str, Any]] = []
    for line in reversed(lines):
        if contains and contains not in line:
            continue
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
        if len(found) >= limit:
            break
    return found
