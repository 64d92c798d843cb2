"""Who may do what. Every view and API operation carries a door; what has no door is closed.

A permission belongs to roles by the table below. Which *records* a permission reaches is decided by the
room that owns them (``clients.queries.visible_to``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import urlencode
from ninja.security import HttpBearer

from maitian.core.errors import Forbidden
from maitian.staff import permission_words

_EVERYBODY = {"home.view", "tokens.own"}
_SEES_CLIENTS = {"clients.view", "segments.build"}
_SERVES = _SEES_CLIENTS | {
    "clients.edit",
    "clients.reveal",
    "segments.save",
    "suitability.start",
    "offerings.view",
    "library.view",
}
PERMISSIONS: dict[str, frozenset[str]] = {
    "account_manager": frozenset(_EVERYBODY | _SERVES | {"outreach.view", "outreach.message", "calls.make", "shares.view"}),
    "adviser": frozenset(_EVERYBODY | _SERVES | {"outreach.view", "outreach.message", "advice.sign", "calls.make", "shares.view"}),
    "hotline_agent": frozenset(_EVERYBODY | _SERVES | {"outreach.view", "calls.make", "shares.view"}),
    "counter_clerk": frozenset(_EVERYBODY | _SERVES | {"clients.import", "trading.note", "shares.view", "shares.write"}),
    "content_editor": frozenset(
        _EVERYBODY | {"library.view", "library.write", "outreach.view", "outreach.decide", "outreach.send",
                      "outreach.control", "topics.propose", "shares.view", "shares.write", "offerings.view", "segments.build", "segments.save", "simulators.use", "simulators.view"}
    ),
    "campaign_editor": frozenset(
        _EVERYBODY | {"library.view", "outreach.view", "outreach.decide", "outreach.send", "outreach.control", "topics.propose",
                      "shares.view", "shares.write", "offerings.view", "segments.build", "segments.save", "simulators.use", "simulators.view"}
    ),
    "team_lead": frozenset(
        _EVERYBODY | _SERVES | {"outreach.view", "outreach.message", "calls.make", "shares.view", "coverage.view", "coverage.assign", "staff.view"}
    ),
    "branch_manager": frozenset(
        _EVERYBODY | _SERVES | {
            "clients.import", "outreach.view", "outreach.control", "calls.make", "shares.view", "shares.write", "coverage.view", "coverage.assign",
            "offerings.design", "offerings.approve", "levels.decide", "levels.export", "rulebook.view",
            "rulebook.propose", "calendar.view", "calendar.propose", "staff.view", "ledger.view", "simulators.use", "simulators.view",
            "trading.note",
        }
    ),
    "compliance_officer": frozenset(
        _EVERYBODY | _SEES_CLIENTS | {
            "clients.reveal", "library.view", "library.approve", "offerings.view", "offerings.approve",
            "outreach.view", "outreach.control", "topics.approve", "shares.view", "coverage.view", "rulebook.view", "rulebook.approve",
            "calendar.view", "calendar.approve", "ledger.view", "ledger.verify", "webhooks.view", "webhooks.approve", "staff.view", "simulators.view",
        }
    ),
    "administrator": frozenset(
        _EVERYBODY | {"staff.view", "staff.manage", "webhooks.view", "webhooks.propose", "calendar.view", "calendar.propose", "rulebook.view",
                      "ledger.verify", "simulators.use", "simulators.view"}
    ),
}  # fmt: skip
# The desk: seeing and working on the cases that are one's own to see (desk.queries.access says which those are).
_DESK = {"desk.view", "desk.work"}
_DESK_LEADS = _DESK | {"desk.lead", "desk.board"}
_DESK_BY_ROLE = {
    "account_manager": _DESK, "adviser": _DESK, "hotline_agent": _DESK, "counter_clerk": _DESK, "team_lead": _DESK_LEADS | {"desk.configure"},
    "branch_manager": _DESK_LEADS | {"desk.configure", "desk.approve", "desk.letters"},
    "compliance_officer": _DESK_LEADS | {"desk.approve", "desk.letters"},
}  # fmt: skip
# Records of one person: who looks at pairs, who proposes a merge, who agrees to one and takes one back.
_MERGES = {"duplicates.view", "merges.propose"}
_MERGES_BY_ROLE = {
    "hotline_agent": {"duplicates.view"}, "counter_clerk": _MERGES, "team_lead": _MERGES,
    "branch_manager": _MERGES | {"merges.approve"}, "compliance_officer": {"duplicates.view", "merges.approve"},
}  # fmt: skip
PERMISSIONS = {
    role: given | _DESK_BY_ROLE.get(role, set()) | _MERGES_BY_ROLE.get(role, set())
    for role, given in PERMISSIONS.items()
}
# Knowledge: who reads it, who writes articles, who puts them into force.
_KNOWLEDGE = {"knowledge.view"}
_WRITES = _KNOWLEDGE | {"knowledge.write"}
_KNOWLEDGE_BY_ROLE = {
    "account_manager": _KNOWLEDGE, "adviser": _WRITES, "hotline_agent": _WRITES, "counter_clerk": _WRITES, "content_editor": _WRITES,
    "campaign_editor": _KNOWLEDGE, "team_lead": _WRITES | {"knowledge.approve"}, "branch_manager": _WRITES | {"knowledge.approve"},
    "compliance_officer": _KNOWLEDGE | {"knowledge.approve"},
}  # fmt: skip
PERMISSIONS = {role: given | _KNOWLEDGE_BY_ROLE.get(role, set()) for role, given in PERMISSIONS.items()}
# Mails from outside: who sees those that are nobody's yet, who decides about them.
_MAILROOM = {"mailroom.view", "mailroom.work"}
for _role in ("hotline_agent", "team_lead", "branch_manager"):
    PERMISSIONS[_role] |= _MAILROOM
PERMISSIONS["compliance_officer"] |= {"mailroom.view"}
# What came in and nobody could read may hold words and numbers of clients: opened on record, and only by who sees clients.
PERMISSIONS["branch_manager"] |= {"outreach.inspect"}
# Reactions to the ledger that are stuck are mended by those who answer for the system.
for _role in ("branch_manager", "administrator"):
    PERMISSIONS[_role] |= {"reactions.repair"}
# Campaigns: made by editors, approved by compliance; their results are also the branch manager's to see.
_CAMPAIGNS = {"campaigns.view", "campaigns.write", "campaigns.control"}
_CAMPAIGNS_BY_ROLE = {
    "campaign_editor": _CAMPAIGNS, "content_editor": _CAMPAIGNS, "branch_manager": {"campaigns.view", "campaigns.control"},
    "compliance_officer": {"campaigns.view", "campaigns.approve", "campaigns.control"},
}  # fmt: skip
PERMISSIONS = {role: given | _CAMPAIGNS_BY_ROLE.get(role, set()) for role, given in PERMISSIONS.items()}
# Briefings: made by editors, checked by compliance; whoever serves clients signs them up and stands at the door.
_BRIEFINGS = {"briefings.view", "briefings.sign_up", "briefings.let_in"}
_BRIEFINGS_BY_ROLE = {
    "campaign_editor": {"briefings.view", "briefings.write", "briefings.let_in", "briefings.sign_up"},
    "content_editor": {"briefings.view", "briefings.write", "briefings.let_in", "briefings.sign_up"},
    "branch_manager": _BRIEFINGS, "team_lead": _BRIEFINGS, "account_manager": _BRIEFINGS, "adviser": _BRIEFINGS,
    "hotline_agent": _BRIEFINGS, "counter_clerk": _BRIEFINGS, "compliance_officer": {"briefings.view", "briefings.approve"},
}  # fmt: skip
PERMISSIONS = {role: given | _BRIEFINGS_BY_ROLE.get(role, set()) for role, given in PERMISSIONS.items()}
ALL = frozenset().union(*PERMISSIONS.values())


def may(role: str, permission: str) -> bool:
    """Whether the role has the permission. An unknown permission is a fault of ours, not a refusal."""
    if permission not in ALL:
        raise LookupError(permission)
    return permission in PERMISSIONS.get(role, frozenset())


# What is open until a temporary password, which somebody else has seen, is changed.
WITH_TEMPORARY_PASSWORD = ("/staff/me/", "/staff/me/password/", "/sign-out/")


def no_permission(permission: str) -> Forbidden:
    """The refusal, with the permission in words."""
    return Forbidden(permission=permission_words.words(permission))


def door(permission: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Only for signed-in members with ``permission``; others are sent to sign in, or refused."""
    if permission not in ALL:
        raise LookupError(permission)

    def guard(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            member = request.member  # type: ignore[attr-defined]
            if member is None:
                return HttpResponseRedirect("/sign-in/?" + urlencode({"next": request.get_full_path()}))
            if member.password_is_temporary and request.path not in WITH_TEMPORARY_PASSWORD:
                return HttpResponseRedirect("/staff/me/")
            if not may(member.role, permission):
                raise no_permission(permission)
            return view(request, *args, **kwargs)

        entered.door = permission  # type: ignore[attr-defined]
        return entered

    return guard


def portal_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for a client who is signed in to the portal."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.client_id is None:  # type: ignore[attr-defined]
            return HttpResponseRedirect("/portal/sign-in/?" + urlencode({"next": request.get_full_path()}))
        return view(request, *args, **kwargs)

    entered.door = "portal"  # type: ignore[attr-defined]
    return entered


class scope(HttpBearer):
    """API authentication: a bearer token that was given ``permission``, whose owner still has it."""

    def __init__(self, permission: str) -> None:
        if permission not in ALL:
            raise LookupError(permission)
        super().__init__()
        self.permission = permission

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        from maitian.staff.queries import token_owner

        found = token_owner(token)
        if found is None:
            return None
        if self.permission not in found.scopes or not may(found.member.role, self.permission):
            raise no_permission(self.permission)
        request.member = found.member  # type: ignore[attr-defined]
        return found
