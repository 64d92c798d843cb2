"""What came of a campaign: by step and arm, as a funnel, and against those who got nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from maitian.core import rulebook
from maitian.outreach import rules as outreach_rules
from maitian.outreach.actions import money
from maitian.outreach.campaigns import graph, plan, rules
from maitian.outreach.campaigns.describing import titles
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.campaigns.rules import Difference, Share
from maitian.outreach.words import CHANNEL_NAMES, GATES

GROUPS = """
SELECT arm, count(*), count(done_at), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2),
       count(*) FILTER (WHERE left_for = 'goal'), count(*) FILTER (WHERE left_for = 'opted_out'), count(*) FILTER (WHERE left_for = 'closed'),
       count(*) FILTER (WHERE left_for = 'over')
  FROM outreach_campaignmember WHERE campaign_id = %s GROUP BY arm ORDER BY arm
"""
# Clients of each round: reached by any channel, opened in the inbox, replied; then each arm's clients once.
SENT = """
SELECT r.id, t.id FROM outreach_campaignround r JOIN outreach_verdictblock b ON b.event_id = r.event_id
 CROSS JOIN LATERAL unnest(b.client_ids) WITH ORDINALITY AS t(id, n)
 WHERE r.campaign_id = %(campaign)s AND get_byte(b.outcomes, (t.n - 1)::int) & 15 > 0
"""
READ = """
SELECT r.id, l.client_id FROM outreach_campaignround r
  JOIN core_ledger l ON l.object_kind = 'event' AND l.object_id = r.event_id::text AND l.kind = 'message.read'
 WHERE r.campaign_id = %(campaign)s
"""
REPLIED = """
SELECT r.id, x.client_id FROM outreach_campaignround r
  JOIN outreach_campaignmember m ON m.campaign_id = r.campaign_id AND m.arm = r.arm
  JOIN clients_inboundtext x ON x.client_id = m.client_id AND x.at >= m.entered_at AND x.event_id = r.event_id AND x.meaning <> 'opt_out'
 WHERE r.campaign_id = %(campaign)s AND r.event_id IS NOT NULL
"""
BY_ROUND = "SELECT s.round, count(DISTINCT s.client) FROM ({rows}) s(round, client) GROUP BY 1"
BY_ARM = "SELECT r.arm, count(DISTINCT s.client) FROM ({rows}) s(round, client) JOIN outreach_campaignround r ON r.id = s.round GROUP BY 1"
DELIVERIES = """
SELECT r.id, d.channel, sum(d.count), sum(d.delivered), sum(d.failed), sum(d.unknown), sum(d.withheld), sum(d.cost)
  FROM outreach_campaignround r JOIN outreach_delivery d ON d.event_id = r.event_id
 WHERE r.campaign_id = %s GROUP BY 1, 2
