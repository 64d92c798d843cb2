"""A channel's gateways in their order: what one does not take now goes to the next."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from maitian.outreach.channels import Gateway, GatewayDown, Handed, Inbound, Outcome, Outgoing, Receipt

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a gateway that is down is tried again
RATE_OVER = 10.0  # seconds over which the rate is told


@dataclass
class _Line:
    gateway: Gateway
    failures: int = 0
    down_until: float = 0.0
    handed: int = 0
    refused: int = 0
    last_error: str = ""
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
        self.batch = min((gateway.batch for gateway in gateways), default=250)

    def ready(self) -> bool:
        """Whether any gateway may be tried now."""
        return any(line.down_until <= time.monotonic() for line in self._lines)

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        """Hand a batch over to the first gateway that takes each message.

        What no gateway took is ``NOT_TRIED``. Raises :class:`GatewayDown` when nothing went out anywhere.
        """
        done: list[Handed] = []
        rest = list(batch)
        errors = []
        for line in self._lines:
            if not rest:
                break
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
            again = {a.client_id for a in answers if a.outcome in (Outcome.ELSEWHERE, Outcome.NOT_TRIED)}
            done += [a for a in answers if a.client_id not in again]
            if any(a.outcome == Outcome.NOT_TRIED for a in answers):
                self._down(line, "the line broke")
            rest = [message for message in rest if message.client_id in again]
        if rest and not done:
            raise GatewayDown("; ".join(errors) or "no gateway took it")
        return done + [Handed(message.client_id, Outcome.NOT_TRIED) for message in rest]

    def _down(self, line: _Line, error: str) -> None:
        line.failures += 1
        line.last_error = error[:120]
        line.down_until = time.monotonic() + min(FIRST_PAUSE * 2 ** (line.failures - 1), LONGEST_PAUSE)

    def receipts(self) -> list[Receipt]:
        return [receipt for line in self._lines for receipt in line.gateway.receipts()]

    def inbound(self) -> list[Inbound]:
        return [text for line in self._lines for text in line.gateway.inbound()]

    def states(self) -> list[dict[str, Any]]:
        """One dict a gateway: name, line, per_second, handed, refused, reconnects, last_error."""
        found = []
        for line in self._lines:
            facts = line.gateway.facts()
            down = line.down_until > time.monotonic()
            found.append(
                {
                    "name": line.gateway.name, "line": "down" if down else facts["line"], "per_second": line.rate(),
                    "handed": line.handed, "refused": line.refused, "reconnects": facts.get("reconnects", 0),
                    "last_error": line.last_error or facts.get("last_error", ""),
                }
            )  # fmt: skip
        return found

    def close(self) -> None:
        for line in self._lines:
            line.gateway.close()
