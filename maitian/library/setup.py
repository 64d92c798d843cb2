"""The taxonomy of the research library (G6.1)."""

from __future__ import annotations

from maitian.library.models import ReportKind

TAXONOMY = [
    ("macro", "宏观研究", "Macro", [("international", "国际宏观", "International"), ("domestic", "国内宏观", "Domestic"), ("industrial", "产业宏观", "Industrial")]),
    ("strategy", "策略研究", "Strategy", [("strategy", "投资策略", "Strategy"), ("topic", "专题研究", "Topics"), ("portfolio", "组合推荐", "Portfolios"), ("event", "事件点评", "Event comments")]),
    ("industry", "行业研究", "Industry", [("depth", "深度研究", "In depth"), ("tracking", "行业跟踪", "Tracking"), ("commodity", "商品研究", "Commodities"), ("topic", "行业专题", "Topics"), ("results", "业绩回顾", "Results reviews"), ("event", "重大事件快评", "Major event comments")]),
    ("company", "公司研究", "Company", [("depth", "深度研究", "In depth"), ("tracking", "公司跟踪", "Tracking"), ("visit", "调研报告", "Visit reports"), ("notes", "调研纪要", "Visit notes"), ("pricing", "新股定价", "New-share pricing"), ("results", "业绩点评", "Results reviews"), ("event", "重大事件快评", "Major event comments")]),
    ("equity", "股票市场", "Equity market", [("global", "全球股市", "Global"), ("statistics", "市场统计", "Statistics")]),
    ("bond", "债券市场", "Bond market", [("pricing", "债券定价", "Pricing"), ("convertible", "可转债", "Convertibles"), ("strategy", "债券策略", "Strategy")]),
    ("fund", "基金市场", "Fund market", [("rating", "基金评级", "Ratings"), ("strategy", "基金策略", "Strategy")]),
    ("quant", "金融工程", "Quant", [("index", "指数研究", "Indices"), ("valuation", "估值模型", "Valuation"), ("allocation", "资产配置", "Allocation"), ("innovation", "产品创新", "Product innovation"), ("warrant", "权证研究", "Warrants")]),
    ("dynamics", "研究动态", "Dynamics", [("morning", "晨会纪要", "Morning notes"), ("rating", "评级与预测", "Ratings and forecasts")]),
    ("journal", "期刊", "Journals", [("weekly", "周刊", "Weekly"), ("monthly", "月刊", "Monthly")]),
    ("express", "分析师快递", "Analyst express", [("abstract", "报告摘要", "Abstracts")]),
]  # fmt: skip


def seed() -> None:
    """Idempotent."""
    order = 0
    for code, name, name_en, kinds in TAXONOMY:
        order += 1
        family, _made = ReportKind.objects.get_or_create(
            code=code, defaults={"name": name, "name_en": name_en, "order": order}
        )
        for leaf, leaf_name, leaf_name_en in kinds:
            order += 1
            ReportKind.objects.get_or_create(
                code=f"{code}.{leaf}",
                defaults={"family": family, "name": leaf_name, "name_en": leaf_name_en, "order": order},
            )
