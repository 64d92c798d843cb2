"""A throw-away PostgreSQL for the tests, started before Django's settings are read.

With xdist the controller starts it and the workers inherit its address. ``MAITIAN_TEST_DATABASE_URL``
names a server to use instead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_home: Path | None = None
_server = None

if "PYTEST_XDIST_WORKER" not in os.environ and "MAITIAN_TEST_HOME" not in os.environ:
    from maitian.cli.postgres import Server
    from maitian.core.i18n import compile_catalogues

    _home = Path(tempfile.mkdtemp(prefix="maitian-tests-"))
    _home.chmod(0o711)
    os.environ["MAITIAN_TEST_HOME"] = str(_home)
    os.environ["MAITIAN_VAR"] = str(_home / "var")
    os.environ["MAITIAN_SECRET_KEY"] = "test-secret-key-" + "0" * 32
    os.environ["MAITIAN_PRIVACY_KEY"] = "test-privacy-key-" + "0" * 32
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Nothing is written beside the sources, and yet the many processes of a run do not compile them again and again.
        os.environ["PYTHONPYCACHEPREFIX"] = str(_home / "bytecode")
    compile_catalogues()
    given = os.environ.get("MAITIAN_TEST_DATABASE_URL")
    if given:
        os.environ["DATABASE_URL"] = given
    else:
        _server = Server(_home, quick=True)
        _server.start()
        os.environ["DATABASE_URL"] = _server.url


def pytest_unconfigure(config: object) -> None:
    global _server, _home
    if _home is not None and _server is None:  # a server that was given keeps nothing of ours
        import psycopg

        from tests.seeded import MIGRATED, PATTERN

        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
            for name in (PATTERN, MIGRATED):
                line.execute(f'DROP DATABASE IF EXISTS "{name}"')
    if _server is not None:
        _server.stop()
        _server = None
    if _home is not None:
        shutil.rmtree(_home, ignore_errors=True)
        _home = None
