"""Personal data: encrypted columns, blind search tokens, masks.

Encryption is AES-256-GCM under a key derived from ``PRIVACY_KEY`` with a random 96-bit nonce; the
stored bytes are ``version (1) · nonce (12) · ciphertext and tag``. Search works on tokens: the first
eight bytes of an HMAC-SHA256 under a second derived key, as a signed 64-bit integer, so that a GIN
index on ``bigint[]`` finds equal tokens without the database ever holding the text.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

VERSION = b"\x01"


@lru_cache(maxsize=4)
def _key(purpose: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"maitian/" + purpose.encode(), hashlib.sha256).digest()


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(_key("encrypt", secret))


def encrypt(text: str) -> bytes:
    """``text`` as stored bytes; the empty text stays empty."""
    if not text:
        return b""
    nonce = os.urandom(12)
    return VERSION + nonce + _cipher(settings.PRIVACY_KEY).encrypt(nonce, text.encode(), None)


def decrypt(stored: bytes | memoryview | None) -> str:
    """The text behind stored bytes. Raises ``ValueError`` if the key does not fit or the bytes were changed."""
    data = bytes(stored or b"")
    if not data:
        return ""
    if data[:1] != VERSION:
        raise ValueError("unknown version of an encrypted value")
    try:
        return _cipher(settings.PRIVACY_KEY).decrypt(data[1:13], data[13:], None).decode()
    except InvalidTag as error:
        raise ValueError("an encrypted value does not fit the key, or was changed") from error


def decrypt_many(rows: Iterable[tuple[int, bytes | memoryview]]) -> dict[int, str]:
    """``(key, stored bytes)`` → key to text, for thousands at a time. Raises as :func:`decrypt` does."""
    opened = _cipher(settings.PRIVACY_KEY).decrypt
    found = {}
    try:
        for key, stored in rows:
            data = bytes(stored)
            if data and data[0] != VERSION[0]:
                raise ValueError("unknown version of an encrypted value")
            found[key] = opened(data[1:13], data[13:], None).decode() if data else ""
    except InvalidTag as error:
        raise ValueError("an encrypted value does not fit the key, or was changed") from error
    return found


def token(text: str) -> int:
    """The blind search token of ``text`` (case and spaces folded): a signed 64-bit integer."""
    folded = "".join(text.split()).casefold()
    digest = hmac.new(_key("index", settings.PRIVACY_KEY), folded.encode(), hashlib.sha256).digest()
    return struct.unpack(">q", digest[:8])[0]


def tokens(texts: Iterable[str]) -> list[int]:
    """Sorted distinct tokens of the texts that are not empty."""
    return sorted({token(text) for text in texts if text and text.strip()})


class EncryptedTextField(models.BinaryField):
    """Text that is encrypted in the column and plain in Python. Cannot be filtered on: use tokens."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return decrypt(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or isinstance(value, bytes | memoryview):
            return super().get_db_prep_value(value, connection, prepared)
        return super().get_db_prep_value(encrypt(value), connection, prepared)

    def to_python(self, value: Any) -> Any:
        return decrypt(value) if isinstance(value, bytes | memoryview) else value

    def value_to_string(self, obj: Any) -> str:
        return str(self.value_from_object(obj))


def mask_name(name: str) -> str:
    """``陈建国`` → ``陈*国``, ``陈红`` → ``陈*``."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """``13812342096`` → ``138****2096``."""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 8 else "****"


def mask_tail(text: str) -> str:
    """``310101199001014471`` → ``****4471``."""
    return "****" + text[-4:] if len(text) > 4 else "****"


def mask_email(address: str) -> str:
    """``chenjg@example.com`` → ``ch***@example.com``."""
    name, at, host = address.partition("@")
    return f"{name[:2]}***{at}{host}" if at else "***"
