"""How the rows that the library writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "report.saved": LedgerKind("edit", "保存了报告“{title}”", "saved the report “{title}”"),
    "report.submitted": LedgerKind("send", "提交了报告“{title}”", "submitted the report “{title}”"),
    "report.published": LedgerKind("book", "发布了报告“{title}”", "published the report “{title}”", "sky"),
    "report.returned": LedgerKind(
        "stop", "退回了报告“{title}”：{reason}", "returned the report “{title}”: {reason}"
    ),
    "report.withdrawn": LedgerKind("stop", "撤回了报告“{title}”", "withdrew the report “{title}”"),
    "report.read": LedgerKind("eye", "看了报告“{title}”", "read the report “{title}”", "sky"),
}
