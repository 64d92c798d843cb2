"""What was decided: clients by what they get, and why the others get nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maitian.outreach import rules
from maitian.outreach.models import Event
from maitian.outreach.rules import ORDER, Gate
from maitian.outreach.words import CHANNEL_NAMES, GATES, GREYS, NOTES


@dataclass
class Line:
    """One line of the verdict table."""

    key: str
    fill: str
    label: Any
    count: int
    note: Any = ""
    kind: str = "sent"  # sent, later, not


@dataclass
class Verdicts:
    """What was decided, for the page before sending: clients by outcome, messages by channel, cost."""

    total: int
    sent: int
    later: int
    lines: list[Line]
    messages: dict[int, int]
    cost: float

    @property
    def stopped(self) -> int:
        return self.total - self.sent - self.later

    @property
    def parts(self) -> list[tuple[str, int, Any]]:
        return [(line.fill, line.count, line.label) for line in self.lines if line.count]


def verdicts(event: Event) -> Verdicts:
    """Clients by what they get. A client with several channels counts in the first table once, by gate."""
    counts = {int(byte): n for byte, n in event.counts.items()}
    messages = {bit: sum(n for byte, n in counts.items() if byte & (1 << bit)) for bit in range(4)}
    by_gate: dict[Gate, int] = {}
    by_mask: dict[int, int] = {}
    for byte, n in counts.items():
        gate, mask = rules.split(byte)
        if gate == Gate.SENT:
            by_mask[mask] = by_mask.get(mask, 0) + n
        else:
            by_gate[gate] = by_gate.get(gate, 0) + n
    joined = {
        mask: " + ".join(str(CHANNEL_NAMES[b]) for b in range(4) if mask & (1 << b)) for mask in by_mask
    }
    lines = [
        Line(f"sent-{mask}", ("f1", "f2", "f3", "f4")[min(n, 3)], joined[mask], by_mask[mask])
        for n, mask in enumerate(sorted(by_mask, key=lambda mask: -by_mask[mask]))
    ]
    later = by_gate.pop(Gate.DEFERRED, 0)
    if later:
        lines.append(Line("deferred", "fg", GATES[Gate.DEFERRED], later, NOTES[Gate.DEFERRED], "later"))
    shown = [gate for gate in ORDER if by_gate.get(gate)]
    lines += [
        Line(gate.name.lower(), GREYS[min(n, 3)], GATES[gate], by_gate[gate], NOTES[gate], "not")
        for n, gate in enumerate(shown)
    ]
    cost = messages[1] * event.texts.get("sms", {}).get("price", 0) / 10_000
    return Verdicts(sum(counts.values()), sum(by_mask.values()), later, lines, messages, cost)


def bytes_of(event: Event, key: str) -> set[int]:
    """The outcome bytes behind a line of the table."""
    found = set()
    for byte in (int(text) for text in event.counts):
        gate, mask = rules.split(byte)
        if (key == f"sent-{mask}" and gate == Gate.SENT) or (key == gate.name.lower() and gate != Gate.SENT):
            found.add(byte)
    return found
