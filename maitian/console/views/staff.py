"""Who works here: the four centres, one member's page, joining, changing, leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients import queries as clients
from maitian.core import ledger
from maitian.core.errors import DomainError, NotFound
from maitian.staff import actions, ledger_kinds, permission_words
from maitian.staff.access import ALL, PERMISSIONS, door, no_permission
from maitian.staff.models import Centre, Member, Outlet, Role
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

SHOWN_ONCE = "password_shown_once"
# What a member's page tells: who changed what, not every sign-in.
CHANGES = sorted(
    ledger_kinds.KINDS.keys() - {"staff.signed_in", "staff.session_ended", "staff.sessions_ended"}
)


def _found(member: Member, given: Any) -> QuerySet[Member]:
    """The branch's members by centre, role, state and a few letters of the name."""
    rows = (
        Member.objects.filter(branch=member.branch).select_related("outlet").order_by("centre", "role", "pk")
    )
    if given.get("centre") in Centre.values:
        rows = rows.filter(centre=given["centre"])
    if given.get("role") in Role.values:
        rows = rows.filter(role=given["role"])
    if given.get("state") in ("active", "left"):
        rows = rows.filter(active=given["state"] == "active")
    words = given.get("q", "").strip()[:40]
    if words:
        rows = rows.filter(
            Q(name__icontains=words)
            | Q(name_en__icontains=words)
            | Q(sign_in_name__istartswith=words)
            | Q(initials__istartswith=words)
        )
    return rows


@door("staff.view")
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """The four centres and who works there (G9)."""
    member = request.member  # type: ignore[attr-defined]
    counts = dict(
        Member.objects.filter(branch=member.branch, active=True)
        .values_list("centre")
        .annotate(Count("pk"))
        .order_by()
    )
    return render(
        request, "console/staff.html",
        {
            "window": window(_found(member, request.GET), request, size=50),
            "centres": [(value, label, counts.get(value, 0)) for value, label in Centre.choices],
            "roles": Role.choices, "given": request.GET, "may_manage": member.may("staff.manage"),
        },
    )  # fmt: skip


def _choices(member: Member) -> dict[str, Any]:
    return {
        "centres": Centre.choices,
        "roles": Role.choices,
        "outlets": [
            (str(item.pk), item.title) for item in Outlet.objects.filter(branch=member.branch).order_by("pk")
        ],
    }


@door("staff.view")
def one(request: HttpRequest, member_id: int) -> HttpResponse:
    """One member: what the role may do, whose clients, what was changed and by whom; the form to change it."""
    reader = request.member  # type: ignore[attr-defined]
    found = (
        Member.objects.filter(branch=reader.branch, pk=member_id).select_related("branch", "outlet").first()
    )
    if found is None:
        raise NotFound()
    given, error, field = _given(found), "", ""
    if request.method == "POST":
        if not reader.may("staff.manage"):
            raise no_permission("staff.manage")
        given = request.POST.dict()
        try:
            if actions.change_member(member_id, by=reader, values=given):
                messages.success(request, _("已改，下一次点击就生效"))
            else:
                messages.info(request, _("没有改动"))
            return redirect("console:member", member_id)
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
    count = clients.count_covered(found)
    told = reader.may("staff.manage") or reader.may("ledger.view")
    history = ledger.of_object("member", str(member_id), kinds=CHANGES, limit=20) if told else []
    return render(
        request, "console/member.html",
        {
            "who": found, "given": given, "error": error, "field": field, **_choices(reader),
            "rooms": permission_words.by_room(PERMISSIONS[found.role]),
            "clients": count, "waiting": 0 if found.active and found.role in (Role.ACCOUNT_MANAGER, Role.ADVISER) else count,
            "locked": found.is_locked, "may_manage": reader.may("staff.manage"),
            "may_assign": reader.may("coverage.assign"), "is_self": found.pk == reader.pk,
            "fresh": request.session.pop(SHOWN_ONCE, {}).get(str(member_id), ""),
            "history": history, "names": actor_names({item.actor for item in history}),
        },
        status=422 if error else 200,
    )  # fmt: skip


def _given(member: Member) -> dict[str, str]:
    return {
        "name": member.name, "name_en": member.name_en, "centre": member.centre, "role": member.role,
        "outlet": str(member.outlet_id or ""), "phone": member.phone, "licence_number": member.licence_number,
    }  # fmt: skip


@door("staff.manage")
def new(request: HttpRequest) -> HttpResponse:
    """A new member; the temporary password is shown once, on the member's page."""
    reader = request.member  # type: ignore[attr-defined]
    given, error, field = {"centre": Centre.MARKETING.value, "role": Role.ACCOUNT_MANAGER.value}, "", ""
    if request.method == "POST":
        given = request.POST.dict()
        try:
            made, password = actions.add_member(
                by=reader, sign_in_name=given.get("sign_in_name", ""), values=given
            )
            request.session[SHOWN_ONCE] = {str(made.pk): password}
            return redirect("console:member", made.pk)
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
    return render(
        request, "console/member_new.html",
        {"given": given, "error": error, "field": field, **_choices(reader)}, status=422 if error else 200,
    )  # fmt: skip


@door("staff.manage")
@require_POST
def leave(request: HttpRequest, member_id: int) -> HttpResponse:
    member = actions.leave(member_id, by=request.member)  # type: ignore[attr-defined]
    count = clients.count_covered(member)
    if count:
        messages.warning(
            request, _("%(name)s 已离职，%(count)s 户等人接手") % {"name": member.title, "count": count}
        )
    else:
        messages.success(request, _("%(name)s 已离职") % {"name": member.title})
    return redirect("console:member", member_id)


@door("staff.manage")
@require_POST
def come_back(request: HttpRequest, member_id: int) -> HttpResponse:
    actions.come_back(member_id, by=request.member)  # type: ignore[attr-defined]
    return redirect("console:member", member_id)


@door("staff.manage")
@require_POST
def unlock(request: HttpRequest, member_id: int) -> HttpResponse:
    member = actions.unlock(member_id, by=request.member)  # type: ignore[attr-defined]
    messages.success(request, _("%(name)s 可以再试了") % {"name": member.title})
    return redirect("console:member", member_id)


@door("staff.view")
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """What each role may do, in words."""
    roles = [(value, label) for value, label in Role.choices if value in PERMISSIONS]
    matrix = [
        (room, [(code, words, [code in PERMISSIONS[role] for role, _label in roles]) for code, words in rows])
        for room, rows in permission_words.by_room(ALL)
    ]
    return render(
        request, "console/permissions.html", {"roles": roles, "matrix": matrix, "width": len(roles) + 1}
    )


@door("staff.manage")
@require_POST
def reset(request: HttpRequest, member_id: int) -> HttpResponse:
    password = actions.reset_password(member_id, by=request.member)  # type: ignore[attr-defined]
    request.session[SHOWN_ONCE] = {str(member_id): password}
    return redirect("console:member", member_id)
