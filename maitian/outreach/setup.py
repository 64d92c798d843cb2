"""The topics that ship. Texts are the branch's to change."""

from __future__ import annotations

from django.utils import timezone

from maitian.outreach.models import Topic

TOPICS = [
    (
        "report_published", "新研究报告", "New research report", 0, "holders_and_followers", 7, True,
        {
            "inbox": "{title}\n{summary}\n{kind} · {stars} 星 · {risk} · {house} · {date}",
            "sms": "【麦田】您持有或关注的证券有新报告：{title}（{stars} 星，{risk}）。全文见客户端。投资有风险，回 TD 退订",
            "email": "您好：\n\n{house}发布了“{title}”。\n\n{summary}\n\n涉及证券：{securities_text}\n星级：{stars} 星　风险等级：{risk}\n\n"
            "登录客户端看全文。报告是研究观点，不是买卖建议。投资有风险。\n\n{branch} {phone}",
        },
    ),
    ("service_notice", "服务通知", "Service notice", 0, "everybody", 1, False, {"inbox": "{title}\n{text}"}),
    (
        "market_summary", "收市综述", "Market summary", 1, "everybody", 3, False,
        {"inbox": "{title}\n{text}", "sms": "【麦田】{title}：{text} 投资有风险，回 TD 退订"},
    ),
]  # fmt: skip


def seed() -> None:
    """Idempotent."""
    for code, name, name_en, message_class, audience, mask, suitability, templates in TOPICS:
        Topic.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "name_en": name_en, "message_class": message_class, "audience": audience,
                "channel_mask": mask, "suitability": suitability, "templates": templates, "maker": "system:seed",
                "changed_at": timezone.now(),
            },
        )  # fmt: skip
