"""Alarms of clocks to colleagues, by mail. What is told, to whom and whether it was, stands with the desk.

In the colleague's language, with the case's number and a link, and of the client nothing but the masked name. Our mail says
that a machine wrote it (RFC 3834), so no answering machine answers.
"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from config import env
from maitian.core import time as business_time
from maitian.core.privacy import mask_name
from maitian.desk.actions import alarms
from maitian.desk.models import ClockMail
from maitian.desk.queries import private_of
from maitian.mailroom.actions.sending import connect

State = ClockMail.State


def send_waiting() -> int:
    """Send what the sweeps have written; returns how many went out. Raises ``OSError`` when the server cannot be reached."""
    alarms.left_behind(timezone.now())
    sent = 0
    while batch := alarms.claim(timezone.now()):
        ended: dict[int, str] = {}
        try:
            _send(batch, ended)
        finally:
            # Whatever was not tried waits on; one whose line broke in the middle is in doubt.
            alarms.settle([(mail, ended.get(mail.pk, State.WAITING)) for mail in batch], timezone.now())
        sent += sum(1 for state in ended.values() if state == State.SENT)
    return sent


def _send(batch: list[ClockMail], ended: dict[int, str]) -> None:
    """One connection for the batch; ``ended`` is filled mail by mail."""
    server = connect()
    try:
        for mail in batch:
            to = str(mail.member.email)
            if not to:
                ended[mail.pk] = State.NO_ADDRESS
                continue
            ended[mail.pk] = State.UNKNOWN
            try:
                server.send_message(compose(mail, to))
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError):
                ended[mail.pk] = State.REFUSED
                continue
            ended[mail.pk] = State.SENT
    finally:
        server.close()


def compose(mail: ClockMail, to: str) -> EmailMessage:
    """The mail as it goes out. Its number is always the same, so a mail server may know a double by it."""
    sender = str(
        settings.MAILBOX.get("sender")
        or settings.MAILBOX.get("address")
        or settings.GATEWAYS["email"][0].get("sender", "")
    )
    clock, case = mail.clock, mail.clock.case
    with translation.override(mail.member.language):
        late = clock.due_at < timezone.now()
        facts = {
            "ref": case.ref, "kind": case.kind.title, "clock": clock.get_kind_display(),
            "due": f"{business_time.shanghai(clock.due_at):%Y-%m-%d %H:%M}",
            "name": mail.member.title, "client": _masked(mail),
        }  # fmt: skip
        subject = _("已超时：%(ref)s %(clock)s") if late else _("快到期：%(ref)s %(clock)s")
        said = (
            _("%(ref)s（%(kind)s）的“%(clock)s”期限是 %(due)s，已经过了，还没有做到。")
            if late
            else _("%(ref)s（%(kind)s）的“%(clock)s”期限是 %(due)s，快到了。")
        )
        lines = [
            _("%(name)s：") % facts, "", said % facts, _("客户：%(client)s") % facts,
            f"{env.public_url()}/desk/{case.ref}/", "", _("这是系统按升级阶梯发出的提醒，请不要回复。"),
        ]  # fmt: skip
    made = EmailMessage()
    made["From"], made["To"] = sender, to
    made["Subject"] = subject % facts
    made["Date"] = format_datetime(timezone.now())
    made["Message-ID"] = (
        f"<clock-{mail.clock_id}-{mail.step}-{mail.member_id}@{sender.rpartition('@')[2].strip('>')}>"
    )
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n".join(lines) + "\n")
    return made


def _masked(mail: ClockMail) -> str:
    case = mail.clock.case
    name = (
        case.client.person.name
        if case.client is not None
        else private_of(case).get("contact", {}).get("name", "")
    )
    return mask_name(str(name)) if name else "–"
