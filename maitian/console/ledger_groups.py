"""Kinds of ledger rows as a choice: their sentences with the gaps open, under headings that people know."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from maitian.core import ledger

# A heading and the beginnings of the kinds that stand under it, in the order of the choice.
HEADINGS = (
    (_("客户和档案"), ("client", "record", "duplicate", "address", "preference", "coverage", "privacy")),
    (_("适当性和协议"), ("suitability", "agreement", "consent")),
    (_("级别和佣金"), ("level", "commission")),
    (_("资讯和投顾"), ("report", "pick", "rating", "ratings")),
    (_("专题和消息"), ("topic", "outreach", "message", "call", "reply", "segment")),
    (_("活动和报告会"), ("campaign", "briefing")),
    (_("新股"), ("issue", "allotment", "allotments")),
    (
        _("个案、投诉、承诺"),
        ("case", "case_kind", "routes", "complaint", "refusal", "promise", "improvement", "clock", "desk"),
    ),
    (_("知识库"), ("knowledge",)),
    (_("邮件"), ("mail",)),
    (_("上门"), ("visit",)),
    (_("导入"), ("import", "cash_flows", "trades", "announcements")),
    (_("员工和登录"), ("staff", "portal")),
    (_("规则和日历"), ("rule", "calendar")),
    (_("系统"), ("webhook", "reaction", "gateway", "quarantine")),
)


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """``(heading, [(kind, words), …])`` of every kind there is, in the reader's language."""
    waiting: dict[str, list[tuple[str, str]]] = {}
    for code, kind in ledger.kinds().items():
        waiting.setdefault(code.partition(".")[0], []).append((code, kind.open_sentence()))
    found = []
    for heading, beginnings in HEADINGS:
        here = [pair for beginning in beginnings for pair in waiting.pop(beginning, [])]
        if here:
            found.append((str(heading), here))
    rest = [pair for pairs in waiting.values() for pair in pairs]
    return [*found, (str(_("其他")), rest)] if rest else found
