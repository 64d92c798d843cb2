"""A person takes a gateway out of service or back, and looks at what came in that nobody could read."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from maitian.core import ledger, live
from maitian.core.errors import AlreadyDone, NotFound
from maitian.outreach.errors import SwitchReasonMissing
from maitian.outreach.models import GatewayState, GatewaySwitch, Quarantined


@transaction.atomic
def switch_gateway(name: str, *, off: bool, reason: str, actor: str) -> None:
    """Nothing is handed to a gateway that is off; workers hear of it within seconds. Receipts still come in."""
    if not GatewayState.objects.filter(name=name).exists():
        raise NotFound()
    if off and not reason.strip():
        raise SwitchReasonMissing()
    if off:
        _row, new = GatewaySwitch.objects.get_or_create(
            name=name, defaults={"at": timezone.now(), "by": actor, "reason": reason.strip()[:200]}
        )
    else:
        new = bool(GatewaySwitch.objects.filter(name=name).delete()[0])
    if not new:
        raise AlreadyDone(state="已停发 / off" if off else "在用 / in service")
    ledger.record(
        "gateway.off" if off else "gateway.on", actor=actor, object_kind="gateway", object_id=name,
        facts={"name": name, "reason": reason.strip()[:200]},
    )  # fmt: skip
    live.notify("outreach-board", "gateway")


@transaction.atomic
def see_quarantined(item_id: int, *, actor: str) -> Quarantined:
    """Note that a person has looked at it; it is kept."""
    found = Quarantined.objects.select_for_update().filter(pk=item_id).first()
    if found is None:
        raise NotFound()
    if found.seen_at is None:
        found.seen_at, found.seen_by = timezone.now(), actor
        found.save(update_fields=["seen_at", "seen_by"])
        ledger.record(
            "quarantine.seen", actor=actor, object_kind="quarantined", object_id=found.pk,
            facts={"source": found.source, "reason": found.reason},
        )  # fmt: skip
    return found
