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
    "announcements.arrived": LedgerKind("download", "到了 {count} 条公告", "{count} new announcements"),
    "ratings.arrived": LedgerKind("download", "到了 {count} 条评级", "{count} new ratings"),
    "rating.signed": LedgerKind(
        "shield", "签发了 {house} 对 {symbol} 的评级变动", "signed {house}'s rating change of {symbol}"
    ),
    "pick.saved": LedgerKind("edit", "写了荐股 {symbol}", "wrote the pick {symbol}"),
    "pick.signed": LedgerKind(
        "shield", "签发了荐股 {symbol}，执业编号 {licence}", "signed the pick {symbol}, licence {licence}"
    ),
    "pick.noted": LedgerKind("edit", "跟踪了荐股 {symbol}", "followed up the pick {symbol}"),
}
