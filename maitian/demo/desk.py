"""Cases of the demonstration: a living desk with open, late, waiting and finished work, played through the real actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from maitian.clients.models import Client
from maitian.core import time as business_time
from maitian.desk.actions import (
    complaints,
    improvements,
    joining,
    letters,
    marking,
    moving,
    people,
    promises,
    refusals,
    remedies,
    sweeping,
    talking,
)
from maitian.desk.actions.opening import Opened, open_case
from maitian.desk.models import Case
from maitian.staff.models import Member

ENQUIRIES = [
    ("科创板权限怎么开", "我想开科创板，要什么条件，能在手机上办吗？", "要有 50 万元资产（前 20 个交易日日均）和两年交易经验，手机上可以申请，我把步骤发给您。"),
    ("银证转账失败，资金没到", "上午转入 5 万，银行扣了，账户里没有。", "我们查到这一笔，银行正在对账，今天 15:00 前会有结果，我再给您回话。"),
    ("手机软件闪退", "新版打开行情就闪退，重装也不行。", "请先清除缓存再更新到 6.2.1；还不行就告诉我们手机型号，我们登记给软件商。"),
    ("新股中签要准备多少钱", "昨天收到短信说中签了，钱什么时候要到位？", "中签缴款在 T+2 日 16:00 前，按中签股数乘发行价备足，我们当天上午会再提醒您。"),
    ("佣金怎么算的", "对账单里佣金比我想的高，是不是含别的费用？", "账单合计里含过户费和印花税，佣金本身按约定费率，明细在“对账单”里可以展开看。"),
    ("忘记交易密码", "交易密码忘了，怎么重置？", "带身份证到柜台当场重置；也可以在手机上视频见证办理。"),
    ("两融利率是多少", "融资利率现在多少，资产多少可以谈？", "现在的标准利率和分档在客户端“融资融券”里，满足条件可以申请，由您的客户经理陪您办。"),
    ("红利什么时候到账", "持有的股票分红了，账户里还没看到。", "红利在派息日收市后记入账户，您这一笔是明天；税按持股时间补扣。"),
    ("国债逆回购怎么买", "想买一天期的，收盘前能买吗？", "可以，交易时间内都行，一天期代码 204001 或 131810，到期自动还款。"),
    ("对账单地址改了没寄到", "上个月换了地址，纸质对账单没收到。", "地址已经更新，我们补寄一份；也可以在客户端下载盖章的电子对账单。"),
]  # fmt: skip
REQUESTS = [
    ("transfer", "转托管到别家", "深市的股票转到另一家券商，哪天能办？", "资料齐了，今天受理，T+1 到账；费用 30 元。", "已转出，请您明天在对方账户核对。"),
    ("close_account", "销户", "不做了，想把账户销掉。", "请先卖出或转出证券、撤销指定交易，当天无委托就可以受理。", "已销户，感谢这些年的信任。"),
    ("permission", "开通创业板", "想开创业板权限。", "测评有效，资产和年限都够，请在手机上签风险揭示书。", "创业板权限已开通，下一交易日可用。"),
    ("bank", "换三方存管银行", "工资卡换了银行，想换存管。", "先把资金转空，当天没有银证流水就能换。", "新银行已签约，可以转账了。"),
    ("commission", "要求降佣金", "别家说可以千分之一，能不能降？", "您现在的级别含研究服务，费率和服务一起定；我们按您的资产核一遍再答复。", "按您的资产可以换到金通道，费率 1.8‰；低于它的请求办不了，原因已写明。"),
    ("data", "手机号变更", "手机号换了，收不到验证码。", "核对了新旧号码，请在短信里点确认。", "新号码已生效。"),
]  # fmt: skip
VISITS = [
    ("computer", "电脑上登不上交易软件", "家里电脑换了系统，软件装不上。", "约明天下午去您家看看。", "重装了驱动和软件，教了怎么看持仓和撤单。"),
    ("lesson", "想学手机交易", "以前都在大厅委托，现在想学手机。", "周四上午我带一台样机过去。", "学会了登录、委托、查成交，留了一张步骤卡。"),
    ("phone", "手机屏幕字太小", "看不清行情，怎么调大？", "我路过时帮您调好。", "调成大字版，把自选股放到了首页。"),
]  # fmt: skip
OTHERS = {
    "suggestion": [
        ("希望收盘后也能查两融", "收市后两融页面打不开，希望能查。"),
        ("大厅叫号屏字小", "叫号屏在柱子后面，坐着看不见。"),
        ("短信能不能少一点", "同一份报告发了短信又发邮件，留一个就行。"),
    ],
    "praise": [
        ("谢谢方静", "晚上十点打热线，方静一步一步教我撤单，很耐心。"),
        ("中签提醒很及时", "差点忘了缴款，连着提醒了两次，谢谢。"),
    ],
}  # fmt: skip

# (share, pattern): what has become of a case.
PATTERNS = (
    (0.12, "fresh"), (0.06, "late"), (0.14, "working"), (0.10, "waiting_client"), (0.06, "waiting_others"), (0.10, "resolved"),
    (0.36, "closed"), (0.03, "reopened"), (0.03, "neglected"),
)  # fmt: skip


class Past:
    """Moments of the past in branch hours."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.calendar = business_time.calendar("branch_hours")
        self.base = now - timedelta(days=120)

    def ago(self, minutes: float) -> datetime:
        """So many open minutes before now."""
        return self.calendar.add(self.base, max(1.0, self.calendar.between(self.base, self.now) - minutes))

    def after(self, moment: datetime, minutes: float) -> datetime:
        """So many open minutes later, never in the future."""
        return min(self.calendar.add(moment, minutes), self.now)


