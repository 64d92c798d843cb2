"""Every address as every role, as a client and as nobody. An address without a door fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from maitian.api.api import api
from maitian.staff import actions
from maitian.staff.access import PERMISSIONS, scope

ARGUMENTS = {
    "answer": "approve",
    "article_id": 10**8,
    "attachment_id": 10**8,
    "book": "brokerage",
    "change_id": 10**8,
    "briefing_id": 10**8,
    "campaign_id": 10**8,
    "client_id": 10**8,
    "code": "gold_wisdom",
    "channel": 1,
    "condition": "holds",
    "design_id": 10**8,
    "draft_id": 10**8,
    "entry_id": 10**8,
    "event_id": 10**6,
    "gateway": "nobody",
    "item_id": 10**8,
    "export_id": 10**8,
    "file_id": 10**8,
    "gap_id": 10**8,
    "import_id": 10**8,
    "form": "pdf",
    "improvement_id": 10**8,
    "kind": "clients",
    "run_id": 10**8,
    "issue_id": 10**8,
    "mail_id": 10**8,
    "letter_id": 10**8,
    "key": "outreach.price.sms",
    "link_id": 10**8,
    "move": "pause",
    "name": "outreach.ledger_topics",
    "notification_id": 10**8,
    "ref": "C-20991231-9999",
    "part": "goal",
    "pick_id": 10**8,
    "rating_id": 10**8,
    "refusal_id": 10**8,
    "report_id": 1,
    "other_id": 10**8 + 1,
    "pair_id": 10**8,
    "member_id": 10**8,
    "merge_id": 10**8,
    "permission_id": 10**8,
    "promise_id": 10**8,
    "rule_id": 10**8,
    "segment_id": 10**8,
    "session_id": 10**8,
    "state": "closed",
    "step": "submit",
    "step_key": "s1",
    "task_id": 10**8,
    "text_id": 10**8,
    "token": "x",
    "token_id": 10**8,
    "topic": "event-1",
    "webhook_id": 10**8,
    "visit_id": 10**8,
    "version_id": 10**8,
    "version_number": 1,
    "view_id": 10**8,
    "year": 2026,
}
BY_ROLE = {
    "account_manager": "manager1", "hotline_agent": "hotline1", "counter_clerk": "clerk1", "adviser": "adviser1", "content_editor": "editor",
    "campaign_editor": "campaign", "team_lead": "lead", "branch_manager": "boss", "compliance_officer": "checker", "administrator": "admin",
}  # fmt: skip


def patterns(resolver: Any = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            if item.app_name != "ninja":
                yield from patterns(item, prefix + str(item.pattern))
        elif isinstance(item, URLPattern):
            path = prefix + str(item.pattern)
            for name in item.pattern.converters:
                path = path.replace(f"<{converter_name(path, name)}{name}>", str(ARGUMENTS[name]))
            yield path, item.callback


def converter_name(path: str, name: str) -> str:
    return path.split(name + ">")[0].rsplit("<", 1)[1]


ADDRESSES = sorted(patterns(), key=lambda item: item[0])


def test_every_address_has_a_door() -> None:
    assert len(ADDRESSES) > 60
    assert [path for path, view in ADDRESSES if not getattr(view, "door", None)] == []


def allowed(status: int) -> bool:
    """Entered: a page, a redirect after work, a refusal of the work itself; not the door's refusal."""
    return status in (200, 302, 404, 405, 409, 422)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [*BY_ROLE, "client", "nobody"])
def test_the_matrix(sign_in: Any, story: list[int], role: str) -> None:
    assert set(BY_ROLE) == set(PERMISSIONS)
    if role == "nobody":
        browser = Browser()
    else:
        browser = sign_in(story[0] if role == "client" else BY_ROLE[role])
    wrong = []
    for path, view in ADDRESSES:
        door = view.door
        if door == "live" or path.endswith(("/sign-out/", "/password/")):
            continue
        answer = browser.get(path)
        location = answer.headers.get("Location", "")
        if door == "public":
            fits = answer.status_code in (200, 404, 405)
        elif door == "portal":
            fits = (
                allowed(answer.status_code) and not location.startswith("/portal/sign-in/")
                if role == "client"
                else location.startswith("/portal/sign-in/")
            )
        elif role in BY_ROLE:
            fits = (
                allowed(answer.status_code) and not location.startswith("/sign-in/")
                if door in PERMISSIONS[role]
                else answer.status_code == 403
            )
        else:
            fits = location.startswith("/sign-in/")
        if not fits:
            wrong.append((path, door, answer.status_code, location))
    assert wrong == []


def operations() -> list[tuple[str, str, str]]:
    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                guards = [callback for callback in operation.auth_callbacks if isinstance(callback, scope)]
                assert guards, f"{path} has no scope"
                found.append((sorted(operation.methods)[0], prefix + path, guards[0].permission))
    return found


@pytest.mark.django_db
def test_every_api_operation_as_every_role(member: Any) -> None:
    listed = operations()
    assert len(listed) > 20
    wrong = []
    callers = {"nobody": Browser()}
    for role, name in BY_ROLE.items():
        text = actions.make_token(member(name), "matrix", sorted(PERMISSIONS[role]))
        callers[role] = Browser(headers={"Authorization": f"Bearer {text}"})
    for role, caller in callers.items():
        for method, path, permission in listed:
            for name, value in ARGUMENTS.items():
                path = path.replace("{" + name + "}", str(value))
            answer = caller.generic(method, "/api/v1" + path, "{}", content_type="application/json")
            if role == "nobody":
                fits = answer.status_code == 401
            elif permission in PERMISSIONS[role]:
                fits = answer.status_code in (200, 201, 404, 409, 422)
            else:
                fits = answer.status_code == 403
            if not fits:
                wrong.append((role, method, path, permission, answer.status_code))
    assert wrong == []
