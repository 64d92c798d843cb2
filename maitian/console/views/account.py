"""Signing in and out, one's own sessions, password and tokens; the list of staff."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError
from maitian.staff import actions
from maitian.staff.access import PERMISSIONS, door
from maitian.staff.middleware import SESSION_KEY
from maitian.staff.models import ApiToken, Centre, Member, MemberSession
from maitian.ui.doors import public
from maitian.ui.paging import window


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


@door("home.view")
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """One's own sessions, password, tokens."""
    member = request.member  # type: ignore[attr-defined]
    return render(
        request, "console/me.html",
        {
            "sessions": MemberSession.objects.filter(member=member, ended_at=None).order_by("-seen_at")[:20],
            "current": request.session.session_key, "tokens": ApiToken.objects.filter(member=member, revoked_at=None).order_by("-made_at")[:20],
            "scopes": sorted(PERMISSIONS[member.role]), "fresh": request.session.pop("fresh_token", ""),
        },
    )  # fmt: skip


@door("home.view")
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    actions.change_password(request.member, request.POST.get("old", ""), request.POST.get("new", ""))  # type: ignore[attr-defined]
    request.session.flush()
    return redirect("console:sign_in")


@door("home.view")
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    actions.end_session(member, session_id, actor=member.actor)
    messages.success(request, _("已结束"))
    return redirect("console:me")


@door("tokens.own")
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """The text is shown once, on the next page."""
    request.session["fresh_token"] = actions.make_token(
        request.member,  # type: ignore[attr-defined]
        request.POST.get("title", "") or _("令牌"),
        request.POST.getlist("scopes"),  # type: ignore[attr-defined]
    )
    return redirect("console:me")


@door("tokens.own")
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    actions.revoke_token(request.member, token_id)  # type: ignore[attr-defined]
    return redirect("console:me")


@door("staff.view")
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """The four centres and who works there (G9)."""
    chosen = request.GET.get("centre", "")
    members = (
        Member.objects.filter(branch=request.member.branch)  # type: ignore[attr-defined]
        .select_related("outlet")
        .order_by("centre", "role", "pk")
    )  # type: ignore[attr-defined]
    if chosen in Centre.values:
        members = members.filter(centre=chosen)

    return render(
        request,
        "console/staff.html",
        {"window": window(members, request, size=50), "centres": Centre.choices, "chosen": chosen},
    )
