"""Reading members, sessions and tokens."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils import timezone

from maitian.core.sql import ModelColumns, prepared
from maitian.staff.models import ApiToken, Branch, Member, MemberSession, Outlet

# Every request asks who is there, so these two are written by hand and read in one piece.
_session, _token = ModelColumns(MemberSession, "s"), ModelColumns(ApiToken, "t")
_member, _branch, _outlet = ModelColumns(Member, "m"), ModelColumns(Branch, "b"), ModelColumns(Outlet, "o")
_WHO = f"{_member.text}, {_branch.text}, {_outlet.text}"
_ACTIVE = "JOIN staff_member m ON m.id = {of} AND m.active JOIN staff_branch b ON b.id = m.branch_id LEFT JOIN staff_outlet o ON o.id = m.outlet_id"
OF_SESSION = f"""
SELECT {_session.text}, {_WHO} FROM staff_membersession s {_ACTIVE.format(of="s.member_id")}
 WHERE s.session_key = %s AND s.member_id = %s AND s.ended_at IS NULL
"""
OF_TOKEN = f"""
SELECT {_token.text}, {_WHO} FROM staff_apitoken t {_ACTIVE.format(of="t.member_id")}
 WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s
"""


def _one(sql: str, parameters: list[Any], first: ModelColumns[Any]) -> Any:
    """The session or token of a row, with its member, branch and outlet at hand; both are named by something unique."""
    rows = prepared(sql, parameters)
    if not rows:
        return None
    values = rows[0]
    found, rest = first.read(values[: first.width]), values[first.width :]
    found.member, rest = _member.read(rest[: _member.width]), rest[_member.width :]
    found.member.branch = _branch.read(rest[: _branch.width])
    found.member.outlet = _outlet.read(rest[_branch.width :]) if found.member.outlet_id is not None else None
    return found


def session_of(session_key: str, member_id: int) -> MemberSession | None:
    """The session behind a key, if it was not ended and its member is active."""
    found: MemberSession | None = _one(OF_SESSION, [session_key, member_id], _session)
    return found


def token_owner(text: str) -> ApiToken | None:
    """The living token behind a bearer text, with its active member."""
    now = timezone.now()
    found: ApiToken | None = _one(OF_TOKEN, [hashlib.sha256(text.encode()).digest(), now], _token)
    if found is not None and (found.used_at is None or (now - found.used_at).total_seconds() > 60):
        ApiToken.objects.filter(pk=found.pk).update(used_at=now)
    return found


def actor_names(actors: set[str]) -> dict[str, str]:
    """``member:3`` → the member's name, for lists of ledger rows."""
    ids = {int(actor[7:]) for actor in actors if actor.startswith("member:") and actor[7:].isdigit()}
    return {f"member:{member.pk}": member.title for member in Member.objects.filter(pk__in=ids)}
