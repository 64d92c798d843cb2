"""Kinds of case that the demonstration's branch set up itself: one in its second version with cases, one that waits."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

import numpy as np

from maitian.clients.models import Client
from maitian.demo.desk import Desk
from maitian.desk.actions import kinds, marking, sweeping
from maitian.desk.actions.opening import open_case
from maitian.staff.models import Member

FAULT: dict[str, Any] = {
    "name": "交易软件故障", "name_en": "Trading software fault", "hint": "登录、行情、委托出了问题", "hint_en": "Signing in, quotes or orders do not work",
    "icon": "settings", "team": "service", "priority": 2, "portal": True, "policy": "enquiry", "own_clocks": True,
    "fields": [
        {"name": "哪一个软件", "name_en": "Which software", "type": "choice", "required": True, "choices": [
            {"name": "手机版", "name_en": "On the phone"}, {"name": "电脑版", "name_en": "On the computer"}, {"name": "网页版", "name_en": "In the browser"}]},
        {"name": "什么时候出的问题", "name_en": "When it happened", "type": "time", "required": True},
        {"name": "涉及的证券", "name_en": "Security concerned", "type": "security", "help": "六位代码，没有就不填", "help_en": "Six digits; leave it empty if there is none"},
        {"name": "影响的金额（元）", "name_en": "Amount concerned (CNY)", "type": "amount"},
    ],
}  # fmt: skip
MORE = {"name": "核对到的错误代码", "name_en": "Error code found", "type": "text", "inside": True,
        "help": "在日志里查到的，如 E-1042", "help_en": "As the log has it, like E-1042"}  # fmt: skip
INSTITUTION: dict[str, Any] = {
    "name": "机构客户开户咨询", "name_en": "Opening for institutions", "hint": "公司、基金、合伙企业开户要什么", "hint_en": "What companies, funds and partnerships need",
    "icon": "book", "team": "wealth", "priority": 1, "portal": True, "policy": "request",
    "fields": [
        {"name": "机构类型", "name_en": "Kind of institution", "type": "choice", "required": True, "choices": [
            {"name": "公司", "name_en": "Company"}, {"name": "合伙企业", "name_en": "Partnership"}, {"name": "私募基金", "name_en": "Private fund"}]},
        {"name": "联系人电话", "name_en": "Phone of the contact", "type": "phone", "required": True, "personal": True},
        {"name": "希望哪天来办", "name_en": "Wanted on", "type": "date"},
        {"name": "需要两融权限", "name_en": "Margin trading wanted", "type": "yes_no"},
    ],
}  # fmt: skip
CASES = [
    ("closed", "c1", "000002", "", "行情不刷新，价格停在 10:12", "开盘后自选股价格一直不动。", "您手机上的行情站点断了，已帮您切到备用站点。", "换了行情站点，刷新正常。"),
    ("closed", "c2", "", "", "电脑版打不开", "更新以后点图标没有反应。", "请先退出杀毒软件再装一次，安装包我发给您。", "重装以后能打开了。"),
    ("resolved", "c1", "600519", "16800", "委托提示“超时”", "14:30 卖出时提示超时，不知道有没有成交。", "这一笔已经报到交易所，成交在 14:31。", "当时网络拥堵，委托已成交，没有少成交。"),
    ("working", "c3", "", "", "网页版登录后是空白页", "换了浏览器也一样。", "我们在查日志，今天收市前给您结果。", ""),
    ("waiting_client", "c1", "", "", "验证码输对了还提示错误", "连着三次都这样。", "请把手机时间改成自动，再试一次告诉我们。", ""),
    ("fresh", "c2", "510300", "52000", "条件单没有触发", "到价了没有委托出去。", "", ""),
    ("late", "c1", "", "", "夜里银证转账页面打不开", "晚上十点想转钱出来。", "", ""),
]  # fmt: skip


def load(members: dict[str, Member], now: datetime) -> int:
    """Two kinds by the lead of a centre; returns how many cases were made of the one in force."""
    clients = Client.objects.filter(state="active").select_related("branch", "manager", "manager__outlet").order_by("-pk")  # fmt: skip
    desk = Desk(members, list(clients[:200]), np.random.default_rng(43), now)
    lead, checker, past = members["lead"], members["checker"], desk.past
    first = kinds.propose(code="", definition=FAULT, base=0, by=lead, note="软件问题单独成一类，好统计", at=past.ago(9300))  # fmt: skip
    kind = kinds.approve(version_id=first.pk, by=checker, at=past.ago(9100))
    made = 0
    for number, row in enumerate(CASES):
        if number == 3:  # from here on with the second form
            definition = copy.deepcopy(first.definition)
            definition["fields"].append(MORE)
            second = kinds.propose(code=kind.code, definition=definition, base=1, by=lead, note="查到的错误代码要留下来", at=past.ago(1900))  # fmt: skip
            kind = kinds.approve(version_id=second.pk, by=checker, at=past.ago(1850))
        made += _case(desk, kind.code, number, *row)
    kinds.propose(code="", definition=INSTITUTION, base=0, by=lead, note="机构来问开户的多了，要分给财富中心", at=past.ago(45))  # fmt: skip
    sweeping.sweep(now)
    return made


def _case(
    desk: Desk, kind: str, number: int, pattern: str, software: str, security: str, amount: str, subject: str, body: str, answer: str, result: str
) -> int:  # fmt: skip
    client = desk.client()
    begun = desk.past.ago(
        {"closed": 5200, "resolved": 2600, "fresh": 6, "late": 130}.get(pattern, 150) + number * 7
    )
    answers = {"f1": software, "f2": f"{begun:%Y-%m-%dT%H:%M}", "f3": security, "f4": amount}
    by = None if number % 3 else desk.agents[number % len(desk.agents)]
    opened = open_case(
        kind=kind, branch=client.branch, client=client, subject=subject, body=body, channel="phone" if by else "portal",
        actor=by.actor if by else client.actor, by=by, answers=answers, at=begun,
    )  # fmt: skip
    if pattern in ("fresh", "late"):
        return 1
    worker = desk.worker(opened, client)
    desk.live(opened, pattern, {"answer": answer, "result": result}, worker, client, begun, number)
    if pattern == "working":
        marking.fill_form(case_id=opened.pk, by=worker, answers={**answers, "f5": "E-1042"}, at=desk.past.after(begun, 52))  # fmt: skip
    return 1
