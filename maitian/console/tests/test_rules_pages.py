"""Changing a rule and a calendar by clicks: no JSON, maker and checker, everything typed is kept."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from maitian.core import rulebook, shapes
from maitian.core import time as business_time
from maitian.core.models import CalendarImport, Rule
from maitian.core.tests.test_time import year_2027

pytestmark = pytest.mark.django_db
MAX = "/rulebook/brokerage/offerings.commission_max/"
QUESTIONS = "/rulebook/brokerage/suitability.questionnaire/"


def fields(node: shapes.Node) -> dict[str, str]:
    if node.is_leaf:
        return {node.path: node.text}
    return {name: text for child in node.children for name, text in fields(child).items()}


def form(key: str) -> dict[str, str]:
    return {
        **fields(shapes.tree(rulebook.at().get(key))),
        "when": "approved",
        "basis": "营业部会议纪要 12 号",
    }


def test_a_number_is_changed_by_one_and_approved_by_another(sign_in) -> None:
    boss, checker = sign_in("boss"), sign_in("checker")
    assert boss.post(MAX, {"v": "2.9", "when": "approved", "basis": "纪要"}).status_code == 302
    made = Rule.objects.get(key="offerings.commission_max", state="proposed")
    assert "改为 2.9‰" in checker.get("/rulebook/").content.decode()
    assert "收回" in boss.get(MAX).content.decode()
    assert boss.post(f"/rulebook/decide/{made.pk}/approve/").status_code == 403
    assert checker.post(f"/rulebook/decide/{made.pk}/refuse/", {"reason": ""}).status_code == 422
    assert checker.post(f"/rulebook/decide/{made.pk}/approve/").status_code == 302
    assert rulebook.at().offerings.commission_max == 2.9


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"v": "三"}, "要填不小于 0 的数，现在填的是“三”"),
        ({"v": ""}, "要填不小于 0 的数"),
        ({"v": "2.9", "basis": ""}, "请写明依据"),
        ({"v": "2.9", "when": "at", "valid_from": "下周"}, "生效时间“下周”"),
        ({"v": "2.9", "when": "at", "valid_from": "2020-01-01T00:00"}, "生效时间已经过去"),
        ({"v": "1"}, "最低佣金率 1.8‰ 不能高过最高佣金率 1‰"),
        ({"v": "3"}, "和现在的值一样"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(sign_in, sent, told) -> None:
    answer = sign_in("boss").post(MAX, {"when": "approved", "basis": "纪要 7", **sent})
    page = answer.content.decode()
    assert answer.status_code == 422 and told in page
    assert f'value="{sent["v"]}"' in page and (sent.get("basis") == "" or 'value="纪要 7"' in page)
    assert not Rule.objects.filter(state="proposed").exists()


@pytest.mark.requirement("T1")
def test_the_questionnaire_is_edited_question_by_question(sign_in) -> None:
    boss = sign_in("boss")
    data = form("suitability.questionnaire")
    more = boss.post(QUESTIONS, {**data, "more": "v.0.options"})
    assert more.status_code == 200 and 'name="v.0.options.4.zh"' in more.content.decode()
    assert not Rule.objects.filter(state="proposed").exists()
    data |= {
        "v.0.options.4.zh": "租金",
        "v.0.options.4.en": "Rent",
        "v.0.options.4.key": "rent",
        "v.0.options.4.points": "4",
    }
    unfit = boss.post(QUESTIONS, {**data, "v.0.options.4.key": "wages"})
    assert unfit.status_code == 422 and "第 1 题要有至少两个代码不同的选项" in unfit.content.decode()
    gone = boss.post(QUESTIONS, {**data, "out.v.9": "on"})
    assert "“loss=none”不是问卷里的选项" in gone.content.decode()
    assert boss.post(QUESTIONS, data).status_code == 302
    made = Rule.objects.get(key="suitability.questionnaire", state="proposed")
    assert len(made.value) == 12
    assert made.value[0]["options"][4] == {"key": "rent", "zh": "租金", "en": "Rent", "points": 4}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"v.1.0": "22"}, "分档要从 21 分接着往上"),
        ({"v.4.1": "99"}, "分档要到 100 分为止"),
        ({"v.2.2": "C9"}, "没有“C9”这一类"),
    ],
)
def test_bands_must_cover_every_score(sign_in, changes, told) -> None:
    answer = sign_in("boss").post(
        "/rulebook/brokerage/suitability.bands/", form("suitability.bands") | changes
    )
    assert answer.status_code == 422 and told in answer.content.decode()


def test_hours_get_another_interval(sign_in) -> None:
    data = form("outreach.quiet_windows.service") | {"v.0.1": "12:00", "v.1.0": "14:00", "v.1.1": "21:00"}
    assert (
        sign_in("boss").post("/rulebook/brokerage/outreach.quiet_windows.service/", data).status_code == 302
    )
    made = Rule.objects.get(key="outreach.quiet_windows.service", state="proposed")
    assert made.value == [["08:00", "12:00"], ["14:00", "21:00"]]


def test_unknown_books_and_rules_are_not_found(sign_in) -> None:
    for path in ("/rulebook/?book=nothing", "/rulebook/nothing/x/", "/rulebook/brokerage/no.such/"):
        assert sign_in("boss").get(path).status_code == 404


def test_a_year_is_downloaded_corrected_sent_and_approved(sign_in) -> None:
    boss, checker = sign_in("boss"), sign_in("checker")
    present = boss.get("/calendar/2026.csv").content.decode("utf-8-sig")
    assert "work,2026-10-10,1,调休上班" in present and "trading,2026-10-01,0" in present
    wrong = boss.post(
        "/calendar/", {"file": SimpleUploadedFile("x.csv", b"kind,day,open\nwork,2027-13-01,1\n")}
    )
    assert wrong.status_code == 422 and "第 2 行" in wrong.content.decode()
    assert boss.post("/calendar/").status_code == 422
    sent = boss.post("/calendar/", {"file": SimpleUploadedFile("2027.csv", year_2027().encode("gb18030"))})
    made = CalendarImport.objects.get(state="proposed")
    assert sent.url == f"/calendar/{made.pk}/"
    page = checker.get(sent.url).content.decode()
    assert "2027-02-08" in page and "同意启用" in page
    assert boss.post(f"/calendar/{made.pk}/approve/").status_code == 403
    assert checker.post(f"/calendar/{made.pk}/approve/").status_code == 302
    assert business_time.horizon() == date(2027, 12, 31)
    assert "节" in boss.get("/calendar/?year=2026").content.decode()
