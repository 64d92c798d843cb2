"""Texts from clients' phones: opt-outs are done at once, everything else stands on the timeline."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from maitian.clients import actions as clients
from maitian.clients.models import Channel, InboundText, MessageClass
from maitian.core import ledger, rulebook
from maitian.core.privacy import token
from maitian.core.time import shanghai
from maitian.outreach import rules
from maitian.outreach.channels import Inbound
from maitian.outreach.sms import national


@transaction.atomic
def receive(item: Inbound) -> InboundText | None:
    """Keep one text and do what it asks; a repeated one is nothing. Returns the row, ``None`` for a repeat."""
    values = rulebook.at()
    phone = token(national(item.sender))
    client_id, event_id, message_class = _whom(phone, values.get("outreach.reply.days"))
    meaning = (
        rules.meaning(
            item.text, values.get("outreach.reply.opt_out_words"), values.get("outreach.reply.opt_in_words")
        )
        if client_id
        else "stranger"
    )
    made, new = InboundText.objects.get_or_create(
        gateway=item.gateway, reference=item.reference[:64],
        defaults={"client_id": client_id, "phone_token": phone, "text": item.text[:1000], "at": item.at, "meaning": meaning,
                  "event_id": event_id},
    )  # fmt: skip
    if not new:
        return None
    if client_id is None:
        return made
    if meaning in ("opt_out", "opt_in"):
        clients.set_consent(
            client_id, message_class, Channel.SMS, meaning == "opt_in", source="reply",
            proof=f"短信回复，网关 {item.gateway}，编号 {made.pk}", actor=f"client:{client_id}",
        )  # fmt: skip
    ledger.record(
        "client.replied", actor=f"client:{client_id}", client_id=client_id, object_kind="inbound_text", object_id=made.pk,
        facts={"meaning": meaning, "meaning_zh": str(InboundText.Meaning(meaning).label), "channel": "sms", "event_id": event_id,
               "text_id": made.pk},
    )  # fmt: skip
    return made


def _whom(phone: int, days: int) -> tuple[int | None, int | None, MessageClass]:
    """The client behind a phone, the event of the latest text to it, and that text's class (commercial if none).

    Of several clients with one phone it is the one who got the latest text.
    """
    since = shanghai(timezone.now() - timedelta(days=days)).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.client_id, m.event_id, t.message_class FROM clients_contactpoint p LEFT JOIN LATERAL ("
            "  SELECT event_id, at FROM outreach_message WHERE client_id = p.client_id AND channel = 1 AND day >= %s"
            "   AND state IN (1, 2, 5) ORDER BY at DESC LIMIT 1) m ON true"
            " LEFT JOIN outreach_event e ON e.id = m.event_id LEFT JOIN outreach_topic t ON t.id = e.topic_id"
            " WHERE p.value_token = %s AND p.kind = 'phone' ORDER BY m.at DESC NULLS LAST, p.client_id LIMIT 1",
            [since, phone],
        )
        row = cursor.fetchone()
    if row is None:
        return None, None, MessageClass.COMMERCIAL
    client_id, event_id, message_class = row
    return client_id, event_id, MessageClass(message_class if message_class is not None else 1)
