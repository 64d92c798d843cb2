"""Operations: the board, cost against plan, failed messages and trying again, texts that came in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from conftest import MOMENT
from maitian.clients.models import Client, InboundText
from maitian.core import live
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, dispatch
from maitian.outreach.channels import Handed, Outcome
from maitian.outreach.channels.pool import Pool
from maitian.outreach.errors import NothingToRetry
from maitian.outreach.models import Attempt, Delivery, Event, GatewayState, Message, StrangeReceipt, Topic
from maitian.outreach.queries import board, failed, replies
from maitian.outreach.queries.failed import Filters
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, states, work

pytestmark = pytest.mark.django_db
__all__ = ["nothing_else_to_do", "notice", "phones"]


def sms() -> board.ChannelRow:
    return board.figures().channels[1]


@pytest.fixture(autouse=True)
def fresh_costs() -> None:
    board.forget()


# --- the board -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("G12")
def test_the_board_follows_a_send_from_the_queue_to_the_gateway(notice, phones, member) -> None:
    before = sms()
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    assert sms().queued == before.queued + 40 and sms().oldest is not None
    actions.pause_topic("manager_message", "pause", actor=member("boss").actor)
    assert (sms().queued, sms().held) == (before.queued, 40)
    flow = board.figures().flows[0]
    assert flow.topic.code == "manager_message" and flow.held == 40  # paused ones on top
    actions.pause_topic("manager_message", "resume", actor=member("boss").actor)
    line = Line()
    line.answer = lambda m: (
        Outcome.REFUSED
        if m.client_id == phones[0]
        else Outcome.DOUBT
        if m.client_id == phones[1]
        else Outcome.ACCEPTED
    )
    worker = dispatch.Worker((1,), Pool([line]))
    claim = worker.claim()
    batch = worker._prepare(claim, phones[:15], set(), 1)
    worker._mark(claim, batch)
    assert sms().at_gateway == 15
    batch.answers = worker._senders.submit(
        lambda: [Handed(m.client_id, line.answer(m), f"r{m.client_id}", None, "line") for m in batch.outgoing]
    )
    worker._finish(claim, batch)
    now = sms()
    assert (now.at_gateway, now.handed, now.failed, now.unknown) == (0, 13, 1, 1)
    assert now.queued == before.queued + 25 and now.cost == pytest.approx(14 * 0.04)


def test_what_waits_for_the_morning_is_told_apart_with_its_time(notice, phones, member) -> None:
    with time_machine.travel(MOMENT.replace(hour=22)):
        event = notice(phones)
        actions.send(event.pk, actor=member("boss").actor)
        row = sms()
        assert row.queued == 0 and row.later == 40 and row.next_at is not None
    with time_machine.travel(MOMENT.replace(day=25, hour=9)):
        assert sms().queued == 40


def test_gateways_of_which_nothing_was_heard_are_not_called_up(sign_in) -> None:
    now = timezone.now()
    common = {"channel": 1, "since": now, "line": "up", "per_second": 12.5}
    GatewayState.objects.create(name="main", seen_at=now, **common)
    GatewayState.objects.create(name="old", seen_at=now - timedelta(minutes=5), **common)
    rows = {row.state.name: (row.known, row.tone) for row in board.figures().gateways}
    assert rows["main"] == (True, "ok") and rows["old"] == (False, "off")
    assert sms().rate == 12.5
    page = sign_in("boss").get("/outreach/live/").content.decode()
    assert 'data-gateway="main"' in page and "不知道" in page


def test_critical_texts_without_a_receipt_stand_on_the_board_until_they_have_one(
    notice, phones, member
) -> None:
    event = notice(phones[:3], critical=True, legal_basis="contract")
    actions.send(event.pk, actor=member("boss").actor)
    work(1, Pool([Line()]))
    assert [(c.event_id, c.waiting) for c in board.figures().critical] == [(event.pk, 3)]
    for reference in Message.objects.filter(event_id=event.pk).values_list("reference", flat=True):
        dispatch.settle([dispatch.receipts.Receipt("line", reference, True, "", "x")])
    assert board.figures().critical == []


def test_a_receipt_is_strange_only_when_its_message_should_have_been_known(sign_in) -> None:
    StrangeReceipt.objects.create(gateway="main", reference="soon", delivered=True, at=timezone.now())
    assert board.figures().strange == 0 and not board.strange_receipts()
    StrangeReceipt.objects.create(
        gateway="main",
        reference="never",
        delivered=False,
        error="UNDELIV",
        at=timezone.now() - timedelta(hours=2),
    )
    assert (
        board.figures().strange == 1 and "never" in sign_in("checker").get("/outreach/live/").content.decode()
    )


@pytest.mark.requirement("G12")
def test_the_year_s_cost_stands_beside_the_plan(notice, phones, member, sign_in) -> None:
    before = board.plan()
    with time_machine.travel(MOMENT.replace(month=3)):
        event = notice(phones)
        actions.send(event.pk, actor=member("boss").actor)
        work(1, Pool([Line()]))
    board.forget()
    after = board.plan()
    assert after.year - before.year == pytest.approx(1.6)
    assert after.actual[2] - before.actual[2] == pytest.approx(1.6) and after.actual[1] == before.actual[1]
    assert after.actual[11] is None  # December has not begun
    assert after.planned[11] == after.year_limit == 550_000
    assert sign_in("boss").get("/outreach/live/").status_code == 200


def test_the_board_s_part_is_small_and_the_stream_is_for_those_who_may_see_it(sign_in, member) -> None:
    page = sign_in("manager1").get("/outreach/live/part/").content.decode()
    assert "<html" not in page and 'data-channel="1"' in page and "停止…" not in page
    assert live.may_watch(member("editor"), ["outreach-board"])
    assert not live.may_watch(member("clerk1"), ["outreach-board"])
    assert sign_in("clerk1").get("/outreach/live/").status_code == 403


def test_the_board_reads_deliveries_by_their_indexes_never_messages() -> None:
    """A million messages of today in blocks and small sends, and a year behind them."""
    topic = Topic.objects.get(code="market_summary")
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_event (topic_id, topic_version, object_kind, object_id, fact_key, title, facts, state, maker, signer, made_at,"
            " sent_at, rules, texts, counts, audience_count, verdict_digest, deferred, sent_by) SELECT %s, 1, 'plan', n, 'p' || n, 't', '{}', 'done',"
            " 'x', '', %s, %s, '{}', '{}', '{}', 0, '', '{}', '' FROM generate_series(1, 400) n",
            [topic.pk, now, now],
        )
        cursor.execute(
            "INSERT INTO outreach_delivery (event_id, channel, block, count, priority, state, claimed_at, done_at, attempts, handed, delivered,"
            " failed, unknown, withheld, cost) SELECT e.id, 1, b, 200, 1, 'done', %s - make_interval(days => (b %% 300)), %s, 1, 200, 190, 5, 1, 4, 8000"
            " FROM outreach_event e, generate_series(0, 49) b WHERE e.object_kind = 'plan'",
            [now, now],
        )
        cursor.execute("ANALYZE outreach_delivery")
        midnight = now.replace(hour=0, minute=0)
        for statement, parameters, index in (
            (board.TODAY, {"midnight": midnight, "minute": now}, "delivery_claimed"),
            (board.OPEN, {"now": now}, "delivery_open"),
            (board.CRITICAL, {"since": now - timedelta(days=3)}, "Index"),
        ):
            cursor.execute("EXPLAIN " + statement, parameters)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert index in plan and "outreach_message" not in plan, plan
    seconds = []
    for _n in range(5):
        begin = timezone.now()
        board.figures()
        seconds.append((timezone.now() - begin).total_seconds())
    assert (
        min(seconds) < 0.5
    )  # a safety net: the plan above is the proof, and the machine may have other work


# --- failed messages --------------------------------------------------------------------------------------------


@pytest.fixture
def refused(notice, phones, member) -> Event:
    """Forty texts; the gateway refuses ten for good."""
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda m: Outcome.REFUSED if m.client_id in phones[:10] else Outcome.ACCEPTED
    work(1, Pool([line]))
    return event


def test_failed_messages_are_grouped_and_masked(refused, phones, sign_in) -> None:
    groups = failed.groups(Filters())
    assert [(g.channel, g.gateway, g.error, g.count, g.events) for g in groups] == [
        (1, "line", "REFUSED", 10, 1)
    ]
    boss = sign_in("boss")
    page = boss.get("/outreach/failed/").content.decode()
    assert page.count("/retry/") >= 11 and "138" not in page.split('id="messages"')[1]
    client = Client.objects.select_related("person").get(pk=phones[0])
    assert client.person.masked_name in page and str(client.person.name) not in page
    assert "都送到了" in boss.get("/outreach/failed/?channel=2").content.decode()
    assert "都送到了" in boss.get("/outreach/failed/?gateway=other").content.decode()
    assert boss.get("/outreach/failed/?days=x&channel=9&event=-1&after=zzz").status_code == 200


def test_a_manager_sees_only_his_own_clients_and_an_editor_groups_alone(
    refused, phones, sign_in, member
) -> None:
    mine = Client.objects.filter(pk__in=phones[:10], manager=member("manager1")).count()
    page = sign_in("manager1").get("/outreach/failed/").content.decode()
    assert (
        page.count(f"/outreach/{refused.pk}/why/") == mine
        and "重发" not in page.split("<main")[1].split('id="groups"')[1]
    )
    editor = sign_in("editor").get("/outreach/failed/").content.decode()
    assert 'id="groups"' in editor and 'id="messages"' not in editor and "重发…" in editor
    other = Client.objects.exclude(manager=member("manager1")).first()
    assert sign_in("manager1").post(f"/outreach/failed/{refused.pk}/1/{other.pk}/retry/").status_code == 403
    assert sign_in("editor").post(f"/outreach/failed/{refused.pk}/1/{phones[0]}/retry/").status_code == 404


def test_what_will_happen_is_said_before_a_group_is_tried_again_and_then_happens(
    refused, phones, sign_in
) -> None:
    Client.objects.filter(pk=phones[0]).update(address_bits=1)
    Client.objects.filter(pk=phones[1]).update(state="closed")
    what = failed.what_if(Filters())
    assert (what.count, what.going, what.unreachable, what.expired) == (10, 8, 2, 0)
    assert what.cost == pytest.approx(8 * 0.04)
    editor = sign_in("editor")
    address = "/outreach/failed/retry/?days=7&channel=1&gateway=line&reason=REFUSED"
    page = editor.get(address).content.decode()
    assert "8 条再交给网关" in page and "2 条会在临发时拦下" in page
    assert states(refused)[phones[5]] == 3  # looking changes nothing
    editor.post(address)
    assert states(refused)[phones[5]] == Message.State.AGAIN
    line = Line()
    work(1, Pool([line]))
    found = states(refused)
    assert [found[c] for c in phones[:3]] == [
        Message.State.WITHHELD,
        Message.State.WITHHELD,
        Message.State.HANDED,
    ]
    assert len(line.got) == 8 and Attempt.objects.filter(event_id=refused.pk).count() == 10
    assert LedgerEntry.objects.filter(kind="outreach.retried", object_id=str(refused.pk)).count() == 1
    # A double click finds nothing to do and says so.
    answer = editor.post(address)
    assert answer.status_code == 409 and "没有可以重发的" in answer.content.decode()


def test_one_message_is_tried_again_by_whoever_may_see_the_client(refused, phones, sign_in) -> None:
    boss = sign_in("boss")
    answer = boss.post(f"/outreach/failed/{refused.pk}/1/{phones[3]}/retry/")
    assert answer["Location"] == f"/outreach/{refused.pk}/why/{phones[3]}/"
    assert (
        states(refused)[phones[3]] == Message.State.AGAIN
        and states(refused)[phones[4]] == Message.State.FAILED
    )
    assert LedgerEntry.objects.get(kind="outreach.retried").client_id == phones[3]
    assert (
        boss.post(f"/outreach/failed/{refused.pk}/1/{phones[20]}/retry/").status_code == 409
    )  # it did not fail


def test_stopped_and_expired_sends_are_left_alone(refused, phones, member) -> None:
    Event.objects.filter(pk=refused.pk).update(state="stopped")
    assert failed.what_if(Filters()).stopped == 10 and failed.what_if(Filters()).going == 0
    with pytest.raises(NothingToRetry):
        dispatch.retry_group(Filters(), actor=member("boss").actor)
    Event.objects.filter(pk=refused.pk).update(state="done", expires_at=timezone.now() - timedelta(minutes=1))
    assert failed.what_if(Filters()).expired == 10
    with pytest.raises(NothingToRetry):
        dispatch.retry_group(Filters(), actor=member("boss").actor)
    assert {states(refused)[c] for c in phones[:10]} == {3}


def test_a_wrong_number_of_a_call_is_no_failed_message(notice, phones, member) -> None:
    from maitian.outreach import calls

    event = notice(phones[:1], mask=8)
    actions.send(event.pk, actor=member("boss").actor)
    work(3, None)
    calls.note_call(event.calls.get().pk, result="wrong_number", actor=member("boss").actor)
    assert states(event)[phones[0]] == 3 and failed.groups(Filters()) == []


def test_the_file_holds_no_person(refused, phones, sign_in) -> None:
    answer = sign_in("editor").get("/outreach/failed/export/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 10 and {row["reason"] for row in rows} == {"REFUSED"}
    assert set(rows[0]) == {
        "at",
        "channel",
        "gateway",
        "reason",
        "topic",
        "event",
        "attempts",
        "parts",
        "cost_cny",
    }
    assert sign_in("manager1").get("/outreach/failed/export/").status_code == 403


def test_failed_messages_page_by_key_and_by_their_index(refused, sign_in) -> None:
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):  # a table of some size, where the order by index pays
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM outreach_message WHERE state = 3 AND day >= '2026-11-20' ORDER BY at DESC LIMIT 41"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "at_idx" in plan and "Merge Append" in plan and "Seq Scan" not in plan, plan
    from django.test import RequestFactory

    from maitian.outreach.views.failed import KEY
    from maitian.ui.paging import window

    seen: list[int] = []
    address = "/outreach/failed/"
    found = failed.messages(Filters(), boss_member())
    while address:
        part = window(found, RequestFactory().get(address), size=3, key=KEY)
        seen += [row.client_id for row in part.rows]
        address = part.next_url
    assert len(seen) == len(set(seen)) == 10


def boss_member():
    from maitian.staff.models import Member

    return Member.objects.get(sign_in_name="boss")


# --- texts that came in -----------------------------------------------------------------------------------------


@pytest.fixture
def question(story) -> InboundText:
    return InboundText.objects.create(
        gateway="line",
        reference="q-1",
        client_id=story[0],
        phone_token=7,
        text="缴款几点截止？",
        at=timezone.now(),
        meaning="question",
    )


def test_a_question_waits_until_somebody_says_how_it_was_answered(question, story, sign_in, member) -> None:
    hotline = sign_in("hotline1")
    page = hotline.get("/outreach/replies/").content.decode()
    assert "缴款几点截止？" in page and "等人答" in page
    assert hotline.post(f"/outreach/replies/{question.pk}/answer/", {"way": ""}).status_code == 422
    hotline.post(f"/outreach/replies/{question.pk}/answer/", {"way": "phone", "note": "16:00，已告知"})
    assert "缴款几点截止？" not in hotline.get("/outreach/replies/").content.decode()
    page = hotline.get("/outreach/replies/?meaning=question").content.decode()
    assert "16:00，已告知" in page
    row = LedgerEntry.objects.get(kind="reply.answered")
    assert row.client_id == story[0] and "几点" not in str(row.facts)
    assert hotline.post(f"/outreach/replies/{question.pk}/answer/", {"way": "phone"}).status_code == 409
    assert not replies.replies(member("boss"), open_only=True).exists()


def test_only_who_may_see_the_client_reads_the_words(question, story, sign_in, member) -> None:
    assert "缴款几点截止？" in sign_in("manager1").get("/outreach/replies/").content.decode()
    Client.objects.filter(pk=story[0]).update(manager=member("left1"))
    manager = sign_in("manager1")
    assert "缴款几点截止？" not in manager.get("/outreach/replies/").content.decode()
    assert manager.post(f"/outreach/replies/{question.pk}/answer/", {"way": "phone"}).status_code == 404
    assert sign_in("editor").get("/outreach/replies/").status_code == 403
    stranger = InboundText.objects.create(
        gateway="line",
        reference="q-2",
        client_id=None,
        phone_token=8,
        text="你是谁",
        at=timezone.now(),
        meaning="stranger",
    )
    assert stranger in replies.replies(member("hotline1")) and stranger not in replies.replies(
        member("manager1")
    )


def test_the_words_stand_on_the_client_s_timeline_and_not_in_the_ledger(story, sign_in) -> None:
    from maitian.clients.models import ContactPoint
    from maitian.outreach import inbound
    from maitian.outreach.channels import Inbound

    phone = str(ContactPoint.objects.get(client_id=story[0], kind="phone").value)
    inbound.receive(Inbound("line", "t-1", phone, "明天下午我去网点可以吗？", timezone.now()))
    assert "明天下午我去网点可以吗？" in sign_in("manager1").get(f"/clients/{story[0]}/").content.decode()
    assert "网点" not in str(LedgerEntry.objects.get(kind="client.replied").facts)


def test_deliveries_that_wait_are_counted_once_whoever_looks(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    waiting = Delivery.objects.filter(event=event, state="queued").count()
    assert waiting == 1 and [
        flow.queued for flow in board.figures().flows if flow.topic.code == "manager_message"
    ] == [40]
