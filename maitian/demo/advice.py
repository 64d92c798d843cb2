"""Ratings and picks of the demonstration: open, closed, one waiting for its signature. Securities are real, words are not advice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from maitian.core import time as business_time
from maitian.library.advice import actions
from maitian.library.advice.models import Pick, Rating
from maitian.outreach import events_of_advice
from maitian.staff.models import Member

PICKS = [
    ("600900", "buy", "来水恢复，电量回到多年均值，派息率有保证。", "麦田研究所《长江电力深度》", "changed"),
    ("600036", "buy", "零售客户资产增长，估值在历史低位。", "云岭证券研究部《招商银行跟踪》", "target"),
    ("002500", "buy", "并购重组打开空间，估值有弹性，波动也大。", "麦田研究所《证券行业快评》", ""),
    ("600030", "watch", "增资用于做市与衍生品，等资本落地再看。", "麦田研究所《中信证券快评》", "draft"),
]
HOUSES = ("麦田研究所", "云岭证券研究部", "启明研究")
RATINGS = [
    "600900",
    "600036",
    "600030",
    "002500",
    "600519",
    "000858",
    "600369",
    "000776",
    "601901",
    "600048",
    "000002",
    "600887",
]


def load(members: dict[str, Member]) -> int:
    """Picks of the first adviser and a dozen ratings; returns how many."""
    adviser = members["adviser1"]
    today = business_time.today()
    known = {
        symbol for symbol in {*RATINGS, *(row[0] for row in PICKS)} if actions.last_price(symbol) is not None
    }
    for symbol, direction, reason, source, end in PICKS:
        price = actions.last_price(symbol)
        if price is None:
            continue
        made = actions.save_pick(
            None, _values(symbol, direction, price, reason, f"{source} {today.month}月"), adviser=adviser
        )
        if end == "draft":
            continue
        actions.sign_pick(made.pk, adviser=adviser)
        if end:
            actions.follow_up(made.pk, "到达预定条件，这次跟踪到此结束。", adviser=adviser, close=end)
            Pick.objects.filter(pk=made.pk).update(price_at_signing=price * Decimal("0.94"))
        else:
            events_of_advice.for_pick(made.pk, signer=adviser.actor)
    Rating.objects.bulk_create(
        [
            Rating(
                symbol=symbol, house=HOUSES[n % 3], analyst=("沈思远", "何雨桐", "康明")[n % 3], old=(3, 4, None, 5)[n % 4], new=(4, 5, 4, 3)[n % 4],
                target_price=(actions.last_price(symbol) or Decimal(10)) * Decimal("1.15"), risk=3, on=today - timedelta(days=n % 6),
                reason=("三季度盈利超出预期", "估值回到合理区间", "首次覆盖", "景气回落，下调一档")[n % 4], reference=f"DEMO-R{n}",
            )
            for n, symbol in enumerate(RATINGS)
            if symbol in known
        ]
    )  # fmt: skip
    return len(PICKS)


def _values(symbol: str, direction: str, price: Decimal, reason: str, source: str) -> dict[str, Any]:
    cent = Decimal("0.01")
    return {
        "symbol": symbol, "direction": direction, "price_low": (price * Decimal("0.98")).quantize(cent), "price_high": (price * Decimal("1.02")).quantize(cent),
        "target_price": (price * Decimal("1.15")).quantize(cent), "stop_price": (price * Decimal("0.92")).quantize(cent), "risk": 3, "reason": reason,
        "source": source, "report": None, "valid_until": business_time.today() + timedelta(days=30),
    }  # fmt: skip
