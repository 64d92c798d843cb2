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

from config import env
from maitian.clients.models import ContactPoint
from maitian.core import jobs, ledger
from maitian.core.errors import NotFound
from maitian.core.privacy import token
from maitian.desk.actions.common import write as write_entry
from maitian.desk.models import Attachment, Case, Entry
from maitian.desk.queries import family, private_of
from maitian.mailroom.actions.taking import domain, letter_of, own_addresses
from maitian.mailroom.errors import AddressMissing, DoubleNotAccepted, LetterMoved
from maitian.mailroom.models import Letter, Mail, Resend
from maitian.mailroom.rules import acknowledging, quoting, refusing
from maitian.staff.models import Branch, Member

TIMEOUT = 15.0
WHY_NOT = {
    "no_address": ("没有可用的邮箱", "no usable mailbox"), "bounced": ("这个邮箱退过信", "mails to it came back"),
    "machine": ("来信是机器自动发的", "a machine wrote"),
}  # fmt: skip
THREAD = 10  # earlier mails that a letter names
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
    letter = Letter.objects.create(
        entry=entry, case=entry.case, to=to, message_id=_number(entry.case), at=now,
        state=Letter.State.WAITING if to else Letter.State.REFUSED, problem="" if to else "客户没有登记邮箱",
    )  # fmt: skip
    if to:
        jobs.defer("mailroom.send")
    else:
        _record("mail.not_sent", letter, now, problem=letter.problem)
    return letter


@transaction.atomic
def acknowledge(entry_id: int, *, at: datetime | None = None) -> Letter | None:
    """A letter that tells the client that his complaint came in and by when he hears; at most one for each complaint.

    None when he is told in other ways only (``rules.acknowledging``) or when it would answer a machine: that is on record.
    """
    entry = (
        Entry.objects.select_related("case__kind", "case__client")
        .filter(pk=entry_id, kind=Entry.Kind.REPLY)
        .first()
    )
    if (
        entry is None
        or entry.facts.get("what") != "acknowledged"
        or Letter.objects.filter(entry=entry).exists()
    ):
        return None
    case, now, to = entry.case, at or timezone.now(), address_of(entry)
    came = came_with(case)
    wanted = case.channel == "email"
    if case.client is not None:
        phones = ContactPoint.objects.filter(
            client=case.client, kind=ContactPoint.Kind.PHONE, bounced_at=None
        )
        wanted = acknowledging.by_mail(
            came_by_mail=wanted, has_phone=phones.exists(),
            wishes_mail=acknowledging.wishes_mail(dict(case.client.preferences.values_list("key", "value"))),
        )  # fmt: skip
    if not wanted:
        return None
    why = _why_not(to, came)
    if why:
        ledger.record(
            "mail.not_acknowledged", actor="system:mail", client_id=case.client_id, object_kind="case", object_id=case.pk, at=now,
            facts={"ref": case.ref, "net": "sky", "reason": why, "why": WHY_NOT[why][0], "why_en": WHY_NOT[why][1]},
        )  # fmt: skip
        return None
    letter = Letter.objects.create(entry=entry, case=case, to=to, message_id=_number(case), at=now)
    jobs.defer("mailroom.send")
    return letter


@transaction.atomic
def resend(
    *, letter_id: int, by: Member, resends: int, double_accepted: bool = False, at: datetime | None = None
) -> Letter:
    """Send a letter again that is in doubt or was refused, under its own Message-ID, to the address that is on record now.

    ``resends``: how often it had been sent again when the member looked, so that a button pressed twice sends once.
    ``double_accepted``: the member knows that the client may get a letter in doubt twice. Raises :class:`LetterMoved`,
    :class:`DoubleNotAccepted`, :class:`AddressMissing`.
    """
    letter = (
        Letter.objects.select_for_update(of=("self",))
        .select_related("entry__case__kind", "case")
        .filter(pk=letter_id)
        .first()
    )
    if letter is None or letter.entry is None or letter.case is None:
        raise NotFound()
    case, now, before = letter.case, at or timezone.now(), letter.state
    if before not in (Letter.State.UNKNOWN, Letter.State.REFUSED) or letter.resends.count() != resends:
        raise LetterMoved(state=letter.get_state_display())
    if before == Letter.State.UNKNOWN and not double_accepted:
        raise DoubleNotAccepted()
    to = address_of(letter.entry)
    if not to:
        raise AddressMissing()
    Resend.objects.create(letter=letter, member=by, at=now, state_before=before)
    letter.to, letter.state, letter.problem, letter.tried_at = to, Letter.State.WAITING, "", None
    letter.save(update_fields=["to", "state", "problem", "tried_at"])
    write_entry(
        case,
        Entry.Kind.SYSTEM,
        actor=by.actor,
        at=now,
        facts={"what": "letter_resent", "before": before, "entry": letter.entry_id},
    )
    ledger.record(
        "mail.resent", actor=by.actor, client_id=case.client_id, object_kind="case", object_id=case.pk, at=now,
        facts={"ref": case.ref, "net": "sky", "state": before},
    )  # fmt: skip
    jobs.defer("mailroom.send")
    return letter


