"""The topics that ship. Texts are the branch's to change, in the console, by two people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from maitian.outreach.actions.topics import definition_of
from maitian.outreach.models import Topic, TopicVersion

SERVICE, COMMERCIAL, CARE = 0, 1, 2
INBOX, SMS, EMAIL, CALL = 1, 2, 4, 8

MORNING = {"when": "at", "at": "09:10", "days": "every"}

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
        "code": "manager_offer", "name": "客户经理营销消息", "name_en": "Offer from the manager", "message_class": COMMERCIAL,
        "audience": "named", "by_level": False, "suitability": False, "channel_mask": INBOX | SMS,
        "templates": {"inbox": "{title}\n{text}", "sms": "{signature}{salutation}您好，{text} {opt_out}"},
    },
    {
        "code": "stock_pick", "name": "荐股", "name_en": "Stock pick", "trigger": "pick", "message_class": COMMERCIAL, "advice": True,
        "audience": "everybody", "automatic": True, "channel_mask": INBOX | SMS, "expires_minutes": 24 * 60,
        "templates": {
            "inbox": "{security} {direction}\n区间 {range}，目标 {target}，止损 {stop}，有效到{until}。理由：{text}\n依据：{source}\n"
            "投资顾问 {adviser}（{licence}）。{risk_sentence}",
            "sms": "{signature}{security}：{direction}，区间{range}，目标{target}，止损{stop}。{adviser}（{licence}），依据{source}。{risk_sentence}{opt_out}",
        },
    },
    {
        "code": "pick_note", "name": "荐股跟踪", "name_en": "Follow-up of a pick", "trigger": "pick_note", "advice": True,
        "audience": "got_event", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "expires_minutes": 24 * 60,
        "templates": {
            "inbox": "{security} 跟踪\n{text}\n投资顾问 {adviser}（{licence}）。{risk_sentence}",
            "sms": "{signature}{security}跟踪：{text} {adviser}（{licence}）。{risk_sentence}",
        },
    },
    {
        "code": "rating_change", "name": "评级变动", "name_en": "Rating change", "trigger": "rating", "advice": True,
        "audience": "holders_and_followers", "automatic": True, "channel_mask": INBOX | SMS, "expires_minutes": 24 * 60,
        "templates": {
            "inbox": "{security} 评级变动\n{house}{date}由{old_rating}改为{new_rating}，目标价 {target}。{text}\n投资顾问 {adviser}（{licence}）。{risk_sentence}",
            "sms": "{signature}{security}：{house}{date}评级由{old_rating}改为{new_rating}，目标价{target}。{adviser}（{licence}）。{risk_sentence}",
        },
    },
    {
        "code": "holding_notice", "name": "持仓重要公告", "name_en": "Important notice on a holding", "trigger": "announcement",
        "legal_basis": "contract", "audience": "holders", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS | CALL,
        "templates": {
            "inbox": "{security}：{kind}\n{title}（{date}）。您持有 {quantity} 股（张）。{text}",
            "sms": "{signature}您持有的{security}有公告：{title}。{text}",
            "call": "{salutation}您好，您持有的{security}有一件要在期限前办的事：{title}。{text} 我只转述公告，不给买卖建议。",
        },
    },
    {
        "code": "birthday", "name": "生日问候", "name_en": "Birthday wishes", "trigger": "daily", "message_class": CARE,
        "audience": "everybody", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "conditions": {"all": [{"is": "birthday", "today": True}]}, "timing": MORNING, "repeat_days": 300, "expires_minutes": 720,
        "templates": {
            "inbox": "生日快乐\n{salutation}，今天是您的生日，{branch}全体同事祝您身体健康、平安喜乐。",
            "sms": "{signature}{salutation}，今天是您的生日，{branch}祝您身体健康、平安喜乐。",
        },
    },
    {
        "code": "opening_anniversary", "name": "开户周年", "name_en": "Anniversary of opening", "trigger": "daily", "message_class": CARE,
        "audience": "everybody", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX,
        "conditions": {"all": [{"is": "opened", "anniversary": True}]}, "timing": MORNING, "repeat_days": 300, "expires_minutes": 720,
        "templates": {"inbox": "又一年了\n{salutation}，您在{branch}开户整年了。谢谢您一直在，有什么要我们做得更好的，直接回我们。"},
    },
    {
        "code": "care_call", "name": "关怀电话", "name_en": "Care call", "trigger": "daily", "message_class": CARE,
        "audience": "everybody", "by_level": False, "suitability": False, "automatic": True, "channel_mask": CALL,
        "conditions": {"all": [{"is": "level", "any_of": [3]}, {"is": "last_contact", "older_than": 90}]},
        "timing": {"when": "at", "at": "09:30", "days": "work"}, "repeat_days": 90, "expires_minutes": 480,
        "templates": {"call": "{salutation}您好，我是{branch}的，有一阵没联系了，问问您近来账户和服务上有没有要我们帮忙的。"},
    },
    {
        "code": "assessment_expiry", "name": "风险测评到期", "name_en": "Assessment expiring", "trigger": "daily", "legal_basis": "duty",
        "audience": "everybody", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "conditions": {"all": [{"is": "assessment", "expires_within": 30}]}, "timing": MORNING, "repeat_days": 14, "expires_minutes": 720,
        "templates": {
            "inbox": "请重做风险测评\n您的风险测评 30 天内到期。过期后，超过 R1 的产品和报告不能再提供给您。在客户端“我的”里重做，约 3 分钟。",
            "sms": "{signature}您的风险测评30天内到期，过期后部分服务会暂停。请登录客户端重做，约3分钟。",
        },
    },
    {
        "code": "id_expiry", "name": "证件到期", "name_en": "Identity document expiring", "trigger": "daily", "legal_basis": "duty",
        "audience": "everybody", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "conditions": {"all": [{"is": "id_document", "expires_within": 30}]}, "timing": MORNING, "repeat_days": 14, "expires_minutes": 720,
        "templates": {
            "inbox": "证件快到期了\n您留存的身份证件 30 天内到期。请带新证件到营业部，或在客户端更新，以免影响交易和转账。",
            "sms": "{signature}您留存的身份证件30天内到期，请尽快更新，以免影响交易和转账。",
        },
    },
    {
        "code": "kyc_review", "name": "资料更新", "name_en": "Review of client data", "trigger": "daily", "legal_basis": "duty",
        "audience": "everybody", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX,
        "conditions": {"all": [{"any": [{"is": "id_document", "expired": True}, {"is": "assessment", "expired": True}]}]},
        "timing": {"when": "at", "at": "09:20", "days": "work"}, "repeat_days": 30, "expires_minutes": 720,
        "templates": {
            "inbox": "请更新您的资料\n您的证件或风险测评已过期。按规定，资料过期会限制部分业务。请在客户端“我的”里更新，或到营业部办理。"
        },
    },
    {
        "code": "allotment", "name": "中签缴款", "name_en": "Allotment to be paid", "trigger": "allotment", "legal_basis": "contract",
        "critical": True, "audience": "short_of_money", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS | CALL,
        "templates": {
            "inbox": "{text}\n您中签{issue}（{symbol}）{quantity}股，应缴 {due} 元，账户已有 {funded} 元，还差 {missing} 元，请在{deadline}前转入。{warning}",
            "sms": "{signature}{text}：{issue}{quantity}股，应缴{due}元，还差{missing}元，{deadline}前须足额，不足视为放弃。{warning}",
            "call": "{salutation}您好，您中签了{issue} {quantity} 股，应缴 {due} 元，账户里还差 {missing} 元，请在{deadline}之前转入，部分到账也算放弃。{warning}",
        },
    },
    {
        "code": "allotment_result", "name": "中签缴款结果", "name_en": "Result of an allotment", "trigger": "ledger",
        "legal_basis": "contract", "audience": "named", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS, "ledger_kinds": ["allotment.defaulted"],
        "templates": {
            "inbox": "{name}未足额缴款\n截止时还差 {missing} 元，已按放弃处理。12 个月内第 {count} 次，{consequence}。",
            "sms": "{signature}{name}截止时还差{missing}元，已按放弃处理，12个月内第{count}次，{consequence}。",
        },
    },
    {
        "code": "new_share", "name": "新股申购", "name_en": "New share to subscribe", "trigger": "issue", "audience": "may_subscribe",
        "automatic": True, "channel_mask": INBOX | SMS, "timing": {"when": "at", "at": "08:50", "days": "trading"},
        "expires_minutes": 370, "by_level": False,
        "templates": {
            "inbox": "今天可以申购{issue}\n申购代码 {subscription_code}，发行价 {price} 元，{board}，风险等级 {risk}。15:00 前申购，是否申购由您决定。",
            "sms": "{signature}今天可申购{issue}，代码{subscription_code}，发行价{price}元，15:00前。是否申购由您决定，投资有风险。",
        },
    },
    {
        "code": "listing", "name": "新股上市", "name_en": "New share listed", "trigger": "listing", "audience": "allotted",
        "legal_basis": "contract", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "timing": {"when": "at", "at": "08:55", "days": "trading"}, "expires_minutes": 360,
        "templates": {
            "inbox": "{issue}今天上市\n您持有 {quantity} 股（{symbol}）。上市初期价格波动大，请注意风险。",
            "sms": "{signature}您中签的{issue}（{symbol}）今天上市，您持有{quantity}股。上市初期波动大，请注意风险。",
        },
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
    {
        "code": "complaint_received", "name": "投诉已收到", "name_en": "Complaint received", "trigger": "ledger", "legal_basis": "duty",
        "audience": "named", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "ledger_kinds": ["complaint.acknowledged"],
        "templates": {
            "inbox": "投诉已收到，{due_on} 前给您结果\n您的投诉 {ref} 已收到，转有关部门核查。我们在 {due_on} 前给您明确的结果，办到哪一步随时可以看。",
            "sms": "{signature}您的投诉{ref}已收到，我们在{due_on}前给您明确的结果，进展可登录客户端查看。",
        },
    },
    {
        "code": "complaint_extended", "name": "投诉延期", "name_en": "Complaint extended", "trigger": "ledger", "legal_basis": "duty",
        "audience": "named", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "ledger_kinds": ["complaint.extended"],
        "templates": {
            "inbox": "投诉的答复期限延到 {due_on}\n您的投诉 {ref} 还需要时间核查，答复期限延到 {due_on}。原因和延期函在这件投诉里。",
            "sms": "{signature}您的投诉{ref}需延期到{due_on}答复，原因和延期函请登录客户端查看。",
        },
    },
    {
        "code": "case_answered", "name": "有新答复", "name_en": "New answer", "trigger": "ledger", "legal_basis": "contract",
        "audience": "named", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "ledger_kinds": ["case.replied"],
        "templates": {
            "inbox": "您问的事有新答复\n{ref} 有新答复，请看。有不清楚的，直接在里面回我们。",
            "sms": "{signature}您问的事（{ref}）有新答复，请登录客户端查看。",
        },
    },
    {
        "code": "case_result", "name": "有结果", "name_en": "Result of a case", "trigger": "ledger", "legal_basis": "contract",
        "audience": "named", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "ledger_kinds": ["case.resolved"],
        "templates": {
            "inbox": "您的事有结果了，请确认\n{ref} 有了结果。满意请确认；没解决就在里面写给我们，接着办。",
            "sms": "{signature}您的事（{ref}）有结果了，请登录客户端查看并确认；没解决请直接回复我们。",
        },
    },
    {
        "code": "promise", "name": "答应您的事", "name_en": "Promised to you", "trigger": "ledger", "legal_basis": "contract",
        "audience": "named", "by_level": False, "suitability": False, "automatic": True, "channel_mask": INBOX | SMS,
        "ledger_kinds": ["promise.made", "promise.moved"],
        "templates": {
            "inbox": "答应您的事：{by}前\n我们答应您的一件事，{by}前办好，内容在“首页”和“我的事”里看得到。",
            "sms": "{signature}我们答应您的事，{by}前办好，内容可登录客户端查看。",
        },
    },
    {
        "code": "promise_late", "name": "答应您的事没按时办好", "name_en": "A promise was not kept in time", "trigger": "ledger",
        "legal_basis": "contract", "audience": "named", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS, "ledger_kinds": ["promise.broken"],
        "templates": {
            "inbox": "答应您的事没有按时办好\n我们答应您{by}前办好的事，没有按时办好，向您致歉。负责的同事和主管都知道了，会尽快办好并告诉您。",
            "sms": "{signature}我们答应您{by}前办好的事没有按时办好，向您致歉，会尽快办好并告诉您。",
        },
    },
    {
        "code": "briefing_invitation", "name": "报告会邀请", "name_en": "Invitation to a briefing", "trigger": "briefing",
        "message_class": COMMERCIAL, "audience": "briefing_invited", "by_level": False, "suitability": False,
        "channel_mask": INBOX | SMS | EMAIL,
        "templates": {
            "inbox": "请您来听：{title}\n{summary}\n{when}，{place}，{speaker}主讲。共 {seats} 个座位，{sign_up_by} 前报名。",
            "sms": "{signature}请您来听“{title}”，{when}，{place}，{speaker}主讲。{sign_up_by}前在客户端报名，座位有限。{opt_out}",
            "subject": "请您来听：{title}",
            "email": "您好：\n\n请您来听报告会“{title}”。\n\n{summary}\n\n时间：{when}\n地点：{place}\n主讲：{speaker}\n\n"
            "共 {seats} 个座位，{sign_up_by} 前登录客户端，在“报告会”里报名。报名以后有入场码，凭码入场。\n\n"
            "报告会讲的是研究和知识，不是买卖建议。投资有风险。\n\n{branch} {phone}",
        },
    },
    {
        "code": "briefing_reminder", "name": "报告会提醒", "name_en": "Reminder of a briefing", "trigger": "briefing",
        "legal_basis": "contract", "audience": "briefing_guests", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS,
        "templates": {
            "inbox": "提醒您：{when}的报告会\n“{title}”，{place}。入场码 {code}，点下面出示二维码。来不了请退出，让给候补的客户。",
            "sms": "{signature}提醒您：{when}，{place}，“{title}”。入场码{code}，或在客户端出示二维码。",
        },
    },
    {
        "code": "briefing_notes", "name": "报告会纪要", "name_en": "Notes of a briefing", "trigger": "briefing",
        "legal_basis": "contract", "audience": "briefing_guests", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX, "templates": {"inbox": "“{title}”的纪要\n会上讲的和答的，整理好了，点下面看。"},
    },
    {
        "code": "briefing_follow_up", "name": "报告会后的电话", "name_en": "Call after a briefing", "trigger": "briefing",
        "legal_basis": "contract", "audience": "briefing_guests", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": CALL, "templates": {"call": "{salutation}您好，我是{branch}的，说的是“{title}”这场报告会。{text}"},
    },
    {
        "code": "briefing_seat", "name": "报告会座位留好了", "name_en": "A seat at a briefing", "trigger": "ledger",
        "legal_basis": "contract", "audience": "named", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS, "ledger_kinds": ["briefing.signed_up", "briefing.seated"],
        "templates": {
            "inbox": "座位留好了：{name}\n{when}，{place}。到时出示二维码入场，点下面就有。来不了请退出，让给候补的客户。",
            "sms": "{signature}“{name}”的座位给您留好了，{when}，{place}。来不了请在客户端退出。",
        },
    },
    {
        "code": "briefing_moved", "name": "报告会改时间地点", "name_en": "A briefing moved", "trigger": "ledger",
        "legal_basis": "contract", "audience": "named", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS, "ledger_kinds": ["briefing.moved"],
        "templates": {
            "inbox": "报告会改时间或地点了\n您报名的“{name}”现在是{when}，{place}。座位还在；来不了请退出。",
            "sms": "{signature}您报名的“{name}”改为{when}，{place}，座位还在。来不了请在客户端退出。",
        },
    },
    {
        "code": "briefing_called_off", "name": "报告会取消", "name_en": "A briefing called off", "trigger": "ledger",
        "legal_basis": "contract", "audience": "named", "by_level": False, "suitability": False, "automatic": True,
        "channel_mask": INBOX | SMS, "ledger_kinds": ["briefing.will_not_be"],
        "templates": {
            "inbox": "报告会取消了\n您报名的“{name}”（{when}）取消了，向您致歉。原因点下面看。",
            "sms": "{signature}您报名的“{name}”（{when}）取消了，向您致歉。原因可登录客户端查看。",
        },
    },
]  # fmt: skip


def seed() -> None:
    """Idempotent: topics that a branch has changed stay as they are. A shipped one is version 1, approved.

    One that nobody has changed since follows a new release, as its next version.
    """
    now = timezone.now()
    for entry in TOPICS:
        fields = {name: value for name, value in entry.items() if name != "code"}
        topic, made = Topic.objects.get_or_create(
            code=entry["code"], defaults={**fields, "maker": "system:seed", "changed_at": now}
        )
        if not made:
            _follow(topic, fields, now)
        if made:
            TopicVersion.objects.create(
                topic=topic, number=1, definition=definition_of(topic), state=TopicVersion.State.APPROVED,
                maker="system:seed", made_at=now, checker="system:release", checked_at=now,
            )  # fmt: skip


def _follow(topic: Topic, fields: dict[str, Any], now: datetime) -> None:
    """Bring a topic that only releases have touched to what this release ships."""
    versions = topic.versions.order_by("-number")
    if topic.maker != "system:seed" or versions.exclude(maker="system:seed").exists():
        return
    if all(getattr(topic, name) == value for name, value in fields.items()):
        return
    last = versions.first()
    for name, value in fields.items():
        setattr(topic, name, value)
    topic.version, topic.changed_at = (last.number + 1 if last else 1), now
    topic.save()
    TopicVersion.objects.create(
        topic=topic, number=topic.version, definition=definition_of(topic), state=TopicVersion.State.APPROVED,
        maker="system:seed", made_at=now, checker="system:release", checked_at=now,
    )  # fmt: skip
