"""What briefings refuse, in words."""

from maitian.core.errors import DomainError


class BriefingFieldWrong(DomainError):
    code = "outreach.briefing.field_wrong"
    zh = "{what}"
    en = "{what_en}"


class BriefingChanged(DomainError):
    code = "outreach.briefing.changed_meanwhile"
    zh = "您打开以后，另一位同事改过这场报告会。您填的没有存；请重新打开，看清楚再改。"
    en = "A colleague has changed this briefing since you opened it. What you typed was not stored; open it again and look first."
    status = 409


class BriefingState(DomainError):
    code = "outreach.briefing.wrong_state"
    zh = "这场报告会现在是“{state}”，不能{wanted}。请刷新页面看最新情况。"
    en = "The briefing is now “{state_en}”: cannot {wanted_en}. Reload the page to see it."
    status = 409


class BriefingPast(DomainError):
    code = "outreach.briefing.past"
    zh = "开始时间已经过了，请改到以后。"
    en = "Its beginning has passed. Set a later one."
    field = "starts_at"


class ReasonMissing(DomainError):
    code = "outreach.briefing.reason_missing"
    zh = "请写理由，客户和同事会看到。"
    en = "Write the reason; clients and colleagues will read it."
    field = "reason"


class SignUpClosed(DomainError):
    code = "outreach.briefing.sign_up_closed"
    zh = "报名已经截止。想来的话，请联系您的客户经理。"
    en = "Sign-up has closed. If you would like to come, speak to your account manager."
    status = 409


class NotSignedUp(DomainError):
    code = "outreach.briefing.not_signed_up"
    zh = "没有报名，或已经退出。"
    en = "Not signed up, or left already."
    status = 409


class CameAlready(DomainError):
    code = "outreach.briefing.came_already"
    zh = "{at} 已经签到，不能再退出。"
    en = "Checked in at {at} already; cannot leave any more."
    status = 409


class CodeUnknown(DomainError):
    code = "outreach.briefing.code_unknown"
    zh = "这场报告会没有这个入场码。请核对 8 位字母和数字，或按姓名找。"
    en = "This briefing has no such entry code. Check the 8 letters and digits, or look for the name."
    field = "code"


class OtherBriefing(DomainError):
    code = "outreach.briefing.other_briefing"
    zh = "这是另一场报告会“{name}”（{when}）的入场码。"
    en = "This entry code is for another briefing, “{name}” ({when})."
    field = "code"


class NoSeat(DomainError):
    code = "outreach.briefing.no_seat"
    zh = "{count} 个座位都满了，这位客户在候补里。先加座位，再签到。"
    en = "All {count} seats are taken; this client is on the waiting list. Add seats first, then check in."
    status = 409


class DoorClosed(DomainError):
    code = "outreach.briefing.door_closed"
    zh = "{at} 起才能签到。"
    en = "Check-in begins at {at}."
    status = 409


class SeatsTooFew(DomainError):
    code = "outreach.briefing.seats_too_few"
    zh = "已经有 {count} 位客户有座位，座位不能再少。"
    en = "{count} clients have a seat already; there cannot be fewer."
    field = "seats"


class NotesMissing(DomainError):
    code = "outreach.briefing.notes_missing"
    zh = "请写会议纪要，客户会看到。"
    en = "Write the notes; clients will read them."
    field = "notes"


class NobodyToCall(DomainError):
    code = "outreach.briefing.nobody_to_call"
    zh = "这一组没有客户，没有任务可派。"
    en = "Nobody is in this group: there is nothing to do."
    status = 409


class ClientNotFound(DomainError):
    code = "outreach.briefing.client_unknown"
    zh = "没有找到这个资金账号，或不是您能看的客户。"
    en = "There is no such fund account, or it is not a client that you may see."
    field = "account"
