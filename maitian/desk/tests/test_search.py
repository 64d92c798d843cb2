"""Search finds every case that holds the words and that the member may see, in order, page by page, by whatever way."""

from __future__ import annotations

from typing import Any

import pytest

from maitian.clients.models import Client
from maitian.desk import queries
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Case, Entry
from maitian.desk.queries import Filters, lists
from maitian.staff.models import Member

pytestmark = pytest.mark.django_db
TEXTS = ["云杉证书过期", "云杉软件闪退", "账单里少了一行", "云杉和账单都要", "想改地址"]
WORDS = ["云杉", "账单", "云杉 账单", "地址", "龘靐"]


@pytest.fixture
def cases(member: Any) -> list[Case]:
    """Some of every centre and of many clients, some urgent, one of a colleague's own."""
    clients = list(Client.objects.filter(merged_into=None, state="active").order_by("pk")[:12])
    clients += list(Client.objects.filter(manager=member("manager1"), merged_into=None).order_by("pk")[:6])
    made = []
    for number in range(40):
        client = clients[number % len(clients)]
        made.append(
            open_case(
                kind=("enquiry", "request", "suggestion")[number % 3], branch=client.branch, client=client,
                body=TEXTS[number % len(TEXTS)], channel="portal", actor=client.actor, priority=3 if number % 7 == 0 else 1,
                complete=False,
            ).case
        )  # fmt: skip
    Case.objects.filter(pk=made[8].pk).update(owner=member("hotline1"))
    return made


def slow(member: Member, filters: Filters) -> list[int]:
    """Every case asked by itself."""
    found = []
    for case in Case.objects.exclude(state="merged").order_by("-pk"):
        texts = " ".join([case.subject, *Entry.objects.filter(case=case).values_list("body", flat=True)])
        if filters.priority and case.priority != int(filters.priority):
            continue
        if filters.view == "mine" and case.owner_id != member.pk:
            continue
        if all(word in texts for word in filters.words.split()) and queries.can_see(member, case.pk):
            found.append(case.pk)
    return found


@pytest.mark.parametrize("name", ["boss", "hotline1", "clerk1", "manager1", "adviser1"])
@pytest.mark.parametrize(("nearest", "first"), [(2_000, 1_000), (3, 2), (1, 50)])
def test_every_way_finds_the_same(
    name: str, nearest: int, first: int, cases: list[Case], member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "NEAREST", nearest)
    monkeypatch.setattr(lists, "FIRST", first)
    monkeypatch.setattr(lists, "FIRST_OF_OWN", first)
    monkeypatch.setattr(lists, "GROWTH", 2)
    monkeypatch.setattr(lists, "MOST", max(first, 8))
    who, any_found = member(name), 0
    for words in WORDS:
        for filters in (
            Filters(view="all", words=words), Filters(view="all", words=words, priority="3"), Filters(view="mine", words=words),
        ):  # fmt: skip
            wanted = slow(who, filters)
            any_found += len(wanted)
            assert lists.search(who, filters, 100) == wanted, (words, filters)
            assert lists.search(who, filters, 100, order=("id",)) == wanted[::-1], (words, filters)
            paged: list[int] = []
            while part := lists.search(who, filters, 3, beyond=paged[-1:]):
                paged += part
            assert paged == wanted, (words, filters)
            back: list[int] = []
            while part := lists.search(who, filters, 3, order=("id",), beyond=back[-1:]):
                back += part
            assert back == wanted[::-1], (words, filters)
    assert any_found or name == "adviser1"
