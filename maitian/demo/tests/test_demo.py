from __future__ import annotations

import numpy as np
import pytest
from django.db import connection

from maitian.clients.models import Client, Price, Security
from maitian.clients.queries import gap_filter
from maitian.core import ledger
from maitian.core import time as business_time
from maitian.demo.names import check_digit, people
from maitian.staff.models import Member


def test_people_are_the_same_for_the_same_seed_and_never_twice() -> None:
    first, again = (people(3000, np.random.default_rng(1)) for _n in range(2))
    assert first == again
    assert len({p[2] for p in first}) == len({p[4] for p in first}) == 3000
    assert all(check_digit(p[2][:17]) == p[2][17] for p in first)


@pytest.mark.django_db
@pytest.mark.requirement("G1")
def test_the_branch_keeps_the_source_s_proportions() -> None:
    roles = {
        role: Member.objects.filter(role=role, active=True).count()
        for role in ("hotline_agent", "counter_clerk", "adviser")
    }
    assert roles == {"hotline_agent": 11, "counter_clerk": 12, "adviser": 6}
    total = sum(Client.objects.exclude(pk__lte=5).values_list("assets", flat=True))
    assert float(total) == pytest.approx(4e9 * 295 / 70_000, rel=0.3)
    assert Client.objects.filter(gap_filter()).count() <= 3
    assert ledger.verify().sound


@pytest.mark.django_db
def test_every_level_holds_securities_firms() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT level_rank FROM clients_client c JOIN clients_holding h ON h.client_id = c.id JOIN clients_security s USING (symbol)"
            " WHERE s.industry = '证券'"
        )
        assert {row[0] for row in cursor.fetchall()} == {1, 2, 3}


@pytest.mark.django_db
def test_prices_lie_on_the_last_244_trading_days() -> None:
    days = sorted(set(Price.objects.filter(symbol="002500").values_list("day", flat=True)))
    assert (
        len(days) == 244
        and days[-1] < business_time.today()
        and all(business_time.is_trading_day(day) for day in days)
    )
    assert Security.objects.count() == 300 and Security.objects.filter(industry="证券").count() == 45
    assert Price.objects.filter(symbol="CSI300").count() == 244


@pytest.mark.django_db
def test_the_desk_of_the_demonstration_lives(member) -> None:
    """Every kind and every state; late, soon due and waiting work; complaints in the middle of their life."""
    from django.utils import timezone

    from maitian.demo import desk
    from maitian.desk.models import Case, CaseKind, CaseState, Clock, Complaint, Letter, Merge, Refusal
    from maitian.staff.models import Member

    now = timezone.now()
    assert desk.load({m.sign_in_name: m for m in Member.objects.all()}, 60, now) == 67
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState.values)
    assert set(Case.objects.values_list("kind__code", flat=True)) == set(
        CaseKind.objects.values_list("code", flat=True)
    )
    late = Clock.objects.filter(state="breached", stopped_at=None)
    assert late.exists() and all(clock.breached_at == clock.due_at for clock in late)
    assert (
        Clock.objects.filter(state="paused").exists()
        and Clock.objects.filter(state="running", due_at__gt=now).exists()
    )
    assert set(Complaint.objects.values_list("remedy_state", flat=True)) == {"", "approved", "proposed"}
    assert (
        Complaint.objects.exclude(confirmation="").exists()
        and Letter.objects.filter(answered_at=None).exists()
    )
    assert Merge.objects.exists() and Refusal.objects.exists()
    assert not Case.objects.filter(opened_at__gt=now).exists()
