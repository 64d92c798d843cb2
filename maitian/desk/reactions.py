"""What the desk does because of what happened below."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from maitian.core import jobs
from maitian.core.models import LedgerEntry
from maitian.core.reactions import reaction
from maitian.desk.actions import incoming, people
from maitian.desk.catalog import CLOCK_RULE, LADDER_RULE


@reaction("desk.clocks", kinds={"calendar.approved", "rule.approved", "case_kind.approved"})
def new_rule_or_calendar(rows: list[LedgerEntry]) -> None:
    """Open clocks are laid on a new calendar at once, so when a kind got other clocks, and on a new rule when it takes effect.

    As a job: there may be a million of them, and the rows after this one must not wait.
    """
    now = timezone.now()
    for row in rows:
        if row.kind == "calendar.approved" or row.facts.get("policy_changed"):
            jobs.defer("desk.reckon_again", actor=row.actor)
            return
    for row in rows:
        if str(row.facts.get("key", "")).startswith((CLOCK_RULE, LADDER_RULE)):
            takes_effect = datetime.fromisoformat(row.facts["valid_from"])
            if takes_effect <= now:
                jobs.defer("desk.reckon_again", actor=row.actor)
            else:
                jobs.defer("desk.reckon_again", at=takes_effect, actor=row.actor)


@reaction("desk.texts", kinds={"client.replied"})
def texts(rows: list[LedgerEntry]) -> None:
    """What a client answered by SMS and wants answered becomes words in a case."""
    for row in rows:
        if row.facts.get("meaning") == "question" and row.object_kind == "inbound_text":
            incoming.from_text(int(row.object_id))


@reaction("desk.leavers", kinds={"staff.member_left"})
def give_back(rows: list[LedgerEntry]) -> None:
    """Open cases of somebody who left go back to the queue, where his colleagues see them."""
    for row in rows:
        people.give_back(member_id=int(row.object_id), actor=row.actor)
