"""What staff refuses, in words."""

from maitian.core.errors import DomainError


class SignInFailed(DomainError):
    code = "staff.sign_in.failed"
    zh = "登录名或密码不对。再错 {left} 次会锁定 {minutes} 分钟。"
    en = "The name or the password is wrong. After {left} more failures the account is locked for {minutes} minutes."
    status = 401


class Locked(DomainError):
    code = "staff.sign_in.locked"
    zh = "连续输错，账号锁定到 {until}。请稍后再试，或找系统管理员。"
    en = "Too many failures: the account is locked until {until}. Try later, or ask the administrator."
    status = 401


class PasswordTooWeak(DomainError):
    code = "staff.password.too_weak"
    zh = "新密码至少 {length} 位，且不能和登录名一样。"
    en = "The new password needs at least {length} characters and must differ from the sign-in name."
    field = "new"


class PasswordWrong(DomainError):
    code = "staff.password.wrong"
    zh = "现在的密码不对。"
    en = "The present password is wrong."
    field = "old"


class ScopeNotYours(DomainError):
    code = "staff.token.scope_not_yours"
    zh = "令牌只能有您自己岗位的权限，“{scope}”不在其中。"
    en = "A token can only have permissions of your own role; “{scope}” is not one."
    field = "scopes"


class TooManyDrafts(DomainError):
    code = "staff.draft.too_many"
    zh = "您已经有 {most} 份草稿。请先提交或删掉几份。"
    en = "You have {most} drafts. Submit or delete some first."
    status = 409
