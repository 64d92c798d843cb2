"""What the chase refuses, in words."""

from maitian.core.errors import DomainError


class IssueKnown(DomainError):
    code = "outreach.issue.known"
    zh = "代码 {symbol} 的发行已经登记。要改，请打开原来的。"
    en = "The issue {symbol} is registered already. Open it to change it."
    status = 409
    field = "symbol"


class IssueFieldWrong(DomainError):
    code = "outreach.issue.field_wrong"
    zh = "{what}"
    en = "{what_en}"


class IssueStarted(DomainError):
    code = "outreach.issue.started"
    zh = "中签结果已经导入，不能再改价格和日期。"
    en = "Results are in; price and days cannot be changed any more."
    status = 409
