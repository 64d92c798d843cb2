"""Pure rules of campaigns: groups, waits, shares, and the graph of steps against a slow reference."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.outreach.campaigns import graph, rules
from maitian.outreach.campaigns.graph import END
from maitian.outreach.campaigns.rules import Calendar, Says, Share

SHANGHAI = ZoneInfo("Asia/Shanghai")
Z95 = rules.quantile(0.95)


# --- groups ----------------------------------------------------------------------------------------------------

shares = st.lists(st.integers(1, 40), min_size=1, max_size=4).map(
    lambda parts: [*parts[:-1], 100 - sum(parts[:-1])] if sum(parts[:-1]) < 100 else [100]
)


@given(st.integers(0, 60), shares, st.integers(1, 10**6))
@settings(max_examples=40, deadline=None)
def test_groups_are_balanced_stable_and_complete(control: int, arms: list[int], campaign: int) -> None:
    """Ten thousand clients: every group is within five standard deviations of its share, whoever else is there."""
    n = 10_000
    groups = [rules.group(rules.draw(campaign, client), control, arms) for client in range(1, n + 1)]
    counts = Counter(groups)
    assert set(counts) <= set(range(len(arms) + 1))
    expected = [control / 100, *((1 - control / 100) * share / 100 for share in arms)]
    for number, share in enumerate(expected):
        sigma = math.sqrt(n * share * (1 - share)) + 1
        assert abs(counts[number] - n * share) <= 5 * sigma
    # The same client draws the same group again, alone or among others.
    assert [
        rules.group(rules.draw(campaign, client), control, arms) for client in (1, 77, 9999)
    ] == [groups[0], groups[76], groups[9998]]  # fmt: skip


def test_a_larger_control_group_only_adds_to_it() -> None:
    draws = [rules.draw(5, client) for client in range(2000)]
    before = {n for n, drawn in enumerate(draws) if rules.group(drawn, 10, [50, 50]) == 0}
    after = {n for n, drawn in enumerate(draws) if rules.group(drawn, 20, [50, 50]) == 0}
    assert before < after


def test_two_campaigns_split_independently() -> None:
    """Who was in the control group of one campaign is in that of another no oftener than anybody else."""
    both = sum(rules.draw(1, c) < 2000 and rules.draw(2, c) < 2000 for c in range(50_000))
    assert abs(both - 2000) < 5 * math.sqrt(2000)


@pytest.mark.parametrize(
    ("control", "arms"), [(100, [100]), (-1, [100]), (10, []), (10, [50, 49]), (10, [100, 0])]
)
def test_shares_that_do_not_make_a_whole_are_refused(control: int, arms: list[int]) -> None:
    with pytest.raises(ValueError):
        rules.edges(control, arms)


# --- waits -----------------------------------------------------------------------------------------------------

HOLIDAY = date(2026, 11, 25)


def _works(day: date) -> bool:
    return day.weekday() < 5 and day != HOLIDAY


def _work_day_after(day: date, n: int) -> date:
    while n:
        day += timedelta(days=1)
        n -= _works(day)
    return day


CALENDAR = Calendar(_works, _work_day_after, lambda start, minutes: start + timedelta(minutes=2 * minutes))


def at(day: int, clock: str, month: int = 11) -> datetime:
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T{clock}:00+08:00").astimezone(SHANGHAI)


@pytest.mark.parametrize(
    ("wait", "start", "expected"),
    [
        ({"for": "hours", "n": 4}, at(24, "22:30"), at(25, "02:30")),
        ({"for": "work_hours", "n": 3}, at(24, "10:00"), at(24, "16:00")),  # the calendar's own arithmetic
        ({"for": "days", "n": 3, "at": "09:30"}, at(24, "22:00"), at(27, "09:30")),
        ({"for": "days", "n": 1, "at": "09:30"}, at(30, "08:00"), at(1, "09:30", 12)),
        ({"for": "days", "n": 0, "at": "09:30"}, at(24, "09:00"), at(24, "09:30")),
        ({"for": "days", "n": 0, "at": "09:30"}, at(24, "09:31"), at(25, "09:30")),
        ({"for": "work_days", "n": 1, "at": "09:30"}, at(24, "10:00"), at(26, "09:30")),  # the 25th is a holiday
        ({"for": "work_days", "n": 2, "at": "09:30"}, at(26, "10:00"), at(30, "09:30")),  # over the weekend
        ({"for": "work_days", "n": 0, "at": "09:30"}, at(24, "09:30"), at(24, "09:30")),
        ({"for": "work_days", "n": 0, "at": "09:30"}, at(24, "09:31"), at(26, "09:30")),
        ({"for": "work_days", "n": 0, "at": "09:30"}, at(28, "08:00"), at(30, "09:30")),
        ({"for": "until", "at": "2026-11-27T09:00+08:00"}, at(24, "10:00"), at(27, "09:00")),
        ({"for": "until", "at": "2026-11-20T09:00+08:00"}, at(24, "10:00"), at(24, "10:00")),
    ],
)  # fmt: skip
def test_waits(wait: dict, start: datetime, expected: datetime) -> None:
    assert rules.resume_at(wait, start, CALENDAR) == expected


# --- shares ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe 1998, table II, method 10.
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
        (Share(0, 10), Share(0, 20), -0.1611, 0.2775),
        (Share(10, 10), Share(0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_s_own_examples(one: Share, other: Share, low: float, high: float) -> None:
    found = rules.difference(one, other, Z95, 1)
    assert found.low == pytest.approx(low, abs=6e-5) and found.high == pytest.approx(high, abs=6e-5)


@given(st.integers(1, 400), st.integers(1, 400), st.data())
def test_a_difference_lies_in_its_interval_and_turns_with_its_sides(
    n: int, m: int, data: st.DataObject
) -> None:
    one, other = Share(data.draw(st.integers(0, n)), n), Share(data.draw(st.integers(0, m)), m)
    found, turned = rules.difference(one, other, Z95, 1), rules.difference(other, one, Z95, 1)
    assert -1 <= found.low <= found.value + 1e-12 and found.value - 1e-12 <= found.high <= 1
    assert found.low == pytest.approx(-turned.high) and found.high == pytest.approx(-turned.low)
    wider = rules.difference(one, other, rules.quantile(0.95, 3), 1)
    assert wider.low <= found.low and wider.high >= found.high


def test_what_a_comparison_says() -> None:
    assert rules.difference(Share(300, 1000), Share(200, 1000), Z95, 30).says == Says.MORE
    assert rules.difference(Share(200, 1000), Share(300, 1000), Z95, 30).says == Says.LESS
    assert rules.difference(Share(21, 100), Share(20, 100), Z95, 30).says == Says.UNCLEAR
    assert rules.difference(Share(20, 25), Share(2, 25), Z95, 30).says == Says.FEW
    assert rules.difference(Share(0, 0), Share(0, 0), Z95, 0).says == Says.UNCLEAR
    assert Share(0, 0).value is None and rules.wilson(Share(0, 0), Z95) == (0.0, 1.0)


def test_the_interval_covers_as_often_as_it_says() -> None:
    """Two groups with the same true share: 95 % intervals leave zero out in about five of a hundred draws."""
    import random

    source = random.Random(7)
    out = 0
    for _ in range(1500):
        one = Share(sum(source.random() < 0.08 for _ in range(300)), 300)
        other = Share(sum(source.random() < 0.08 for _ in range(100)), 100)
        out += rules.difference(one, other, Z95, 1).says in (Says.MORE, Says.LESS)
    assert 0.025 < out / 1500 < 0.075


# --- the graph -------------------------------------------------------------------------------------------------


def send(key: str, follows: str = END) -> dict:
    return {"key": key, "do": "send", "next": follows}


def branch(key: str, yes: str, no: str) -> dict:
    return {"key": key, "do": "branch", "yes": yes, "no": no}


def wait(key: str, follows: str = END, hours: int = 24) -> dict:
    return {"key": key, "do": "wait", "next": follows, "for": "hours", "n": hours}


@st.composite
def graphs(draw: st.DrawFn) -> list[dict]:
    """Any graph of up to nine steps whose pointers go anywhere, loops included."""
    keys = [f"s{n}" for n in range(1, draw(st.integers(1, 9)) + 1)]
    anywhere = st.sampled_from([*keys, END])
    made = []
    for key in keys:
        kind = draw(st.sampled_from(["send", "wait", "branch"]))
        made.append(
            branch(key, draw(anywhere), draw(anywhere)) if kind == "branch"
            else send(key, draw(anywhere)) if kind == "send" else wait(key, draw(anywhere))
        )  # fmt: skip
    return made


def walks(steps: list[dict], key: str, seen: tuple[str, ...] = ()) -> bool:
    """Slow reference: whether some way from ``key`` comes to a step twice."""
    if key == END:
        return False
    if key in seen:
        return True
    return any(walks(steps, target, (*seen, key)) for target in graph.targets(graph.by_key(steps)[key]))


@given(graphs())
@settings(max_examples=300, deadline=None)
def test_loops_are_found_exactly_when_there_are_any(steps: list[dict]) -> None:
    if walks(steps, "s1"):
        with pytest.raises(graph.Loop) as caught:
            graph.order(steps, "s1")
        keys = caught.value.keys
        known = graph.by_key(steps)
        assert keys[0] == keys[-1]
        assert all(b in graph.targets(known[a]) for a, b in itertools.pairwise(keys))
        return
    sequence = graph.order(steps, "s1")
    known = graph.by_key(steps)
    place = {key: n for n, key in enumerate(sequence)}
    for key in sequence:
        assert all(target == END or place[key] < place[target] for target in graph.targets(known[key]))
    assert set(sequence) == {"s1"} | graph.leads_to(steps, "s1")

    shown = [item.step["key"] for item in graph.places(graph.layout(steps, "s1"))]
    assert sorted(shown) == sorted(sequence)
    found = graph.numbers(graph.layout(steps, "s1"))
    assert sorted(found.values()) == list(range(1, len(sequence) + 1)) and found["s1"] == 1
    assert follows_as_shown(graph.layout(steps, "s1"), END, known)


def follows_as_shown(chain: graph.Chain, below: str, known: dict[str, dict]) -> bool:
    """Whether reading the page from top to bottom gives the pointers of the graph. ``below``: what stands after."""
    after = chain.goes_to or below
    for n, place in enumerate(chain.places):
        following = chain.places[n + 1].step["key"] if n + 1 < len(chain.places) else after
        if place.step["do"] != "branch":
            assert place.step["next"] == following
            continue
        for way, inner in place.chains.items():
            first = inner.places[0].step["key"] if inner.places else (inner.goes_to or following)
            assert place.step[way] == first
            assert follows_as_shown(inner, following, known)
    return True


@given(graphs(), st.data())
@settings(max_examples=200, deadline=None)
def test_putting_in_and_taking_out_never_make_a_loop(steps: list[dict], data: st.DataObject) -> None:
    if walks(steps, "s1"):
        return
    steps = [step for step in steps if step["key"] in graph.order(steps, "s1")]
    target = data.draw(st.sampled_from([step["key"] for step in steps]))
    way = data.draw(st.sampled_from(graph.ways(graph.by_key(steps)[target])))
    new = data.draw(st.sampled_from([send("s99"), branch("s99", END, END)]))
    more, first = graph.insert(steps, "s1", new, target, way)
    assert set(graph.order(more, first)) == {step["key"] for step in more}
    less, again = graph.remove(more, first, "s99")
    assert again == "s1" and sorted(less, key=lambda s: s["key"]) == sorted(steps, key=lambda s: s["key"])
    left, begins = graph.remove(steps, "s1", target)
    assert target not in {step["key"] for step in left}
    assert (not left and not begins) or set(graph.order(left, begins)) == {step["key"] for step in left}
    for key in graph.may_follow(steps, target):
        moved = [{**s, graph.ways(s)[0]: key} if s["key"] == target else s for s in steps]
        graph.order(moved, "s1")


def test_a_branch_whose_ways_meet_again_goes_on_below() -> None:
    steps = [send("s1", "s2"), branch("s2", "s3", "s4"), send("s3", "s5"), wait("s4", "s5"), send("s5")]
    found = graph.layout(steps, "s1")
    assert [place.step["key"] for place in found.places] == ["s1", "s2", "s5"] and found.goes_to == END
    ways = found.places[1].chains
    assert [p.step["key"] for p in ways["yes"].places] == ["s3"] and ways["yes"].goes_to == ""
    # A way that ends by itself says so, and one that runs into a step shown elsewhere names it.
    steps = [branch("s1", END, "s2"), branch("s2", "s3", "s4"), send("s3", "s4"), send("s4")]
    found = graph.layout(steps, "s1")
    assert found.places[0].chains["yes"].goes_to == END


def test_a_follower_that_is_not_there_is_named() -> None:
    with pytest.raises(graph.Lost) as caught:
        graph.order([send("s1", "s9")], "s1")
    assert (caught.value.key, caught.value.target) == ("s1", "s9")
    with pytest.raises(graph.Lost):
        graph.insert([send("s1")], "s1", send("s2"), "s1", "yes")
    with pytest.raises(graph.Lost):
        graph.insert([send("s1")], "s1", send("s2"), "s7")


def test_looking_ahead_takes_the_longest_and_the_dearest_way() -> None:
    steps = [
        send("s1", "s2"),
        branch("s2", "s3", "s4"),
        wait("s3", "s5", 48),
        wait("s4", "s5", 2),
        send("s5"),
    ]
    start = at(24, "10:00")
    arrives, through = graph.latest(
        steps, "s1", start, lambda step, moment: rules.resume_at(step, moment, CALENDAR)
    )
    assert arrives["s5"] == through == start + timedelta(hours=48)
    assert graph.dearest(steps, "s1", {"s1": 4, "s5": 8}) == 12
    assert graph.dearest([], "", {}) == 0
    assert graph.free_key(steps) == "s6" and graph.free_key([]) == "s1"
    assert graph.unreached([*steps, send("s9")], "s1") == ["s9"]
    begun, first = graph.insert([], "", send("s1"))
    assert first == "s1" and begun == [send("s1")]
