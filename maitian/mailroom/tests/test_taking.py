"""From the mailbox into a case, or not, and why."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from maitian.clients.models import Client, ContactPoint
from maitian.core import rulebook
from maitian.core.privacy import token
from maitian.desk.actions import talking
from maitian.desk.models import Case, Entry
from maitian.desk.queries import private_of
from maitian.mailroom import queries
from maitian.mailroom.actions import deciding, sending, taking
from maitian.mailroom.errors import AccountUnknown, CaseOfAnother, NotWaiting, ReasonMissing
from maitian.mailroom.models import Letter, Mail, Mailbox
from maitian.mailroom.tests.conftest import ADDRESS, raw

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.requirement("E3")
def test_a_client_s_mail_opens_a_case_and_the_next_one_goes_on_in_it(
    client: Client, arrive: Any, member: Any
) -> None:
    first = arrive("银证转账转不出来", number="first")
    assert first.state == "taken" and first.case.client_id == client.pk and first.case.channel == "email"
    assert first.entry.body == "银证转账转不出来" and first.case.subject == "转账问题"
    talking.reply(case_id=first.case.pk, by=member("hotline1"), body="请告诉我们银行的名称", channel="email")
    again = arrive(
        "建设银行\n\n在 2026-11-24，麦田 <s@x.cn> 写道：\n> 请告诉", In_Reply_To="<first@x>", number="second"
    )
    assert again.case == first.case and again.entry.body == "建设银行"
    by_number = arrive("还有一件", subject=f"回复：转账问题 [{first.case.ref}]", number="third")
    assert by_number.case == first.case
    assert queries.account().out["taken"] == 3 and queries.account().even


def test_our_answer_leaves_by_mail_and_its_answer_comes_back_into_the_case(
    client: Client, arrive: Any, member: Any, monkeypatch: Any, settings: Any
) -> None:
    first = arrive()
    entry = talking.reply(
        case_id=first.case.pk, by=member("hotline1"), body="16:00 以前都能转", channel="email"
    )
    letter = sending.write(entry.pk)
    assert letter is not None and str(letter.to) == ADDRESS and sending.write(entry.pk) is None
    made = sending.compose(letter)
    assert (
        made["In-Reply-To"] == f"<{first.message_id}>"
        and first.case.ref in made["Subject"]
        and "16:00 以前都能转" in made.get_content()
    )
    sent: list[Any] = []

    class Server:
        def __init__(self, *_given: Any, **_more: Any) -> None: ...
        def send_message(self, message: Any) -> None:
            sent.append(message)

        def close(self) -> None: ...

    monkeypatch.setattr(sending.smtplib, "SMTP", Server)
    assert sending.send_waiting() == 1 and sending.send_waiting() == 0 and len(sent) == 1
    letter.refresh_from_db()
    assert letter.state == "sent"
    back = arrive("知道了，谢谢", In_Reply_To=f"<{letter.message_id}>", number="back", subject="回复")
    assert back.case == first.case


def test_a_letter_left_behind_by_a_crash_is_in_doubt_and_never_sent_again(
    client: Client, arrive: Any, member: Any
) -> None:
    entry = talking.reply(case_id=arrive().case.pk, by=member("hotline1"), body="好的", channel="email")
    letter = sending.write(entry.pk)
    assert letter is not None
    Letter.objects.filter(pk=letter.pk).update(
        state="sending", tried_at=timezone.now() - timedelta(minutes=11)
    )
    assert sending.send_waiting() == 0
    letter.refresh_from_db()
    assert letter.state == "unknown" and letter.problem
    assert list(queries.not_sent()) == [letter]


def test_an_answer_to_a_client_without_an_address_says_so(client: Client, arrive: Any, member: Any) -> None:
    case = arrive().case
    ContactPoint.objects.filter(client=client, kind="email").delete()
    letter = sending.write(
        talking.reply(case_id=case.pk, by=member("hotline1"), body="好的", channel="email").pk
    )
    assert letter is not None and letter.state == "refused" and letter.problem


def test_a_stranger_waits_and_becomes_a_case_without_a_client(
    arrive: Any, client: Client, member: Any
) -> None:
    mail = arrive(sender="新人 <somebody@else.example>", subject="想开户")
    assert (mail.state, mail.reason, mail.case) == ("waiting", "stranger", None)
    case = deciding.claim(mail_id=mail.pk, by=member("hotline1"), stranger=True)
    assert case.client is None and private_of(case)["contact"]["email"] == "somebody@else.example"
    again = arrive("还要带什么", sender="somebody@else.example", In_Reply_To=f"<{mail.message_id}>")
    assert again.case == case


def test_a_number_or_a_thread_in_a_stranger_s_mail_proves_nothing(
    arrive: Any, client: Client, member: Any
) -> None:
    case = arrive(number="mine").case
    before = Entry.objects.filter(case=case).count()
    for more in ({"subject": f"[{case.ref}]"}, {"In_Reply_To": "<mine@x>"}):
        mail = arrive("请把我的地址改成这里", sender="thief@else.example", **more)
        assert (mail.state, mail.reason, mail.about) == ("waiting", "other_sender", case)
    assert Entry.objects.filter(case=case).count() == before
    with pytest.raises(CaseOfAnother):
        deciding.claim(mail_id=mail.pk, by=member("hotline1"), stranger=True, ref=case.ref)


def test_an_address_of_two_clients_is_nobody_s_until_somebody_says(
    arrive: Any, client: Client, story: list[int], member: Any
) -> None:
    ContactPoint.objects.filter(client_id=story[1], kind="email").delete()
    ContactPoint.objects.create(client_id=story[1], kind="email", value=ADDRESS, value_token=token(ADDRESS))
    mail = arrive()
    assert (mail.state, mail.reason) == ("waiting", "several")
    assert {c.pk for c in queries.candidates(member("boss"), mail)} == {client.pk, story[1]}
    account = Client.objects.get(pk=story[1]).accounts.first()
    case = deciding.claim(mail_id=mail.pk, by=member("boss"), account=account.number)
    assert case.client_id == story[1]


def test_each_mail_is_taken_once_whatever_the_server_says(arrive: Any, box: Mailbox, client: Client) -> None:
    data = raw(number="once")
    mail = arrive(data)
    assert taking.take(mailbox_id=box.pk, uidvalidity=7, uid=mail.uid, raw=data) is None
    # The server numbers the folder anew: the same mail comes with another number.
    Mailbox.objects.filter(pk=box.pk).update(uidvalidity=8, last_uid=0)
    double = arrive(data)
    assert (double.state, double.case) == ("double", mail.case)
    # A second copy by another address of ours has other headers and the same Message-ID.
    copied = arrive(b"Received: by mx2\r\n" + data)
    assert copied.state == "double"
    assert Case.objects.filter(client=client).count() == 1 and queries.account().even


def test_what_fails_in_the_middle_is_not_there_at_all(
    arrive: Any, box: Mailbox, client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(taking.refusing, "why", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        arrive()
    box.refresh_from_db()
    assert (box.last_uid, box.fetched, Mail.objects.count(), Case.objects.filter(client=client).count()) == (
        0,
        0,
        0,
        0,
    )
    monkeypatch.undo()
    assert arrive().state == "taken"


def test_one_mail_that_cannot_be_handled_does_not_stop_the_others(
    arrive: Any, client: Client, monkeypatch: Any, member: Any
) -> None:
    monkeypatch.setattr(taking, "put_in", lambda *_a, **_k: 1 / 0)
    mail = arrive()
    assert (mail.state, mail.reason) == ("held", "fault")
    monkeypatch.undo()
    assert deciding.release(mail_id=mail.pk, by=member("hotline1")).state == "taken"


def test_a_bomb_of_mails_is_held_and_the_others_come_through(arrive: Any, client: Client) -> None:
    rulebook.Rule.objects.filter(key="mailroom.sender_hour").update(value=3)
    rulebook._cache.clear()
    states = [arrive(f"第 {n} 封", number=f"n{n}").state for n in range(5)]
    assert states == ["taken"] * 3 + ["held"] * 2
    assert arrive("别人的", sender="other@else.example").state == "waiting"
    assert queries.account().even


def test_an_answering_machine_is_held_and_a_person_may_let_it_in(
    arrive: Any, client: Client, member: Any
) -> None:
    mail = arrive("我在休假", Auto_Submitted="auto-replied")
    assert (mail.state, mail.reason) == ("held", "automatic")
    deciding.release(mail_id=mail.pk, by=member("hotline1"))
    mail.refresh_from_db()
    assert mail.state == "taken"
    with pytest.raises(NotWaiting):
        deciding.drop(mail_id=mail.pk, by=member("hotline1"), reason="x")


def test_a_forged_mail_never_goes_in_by_itself(
    arrive: Any, client: Client, member: Any, settings: Any
) -> None:
    settings.MAILBOX = {**settings.MAILBOX, "judge": "mx"}
    mail = arrive(Authentication_Results="mx; dmarc=fail")
    assert (mail.state, mail.reason) == ("held", "forged")
    deciding.release(mail_id=mail.pk, by=member("hotline1"))
    mail.refresh_from_db()
    assert mail.state == "waiting" and mail.case is None


def test_files_are_looked_at_by_the_desk_s_rules_and_the_others_are_named(
    arrive: Any, client: Client
) -> None:
    def part(name: str, content: bytes) -> bytes:
        coded = base64.encodebytes(content)
        return (
            f'--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n'.encode()
            + coded
        )

    head = f"From: {ADDRESS}\r\nSubject: 对账单\r\nMessage-ID: <f@x>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    data = (
        head.encode()
        + b"--x\r\n\r\n"
        + "见附件".encode()
        + b"\r\n"
        + part("a.pdf", b"%PDF-1.7 x")
        + part("b.exe", b"MZ...")
        + part("c.pdf", b"MZ")
        + b"--x--\r\n"
    )
    mail = arrive(data)
    assert mail.state == "taken"
    assert [file.name for file in mail.entry.attachments.all()] == ["a.pdf"]
    assert [(file["name"], file["why"]) for file in queries.files_of(mail)] == [
        ("a.pdf", ""),
        ("b.exe", "type"),
        ("c.pdf", "type"),
    ]


def test_dropping_needs_a_reason_and_keeps_the_mail(arrive: Any, client: Client, member: Any) -> None:
    mail = arrive(sender="ads@else.example")
    with pytest.raises(ReasonMissing):
        deciding.drop(mail_id=mail.pk, by=member("hotline1"), reason=" ")
    deciding.drop(mail_id=mail.pk, by=member("hotline1"), reason="广告")
    assert Mail.objects.get(pk=mail.pk).state == "dropped" and queries.account().even
    with pytest.raises(Exception, match="refused"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM mailroom_mail")


def test_nobody_gives_a_mail_to_a_client_whom_he_may_not_see(
    arrive: Any, client: Client, member: Any
) -> None:
    mail = arrive(sender="ads@else.example")
    with pytest.raises(AccountUnknown):
        deciding.claim(mail_id=mail.pk, by=member("hotline1"), account="99999999")


def test_pages_show_what_waits_and_a_mail_of_a_case_only_to_those_who_see_the_case(
    arrive: Any, client: Client, member: Any, sign_in: Any
) -> None:
    taken, waits = arrive(), arrive("想开户", sender="somebody@else.example", subject="想开户")
    agent: Browser = sign_in("hotline1")
    page = agent.get("/mailroom/").content.decode()
    assert "想开户" in page and "somebody@else.example" not in page and "so***@else.example" in page
    assert "somebody@else.example" in agent.get(f"/mailroom/{waits.pk}/").content.decode()
    refused = agent.post(f"/mailroom/{waits.pk}/claim/", {"ref": ""})
    assert refused.status_code == 422 and "没有选是谁的邮件" in refused.content.decode()
    done = agent.post(f"/mailroom/{waits.pk}/claim/", {"who": "stranger"}, follow=True)
    assert done.status_code == 200 and Mail.objects.get(pk=waits.pk).state == "taken"
    manager, other = sign_in("manager1"), sign_in("manager2")
    assert manager.get(f"/mailroom/{taken.pk}/").status_code == 200
    assert b"".join(manager.get(f"/mailroom/{taken.pk}/original/")) == taken.raw.open("rb").read()
    assert (
        other.get(f"/mailroom/{taken.pk}/").status_code == 404
        and other.get(f"/mailroom/{taken.pk}/original/").status_code == 404
    )
    assert "邮件往来" in manager.get(f"/desk/{taken.case.ref}/").content.decode()
