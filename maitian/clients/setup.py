"""Fills what older records do not have yet: the blind token of the name, and of which form the id number is."""

from __future__ import annotations

from django.db import connection

from maitian.clients import rules
from maitian.clients.models import PersonalData
from maitian.core.privacy import token

BATCH = 2000


def seed() -> None:
    """Idempotent, in batches; on a database that is up to date one small query."""
    while rows := list(
        PersonalData.objects.filter(name_token=None).values_list("client_id", "name", "id_number")[:BATCH]
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE clients_personaldata p SET name_token = n.token, id_form = n.form FROM"
                " unnest(%s::bigint[], %s::bigint[], %s::smallint[]) AS n(client_id, token, form) WHERE p.client_id = n.client_id",
                [
                    [row[0] for row in rows],
                    [token(str(row[1])) for row in rows],
                    [rules.id_form(str(row[2])) for row in rows],
                ],
            )
