"""What the environment may set. Nothing else reads ``os.environ``; secrets come from here alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SettingWrong(Exception):
    """A variable of the environment holds what it cannot: Chinese, then English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def port(name: str, default: int) -> int:
    """A port number from the environment. Raises :class:`SettingWrong` for anything but 1 to 65535."""
    given = os.environ.get(name, "").strip() or str(default)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        raise SettingWrong(
            f"{name} 要填 1 到 65535 的端口号，现在是“{given}”。如：{name}=8000",
            f"{name} takes a port from 1 to 65535; it is “{given}”. Like: {name}=8000",
        )
    return int(given)


ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("MAITIAN_VAR", ROOT / "var")).absolute()
PORT = port("PORT", 8000)
HOST = os.environ.get("MAITIAN_HOST", "127.0.0.1")
DEBUG = os.environ.get("MAITIAN_DEBUG", "") == "1"
SMPP_PORT = port("MAITIAN_SMPP_PORT", PORT + 1)
SMTP_PORT = port("MAITIAN_SMTP_PORT", PORT + 2)
SMPP2_PORT = port("MAITIAN_SMPP2_PORT", PORT + 3)
CLOUD_PORT = port("MAITIAN_CLOUD_PORT", PORT + 4)
IMAP_PORT = port("MAITIAN_IMAP_PORT", PORT + 5)


def database_url() -> str:
    """``DATABASE_URL``, or the embedded server of this checkout (socket under ``var/``)."""
    return os.environ.get("DATABASE_URL", "postgresql:///maitian?user=app&host=" + str(VAR / "run"))


def database() -> dict[str, object]:
    """Django's ``DATABASES["default"]`` from a ``postgresql://`` address."""
    parts = urlsplit(database_url())
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingWrong(
            "DATABASE_URL 要像 postgresql://用户:密码@主机:5432/库名。",
            "DATABASE_URL must look like postgresql://user:password@host:5432/name.",
        )
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


def gateways() -> dict[str, list[dict[str, object]]]:
    """Gateways by channel, the preferred first: ``MAITIAN_GATEWAYS`` (JSON), or the local simulators.

    See docs/operations.md for the fields of each kind. Passwords stand in this variable alone.
    """
    given = os.environ.get("MAITIAN_GATEWAYS")
    if given:
        try:
            found = json.loads(given)
            fits = isinstance(found, dict) and all(
                isinstance(entries, list) and all(isinstance(entry, dict) and entry.get("kind") and entry.get("name") for entry in entries)
                for entries in found.values()
            )  # fmt: skip
        except ValueError:
            fits = False
        if not fits or not {"sms", "email"} <= set(found):
            raise SettingWrong(
                'MAITIAN_GATEWAYS 要填 JSON：{"sms": [...], "email": [...]}，每个网关有 kind 和 name。见 docs/operations.md。',
                'MAITIAN_GATEWAYS takes JSON: {"sms": [...], "email": [...]}, each gateway with kind and name. See docs/operations.md.',
            )
        return dict(found)
    smpp: dict[str, object] = {
        "kind": "smpp",
        "host": "127.0.0.1",
        "system_id": "maitian",
        "password": "maitian",
    }
    simulator = {**smpp, "name": "simulator", "port": SMPP_PORT}
    backup = {**smpp, "name": "backup", "port": SMPP2_PORT}
    sink: dict[str, object] = {
        "kind": "smtp", "name": "sink", "host": "127.0.0.1", "port": SMTP_PORT, "sender": "service@maitian.example",
    }  # fmt: skip
    cloud: dict[str, object] = {
        "kind": "cloud", "name": "cloud", "url": f"http://127.0.0.1:{CLOUD_PORT}", "key_id": "maitian", "secret": "maitian",
        "sign": "麦田证券", "pull_every": 2.0,
    }  # fmt: skip
    return {"sms": [simulator, backup, cloud], "email": [sink]}


def mailbox() -> dict[str, object]:
    """The mailbox that clients write to: ``MAITIAN_MAILBOX`` (JSON), or the local simulator's; empty: none is read.

    See docs/operations.md for the fields. The password stands in this variable alone.
    """
    given = os.environ.get("MAITIAN_MAILBOX")
    if given:
        try:
            found = json.loads(given)
        except ValueError:
            found = None
        if not isinstance(found, dict) or not {"host", "port", "user", "password", "address"} <= set(found):
            raise SettingWrong(
                'MAITIAN_MAILBOX 要填 JSON：{"host", "port", "user", "password", "address"}，见 docs/operations.md。',
                'MAITIAN_MAILBOX takes JSON: {"host", "port", "user", "password", "address"}; see docs/operations.md.',
            )
        return dict(found)
    if not simulated():
        return {}
    return {
        "host": "127.0.0.1", "port": IMAP_PORT, "user": "service", "password": "maitian", "address": "service@maitian.example",
        "judge": "maitian-simulator",
    }  # fmt: skip


def simulated() -> bool:
    """Whether the local simulators stand for the gateways: nothing real is configured."""
    return not os.environ.get("MAITIAN_GATEWAYS") or os.environ.get("MAITIAN_SIMULATORS") == "1"


def public_url() -> str:
    """The address that clients see in messages."""
    return os.environ.get("MAITIAN_URL", f"http://{HOST}:{PORT}")
