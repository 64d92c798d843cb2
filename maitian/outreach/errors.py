"""What outreach refuses, in words."""

from maitian.core.errors import DomainError


class AudienceEmpty(DomainError):
    code = "outreach.audience.empty"
    zh = "没有客户持有或关注这些证券和行业，受众是空的。请检查报告写的证券和行业。"
    en = "Nobody holds or follows these securities and industries: the audience is empty. Check them in the report."


class NobodyToSendTo(DomainError):
    code = "outreach.send.nobody"
    zh = "判定后没有一户要发。请看每种原因的户数。"
    en = "After the gates nobody is left to send to. See the number of clients for each reason."


class ReportNotPublished(DomainError):
    code = "outreach.report.not_published"
    zh = "报告还没有发布，不能发给客户。请先复核发布。"
    en = "The report is not published yet and cannot be sent. Have it approved first."


class DecisionTooOld(DomainError):
    code = "outreach.decision.too_old"
    zh = "判定是 {minutes} 分钟以前的（最多 {allowed} 分钟）。请重新判定再发送。"
    en = "The decision is {minutes} minutes old (at most {allowed}). Decide again, then send."
    status = 409


class CountNotConfirmed(DomainError):
    code = "outreach.send.count_not_confirmed"
    zh = "要发给 {count} 户。请在框里输入这个数再发送。"
    en = "This goes to {count} clients. Type this number in the box, then send."
    field = "count"


class TemplateVariableUnknown(DomainError):
    code = "outreach.template.variable_unknown"
    zh = "模板里的“{name}”不是这个主题的变量。可以用：{known}。"
    en = "“{name}” in the template is not a variable of this topic. There are: {known}."
    field = "templates"


class TemplateBroken(DomainError):
    code = "outreach.template.broken"
    zh = "模板的花括号不成对，或里面不是变量名。写成 {{title}} 这样。"
    en = "The braces of the template do not match, or hold no variable name. Write them like {{title}}."
    field = "templates"


class TemplateEmpty(DomainError):
    code = "outreach.template.empty"
    zh = "渠道“{channel}”没有模板。请写上要发的文字。"
    en = "There is no template for the channel “{channel}”. Write the text to send."
    field = "templates"


class WrongState(DomainError):
    code = "outreach.event.wrong_state"
    zh = "现在是“{state}”，不能{wanted}。请刷新页面看最新情况。"
    en = "The state is now “{state}”: cannot {wanted_en}. Reload the page to see it."
    status = 409
