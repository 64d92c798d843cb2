"""The three levels of the source (G3–G5, G7), if there are none yet."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from maitian.offerings.models import LevelContent, LevelDesign, ServiceLevel

LEVELS = [
    (
        "gold_channel", "金通道", "Gold Channel", 1, "安全、畅通、随时有人接", "Safe and fast access, somebody always answers",
        "交易通道状态随时可查，热线 24 小时有人接听，市场动态和期刊随时看。",
        "See the state of every access at any time, a hotline around the clock, market dynamics and journals.",
        "1.80", "0", None,
        [("report_kind", "dynamics", 2), ("report_kind", "journal", 2), ("topic", "service_notice", 1), ("topic", "market_summary", 1)],
    ),
    (
        "gold_wisdom", "金智慧", "Gold Wisdom", 2, "把研究变成您的判断", "Research that becomes your own judgement",
        "四星以内的全部研究报告，持有和关注的证券一有新报告就通知您，短信和邮件都可以收。",
        "All research up to four stars; a message as soon as something new appears on what you hold or follow.",
        "2.40", "200000", "gold_channel",
        [*(("report_kind", family, 4) for family in (
            "macro", "strategy", "industry", "company", "equity", "bond", "fund", "quant", "dynamics", "journal", "express")),
         ("topic", "report_published", 7), ("topic", "service_notice", 3), ("topic", "market_summary", 3), ("topic", "stock_pick", 3),
         ("topic", "rating_change", 3), ("quota", "consultation", 2)],
    ),
    (
        "gold_brocade", "金锦囊", "Gold Brocade", 3, "一位投资顾问，一份长期计划", "One adviser and one long-term plan",
        "专属投资顾问一对一服务：长期规划、盘中提醒、风险警示、危机应对、每月回顾，五星报告全部开放。",
        "A personal adviser: a long-term plan, guidance in the session, warnings, crisis response, a monthly review, five-star research.",
        "3.00", "1000000", "gold_wisdom",
        [*(("report_kind", family, 5) for family in (
            "macro", "strategy", "industry", "company", "equity", "bond", "fund", "quant", "dynamics", "journal", "express")),
         ("topic", "report_published", 7), ("adviser", "personal", 1), ("quota", "consultation", 30)],
    ),
]  # fmt: skip


def seed() -> None:
    """Idempotent: levels that a branch has changed stay as they are."""
    if ServiceLevel.objects.exists():
        return
    now = timezone.now()
    made: dict[str, ServiceLevel] = {}
    for (
        code,
        name,
        name_en,
        rank,
        slogan,
        slogan_en,
        words,
        words_en,
        rate,
        assets,
        contains,
        contents,
    ) in LEVELS:
        texts = {
            "name": name, "name_en": name_en, "slogan": slogan, "slogan_en": slogan_en, "description": words,
            "description_en": words_en,
        }  # fmt: skip
        made[code] = ServiceLevel.objects.create(
            code=code, rank=rank, commission_rate=Decimal(rate), suggested_assets=Decimal(assets),
            contains=made.get(contains or ""), maker="system:seed", checker="system:release", changed_at=now, **texts,
        )  # fmt: skip
        LevelContent.objects.bulk_create(
            [
                LevelContent(level=made[code], what=what, key=key, number=number)
                for what, key, number in contents
            ]
        )
        LevelDesign.objects.create(
            code=code, version=1, contents=sorted([what, key, number] for what, key, number in contents),
            values={**texts, "commission_rate": rate, "suggested_assets": assets, "rank": rank, "contains": contains or ""},
            state=LevelDesign.State.APPROVED, maker="system:seed", made_at=now, checker="system:release", checked_at=now,
        )  # fmt: skip
