"""A draft of the market summary, out of the prices of a day. Facts only; a person reads, changes and sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

INDEXES = {"CSI300": "沪深300"}
SHOWN = 3  # industries at either end
LEAST = 3  # securities that an industry must have to be named


@dataclass(frozen=True)
class MarketDraft:
    """Title and text, in the language of texts to clients."""

    day: date
    title: str
    text: str


def market_draft() -> MarketDraft | None:
    """The draft for the last day with prices; ``None`` while fewer than two days are known.

    Industries by the plain mean of their securities' changes. Turnover is volume times close, so it is near.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT day FROM clients_price GROUP BY day ORDER BY day DESC LIMIT 2")
        days = [day for (day,) in cursor.fetchall()]
        if len(days) < 2:
            return None
        today, before = days
        cursor.execute(
            "SELECT t.symbol, s.industry, t.close / b.close - 1, t.close, t.volume_lots * 100 * t.close FROM clients_price t"
            " JOIN clients_price b ON b.symbol = t.symbol AND b.day = %s LEFT JOIN clients_security s ON s.symbol = t.symbol"
            " WHERE t.day = %s AND b.close > 0",
            [before, today],
        )
        rows = cursor.fetchall()
    shares = [row for row in rows if row[1] is not None]
    if not shares:
        return None
    sentences = [
        f"{INDEXES[symbol]}收于{close:,.2f}点，{_moved(change)}"
        for symbol, _industry, change, close, _turnover in rows
        if symbol in INDEXES
    ]
    up, down = sum(row[2] > 0 for row in shares), sum(row[2] < 0 for row in shares)
    turnover = sum((row[4] for row in shares), Decimal(0))
    sentences.append(f"{len(shares)}只证券中{up}只上涨、{down}只下跌，成交约{turnover / 10**8:,.0f}亿元")
    means = _means(shares)
    if len(means) >= 2 * SHOWN:
        first = "、".join(f"{name}（{_moved(mean)}）" for name, mean in means[:SHOWN])
        last = "、".join(f"{name}（{_moved(mean)}）" for name, mean in means[-1 : -SHOWN - 1 : -1])
        sentences.append(f"行业中{first}居前，{last}居后")
    return MarketDraft(
        today,
        f"收市综述 {today.month}月{today.day}日",
        "。".join(sentences) + "。以上只是行情统计，不构成投资建议。",
    )


def _moved(change: Decimal) -> str:
    percent = round(change * 100, 2)
    return "平盘" if percent == 0 else f"{'涨' if percent > 0 else '跌'}{abs(percent)}%"


def _means(shares: list[tuple[str, str, Decimal, Decimal, Decimal]]) -> list[tuple[str, Decimal]]:
    """Industries with their mean change, best first."""
    found: dict[str, list[Decimal]] = {}
    for _symbol, industry, change, _close, _turnover in shares:
        if industry:
            found.setdefault(industry, []).append(change)
    means = [
        (name, sum(changes, Decimal(0)) / len(changes))
        for name, changes in found.items()
        if len(changes) >= LEAST
    ]
    return sorted(means, key=lambda pair: (-pair[1], pair[0]))
