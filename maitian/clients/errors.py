"""What clients refuses, in words."""

from maitian.core.errors import DomainError


class AnswerMissing(DomainError):
    code = "clients.questionnaire.answer_missing"
    zh = "还有 {count} 题没有选：{questions}。每题都要选一项。"
    en = "{count} questions have no answer: {questions}. Choose one option for each."


class AnswerUnknown(DomainError):
    code = "clients.questionnaire.answer_unknown"
    zh = "“{answer}”不是这一题的选项。请从列出的选项里选。"
    en = "“{answer}” is not an option of the question. Choose one of those listed."


class TooManyTests(DomainError):
    code = "clients.questionnaire.too_many"
    zh = "今天已经测评 {count} 次，明天可以再测。"
    en = "You have taken it {count} times today. You can take it again tomorrow."
    status = 409


class ProofMissing(DomainError):
    code = "clients.consent.proof_missing"
    zh = "请写明同意的凭证，如录音编号、签字单号。"
    en = "Give the proof of consent, such as the number of a recording or a signed form."
    field = "proof"


class ReasonMissing(DomainError):
    code = "clients.reveal.reason_missing"
    zh = "请写明为什么要看，这会记入账本。"
    en = "Say why you need to see it; this is recorded."
    field = "reason"


class MoveNotAllowed(DomainError):
    code = "clients.life_cycle.move_not_allowed"
    zh = "客户现在是“{before}”，不能直接变成“{after}”。"
    en = "The client is “{before}” and cannot become “{after}” directly."


class MemberCannotCover(DomainError):
    code = "clients.coverage.member_cannot"
    zh = "“{name}”不在岗，不能负责客户。请选一位在岗的客户经理。"
    en = "“{name}” is not active and cannot look after clients. Choose an active account manager."
    field = "member"


class ImportFileWrong(DomainError):
    code = "clients.import.file_wrong"
    zh = "文件不能读：{why}。请用 {formats}。"
    en = "The file cannot be read: {why_en}. Use {formats}."
    field = "file"


class ImportColumnsMissing(DomainError):
    code = "clients.import.columns_missing"
    zh = "文件缺少列：{columns}。"
    en = "The file lacks the columns: {columns}."
    field = "file"


class ImportKindUnknown(DomainError):
    code = "clients.import.kind_unknown"
    zh = "没有“{kind}”这种导入。可以导入：{known}。"
    en = "There is no import called “{kind}”. There are: {known}."
    field = "kind"


class TagEmpty(DomainError):
    code = "clients.tag.empty"
    zh = "请写标签的名字，如“新股常客”。"
    en = "Write the tag's name, such as “new-share regular”."
    field = "tag"


class SegmentEmpty(DomainError):
    code = "clients.segment.empty"
    zh = "请写分组的名字，并至少选一个条件。"
    en = "Give the segment a name and at least one condition."
    field = "name"


class NameMissing(DomainError):
    code = "clients.client.name_missing"
    zh = "请写客户姓名。"
    en = "Write the client's name."
    field = "name"


class PersonKnown(DomainError):
    code = "clients.client.known"
    zh = "这个证件号码已有客户档案。请先查找，不要重复建档。"
    en = "There is a record with this id number already. Search for it instead of opening another."
    status = 409
    field = "id_number"


class PhoneWrong(DomainError):
    code = "clients.client.phone_wrong"
    zh = "手机号只能是 7 到 15 位数字。"
    en = "The phone takes 7 to 15 digits."
    field = "phone"


class EvidenceMissing(DomainError):
    code = "clients.suitability.evidence_missing"
    zh = "请写明依据的材料，如资产证明和编号。"
    en = "Name the evidence, such as the statement of assets and its number."
    field = "evidence"


class AgreementInForce(DomainError):
    code = "clients.agreement.in_force"
    zh = "客户已有生效的投顾协议（{number}）。要换协议，先终止原来的。"
    en = "The client has an agreement in force ({number}). End it before signing another."
    status = 409


class AgreementWrong(DomainError):
    code = "clients.agreement.wrong"
    zh = "协议缺少{what}。先签风险揭示书，再签协议，编号不能重复。"
    en = "The agreement lacks {what_en}. The risk disclosure is signed first, then the agreement; its number is unique."
    field = "number"
