"""Errors of the API as problem details (RFC 9457) in the caller's language."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from maitian.core.errors import DomainError, NotFound
from maitian.ui.middleware import guarded


def problem(status: int, code: str, zh: str, en: str, **more: Any) -> HttpResponse:
    """One problem; ``code`` is stable, ``title`` is for a person in the caller's language."""
    title = en if (get_language() or "").startswith("en") else zh
    body = {
        "type": f"urn:maitian:{code}", "title": title, "status": status, "code": code, "zh": zh, "en": en, **more,
    }  # fmt: skip
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


# What pydantic found, in our words: ``{field}`` and what its context holds (``ge``, ``le``, ``max_length`` …).
SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("缺“{field}”。请补上。", "“{field}” is missing. Add it."),
    "extra_forbidden": ("不认识“{field}”。请去掉。", "“{field}” is not known. Remove it."),
    "greater_than_equal": ("“{field}”不能小于 {ge}。", "“{field}” cannot be under {ge}."),
    "less_than_equal": ("“{field}”不能大于 {le}。", "“{field}” cannot be over {le}."),
    "greater_than": ("“{field}”要大于 {gt}。", "“{field}” must be over {gt}."),
    "less_than": ("“{field}”要小于 {lt}。", "“{field}” must be under {lt}."),
    "string_too_long": (
        "“{field}”最多 {max_length} 个字。",
        "“{field}” takes at most {max_length} characters.",
    ),
    "string_too_short": (
        "“{field}”至少 {min_length} 个字。",
        "“{field}” takes at least {min_length} characters.",
    ),
    "too_long": ("“{field}”最多 {max_length} 项。", "“{field}” takes at most {max_length} items."),
    "too_short": ("“{field}”至少 {min_length} 项。", "“{field}” takes at least {min_length} items."),
    "literal_error": ("“{field}”只能是 {expected}。", "“{field}” must be {expected}."),
    "enum": ("“{field}”只能是 {expected}。", "“{field}” must be {expected}."),
    "string_pattern_mismatch": ("“{field}”要符合 {pattern}。", "“{field}” must match {pattern}."),
    "decimal_max_places": (
        "“{field}”最多 {decimal_places} 位小数。",
        "“{field}” takes at most {decimal_places} decimal places.",
    ),
    "decimal_whole_digits": ("“{field}”这个数太大。", "“{field}” is too large a number."),
    "decimal_max_digits": ("“{field}”这个数太大。", "“{field}” is too large a number."),
    "int_parsing_size": ("“{field}”这个数太大。", "“{field}” is too large a number."),
    "json_invalid": ("请求内容不是正确的 JSON。", "The body is not valid JSON."),
}
KINDS: tuple[tuple[str, tuple[str, str]], ...] = (
    ("int", ("“{field}”要填整数。", "“{field}” takes a whole number.")),
    ("float", ("“{field}”要填数字。", "“{field}” takes a number.")),
    ("decimal", ("“{field}”要填数字。", "“{field}” takes a number.")),
    ("finite", ("“{field}”要填数字。", "“{field}” takes a number.")),
    ("bool", ("“{field}”要填 true 或 false。", "“{field}” takes true or false.")),
    ("string", ("“{field}”要填文字。", "“{field}” takes text.")),
    ("list", ("“{field}”要填列表。", "“{field}” takes a list.")),
    ("dict", ("“{field}”要填对象。", "“{field}” takes an object.")),
    ("model", ("“{field}”要填对象。", "“{field}” takes an object.")),
    (
        "datetime",
        ("“{field}”要像 2026-11-24T10:30:00+08:00。", "“{field}” must look like 2026-11-24T10:30:00+08:00."),
    ),
    ("timezone", ("“{field}”要带时区，如 +08:00。", "“{field}” needs a time zone, like +08:00.")),
    ("date", ("“{field}”要像 2026-11-24。", "“{field}” must look like 2026-11-24.")),
    ("time", ("“{field}”要像 10:30。", "“{field}” must look like 10:30.")),
)
OTHER = ("“{field}”的值不对。", "“{field}” has a wrong value.")


def sentences(item: dict[str, Any]) -> dict[str, str]:
    """One of pydantic's findings as ``field``, ``zh`` and ``en``."""
    path = [
        str(part) for part in item["loc"] if part not in ("body", "payload", "query", "path", "form", "file")
    ]
    field = ".".join(path[1:] if len(path) > 1 and path[0] in ("data", "params") else path) or "body"
    kind = str(item["type"])
    zh, en = SENTENCES.get(kind) or next((words for head, words in KINDS if kind.startswith(head)), OTHER)
    facts = {"field": field, **{k: v for k, v in (item.get("ctx") or {}).items() if k != "error"}}
    return {"field": field, "zh": zh.format(**facts), "en": en.format(**facts)}


def register(api: NinjaAPI) -> None:
    """Every refusal of the API goes through here."""

    @api.exception_handler(DomainError)
    def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem(
            error.status, error.code, error.sentence("zh-hans"), error.sentence("en"), field=error.field
        )

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(
            401, "api.token_wrong", "请在 Authorization 头里给有效的令牌。",
            "Give a valid bearer token in the Authorization header.",
        )  # fmt: skip

    @api.exception_handler(ValidationError)
    def wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [sentences(item) for item in error.errors]
        return problem(
            422, "api.body_wrong", found[0]["zh"], found[0]["en"], field=found[0]["field"], errors=found
        )

    @api.exception_handler(Http404)
    @api.exception_handler(ObjectDoesNotExist)
    def missing(request: HttpRequest, error: Exception) -> HttpResponse:
        return refused(request, NotFound())

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 400:
            return problem(400, "api.json_wrong", "请求内容不是正确的 JSON。", "The body is not valid JSON.")
        return problem(error.status_code, "api.refused", "请求没有被接受。", str(error))

    @api.exception_handler(DataError)
    @api.exception_handler(IntegrityError)
    def guard(request: HttpRequest, error: Exception) -> HttpResponse:
        from maitian.ui.problems import logger

        logger.warning("the database refused %s", request.path, exc_info=error)
        refusal = guarded(error)
        assert refusal is not None
        return refused(request, refusal)

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        from maitian.ui.problems import error_number, logger

        number = error_number()
        logger.error("%s %s", number, request.path, exc_info=error)
        return problem(
            500,
            "api.broken",
            f"系统出错了，编号 {number}。",
            f"Something broke, number {number}.",
            number=number,
        )
