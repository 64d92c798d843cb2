"""Pure decisions about advice: what its words may not say, whether its prices fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

# Securities Law, art. 135; rules on advisers, arts. 19 and 24: no promise, no certainty (rules file, section 4).
PROMISES = re.compile(
    r"(?<!不)(?<!不能)(?<!不得)(保证|承诺|确保|包)(收益|盈利|赚|不亏|本金|回本)|稳赚|必涨|必赚|一定(会)?(涨|赚|翻倍)|只赚不赔|零风险|无风险|保本|翻倍|内幕|百分之?百|100%(?:涨|赚|准)"
)


def promise(text: str) -> str:
    """The first words that promise or foretell with certainty, empty without any."""
    found = PROMISES.search(text.replace(" ", ""))
    return found.group() if found else ""


def prices_fit(
    direction: str, low: Decimal, high: Decimal, target: Decimal | None, stop: Decimal | None
) -> tuple[str, str, str] | None:
    """``(field, Chinese, English)`` of the first price that does not fit the others, ``None`` when all do."""
    if not Decimal(0) < low <= high:
        return (
            "price_low",
            "价格区间要大于 0，下限不高于上限。",
            "The range is above zero, its lower end not above the upper.",
        )
    if direction == "buy" and target is not None and target <= high:
        return (
            "target_price",
            "买入的目标价要高于价格区间。",
            "The target of a purchase lies above the range.",
        )
    if direction == "buy" and stop is not None and stop >= low:
        return "stop_price", "买入的止损价要低于价格区间。", "The stop of a purchase lies below the range."
    if direction == "reduce" and target is not None and target >= low:
        return (
            "target_price",
            "减持的目标价要低于价格区间。",
            "The target of a reduction lies below the range.",
        )
    return None


def result_of(price: Decimal, target: Decimal | None, stop: Decimal | None, direction: str) -> str:
    """``target``, ``stop`` or empty: what a closing price says about an open pick."""
    if direction == "buy":
        if target is not None and price >= target:
            return "target"
        if stop is not None and price <= stop:
            return "stop"
    if direction == "reduce" and target is not None and price <= target:
        return "target"
    return ""


def share_right(returns: Sequence[float]) -> float | None:
    """The share of closed picks whose return is above zero, ``None`` without any."""
    return sum(one > 0 for one in returns) / len(returns) if returns else None
