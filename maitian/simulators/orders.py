"""What a person orders from the simulators, and how they are: two small files between the web page and their process.

Orders are lines of JSON that the page appends; the simulators read what comes after their start, a few times a second.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

LOOK_EVERY = 0.3  # seconds
ALIVE_WITHIN = 10.0  # seconds since the simulators last wrote how they are
MODES = ("up", "slow", "silent", "down")


def give(folder: Path, **order: Any) -> None:
    """Order something: ``do`` is ``mode`` (gateway, mode), ``reply`` (gateway, phone, text) or ``gone`` (to, gone)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / "orders.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, (json.dumps(order, ensure_ascii=False) + "\n").encode())
    finally:
        os.close(file)


class Orders:
    """The orders since this was made."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "orders.jsonl"
        self._at = self._path.stat().st_size if self._path.exists() else 0

    def fresh(self) -> list[dict[str, Any]]:
        """New orders; lines that cannot be read are passed over."""
        try:
            if self._path.stat().st_size <= self._at:
                return []
        except FileNotFoundError:
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        found = []
        for line in whole.decode("utf-8", "replace").splitlines():
            try:
                order = json.loads(line)
            except ValueError:
                continue
            if isinstance(order, dict):
                found.append(order)
        return found


def tell(folder: Path, state: dict[str, Any]) -> None:
    """Write how the simulators are."""
    path = folder / "state.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**state, "at": time.time()}, ensure_ascii=False), "utf-8")
    fresh.chmod(0o600)
    fresh.replace(path)


def state(folder: Path) -> dict[str, Any] | None:
    """How the simulators are: ``{"lines": [{name, kind, mode, accepted}], "gone": [numbers and mailboxes]}``; ``None``: not running."""
    try:
        found = json.loads((folder / "state.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or time.time() - float(found.get("at", 0)) > ALIVE_WITHIN:
        return None
    return found
