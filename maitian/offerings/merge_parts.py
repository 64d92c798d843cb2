"""What happens to levels and applications when two records of one person become one.

A person has one level: the one chosen. The other's period ends on the day of the merge and stays with the absorbed record.
Commission rates of the accounts stay as agreed; only a new level changes them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from maitian.clients import actions as clients
from maitian.clients import merging
from maitian.clients.merging import ABSORBED, SURVIVOR, Field, Part, Step, run
from maitian.clients.models import Client
from maitian.core import time as business_time
from maitian.core.errors import DomainError
from maitian.offerings.errors import LevelBeganToday, LevelChangedSince
from maitian.offerings.models import LevelChange, ServiceLevel

OPEN = "SELECT id, level_id, lower(period), commission_rate FROM offerings_subscription WHERE client_id = %(client)s AND upper_inf(period)"


def _open(client_id: int) -> tuple[int, int, Any, Any] | None:
    """The subscription in force: id, level, first day, rate."""
    found = run(OPEN, {"client": client_id})
    return (found[0][0], found[0][1], found[0][2], found[0][3]) if found else None


def _fields(survivor: int, absorbed: int) -> list[Field]:
    ranks = dict(Client.objects.filter(pk__in=[survivor, absorbed]).values_list("pk", "level_rank"))
    names = {level.rank: level.title for level in ServiceLevel.objects.all()}
    mine, other = ranks.get(survivor, 0), ranks.get(absorbed, 0)
    return [
        Field(
            "level", ("级别", "Level"), names.get(mine, "–"), names.get(other, "–"),
            ABSORBED if not mine and other else SURVIVOR, same=mine == other,
        )
    ]  # fmt: skip


def _refuses(survivor: int, absorbed: int, choices: dict[str, str]) -> DomainError | None:
    """A period that began today cannot end today and another begin: it would be empty."""
    mine = _open(survivor)
    if (
        choices.get("level") == ABSORBED
        and mine is not None
        and mine[2] is not None
        and mine[2] >= business_time.today()
    ):
        return LevelBeganToday()
    return None


def _move(step: Step) -> dict[str, Any]:
    today = business_time.today()
    mine, other = _open(step.survivor), _open(step.absorbed)
    journal: dict[str, Any] = {
        "ended": None,
        "mine": None,
        "made": None,
        "withdrawn": [],
        "day": today.isoformat(),
    }
    ranks = dict(Client.objects.filter(pk__in=[step.survivor, step.absorbed]).values_list("pk", "level_rank"))
    journal["rank"] = ranks[step.survivor]
    if other is not None:
        _end(other, today)
        journal["ended"] = other[0]
    if step.takes("level") and other is not None:
        if mine is not None:
            _end(mine, today)
            journal["mine"] = mine[0]
        made = run(
            "INSERT INTO offerings_subscription (client_id, level_id, period, commission_rate)"
            " VALUES (%(client)s, %(level)s, daterange(%(day)s, NULL), %(rate)s) RETURNING id",
            {"client": step.survivor, "level": other[1], "day": today, "rate": other[3]},
        )
        journal["made"] = made[0][0]
        clients.set_level_rank([step.survivor], ranks[step.absorbed])
    # One open application a person: the absorbed record's is withdrawn when both have one.
    if LevelChange.objects.filter(client_id=step.survivor, state="applied").exists():
        withdrawn = run(
            "UPDATE offerings_levelchange SET state = 'withdrawn', decided_at = %(at)s"
            " WHERE client_id = %(absorbed)s AND state = 'applied' RETURNING id",
            step.parameters,
        )
        journal["withdrawn"] = [row[0] for row in withdrawn]
    moved = run(
        "UPDATE offerings_levelchange SET client_id = %(survivor)s WHERE client_id = %(absorbed)s"
        " AND NOT id = ANY(%(withdrawn)s) RETURNING id, state",
        {**step.parameters, "withdrawn": journal["withdrawn"]},
    )
    journal["changes"] = [[row[0], row[1]] for row in moved]
    return journal


def _end(subscription: tuple[int, int, Any, Any], today: Any) -> None:
    """Its last day is yesterday; one that began today keeps this day."""
    last = max(today, (subscription[2] or today) + timedelta(days=1)) if subscription[2] else today
    run(
        "UPDATE offerings_subscription SET period = daterange(lower(period), %(last)s) WHERE id = %(id)s",
        {"id": subscription[0], "last": last},
    )


def _refuses_back(step: Step, journal: Any) -> DomainError | None:
    """A level that was applied for or changed after the merge rests on it."""
    if not journal:
        return None
    states = dict(
        LevelChange.objects.filter(pk__in=[pk for pk, _state in journal["changes"]]).values_list(
            "pk", "state"
        )
    )
    if any(states.get(pk) != state for pk, state in journal["changes"]):
        return LevelChangedSince()
    mine = _open(step.survivor)
    if journal["made"] is not None and (mine is None or mine[0] != journal["made"]):
        return LevelChangedSince()
    return None


def _back(step: Step, journal: Any) -> None:
    if not journal:
        return
    if journal["made"] is not None:
        run("DELETE FROM offerings_subscription WHERE id = %(id)s", {"id": journal["made"]})
        clients.set_level_rank([step.survivor], journal["rank"])
    for name in ("mine", "ended"):
        run(
            "UPDATE offerings_subscription SET period = daterange(lower(period), NULL) WHERE id = %(id)s",
            {"id": journal[name]},
        )
    run(
        "UPDATE offerings_levelchange SET client_id = %(absorbed)s WHERE id = ANY(%(ids)s)",
        {**step.parameters, "ids": [pk for pk, _state in journal["changes"]]},
    )
    run(
        "UPDATE offerings_levelchange SET state = 'applied', decided_at = NULL WHERE id = ANY(%(withdrawn)s)",
        journal,
    )


merging.register(
    Part(
        "offerings.levels", ("级别和申请（只留一个级别）", "levels and applications (one level stays)"),
        ("offerings_subscription", "offerings_levelchange"), merging.counter("offerings_levelchange"),
        _move, _back, _fields, _refuses, _refuses_back,
    )
)  # fmt: skip
