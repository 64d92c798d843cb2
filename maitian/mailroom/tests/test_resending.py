"""A letter in doubt is sent again by a person: warned, once, on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from maitian.clients.models import Client, ContactPoint
from maitian.core import jobs
from maitian.core.errors import NotFound
from maitian.core.models import LedgerEntry
from maitian.core.privacy import token
from maitian.desk.actions import talking
from maitian.desk.queries.page import lines
from maitian.mailroom import queries
from maitian.mailroom.actions import sending
from maitian.mailroom.errors import AddressMissing, DoubleNotAccepted, LetterMoved
from maitian.mailroom.models import Letter, Resend

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def doubtful(client: Client, arrive: Any, member: Any) -> Letter:
    """A letter whose process died while it was being sent."""
    entry = talking.reply(
        case_id=arrive().case.pk, by=member("hotline1"), body="16:00 以前都能转", channel="email"
    )
    letter = sending.write(entry.pk)
    assert letter is not None
    Letter.objects.filter(pk=letter.pk).update(
        state="sending", tried_at=timezone.now() - timedelta(minutes=11)
    )
    sending.send_waiting()
    letter.refresh_from_db()
    assert letter.state == "unknown"
    return letter


def test_it_goes_once_however_often_the_button_is_pressed_and_under_the_same_number(
    doubtful: Letter, member: Any
) -> None:
    agent = member("hotline1")
    with pytest.raises(DoubleNotAccepted):
        sending.resend(letter_id=doubtful.pk, by=agent, resends=0)
    again = sending.resend(letter_id=doubtful.pk, by=agent, resends=0, double_accepted=True)
    assert (again.state, again.message_id) == ("waiting", doubtful.message_id)
    with pytest.raises(LetterMoved):
        sending.resend(letter_id=doubtful.pk, by=agent, resends=0, double_accepted=True)
    # It fails again before the second press comes: what was seen then is no longer so.
    Letter.objects.filter(pk=doubtful.pk).update(state="unknown")
    with pytest.raises(LetterMoved):
        sending.resend(letter_id=doubtful.pk, by=agent, resends=0, double_accepted=True)
    assert Resend.objects.get().member == agent
    row = LedgerEntry.objects.get(kind="mail.resent", object_id=str(doubtful.case_id))
    assert row.actor == agent.actor
    line = next(line for line in lines(doubtful.case) if line.title == "重发了邮件答复")
    assert "可能收到两封" in line.body
    with pytest.raises(Exception, match="refused"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM mailroom_resend")


def test_it_goes_to_the_address_that_is_on_record_now_and_nowhere_without_one(
    doubtful: Letter, member: Any, client: Client
) -> None:
    points = ContactPoint.objects.filter(client=client, kind="email")
    points.update(bounced_at=timezone.now())
    with pytest.raises(AddressMissing):
        sending.resend(letter_id=doubtful.pk, by=member("boss"), resends=0, double_accepted=True)
    points.delete()
    ContactPoint.objects.create(
        client=client, kind="email", value="new@mail.example", value_token=token("new@mail.example")
    )
    assert (
        str(sending.resend(letter_id=doubtful.pk, by=member("boss"), resends=0, double_accepted=True).to)
        == "new@mail.example"
    )


def test_what_was_sent_is_not_sent_again_and_what_was_refused_needs_no_warning(
    doubtful: Letter, member: Any
) -> None:
    Letter.objects.filter(pk=doubtful.pk).update(state="sent")
    with pytest.raises(LetterMoved):
        sending.resend(letter_id=doubtful.pk, by=member("boss"), resends=0, double_accepted=True)
    Letter.objects.filter(pk=doubtful.pk).update(state="refused")
    assert sending.resend(letter_id=doubtful.pk, by=member("boss"), resends=0).state == "waiting"


def test_the_button_by_permission_and_the_page_after_two_presses(
    doubtful: Letter, sign_in: Any, member: Any
) -> None:
    path, page = f"/mailroom/letters/{doubtful.pk}/resend/", f"/desk/{doubtful.case.ref}/"
    manager = sign_in("manager1")  # sees the case, does not decide about mails
    assert (
        "重发" not in manager.get(page).content.decode()
        and manager.post(path, {"resends": 0}).status_code == 403
    )
    with pytest.raises(NotFound):
        queries.letter(member("manager2"), doubtful.pk)
    agent = sign_in("hotline1")
    assert "客户可能收到两封" in agent.get(page).content.decode()
    assert "请勾选" in agent.post(path, {"resends": 0}, follow=True).content.decode()
    given = {"resends": 0, "double_accepted": 1}
    assert "已重发" in agent.post(path, given, follow=True).content.decode()
    assert "没有再发一次" in agent.post(path, given, follow=True).content.decode()
    assert Resend.objects.count() == 1


def test_the_api_lists_and_resends(doubtful: Letter, api: Any) -> None:
    call = api("hotline1", "mailroom.view", "mailroom.work")
    (listed,) = call("GET", "/letters").json()
    assert (listed["state"], listed["resends"]) == ("unknown", 0)
    path, body = f"/letters/{doubtful.pk}/resend", {"resends": 0, "double_accepted": True}
    assert call("POST", path, body).json()["state"] == "waiting"
    again = call("POST", path, body)
    assert (again.status_code, again.json()["code"]) == (409, "mailroom.letter_moved")


def test_two_answers_at_once_both_leave_though_one_job_waits(
    client: Client, arrive: Any, member: Any
) -> None:
    jobs.discover(("tasks", "reactions"))
    case = arrive().case
    for words in ("第一封", "第二封"):
        entry = talking.reply(case_id=case.pk, by=member("hotline1"), body=words, channel="email")
        assert sending.write(entry.pk) is not None
    assert Letter.objects.filter(case=case, state="waiting").count() == 2
