"""The yearly report of complaints: what came in a year, by everything that it is classified by, beside the year before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from maitian.desk.models import CaseChannel, Cause, Complaint, ComplaintKind, Letter, Severity
from maitian.desk.queries.access import NOT_NAMED
from maitian.desk.rules import report as rules
from maitian.desk.rules.report import Fact, Line, Overview
from maitian.desk.rules.states import Result
from maitian.staff.models import Centre, Member

FACTS = f"""
SELECT c.ref, p.reported_on, p.kind, p.severity, p.business, p.number, c.channel, p.department, p.reason, coalesce(g.code, ''), p.liability,
       p.remedy, CASE WHEN p.remedy_state IN ('approved', 'done') THEN coalesce(p.remedy_amount, 0) ELSE 0 END, p.accepted, c.result,
       c.opened_at, c.resolved_at, EXISTS (SELECT 1 FROM desk_clock k WHERE k.case_id = c.id AND k.kind = 'resolution' AND k.state = 'breached'),
       p.extended_days > 0, c.reopened, p.confirmation, c.satisfaction
  FROM desk_complaint p JOIN desk_case c ON c.id = p.case_id LEFT JOIN desk_cause g ON g.id = p.cause_id
 WHERE p.reported_on >= %s AND p.reported_on < %s AND c.branch_id = %s AND c.state <> 'merged' AND {NOT_NAMED}
 ORDER BY p.reported_on, c.id
"""
LETTERS = """
SELECT l.source, count(*), count(l.answered_at), count(*) FILTER (WHERE k.state = 'breached')
  FROM desk_letter l JOIN desk_case c ON c.id = l.case_id JOIN desk_clock k ON k.id = l.clock_id
 WHERE l.received_at >= %s::date AT TIME ZONE 'Asia/Shanghai' AND l.received_at < %s::date AT TIME ZONE 'Asia/Shanghai' AND c.branch_id = %s
 GROUP BY 1 ORDER BY 1
"""
ACTIONS = """
SELECT count(*), count(*) FILTER (WHERE trend), count(*) FILTER (WHERE state = 'effective') FROM desk_improvement
 WHERE made_at >= %s::date AT TIME ZONE 'Asia/Shanghai' AND made_at < %s::date AT TIME ZONE 'Asia/Shanghai' AND branch_id = %s
"""


@dataclass
class Table:
    """One part of the report: complaints by something."""

    title: str
    rows: list[tuple[str, Line]]


@dataclass
class Report:
    year: int
    now: Overview
    before: Overview
    tables: list[Table]
    letters: list[tuple[str, int, int, int]]  # source, received, answered, late
    actions: tuple[int, int, int]  # begun, of them from a trend, closed as effective
    facts: list[Fact]


def facts_of(member: Member, year: int) -> list[Fact]:
    """A row for each complaint that the branch got in that year (Asia/Shanghai), but for those that name the reader."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [date(year, 1, 1), date(year + 1, 1, 1), member.branch_id, member.pk])
        return [Fact(*row) for row in cursor.fetchall()]


def years(member: Member, this_year: int) -> list[int]:
    """The years that have complaints, and this one; the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT extract(year FROM p.reported_on)::int FROM desk_complaint p JOIN desk_case c ON c.id = p.case_id WHERE c.branch_id = %s",
            [member.branch_id],
        )
        return sorted({this_year, *(row[0] for row in cursor.fetchall())}, reverse=True)


def yearly(member: Member, year: int) -> Report:
    """The report of a year."""
    facts = facts_of(member, year)
    period: list[Any] = [date(year, 1, 1), date(year + 1, 1, 1), member.branch_id]
    with connection.cursor() as cursor:
        cursor.execute(LETTERS, period)
        letters = cursor.fetchall()
        cursor.execute(ACTIONS, period)
        actions = cursor.fetchone()
    sources = dict(Letter.Source.choices)
    causes = {cause.code: cause.title for cause in Cause.objects.all()}
    return Report(
        year, rules.overview(facts), rules.overview(facts_of(member, year - 1)), _tables(facts, causes),
        [(str(sources.get(source, source)), *rest) for source, *rest in letters], actions or (0, 0, 0), facts,
    )  # fmt: skip


def results() -> dict[str, str]:
    """How a complaint can have ended, in words."""
    return {
        Result.SOLVED: _("解决了"), Result.ANSWERED: _("答清楚了"), Result.REFUSED: _("不能办，讲明了原因"), Result.WITHDRAWN: _("客户撤回"),
    }  # fmt: skip


def _tables(facts: list[Fact], causes: dict[str, str]) -> list[Table]:
    found = [Table(_("按月份"), rules.by_month(facts))]
    for title, name, labels in (
        (_("按投诉类别"), "kind", dict(ComplaintKind.choices)), (_("按严重程度"), "severity", dict(Severity.choices)),
        (_("按业务"), "business", dict(Complaint.Business.choices)), (_("按人数"), "number", dict(Complaint.Number.choices)),
        (_("按来源"), "channel", dict(CaseChannel.choices)), (_("按责任部门"), "department", dict(Centre.choices)),
        (_("按原因"), "cause", causes), (_("按责任"), "liability", dict(Complaint.Liability.choices)),
        (_("按诉求是否合理"), "reason", dict(Complaint.Reason.choices)), (_("按补救"), "remedy", dict(Complaint.Remedy.choices)),
        (_("按结果"), "result", results()),
    ):  # fmt: skip
        rows = rules.lines(facts, lambda fact, name=name: getattr(fact, name), list(labels))  # type: ignore[misc]
        found.append(Table(title, [(str(labels.get(key, key) or _("还没填")), line) for key, line in rows]))
    return [table for table in found if table.rows]
