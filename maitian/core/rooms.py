"""What the rooms bring by the name of a module: ``<room>/ledger_kinds.py``, ``tasks.py``, ``setup.py`` and so on."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from django.apps import AppConfig, apps


def rooms() -> list[AppConfig]:
    """The product's own apps, in the order of the settings: lower rooms first."""
    return [config for config in apps.get_app_configs() if config.name.startswith("maitian.")]


def modules(name: str) -> Iterator[ModuleType]:
    """The module of this name of every room that has one. What fails inside one is not hidden."""
    for config in rooms():
        full = f"{config.name}.{name}"
        try:
            yield import_module(full)
        except ModuleNotFoundError as error:
            if error.name != full:
                raise


def files(name: str) -> list[Path]:
    """The file of this name of every room that has one."""
    return [path for config in rooms() if (path := Path(config.path) / name).exists()]
