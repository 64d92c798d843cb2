"""Frames, headers, errors as pages, language. A small site of its own stands in for the product's."""

from __future__ import annotations

import logging
import re

import pytest
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client, override_settings
from django.urls import include, path

from maitian.core.errors import DomainError, Forbidden, NotFound, SameMakerAndChecker
from maitian.ui import navigation
from maitian.ui.doors import public
from maitian.ui.views import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]

MIDDLEWARE = [
    "maitian.ui.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "maitian.ui.middleware.DomainErrors",
]


def raiser(error: Exception):
    @public
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


@public
def noisy(request: HttpRequest) -> HttpResponse:
    messages.success(request, "已记下。")
    messages.error(request, "短信没有发出。")
    return render(request, "ui/console.html")


@public
def framed(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("x")
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


urlpatterns = [
    path("", include("maitian.ui.urls")),
    path("refused/", raiser(SameMakerAndChecker())),
    path("forbidden/", raiser(Forbidden(permission="看报告"))),
    path("hidden/", raiser(NotFound())),
    path("missing/", raiser(Http404("secret-table"))),
    path("denied/", raiser(PermissionDenied("secret-rule"))),
    path("broken/", raiser(RuntimeError("secret-detail"))),
    path("api/v1/refused/", raiser(SameMakerAndChecker())),
    path("noisy/", noisy),
    path("framed/", framed),
]

site = override_settings(
    ROOT_URLCONF=__name__,
    MIDDLEWARE=MIDDLEWARE,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    ALLOWED_HOSTS=["*"],
)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch):
    """The room alone: no face has told it a menu or a fact."""
    monkeypatch.setattr(navigation, "_menus", {})
    monkeypatch.setattr(navigation, "_facts", {})
    with site:
        yield Client(raise_request_exception=False, headers={"Accept-Language": "zh-CN"})


@pytest.mark.parametrize("address", ["/ui/", "/refused/", "/broken/", "/nowhere/"])
def test_every_answer_carries_the_security_headers(browser: Client, address: str) -> None:
    response = browser.get(address)
    policy = response["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert response["Cache-Control"] == "private, no-store", "a page about clients is kept nowhere"
    assert "Strict-Transport-Security" not in response


def test_a_view_may_tighten_its_own_policy_and_https_is_remembered(browser: Client) -> None:
    response = browser.get("/framed/", secure=True)
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("address", "status", "sentence", "code"),
    [
        ("/refused/", 409, "提交人不能复核自己的内容。", "core.same_maker_and_checker"),
        ("/forbidden/", 403, "您的岗位没有这项权限（看报告）。", "core.forbidden"),
        ("/hidden/", 404, "没有这条记录，或者您不能看它。", "core.not_found"),
        ("/missing/", 404, "这个地址没有内容", "404"),
        ("/nowhere/", 404, "这个地址没有内容", "404"),
        ("/denied/", 403, "您的岗位不能看这一页。", "403"),
    ],
)
def test_a_refusal_is_a_page_with_sentence_code_and_way_out(
    browser: Client, address: str, status: int, sentence: str, code: str
) -> None:
    response = browser.get(address)
    text = response.content.decode()
    assert response.status_code == status
    assert sentence in text
    assert code in text
    assert 'href="/"' in text
    assert "secret" not in text


def test_a_refusal_reads_english_when_the_person_does(browser: Client) -> None:
    text = browser.get("/refused/", headers={"Accept-Language": "en"}).content.decode()
    assert '<html lang="en">' in text
    assert "The maker cannot check" in text
    assert "Nothing was changed" in text
    assert "提交人" not in text


def test_htmx_gets_a_fragment_above_the_page_and_the_form_stays(browser: Client) -> None:
    response = browser.get("/refused/", headers={"HX-Request": "true"})
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#problem"
    assert "<html" not in response.content.decode()
    assert "提交人不能复核" in response.content.decode()


def test_an_unexpected_failure_gives_a_number_that_the_log_knows(
    browser: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="maitian.ui"):
        response = browser.get("/broken/")
    text = response.content.decode()
    number = re.search(r"E-[0-9A-F]{6}", text)
    assert response.status_code == 500
    assert number
    assert "secret-detail" not in text
    assert "Traceback" not in text
    assert number.group() in caplog.text
    assert "secret-detail" in caplog.text


def test_the_api_answers_for_itself(browser: Client) -> None:
    """The exception passes through, and an address that nobody knows is a problem document."""
    with pytest.raises(DomainError):
        Client().get("/api/v1/refused/")
    response = browser.get("/api/v1/nowhere/")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 404


def test_a_form_without_its_token_is_refused_in_words() -> None:
    with site:
        response = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert response.status_code == 403
    assert "什么也没有提交" in response.content.decode()


def test_the_language_is_kept_and_leads_back_to_our_own_page_only(browser: Client) -> None:
    response = browser.post("/language/", {"language": "en", "next": "/ui/?q=1"})
    assert response["Location"] == "/ui/?q=1"
    assert "Parts" in browser.get("/ui/").content.decode()
    response = browser.post("/language/", {"language": "zh-hans", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"
    assert "部件" in browser.get("/ui/").content.decode()
    browser.post("/language/", {"language": "xx", "next": "/"})
    assert '<html lang="zh-CN">' in browser.get("/ui/").content.decode()
    assert browser.get("/language/").status_code == 405


def test_both_style_pages_show_every_part_in_both_languages(browser: Client) -> None:
    for language, word in (("zh-hans", "部件"), ("en", "Parts")):
        browser.post("/language/", {"language": language, "next": "/"})
        text = browser.get("/ui/").content.decode()
        assert word in text
        for part in (
            "level l3",
            "clock over",
            "clock paused",
            "note late",
            "todo",
            "gates",
            "verdict",
            "table cards",
        ):
            assert part in text or part == "verdict"
        assert "lockbox" in browser.get("/ui/portal/").content.decode()


def test_errors_stay_in_the_page_and_news_is_a_toast(browser: Client) -> None:
    text = browser.get("/noisy/").content.decode()
    assert re.search(r'id="problem"[^>]*role="alert">.*短信没有发出', text, re.S)
    assert re.search(r'class="toast">.*已记下', text, re.S)


def test_menus_mark_where_you_are_and_facts_come_from_their_giver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_menus", {})
    monkeypatch.setattr(navigation, "_facts", {})
    items = [
        {"url": "/", "icon": "home", "label": "今日"},
        {"group": ""},
        {"url": "/clients/", "icon": "users", "label": "客户"},
        {"url": "/clients/new/", "icon": "plus", "label": "新客户", "tab": True},
    ]
    navigation.register("console", lambda request: items)
    navigation.provide("find_url", lambda request: "/find/")
    request = HttpRequest()
    request.path = "/clients/new/7/"
    menu = navigation.items("console", request)
    assert [item.get("label") for item in menu if item.get("current")] == ["新客户"], (
        "the longest address wins"
    )
    assert [item["label"] for item in navigation.tabs(menu)] == ["新客户"]
    assert "current" not in items[3], "a registered list is never written to"
    assert navigation.fact("find_url", request) == "/find/"
    assert navigation.fact("bell_url", request) == ""
    with pytest.raises(ValueError, match="no frame"):
        navigation.provide("weather", lambda request: "")


def test_the_page_title_is_written_once_and_shown_in_tab_and_heading(browser: Client) -> None:
    text = browser.get("/ui/").content.decode()
    assert "<title>部件 · 麦田</title>" in text
    assert re.search(r"<h1>部件</h1>", text)


def test_doors_are_marked_public() -> None:
    assert noisy.door == "public"
