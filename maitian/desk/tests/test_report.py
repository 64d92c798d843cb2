"""The yearly report of complaints."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import complaints, moving, people, remedies, sweeping
from maitian.desk.models import Case, Complaint
from maitian.desk.rules.report import Fact, by_month, lines, overview


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def fact(**more: Any) -> Fact:
    given = {
        "ref": "C-1", "reported_on": date(2026, 3, 5), "kind": "business_error", "severity": "ordinary", "business": "trading",
        "number": "single", "channel": "portal", "department": "business",
    }  # fmt: skip
    return Fact(**{**given, **more})


def test_a_year_without_complaints_has_no_shares_and_no_days() -> None:
    found = overview([])
    assert (found.received, found.in_time, found.median_days, found.satisfaction) == (0, None, None, None)
    assert [line.received for _month, line in by_month([])] == [0] * 12


def test_the_overview_counts_each_complaint_once() -> None:
    found = overview(
        [
            fact(accepted=True, result="solved", opened_at=at("2026-03-05 10:00"), resolved_at=at("2026-03-08 10:00"), satisfaction=5,
                 confirmation="signed", amount=Decimal("12.40")),
            fact(accepted=True, result="answered", opened_at=at("2026-03-05 10:00"), resolved_at=at("2026-03-15 22:00"), late=True, satisfaction=2, extended=True, reopened=2),
            fact(accepted=False, result="refused", opened_at=at("2026-03-05 10:00"), resolved_at=at("2026-03-06 10:00"), confirmation="silent"),
            fact(),
        ]
    )  # fmt: skip
    assert (found.received, found.accepted, found.not_accepted, found.resolved, found.open) == (4, 2, 1, 3, 1)
    assert (found.late, found.in_time, found.extended, found.reopened, found.confirmed) == (1, 0.75, 1, 1, 1)
    assert (found.median_days, found.satisfaction, found.rated, found.amount) == (
        3.0,
        3.5,
        2,
        Decimal("12.40"),
    )
    assert dict(found.results) == {"solved": 1, "answered": 1, "refused": 1}


def test_lines_keep_the_order_of_the_classification_and_the_unknown_comes_last() -> None:
    found = lines([fact(cause=""), fact(cause="slip"), fact(cause="delay"), fact(cause="slip")], lambda f: f.cause, ["slip", "delay"])  # fmt: skip
    assert [(name, line.received) for name, line in found] == [("slip", 2), ("delay", 1), ("", 1)]


@pytest.fixture
def year(client: Any, member: Any, db: None) -> list[Case]:
    """Three complaints of 2026: one refunded and confirmed, one late without a result, one of the year before's last day."""
    cases = []
    for moment in ("2026-03-05 10:00", "2026-10-12 10:00", "2025-12-31 16:00"):
        made = complaints.open_complaint(
            branch=client.branch, client=client, complaint_kind="business_error", channel="portal", actor=client.actor,
            what="=HYPERLINK(\"x\") 账单的佣金不对", at=at(moment),
        )  # fmt: skip
        cases.append(made.case)
    Complaint.objects.filter(case=cases[2]).update(reported_on=date(2025, 12, 31))
    clerk = member("clerk1")
    case, when = cases[0], at("2026-03-06 10:00")
    complaints.accept(case_id=case.pk, by=clerk, accepted=True, at=when)
    complaints.record_finding(
        case_id=case.pk, by=clerk, finding="多收", cause="slip", liability="ours", at=when
    )
    complaints.classify(case_id=case.pk, by=clerk, reason="reasonable", at=when)
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="refund", amount="12.40", note="", at=when)
    remedies.carry_out(case_id=case.pk, by=clerk, reference="PZ-1", at=when)
    moving.resolve(
        case_id=case.pk,
        by=clerk,
        result="solved",
        body="已退回。",
        channel="portal",
        at=at("2026-03-09 10:00"),
    )
    sweeping.sweep()
    return cases


@pytest.mark.requirement("T4", "T5")
@pytest.mark.django_db
def test_the_report_of_a_year_on_the_page_as_pdf_and_as_workbook(
    year: list[Case], sign_in: Any, member: Any
) -> None:
    boss = member("boss")
    found = queries.report.yearly(boss, 2026)
    assert (found.now.received, found.now.resolved, found.now.late, found.before.received) == (2, 1, 1, 1)
    assert found.now.amount == Decimal("12.40") and found.now.median_days == 4.0
    browser = sign_in("boss")
    page = browser.get("/desk/complaint-report/?year=2026").content.decode()
    assert "2026 年度投诉处理报告" in page and "操作失误" in page and "12.40" in page
    answer = browser.post("/desk/complaint-report/2026/xlsx/")
    book = load_workbook(io.BytesIO(answer.content))
    assert [sheet.title for sheet in book.worksheets] == ["概况", "分类汇总", "明细"]
    rows = list(book["明细"].values)
    assert [row[0] for row in rows[1:]] == [year[0].ref, year[1].ref] and rows[1][10] == pytest.approx(12.4)
    everything = str([list(sheet.values) for sheet in book.worksheets])
    assert "陈" not in everything and "HYPERLINK" not in everything
    answer = browser.post("/desk/complaint-report/2026/pdf/")
    assert answer.content.startswith(b"%PDF-1.7") and answer["Content-Disposition"].endswith(
        'complaints-2026.pdf"'
    )
    taken = LedgerEntry.objects.filter(kind="complaint.report_exported").order_by("number")
    assert [row.facts["form"] for row in taken] == ["XLSX", "PDF"] and taken[0].actor == boss.actor
    for wrong in ("/desk/complaint-report/2026/csv/", "/desk/complaint-report/2099/pdf/", "/desk/complaint-report/1000/pdf/"):  # fmt: skip
        assert browser.post(wrong).status_code == 404
    assert sign_in("lead").get("/desk/complaint-report/").status_code == 403


@pytest.mark.django_db
def test_nobody_reads_in_the_report_of_a_complaint_that_names_him(year: list[Case], member: Any) -> None:
    boss, checker = member("boss"), member("checker")
    people.name_member(case_id=year[1].pk, by=checker, member_id=boss.pk)
    assert queries.report.yearly(boss, 2026).now.received == 1
    assert queries.report.yearly(checker, 2026).now.received == 2


@pytest.mark.django_db
def test_by_the_api(year: list[Case], api: Any) -> None:
    found = api("checker", "desk.letters")("GET", "/complaint-reports/2026").json()
    assert (found["received"], found["late"], found["amount"]) == (2, 1, "12.40")
    assert found["tables"][0]["rows"][2]["received"] == 1 and len(found["tables"][0]["rows"]) == 12
    assert api("lead", "desk.view")("GET", "/complaint-reports/2026").status_code == 403
