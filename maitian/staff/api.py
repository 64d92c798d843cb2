"""API of staff: who works here and in which role, the caller and his sessions."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from maitian.core.errors import NotFound
from maitian.staff import actions, browsers, permission_words
from maitian.staff.access import ALL, PERMISSIONS, scope
from maitian.staff.contract import Body, caller, page
from maitian.staff.models import Member, MemberSession

router = Router(tags=["staff"])


class MemberOut(Schema):
    id: int
    name: str
    name_en: str
    role: str
    centre: str
    active: bool


class OneOut(MemberOut):
    sign_in_name: str
    outlet: int | None
    phone: str
    licence_number: str
    is_locked: bool
    password_is_temporary: bool
    joined_on: date | None


class MadeOut(OneOut):
    temporary_password: str


class PasswordOut(Schema):
    temporary_password: str


class ChangedOut(Schema):
    changed: list[str]


class MeOut(MemberOut):
    permissions: list[str]


class PermissionOut(Schema):
    code: str
    zh: str
    en: str
    roles: list[str]


class SessionOut(Schema):
    id: int
    browser: str
    address: str | None
    started_at: datetime
    seen_at: datetime


class MemberIn(Body):
    name: str
    name_en: str = ""
    centre: str
    role: str
    outlet: int | None = None
    phone: str = ""
    licence_number: str = ""


class NewMemberIn(MemberIn):
    sign_in_name: str


class MemberChangeIn(Body):
    """Only what is given changes; ``outlet`` null is the branch itself."""

    name: str | None = None
    name_en: str | None = None
    centre: str | None = None
    role: str | None = None
    outlet: int | None = None
    phone: str | None = None
    licence_number: str | None = None


def _one(member: Member) -> dict[str, Any]:
    return {
        **MemberOut.from_orm(member).dict(), "sign_in_name": member.sign_in_name, "outlet": member.outlet_id,
        "phone": member.phone, "licence_number": member.licence_number, "is_locked": member.is_locked,
        "password_is_temporary": member.password_is_temporary, "joined_on": member.joined_on,
    }  # fmt: skip


def _member(request: HttpRequest, member_id: int) -> Member:
    found = Member.objects.filter(branch_id=caller(request).branch_id, pk=member_id).first()
    if found is None:
        raise NotFound()
    return found


@router.get("/me", response=MeOut, auth=scope("home.view"))
def me(request: HttpRequest) -> Any:
    """Whose token this is, and what the role may do."""
    member = caller(request)
    return {**MemberOut.from_orm(member).dict(), "permissions": sorted(PERMISSIONS[member.role])}


@router.get("/members", response=list[MemberOut], auth=scope("staff.view"))
def members(
    request: HttpRequest, response: HttpResponse, role: str = "", after: int = 0, limit: int = 50
) -> Any:
    """The branch's members, by id."""
    rows = Member.objects.filter(branch_id=caller(request).branch_id, pk__gt=after).order_by("pk")
    if role:
        rows = rows.filter(role=role)
    return page(request, response, rows, limit, lambda item: item.pk)


@router.get("/members/{member_id}", response=OneOut, auth=scope("staff.view"))
def member(request: HttpRequest, member_id: int) -> Any:
    """One member of the branch."""
    return _one(_member(request, member_id))


@router.post("/members", response={201: MadeOut}, auth=scope("staff.manage"))
def add_member(request: HttpRequest, body: NewMemberIn) -> Any:
    """A new member. The temporary password is in this answer only, and must be changed at the first sign-in."""
    made, password = actions.add_member(
        by=caller(request), sign_in_name=body.sign_in_name, values=body.dict(exclude={"sign_in_name"})
    )
    return 201, {**_one(made), "temporary_password": password}


@router.patch("/members/{member_id}", response=ChangedOut, auth=scope("staff.manage"))
def change_member(request: HttpRequest, member_id: int, body: MemberChangeIn) -> Any:
    """Change the given fields; a new role holds at once, for pages and tokens."""
    values = {**_one(_member(request, member_id)), **body.dict(exclude_unset=True)}
    return {"changed": actions.change_member(member_id, by=caller(request), values=values)}


@router.post("/members/{member_id}/leave", response=OneOut, auth=scope("staff.manage"))
def leave(request: HttpRequest, member_id: int) -> Any:
    """Sign-in and tokens end; the member's clients are gaps of coverage until they are given on."""
    actions.leave(member_id, by=caller(request))
    return _one(_member(request, member_id))


@router.post("/members/{member_id}/return", response=OneOut, auth=scope("staff.manage"))
def come_back(request: HttpRequest, member_id: int) -> Any:
    """Somebody who left works here again."""
    actions.come_back(member_id, by=caller(request))
    return _one(_member(request, member_id))


@router.post("/members/{member_id}/unlock", response=OneOut, auth=scope("staff.manage"))
def unlock(request: HttpRequest, member_id: int) -> Any:
    """After too many wrong passwords: the member may try again at once."""
    actions.unlock(member_id, by=caller(request))
    return _one(_member(request, member_id))


@router.post("/members/{member_id}/password", response=PasswordOut, auth=scope("staff.manage"))
def reset_password(request: HttpRequest, member_id: int) -> Any:
    """A temporary password, in this answer only; every browser and token of the member ends."""
    return {"temporary_password": actions.reset_password(member_id, by=caller(request))}


@router.get("/permissions", response=list[PermissionOut], auth=scope("staff.view"))
def permissions(request: HttpRequest) -> Any:
    """Every permission in words, and the roles that have it."""
    found = []
    for code in sorted(ALL):
        zh, en = permission_words.words(code)
        found.append(
            {
                "code": code,
                "zh": zh,
                "en": en,
                "roles": [role for role in PERMISSIONS if code in PERMISSIONS[role]],
            }
        )
    return found


@router.get("/me/sessions", response=list[SessionOut], auth=scope("home.view"))
def sessions(request: HttpRequest) -> Any:
    """The browsers in which the caller is signed in, the one used last first."""
    rows = MemberSession.objects.filter(member=caller(request), ended_at=None).order_by("-seen_at")[:100]
    return [
        {"id": row.pk, "browser": browsers.described(row.browser), "address": row.address,
         "started_at": row.started_at, "seen_at": row.seen_at}
        for row in rows
    ]  # fmt: skip


@router.delete("/me/sessions/{session_id}", response={204: None}, auth=scope("home.view"))
def end_session(request: HttpRequest, session_id: int) -> Any:
    """Sign out one of the caller's own browsers."""
    member = caller(request)
    actions.end_session(member, session_id, actor=member.actor)
    return 204, None