"""
DONE = "SELECT done_round_id, count(*) FROM outreach_campaignmember WHERE campaign_id = %s AND done_round_id IS NOT NULL GROUP BY 1"


@dataclass
class Channel:
    """One channel of a cell: messages planned, delivered, failed."""

    label: Any
    planned: int = 0
    delivered: int = 0
    failed: int = 0


@dataclass
class Cell:
    """One step for one arm. ``came`` passed it; of a branch ``yes`` and ``no`` say which way."""

    came: int = 0
    yes: int = 0
    no: int = 0
    sent: int = 0
    read: int = 0
    replied: int = 0
    done: int = 0  # reached the goal with this as the last message before
    withheld: int = 0
    unknown: int = 0
    cost: Decimal = Decimal(0)
    channels: dict[int, Channel] = field(default_factory=dict)
    gates: dict[str, int] = field(default_factory=dict)  # why the others got nothing


@dataclass
class StepResult:
    """One step with its cells by arm."""

    number: int
    step: graph.Step
    name: str
    cells: list[tuple[str, Cell]]


@dataclass
class Group:
    """An arm, or the control group (number 0), as a whole."""

    number: int
    name: str
    share: Share
    under_way: int = 0
    through: int = 0
    left: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    read: int = 0
    replied: int = 0
    cost: Decimal = Decimal(0)

    @property
    def cost_per_done(self) -> Decimal | None:
        """CNY of SMS for each client who reached the goal; ``None`` without any."""
        return (self.cost / self.share.k) if self.share.k else None

    @property
    def stages(self) -> list[tuple[Any, int]]:
        """The funnel: entered, sent to, opened, done."""
        return [
            (_("进入"), self.share.n),
            (_("发出"), self.sent),
            (_("打开了"), self.read),
            (_("达成"), self.share.k),
        ]


@dataclass(frozen=True)
class Comparison:
    """One group against another. ``more``: how many clients that makes in the first group, with its interval."""

    one: Group
    other: Group
    difference: Difference

    @property
    def more(self) -> tuple[int, int, int]:
        n = self.one.share.n
        return (
            round(self.difference.value * n),
            round(self.difference.low * n),
            round(self.difference.high * n),
        )

    @property
    def size(self) -> float:
        """The difference without its sign, in percentage points."""
        return abs(self.points[0])

    @property
    def points(self) -> tuple[float, float, float]:
        """Difference, low and high in percentage points."""
        return tuple(
            round(100 * value, 2)
            for value in (self.difference.value, self.difference.low, self.difference.high)
        )  # type: ignore[return-value]


@dataclass
class Results:
    """All figures of a campaign at one moment."""

    control: Group | None
    arms: list[Group]
    steps: list[StepResult]
    comparisons: list[Comparison]
    confidence: float
    least: int

    @property
    def done(self) -> int:
        return sum(arm.share.k for arm in self.arms)

    @property
    def reach(self) -> float:
        """The largest end of any interval: all of them are drawn on one scale."""
        return max(
            (max(abs(c.difference.low), abs(c.difference.high)) for c in self.comparisons), default=0.0
        )

    @property
    def treated(self) -> int:
        return sum(arm.share.n for arm in self.arms)

    @property
    def cost(self) -> Decimal:
        return sum((arm.cost for arm in self.arms), Decimal(0))

    @property
    def cost_per_done(self) -> Decimal | None:
        return self.cost / self.done if self.done else None


def of(campaign: Campaign) -> Results:
    """The figures of a campaign that has begun, by a handful of statements whatever its size."""
    definition = campaign.definition
    rounds = list(campaign.rounds.select_related("event").order_by("pk"))
    by_arm = {name: _run(BY_ARM.format(rows=rows), campaign.pk) for name, rows in _ROWS.items()}
    groups = _groups(campaign, by_arm)
    cells: dict[tuple[str, int], Cell] = {}
    place = {taken.pk: (taken.step, taken.arm) for taken in rounds}
    for taken in rounds:
        cell = cells.setdefault((taken.step, taken.arm), Cell())
        cell.came += taken.count
        cell.yes += taken.count if taken.way == "yes" else 0
        cell.no += taken.count if taken.way == "no" else 0
        if taken.event is not None:
            for byte, n in taken.event.counts.items():
                gate, mask = outreach_rules.split(int(byte))
                if not mask:
                    name = str(GATES[gate])
                    cell.gates[name] = cell.gates.get(name, 0) + n
    for name, rows in _ROWS.items():
        for key, n in _run(BY_ROUND.format(rows=rows), campaign.pk).items():
            cell = cells[place[key]]
            setattr(cell, name, getattr(cell, name) + n)
    _deliveries(campaign, cells, place)
    with connection.cursor() as cursor:
        cursor.execute(DONE, [campaign.pk])
        for key, n in cursor.fetchall():
            cells[place[key]].done += n
    for group in groups:
        group.cost = sum(
            (cell.cost for (_step, arm), cell in cells.items() if arm == group.number), Decimal(0)
        )
    arms = [group for group in groups if group.number]
    control = next((group for group in groups if not group.number), None)
    values = rulebook.at().outreach.campaign
    return Results(
        control,
        arms,
        _steps(definition, cells),
        compare(arms, control, values.confidence, values.least_group),
        values.confidence,
        values.least_group,
    )


_ROWS = {"sent": SENT, "read": READ, "replied": REPLIED}


def _run(sql: str, campaign_id: int) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"campaign": campaign_id})
        return {int(key): int(n) for key, n in cursor.fetchall()}


def _groups(campaign: Campaign, by_arm: dict[str, dict[int, int]]) -> list[Group]:
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, [campaign.pk])
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    made = []
    numbers = range(0 if campaign.definition["control"] else 1, len(campaign.definition["arms"]) + 1)
    for number in numbers:
        n, done, under_way, through, goal, out, closed, over = found.get(number, (0,) * 8)
        name = campaign.definition["arms"][number - 1]["name"] if number else _("对照组")
        made.append(
            Group(
                number, name, Share(done, n), under_way, through, {"goal": goal, "opted_out": out, "closed": closed, "over": over},
                by_arm["sent"].get(number, 0), by_arm["read"].get(number, 0), by_arm["replied"].get(number, 0),
            )
        )  # fmt: skip
    return made


def _deliveries(
    campaign: Campaign, cells: dict[tuple[str, int], Cell], place: dict[int, tuple[str, int]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DELIVERIES, [campaign.pk])
        for key, channel, planned, delivered, failed, unknown, withheld, cost in cursor.fetchall():
            cell = cells[place[key]]
            one = cell.channels.setdefault(channel, Channel(CHANNEL_NAMES[channel]))
            one.planned += int(planned)
            one.delivered += int(delivered)
            one.failed += int(failed)
            cell.unknown += int(unknown)
            cell.withheld += int(withheld)
            cell.cost += Decimal(int(cost)) / money.UNIT


def _steps(definition: plan.Definition, cells: dict[tuple[str, int], Cell]) -> list[StepResult]:
    names = titles(definition)
    return [
        StepResult(
            place.number, place.step, names[place.step["key"]],
            [(arm["name"], cells.get((place.step["key"], number), Cell())) for number, arm in enumerate(definition["arms"], 1)],
        )
        for place in graph.places(graph.layout(definition["steps"], definition["first"]))
    ]  # fmt: skip


def compare(arms: list[Group], control: Group | None, confidence: float, least: int) -> list[Comparison]:
    """Every arm against the control group, and the arms against the first one; all of them share the error."""
    pairs = [(arm, control) for arm in arms if control is not None] + [(arm, arms[0]) for arm in arms[1:]]
    z = rules.quantile(confidence, len(pairs))
    return [
        Comparison(one, other, rules.difference(one.share, other.share, z, least))
        for one, other in pairs
        if other is not None
    ]


def table(campaign: Campaign, found: Results) -> str:
    """The figures as CSV, by step and arm and in total; nothing about any single client."""
    out = io.StringIO()
    out.write("﻿")  # spreadsheets then read it as UTF-8
    writer = csv.writer(out)
    writer.writerow(["step", "name", "kind", "arm", "came", "yes", "no", "sent", "delivered", "failed", "unknown", "withheld", "read", "replied", "done", "cost_cny"])  # fmt: skip
    for result in found.steps:
        for arm, cell in result.cells:
            delivered, failed = (
                sum(getattr(c, what) for c in cell.channels.values()) for what in ("delivered", "failed")
            )
            writer.writerow([
                result.number, _safe(result.name), result.step["do"], _safe(arm), cell.came, cell.yes, cell.no, cell.sent, delivered, failed,
                cell.unknown, cell.withheld, cell.read, cell.replied, cell.done, f"{cell.cost:.2f}",
            ])  # fmt: skip
    for group in [*([found.control] if found.control else []), *found.arms]:
        writer.writerow([
            "total", "", "group", _safe(group.name), group.share.n, "", "", group.sent, "", "", "", "", group.read, group.replied,
            group.share.k, f"{group.cost:.2f}",
        ])  # fmt: skip
    for item in found.comparisons:
        value, low, high = item.points
        writer.writerow(
            [
                "difference",
                f"{_safe(item.one.name)} - {_safe(item.other.name)}",
                "percentage points",
                "",
                value,
                low,
                high,
                str(item.difference.says),
            ]
        )
    return out.getvalue()


def _safe(text: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
