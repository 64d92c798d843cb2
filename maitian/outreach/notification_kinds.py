"""What outreach rings the bell for."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "outreach.topic_proposed": LedgerKind(
        "clock",
        "主题“{name}”第 {version} 版等您复核",
        "version {version} of the topic “{name_en}” waits for your approval",
    ),
}
