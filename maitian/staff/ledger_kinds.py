"""How the rows that staff writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "staff.signed_in": LedgerKind("user", "登录了系统", "signed in"),
    "staff.sign_in_failed": LedgerKind("alert", "登录失败", "failed to sign in"),
    "staff.locked": LedgerKind("lock", "账号被锁定", "was locked out"),
    "staff.session_ended": LedgerKind("user", "结束了一个登录", "ended a session"),
    "staff.password_changed": LedgerKind("lock", "修改了密码", "changed the password"),
    "staff.token_made": LedgerKind("lock", "新建了接口令牌“{title}”", "made the API token “{title}”"),
    "staff.token_revoked": LedgerKind("lock", "停用了接口令牌“{title}”", "revoked the API token “{title}”"),
}
