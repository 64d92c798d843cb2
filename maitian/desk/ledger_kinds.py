"""How the rows that the desk writes read. The net stands in the facts of a row: it depends on the channel."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "case.opened": LedgerKind("case", "{ref} 立案：{kind}", "case {ref} opened: {kind_en}"),
    "case.client_wrote": LedgerKind("message", "客户在 {ref} 里说了话", "the client wrote in {ref}"),
    "case.replied": LedgerKind("send", "答复了 {ref}", "answered in {ref}"),
    "case.noted": LedgerKind("edit", "在 {ref} 里记了一笔", "noted something in {ref}"),
    "case.planned": LedgerKind("promise", "{ref} 给了处理方案", "gave a plan in {ref}"),
    "case.taken": LedgerKind("user", "接了 {ref}", "took {ref}"),
    "case.given_back": LedgerKind(
        "users", "{ref} 放回队列，办理人离职", "{ref} went back to the queue: its owner left"
    ),
    "case.assigned": LedgerKind("users", "指派了 {ref}", "assigned {ref}"),
    "case.handed_over": LedgerKind(
        "users", "{ref} 的责任交给了{name}", "handed the responsibility for {ref} to {name}"
    ),
    "case.avoidance": LedgerKind("shield", "{ref} 登记了回避", "recorded an avoidance in {ref}"),
    "case.avoidance_lifted": LedgerKind("shield", "{ref} 取消了回避", "lifted an avoidance in {ref}"),
    "case.moved": LedgerKind("clock", "{ref} 转为“{state}”", "{ref} is now {state_en}"),
    "case.resolved": LedgerKind("ok", "{ref} 给了客户明确的结果", "{ref} has a definite result"),
    "case.closed": LedgerKind("check", "{ref} 结案", "{ref} closed"),
    "case.reopened": LedgerKind("refresh", "{ref} 重新处理", "{ref} reopened"),
    "case.rated": LedgerKind("star", "{ref} 满意度 {stars} 分", "{ref} rated {stars} of 5"),
    "case.merged": LedgerKind("link", "{ref} 并入 {survivor}", "{ref} merged into {survivor}"),
    "case.unmerged": LedgerKind(
        "refresh", "撤销合并：{ref} 从 {survivor} 分开", "merge undone: {ref} is apart from {survivor} again"
    ),
    "case.split": LedgerKind("case", "从 {ref} 拆出 {new}", "{new} split from {ref}"),
    "case.linked": LedgerKind("link", "{ref} 与 {other} 关联", "{ref} linked with {other}"),
    "case.unlinked": LedgerKind("link", "{ref} 与 {other} 取消关联", "{ref} no longer linked with {other}"),
    "case.parent_set": LedgerKind("link", "{ref} 的上级改为 {parent}", "the parent of {ref} is now {parent}"),
    "case.tagged": LedgerKind("pin", "{ref} 加了标签“{tag}”", "{ref} tagged “{tag}”"),
    "case.untagged": LedgerKind("pin", "{ref} 去掉了标签“{tag}”", "tag “{tag}” taken off {ref}"),
    "case.priority_set": LedgerKind("alert", "{ref} 改了优先级", "{ref}: priority changed"),
    "case.kind_changed": LedgerKind(
        "filter", "{ref} 从“{before}”改为“{kind}”", "{ref} became {kind_en} instead of {before_en}"
    ),
    "case.form_filled": LedgerKind("edit", "{ref} 填了表单", "{ref}: form filled in"),
    "case.files_added": LedgerKind("download", "{ref} 加了 {count} 个附件", "{count} files added to {ref}"),
    "case_kind.proposed": LedgerKind(
        "edit",
        "提交了个案类别“{name}”第 {version} 版",
        "proposed version {version} of the kind of case “{name_en}”",
    ),
    "case_kind.approved": LedgerKind(
        "check",
        "个案类别“{name}”第 {version} 版生效",
        "version {version} of the kind of case “{name_en}” in force",
    ),
    "case_kind.refused": LedgerKind(
        "no",
        "退回了个案类别“{name}”第 {version} 版：{reason}",
        "sent back version {version} of the kind of case “{name_en}”: {reason}",
    ),
    "case_kind.withdrawn": LedgerKind(
        "x",
        "收回了个案类别“{name}”第 {version} 版",
        "took back version {version} of the kind of case “{name_en}”",
    ),
    "case_kind.retired": LedgerKind(
        "stop", "停用了个案类别“{name}”：{reason}", "retired the kind of case “{name_en}”: {reason}"
    ),
    "routes.proposed": LedgerKind(
        "edit", "提交了分派规则第 {version} 版", "proposed version {version} of the routing rules"
    ),
    "routes.approved": LedgerKind(
        "check", "分派规则第 {version} 版生效", "version {version} of the routing rules in force"
    ),
    "routes.refused": LedgerKind(
        "no",
        "退回了分派规则第 {version} 版：{reason}",
        "sent back version {version} of the routing rules: {reason}",
    ),
    "routes.withdrawn": LedgerKind(
        "x", "收回了分派规则第 {version} 版", "took back version {version} of the routing rules"
    ),
    "complaint.sent": LedgerKind(
        "alert",
        "投诉 {ref}（{complaint_kind_zh}）转到责任部门",
        "complaint {ref} sent to the department concerned",
    ),
    "complaint.acknowledged": LedgerKind(
        "send",
        "告诉客户投诉 {ref} 已收到，{due_on} 前答复",
        "the client was told: complaint {ref} received, answer by {due_on}",
    ),
    "complaint.classified": LedgerKind("edit", "改了投诉 {ref} 的分类", "complaint {ref} classified again"),
    "complaint.accepted": LedgerKind("ok", "受理了投诉 {ref}", "accepted complaint {ref}"),
    "complaint.not_accepted": LedgerKind("stop", "不予受理投诉 {ref}", "did not accept complaint {ref}"),
    "complaint.found": LedgerKind("search", "投诉 {ref} 核查有了结论", "complaint {ref}: finding recorded"),
    "complaint.remedy_proposed": LedgerKind(
        "edit", "投诉 {ref} 提了补救方案，等批准", "complaint {ref}: remedy proposed, waits for signatures"
    ),
    "complaint.signed": LedgerKind(
        "ok", "投诉 {ref} 的补救方案批了一步", "complaint {ref}: one signature given"
    ),
    "complaint.remedy_approved": LedgerKind(
        "ok", "投诉 {ref} 的补救方案已批准", "complaint {ref}: remedy approved"
    ),
    "complaint.remedy_refused": LedgerKind(
        "stop", "投诉 {ref} 的补救方案没有批准", "complaint {ref}: remedy not approved"
    ),
    "complaint.remedied": LedgerKind(
        "check", "投诉 {ref} 的补救已执行", "complaint {ref}: remedy carried out"
    ),
    "complaint.confirmed": LedgerKind(
        "check", "客户确认了投诉 {ref} 的结果", "the client confirmed the result of complaint {ref}"
    ),
    "complaint.form_printed": LedgerKind(
        "download", "打印了投诉 {ref} 的处理单", "printed the form of complaint {ref}"
    ),
    "complaint.extended": LedgerKind(
        "clock",
        "投诉 {ref} 延期到 {due_on}，已函告客户",
        "complaint {ref} extended to {due_on}, the client was told in writing",
    ),
    "complaint.letter": LedgerKind(
        "shield",
        "{ref} 收到监管来函 {number}，{due_on} 前回函",
        "{ref}: letter {number} of the regulator, answer by {due_on}",
    ),
    "complaint.letter_answered": LedgerKind(
        "send", "{ref} 的来函 {number} 已回", "{ref}: letter {number} answered"
    ),
    "refusal.recorded": LedgerKind(
        "no", "拒绝了一项请求，原因在客户页", "refused a request; the reason stands on the client's page"
    ),
    "refusal.lifted": LedgerKind("ok", "撤销了一项拒绝", "lifted a refusal"),
    "promise.made": LedgerKind(
        "promise", "答应了客户一件事，{due} 前", "promised the client something by {due}", "people"
    ),
    "promise.kept": LedgerKind("ok", "做到了答应客户的事", "kept a promise", "people"),
    "promise.kept_late": LedgerKind(
        "check", "过了时间才做到答应客户的事", "did what was promised, but late", "people"
    ),
    "promise.broken": LedgerKind(
        "alert", "答应 {due} 前的事没有做到", "a promise for {due} was broken", "people"
    ),
    "promise.moved": LedgerKind(
        "clock", "告诉客户后，答应的事改到 {due}", "told the client and moved a promise to {due}", "people"
    ),
    "promise.passed_on": LedgerKind(
        "users", "答应的事交给了同事", "passed a promise on to a colleague", "people"
    ),
    "improvement.opened": LedgerKind("edit", "发起纠正预防：{title}", "opened a corrective action: {title}"),
    "improvement.trend": LedgerKind("chart", "发现趋势：{title}", "found a trend: {title}"),
    "improvement.planned": LedgerKind("edit", "制定了措施：{title}", "planned an action: {title}"),
    "improvement.done": LedgerKind("check", "措施已实施：{title}", "took the action: {title}"),
    "improvement.effective": LedgerKind("ok", "措施有效，关闭：{title}", "the action works, closed: {title}"),
    "improvement.failed": LedgerKind(
        "refresh", "措施无效，重新制定：{title}", "the action does not work, back to planning: {title}"
    ),
    "clock.breached": LedgerKind("alert", "{ref} {name}超时", "{ref}: {name_en} is late"),
    "clock.mailed": LedgerKind(
        "mail", "{ref} {name}的提醒邮件发给了同事", "{ref}: a colleague was told of the {name_en} by mail"
    ),
    "clock.not_mailed": LedgerKind(
        "alert",
        "{ref} {name}的提醒邮件没有发出，改用站内通知",
        "{ref}: the mail about the {name_en} did not go out; the bell told it",
    ),
    "clock.mail_again": LedgerKind(
        "refresh",
        "{ref} {name}的提醒邮件由人重发",
        "{ref}: somebody sent the mail about the {name_en} again",
    ),
    "clock.moved": LedgerKind(
        "clock", "{ref} {name}的期限已重算", "{ref}: the deadline of the {name_en} was reckoned again"
    ),
    "complaint.report_exported": LedgerKind(
        "download",
        "下载了 {year} 年度投诉报告（{form}，{count} 件）",
        "took the complaint report of {year} as {form} ({count} complaints)",
    ),
    "desk.phrase_changed": LedgerKind("message", "改了常用语“{name}”", "changed the phrase “{name}”"),
    "desk.macro_changed": LedgerKind("edit", "改了快捷处理“{name}”", "changed the macro “{name}”"),
}
