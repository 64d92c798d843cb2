"""What the desk refuses, in words."""

from maitian.core.errors import DomainError


class TextMissing(DomainError):
    code = "desk.text_missing"
    zh = "还没有写内容。请写几句话再发。"
    en = "Nothing is written yet. Write a few words first."
    field = "body"


class TextTooLong(DomainError):
    code = "desk.text_too_long"
    zh = "内容有 {given} 个字，最多 {most} 个。请分成几条，或放进附件。"
    en = "The text has {given} characters; at most {most} are possible. Split it, or attach it as a file."
    field = "body"


class KindUnknown(DomainError):
    code = "desk.kind.unknown"
    zh = "没有“{code}”这种个案，或已停用。请从列表里选一种。"
    en = "There is no kind of case “{code}”, or it is no longer used. Choose one from the list."
    field = "kind"


class FieldsWrong(DomainError):
    """``faults``: (key, what) of each field, for faces that show them one by one."""

    code = "desk.fields.wrong"
    zh = "有 {count} 项要改：{list}。"
    en = "{count} fields need a change: {list_en}."

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """(key, sentence in Chinese, sentence in English)."""
        return list(self.facts["faults"])


class FormWrong(DomainError):
    """``faults``: (place, sentence in Chinese, sentence in English) of each, for faces that show them where they are."""

    code = "desk.kind.form_wrong"
    zh = "这一类的设置有 {count} 处要改，还没有提交：{list}。"
    en = "The kind was not proposed; {count} places need a change: {list_en}."

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        return list(self.facts["faults"])


class FormChanged(DomainError):
    code = "desk.kind.form_changed"
    zh = "“{kind}”的表单刚换成第 {now} 版，您打开的是第 {then} 版。请看一遍下面的新表单再提交，写的还在。"
    en = "The form of “{kind_en}” has just become version {now}; yours was version {then}. Look it over and send it again; what you wrote is kept."
    status = 409


class KindRetired(DomainError):
    code = "desk.kind.retired"
    zh = "“{kind}”已停用，不能再用它立案。请换一类，写的还在。"
    en = "“{kind_en}” is no longer used and opens no new case. Choose another kind; what you wrote is kept."
    status = 409
    field = "kind"


class KindChangeRefused(DomainError):
    code = "desk.kind.change_refused"
    zh = "{ref} 不能换类别：投诉有自己的登记和程序，办完的个案照原来的类别存档。要当投诉办，请另立投诉。"
    en = "{ref} cannot become another kind: complaints have a record and order of their own, finished cases stay as they were. Open a complaint instead."
    status = 409
    field = "kind"


class KindOvertaken(DomainError):
    code = "desk.kind.overtaken"
    zh = "您开始改的时候是第 {base} 版，现在生效的是第 {now} 版：别的同事先改了。请看看他改了什么，再接着改。"
    en = "You began with version {base}, but version {now} is in force: a colleague was faster. Look at what changed, then go on."
    status = 409


class KindProposalOpen(DomainError):
    code = "desk.kind.proposal_open"
    zh = "{name}提的修改（第 {number} 版）还在等复核。等它有了结果再提，您的草稿留着。"
    en = "The change by {name} (version {number}) still waits for its checker. Propose yours when that is settled; your draft is kept."
    status = 409


class KindUnchanged(DomainError):
    code = "desk.kind.unchanged"
    zh = "和现在用的一样，没有什么要提交的。"
    en = "This is what is in force; there is nothing to propose."


class KindBuiltIn(DomainError):
    code = "desk.kind.built_in"
    zh = "“{kind}”是产品自带的类别，邮件、短信、上门或投诉要用它，不能停用。可以不让客户自己选。"
    en = "“{kind_en}” comes with the product, which opens cases of it, so it cannot be retired. You can take it out of the portal."
    status = 409


class KindDraftElsewhere(DomainError):
    code = "desk.kind.draft_elsewhere"
    zh = "这份草稿刚在别的窗口存过，下面是那边存的。刚才这一步没有做，请再做一次。"
    en = "This draft was just saved in another window; that is what stands below. The last step was not taken; take it again."
    status = 409


