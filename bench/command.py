"""``maitian bench NAME``: runs one bench and prints its figures; with ``--json`` the last line is one object."""

from __future__ import annotations

import inspect
import json
import sys
from importlib import import_module

BENCHES = (
    "fanout",
    "client-page",
    "deadlines",
    "dispatch",
    "sms",
    "worker",
    "audience",
    "chase",
    "board",
    "duplicates",
    "desk",
)


def known(name: str) -> bool:
    """Whether there is such a bench; says which there are if not. Asked before a database is started."""
    if name not in BENCHES:
        print(
            f"没有“{name}”这个测速。有：{', '.join(BENCHES)}。\nThere is no bench “{name}”. There are: {', '.join(BENCHES)}.",
            file=sys.stderr,
        )
    return name in BENCHES


def main(name: str, clients: int | None, as_json: bool, cases: int | None = None) -> int:
    run = import_module("bench." + name.replace("-", "_")).run
    taken = inspect.signature(run).parameters
    given = {"clients": clients, "cases": cases}
    wanted = {word: number for word, number in given.items() if number is not None and word in taken}
    found = run(**wanted)
    for key, value in found.items():
        print(f"{key:>18}  {value:,.4g}" if isinstance(value, float) else f"{key:>18}  {value}")
    if as_json:
        print(json.dumps(found))
    return 0
