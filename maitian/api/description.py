"""The OpenAPI document with what every operation shares: problems, scopes, idempotency keys, links to the next page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ninja import NinjaAPI

from maitian.staff.access import scope

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `code` is stable; `title` is in the caller's language, `zh` and `en` in theirs.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "zh": {"type": "string"},
        "en": {"type": "string"},
        "field": {"type": ["string", "null"], "description": "the field that the sentence belongs to"},
        "errors": {
            "type": "array",
            "items": {"type": "object"},
            "description": "every wrong field of a body",
        },
    },
}
REFUSALS = {
    "400": "The body is not JSON",
    "401": "No valid token",
    "403": "The token lacks the scope",
    "404": "There is no such record, or the token's owner may not see it",
    "409": "It cannot be done now, or was done already",
    "422": "Something in the request is wrong; the sentence says what would be right",
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 80},
    "description": "The same key with the same request is answered again and not done again; with another request it is refused (409).",
}


@dataclass(frozen=True)
class Operation:
    """One operation for the reference page."""

    method: str
    path: str
    scope: str
    tag: str
    words: str
    idempotent: bool


class Described(NinjaAPI):
    """The API with a complete description."""

    def listed(self) -> Iterator[Operation]:
        """Every operation in the order of the rooms."""
        for prefix, router in self._routers:
            for path, view in router.path_operations.items():
                for operation in view.operations:
                    guards = [guard for guard in operation.auth_callbacks if isinstance(guard, scope)]
                    tags = operation.tags or router.tags or [""]
                    yield Operation(
                        sorted(operation.methods)[0], "/api/v1" + prefix + path, guards[0].permission if guards else "",
                        str(tags[0]), (operation.description or operation.summary or "").strip().split("\n")[0],
                        bool(getattr(operation.view_func, "idempotent", False)),
                    )  # fmt: skip

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(*args, **kwargs)
        schema["components"].setdefault("schemas", {})["Problem"] = PROBLEM
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        known = {(item.method.lower(), item.path): item for item in self.listed()}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                for status, words in REFUSALS.items():
                    operation["responses"].setdefault(status, {"description": words, "content": content})
                item = known.get((method, path))
                if item is None:
                    continue
                operation["description"] = (
                    f"{operation.get('description', '')}\n\nScope: `{item.scope}`".strip()
                )
                if item.idempotent:
                    operation.setdefault("parameters", []).append(KEY)
        return schema
