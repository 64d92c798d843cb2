"""API of staff: who works here, and the caller."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from maitian.staff.access import PERMISSIONS, scope
from maitian.staff.contract import caller, page
from maitian.staff.models import Member

router = Router(tags=["staff"])


class MemberOut(Schema):
    id: int
    name: str
    name_en: str
    role: str
    centre: str
    active: bool


class MeOut(MemberOut):
    permissions: list[str]


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
