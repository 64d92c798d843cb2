"""The steps of a campaign as a graph: pure, no Django, no clock.

A step is a dict ``{"key": "s2", "do": "send" | "wait" | "branch", …}``. What sends or waits has ``next``, a branch has
``yes`` and ``no``; each names another step or :data:`END`. Steps stand in a list whose order means nothing: the graph
begins at ``first``. A graph is small (tens of steps), so clarity comes before speed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

END = "end"
SEND, WAIT, BRANCH = "send", "wait", "branch"
KINDS = (SEND, WAIT, BRANCH)
Step = dict[str, Any]
Steps = Sequence[Step]


class Loop(ValueError):
    """Steps that lead back to themselves; ``keys`` in the order in which they are gone through."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(" → ".join(keys))
        self.keys = list(keys)


class Lost(ValueError):
    """A step names a follower that is not there."""

    def __init__(self, key: str, target: str) -> None:
        super().__init__(f"{key} → {target}")
        self.key, self.target = key, target


def ways(step: Step) -> tuple[str, ...]:
    """The names of a step's ways on."""
    return ("yes", "no") if step["do"] == BRANCH else ("next",)


def targets(step: Step) -> list[str]:
    """Where a step leads, each once."""
    return list(dict.fromkeys(str(step.get(way, END)) for way in ways(step)))


def by_key(steps: Steps) -> dict[str, Step]:
    return {step["key"]: step for step in steps}


def order(steps: Steps, first: str) -> list[str]:
    """The keys that can be reached from ``first``, each before everything that follows it.

    Raises :class:`Loop` or :class:`Lost`. Steps that cannot be reached are left out.
    """
    known = by_key(steps)
    done: list[str] = []
    finished: set[str] = set()
    under_way: list[str] = []

    def visit(key: str, origin: str) -> None:
        if key == END or key in finished:
            return
        if key not in known:
            raise Lost(origin, key)
        if key in under_way:
            raise Loop([*under_way[under_way.index(key) :], key])
        under_way.append(key)
        # The last way first, so that the reversed list has "yes" before "no".
        for target in reversed(targets(known[key])):
            visit(target, key)
        under_way.pop()
        finished.add(key)
        done.append(key)

    visit(first, "")
    return done[::-1]


def unreached(steps: Steps, first: str) -> list[str]:
    """Steps that nobody can come to."""
    reached = set(order(steps, first))
    return [step["key"] for step in steps if step["key"] not in reached]


def leads_to(steps: Steps, key: str) -> set[str]:
    """Every step that follows ``key``, however far."""
    known = by_key(steps)
    found: set[str] = set()
    waiting = [key]
    while waiting:
        for target in targets(known[waiting.pop()]) if waiting else ():
            if target != END and target in known and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def may_follow(steps: Steps, key: str) -> list[str]:
    """The steps that may come after ``key`` without leading back to it."""
    return [step["key"] for step in steps if step["key"] != key and key not in leads_to(steps, step["key"])]


def free_key(steps: Steps) -> str:
    """A key that no step has had: ``s1``, ``s2`` … above the largest."""
    numbers = [int(step["key"][1:]) for step in steps if step["key"][:1] == "s" and step["key"][1:].isdigit()]
    return f"s{max(numbers, default=0) + 1}"


# --- changing: every function gives a new list and leaves the old one alone ----------------------------------


def insert(steps: Steps, first: str, new: Step, after: str = "", way: str = "next") -> tuple[list[Step], str]:
    """A step put in after another one's way (or at the very beginning): ``(steps, first)``.

    What followed there follows the new step now; behind a branch it follows both ways.
    """
    if not after:
        follower = first or END
        return [*_copied(steps), _followed(new, follower)], new["key"]
    made = _copied(steps)
    for step in made:
        if step["key"] == after:
            if way not in ways(step):
                raise Lost(after, way)
            follower = step.get(way, END)
            step[way] = new["key"]
            return [*made, _followed(new, follower)], first
    raise Lost(after, new["key"])


