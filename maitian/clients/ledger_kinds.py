"""How the rows that clients writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "client.created": LedgerKind("user", "建了客户档案", "the record was opened", "people"),
    "client.imported": LedgerKind("download", "从文件导入了档案", "the record was imported"),
    "client.moved": LedgerKind(
        "user", "状态从“{before}”变为“{after}”", "moved from “{before_en}” to “{after_en}”"
    ),
    "client.noted": LedgerKind("edit", "记了一笔：{text}", "noted: {text}", "people"),
    "client.id_document_noted": LedgerKind(
        "shield", "登记了证件有效期", "the validity of the id document was noted"
    ),
    "client.contact_changed": LedgerKind(
        "edit", "改了{what}，凭证：{evidence}", "changed {what_en}; evidence: {evidence}", "ground"
    ),
    "address.used_again": LedgerKind(
        "check",
        "核对过{what}，又用起来了，凭证：{evidence}",
        "checked the {what_en}: it is used again; evidence: {evidence}",
        "ground",
    ),
    "client.followed": LedgerKind("star", "开始关注 {what}", "follows {what} now"),
    "client.unfollowed": LedgerKind("star", "不再关注 {what}", "follows {what} no more"),
    "coverage.adviser_assigned": LedgerKind("user", "投资顾问是{name}", "the adviser is {name_en}", "people"),
    "preference.removed": LedgerKind("edit", "去掉了偏好“{key}”", "preference “{key}” removed", "people"),
    "client.tagged": LedgerKind("pin", "加了标签“{tag}”", "tagged “{tag}”"),
    "client.untagged": LedgerKind("pin", "去掉了标签“{tag}”", "tag “{tag}” removed"),
    "segment.saved": LedgerKind(
        "filter", "存了分组“{name}”第 {version} 版", "saved version {version} of the segment “{name}”"
    ),
    "segment.retired": LedgerKind("x", "停用了分组“{name}”", "retired the segment “{name}”"),
    "consent.given": LedgerKind(
        "check", "同意接收{what}，凭证：{proof}", "consented to {what_en}, proof: {proof}"
    ),
    "consent.withdrawn": LedgerKind("stop", "不再接收{what}", "withdrew consent to {what_en}"),
    "coverage.assigned": LedgerKind("users", "由{name}负责", "is now looked after by {name_en}", "people"),
    "suitability.assessed": LedgerKind(
        "shield", "风险测评 {score} 分，{class_name}", "assessed: {score} points, {class_name_en}"
    ),
    "suitability.class_set": LedgerKind(
        "shield", "改为{class_name}，依据：{evidence}", "is now {class_name_en}; evidence: {evidence}"
    ),
    "agreement.signed": LedgerKind(
        "edit", "签了投顾协议 {number}，{fee}", "signed the advice agreement {number}, {fee}", "people"
    ),
    "agreement.ended": LedgerKind(
        "stop", "投顾协议 {number} 终止：{reason}", "the advice agreement {number} ended: {reason}", "people"
    ),
    "preference.noted": LedgerKind("edit", "偏好“{key}”：{value}", "preference “{key}”: {value}", "people"),
    "privacy.revealed": LedgerKind(
        "eye", "查看了{field}，原因：{reason}", "revealed {field_en}; reason: {reason}"
    ),
    "record.merge_proposed": LedgerKind(
        "users", "提交并档：{absorbed} 并入 {survivor}", "proposed to merge record {absorbed} into {survivor}"
    ),
    "record.merge_refused": LedgerKind(
        "stop", "退回并档 {merge}：{reason}", "sent the merge {merge} back: {reason}"
    ),
    "record.merged": LedgerKind(
        "users", "档案 {absorbed} 并入 {survivor}", "record {absorbed} merged into {survivor}"
    ),
    "record.merge_undone": LedgerKind(
        "refresh",
        "撤销了档案 {absorbed} 并入 {survivor}：{reason}",
        "undid the merge of {absorbed} into {survivor}: {reason}",
    ),
    "duplicate.dismissed": LedgerKind(
        "users",
        "核对过：与档案 {other} 不是同一人（{reason}）",
        "checked: not the same person as record {other} ({reason})",
    ),
    "client.permission_opened": LedgerKind(
        "check", "开通了{what}权限", "permission for {what_en} opened", "ground"
    ),
    "client.permission_ended": LedgerKind(
        "stop", "关闭了{what}权限", "permission for {what_en} ended", "ground"
    ),
    "cash_flows.arrived": LedgerKind("download", "到了 {count} 笔资金流水", "{count} new cash flows"),
    "trades.arrived": LedgerKind("download", "到了 {count} 笔成交", "{count} new trades"),
    "import.run": LedgerKind(
        "download",
        "导入{kind}：存 {stored}，退 {rejected}",
        "import of {kind}: {stored} stored, {rejected} rejected",
    ),
}