class Desk:
    """Plays cases through the actions of the desk."""

    def __init__(
        self, members: dict[str, Member], clients: list[Client], random: np.random.Generator, now: datetime
    ) -> None:
        self.members, self.clients, self.random, self.past = members, clients, random, Past(now)
        self.agents = [m for name, m in members.items() if m.role == "hotline_agent"]
        self.clerks = [m for name, m in members.items() if m.role == "counter_clerk"]
        self._next = 0

    def client(self) -> Client:
        """The next client, in an order that looks like chance."""
        self._next += 1
        return self.clients[(self._next * 37) % len(self.clients)]

    def worker(self, made: Opened, client: Client) -> Member:
        case = made.case
        if case.owner is not None:
            return case.owner
        if case.team == "business":
            return self.clerks[made.pk % len(self.clerks)]
        if case.team == "management":
            return self.members["boss"]
        if case.team == "marketing" and client.manager is not None and client.manager.active:
            return client.manager
        return self.agents[made.pk % len(self.agents)]

    def play(self, kind: str, pattern: str, number: int) -> Opened:
        client = self.client()
        words = self._words(kind, number)
        old = {
            "closed": 6000 + number * 61 % 9000,
            "resolved": 500 + number * 13 % 900,
            "reopened": 2600,
            "waiting_client": 300 + number * 17 % 900,
            "waiting_others": 200 + number * 11 % 500,
            "working": 60 + number * 7 % 300,
            "late": 500 + number % 200,
            "neglected": 2500 + number,
        }
        begun = self.past.now - timedelta(minutes=4 + number % 9) if pattern == "fresh" else self.past.ago(old[pattern])  # fmt: skip
        by, channel = self._by(kind, number, client)
        made = open_case(
            kind=kind, branch=client.branch, client=client, subject=words["subject"], body=words["body"], channel=channel,
            actor=by.actor if by else client.actor, by=by, answers=words.get("answers"), at=begun,
        )  # fmt: skip
        if pattern in ("fresh", "late"):
            return made
        worker = self.worker(made, client)
        self.live(made, pattern, words, worker, client, begun, number)
        return made

    def _by(self, kind: str, number: int, client: Client) -> tuple[Member | None, str]:
        if kind in ("enquiry", "suggestion", "praise") and number % 3:
            return None, "portal"
        if kind == "help_visit":
            manager = client.manager if client.manager and client.manager.active else self.agents[0]
            return manager, "phone"
        if kind == "request" and number % 2:
            return self.clerks[number % len(self.clerks)], "counter"
        return self.agents[number % len(self.agents)], "phone"

    def _words(self, kind: str, number: int) -> dict[str, Any]:
        if kind == "enquiry":
            subject, body, answer = ENQUIRIES[number % len(ENQUIRIES)]
            return {"subject": subject, "body": body, "answer": answer, "result": answer}
        if kind == "request":
            business, subject, body, answer, result = REQUESTS[number % len(REQUESTS)]
            return {"subject": subject, "body": body, "answer": answer, "result": result, "answers": {"business": business},
                    "refused": business == "commission"}  # fmt: skip
        if kind == "help_visit":
            problem, subject, body, answer, result = VISITS[number % len(VISITS)]
            return {"subject": subject, "body": body, "answer": answer, "result": result,
                    "answers": {"problem": problem, "place": f"滨河路 {number % 400 + 1} 号", "convenient": "下午三点以后"}}  # fmt: skip
        subject, body = OTHERS[kind][number % len(OTHERS[kind])]
        thanks = "谢谢您写给我们，已经转给负责的同事，结果会告诉您。"
        return {
            "subject": subject,
            "body": body,
            "answer": thanks,
            "result": "已经采纳，下个版本会改；感谢您的提醒。"
            if kind == "suggestion"
            else "已当面转达，谢谢您。",
        }

    def live(
        self, made: Opened, pattern: str, words: dict[str, Any], worker: Member, client: Client, begun: datetime, number: int
    ) -> None:  # fmt: skip
        case_id = made.pk
        later: Callable[[float], datetime] = lambda minutes: self.past.after(begun, minutes)  # noqa: E731
        first = later(6 + number % 20)
        if made.case.owner is None:
            people.take(case_id=case_id, by=worker, at=first)
        if pattern == "neglected":
            talking.note(case_id=case_id, by=worker, body="打了两次电话没人接，明天再打。", at=later(40))
            return
        wait = "waiting_client" if pattern == "waiting_client" else ""
        talking.reply(case_id=case_id, by=worker, body=words["answer"], at=later(10 + number % 25), wait=wait)
        if pattern == "waiting_others":
            talking.note(
                case_id=case_id,
                by=worker,
                body=f"已转信息技术部核对流水，工单 IT-{number % 9000:04d}。",
                at=later(45),
            )
            moving.wait(
                case_id=case_id, by=worker, state="waiting_others", reason="信息技术部核对", at=later(46)
            )
        if pattern == "working":
            talking.note(case_id=case_id, by=worker, body="查了当天流水，等清算回执。", at=later(50))
        if pattern in ("resolved", "closed", "reopened"):
            if number % 4 == 0:
                talking.client_wrote(
                    case_id=case_id,
                    body="好的，我等消息。",
                    channel="portal",
                    actor=client.actor,
                    at=later(60),
                )
            result = "refused" if words.get("refused") else "answered" if number % 3 else "solved"
            moving.resolve(
                case_id=case_id, by=worker, result=result, body=words["result"], at=later(90 + number % 200)
            )
        if pattern == "closed":
            moving.rate(
                case_id=case_id,
                actor=client.actor,
                satisfaction=(5, 5, 4, 5, 3, 4, 2)[number % 7],
                at=later(330),
            )
            moving.close(case_id=case_id, actor=client.actor, at=later(331), why="confirmed")
        if pattern == "reopened":
            talking.client_wrote(
                case_id=case_id,
                body="还是不行，今天又出现了。",
                channel="portal",
                actor=client.actor,
                at=self.past.ago(200),
            )


