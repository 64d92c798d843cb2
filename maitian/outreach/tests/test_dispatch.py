"""Handing over: marks, what is asked again, receipts, trying again, texts that come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from conftest import MOMENT
from maitian.clients import actions as clients
from maitian.clients.models import Client, ContactPoint, InboundText
from maitian.core import ledger, reactions, rulebook
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, calls, dispatch, inbound, queries
from maitian.outreach import reactions as _registered  # noqa: F401
from maitian.outreach.channels import GatewayDown, Handed, Inbound, Outcome, Outgoing, Outward, Receipt
from maitian.outreach.channels.pool import Pool
from maitian.outreach.dispatch import claims, receipts, recheck
from maitian.outreach.models import (
    Attempt,
    CallTask,
    Event,
    Handing,
    Message,
    PersonalFact,
    StrangeReceipt,
    Topic,
)

pytestmark = pytest.mark.django_db
SMS_ONLY = 2


class Line(Outward):
    """A gateway in memory. ``answer(message)`` says what becomes of each message; ``down`` raises."""

    def __init__(self, name: str = "line", batch: int = 250) -> None:
        super().__init__(name, batch)
        self.got: list[Outgoing] = []
        self.down = False
        self.answer: Callable[[Outgoing], Outcome] = lambda message: Outcome.ACCEPTED
        self.reports: list[Receipt] = []

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        if self.down:
            raise GatewayDown("no line")
        made = []
        for message in batch:
            outcome = self.answer(message)
            if outcome in (Outcome.ACCEPTED, Outcome.DOUBT):
                self.got.append(message)
            reference = f"{self.name}-{len(self.got)}" if outcome == Outcome.ACCEPTED else None
            made.append(
                Handed(message.client_id, outcome, reference, None if reference else outcome.name, self.name)
            )
        return made

    def receipts(self) -> list[Receipt]:
        found, self.reports = self.reports, []
        return found

    def facts(self) -> dict[str, Any]:
        return {"line": "up"}


@pytest.fixture(autouse=True)
def nothing_else_to_do(db, member) -> None:
    """The demonstration's own send is stopped, so that a test's gateway gets the test's messages alone."""
    for event in Event.objects.filter(state="sending"):
        actions.control(event.pk, "stop", actor=member("boss").actor)


@pytest.fixture
def notice(member) -> Callable[..., Event]:
    """``notice(channel_mask=2, …)`` → a decided event of a hand-made service notice to clients with a phone."""

    def make(
        clients_named: list[int], mask: int = SMS_ONLY, text: str = "今晚系统维护", **topic: Any
    ) -> Event:
        Topic.objects.filter(code="manager_message").update(
            channel_mask=mask, templates={"inbox": "{title} {text}", "sms": "{signature}{text}", "email": "{text}", "call": "{text}"},
            **topic,
        )  # fmt: skip
        made = actions.event_by_hand(
            "manager_message",
            title="通知",
            text=text,
            maker=member("boss").actor,
            clients={c: {} for c in clients_named},
        )
        return actions.decide(made.pk, actor=member("boss").actor)

    return make


@pytest.fixture
def phones(story) -> list[int]:
    """Forty clients who agree to service and commercial texts and have a phone."""
    found = list(Client.objects.filter(state="active").order_by("pk").values_list("pk", flat=True)[:40])
    Client.objects.filter(pk__in=found).update(consent_bits=0xFFF, address_bits=15)
    return found


def work(channel: int, pool: Pool | None) -> dispatch.Worker:
    worker = dispatch.Worker((channel,), pool)
    while worker.step():
        pass
    return worker


def states(event: Event) -> dict[int, int]:
    return dict(Message.objects.filter(event_id=event.pk).values_list("client_id", "state"))


def test_a_batch_is_marked_before_it_leaves_and_its_rows_are_written_once(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line(batch=15)
    seen: list[int] = []
    line.answer = lambda message: seen.append(Handing.objects.count()) or Outcome.ACCEPTED
    # The pool's thread has a connection of its own and sees only what is committed, so it is called here directly.
    worker = dispatch.Worker((1,), Pool([line]))
    claim = worker.claim()
    batch = worker._prepare(claim, phones[:15], set(), 1)
    assert not Handing.objects.exists() and worker._mark(claim, batch)
    assert Handing.objects.get().client_ids == phones[:15] and not states(event)
    batch.answers = worker._senders.submit(
        lambda: [
            Handed(m.client_id, Outcome.ACCEPTED, f"r{m.client_id}", None, "line") for m in batch.outgoing
        ]
    )
    assert worker._finish(claim, batch) == []
    assert not Handing.objects.exists()
    assert set(states(event).values()) == {Message.State.HANDED}
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.handed, delivery.cost) == (15, 15 * event.texts["sms"]["price"])


