"""Refusals and failures as pages: one sentence, a code, what to do; never a trace.

One place makes them, so that a refused action, a missing page and a broken program look alike.
"""

from __future__ import annotations

import logging
import secrets

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from maitian.core.errors import DomainError

logger = logging.getLogger("maitian.ui")


def error_number() -> str:
    """A short number that a person can read out on the phone and that is found in the log: ``E-7F31A2``."""
    return f"E-{secrets.token_hex(3).upper()}"


def for_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/v")


def answer(
    request: HttpRequest | None,
    *,
    status: int,
    heading: str,
    sentence: str,
    code: str,
    what_to_do: str = "",
    plain: bool = False,
) -> HttpResponse:
    """The page, or for htmx a fragment that lands above the content and leaves what was typed alone.

    ``plain`` renders without context processors: the page must come even when those are what failed.
    """
    facts = {"heading": heading, "sentence": sentence, "code": code, "what_to_do": what_to_do}
    if request is not None and for_api(request):
        body = {"type": "about:blank", "title": sentence, "status": status, "code": code}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    if (
        request is not None
        and request.headers.get("HX-Request") == "true"
        and not request.headers.get("HX-Boosted")
    ):
        fragment = render_to_string("ui/problem.html", facts)
        headers = {"HX-Retarget": "#problem", "HX-Reswap": "innerHTML", "HX-Reselect": ".problem"}
        return HttpResponse(fragment, status=status, headers=headers)
    facts["back_url"] = _back(request)
    return HttpResponse(render_to_string("ui/error.html", facts, None if plain else request), status=status)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal of the business: its own sentence, code and status."""
    if error.status == 404:
        return missing(request, sentence=error.sentence(), code=error.code)
    if error.status == 403:
        return forbidden(request, sentence=error.sentence(), code=error.code)
    return answer(
        request,
        status=error.status,
        heading=_("没有办成"),
        sentence=error.sentence(),
        code=error.code,
        what_to_do=_("什么也没有改。改好后再试一次。"),
    )


def missing(request: HttpRequest, sentence: str = "", code: str = "404") -> HttpResponse:
    return answer(
        request,
        status=404,
        heading=_("没有这个页面"),
        sentence=sentence or _("这个地址没有内容，或者您不能看它。"),
        code=code,
        what_to_do=_("检查一下地址，或从首页重新找。"),
    )


def forbidden(request: HttpRequest, sentence: str = "", code: str = "403") -> HttpResponse:
    return answer(
        request,
        status=403,
        heading=_("没有权限"),
        sentence=sentence or _("您的岗位不能看这一页。"),
        code=code,
        what_to_do=_("需要的话，请找营业部负责人开通。"),
    )


def bad_request(request: HttpRequest) -> HttpResponse:
    return answer(
        request,
        status=400,
        heading=_("没有看懂"),
        sentence=_("这次请求的内容不完整，或格式不对。"),
        code="400",
        what_to_do=_("回到刚才的页面再试一次。"),
    )


def expired_form(request: HttpRequest) -> HttpResponse:
    return answer(
        request,
        status=403,
        heading=_("页面放得太久了"),
        sentence=_("这张表的凭证已经失效，什么也没有提交。"),
        code="csrf",
        what_to_do=_("回到刚才的页面，刷新后再提交。请确认浏览器允许本站的 Cookie。"),
    )


def broken(request: HttpRequest | None, error: BaseException | None) -> HttpResponse:
    """An unexpected failure: the trace goes to the log under a short number, the number to the person."""
    number = error_number()
    where = f"{request.method} {request.path}" if request is not None else "?"
    logger.error("%s unexpected failure at %s", number, where, exc_info=error)
    return answer(
        request,
        status=500,
        heading=_("出了故障"),
        sentence=_("服务器没有办成这件事，已经记下来了。"),
        code=number,
        what_to_do=_("请再试一次。还不行，请把编号 %(number)s 告诉值班同事。") % {"number": number},
        plain=True,
    )


def _back(request: HttpRequest | None) -> str:
    """Where the person came from, if that is a page of ours and not this one."""
    if request is None:
        return ""
    came_from = request.headers.get("Referer", "")
    here = {request.get_host()}
    if (
        came_from
        and url_has_allowed_host_and_scheme(came_from, here)
        and came_from != request.build_absolute_uri()
    ):
        return came_from
    return ""
