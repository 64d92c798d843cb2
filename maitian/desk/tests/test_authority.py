"""Whose signatures a remedy needs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.desk.rules import authority

BROKERAGE = {
    "grave_from": 2,
    "rungs": [
        {"roles": ["hotline_agent", "counter_clerk"], "limit": 200},
        {"roles": ["team_lead"], "limit": 2000},
        {"roles": ["branch_manager"], "limit": 20000},
        {"roles": ["compliance_officer"], "limit": 100000},
    ],
}
WALLPAPER = {
    "grave_from": 2,
    "rungs": [
        {"roles": ["after_sales"], "limit": 3},
        {"roles": ["sales_supervisor", "duty_manager"], "limit": "any"},
        {"roles": ["general_manager"], "limit": "any"},
    ],
}


def chain(book: dict[str, Any], role: str, amount: str, **more: Any) -> list[str]:
    rungs, grave_from = authority.read(book)
    return authority.chain(rungs, role, Decimal(amount), grave_from=grave_from, **more)


@pytest.mark.parametrize(
    ("role", "amount", "grave", "signs"),
    [
        ("hotline_agent", "200", False, []),
        ("hotline_agent", "200.01", False, ["team_lead"]),
        ("hotline_agent", "2000.01", False, ["team_lead", "branch_manager"]),
        ("counter_clerk", "99999", False, ["team_lead", "branch_manager", "compliance_officer"]),
        ("team_lead", "1999", False, []),
        ("branch_manager", "20000", False, []),
        ("branch_manager", "20001", False, ["compliance_officer"]),
        ("hotline_agent", "0", True, ["team_lead", "branch_manager"]),
        ("branch_manager", "0", True, []),
        ("editor", "1", False, ["hotline_agent", "counter_clerk"]),
    ],
)
def test_the_chain_of_the_brokerage(role: str, amount: str, grave: bool, signs: list[str]) -> None:
    assert chain(BROKERAGE, role, amount, grave=grave) == signs


@pytest.mark.requirement("W17")
@pytest.mark.parametrize(
    ("amount", "grave", "signs"),
    [
        ("3", False, []),
        ("4", False, ["sales_supervisor", "duty_manager"]),
        ("2", True, ["sales_supervisor", "duty_manager", "general_manager"]),
    ],
)
def test_the_wallpaper_maker_s_chain(amount: str, grave: bool, signs: list[str]) -> None:
    assert chain(WALLPAPER, "after_sales", amount, grave=grave) == signs


def test_a_rung_that_nobody_holds_passes_its_say_up() -> None:
    assert chain(BROKERAGE, "hotline_agent", "500", present={"branch_manager", "compliance_officer"}) == [
        "branch_manager"
    ]
    with pytest.raises(authority.AboveEverybody):
        chain(BROKERAGE, "hotline_agent", "500", present=set())
    with pytest.raises(authority.AboveEverybody) as caught:
        chain(BROKERAGE, "hotline_agent", "100000.01")
    assert caught.value.most == 100000


@given(
    st.integers(0, 120000),
    st.sampled_from(["hotline_agent", "team_lead", "branch_manager", "compliance_officer"]),
)
def test_the_last_to_sign_may_decide_the_amount_and_nobody_signs_below_the_proposer(
    amount: int, role: str
) -> None:
    rungs, _grave = authority.read(BROKERAGE)
    limits = {r: rung.limit for rung in rungs for r in rung.roles}
    order = [rung.roles for rung in rungs]
    try:
        signs = chain(BROKERAGE, role, str(amount))
    except authority.AboveEverybody:
        assert amount > 100000
        return
    decider = signs[-1] if signs else role
    assert limits[decider] is not None and amount <= limits[decider]
    own = next(i for i, roles in enumerate(order) if role in roles)
    assert all(next(i for i, roles in enumerate(order) if s in roles) > own for s in signs)


@pytest.mark.parametrize(
    "value",
    [
        {"rungs": []},
        {"rungs": [{"roles": [], "limit": 1}]},
        {"rungs": [{"roles": ["a"], "limit": -1}]},
        {"rungs": [{"roles": ["a"], "limit": 5}, {"roles": ["b"], "limit": 4}]},
        {"rungs": [{"roles": ["a"], "limit": 5}], "grave_from": 3},
        {"rungs": [{"roles": ["a"]}]},
    ],
)
def test_a_rule_of_authority_that_cannot_work(value: dict[str, Any]) -> None:
    with pytest.raises(authority.AuthorityWrong):
        authority.read(value)
