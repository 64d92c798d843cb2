"""Applications for a level: decision, coming into force, the new rates for the counter system (G4, G11)."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from maitian.clients import actions as clients
from maitian.clients.models import Client
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import AlreadyDone, NotFound
from maitian.offerings import rules
from maitian.offerings.errors import ApplicationOpen, ApplicationRefused, ReasonNeeded
from maitian.offerings.models import CommissionExport, LevelChange, ServiceLevel

WHY = {
    "other_level": ("您现在就是这个级别。", "this is your level already."),
    "level_active": ("这个级别现在不接受申请。", "this level takes no applications now."),
    "assessment_valid": ("请先完成风险测评，再申请。", "please take the suitability questionnaire first."),
}


def _names(level: ServiceLevel) -> dict[str, Any]:
    return {"name": level.name, "name_en": level.name_en, "level": level.code}


def checks_for(client: Client, level: ServiceLevel) -> list[rules.Check]:
    return rules.application_checks(
        assets=client.assets, suggested=level.suggested_assets, risk_valid_until=client.risk_valid_until,
        today=business_time.today(), same_level=client.level_rank == level.rank,
        active=level.state == ServiceLevel.State.ACTIVE,
    )  # fmt: skip


@transaction.atomic
def apply(client_id: int, level_code: str, *, channel: str, actor: str) -> LevelChange:
    """A client wants another level. The branch answers within branch hours of the rulebook."""
    client = Client.objects.select_for_update().filter(pk=client_id).first()
    level = ServiceLevel.objects.filter(code=level_code).first()
    if client is None or level is None:
        raise NotFound()
    waiting = LevelChange.objects.filter(client=client, state="applied").first()
    if waiting is not None:
        raise ApplicationOpen(due=f"{business_time.shanghai(waiting.due_at):%m-%d %H:%M}")
    checks = checks_for(client, level)
    failed = rules.first_failed(checks)
    if failed is not None:
        zh, en = WHY[failed.name]
        raise ApplicationRefused(why=zh, why_en=en)
    now = timezone.now()
    values = rulebook.at(now)
    made = LevelChange.objects.create(
        client=client, from_level=ServiceLevel.objects.filter(rank=client.level_rank).first(), to_level=level,
        applied_at=now, applied_by=actor, channel=channel, checks=[asdict(check) for check in checks],
        rule_version=values.version,
        due_at=business_time.add_business("branch_hours", now, values.offerings.decision_minutes),
    )  # fmt: skip
    ledger.record(
        "level.applied",
        actor=actor,
        client_id=client_id,
        object_kind="level_change",
        object_id=made.pk,
        facts=_names(level),
    )
    return made


def _open(change_id: int) -> LevelChange:
    change = LevelChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    if change.state != LevelChange.State.APPLIED:
        raise AlreadyDone(state=change.get_state_display())
    return change


@transaction.atomic
def withdraw(client_id: int, change_id: int) -> None:
    """The client takes the application back; only his own."""
    change = _open(change_id)
    if change.client_id != client_id:
        raise NotFound()
    change.state, change.decided_at = LevelChange.State.WITHDRAWN, timezone.now()
    change.save(update_fields=["state", "decided_at"])
    ledger.record(
        "level.withdrawn", actor=f"client:{client_id}", client_id=client_id, object_kind="level_change",
        object_id=change.pk, facts=_names(change.to_level),
    )  # fmt: skip


def effective_day(on: date | None = None) -> date:
    """When a level that is approved ``on`` a day (by default today) comes into force: the next trading day.

    A service, not a deadline of the law: past the published calendar the day is provisional and moves with the next one.
    """
    return business_time.trading_day_after(on or business_time.today(), 1, legal=False)


@transaction.atomic
def decide(change_id: int, *, approve: bool, reason: str, actor: str) -> LevelChange:
    """The branch's answer. An approved level comes into force on the next trading day."""
    change = _open(change_id)
    if not approve and not reason.strip():
        raise ReasonNeeded()
    change.decided_at, change.decided_by, change.reason = timezone.now(), actor, reason.strip()[:400]
    change.state = LevelChange.State.APPROVED if approve else LevelChange.State.REFUSED
    if approve:
        change.effective_on = effective_day()
    change.save()
    ledger.record(
        "level.approved" if approve else "level.refused", actor=actor, client_id=change.client_id,
        object_kind="level_change", object_id=change.pk,
        facts={**_names(change.to_level), "reason": change.reason,
               "effective_on": change.effective_on.isoformat() if change.effective_on else ""},
    )  # fmt: skip
    return change


