"""What each permission lets a person do, in words, by room: for refusals, tokens and the page of a member."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language

Pair = tuple[str, str]
ROOMS: dict[Pair, dict[str, Pair]] = {
    ("自己", "Oneself"): {
        "home.view": ("看首页", "see the home page"),
        "tokens.own": ("建自己的接口令牌", "make API tokens of one's own"),
    },
    ("客户", "Clients"): {
        "clients.view": ("看客户", "see clients"),
        "clients.edit": ("建档、改档案、记录", "open and change records, write notes"),
        "clients.reveal": ("查看完整的个人信息", "reveal personal data"),
        "clients.import": ("导入数据", "import data"),
        "suitability.start": ("为客户办风险测评", "take a client's risk assessment"),
        "trading.note": ("登记交易权限", "note trading permissions"),
        "segments.build": ("按条件找客户", "find clients by conditions"),
        "segments.save": ("存分组", "save segments"),
        "coverage.view": ("看覆盖缺口", "see gaps of coverage"),
        "coverage.assign": ("把客户交给同事", "give clients to colleagues"),
        "duplicates.view": ("看重复档案", "see duplicate records"),
        "merges.propose": ("提出并档", "propose merges of records"),
        "merges.approve": ("复核、撤销并档", "approve and undo merges"),
    },
    ("服务级别", "Service levels"): {
        "offerings.view": ("看级别", "see levels"),
        "offerings.design": ("设计级别", "design levels"),
        "offerings.approve": ("复核级别", "approve levels"),
        "levels.decide": ("答复级别申请", "decide applications"),
        "levels.export": ("导出佣金率", "export commission rates"),
    },
    ("资讯库", "Library"): {
        "library.view": ("看资讯库", "see the library"),
        "library.write": ("写报告", "write reports"),
        "library.approve": ("复核、撤回报告", "approve and withdraw reports"),
        "advice.sign": ("签发荐股和评级", "sign picks and ratings"),
    },
    ("消息", "Messages"): {
        "outreach.view": ("看消息", "see messages"),
        "outreach.message": ("给自己的客户发消息", "write to one's own clients"),
        "outreach.decide": ("算谁会收到", "work out who would get a message"),
        "outreach.send": ("发送", "send"),
        "outreach.control": ("暂停、继续、停止发送", "pause, resume and stop a send"),
        "outreach.inspect": ("看读不懂的来件的内容", "open what came in and could not be read"),
        "topics.propose": ("提出专题", "propose topics"),
        "topics.approve": ("复核专题", "approve topics"),
        "calls.make": ("打外呼电话", "make calls"),
        "shares.view": ("看新股", "see new shares"),
        "shares.write": ("录入新股", "enter new shares"),
    },
    ("活动", "Campaigns"): {
        "campaigns.view": ("看活动和结果", "see campaigns and their results"),
        "campaigns.write": ("做活动", "make campaigns"),
        "campaigns.control": ("暂停、继续、停止活动", "pause, resume and stop campaigns"),
        "campaigns.approve": ("复核活动", "approve campaigns"),
    },
    ("报告会", "Briefings"): {
        "briefings.view": ("看报告会", "see briefings"),
        "briefings.write": ("办报告会", "make briefings"),
        "briefings.approve": ("复核报告会", "approve briefings"),
        "briefings.sign_up": ("替客户报名", "sign clients up"),
        "briefings.let_in": ("在门口签到", "check guests in"),
    },
    ("个案和投诉", "Cases and complaints"): {
        "desk.view": ("看个案", "see cases"),
        "desk.work": ("办个案", "work on cases"),
        "desk.lead": ("分派个案", "hand out cases"),
        "desk.board": ("看个案总览", "see the board of cases"),
        "desk.configure": ("设置个案类别", "set up kinds of case"),
        "desk.approve": ("复核个案类别", "approve kinds of case"),
        "desk.letters": ("办监管来函", "handle letters of the regulator"),
    },
    ("邮件", "Mailroom"): {
        "mailroom.view": ("看外来邮件", "see mails from outside"),
        "mailroom.work": ("认领、放行、丢弃邮件", "claim, release and drop mails"),
    },
    ("知识库", "Knowledge base"): {
        "knowledge.view": ("看知识", "read articles"),
        "knowledge.write": ("写知识、复查", "write and review articles"),
        "knowledge.approve": ("复核、撤下知识", "publish and withdraw articles"),
    },
    ("规则与存证", "Rules and proof"): {
        "rulebook.view": ("看规则", "see the rulebook"),
        "rulebook.propose": ("提出改规则", "propose rules"),
        "rulebook.approve": ("复核规则", "approve rules"),
        "calendar.view": ("看日历", "see calendars"),
        "calendar.propose": ("导入日历", "import calendars"),
        "calendar.approve": ("复核日历", "approve calendars"),
        "ledger.view": ("看账本", "see the ledger"),
        "ledger.verify": ("核对账本", "verify the ledger"),
    },
    ("系统", "The system"): {
        "staff.view": ("看员工", "see staff"),
        "staff.manage": ("增减员工、改岗位", "add staff, change roles"),
        "simulators.view": ("看模拟器", "see the simulators"),
        "simulators.use": ("使用模拟器", "use the simulators"),
        "reactions.repair": ("修复卡住的反应", "mend stuck reactions"),
        "webhooks.view": ("看推送", "see webhooks"),
        "webhooks.propose": ("登记推送", "propose webhooks"),
        "webhooks.approve": ("复核推送", "approve webhooks"),
    },
}
WORDS: dict[str, Pair] = {code: pair for room in ROOMS.values() for code, pair in room.items()}


def words(permission: str) -> Pair:
    """(Chinese, English) of a permission; its code where nobody gave it words yet."""
    return WORDS.get(permission, (permission, permission))


def title(permission: str) -> str:
    """The permission in the reader's language."""
    return words(permission)[(get_language() or "").startswith("en")]


def by_room(permissions: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """``(room, [(code, title), …])`` of some permissions in the reader's language, in the order of this file."""
    wanted, english = set(permissions), (get_language() or "").startswith("en")
    found = []
    for names, room in ROOMS.items():
        here = [(code, pair[english]) for code, pair in room.items() if code in wanted]
        wanted -= room.keys()
        if here:
            found.append((names[english], here))
    if wanted:
        found.append(("–", [(code, code) for code in sorted(wanted)]))
    return found
