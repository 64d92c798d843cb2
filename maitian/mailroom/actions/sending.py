"""Our answers by mail: one letter for each public answer that was given by mail, to the address on record.

Handed over at most once: a letter that was being sent when a process died is ``unknown``, shown, and sent again only by a
person. It carries our number in the subject and an id that nobody can guess, by which an answer finds its case.
"""

from __future__ import annotations

import secrets
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from maitian.clients.models import ContactPoint
from maitian.core import jobs, ledger
from maitian.desk.models import Attachment, Entry
from maitian.desk.queries import private_of
from maitian.mailroom.models import Letter, Mail
from maitian.mailroom.rules import quoting

TIMEOUT = 15.0
LOST_AFTER = timedelta(minutes=10)  # a letter that is still being sent after this was left behind


def address_of(entry: Entry) -> str:
    """Where an answer goes: the address on the client's record, or the one that a stranger wrote from."""
    case = entry.case
    if case.client_id is None:
        return str(private_of(case).get("contact", {}).get("email", ""))
    found = ContactPoint.objects.filter(
        client_id=case.client_id, kind=ContactPoint.Kind.EMAIL, bounced_at=None
    ).order_by("-primary", "pk")
    return str(found[0].value) if found else ""


@transaction.atomic
def write(entry_id: int, *, at: datetime | None = None) -> Letter | None:
    """A letter for an answer given by mail; once for each. Without an address it is refused at once, with the reason."""
    entry = (
        Entry.objects.select_related("case__kind")
        .filter(pk=entry_id, kind=Entry.Kind.REPLY, channel="email")
        .first()
    )
    if entry is None or Letter.objects.filter(entry=entry).exists():
        return None
    now, to = at or timezone.now(), address_of(entry)
    domain = str(
        settings.MAILBOX.get("sender") or settings.MAILBOX.get("address") or "maitian.invalid"
    ).rpartition("@")[2]
    letter = Letter.objects.create(
        entry=entry, case=entry.case, to=to, message_id=f"{secrets.token_urlsafe(18)}.{entry.case.ref}@{domain}", at=now,
        state=Letter.State.WAITING if to else Letter.State.REFUSED, problem="" if to else "客户没有登记邮箱",
    )  # fmt: skip
    if to:
        jobs.defer("mailroom.send")
    else:
        _record("mail.not_sent", letter, now, problem=letter.problem)
    return letter


def compose(letter: Letter) -> EmailMessage:
    """The mail as it goes out."""
    how, case = settings.MAILBOX, letter.case
    made = EmailMessage()
    made["From"] = str(how.get("sender") or how.get("address"))
    made["Reply-To"] = str(how.get("address"))
    made["To"] = str(letter.to)
    made["Subject"] = f"回复：{case.subject.replace(chr(10), ' ')} [{case.ref}]"
    made["Date"] = format_datetime(timezone.now())
    made["Message-ID"] = f"<{letter.message_id}>"
    last = (
        Mail.objects.filter(case=case, message_id__gt="")
        .order_by("-pk")
        .values_list("message_id", flat=True)
        .first()
    )
    if last:
        made["In-Reply-To"] = f"<{last}>"
        made["References"] = f"<{last}>"
    made.set_content(
        f"{quoting.MARK}\n\n{letter.entry.body}\n\n编号 {case.ref}。直接回复这封邮件，就会记进同一件事。\n"
    )
    for file in Attachment.objects.filter(entry=letter.entry, public=True).order_by("pk"):
        main, _slash, sub = file.content_type.partition("/")
        with file.file.open("rb") as opened:
            made.add_attachment(
                opened.read(), maintype=main, subtype=sub or "octet-stream", filename=file.name
            )
    return made


def send_waiting() -> int:
    """Send what waits; what was left behind by a process that died becomes ``unknown``. Returns how many went out."""
    lost = Letter.objects.filter(state=Letter.State.SENDING, tried_at__lt=timezone.now() - LOST_AFTER)
    lost.update(state=Letter.State.UNKNOWN, problem="发送时中断了，不知道对方有没有收到")
    sent = 0
    while (letter := _next()) is not None:
        sent += _send(letter)
    return sent


@transaction.atomic
def _next() -> Letter | None:
    """The oldest waiting letter, marked as being sent before anything goes out."""
    letter = (
        Letter.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("case", "entry").filter(state=Letter.State.WAITING).order_by("at", "pk").first()
    )  # fmt: skip
    if letter is not None:
        letter.state, letter.tried_at = Letter.State.SENDING, timezone.now()
        letter.save(update_fields=["state", "tried_at"])
    return letter


def connect() -> smtplib.SMTP:
    """The mail server that our letters leave by. Raises ``OSError`` or ``SMTPException`` when it cannot be reached."""
    how: dict[str, Any] = dict(settings.GATEWAYS["email"][0])
    server = smtplib.SMTP(str(how["host"]), int(how["port"]), timeout=TIMEOUT)
    if how.get("tls"):
        server.starttls(context=ssl.create_default_context())
    if how.get("user"):
        server.login(str(how["user"]), str(how["password"]))
    return server


def _send(letter: Letter) -> bool:
    """Hand one letter over. Nothing reached the server: it waits. The line broke in between: unknown. Refused: said so."""
    try:
        server = connect()
    except (OSError, smtplib.SMTPException) as error:
        _end(letter, Letter.State.WAITING, str(error)[:200])
        raise
    try:
        server.send_message(compose(letter))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _end(letter, Letter.State.REFUSED, said(error))
        return False
    except (OSError, smtplib.SMTPException) as error:
        _end(letter, Letter.State.UNKNOWN, str(error)[:200])
        return False
    finally:
        server.close()
    _end(letter, Letter.State.SENT, "")
    return True


def said(error: Exception) -> str:
    """A refusal of the server in words."""
    code = (
        next(iter(error.recipients.values()))[0]
        if isinstance(error, smtplib.SMTPRecipientsRefused)
        else getattr(error, "smtp_code", "")
    )
    return f"对方邮件服务器不收（{code}）"


@transaction.atomic
def _end(letter: Letter, state: str, problem: str) -> None:
    now = timezone.now()
    letter.state, letter.problem, letter.sent_at = (
        state,
        problem[:200],
        now if state == Letter.State.SENT else None,
    )
    letter.save(update_fields=["state", "problem", "sent_at"])
    if state == Letter.State.SENT:
        _record("mail.sent", letter, now)
    elif state in (Letter.State.REFUSED, Letter.State.UNKNOWN):
        _record("mail.not_sent", letter, now, problem=letter.problem)


def _record(kind: str, letter: Letter, now: datetime, **facts: Any) -> None:
    ledger.record(
        kind, actor="system:mail", client_id=letter.case.client_id, object_kind="case", object_id=letter.case_id, at=now,
        facts={"ref": letter.case.ref, "net": "sky", **facts},
    )  # fmt: skip
