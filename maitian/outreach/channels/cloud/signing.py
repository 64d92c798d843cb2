"""Signatures of requests. Each cloud has its own way; all are HMAC-SHA256 over what is sent, with time and a number
that is used once. Pure: the moment is passed in.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical(headers: Mapping[str, str]) -> tuple[str, str]:
    """``(lines, names)``: headers in the order of their lower-case names, and those names with semicolons."""
    kept = sorted((name.lower(), value.strip()) for name, value in headers.items())
    return "".join(f"{name}:{value}\n" for name, value in kept), ";".join(name for name, _value in kept)


def acs3(
    secret: str, key_id: str, path: str, headers: Mapping[str, str], body: bytes, query: str = ""
) -> str:
    """``Authorization`` by ACS3-HMAC-SHA256: over the canonical request, which names its headers."""
    lines, names = canonical(headers)
    request = f"POST\n{path}\n{query}\n{lines}\n{names}\n{digest(body)}"
    signed = mac(secret.encode(), f"ACS3-HMAC-SHA256\n{digest(request.encode())}").hex()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signed}"


def tc3(
    secret: str, key_id: str, service: str, path: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> str:
    """``Authorization`` by TC3-HMAC-SHA256: the key is derived for the day and the service. No query."""
    day = f"{at.astimezone(UTC):%Y-%m-%d}"
    lines, names = canonical(headers)
    request = f"POST\n{path}\n\n{lines}\n{names}\n{digest(body)}"
    scope = f"{day}/{service}/tc3_request"
    key = mac(mac(mac(f"TC3{secret}".encode(), day), service), "tc3_request")
    signed = mac(key, f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{digest(request.encode())}").hex()
    return f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signed}"


def by_parameters(secret: str, parameters: Mapping[str, str], body: bytes) -> str:
    """Over the parameters in the order of their names, and the body's digest among them; in hexadecimal."""
    every = sorted({**parameters, "body": digest(body)}.items())
    return mac(secret.encode(), "&".join(f"{name}={value}" for name, value in every)).hex()
