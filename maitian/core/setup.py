"""What a fresh database needs before the first sign-in: rules, calendars, each room's own tables."""

from __future__ import annotations

from django.db import transaction

from maitian.core.rooms import modules


@transaction.atomic
def seed() -> None:
    """Idempotent. Order: rulebook, calendars, then the rooms' ``setup.seed`` in the order of the rooms."""
    from maitian.core import rulebook, time

    rulebook.seed()
    time.seed()
    for module in modules("setup"):
        if module.__name__ != __name__:
            module.seed()
