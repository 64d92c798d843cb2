"""A complaint is acknowledged by mail where mail is the client's way: in the thread, with the deadline, never to a machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from maitian.clients import actions as clients
from maitian.clients.models import Client, ContactPoint
from maitian.core import jobs, reactions
from maitian.core.models import LedgerEntry
from maitian.core.privacy import token
from maitian.core.time import shanghai
from maitian.desk.actions.complaints import open_complaint
from maitian.desk.errors import IdentityMissing
from maitian.desk.models import Case, Clock
from maitian.mailroom.actions import deciding, sending
from maitian.mailroom.errors import ComplaintAlready
from maitian.mailroom.models import Letter, Mail
from maitian.mailroom.rules.acknowledging import by_mail, wishes_mail
from maitian.mailroom.tests.conftest import ADDRESS

pytestmark = pytest.mark.django_db
jobs.discover(("tasks", "reactions"))


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    reactions.react("mailroom.acknowledgements")  # begins at the head


@pytest.fixture
def complaint(client: Client) -> Any:
    def made(**more: Any) -> Case:
        account = client.accounts.order_by("number")[0].number
        given = {
            "branch": client.branch,
            "client": client,
            "complaint_kind": "other",
            "what": "没有人回话",
            "channel": "phone",
            "actor": client.actor,
        }
        return open_complaint(**{**given, "account": account, **more}).case  # fmt: skip

    return made


def acknowledgements(case: Case) -> list[Letter]:
    reactions.react("mailroom.acknowledgements")
    return list(Letter.objects.filter(case=case, entry__facts__what="acknowledged"))


@pytest.mark.requirement("T4", "T5")
def test_a_complaint_that_came_by_mail_is_acknowledged_in_the_same_thread_with_its_deadline(
    client: Client, arrive: Any, member: Any
) -> None:
    mail = arrive("要了两次都没有寄到", subject="对账单", number="first")
    enquiry = mail.case
    case = deciding.complain(
        mail_id=mail.pk, by=member("hotline1"), complaint_kind="staff_attitude", account=client.accounts.order_by("number")[0].number
    )  # fmt: skip
    enquiry.refresh_from_db()
    assert enquiry.merged_into == case and case.channel == "email" and case.kind.complaint
    (letter,) = acknowledgements(case)
    assert acknowledgements(case) == [letter] and str(letter.to) == ADDRESS  # once
    made = sending.compose(letter)
    assert made["In-Reply-To"] == "<first@x>" and "<first@x>" in made["References"]
    assert made["Auto-Submitted"] == "auto-replied" and case.ref in made["Subject"]
    due = Clock.objects.get(case=case, kind="resolution").due_at
    words = made.get_content()
    assert (
        f"{shanghai(due):%Y-%m-%d %H:%M} 前给您明确的结果" in words and f"/portal/cases/{case.ref}/" in words
    )
    # What the client answers to it goes on in the complaint, and our next letter names the whole thread.
    back = arrive("谢谢，等你们消息", In_Reply_To=f"<{letter.message_id}>", number="second", subject="回复")
    assert back.case == case
    with pytest.raises(ComplaintAlready):
        deciding.complain(mail_id=mail.pk, by=member("hotline1"), complaint_kind="other")


@pytest.mark.parametrize(
    ("channel", "wish", "phone", "sent"),
    [
        ("phone", "", True, 0),
        ("email", "", True, 1),
        ("phone", "邮件", True, 1),
        ("phone", "不要发邮件", True, 0),
        ("portal", "", False, 1),
    ],
)
def test_by_mail_when_it_came_by_mail_or_is_wished_or_is_all_there_is(
    complaint: Any, client: Client, channel: str, wish: str, phone: bool, sent: int
) -> None:
    if wish:
        clients.set_preference(client.pk, "联系方式", wish, actor="member:1")
    if not phone:
        ContactPoint.objects.filter(client=client, kind="phone").delete()
    letters = acknowledgements(complaint(channel=channel))
    assert len(letters) == sent
    if sent:  # nothing to answer to: a mail of its own
        made = sending.compose(letters[0])
        assert made["In-Reply-To"] is None and made["Auto-Submitted"] == "auto-generated"


def test_a_machine_and_an_address_that_mails_came_back_from_get_none_and_it_is_on_record(
    arrive: Any, client: Client, complaint: Any, member: Any
) -> None:
    account = client.accounts.order_by("number")[0].number
    mail = arrive("自动回复：投诉已收到", Auto_Submitted="auto-replied")
    assert mail.state == "held"
    case = deciding.complain(mail_id=mail.pk, by=member("boss"), complaint_kind="other", account=account)
    assert acknowledgements(case) == []
    row = LedgerEntry.objects.filter(kind="mail.not_acknowledged").latest("number")
    assert row.facts["reason"] == "machine" and row.object_id == str(case.pk)
    ContactPoint.objects.filter(client=client, kind="email").update(bounced_at=timezone.now())
    assert acknowledgements(complaint(channel="email")) == []
    assert (
        LedgerEntry.objects.filter(kind="mail.not_acknowledged").latest("number").facts["reason"]
        == "no_address"
    )


def test_somebody_who_is_no_client_is_acknowledged_at_the_address_he_wrote_from(
    arrive: Any, client: Client, story: list[int], member: Any
) -> None:
    mail = arrive("你们的人态度很差", sender="赵先生 <zhao@else.example>", subject="投诉", number="s")
    with pytest.raises(IdentityMissing):
        deciding.complain(mail_id=mail.pk, by=member("boss"), complaint_kind="staff_attitude")
    assert Mail.objects.get(pk=mail.pk).state == "waiting"
    case = deciding.complain(
        mail_id=mail.pk, by=member("boss"), complaint_kind="staff_attitude", identity="310101199001014471"
    )
    (letter,) = acknowledgements(case)
    words = sending.compose(letter).get_content()
    assert str(letter.to) == "zhao@else.example" and "/portal/" not in words and "在这里" not in words
    # Mails to the address came back for somebody else: it is not written to again.
    other = arrive("还是很差", sender="qian@else.example", subject="投诉", number="t")
    ContactPoint.objects.create(
        client_id=story[1], kind="email", value="qian@else.example", value_token=token("qian@else.example"),
        bounced_at=timezone.now() - timedelta(days=1), primary=False,
    )  # fmt: skip
    second = deciding.complain(
        mail_id=other.pk,
        by=member("boss"),
        complaint_kind="other",
        name="钱某",
        identity="310101199001014472",
    )
    assert acknowledgements(second) == []


def test_wishes_are_read_as_they_are_written() -> None:
    assert wishes_mail({"联系方式": "发邮件就好"}) and wishes_mail({"way of contact": "E-mail please"})
    assert not wishes_mail({"联系方式": "别发邮件"}) and not wishes_mail({"爱好": "集邮"})
    assert by_mail(came_by_mail=False, wishes_mail=False, has_phone=False)


def test_the_page_and_the_api_record_a_complaint(
    client: Client, arrive: Any, sign_in: Any, member: Any
) -> None:
    mail = arrive("没有人回话", subject="对账单")
    agent = sign_in("hotline1")
    assert "这是投诉" in agent.get(f"/desk/{mail.case.ref}/").content.decode()
    assert 'id="complain"' in agent.get(f"/mailroom/{mail.pk}/").content.decode()
    refused = agent.post(f"/mailroom/{mail.pk}/complain/", {"complaint_kind": ""})
    assert refused.status_code == 422
    account = client.accounts.order_by("number")[0].number
    done = agent.post(
        f"/mailroom/{mail.pk}/complain/", {"complaint_kind": "other", "account": account}, follow=True
    )
    page = done.content.decode()
    assert done.status_code == 200 and "已登记为投诉" in page
    assert 'id="complain"' not in agent.get(f"/mailroom/{mail.pk}/").content.decode()
