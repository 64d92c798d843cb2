"""The complaint form 客户投诉处理单 as a paper: the source's fields, what was answered, and the client's signature.

It is in Chinese whatever language the page has: it is the branch's record and the client's paper.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import translation

from maitian.core.pdf import paper
from maitian.core.time import shanghai
from maitian.desk.models import Case, Complaint, Entry
from maitian.desk.queries.base import family

Rows = list[tuple[str, str]]


def result_words(case: Case) -> Entry | None:
    """The answer with the definite result that the client was given last."""
    found = Entry.objects.filter(case_id__in=family(case.pk), kind=Entry.Kind.REPLY, facts__has_key="result")
    return found.order_by("-pk").first()


def complaint_form(case: Case, complaint: Complaint, *, at: datetime, signature: str = "") -> bytes:
    """The form as PDF. With ``signature`` it carries the client's electronic signature of this moment, else lines."""
    with translation.override("zh-hans"):
        return paper(
            "desk/papers/form.typ",
            {
                "title": "客户投诉处理单",
                "subtitle": f"编号 {case.ref} · {case.branch.name}",
                "foot": f"{case.ref} · {shanghai(at):%Y-%m-%d %H:%M}",
                "parts": [
                    {"title": "投诉人", "rows": _who(case, complaint)},
                    {"title": "投诉反馈的内容", "rows": _what(complaint)},
                    {"title": "处理", "rows": _done(case, complaint)},
                ],
                "sign": {
                    "title": "客户确认",
                    "words": "我已了解以上处理结果。",
                    "label": "客户签名",
                    "date": "日期",
                    "name": signature,
                    "at": f"{shanghai(at):%Y-%m-%d %H:%M}",
                    "how": "本人登录客户端，键入姓名作为电子签名。",
                },
            },
            at=at,
        )


def _who(case: Case, complaint: Complaint) -> Rows:
    account = complaint.account or f"还不是客户，{complaint.identity!s}"
    return [
        ("姓名", str(complaint.name)), ("客户账号", account), ("电话", str(complaint.phone) or "–"),
        ("来电日期", f"{complaint.reported_on:%Y-%m-%d}"), ("渠道", str(case.get_channel_display())),
    ]  # fmt: skip


def _what(complaint: Complaint) -> Rows:
    return [
        ("类别", f"{complaint.get_kind_display()}，{complaint.get_severity_display()}"),
        ("时间", complaint.happened or "–"), ("涉及的人", complaint.people or "–"), ("反馈内容", complaint.what),
        ("所需服务", complaint.wanted or "–"), ("特别要求", complaint.special or "–"),
    ]  # fmt: skip


def _done(case: Case, complaint: Complaint) -> Rows:
    told = result_words(case)
    rows = [
        ("责任部门", str(complaint.get_department_display())),
        ("答复要点", complaint.answer_points or "–"),
    ]
    if told is not None:
        rows.append((f"{shanghai(told.at):%Y-%m-%d} 答复", told.body))
    if complaint.remedy:
        amount = f" {complaint.remedy_amount:,.2f} 元" if complaint.remedy_amount else ""
        rows.append(("补救", f"{complaint.get_remedy_display()}{amount}"))
    if case.responsible is not None:
        rows.append(("责任人", case.responsible.name))
    return rows
