"""What business time refuses, in words."""

from maitian.core.errors import DomainError


class PastHorizon(DomainError):
    code = "core.calendar.past_horizon"
    zh = "交易日历只公布到 {horizon}，法规要求按交易日计算的期限不能往后推。请先导入新的日历。"
    en = "Trading days are published up to {horizon} only; a deadline that the law counts in trading days cannot go past it. Import the new calendar first."
    status = 409


class CalendarRowWrong(DomainError):
    code = "core.calendar.row_wrong"
    zh = "第 {line} 行：{why}"
    en = "Line {line}: {why_en}"
    field = "file"


class CalendarEmpty(DomainError):
    code = "core.calendar.file_empty"
    zh = "文件里没有日历行。要有表头 kind,day,open,note,source 和至少一行。"
    en = "The file has no calendar rows. It needs the head kind,day,open,note,source and at least one row."
    field = "file"


class CalendarUnknown(DomainError):
    code = "core.calendar.unknown"
    zh = "没有“{code}”这个日历。可以用的有：{known}。"
    en = "There is no calendar “{code}”. There are: {known}."


class CalendarGap(DomainError):
    code = "core.calendar.gap"
    zh = "{kind} 的 {given} 年之前还缺 {year} 年。请先导入 {year} 年，或一起放在文件里。"
    en = (
        "The year {year} of {kind} is missing before {given}. Import {year} first, or put both into the file."
    )
    field = "file"


class CalendarYearShort(DomainError):
    code = "core.calendar.year_short"
    zh = "{kind} 的 {year} 年只写了 {closed} 个周一到周五的休市日，一年至少有 {least} 个。请给出全年的休市日和调休。"
    en = "{kind} {year} closes only {closed} week days, and a year has at least {least}. Give the whole year's closed and make-up days."
    field = "file"


class CalendarReasonMissing(DomainError):
    code = "core.calendar.reason_missing"
    zh = "退回要写明理由，提交人会看到。"
    en = "Sending it back needs a reason; the maker will see it."
    field = "reason"
