"""A change of the set-up that a member has begun: a draft of one's own, until it is proposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from django.db import transaction

from maitian.core.errors import DomainError
from maitian.staff import drafts
from maitian.staff.models import Draft, Member


@dataclass
class Begun:
    """A draft as its editor needs it. ``base``: the version in force when it was begun."""

    draft: Draft
    definition: dict[str, Any]
    base: int
    note: str

    @classmethod
    def of(cls, draft: Draft) -> Self:
        values = draft.values
        return cls(draft, dict(values["definition"]), int(values["base"]), str(values.get("note", "")))

    @property
    def stamp(self) -> str:
        return self.draft.saved_at.isoformat()

    @property
    def title(self) -> str:
        """What the draft is called in a list of drafts."""
        return ""


B = TypeVar("B", bound=Begun)


@transaction.atomic
def keep(
    sort: type[B], kind: str, elsewhere: type[DomainError], member: Member, draft_id: int, stamp: str, change: Callable[[B], None]
) -> B:  # fmt: skip
    """Change a draft of ``kind`` under its lock. One that was saved in another window since this page was read is not
    overwritten: ``elsewhere`` is raised."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    begun = sort.of(drafts.draft(member, kind, draft_id))
    if stamp != begun.stamp:
        raise elsewhere()
    change(begun)
    drafts.save(
        begun.draft, values={"definition": begun.definition, "base": begun.base, "note": begun.note}, title=begun.title
    )  # fmt: skip
    return begun
