"""Texts that came from clients' phones: the list of what wants an answer. The words are decrypted when they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields import CharField
from django.db.models.functions import Cast
from django.utils import timezone

from maitian.clients.models import InboundText
from maitian.clients.queries import WHOLE_BRANCH, visible_to
from maitian.core.errors import NotFound
from maitian.core.models import LedgerEntry
from maitian.staff.models import Member

ANSWERED = "reply.answered"
OPEN_DAYS = 90  # an older question is history, not work


def replies(member: Member, *, open_only: bool = False, meaning: str = "") -> QuerySet[InboundText]:
    """Texts of clients whom the member may see; unknown numbers only for those who see the whole branch.

    ``open_only``: questions that nobody has answered yet. Newest first; window by ``("-at", "-pk")``.
    """
    mine = Q(client_id__in=visible_to(member).values("pk"))
    if member.role in WHOLE_BRANCH:
        mine |= Q(client_id=None)
    found = InboundText.objects.filter(mine)
    if open_only:
        answers = LedgerEntry.objects.filter(
            object_kind="inbound_text", object_id=Cast(OuterRef("pk"), CharField()), kind=ANSWERED
        )
        since = timezone.now() - timedelta(days=OPEN_DAYS)
        return found.filter(meaning=InboundText.Meaning.QUESTION, at__gte=since).filter(~Exists(answers))
    if meaning in InboundText.Meaning.values:
        found = found.filter(meaning=meaning)
    return found


def reply(member: Member, text_id: int) -> InboundText:
    """One text of a client whom the member may see."""
    found = replies(member).filter(pk=text_id).first()
    if found is None:
        raise NotFound()
    return found


def answers(texts: Sequence[InboundText]) -> dict[int, LedgerEntry]:
    """The ledger rows that say who answered, by text."""
    rows = LedgerEntry.objects.filter(
        object_kind="inbound_text", object_id__in=[str(text.pk) for text in texts], kind=ANSWERED
    ).order_by("number")  # fmt: skip
    return {int(row.object_id): row for row in rows}
