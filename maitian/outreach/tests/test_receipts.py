# ruff: noqa: F401, F811 - fixtures of another file
"""Receipts in the order in which certainty falls, texts from phones in parts, what cannot be read, several workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from conftest import MOMENT
from maitian.clients.models import ContactPoint, InboundText
from maitian.outreach import actions, dispatch, inbound, queries, sms
from maitian.outreach.channels import Handed, Inbound, Outcome, Receipt, Unreadable
from maitian.outreach.channels.pool import Pool
from maitian.outreach.dispatch import gateways, listening, receipts
from maitian.outreach.models import (
    Attempt,
    Event,
    GatewayReport,
    GatewayState,
    InboundPart,
    Message,
    MessagePart,
    Quarantined,
    StrangeReceipt,
)
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, states, work

pytestmark = pytest.mark.django_db
LONG = "今晚系统维护，请提前安排交易。" * 6  # two parts with its signature
WAYS = {"whole": True, "parts": False}


class Chaining(Line):
    """A gateway that cuts: each part has a number of its own."""

    def submit(self, batch):
        made = []
        for answer in super().submit(batch):
            if answer.outcome == Outcome.ACCEPTED:
                numbers = (f"{answer.reference}a", f"{answer.reference}b")
                answer = answer._replace(reference=f"{numbers[0]}+1", references=numbers, parts=2)
            made.append(answer)
        return made


def counters(event: Event) -> tuple[int, int, int, int]:
    delivery = queries.deliveries(event.pk).get()
    return delivery.handed, delivery.delivered, delivery.failed, delivery.unknown


@pytest.fixture
def sent(notice, phones, member) -> Callable[..., Event]:
    """``sent(line, count)`` → an event handed over to the first ``count`` clients by that line."""

    def send(line: Line, count: int = 3, text: str = LONG, **topic: object) -> Event:
        event = notice(phones[:count], text=text, **topic)
        actions.send(event.pk, actor=member("boss").actor)
        work(1, Pool([line]))
        return event

    return send


def parts_of(client: int) -> list[str]:
    return list(
        MessagePart.objects.filter(client_id=client).order_by("number").values_list("reference", flat=True)
    )


def test_a_chained_text_is_delivered_with_its_last_part_and_failed_with_any(sent, phones) -> None:
    event = sent(Chaining())
    first, second, third = (parts_of(client) for client in phones[:3])
    assert dispatch.settle([Receipt("line", first[0], True, "", "", whole=False)]) == []
    assert states(event)[phones[0]] == Message.State.HANDED
    dispatch.settle(
        [
            Receipt("line", first[0], True, "", "", whole=False),  # the gateway repeats itself
            Receipt("line", first[1], True, "", "", whole=False),
            Receipt("line", second[1], False, "MK:0005", "", whole=False),
            Receipt("line", third[0], True, "", "", whole=False),
        ]
    )
    assert [states(event)[client] for client in phones[:3]] == [2, 3, 1]
    assert Message.objects.get(event_id=event.pk, client_id=phones[1]).error == "MK:0005"
    assert counters(event) == (2, 1, 1, 0)


def test_receipts_of_parts_that_came_before_our_note_wait_for_it(sent, phones) -> None:
    early = [
        Receipt("line", number, True, "", "", whole=False) for number in ("line-1a", "line-1b", "line-2a")
    ]
    assert receipts.take(early) == 0
    line = Chaining()
    event = sent(line)
    got = states(event)
    assert got[line.got[0].client_id] == 2 and got[line.got[1].client_id] == 1
    assert not StrangeReceipt.objects.exists() and counters(event) == (3, 1, 0, 0)


@pytest.mark.parametrize("whole", WAYS.values(), ids=WAYS)
def test_a_text_in_doubt_is_settled_by_the_phone_when_all_its_parts_are(sent, phones, whole: bool) -> None:
    line = Line()
    line.answer = lambda message: Outcome.DOUBT
    event = sent(line, 1)
    assert Message.objects.get(event_id=event.pk).parts == 2 and counters(event) == (0, 0, 0, 1)
    to = line.got[0].to
    one = Receipt("line", "r1", True, "", to, whole=whole)
    assert receipts.take([one]) == 1
    assert states(event)[phones[0]] == (2 if whole else 5)
    assert receipts.take([one]) == 1 or whole  # the same receipt again is not the second part
    assert states(event)[phones[0]] == (2 if whole else 5)
    receipts.take([Receipt("line", "r2", True, "", to, whole=whole)])
    assert states(event)[phones[0]] == 2 and counters(event) == (1, 1, 0, 0)


def test_a_repeated_receipt_does_not_settle_another_text_in_doubt(sent, phones) -> None:
    line = Line()
    first = sent(line, 1, "甲")
    reference = Message.objects.get(event_id=first.pk).reference
    said = Receipt("line", reference, True, "", line.got[0].to, whole=False)
    assert dispatch.settle([said]) == []
    line.answer = lambda message: Outcome.DOUBT
    second = sent(line, 1, "乙")
    assert dispatch.settle([said]) == []
    assert states(second)[phones[0]] == Message.State.UNKNOWN and counters(first) == (1, 1, 0, 0)


def test_a_receipt_that_may_be_of_either_text_is_given_to_neither(sent, phones) -> None:
    line = Line()
    line.answer = lambda message: Outcome.DOUBT
    events = [sent(line, 1, words) for words in ("甲", "乙")]
    to = line.got[0].to
    assert receipts.take([Receipt("line", "r1", True, "", to)]) == 0
    assert [states(event)[phones[0]] for event in events] == [5, 5]
    assert receipts.take([Receipt("line", "r2", True, "", to)]) == 2  # a receipt for each: both are delivered
    assert [states(event)[phones[0]] for event in events] == [2, 2]


def test_a_receipt_is_not_given_to_a_text_in_doubt_while_its_own_may_be_under_way(
    notice, sent, phones, member
) -> None:
    line = Line()
    line.answer = lambda message: Outcome.DOUBT
    first = sent(line, 1, "甲")
    second = notice(phones[:1], text="乙")
    actions.send(second.pk, actor=member("boss").actor)
    worker = dispatch.Worker((1,), Pool([Line()]))
    claim = worker.claim()
    batch = worker._prepare(claim, phones[:1], set(), 1)
    worker._mark(claim, batch)
    said = Receipt("line", "second", True, "", line.got[0].to)  # faster than our note of it
    assert receipts.take([said]) == 0 and states(first)[phones[0]] == 5
    batch.answers = worker._senders.submit(
        lambda: [Handed(phones[0], Outcome.ACCEPTED, "second", None, "line")]
    )
    worker._finish(claim, batch)
    assert (states(first)[phones[0]], states(second)[phones[0]]) == (5, 2)
    assert receipts.take([Receipt("line", "first", True, "", line.got[0].to)]) == 1
    assert states(first)[phones[0]] == 2


def test_a_receipt_older_than_the_text_is_not_its(sent, phones) -> None:
    line = Line()
    with time_machine.travel(MOMENT - timedelta(minutes=5)):
        receipts.take([Receipt("line", "old", True, "", phone_of(phones[0]))])
    line.answer = lambda message: Outcome.DOUBT
    event = sent(line, 1, "甲")
    assert receipts.settle_strangers() == 0 and states(event)[phones[0]] == 5


def phone_of(client: int) -> str:
    return str(ContactPoint.objects.get(client_id=client, kind="phone").value)


def test_the_receipt_of_an_attempt_in_doubt_is_as_good_as_one_of_the_next(sent, phones) -> None:
    line = Line()
    line.answer = lambda message: Outcome.DOUBT
    event = sent(line, 1, "缴款", critical=True, legal_basis="contract")
    with time_machine.travel(MOMENT + timedelta(minutes=11)):
        assert dispatch.resend_critical() == 1
        line.answer = lambda message: Outcome.ACCEPTED
        work(1, Pool([line]))
        assert states(event)[phones[0]] == 1
        assert receipts.take([Receipt("line", "first try", True, "", line.got[0].to)]) == 1
    assert states(event)[phones[0]] == 2 and counters(event) == (1, 1, 0, 0)
    assert Attempt.objects.get(event_id=event.pk).reference == "first try"


def test_a_receipt_missed_at_the_same_moment_is_found_again(sent, phones) -> None:
    line = Line()
    event = sent(line, 2, "短")
    reference = Message.objects.get(event_id=event.pk, client_id=phones[0]).reference
    StrangeReceipt.objects.create(gateway="line", reference=reference, delivered=True, at=timezone.now())
    StrangeReceipt.objects.create(gateway="line", reference="never ours", delivered=True, at=timezone.now())
    assert receipts.settle_strangers() == 1
    assert states(event)[phones[0]] == 2 and StrangeReceipt.objects.get().reference == "never ours"
    assert receipts.settle_strangers() == 0


def test_a_bad_receipt_never_takes_a_good_one_back(sent, phones) -> None:
    event = sent(Line(), 1, "短")
    reference = Message.objects.get(event_id=event.pk).reference
    for delivered in (True, False):
        dispatch.settle([Receipt("line", reference, delivered, "" if delivered else "011", "")])
    assert states(event)[phones[0]] == 2 and counters(event) == (1, 1, 0, 0)


@pytest.mark.requirement("E5")
def test_a_critical_chained_text_is_acknowledged_by_either_attempt(sent, phones) -> None:
    line = Chaining()
    event = sent(line, 1, critical=True, legal_basis="contract")
    early = parts_of(phones[0])
    with time_machine.travel(MOMENT + timedelta(minutes=11)):
        assert dispatch.resend_critical() == 1
        work(1, Pool([line]))
        assert Message.objects.get(event_id=event.pk).attempts == 2 and len(parts_of(phones[0])) == 4
        dispatch.settle([Receipt("line", early[0], False, "0a1", "", whole=False)])
        assert states(event)[phones[0]] == 1  # the second try is still under way
        late = [number for number in parts_of(phones[0]) if number not in early]
        dispatch.settle([Receipt("line", number, True, "", "", whole=False) for number in late])
    assert states(event)[phones[0]] == 2 and counters(event) == (1, 1, 0, 0)


# --- texts from phones, and what cannot be read ---------------------------------------------------------


@pytest.fixture
def phone(phones) -> str:
    return str(ContactPoint.objects.get(client_id=phones[0], kind="phone").value)


def part(phone: str, number: int, words: str, total: int = 3, chain: int = 7) -> Inbound:
    cut, _plain = sms.pieces(words)
    return Inbound("line", f"p{number}", "+86" + phone, "", timezone.now(), numbered=False,
                   chain=(chain, total, number), octets=cut[number - 1], coding=8)  # fmt: skip


WORDS = "请问中签的那只股票什么时候上市？" * 9 + "😀" * 12


def test_the_parts_of_a_long_text_are_read_together_in_any_order_and_however_often(phone: str) -> None:
    assert len(sms.pieces(WORDS)[0]) == 3
    assert inbound.take(part(phone, 3, WORDS)) is None
    assert inbound.take(part(phone, 1, WORDS)) is None
    assert inbound.take(part(phone, 1, WORDS)) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT octets, sender FROM outreach_inboundpart")
        assert all(phone.encode() not in bytes(sender) for _octets, sender in cursor.fetchall())
    made = inbound.take(part(phone, 2, WORDS))
    assert made is not None and made.text == WORDS and made.meaning == "question"
    assert not InboundPart.objects.exists()


def test_parts_whose_others_never_come_are_read_after_an_hour(phone: str) -> None:
    for number in (1, 3):
        inbound.take(part(phone, number, WORDS))
    assert inbound.join_late() == 0
    with time_machine.travel(MOMENT + timedelta(minutes=61)):
        assert inbound.join_late() == 1
    text = str(InboundText.objects.get().text)
    assert (
        text.startswith("请问中签")
        and "…" in text
        and text.endswith("😀")
        and not InboundPart.objects.exists()
    )


def test_a_text_without_a_number_is_one_text_within_ten_minutes(phone: str) -> None:
    said = Inbound("line", "digest", phone, "好的", timezone.now(), numbered=False)
    assert inbound.take(said) is not None and inbound.take(said) is None
    with time_machine.travel(MOMENT + timedelta(minutes=9)):
        later = Inbound("line", "digest", phone, "好的", timezone.now(), numbered=False)
        assert inbound.take(later) is None
    with time_machine.travel(MOMENT + timedelta(minutes=25)):
        later = Inbound("line", "digest", phone, "好的", timezone.now(), numbered=False)
        assert inbound.take(later) is not None


class Bringing(Line):
    """A gateway that brings things, and remembers whether they were acknowledged."""

    def __init__(self, texts=(), broken=()) -> None:
        super().__init__()
        self.texts, self.broken, self.kept = list(texts), list(broken), 0

    def inbound(self):
        found, self.texts = self.texts, []
        return found

    def unreadable(self):
        found, self.broken = self.broken, []
        return found

    def stored(self) -> None:
        self.kept += 1


def test_what_cannot_be_read_is_kept_with_the_reason_and_stops_nothing(phone: str, monkeypatch) -> None:
    spoilt = Unreadable("line", "a deliver_sm that is cut off", b"\x00\xff13800000000")
    poison = Inbound("line", "n1", phone, "毒", timezone.now())
    good = Inbound("line", "n2", phone, "好的", timezone.now())
    taken = inbound.receive
    monkeypatch.setattr(inbound, "receive", lambda item: 1 / 0 if item.text == "毒" else taken(item))
    line = Bringing([poison, good], [spoilt])
    assert listening.listen(1, Pool([line])) == 3 and line.kept == 1
    assert InboundText.objects.get().text == "好的"
    reasons = dict(Quarantined.objects.values_list("source", "reason").filter(reason__startswith="a deliver"))
    assert reasons == {"line": "a deliver_sm that is cut off"} and Quarantined.objects.count() == 2
    assert Quarantined.objects.get(reason__startswith="a deliver").content == "\x00\xff13800000000"


# --- several workers ------------------------------------------------------------------------------------


def test_the_state_of_a_gateway_is_made_of_all_workers_that_are_alive(monkeypatch) -> None:
    lines = {worker: Line("joint") for worker in (1, 2)}
    pools = {worker: Pool([line]) for worker, line in lines.items()}

    def tell(worker: int, **facts: object) -> None:
        pool = pools[worker]
        monkeypatch.setattr(gateways, "WORKER", worker)
        monkeypatch.setattr(lines[worker], "facts", lambda: {"line": "up", **facts})
        gateways._told[id(pool)] = (-1e9, gateways._told.get(id(pool), (0, {}))[1])
        gateways.report(1, pool)

    pools[1]._lines[0].count([Handed(1, Outcome.ACCEPTED)] * 30)
    pools[2]._lines[0].count([Handed(1, Outcome.ACCEPTED)] * 50 + [Handed(2, Outcome.REFUSED)])
    tell(1, line="down", last_error="no route")
    assert GatewayState.objects.get(name="joint").line == "down"
    tell(2, reconnects=2)
    state = GatewayState.objects.get(name="joint")
    assert (state.line, state.handed, state.refused, state.reconnects, state.per_second) == (
        "up",
        80,
        1,
        2,
        8.0,
    )
    tell(2, reconnects=3)  # counters grow by what is new
    assert GatewayState.objects.get(name="joint").handed == 80
    with time_machine.travel(MOMENT + timedelta(minutes=2)):  # the second worker has died
        tell(1, line="down", last_error="no route")
        state = GatewayState.objects.get(name="joint")
        assert (state.line, state.handed, state.reconnects, state.last_error) == ("down", 80, 3, "no route")
    gateways.forget(1, pools[1])
    assert not GatewayReport.objects.filter(worker=1).exists()
