"""What visits ring the bell for."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "visits.yours": LedgerKind("pin", "{when} 的上门交给您（{ref}）", "a visit is yours: {when} ({ref})")
}