class KindRefusalReasonMissing(DomainError):
    code = "desk.kind.reason_missing"
    zh = "请写明理由，提交的同事会看到。"
    en = "Give a reason; the maker will see it."
    field = "reason"


class MoveNotAllowed(DomainError):
    code = "desk.state.move_not_allowed"
    zh = "个案现在是“{before}”，不能直接变成“{after}”。"
    en = "The case is “{before}” and cannot become “{after}” directly."
    status = 409


class ResultMissing(DomainError):
    code = "desk.result.missing"
    zh = "办结前要给客户一个明确的结果。请选一种结果，并写一句告诉客户的话。"
    en = "A case ends with a definite result for the client. Choose the result and write what the client is told."
    field = "result"


class ChildrenOpen(DomainError):
    code = "desk.case.children_open"
    zh = "还有子个案没有结果：{refs}。等它们办完再办结这一件。"
    en = "Child cases have no result yet: {refs}. Finish them first."
    status = 409


class CaseMerged(DomainError):
    code = "desk.case.merged"
    zh = "个案 {ref} 已并入 {survivor}。请到 {survivor} 里答复。"
    en = "Case {ref} was merged into {survivor}. Answer in {survivor}."
    status = 409


class MergeIntoItself(DomainError):
    code = "desk.merge.itself"
    zh = "个案 {ref} 不能并入它自己（直接或绕一圈都不行）。请换一件。"
    en = "Case {ref} cannot be merged into itself, not even by a detour. Choose another one."
    status = 409
    field = "survivor"


class MergeOfTwoClients(DomainError):
    code = "desk.merge.two_clients"
    zh = "{ref} 和 {survivor} 不是同一位客户，合并会让一位看到另一位的内容。请改用“关联”。"
    en = "{ref} and {survivor} are not of the same client; merging would show one the other's words. Link them instead."
    status = 409
    field = "survivor"


class MergeTooLate(DomainError):
    code = "desk.merge.not_undoable"
    zh = "{ref} 没有并入别的个案，没有什么可以撤销。"
    en = "{ref} is not merged into another case; there is nothing to undo."
    status = 409


class ParentCircular(DomainError):
    code = "desk.parent.circular"
    zh = "{parent} 已经在 {ref} 的下级里，不能再做它的上级。"
    en = "{parent} is already below {ref} and cannot be its parent."
    status = 409
    field = "parent"


class LinkToItself(DomainError):
    code = "desk.link.itself"
    zh = "不能和自己关联。请填另一件个案的编号。"
    en = "A case cannot be linked to itself. Give the number of another one."
    field = "other"


class NotThere(DomainError):
    code = "desk.case.not_there"
    zh = "没有“{ref}”这件个案，或者您不能看它。编号的样子是 C-20261124-0031。"
    en = "There is no case “{ref}”, or you may not see it. A number looks like C-20261124-0031."
    field = "other"


class NamedCannotHandle(DomainError):
    code = "desk.avoidance.named"
    zh = "{name} 是这件投诉涉及的人，要回避。请换一位。"
    en = "{name} is named in this complaint and must keep out of it. Choose somebody else."
    status = 409
    field = "member"


class MemberNotThere(DomainError):
    code = "desk.member.not_there"
    zh = "这位同事不在岗，或不在本营业部。请从列表里选。"
    en = "This colleague is not active, or not of this branch. Choose one from the list."
    field = "member"


class HandOverReasonMissing(DomainError):
    code = "desk.responsible.reason_missing"
    zh = "交接要写原因：责任人一跟到底，换人要让接手的人知道为什么。"
    en = "Say why: whoever took a case follows it to its end, and the next one must know the reason."
    field = "reason"


class HandOverNotYours(DomainError):
    code = "desk.responsible.not_yours"
    zh = "只有责任人自己或主管可以交接责任。"
    en = "Only who answers for the case, or a lead, can hand it over."
    status = 403


class AlreadyTaken(DomainError):
    code = "desk.case.already_taken"
    zh = "{name} 刚刚接了这件。要接手请先和他说一声，再用“指派”。"
    en = "{name} has just taken it. Talk to them first, then assign it."
    status = 409


