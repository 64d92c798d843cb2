"""Small readings that actions and pages share."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from maitian.desk.models import Case


def survivor_of(case: Case) -> Case:
    """Where a merged case lives on, through any number of merges; the case itself if it is not merged."""
    found = case
    while found.merged_into_id is not None:
        found = Case.objects.get(pk=found.merged_into_id)
    return found


def family(case_id: int) -> list[int]:
    """The case and every one that was merged into it, directly or by way of others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE f(id) AS (SELECT %s::bigint UNION SELECT c.id FROM desk_case c JOIN f ON c.merged_into_id = f.id)"
            " SELECT id FROM f",
            [case_id],
        )
        return [row[0] for row in cursor.fetchall()]


def private_of(case: Case) -> dict[str, Any]:
    """The personal part of a case in plain: ``answers`` of personal fields and the ``contact`` of a stranger."""
    return dict(json.loads(str(case.private))) if case.private else {}