@transaction.atomic
def subscribe_many(rows: Iterable[tuple[int, int, Decimal, date]], *, change_id: int | None = None) -> int:
    """``(client id, rank, rate, first day)``: end the open period, begin the new one, set rank and rate."""
    listed = list(rows)
    if not listed:
        return 0
    columns = [list(column) for column in zip(*listed, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE offerings_subscription s SET period = daterange(lower(s.period), n.day) FROM"
            " unnest(%s::bigint[], %s::int[], %s::numeric[], %s::date[]) AS n(client_id, rank, rate, day)"
            " WHERE s.client_id = n.client_id AND upper_inf(s.period) AND lower(s.period) < n.day",
            columns,
        )
        cursor.execute(
            "INSERT INTO offerings_subscription (client_id, level_id, period, commission_rate, change_id)"
            " SELECT n.client_id, l.id, daterange(n.day, NULL), n.rate, %s FROM"
            " unnest(%s::bigint[], %s::int[], %s::numeric[], %s::date[]) AS n(client_id, rank, rate, day)"
            " JOIN offerings_servicelevel l ON l.rank = n.rank",
            [change_id, *columns],
        )
        stored = cursor.rowcount
        cursor.execute(
            "UPDATE clients_fundaccount a SET commission_rate = n.rate FROM"
            " unnest(%s::bigint[], %s::int[], %s::numeric[], %s::date[]) AS n(client_id, rank, rate, day)"
            " WHERE a.client_id = n.client_id",
            columns,
        )
    for rank in {row[1] for row in listed}:
        clients.set_level_rank([row[0] for row in listed if row[1] == rank], rank)
    return int(stored)


@transaction.atomic
def recompute_clocks(*, actor: str) -> int:
    """After a new calendar: open applications get the deadline, and approved ones the day, that it gives.

    Decided and effective changes keep theirs. The minutes are those of the rule at the application.
    """
    moved = 0
    waiting = LevelChange.objects.select_for_update().filter(state__in=["applied", "approved"])
    for change in waiting:
        before = (change.due_at, change.effective_on)
        if change.state == LevelChange.State.APPLIED:
            minutes = rulebook.at(change.applied_at).offerings.decision_minutes
            change.due_at = business_time.add_business("branch_hours", change.applied_at, minutes)
        elif change.decided_at is not None:
            decided_on = business_time.shanghai(change.decided_at).date()
            change.effective_on = effective_day(decided_on)
        if before != (change.due_at, change.effective_on):
            change.save(update_fields=["due_at", "effective_on"])
            moved += 1
            ledger.record(
                "level.clock_moved", actor=actor, client_id=change.client_id, object_kind="level_change",
                object_id=change.pk, facts=_names(change.to_level),
            )  # fmt: skip
    return moved


@transaction.atomic
def make_effective(on: date) -> int:
    """Bring approved changes due by ``on`` into force. Running it twice does nothing twice."""
    due = list(
        LevelChange.objects.select_for_update(of=("self",))
        .select_related("to_level")
        .filter(state=LevelChange.State.APPROVED, effective_on__lte=on)
    )
    for change in due:
        subscribe_many(
            [
                (
                    change.client_id,
                    change.to_level.rank,
                    change.to_level.commission_rate,
                    change.effective_on or on,
                )
            ],
            change_id=change.pk,
        )
    LevelChange.objects.filter(pk__in=[change.pk for change in due]).update(state=LevelChange.State.EFFECTIVE)
    ledger.record_many(
        {"kind": "level.effective", "actor": "system:worker", "client_id": change.client_id,
         "object_kind": "level_change", "object_id": change.pk, "facts": _names(change.to_level)}
        for change in due
    )  # fmt: skip
    return len(due)


@transaction.atomic
def export_commission(*, actor: str) -> CommissionExport | None:
    """The new rates for the counter system: approved changes not exported yet, as CSV; ``None`` without any."""
    waiting = list(
        LevelChange.objects.select_for_update(of=("self",))
        .filter(state__in=["approved", "effective"], export=None)
        .annotate(account=F("client__accounts__number"), rate=F("to_level__commission_rate"))
        .exclude(account=None)
        .order_by("effective_on", "account")
    )
    if not waiting:
        return None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["account", "commission_rate_per_mille", "effective_on"])
    for change in waiting:
        writer.writerow([change.account, change.rate, change.effective_on])  # type: ignore[attr-defined]
    content = out.getvalue()
    made = CommissionExport.objects.create(
        made_at=timezone.now(), made_by=actor, effective_on=max(c.effective_on for c in waiting if c.effective_on),
        rows=len(waiting), digest=hashlib.sha256(content.encode()).hexdigest(), content=content,
    )  # fmt: skip
    LevelChange.objects.filter(pk__in={change.pk for change in waiting}).update(export=made)
    ledger.record(
        "commission.exported", actor=actor, object_kind="commission_export", object_id=made.pk,
        facts={"rows": made.rows, "digest": made.digest},
    )  # fmt: skip
    return made
