"""What the environment may set. Nothing else reads ``os.environ``; secrets come from here alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("MAITIAN_VAR", ROOT / "var"))
PORT = int(os.environ.get("PORT", "8000"))
HOST = os.environ.get("MAITIAN_HOST", "127.0.0.1")
DEBUG = os.environ.get("MAITIAN_DEBUG", "") == "1"
SMPP_PORT = int(os.environ.get("MAITIAN_SMPP_PORT", str(PORT + 1)))
SMTP_PORT = int(os.environ.get("MAITIAN_SMTP_PORT", str(PORT + 2)))


def database_url() -> str:
    """``DATABASE_URL``, or the embedded server of this checkout (socket under ``var/``)."""
    return os.environ.get("DATABASE_URL", "postgresql:///maitian?user=app&host=" + str(VAR / "run"))


def database() -> dict[str, object]:
    """Django's ``DATABASES["default"]`` from a ``postgresql://`` address."""
    parts = urlsplit(database_url())
    query = dict(item.split("=", 1) for item in parts.query.split("&") if "=" in item)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "maitian",
        "USER": unquote(parts.username or query.get("user", "app")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or query.get("host", "")),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 16, "timeout": 10}}
        if os.environ.get("MAITIAN_POOL") == "1"
        else {},
    }


def secret(name: str) -> str:
    """A secret from the environment, or one made at first use and kept in ``var/secrets`` (mode 0600).

    The file is for a workstation. A real installation sets the variables, and loses its encrypted
    columns if it loses them.
    """
    given = os.environ.get(name)
    if given:
        return given
    path = VAR / "secrets" / name.lower()
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = secrets.token_hex(32)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(made)
        return made


def public_url() -> str:
    """The address that clients see in messages."""
    return os.environ.get("MAITIAN_URL", f"http://{HOST}:{PORT}")