def load(members: dict[str, Member], count: int, now: datetime, seed: int = 41) -> int:
    """About ``count`` cases of every kind and state; returns how many were made."""
    if not count:
        return 0
    random = np.random.default_rng(seed)
    clients = list(
        Client.objects.filter(state="active")
        .select_related("branch", "manager", "manager__outlet")
        .order_by("pk")[:3000]
    )
    desk = Desk(members, clients, random, now)
    patterns = [name for _share, name in PATTERNS]
    shares = [share for share, _name in PATTERNS]
    kinds = random.choice(
        ["enquiry", "request", "help_visit", "suggestion", "praise"], count, p=[0.5, 0.28, 0.1, 0.07, 0.05]
    )
    chosen = [str(name) for name in random.choice(patterns, count, p=shares)]
    # The past is played in its order, so that the ledger reads like one.
    order = sorted(range(count), key=lambda n: ["closed", "reopened", "neglected", "resolved", "late", "waiting_client", "waiting_others", "working", "fresh"].index(chosen[n]))  # fmt: skip
    made = [desk.play(str(kinds[n]), str(chosen[n]), n) for n in order]
    _together(members, desk, now)
    extra = _complaints(members, desk, now)
    _promises(members, desk)
    _improvements(members, desk)
    sweeping.sweep(now)
    return len(made) + extra