class ClockRuleWrong(DomainError):
    code = "desk.clock.rule_wrong"
    zh = "时限规则“{key}”不能用：{what}是“{given}”。"
    en = "The rule “{key}” cannot work: {what_en} is “{given}”."
    field = "value"


class ClockWithoutCalendar(DomainError):
    code = "desk.clock.calendar_missing"
    zh = "时限规则“{key}”没有日历，算不出到期时间。请填一个：{known}。"
    en = "The rule “{key}” has no calendar, so no deadline can be reckoned. Give one: {known}."
    field = "value"


class LadderCircular(DomainError):
    code = "desk.ladder.circular"
    zh = "升级阶梯绕成了圈：{chain}。请去掉其中一个“接着”。"
    en = "The ladder runs in a circle: {chain}. Take out one of the continuations."
    field = "value"


class LadderWrong(DomainError):
    code = "desk.ladder.step_wrong"
    zh = (
        "升级阶梯“{key}”里的{what}是“{given}”，要写成 50%、-60m、0m 或 +120m 这样的时间，以及认得的人和方式。"
    )
    en = "In the ladder “{key}”, {what_en} is “{given}”. Times look like 50%, -60m, 0m or +120m; people and ways must be known ones."
    field = "value"


class AuthorityRuleWrong(DomainError):
    code = "desk.authority.rule_wrong"
    zh = "权限阶梯不能用：每一级要有岗位和不低于上一级的限额（数字，或 any），“重大”从已有的某一级起。"
    en = "The authority cannot work: each rung needs roles and a limit (a number, or any) not below the one before, and grave matters an existing rung."
    field = "value"


class RoutesWrong(DomainError):
    """``faults``: (place, sentence in Chinese, sentence in English) of each, for faces that show them where they are."""

    code = "desk.routes.wrong"
    zh = "分派规则有 {count} 处要改，还没有提交：{list}。"
    en = "The routing rules were not proposed; {count} places need a change: {list_en}."

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        return list(self.facts["faults"])


class RoutesOvertaken(DomainError):
    code = "desk.routes.overtaken"
    zh = "您开始改的时候是第 {base} 版，现在生效的是第 {now} 版：别的同事先改了。请看看他改了什么，再接着改。"
    en = "You began with version {base}, but version {now} is in force: a colleague was faster. Look at what changed, then go on."
    status = 409


class RoutesProposalOpen(DomainError):
    code = "desk.routes.proposal_open"
    zh = "{name}提的分派规则（第 {number} 版）还在等复核。等它有了结果再提，您的草稿留着。"
    en = "The routing rules proposed by {name} (version {number}) still wait for their checker. Propose yours when that is settled; your draft is kept."
    status = 409


class RoutesUnchanged(DomainError):
    code = "desk.routes.unchanged"
    zh = "和现在用的一样，没有什么要提交的。"
    en = "This is what is in force; there is nothing to propose."


class RoutesDraftElsewhere(DomainError):
    code = "desk.routes.draft_elsewhere"
    zh = "这份草稿刚在别的窗口存过，下面是那边存的。刚才这一步没有做，请再做一次。"
    en = "This draft was just saved in another window; that is what stands below. The last step was not taken; take it again."
    status = 409


class RouteRefusalReasonMissing(DomainError):
    code = "desk.routes.reason_missing"
    zh = "请写明理由，提交的同事会看到。"
    en = "Give a reason; the maker will see it."
    field = "reason"


class AlarmMoved(DomainError):
    code = "desk.alarm.moved"
    zh = "这封提醒不能再发：它现在是“{state}”，或者已经有人重发了。请刷新页面。"
    en = "This reminder cannot be sent again: it is now “{state}”, or somebody sent it again already. Reload the page."
    status = 409


class AlarmDoubleNotAccepted(DomainError):
    code = "desk.alarm.double_not_accepted"
    zh = "上一次可能已经送到，重发以后同事可能收到两封。请勾选“我知道”再重发。"
    en = "It may have arrived the first time, and the colleague may get it twice. Tick “I know” and send it again."
    field = "double_accepted"


class AlarmAddressMissing(DomainError):
    code = "desk.alarm.address_missing"
    zh = "{name}没有登记邮箱，重发也到不了。请先在员工页登记邮箱；站内通知已经发过。"
    en = "{name} has no mailbox on record, so it would not arrive. Put one on record on the staff page first; the bell has told it."
    status = 409


