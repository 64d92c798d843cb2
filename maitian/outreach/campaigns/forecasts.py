"""Before a campaign begins: how many would enter each group, what the gates would say of each send, what it costs at most."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from maitian.core import rulebook
from maitian.outreach import decision, rules
from maitian.outreach.actions import deciding, money
from maitian.outreach.campaigns import actions, graph, plan
from maitian.outreach.campaigns.describing import previews
from maitian.outreach.models import Event
from maitian.outreach.words import CHANNEL_NAMES


@dataclass(frozen=True)
class ArmForecast:
    """One arm: clients, and what it costs at most when everybody takes the dearest way (CNY)."""

    name: str
    clients: int
    cost: Decimal


@dataclass(frozen=True)
class SendForecast:
    """One send if everybody came to it: clients reached, messages by channel, why the others are not."""

    key: str
    name: str
    asked: int
    reached: int
    channels: list[tuple[Any, int]]
    cost: Decimal


@dataclass(frozen=True)
class Forecast:
    """Nothing is kept. ``number`` is the campaign's, which the groups are drawn by; before it is stored, any."""

    clients: int
    controls: int
    arms: list[ArmForecast]
    sends: list[SendForecast]
    cost: Decimal
    budget: Decimal | None
    through: datetime | None
    faults: list[str] = field(default_factory=list)

    @property
    def over_budget(self) -> bool:
        return self.budget is not None and self.cost > self.budget


def of(definition: plan.Definition, number: int) -> Forecast:
    """The forecast of a definition that is right in all its parts."""
    now = timezone.now()
    audience, values = actions.audience_sql(definition)
    arm = actions.arm_sql(definition)
    values = {**values, "campaign": number}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {arm}, count(*) FROM clients_client c WHERE {audience} GROUP BY 1", values)
        groups = {int(key): int(n) for key, n in cursor.fetchall()}
    sends, prices = [], {n: {} for n in range(1, len(definition["arms"]) + 1)}
    names = plan.names(definition)
    for step in definition["steps"]:
        if step["do"] != graph.SEND:
            continue
        found = _counts(definition, step, audience, values, arm, now)
        total: dict[int, int] = {}
        cost = 0
        for (group, byte), n in found.items():
            if not group:
                continue
            total[byte] = total.get(byte, 0) + n
            if byte & rules.SMS:
                units = n * _price(definition, step, group)
                cost += units
                prices[group][step["key"]] = prices[group].get(step["key"], 0) + units
        sends.append(
            SendForecast(
                step["key"], names[step["key"]], sum(total.values()), sum(n for byte, n in total.items() if byte & 15),
                [
                    (CHANNEL_NAMES[channel], sum(n for byte, n in total.items() if byte & (1 << channel)))
                    for channel in range(4) if step["channels"] & (1 << channel)
                ],
                _cny(cost),
            )
        )  # fmt: skip
    arms = [
        ArmForecast(
            arm["name"], groups.get(n, 0), _cny(graph.dearest(definition["steps"], definition["first"], prices[n])),
        )
        for n, arm in enumerate(definition["arms"], 1)
    ]  # fmt: skip
    return Forecast(
        sum(groups.values()), groups.get(0, 0), arms, sends, sum((arm.cost for arm in arms), Decimal(0)), plan.budget_of(definition),
        plan.last_end(definition, now),
    )  # fmt: skip


def _cny(units: int) -> Decimal:
    return Decimal(units) / money.UNIT


def _price(definition: plan.Definition, step: graph.Step, arm: int) -> int:
    sms = next((preview for preview in previews(definition, step, arm) if preview.name == "sms"), None)
    return int(sms.price * money.UNIT) if sms else 0


def _counts(
    definition: plan.Definition,
    step: graph.Step,
    audience: str,
    values: dict[str, Any],
    arm: str,
    now: datetime,
) -> dict[tuple[int, int], int]:
    """(group, outcome byte) → clients, with the gates of today and no quiet hours."""
    topic = plan.draft_topic(definition, step)
    facts = {"risk_number": definition["risk"], "round": 0, "campaign": 0}
    question = deciding.question(Event(topic=topic, facts=facts, title="", pk=0), now, rulebook.at(now), {})
    sql, parameters = decision.statement(replace(question, audience=audience, parameters=values))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {arm.replace('c.id', 'd.id')}, d.outcome, count(*) FROM ({sql}) d GROUP BY 1, 2",
            {**parameters, **values},
        )
        return {(int(group), int(byte)): int(n) for group, byte, n in cursor.fetchall()}
