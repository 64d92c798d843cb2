"""Jobs by name, deferred in the transaction that wants them.

``defer("outreach.dispatch", event=7)`` writes the job row with the caller's transaction: rolled back
with it, invisible before its commit. A room registers its tasks with :func:`task` in ``tasks.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from maitian.core.rooms import modules


def task(
    name: str, *, lock: str | None = None, cron: str | None = None, retry: int = 0
) -> Callable[..., Any]:
    """Register a task by name. With ``cron`` (UTC, five or six fields) it also runs by itself.

    Jobs run at least once: every task must bear being run twice. ``lock`` lets at most one such job wait.
    """

    def register(function: Callable[..., Any]) -> Any:
        made = app.task(name=name, queueing_lock=lock, retry=retry)(function)
        if cron:
            app.periodic(cron=cron)(made)
        return made

    return register


def defer(name: str, *, at: Any = None, **arguments: Any) -> int:
    """Write one job; returns its id. ``at`` is an aware moment before which it does not run.

    Where at most one such job may wait and one does, nothing is written and the answer is 0: the one that waits does the work
    (or, when it begins before this transaction commits, the next one by the clock). A job for a later moment stands for that moment alone and never in the way of one for now.
    """
    known = app.tasks.get(name)
    lock = known.queueing_lock if known is not None else None
    if lock is None:
        configured = app.configure_task(name, schedule_at=at) if at else app.configure_task(name)
        return configured.defer(**arguments)
    if at is not None:
        configured = app.configure_task(name, schedule_at=at, queueing_lock=f"{lock} {at.isoformat()}")
    else:
        configured = app.configure_task(name)
    try:
        with transaction.atomic():  # a savepoint: the refusal does not spoil what the caller writes
            return configured.defer(**arguments)
    except AlreadyEnqueued:
        return 0


def discover(names: tuple[str, ...] = ("tasks", "reactions")) -> None:
    """Import every room's tasks and reactions, so that their names are known."""
    for name in names:
        for _module in modules(name):
            pass
