"""Goals: what counts as done, each one measurable from what is on record, with the moment at which it was so.

A goal gives SQL of ``(client_id, at)`` for members ``m`` of a campaign: the first moment since ``m.entered_at``, and
before the campaign's end, at which the client had done it. Treated and untouched clients are measured by the same
statement. ``wakes`` names the ledger rows after which it is worth looking again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from maitian.clients.models import Security, Trade
from maitian.core.errors import DomainError
from maitian.library.models import Report
from maitian.offerings import queries as offerings
from maitian.outreach.campaigns.errors import GoalWrong
from maitian.ui import formats

Params = Mapping[str, Any]
Words = Any
MOST_SYMBOLS = 20
SOURCE = """
SELECT m.client_id, min(x.at) AS at FROM outreach_campaignmember m
  CROSS JOIN LATERAL ({rows}) x
 WHERE m.campaign_id = %(campaign)s AND m.done_at IS NULL AND x.at >= m.entered_at AND x.at < %(until)s {narrow}
 GROUP BY m.client_id
"""


@dataclass(frozen=True)
class Goal:
    """``rows(params)``: SQL of ``at`` for ``m.client_id``. ``read`` checks and writes the parameters in their one form."""

    kind: str
    words: Words
    note: Words
    rows: Callable[[Params], tuple[str, dict[str, Any]]]
    wakes: frozenset[str]
    read: Callable[[Params], dict[str, Any]]
    sentence: Callable[[Params], str]


def _ledger(*kinds: str) -> str:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"SELECT l.at FROM core_ledger l WHERE l.client_id = m.client_id AND l.kind IN ({listed})"


# --- reading parameters -----------------------------------------------------------------------------------


def _money(given: Any, least: Decimal, zh: str, en: str) -> str:
    try:
        amount = Decimal(str(given or "0").replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not least <= amount <= Decimal(10) ** 12 or amount != round(amount, 2):
        raise GoalWrong("amount", what=zh, what_en=en)
    return format(amount, "f")


def _symbols(given: Any) -> list[str]:
    words = (
        given
        if isinstance(given, list)
        else str(given or "").replace("，", ",").replace("、", ",").split(",")
    )
    symbols = [str(word).strip() for word in words if str(word).strip()]
    known = set(Security.objects.filter(symbol__in=symbols[:100]).values_list("symbol", flat=True))
    wrong = [symbol for symbol in symbols if symbol not in known]
    if wrong or len(symbols) > MOST_SYMBOLS:
        raise GoalWrong(
            "symbols", what=f"证券代码“{(wrong or ['…'])[0][:12]}”不认识，写六位代码，用逗号隔开，最多 {MOST_SYMBOLS} 只。",
            what_en=f"The symbol “{(wrong or ['…'])[0][:12]}” is unknown. Write six digits, separated by commas, at most {MOST_SYMBOLS}.",
        )  # fmt: skip
    return list(dict.fromkeys(symbols))


def _number(given: Any) -> int | None:
    text = str(given or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _nothing(_given: Params) -> dict[str, Any]:
    return {}


# --- the goals ---------------------------------------------------------------------------------------------


def _report_rows(params: Params) -> tuple[str, dict[str, Any]]:
    sql = _ledger("report.read")
    if params.get("report"):
        return f"{sql} AND l.object_kind = 'report' AND l.object_id = %(goal_report)s", {
            "goal_report": str(params["report"])
        }
    return sql, {}


def _read_report(given: Params) -> dict[str, Any]:
    number = _number(given.get("report"))
    if number is None:
        return {"report": None}
    if not Report.objects.filter(pk=number, state=Report.State.PUBLISHED).exists():
        raise GoalWrong(
            "report", what="没有这篇已发布的报告，请从列出的里选。", what_en="There is no such published report. Choose one of those listed."
        )  # fmt: skip
    return {"report": number}


def _say_report(params: Params) -> str:
    if not params.get("report"):
        return _("打开任何一篇研究报告")
    title = Report.objects.filter(pk=params["report"]).values_list("title", flat=True).first()
    return _("打开报告“%(title)s”") % {"title": title or "–"}


def _level_rows(params: Params) -> tuple[str, dict[str, Any]]:
    sql = "SELECT g.applied_at AS at FROM offerings_levelchange g WHERE g.client_id = m.client_id"
    if params.get("level"):
        wanted = "SELECT id FROM offerings_servicelevel WHERE code = %(goal_level)s"
        return f"{sql} AND g.to_level_id IN ({wanted})", {"goal_level": params["level"]}
    return sql, {}


def _read_level(given: Params) -> dict[str, Any]:
    code = str(given.get("level") or "").strip()
    if code and code not in {level.code for level in offerings.levels()}:
        raise GoalWrong(
            "level",
            what="没有这个级别，请从列出的里选。",
            what_en="There is no such level. Choose one of those listed.",
        )
    return {"level": code}


def _say_level(params: Params) -> str:
    if not params.get("level"):
        return _("申请任何一个级别")
    titles = {level.code: level.title for level in offerings.levels(active_only=False)}
    return _("申请级别“%(title)s”") % {"title": titles.get(params["level"], "–")}


def _trade_rows(params: Params) -> tuple[str, dict[str, Any]]:
    """The first trade with which the amounts of all wanted trades since the entry reach the least one."""
    narrow, values = "", {"goal_amount": params.get("amount") or "0"}
    if params.get("symbols"):
        narrow += " AND t.symbol = ANY(%(goal_symbols)s)"
        values["goal_symbols"] = params["symbols"]
    if params.get("side"):
        narrow += " AND t.side = %(goal_side)s"
        values["goal_side"] = params["side"]
    return (
        "SELECT s.at FROM (SELECT t.at, sum(t.amount) OVER (ORDER BY t.at, t.id) AS reached FROM clients_trade t"
        f" WHERE t.client_id = m.client_id AND t.at >= m.entered_at{narrow}) s WHERE s.reached >= %(goal_amount)s::numeric",
        values,
    )


def _read_trade(given: Params) -> dict[str, Any]:
    side = str(given.get("side") or "")
    return {
        "symbols": _symbols(given.get("symbols")), "side": side if side in Trade.Side.values else "",
        "amount": _money(given.get("amount"), Decimal(0), "金额要不小于 0，最多两位小数。", "The amount is zero or more with at most two decimals."),
    }  # fmt: skip


def _say_trade(params: Params) -> str:
    english = formats.is_english(get_language())
    side = {"B": _("买入"), "S": _("卖出")}.get(params.get("side", ""), _("交易"))
    symbols = (", " if english else "、").join(params.get("symbols") or [])
    words = f"{side} {symbols}" if symbols else f"{side}{' ' if english else ''}{_('任何证券')}"
    amount = Decimal(str(params.get("amount") or 0))
    if not amount:
        return words
    return _("%(words)s，累计不少于 %(amount)s 元") % {"words": words, "amount": formats.money(amount, 0)}


def _cash_rows(params: Params) -> tuple[str, dict[str, Any]]:
    """The first flow with which what came in less what went out since the entry reaches the amount."""
    return (
        "SELECT s.at FROM (SELECT f.at, sum(f.amount) OVER (ORDER BY f.at, f.id) AS reached FROM clients_cashflow f"
        " WHERE f.client_id = m.client_id AND f.at >= m.entered_at) s WHERE s.reached >= %(goal_amount)s::numeric",
        {"goal_amount": params["amount"]},
    )


def _read_cash(given: Params) -> dict[str, Any]:
    words = ("净转入金额要大于 0，最多两位小数。", "The net amount is above zero with at most two decimals.")
    return {"amount": _money(given.get("amount"), Decimal("0.01"), *words)}


def _say_cash(params: Params) -> str:
    return _("净转入不少于 %(amount)s 元") % {
        "amount": formats.money(Decimal(str(params.get("amount") or 0)), 0)
    }


def _replied_rows(_params: Params) -> tuple[str, dict[str, Any]]:
    return (
        "SELECT t.at FROM clients_inboundtext t WHERE t.client_id = m.client_id AND t.meaning <> 'opt_out'",
        {},
    )


def _assessed_rows(_params: Params) -> tuple[str, dict[str, Any]]:
    return "SELECT a.at FROM clients_assessment a WHERE a.client_id = m.client_id", {}


_registered: dict[str, Goal] = {}


def register(goal: Goal) -> None:
    """Add a goal. Its name is kept in campaigns for ever."""
    _registered[goal.kind] = goal


def goals() -> list[Goal]:
    """Every goal, in the order of registering."""
    return list(_registered.values())


def goal_of(definition: Mapping[str, Any]) -> Goal | None:
    """The goal of a campaign's definition, ``None`` while it has none."""
    return _registered.get(str((definition.get("goal") or {}).get("kind", "")))


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """A goal with its parameters in their one form. Refuses what could not be measured."""
    goal = _registered.get(str(given.get("kind", "")))
    if goal is None:
        raise GoalWrong("kind", what="请选一个目标。", what_en="Choose a goal.")
    return {"kind": goal.kind, **goal.read(given)}


