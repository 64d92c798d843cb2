"""What advice refuses, in words."""

from maitian.core.errors import DomainError


class NotAnAdviser(DomainError):
    code = "library.advice.not_an_adviser"
    zh = "只有登记了执业编号的投资顾问可以签发投资建议。"
    en = "Only an adviser with a registered licence number may sign investment advice."
    status = 403


class PickFieldWrong(DomainError):
    code = "library.pick.field_wrong"
    zh = "{what}"
    en = "{what_en}"


class PickNotYours(DomainError):
    code = "library.pick.not_yours"
    zh = "这条荐股由 {name} 负责，请由本人签发和跟踪。"
    en = "This pick is {name}'s; only its adviser signs it and follows it up."
    status = 403


class PickState(DomainError):
    code = "library.pick.state"
    zh = "荐股现在是“{state}”，这一步不能办。"
    en = "The pick is “{state}” now; this step is not possible."
    status = 409


class PromiseInAdvice(DomainError):
    code = "library.advice.promise"
    zh = "文字里有“{words}”，像是承诺收益或确定的预测，投资建议里不能写。"
    en = "“{words}” sounds like a promise of return or a certain forecast; advice may not say so."
    field = "reason"


class RatingSigned(DomainError):
    code = "library.rating.signed"
    zh = "这条评级变动已经签发。"
    en = "This rating change has been signed already."
    status = 409
