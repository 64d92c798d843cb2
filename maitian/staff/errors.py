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


class PasswordSame(DomainError):
    code = "staff.password.same"
    zh = "新密码和现在的一样。请换一个。"
    en = "The new password is the present one. Choose another."
    field = "new"


class TooManyDrafts(DomainError):
    code = "staff.draft.too_many"
    zh = "您已经有 {most} 份草稿。请先提交或删掉几份。"
    en = "You have {most} drafts. Submit or delete some first."
    status = 409


class NameMissing(DomainError):
    code = "staff.member.name_missing"
    zh = "没有姓名。请填 1 到 40 个字。"
    en = "The name is missing. Give 1 to 40 characters."
    field = "name"


class SignInNameWrong(DomainError):
    code = "staff.member.sign_in_name_wrong"
    zh = "登录名要用小写字母开头，2 到 40 位，只用小写字母、数字、点、下划线和连字符。"
    en = "A sign-in name starts with a small letter and has 2 to 40 small letters, digits, dots, underscores or hyphens."
    field = "sign_in_name"


class SignInNameTaken(DomainError):
    code = "staff.member.sign_in_name_taken"
    zh = "登录名“{name}”已经有人用了。请换一个。"
    en = "The sign-in name “{name}” is taken. Choose another one."
    field = "sign_in_name"


class ChoiceWrong(DomainError):
    code = "staff.member.choice_wrong"
    zh = "没有“{value}”这一项。请从列表里选。"
    en = "There is no “{value}”. Choose from the list."


class LicenceMissing(DomainError):
    code = "staff.member.licence_missing"
    zh = "投资顾问要有执业编号。请填中国证券业协会登记的编号。"
    en = (
        "An adviser needs a licence number. Give the one registered with the Securities Association of China."
    )
    field = "licence_number"


class TooLong(DomainError):
    code = "staff.member.too_long"
    zh = "太长了，最多 {most} 个字。"
    en = "Too long: at most {most} characters."


class NotOneself(DomainError):
    code = "staff.member.not_oneself"
    zh = "不能改自己的岗位、停用自己或重置自己的密码。请另一位系统管理员办理。"
    en = "You cannot change your own role, remove yourself or reset your own password. Ask another administrator."
    status = 409


class TokenTitleMissing(DomainError):
    code = "staff.token.title_missing"
    zh = "没有写用途。请写明这个令牌给哪个程序用。"
    en = "The purpose is missing. Say which program will use this token."
    field = "title"


class ScopesMissing(DomainError):
    code = "staff.token.scopes_missing"
    zh = "一项权限也没有选。请至少选一项。"
    en = "No permission is chosen. Choose at least one."
    field = "scopes"
