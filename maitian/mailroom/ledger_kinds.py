"""How the rows that the mailroom writes read. No address, no subject, no words."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "mail.taken": LedgerKind("mail", "邮件进了个案 {ref}", "a mail went into case {ref}", "sky"),
    "mail.held": LedgerKind("shield", "隔离了一封邮件：{reason}", "a mail was held: {reason}", "sky"),
    "mail.waiting": LedgerKind("mail", "一封邮件等认领：{reason}", "a mail waits to be claimed: {reason}", "sky"),
    "mail.rejected": LedgerKind("x", "退回了一封不认识的人的邮件", "a stranger's mail was sent back", "sky"),
    "mail.released": LedgerKind("ok", "放行了一封邮件", "a mail was released"),
    "mail.dropped": LedgerKind("x", "丢弃了一封邮件：{note}", "a mail was dropped: {note}"),
    "mail.sent": LedgerKind("send", "{ref} 的答复已发到客户邮箱", "the answer in {ref} went to the client's mailbox", "sky"),
    "mail.not_acknowledged": LedgerKind("info", "{ref} 的投诉确认没有用邮件发：{why}", "{ref}: the complaint was not acknowledged by mail: {why_en}", "sky"),
    "mail.complaint": LedgerKind("alert", "邮件作为投诉 {ref} 登记", "a mail was recorded as complaint {ref}", "sky"),
    "mail.resent": LedgerKind("refresh", "重发了 {ref} 的邮件答复", "sent the answer in {ref} by mail again"),
    "mail.not_sent": LedgerKind("alert", "{ref} 的答复没有发到邮箱：{problem}", "the answer in {ref} did not go out by mail: {problem}", "sky"),
}  # fmt: skip
