"""Who covers a client when managers change outlets, and where a level promises an adviser."""

from __future__ import annotations

import pytest

from maitian.clients import actions as clients
from maitian.clients import queries
from maitian.clients import reactions as _registers  # noqa: F401
from maitian.clients.models import Client, Coverage
from maitian.core import reactions
from maitian.offerings import queries as offerings
from maitian.staff import actions
from maitian.staff.models import Member, Outlet

pytestmark = pytest.mark.django_db


def test_clients_go_with_their_manager_to_another_outlet(member) -> None:
    manager, reaction = member("manager1"), "clients.outlets"
    while reactions.react(reaction):
        pass
    other = Outlet.objects.exclude(pk=manager.outlet_id).first()
    values = {"name": manager.name, "centre": manager.centre, "role": manager.role, "outlet": str(other.pk)}
    actions.change_member(manager.pk, by=member("admin"), values=values)
    while reactions.react(reaction):
        pass
    assert set(Client.objects.filter(manager=manager).values_list("outlet", flat=True)) == {other.pk}


@pytest.mark.requirement("G7", "G10")
def test_a_level_with_an_adviser_and_nobody_there_is_a_gap(sign_in, member, story) -> None:
    client, adviser, boss = Client.objects.get(pk=story[2]), member("adviser1"), member("boss")
    assert client.level_rank in offerings.advised_ranks()
    clients.assign_adviser([client.pk], adviser, actor=boss.actor)
    ranks = offerings.advised_ranks()
    assert not queries.adviser_gaps(boss, ranks).filter(pk=client.pk).exists()
    Member.objects.filter(pk=adviser.pk).update(active=False)
    browser = sign_in("boss")
    page = browser.get("/coverage/?kind=adviser").content.decode()
    assert f'value="{client.pk}"' in page and f'value="{adviser.pk}"' not in page
    other = member("adviser2")
    browser.post("/coverage/assign/", {"kind": "adviser", "client": [client.pk], "member": other.pk})
    assert Coverage.objects.get(client=client, kind="adviser", until=None).member == other
    assert f'value="{client.pk}"' not in browser.get("/coverage/?kind=adviser").content.decode()


@pytest.mark.parametrize(
    "sent", [{}, {"client": ["x"]}, {"client": ["1"]}, {"client": ["1"], "member": "99999999999999999999"}]
)
def test_nothing_chosen_is_said(sign_in, sent) -> None:
    before = Coverage.objects.count()
    page = sign_in("boss").post("/coverage/assign/", sent, follow=True).content.decode()
    assert "没有选" in page and Coverage.objects.count() == before
