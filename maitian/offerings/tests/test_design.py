"""Designing levels by clicks: proposed by one, approved by another, felt by clients only then (G8)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from maitian.clients.models import Client
from maitian.core.errors import AlreadyDone, DomainError, NotFound, SameMakerAndChecker
from maitian.offerings import actions, queries, rules, words
from maitian.offerings.errors import (
    ContainsItself,
    ContentWrong,
    DesignOpen,
    FieldWrong,
    LevelUsed,
    NothingInIt,
    RateOutside,
    ReasonNeeded,
)
from maitian.offerings.models import LevelContent, LevelDesign, ServiceLevel

pytestmark = pytest.mark.django_db


def values(**more: object) -> dict[str, object]:
    return {
        "name": "金麦穗", "name_en": "Gold Ear", "commission_rate": "2.10", "rank": "4", "suggested_assets": "0",
        "contains": "", **more,
    }  # fmt: skip


ONE = [("topic", "service_notice", 1)]
FORM = {
    "name": "金麦穗", "name_en": "Gold Ear", "commission_rate": "2.10", "rank": "4", "suggested_assets": "50000",
    "kind-industry": "3", "kind-company.visit": "5", "topic-report_published-1": "on", "topic-report_published-4": "on",
    "adviser": "on", "quota-consultation": "4", "contains": "gold_channel",
}  # fmt: skip


def wisdom(**more: object) -> dict[str, object]:
    level = queries.level("gold_wisdom")
    return {
        "name": level.name, "name_en": level.name_en, "commission_rate": level.commission_rate, "rank": level.rank,
        "suggested_assets": level.suggested_assets, "contains": "gold_channel", **more,
    }  # fmt: skip


@pytest.mark.requirement("G8")
def test_a_new_level_by_clicks(member, sign_in) -> None:
    boss, checker = sign_in("boss"), sign_in("checker")
    assert "设计新级别" in boss.get("/levels/").content.decode()
    answer = boss.post("/levels/new/", FORM)
    made = LevelDesign.objects.get(code="gold_ear")
    assert answer.status_code == 302 and answer.url == f"/levels/designs/{made.pk}/"
    assert not ServiceLevel.objects.filter(code="gold_ear").exists()
    assert 4 not in queries.covering("report_published", "industry.event", 3)
    assert boss.post(f"/levels/designs/{made.pk}/approve/").status_code == 409
    page = checker.get(answer.url).content.decode()
    assert "新级别" in page and "调研报告，5 星以内" in page and "同意，现在生效" in page
    assert "等复核的设计" in checker.get("/levels/").content.decode()
    assert checker.post(f"/levels/designs/{made.pk}/approve/").status_code == 302
    assert queries.covering("report_published", "industry.event", 3)[4] == 5
    level = queries.level("gold_ear")
    assert rules.reads(level.everything, "dynamics.morning", 2)  # from Gold Channel
    assert rules.reads(level.everything, "company.visit", 5) and not rules.reads(
        level.everything, "company.depth", 1
    )
    told = [row["text"] for row in words.described(level.everything)]
    assert "投资咨询每月 4 次" in told and "专属投资顾问" in told and "新研究报告：收件箱、邮件" in told
    own_page = boss.get("/levels/gold_ear/").content.decode()
    assert "还有金通道的全部" in own_page and "第 1 版" in own_page


@pytest.mark.requirement("G8", "G4")
def test_a_change_is_felt_only_after_approval(member, story) -> None:
    """Clients of a level lose nothing while its change waits, and gain nothing unapproved."""
    before = queries.covering("report_published", "industry.event", 4)
    assert rules.reads(queries.level_of(story[0]).everything, "macro.domestic", 4)
    wider = [("report_kind", "industry", 5), ("topic", "report_published", 1)]
    made = actions.propose_design("gold_wisdom", values=wisdom(), contents=wider, actor=member("boss").actor)
    assert queries.covering("report_published", "industry.event", 4) == before
    assert queries.covering("report_published", "industry.event", 5) == {3: 7}
    assert rules.reads(queries.level_of(story[0]).everything, "macro.domestic", 4)
    actions.approve_design(made.pk, actor=member("checker").actor)
    assert queries.covering("report_published", "industry.event", 5) == {2: 1, 3: 7}
    assert queries.level("gold_wisdom").version == made.version == 2
    assert not rules.reads(queries.level_of(story[0]).everything, "macro.domestic", 4)
    first = LevelDesign.objects.get(code="gold_wisdom", version=1)
    assert ["quota", "consultation", 2] in first.contents and first.state == "approved"
    assert Client.objects.get(pk=story[0]).accounts.first().commission_rate == Decimal("2.40")


def test_differences_are_told_in_words(member) -> None:
    made = actions.propose_design(
        "gold_wisdom", values=wisdom(commission_rate="2.50", slogan="新的一句"), actor=member("boss").actor,
        contents=[("report_kind", "industry", 5), ("topic", "report_published", 1)],
    )  # fmt: skip
    found = {
        row["label"]: (row["before"], row["after"])
        for row in words.differences(
            made, ServiceLevel.objects.get(code="gold_wisdom"), queries.own_contents("gold_wisdom")
        )
    }
    assert found["佣金率"] == ("2.4‰", "2.5‰")
    assert found["行业研究"] == ("行业研究，4 星以内", "行业研究，5 星以内")
    assert found["宏观研究"] == ("宏观研究，4 星以内", "去掉")
    assert found["新研究报告"] == ("新研究报告：收件箱、短信、邮件", "新研究报告：收件箱")
    assert "建议资产（元）" not in found and "名称" not in found


def test_sent_back_with_a_reason_or_taken_back(member, sign_in) -> None:
    boss, checker = member("boss").actor, member("checker").actor
    before = list(ServiceLevel.objects.order_by("pk").values())
    made = actions.propose_design("gold_wisdom", values=wisdom(name="别名"), contents=ONE, actor=boss)
    with pytest.raises(SameMakerAndChecker):
        actions.approve_design(made.pk, actor=boss)
    with pytest.raises(ReasonNeeded):
        actions.refuse_design(made.pk, reason=" ", actor=checker)
    assert (
        sign_in("checker").post(f"/levels/designs/{made.pk}/refuse/", {"reason": "名字不对"}).status_code
        == 302
    )
    assert "名字不对" in sign_in("boss").get(f"/levels/designs/{made.pk}/").content.decode()
    with pytest.raises(AlreadyDone):
        actions.approve_design(made.pk, actor=checker)
    again = actions.propose_design("gold_wisdom", values=wisdom(), contents=ONE, actor=boss)
    assert again.version == made.version + 1
    with pytest.raises(NotFound):
        actions.withdraw_design(again.pk, actor=checker)
    assert sign_in("boss").post(f"/levels/designs/{again.pk}/withdraw/").status_code == 302
    assert list(ServiceLevel.objects.order_by("pk").values()) == before


def test_one_proposal_at_a_time(member) -> None:
    first = actions.propose_design("gold_wisdom", values=wisdom(), contents=ONE, actor="member:1")
    with pytest.raises(DesignOpen):
        actions.propose_design("gold_wisdom", values=wisdom(), contents=ONE, actor="member:2")
    second = actions.propose_design("gold_wisdom", values=wisdom(), contents=ONE, actor="member:1")
    first.refresh_from_db()
    assert first.state == "withdrawn" and second.state == "submitted"
    with pytest.raises(IntegrityError), transaction.atomic():
        LevelDesign.objects.create(
            code="gold_wisdom", version=99, values={}, contents=[], maker="member:9", made_at=second.made_at
        )


@pytest.mark.parametrize(
    ("code", "more", "contents", "error", "field"),
    [
        ("ear", {"commission_rate": "3.01"}, ONE, RateOutside, "commission_rate"),
        ("ear", {"commission_rate": "1.79"}, ONE, RateOutside, "commission_rate"),
        ("ear", {"commission_rate": "2.005"}, ONE, RateOutside, "commission_rate"),
        ("ear", {"commission_rate": "NaN"}, ONE, FieldWrong, "commission_rate"),
        ("ear", {"commission_rate": ""}, ONE, FieldWrong, "commission_rate"),
        ("ear", {"suggested_assets": "-1"}, ONE, FieldWrong, "suggested_assets"),
        ("ear", {"suggested_assets": "1e30"}, ONE, FieldWrong, "suggested_assets"),
        ("ear", {"rank": "2"}, ONE, FieldWrong, "rank"),
        ("ear", {"rank": "0"}, ONE, FieldWrong, "rank"),
        ("ear", {"rank": "1.5"}, ONE, FieldWrong, "rank"),
        ("gold_wisdom", {"rank": "7"}, ONE, FieldWrong, "rank"),
        ("ear", {"name": " "}, ONE, FieldWrong, "name"),
        ("ear", {"name": "长" * 31}, ONE, FieldWrong, "name"),
        ("ear", {"description": "x" * 2001}, ONE, FieldWrong, "description"),
        ("ear", {"contains": "nothing"}, ONE, FieldWrong, "contains"),
        ("Ear!", {}, ONE, FieldWrong, "code"),
        ("ear", {}, [], NothingInIt, "contents"),
        ("ear", {}, [("topic", "nothing", 1)], ContentWrong, "contents"),
        ("ear", {}, [("topic", "service_notice", 16)], ContentWrong, "contents"),
        ("ear", {}, [("report_kind", "industry", 6)], ContentWrong, "contents"),
        ("ear", {}, [("report_kind", "nothing", 1)], ContentWrong, "contents"),
        ("ear", {}, [("quota", "consultation", -1)], ContentWrong, "contents"),
        ("ear", {}, [("magic", "x", 1)], ContentWrong, "contents"),
        ("gold_channel", {"contains": "gold_channel", "rank": "1"}, ONE, ContainsItself, "contains"),
        ("gold_channel", {"contains": "gold_brocade", "rank": "1"}, ONE, ContainsItself, "contains"),
    ],
)  # fmt: skip
def test_wrong_designs_are_refused_and_nothing_is_stored(code, more, contents, error, field) -> None:
    before = LevelDesign.objects.count()
    with pytest.raises(error) as caught:
        actions.propose_design(code, values=values(**more), contents=contents, actor="member:1")
    assert caught.value.code.startswith("offerings.level.") and caught.value.field == field
    assert caught.value.sentence("zh-hans") != caught.value.sentence("en")
    assert LevelDesign.objects.count() == before and ServiceLevel.objects.count() == 3


def test_what_became_wrong_while_it_waited_is_refused_at_approval(member) -> None:
    """Gold Wisdom waits to contain Gold Brocade, which already contains it: the circle shows when it is approved."""
    LevelDesign.objects.filter(code="gold_wisdom", version=1).update(state="withdrawn")
    waiting = LevelDesign.objects.create(
        code="gold_wisdom", version=5, contents=[list(ONE[0])], maker="member:1", made_at=ServiceLevel.objects.first().changed_at,
        values={**wisdom(contains="gold_brocade"), "commission_rate": "2.40", "suggested_assets": "0"},
    )  # fmt: skip
    with pytest.raises(ContainsItself):
        actions.approve_design(waiting.pk, actor="member:2")
    assert LevelContent.objects.filter(level__code="gold_wisdom").count() > 5


def test_the_form_keeps_what_was_typed_and_points_at_the_field(sign_in) -> None:
    answer = sign_in("boss").post("/levels/new/", {**FORM, "commission_rate": "3.5"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "3.5‰ 不在 1.8‰ 到 3.0‰ 之间" in page
    assert 'aria-invalid="true"' in page and 'value="金麦穗"' in page and 'value="4"' in page
    nothing = sign_in("boss").post(
        "/levels/new/", {k: v for k, v in FORM.items() if "-" not in k and k not in ("contains", "adviser")}
    )
    assert nothing.status_code == 422 and "至少选一类报告" in nothing.content.decode()


def test_a_level_in_use_is_not_retired(member, sign_in) -> None:
    with pytest.raises(LevelUsed) as caught:
        actions.propose_retirement("gold_channel", actor=member("boss").actor)
    assert caught.value.status == 409
    made = actions.propose_design("gold_ear", values=values(), contents=ONE, actor=member("boss").actor)
    actions.approve_design(made.pk, actor=member("checker").actor)
    answer = sign_in("boss").post("/levels/gold_ear/retire/")
    leaving = LevelDesign.objects.get(code="gold_ear", retires=True)
    assert answer.url == f"/levels/designs/{leaving.pk}/" and queries.level("gold_ear").state == "active"
    actions.approve_design(leaving.pk, actor=member("checker").actor)
    assert queries.level("gold_ear").state == "retired"
    assert 4 not in {level.rank for level in queries.levels()}
    with pytest.raises(DomainError):
        actions.propose_retirement("gold_ear", actor=member("boss").actor)