class AlarmNeedless(DomainError):
    code = "desk.alarm.needless"
    zh = "不用再发了：这件事已经办了，或者{name}已不在岗、要回避。"
    en = "There is no need to send it: the matter was done meanwhile, or {name} has left or must keep out of it."
    status = 409


class FileTooLarge(DomainError):
    code = "desk.file.too_large"
    zh = "“{name}”有 {given} MB，最大 {most} MB。请压缩，或分成几个。"
    en = "“{name}” has {given} MB; the most is {most} MB. Make it smaller, or split it."
    status = 413
    field = "files"


class FileTypeWrong(DomainError):
    code = "desk.file.type_wrong"
    zh = "“{name}”不能收：内容不是允许的类型（{allowed}）。"
    en = "“{name}” cannot be taken: its content is not of an allowed type ({allowed})."
    status = 415
    field = "files"


class FileEmpty(DomainError):
    code = "desk.file.empty"
    zh = "“{name}”是空的。请重新选一个文件。"
    en = "“{name}” is empty. Choose another file."
    field = "files"


class TooManyFiles(DomainError):
    code = "desk.file.too_many"
    zh = "一次最多 {most} 个附件，现在是 {given} 个。"
    en = "At most {most} files at a time; there are {given}."
    field = "files"


class ReferenceKnown(DomainError):
    code = "desk.reference_known"
    zh = "这条消息（{reference}）已经在 {ref} 里了，没有再记一次。"
    en = "This message ({reference}) is in {ref} already; it was not written again."
    status = 409
    field = "reference"


class TooManyCases(DomainError):
    code = "desk.case.too_many"
    zh = "今天已经提了 {given} 件，明天可以再提；急事请打热线 95500。"
    en = "You have opened {given} cases today. You can open another tomorrow; for urgent matters call 95500."
    status = 429


class TooManyWords(DomainError):
    code = "desk.case.too_many_words"
    zh = "今天已经写了 {given} 条，明天可以再写；急事请打热线 95500。"
    en = "You have written {given} times today. You can write again tomorrow; for urgent matters call 95500."
    status = 429


class RatingWrong(DomainError):
    code = "desk.rating.wrong"
    zh = "满意度是 1 到 5。"
    en = "Satisfaction is a number from 1 to 5."
    field = "satisfaction"


class TagMissing(DomainError):
    code = "desk.tag.missing"
    zh = "请写标签的名字，最多 30 个字。"
    en = "Write the tag's name, at most 30 characters."
    field = "tag"


# --- complaints ------------------------------------------------------------------------------------------------


class NotAComplaint(DomainError):
    code = "desk.complaint.not_one"
    zh = "{ref} 不是投诉，没有投诉处理单。"
    en = "{ref} is not a complaint and has no complaint form."
    status = 409


class AccountMissing(DomainError):
    code = "desk.complaint.account_missing"
    zh = "投诉要写资金账号。投诉人还不是客户的，请写姓名和身份证明。"
    en = "A complaint names the fund account. Of somebody who is not a client yet, give name and proof of identity."
    field = "account"


class AccountNotTheirs(DomainError):
    code = "desk.complaint.account_not_theirs"
    zh = "资金账号 {account} 不是这位客户的。请核对。"
    en = "The fund account {account} is not this client's. Check it."
    field = "account"


class IdentityMissing(DomainError):
    code = "desk.complaint.identity_missing"
    zh = "投诉人还不是客户，请写身份证明的种类和号码。"
    en = "The complainant is not a client yet: give the kind and number of a proof of identity."
    field = "identity"


class ComplaintFieldMissing(DomainError):
    code = "desk.complaint.field_missing"
    zh = "还没有填：{what}。"
    en = "Missing: {what_en}."


class AcceptanceReasonMissing(DomainError):
    code = "desk.complaint.acceptance_reason_missing"
    zh = "不予受理要写原因，客户看得到这句话。"
    en = "Not accepting a complaint needs a reason; the client reads it."
    field = "because"


