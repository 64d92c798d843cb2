"""Words of the gates and channels, and the colours of their shares."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from maitian.outreach.rules import Gate

GATES: dict[Gate, Any] = {
    Gate.COVERAGE: gettext_lazy("级别不含"),
    Gate.SUITABILITY: gettext_lazy("不适当"),
    Gate.CONSENT: gettext_lazy("没有同意"),
    Gate.ADDRESS: gettext_lazy("没有地址"),
    Gate.DEFERRED: gettext_lazy("稍后发"),
    Gate.FREQUENCY: gettext_lazy("频次上限"),
    Gate.DUPLICATE: gettext_lazy("重复"),
    Gate.BUDGET: gettext_lazy("超出预算"),
    Gate.AGREEMENT: gettext_lazy("没有协议"),
}
NOTES: dict[Gate, Any] = {
    Gate.COVERAGE: gettext_lazy("客户端显示标题和“申请”"),
    Gate.SUITABILITY: gettext_lazy("风险高于客户的承受能力，或测评缺失、过期"),
    Gate.CONSENT: gettext_lazy("这类消息的渠道都没有同意"),
    Gate.ADDRESS: gettext_lazy("同意了，但没有可用的号码或邮箱"),
    Gate.DEFERRED: gettext_lazy("收件箱马上有，短信和邮件等到允许的时段"),
    Gate.FREQUENCY: gettext_lazy("营销短信到了每天或每月的上限"),
    Gate.DUPLICATE: gettext_lazy("同一件事几天内已经告诉过"),
    Gate.BUDGET: gettext_lazy("本月短信预算用完"),
    Gate.AGREEMENT: gettext_lazy("投资建议要先签投顾协议"),
}
QUESTIONS: dict[Gate, Any] = {
    Gate.COVERAGE: gettext_lazy("服务级别"),
    Gate.SUITABILITY: gettext_lazy("适当性"),
    Gate.CONSENT: gettext_lazy("同意"),
    Gate.ADDRESS: gettext_lazy("联系方式"),
    Gate.DEFERRED: gettext_lazy("时段"),
    Gate.FREQUENCY: gettext_lazy("频次"),
    Gate.DUPLICATE: gettext_lazy("重复"),
    Gate.BUDGET: gettext_lazy("预算"),
    Gate.AGREEMENT: gettext_lazy("投顾协议"),
}
CHANNEL_NAMES = {
    0: gettext_lazy("客户端收件箱"),
    1: gettext_lazy("短信"),
    2: gettext_lazy("邮件"),
    3: gettext_lazy("电话任务"),
}
FILLS = {0: "f1", 1: "f2", 2: "f3", 3: "f4"}
GREYS = ("fn1", "fn2", "fn3", "fn4")
# Gates asked again at hand-over: what a message row says of a text that was held back.
WITHHELD: dict[str, Any] = {
    "expired": gettext_lazy("过了失效时间"),
    "closed": gettext_lazy("已经销户"),
    "consent": gettext_lazy("撤回了同意"),
    "address": gettext_lazy("号码或邮箱停用了"),
    "settled": gettext_lazy("已经不需要"),
    "frequency": gettext_lazy("到了频次上限"),
}
LIMITS: dict[str, Any] = {
    "branch_month": gettext_lazy("营业部的月预算"),
    "branch_year": gettext_lazy("营业部的年预算"),
    "topic_month": gettext_lazy("这个主题的月预算"),
    "topic_year": gettext_lazy("这个主题的年预算"),
    "campaign": gettext_lazy("这个活动的预算"),
}
# Why a message failed, where we say it ourselves; a gateway's own words are shown as they are.
FAILURES: dict[str, Any] = {
    "no address": gettext_lazy("没有可用的号码或邮箱"),
    "no text": gettext_lazy("变量不全，没有文字可发"),
    "no gateway": gettext_lazy("没有一个网关收"),
    "": gettext_lazy("没有说原因"),
    # Carriers' words (SMPP 3.4, message states in receipts).
    "UNDELIV": gettext_lazy("送不到：停机、空号或关机（UNDELIV）"),
    "EXPIRED": gettext_lazy("运营商过了有效期（EXPIRED）"),
    "REJECTD": gettext_lazy("运营商拒收（REJECTD）"),
    "DELETED": gettext_lazy("运营商删了（DELETED）"),
}
