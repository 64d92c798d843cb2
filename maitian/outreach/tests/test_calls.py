"""Calls to make: the list, one after the other, the number on record, the lead's view."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from maitian.clients.models import Client, ContactPoint
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, calls
from maitian.outreach.models import CallTask
from maitian.outreach.tests.test_dispatch import nothing_else_to_do, notice, work

pytestmark = pytest.mark.django_db
__all__ = ["nothing_else_to_do", "notice"]


@pytest.fixture
def tasks(notice, member, story) -> list[CallTask]:
    """Calls to the story's five clients (manager1's) and to five of others; one late, one for the hotline."""
    others = list(
        Client.objects.filter(state="active", manager__active=True)
        .exclude(manager=member("manager1"))
        .values_list("pk", flat=True)[:5]
    )
    event = notice([*story, *others], mask=8, legal_basis="contract", text="核对联系方式")
    actions.send(event.pk, actor=member("boss").actor)
    work(3, None)
    now = timezone.now()
    CallTask.objects.filter(client_id=story[2]).update(due_at=now - timedelta(minutes=20))
    CallTask.objects.filter(client_id=story[0]).update(due_at=now + timedelta(minutes=20))
    CallTask.objects.filter(client_id=others[0]).update(queue="hotline", member=None)
    return list(CallTask.objects.filter(event=event).order_by("pk"))


def test_the_most_urgent_call_stands_first_and_late_ones_are_marked(tasks, story, sign_in) -> None:
    page = sign_in("manager1").get("/outreach/calls/").content.decode()
    listed = page.split('id="calls"')[1]
    assert (
        listed.count("/outreach/calls/") == 10 and "超时 20 分" in listed and listed.count("data-late") == 1
    )
    late = CallTask.objects.get(client_id=story[2])
    assert listed.index(f"/outreach/calls/{late.pk}/") < listed.index(
        f"/outreach/calls/{CallTask.objects.get(client_id=story[0]).pk}/"
    )
    assert sign_in("manager1").get("/outreach/calls/next/")["Location"] == f"/outreach/calls/{late.pk}/"


def test_one_tap_notes_the_result_and_the_next_call_follows(tasks, story, sign_in) -> None:
    manager = sign_in("manager1")
    late, soon = (CallTask.objects.get(client_id=story[n]) for n in (2, 0))
    page = manager.get(f"/outreach/calls/{late.pk}/").content.decode()
    assert "核对联系方式" in page and page.count('name="result"') == 5
    answer = manager.post(f"/outreach/calls/{late.pk}/", {"result": "promised", "note": "明天"})
    assert answer["Location"] == f"/outreach/calls/{soon.pk}/"
    late.refresh_from_db()
    assert (late.state, late.result, late.attempts, late.note) == ("done", "promised", 1, "明天")
    # Nobody answers: the call stays, the try counts, and another one comes first.
    answer = manager.post(f"/outreach/calls/{soon.pk}/", {"result": "no_answer"})
    soon.refresh_from_db()
    assert soon.state == "open" and soon.attempts == 1 and answer["Location"] != f"/outreach/calls/{soon.pk}/"
    answer = manager.post(f"/outreach/calls/{soon.pk}/", {"note": "忘了选"})
    assert answer.status_code == 422 and "忘了选" in answer.content.decode()
    assert manager.post(f"/outreach/calls/{late.pk}/", {"result": "reached"}).status_code == 409


def test_the_number_is_shown_on_asking_and_that_is_on_record(tasks, story, sign_in) -> None:
    manager = sign_in("manager1")
    task = CallTask.objects.get(client_id=story[0])
    phone = str(ContactPoint.objects.get(client_id=story[0], kind="phone").value)
    assert phone not in manager.get(f"/outreach/calls/{task.pk}/").content.decode()
    assert (
        f'href="tel:{phone}"' in manager.post(f"/outreach/calls/{task.pk}/", {"number": "1"}).content.decode()
    )
    row = LedgerEntry.objects.get(kind="privacy.revealed")
    assert row.client_id == story[0] and "电话任务" in row.facts["reason"] and phone not in str(row.facts)


def test_a_manager_finds_only_his_own_calls_the_hotline_its_queue(tasks, story, sign_in, member) -> None:
    foreign = next(t for t in tasks if t.client_id not in story and t.queue == "manager")
    assert sign_in("manager1").get(f"/outreach/calls/{foreign.pk}/").status_code == 404
    assert sign_in("manager1").post(f"/outreach/calls/{foreign.pk}/", {"number": "1"}).status_code == 404
    queue = [t.client_id for t in calls.tasks_of(member("hotline1"))]
    assert len(queue) == 1
    assert "热线要打的电话" in sign_in("hotline1").get("/outreach/calls/").content.decode()
    assert sign_in("clerk1").get("/outreach/calls/").status_code == 403


def test_a_lead_sees_tries_and_people_reached_by_manager(tasks, story, sign_in, member) -> None:
    mine = [t for t in tasks if t.client_id in story]
    for result, task in zip(("no_answer", "reached", "refused", "wrong_number"), mine, strict=False):
        calls.note_call(task.pk, result=result, actor=member("manager1").actor)
    calls.note_call(mine[0].pk, result="no_answer", actor=member("manager1").actor)
    tally = next(
        t
        for t in calls.tallies(member("boss"), timezone.now() - timedelta(days=7))
        if t.member == member("manager1")
    )
    assert (tally.open, tally.attempted, tally.reached, tally.done) == (2, 5, 2, 3)
    assert tally.share == pytest.approx(2 / 3)
    boss = sign_in("boss")
    page = boss.get("/outreach/calls/").content.decode()
    assert 'id="tallies"' in page and "67%" in page
    own = boss.get(f"/outreach/calls/?member={member('manager1').pk}").content.decode().split('id="calls"')[1]
    assert own.count('class="btn sm"') == 2
    hotline = boss.get("/outreach/calls/?member=-").content.decode().split('id="calls"')[1]
    assert hotline.count('class="btn sm"') == 1
    assert (
        sign_in("manager1")
        .get(f"/outreach/calls/?member={member('boss').pk}")
        .content.decode()
        .count('id="tallies"')
        == 0
    )
    # The lead's outlet alone.
    outlet = member("lead").outlet_id
    seen = calls.tallies(member("lead"), timezone.now() - timedelta(days=7))
    wanted = {
        t.member_id for t in CallTask.objects.all() if Client.objects.get(pk=t.client_id).outlet_id == outlet
    }
    assert {t.member.pk if t.member else None for t in seen} <= wanted


def test_without_calls_the_page_says_so(sign_in) -> None:
    manager = sign_in("manager1")
    CallTask.objects.all().delete()
    assert "没有要打的电话" in manager.get("/outreach/calls/").content.decode()
    assert manager.get("/outreach/calls/next/")["Location"] == "/outreach/calls/"
