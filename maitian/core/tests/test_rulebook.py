from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conftest import MOMENT
from maitian.core import rulebook
from maitian.core.errors import AlreadyDone, SameMakerAndChecker

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


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(rulebook.RuleMissing) as caught:
        rulebook.at().get("complaint.nothing")
    assert "complaint.nothing" in caught.value.sentence("en")


def test_the_shipped_book_is_complete() -> None:
    assert rulebook.check_command() == 0
