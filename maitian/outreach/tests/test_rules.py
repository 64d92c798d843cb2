from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.outreach import rules
from maitian.outreach.rules import ClientFacts, Conditions, Gate

SHANGHAI = timezone(timedelta(hours=8))
COMMERCIAL = [("09:00", "12:00"), ("14:00", "20:00")]


def client(**more: object) -> ClientFacts:
    return ClientFacts(
        **{
            "level_rank": 2,
            "risk_class": 5,
            "risk_valid": True,
            "professional": False,
            "consent_bits": 0xFFF,
            "address_bits": 15,
            **more,
        }
    )


def on(**more: object) -> Conditions:
    return Conditions(
        **{
            "message_class": 0,
            "channels_by_rank": {2: 7, 3: 15},
            "risk": 3,
            "quiet": 0,
            "daily_cap": 1,
            "monthly_cap": 4,
            "capped": more.get("message_class") == 1,
            **more,
        }
    )


@pytest.mark.parametrize(
    ("facts", "conditions", "gate", "channels"),
    [
        ({}, {}, Gate.SENT, 7),
        ({"level_rank": 1}, {}, Gate.COVERAGE, 0),
        ({"risk_class": 3}, {}, Gate.SUITABILITY, 0),
        ({"risk_class": 1}, {}, Gate.SUITABILITY, 0),
        ({"risk_class": 1}, {"risk": 1}, Gate.SENT, 7),
        ({"risk_valid": False}, {}, Gate.SUITABILITY, 0),
        ({"risk_class": 0, "professional": True}, {"risk": 5}, Gate.SENT, 7),
        ({"consent_bits": 0b1101}, {}, Gate.SENT, 5),
        ({"consent_bits": 0}, {}, Gate.CONSENT, 0),
        ({"consent_bits": 0b0010, "address_bits": 1}, {}, Gate.ADDRESS, 0),
        ({}, {"quiet": 14}, Gate.DEFERRED, 7),
        ({"consent_bits": 1}, {"quiet": 14}, Gate.SENT, 1),
        ({}, {"quiet": 8}, Gate.SENT, 7),
        ({"address_bits": 15}, {"quiet": 8, "channels_by_rank": {2: 15}}, Gate.DEFERRED, 15),
        ({"commercial_today": 1}, {"message_class": 1}, Gate.SENT, 5),
        ({"level_rank": 9}, {"channels": 3}, Gate.SENT, 3),
        ({"level_rank": 0}, {"channels": 1, "channels_by_rank": {}}, Gate.SENT, 1),
        ({}, {"advice": True}, Gate.AGREEMENT, 0),
        ({"advised": True}, {"advice": True}, Gate.SENT, 7),
        ({"advised": True, "risk_class": 3}, {"advice": True}, Gate.SUITABILITY, 0),
        ({"consent_bits": 0}, {"asks_consent": False}, Gate.SENT, 7),
        ({"consent_bits": 0, "address_bits": 0}, {"asks_consent": False}, Gate.ADDRESS, 0),
        ({"commercial_this_month": 4, "consent_bits": 0x020}, {"message_class": 1}, Gate.FREQUENCY, 0),
        ({"told_before": True}, {}, Gate.DUPLICATE, 0),
    ],
)
def test_the_gates_in_their_order(facts: dict, conditions: dict, gate: Gate, channels: int) -> None:
    assert rules.split(rules.decide(client(**facts), on(**conditions))) == (gate, channels)


@given(
    st.integers(0, 3),
    st.integers(0, 6),
    st.booleans(),
    st.integers(0, 4095),
    st.integers(0, 15),
    st.integers(1, 5),
)
def test_nothing_reaches_a_client_without_level_consent_and_address(
    rank, risk_class, valid, consent, address, risk
) -> None:
    byte = rules.decide(
        client(
            level_rank=rank,
            risk_class=risk_class,
            risk_valid=valid,
            consent_bits=consent,
            address_bits=address,
        ),
        on(risk=risk),
    )
    _gate, mask = rules.split(byte)
    assert mask & ~consent & 15 == 0 and mask & ~address == 0
    assert not mask or rank in (2, 3)
    assert not mask or risk == 1 or (valid and risk_class >= 2 and risk <= risk_class - 1)
    assert bool(mask) == (not rules.stopped(byte))


@pytest.mark.parametrize(
    ("moment", "working", "until"),
    [
        ("2026-11-24 10:00", True, None),
        ("2026-11-24 08:30", True, "2026-11-24 09:00"),
        ("2026-11-24 12:30", True, "2026-11-24 14:00"),
        ("2026-11-24 20:00", True, "2026-11-25 09:00"),
        ("2026-11-28 10:00", False, "2026-11-30 09:00"),
    ],
)
def test_commercial_texts_wait_for_their_hours(moment: str, working: bool, until: str | None) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)
    following = datetime(2026, 11, 30 if not working else 25, tzinfo=SHANGHAI)
    found = rules.quiet_until(now, COMMERCIAL, working, following)
    assert (found and f"{found:%Y-%m-%d %H:%M}") == until


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("a字", 1),
    ],
)
def test_parts_are_counted_as_the_gateway_bills_them(text: str, parts: int) -> None:
    assert rules.sms_parts(text) == parts


def test_a_text_is_put_in_as_it_is() -> None:
    assert rules.fill("{title}：{text}", {"title": "{text}", "text": "王[喆] {x}"}) == "{text}：王[喆] {x}"
    assert rules.variables("{a} {b}{{c}}") == {"a", "b"}
    for broken in ("{", "{a.b}", "{a!r}", "{0}", "{a:>9}", "{}"):
        with pytest.raises(ValueError):
            rules.variables(broken)
