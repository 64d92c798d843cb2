"""Beside a case: the mails that came into it and the letters that left, each with what became of it."""

from __future__ import annotations

from typing import Any

from maitian.desk import panels
from maitian.desk.models import Case
from maitian.desk.queries import family
from maitian.mailroom import queries
from maitian.staff.models import Member


def facts_of(member: Member, case: Case) -> dict[str, Any] | None:
    ids = family(case.pk)
    mails, letters = queries.of_case(ids), queries.letters_of(ids)
    if not mails and not letters:
        return None
    return {
        "mails": [
            {"mail": mail, "left_out": [file for file in queries.files_of(mail) if file["why"]]}
            for mail in mails
        ],
        "letters": letters,
        "may_resend": member.may("mailroom.work"),
        "may_complain": member.may("mailroom.work")
        and not case.kind.complaint
        and case.merged_into_id is None,
    }


def register() -> None:
    panels.register(panels.Panel("mailroom", "mailroom/panel.html", facts_of, position=40))
