"""How the rows of visits read. No place and no words of anybody."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "visit.planned": LedgerKind("pin", "约了上门（{ref}，第 {number} 次）：{when}", "planned visit {number} of {ref}: {when}", "people"),
    "visit.solved": LedgerKind("ok", "上门解决了 {ref}（第 {number} 次）", "visit {number} solved {ref}", "people"),
    "visit.unsolved": LedgerKind("refresh", "上门没有解决 {ref}（第 {number} 次），再约", "visit {number} of {ref} did not solve it; there is a next one", "people"),
    "visit.missed": LedgerKind("alert", "上门没有见到客户（{ref}，第 {number} 次），再约", "visit {number} of {ref}: nobody there; there is a next one", "people"),
    "visit.moved": LedgerKind("calendar", "上门改期（{ref}）：{when}", "visit of {ref} moved: {when}", "people"),
    "visit.cancelled": LedgerKind("x", "取消了上门（{ref}）", "visit of {ref} cancelled", "people"),
    "visit.referral": LedgerKind("users", "客户介绍了人（{ref}）", "the client named somebody ({ref})", "people"),
    "client.referred": LedgerKind("users", "由一位客户介绍，成为潜在客户（{basis}）", "became a lead: named by a client, agreed to be called", "people"),
    "client.referred_again": LedgerKind("users", "由一位客户介绍，档案已在（{basis}）", "named by a client; on record already", "people"),
}  # fmt: skip
