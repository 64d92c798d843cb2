"""Which records may be of one person: what speaks for it, what against, how much. Pure.

Source: branch practice; the weights are the rulebook's (``duplicates.weights``, ``duplicates.against``), defaults and
no law. ``duplicates`` finds the evidence in the database; a test holds its arithmetic to this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag


class Evidence(IntFlag):
    """What two records share, and what tells them apart."""

    PHONE = 1
    EMAIL = 2
    NAME_BIRTHDAY = 4
    NAME_ACCOUNT = 8
    SAME_NAME = 16
    BOTH_RESIDENT = 32  # two resident's id numbers that are both right, and therefore two people
    BIRTHDAYS_DIFFER = 64
    GENDERS_DIFFER = 128


FOR = {
    Evidence.PHONE: "phone",
    Evidence.EMAIL: "email",
    Evidence.NAME_BIRTHDAY: "name_birthday",
    Evidence.NAME_ACCOUNT: "name_account",
    Evidence.SAME_NAME: "same_name",
}
AGAINST = {
    Evidence.BOTH_RESIDENT: "both_resident",
    Evidence.BIRTHDAYS_DIFFER: "birthdays_differ",
    Evidence.GENDERS_DIFFER: "genders_differ",
}
WORDS = {
    Evidence.PHONE: ("手机号相同", "same phone"),
    Evidence.EMAIL: ("邮箱相同", "same e-mail"),
    Evidence.NAME_BIRTHDAY: ("姓名和生日相同", "same name and birthday"),
    Evidence.NAME_ACCOUNT: ("姓名相同，资金账号只差一位或两位对调", "same name, accounts that differ by one digit or a swap"),
    Evidence.SAME_NAME: ("姓名相同", "same name"),
    Evidence.BOTH_RESIDENT: ("各有一个正确的身份证号码", "each has a right resident's id number"),
    Evidence.BIRTHDAYS_DIFFER: ("生日不同", "birthdays differ"),
    Evidence.GENDERS_DIFFER: ("性别不同", "genders differ"),
}  # fmt: skip


def score(evidence: int, weights: Mapping[str, int], against: Mapping[str, int]) -> int:
    """0–100: what speaks for one person less what speaks against it."""
    found = Evidence(evidence)
    points = sum(weights[name] for flag, name in FOR.items() if flag in found)
    points -= sum(against[name] for flag, name in AGAINST.items() if flag in found)
    return max(0, min(100, points))


def reasons(evidence: int, english: bool = False) -> list[tuple[str, bool]]:
    """``(words, whether it speaks for one person)``; "same name" is left out where a stronger reason says it."""
    found = Evidence(evidence)
    if found & (Evidence.NAME_BIRTHDAY | Evidence.NAME_ACCOUNT):
        found &= ~Evidence.SAME_NAME
    return [(words[english], flag in FOR) for flag, words in WORDS.items() if flag in found]


def similar(first: str, second: str) -> bool:
    """Two account numbers of one length that differ in one place, or by two neighbouring digits swapped."""
    if len(first) != len(second) or first == second:
        return False
    places = [n for n, (a, b) in enumerate(zip(first, second, strict=True)) if a != b]
    if len(places) == 1:
        return True
    if len(places) != 2 or places[1] != places[0] + 1:
        return False
    one, other = places
    return first[one] == second[other] and first[other] == second[one]
