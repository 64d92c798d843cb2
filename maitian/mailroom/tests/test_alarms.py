"""A ladder's step that says e-mail: written once by the sweep, sent once, never doubled; else the bell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from maitian.clients.models import Client
from maitian.core import rulebook
from maitian.core.models import LedgerEntry
from maitian.core.privacy import mask_name
from maitian.core.rulebook import Rule
from maitian.core.time import SHANGHAI
from maitian.desk import catalog
from maitian.desk.actions import alarms as written
from maitian.desk.actions import moving, people, sweeping
from maitian.desk.actions.opening import open_case
from maitian.desk.errors import AlarmAddressMissing, AlarmNeedless
from maitian.desk.models import Case, ClockMail, Entry, Named
from maitian.desk.queries.page import lines
from maitian.mailroom.actions import alarms
from maitian.mailroom.queries import alarm_counts
from maitian.mailroom.tests.test_imap import free_port
from maitian.simulators.mail import Sink
from maitian.simulators.store import Log, recent
from maitian.staff.models import Notification

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 24, 10, 25, tzinfo=SHANGHAI)  # 80 % of the 30 minutes of the first answer


@pytest.fixture
def ladder(db: Any) -> Iterator[Any]:
    """``ladder("email")``: the steps of the ladder of answers tell the owner so at 80 % and at the deadline."""

    def made(*how: str) -> None:
        steps = [{"at": at, "who": "owner", "how": list(how)} for at in ("80%", "100%")]
        Rule.objects.filter(book="brokerage", key="desk.ladder.answer").update(
            value={"steps": steps, "then": ""}
        )
        catalog._policies.clear()
        rulebook._cache.clear()

    yield made
    catalog._policies.clear()


@pytest.fixture
def case(client: Client, member: Any) -> Any:
    """``case()`` → an enquiry that hotline1 works on."""

    def made(body: str = "佣金怎么算的，我的手机是 13800001111") -> Case:
        opened = open_case(
            kind="enquiry",
            branch=client.branch,
            client=client,
            body=body,
            channel="portal",
            actor=client.actor,
        )
        people.take(case_id=opened.case.pk, by=member("hotline1"))
        return opened.case

    return made


@pytest.fixture
def sink(settings: Any, tmp_path: Any) -> Iterator[tuple[Sink, Log]]:
    """The mail sink of the simulators, listening."""
    log = Log(tmp_path / "mail.jsonl")
    made, port = Sink(log), free_port()
    server = Controller(made, hostname="127.0.0.1", port=port)
    server.start()
    settings.GATEWAYS = {
        **settings.GATEWAYS,
        "email": [{"kind": "smtp", "name": "sink", "host": "127.0.0.1", "port": port}],
    }
    yield made, log
    server.stop()


def told(name: str) -> int:
    return Notification.objects.filter(
        member__sign_in_name=name, kind__in=["desk.due_soon", "desk.late"]
    ).count()


@pytest.mark.requirement("T4")
def test_a_step_by_mail_reaches_the_sink_once_and_stands_in_the_case(
    ladder: Any, case: Any, member: Any, client: Client, sign_in: Any, sink: tuple[Sink, Log], tmp_path: Any
) -> None:
    ladder("email")
    found, owner = case(), member("hotline1")
    sign_in("hotline1").post("/staff/me/own/", {"email": str(owner.email), "language": "en"})
    assert member("hotline1").language == "en"
    for _again in range(2):
        sweeping.sweep(LATE)
    assert alarms.send_waiting() == 1 and alarms.send_waiting() == 0
    mail = recent(tmp_path, "mail")[0]
    assert mail["to"] == "hotline1@maitian.example" and mail["subject"].startswith(f"Soon due: {found.ref}")
    assert f"/desk/{found.ref}/" in mail["text"] and mask_name(client.person.name) in mail["text"]
    assert (
        client.person.name not in mail["text"]
        and "13800001111" not in mail["text"]
        and found.subject not in mail["text"]
    )
    # The bell is silent: the step says mail and nothing else.
    assert told("hotline1") == 0
    assert [line.title for line in lines(found) if "用邮件发给" in line.title] == [
        f"“首次答复”的提醒用邮件发给{owner.name}"
    ]
    assert LedgerEntry.objects.filter(kind="clock.mailed", object_id=str(found.pk)).count() == 1
    # At the deadline it is late, in Chinese for whoever reads Chinese.
    type(owner).objects.filter(pk=owner.pk).update(language="zh-hans")
    sweeping.sweep(LATE + timedelta(minutes=10))
    with translation.override("en"):
        late = alarms.compose(ClockMail.objects.get(state="waiting"), "x@y.example")
    assert late["Auto-Submitted"] == "auto-generated" and str(late["Subject"]).startswith("快到期：")


def test_who_has_no_mailbox_is_told_by_the_bell_and_the_case_says_so(
    ladder: Any, case: Any, member: Any
) -> None:
    ladder("email")
    found, owner = case(), member("hotline1")
    owner.email = ""
    owner.save(update_fields=["email"])
    sweeping.sweep(LATE)
    assert told("hotline1") == 1 and ClockMail.objects.get().state == "no_address"
    line = next(line for line in lines(found) if "没有邮箱可发" in line.title)
    assert line.body == f"{owner.name}没有登记邮箱，已改用站内通知。"


def test_what_a_crash_leaves_behind_is_in_doubt_told_by_the_bell_and_never_sent_again(
    ladder: Any, case: Any, sink: tuple[Sink, Log]
) -> None:
    ladder("bell", "email")
    found = case()
    sweeping.sweep(LATE)
    assert told("hotline1") == 1  # bell and mail
    mail = written.claim(timezone.now())[0]  # and then the process dies
    assert alarms.send_waiting() == 0 and ClockMail.objects.get().state == "sending"
    ClockMail.objects.filter(pk=mail.pk).update(tried_at=timezone.now() - timedelta(minutes=11))
    assert alarms.send_waiting() == 0 and sink[0].accepted == 0
    assert ClockMail.objects.get().state == "unknown" and told("hotline1") == 2
    assert any("没有发到" in line.title for line in lines(found))
    written.settle([(mail, "sent")], timezone.now())  # the dead process comes back
    assert ClockMail.objects.get().state == "unknown"


def test_a_server_that_is_down_or_refuses(
    ladder: Any, case: Any, sink: tuple[Sink, Log], settings: Any
) -> None:
    ladder("email")
    found = case()
    sweeping.sweep(LATE)
    working, settings.GATEWAYS = (
        settings.GATEWAYS,
        {**settings.GATEWAYS, "email": [{"host": "127.0.0.1", "port": free_port()}]},
    )
    with pytest.raises(OSError):
        alarms.send_waiting()
    assert ClockMail.objects.get().state == "waiting" and told("hotline1") == 0
    settings.GATEWAYS = working
    sink[0].gone.add("hotline1@maitian.example")
    assert alarms.send_waiting() == 0
    assert ClockMail.objects.get().state == "refused" and told("hotline1") == 1
    assert LedgerEntry.objects.filter(kind="clock.not_mailed", object_id=str(found.pk)).exists()


def test_what_was_done_meanwhile_is_not_mailed_and_nobody_named_gets_one(
    ladder: Any, case: Any, member: Any, sink: tuple[Sink, Log]
) -> None:
    ladder("email")
    done, avoided = case("甲"), case("乙")
    sweeping.sweep(LATE)
    moving.resolve(case_id=done.pk, by=member("hotline1"), result="solved", body="好了", at=LATE)
    Named.objects.create(case=avoided, member=member("hotline1"), actor="member:1", at=LATE)
    assert alarms.send_waiting() == 0 and sink[0].accepted == 0
    assert set(ClockMail.objects.values_list("state", flat=True)) == {"needless"}


def test_a_whole_sweep_writes_its_mails_in_one_statement(ladder: Any, case: Any) -> None:
    ladder("email")
    for n in range(4):
        case(f"第 {n} 件")
    with CaptureQueriesContext(connection) as few:
        sweeping.sweep(LATE)
    assert ClockMail.objects.count() == 4 and Entry.objects.filter(facts__what="clock_mail").count() == 4
    assert sum("INSERT INTO desk_clockmail" in q["sql"] for q in few) == 1
    assert sum("INSERT INTO desk_entry" in q["sql"] for q in few) == 1
    with pytest.raises(Exception, match="refused"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM desk_clockmail")


# --- the page and the API: what became of each, and sending again -----------------------------------------


def in_doubt(found: Case) -> ClockMail:
    """A reminder whose process died while it was being sent."""
    sweeping.sweep(LATE)
    mail = written.claim(timezone.now())[0]
    ClockMail.objects.filter(pk=mail.pk).update(tried_at=timezone.now() - timedelta(minutes=11))
    written.left_behind(timezone.now())
    return ClockMail.objects.get(clock__case=found)


def test_a_person_sends_one_in_doubt_again_once_with_a_warning_under_the_same_number(
    ladder: Any, case: Any, sign_in: Any, sink: tuple[Sink, Log]
) -> None:
    ladder("email")
    found = case()
    mail = in_doubt(found)
    agent = sign_in("hotline1")
    page = agent.get("/mailroom/alarms/").content.decode()  # what is in doubt comes first
    assert found.ref in page and "结果不明" in page and "可能收到两封" in page
    assert "结果不明 1" in agent.get("/mailroom/").content.decode()
    path = f"/mailroom/alarms/{mail.pk}/resend/"
    answer = agent.post(path, {"resends": "0"}, follow=True).content.decode()
    assert "请勾选“我知道”" in answer and ClockMail.objects.get().state == "unknown"
    assert "一分钟内发出" in agent.post(path, {"resends": "0", "double_accepted": "1"}, follow=True).content.decode()  # fmt: skip
    twice = agent.post(path, {"resends": "0", "double_accepted": "1"}, follow=True).content.decode()
    assert "不能再发：它现在是“等着发”" in twice
    assert alarms.send_waiting() == 1 and sink[0].accepted == 1
    sent = ClockMail.objects.get()
    assert sent.state == "sent" and sent.resends.get().state_before == "unknown"
    assert any(line.title.startswith("重发“首次答复”的提醒邮件给") for line in lines(found))
    assert LedgerEntry.objects.filter(kind="clock.mail_again", object_id=str(found.pk)).count() == 1
    assert found.ref in agent.get("/mailroom/alarms/?view=sent").content.decode()
    assert "重发过 1 次" in agent.get("/mailroom/alarms/?view=sent").content.decode()


def test_what_needs_no_reminder_any_more_and_who_has_no_mailbox_is_told(
    ladder: Any, case: Any, member: Any
) -> None:
    ladder("email")
    found, owner = case(), member("hotline1")
    owner.email = ""
    owner.save(update_fields=["email"])
    sweeping.sweep(LATE)
    mail = ClockMail.objects.get()
    with pytest.raises(AlarmAddressMissing, match="没有登记邮箱"):
        written.send_again(mail_id=mail.pk, by=member("boss"), resends=0)
    owner.email = "hotline1@maitian.example"
    owner.save(update_fields=["email"])
    moving.resolve(case_id=found.pk, by=owner, result="solved", body="好了", at=LATE)
    with pytest.raises(AlarmNeedless):
        written.send_again(mail_id=mail.pk, by=member("boss"), resends=0)
    assert ClockMail.objects.get().state == "no_address"


def test_the_list_and_sending_again_by_api_and_who_may(
    ladder: Any, case: Any, api: Any, sign_in: Any, member: Any
) -> None:
    ladder("email")
    found = case()
    mail = in_doubt(found)
    agent, checker = (
        api("hotline1", "mailroom.view", "mailroom.work"),
        api("checker", "mailroom.view"),
    )
    row = checker("GET", "/clock-mails").json()[0]
    assert (row["case"], row["state"], row["resends"]) == (found.ref, "unknown", 0)
    assert checker("GET", "/clock-mails?view=sent").json() == []
    path = f"/clock-mails/{mail.pk}/resend"
    assert checker("POST", path, {"resends": 0}).status_code == 403
    assert agent("POST", path, {"resends": 0}).json()["code"] == "desk.alarm.double_not_accepted"
    body = {"resends": 0, "double_accepted": True}
    assert agent("POST", path, body).json()["state"] == "waiting"
    assert agent("POST", path, body).status_code == 409
    # Nobody reads of a case that names him; whoever does not see a case cannot send its reminders.
    Named.objects.create(case=found, member=member("boss"), actor="member:1", at=LATE)
    assert found.ref not in sign_in("boss").get("/mailroom/alarms/?view=waiting").content.decode()
    assert alarm_counts(member("boss"))["waiting"] == 0 and alarm_counts(member("hotline1"))["waiting"] == 1
    assert sign_in("boss").post(f"/mailroom/alarms/{mail.pk}/resend/", {"resends": "1"}).status_code == 404
    assert sign_in("manager1").get("/mailroom/alarms/").status_code == 403