def test_what_a_dead_worker_had_in_hand_is_unknown_and_only_the_rest_goes_out(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    dead = dispatch.Worker((1,), Pool([Line()]))
    claim = dead.claim()
    dead._mark(claim, dead._prepare(claim, phones[:10], set(), 1))
    with connection.cursor() as cursor:  # the session ends, the lock with it
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [claims.LOCKS, dead.key])
    line = Line()
    work(1, Pool([line]))
    got = states(event)
    assert {c for c, s in got.items() if s == Message.State.UNKNOWN} == set(phones[:10])
    assert {message.client_id for message in line.got} == set(phones[10:])
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.unknown, delivery.handed, delivery.state) == (10, len(phones) - 10, "done")


def test_a_worker_that_was_taken_for_dead_still_knows_its_answers(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    slow = dispatch.Worker((1,), Pool([Line()]))
    claim = slow.claim()
    batch = slow._prepare(claim, phones[:10], set(), 1)
    assert slow._mark(claim, batch)
    with connection.cursor() as cursor:  # its session ends, and another worker takes the delivery up
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [claims.LOCKS, slow.key])
    line = Line()
    work(1, Pool([line]))
    assert queries.deliveries(event.pk).get().unknown == 10
    answered = [
        Handed(m.client_id, Outcome.ACCEPTED, f"late{m.client_id}", None, "line") for m in batch.outgoing
    ]
    batch.answers = slow._senders.submit(
        lambda: [*answered[:9], answered[9]._replace(outcome=Outcome.REFUSED)]
    )
    assert slow._finish(claim, batch) == []
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.unknown, delivery.handed, delivery.failed) == (0, len(phones) - 1, 1)
    assert Message.objects.get(event_id=event.pk, client_id=phones[0]).reference == f"late{phones[0]}"


def test_a_delivery_at_which_we_fail_is_set_aside_and_loses_nothing(
    notice, phones, member, monkeypatch
) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line(batch=10)
    prepared = dispatch.Worker._prepare

    def fails(self, claim, chunk, again, number):
        if number == 3:
            raise KeyError("a fault of ours")
        return prepared(self, claim, chunk, again, number)

    monkeypatch.setattr(dispatch.Worker, "_prepare", fails)
    work(1, Pool([line]))
    assert len(line.got) == 20 and list(states(event).values()) == [1] * 20 and not Handing.objects.exists()
    monkeypatch.setattr(dispatch.Worker, "_prepare", prepared)
    with time_machine.travel(MOMENT + timedelta(minutes=2)):
        work(1, Pool([line]))
    assert len(line.got) == len(phones) == len(states(event))


def test_receipts_settle_by_number_and_those_in_doubt_by_phone(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda message: Outcome.DOUBT if message.client_id == phones[0] else Outcome.ACCEPTED
    work(1, Pool([line]))
    doubtful = next(message for message in line.got if message.client_id == phones[0])
    numbers = dict(Message.objects.filter(event_id=event.pk).values_list("client_id", "reference"))
    settled = receipts.take(
        [
            Receipt("line", numbers[phones[1]], True, "", "x"),
            Receipt("line", numbers[phones[2]], False, "011", "x"),
            Receipt(
                "other", numbers[phones[3]], True, "", "x"
            ),  # the same number of another gateway is another message
            Receipt("line", "lost", True, "", doubtful.to),
            Receipt("line", "strange", True, "", "199"),
        ]
    )
    assert settled == 3
    assert set(StrangeReceipt.objects.values_list("reference", flat=True)) == {numbers[phones[3]], "strange"}
    got = states(event)
    assert [got[c] for c in phones[:4]] == [2, 2, 3, 1]
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.unknown, delivery.delivered, delivery.failed, delivery.handed) == (
        0,
        2,
        1,
        len(phones) - 1,
    )


