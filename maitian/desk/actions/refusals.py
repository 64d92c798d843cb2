"""Requests that were refused, with the reason: whoever the client asks next is warned (T3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from maitian.core import ledger
from maitian.core.errors import NotFound
from maitian.desk.errors import (
    ComplaintFieldMissing,
    RefusalReasonMissing,
)
from maitian.desk.models import (
    Refusal,
)
from maitian.staff.models import Member


@transaction.atomic
def refuse_request(
    *, client_id: int, by: Member, what: str, because: str, case_id: int | None = None, at: datetime | None = None
) -> Refusal:  # fmt: skip
    """Refuse an unreasonable request at the first level and keep the reason for whoever is asked next (T3)."""
    if not what.strip():
        raise ComplaintFieldMissing("what", what="拒绝的是什么请求", what_en="what request was refused")
    if not because.strip():
        raise RefusalReasonMissing("because")
    now = at or timezone.now()
    made = Refusal.objects.create(
        client_id=client_id,
        case_id=case_id,
        what=what.strip()[:200],
        because=because.strip()[:400],
        member=by,
        at=now,
    )
    ledger.record(
        "refusal.recorded", actor=by.actor, client_id=client_id, object_kind="refusal", object_id=made.pk, at=now,
        facts={"case": case_id or 0},
    )  # fmt: skip
    return made


@transaction.atomic
def lift_refusal(
    *, refusal_id: int, client_id: int, by: Member, because: str, at: datetime | None = None
) -> Refusal:
    """The reason has gone: the request would no longer be refused. Who says so, and why, stays on record."""
    found = (
        Refusal.objects.select_for_update(of=("self",))
        .filter(pk=refusal_id, client_id=client_id, lifted_at=None)
        .first()
    )
    if found is None:
        raise NotFound()
    if not because.strip():
        raise RefusalReasonMissing("because")
    found.lifted_at, found.lifted_by, found.lifted_because = at or timezone.now(), by, because.strip()[:400]
    found.save(update_fields=["lifted_at", "lifted_by", "lifted_because"])
    ledger.record(
        "refusal.lifted",
        actor=by.actor,
        client_id=client_id,
        object_kind="refusal",
        object_id=found.pk,
        at=found.lifted_at,
    )
    return found
