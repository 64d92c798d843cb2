"""The inbox of one client: what any of the records got that are this person's."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection

from maitian.clients.queries import record_ids
from maitian.core.errors import NotFound
from maitian.outreach import texts
from maitian.outreach.models import Message


def inbox(client_id: int, before: datetime | None = None, limit: int = 30) -> list[dict[str, Any]]:
    """The client's inbox messages, newest first, as this client got them.

    ``url``: where the text leads, if its event says so. ``object``: kind and id of what a row of the ledger is about.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.event_id, m.at, m.state, e.title, e.texts->'inbox', e.facts->>'link', e.object_kind, m.client_id,"
            " e.facts->'clients'->m.client_id::text->'object'"
            " FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id"
            " WHERE m.client_id = ANY(%s) AND m.channel = 0 AND m.state NOT IN (3, 6) AND (%s::timestamptz IS NULL OR m.at < %s)"
            " ORDER BY m.at DESC LIMIT %s",
            [record_ids(client_id), before, before, min(limit, 100)],
        )
        rows = cursor.fetchall()
    found = []
    for event_id, at, state, title, entry, link, kind, record, about in rows:
        head, _line, body = _own_text(json.loads(entry or "{}"), event_id, record).partition("\n")
        found.append(
            {
                "event_id": event_id, "at": at, "unread": state != Message.State.READ, "title": head or title,
                "text": body.strip(), "url": link or "", "kind": kind, "object": json.loads(about) if about else None,
            }
        )  # fmt: skip
    return found


def _own_text(entry: dict[str, Any], event_id: int, client_id: int) -> str:
    if not entry.get("template"):
        return str(entry.get("text", ""))
    return texts.rendered(entry, event_id, [client_id]).get(client_id, str(entry.get("text", "")))


def unread(client_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM outreach_message WHERE client_id = ANY(%s) AND channel = 0 AND state IN (1, 2)",
            [record_ids(client_id)],
        )
        return int(cursor.fetchone()[0])


def message_of(client_id: int, event_id: int) -> dict[str, Any]:
    """One inbox message of this client."""
    found = next((item for item in inbox(client_id, limit=100) if item["event_id"] == event_id), None)
    if found is None:
        raise NotFound()
    return found
