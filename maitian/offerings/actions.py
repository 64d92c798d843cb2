"""Every write about levels: design, applications, decisions, coming into force, export."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
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
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.offerings import rules
from maitian.offerings.errors import (
    ApplicationOpen,
    ApplicationRefused,
    ContainsItself,
    NothingInIt,
    RateOutside,
    ReasonNeeded,
)
from maitian.offerings.models import CommissionExport, LevelChange, LevelContent, ServiceLevel

WHY = {
    "other_level": ("您现在就是这个级别。", "this is your level already."),
    "level_active": ("这个级别现在不接受申请。", "this level takes no applications now."),
    "assessment_valid": ("请先完成风险测评，再申请。", "please take the suitability questionnaire first."),
}


def _names(level: ServiceLevel) -> dict[str, Any]:
    return {"name": level.name, "name_en": level.name_en, "level": level.code}


# --- design (G8) ------------------------------------------------------------------------------------------


@transaction.atomic
def design(
    code: str, *, values: Mapping[str, Any], contents: Iterable[tuple[str, str, int]], actor: str
) -> ServiceLevel:
    """Change a level, or make one when ``code`` is new; it waits for another person's approval.

    ``values`` may have name, name_en, slogan, slogan_en, description, description_en, commission_rate,
    suggested_assets, rank and contains (a code or empty).
    """
    book = rulebook.at()
    least, most = Decimal(str(book.offerings.commission_min)), Decimal(str(book.offerings.commission_max))
    rate = Decimal(str(values["commission_rate"]))
    if not rules.rate_within(rate, least, most):
        raise RateOutside(rate=rate, least=least, most=most)
    listed = list(contents)
    if not listed and not values.get("contains"):
        raise NothingInIt()
    level = ServiceLevel.objects.select_for_update().filter(code=code).first()
    now = timezone.now()
    if level is None:
        level = ServiceLevel(code=code, rank=values["rank"], version=0)
    for name in (
        "name",
        "name_en",
        "slogan",
        "slogan_en",
        "description",
        "description_en",
        "suggested_assets",
    ):
        if name in values:
            setattr(level, name, values[name])
    level.commission_rate = rate
    level.contains = (
        ServiceLevel.objects.filter(code=values["contains"]).first() if values.get("contains") else None
    )
    level.state, level.maker, level.checker, level.changed_at = ServiceLevel.State.SUBMITTED, actor, "", now
    level.version += 1
    contains = dict(ServiceLevel.objects.values_list("code", "contains__code"))
    contains[code] = values.get("contains") or None  # type: ignore[assignment]
    ids = {name: number for number, name in enumerate(contains)}
    try:
        rules.contained(ids[code], {ids[k]: ids[v] if v is not None else None for k, v in contains.items()})
    except ValueError:
        raise ContainsItself(name=level.name) from None
    level.save()
    LevelContent.objects.filter(level=level).delete()
    LevelContent.objects.bulk_create(
        [LevelContent(level=level, what=w, key=k, number=n) for w, k, n in listed]
    )
    ledger.record(
        "level.designed", actor=actor, object_kind="level", object_id=level.pk,
        facts={**_names(level), "version": level.version, "rate": str(rate), "contents": [list(item) for item in listed]},
    )  # fmt: skip
    return level


@transaction.atomic
def approve_design(code: str, *, actor: str) -> ServiceLevel:
    """Put a submitted level into service."""
    level = ServiceLevel.objects.select_for_update().filter(code=code).first()
    if level is None:
        raise NotFound()
    if level.state != ServiceLevel.State.SUBMITTED:
        raise AlreadyDone(state=level.get_state_display())
    if level.maker == actor:
        raise SameMakerAndChecker()
    level.state, level.checker, level.changed_at = ServiceLevel.State.ACTIVE, actor, timezone.now()
    level.save(update_fields=["state", "checker", "changed_at"])
    ledger.record(
        "level.activated", actor=actor, object_kind="level", object_id=level.pk, facts=_names(level)
    )
    return level


# --- applications (G4, G11) ---------------------------------------------------------------------------------


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


@transaction.atomic
def decide(change_id: int, *, approve: bool, reason: str, actor: str) -> LevelChange:
    """The branch's answer. An approved level comes into force on the next trading day."""
    change = _open(change_id)
    if not approve and not reason.strip():
        raise ReasonNeeded()
    change.decided_at, change.decided_by, change.reason = timezone.now(), actor, reason.strip()[:400]
    change.state = LevelChange.State.APPROVED if approve else LevelChange.State.REFUSED
    if approve:
        change.effective_on = business_time.trading_day_after(business_time.today(), 1, legal=False)
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
            change.effective_on = business_time.trading_day_after(decided_on, 1, legal=False)
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
