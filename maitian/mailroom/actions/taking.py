"""A message of the mailbox becomes words in a case, waits for somebody, or is held. Exactly once.

Who is believed: a mail is a client's when its sender is an address on his record, and joins a case only when that case is his
(or the stranger's who wrote it). A number in the subject or an answered mail alone proves nothing: such a mail waits for a
person. Nothing is answered by itself but a complaint, and a stranger where the rulebook says so, and our answers go to the address on record, never to a sender's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from maitian.clients.models import Client, ContactPoint
from maitian.core import jobs, ledger, rulebook
from maitian.core.errors import DomainError
from maitian.core.privacy import token
from maitian.desk.actions import files
from maitian.desk.actions.incoming import from_client
from maitian.desk.actions.opening import check_not_too_many, open_case
from maitian.desk.actions.talking import client_wrote
from maitian.desk.errors import FileEmpty, FileTooLarge, FileTypeWrong, ReferenceKnown
from maitian.desk.models import Attachment, Case, Entry
from maitian.desk.queries import find, private_of, survivor_of
from maitian.mailroom.models import REASONS, Letter, Mail, Mailbox
from maitian.mailroom.rules import quoting, reading, refusing, strangers
from maitian.mailroom.rules.refusing import Reason
from maitian.mailroom.rules.strangers import Way
from maitian.staff.models import Branch

log = logging.getLogger(__name__)
STRANGER = "system:mail"
ROOM = 40  # characters left for the words about a text that was cut
# Held because of what the mail is, not of how many there were: a person who releases it decides whose it is.
NEVER_BY_ITSELF = frozenset({Reason.FORGED, Reason.OWN, Reason.BOUNCE, Reason.BROKEN})


def own_addresses() -> frozenset[str]:
    """Our own addresses: those that mails come to and go out from."""
    return frozenset(
        str(a).lower() for a in (settings.MAILBOX.get("address", ""), settings.MAILBOX.get("sender", "")) if a
    )


@transaction.atomic
def take(
    *, mailbox_id: int, uidvalidity: int, uid: int, raw: bytes, size: int | None = None, at: datetime | None = None
) -> Mail | None:  # fmt: skip
    """Take one message over; ``None`` when it was taken before. ``size`` larger than ``raw``: only the head was fetched.

    The mail, what became of it and the place in the mailbox are one transaction: a process that dies has done all of it or
    nothing. Whatever goes wrong with one message, it is held with the reason and the next one is read.
    """
    now = at or timezone.now()
    box = Mailbox.objects.select_for_update().get(pk=mailbox_id)
    if box.uidvalidity != uidvalidity or uid <= box.last_uid:
        return None
    letter = reading.read(raw)
    mail = _stored(box, uid, raw, size if size is not None else len(raw), letter, now)
    box.last_uid, box.fetched = uid, box.fetched + 1
    box.save(update_fields=["last_uid", "fetched"])
    known = _known(mail)
    if known is not None:
        _end(mail, Mail.State.DOUBLE, case=known.case, about=known.about)
        return mail
    reason = Reason.TOO_LARGE if size is not None and size > len(raw) else refusing.why(
        letter, own=own_addresses(), judge=str(settings.MAILBOX.get("judge", ""))
    ) or _flood(mail, now)  # fmt: skip
    if reason is not None:
        _hold(mail, reason)
        return mail
    _let_in(mail, letter, now)
    return mail


def _stored(box: Mailbox, uid: int, raw: bytes, size: int, letter: reading.Letter, now: datetime) -> Mail:
    digest = hashlib.sha256(raw).hexdigest()
    # The name is the content's: a message that is read again after a crash finds its file there.
    path = f"mailroom/{digest[:2]}/{digest}.eml"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(raw))
    words = quoting.own_words(letter.text) if letter.text else ""
    return Mail.objects.create(
        mailbox=box, uidvalidity=box.uidvalidity, uid=uid, state=Mail.State.HELD, at=now, sent_at=letter.sent_at,
        sender=letter.sender, sender_name=letter.sender_name, sender_token=token(letter.sender) if letter.sender else None,
        subject=letter.subject[:300], words=words[:20_000], message_id=letter.message_id[:250], digest=digest, size=size, raw=path,
        parts=json.dumps([{"name": f.name, "size": len(f.content), "why": ""} for f in letter.files[:50]], ensure_ascii=False) if letter.files else "",
    )  # fmt: skip


def _known(mail: Mail) -> Mail | None:
    """The mail that this is another copy of: the same bytes (a folder that was numbered anew), or the same Message-ID of the
    same sender (one copy for each of our addresses)."""
    found = Mail.objects.exclude(pk=mail.pk).exclude(state=Mail.State.DOUBLE).order_by("pk")
    same = found.filter(digest=mail.digest).first()
    if same is None and mail.message_id and mail.sender_token is not None:
        same = found.filter(message_id=mail.message_id, sender_token=mail.sender_token).first()
    return same


def _flood(mail: Mail, now: datetime) -> Reason | None:
    """Too much from one sender, or too much from people whom nobody knows."""
    limits = rulebook.at(now).mailroom
    of_sender = Mail.objects.filter(sender_token=mail.sender_token).exclude(pk=mail.pk)
    if of_sender.filter(at__gt=now - timedelta(hours=1)).count() >= limits.sender_hour:
        return Reason.TOO_MANY
    if of_sender.filter(at__gt=now - timedelta(days=1)).count() >= limits.sender_day:
        return Reason.TOO_MANY
    return None


@dataclass(frozen=True)
class Found:
    """Whose a mail is and what it is about, as far as it is proven. ``reason``: why a person has to look."""

    client_id: int | None = None
    case: Case | None = None
    about: Case | None = None
    reason: Reason | None = None


def clients_of(sender_token: int | None) -> list[int]:
    """Clients on whose record the address stands, merged records left out."""
    if sender_token is None:
        return []
    found = ContactPoint.objects.filter(
        value_token=sender_token, kind=ContactPoint.Kind.EMAIL, client__merged_into=None
    )
    return sorted(set(found.values_list("client_id", flat=True)))


def case_of(mail: Mail, letter: reading.Letter) -> Case | None:
    """The case that a mail speaks of: by the mail it answers, else by the number in its subject. Proves nothing about who wrote."""
    ids = [number[:250] for number in letter.thread]
    cases: dict[str, Case] = {}
    for model in (Mail, Letter):
        rows = model.objects.filter(message_id__in=ids, case__isnull=False).select_related("case")
        cases |= {row.message_id: row.case for row in rows if row.case is not None}
    for number in ids:
        if number in cases:
            return survivor_of(cases[number])
    given = quoting.case_number(str(mail.subject))
    case = find(given) if given else None
    return survivor_of(case) if case is not None else None


def is_party(case: Case, mail: Mail, clients: list[int]) -> bool:
    """Whether the sender's address is the case's client's, or the stranger's who opened it."""
    if case.client_id is not None:
        return case.client_id in clients
    contact = private_of(case).get("contact", {})
    address = str(contact.get("email", "")).strip().lower()
    return bool(address) and address == str(mail.sender)


def whose(mail: Mail, letter: reading.Letter) -> Found:
    clients = clients_of(mail.sender_token)
    case = case_of(mail, letter)
    if case is not None and is_party(case, mail, clients):
        return Found(case.client_id, case)
    if case is not None and case.client_id is not None:
        return Found(about=case, reason=Reason.OTHER_SENDER)
    if len(clients) == 1:
        return Found(clients[0])
    return Found(reason=Reason.SEVERAL if clients else Reason.STRANGER)


def _let_in(mail: Mail, letter: reading.Letter, now: datetime, *, by: str = "") -> None:
    """Into the case or the queue that it belongs to; what a rule refuses is held with the refusal."""
    try:
        with transaction.atomic():
            found = whose(mail, letter)
            if found.reason is not None:
                if found.reason == Reason.STRANGER and not by:
                    _stranger(mail, letter, now)
                else:
                    _wait(mail, found.reason, found.about)
                return
            entry = put_in(mail, letter, client_id=found.client_id, case=found.case, now=now)
            _end(mail, Mail.State.TAKEN, case=entry.case, entry=entry)
            ledger.record(
                "mail.taken", actor=by or STRANGER, client_id=entry.case.client_id, object_kind="mail", object_id=mail.pk, at=now,
                facts={"ref": entry.case.ref, "net": "sky"},
            )  # fmt: skip
    except ReferenceKnown as known:
        case = find(str(known.facts["ref"]))
        _end(mail, Mail.State.DOUBLE, case=case)
    except DomainError as refused:
        _hold(mail, Reason.REFUSED, refused.sentence("zh-hans"))
    except Exception:
        log.exception("mail %s", mail.pk)
        _hold(mail, Reason.FAULT)


def _stranger(mail: Mail, letter: reading.Letter, now: datetime) -> None:
    """Somebody whom nobody knows: what the rulebook says for this mailbox (``rules.strangers``)."""
    if _strangers_flood(mail, now):
        _hold(mail, Reason.TOO_MANY)
        return
    results, judge = letter.headers.get("authentication-results", ""), str(settings.MAILBOX.get("judge", ""))
    way = strangers.way(
        rulebook.at(now).get("mailroom.strangers"), mail.mailbox.name, proven=refusing.proven(results, judge)
    )
    if way == Way.LEAD:
        entry = put_in(mail, letter, client_id=None, case=None, now=now)
        _end(mail, Mail.State.TAKEN, case=entry.case, entry=entry)
        ledger.record(
            "mail.taken",
            actor=STRANGER,
            object_kind="mail",
            object_id=mail.pk,
            at=now,
            facts={"ref": entry.case.ref, "net": "sky"},
        )
    elif way == Way.REJECT:
        _reject(mail, now)
    else:
        _wait(mail, Reason.STRANGER, None)


def _reject(mail: Mail, now: datetime) -> None:
    """Back to the sender, with a notice where to turn to; one notice for a sender in so many days. The mail stays on record."""
    since = now - timedelta(days=rulebook.at(now).mailroom.notice_days)
    told = Letter.objects.filter(rejects__sender_token=mail.sender_token, at__gt=since).exists()
    note = "按规则退回，前几天已告知过" if told else "按规则退回，已告知"
    mail.state, mail.reason, mail.note, mail.decided_by, mail.decided_at = (
        Mail.State.DROPPED,
        Reason.STRANGER,
        note,
        STRANGER,
        now,
    )
    mail.save(update_fields=["state", "reason", "note", "decided_by", "decided_at"])
    if not told:
        Letter.objects.create(
            rejects=mail, to=str(mail.sender), message_id=f"{secrets.token_urlsafe(18)}@{domain()}", at=now
        )
        jobs.defer("mailroom.send")
    _told("mail.rejected", mail)


def domain() -> str:
    """The domain that our mails come from."""
    return str(
        settings.MAILBOX.get("sender") or settings.MAILBOX.get("address") or "maitian.invalid"
    ).rpartition("@")[2]


def _strangers_flood(mail: Mail, now: datetime) -> bool:
    """Too many of people whom nobody knows, whatever became of them."""
    nobody_s = (
        Q(state=Mail.State.WAITING) | Q(reason=Reason.STRANGER) | Q(state=Mail.State.TAKEN, case__client=None)
    )
    found = Mail.objects.filter(nobody_s, at__gt=now - timedelta(hours=1)).exclude(pk=mail.pk)
    return found.count() >= rulebook.at(now).mailroom.strangers_hour


def put_in(
    mail: Mail, letter: reading.Letter, *, client_id: int | None, case: Case | None, now: datetime
) -> Entry:
    """The words and files of a mail into a case, or into a new one."""
    body, reference, kept = body_of(mail), reference_of(mail), _kept(mail, letter)
    client = (
        Client.objects.select_related("branch", "manager").get(pk=client_id)
        if client_id is not None
        else None
    )
    actor = client.actor if client is not None else STRANGER
    if case is not None and client is not None:
        return from_client(
            case_id=case.pk, body=body, channel="email", actor=actor, reference=reference, kept=kept, at=now
        )
    if case is not None:
        entry = client_wrote(
            case_id=case.pk, body=body, channel="email", actor=actor, reference=reference, at=now
        )
    else:
        entry = _opened(mail, client, body, reference, actor, now)
    files.attach(entry=entry, files=kept, actor=actor, public=True, purpose=Attachment.Purpose.FILE, at=now)
    return entry


def _opened(mail: Mail, client: Client | None, body: str, reference: str, actor: str, now: datetime) -> Entry:
    if client is not None:
        check_not_too_many(client.pk, now=now)
    branch = client.branch if client is not None else Branch.objects.order_by("pk")[0]
    made = open_case(
        kind="enquiry", branch=branch, client=client, body=body, channel="email", actor=actor, reference=reference,
        subject=quoting.subject(str(mail.subject)) or body.split("\n", 1)[0][:40], complete=False, at=now,
        contact=None if client is not None else {"name": str(mail.sender_name) or str(mail.sender), "email": str(mail.sender)},
    )  # fmt: skip
    return Entry.objects.select_related("case").get(pk=made.entry_id)


def reference_of(mail: Mail) -> str:
    """The number by which the desk knows a mail: its Message-ID, or its digest when that is endless."""
    return mail.message_id if len(mail.message_id) <= 80 else f"mail-{mail.digest[:40]}"


def attach(mail: Mail, entry: Entry, actor: str, now: datetime) -> None:
    """The files of a mail beside an entry that its words became."""
    kept = _kept(mail, letter_of(mail))
    files.attach(entry=entry, files=kept, actor=actor, public=True, purpose=Attachment.Purpose.FILE, at=now)


def body_of(mail: Mail) -> str:
    """The words of a mail as a case takes them."""
    words, most = str(mail.words).strip(), rulebook.at().desk.text_characters
    if not words:
        words = quoting.subject(str(mail.subject)) or "（邮件没有文字）"
    return words if len(words) <= most else words[: most - ROOM].rstrip() + "\n（邮件很长，余下的见原件）"


def _kept(mail: Mail, letter: reading.Letter) -> list[tuple[str, bytes, str]]:
    """The files that the desk takes, each looked at alone; the others stay in the message as it came, with the reason."""
    most = rulebook.at().get("desk.files")["most"]
    kept: list[tuple[str, bytes, str]] = []
    told = []
    for file in letter.files[:50]:
        why = ""
        if len(kept) >= most:
            why = "too_many"
        else:
            try:
                kept += files.check([SimpleUploadedFile(file.name or "file", file.content)])
            except FileTooLarge:
                why = "too_large"
            except (FileTypeWrong, FileEmpty):
                why = "type"
        told.append({"name": file.name, "size": len(file.content), "why": why})
    if told:
        mail.parts = json.dumps(told, ensure_ascii=False)
        mail.save(update_fields=["parts"])
    return kept


def _end(
    mail: Mail, state: str, *, case: Case | None = None, entry: Entry | None = None, about: Case | None = None
) -> None:
    mail.state, mail.case, mail.entry, mail.about, mail.reason, mail.detail = (
        state,
        case,
        entry,
        about,
        "",
        "",
    )
    mail.save(update_fields=["state", "case", "entry", "about", "reason", "detail"])


def _wait(mail: Mail, reason: Reason, about: Case | None) -> None:
    mail.state, mail.reason, mail.about, mail.detail = Mail.State.WAITING, reason, about, ""
    mail.save(update_fields=["state", "reason", "about", "detail"])
    _told("mail.waiting", mail)


def _hold(mail: Mail, reason: Reason, detail: str = "") -> None:
    mail.state, mail.reason, mail.detail = Mail.State.HELD, reason, detail[:200]
    mail.save(update_fields=["state", "reason", "detail"])
    _told("mail.held", mail)


def _told(kind: str, mail: Mail) -> None:
    ledger.record(
        kind, actor=STRANGER, object_kind="mail", object_id=mail.pk, at=mail.at, facts={"reason": mail.reason}
    )


def letter_of(mail: Mail) -> reading.Letter:
    """The mail as it came, read again."""
    with mail.raw.open("rb") as file:
        return reading.read(file.read())


def reason_words(reason: str) -> str:
    return str(REASONS.get(reason, reason))
