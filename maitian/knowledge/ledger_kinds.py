"""How the rows that the knowledge base writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "knowledge.drafted": LedgerKind("edit", "写了知识 {article} 第 {version} 版草稿", "drafted version {version} of article {article}"),
    "knowledge.submitted": LedgerKind("send", "提交了知识 {article} 第 {version} 版", "submitted version {version} of article {article}"),
    "knowledge.returned": LedgerKind(
        "stop", "退回了知识 {article} 第 {version} 版：{reason}", "returned version {version} of article {article}: {reason}"
    ),
    "knowledge.dropped": LedgerKind("x", "放弃了知识 {article} 第 {version} 版", "dropped version {version} of article {article}"),
    "knowledge.published": LedgerKind("book", "发布了知识 {article} 第 {version} 版", "published version {version} of article {article}"),
    "knowledge.withdrawn": LedgerKind("stop", "撤下了知识 {article}：{reason}", "withdrew article {article}: {reason}"),
    "knowledge.reviewed": LedgerKind("ok", "复查了知识 {article}，有效到 {until}", "reviewed article {article}, true until {until}"),
    "knowledge.owner": LedgerKind("user", "知识 {article} 换了负责人", "article {article} has another owner"),
    "knowledge.used": LedgerKind("book", "在 {ref} 里用了知识 {article}", "used article {article} in {ref}"),
    "knowledge.helped": LedgerKind("ok", "知识 {article} 帮上了忙", "article {article} helped", "sky"),
    "knowledge.not_helped": LedgerKind("no", "知识 {article} 没帮上忙", "article {article} did not help", "sky"),
    "knowledge.gap_drafted": LedgerKind("edit", "为没有答案的问题写知识 {article}", "writes article {article} for a question without an answer"),
    "knowledge.gap_dismissed": LedgerKind("no", "一个没有答案的问题不用写：{reason}", "a question without an answer needs none: {reason}"),
}  # fmt: skip