def came_with(case: Case) -> Mail | None:
    """The mail that a case began with, if it began with one: the latest of those in it and in what was merged into it."""
    return Mail.objects.filter(case_id__in=family(case.pk), state=Mail.State.TAKEN).order_by("-pk").first()


def _why_not(to: str, came: Mail | None) -> str:
    """Why nothing is sent, or nothing: no address, one that mails came back from, a machine, ourselves."""
    if not to:
        return "no_address"
    if to.lower() in own_addresses() or refusing.ROBOTS.match(to):
        return "machine"
    if ContactPoint.objects.filter(
        value_token=token(to), kind=ContactPoint.Kind.EMAIL, bounced_at__isnull=False
    ).exists():
        return "bounced"
    if came is not None and refusing.why(letter_of(came), own=own_addresses()) is not None:
        return "machine"
    return ""


def _number(case: Case) -> str:
    """A Message-ID that nobody can guess, by which an answer finds its case."""
    return f"{secrets.token_urlsafe(18)}.{case.ref}@{domain()}"


def _thread(letter: Letter) -> tuple[str, list[str]]:
    """The client's last mail in the case, and the mails before ours, the oldest first (RFC 5322, 3.6.4)."""
    ids = family(letter.case_id or 0)
    came = list(
        Mail.objects.filter(case_id__in=ids, message_id__gt="", state=Mail.State.TAKEN)
        .order_by("-pk")
        .values_list("at", "message_id")[:THREAD]
    )
    sent = list(
        Letter.objects.filter(case_id__in=ids, at__lt=letter.at)
        .exclude(pk=letter.pk)
        .order_by("-pk")
        .values_list("at", "message_id")[:THREAD]
    )
    return (came[0][1] if came else ""), [number for _at, number in sorted([*came, *sent])][-THREAD:]


def compose(letter: Letter) -> EmailMessage:
    """The mail as it goes out."""
    if letter.rejects is not None:
        return _notice(letter, letter.rejects)
    how, case = settings.MAILBOX, letter.case
    assert case is not None and letter.entry is not None
    last, thread = _thread(letter)
    acknowledged = letter.entry.facts.get("what") == "acknowledged"
    made = EmailMessage()
    made["From"] = str(how.get("sender") or how.get("address"))
    made["Reply-To"] = str(how.get("address"))
    made["To"] = str(letter.to)
    made["Subject"] = (
        f"投诉已收到 [{case.ref}]"
        if acknowledged and not last
        else f"回复：{case.subject.replace(chr(10), ' ')} [{case.ref}]"
    )
    made["Date"] = format_datetime(timezone.now())
    made["Message-ID"] = f"<{letter.message_id}>"
    if last:
        made["In-Reply-To"] = f"<{last}>"
        made["References"] = " ".join(f"<{number}>" for number in thread)
    if acknowledged:
        # A machine wrote it: nobody's machine answers (RFC 3834, 5).
        made["Auto-Submitted"] = "auto-replied" if last else "auto-generated"
    link = (
        f"\n{env.public_url()}/portal/cases/{case.ref}/"
        if acknowledged and case.client_id is not None
        else ""
    )
    made.set_content(
        f"{quoting.MARK}\n\n{letter.entry.body}{link}\n\n编号 {case.ref}。直接回复这封邮件，就会记进同一件事。\n"
    )
    for file in Attachment.objects.filter(entry=letter.entry, public=True).order_by("pk"):
        main, _slash, sub = file.content_type.partition("/")
        with file.file.open("rb") as opened:
            made.add_attachment(
                opened.read(), maintype=main, subtype=sub or "octet-stream", filename=file.name
            )
    return made


def _notice(letter: Letter, mail: Mail) -> EmailMessage:
    """Why a stranger's mail is not dealt with here, in both languages, and where to turn to. A machine wrote it."""
    how, branch = settings.MAILBOX, Branch.objects.order_by("pk")[0]
    phone = f"，或拨打 {branch.phone}" if branch.phone else ""
    phone_en = f" or call {branch.phone}" if branch.phone else ""
    made = EmailMessage()
    made["From"], made["To"] = str(how.get("sender") or how.get("address")), str(letter.to)
    made["Subject"] = "没有受理您的邮件"
    made["Date"] = format_datetime(timezone.now())
    made["Message-ID"] = f"<{letter.message_id}>"
    made["Auto-Submitted"] = "auto-replied"
    if mail.message_id:
        made["In-Reply-To"] = made["References"] = f"<{mail.message_id}>"
    made.set_content(
        f"您好：\n\n这个邮箱只受理已登记邮箱的客户来信，您的邮件没有受理。如需帮助，请到{branch.name}{phone}；客户请用登记的邮箱来信，"
        f"或登录 {env.public_url()}/portal/ 。\n\nThis mailbox serves clients who write from their address on record; your mail was not dealt with. "
        f"Please visit us{phone_en}.\n"
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
        .select_related("case", "entry", "rejects").filter(state=Letter.State.WAITING).order_by("at", "pk").first()
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
    case = letter.case
    if case is None:  # a notice: what became of it stands with the mail that it rejects
        return
    ledger.record(
        kind, actor="system:mail", client_id=case.client_id, object_kind="case", object_id=case.pk, at=now,
        facts={"ref": case.ref, "net": "sky", **facts},
    )  # fmt: skip
