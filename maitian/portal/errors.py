"""What the portal refuses, in words."""

from maitian.core.errors import DomainError


class SignInFailed(DomainError):
    code = "portal.sign_in.failed"
    zh = "资金账号或密码不对。再错 {left} 次会锁定 {minutes} 分钟。"
    en = "The fund account or the password is wrong. After {left} more failures it is locked for {minutes} minutes."
    status = 401


class Locked(DomainError):
    code = "portal.sign_in.locked"
    zh = "连续输错，账号锁定到 {until}。也可以打 95500，找热线帮您。"
    en = "Too many failures: locked until {until}. You can also call the hotline."
    status = 401
