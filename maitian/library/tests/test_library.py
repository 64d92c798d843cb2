from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.clients import importers
from maitian.core import search
from maitian.core.errors import AlreadyDone, SameMakerAndChecker
from maitian.library import actions, queries
from maitian.library.errors import (
    ChangedMeanwhile,
    FieldMissing,
    Frozen,
    PdfWrong,
    RiskMissing,
    UnknownIndustry,
    UnknownKind,
    UnknownSecurity,
)
from maitian.library.models import Announcement, Report, ReportKind

WORDS = st.text("证券并购重组行业银行白酒ABab12 ，", min_size=1, max_size=30)


@given(WORDS, st.text("证券并购重组行业银行白酒", min_size=2, max_size=2))
def test_two_characters_are_found_exactly_when_they_stand_together(text: str, word: str) -> None:
    stored, asked = set(search.search_terms(text)), set(search.query_terms(word))
    assert (asked <= stored) == (word in text)


@given(WORDS)
def test_a_text_is_found_by_itself(text: str) -> None:
    assert set(search.query_terms(text)) <= set(search.search_terms(text))


@pytest.mark.django_db
@settings(max_examples=20, deadline=None)
@given(st.text("投资证券并购白酒银行现金流券商", min_size=2, max_size=2))
def test_the_library_finds_what_a_reader_would(word: str) -> None:
    shown = Report.objects.filter(state="published")
    found = set(queries.found(shown, word).values_list("pk", flat=True))
    names = {
        r.pk: " ".join(
            [r.title, r.summary, search.plain(r.body), r.house, r.author, r.kind.name, *r.industries]
        )
        for r in shown.select_related("kind")
    }
    assert {pk for pk, text in names.items() if word in text} <= found


@pytest.mark.django_db
def test_search_stands_on_its_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM library_report WHERE search @@ '''并购'''::tsquery")
        assert "report_search" in str(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.requirement("G6.1")
def test_the_taxonomy_is_whole() -> None:
    families = {f.code: f.kinds.count() for f in ReportKind.objects.filter(family=None)}
    assert families == {
        "macro": 3, "strategy": 4, "industry": 6, "company": 7, "equity": 2, "bond": 3, "fund": 2, "quant": 5, "dynamics": 2, "journal": 2, "express": 1,
    }  # fmt: skip
    assert ReportKind.objects.get(pk="industry.event").path == "行业研究 / 重大事件快评"


def full(**more: object) -> dict[str, object]:
    return {
        "title": "测",
        "kind": "company.event",
        "stars": 3,
        "risk": 3,
        "house": "麦田研究所",
        "author": "康明",
        "body": "正文",
        **more,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "error", "code"),
    [
        (full(risk=None), RiskMissing, "library.report.risk_missing"),
        (full(stars=None), FieldMissing, "library.report.field_missing"),
        (full(body=""), FieldMissing, "library.report.field_missing"),
        (full(title=" "), FieldMissing, "library.report.field_missing"),
        (full(securities=["999999"]), UnknownSecurity, "library.report.unknown_security"),
        (full(industries=["点心"]), UnknownIndustry, "library.report.unknown_industry"),
        (full(kind="company"), UnknownKind, "library.report.unknown_kind"),
    ],
)
def test_incomplete_reports_are_refused_with_their_own_code(member, values, error, code) -> None:
    editor = member("editor").actor
    before = Report.objects.filter(state="submitted").count()
    with pytest.raises(error) as caught:
        made = actions.save_draft(None, values=values, actor=editor)
        actions.submit(made.pk, actor=editor)
    assert caught.value.code == code and caught.value.sentence("en") and caught.value.sentence("zh-hans")
    assert Report.objects.filter(state="submitted").count() == before


@pytest.mark.django_db
def test_publishing_takes_two_people_and_freezes(member, published) -> None:
    with pytest.raises(Frozen):
        actions.save_draft(published.pk, values=full(), actor=member("editor").actor)
    with pytest.raises(AlreadyDone):
        actions.approve_and_publish(published.pk, actor=member("checker").actor)
    draft = actions.save_draft(None, values=full(), actor=member("checker").actor)
    actions.submit(draft.pk, actor=member("checker").actor)
    with pytest.raises(SameMakerAndChecker):
        actions.approve_and_publish(draft.pk, actor=member("checker").actor)


@pytest.mark.django_db
def test_two_editors_at_once(member) -> None:
    draft = actions.save_draft(None, values=full(), actor=member("editor").actor)
    seen = draft.changed_at
    actions.save_draft(draft.pk, values=full(title="甲改"), actor=member("editor").actor, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        actions.save_draft(draft.pk, values=full(title="乙改"), actor=member("campaign").actor, seen=seen)
    draft.refresh_from_db()
    assert draft.title == "甲改"


@pytest.mark.django_db
def test_rich_text_is_cleaned(member) -> None:
    made = actions.save_draft(
        None,
        values=full(body='<p onclick="x()">好<script>alert(1)</script><img src=x></p>'),
        actor="member:1",
    )
    assert made.body == "<p>好</p>"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"MZ\x90", b"%PDF-1.4 broken", b"%PDF-1.4 /JavaScript (x)", b""])
def test_wrong_pdfs_are_refused(content: bytes) -> None:
    with pytest.raises(PdfWrong):
        actions.check_pdf(SimpleUploadedFile("r.pdf", content))


@pytest.mark.django_db
def test_a_good_pdf_is_counted() -> None:
    from pypdf import PdfWriter

    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_blank_page(100, 100)
    writer.write(out)
    assert actions.check_pdf(SimpleUploadedFile("r.pdf", out.getvalue())) == 2


@pytest.mark.django_db
def test_an_announcement_of_an_unknown_stock_is_refused_and_the_others_are_stored() -> None:
    content = "reference,symbol,kind,title,at\nA1,002500,停牌,公告,2026-11-24 09:00\nA2,999999,停牌,公告,2026-11-24 09:00\n".encode()
    found = importers.run("announcements", content, "a.csv", actor="system:import")
    assert (found.rows_in, found.stored) == (2, 1)
    assert [(r.line, r.code) for r in found.refused] == [(3, "library.announcement.unknown_security")]
    assert (
        Announcement.objects.filter(reference="A1").exists()
        and not Announcement.objects.filter(reference="A2").exists()
    )


@pytest.mark.django_db
def test_what_a_client_sees_of_a_report(published, story) -> None:
    wisdom, channel, brocade, lowest, _no_sms = (queries.read(client, published.pk) for client in story)
    assert wisdom.open and brocade.open
    assert not channel.entitled and channel.needs.code == "gold_wisdom"
    assert lowest.entitled and not lowest.open and not lowest.on_request


@pytest.mark.django_db
def test_above_the_class_only_after_a_warning(published, story, sign_in) -> None:
    from maitian.clients.models import Client

    Client.objects.filter(pk=story[0]).update(risk_class=2)  # C1, report R3
    browser = sign_in(story[0])
    page = browser.get(f"/portal/reports/{published.pk}/").content.decode()
    assert 'name="understood"' in page and 'id="full-text"' not in page
    assert (
        'id="full-text"'
        in browser.post(f"/portal/reports/{published.pk}/", {"understood": "1"}).content.decode()
    )
    lowest = sign_in(story[3]).post(f"/portal/reports/{published.pk}/", {"understood": "1"}).content.decode()
    assert 'id="full-text"' not in lowest and "最低类别" in lowest
