"""What a new value of the mailroom's rules must be."""

from __future__ import annotations

from typing import Any

from maitian.core import rulebook
from maitian.core.rulebook import Rules
from maitian.mailroom.errors import StrangersRuleWrong
from maitian.mailroom.rules import strangers


def check_strangers(key: str, value: Any, values: Rules) -> None:
    """Called by the rulebook before a new value is proposed."""
    wrong = strangers.wrong_in(value)
    if wrong is not None:
        raise StrangersRuleWrong(given=wrong[:80])


def register() -> None:
    rulebook.check("mailroom.strangers", check_strangers)
