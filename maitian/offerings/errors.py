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


class FieldWrong(DomainError):
    code = "offerings.level.field_wrong"
    zh = "“{name}”{why}。"
    en = "{name_en} {why_en}."

    def __init__(self, field: str, name: str, name_en: str, why: str, why_en: str) -> None:
        super().__init__(field, name=name, name_en=name_en, why=why, why_en=why_en)


class ContentWrong(DomainError):
    code = "offerings.level.content_wrong"
    zh = "“{item}”不能放进级别：没有这一项，或数不对。请从页面上列出的里选。"
    en = "“{item}” cannot be put into a level: there is no such thing, or the number is wrong. Choose from those listed."
    field = "contents"


class DesignOpen(DomainError):
    code = "offerings.level.design_open"
    zh = "别的同事对这个级别提的修改还在等复核。等那一份有了结果再提。"
    en = "A colleague's change of this level is still waiting for approval. Propose yours when it is settled."
    status = 409


class LevelUsed(DomainError):
    code = "offerings.level.used"
    zh = "还不能停用：{clients} 户客户在用，{others} 个级别包含它。请先改掉。"
    en = "It cannot be retired yet: {clients} clients have it and {others} levels contain it. Change those first."
    status = 409


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


class RatesCrossed(DomainError):
    code = "offerings.rates_crossed"
    zh = "最低佣金率 {least}‰ 不能高过最高佣金率 {most}‰。"
    en = "The lowest rate {least}‰ cannot be above the highest one {most}‰."
    field = "value"


class LevelBeganToday(DomainError):
    code = "offerings.level.began_today"
    zh = "留下的那份今天刚换了级别，今天不能再换成另一份的。请明天并，或选留下的那份的级别。"
    en = "The surviving record changed its level today and cannot take the other one's today. Merge tomorrow, or keep its own level."
    status = 409


class LevelChangedSince(DomainError):
    code = "offerings.level.changed_since"
    zh = "并档之后，级别又换过，或申请已经答复。"
    en = "since the merge the level was changed, or an application was answered."
    status = 409
