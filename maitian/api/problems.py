"""Errors of the API as problem details (RFC 9457) in the caller's language."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from maitian.core.errors import DomainError


def problem(status: int, code: str, title: str, **more: Any) -> HttpResponse:
    """One problem; ``code`` is stable, ``title`` is for a person."""
    body = {"type": f"urn:maitian:{code}", "title": title, "status": status, "code": code, **more}
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def register(api: NinjaAPI) -> None:
    """Every refusal of the API goes through here."""

    @api.exception_handler(DomainError)
    def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem(
            error.status,
            error.code,
            error.sentence(),
            field=error.field,
            zh=error.sentence("zh-hans"),
            en=error.sentence("en"),
        )

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(
            401, "api.token_wrong", "请在 Authorization 头里给有效的令牌。 Give a valid bearer token."
        )

    @api.exception_handler(ValidationError)
    def wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
            for item in error.errors
        ]
        return problem(
            422,
            "api.body_wrong",
            "请求内容不对，见 errors。 The request is wrong, see errors.",
            errors=fields,
        )

    @api.exception_handler(Http404)
    @api.exception_handler(ObjectDoesNotExist)
    def missing(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(
            404,
            "core.not_found",
            "没有这条记录，或者您不能看它。 There is no such record, or you may not see it.",
        )

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "api.refused", str(error))

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        from maitian.ui.problems import error_number, logger

        number = error_number()
        logger.error("%s %s", number, request.path, exc_info=error)
        return problem(
            500, "api.broken", f"系统出错了，编号 {number}。 Something broke, number {number}.", number=number
        )
