"""Texts from clients' phones: opt-outs are done at once, everything else stands on the timeline."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from maitian.clients import actions as clients
from maitian.clients.models import Channel, InboundText, MessageClass
from maitian.core import ledger, rulebook
from maitian.core.privacy import token
from maitian.core.time import shanghai
from maitian.outreach import rules
from maitian.outreach.channels import Inbound
from maitian.outreach.models import InboundPart, Quarantined
from maitian.outreach.sms import decoded, national

log = logging.getLogger(__name__)
LOCK = 7236285  # first key of the lock under which the parts of a phone's long text are joined
AGAIN_WITHIN = 600  # seconds in which the same words of the same phone, without a number, are one text
COMPLETE_WITHIN = timedelta(hours=1)  # then the parts that are there are read without the others


def take(item: Inbound) -> InboundText | None:
    """A text as a gateway gives it, whole or in parts. One that cannot be taken is kept for a person to look at."""
    try:
        return receive(item) if item.chain is None else _take_part(item)
    except (OperationalError, InterfaceError):
        raise  # the database is gone: the gateway keeps the text until it is back
    except Exception as error:
        log.exception("a text of gateway %s", item.gateway)
        Quarantined.objects.create(
            kind=Quarantined.Kind.UNIT, source=item.gateway, reason=f"{type(error).__name__}: {error}"[:200],
            content=f"{item.sender} {item.text or item.octets.hex()}", at=timezone.now(),
        )  # fmt: skip
        return None


@transaction.atomic
def _take_part(item: Inbound) -> InboundText | None:
    """Keep one part; with the last one the text is read."""
    assert item.chain is not None
    chain, total, number = item.chain
    sender = token(national(item.sender))
    same = InboundPart.objects.filter(gateway=item.gateway, sender_token=sender, chain=chain, total=total)
    with connection.cursor() as cursor:  # two parts at the same moment are looked at one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, sender % 2**31])
    InboundPart.objects.bulk_create(
        [
            InboundPart(
                gateway=item.gateway, sender=item.sender, sender_token=sender, chain=chain, total=total, number=number,
                octets=item.octets.hex(), coding=item.coding, at=item.at,
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    parts = list(same.order_by("number"))
    return _join(parts) if len(parts) == total else None


def _join(parts: list[InboundPart]) -> InboundText | None:
    """The text of these parts; a gap is shown as one."""
    first = parts[0]
    pieces, gaps = [b""], False
    for number in range(1, first.total + 1):
        found = next((part for part in parts if part.number == number), None)
        if found is None:
            gaps = True
            pieces.append(b"")
        else:
            pieces[-1] += bytes.fromhex(str(found.octets))
    words = (
        "…".join(decoded(piece, first.coding) for piece in pieces)
        if gaps
        else decoded(pieces[0], first.coding)
    )
    sender = str(first.sender)
    digest = hashlib.sha256(f"{sender}|{words}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    made = receive(Inbound(first.gateway, digest, sender, words, first.at, numbered=False))
    InboundPart.objects.filter(pk__in=[part.pk for part in parts]).delete()
    return made


@transaction.atomic
def join_late() -> int:
    """Read what has come of long texts whose other parts never did; returns how many."""
    late = InboundPart.objects.filter(at__lt=timezone.now() - COMPLETE_WITHIN).select_for_update(
        skip_locked=True
    )
    chains: dict[tuple[object, ...], list[InboundPart]] = {}
    for part in late.order_by("pk")[:500]:
        chains.setdefault((part.gateway, part.sender_token, part.chain, part.total), []).append(part)
    for parts in chains.values():
        _join(parts)
    return len(chains)


def _number(item: Inbound) -> str | None:
    """A number for a text without one: its digest and the time in steps; ``None`` when it has just been here."""
    step = int(item.at.timestamp()) // AGAIN_WITHIN
    if InboundText.objects.filter(
        gateway=item.gateway, reference=f"{item.reference[:48]}@{step - 1}"
    ).exists():
        return None
    return f"{item.reference[:48]}@{step}"


@transaction.atomic
def receive(item: Inbound) -> InboundText | None:
    """Keep one text and do what it asks; a repeated one is nothing. Returns the row, ``None`` for a repeat."""
    values = rulebook.at()
    phone = token(national(item.sender))
    reference = item.reference[:64] if item.numbered else _number(item)
    if reference is None:
        return None
    client_id, event_id, message_class = _whom(phone, values.get("outreach.reply.days"))
    meaning = (
        rules.meaning(
            item.text, values.get("outreach.reply.opt_out_words"), values.get("outreach.reply.opt_in_words")
        )
        if client_id
        else "stranger"
    )
    made, new = InboundText.objects.get_or_create(
        gateway=item.gateway, reference=reference,
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
