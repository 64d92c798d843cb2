"""Reading what saves hands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.http import urlencode

from maitian.clients.rules import family_name
from maitian.core.time import shanghai
from maitian.desk.models import Case, Macro, Phrase, SavedView
from maitian.desk.queries.counts import capped
from maitian.desk.queries.lists import Filters
from maitian.desk.rules.clocks import NEVER
from maitian.desk.rules.phrases import address_of, filled
from maitian.staff.models import Member


def saved_views(member: Member, now: datetime) -> list[dict[str, Any]]:
    """The member's own lists with their counts (up to 1,000, by the index); searches have none."""
    found = []
    for view in SavedView.objects.filter(member=member):
        filters = Filters.read({str(k): str(v) for k, v in view.filters.items()})
        number, more = capped(member, filters, now) if not filters.words else (None, False)
        found.append(
            {"id": view.pk, "name": view.name, "query": urlencode(filters.address()), "filters": filters, "count": number, "more": more}
        )  # fmt: skip
    return found


def macros(member: Member, *, active: bool = True) -> list[Macro]:
    """Those of the branch."""
    found = Macro.objects.filter(branch_id=member.branch_id).order_by("-active", "pk")
    return list(found.filter(active=True) if active else found)


def macro(member: Member, macro_id: int) -> Macro | None:
    return Macro.objects.filter(pk=macro_id, branch_id=member.branch_id, active=True).first()


def phrases(member: Member, *, active: bool = True) -> list[Phrase]:
    """Those of the branch, in the order of a talk."""
    order = list(Phrase.Moment.values)
    found = Phrase.objects.filter(branch_id=member.branch_id).order_by("-active", "pk")
    return sorted(found.filter(active=True) if active else found, key=lambda p: order.index(p.moment))


def words_for(member: Member, case_id: int) -> dict[str, str]:
    """What fills the blanks of a phrase: how the client is spoken to, who speaks, the number, the nearest deadline."""
    case = Case.objects.select_related("client__person").get(pk=case_id)
    name, gender = ("", "")
    if case.client is not None:
        name, gender = str(case.client.person.name), case.client.person.gender
    due = "" if case.next_due_at >= NEVER else f"{shanghai(case.next_due_at):%m 月 %d 日 %H:%M}"
    return {
        "client": address_of(name, gender, family_name(name)),
        "me": member.name,
        "ref": case.ref,
        "due": due,
    }


def phrases_for(member: Member, case: Case) -> list[dict[str, str]]:
    """The branch's phrases with this case's words in them."""
    words = words_for(member, case.pk)
    return [
        {"id": str(p.pk), "name": p.name, "moment": p.get_moment_display(), "text": filled(p.body, words)}
        for p in phrases(member)
    ]
