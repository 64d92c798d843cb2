"""The yearly report of complaints as PDF and as a workbook, in the language of the page."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from maitian.core.pdf import paper
from maitian.core.time import shanghai
from maitian.desk.models import CaseChannel, Complaint, ComplaintKind, Severity
from maitian.desk.queries.report import Report, results
from maitian.staff.models import Branch, Centre


def _number(value: float | Decimal | None, unit: str = "") -> str:
    if value is None:
        return "–"
    text = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
    return text + unit


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.1f} %"


def overview_rows(report: Report) -> list[tuple[str, str, str]]:
    """(what, this year, the year before) as words."""
    now, before = report.now, report.before
    rows = [
        (_("收到投诉"), _number(now.received), _number(before.received)), (_("已受理"), _number(now.accepted), _number(before.accepted)),
        (_("没有受理"), _number(now.not_accepted), _number(before.not_accepted)), (_("已有结果"), _number(now.resolved), _number(before.resolved)),
        (_("还没有结果"), _number(now.open), _number(before.open)), (_("超过办结期限"), _number(now.late), _number(before.late)),
        (_("按期率"), _percent(now.in_time), _percent(before.in_time)), (_("书面延期过"), _number(now.extended), _number(before.extended)),
        (_("办结天数（中位数，自然日）"), _number(now.median_days), _number(before.median_days)),
        (_("重新处理过"), _number(now.reopened), _number(before.reopened)), (_("客户确认过结果"), _number(now.confirmed), _number(before.confirmed)),
        (_("满意度（1–5）"), _number(now.satisfaction), _number(before.satisfaction)), (_("评价的人"), _number(now.rated), _number(before.rated)),
        (_("退还和赔偿（元）"), _number(now.amount), _number(before.amount)),
    ]  # fmt: skip
    begun, trend, effective = report.actions
    rows.append((_("纠正预防：发起"), _number(begun), ""))
    rows.append((_("其中由趋势发起"), _number(trend), ""))
    rows.append((_("验证有效，已关闭"), _number(effective), ""))
    return rows


def columns() -> list[str]:
    return [_("件"), _("已有结果"), _("超时"), _("诉求合理"), _("金额（元）")]


def titles(report: Report, branch: Branch) -> tuple[str, str]:
    return _("%(year)s 年度投诉处理报告") % {"year": report.year}, branch.title


def as_pdf(report: Report, branch: Branch, *, at: datetime) -> bytes:
    title, subtitle = titles(report, branch)
    year = [_("项目"), str(report.year), str(report.year - 1)]
    parts: list[dict[str, Any]] = [
        {"title": _("概况"), "columns": year, "rows": [list(row) for row in overview_rows(report)]}
    ]
    for table in report.tables:
        rows = [
            [_month(label) if number == 0 else label, *map(str, (line.received, line.resolved, line.late, line.reasonable)), f"{line.amount:,.2f}"]
            for number, label, line in ((report.tables.index(table), label, line) for label, line in table.rows)
        ]  # fmt: skip
        parts.append({"title": table.title, "columns": ["", *columns()], "rows": rows})
    if report.letters:
        parts.append(
            {"title": _("监管来函"), "columns": ["", _("收到"), _("已答复"), _("超时")], "rows": [[str(v) for v in row] for row in report.letters]}
        )  # fmt: skip
    return paper(
        "desk/papers/report.typ",
        {
            "title": title,
            "subtitle": subtitle,
            "foot": f"{title} · {shanghai(at):%Y-%m-%d %H:%M}",
            "parts": parts,
        },
        at=at,
    )


def _month(label: str) -> str:
    return _("%(n)s 月") % {"n": int(label)}


def as_workbook(report: Report, branch: Branch, *, at: datetime) -> bytes:
    """Three sheets: the year, the tables, one row for each complaint. No name and no words of anybody, so no cell is a formula."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    title, subtitle = titles(report, branch)
    sheet.title = _("概况")
    sheet.append([title])
    sheet.append([subtitle, f"{shanghai(at):%Y-%m-%d %H:%M}"])
    sheet.append([_("项目"), str(report.year), str(report.year - 1)])
    for row in overview_rows(report):
        sheet.append(list(row))
    if report.letters:
        sheet.append([])
        sheet.append([_("监管来函"), _("收到"), _("已答复"), _("超时")])
        for letter in report.letters:
            sheet.append(list(letter))
    sheet["A1"].font = Font(bold=True, size=14)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    tables = book.create_sheet(_("分类汇总"))
    for number, table in enumerate(report.tables):
        tables.append([table.title, *columns()])
        for cell in tables[tables.max_row]:
            cell.font = Font(bold=True)
        for label, line in table.rows:
            shown = _month(label) if number == 0 else label
            tables.append([shown, line.received, line.resolved, line.late, line.reasonable, line.amount])
        tables.append([])
    _details(book.create_sheet(_("明细")), report)
    for each in book.worksheets:
        for column in range(1, each.max_column + 1):
            each.column_dimensions[get_column_letter(column)].width = 26 if column == 1 else 14
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _details(sheet: Any, report: Report) -> None:
    labels = (
        ("ref", _("编号"), {}), ("reported_on", _("来电日期"), {}), ("kind", _("投诉类别"), dict(ComplaintKind.choices)),
        ("severity", _("严重程度"), dict(Severity.choices)), ("business", _("业务"), dict(Complaint.Business.choices)),
        ("channel", _("渠道"), dict(CaseChannel.choices)), ("department", _("责任部门"), dict(Centre.choices)),
        ("reason", _("诉求"), dict(Complaint.Reason.choices)), ("liability", _("责任"), dict(Complaint.Liability.choices)),
        ("remedy", _("补救"), dict(Complaint.Remedy.choices)), ("amount", _("金额（元）"), {}), ("result", _("结果"), results()),
        ("resolved_at", _("有结果的时间"), {}), ("late", _("超时"), {True: _("是"), False: ""}), ("satisfaction", _("满意度"), {}),
    )  # fmt: skip
    sheet.append([title for _name, title, _words in labels])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"
    for fact in report.facts:
        row = []
        for name, _title, words in labels:
            value = getattr(fact, name)
            if name == "resolved_at":
                value = f"{shanghai(value):%Y-%m-%d %H:%M}" if value else ""
            row.append(str(words.get(value, value)) if words else value)
        sheet.append(row)
