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


class ImportChanged(DomainError):
    code = "clients.import.changed"
    zh = "检查之后、存下之前，数据被别人改了，什么也没有存。请再导入一次。"
    en = "Between checking and storing somebody changed the data; nothing was stored. Import the file again."
    status = 409
    field = "file"


class PermissionOverlaps(DomainError):
    code = "clients.permission.overlaps"
    zh = "这段时间里客户已有{what}权限。先结束原来的一段，再开新的。"
    en = "The client has the permission for {what_en} in this time already. End that period before opening another."
    status = 409
    field = "since"


class PermissionPeriodWrong(DomainError):
    code = "clients.permission.period_wrong"
    zh = "请写清从哪天起；结束日不能早于开始日。"
    en = "Give the first day; the last day cannot be before it."
    field = "since"


class TagEmpty(DomainError):
    code = "clients.tag.empty"
    zh = "请写标签的名字，如“新股常客”。"
    en = "Write the tag's name, such as “new-share regular”."
    field = "tag"


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


class ConditionsMissing(DomainError):
    code = "clients.conditions.missing"
    zh = "还没有条件。请至少加一个。"
    en = "There is no condition yet. Add at least one."
    field = "conditions"


class ConditionShapeWrong(DomainError):
    code = "clients.conditions.shape_wrong"
    zh = "条件的写法不对（{given}）。一项是 is 加一个比较，一组是 all 或 any，反过来是 not。"
    en = "The conditions are not written right ({given}). One is “is” with one comparison, a group is “all” or “any”, the reverse is “not”."
    field = "conditions"


class ConditionNameUnknown(DomainError):
    code = "clients.conditions.name_unknown"
    zh = "没有“{name}”这个条件。请从列表里选。"
    en = "There is no condition “{name}”. Choose one from the list."
    field = "conditions"


class ConditionOperatorUnknown(DomainError):
    code = "clients.conditions.operator_unknown"
    zh = "“{name}”不能这样比较（{given}）。可以用：{known}。"
    en = "“{name_en}” cannot be compared like this ({given}). It takes: {known}."
    field = "conditions"


class ConditionValueWrong(DomainError):
    code = "clients.conditions.value_wrong"
    zh = "“{name}”填的是“{given}”，要填{expected}。"
    en = "“{name_en}” is “{given}”; it takes {expected_en}."
    field = "conditions"


class ConditionsTooDeep(DomainError):
    code = "clients.conditions.too_deep"
    zh = "条件套得太深，最多 {most} 层。请拆成几个分组。"
    en = "The groups are nested too deeply; {most} levels at most. Split them into several segments."
    field = "conditions"


class ConditionsTooMany(DomainError):
    code = "clients.conditions.too_many"
    zh = "条件太多，最多 {most} 个。请去掉一些，或拆成几个分组。"
    en = "There are too many conditions; {most} at most. Take some out or split them into several segments."
    field = "conditions"


class ConditionsTooSlow(DomainError):
    code = "clients.conditions.too_slow"
    zh = "数了 {seconds} 秒还没有数完。请加一个更窄的条件，如级别、客户经理或持有的证券。"
    en = "Counting took more than {seconds} seconds. Add a narrower condition, such as a level, a manager or a security held."
    status = 409
    field = "conditions"


class SegmentNameMissing(DomainError):
    code = "clients.segment.name_missing"
    zh = "请写分组的名字，如“金智慧、持有券商股”。"
    en = "Name the segment, for example “Gold Wisdom who hold brokers”."
    field = "segment"


class SegmentNameTaken(DomainError):
    code = "clients.segment.name_taken"
    zh = "已有叫“{name}”的分组。请换个名字，或打开它存成新的一版。"
    en = "There is a segment called “{name}” already. Choose another name, or open it and save a new version."
    status = 409
    field = "segment"


class SegmentNotYours(DomainError):
    code = "clients.segment.not_yours"
    zh = "“{name}”是别人存的分组，只有存它的人和营业部负责人能改。请换个名字另存。"
    en = "“{name}” was saved by somebody else; only that person and the branch manager change it. Save yours under another name."
    status = 403
    field = "segment"


class DayWrong(DomainError):
    code = "clients.day_wrong"
    zh = "日期“{given}”不对，要写成 2026-11-24。"
    en = "The day “{given}” is not right; write it like 2026-11-24."
    field = "until"


class QuestionnaireWrong(DomainError):
    code = "clients.questionnaire.rule_wrong"
    zh = "这样改问卷就不能算分了：{why}。"
    en = "The questionnaire could not be scored like this: {why_en}."
    field = "value"


class NameTooLong(DomainError):
    code = "clients.client.name_too_long"
    zh = "姓名最多 {longest} 个字。"
    en = "The name takes at most {longest} characters."
    field = "name"


class EmailWrong(DomainError):
    code = "clients.client.email_wrong"
    zh = "邮箱要像 name@example.com。"
    en = "The e-mail must look like name@example.com."
    field = "email"


