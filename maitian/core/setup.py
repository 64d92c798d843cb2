"""What a fresh database needs before the first sign-in: rules, calendars, each room's own tables."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.db import transaction


@transaction.atomic
def seed() -> None:
    """Idempotent. Order: rulebook, calendars, then the rooms' ``setup.seed`` in the order of the rooms."""
    from maitian.core import rulebook, time

    rulebook.seed()
    time.seed()
    for config in apps.get_app_configs():
        if not config.name.startswith("maitian.") or config.label == "core":
            continue
        name = config.name + ".setup"
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            continue
        module.seed()
