"""Visits on site: one tomorrow, one that is over and has no result yet, one that had to come again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from maitian.clients.models import Client, ContactPoint
from maitian.core.time import SHANGHAI, shanghai
from maitian.desk.actions.opening import open_case
from maitian.staff.models import Member
from maitian.visits import actions

HELP = (
    ("家里电脑看不到行情", "行情软件打开是空白的，昨天还好好的。", "滨河路 18 号 3 单元 502"),
    ("手机上不会下单", "换了新手机，不知道怎么登录、怎么下单。", "文昌里 7 号 201"),
    ("软件一直闪退", "更新以后一打开就退出，想请人来看看。", "湖滨花园 12 栋 1103"),
)


def load(members: dict[str, Member], now: datetime) -> int:
    """For clients of account manager 1; returns how many visits there are."""
    by = members["manager1"]
    clients = (
        Client.objects.filter(manager=by, state="active", merged_into=None)
        .select_related("branch", "manager")
        .order_by("pk")[:3]
    )
    day = shanghai(now).date()
    made = 0
    for n, (client, (subject, body, place)) in enumerate(zip(clients, HELP, strict=False)):
        opened = now - timedelta(days=3, hours=n)
        case = open_case(
            kind="help_visit", branch=client.branch, client=client, subject=subject, body=body, channel="phone", actor=by.actor, by=by,
            answers={}, complete=False, at=opened,
        )  # fmt: skip
        first = datetime.combine(day - timedelta(days=2), time(14 + n), SHANGHAI)
        tomorrow = datetime.combine(day + timedelta(days=1), time(10 + n), SHANGHAI)
        if n == 0:
            actions.plan(
                case_id=case.pk, by=by, when=tomorrow, place=place, at=opened + timedelta(minutes=20)
            )
            made += 1
            continue
        visit = actions.plan(
            case_id=case.pk, by=by, when=first, place=place, at=opened + timedelta(minutes=20)
        )
        made += 1
        if n == 1:
            actions.finish(
                visit_id=visit.pk, by=by, came_of="unsolved", found="登录好了，下单还没教完", taught="登录、看行情", when=tomorrow,
                at=first + timedelta(minutes=55),
            )  # fmt: skip
            made += 1
    _referrals(members, clients[0] if clients else None, day, now)
    return made


def _referrals(members: dict[str, Member], client: Client | None, day: date, now: datetime) -> None:
    """Two visits of last week that were solved: one led to a lead, the other to somebody who is on record."""
    by = members["manager1"]
    other = (
        ContactPoint.objects.filter(
            kind="phone", client__manager=members["manager2"], client__merged_into=None
        )
        .order_by("pk")
        .first()
    )
    if client is None or other is None:
        return
    people = (
        ("顾以宁", "13900004417", "call", "当场打电话，本人说可以联系"),
        ("老同事", str(other.value), "present", "本人在场，当面说可以"),
    )
    for n, (name, phone, basis, proof) in enumerate(people):
        at = datetime.combine(day - timedelta(days=6 - n), time(10), SHANGHAI)
        case = open_case(
            kind="help_visit", branch=client.branch, client=client, subject=("打印机连不上电脑", "想学看对账单")[n], body="请来帮着看看。",
            channel="phone", actor=by.actor, by=by, complete=False, at=at - timedelta(days=1),
        )  # fmt: skip
        visit = actions.plan(
            case_id=case.pk, by=by, when=at, place="滨河路 18 号 3 单元 502", at=at - timedelta(hours=23)
        )
        actions.finish(
            visit_id=visit.pk, by=by, came_of="solved", found="弄好了，当面试过", taught="自己重启、自己查对账单", thanked=True, referral_asked=True,
            referral=name, referral_phone=phone, referral_basis=basis, referral_proof=proof, at=at + timedelta(minutes=50),
        )  # fmt: skip
