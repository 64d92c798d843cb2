"""Every write of the library: drafts, maker and checker, publishing, reading."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import nh3
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone

from maitian.clients.models import Security
from maitian.core import ledger, rulebook, search
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.library.errors import (
    ChangedMeanwhile,
    FieldMissing,
    FieldTooLong,
    Frozen,
    PdfWrong,
    RiskMissing,
    UnknownIndustry,
    UnknownKind,
    UnknownSecurity,
)
from maitian.library.models import Report, ReportKind

TAGS = {
    "p",
    "br",
    "h2",
    "h3",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
FIELDS = (
    "title",
    "summary",
    "house",
    "author",
    "author_licence",
    "stars",
    "risk",
    "securities",
    "industries",
    "catalysts",
    "stages",
)


def clean(html: str) -> str:
    """Rich text with the few tags that a report needs; plain text becomes paragraphs."""
    if "<" not in html:
        html = "".join(f"<p>{line.strip()}</p>" for line in html.splitlines() if line.strip())
    return nh3.clean(html, tags=TAGS, attributes={})


def check_pdf(file: UploadedFile) -> int:
    """Pages of an uploaded PDF. Refuses what is too large, not a PDF, encrypted, or carries scripts."""
    import pypdf

    most = rulebook.at().library.pdf_megabytes
    if (file.size or 0) > most * 1024 * 1024:
        raise PdfWrong(why=f"超过 {most} MB。请压缩后再传。", why_en=f"it is larger than {most} MB.")
    content = file.read()
    file.seek(0)
    if not content.startswith(b"%PDF-"):
        raise PdfWrong(why="它不是 PDF 文件。", why_en="it is not a PDF file.")
    if b"/JavaScript" in content or b"/Launch" in content:
        raise PdfWrong(why="里面有脚本或启动命令。", why_en="it carries scripts or launch commands.")
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise PdfWrong(
                why="它加了密。请传没有密码的。", why_en="it is encrypted; send one without a password."
            )
        return len(reader.pages)
    except PdfWrong:
        raise
    except Exception:
        raise PdfWrong(why="文件已损坏，打不开。", why_en="it is damaged and does not open.") from None


def _check_lists(values: Mapping[str, Any]) -> None:
    known = set(
        Security.objects.filter(symbol__in=values.get("securities", [])).values_list("symbol", flat=True)
    )
    for symbol in values.get("securities", []):
        if symbol not in known:
            raise UnknownSecurity(symbol=symbol)
    industries = set(Security.objects.order_by().values_list("industry", flat=True).distinct())
    for name in values.get("industries", []):
        if name not in industries:
            raise UnknownIndustry(name=name, known="、".join(sorted(industries)[:6]))


LENGTHS = {
    "title": (160, "标题", "The title"), "summary": (500, "摘要", "The summary"), "house": (60, "研究机构", "The house"),
    "author": (60, "作者", "The author"), "author_licence": (40, "执业编号", "The licence number"),
    "body": (500_000, "正文", "The text"), "catalysts": (120, "催化剂", "A catalyst"), "stages": (120, "阶段", "A stage"),
}  # fmt: skip


def _check_lengths(values: Mapping[str, Any]) -> None:
    for name, (longest, zh, en) in LENGTHS.items():
        given = values.get(name) or ""
        if any(len(text) > longest for text in ([given] if isinstance(given, str) else given)):
            raise FieldTooLong(name, zh, en, longest)


@transaction.atomic
def attach_pdf(report_id: int, pdf: UploadedFile, *, actor: str) -> Report:
    """Put a PDF into a draft; it becomes a draft again when it was handed over already."""
    report = _locked(report_id)
    if report.state not in (Report.State.DRAFT, Report.State.SUBMITTED):
        raise Frozen(state=report.get_state_display())
    now = timezone.now()
    report.pdf_pages = check_pdf(pdf)
    report.pdf.save(f"{now:%Y%m%d%H%M%S%f}.pdf", pdf, save=False)
    report.state, report.maker, report.changed_at = Report.State.DRAFT, actor, now
    report.save()
    ledger.record(
        "report.saved", actor=actor, object_kind="report", object_id=report.pk, facts={"title": report.title}
    )
    return report


@transaction.atomic
def save_draft(
    report_id: int | None, *, values: Mapping[str, Any], actor: str, seen: datetime | None = None,
    pdf: UploadedFile | None = None,
) -> Report:  # fmt: skip
    """Keep a draft, complete or not. ``seen`` is the ``changed_at`` that the editor had open."""
    now = timezone.now()
    if report_id is None:
        report = Report(maker=actor, made_at=now)
    else:
        found = Report.objects.select_for_update().filter(pk=report_id).first()
        if found is None:
            raise NotFound()
        report = found
        if report.state not in (Report.State.DRAFT, Report.State.SUBMITTED):
            raise Frozen(state=report.get_state_display())
        # JSON carries thousandths of a second, the table millionths.
        if seen is not None and abs(report.changed_at - seen) >= timedelta(milliseconds=1):
            raise ChangedMeanwhile(name=_name(report.maker))
    if not str(values.get("title", "")).strip():
        raise FieldMissing("title", "标题", "Title")
    _check_lengths(values)
    _check_lists(values)
    for name in FIELDS:
        if name in values:
            setattr(report, name, values[name])
    if "kind" in values:
        report.kind = ReportKind.objects.filter(pk=values["kind"], family__isnull=False).first()
        if values["kind"] and report.kind is None:
            raise UnknownKind()
    if "body" in values:
        report.body = clean(values["body"])
    if pdf is not None:
        report.pdf_pages = check_pdf(pdf)
        report.pdf.save(f"{timezone.now():%Y%m%d%H%M%S%f}.pdf", pdf, save=False)
    report.state, report.maker, report.changed_at = Report.State.DRAFT, actor, now
    report.save()
    ledger.record(
        "report.saved", actor=actor, object_kind="report", object_id=report.pk, facts={"title": report.title}
    )
    return report


def _name(actor: str) -> str:
    from maitian.staff.queries import actor_names

    return actor_names({actor}).get(actor, actor)


def check_complete(report: Report) -> None:
    """What a report needs before anyone may check it."""
    if report.risk is None:
        raise RiskMissing()
    for name, given, zh, en in (
        ("kind", report.kind_id, "分类", "Kind"),
        ("stars", report.stars, "星级", "Stars"),
        ("house", report.house, "研究机构", "House"),
        ("author", report.author, "作者", "Author"),
        ("body", report.body or report.pdf, "正文或 PDF", "Text or PDF"),
    ):
        if not given:
            raise FieldMissing(name, zh, en)


@transaction.atomic
def submit(report_id: int, *, actor: str) -> Report:
    """Hand a draft to the checker."""
    report = _locked(report_id)
    if report.state != Report.State.DRAFT:
        raise AlreadyDone(state=report.get_state_display())
    check_complete(report)
    report.state, report.maker, report.changed_at = Report.State.SUBMITTED, actor, timezone.now()
    report.save(update_fields=["state", "maker", "changed_at"])
    ledger.record(
        "report.submitted",
        actor=actor,
        object_kind="report",
        object_id=report.pk,
        facts={"title": report.title},
    )
    return report


@transaction.atomic
def approve_and_publish(report_id: int, *, actor: str) -> Report:
    """Another person than the maker publishes; from now on the report is frozen and found by search."""
    report = _locked(report_id)
    if report.state != Report.State.SUBMITTED:
        raise AlreadyDone(state=report.get_state_display())
    if report.maker == actor:
        raise SameMakerAndChecker()
    check_complete(report)
    now = timezone.now()
    report.state, report.checker, report.published_at, report.changed_at = (
        Report.State.PUBLISHED,
        actor,
        now,
        now,
    )
    report.save(update_fields=["state", "checker", "published_at", "changed_at"])
    index([report.pk])
    ledger.record(
        "report.published",
        actor=actor,
        object_kind="report",
        object_id=report.pk,
        facts={"title": report.title},
    )
    return report


def index(report_ids: list[int]) -> None:
    """Write the search words of reports."""
    names = dict(Security.objects.values_list("symbol", "name"))
    rows = []
    for report in Report.objects.select_related("kind").filter(pk__in=report_ids):
        words = [
            report.title, report.summary, search.plain(report.body), report.house, report.author,
            report.kind.name if report.kind else "", *report.industries, *report.securities,
            *(names.get(symbol, "") for symbol in report.securities),
        ]  # fmt: skip
        rows.append((report.pk, search.document(words)))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE library_report r SET search = array_to_tsvector(string_to_array(n.words, ' ')) FROM"
            " unnest(%s::bigint[], %s::text[]) AS n(id, words) WHERE r.id = n.id",
            [[row[0] for row in rows], [row[1] for row in rows]],
        )


@transaction.atomic
def send_back(report_id: int, reason: str, *, actor: str) -> Report:
    """The checker returns a report with a reason."""
    report = _locked(report_id)
    if report.state != Report.State.SUBMITTED:
        raise AlreadyDone(state=report.get_state_display())
    if not reason.strip():
        raise FieldMissing("reason", "退回理由", "Reason")
    report.state, report.changed_at = Report.State.DRAFT, timezone.now()
    report.save(update_fields=["state", "changed_at"])
    ledger.record(
        "report.returned", actor=actor, object_kind="report", object_id=report.pk,
        facts={"title": report.title, "reason": reason.strip()[:300]},
    )  # fmt: skip
    return report


@transaction.atomic
def take_back(report_id: int, *, actor: str) -> Report:
    """Withdraw a published report: nobody can open it any more, the row stays."""
    report = _locked(report_id)
    if report.state != Report.State.PUBLISHED:
        raise AlreadyDone(state=report.get_state_display())
    report.state, report.changed_at = Report.State.WITHDRAWN, timezone.now()
    report.save(update_fields=["state", "changed_at"])
    ledger.record(
        "report.withdrawn",
        actor=actor,
        object_kind="report",
        object_id=report.pk,
        facts={"title": report.title},
    )
    return report


def record_reading(client_id: int, report: Report) -> None:
    """The client opened the report: once a day on the timeline."""
    from maitian.core.models import LedgerEntry

    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    seen = LedgerEntry.objects.filter(
        client_id=client_id, kind="report.read", object_kind="report", object_id=str(report.pk), at__gte=today
    ).exists()
    if not seen:
        ledger.record(
            "report.read", actor=f"client:{client_id}", client_id=client_id, object_kind="report", object_id=report.pk,
            facts={"title": report.title},
        )  # fmt: skip


def _locked(report_id: int) -> Report:
    report = Report.objects.select_for_update().filter(pk=report_id).first()
    if report is None:
        raise NotFound()
    return report
