"""How the rows that staff writes read."""

from maitian.core.ledger import LedgerKind

KINDS = {
    "staff.signed_in": LedgerKind("user", "登录了系统", "signed in"),
    "staff.sign_in_failed": LedgerKind("alert", "登录失败", "failed to sign in"),
    "staff.locked": LedgerKind("lock", "账号被锁定", "was locked out"),
    "staff.session_ended": LedgerKind("user", "结束了一个登录", "ended a session"),
    "staff.sessions_ended": LedgerKind("user", "结束了其他 {count} 个登录", "ended {count} other sessions"),
    "staff.unlocked": LedgerKind("lock", "给 {name} 解了锁", "unlocked {name_en}"),
    "staff.password_changed": LedgerKind("lock", "修改了密码", "changed the password"),
    "staff.member_added": LedgerKind("user", "新增员工 {name}", "added {name_en} to the staff"),
    "staff.member_changed": LedgerKind("edit", "改了员工 {name} 的{what}", "changed {what_en} of {name_en}"),
    "staff.member_left": LedgerKind(
        "user", "{name} 离职，登录和令牌已停", "{name_en} left; sign-in and tokens ended"
    ),
    "staff.member_returned": LedgerKind("user", "{name} 重新上岗", "{name_en} is back"),
    "staff.password_reset": LedgerKind("lock", "重置了 {name} 的密码", "reset the password of {name_en}"),
    "staff.token_made": LedgerKind("lock", "新建了接口令牌“{title}”", "made the API token “{title}”"),
    "staff.token_revoked": LedgerKind("lock", "停用了接口令牌“{title}”", "revoked the API token “{title}”"),
    "staff.own_addresses_set": LedgerKind(
        "phone", "改了自己收测试消息的号码和邮箱", "changed the own phone and mailbox for test messages"
    ),
}
