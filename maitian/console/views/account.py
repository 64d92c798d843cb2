"""Signing in and out; one's own sessions, password and tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.actions import check_contact
from maitian.core import rulebook
from maitian.core.errors import DomainError
from maitian.staff import actions, browsers, permission_words
from maitian.staff.access import PERMISSIONS, door
from maitian.staff.middleware import SESSION_KEY
from maitian.staff.models import ApiToken, Language, MemberSession
from maitian.ui.doors import public


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; the session's key changes, so that one planted before is worth nothing."""
    target = request.POST.get("next") or request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    error = ""
    if request.method == "POST":
        try:
            member = actions.sign_in(request.POST.get("name", ""), request.POST.get("password", ""))
        except DomainError as refused:
            error = refused.sentence()
        else:
            request.session.flush()
            request.session[SESSION_KEY] = member.pk
            request.session.save()
            actions.open_session(
                member,
                request.session.session_key or "",
                request.META.get("REMOTE_ADDR"),
                request.headers.get("User-Agent", ""),
            )
            return redirect(target)
    return render(
        request,
        "console/sign_in.html",
        {"error": error, "next": target, "name": request.POST.get("name", "")},
        status=401 if error else 200,
    )


@door("home.view")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    MemberSession.objects.filter(session_key=request.session.session_key, ended_at=None).update(
        ended_at=timezone.now()
    )
    request.session.flush()
    return redirect("console:sign_in")


def _me(request: HttpRequest, failed: str = "", refused: DomainError | None = None) -> HttpResponse:
    """One's own page; ``failed`` names the form that was refused: its sentence stands above it, what was typed is kept."""
    member = request.member  # type: ignore[attr-defined]
    return render(
        request, "console/me.html",
        {
            "sessions": [
                (item, browsers.described(item.browser), item.session_key == request.session.session_key)
                for item in MemberSession.objects.filter(member=member, ended_at=None).order_by("-seen_at")[:20]
            ],
            "tokens": [
                (token, permission_words.by_room(token.scopes), token.expires_at <= timezone.now())
                for token in ApiToken.objects.filter(member=member, revoked_at=None).order_by("-made_at")[:20]
            ],
            "rooms": permission_words.by_room(PERMISSIONS[member.role]), "fresh": request.session.pop("fresh_token", ""),
            "least": rulebook.at().staff.password.length, "failed": failed, "refused": refused,
            "mobile": request.POST.get("mobile", member.mobile), "email": request.POST.get("email", member.email),
            "language": request.POST.get("language", member.language), "languages": Language.choices,
            "title": request.POST.get("title", ""), "chosen": request.POST.getlist("scopes"),
        },
        status=refused.status if refused else 200,
    )  # fmt: skip


@door("home.view")
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """One's own sessions, password, tokens."""
    return _me(request)


@door("home.view")
@require_POST
def own_addresses(request: HttpRequest) -> HttpResponse:
    """One's own phone and mailbox, to which test messages and alarms of clocks go, and the language of these mails."""
    given, member = request.POST, request.member  # type: ignore[attr-defined]
    mobile, email = given.get("mobile", "").strip(), given.get("email", "").strip()
    try:
        check_contact("phone", mobile)
        check_contact("email", email)
    except DomainError as refused:
        return _me(request, "addresses", refused)
    actions.set_own_addresses(member, mobile=mobile, email=email, language=given.get("language", ""))
    messages.success(request, _("已存"))
    return redirect("console:me")


@door("home.view")
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """A new password ends every session, this one too."""
    try:
        actions.change_password(request.member, request.POST.get("old", ""), request.POST.get("new", ""))  # type: ignore[attr-defined]
    except DomainError as refused:
        return _me(request, "password", refused)
    request.session.flush()
    messages.success(request, _("密码已改，请用新密码登录"))
    return redirect("console:sign_in")


@door("home.view")
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    actions.end_session(member, session_id, actor=member.actor)
    messages.success(request, _("已结束"))
    return redirect("console:me")


@door("home.view")
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    ended = actions.end_other_sessions(member, request.session.session_key or "", actor=member.actor)
    messages.success(request, _("结束了 %(count)s 个登录") % {"count": ended})
    return redirect("console:me")


@door("tokens.own")
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """The text is shown once, on the next page."""
    try:
        text = actions.make_token(
            request.member,  # type: ignore[attr-defined]
            request.POST.get("title", ""),
            request.POST.getlist("scopes"),
        )
    except DomainError as refused:
        return _me(request, "token", refused)
    request.session["fresh_token"] = text
    return redirect("console:me")


@door("tokens.own")
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    actions.revoke_token(request.member, token_id)  # type: ignore[attr-defined]
    return redirect("console:me")
