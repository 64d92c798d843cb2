"""The knowledge base beside a case: articles that fit what the client asks and what is being typed."""

from __future__ import annotations

from typing import Any

from maitian.desk import panels
from maitian.desk.models import Case, Entry
from maitian.desk.queries import family
from maitian.desk.rules.states import State
from maitian.knowledge import queries
from maitian.knowledge.actions.using import may_link
from maitian.staff.models import Member

TYPED = 600  # characters of what is typed and of what the client wrote that are looked at


def asked_in(case: Case) -> str:
    """What the client asks: the subject and his last words."""
    last = (
        Entry.objects.filter(case=case, kind=Entry.Kind.CLIENT)
        .order_by("-pk")
        .values_list("body", flat=True)
        .first()
    )
    return f"{case.subject}\n{(last or '')[:TYPED]}"


def suggestions(case: Case, typed: str = "") -> list[dict[str, Any]]:
    """Articles for a case, each with whether its client could open a link to it."""
    rank = case.client.level_rank if case.client is not None else None
    found = queries.suggest(f"{asked_in(case)}\n{typed[-TYPED:]}", kind=case.kind.code, rank=rank)
    return [{"article": s.article, "linkable": may_link(s.article, case)} for s in found]


def facts_of(member: Member, case: Case) -> dict[str, Any] | None:
    if not member.may("knowledge.view"):
        return None
    used = queries.case_uses(family(case.pk))
    done = case.state in (State.CLOSED, State.MERGED)
    return {
        "case": case, "used": used, "rows": [] if done else suggestions(case), "may_insert": member.may("desk.work") and not done,
        "may_write": member.may("knowledge.write") and case.last_reply_at is not None,
    }  # fmt: skip


def register() -> None:
    panels.register(panels.Panel("knowledge", "knowledge/panel.html", facts_of, position=20))