def _together(members: dict[str, Member], desk: Desk, now: datetime) -> None:
    """One merge, tags, a parent with a child, somebody who watches."""
    agent = members["hotline1"]
    client = desk.clients[0]
    first = open_case(kind="enquiry", branch=client.branch, client=client, subject="收不到验证码", body="登录收不到短信验证码。", channel="portal",
                      actor=client.actor, at=desk.past.ago(130))  # fmt: skip
    second = open_case(kind="enquiry", branch=client.branch, client=client, subject="还是收不到验证码", body="换了手机还是收不到，急。", channel="phone",
                       actor=agent.actor, by=agent, at=desk.past.ago(90))  # fmt: skip
    joining.merge(case_id=second.pk, survivor_id=first.pk, by=agent, at=desk.past.ago(85))
    people.take(case_id=first.pk, by=agent, at=desk.past.ago(84))
    talking.reply(
        case_id=first.pk,
        by=agent,
        body="运营商短信通道拥堵，已换备用通道，请再试一次。",
        at=desk.past.ago(70),
    )
    marking.tag(case_id=first.pk, by=agent, name="验证码", at=desk.past.ago(69))
    child = open_case(kind="request", branch=client.branch, client=client, subject="请业务中心核对预留手机号", body="核对预留手机号和短信网关记录。",
                      channel="phone", actor=agent.actor, by=agent, answers={"business": "data"}, said_by_client=False, at=desk.past.ago(60))  # fmt: skip
    joining.set_parent(case_id=child.pk, parent_id=first.pk, by=agent, at=desk.past.ago(59))
    people.watch(case_id=first.pk, member=members["boss"], at=now)
    for n, case in enumerate(Case.objects.filter(kind__code="enquiry", is_open=True).order_by("pk")[:9]):
        if n % 3 == 0 and case.owner is not None:
            marking.set_priority(case_id=case.pk, by=case.owner, priority=2 + n % 2, at=now)


COMPLAINTS = [
    ("business_error", "佣金与约定不一致", "上月账单里的佣金和签约时说的不一样，请核实，多收的要退。", "11 月收到 10 月账单", "退还多收部分", "slip", "ours", "refund", "12.40"),
    ("system_failure", "开盘时登录不上", "周一 9:30 到 9:42 手机一直登录不上，错过了卖出。", "上周一开盘", "说明原因，赔偿损失", "system", "shared", "explanation", ""),
    ("cancellation_late", "撤单没有及时处理", "打电话撤单，说记下了，十分钟后还是成交了。", "前天 14:20", "给个说法", "delay", "ours", "compensation", "860"),
    ("staff_attitude", "柜台让我等了四十分钟", "取号以后等了四十分钟，问了两次都不理。", "昨天上午", "改进服务", "manner", "ours", "apology", ""),
    ("data_leak", "总有陌生人推荐股票", "开户以后总接到陌生电话，知道我的名字。", "这两个月", "查清楚是谁泄露的", "vendor", "third", "explanation", ""),
    ("business_error", "转托管填错席位号", "转托管的席位号填错，股票三天没到。", "上周三", "尽快到账，道歉", "slip", "ours", "apology", ""),
    ("business_error", "利息少算了一天", "季度结息比我自己算的少一天，请核对。", "上季度末结息日", "补上差额", "no_check", "ours", "correction", ""),
]  # fmt: skip


