"""What outreach rings the bell for."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "outreach.topic_proposed": LedgerKind(
        "clock",
        "主题“{name}”第 {version} 版等您复核",
        "version {version} of the topic “{name_en}” waits for your approval",
    ),
    "outreach.campaign_proposed": LedgerKind(
        "clock", "活动“{name}”等您复核", "the campaign “{name}” waits for your approval"
    ),
    "outreach.campaign_approved": LedgerKind(
        "ok", "活动“{name}”复核通过", "the campaign “{name}” is approved"
    ),
    "outreach.campaign_refused": LedgerKind(
        "stop", "活动“{name}”被退回：{reason}", "the campaign “{name}” was sent back: {reason}"
    ),
    "outreach.campaign_not_begun": LedgerKind(
        "alert",
        "活动“{name}”到了时间没能开始：{reason}",
        "the campaign “{name}” could not begin: {reason_en}",
    ),
    "outreach.campaign_stuck": LedgerKind(
        "alert",
        "活动“{name}”有一步走不下去，停下了：{reason}",
        "a step of the campaign “{name}” is refused and it has stopped: {reason_en}",
    ),
    "outreach.campaign_ended": LedgerKind(
        "chart", "活动“{name}”结束了，看结果", "the campaign “{name}” has ended: see the results"
    ),
    "outreach.campaign_used_up": LedgerKind(
        "yuan",
        "活动“{name}”的预算用完，已停下：{spent} / {budget} 元",
        "the budget of “{name}” is used up and it has stopped: CNY {spent} of {budget}",
    ),
    "outreach.campaign_budget_soon": LedgerKind(
        "yuan",
        "活动“{name}”的预算快用完：{spent} / {budget} 元",
        "the budget of “{name}” is nearly gone: CNY {spent} of {budget}",
    ),
    "outreach.briefing_proposed": LedgerKind(
        "clock", "报告会“{name}”等您复核", "the briefing “{name}” waits for your approval"
    ),
    "outreach.briefing_opened": LedgerKind(
        "ok", "报告会“{name}”复核通过，可以邀请了", "the briefing “{name}” is approved: invite now"
    ),
    "outreach.briefing_refused": LedgerKind(
        "stop", "报告会“{name}”被退回：{reason}", "the briefing “{name}” was sent back: {reason}"
    ),
    "outreach.briefing_held": LedgerKind(
        "calendar",
        "报告会“{name}”办完了（到场 {came}，没来 {missed}）：写纪要，派跟进",
        "the briefing “{name}” is over ({came} came, {missed} did not): write notes, give follow-up tasks",
    ),
}
