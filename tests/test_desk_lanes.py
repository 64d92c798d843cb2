"""A backlog that two connections share: every step once, the same as one connection would do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from conftest import MOMENT
from maitian.clients.models import Client
from maitian.core import ledger
from maitian.core.models import LedgerEntry
from maitian.desk.actions import sweeping
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Clock, Escalation
from maitian.staff.models import Notification
from tests.frozen import copied_database

LATE = MOMENT + timedelta(days=20)
CASES = 14


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), copied_database("lanes"), time_machine.travel(MOMENT, tick=False):
        yield


def opened(number: int) -> set[int]:
    clients = list(Client.objects.filter(merged_into=None, state="active").order_by("pk")[:number])
    made = set()
    for client in clients:
        case = open_case(
            kind="enquiry", branch=client.branch, client=client, body="到期了没人答。", channel="portal", actor=client.actor
        )  # fmt: skip
        made.add(case.pk)
    return made


def test_two_connections_sweep_a_backlog_as_one_would(
    own_database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping.sweep(timezone.now())  # what the demonstration has due
    ids = opened(2 * CASES)
    assert len(ids) == 2 * CASES
    ours = sorted(ids)[:CASES]
    Clock.objects.filter(case_id__in=sorted(ids)[CASES:]).update(next_at=None)
    alone = sweeping.sweep(LATE)  # these fit into one transaction
    by_one = Counter(
        Escalation.objects.filter(clock__case_id__in=ours).values_list("clock__kind", "step", "who")
    )

    others = sorted(ids)[CASES:]
    for clock in Clock.objects.filter(case_id__in=others, stopped_at=None):
        Clock.objects.filter(pk=clock.pk).update(next_at=clock.due_at)
    rung = Notification.objects.count()
    seen = LedgerEntry.objects.count()
    monkeypatch.setattr(sweeping, "SWEEP", 3)
    some, lanes = sweeping._sweep_some, set()
    monkeypatch.setattr(
        sweeping, "_sweep_some", lambda at: lanes.add(threading.current_thread().name) or some(at)
    )
    shared = sweeping.sweep(LATE)
    by_two = Counter(
        Escalation.objects.filter(clock__case_id__in=others).values_list("clock__kind", "step", "who")
    )

    assert by_one and by_two == by_one
    assert lanes == {"sweep_0", "sweep_1"}
    assert shared.breaches == sum(
        1 for clock in Clock.objects.filter(case_id__in=others) if clock.breached_at
    )
    assert shared.steps == sum(by_two.values()) and alone.steps >= shared.steps
    assert LedgerEntry.objects.count() == seen + shared.breaches and ledger.verify().sound
    assert Notification.objects.count() > rung
    assert sweeping.sweep(LATE) == sweeping.Swept(closed=0)