class FindingIncomplete(DomainError):
    code = "desk.complaint.finding_incomplete"
    zh = "核查结论、原因和责任三项都要有，才能往下走。"
    en = "Finding, cause and liability are all needed before going on."
    field = "finding"


class RemedyAmountWrong(DomainError):
    code = "desk.complaint.remedy_wrong"
    zh = "请选一种补救；退还和赔偿要写金额，最多两位小数。"
    en = "Choose a remedy; refunds and compensation need an amount with at most two decimals."
    field = "amount"


class AboveAuthority(DomainError):
    code = "desk.complaint.above_authority"
    zh = "{amount} 超过了营业部里任何人的权限（最高 {most}）。请报总部决定，再按总部的批复登记。"
    en = "{amount} is above what anybody in the branch may decide (at most {most}). Ask headquarters, then record their decision."
    status = 409
    field = "amount"


class ApprovalNotYours(DomainError):
    code = "desk.complaint.approval_not_yours"
    zh = "这一步不由您批：要批的岗位不同，或方案是您提的。"
    en = "This signature is not yours to give: it belongs to another role, or you proposed the remedy."
    status = 403


class RefusalReasonMissing(DomainError):
    code = "desk.refusal.reason_missing"
    zh = "拒绝要写原因：下一个被问到的同事要看得到。"
    en = "A refusal needs its reason: the next colleague who is asked must see it."
    field = "reason"


class ComplaintNotReady(DomainError):
    code = "desk.complaint.not_ready"
    zh = "还不能给客户结果：{missing}。"
    en = "The client cannot be given the result yet: {missing_en}."
    status = 409


class ProofMissing(DomainError):
    code = "desk.complaint.proof_missing"
    zh = "请给凭证：签字单的扫描件、录音编号、凭证号或文号。"
    en = "Give the proof: the scanned form, the number of the recording, of the booking or of the paper."
    field = "proof"


class SignatureWrong(DomainError):
    code = "desk.complaint.signature_wrong"
    zh = "请写您的姓名作为签名，要和投诉处理单上的姓名一样。"
    en = "Write your name as the signature, the same as on the complaint form."
    field = "signature"


class ExtensionUsed(DomainError):
    code = "desk.complaint.extension_used"
    zh = "延期只能有一次，已经在 {when} 用过了。"
    en = "There is one extension only; it was used on {when}."
    status = 409


class ExtensionReasonMissing(DomainError):
    code = "desk.complaint.extension_reason_missing"
    zh = "延期要写明原因，客户看得到。"
    en = "An extension needs a reason; the client reads it."
    field = "because"


class ExtensionLetterMissing(DomainError):
    code = "desk.complaint.extension_letter_missing"
    zh = "延期要附给客户的延期函。"
    en = "Attach the letter to the client about the extension."
    field = "letter"


class ExtensionTooLong(DomainError):
    code = "desk.complaint.extension_too_long"
    zh = "延期最多 {most} 个工作日。"
    en = "An extension is at most {most} working days."
    field = "days"


class CeilingPassed(DomainError):
    code = "desk.complaint.ceiling_passed"
    zh = "这样会超过最长期限 {ceiling}。请缩短延期。"
    en = "That would pass the ceiling of {ceiling}. Make the extension shorter."
    status = 409
    field = "days"


class LetterDueWrong(DomainError):
    code = "desk.letter.due_wrong"
    zh = "回函期限要在收函时间之后。请照来函填。"
    en = "The deadline of the letter lies before it was received. Give the one that the letter sets."
    field = "due_at"


class LetterKnown(DomainError):
    code = "desk.letter.known"
    zh = "来函 {number} 已经登记过了。"
    en = "Letter {number} is registered already."
    status = 409
    field = "number"


# --- promises, improvements ----------------------------------------------------------------------------------


class PromiseWhatMissing(DomainError):
    code = "desk.promise.what_missing"
    zh = "写一句答应了什么，如“周五 15:00 前打电话告诉结果”。"
    en = "Say what was promised, such as “call by Friday 15:00 with the result”."
    field = "promise_what"


class PromiseDueWrong(DomainError):
    code = "desk.promise.due_wrong"
    zh = "答应的时间要在现在以后。"
    en = "A promise is for a time to come."
    field = "promise_due"


