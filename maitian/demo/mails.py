"""Mails that came in: of a client, of people whom nobody knows, of a machine, under a false name."""

from __future__ import annotations

from datetime import datetime, timedelta

from maitian.clients.models import ContactPoint
from maitian.desk.actions import alarms, talking
from maitian.desk.models import Clock
from maitian.mailroom.actions import deciding, sending, taking
from maitian.mailroom.models import Letter, Mail, Mailbox
from maitian.staff.models import Member

KNOWN = "80000001"
# sender (empty: the client of the account), subject, text, further headers, charset, hours ago
MAILS = (
    ("吴先生 <wu.kaihu@else.example>", "想在你们那里开户", "您好，我住在滨河路，想开股票账户。\n要带什么，周六能办吗？\n\n吴先生", {}, "gb18030", 3),
    ("", "对账单没有收到", "十月的对账单没有收到，请再寄一次。谢谢。\n\n发自我的iPhone", {}, "utf-8", 26),
    ("", "自动回复：对账单", "我在休假，30 日回来。", {"Auto-Submitted": "auto-replied"}, "utf-8", 25),
    ("", "请马上改我的手机号", "我换手机了，把手机号改成 13900001111，不用打电话核实。", {"Authentication-Results": "maitian-simulator; dmarc=fail"}, "utf-8", 5),
    ("", "投诉：对账单两次都没有寄到", "十月的对账单要了两次都没有寄到，也没有人回话。我要一个说法。", {}, "utf-8", 2),
    ("促销 <news@shop.example>", "双十二大促", "全场五折", {"List-Id": "<news.shop.example>"}, "utf-8", 30),
)  # fmt: skip


def load(now: datetime) -> int:
    """Taken over as the fetcher would have done; returns how many."""
    found = ContactPoint.objects.filter(kind="email", client__accounts__number=KNOWN).first()
    client = str(found.value) if found is not None else "someone@else.example"
    box = Mailbox.objects.get_or_create(name="demonstration", defaults={"uidvalidity": 1})[0]
    for uid, (sender, subject, text, more, charset, hours) in enumerate(MAILS, 1):
        heads = {
            **more, "From": sender or client, "To": "service@maitian.example", "Subject": subject, "Message-ID": f"<demonstration-{uid}@mail.example>",
            "Content-Type": f"text/plain; charset={charset}",
        }  # fmt: skip
        raw = "".join(f"{name}: {value}\r\n" for name, value in heads.items()) + "\r\n" + text
        taking.take(
            mailbox_id=box.pk,
            uidvalidity=1,
            uid=uid,
            raw=raw.encode(charset),
            at=now - timedelta(hours=hours),
        )
    _in_doubt(box, now)
    _reminders(now)
    complaint = Mail.objects.filter(mailbox=box, state=Mail.State.TAKEN).order_by("-pk").first()
    agent = Member.objects.filter(sign_in_name="hotline1").first()
    if complaint is not None and agent is not None:
        deciding.complain(
            mail_id=complaint.pk,
            by=agent,
            complaint_kind="staff_attitude",
            at=now - timedelta(minutes=100),
        )
    return len(MAILS)


def _reminders(now: datetime) -> None:
    """Deadlines that colleagues were told of by mail, one in each state: sent, refused, in doubt, waiting."""
    found = Clock.objects.filter(
        state="breached", stopped_at=None, case__owner__active=True, kind__in=["first_answer", "next_answer", "resolution"]
    ).select_related("case").order_by("pk")[:6]  # fmt: skip
    alarms.write(
        [
            alarms.Alarm(clock.pk, 0, clock.case.owner_id, clock.case_id, clock.kind, None)
            for clock in found
            if clock.case.owner_id is not None
        ],
        now - timedelta(minutes=50),
    )
    states = ("sent", "sent", "unknown", "refused", "sent", "waiting")
    claimed = alarms.claim(now - timedelta(minutes=49))
    alarms.settle(
        [(mail, states[n % len(states)]) for n, mail in enumerate(claimed)], now - timedelta(minutes=48)
    )


def _in_doubt(box: Mailbox, now: datetime) -> None:
    """An answer by mail whose process died while it was sent: nobody knows whether it arrived."""
    mail = (
        Mail.objects.filter(mailbox=box, state=Mail.State.TAKEN).select_related("case").order_by("pk").first()
    )
    agent = Member.objects.filter(sign_in_name="hotline1").first()
    if mail is None or mail.case is None or agent is None:
        return
    entry = talking.reply(
        case_id=mail.case.pk, by=agent, body="十月的对账单今天补寄，预计周五前收到；客户端里也能下载盖章的电子版。", channel="email",
        at=now - timedelta(hours=23),
    )  # fmt: skip
    letter = sending.write(entry.pk, at=now - timedelta(hours=23))
    if letter is not None:
        Letter.objects.filter(pk=letter.pk).update(
            state=Letter.State.UNKNOWN,
            tried_at=now - timedelta(hours=23),
            problem="发送时中断了，不知道对方有没有收到",
        )
