"""Campaigns of the demonstration: one in the middle, one finished with its results, one that waits for its approval.

They are made by the real actions at their own time (``clock.at``): the groups, the gates, the messages and the figures
are what the product makes of these clients. How many clients respond is invented.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.db import connection

from maitian.clients.models import Trade
from maitian.core import ledger
from maitian.demo.clock import at, days_ago, days_ahead
from maitian.outreach import dispatch
from maitian.outreach.campaigns import actions, advance
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.channels import Handed, Inbound, Outcome, Outgoing, Receipt, Unreadable
from maitian.outreach.channels.pool import Pool
from maitian.staff.models import Member

SMALLEST = 1_000  # clients; a smaller branch is a test's


def load(members: dict[str, Member], clients: int) -> int:
    """Returns how many campaigns were made; none for a branch of a test's size."""
    if clients < SMALLEST:
        return 0
    finished(members)
    running(members)
    waiting(members)
    return 3


def _begun(members: dict[str, Member], name: str, definition: dict[str, Any], when: datetime) -> Campaign:
    editor, checker = members["campaign"].actor, members["checker"].actor
    with at(when - timedelta(hours=3)):
        made = actions.begin(name, actor=editor, definition=definition)
        actions.propose(made.pk, actor=editor)
    with at(when - timedelta(hours=1)):
        actions.approve(made.pk, actor=checker)
    with at(when):
        made = actions.start(made.pk, actor=editor, confirmed_count=actions.count(made.definition))
    _tick(made, when)
    return made


def _tick(campaign: Campaign, when: datetime) -> None:
    """What the workers do at a moment: steps, messages, receipts."""
    with at(when):
        advance.advance(campaign.pk)
        line = _Line()
        for worker in (dispatch.Worker((0, 3)), dispatch.Worker((1,), Pool([line]))):
            while worker.step():
                pass
        dispatch.settle(line.receipts())  # what came with the last batch


class _Line:
    """An SMS line of the past: it takes everything and delivers nearly everything."""

    name, batch = "simulator", 500

    def __init__(self) -> None:
        self.bell = threading.Event()
        self._taken: list[Receipt] = []

    def open(self) -> None:
        return

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        made = []
        for message in batch:
            reference = f"C{message.client_id}-{crc32(message.text.encode())}"
            lost = message.client_id % 61 == 0
            self._taken.append(Receipt(self.name, reference, not lost, "UNDELIV" if lost else "", message.to))
            made.append(Handed(message.client_id, Outcome.ACCEPTED, reference, None, self.name))
        return made

    def receipts(self) -> list[Receipt]:
        found, self._taken = self._taken, []
        return found

    def inbound(self) -> list[Inbound]:
        return []

    def unreadable(self) -> list[Unreadable]:
        return []

    def stored(self) -> None:
        return

    def facts(self) -> dict[str, Any]:
        return {"line": "up"}

    def close(self) -> None:
        return