def _complaints(members: dict[str, Member], desk: Desk, now: datetime) -> int:
    """Complaints in every stage of their life, one with a letter of the regulator, and a refused request."""
    past, agent, boss, checker = desk.past, members["hotline1"], members["boss"], members["checker"]
    client = desk.clients[2]
    stages = ("answering", "finding", "signing", "new", "letter", "confirmed", "answered")
    for n, (kind, subject, what, happened, wanted, cause, liability, remedy, amount) in enumerate(COMPLAINTS):
        stage, ago = stages[n], (420, 1300, 900, 40, 1700, 3600, 1500)[n]
        whose = client if n == 0 else desk.clients[0] if stage == "answered" else desk.client()
        by = agent if n % 2 == 0 and stage != "answered" else None
        made = complaints.open_complaint(
            branch=whose.branch, client=whose, complaint_kind=kind, what=what, channel="phone" if by else "portal", happened=happened,
            actor=by.actor if by else whose.actor, by=by, wanted=wanted, subject=subject, at=past.ago(ago),
            named=[members["clerk3"].pk] if kind == "staff_attitude" and "clerk3" in members else [],
        )  # fmt: skip
        case_id = made.pk
        worker = desk.worker(made, whose)

        def at(minutes: float, ago: int = ago) -> datetime:
            return past.ago(ago - minutes)

        if stage == "new":
            continue
        people.take(case_id=case_id, by=worker, at=at(20))
        talking.reply(
            case_id=case_id, by=worker, body="您好，我是经办人，正在核查，有进展就告诉您。", at=at(60)
        )
        complaints.accept(case_id=case_id, by=worker, accepted=True, at=at(70))
        if stage == "letter":
            letters.register_letter(case_id=case_id, by=checker, source="12386", number="12386-2026-07781", received_at=at(400),
                                       due_at=past.calendar.add(now, 840), asks="请直接联系投诉人，10 个工作日内书面回复。", at=at(400))  # fmt: skip
        if stage in ("finding", "letter"):
            talking.note(
                case_id=case_id, by=worker, body="已调当日登录日志和通话录音，等信息技术部结论。", at=at(120)
            )
            continue
        complaints.record_finding(
            case_id=case_id,
            by=worker,
            finding="核对了三笔交易，按旧费率收取，系客户资料未及时更新。",
            cause=cause,
            liability=liability,
            at=at(160),
        )
        complaints.classify(case_id=case_id, by=worker, reason="reasonable", at=at(165))
        remedies.propose_remedy(
            case_id=case_id, by=worker, remedy=remedy, amount=amount, note="按差额计算", at=at(170)
        )
        if stage == "answered":  # it waits for the client's signature in the portal
            moving.resolve(
                case_id=case_id, by=worker, result="solved", body="少算的一天利息 3.42 元今天补记，明细在对账单里；复核步骤已加上。", at=at(1300),
            )  # fmt: skip
        if stage == "confirmed":
            moving.resolve(
                case_id=case_id,
                by=worker,
                result="solved",
                body="股票已到账，席位号已核对，向您致歉。",
                at=at(600),
            )
            complaints.confirm(
                case_id=case_id,
                how="recorded",
                actor=worker.actor,
                by=worker,
                proof="REC-20261112-0043",
                satisfaction=4,
                at=at(900),
            )
    refusals.refuse_request(client_id=desk.clients[4].pk, by=agent, what="佣金降到 1.0‰",
                              because="低于营业部成本线，任何级别都不能给；可以换到金通道 1.8‰", at=past.ago(500))  # fmt: skip
    people.hand_over(
        case_id=case_of("佣金与约定不一致"),
        by=boss,
        member_id=members["clerk1"].pk,
        reason="由业务中心一跟到底",
        at=past.ago(200),
    )
    return len(COMPLAINTS)


