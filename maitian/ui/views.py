"""Pages of the house itself: language, style page, and the last answers when nothing else answers."""

from __future__ import annotations

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from maitian.ui import problems, samples
from maitian.ui.doors import public


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in its cookie for a year and go back to ``next``, a page of ours only."""
    chosen = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 3600,
            path="/",
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


@public
@require_safe
def style_page(request: HttpRequest) -> HttpResponse:
    """Every part in every state, in the active language. Its figures are invented."""
    return render(request, "ui/style.html", samples.everything())


@public
@require_safe
def style_portal(request: HttpRequest) -> HttpResponse:
    """The portal's parts in its own frame."""
    return render(request, "ui/style_portal.html", samples.everything())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``settings.CSRF_FAILURE_VIEW``."""
    return problems.expired_form(request)


def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problems.bad_request(request)


def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problems.forbidden(request)


def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problems.missing(request)


def handler500(request: HttpRequest) -> HttpResponse:
    with translation.override(translation.get_language() or settings.LANGUAGE_CODE):
        return problems.broken(request, sys.exc_info()[1])
