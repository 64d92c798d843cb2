"""Rules of routing as their pages show them: versions, what waits, which rule would decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from maitian.core.errors import NotFound
from maitian.desk import catalog
from maitian.desk.models import RouteVersion
from maitian.desk.rules import routing
from maitian.staff.models import Member


def version(version_id: int) -> RouteVersion:
    found = RouteVersion.objects.filter(pk=version_id).first()
    if found is None:
        raise NotFound()
    return found


def versions(book: str = "brokerage") -> QuerySet[RouteVersion]:
    """Every version of the list, the latest first."""
    return RouteVersion.objects.filter(book=book).order_by("-number")


def waiting(book: str = "brokerage") -> RouteVersion | None:
    """What waits for a checker; there is one at most."""
    return RouteVersion.objects.filter(book=book, state=RouteVersion.State.PROPOSED).first()


def to_check(member: Member) -> list[RouteVersion]:
    """What waits for this member: nobody checks his own."""
    if not member.may("desk.approve"):
        return []
    return list(RouteVersion.objects.filter(state=RouteVersion.State.PROPOSED).exclude(maker=member.actor))


MANAGER = -1  # stands for the client's account manager, whoever that is


def tried(definition: Mapping[str, Any], given: Mapping[str, Any]) -> routing.Routed:
    """Where a case would go by a list of rules: ``kind, channel, level, complaint_kind, severity, managed, tags, text``.

    The client's account manager is :data:`MANAGER`.
    """
    kind = catalog.kind(str(given.get("kind", "")))
    level = str(given.get("level", ""))
    return routing.route(
        routing.CaseFacts(
            kind=kind.code, channel=str(given.get("channel", "")), level=int(level) if level.isdigit() and len(level) < 4 else 0,
            tags=frozenset(given.get("tags") or ()), complaint_kind=str(given.get("complaint_kind", "")) if kind.complaint else "",
            severity=str(given.get("severity", "")) if kind.complaint else "", manager=MANAGER if given.get("managed") else None,
            text=str(given.get("text", "")),
        ),
        [
            routing.Rule(n, rule["name"], rule["conditions"], rule["team"], rule["owner"], "" if rule["priority"] is None else str(rule["priority"]))
            for n, rule in enumerate(definition["rules"], 1)
        ],
        default_team=kind.team,
    )  # fmt: skip
