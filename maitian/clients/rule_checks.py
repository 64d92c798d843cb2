"""What the rulebook asks this room before a new value is proposed."""

from __future__ import annotations

from typing import Any

from maitian.clients import rules
from maitian.clients.errors import QuestionnaireWrong
from maitian.core import rulebook
from maitian.core.rulebook import Rules

PARTS = ("questionnaire", "bands", "lowest_answers")


def suitability(key: str, value: Any, book: Rules) -> None:
    """Questionnaire, bands and lowest answers must fit one another with the new value among them."""
    changed = key.removeprefix("suitability.")
    if changed not in PARTS:
        return
    found = {part: book.get(f"suitability.{part}") for part in PARTS} | {changed: value}
    fault = rules.fault_in_questionnaire(found["questionnaire"], found["bands"], found["lowest_answers"])
    if fault is not None:
        raise QuestionnaireWrong(why=fault[0], why_en=fault[1])


def register() -> None:
    rulebook.check("suitability.", suitability)
