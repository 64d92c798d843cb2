"""What the library refuses, in words."""

from maitian.core.errors import DomainError


class RiskMissing(DomainError):
    code = "library.report.risk_missing"
    zh = "报告没有风险等级。请选 R1 到 R5，系统按它判断发给谁。"
    en = "The report has no risk level. Choose R1 to R5: it decides who may get it."
    field = "risk"


class FieldMissing(DomainError):
    code = "library.report.field_missing"
    zh = "还缺“{name}”。填好再提交。"
    en = "“{name_en}” is missing. Fill it in, then submit."

    def __init__(self, field: str, name: str, name_en: str) -> None:
        super().__init__(field, name=name, name_en=name_en)


class FieldTooLong(DomainError):
    code = "library.report.field_too_long"
    zh = "“{name}”最多 {longest} 个字。"
    en = "{name_en} takes at most {longest} characters."

    def __init__(self, field: str, name: str, name_en: str, longest: int) -> None:
        super().__init__(field, name=name, name_en=name_en, longest=f"{longest:,}")


class UnknownSecurity(DomainError):
    code = "library.report.unknown_security"
    zh = "没有代码是“{symbol}”的证券。请写 6 位代码，用逗号分开。"
    en = "There is no security “{symbol}”. Write six-digit codes, separated by commas."
    field = "securities"


class UnknownIndustry(DomainError):
    code = "library.report.unknown_industry"
    zh = "没有“{name}”这个行业。可以写：{known} 等。"
    en = "There is no industry “{name}”. There are {known} and others."
    field = "industries"


class UnknownKind(DomainError):
    code = "library.report.unknown_kind"
    zh = "请从分类里选一种报告。"
    en = "Choose a kind of report from the list."
    field = "kind"


class PdfWrong(DomainError):
    code = "library.report.pdf_wrong"
    zh = "这个 PDF 不能用：{why}"
    en = "This PDF cannot be used: {why_en}"
    field = "pdf"


class ChangedMeanwhile(DomainError):
    code = "library.report.changed_meanwhile"
    zh = "{name} 在您编辑时改过这份报告。请先打开看他的改动，再改。"
    en = "{name} changed this report while you were editing. Look at those changes first."
    status = 409


class Frozen(DomainError):
    code = "library.report.frozen"
    zh = "报告现在是“{state}”，不能再改。要更正请撤回后另发一份。"
    en = "The report is “{state}” and cannot be changed. To correct it, withdraw it and publish another."
    status = 409


class UnsuitableForLowest(DomainError):
    code = "library.report.unsuitable_lowest"
    zh = "您的风险承受能力是最低类别，只能看 R1 的内容。可以重新做风险测评。"
    en = "Your class is the lowest: only R1 may be shown. You can take the questionnaire again."
    status = 403
