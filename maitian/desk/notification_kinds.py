"""What the desk rings the bell for."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "desk.assigned": LedgerKind("case", "{kind} {ref} 交给您办", "{kind_en} {ref} is yours to work on"),
    "desk.handed_over": LedgerKind(
        "users", "{ref} 的责任交接给了{name}", "the responsibility for {ref} went to {name}"
    ),
    "desk.kind_proposed": LedgerKind(
        "edit",
        "个案类别“{name}”第 {version} 版等您复核",
        "version {version} of the kind of case “{name_en}” waits for you",
    ),
    "desk.kind_approved": LedgerKind(
        "check",
        "您提的个案类别“{name}”第 {version} 版生效了",
        "your version {version} of “{name_en}” is in force",
    ),
    "desk.kind_refused": LedgerKind(
        "no",
        "您提的个案类别“{name}”第 {version} 版被退回",
        "your version {version} of “{name_en}” was sent back",
    ),
    "desk.routes_proposed": LedgerKind(
        "edit",
        "分派规则第 {version} 版等您复核",
        "version {version} of the routing rules waits for you",
    ),
    "desk.routes_approved": LedgerKind(
        "check",
        "您提的分派规则第 {version} 版生效了",
        "your version {version} of the routing rules is in force",
    ),
    "desk.routes_refused": LedgerKind(
        "no",
        "您提的分派规则第 {version} 版被退回",
        "your version {version} of the routing rules was sent back",
    ),
    "desk.client_wrote": LedgerKind("message", "客户在 {ref} 里回了话", "the client wrote in {ref}"),
    "desk.reopened": LedgerKind("refresh", "{ref} 重新打开了", "{ref} was reopened"),
    "desk.complaint": LedgerKind(
        "alert", "新投诉 {ref} 转到您部门", "complaint {ref} was sent to your centre"
    ),
    "desk.letter": LedgerKind("shield", "{ref} 有监管来函", "{ref}: a letter of the regulator"),
    "desk.sign": LedgerKind("edit", "{ref} 的补救方案等您批", "{ref}: a remedy waits for your signature"),
    "desk.signed": LedgerKind("ok", "{ref} 的补救方案批了", "{ref}: your remedy was signed"),
    "desk.not_signed": LedgerKind("stop", "{ref} 的补救方案没有批", "{ref}: your remedy was not signed"),
    "desk.promise_yours": LedgerKind(
        "promise", "您有一件答应客户的事，{due} 前", "a promise to a client is yours to keep, by {due}"
    ),
    "desk.promise_due": LedgerKind(
        "promise", "答应客户的事快到时间了：{due}", "a promise to a client is due {due}"
    ),
    "desk.promise_broken": LedgerKind(
        "alert", "{name}答应客户 {due} 前的事没有做到", "{name} did not keep a promise for {due}"
    ),
    "desk.improve": LedgerKind("edit", "部门要纠正：{title}", "your centre must correct: {title}"),
    "desk.improve_yours": LedgerKind(
        "edit", "纠正措施由您实施：{title}", "an action is yours to take: {title}"
    ),
    "desk.improve_due": LedgerKind("clock", "纠正措施到期：{title}", "an action is due: {title}"),
    "desk.improve_check": LedgerKind("search", "该验证效果了：{title}", "look whether it works: {title}"),
    "desk.improve_again": LedgerKind(
        "refresh", "措施无效，要重新制定：{title}", "it does not work, plan it anew: {title}"
    ),
    "desk.trend": LedgerKind(
        "chart",
        "{days} 天内 {times} 件投诉同因：{cause}",
        "{times} complaints in {days} days with the same cause: {cause_en}",
    ),
    "desk.due_soon": LedgerKind("clock", "{ref} {name}快到期：{due}", "{ref}: {name_en} is due {due}"),
    "desk.late": LedgerKind(
        "alert", "{ref} {name}已超时，期限是 {due}", "{ref}: {name_en} is late, it was due {due}"
    ),
}