def sentence(definition: Mapping[str, Any]) -> str:
    """The goal in words: ``申请级别“金智慧”``."""
    goal = goal_of(definition)
    if goal is None:
        return _("还没有目标")
    try:
        return goal.sentence(definition["goal"])
    except DomainError as refused:  # a level or a report that has gone
        return refused.sentence()


def statement(definition: Mapping[str, Any], clients: Sequence[int] | None) -> tuple[str, dict[str, Any]]:
    """SQL of ``(client_id, at)`` for members who have done it by now; ``clients`` narrows whom to look at."""
    goal = goal_of(definition)
    if goal is None:
        raise LookupError(definition.get("goal"))
    rows, values = goal.rows(definition["goal"])
    narrow = "" if clients is None else "AND m.client_id = ANY(%(narrow)s)"
    return SOURCE.format(rows=rows, narrow=narrow), {**values, "narrow": list(clients or ())}


for _goal in (
    Goal(
        "level", lazy("申请级别"), lazy("从客户端或柜台申请，不等营业部答复"), _level_rows, frozenset({"level.applied"}), _read_level, _say_level,
    ),
    Goal("report", lazy("打开报告"), lazy("在客户端打开全文"), _report_rows, frozenset({"report.read"}), _read_report, _say_report),
    Goal("traded", lazy("做了交易"), lazy("按柜台的成交回报，累计金额"), _trade_rows, frozenset({"trades.arrived"}), _read_trade, _say_trade),
    Goal("money", lazy("转入资金"), lazy("进入活动以后，转入减转出"), _cash_rows, frozenset({"cash_flows.arrived"}), _read_cash, _say_cash),
    Goal("replied", lazy("回了短信"), lazy("退订的不算"), _replied_rows, frozenset({"client.replied"}), _nothing, lambda _p: _("回短信")),
    Goal("assessed", lazy("做了风险测评"), lazy("重新测评也算"), _assessed_rows, frozenset({"suitability.assessed"}), _nothing, lambda _p: _("做风险测评")),
):  # fmt: skip
    register(_goal)
