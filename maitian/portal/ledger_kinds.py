"""How the rows that the portal writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "portal.signed_in": LedgerKind("user", "登录了客户端", "signed in to the portal", "sky"),
    "portal.locked": LedgerKind("lock", "客户端登录被锁定", "the portal locked the sign-in", "sky"),
}
