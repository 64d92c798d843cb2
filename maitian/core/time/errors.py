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