class PromiseNotYours(DomainError):
    code = "desk.promise.not_yours"
    zh = "这是{name}答应的。由他或主管来改。"
    en = "This is {name}'s promise; he or a lead changes it."
    status = 403


class MoveReasonMissing(DomainError):
    code = "desk.promise.reason_missing"
    zh = "改期要写原因。"
    en = "Moving a promise needs a reason."
    field = "reason"


class PromiseNotTold(DomainError):
    code = "desk.promise.not_told"
    zh = "改期先告诉客户：写下怎么跟客户说的。"
    en = "Tell the client before moving a promise: write what he was told."
    field = "told"


class ImprovementIncomplete(DomainError):
    code = "desk.improvement.incomplete"
    zh = "纠正预防要写清题目、根本原因和措施。"
    en = "A corrective action needs a title, the root cause and the action."
    field = "action"


class ImprovementDueWrong(DomainError):
    code = "desk.improvement.due_wrong"
    zh = "完成期限要在现在以后。"
    en = "The action is due at a time to come."
    field = "due_at"


class CheckNoteMissing(DomainError):
    code = "desk.improvement.note_missing"
    zh = "写一句做了什么，或看到了什么效果。"
    en = "Say what was done, or what effect was seen."
    field = "note"


# --- what saves hands --------------------------------------------------------------------------------------


class ViewNameMissing(DomainError):
    code = "desk.view.name_missing"
    zh = "给这个视图起个名字，如“金锦囊的投诉”。"
    en = "Give the view a name, such as “Gold Brocade complaints”."
    field = "name"


class TooManyViews(DomainError):
    code = "desk.view.too_many"
    zh = "最多存 {most} 个视图。先删掉不用的。"
    en = "At most {most} views can be saved. Remove one that you no longer use."
    field = "name"


class PhraseIncomplete(DomainError):
    code = "desk.phrase.incomplete"
    zh = "常用语要选用在什么时候，有名称和内容。"
    en = "A phrase needs its moment, a name and its words."
    field = "phrase"


class PhraseKnown(DomainError):
    code = "desk.phrase.known"
    zh = "已经有叫“{name}”的常用语。换个名称，或改那一条。"
    en = "There is a phrase called “{name}”. Choose another name, or change that one."
    field = "phrase"


class PhraseBlankUnknown(DomainError):
    code = "desk.phrase.blank_unknown"
    zh = "不认识 {given}。能填的有：{known}。"
    en = "Nothing fills {given}. There are: {known}."
    field = "phrase"


class MacroEmpty(DomainError):
    code = "desk.macro.empty"
    zh = "快捷处理要有名称，至少做一件事；要给结果，就写告诉客户的话。"
    en = "A macro needs a name and at least one act; one that gives a result needs the words for the client."
    field = "macro"


class MacroKnown(DomainError):
    code = "desk.macro.known"
    zh = "已经有叫“{name}”的快捷处理。换个名称，或改那一条。"
    en = "There is a macro called “{name}”. Choose another name, or change that one."
    field = "macro"


class TooManyChosen(DomainError):
    code = "desk.bulk.number"
    zh = "一次选 1 到 {most} 件；现在选了 {given} 件。"
    en = "Choose between 1 and {most} cases at once; {given} are chosen."
    field = "chosen"


class BulkUnknown(DomainError):
    code = "desk.bulk.unknown"
    zh = "先选要做什么；指派要选交给谁，标签要写名称，快捷处理要选一条。"
    en = "Choose what to do; assigning needs somebody, a tag needs its name, a macro needs to be chosen."
    field = "what"


class ColleagueUnknown(DomainError):
    code = "desk.colleague_unknown"
    zh = "没有找到“{given}”。请输入在岗同事的姓名、拼音首字母或登录名，从列出的里面选一位。"
    en = "Nobody was found for “{given}”. Type the name, initials or sign-in name of a colleague who is at work, and choose from the list."
    field = "to"


class ColleagueAmbiguous(DomainError):
    code = "desk.colleague_ambiguous"
    zh = "“{given}”可能是好几位：{which}。请写全，或写登录名。"
    en = "“{given}” may be several people: {which}. Write the whole name, or the sign-in name."
    field = "to"
