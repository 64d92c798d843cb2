# ruff: noqa: F401, F811 - fixtures of another file
"""Mails that come back, opting out by one click, gateways out of service, and what nobody could read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from maitian.clients import actions as clients
from maitian.clients.models import Client, ContactPoint
from maitian.core.models import LedgerEntry
from maitian.core.privacy import token
from maitian.outreach import actions, rules, unsubscribe
from maitian.outreach.channels import Outcome, Receipt, Unreadable
from maitian.outreach.channels.pool import Pool
from maitian.outreach.dispatch import gateways, listening
from maitian.outreach.models import GatewayState, GatewaySwitch, Message, Quarantined
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, states, work

pytestmark = pytest.mark.django_db
EMAIL_ONLY = 4


@pytest.fixture
def mailed(notice, phones, member) -> Any:
    """``mailed(line, count, …)`` → an event handed over by e-mail to the first clients, who all have a mailbox."""
    for client in phones[:6]:
        ContactPoint.objects.filter(client_id=client, kind="email").delete()
        ContactPoint.objects.create(
            client_id=client,
            kind="email",
            value=f"c{client}@example.com",
            value_token=token(f"c{client}@example.com"),
        )

    def send(line: Line, count: int = 3, **topic: Any):
        event = notice(phones[:count], mask=EMAIL_ONLY, **topic)
        actions.send(event.pk, actor=member("boss").actor)
        work(2, Pool([line]))
        return event

    return send


def come_back(event, client: int, code: str, to: str = "", permanent: bool = True, number: str = "") -> None:
    reference = number or Message.objects.get(event_id=event.pk, client_id=client).reference
    told = Receipt("line", reference, False, code, to or f"c{client}@example.com", permanent, sure=False)
    listening.store([told], [], [])


@pytest.mark.requirement("G6.7")
def test_a_hard_bounce_stops_the_mailbox_until_a_person_has_asked(mailed, phones, member, sign_in) -> None:
    event = mailed(Line())
    one, soft, other = phones[:3]
    come_back(event, one, "5.1.1")
    come_back(event, soft, "5.2.2", permanent=False)
    assert [states(event)[c] for c in (one, soft, other)] == [3, 3, 1]
    assert (
        ContactPoint.objects.get(client_id=one, kind="email").bounced_at
        and not Client.objects.get(pk=one).address_bits & 4
    )
    assert ContactPoint.objects.get(client_id=soft, kind="email").bounced_at is None
    again = Line("again")
    mailed(again)
    assert {m.client_id for m in again.got} == {soft, other}

    browser = sign_in("boss")
    page = browser.get(f"/clients/{one}/contact/").content.decode()
    assert "说没有这个邮箱" in page and "不用了" in page
    assert browser.post(f"/clients/{one}/contact/", {"again_email": "on", "evidence": ""}).status_code == 422
    assert (
        browser.post(f"/clients/{one}/contact/", {"again_email": "on", "evidence": "录音 7"}).status_code
        == 302
    )
    assert (
        ContactPoint.objects.get(client_id=one, kind="email").bounced_at is None
        and Client.objects.get(pk=one).address_bits & 4
    )
    assert LedgerEntry.objects.filter(kind="address.used_again", client_id=one).count() == 1
    assert not clients.use_address_again(one, "email", evidence="x", actor=member("boss").actor)
    once_more = Line("more")
    mailed(once_more)
    assert one in {m.client_id for m in once_more.got}


def test_a_forged_report_stops_nobodys_mailbox(mailed, phones) -> None:
    event = mailed(Line())
    one, other = phones[:2]
    come_back(
        event, one, "5.1.1", to=f"c{other}@example.com"
    )  # knows the number of his own mail, names another's mailbox
    come_back(event, one, "5.1.1", number="guessed@maitian.example")
    assert (
        not ContactPoint.objects.filter(client_id__in=[one, other], kind="email")
        .exclude(bounced_at=None)
        .exists()
    )
    assert states(event)[other] == 1


def test_a_mailbox_that_the_server_refuses_at_once_is_given_up_too(mailed, phones) -> None:
    class Refusing(Line):
        def submit(self, batch):
            return [a._replace(gone=a.outcome == Outcome.REFUSED) for a in super().submit(batch)]

    line = Refusing()
    line.answer = lambda message: Outcome.REFUSED if message.client_id == phones[0] else Outcome.ACCEPTED
    mailed(line)
    assert [c for c in phones[:3] if ContactPoint.objects.get(client_id=c, kind="email").bounced_at] == [
        phones[0]
    ]


def test_changing_the_mailbox_does_not_bring_a_dead_number_back(phones, member) -> None:
    ContactPoint.objects.filter(client_id=phones[0], kind="phone").update(bounced_at="2026-11-01T00:00Z")
    clients.change_contact(phones[0], {"email": "new@example.com"}, evidence="1", actor=member("boss").actor)
    assert Client.objects.get(pk=phones[0]).address_bits & 0b1111 == 0b1101


@pytest.mark.requirement("G6.7")
def test_one_click_of_the_mail_program_opts_out_of_this_class_alone(mailed, notice, phones) -> None:
    line = Line()
    mailed(line, 1, message_class=1)
    address = line.got[0].unsubscribe
    browser = Browser(enforce_csrf_checks=True)  # no session, no form token: the signed address is the proof
    path = urlsplit(address).path
    assert browser.get(path).status_code == 200 and browser.head(path).status_code == 200
    before = Client.objects.get(pk=phones[0]).consent_bits
    answer = browser.post(
        path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200 and "Location" not in answer.headers  # RFC 8058: no redirect
    assert Client.objects.get(pk=phones[0]).consent_bits == before & ~(
        1 << 6
    )  # commercial mails; nothing else
    event = notice([phones[0]], mask=EMAIL_ONLY, message_class=1)
    assert {rules.split(int(byte))[0] for byte in event.counts} == {rules.Gate.CONSENT}
    service = Line("service")
    mailed(service, 1, message_class=0)
    assert [m.client_id for m in service.got] == [phones[0]]
    assert service.got[0].unsubscribe == ""  # what is owed has no opting out
    assert browser.post(path[:-4] + "xxx/").status_code == 404
    assert (
        browser.post("/u/" + unsubscribe.signing.dumps([phones[0], 0, 2], salt="other") + "/").status_code
        == 404
    )


def test_a_gateway_out_of_service_gets_nothing_until_it_is_put_back(notice, phones, member, sign_in) -> None:
    first, second = Line("first"), Line("second")
    pool = Pool([first, second])
    gateways._told.clear()
    gateways.report(1, pool)
    browser = sign_in("boss")
    page = browser.get("/outreach/live/gateways/first/").content.decode()
    assert "second" in page and "停发" in page
    assert browser.post("/outreach/live/gateways/first/", {"off": "1", "reason": " "}).status_code == 422
    assert browser.post("/outreach/live/gateways/first/", {"off": "1", "reason": "割接"}).status_code == 302
    assert (
        browser.post("/outreach/live/gateways/first/", {"off": "1", "reason": "割接"}).status_code == 422
    )  # somebody was faster
    gateways._told.clear()
    gateways.report(1, pool)
    assert (
        GatewayState.objects.get(name="first").line == "off"
        and "已停发" in browser.get("/outreach/live/").content.decode()
    )
    event = notice(phones[:3])
    actions.send(event.pk, actor=member("boss").actor)
    work(1, pool)
    assert len(second.got) == 3 and first.got == []
    GatewaySwitch.objects.create(name="second", at=event.decided_at, by="x", reason="x")
    gateways.apply_switches(pool)
    assert not pool.ready()  # everything waits, nothing is lost
    GatewaySwitch.objects.filter(name="second").delete()
    assert browser.post("/outreach/live/gateways/first/", {"off": "0"}).status_code == 302
    gateways.apply_switches(pool)
    event = notice(phones[:2], text="又一条")
    actions.send(event.pk, actor=member("boss").actor)
    work(1, pool)
    assert len(first.got) == 2
    assert list(
        LedgerEntry.objects.filter(object_kind="gateway").order_by("number").values_list("kind", flat=True)
    ) == ["gateway.off", "gateway.on"]
    assert (
        sign_in("clerk1").post("/outreach/live/gateways/first/", {"off": "1", "reason": "x"}).status_code
        == 403
    )


def test_what_nobody_could_read_is_counted_on_the_board_and_read_on_record(sign_in) -> None:
    listening.store(
        [],
        [],
        [Unreadable("mail", "no delivery report: text/html", b"<b>13800000000</b>")],
        Quarantined.Kind.BOUNCE,
    )
    item = Quarantined.objects.get()
    board = sign_in("boss").get("/outreach/live/").content.decode()
    assert "读不懂的 1" in board and "/outreach/live/quarantine/" in board
    page = sign_in("boss").get("/outreach/live/quarantine/").content.decode()
    assert "no delivery report: text/html" in page and "13800000000" not in page and "退信" in page
    assert (
        sign_in("editor").post(f"/outreach/live/quarantine/{item.pk}/").status_code == 403
    )  # may see that, not what
    # The administrator looks after connections and sees no client: neither the list nor what stands in one.
    admin = sign_in("admin")
    assert admin.get("/outreach/live/quarantine/").status_code == 403
    assert admin.post(f"/outreach/live/quarantine/{item.pk}/").status_code == 403
    assert not LedgerEntry.objects.filter(kind="quarantine.seen").exists()
    shown = sign_in("boss").post(f"/outreach/live/quarantine/{item.pk}/").content.decode()
    assert "&lt;b&gt;13800000000&lt;/b&gt;" in shown
    row = LedgerEntry.objects.get(kind="quarantine.seen")
    assert "13800000000" not in str(row.facts)
    assert "读不懂的 0" in sign_in("boss").get("/outreach/live/").content.decode()
    assert "no delivery report" in sign_in("boss").get("/outreach/live/quarantine/?all=1").content.decode()
