"""What a kind of case may say, judged beside a slow reference; what a version changes; two people's changes together."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.desk.rules import fields as form
from maitian.desk.rules import kinds

KNOWN = kinds.Known(teams=frozenset({"service", "business"}), policies=frozenset({"default", "enquiry"}))
GOOD: dict[str, Any] = {
    "name": "交易软件故障", "name_en": "Trading software fault", "team": "service", "priority": 2, "portal": True, "policy": "default",
    "fields": [
        {"name": "软件", "name_en": "Software", "type": "choice", "required": True,
         "choices": [{"name": "手机", "name_en": "Phone"}, {"name": "电脑", "name_en": "Computer"}]},
        {"name": "金额", "name_en": "Amount", "type": "amount"},
    ],
}  # fmt: skip


def faults(definition: dict[str, Any], **known: Any) -> set[tuple[str, str]]:
    judged = kinds.Known(**{**vars(KNOWN), **known})
    return {(fault.place, fault.what) for fault in kinds.faults(kinds.tidy(definition), judged)}


def changed(change: Any) -> dict[str, Any]:
    made = copy.deepcopy(GOOD)
    change(made)
    return made


@pytest.mark.requirement("E3")
def test_a_sound_definition_has_no_faults_and_gets_keys() -> None:
    assert faults(GOOD) == set()
    tidied = kinds.tidy(GOOD)
    assert [entry["key"] for entry in tidied["fields"]] == ["f1", "f2"]
    assert [choice["key"] for choice in tidied["fields"][0]["choices"]] == ["c1", "c2"]
    assert kinds.tidy(tidied) == tidied


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        (lambda d: d.update(name=" "), "name", "missing"),
        (lambda d: d.update(name_en="x" * 41), "name_en", "long"),
        (lambda d: d.update(hint="长" * 121), "hint", "long"),
        (lambda d: d.update(team="kitchen"), "team", "team"),
        (lambda d: d.update(policy="gone"), "policy", "policy"),
        (lambda d: d.update(icon="../x"), "icon", "icon"),
        (lambda d: d["fields"][1].update(name="软件"), "fields.1.name", "label_twice"),
        (lambda d: d["fields"][1].update(name_en="SOFTWARE"), "fields.1.name_en", "label_twice"),
        (lambda d: d["fields"][1].update(name=""), "fields.1.name", "missing"),
        (lambda d: d["fields"][1].update(type="picture"), "fields.1.type", "type"),
        (lambda d: d["fields"][1].update(help="x" * 121), "fields.1.help", "long"),
        (lambda d: d["fields"][0].update(choices=[]), "fields.0.choices", "choices"),
        (lambda d: d["fields"][0]["choices"][1].update(name="手机"), "fields.0.choices.1.name", "choice_twice"),
        (lambda d: d["fields"][0]["choices"][1].update(name_en=""), "fields.0.choices.1.name_en", "choice_missing"),
        (lambda d: d["fields"][0].update(key="Not a key"), "fields.0.key", "key"),
        (lambda d: d.update(fields=[{"name": f"项{n}", "name_en": f"F{n}"} for n in range(31)]), "fields", "too_many"),
    ],
)  # fmt: skip
def test_each_fault_is_named_where_it_is(change: Any, place: str, what: str) -> None:
    assert (place, what) in faults(changed(change))


def test_names_are_taken_by_every_other_kind_whatever_the_letters() -> None:
    assert faults(GOOD, names=frozenset({"交易软件故障"})) == {("name", "name_known")}
    assert faults(GOOD, names=frozenset({"trading software fault"})) == {("name_en", "name_known")}


@pytest.mark.requirement("T5")
def test_what_the_product_needs_stays_and_what_is_in_use_is_not_torn_out() -> None:
    labels = {"place": ("上门地址", "Where"), "f9": ("渠道", "Channel")}
    lost = faults(GOOD, code="help_visit", in_force=labels)
    assert ("fields", "fixed") in lost
    asked = {"in_force": {"f9": labels["f9"]}, "required": {"f9": labels["f9"]}}
    assert faults(GOOD, **asked, open_cases=3) == {("fields", "in_use")}
    assert faults(GOOD, **asked, open_cases=0) == set()
    assert (
        faults(GOOD, in_force={"f9": labels["f9"]}, open_cases=3) == set()
    )  # made optional before: it may go
    hidden = changed(
        lambda d: d["fields"].append({"key": "place", "name": "地址", "name_en": "Where", "inside": True})
    )
    assert ("fields.2.inside", "fixed_inside") in faults(hidden, code="help_visit")
    assert ("portal", "portal_needed") in faults(changed(lambda d: d.update(portal=False)), complaint=True)


def test_a_key_keeps_its_type_for_ever() -> None:
    tidied = kinds.tidy(GOOD)
    tidied["fields"][1]["type"] = "text"
    assert faults(tidied, types={"f2": "amount"}) == {("fields.1.type", "type_changed")}
    fresh = kinds.tidy({**GOOD, "taken": ["f1", "f2", "f3"]})
    assert [entry["key"] for entry in fresh["fields"]] == ["f4", "f5"]


def test_a_colleague_is_never_asked_of_clients() -> None:
    tidied = kinds.tidy({**GOOD, "fields": [{"name": "谁", "name_en": "Who", "type": "member"}]})
    assert tidied["fields"][0]["inside"]


@pytest.mark.parametrize(
    ("name", "taken", "code"),
    [
        ("Trading software fault", (), "trading_software_fault"),
        ("Trading software fault", ("trading_software_fault",), "trading_software_fault_2"),
        ("新", (), "kind"), ("2 accounts", (), "accounts"), ("new", (), "new_2"), ("A" * 60, (), "a" * 26),
    ],
)  # fmt: skip
def test_codes_come_from_the_english_name(name: str, taken: tuple[str, ...], code: str) -> None:
    assert kinds.code_for(name, taken, {"new", "drafts", "versions"}) == code


def test_differences_name_what_came_went_changed_and_moved() -> None:
    before = kinds.tidy(GOOD)
    after = copy.deepcopy(before)
    after["team"] = "business"
    after["fields"] = [
        {**after["fields"][1], "required": True},
        after["fields"][0],
        {"key": "f3", "name": "新", "name_en": "New", "type": "text", "required": False},
    ]
    found = [(c.what, c.name) for c in kinds.differences(before, after)]
    assert found == [("part", "team"), ("changed", "f2"), ("added", "f3"), ("moved", "")]
    assert kinds.differences(before, copy.deepcopy(before)) == []
    assert [(c.what, c.name) for c in kinds.differences(after, before)][1:] == [("removed", "f3"), ("changed", "f2"), ("moved", "")]  # fmt: skip


def test_two_people_s_changes_come_together() -> None:
    base = kinds.tidy(GOOD)
    mine, theirs = copy.deepcopy(base), copy.deepcopy(base)
    mine["fields"][0]["name"] = "哪个软件"
    mine["fields"].append({"key": "f3", "name": "我的", "name_en": "Mine", "type": "text"})
    theirs["team"] = "business"
    theirs["fields"][1]["required"] = True
    theirs["fields"].append({"key": "f4", "name": "他的", "name_en": "Theirs", "type": "date"})
    merged = kinds.merged(base, mine, theirs)
    assert merged["team"] == "business"
    assert [entry["key"] for entry in merged["fields"]] == ["f1", "f2", "f3", "f4"]
    assert merged["fields"][0]["name"] == "哪个软件" and merged["fields"][1]["required"]
    theirs["fields"] = theirs["fields"][
        1:
    ]  # they removed what I changed: mine stays; what I removed stays away
    mine["fields"] = [mine["fields"][0]]
    assert [entry["key"] for entry in kinds.merged(base, mine, theirs)["fields"]] == ["f1", "f4"]


# --- against a slow reference ---------------------------------------------------------------------------------

NAMES = st.sampled_from(["", "甲", "乙", "丙", "x" * 31, "x" * 61, " 甲 ", "A", "a"])
CHOICES = st.lists(st.fixed_dictionaries({"name": NAMES, "name_en": NAMES}), max_size=4)
FIELDS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES, "name_en": NAMES, "type": st.sampled_from(["text", "choice", "amount", "picture"]), "required": st.booleans(),
         "help": st.sampled_from(["", "h", "h" * 121]), "choices": CHOICES}
    ),
    max_size=5,
)  # fmt: skip


def slow(fields: list[dict[str, Any]]) -> bool:
    """Whether a form can be used, read off the sentences of docs/desk.md one by one."""
    trimmed = [{**f, "name": f["name"].strip(), "name_en": f["name_en"].strip()} for f in fields]
    for f in trimmed:
        if not 1 <= len(f["name"]) <= 30 or not 1 <= len(f["name_en"]) <= 60:
            return False
        if f["type"] not in form.TYPES or len(f["help"]) > 120:
            return False
        if f["type"] == "choice":
            names = [(c["name"].strip(), c["name_en"].strip()) for c in f["choices"]]
            if not 2 <= len(names) <= 40:
                return False
            for zh, en in names:
                if not 1 <= len(zh) <= 30 or not 1 <= len(en) <= 60:
                    return False
            for side in (0, 1):
                if len({pair[side].lower() for pair in names}) < len(names):
                    return False
    return all(len({f[n].lower() for f in trimmed}) == len(trimmed) for n in ("name", "name_en"))


@given(FIELDS)
def test_the_judgement_is_that_of_the_slow_reference(fields: list[dict[str, Any]]) -> None:
    found = kinds.faults(kinds.tidy({**GOOD, "fields": fields}), KNOWN)
    assert (not found) == slow(fields), found


ANSWERS = st.dictionaries(
    st.sampled_from(["f1", "f2", "f3", "f4", "f5", "g"]),
    st.one_of(
        st.text("0159٣-:.,，T eNa元 ", max_size=12),
        st.booleans(),
        st.none(),
        st.integers(),
        st.floats(allow_nan=True),
    ),
)


@given(st.lists(st.sampled_from(form.TYPES), max_size=5), ANSWERS)
def test_whatever_is_answered_is_stored_whole_or_named(types: list[str], given_: dict[str, Any]) -> None:
    """No answer breaks the reading of a sound form; what is stored is read again as the same."""
    fields = [
        {"name": f"项{n}", "name_en": f"F{n}", "type": kind, "required": n % 2 == 0, "choices": GOOD["fields"][0]["choices"]}
        for n, kind in enumerate(types)
    ]  # fmt: skip
    sound = kinds.tidy({**GOOD, "fields": fields})
    assert not kinds.faults(sound, KNOWN)
    answers, wrong = form.check(sound["fields"], given_)
    named = {w.key for w in wrong}
    assert named.isdisjoint(answers)
    again, _wrong = form.check(sound["fields"], answers)
    assert again == answers
