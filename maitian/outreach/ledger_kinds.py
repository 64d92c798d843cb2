"""How the rows that outreach writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "outreach.decided": LedgerKind(
        "filter",
        "判定了“{title}”：{audience} 户中 {sent} 户会收到",
        "decided “{title}”: {sent} of {audience} clients",
        "sky",
    ),
    "outreach.sent": LedgerKind("send", "开始发送“{title}”", "began to send “{title}”", "sky"),
    "outreach.paused": LedgerKind("pause", "暂停发送“{title}”", "paused “{title}”", "sky"),
    "outreach.resumed": LedgerKind("send", "继续发送“{title}”", "resumed “{title}”", "sky"),
    "outreach.stopped": LedgerKind("stop", "停止发送“{title}”", "stopped “{title}”", "sky"),
    "outreach.held": LedgerKind(
        "alert", "没有发“{title}”，等人看：{why}", "held “{title}” for a person: {why_en}", "sky"
    ),
    "outreach.done": LedgerKind("ok", "“{title}”已发完", "“{title}” is sent", "sky"),
    "topic.proposed": LedgerKind(
        "edit",
        "提交了消息主题“{title}”第 {version} 版",
        "proposed version {version} of the topic “{title_en}”",
    ),
    "topic.approved": LedgerKind(
        "ok",
        "复核启用了消息主题“{title}”第 {version} 版",
        "put version {version} of the topic “{title_en}” into force",
    ),
    "topic.refused": LedgerKind(
        "stop",
        "退回了消息主题“{title}”第 {version} 版：{reason}",
        "sent version {version} of the topic “{title_en}” back: {reason}",
    ),
    "topic.paused": LedgerKind("pause", "暂停了主题“{title}”", "paused the topic “{title_en}”"),
    "topic.resumed": LedgerKind("send", "恢复了主题“{title}”", "resumed the topic “{title_en}”"),
    "topic.stopped": LedgerKind(
        "stop", "停止了主题“{title}”的全部发送", "stopped every send of the topic “{title_en}”"
    ),
    "message.written": LedgerKind(
        "message", "给客户写了消息“{title}”", "wrote the message “{title}” to the client", "people"
    ),
    "message.read": LedgerKind("eye", "看了消息“{title}”", "read the message “{title}”", "sky"),
    "outreach.retried": LedgerKind(
        "refresh", "让没送达的 {count} 条重发", "let {count} failed messages be sent again", "sky"
    ),
    "address.bounced": LedgerKind(
        "alert", "{what}不能用了，已停用", "the {what_en} does not work and is not used any more", "sky"
    ),
    "gateway.off": LedgerKind(
        "pause", "停发了网关 {name}：{reason}", "took the gateway {name} out of service: {reason}", "sky"
    ),
    "gateway.on": LedgerKind("play", "启用了网关 {name}", "put the gateway {name} back into service", "sky"),
    "quarantine.seen": LedgerKind(
        "eye",
        "看了 {source} 来的读不懂的内容（{reason}）",
        "looked at what came from {source} and could not be read ({reason})",
    ),
    "client.replied": LedgerKind("sms", "回了短信（{meaning_zh}）", "replied by SMS ({meaning})", "sky"),
    "reply.answered": LedgerKind(
        "ok", "答复了客户的短信（{way_zh}）{note}", "answered the client's text ({way}) {note}", "people"
    ),
    "call.made": LedgerKind(
        "phone", "为“{title}”打了电话：{result}", "called about “{title}”: {code}", "people"
    ),
    "issue.saved": LedgerKind(
        "ticket",
        "登记了发行“{name}”，{subscribe_on} 申购",
        "registered the issue “{name}”, subscribed on {subscribe_on}",
    ),
    "issue.settled": LedgerKind(
        "ticket",
        "“{name}”缴款截止：{paid} 户成功，{defaulted} 户放弃",
        "payment for “{name}” closed: {paid} paid, {defaulted} defaulted",
    ),
    "allotments.arrived": LedgerKind("download", "导入了 {count} 条中签结果", "imported {count} allotments"),
    "allotment.funded": LedgerKind(
        "yuan", "“{name}”的中签款已到齐", "the money for “{name}” is all there", "sky"
    ),
    "allotment.part": LedgerKind(
        "yuan",
        "“{name}”到了部分款，还差 {missing} 元",
        "part of the money for “{name}” came; CNY {missing} are missing",
        "sky",
    ),
    "allotment.short_again": LedgerKind(
        "alert",
        "“{name}”的款又不够了，还差 {missing} 元",
        "the money for “{name}” is short again by CNY {missing}",
        "sky",
    ),
    "allotment.defaulted": LedgerKind(
        "no",
        "“{name}”没有足额缴款，差 {missing} 元，12 个月内第 {count} 次，{consequence}",
        "“{name}” was not paid in full (CNY {missing} short), number {count} in 12 months",
        "sky",
    ),
    # campaigns
    "campaign.begun": LedgerKind("edit", "开始做活动“{name}”", "began to make the campaign “{name}”"),
    "campaign.copied": LedgerKind(
        "edit", "从“{source}”复制了活动“{name}”", "copied the campaign “{source}” to “{name}”"
    ),
    "campaign.dropped": LedgerKind("x", "删了活动草稿“{name}”", "dropped the draft of the campaign “{name}”"),
    "campaign.proposed": LedgerKind(
        "send", "提交了活动“{name}”第 {version} 版", "handed in version {version} of the campaign “{name}”"
    ),
    "campaign.approved": LedgerKind(
        "ok", "复核了活动“{name}”第 {version} 版", "approved version {version} of the campaign “{name}”"
    ),
    "campaign.refused": LedgerKind(
        "stop", "退回了活动“{name}”：{reason}", "sent the campaign “{name}” back: {reason}"
    ),
    "campaign.withdrawn": LedgerKind("x", "收回了活动“{name}”", "took the campaign “{name}” back"),
    "campaign.started": LedgerKind(
        "play",
        "活动“{name}”开始：{members} 户，其中对照组 {controls} 户",
        "the campaign “{name}” began: {members} clients, {controls} of them the control group",
        "sky",
    ),
    "campaign.paused": LedgerKind("pause", "暂停了活动“{name}”", "paused the campaign “{name}”", "sky"),
    "campaign.resumed": LedgerKind("play", "继续活动“{name}”", "resumed the campaign “{name}”", "sky"),
    "campaign.stopped": LedgerKind("stop", "停止了活动“{name}”", "stopped the campaign “{name}”", "sky"),
    "campaign.ended": LedgerKind(
        "ok",
        "活动“{name}”结束，{done} 户达成目标",
        "the campaign “{name}” ended; {done} reached the goal",
        "sky",
    ),
    "campaign.budget_soon": LedgerKind(
        "yuan",
        "活动“{name}”的预算快用完：{spent} / {budget} 元",
        "the budget of “{name}” is nearly gone: CNY {spent} of {budget}",
    ),
    "campaign.done": LedgerKind(
        "star", "做到了活动“{name}”希望的事", "did what the campaign “{name}” hoped for", "sky"
    ),
    "campaign.left": LedgerKind("leave", "离开了活动“{name}”", "left the campaign “{name}”", "sky"),
    "campaign.tried": LedgerKind(
        "send", "给自己试发了活动“{name}”的一步", "sent a test of the campaign “{name}” to oneself"
    ),
    "campaign.exported": LedgerKind(
        "download", "导出了活动“{name}”的结果", "exported the results of the campaign “{name}”"
    ),
}
