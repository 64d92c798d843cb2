"""Forms that a member has begun: saved, found again, given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from maitian.core.errors import NotFound
from maitian.staff.errors import TooManyDrafts
from maitian.staff.models import Draft, Member

MOST = 50  # of one member and kind


def drafts(member: Member, kind: str) -> QuerySet[Draft]:
    """The member's own drafts of a form, the latest first."""
    return Draft.objects.filter(member=member, kind=kind).order_by("-saved_at", "-pk")


def draft(member: Member, kind: str, draft_id: int) -> Draft:
    """One of the member's own. Another's is as good as none."""
    found = Draft.objects.filter(member=member, kind=kind, pk=draft_id).first()
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def begin(member: Member, kind: str, *, title: str, values: Mapping[str, Any], key: str = "") -> Draft:
    """A new draft; of an object that the member has begun to change already it is that one, as it stands."""
    Member.objects.select_for_update().get(pk=member.pk)  # two clicks at once begin one draft
    if key and (found := Draft.objects.filter(member=member, kind=kind, key=key).first()):
        return found
    if drafts(member, kind).count() >= MOST:
        raise TooManyDrafts(most=MOST)
    now = timezone.now()
    return Draft.objects.create(
        member=member, kind=kind, key=key, title=title[:120], values=dict(values), made_at=now, saved_at=now
    )


def save(draft: Draft, *, values: Mapping[str, Any], title: str | None = None) -> Draft:
    """Keep what was typed."""
    draft.values, draft.saved_at = dict(values), timezone.now()
    if title is not None:
        draft.title = title[:120]
    draft.save(update_fields=["values", "title", "saved_at"])
    return draft


def drop(draft: Draft) -> None:
    """Submitted or given up."""
    draft.delete()
