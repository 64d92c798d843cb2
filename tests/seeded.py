"""The seeded database of a worker. The first worker of a run makes it, the others copy its files."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection

PATTERN = "test_maitian_seeded"
MIGRATED = "test_maitian_migrated"


def use(database: str) -> None:
    """Django's connection points to another database from now on."""
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = database


def administer(*statements: str) -> None:
    """Run statements that no transaction and no connection to the databases in question allows."""
    use("postgres")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    use("postgres")


def keep_migrated() -> None:
    """A copy of the database at hand, which only the migrations, one after another, have made so far."""
    own = str(connection.settings_dict["NAME"])
    administer(
        f'DROP DATABASE IF EXISTS "{MIGRATED}" WITH (FORCE)', f'CREATE DATABASE "{MIGRATED}" TEMPLATE "{own}"'
    )
    use(own)


@contextlib.contextmanager
def database(fill: Callable[[], None]) -> Iterator[None]:
    """Django's connection points to a database with all tables and what ``fill`` stores; gone afterwards."""
    from django.conf import settings
    from django.test.utils import setup_databases, teardown_databases

    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        made = setup_databases(verbosity=0, interactive=False)
        keep_migrated()
        fill()
        yield
        own = str(connection.settings_dict["NAME"])
        administer(f'DROP DATABASE IF EXISTS "{MIGRATED}" WITH (FORCE)')
        use(own)
        teardown_databases(made, verbosity=0)
        return

    original = str(connection.settings_dict["NAME"])
    own = f"test_{original}_{worker}"
    with (Path(os.environ["MAITIAN_TEST_HOME"]) / "seeded").open("a") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        if not os.fstat(done.fileno()).st_size:
            connection.settings_dict["TEST"]["NAME"] = PATTERN
            setup_databases(verbosity=0, interactive=False)
            keep_migrated()
            fill()
            done.write("made\n")
        administer(
            f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)',
            f'CREATE DATABASE "{own}" TEMPLATE "{PATTERN}"',
        )
    settings.DATABASES["default"]["NAME"] = own
    use(own)
    yield
    administer(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')
    use(original)
