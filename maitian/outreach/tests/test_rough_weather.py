# ruff: noqa: F401, F811 - fixtures of other files
"""What comes that should not: receipts of nobody's, torn units, silence, a clock that jumps. Counted, kept, and seen on the board."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from conftest import MOMENT
from maitian.outreach import actions, dispatch, queries
from maitian.outreach.channels import Outcome, Receipt
from maitian.outreach.channels.pool import Pool
from maitian.outreach.channels.smpp import SmppGateway, wire
from maitian.outreach.dispatch import gateways, listening
from maitian.outreach.models import Delivery, GatewayState, Handing, Message, Quarantined, StrangeReceipt
from maitian.outreach.queries import board
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, states, work
from tests.centre import Puppet, say, until

pytestmark = pytest.mark.django_db


@pytest.fixture
def line_to():
    """``line_to(port)`` → an SMPP gateway, closed afterwards."""
    made: list[SmppGateway] = []

    def connect(port: int, **more: object) -> SmppGateway:
        made.append(
            SmppGateway(name="test", host="127.0.0.1", port=port, system_id="a", password="b", **more)
        )
        return made[-1]

    yield connect
    for gateway in made:
        gateway.close()


@pytest.mark.requirement("G6.7")
def test_a_receipt_of_nobodys_message_changes_nothing_and_is_shown_with_its_number(
    notice, phones, member, sign_in
) -> None:
    event = notice(phones[:2])
    actions.send(event.pk, actor=member("boss").actor)
    work(1, Pool([Line()]))
    before = states(event)
    listening.store([Receipt("line", "never-ours", False, "MK:0001", "19900000000", permanent=True)], [], [])
    assert states(event) == before and StrangeReceipt.objects.get().error == "MK:0001"
    with time_machine.travel(MOMENT + timedelta(minutes=11)):
        assert board.figures().strange == 1
        page = sign_in("boss").get("/outreach/live/").content.decode()
        assert "never-ours" in page and "不认识的回执 1" in page


def test_torn_units_are_kept_with_the_reason_and_the_texts_go_on(
    line_to, notice, phones, member, sign_in
) -> None:
    def act(line: socket.socket, command: int, sequence: int, _body: bytes) -> None:
        if command == wire.SUBMIT:
            say(line, 0x80000004, 0, sequence, f"n{sequence}".encode() + b"\0")
            say(line, 0x5, 0, 900 + sequence, b"\0\x01\x01138")  # a deliver_sm that ends in the middle

    server = Puppet(act)
    try:
        pool = Pool([line_to(server.port)])
        event = notice(phones[:2])
        actions.send(event.pk, actor=member("boss").actor)
        work(1, pool)
        assert Counter(states(event).values()) == {1: 2}
        until(
            lambda: (
                (listening.listen(1, pool) and Quarantined.objects.count() >= 2)
                or Quarantined.objects.count() >= 2
            )
        )
        assert {(q.kind, q.source) for q in Quarantined.objects.all()} == {("unit", "test")} and all(
            q.reason for q in Quarantined.objects.all()
        )
        assert "读不懂的 2" in sign_in("boss").get("/outreach/live/").content.decode()
    finally:
        server.stop()


def test_a_gateway_that_takes_and_never_answers_costs_one_text_in_doubt_which_is_counted(
    line_to, notice, phones, member, sign_in
) -> None:
    silent = Puppet(lambda *_: None)
    second = Line("second")
    try:
        pool = Pool([line_to(silent.port, answer_within=0.4), second])
        event = notice(phones[:20])
        actions.send(event.pk, actor=member("boss").actor)
        work(1, pool)
    finally:
        silent.stop()
    found = Message.objects.filter(event_id=event.pk)
    assert Counter(m.state for m in found) == {1: 19, 5: 1} and len(second.got) == 19
    doubt = found.get(state=5)
    assert doubt.gateway == "test" and doubt.client_id not in {
        m.client_id for m in second.got
    }  # never over both
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.handed, delivery.unknown, delivery.state) == (
        19,
        1,
        "done",
    ) and not Handing.objects.exists()
    gateways._told.clear()
    gateways.report(1, pool)
    assert GatewayState.objects.get(name="test").line == "down" and board.figures().unknown == 1
    assert dispatch.resend_critical() == 0  # a service text in doubt is never sent again by itself


@pytest.mark.parametrize(
    "jump", [timedelta(days=2), timedelta(days=-2), timedelta(hours=5), timedelta(minutes=-7)]
)
@pytest.mark.parametrize("message_class", [0, 1])
def test_a_clock_that_jumps_in_a_send_loses_and_doubles_nobody(
    notice, phones, member, jump: timedelta, message_class: int
) -> None:
    event = notice(phones[:30], message_class=message_class)
    actions.send(event.pk, actor=member("boss").actor)
    elsewhere = contextlib.ExitStack()
    line = Line(batch=10)

    def answer(message) -> Outcome:
        if len(line.got) == 12:
            elsewhere.enter_context(time_machine.travel(MOMENT + jump))
        if len(line.got) == 23:
            elsewhere.close()  # and back again
        return Outcome.ACCEPTED

    line.answer = answer
    try:
        work(1, Pool([line]))
    finally:
        elsewhere.close()
    assert len(line.got) == len({m.client_id for m in line.got}) == 30
    assert Counter(states(event).values()) == {1: 30}
    delivery = queries.deliveries(event.pk).get()
    assert (delivery.handed, delivery.count, delivery.state) == (30, 30, "done")
    listening.store(
        [Receipt("line", m.reference, True, "", "") for m in Message.objects.filter(event_id=event.pk)],
        [],
        [],
    )
    assert Counter(states(event).values()) == {2: 30}


def test_what_waits_after_a_refusal_does_not_wait_for_the_day_that_a_clock_once_showed(
    notice, phones, member
) -> None:
    event = notice(phones[:3])
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda message: Outcome.ELSEWHERE
    with time_machine.travel(
        MOMENT + timedelta(days=2)
    ):  # the clock runs wild while every gateway says "not now"
        work(1, Pool([line]))
    assert Delivery.objects.get(event_id=event.pk, channel=1).not_before > MOMENT + timedelta(days=1)
    line.answer = lambda message: Outcome.ACCEPTED
    work(1, Pool([line]))
    assert Counter(states(event).values()) == {1: 3}


def test_a_critical_text_whose_time_lies_ahead_of_the_clock_is_sent_again_like_any_other(
    notice, phones, member
) -> None:
    event = notice(phones[:2], critical=True, legal_basis="contract")
    actions.send(event.pk, actor=member("boss").actor)
    with time_machine.travel(MOMENT + timedelta(days=2)):
        work(1, Pool([Line()]))
    assert Message.objects.filter(event_id=event.pk, at__gt=timezone.now()).count() == 2
    assert dispatch.resend_critical() == 2  # no receipt, and no knowing how long ago
