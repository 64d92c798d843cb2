"""What visits refuse, in words."""

from maitian.core.errors import DomainError


class WhenWrong(DomainError):
    code = "visits.when_wrong"
    zh = "上门时间要在现在以后、{days} 天以内，写成 2026-11-24T15:00。"
    en = "A visit is from now on and within {days} days; write it like 2026-11-24T15:00."
    field = "when"


class PlaceMissing(DomainError):
    code = "visits.place_missing"
    zh = "请写去哪里，如“滨河路 18 号 3 单元 502”。"
    en = "Write where to go, like “18 Binhe Road, 502”."
    field = "place"


class Busy(DomainError):
    code = "visits.busy"
    zh = "{name}那时约了别的上门（{from_} 到 {until}）。请换个时间，或换一位同事。"
    en = "{name} has another visit then ({from_} to {until}). Choose another time or another colleague."
    status = 409
    field = "when"


class AlreadyPlanned(DomainError):
    code = "visits.already_planned"
    zh = "{ref} 已经约了上门。要换时间，请在那次上门里改期。"
    en = "{ref} has a visit planned. To change its time, move that visit."
    status = 409
    field = "when"


class NotForThisCase(DomainError):
    code = "visits.not_for_this_case"
    zh = "{ref} 已有结果或没有客户，不能约上门。"
    en = "{ref} has its result or no client; no visit can be planned."
    status = 409


class NoSuchColleague(DomainError):
    code = "visits.no_such_colleague"
    zh = "请选一位在岗的同事。"
    en = "Choose a colleague who is at work."
    field = "member"


class NotPlanned(DomainError):
    code = "visits.not_planned"
    zh = "这次上门已经记过了（{state}）。请刷新页面。"
    en = "This visit was dealt with (it is “{state}”). Reload the page."
    status = 409


class FoundMissing(DomainError):
    code = "visits.found_missing"
    zh = "请写做了什么，如“重装了行情软件，换了网线”。"
    en = "Write what was done, like “reinstalled the software, changed the cable”."
    field = "found"


class TooEarly(DomainError):
    code = "visits.too_early"
    zh = "还没到上门的时间（{when}），不能写结果。"
    en = "The visit is at {when}; its result cannot be written before."
    status = 409


class NextMissing(DomainError):
    code = "visits.next_missing"
    zh = "没有解决就要约下一次。请写下次什么时候去。"
    en = "What is not solved needs a next visit. Write when."
    field = "when"


class ReasonMissing(DomainError):
    code = "visits.reason_missing"
    zh = "请写一句原因，会告诉客户。"
    en = "Write the reason; the client is told."
    field = "reason"


class ReferralConsentMissing(DomainError):
    code = "visits.referral_consent_missing"
    zh = "没有本人的同意，不能留下他的电话，也不能建档。请选本人怎样同意的；没有同意就只写称呼，不写电话。"
    en = "Without the person's own consent no phone may be kept and no record opened. Choose how consent was given, or leave out the phone."
    field = "referral_basis"


class ReferralIncomplete(DomainError):
    code = "visits.referral_incomplete"
    zh = "介绍来的人要写姓名、电话和怎么证明本人同意，如“当场打电话，本人说可以联系”。"
    en = "Of a person who was named, write name, phone and how the consent can be checked, like “called on the spot, agreed to be called”."
    field = "referral_phone"


class ReferralOfOneself(DomainError):
    code = "visits.referral_of_oneself"
    zh = "这是客户自己的电话。请核对介绍来的人的号码。"
    en = "That is the client's own phone. Check the number of the person who was named."
    field = "referral_phone"