class IdNumberWrong(DomainError):
    code = "clients.client.id_number_wrong"
    zh = "证件号码只能是 5 到 30 位数字、字母和横线。"
    en = "The id number takes 5 to 30 digits, letters and hyphens."
    field = "id_number"


class AddressTooLong(DomainError):
    code = "clients.client.address_too_long"
    zh = "住址最多 200 个字。"
    en = "The address takes at most 200 characters."
    field = "home_address"


class BirthdayWrong(DomainError):
    code = "clients.client.birthday_wrong"
    zh = "生日要在 1900 年以后、今天以前，写成 1980-05-01。"
    en = "The birthday must lie between 1900 and today; write it like 1980-05-01."
    field = "birthday"


class NoteEmpty(DomainError):
    code = "clients.note.empty"
    zh = "请写下说了什么，如“问两融开通条件，已说明”。"
    en = "Write what was said, such as “asked about margin trading, explained”."
    field = "text"


class NoteTooLong(DomainError):
    code = "clients.note.too_long"
    zh = "一笔最多 {longest} 个字。请分成两笔。"
    en = "A note takes at most {longest} characters. Make two of it."
    field = "text"


class PreferenceWrong(DomainError):
    code = "clients.preference.wrong"
    zh = "请写是哪一方面（40 字以内）和内容（200 字以内），如“联系时间”“收盘后”。"
    en = "Give what it is about (up to 40 characters) and the wish (up to 200), such as “time to call”, “after the close”."
    field = "key"


class FollowUnknown(DomainError):
    code = "clients.follow.unknown"
    zh = "没有“{what}”这只证券或这个行业。请写 6 位代码、证券名称或行业名，如“601901”“证券”。"
    en = "There is no security or industry “{what}”. Write six digits, a security's name or an industry, such as “601901”."
    field = "what"


class MemberCannotAdvise(DomainError):
    code = "clients.coverage.member_cannot_advise"
    zh = "“{name}”不是在岗、有执业编号的投资顾问。请选一位投资顾问。"
    en = "“{name}” is not an active adviser with a licence number. Choose an adviser."
    field = "member"


class MemberNotChosen(DomainError):
    code = "clients.coverage.member_missing"
    zh = "请选一位同事来负责。"
    en = "Choose the colleague who is to look after the client."
    field = "member"


class ImportGone(DomainError):
    code = "clients.import.file_gone"
    zh = "试运行过的文件已经不在了（只留两小时）。请重新选择文件。"
    en = "The file that was tried is gone (it is kept for two hours). Choose it again."
    field = "file"


class MergeSame(DomainError):
    code = "clients.merge.same"
    zh = "这是同一份档案，不能并到自己。请选另一份。"
    en = "This is one and the same record; it cannot be merged into itself. Choose another one."


class MergeKindsDiffer(DomainError):
    code = "clients.merge.kinds_differ"
    zh = "一份是个人、一份是机构，或不在同一家营业部，不能并档。"
    en = (
        "One is a person and one an institution, or they belong to different branches; they cannot be merged."
    )


class MergeReasonMissing(DomainError):
    code = "clients.merge.reason_missing"
    zh = "请写明凭什么认定是同一人，如“柜台核对证件原件”，至少 4 个字。"
    en = "Say what shows that they are one person, such as “original id document checked at the counter”; 4 characters at least."
    field = "reason"


class AlreadyMerged(DomainError):
    code = "clients.merge.already"
    zh = "其中一份档案已经并入别的档案，或正等人复核并档。请刷新再看。"
    en = "One of the records was merged already, or a merge of it waits for its checker. Reload the page."
    status = 409


class MergeStale(DomainError):
    code = "clients.merge.stale"
    zh = "您看过之后，有人改了档案里的值。请重新看一遍再并。"
    en = "Somebody changed values of the records since you looked. Look at them again before merging."
    status = 409


class MergeChoiceWrong(DomainError):
    code = "clients.merge.choice_wrong"
    zh = "“{name}”不是可以选的项，或选的不是两份档案之一。"
    en = "“{name}” cannot be chosen, or the choice is neither of the two records."


class MergeBlocked(DomainError):
    code = "clients.merge.blocked"
    zh = "现在不能并档：{why}"
    en = "They cannot be merged now: {why_en}"
    status = 409


class UndoRefused(DomainError):
    code = "clients.merge.undo_refused"
    zh = "不能撤销这次并档：{why}"
    en = "This merge cannot be undone: {why_en}"
    status = 409


class ClientMerged(DomainError):
    code = "clients.merged"
    zh = "这份档案刚刚并入了另一份。请重新打开客户页，再办一次。"
    en = "This record was merged into another one just now. Open the client's page again and repeat it."
    status = 409


class DismissReasonMissing(DomainError):
    code = "clients.duplicate.reason_missing"
    zh = "请写明为什么不是同一人，如“父子共用手机”。"
    en = "Say why they are two people, such as “father and son share a phone”."
    field = "reason"
