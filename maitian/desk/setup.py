"""The kinds of case, routes and words that ship. All of them are the branch's to change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from maitian.desk.models import CaseKind, Cause, KindVersion, Macro, Phrase, Route, RouteVersion
from maitian.desk.rules import kinds, routes
from maitian.staff.models import Branch

KINDS: list[dict[str, Any]] = [
    {
        "code": "enquiry", "name": "咨询", "name_en": "Enquiry", "icon": "message", "policy": "enquiry", "team": "service",
        "hint": "问一件事，要一个答案", "hint_en": "A question that wants an answer",
        "fields": [
            {"key": "area", "name": "关于", "name_en": "About", "type": "choice", "required": False, "choices": [
                {"key": "trading", "name": "交易", "name_en": "Trading"}, {"key": "account", "name": "账户", "name_en": "Account"},
                {"key": "funds", "name": "资金", "name_en": "Money"}, {"key": "software", "name": "软件", "name_en": "Software"},
                {"key": "product", "name": "产品和级别", "name_en": "Products and levels"}]},
        ],
    },
    {
        "code": "request", "name": "业务办理", "name_en": "Business request", "icon": "ticket", "policy": "request", "team": "business",
        "hint": "开户、销户、转托管、开权限", "hint_en": "Opening, closing, transfers, permissions",
        "fields": [
            {"key": "business", "name": "业务", "name_en": "Business", "type": "choice", "required": True, "choices": [
                {"key": "close_account", "name": "销户", "name_en": "Closing the account"},
                {"key": "transfer", "name": "转托管", "name_en": "Transfer of custody"},
                {"key": "permission", "name": "开通权限", "name_en": "Trading permission"},
                {"key": "bank", "name": "三方存管", "name_en": "Bank of deposit"},
                {"key": "data", "name": "资料变更", "name_en": "Change of data"},
                {"key": "commission", "name": "佣金", "name_en": "Commission"},
                {"key": "other", "name": "其他", "name_en": "Other"}]},
            {"key": "wanted_on", "name": "希望哪天办", "name_en": "Wanted on", "type": "date", "required": False},
            {"key": "reach", "name": "联系电话", "name_en": "Phone to reach you", "type": "phone", "required": False, "personal": True},
        ],
    },
    {
        "code": "complaint", "name": "投诉", "name_en": "Complaint", "icon": "alert", "policy": "complaint", "team": "management",
        "hint": "哪里没做好，要一个说法", "hint_en": "Something went wrong and wants an answer", "priority": 2, "complaint": True, "fields": [],
    },
    {
        "code": "help_visit", "name": "上门帮助", "name_en": "On-site help", "icon": "pin", "policy": "help_visit", "team": "marketing",
        "hint": "装软件、教交易，客户经理上门", "hint_en": "Software or lessons at your place",
        "fields": [
            {"key": "problem", "name": "遇到什么问题", "name_en": "What is the problem", "type": "choice", "required": True, "choices": [
                {"key": "computer", "name": "电脑", "name_en": "Computer"}, {"key": "phone", "name": "手机", "name_en": "Phone"},
                {"key": "software", "name": "交易软件", "name_en": "Trading software"}, {"key": "lesson", "name": "想学怎么用", "name_en": "A lesson"}]},
            {"key": "place", "name": "上门地址", "name_en": "Where", "type": "text", "required": True, "personal": True},
            {"key": "convenient", "name": "方便的时间", "name_en": "When it suits", "type": "text", "required": False},
        ],
    },
    {
        "code": "suggestion", "name": "建议", "name_en": "Suggestion", "icon": "edit", "policy": "suggestion", "team": "management",
        "hint": "您觉得哪里可以更好", "hint_en": "What could be better", "priority": 0, "fields": [],
    },
    {
        "code": "praise", "name": "表扬", "name_en": "Praise", "icon": "star", "policy": "praise", "team": "management",
        "hint": "谁帮到了您", "hint_en": "Who helped you", "priority": 0,
        "fields": [{"key": "who", "name": "想表扬谁", "name_en": "Whom", "type": "text", "required": False}],
    },
]  # fmt: skip

ROUTES: list[dict[str, Any]] = [
    {"key": "system_failure_complaints", "name": "系统故障投诉到客服中心", "name_en": "Complaints about system failures: service centre", "position": 1,
     "conditions": {"kinds": ["complaint"], "complaint_kinds": ["system_failure"]}, "team": "service", "priority": 2},
    {"key": "error_complaints", "name": "业务差错、撤销不及时的投诉到业务中心", "name_en": "Complaints about errors and late cancellations: business centre", "position": 2,
     "conditions": {"kinds": ["complaint"], "complaint_kinds": ["business_error", "cancellation_late"]}, "team": "business", "priority": 2},
    {"key": "leak_and_attitude_complaints", "name": "信息泄露和人员态度的投诉到营业部管理", "name_en": "Complaints about leaks and attitude: branch management", "position": 3,
     "conditions": {"kinds": ["complaint"], "complaint_kinds": ["data_leak", "staff_attitude", "other"]}, "team": "management", "priority": 3},
    {"key": "gold_brocade_first", "name": "金锦囊客户的事先到客户经理", "name_en": "Gold Brocade clients: first to their account manager", "position": 20,
     "conditions": {"kinds": ["enquiry", "suggestion", "praise"], "levels": [3], "managed": True}, "team": "marketing", "owner": "manager", "priority": 2},
    {"key": "help_visit_manager", "name": "上门帮助由客户经理去", "name_en": "On-site help goes to the account manager", "position": 30,
     "conditions": {"kinds": ["help_visit"], "managed": True}, "team": "marketing", "owner": "manager"},
    {"key": "software_questions", "name": "软件问题到客服中心", "name_en": "Software questions go to the service centre", "position": 40,
     "conditions": {"kinds": ["enquiry"], "words": ["闪退", "登录不上", "登不上", "密码", "验证码", "行情"]}, "team": "service"},
]  # fmt: skip

# The etiquette of the source's third article: hear out, repeat, say what is needed, refuse kindly, never hurry the client.
PHRASES = (
    ("opening", "问好", "{client}您好，我是{me}，很高兴为您服务。"),
    ("listening", "复述确认", "{client}，我重复一下您说的：……。是这样吗？"),
    ("listening", "确认诉求", "您希望我们怎么做？我记下来，一件一件办。"),
    ("listening", "理解感受", "给您带来不便，很抱歉。您说的情况我都记下了。"),
    ("telling", "告知编号和期限", "您的事编号 {ref}，由我跟到底，最迟 {due} 给您答复。"),
    ("telling", "还在核对", "{client}您好，我们正在核对，有结果马上告诉您，不用您再来问。"),
    ("telling", "请补材料", "{client}您好，还需要您补一份材料，收到后我们当天接着办。"),
    (
        "refusing",
        "讲明不能办",
        "{client}，这件事我们办不了，原因是：……。这样回答您，是免得您再等、再跑一趟。",
    ),
    ("closing", "还需要什么", "{client}，您看除此之外，您还需要其他什么服务吗？"),
    ("closing", "道别", "谢谢您，再见！"),
)
MACROS: tuple[dict[str, Any], ...] = (
    {"name": "接手并告诉客户", "name_en": "Take it and tell the client", "take": True,
     "answer": "{client}您好，您的事由我来办，编号 {ref}，最迟 {due} 给您答复。"},
    {"name": "请客户补材料", "name_en": "Ask the client for papers", "tag": "等材料", "then": "waiting_client",
     "answer": "{client}您好，还需要您补一份材料，收到后我们当天接着办。"},
    {"name": "转业务中心核对", "name_en": "To the business centre for checking", "note": "请核对流水和费率，写明结论。", "team": "business"},
)  # fmt: skip


CAUSES = (
    ("rule_unclear", "规则没说清", "Rule not explained"), ("slip", "操作失误", "Slip in handling"), ("no_check", "复核缺失", "Check missing"),
    ("system", "系统缺陷", "Fault of the system"), ("vendor", "外部单位", "Third party"), ("manner", "态度和沟通", "Manner and words"),
    ("delay", "办理拖延", "Delay"), ("data", "资料有误或外泄", "Wrong or leaked data"), ("misunderstanding", "客户误解", "Misunderstanding"),
)  # fmt: skip


def seed() -> None:
    """Idempotent: kinds and routes that a branch has changed stay as they are; new ones of a release are added."""
    now = timezone.now()
    known = set(CaseKind.objects.values_list("code", flat=True))
    CaseKind.objects.bulk_create(
        [
            CaseKind(**{"position": n * 10, "changed_at": now, **values})
            for n, values in enumerate(KINDS)
            if values["code"] not in known
        ]
    )
    _seed_versions(now)
    if not Cause.objects.exists():
        Cause.objects.bulk_create(
            [
                Cause(code=code, name=name, name_en=en, position=n * 10)
                for n, (code, name, en) in enumerate(CAUSES)
            ]
        )
    for branch in Branch.objects.all():
        seed_comfort(branch)
    if not Route.objects.exists():
        Route.objects.bulk_create([Route(**{"changed_at": now, **values}) for values in ROUTES])
    if not RouteVersion.objects.exists():
        _seed_first_routes(now)


def _seed_first_routes(now: datetime) -> None:
    """The first version of the routing rules: what they say today."""
    listed = Route.objects.filter(book="brokerage", active=True)
    names = ("key", *routes.LONGEST, "conditions", "team", "owner", "priority")
    definition = routes.tidy({"rules": [{name: getattr(row, name) for name in names} for row in listed]})
    RouteVersion.objects.create(
        number=1, definition=definition, maker="system:seed", made_at=now, state=RouteVersion.State.APPROVED,
        checker="system:release", checked_at=now,
    )  # fmt: skip


def _seed_versions(now: datetime) -> None:
    """The first version of each kind that has none yet: what it says today."""
    without = CaseKind.objects.filter(versions=None)
    KindVersion.objects.bulk_create(
        [
            KindVersion(
                kind=kind, code=kind.code, number=kind.version, definition=definition_of(kind), maker="system:seed", made_at=now,
                state=KindVersion.State.APPROVED, checker="system:release", checked_at=now,
            )
            for kind in without
        ]
    )  # fmt: skip


def definition_of(kind: CaseKind) -> dict[str, Any]:
    """What a kind says today, as a definition (``rules.kinds``)."""
    return kinds.tidy({name: getattr(kind, name) for name in (*kinds.LONGEST, "icon", "team", "priority", "portal", "policy", "fields")})  # fmt: skip


def seed_comfort(branch: Branch) -> None:
    """Phrases and macros to begin with, once for a branch; what it changes or switches off stays as it is."""
    now = timezone.now()
    by = {"changed_by": "system:seed", "changed_at": now}
    if not Phrase.objects.filter(branch=branch).exists():
        Phrase.objects.bulk_create(
            [Phrase(branch=branch, moment=m, name=name, body=body, **by) for m, name, body in PHRASES]
        )
    if not Macro.objects.filter(branch=branch).exists():
        Macro.objects.bulk_create([Macro(branch=branch, **values, **by) for values in MACROS])
