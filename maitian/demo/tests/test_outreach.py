"""The demonstration's sends: the past agrees with itself, and every page has something to show."""

from __future__ import annotations

import pytest
from django.db import connection

from maitian.clients.models import InboundText
from maitian.core import time as business_time
from maitian.demo import outreach
from maitian.outreach import decision, dispatch
from maitian.outreach.models import CallTask, Delivery, Event, Message, Topic, TopicVersion
from maitian.outreach.queries import board, failed, replies
from maitian.outreach.queries.failed import Filters
from maitian.staff.models import Draft, Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(monkeypatch) -> int:
    monkeypatch.setattr(outreach, "SMALLEST", 1)
    return outreach.load({m.sign_in_name: m for m in Member.objects.all()}, 300)


def test_the_past_agrees_with_itself(loaded) -> None:
    assert loaded > 30
    past = Event.objects.filter(object_kind="demo")
    assert past.count() == loaded
    event = past.order_by("-sent_at").first()
    wanted = {
        client for client, _b in decision.clients_with(event.pk, {b for b in range(256) if b & 2}, 0, 10_000)
    }
    assert wanted == set(Message.objects.filter(event_id=event.pk).values_list("client_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM outreach_delivery d JOIN outreach_event e ON e.id = d.event_id WHERE e.object_kind = 'demo'"
            " AND d.count <> d.handed + d.failed + d.unknown + d.withheld"
        )
        assert cursor.fetchone()[0] == 0
    board.forget()
    assert board.plan().year == pytest.approx(sum(Delivery.objects.values_list("cost", flat=True)) / 10_000)


def test_nothing_keeps_the_worker_from_handing_over(loaded) -> None:
    worker = dispatch.Worker((0, 3))
    assert worker.step()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outreach_message_rest WHERE day >= %s", [business_time.today()])
        assert cursor.fetchone()[0] == 0


def test_every_page_has_something_to_show(loaded, sign_in) -> None:
    boss, checker, hotline, manager = (sign_in(name) for name in ("boss", "checker", "hotline1", "manager1"))
    assert (
        TopicVersion.objects.filter(state="proposed").count() == 2
        and Topic.objects.exclude(paused_at=None).count() == 1
    )
    assert (
        CallTask.objects.filter(state="open").count() > 5
        and CallTask.objects.filter(state="done").count() > 5
    )
    assert InboundText.objects.values("meaning").distinct().count() == 5
    assert replies.replies(Member.objects.get(sign_in_name="hotline1"), open_only=True).exists()
    assert failed.groups(Filters(days=30)) and board.strange_receipts()
    assert Draft.objects.filter(member__sign_in_name="editor").count() == 2
    for browser, paths in (
        (
            boss,
            (
                "/outreach/live/",
                "/outreach/failed/?days=30",
                "/outreach/calls/",
                "/outreach/topics/",
                "/outreach/",
            ),
        ),
        (checker, ("/outreach/topics/", "/outreach/live/")),
        (hotline, ("/outreach/replies/", "/outreach/calls/")),
        (manager, ("/outreach/calls/", "/outreach/replies/")),
    ):
        for path in paths:
            assert browser.get(path).status_code == 200, path
