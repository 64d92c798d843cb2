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
    # briefings
    "briefing.saved": LedgerKind("edit", "存了报告会“{name}”", "saved the briefing “{name}”"),
    "briefing.proposed": LedgerKind("send", "提交了报告会“{name}”", "handed in the briefing “{name}”"),
    "briefing.opened": LedgerKind(
        "ok", "复核了报告会“{name}”，开始报名", "approved the briefing “{name}”; sign-up begins"
    ),
    "briefing.refused": LedgerKind(
        "stop", "退回了报告会“{name}”：{reason}", "sent the briefing “{name}” back: {reason}"
    ),
    "briefing.withdrawn": LedgerKind("x", "收回了报告会“{name}”", "took the briefing “{name}” back"),
    "briefing.invited": LedgerKind(
        "send", "算好了报告会“{name}”请谁", "decided whom the briefing “{name}” invites"
    ),
    "briefing.changed": LedgerKind(
        "edit", "改了报告会“{name}”：{when}，{place}", "changed the briefing “{name}”: {when}, {place}"
    ),
    "briefing.called_off": LedgerKind(
        "no", "取消了报告会“{name}”：{reason}", "called the briefing “{name}” off: {reason}"
    ),
    "briefing.held": LedgerKind(
        "calendar",
        "报告会“{name}”办完：到场 {came} 位，{missed} 位没来",
        "the briefing “{name}” is over: {came} came, {missed} did not",
    ),
    "briefing.noted": LedgerKind(
        "edit", "发布了报告会“{name}”的纪要", "published the notes of the briefing “{name}”"
    ),
    "briefing.followed_up": LedgerKind(
        "phone",
        "派了报告会“{name}”的跟进电话 {count} 个",
        "gave out {count} follow-up calls of the briefing “{name}”",
    ),
    "briefing.signed_up": LedgerKind(
        "calendar",
        "报了名：报告会“{name}”，{when}，{place}",
        "signed up for the briefing “{name}”, {when}, {place}",
        "people",
    ),
    "briefing.waiting": LedgerKind(
        "clock", "在报告会“{name}”候补", "is on the waiting list of the briefing “{name}”", "people"
    ),
    "briefing.seated": LedgerKind(
        "calendar",
        "候补到了座位：报告会“{name}”，{when}，{place}",
        "got a seat from the waiting list of the briefing “{name}”, {when}, {place}",
        "people",
    ),
    "briefing.left": LedgerKind(
        "leave", "退出了报告会“{name}”", "gave up the seat at the briefing “{name}”", "people"
    ),
    "briefing.moved": LedgerKind(
        "refresh",
        "报告会“{name}”改到 {when}，{place}",
        "the briefing “{name}” is now {when}, {place}",
        "people",
    ),
    "briefing.will_not_be": LedgerKind(
        "no",
        "报名的报告会“{name}”（{when}）取消了",
        "the briefing “{name}” ({when}) signed up for was called off",
        "people",
    ),
    "briefing.came": LedgerKind("ok", "到了报告会“{name}”", "came to the briefing “{name}”", "people"),
    "briefing.not_come": LedgerKind(
        "x",
        "报告会“{name}”的签到撤销了",
        "the check-in at the briefing “{name}” was taken back",
        "people",
    ),
    "briefing.missed": LedgerKind(
        "alert", "报了报告会“{name}”没有来", "had a seat at the briefing “{name}” and did not come", "people"
    ),
}
