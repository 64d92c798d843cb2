from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.clients import rules

BOOK = {
    entry["key"]: entry["value"]
    for entry in tomllib.loads((Path(rules.__file__).parent / "rulebook.toml").read_text("utf-8"))["rule"]
}
QUESTIONS = BOOK["suitability.questionnaire"]
BANDS, LOWEST = BOOK["suitability.bands"], BOOK["suitability.lowest_answers"]
TODAY = date(2026, 11, 24)

# The matching table of the rules file, section 1.1, written out: rows by class, columns R1–R5.
TABLE = {
    "C1_LOWEST": ("yes", "never", "never", "never", "never"),
    "C1": ("yes", "warn", "warn", "warn", "warn"),
    "C2": ("yes", "yes", "warn", "warn", "warn"),
    "C3": ("yes", "yes", "yes", "warn", "warn"),
    "C4": ("yes", "yes", "yes", "yes", "warn"),
    "C5": ("yes", "yes", "yes", "yes", "yes"),
}
MEANS = {"yes": (True, True), "warn": (False, True), "never": (False, False)}


@pytest.mark.requirement("T1")
@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("risk", range(1, 6))
def test_the_matching_table(name: str, risk: int) -> None:
    found = rules.match(rules.CLASSES[name], date(2027, 1, 1), False, risk, TODAY)
    assert (found.promoted, found.on_request) == MEANS[TABLE[name][risk - 1]]


@pytest.mark.requirement("T1")
@given(st.integers(0, 6), st.integers(2, 5), st.dates(date(2020, 1, 1), date(2026, 11, 23)))
def test_a_missing_or_expired_questionnaire_gives_nothing_above_r1(
    risk_class: int, risk: int, until: date
) -> None:
    assert not rules.match(risk_class, until, False, risk, TODAY).promoted
    assert not rules.match(risk_class, None, False, risk, TODAY).promoted
    assert rules.match(risk_class, until, False, 1, TODAY).promoted
    assert rules.match(risk_class, None, True, risk, TODAY).promoted  # professionals


def answers(pick: str) -> dict[str, str]:
    return {
        q["key"]: (max if pick == "most" else min)(q["options"], key=lambda o: o["points"])["key"]
        for q in QUESTIONS
    }


def test_the_questionnaire_reaches_from_lowest_to_c5() -> None:
    most = rules.assess(answers("most"), QUESTIONS, BANDS, LOWEST)
    assert (most.score, most.risk_class, most.reasons) == (100, rules.CLASSES["C5"], ())
    least = rules.assess(answers("least"), QUESTIONS, BANDS, LOWEST)
    assert least.risk_class == rules.CLASSES["C1_LOWEST"] and set(least.reasons) == {
        "loss=none",
        "capacity=no",
    }


def test_no_loss_at_all_is_lowest_whatever_the_sum() -> None:
    found = rules.assess({**answers("most"), "loss": "none"}, QUESTIONS, BANDS, LOWEST)
    assert found.score > 82 and found.risk_class == rules.CLASSES["C1_LOWEST"]


def test_a_missing_answer_is_named() -> None:
    given_answers = answers("most")
    del given_answers["goal"]
    with pytest.raises(rules.AnswerMissing) as caught:
        rules.assess(given_answers, QUESTIONS, BANDS, LOWEST)
    assert caught.value.keys == ["goal"]
    with pytest.raises(rules.AnswerUnknown):
        rules.assess({**answers("most"), "goal": "rich"}, QUESTIONS, BANDS, LOWEST)


def test_the_bands_cover_every_score_once() -> None:
    for score in range(101):
        assert sum(low <= score <= high for low, high, _name in BANDS) == 1


@pytest.mark.parametrize(
    ("on", "until"), [(date(2026, 11, 24), date(2028, 11, 24)), (date(2024, 2, 29), date(2026, 2, 28))]
)
def test_validity_is_two_years(on: date, until: date) -> None:
    assert rules.valid_until(on, 2) == until


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("陈建国", "cjg"),
        ("曾国强", "zgq"),
        ("单秀英", "sxy"),
        ("查理", "zl"),
        ("区家豪", "ojh"),
        ("仇英", "qy"),
        ("种地", "cd"),
        ("尉迟恭", "ycg"),
        ("欧阳明", "oym"),
    ],
)
def test_surnames_are_read_as_surnames(name: str, letters: str) -> None:
    assert rules.initials(name) == letters


@given(st.text("陈王李建国秀英明华", min_size=2, max_size=4))
def test_every_part_of_a_name_is_a_search_word(name: str) -> None:
    words = set(rules.search_words(name))
    for start in range(len(name)):
        for end in range(start + 2, len(name) + 1):
            assert name[start:end] in words


def test_nothing_leads_out_of_closed_but_opening_again() -> None:
    assert rules.MOVES["closed"] == {"opened"}
    assert all(target in rules.MOVES for targets in rules.MOVES.values() for target in targets)
