"""What a list of routing rules may say, judged beside a slow reference: a rule that never has its turn is named."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.desk.rules import routes, routing

KNOWN = routes.Known(
    kinds={"enquiry": ("咨询", "Enquiry", True), "complaint": ("投诉", "Complaint", True), "old": ("旧类", "Old kind", False)},
    complaints=frozenset({"complaint"}), staffed={"service": 3, "business": 2, "wealth": 0}, colleagues=frozenset({7}),
    channels=frozenset({"phone", "portal"}), levels=frozenset({0, 1, 2}), complaint_kinds=frozenset({"slip", "leak"}), severities=frozenset({"grave"}),
)  # fmt: skip


def rule(number: int, conditions: dict[str, Any], team: str = "service", **more: Any) -> dict[str, Any]:
    return {
        "name": f"规则{number}",
        "name_en": f"Rule {number}",
        "conditions": conditions,
        "team": team,
        **more,
    }


def faults(*rules: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (f.place, f.what) for f in routes.faults(routes.tidy({"rules": copy.deepcopy(list(rules))}), KNOWN)
    ]


@pytest.mark.requirement("T6")
def test_a_sound_list_has_no_faults_and_its_rules_get_keys() -> None:
    listed = [
        rule(1, {"kinds": ["complaint"], "complaint_kinds": ["slip"]}, "business"),
        rule(2, {"kinds": ["enquiry"], "words": ["密码"]}),
        rule(3, {"kinds": ["enquiry"]}, owner="7", priority=2),
    ]
    assert faults(*listed) == []
    tidied = routes.tidy({"rules": listed, "taken": ["rule_2"]})
    assert [r["key"] for r in tidied["rules"]] == ["rule_1", "rule_2_2", "rule_3"]
    assert routes.tidy(tidied) == tidied


@pytest.mark.parametrize(
    ("wrong", "place", "what"),
    [
        (rule(2, {"channels": ["phone"]}, name=""), "name", "missing"),
        (rule(2, {"channels": ["phone"]}, name="规则1"), "name", "name_twice"),
        (rule(2, {"channels": ["phone"]}, name_en="x" * 81), "name_en", "long"),
        (rule(2, {"channels": ["phone"]}, team="kitchen"), "team", "team"),
        (rule(2, {"channels": ["phone"]}, team="wealth"), "team", "team_empty"),
        (rule(2, {"channels": ["phone"]}, owner="8"), "owner", "owner"),
        (rule(2, {"kinds": ["old"]}), "conditions.kinds", "kind_retired"),
        (rule(2, {"kinds": ["gone"]}), "conditions.kinds", "kind_unknown"),
        (rule(2, {"channels": ["pigeon"]}), "conditions.channels", "value"),
        (rule(2, {"levels": [9]}), "conditions.levels", "value"),
        (rule(2, {"words": ["长" * 21]}), "conditions.words", "words"),
        (rule(2, {"moon": ["full"]}), "conditions.moon", "condition"),
        (rule(2, {}), "conditions.kinds", "everything"),
        (rule(2, {"kinds": ["enquiry"], "complaint_kinds": ["slip"]}), "conditions.complaint_kinds", "never"),
        (rule(2, {"kinds": ["enquiry"]}, team="business"), "conditions", "contradicts"),
        (rule(2, {"kinds": ["enquiry"]}), "conditions", "same"),
        (rule(2, {"kinds": ["enquiry"], "levels": [2]}), "conditions", "covered"),
    ],
)  # fmt: skip
def test_each_fault_is_named_where_it_is(wrong: dict[str, Any], place: str, what: str) -> None:
    assert faults(rule(1, {"kinds": ["enquiry"]}), wrong) == [(f"rules.1.{place}", what)]


def test_the_same_word_in_a_longer_one_and_a_kind_of_complaint_without_its_kind_are_seen() -> None:
    assert faults(rule(1, {"words": ["登录"]}), rule(2, {"words": ["登录不上"]})) == [
        ("rules.1.conditions", "covered")
    ]
    complaints = rule(1, {"kinds": ["complaint"]}), rule(2, {"severities": ["grave"]})
    assert faults(*complaints) == [("rules.1.conditions", "covered")]
    assert faults(*reversed(complaints)) == []  # the narrow one first is how it is meant


SUBSETS = {
    "kinds": ["enquiry", "complaint"], "channels": ["phone", "portal"], "levels": [0, 1, 2], "complaint_kinds": ["slip", "leak"],
}  # fmt: skip
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.lists(st.sampled_from(values), min_size=1, unique=True) for name, values in SUBSETS.items()},
        "managed": st.booleans(), "words": st.lists(st.sampled_from(["密码", "忘记密码", "行情"]), min_size=1, unique=True),
    },
)  # fmt: skip
EVERY_CASE = [
    routing.CaseFacts(kind, channel, level, frozenset(), complaint_kind, "", manager, text)
    for kind, channel, level, manager, text in itertools.product(
        SUBSETS["kinds"],
        SUBSETS["channels"],
        SUBSETS["levels"],
        (None, 5),
        ("", "忘记密码", "行情不动，密码"),
    )
    for complaint_kind in (SUBSETS["complaint_kinds"] if kind == "complaint" else [""])
]


@given(st.lists(CONDITIONS.filter(bool), min_size=1, max_size=4))
def test_a_rule_that_is_said_never_to_decide_never_decides(listed: list[dict[str, Any]]) -> None:
    """Whatever the cases are: none of them is sent by a rule that the list is refused for."""
    made = [rule(n, conditions) for n, conditions in enumerate(listed)]
    idle = {int(place.split(".")[1]) for place, what in faults(*made) if what in ("covered", "same", "never")}
    rules = [routing.Rule(n, r["name"], r["conditions"], r["team"]) for n, r in enumerate(made)]
    deciding = {routing.route(case, rules, default_team="service").rule for case in EVERY_CASE}
    assert not idle & deciding


def test_what_changes_is_said_and_two_people_s_changes_go_together() -> None:
    base = routes.tidy(
        {
            "rules": [
                rule(1, {"levels": [1]}),
                rule(2, {"channels": ["phone"]}),
                rule(3, {"words": ["密码"]}),
            ]
        }
    )
    mine, theirs = copy.deepcopy(base), copy.deepcopy(base)
    mine["rules"][0]["team"] = "business"
    del mine["rules"][2]
    theirs["rules"][1]["priority"] = 3
    theirs["rules"].append({**rule(4, {"levels": [2]}), "key": "rule_4", "owner": "", "priority": None})
    assert [(c.what, c.name) for c in routes.differences(base, mine)] == [("removed", "rule_3"), ("changed", "rule_1")]  # fmt: skip
    both = routes.merged(base, mine, theirs)
    assert [(r["key"], r["team"], r["priority"]) for r in both["rules"]] == [
        ("rule_1", "business", None), ("rule_2", "service", 3), ("rule_4", "service", None),
    ]  # fmt: skip
    turned = {"rules": list(reversed(base["rules"]))}
    assert [c.what for c in routes.differences(base, turned)] == ["moved"]
