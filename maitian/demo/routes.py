"""Rules of routing that the demonstration's branch changed itself: one list in force, one that waits for its checker."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from maitian.demo.desk import Past
from maitian.desk.actions import routes
from maitian.staff.models import Member

FAULT: dict[str, Any] = {
    "name": "金智慧、金锦囊客户的软件故障加急", "name_en": "Software faults of Gold Wisdom and Gold Brocade: urgent",
    "conditions": {"kinds": ["trading_software_fault"], "levels": [2, 3]}, "team": "service", "priority": 3,
}  # fmt: skip
MARGIN: dict[str, Any] = {
    "name": "问两融的到财富中心", "name_en": "Questions on margin trading: wealth centre",
    "conditions": {"kinds": ["enquiry"], "words": ["两融", "融资", "融券"]}, "team": "wealth",
}  # fmt: skip


def load(members: dict[str, Member], now: datetime) -> None:
    """The second list in force since some days, the third proposed by the lead of a centre."""
    lead, checker, past = members["lead"], members["checker"], Past(now)
    definition = copy.deepcopy(routes.in_force().definition)
    definition["rules"].append(FAULT)
    second = routes.propose(definition=definition, base=1, by=lead, note="这两级的客户交易不能等", at=past.ago(1800))  # fmt: skip
    routes.approve(version_id=second.pk, by=checker, at=past.ago(1700))
    third = copy.deepcopy(second.definition)
    third["rules"].append(MARGIN)
    routes.propose(definition=third, base=2, by=lead, note="两融规则财富中心最清楚", at=past.ago(60))
