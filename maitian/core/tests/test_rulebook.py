from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import MOMENT
from maitian.core import rule_words, rulebook
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker

pytestmark = pytest.mark.django_db
KEY = "outreach.caps.commercial_day"


def propose(value: object = 2, **more: object) -> object:
    facts = {
        "valid_from": timezone.now() + timedelta(hours=1),
        "basis": "营业部会议纪要 12 号",
        "maker": "member:1",
        **more,
    }
    return rulebook.propose(KEY, value, **facts)


def test_a_change_counts_from_its_time_and_not_before() -> None:
    rule = propose()
    rulebook.approve(rule.pk, "member:2")
    now = timezone.now()
    assert rulebook.at(now).get(KEY) == 1
    later = rulebook.at(now + timedelta(hours=2))
    assert later.get(KEY) == 2
    assert later.outreach.caps.commercial_day == 2
    assert later.version == rule.pk != rulebook.at(now).version


def test_the_maker_cannot_approve_and_nobody_approves_twice() -> None:
    rule = propose()
    with pytest.raises(SameMakerAndChecker):
        rulebook.approve(rule.pk, "member:1")
    rulebook.approve(rule.pk, "member:2")
    with pytest.raises(AlreadyDone):
        rulebook.approve(rule.pk, "member:3")


def test_what_waited_too_long_never_counts_backwards() -> None:
    rule = propose()
    rulebook.Rule.objects.filter(pk=rule.pk).update(valid_from=timezone.now() - timedelta(days=3))
    rulebook.approve(rule.pk, "member:2")
    assert rulebook.at(timezone.now() - timedelta(days=1)).get(KEY) == 1


@pytest.mark.parametrize(
    ("value", "more", "error"),
    [
        ("两条", {}, rulebook.RuleValueWrong),
        (-1, {}, rulebook.RuleValueWrong),
        (2, {"basis": " "}, rulebook.RuleBasisMissing),
        (2, {"valid_from": MOMENT - timedelta(days=1)}, rulebook.RuleInThePast),
    ],
)
def test_wrong_proposals_are_refused(value: object, more: dict, error: type) -> None:
    with pytest.raises(error):
        propose(value, **more)
    assert not rulebook.Rule.objects.filter(state="proposed").exists()


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("offerings.commission_max", "三", "要填不小于 0 的数"),
        ("offerings.commission_max", True, "要填不小于 0 的数"),
        ("staff.sign_in.attempts", 2.5, "要填不小于 0 的整数"),
        ("staff.sign_in.attempts", 10**30, "要填不小于 0 的整数"),
        ("outreach.gates.coverage", "", "要填文字"),
        ("outreach.quiet_windows.service", [], "要填至少一项的列表"),
        ("outreach.quiet_windows.service", [["08:00"]], "（第 1 项）要填至少一项的列表"),
        ("outreach.quiet_windows.service", [["08:00", "25:00"]], "（第 1 项 · 第 2 项）要填时刻，如 09:30"),
        ("suitability.bands", [[0, 20, 5]], "（第 1 项 · 第 3 项）要填文字"),
        ("suitability.questionnaire", [{"key": "a"}], "（第 1 项）要填和现在一样的各项"),
    ],
)
def test_a_value_keeps_the_shape_of_the_one_in_force(key: str, value: object, told: str) -> None:
    with pytest.raises(rulebook.RuleValueWrong) as caught:
        rulebook.propose(key, value, basis="x", maker="member:1")
    assert told in caught.value.sentence("zh-hans") and "takes" in caught.value.sentence("en")
    assert not rulebook.Rule.objects.filter(state="proposed").exists()


def test_one_proposal_of_a_rule_at_a_time() -> None:
    first = propose(2)
    with pytest.raises(rulebook.RuleOpen):
        propose(3, maker="member:2")
    second = propose(3)
    first.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "proposed")
    with pytest.raises(rulebook.RuleUnchanged):
        propose(1)
    with pytest.raises(rulebook.RuleReasonMissing):
        rulebook.refuse(second.pk, "member:2", "")
    rulebook.refuse(second.pk, "member:2", "没有依据原文")
    third = propose(4, valid_from=None)
    with pytest.raises(NotFound):
        rulebook.withdraw(third.pk, "member:2")
    rulebook.withdraw(third.pk, "member:1")
    assert rulebook.at().get(KEY) == 1


def test_without_a_time_it_counts_from_its_approval() -> None:
    rule = propose(5, valid_from=None)
    assert rulebook.at().get(KEY) == 1
    rulebook.approve(rule.pk, "member:2")
    assert rulebook.at().get(KEY) == 5


def test_every_area_and_unit_has_words() -> None:
    for book in ("brokerage", "wallpaper"):
        rules = rulebook.at(book=book)
        for key in rules.listed():
            assert key.split(".")[0] in rulebook.areas(), key
            unit = rules.rule(key).unit
            assert not unit or unit in rule_words.UNITS, f"{key}: {unit}"


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(rulebook.RuleMissing) as caught:
        rulebook.at().get("complaint.nothing")
    assert "complaint.nothing" in caught.value.sentence("en")


def test_the_shipped_book_is_complete() -> None:
    assert rulebook.check_command() == 0
