"""What tests of campaigns share: a definition that is right, and a campaign brought to a state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import time_machine

from maitian.core import reactions
from maitian.core.time import SHANGHAI
from maitian.outreach import dispatch
from maitian.outreach.campaigns import actions, advance
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.channels.pool import Pool
from maitian.outreach.tests.test_dispatch import Line

INVITE = {
    "1": {"inbox": "金智慧上新\n{salutation}，金智慧新增两类报告，点开看看。", "sms": "{signature}{salutation}，金智慧新增两类报告，客户端可申请。{opt_out}"},
    "2": {"inbox": "您的报告清单\n{salutation}，金智慧能看的报告更多了。", "sms": "{signature}金智慧能看的报告更多了，客户端可申请。{opt_out}"},
}  # fmt: skip
REMIND = {"1": {"inbox": "再说一次\n还可以申请金智慧。"}, "2": {"inbox": "再说一次\n还可以申请金智慧。"}}


def at(day: int, clock: str, month: int = 11) -> datetime:
    hours, minutes = clock.split(":")
    return datetime(2026, month, day, int(hours), int(minutes), tzinfo=SHANGHAI)


def travel(day: int, clock: str, month: int = 11) -> Any:
    """Time runs on from the moment."""
    return time_machine.travel(at(day, clock, month), tick=True)


def definition(**changes: Any) -> dict[str, Any]:
    """Two arms and a control group; invite, wait two working days, ask who opened, remind the others."""
    return {
        "goal": {"kind": "level", "level": "gold_wisdom"}, "stays": False, "audience": {"all": [{"is": "level", "any_of": [1]}]},
        "everybody": False, "leaves_out": None, "control": 20, "arms": [{"name": "A", "share": 50}, {"name": "B", "share": 50}],
        "message_class": 0, "risk": None, "budget": "50.00", "starts_at": "", "ends_at": "2026-12-10T18:00:00+08:00", "first": "s1",
        "steps": [
            {"key": "s1", "do": "send", "name": "邀请", "channels": 3, "texts": INVITE, "link": "level", "next": "s2"},
            {"key": "s2", "do": "wait", "name": "", "for": "work_days", "n": 2, "at": "09:30", "next": "s3"},
            {"key": "s3", "do": "branch", "name": "", "ask": "opened", "of": "s1", "yes": "end", "no": "s4"},
            {"key": "s4", "do": "send", "name": "再说一次", "channels": 1, "texts": REMIND, "link": "level", "next": "end"},
        ],
        **changes,
    }  # fmt: skip


def approved(member: Any, name: str = "金智慧推荐", **changes: Any) -> Campaign:
    made = actions.begin(name, actor=member("campaign").actor, definition=definition(**changes))
    actions.propose(made.pk, actor=member("campaign").actor)
    return actions.approve(made.pk, actor=member("checker").actor)


def started(member: Any, **changes: Any) -> Campaign:
    made = approved(member, **changes)
    return actions.start(
        made.pk, actor=member("campaign").actor, confirmed_count=actions.count(made.definition)
    )


def work(line: Line | None = None, channels: Sequence[int] = (0, 3)) -> Line:
    """Hand over everything that waits: the inbox, and SMS to a gateway in memory."""
    line = line or Line()
    here = dispatch.Worker(channels)
    while here.step():
        pass
    there = dispatch.Worker((1,), Pool([line]))
    while there.step():
        pass
    return line


def tick() -> dict[str, int]:
    """What a minute does: reactions, then campaigns."""
    reactions.react_all()
    return advance.run()
