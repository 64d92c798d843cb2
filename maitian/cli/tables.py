"""The tables of an empty database in one go.

More than a hundred migrations one after another keep a processor busy for seven seconds, nearly all of it with pictures of
models that nobody asks for. ``tables.sql`` holds what they make; a database without tables gets it, and Django's ``migrate``
then finds everything done, or does what has been added since. ``make tables`` writes the file anew.

The file names every migration that is in it, with a digest of its text. If one of them is gone or reads differently, or the
server is of another version than the one that wrote the file, it is left alone and the migrations run as ever.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from maitian.cli.backup import address
from maitian.cli.postgres import Server, packaged

FILE = Path(__file__).with_name("tables.sql")
_LISTED = re.compile(r"^-- migration (\S+) (\S+) (\S+)$", re.MULTILINE)
_SERVER = re.compile(r"^-- server (\d+)$", re.MULTILINE)
_SESSION = re.compile(r"\A.*?^SET row_security = off;$", re.DOTALL | re.MULTILINE)
_TITLES = re.compile(r"^--\n-- .*\n--\n", re.MULTILINE)
_ORDERS = re.compile(r"^\\(un)?restrict .*$", re.MULTILINE)


def digest(app: str, name: str) -> str:
    """Of the text of a migration; empty if there is no such file."""
    try:
        text = (Path(apps.get_app_config(app).path) / "migrations" / f"{name}.py").read_bytes()
    except (LookupError, OSError):
        return ""
    return hashlib.sha256(text).hexdigest()[:16]


def fits(text: str) -> bool:
    """Whether this file is of this server's version and of the migrations as they are written now."""
    server, listed = _SERVER.search(text), _LISTED.findall(text)
    return (
        server is not None
        and int(server[1]) == connection.pg_version // 10_000  # type: ignore[attr-defined]
        and bool(listed)
        and all(digest(app, name) == known for app, name, known in listed)
    )


def fill() -> bool:
    """Make all tables if the database has none and the file fits; whether it was done. Raises nothing of its own."""
    if not FILE.exists() or connection.introspection.table_names():
        return False
    text = FILE.read_text(encoding="utf-8")
    if not fits(text):
        return False
    recorder = MigrationRecorder(connection)
    with transaction.atomic():
        give(text)
        for app, name, _digest in _LISTED.findall(text):
            recorder.record_applied(app, name)
    return True


@transaction.atomic
def give(text: str) -> None:
    """Let the database run what :func:`dumped` wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies = false")  # one may name a table that comes later
        cursor.execute(text)


def dumped() -> str:
    """The database as SQL: its tables, and the rows that the migrations put into them."""
    done = subprocess.run(
        [
            packaged() / "bin" / "pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=200",
            "--exclude-table-data=django_*", *address(connection.settings_dict),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    text = _TITLES.sub("", _SESSION.sub("", _ORDERS.sub("", done.stdout)))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def write() -> int:
    """``make tables``: run the migrations one after another on a server of their own, and keep what they made."""
    from maitian.cli.main import prepare

    with tempfile.TemporaryDirectory(prefix="maitian-tables-") as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder), quick=True)
        server.start()
        try:
            os.environ |= {"DATABASE_URL": server.url, "MAITIAN_VAR": folder}
            prepare()
            call_command("migrate", verbosity=0)
            done = sorted(MigrationRecorder(connection).applied_migrations())
            lines = [f"-- migration {app} {name} {digest(app, name)}" for app, name in done]
            lines.insert(0, f"-- server {connection.pg_version // 10_000}")  # type: ignore[attr-defined]
            lines.insert(0, "-- What the migrations make, written by “make tables”; see tables.py.")
            FILE.write_text("\n".join(lines) + "\n\n" + dumped(), encoding="utf-8")
            connection.close()
        finally:
            server.stop()
    print(f"{FILE.name}: {len(done)} migrations")
    return 0


if __name__ == "__main__":
    sys.exit(write())
