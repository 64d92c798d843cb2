"""The agreed rate of a gateway."""

from __future__ import annotations

import time


class Pace:
    """Free places at the agreed rate: a bucket that holds a tenth of a second. Not safe by itself: call it locked."""

    def __init__(self, per_second: float) -> None:
        self.rate = per_second
        self._most = max(1.0, per_second / 10)
        self._free = self._most
        self._at = time.monotonic()

    def take(self, wanted: int, now: float) -> int:
        """How many of ``wanted`` may go now."""
        if not self.rate:
            return wanted
        self._free = min(self._most, self._free + (now - self._at) * self.rate)
        self._at = now
        got = min(wanted, int(self._free))
        self._free -= got
        return got

    def wait(self) -> float:
        """Seconds until one more may go."""
        return max(0.0, (1 - self._free) / self.rate) if self.rate else 0.0
