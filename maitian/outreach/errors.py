"""What outreach refuses, in words."""

from maitian.core.errors import DomainError


class AudienceEmpty(DomainError):
    code = "outreach.audience.empty"
    zh = "{why}"
    en = "{why_en}"


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


class AudienceIsEverybody(DomainError):
    code = "outreach.audience.everybody"
    zh = "没有任何条件，受众就是全部客户。请加条件；确实要发给全部客户，请勾选“就是发给全部客户”。"
    en = (
        "Without any condition the audience is every client. Add conditions, or tick “every client is meant”."
    )
    field = "conditions"


class AudienceUnfit(DomainError):
    code = "outreach.topic.audience_unfit"
    zh = "这种事由不能用这个受众。请从列出的受众里选。"
    en = "This audience does not go with what makes the event. Choose one of those listed."
    field = "audience"


class CriticalUnfit(DomainError):
    code = "outreach.topic.basis_unfit"
    zh = "必达的消息要以合同或法定义务为依据；营销消息只能以客户同意为依据。"
    en = "A critical text rests on a contract or a duty; a commercial one rests on the client's consent and nothing else."
    field = "legal_basis"


class TopicFieldMissing(DomainError):
    code = "outreach.topic.field_missing"
    zh = "主题还缺{what}。"
    en = "The topic lacks {what_en}."


class TopicOff(DomainError):
    code = "outreach.topic.off"
    zh = "主题“{name}”没有启用。请先由另一位同事复核启用。"
    en = "The topic “{name}” is not in force. Have a colleague approve it first."
    status = 409


class TopicNotByHand(DomainError):
    code = "outreach.topic.not_by_hand"
    zh = "“{name}”由系统自动生成，不能手工发。请选手工发送的主题。"
    en = "“{name}” is made by the system and cannot be sent by hand. Choose a topic for sending by hand."


class TimingWrong(DomainError):
    code = "outreach.topic.timing_wrong"
    zh = "时间设置不对：钟点写成 08:30；每天到点的主题要有钟点和几天内不重复；失效时间至少 5 分钟。"
    en = "The timing is wrong: write 08:30; a daily topic needs a time and the days within which it is not repeated; expiry is 5 minutes or more."
    field = "timing"


class OptOutMissing(DomainError):
    code = "outreach.template.opt_out_missing"
    zh = "营销短信要写明怎么退订。请加上 {{opt_out}}。"
    en = "A commercial text must say how to opt out. Add {{opt_out}}."
    field = "templates"


class RiskSentenceMissing(DomainError):
    code = "outreach.template.risk_sentence_missing"
    zh = "投资建议要有风险提示。请在渠道“{channel}”的文字里加上 {{risk_sentence}}。"
    en = "Investment advice needs the risk sentence. Add {{risk_sentence}} to the text of the channel “{channel}”."
    field = "templates"


class SignatureMissing(DomainError):
    code = "outreach.template.signature_missing"
    zh = "短信要以发送方签名开头。请以 {{signature}} 开始。"
    en = "An SMS begins with the sender's signature. Start it with {{signature}}."
    field = "templates"


class TextTooLong(DomainError):
    code = "outreach.text.too_long"
    zh = "短信要拆成 {parts} 条（最多 {most} 条）。请缩短文字。"
    en = "The SMS takes {parts} parts (at most {most}). Shorten the text."
    field = "templates"


class TextMissing(DomainError):
    code = "outreach.text.missing"
    zh = "请写标题和内容。"
    en = "Write a title and a text."
    field = "title"


class WordsTooMany(DomainError):
    code = "outreach.text.words_too_many"
    zh = "写了 {count} 字，最多 {most} 字。请缩短，什么都还没有存。"
    en = "These are {count} characters; at most {most} fit. Shorten it; nothing has been stored."
    field = "text"


class AdviceUnsigned(DomainError):
    code = "outreach.advice.unsigned"
    zh = "投资建议要由登记在册的投资顾问签发。请先由投资顾问签字。"
    en = "Investment advice is signed by a registered adviser. Have an adviser sign it first."
    status = 409


class ToldMeanwhile(DomainError):
    code = "outreach.send.told_meanwhile"
    zh = "判定以后，同一件事刚由另一次发送告诉了客户。请重新判定。"
    en = "Since the decision another send has told clients the same fact. Decide again."
    status = 409


class BudgetTaken(DomainError):
    code = "outreach.send.budget_taken"
    zh = "判定以后，短信预算被别的发送用掉了。请重新判定。"
    en = "Since the decision another send has used the SMS budget. Decide again."
    status = 409


class CallResultMissing(DomainError):
    code = "outreach.call.result_missing"
    zh = "请选这次电话的结果。"
    en = "Choose what came of the call."
    field = "result"


class AdviceInMessage(DomainError):
    code = "outreach.message.is_advice"
    zh = "文字里说到“{security}”，又说“{words}”，这就是投资建议，不能当普通消息发。要么删掉“{words}”，只转述公告；要么请登记的投资顾问用荐股主题签发，只发给签了投顾协议、风险合适的客户。"
    en = "The text names “{security}” and says “{words}”: that is investment advice and cannot go as an ordinary message. Leave “{words}” out and only repeat what was announced, or have a registered adviser sign it as a stock pick, for clients with an agreement whom the risk suits."
    field = "text"


class MessageReachesNobody(DomainError):
    code = "outreach.message.reaches_nobody"
    zh = "这条消息发不到这位客户：{why}。没有发出，也没有存。"
    en = "This message cannot reach the client: {why_en}. Nothing was sent or stored."
    status = 409


class NothingToRetry(DomainError):
    code = "outreach.retry.nothing"
    zh = "没有可以重发的：已经在重发，或者那次发送停止了、过期了。"
    en = "There is nothing to try again: it is under way already, or the send was stopped or has expired."
    status = 409


class TooManyToRetry(DomainError):
    code = "outreach.retry.too_many"
    zh = "这一组分属 {most} 次以上的发送。请先按主题或日期缩小范围。"
    en = "This group belongs to more than {most} sends. Narrow it by topic or days first."
    status = 409


class AnswerMissing(DomainError):
    code = "outreach.reply.way_missing"
    zh = "请选是怎么答复客户的。"
    en = "Choose how the client was answered."
    field = "way"


class SwitchReasonMissing(DomainError):
    code = "outreach.gateway.reason_missing"
    zh = "请写明为什么停发，如“运营商割接到 18 点”。"
    en = "Say why it is taken out of service, like “the carrier works on it until 18:00”."
    field = "reason"


class TopicCodeWrong(DomainError):
    code = "outreach.topic.code_wrong"
    zh = "主题代码要以小写字母开头，只用小写字母、数字和下划线，2 到 40 位。"
    en = "A topic's code begins with a small letter and has 2 to 40 small letters, digits and underscores."
    field = "code"
