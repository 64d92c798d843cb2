"""Kill -9 of worker, database and gateway within one send: nothing lost, nothing doubled. ``make crash`` does it at length."""

from __future__ import annotations

import random

import pytest

from tests import crash

pytestmark = pytest.mark.crash


@pytest.mark.requirement("E5", "G12")
def test_a_send_survives_the_death_of_every_part() -> None:
    with crash.scene(clients=3_000, per_second=2500, web=False) as on:
        found = crash.play(on, ["worker", "database", "gateway"], random.Random(7))
    assert found["clients"] == 3_000
