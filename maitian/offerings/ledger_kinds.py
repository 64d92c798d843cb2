"""How the rows that offerings write read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "level.applied": LedgerKind("level-2", "申请改为{name}", "applied for {name_en}", "sky"),
    "level.withdrawn": LedgerKind(
        "stop", "撤回了改为{name}的申请", "withdrew the application for {name_en}", "sky"
    ),
    "level.approved": LedgerKind(
        "ok",
        "营业部同意改为{name}，{effective_on} 生效",
        "the branch approved {name_en}, from {effective_on}",
    ),
    "level.refused": LedgerKind(
        "stop", "没有同意改为{name}：{reason}", "the branch refused {name_en}: {reason}"
    ),
    "level.effective": LedgerKind("level-2", "级别改为{name}", "the level became {name_en}"),
    "level.clock_moved": LedgerKind(
        "clock",
        "新日历生效，{name}申请的期限已重算",
        "a new calendar moved the clock of the application for {name_en}",
    ),
    "level.designed": LedgerKind(
        "edit",
        "提出了级别{name}的第 {version} 版，等复核",
        "proposed version {version} of the level {name_en}",
    ),
    "level.activated": LedgerKind(
        "ok", "级别{name}第 {version} 版生效", "version {version} of the level {name_en} is in force"
    ),
    "level.design_refused": LedgerKind(
        "stop",
        "退回了级别{name}的第 {version} 版：{reason}",
        "sent version {version} of the level {name_en} back: {reason}",
    ),
    "level.design_withdrawn": LedgerKind(
        "stop",
        "收回了级别{name}的第 {version} 版",
        "took version {version} of the level {name_en} back",
    ),
    "level.retirement_proposed": LedgerKind(
        "edit", "提出停用级别{name}，等复核", "proposed to retire the level {name_en}"
    ),
    "level.retired": LedgerKind("stop", "停用了级别{name}", "retired the level {name_en}"),
    "commission.exported": LedgerKind(
        "download", "导出了 {rows} 户新佣金率", "exported {rows} new commission rates"
    ),
}
