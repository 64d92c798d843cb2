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
    "outreach.done": LedgerKind("ok", "“{title}”已发完", "“{title}” is sent", "sky"),
    "outreach.topic_changed": LedgerKind("edit", "修改了消息主题“{title}”", "changed the topic “{title}”"),
    "message.read": LedgerKind("eye", "看了消息“{title}”", "read the message “{title}”", "sky"),
}
