"""A channel's gateways in their order: what one does not take now goes to the next."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from maitian.outreach.channels import (
    Gateway,
    GatewayDown,
    Handed,
    Inbound,
    Outcome,
    Outgoing,
    Receipt,
    Unreadable,
)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a gateway that is down is tried again
OPEN = (Outcome.ELSEWHERE, Outcome.NOT_TRIED)  # free for the next gateway
LEAST, MOMENT = 100, 0.15  # messages, seconds: see ``Pool.batch``
RATE_OVER = 10.0  # seconds over which the rate is told


@dataclass
class _Line:
    gateway: Gateway
    failures: int = 0
    down_until: float = 0.0
    handed: int = 0
    refused: int = 0
    last_error: str = ""
    off: bool = False  # a person took it out of service
    recent: deque[tuple[float, int]] = field(default_factory=deque)

    def count(self, answers: Sequence[Handed]) -> None:
        taken = sum(answer.outcome == Outcome.ACCEPTED for answer in answers)
        self.handed += taken
        self.refused += sum(answer.outcome == Outcome.REFUSED for answer in answers)
        self.recent.append((time.monotonic(), taken))

    def rate(self) -> float:
        edge = time.monotonic() - RATE_OVER
        while self.recent and self.recent[0][0] < edge:
            self.recent.popleft()
        return sum(n for _at, n in self.recent) / RATE_OVER


class Pool:
    """Gateways of one channel, the preferred first."""

    def __init__(self, gateways: Sequence[Gateway]) -> None:
        self._lines = [_Line(gateway) for gateway in gateways]
        self._most = min((gateway.batch for gateway in gateways), default=LEAST)
        self._speed = 0.0  # messages a second, lately
        self.bell = threading.Event()  # rung when anything came in
        for gateway in gateways:
            gateway.bell = self.bell

    @property
    def batch(self) -> int:
        """Messages for one mark: what goes out in a moment, so that a death leaves no more than that in doubt."""
        return min(self._most, max(LEAST, int(self._speed * MOMENT)))

    def open(self) -> None:
        """Let every gateway be reachable, also when nothing is sent."""
        for line in self._lines:
            line.gateway.open()

    def ready(self) -> bool:
        """Whether any gateway may be tried now."""
        return any(line.down_until <= time.monotonic() and not line.off for line in self._lines)

    def switch(self, off: Collection[str]) -> None:
        """Hand nothing to these any more, and to the others again."""
        for line in self._lines:
            line.off = line.gateway.name in off

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        """Hand a batch over to the first gateway that takes each message.

        What no gateway took is ``ELSEWHERE`` if one refused it for now, else ``NOT_TRIED``. Raises :class:`GatewayDown` when nothing went out anywhere.
        The preferred gateway is asked first again as soon as its pause is over.
        """
        began = time.monotonic()
        try:
            return self._submit(batch)
        finally:
            speed = len(batch) / max(1e-4, time.monotonic() - began)
            # Slower counts at once, faster little by little: the first of an agreed rate go out in a burst.
            self._speed = min(speed, max(2 * self._speed, LEAST / MOMENT))

    def _submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        done: list[Handed] = []
        rest: Sequence[Outgoing] = batch
        errors: list[str] = []
        refused: dict[int, Handed] = {}  # who said "not now" to a message last
        for line in self._lines:
            if line.off:
                errors.append(f"{line.gateway.name}: out of service")
                continue
            if line.down_until > time.monotonic():
                errors.append(f"{line.gateway.name}: {line.last_error}")
                continue
            try:
                answers = line.gateway.submit(rest)
            except GatewayDown as error:
                self._down(line, str(error))
                errors.append(f"{line.gateway.name}: {error}")
                continue
            line.failures, line.down_until = 0, 0.0
            line.count(answers)
            open_ones = [answer for answer in answers if answer.outcome in OPEN]
            if not open_ones:
                return done + answers
            refused |= {a.client_id: a for a in open_ones if a.outcome == Outcome.ELSEWHERE}
            again = {answer.client_id for answer in open_ones}
            done += [answer for answer in answers if answer.client_id not in again]
            broken = next((a for a in open_ones if a.outcome == Outcome.NOT_TRIED), None)
            if broken is not None:
                self._down(line, broken.error or "the line broke")
            errors += sorted({f"{line.gateway.name}: {a.error}" for a in open_ones if a.error})[:3]
            rest = [message for message in rest if message.client_id in again]
        if rest and not done and not refused:
            raise GatewayDown("; ".join(errors) or "no gateway took it")
        return done + [refused.get(m.client_id) or Handed(m.client_id, Outcome.NOT_TRIED) for m in rest]

    def _down(self, line: _Line, error: str) -> None:
        line.failures += 1
        line.last_error = error[:120]
        line.down_until = time.monotonic() + min(FIRST_PAUSE * 2 ** (line.failures - 1), LONGEST_PAUSE)

    def receipts(self) -> list[Receipt]:
        return [receipt for line in self._lines for receipt in line.gateway.receipts()]

    def inbound(self) -> list[Inbound]:
        return [text for line in self._lines for text in line.gateway.inbound()]

    def unreadable(self) -> list[Unreadable]:
        return [item for line in self._lines for item in line.gateway.unreadable()]

    def stored(self) -> None:
        """What came in is in the database; the gateways may forget it."""
        for line in self._lines:
            line.gateway.stored()

    def states(self) -> list[dict[str, Any]]:
        """One dict a gateway: name, line, per_second, handed, refused, reconnects, last_error."""
        found = []
        for line in self._lines:
            facts = line.gateway.facts()
            down = line.down_until > time.monotonic()
            found.append(
                {
                    "name": line.gateway.name, "line": "off" if line.off else "down" if down else facts["line"], "per_second": line.rate(),
                    "handed": line.handed, "refused": line.refused, "reconnects": facts.get("reconnects", 0),
                    "last_error": line.last_error or facts.get("last_error", ""),
                }
            )  # fmt: skip
        return found

    def close(self) -> None:
        for line in self._lines:
            line.gateway.close()
