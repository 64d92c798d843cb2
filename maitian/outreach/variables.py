"""What the variables of texts are called, and what they look like: for buttons, previews and differences.

A part of outreach that brings an audience with variables of its own registers their words here. One without
words is shown by its name, and a preview shows it as 〔name〕.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language

from maitian.outreach.models import Topic
from maitian.outreach.rules import Words
from maitian.outreach.texts import known_names, personal_names


@dataclass(frozen=True)
class Variable:
    """A variable with its words, a sample in the language of texts to clients, and whether it differs by client."""

    name: str
    zh: str
    en: str
    sample: str
    personal: bool = False

    @property
    def title(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh

    @property
    def written(self) -> str:
        """As it stands in a template."""
        return "{" + self.name + "}"


_registered: dict[str, Variable] = {}


def register(name: str, zh: str, en: str, sample: str) -> None:
    """Give a variable its words. The sample is what a client would read."""
    _registered[name] = Variable(name, zh, en, sample)


for _row in (
    ("title", "标题", "Title", "收市综述：两市放量，电网设备领涨"),
    ("text", "正文", "Text", "今日沪深两市成交放大，电网设备和证券板块走强。"),
    ("branch", "营业部", "Branch", "滨河路营业部"),
    ("phone", "营业部电话", "Branch phone", "95500"),
    ("signature", "短信签名", "SMS signature", "【麦田证券】"),
    ("opt_out", "退订说明", "How to opt out", "回TD退订"),
    (
        "risk_sentence",
        "风险提示语",
        "Risk sentence",
        "以上为投资顾问观点，不保证收益，投资有风险，决策由您自己作出。",
    ),
    ("client", "客户姓名", "Client's name", "陈建国"),
    ("salutation", "称呼", "Salutation", "陈先生"),
    ("summary", "摘要", "Summary", "电量恢复到多年均值，派息率有保证。"),
    ("kind", "种类", "Kind", "公司深度"),
    ("stars", "星级", "Stars", "4"),
    ("risk", "风险等级", "Risk level", "R3"),
    ("house", "研究机构", "Research house", "麦田研究所"),
    ("securities_text", "涉及证券", "Securities", "长江电力(600900)"),
    ("date", "日期", "Date", "11月24日"),
    ("deadline", "截止时间", "Deadline", "11月26日 16:00"),
    ("link", "客户端位置", "Place in the portal", "/portal/reports/12/"),
    ("quantity", "持有数量", "Quantity held", "1,200"),
    ("what", "什么事", "What", "风险测评"),
    ("what_en", "什么事（英文）", "What (English)", "risk assessment"),
    ("by", "期限", "By when", "11月30日"),
    ("reason", "原因", "Reason", "材料不全"),
    ("level", "级别", "Level", "金智慧"),
    ("effective_on", "生效日", "In force from", "12月1日"),
    ("symbol", "证券代码", "Symbol", "301888"),
    ("security", "证券", "Security", "长江电力(600900)"),
    ("direction", "方向", "Direction", "买入"),
    ("range", "价格区间", "Price range", "23.10–23.60元"),
    ("target", "目标价", "Target", "27.00元"),
    ("stop", "止损价", "Stop", "21.50元"),
    ("until", "有效到", "Valid until", "12月24日"),
    ("source", "依据的报告", "Report behind it", "麦田研究所《长江电力深度》11月20日"),
    ("adviser", "投资顾问", "Adviser", "康明"),
    ("licence", "执业编号", "Licence number", "S0000000000007"),
    ("old_rating", "原评级", "Old rating", "增持"),
    ("new_rating", "新评级", "New rating", "中性"),
    ("left", "还有几个交易日", "Trading days left", "3"),
    ("issue", "新股名称", "Issue", "穗丰新材"),
    ("board", "板块", "Board", "创业板"),
    ("price", "发行价", "Issue price", "16.84"),
    ("subscription_code", "申购代码", "Subscription code", "301888"),
    ("due", "应缴金额", "Amount due", "16,840"),
    ("funded", "已到金额", "Amount funded", "8,420"),
    ("missing", "还差金额", "Amount missing", "8,420"),
    ("warning", "违约提醒", "Warning of default", "连续 12 个月累计 3 次未足额缴款，180 天内不能申购。"),
    ("name", "名称", "Name", "金智慧"),
    ("ref", "编号", "Number", "C-20261124-0031"),
    ("due_on", "答复期限", "Answer by", "2026-12-15"),
    ("name_en", "名称（英文）", "Name (English)", "Gold Wisdom"),
):
    register(*_row)


def of(name: str, personal: bool = False) -> Variable:
    """A variable's words, or the name itself where nobody registered any."""
    known = _registered.get(name) or Variable(name, name, name, f"〔{name}〕")
    return Variable(known.name, known.zh, known.en, known.sample, personal)


def of_topic(topic: Topic) -> list[Variable]:
    """Every variable that the topic's texts may use: what is the same for everybody first, then what differs."""
    personal = personal_names(topic)
    order = {name: n for n, name in enumerate(_registered)}
    names = sorted(known_names(topic), key=lambda n: (n in personal, order.get(n, len(order)), n))
    return [of(name, name in personal) for name in names]


def samples(topic: Topic) -> dict[str, str]:
    """A sample of every variable of the topic."""
    return {variable.name: variable.sample for variable in of_topic(topic)}


def readable(template: str) -> str:
    """A template with its variables as words: ``{title}`` → ``〔标题〕``. A broken one comes back as it is."""
    try:
        pieces = Words(template).pieces
    except ValueError:
        return template
    return "".join(text if name is None else f"{text}〔{of(name).title}〕" for text, name in pieces)
