"""What the knowledge base rings the bell for."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "knowledge.returned": LedgerKind("stop", "知识 {article} 被退回：{reason}", "article {article} was returned: {reason}"),
    "knowledge.published": LedgerKind("ok", "知识 {article} 已发布", "article {article} is published"),
    "knowledge.yours": LedgerKind("book", "知识 {article} 归您负责", "article {article} is yours to keep true"),
    "knowledge.review_soon": LedgerKind("clock", "知识 {article} 要复查，{due} 前", "article {article} is to be reviewed by {due}"),
    "knowledge.review_late": LedgerKind(
        "alert", "知识 {article} 过了复查日期 {due}，客户看不到它之前请复查", "article {article} is past its review date {due}; review it before clients lose sight of it"
    ),
    "knowledge.not_helped": LedgerKind("message", "有读者说知识 {article} 没帮上忙", "a reader says that article {article} did not help"),
}  # fmt: skip
