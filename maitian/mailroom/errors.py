"""What the mailroom refuses, in words."""

from maitian.core.errors import DomainError


class NotWaiting(DomainError):
    code = "mailroom.not_waiting"
    zh = "这封邮件已经有人处理过了（现在是“{state}”）。请刷新页面。"
    en = "Somebody has dealt with this mail (it is now “{state}”). Reload the page."
    status = 409


class WhoMissing(DomainError):
    code = "mailroom.who_missing"
    zh = "没有选是谁的邮件。填资金账号，或者选“还不是客户”。"
    en = "Nobody was chosen. Give a fund account, or choose “not a client”."
    field = "account"


class AccountUnknown(DomainError):
    code = "mailroom.account_unknown"
    zh = "没有资金账号 {given}，或者不是您能看的客户。请核对后再填。"
    en = "There is no fund account {given}, or the client is not yours to see. Check the number."
    field = "account"


class CaseOfAnother(DomainError):
    code = "mailroom.case_of_another"
    zh = "{ref} 不是这位客户的个案。请核对编号，或者不填编号、另开一件。"
    en = "{ref} is not a case of this client. Check the number, or leave it empty to open a new one."
    field = "ref"


class ComplaintAlready(DomainError):
    code = "mailroom.complaint_already"
    zh = "这封邮件已经在投诉 {ref} 里，不用再登记。"
    en = "This mail is part of complaint {ref} already."
    status = 409


class ReasonMissing(DomainError):
    code = "mailroom.reason_missing"
    zh = "丢弃要写一句原因。"
    en = "Write why it is dropped."
    field = "reason"


class NothingToRead(DomainError):
    code = "mailroom.nothing_to_read"
    zh = "这封信太大，只取了信头，没有内容可以放进个案。请到邮箱里看原件，再记进个案，这里选丢弃。"
    en = "Only the head of this mail was fetched, so there is nothing to put into a case. Read it in the mailbox, note it in a case, and drop it here."
    status = 409


class LetterMoved(DomainError):
    code = "mailroom.letter_moved"
    zh = "这封答复不能再发：它现在是“{state}”，或者已经有人重发了。请刷新页面。"
    en = "This letter cannot be sent again: it is now “{state}”, or somebody sent it again already. Reload the page."
    status = 409


class DoubleNotAccepted(DomainError):
    code = "mailroom.double_not_accepted"
    zh = "上一次可能已经送到，重发以后客户可能收到两封。请勾选“我知道”再重发。"
    en = "It may have arrived the first time, and the client may get it twice. Tick “I know” and send it again."
    field = "double_accepted"


class AddressMissing(DomainError):
    code = "mailroom.address_missing"
    zh = "客户没有可用的邮箱，重发也到不了。请用别的方式告诉客户，或先在客户页登记邮箱。"
    en = "The client has no usable mailbox, so it would not arrive. Tell the client in another way, or put a mailbox on record first."
    status = 409


class StrangersRuleWrong(DomainError):
    code = "mailroom.strangers_rule_wrong"
    zh = "“不认识的发件人”里的“{given}”不对。每行一个邮箱和一种做法（wait、lead、reject），每个邮箱一行，要有一行 *。"
    en = "“{given}” cannot stand in “unknown senders”. One row for each mailbox with wait, lead or reject, each mailbox once, and one row for *."
    field = "value"
