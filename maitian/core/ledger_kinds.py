"""How the rows that core writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "rule.proposed": LedgerKind("edit", "提交了规则“{key}”的修改", "proposed a change of the rule “{key}”"),
    "rule.approved": LedgerKind("ok", "复核同意了规则“{key}”", "approved the rule “{key}”"),
    "rule.refused": LedgerKind(
        "stop", "退回了规则“{key}”的修改：{reason}", "refused the change of the rule “{key}”: {reason}"
    ),
    "rule.withdrawn": LedgerKind(
        "stop", "收回了规则“{key}”的修改", "took the change of the rule “{key}” back"
    ),
    "calendar.refused": LedgerKind(
        "stop", "退回了日历 {file}：{reason}", "refused the calendar {file}: {reason}"
    ),
    "calendar.proposed": LedgerKind("clock", "提交了日历 {file}", "proposed the calendar {file}"),
    "calendar.approved": LedgerKind("clock", "复核同意了日历 {file}", "approved the calendar {file}"),
    "reaction.skipped": LedgerKind(
        "alert",
        "跳过了“{name}”处理不了的第 {number} 行：{reason}",
        "skipped row {number}, at which “{name}” failed: {reason}",
    ),
    "reaction.replayed": LedgerKind(
        "refresh",
        "让“{name}”从第 {number} 行之后重做：{reason}",
        "let “{name}” start again after row {number}: {reason}",
    ),
    "webhook.proposed": LedgerKind(
        "link", "提交了推送“{name}”，地址 {url}", "proposed the webhook “{name}” to {url}"
    ),
    "webhook.approved": LedgerKind("ok", "复核启用了推送“{name}”", "put the webhook “{name}” into service"),
    "webhook.paused": LedgerKind("pause", "暂停了推送“{name}”", "paused the webhook “{name}”"),
    "webhook.resumed": LedgerKind("play", "恢复了推送“{name}”", "resumed the webhook “{name}”"),
    "webhook.ended": LedgerKind("stop", "停用了推送“{name}”", "ended the webhook “{name}”"),
    "webhook.replayed": LedgerKind(
        "refresh",
        "让推送“{name}”从第 {number} 行之后重发",
        "let the webhook “{name}” start again after row {number}",
    ),
}