def _chosen(campaign: Campaign, arm: int, per_mille: int, salt: int) -> list[int]:
    """A share of a group, the same every time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id FROM outreach_campaignmember WHERE campaign_id = %s AND arm = %s"
            " AND abs(hashint8(client_id * 104729 + %s)) %% 1000 < %s ORDER BY client_id",
            [campaign.pk, arm, salt, per_mille],
        )
        return [row[0] for row in cursor.fetchall()]


def _opened(campaign: Campaign, clients: Sequence[int], when: datetime) -> None:
    """These clients open the latest message that they got in the campaign."""
    with at(when), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_message g SET state = 4, changed_at = %s FROM outreach_campaignmember m"
            " JOIN outreach_campaignround r ON r.id = m.round_id WHERE m.campaign_id = %s AND m.client_id = ANY(%s)"
            " AND g.client_id = m.client_id AND g.event_id = r.event_id AND g.channel = 0 AND g.state = 2 RETURNING g.client_id, g.event_id",
            [when, campaign.pk, list(clients)],
        )
        ledger.record_many(
            {
                "kind": "message.read", "actor": f"client:{client}", "client_id": client, "object_kind": "event", "object_id": event,
                "at": when + timedelta(seconds=client % 7200), "facts": {"title": campaign.name},
            }
            for client, event in cursor.fetchall()
        )  # fmt: skip


def finished(members: dict[str, Member]) -> None:
    """Thirty trading days ago: two ways to speak of research, and a group that heard nothing."""
    begins, ends = days_ago(30, "10:05"), days_ago(12, "18:00")
    campaign = _begun(
        members, "请来看研报",
        {
            "goal": {"kind": "report", "report": None}, "audience": {"all": [{"is": "level", "any_of": [2]}, {"is": "state", "any_of": ["active", "opened"]}]},
            "control": 25, "arms": [{"name": "讲结论", "share": 50}, {"name": "讲用处", "share": 50}], "message_class": 0, "budget": "120.00",
            "ends_at": ends.isoformat(), "first": "s1",
            "steps": [
                {
                    "key": "s1", "do": "send", "name": "邀请", "channels": 3, "link": "reports", "next": "s2",
                    "texts": {
                        "1": {"inbox": "您的研报已经上架\n{salutation}，您的级别可以看行业和公司深度报告，点开就能看。", "sms": "{signature}您的级别可看深度研报，客户端“报告”里有。"},
                        "2": {"inbox": "三分钟看懂一只股票\n{salutation}，持有一只股票前，先看一页摘要：哪里赚钱、有什么风险。", "sms": "{signature}持有前先看一页摘要：哪里赚钱、有什么风险。客户端“报告”里有。"},
                    },
                },
                {"key": "s2", "do": "wait", "for": "work_days", "n": 3, "at": "10:00", "next": "s3"},
                {"key": "s3", "do": "branch", "ask": "opened", "of": "s1", "yes": "end", "no": "s4"},
                {
                    "key": "s4", "do": "send", "name": "再说一次", "channels": 1, "link": "reports", "next": "end",
                    "texts": {n: {"inbox": "研报还在等您\n{salutation}，上架的报告没有期限，有空时看一篇。"} for n in ("1", "2")},
                },
            ],
        },
        begins,
    )  # fmt: skip
    for arm, opened in ((1, 380), (2, 470)):
        _opened(campaign, _chosen(campaign, arm, opened, 1), begins + timedelta(hours=2))
    _tick(campaign, days_ago(27, "10:01"))
    # How many read a report before the end: nobody's doing in the control group.
    read = [
        (client, begins + timedelta(hours=3 + client % 200))
        for arm, per_mille in ((0, 90), (1, 160), (2, 215))
        for client in _chosen(campaign, arm, per_mille, 2)
    ]
    with at(ends - timedelta(days=1)):
        ledger.record_many(
            {
                "kind": "report.read", "actor": f"client:{client}", "client_id": client, "object_kind": "report", "object_id": 1, "at": moment,
                "facts": {"title": "证券行业快评"},
            }
            for client, moment in read
        )  # fmt: skip
        advance.measure(campaign.pk)
    with at(ends):
        advance.run()


def running(members: dict[str, Member]) -> None:
    """Four trading days ago: clients who have not traded for long; they wait for the second step now."""
    begins = days_ago(4, "09:35")
    campaign = _begun(
        members, "好久不见",
        {
            "goal": {"kind": "traded", "symbols": [], "side": "", "amount": "0"},
            "audience": {"all": [{"is": "state", "any_of": ["dormant"]}]}, "control": 20,
            "arms": [{"name": "A", "share": 50}, {"name": "B", "share": 50}], "message_class": 2, "budget": "60.00",
            "ends_at": days_ahead(12, "18:00").isoformat(), "first": "s1",
            "steps": [
                {
                    "key": "s1", "do": "send", "name": "问候", "channels": 3, "link": "reports", "next": "s2",
                    "texts": {
                        "1": {"inbox": "好久不见\n{salutation}，您的账户一切正常。市场和软件都有变化，有空时来看看。", "sms": "{signature}{salutation}，好久不见，账户一切正常。软件更新了，有空时来看看。"},
                        "2": {"inbox": "您的账户体检\n{salutation}，我们替您看过：密码、证件、测评都在有效期。还缺什么，告诉我们。", "sms": "{signature}{salutation}，账户体检完成，一切正常。有问题回这条短信。"},
                    },
                },
                {"key": "s2", "do": "wait", "for": "work_days", "n": 1, "at": "09:40", "next": "s3"},
                {"key": "s3", "do": "branch", "ask": "reached", "of": "s1", "yes": "s4", "no": "end"},
                {"key": "s4", "do": "wait", "for": "work_days", "n": 6, "at": "10:00", "next": "s5"},
                {"key": "s5", "do": "branch", "ask": "replied", "yes": "end", "no": "s6"},
                {
                    "key": "s6", "do": "send", "name": "请客户经理打电话", "channels": 8, "link": "", "next": "end",
                    "texts": {n: {"call": "{salutation}您好，我是{branch}的。好久没联系，想问问软件用得顺不顺，有没有要我们办的。"} for n in ("1", "2")},
                },
            ],
        },
        begins,
    )  # fmt: skip
    for arm, opened in ((1, 260), (2, 330)):
        _opened(campaign, _chosen(campaign, arm, opened, 3), begins + timedelta(hours=4))
    _tick(campaign, days_ago(3, "09:41"))
    traded = [
        client
        for arm, per_mille in ((0, 30), (1, 60), (2, 85))
        for client in _chosen(campaign, arm, per_mille, 4)
    ]
    _trades(traded, days_ago(2, "10:30"))
    with at(days_ago(2, "19:00")):
        advance.measure(campaign.pk)


def _trades(clients: Sequence[int], when: datetime) -> None:
    """One small purchase each, of a share that the client holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (a.client_id) a.client_id, a.number, h.symbol, p.close FROM clients_fundaccount a"
            " JOIN clients_holding h ON h.client_id = a.client_id JOIN LATERAL (SELECT close FROM clients_price p"
            " WHERE p.symbol = h.symbol ORDER BY day DESC LIMIT 1) p ON true WHERE a.client_id = ANY(%s) ORDER BY a.client_id, h.symbol",
            [list(clients)],
        )
        rows = cursor.fetchall()
    Trade.objects.bulk_create(
        Trade(
            client_id=client, account_number=number, at=when + timedelta(minutes=client % 110), symbol=symbol, side="B", quantity=100, price=close,
            amount=close * 100, commission=max(close * 100 * 2 / 1000, 5), reference=f"DEMO-C{client}",
        )
        for client, number, symbol, close in rows
    )  # fmt: skip


