"""A colleague answered what a client asked by text."""

from __future__ import annotations

from django.db import transaction

from maitian.clients.models import InboundText
from maitian.core import ledger
from maitian.core.errors import AlreadyDone, NotFound
from maitian.core.models import LedgerEntry
from maitian.outreach.errors import AnswerMissing
from maitian.outreach.queries.replies import ANSWERED

WAYS = {"phone": "打了电话", "message": "回了消息", "counter": "当面说了", "case": "立了个案"}


@transaction.atomic
def answer_reply(text_id: int, *, way: str, note: str = "", actor: str) -> InboundText:
    """Note that a question was answered, how and with which result. The client's own words are not repeated."""
    text = InboundText.objects.select_for_update().filter(pk=text_id).first()
    if text is None:
        raise NotFound()
    if way not in WAYS:
        raise AnswerMissing()
    done = LedgerEntry.objects.filter(object_kind="inbound_text", object_id=str(text.pk), kind=ANSWERED)
    if done.exists():
        raise AlreadyDone(state="已答 / answered")
    ledger.record(
        ANSWERED, actor=actor, client_id=text.client_id, object_kind="inbound_text", object_id=text.pk,
        facts={"way": way, "way_zh": WAYS[way], "note": note.strip()[:200], "text_id": text.pk},
    )  # fmt: skip
    return text
