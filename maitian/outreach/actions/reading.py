"""A client opened a message."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone

from maitian.clients.queries import record_ids
from maitian.core import ledger
from maitian.outreach.models import Event


@transaction.atomic
def mark_read(client_id: int, event_id: int) -> None:
    """The client opened the message: once in the ledger, however often it is opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message SET state = 4, changed_at = %s WHERE client_id = ANY(%s) AND event_id = %s"
            " AND channel = 0 AND state IN (1, 2)",
            [timezone.now(), record_ids(client_id), event_id],
        )
        if not cursor.rowcount:
            return
    event = Event.objects.filter(pk=event_id).only("title").first()
    ledger.record(
        "message.read", actor=f"client:{client_id}", client_id=client_id, object_kind="event",
        object_id=event_id, facts={"title": event.title if event else ""},
    )  # fmt: skip
