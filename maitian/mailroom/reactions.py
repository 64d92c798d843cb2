"""Answers that are given by mail leave by mail."""

from maitian.core.models import LedgerEntry
from maitian.core.reactions import reaction
from maitian.mailroom.actions import sending


@reaction("mailroom.answers", kinds={"case.replied", "case.resolved"})
def answers(rows: list[LedgerEntry]) -> None:
    """Once for each answer; one given by another channel is left alone."""
    for row in rows:
        if row.facts.get("channel") == "email" and row.facts.get("entry"):
            sending.write(int(row.facts["entry"]))


@reaction("mailroom.acknowledgements", kinds={"complaint.acknowledged"})
def acknowledgements(rows: list[LedgerEntry]) -> None:
    """A complaint is acknowledged by mail, too, where mail is the client's way."""
    for row in rows:
        if row.facts.get("entry"):
            sending.acknowledge(int(row.facts["entry"]))
