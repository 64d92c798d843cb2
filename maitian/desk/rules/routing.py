"""Where a case goes: the first rule whose every condition holds. Pure; what a list of rules may say: ``rules.routes``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONDITIONS = (
    "kinds",
    "channels",
    "levels",
    "tags",
    "complaint_kinds",
    "severities",
    "managed",
    "words",
)


@dataclass(frozen=True)
class CaseFacts:
    """What routing may look at. ``manager``: the client's account manager, if that member is active."""

    kind: str
    channel: str = ""
    level: int = 0
    tags: frozenset[str] = frozenset()
    complaint_kind: str = ""
    severity: str = ""
    manager: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """``conditions`` as in :data:`CONDITIONS`; an absent one always holds.

    ``owner``: ``manager`` (the client's account manager), a member's id, or empty (the team's queue).
    """

    pk: int
    name: str
    conditions: Mapping[str, Any]
    team: str
    owner: str = ""
    priority: str = ""


@dataclass(frozen=True)
class Routed:
    """``why``: the conditions that held, as (name, what the case has), for the explanation on the case."""

    team: str
    owner: int | None
    priority: str
    rule: int | None
    rule_name: str
    why: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def _held(name: str, wanted: Any, facts: CaseFacts) -> str | None:
    """What the case has that meets the condition, or None when it does not."""
    if name == "managed":
        return str(facts.manager) if bool(wanted) == (facts.manager is not None) else None
    if name == "tags":
        common = sorted(facts.tags & set(wanted))
        return "、".join(common) if common else None
    if name == "words":
        return next((word for word in wanted if word and word in facts.text), None)
    one = {
        "kinds": facts.kind, "channels": facts.channel, "levels": facts.level,
        "complaint_kinds": facts.complaint_kind, "severities": facts.severity,
    }[name]  # fmt: skip
    return str(one) if one in wanted else None


def route(facts: CaseFacts, rules: Iterable[Rule], *, default_team: str) -> Routed:
    """The first rule that holds decides; without one the case goes to the default team of its kind."""
    for rule in rules:
        held: list[tuple[str, str]] = []
        for name, wanted in rule.conditions.items():
            found = _held(name, wanted, facts)
            if found is None:
                break
            held.append((name, found))
        else:
            return Routed(
                rule.team, owner_of(rule.owner, facts), rule.priority, rule.pk, rule.name, tuple(held)
            )
    return Routed(default_team, None, "", None, "")


def owner_of(owner: str, facts: CaseFacts) -> int | None:
    """``manager`` is the client's own; a client without one leaves the case to the team."""
    if owner == "manager":
        return facts.manager
    return int(owner) if owner.isdigit() else None
