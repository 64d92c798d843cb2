"""Who may decide how much, and whose signatures a larger remedy needs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Rung:
    """``limit``: the most that each of ``roles`` decides alone; None for any amount."""

    roles: tuple[str, ...]
    limit: Decimal | None


class AboveEverybody(ValueError):
    """The amount is above what anybody here may decide; ``most`` is the highest limit."""

    def __init__(self, most: Decimal) -> None:
        self.most = most
        super().__init__(str(most))


class AuthorityWrong(ValueError):
    """A rule of authority that cannot work."""


def read(value: Mapping[str, Any]) -> tuple[list[Rung], int]:
    """The rungs, lowest first, and the index of the rung that grave matters need at least."""
    rungs: list[Rung] = []
    for entry in value.get("rungs", []):
        roles = tuple(entry.get("roles", ()))
        limit = entry.get("limit", -1)
        if not roles or isinstance(limit, bool) or not isinstance(limit, int | float | str):
            raise AuthorityWrong(str(entry))
        amount = None if limit == "any" else Decimal(str(limit))
        if amount is not None and amount < 0:
            raise AuthorityWrong(str(entry))
        below = rungs[-1].limit if rungs else Decimal(-1)
        if rungs and amount is not None and (below is None or amount < below):
            raise AuthorityWrong(str(entry))
        rungs.append(Rung(roles, amount))
    grave = value.get("grave_from", 0)
    if not rungs or isinstance(grave, bool) or not isinstance(grave, int) or not 0 <= grave < len(rungs):
        raise AuthorityWrong(str(value))
    return rungs, grave


def needed(rungs: Sequence[Rung], amount: Decimal, *, grave: bool, grave_from: int) -> int:
    """The index of the lowest rung that may decide the amount. Raises :class:`AboveEverybody`."""
    for index, rung in enumerate(rungs):
        if (rung.limit is None or amount <= rung.limit) and (not grave or index >= grave_from):
            return index
    raise AboveEverybody(max((r.limit for r in rungs if r.limit is not None), default=Decimal(0)))


def chain(
    rungs: Sequence[Rung],
    role: str,
    amount: Decimal,
    *,
    grave: bool = False,
    grave_from: int = 0,
    present: Collection[str] | None = None,
) -> list[str]:
    """The roles whose signatures are needed, in order; nothing when the proposer decides alone.

    Every rung above the proposer's signs, up to the first that may decide the amount (and, for grave matters, up to
    ``grave_from``). ``present``: roles that somebody holds; a rung that nobody holds passes its say to the next one.
    Raises :class:`AboveEverybody`.
    """
    top = needed(rungs, amount, grave=grave, grave_from=grave_from)
    own = next((i for i, rung in enumerate(rungs) if role in rung.roles), -1)
    if own >= top:
        return []
    signs: list[str] = []
    for index in range(own + 1, len(rungs)):
        here = [r for r in rungs[index].roles if present is None or r in present]
        signs += here
        if index >= top and here:
            return signs
    raise AboveEverybody(max((r.limit for r in rungs if r.limit is not None), default=Decimal(0)))
