"""``maitian backup FILE`` and ``maitian restore FILE``, with the server's own tools."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from maitian.cli.postgres import packaged


def address(database: Mapping[str, object]) -> list[str]:
    """The words that lead PostgreSQL's own programs to one of Django's databases."""
    found = ["-U", str(database["USER"]), "-d", str(database["NAME"])]
    if database["HOST"]:
        found += ["-h", str(database["HOST"])]
    if database["PORT"]:
        found += ["-p", str(database["PORT"])]
    return found


def backup(file: Path) -> int:
    """A dump of everything. The privacy key is not in it: keep ``var/secrets`` in another place."""
    from django.conf import settings

    done = subprocess.run(
        [packaged() / "bin" / "pg_dump", "-Fc", "-f", file, *address(settings.DATABASES["default"])],
        check=False,
    )
    if done.returncode == 0:
        file.chmod(0o600)
        print(
            f"已备份到 {file}。密钥在 var/secrets，请另存一份。\nSaved to {file}. The keys are in var/secrets; keep a copy elsewhere."
        )
    return 0 if done.returncode == 0 else 2


def restore(file: Path) -> int:
    """Put a dump into an empty database."""
    from django.conf import settings

    from maitian.clients.models import Client

    if Client.objects.exists():
        print(
            "数据库里已有客户，不能覆盖。请先换一个空的数据目录。\nThe database has clients; restore into an empty one.",
            file=sys.stderr,
        )
        return 2
    done = subprocess.run(
        [
            packaged() / "bin" / "pg_restore",
            "--clean",
            "--if-exists",
            *address(settings.DATABASES["default"]),
            file,
        ],
        check=False,
    )
    return 0 if done.returncode == 0 else 2