def remove(steps: Steps, first: str, key: str, keep: str = "no") -> tuple[list[Step], str]:
    """Without a step: what led to it leads to what followed it; of a branch, to the way that is kept.

    What cannot be reached any more goes with it.
    """
    gone = by_key(steps)[key]
    follower = gone.get(keep if gone["do"] == BRANCH else "next", END)
    made = [step for step in _copied(steps) if step["key"] != key]
    for step in made:
        for way in ways(step):
            if step.get(way) == key:
                step[way] = follower
    first = follower if first == key else first
    if first == END:
        return [], ""
    reached = set(order(made, first))
    return [step for step in made if step["key"] in reached], first


def _copied(steps: Steps) -> list[Step]:
    return [dict(step) for step in steps]


def _followed(step: Step, follower: str) -> Step:
    return {**step, **dict.fromkeys(ways(step), follower)}


# --- showing -------------------------------------------------------------------------------------------------


@dataclass
class Place:
    """A step on the page with its number; a branch with what happens on either way."""

    number: int
    step: Step
    chains: dict[str, Chain] = field(default_factory=dict)


@dataclass
class Chain:
    """Steps one below the other. ``goes_to``: a step shown elsewhere, :data:`END`, or empty when it goes on below."""

    places: list[Place] = field(default_factory=list)
    goes_to: str = ""


def layout(steps: Steps, first: str) -> Chain:
    """The graph as one list read from top to bottom, each step in it once.

    The two ways of a branch stand within it up to the step in which they meet again; from there on they are one list.
    Where a way runs into a step that stands elsewhere, it says so by ``goes_to``.
    """
    if not first or first == END:
        return Chain([], END)
    known = by_key(steps)
    sequence = order(steps, first)
    meets = _meetings(known, sequence)
    shown: set[str] = set()

    def chain(key: str, stop: str) -> Chain:
        made = Chain()
        while key not in (stop, END):
            if key in shown:
                made.goes_to = key
                return made
            shown.add(key)
            place = Place(len(shown), known[key])
            made.places.append(place)
            if known[key]["do"] != BRANCH:
                key = known[key].get("next", END)
                continue
            meeting = meets[key]
            for way in ("yes", "no"):
                place.chains[way] = chain(known[key].get(way, END), meeting)
            if meeting in shown:
                made.goes_to = meeting
                return made
            key = meeting
        made.goes_to = END if key == END else ""
        return made

    return chain(first, END)


def _meetings(known: Mapping[str, Step], sequence: Sequence[str]) -> dict[str, str]:
    """Step → the first step through which every way from it goes (its nearest post-dominator), or the end."""
    place = {key: number for number, key in enumerate(sequence)} | {END: len(sequence)}
    through: dict[str, set[str]] = {END: {END}}
    found = {}
    for key in reversed(sequence):
        common = set.intersection(*(through[target] for target in targets(known[key])))
        found[key] = min(common, key=place.__getitem__)
        through[key] = common | {key}
    return found


def numbers(chain: Chain) -> dict[str, int]:
    """Step → its number on the page."""
    found = {}
    for place in places(chain):
        found[place.step["key"]] = place.number
    return found


def places(chain: Chain) -> Iterable[Place]:
    """Every place of a layout, in the order of the numbers."""
    for place in chain.places:
        yield place
        for inner in place.chains.values():
            yield from places(inner)


# --- looking ahead ---------------------------------------------------------------------------------------------


def latest(
    steps: Steps, first: str, start: datetime, resume: Callable[[Step, datetime], datetime]
) -> tuple[dict[str, datetime], datetime]:
    """When the last client can come to each step, and when the last one is through.

    ``resume(wait, moment)`` says when a wait that begins at a moment is over; a later beginning never ends earlier.
    """
    known = by_key(steps)
    arrives = {first: start}
    through = start
    for key in order(steps, first):
        step = known[key]
        leaves = resume(step, arrives[key]) if step["do"] == WAIT else arrives[key]
        through = max(through, leaves)
        for target in targets(step):
            if target != END:
                arrives[target] = max(arrives.get(target, leaves), leaves)
    return arrives, through


def dearest(steps: Steps, first: str, price: Mapping[str, int]) -> int:
    """What the most expensive way through the graph costs; ``price`` by step."""
    if not first:
        return 0
    known = by_key(steps)
    worth: dict[str, int] = {END: 0}
    for key in reversed(order(steps, first)):
        worth[key] = price.get(key, 0) + max(worth[target] for target in targets(known[key]))
    return worth[first]
