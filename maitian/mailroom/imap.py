"""Reading the mailbox by IMAP (RFC 3501). The folder is opened read-only: nothing in it is changed, marked or deleted.

Where we stand is ours to remember: UIDVALIDITY and the last UID, in the transaction that stores the mail. A process that dies
between the server's answer and our commit reads the message again; after the commit it never does.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import timezone

from maitian.core import rulebook
from maitian.mailroom.actions import taking
from maitian.mailroom.models import Mailbox

log = logging.getLogger(__name__)
TIMEOUT = 20.0  # seconds
WINDOW = 5_000  # UIDs asked for at once: an answer line stays far below what imaplib reads
MB = 1024 * 1024
UID = re.compile(rb"UID (\d+)")
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxUnreachable(Exception):
    """The server does not answer, refuses the password, or has no such folder. The message holds no secret."""


def _number(connection: imaplib.IMAP4, name: str) -> int:
    found = connection.response(name)[1]
    data = found[0] if found else None
    return int(data) if isinstance(data, bytes) and data.isdigit() else 0


def connect(how: dict[str, Any]) -> imaplib.IMAP4:
    """A connection with the folder open for reading. ``how``: ``settings.MAILBOX``."""
    host, port = str(how["host"]), int(how["port"])
    try:
        connection: imaplib.IMAP4
        if how.get("tls", "") == "direct":
            connection = imaplib.IMAP4_SSL(
                host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
            )
        else:
            connection = imaplib.IMAP4(host, port, timeout=TIMEOUT)
            if how.get("tls") == "starttls":
                connection.starttls(ssl.create_default_context())
        connection.login(str(how["user"]), str(how["password"]))
        folder = str(how.get("folder", "INBOX")).replace("\\", "\\\\").replace('"', '\\"')
        kind, answer = connection.select(f'"{folder}"', readonly=True)
        if kind != "OK":
            raise MailboxUnreachable(f"{host}:{port} {(answer[0] or b'').decode('ascii', 'replace')[:120]}")
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxUnreachable(f"{host}:{port} {str(error)[:120]}") from None
    return connection


def mailbox() -> Mailbox:
    """The row of the configured mailbox."""
    how = settings.MAILBOX
    return Mailbox.objects.get_or_create(
        name=f"{how['user']}@{how['host']}/{how.get('folder', 'INBOX')}"[:80]
    )[0]


def fetch(most: int = 2_000) -> int:
    """Take over what is new, oldest first, at most ``most`` messages; returns how many. Raises :class:`MailboxUnreachable`."""
    box = mailbox()
    Mailbox.objects.filter(pk=box.pk).update(looked_at=timezone.now())
    taken = 0
    try:
        connection = connect(settings.MAILBOX)
        try:
            validity = _number(connection, "UIDVALIDITY")
            _begin(box, validity)
            for uid, raw, size in _fresh(connection, box.last_uid, most):
                taken += (
                    taking.take(mailbox_id=box.pk, uidvalidity=validity, uid=uid, raw=raw, size=size)
                    is not None
                )
        finally:
            _leave(connection)
    except (MailboxUnreachable, OSError, imaplib.IMAP4.error) as error:
        Mailbox.objects.filter(pk=box.pk).update(problem=str(error)[:200])
        raise (
            error if isinstance(error, MailboxUnreachable) else MailboxUnreachable(str(error)[:120])
        ) from error
    Mailbox.objects.filter(pk=box.pk).update(read_at=timezone.now(), problem="")
    return taken


def _begin(box: Mailbox, validity: int) -> None:
    """A folder that was numbered anew is read from its beginning; what was taken before is known by its content."""
    box.refresh_from_db()
    if box.uidvalidity != validity:
        changed = Mailbox.objects.filter(pk=box.pk, uidvalidity=box.uidvalidity).update(
            uidvalidity=validity, last_uid=0
        )
        if changed and box.uidvalidity:
            log.warning("the mailbox %s was numbered anew", box.name)
        box.refresh_from_db()


def _leave(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (OSError, imaplib.IMAP4.error):
        connection.shutdown()


def _fresh(connection: imaplib.IMAP4, last: int, most: int) -> Iterator[tuple[int, bytes, int]]:
    """``(uid, message, size)`` of messages after ``last`` in the order of their UIDs; of too large ones only the head."""
    limit = int(rulebook.at().mailroom.megabytes) * MB
    end = _number(connection, "UIDNEXT") - 1
    given, start = 0, last + 1
    while given < most and (start <= end or end < 0):
        until = "*" if end < 0 else str(min(start + WINDOW - 1, end))
        _kind, data = connection.uid("SEARCH", "UID", f"{start}:{until}")
        found = (
            sorted(uid for uid in (int(word) for word in (data[0] or b"").split()) if uid >= start)
            if data
            else []
        )
        for uid in found:
            if given >= most:
                return
            size = _size(connection, uid)
            if size is None:
                continue  # gone in the meantime
            part = "BODY.PEEK[]" if size <= limit else "BODY.PEEK[HEADER]"
            raw = _body(connection, uid, part)
            if raw is None:
                continue
            given += 1
            yield uid, raw, size if size > limit else len(raw)
        if end < 0:
            return
        start += WINDOW


def _answers(connection: imaplib.IMAP4, uid: int, what: str) -> list[Any]:
    kind, data = connection.uid("FETCH", str(uid), f"({what})")
    if kind != "OK":
        raise MailboxUnreachable(f"FETCH {kind}")
    return [item for item in data if item]


def _size(connection: imaplib.IMAP4, uid: int) -> int | None:
    for item in _answers(connection, uid, "UID RFC822.SIZE"):
        line = item[0] if isinstance(item, tuple) else item
        found, number = SIZE.search(line), UID.search(line)
        if found and number and int(number[1]) == uid:
            return int(found[1])
    return None


def _body(connection: imaplib.IMAP4, uid: int, part: str) -> bytes | None:
    for item in _answers(connection, uid, f"UID {part}"):
        if isinstance(item, tuple) and len(item) > 1 and isinstance(item[1], bytes):
            return item[1]
    return None