def test_a_receipt_before_our_note_waits_for_it(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    receipts.take([Receipt("line", "line-1", True, "", "x"), Receipt("line", "never", True, "", "199")])
    assert StrangeReceipt.objects.count() == 2
    work(1, Pool([line]))
    assert states(event)[line.got[0].client_id] == Message.State.DELIVERED
    assert StrangeReceipt.objects.get().reference == "never"
    assert queries.deliveries(event.pk).get().delivered == 1


def test_what_changes_while_a_text_waits_is_asked_again(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    clients.set_consent(phones[0], 0, 1, False, source="reply", proof="", actor="client:1")
    ContactPoint.objects.filter(client_id=phones[1], kind="phone").update(bounced_at=timezone.now())
    Client.objects.filter(pk=phones[2]).update(state="closed")
    line = Line()
    work(1, Pool([line]))
    rows = dict(Message.objects.filter(event_id=event.pk, state__in=[3, 6]).values_list("client_id", "error"))
    assert rows == {phones[0]: "consent", phones[1]: "no address", phones[2]: "closed"}
    assert {m.client_id for m in line.got} == set(phones[3:])
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.withheld, delivery.failed, delivery.state) == (2, 1, "done")


def test_an_expired_text_is_not_sent(notice, phones, member) -> None:
    event = notice(phones, expires_minutes=30)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    with time_machine.travel(MOMENT + timedelta(minutes=31)):
        work(1, Pool([line]))
    assert not line.got and set(
        Message.objects.filter(event_id=event.pk).values_list("error", flat=True)
    ) == {"expired"}


def test_the_commercial_cap_is_exact_however_many_workers_take_it(phones) -> None:
    rulebook.Rule.objects.filter(key="outreach.caps.commercial_month").update(value=2)
    rulebook._cache.clear()
    assert recheck.take_quota(phones[:3]) == set(phones[:3])
    assert recheck.take_quota(phones[:4]) == {phones[3]}  # one a day
    with time_machine.travel(MOMENT + timedelta(days=1)):
        assert recheck.take_quota(phones[:3]) == set(phones[:3])
        recheck.give_quota_back([phones[0]], (MOMENT + timedelta(days=1)).date())
    with time_machine.travel(MOMENT + timedelta(days=2)):
        assert recheck.take_quota(phones[:3]) == {phones[0]}  # two a month
    with time_machine.travel(MOMENT + timedelta(days=20)):
        assert recheck.take_quota(phones[:3]) == set(phones[:3])  # a new month
    rulebook._cache.clear()


def test_a_commercial_text_over_the_cap_is_withheld_at_hand_over(notice, phones, member) -> None:
    Client.objects.filter(pk__in=phones).update(consent_bits=0xFFF)
    event = notice(phones, message_class=1)
    actions.send(event.pk, actor=member("boss").actor)
    recheck.take_quota([phones[0]])  # another topic was faster
    line = Line()
    work(1, Pool([line]))
    assert Message.objects.get(event_id=event.pk, client_id=phones[0]).error == "frequency"
    assert len(line.got) == len(phones) - 1
    assert recheck.take_quota(phones) == set()


def test_when_no_gateway_takes_it_nothing_is_lost_and_the_quota_comes_back(notice, phones, member) -> None:
    event = notice(phones, message_class=1)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.down = True
    pool = Pool([line])
    dispatch.Worker((1,), pool).step()
    assert not states(event) and not Handing.objects.exists()
    assert queries.deliveries(event.pk).get().state == "queued"
    line.down = False
    for known in pool._lines:
        known.down_until = 0
    work(1, pool)
    assert set(states(event).values()) == {1} and len(line.got) == len(phones)


def test_the_second_gateway_takes_what_the_first_refuses_for_now(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    first, second = Line("first"), Line("second")
    turns = {phones[0]: Outcome.ELSEWHERE, phones[1]: Outcome.REFUSED, phones[2]: Outcome.DOUBT}
    first.answer = lambda message: turns.get(message.client_id, Outcome.ACCEPTED)
    work(1, Pool([first, second]))
    rows = {m.client_id: (m.state, m.gateway) for m in Message.objects.filter(event_id=event.pk)}
    assert rows[phones[0]] == (1, "second")
    assert rows[phones[1]] == (3, "first")  # for good: not tried elsewhere
    assert rows[phones[2]] == (5, "first")  # in doubt: never sent blindly
    assert [m.client_id for m in second.got] == [phones[0]]


def test_a_message_that_every_gateway_refuses_for_now_fails_in_the_end(notice, phones, member) -> None:
    event = notice(phones[:1])
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda message: Outcome.ELSEWHERE
    pool = Pool([line])
    for minutes in range(0, 40, 2):
        with time_machine.travel(MOMENT + timedelta(minutes=minutes)):
            dispatch.Worker((1,), pool).step()
    message = Message.objects.get(event_id=event.pk)
    assert (message.state, message.error) == (3, "ELSEWHERE")


def test_a_gateway_that_is_down_for_hours_costs_nobody_his_text(notice, phones, member) -> None:
    event = notice(phones[:3])
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.down = True
    pool = Pool([line])
    for _try in range(20):
        pool._lines[0].down_until = 0
        dispatch.Worker((1,), pool).step()
    assert not states(event)
    line.down = False
    pool._lines[0].down_until = 0
    work(1, pool)
    assert set(states(event).values()) == {1} and len(line.got) == 3


@pytest.mark.requirement("E5")
def test_a_critical_text_goes_again_until_acknowledged_and_no_more(notice, phones, member) -> None:
    event = notice(phones[:3], critical=True, legal_basis="contract")
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda message: Outcome.DOUBT if message.client_id == phones[0] else Outcome.ACCEPTED
    pool = Pool([line])
    work(1, pool)
    references = dict(Message.objects.filter(event_id=event.pk).values_list("client_id", "reference"))
    dispatch.settle([Receipt("line", references[phones[1]], True, "", "x")])
    assert dispatch.resend_critical() == 0  # not yet
    with time_machine.travel(MOMENT + timedelta(minutes=11)):
        line.answer = lambda message: Outcome.ACCEPTED
        assert dispatch.resend_critical() == 2
        work(1, pool)
    again = Message.objects.get(event_id=event.pk, client_id=phones[0])
    assert (again.state, again.attempts) == (1, 2)
    assert sorted(m.client_id for m in line.got) == sorted([*phones[:3], phones[0], phones[2]])
    earlier = Attempt.objects.filter(event_id=event.pk, client_id=phones[0]).order_by("number")
    assert [(a.number, a.state) for a in earlier] == [(1, 5)]
    # The receipt of the first try is as good as one of the second.
    dispatch.settle([Receipt("line", references[phones[2]], True, "", "x")])
    assert states(event)[phones[2]] == 2
    for minutes in (22, 33, 44, 55):
        with time_machine.travel(MOMENT + timedelta(minutes=minutes)):
            dispatch.resend_critical()
            work(1, pool)
    assert Message.objects.get(event_id=event.pk, client_id=phones[0]).attempts == 3


def test_ordinary_texts_in_doubt_are_never_sent_again_by_themselves(notice, phones, member) -> None:
    event = notice(phones[:2])
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda message: Outcome.DOUBT
    work(1, Pool([line]))
    with time_machine.travel(MOMENT + timedelta(hours=5)):
        assert dispatch.resend_critical() == 0
    assert len(line.got) == 2


def test_a_person_lets_failed_ones_go_again(notice, phones, member) -> None:
    event = notice(phones[:3])
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda message: Outcome.REFUSED if message.client_id == phones[0] else Outcome.ACCEPTED
    work(1, Pool([line]))
    event.refresh_from_db()
    assert event.state == "done" and states(event)[phones[0]] == 3
    line.answer = lambda message: Outcome.ACCEPTED
    assert dispatch.retry(event.pk, 1, actor=member("boss").actor) == 1
    work(1, Pool([line]))
    event.refresh_from_db()
    delivery = queries.deliveries(event.pk).get()
    assert event.state == "done" and set(states(event).values()) == {1}
    assert (delivery.handed, delivery.failed) == (3, 0)
    assert len(line.got) == 3


def test_a_paused_topic_hands_nothing_over(notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    actions.pause_topic("manager_message", "pause", actor=member("boss").actor)
    line = Line()
    work(1, Pool([line]))
    assert not line.got
    actions.pause_topic("manager_message", "resume", actor=member("boss").actor)
    work(1, Pool([line]))
    assert len(line.got) == len(phones)


def test_critical_deliveries_go_before_commercial_ones(notice, phones, member) -> None:
    boss = member("boss").actor
    slow = notice(phones[:2], message_class=1)
    actions.send(slow.pk, actor=boss)
    fast = notice(phones[:2], message_class=0, critical=True, legal_basis="contract")
    actions.send(fast.pk, actor=boss)
    claim = dispatch.Worker((1,), Pool([Line()])).claim()
    assert claim is not None and claim.event_id == fast.pk


def test_a_number_that_does_not_exist_is_not_used_again(notice, phones, member) -> None:
    event = notice(phones[:2])
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    work(1, Pool([line]))
    gone = next(m for m in line.got if m.client_id == phones[0])
    reference = Message.objects.get(event_id=event.pk, client_id=phones[0]).reference
    dispatch.settle([Receipt("line", reference, False, "001", gone.to, permanent=True)])
    client = Client.objects.get(pk=phones[0])
    assert not client.address_bits & 2
    assert ContactPoint.objects.get(client=client, kind="phone").bounced_at
    assert LedgerEntry.objects.filter(kind="address.bounced", client_id=client.pk).count() == 1


# --- words for one client ---------------------------------------------------------------------------------


def test_each_client_reads_his_own_words_and_names_are_not_copied(notice, phones, member) -> None:
    event = notice(phones[:2], mask=3, text="请查收")
    Topic.objects.filter(code="manager_message").update(
        templates={
            "inbox": "{title}\n{salutation}：{text}，还差 {by}",
            "sms": "{signature}{salutation}，{text}，还差 {by}",
        }
    )
    Event.objects.filter(pk=event.pk).update(
        facts={**event.facts, "clients": {str(phones[0]): {"by": "{12}元"}, str(phones[1]): {"by": "7元"}}}
    )
    event = actions.decide(event.pk, actor=member("boss").actor)
    assert PersonalFact.objects.filter(event_id=event.pk).count() == 2
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    work(1, Pool([line]))
    work(0, None)
    said = {m.client_id: m.text for m in line.got}
    name = Client.objects.select_related("person").get(pk=phones[0]).person.name
    assert (
        said[phones[0]].endswith("请查收，还差 {12}元")
        and name[0] in said[phones[0]]
        and "7元" in said[phones[1]]
    )
    assert "还差 {12}元" in queries.inbox(phones[0])[0]["text"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT facts::text FROM outreach_personalfact WHERE event_id = %s", [event.pk])
        assert all(name not in row[0] for row in cursor.fetchall())
        cursor.execute("SELECT texts::text || facts::text FROM outreach_event WHERE id = %s", [event.pk])
        assert name not in cursor.fetchone()[0]


# --- texts from phones ------------------------------------------------------------------------------------


def reply(phone: str, words: str, number: str = "1") -> InboundText | None:
    return inbound.receive(Inbound("line", number, phone, words, timezone.now()))


@pytest.fixture
def phone_of(phones) -> Callable[[int], str]:
    return lambda client: str(ContactPoint.objects.get(client_id=client, kind="phone").value)


@pytest.mark.parametrize("words", ["TD", "td", "ＴＤ", " T D 。", "退订"])
def test_a_reply_word_opts_out_of_the_class_of_the_last_text(notice, phones, phone_of, member, words) -> None:
    boss = member("boss").actor
    for message_class, bit in ((0, 1), (1, 5)):
        event = notice([phones[0]], message_class=message_class)
        actions.send(event.pk, actor=boss)
        line = Line()
        with time_machine.travel(MOMENT + timedelta(minutes=message_class)):
            work(1, Pool([line]))
            assert line.got
            reply("+86" + phone_of(phones[0]), words, f"n{message_class}")
        client = Client.objects.get(pk=phones[0])
        assert not client.consent_bits & (1 << bit)
        assert client.consent_bits & (1 << (6 - bit)) or message_class == 1
    assert LedgerEntry.objects.filter(kind="consent.withdrawn", client_id=phones[0]).count() == 2


def test_a_repeated_text_is_one_text_and_other_words_stand_on_the_timeline(phones, phone_of) -> None:
    before = Client.objects.get(pk=phones[0]).consent_bits
    assert reply(phone_of(phones[0]), "请问怎么退订？") is not None
    assert reply(phone_of(phones[0]), "请问怎么退订？") is None
    row = LedgerEntry.objects.get(kind="client.replied", client_id=phones[0])
    assert row.facts["meaning"] == "question" and "退订" not in str(row.facts)
    assert Client.objects.get(pk=phones[0]).consent_bits == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM clients_inboundtext")
        assert "退订".encode() not in bytes(cursor.fetchone()[0])


def test_an_unknown_number_is_kept_and_changes_nothing(phones) -> None:
    made = reply("19999999999", "TD")
    assert made is not None and made.meaning == "stranger" and made.client_id is None
    assert not LedgerEntry.objects.filter(kind="client.replied").exists()


def test_opting_in_again_by_reply(phones, phone_of) -> None:
    reply(phone_of(phones[0]), "TD", "a")
    assert not Client.objects.get(pk=phones[0]).consent_bits & 32
    reply(phone_of(phones[0]), "恢复", "b")
    assert Client.objects.get(pk=phones[0]).consent_bits & 32


def test_opting_out_by_link_needs_no_session_and_trusts_only_our_signature(phones, client) -> None:
    from maitian.outreach import unsubscribe

    path = "/u/" + unsubscribe.link(phones[0], 1, 2).split("/u/")[1]
    assert client.get(path).status_code == 200
    assert Client.objects.get(pk=phones[0]).consent_bits & (1 << 6)
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and not Client.objects.get(pk=phones[0]).consent_bits & (1 << 6)
    assert client.post(path).status_code == 200
    assert client.post(path[:-3] + "x/").status_code == 404


# --- calls, ledger topics, every day -----------------------------------------------------------------------


def test_a_call_task_goes_to_the_manager_and_comes_back_as_a_receipt(notice, story, member, sign_in) -> None:
    event = notice([story[0]], mask=8, text="中签了，还差 1,200 元")
    actions.send(event.pk, actor=member("boss").actor)
    work(3, None)
    task = CallTask.objects.get(event=event)
    assert task.member == member("manager1")
    browser = sign_in("manager1")
    assert f"/outreach/calls/{task.pk}/" in browser.get("/").content.decode()
    assert "还差 1,200 元" in browser.get(f"/outreach/calls/{task.pk}/").content.decode()
    assert sign_in("manager2").get(f"/outreach/calls/{task.pk}/").status_code == 404
    assert browser.post(f"/outreach/calls/{task.pk}/", {"result": "perhaps"}).status_code == 422
    browser.post(f"/outreach/calls/{task.pk}/", {"result": "no_answer"})
    task.refresh_from_db()
    assert (task.state, task.attempts) == ("open", 1) and states(event)[story[0]] == 1
    browser.post(f"/outreach/calls/{task.pk}/", {"result": "reached", "note": "下午转"})
    task.refresh_from_db()
    assert (task.state, task.attempts) == ("done", 2) and states(event)[story[0]] == 2
    assert queries.deliveries(event.pk).get().delivered == 1
    assert browser.post(f"/outreach/calls/{task.pk}/", {"result": "reached"}).status_code == 409
    assert calls.cancel([event.pk], [story[0]], reason="已到账") == 0


def test_a_client_without_a_manager_is_called_by_the_hotline(notice, member) -> None:
    client = Client.objects.filter(state="active").order_by("-pk").first()
    Client.objects.filter(pk=client.pk).update(manager=None, consent_bits=0xFFF, address_bits=15)
    event = notice([client.pk], mask=8)
    actions.send(event.pk, actor=member("boss").actor)
    work(3, None)
    assert CallTask.objects.get(event=event).queue == "hotline"
    assert calls.tasks_of(member("hotline1")).filter(event=event).exists()
    assert not calls.tasks_of(member("manager1")).filter(event=event).exists()


def test_a_ledger_row_about_a_client_becomes_a_message_once(story, member) -> None:
    reactions.react("outreach.ledger_topics")
    for name in ("金锦囊", "金通道"):
        ledger.record(
            "level.approved",
            actor=member("boss").actor,
            client_id=story[0],
            facts={"name": name, "name_en": "x"},
        )
    ledger.record(
        "level.approved",
        actor=member("boss").actor,
        client_id=story[1],
        facts={"name": "金智慧", "name_en": "x"},
    )
    reactions.react("outreach.ledger_topics")
    reactions.replay("outreach.ledger_topics", 0, reason="再来一遍", actor="member:1")
    reactions.react("outreach.ledger_topics")
    work(0, None)
    texts = [item["text"] for item in queries.inbox(story[0]) if item["title"] == "级别申请有结果了"]
    assert sorted("金锦囊" in text for text in texts) == [False, True]
    assert [item for item in queries.inbox(story[1]) if "金智慧" in item["text"]]
