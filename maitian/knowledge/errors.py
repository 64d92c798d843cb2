"""What the knowledge base refuses, in words."""

from maitian.core.errors import DomainError


class FieldMissing(DomainError):
    code = "knowledge.field_missing"
    zh = "“{name}”还没填。"
    en = "{name_en} is missing."


class FieldTooLong(DomainError):
    code = "knowledge.field_too_long"
    zh = "“{name}”最多 {most} 个字，现在 {given} 个。"
    en = "{name_en} takes at most {most} characters; it has {given}."


class TooManyTags(DomainError):
    code = "knowledge.too_many_tags"
    zh = "标签最多 {most} 个。"
    en = "At most {most} tags are possible."
    field = "tags"


class KindUnknown(DomainError):
    code = "knowledge.kind_unknown"
    zh = "没有“{code}”这一类个案。请从列表里选。"
    en = "There is no kind of case “{code}”. Choose from the list."
    field = "kinds"


class LevelUnknown(DomainError):
    code = "knowledge.level_unknown"
    zh = "没有“{rank}”这个级别。请从列表里选。"
    en = "There is no level “{rank}”. Choose from the list."
    field = "levels"


class ReviewDateWrong(DomainError):
    code = "knowledge.review_date_wrong"
    zh = "复查日期要在明天到 {last} 之间（最多 {days} 天）。"
    en = "The review date must be between tomorrow and {last} (at most {days} days)."
    field = "review_on"


class ChangedMeanwhile(DomainError):
    code = "knowledge.changed_meanwhile"
    zh = "您打开以后，{name}改过这一稿。您写的还在下面；请先看看对方改了什么，再存。"
    en = "{name} changed this draft after you opened it. Your text is still below; look at the other's changes, then save."
    status = 409


class NotOpen(DomainError):
    code = "knowledge.not_open"
    zh = "这一稿现在是“{state}”，不能再{what}。请刷新页面。"
    en = "This version is “{state}”; it cannot be {what_en} any more. Reload the page."
    status = 409


class NotInForce(DomainError):
    code = "knowledge.not_in_force"
    zh = "这篇现在没有发布，不能{what}。"
    en = "This article is not published; it cannot be {what_en}."
    status = 409


class NotForClients(DomainError):
    code = "knowledge.not_for_clients"
    zh = "这篇不是给这位客户看的，不能发链接；可以把文字插进答复。"
    en = (
        "This article is not for this client, so a link would lead nowhere; its words can go into the answer."
    )
    status = 409


class OwnerWrong(DomainError):
    code = "knowledge.owner_wrong"
    zh = "负责人要是能写知识库的在岗同事。请从列表里选。"
    en = "The owner must be an active colleague who may write articles. Choose one from the list."
    field = "owner"


class HoldsAdvice(DomainError):
    code = "knowledge.holds_advice"
    zh = "客户能看的内容里写了证券“{security}”和“{words}”，这是投资建议。请改写，或用荐股。"
    en = "The text for clients names “{security}” together with “{words}”: that is investment advice. Write it otherwise, or make it a pick."
    field = "answer"


class ReasonMissing(DomainError):
    code = "knowledge.reason_missing"
    zh = "请写一句原因，写的人会看到。"
    en = "Write a reason; the writer will see it."
    field = "reason"


class NoteTooLong(DomainError):
    code = "knowledge.note_too_long"
    zh = "最多写 {most} 个字。"
    en = "At most {most} characters are possible."
    field = "note"


class CaseHasNoResult(DomainError):
    code = "knowledge.case_has_no_result"
    zh = "{ref} 还没有答复过，没有内容可以写成知识。"
    en = "{ref} has no answer yet, so there is nothing to make an article of."
    status = 409
