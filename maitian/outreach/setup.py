"""The topics that ship. Texts are the branch's to change, in the console, by two people."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from maitian.outreach.actions.topics import definition_of
from maitian.outreach.models import Topic, TopicVersion

SERVICE, COMMERCIAL, CARE = 0, 1, 2
INBOX, SMS, EMAIL, CALL = 1, 2, 4, 8

TOPICS: list[dict[str, Any]] = [
    {
        "code": "report_published", "name": "新研究报告", "name_en": "New research report", "trigger": "report",
        "audience": "holders_and_followers", "channel_mask": INBOX | SMS | EMAIL,
        "templates": {
            "inbox": "{title}\n{summary}\n{kind} · {stars} 星 · {risk} · {house} · {date}",
            "sms": "{signature}您持有或关注的证券有新报告：{title}（{stars} 星，{risk}）。全文见客户端。投资有风险，{opt_out}",
            "email": "您好：\n\n{house}发布了“{title}”。\n\n{summary}\n\n涉及证券：{securities_text}\n星级：{stars} 星　风险等级：{risk}\n\n"
            "登录客户端看全文。报告是研究观点，不是买卖建议。投资有风险。\n\n{branch} {phone}",
        },
    },
    {
        "code": "service_notice", "name": "服务通知", "name_en": "Service notice", "audience": "everybody", "suitability": False,
        "channel_mask": INBOX, "templates": {"inbox": "{title}\n{text}", "sms": "{signature}{title}：{text}"},
    },
    {
        "code": "market_summary", "name": "收市综述", "name_en": "Market summary", "message_class": COMMERCIAL, "audience": "everybody",
        "suitability": False, "channel_mask": INBOX | SMS, "timing": {"when": "after_close"}, "expires_minutes": 18 * 60,
        "templates": {"inbox": "{title}\n{text}", "sms": "{signature}{title}：{text} 投资有风险，{opt_out}"},
    },
    {
        "code": "manager_message", "name": "客户经理消息", "name_en": "Message from the manager", "audience": "named", "by_level": False,
        "suitability": False, "channel_mask": INBOX | SMS,
        "templates": {"inbox": "{title}\n{text}", "sms": "{signature}{salutation}您好，{text}"},
    },
    {
        "code": "level_decided", "name": "级别申请结果", "name_en": "Level application decided", "trigger": "ledger",
        "legal_basis": "contract", "audience": "named", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS, "ledger_kinds": ["level.approved", "level.refused"],
        "templates": {
            "inbox": "级别申请有结果了\n您申请的“{name}”已有答复，请在“我的级别”里查看。",
            "sms": "{signature}您申请的服务级别“{name}”已有答复，请登录客户端查看。",
        },
    },
    {
        "code": "level_effective", "name": "级别已生效", "name_en": "Level in force", "trigger": "ledger", "legal_basis": "contract",
        "audience": "named", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX,
        "ledger_kinds": ["level.effective"], "templates": {"inbox": "新级别今天生效\n您的服务级别从今天起是“{name}”，内容见“我的级别”。"},
    },
]  # fmt: skip


def seed() -> None:
    """Idempotent: topics that a branch has changed stay as they are. A shipped one is version 1, approved."""
    now = timezone.now()
    for entry in TOPICS:
        fields = {name: value for name, value in entry.items() if name != "code"}
        topic, made = Topic.objects.get_or_create(
            code=entry["code"], defaults={**fields, "maker": "system:seed", "changed_at": now}
        )
        if made:
            TopicVersion.objects.create(
                topic=topic, number=1, definition=definition_of(topic), state=TopicVersion.State.APPROVED,
                maker="system:seed", made_at=now, checker="system:release", checked_at=now,
            )  # fmt: skip