def _promises(members: dict[str, Member], desk: Desk) -> None:
    """Promises due today, kept, broken, moved; of notes and of cases."""
    past = desk.past
    calendar = past.calendar
    told = [
        # what, made so many branch minutes ago, due so many after that, what has become of it
        ("打电话告诉佣金核对结果", 60, 240, "open"),
        ("发两融利率分档表", 120, 150, "open"),
        ("打新日历每周一发给她", 900, 2400, "open"),
        ("查清银证转账那笔，回电话", 1500, 300, "kept"),
        ("寄对账单", 3000, 960, "kept"),
        ("约理财经理见面", 2400, 700, "kept"),
        ("下午四点前回电话", 700, 200, "broken"),
        ("把科创板条件写成短信", 1900, 120, "late"),
        ("带样机上门", 500, 300, "moved"),
    ]
    keepers = [members[name] for name in ("manager1", "hotline1", "manager2", "hotline1", "manager1", "manager2", "manager1", "hotline1", "manager1") if name in members]  # fmt: skip
    for n, ((what, ago, minutes, become), keeper) in enumerate(zip(told, keepers, strict=False)):
        theirs = [c for c in desk.clients if c.manager_id == keeper.pk] or desk.clients
        client = theirs[(n * 3 + 2) % len(theirs)]
        made_at = past.ago(ago)
        due = calendar.add(made_at, minutes)
        case = Case.objects.filter(client=client, is_open=True).order_by("pk").first()
        kept = promises.make(
            client_id=client.pk,
            by=keeper,
            what=what,
            due_at=due,
            case_id=case.pk if case else None,
            at=made_at,
        )
        if become == "kept":
            promises.keep(promise_id=kept.pk, by=keeper, at=past.after(made_at, minutes * 0.6))
        elif become == "late":
            promises.keep(promise_id=kept.pk, by=keeper, at=past.after(made_at, minutes + 90))
        elif become == "moved":
            promises.move(
                promise_id=kept.pk, by=keeper, due_at=calendar.add(past.now, 300), reason="客户临时出差", told="跟您改到下周，您方便的时候我带样机来。",
                at=past.after(made_at, minutes * 0.5),
            )  # fmt: skip
    promises.sweep(past.now)


def _improvements(members: dict[str, Member], desk: Desk) -> None:
    """One action open, one under way, one whose effect is being watched."""
    past, boss = desk.past, members["boss"]
    lead = next((m for m in members.values() if m.role == "team_lead"), boss)
    first = improvements.open_from_case(
        case_id=case_of("佣金与约定不一致"), by=boss, title="费率变更后当天核对一次账单", at=past.ago(150)
    )
    improvements.plan(
        improvement_id=first.pk, by=boss, root_cause="费率在系统里改了，清算参数第二天才生效，没有人核对。",
        action="改费率当天由复核岗抽一笔成交核对，并在个案里贴图。", owner_id=members["clerk1"].pk, due_at=past.calendar.add(past.now, 2000),
        at=past.ago(140),
    )  # fmt: skip
    second = improvements.open_from_case(
        case_id=case_of("转托管填错席位号"), by=boss, title="转托管席位号改为下拉选择", at=past.ago(3000)
    )
    improvements.plan(
        improvement_id=second.pk, by=boss, root_cause="席位号手工填，没有校验。", action="柜台表单改成下拉，常用席位在前；两人复核。",
        owner_id=lead.pk, due_at=past.ago(1200), at=past.ago(2900),
    )  # fmt: skip
    improvements.done(improvement_id=second.pk, by=lead, note="已上线，培训了三位柜员。", at=past.ago(1500))
    improvements.open_from_case(
        case_id=case_of("柜台让我等了四十分钟"),
        by=boss,
        title="高峰时段加开一个窗口",
        kind="preventive",
        at=past.ago(30),
    )


def case_of(subject: str) -> int:
    """The id of the latest case with this subject."""
    return Case.objects.filter(subject=subject).latest("pk").pk
