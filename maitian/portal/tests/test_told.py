"""What the desk does reaches the client by inbox and SMS, once, and leads to his own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from maitian.clients.models import Client
from maitian.core import reactions
from maitian.desk.actions import complaints, moving, promises, talking
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Case
from maitian.outreach import dispatch, queries, texts
from maitian.outreach import reactions as _registered  # noqa: F401
from maitian.outreach.models import Event, Message

pytestmark = pytest.mark.django_db
INBOX = 0


@pytest.fixture
def client(story: list[int]) -> Client:
    """陈建国, who may get texts at any hour of the day."""
    reactions.react("outreach.ledger_topics")  # what was before is not told again
    Client.objects.filter(pk=story[0]).update(address_bits=15)
    return Client.objects.select_related("branch", "manager").get(pk=story[0])


def deliver() -> None:
    """What the worker does within a second of a row: react, then empty the inbox's queue."""
    reactions.react("outreach.ledger_topics")
    worker = dispatch.Worker((INBOX,), None)
    while worker.step():
        pass


def told(client: Client) -> list[str]:
    return [str(item["title"]) for item in queries.inbox(client.pk)]


def complaint(client: Client) -> Case:
    return complaints.open_complaint(
        branch=client.branch, client=client, complaint_kind="business_error", what="佣金高于约定", channel="portal", actor=client.actor,
    ).case  # fmt: skip


@pytest.mark.requirement("T6")
def test_a_complaint_is_acknowledged_within_the_minute_with_number_and_deadline(client: Client) -> None:
    began = timezone.now()
    case = complaint(client)
    deliver()
    message = next(m for m in queries.inbox(client.pk) if m["title"] == "投诉已收到，2026-12-15 前给您结果")
    assert case.ref in message["text"] and message["unread"]
    assert message["at"] - began < timedelta(minutes=1)
    event = Event.objects.get(topic__code="complaint_received")
    sms = texts.rendered(event.texts["sms"], event.pk, [client.pk])[client.pk]
    assert case.ref in sms and "在2026-12-15前" in sms
    assert queries.deliveries(event.pk).count() == 2  # inbox and SMS
    deliver()
    reactions.replay("outreach.ledger_topics", 0, reason="再来一遍", actor="member:1")
    deliver()
    assert told(client).count("投诉已收到，2026-12-15 前给您结果") == 1


def test_the_message_leads_to_the_client_s_own_case(
    client: Client, sign_in: Any, member: Any, story: list[int]
) -> None:
    case = complaint(client)
    deliver()
    event = Event.objects.get(topic__code="complaint_received")
    page = sign_in(client.pk).get(f"/portal/inbox/{event.pk}/").content.decode()
    assert f'href="/portal/cases/{case.ref}/"' in page and "不是买卖建议" not in page
    assert sign_in(story[1]).get(f"/portal/inbox/{event.pk}/").status_code == 404
    assert (
        Message.objects.get(event_id=event.pk, channel=INBOX, client_id=client.pk).state == Message.State.READ
    )


def test_two_clients_of_one_batch_get_each_his_own(client: Client, sign_in: Any, story: list[int]) -> None:
    other = Client.objects.select_related("branch", "manager").get(pk=story[2])
    mine, his = complaint(client), complaint(other)
    deliver()
    event = Event.objects.get(topic__code="complaint_received")
    assert mine.ref in sign_in(client.pk).get(f"/portal/inbox/{event.pk}/").content.decode()
    page = sign_in(other.pk).get(f"/portal/inbox/{event.pk}/").content.decode()
    assert his.ref in page and mine.ref not in page


def test_answers_and_results_are_told_unless_the_client_heard_them_himself(
    client: Client, member: Any
) -> None:
    case = open_case(
        kind="enquiry",
        branch=client.branch,
        client=client,
        body="科创板怎么开？",
        channel="portal",
        actor=client.actor,
    ).case
    agent = member("hotline1")
    talking.note(case_id=case.pk, by=agent, body="内部")
    talking.reply(case_id=case.pk, by=agent, body="电话里说过了", channel="phone")
    deliver()
    assert "您问的事有新答复" not in told(client)
    talking.reply(case_id=case.pk, by=agent, body="要两年经验")
    moving.resolve(case_id=case.pk, by=agent, result="answered", body="条件都够，在手机上开。")
    deliver()
    assert {"您的事有结果了，请确认", "您问的事有新答复"} <= set(told(client))


@pytest.mark.requirement("T10")
def test_promises_are_told_when_made_moved_and_broken(client: Client, member: Any, sign_in: Any) -> None:
    manager = member("manager1")
    due = timezone.now() + timedelta(hours=5)
    made = promises.make(client_id=client.pk, by=manager, what="打电话告诉核对结果", due_at=due)
    deliver()
    assert "答应您的事：11月24日 15:00前" in told(client)
    event = Event.objects.get(topic__code="promise")
    assert 'href="/portal/"' in sign_in(client.pk).get(f"/portal/inbox/{event.pk}/").content.decode()
    later = due + timedelta(days=1)
    promises.move(promise_id=made.pk, by=manager, due_at=later, reason="清算晚", told="明天下午三点前告诉您")
    deliver()
    assert "答应您的事：11月25日 15:00前" in told(client)
    promises.sweep(later + timedelta(minutes=1))
    deliver()
    assert "答应您的事没有按时办好" in told(client)


def test_an_extension_is_told_with_its_day(client: Client, member: Any) -> None:
    case = complaint(client)
    clerk = member("clerk1")
    complaints.accept(case_id=case.pk, by=clerk, accepted=True)
    complaints.extend(
        case_id=case.pk,
        by=clerk,
        days=5,
        because="等结算公司回函",
        letter=("函.pdf", b"%PDF-1.4", "application/pdf"),
    )
    deliver()
    assert "投诉的答复期限延到 2026-12-22" in told(client)
