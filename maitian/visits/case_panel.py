"""Beside a case: its visits, and the form for the next one."""

from __future__ import annotations

from typing import Any

from maitian.desk import panels
from maitian.desk.models import Case
from maitian.desk.queries import family, private_of
from maitian.desk.rules.states import WORKING
from maitian.staff.models import Member
from maitian.visits import queries

KIND = "help_visit"


def facts_of(member: Member, case: Case) -> dict[str, Any] | None:
    visits = queries.of_case(family(case.pk))
    if case.kind.code != KIND and not visits:
        return None
    open_one = any(visit.state == "planned" for visit in visits)
    answers = {**case.answers, **private_of(case).get("answers", {})}
    return {
        "case": case, "visits": visits, "place": visits[0].place if visits else answers.get("place", ""), "convenient": answers.get("convenient", ""),
        "may_plan": member.may("desk.work") and case.client_id is not None and case.state in WORKING and not open_one,
    }  # fmt: skip


def register() -> None:
    panels.register(panels.Panel("visits", "visits/panel.html", facts_of, position=10))
