"""A write with an ``Idempotency-Key`` is done once; the same request again gets the stored answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from maitian.core.errors import DomainError
from maitian.staff.models import IdempotencyKey


class KeyUsedOtherwise(DomainError):
    code = "api.idempotency_key_reused"
    zh = "这个 Idempotency-Key 已用于另一个请求。请换一个。"
    en = "This Idempotency-Key was used for another request. Choose another one."
    status = 409


def once(operation: Callable[..., Any]) -> Callable[..., Any]:
    """For operations that answer ``(status, body)`` with a JSON body."""

    @wraps(operation)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")[:80]
        token = request.auth  # type: ignore[attr-defined]
        if not key:
            return operation(request, *args, **kwargs)
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).digest()
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Two equal requests at once: the second waits here and then finds the first one's answer.
                cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [int(token.pk), key])
            found = IdempotencyKey.objects.filter(token=token, key=key).first()
            if found is not None:
                if bytes(found.request_digest) != digest:
                    raise KeyUsedOtherwise()
                return found.status, found.body
            status, body = operation(request, *args, **kwargs)
            stored = json.loads(json.dumps(body, default=str))
            IdempotencyKey.objects.create(
                token=token, key=key, request_digest=digest, status=status, body=stored, at=timezone.now()
            )
        return status, body

    guarded.idempotent = True  # type: ignore[attr-defined]  # for the API's description
    return guarded
