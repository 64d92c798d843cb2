"""Campaigns with several sessions: two workers at once, and one that is killed while it sends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from maitian.core.models import LedgerEntry
from maitian.outreach.campaigns import actions, advance
from maitian.outreach.campaigns.models import Campaign, CampaignMember
from maitian.outreach.models import Event
from maitian.outreach.tests.campaigning import approved, started
from maitian.staff.models import Member


@pytest.mark.django_db
def test_who_is_due_is_found_by_the_index_and_never_by_the_whole_table(member: Any) -> None:
    """Forty campaigns of 500 members, all waiting: the due of one step are read by their index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_campaignmember (client_id, campaign_id, arm, state, step, due_at, entered_at, left_for)"
            " SELECT n, 1000 + c, 1, 1, 's' || (n %% 4), %s + make_interval(hours => n), %s, '' FROM generate_series(1, 500) n, generate_series(1, 40) c",
            [timezone.now(), timezone.now()],
        )
        cursor.execute("ANALYZE outreach_campaignmember")
        due = CampaignMember.objects.filter(campaign_id=1007, step="s1", due_at__lte=timezone.now())
        assert "campaign_member_due" in due.explain()
        waiting = CampaignMember.objects.filter(campaign_id=1007, due_at__lte=timezone.now())
        assert "campaign_member_due" in waiting.explain()
        assert "Seq Scan" not in CampaignMember.objects.filter(client_id=77).explain()


def _member(name: str) -> Member:
    return Member.objects.get(sign_in_name=name)


@pytest.fixture
def running(committed: Any) -> Iterator[Campaign]:
    """A committed campaign that is about to send; everything of it is gone afterwards."""
    made = started(_member)
    yield made
    _clear(made)


@pytest.fixture
def waiting(committed: Any) -> Iterator[Campaign]:
    """A committed campaign that may be begun."""
    made = approved(_member)
    yield made
    _clear(made)


def _clear(made: Campaign) -> None:
    with connection.cursor() as cursor:
        listed = list(made.rounds.filter(event__isnull=False).values_list("event_id", flat=True))
        cursor.execute("DELETE FROM outreach_campaignround WHERE campaign_id = %s", [made.pk])
        for table in ("delivery", "verdictblock"):
            cursor.execute(f"DELETE FROM outreach_{table} WHERE event_id = ANY(%s)", [listed])
        cursor.execute("DELETE FROM outreach_event WHERE id = ANY(%s)", [listed])
        cursor.execute("DELETE FROM outreach_campaignmember WHERE campaign_id = %s", [made.pk])
        cursor.execute("DELETE FROM outreach_campaign WHERE id = %s", [made.pk])
        cursor.execute("DELETE FROM outreach_topicversion WHERE topic_id = %s", [made.topic_id])
        cursor.execute("DELETE FROM outreach_topic WHERE id = %s", [made.topic_id])
        cursor.execute("DELETE FROM staff_notification WHERE url LIKE %s", [f"%/campaigns/{made.pk}/"])
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'outreach.campaign'")


def _apart(work: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except OperationalError:
            pass
        finally:
            connection.close()

    made = threading.Thread(target=run)
    made.start()
    return made


def test_two_people_who_press_begin_at_once_begin_it_once(waiting: Campaign) -> None:
    """Twice each, and beside them the clock: one start, every client in one group."""
    number = actions.count(waiting.definition)
    names = ["campaign", "editor"] * 2
    threads = [
        _apart(lambda name=name: actions.start(waiting.pk, actor=_member(name).actor, confirmed_count=number))
        for name in names
    ]
    for thread in threads:
        thread.join()
    waiting.refresh_from_db()
    assert waiting.state == "running" and waiting.members == number
    assert CampaignMember.objects.filter(campaign_id=waiting.pk).count() == number
    begun = LedgerEntry.objects.filter(
        kind="campaign.started", object_kind="campaign", object_id=str(waiting.pk)
    )
    assert begun.count() == 1


def test_two_workers_at_once_take_each_step_once(running: Campaign) -> None:
    threads = [_apart(lambda: advance.advance(running.pk)) for _ in range(4)]
    for thread in threads:
        thread.join()
    advance.advance(running.pk)
    assert sum(r.count for r in running.rounds.filter(step="s1")) == running.members - running.controls
    assert running.rounds.filter(step="s1").count() == 2


def test_a_worker_killed_in_the_middle_leaves_everybody_where_he_stood(running: Campaign) -> None:
    """The server ends the session while it sends (what ``kill -9`` looks like from there); the next one does it all."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(7236281)"
        )  # the ledger's own: the send waits for it with everything done
        worker = _apart(lambda: advance.advance(running.pk))
        deadline, killed = time.monotonic() + 20, False
        while time.monotonic() < deadline and not killed:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND wait_event_type = 'Lock' AND query LIKE %s",
                ["%core_ledger%"],
            )
            killed = bool(cursor.fetchall())
            time.sleep(0.05)
        worker.join()
    assert killed and not running.rounds.exists() and not Event.objects.filter(topic=running.topic).exists()
    assert (
        CampaignMember.objects.filter(campaign_id=running.pk, step="s1").count()
        == running.members - running.controls
    )
    assert advance.advance(running.pk)["moved"] == running.members - running.controls
