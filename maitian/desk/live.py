"""Live pages of the desk: which topics there are, who may watch them, and how they are told.

``desk-team-service``: the queue of a team changed. ``case-71``: something happened in a case, or somebody looks
at it. ``member-7`` (of staff): the bell, and the member's own list.
"""

from __future__ import annotations

from typing import Any

from maitian.core import live


def register() -> None:
    live.topic(r"desk-team-[a-z]{1,12}", lambda member, topic: bool(member.may("desk.view")))
    live.topic(r"case-\d{1,18}", _may_see)


def _may_see(member: Any, topic: str) -> bool:
    from maitian.desk import queries

    return member.may("desk.view") and queries.can_see(member, int(topic[5:]))


def tell(*, case_id: int, team: str, owner_id: int | None, what: str = "case") -> None:
    """At commit: viewers of the case, of its team's queue, and its owner look again."""
    topics = [f"case-{case_id}", f"desk-team-{team}"]
    if owner_id is not None:
        topics.append(f"member-{owner_id}")
    live.notify_all(topics, what)