def waiting(members: dict[str, Member]) -> None:
    """Handed in this morning; and a draft that its editor has only begun."""
    editor = members["campaign"].actor
    made = actions.begin(
        "金锦囊体验", actor=editor,
        definition={
            "goal": {"kind": "level", "level": "gold_brocade"},
            "audience": {"all": [{"is": "level", "any_of": [2]}, {"is": "assets", "at_least": "200000"}, {"is": "assessment", "valid": True}]},
            "control": 20, "arms": [{"name": "A", "share": 50}, {"name": "B", "share": 50}], "message_class": 1, "risk": None, "budget": "200.00",
            "ends_at": days_ahead(18, "18:00").isoformat(), "first": "s1",
            "steps": [
                {
                    "key": "s1", "do": "send", "name": "介绍", "channels": 3, "link": "level", "next": "s2",
                    "texts": {
                        "1": {"inbox": "一位专属投顾\n{salutation}，金锦囊有一位专属投资顾问：规划、盘中答疑、月度回顾。是否申请由您决定，投资有风险。", "sms": "{signature}{salutation}，金锦囊有专属投顾，客户端“我的级别”可看可申请。投资有风险，{opt_out}"},
                        "2": {"inbox": "每月一份账户回顾\n{salutation}，金锦囊每月给您一份账户回顾：收益、回撤、持仓集中度。是否申请由您决定，投资有风险。", "sms": "{signature}{salutation}，金锦囊每月一份账户回顾，客户端“我的级别”可看可申请。投资有风险，{opt_out}"},
                    },
                },
                {"key": "s2", "do": "wait", "for": "work_days", "n": 3, "at": "10:00", "next": "s3"},
                {"key": "s3", "do": "branch", "ask": "opened", "of": "s1", "yes": "s4", "no": "s6"},
                {"key": "s4", "do": "wait", "for": "work_hours", "n": 8, "next": "s5"},
                {
                    "key": "s5", "do": "send", "name": "请客户经理打电话", "channels": 8, "link": "", "next": "end",
                    "texts": {n: {"call": "{salutation}您好，您看过金锦囊的介绍，有什么想问的？我只说明服务内容和收费，不推荐股票。"} for n in ("1", "2")},
                },
                {
                    "key": "s6", "do": "send", "name": "再提醒一次", "channels": 1, "link": "level", "next": "end",
                    "texts": {n: {"inbox": "金锦囊的介绍还在\n{salutation}，有空时看一眼，不需要也没关系。投资有风险。"} for n in ("1", "2")},
                },
            ],
        },
    )  # fmt: skip
    actions.propose(made.pk, actor=editor, reason="只给测评有效、资产 20 万以上的金智慧客户")
    actions.begin(
        "年末账户整理", actor=members["editor"].actor,
        definition={"goal": {"kind": "assessed"}, "audience": {"all": [{"is": "assessment", "expires_within": 60}]}, "message_class": 0},
    )  # fmt: skip
