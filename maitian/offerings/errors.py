"""What offerings refuse, in words."""

from maitian.core.errors import DomainError


class ContainsItself(DomainError):
    code = "offerings.level.contains_itself"
    zh = "级别“{name}”直接或间接包含了自己。请选另一个级别，或不选。"
    en = "The level “{name}” contains itself, directly or through others. Choose another one, or none."
    field = "contains"


class RateOutside(DomainError):
    code = "offerings.level.rate_outside"
    zh = "佣金率 {rate}‰ 不在 {least}‰ 到 {most}‰ 之间。"
    en = "The commission rate {rate}‰ is not between {least}‰ and {most}‰."
    field = "commission_rate"


class NothingInIt(DomainError):
    code = "offerings.level.empty"
    zh = "级别里还没有内容。至少选一类报告或一个主题。"
    en = "The level contains nothing yet. Choose at least one kind of report or one topic."
    field = "contents"


class ApplicationRefused(DomainError):
    code = "offerings.application.check_failed"
    zh = "现在不能申请：{why}"
    en = "The application is not possible now: {why_en}"
    status = 409


class ApplicationOpen(DomainError):
    code = "offerings.application.open_already"
    zh = "您已有一份申请在审批，{due} 前答复。"
    en = "An application is already being decided; the answer comes by {due}."
    status = 409


class ReasonNeeded(DomainError):
    code = "offerings.decision.reason_missing"
    zh = "不同意要写明理由，客户会看到。"
    en = "A refusal needs a reason; the client will see it."
    field = "reason"
