"""E-mail by SMTP, one connection for a batch; reports about mails that did not arrive come in by a door of our own."""

from __future__ import annotations

import logging
import re
import secrets
import smtplib
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import dkim
from django.utils import timezone

from maitian.outreach.channels import (
    GatewayDown,
    Handed,
    Inbound,
    Outcome,
    Outgoing,
    Receipt,
    Unreadable,
    bounces,
)
from maitian.outreach.channels.mailbox import Mailbox

log = logging.getLogger(__name__)
TIMEOUT = 10.0
# RFC 6376, 5.4.1; RFC 8058, 3: the signature covers both headers of opting out, or mail programs show no button.
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"content-transfer-encoding",
    b"auto-submitted", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
_STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")


class Signer:
    """Signs mails for one domain (DKIM, RFC 6376). Raises ``ValueError`` for a key that is none."""

    def __init__(self, *, domain: str, selector: str, key_file: str = "", key: str = "") -> None:
        try:
            self._key = key.encode() if key else Path(key_file).read_bytes()
        except OSError as error:
            raise ValueError(f"dkim key_file: {error.strerror}") from error
        self._domain, self._selector = domain.encode("ascii"), selector.encode("ascii")
        try:
            self.signed(b"From: a@b\r\n\r\n.\r\n")
        except (dkim.DKIMException, ValueError) as error:
            raise ValueError(f"dkim key: {type(error).__name__}") from error

    def signed(self, mail: bytes) -> bytes:
        made: bytes = dkim.sign(
            mail,
            self._selector,
            self._domain,
            self._key,
            include_headers=list(SIGNED),
            canonicalize=(b"relaxed", b"relaxed"),
        )
        return made + mail


class MailGateway:
    """One mail server. 4xx answers are for another moment, 5xx are final (RFC 5321, 4.2.1).

    ``bounces``: the mailbox that reports come to, with a number for each mail after a plus; ``listen``: ``host:port`` at
    which a mail server hands them to us.
    """

    def __init__(
        self, *, name: str, host: str, port: int, sender: str, user: str = "", password: str = "", tls: bool = False,
        batch: int = 250, dkim: Mapping[str, str] | None = None, bounces: str = "", listen: str = "",
    ) -> None:  # fmt: skip
        self.name, self.batch = name, batch
        self.bell = threading.Event()
        self._address, self._login, self._tls = (host, port), (user, password), tls
        self._sender = sender
        self._domain = sender.rsplit("@", 1)[-1].strip(">")
        self._signer = Signer(**dkim) if dkim else None
        self._bounces = bounces
        self._listen = listen.rpartition(":")[::2] if listen else None
        if listen and (not bounces or not str(listen.rpartition(":")[2]).isdigit()):
            raise ValueError("listen is host:port, and needs bounces, the address that reports come to")
        self._mailbox: Mailbox | None = None
        self._came: deque[tuple[list[Receipt | Unreadable], Future[None]]] = deque()
        self._given: list[tuple[list[Receipt | Unreadable], Future[None]]] = []
        self._error = ""
        self._used = False

    # --- what goes out --------------------------------------------------------------------------------------

    def compose(self, message: Outgoing, reference: str = "") -> EmailMessage:
        """One mail as it goes out, in seven bits, so that no server changes what is signed.

        One that rests on consent can be refused by one click (RFC 8058).
        """
        made = EmailMessage(policy=SMTP)
        made["From"] = self._sender
        made["To"] = message.to
        made["Subject"] = message.subject
        made["Date"] = format_datetime(timezone.now())
        made["Message-ID"] = f"<{reference or self._number()}>"
        made["Auto-Submitted"] = "auto-generated"
        if message.unsubscribe:
            made["List-Unsubscribe"] = f"<{message.unsubscribe}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        made.set_content(message.text, cte="base64")
        return made

    def _number(self) -> str:
        return f"{secrets.token_hex(12)}@{self._domain}"

    def _connect(self) -> smtplib.SMTP:
        try:
            server = smtplib.SMTP(*self._address, timeout=TIMEOUT)
            if self._tls:
                server.starttls()
            if self._login[0]:
                server.login(*self._login)
        except (OSError, smtplib.SMTPException) as error:
            self._error = str(error)[:120]
            raise GatewayDown(str(error)) from error
        self._error, self._used = "", True
        return server

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        server = self._connect()
        handed: list[Handed] = []
        try:
            for n, message in enumerate(batch):
                reference = self._number()
                try:
                    message.to.encode("ascii")
                    data = self.compose(message, reference).as_bytes()
                    if self._signer is not None:
                        data = self._signer.signed(data)
                    sender = bounces.address_of(self._bounces, reference) if self._bounces else self._sender
                    options = [f"ENVID={reference}", "RET=HDRS"] if server.has_extn("dsn") else []
                    wishes = ["NOTIFY=FAILURE"] if options else []
                    server.sendmail(sender, [message.to], data, options, wishes)
                except smtplib.SMTPRecipientsRefused as error:
                    code, words = next(iter(error.recipients.values()))
                    handed.append(self._refused(message, code, words))
                except smtplib.SMTPResponseException as error:
                    handed.append(self._refused(message, error.smtp_code, b""))
                except OSError:  # also a server that has hung up
                    # This one may have gone out, the rest did not. A report about it would still be known by its number.
                    handed.append(
                        Handed(message.client_id, Outcome.DOUBT, reference, "line broken", self.name)
                    )
                    handed += [Handed(other.client_id, Outcome.NOT_TRIED) for other in batch[n + 1 :]]
                    break
                except ValueError as error:  # an address or a subject that no mail can have
                    log.warning("%s: %s", self.name, type(error).__name__)
                    handed.append(Handed(message.client_id, Outcome.REFUSED, None, "no mail", self.name))
                else:
                    handed.append(Handed(message.client_id, Outcome.ACCEPTED, reference, None, self.name))
        finally:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()
        return handed

    def _refused(self, message: Outgoing, code: int, words: bytes) -> Handed:
        outcome = Outcome.ELSEWHERE if 400 <= code < 500 else Outcome.REFUSED
        status = _STATUS.search(words.decode("ascii", "replace"))
        gone = outcome == Outcome.REFUSED and status is not None and status[0] in bounces.HARD
        return Handed(message.client_id, outcome, None, f"smtp {code}", self.name, gone=gone)

    # --- what comes in --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Listen for reports."""
        if self._listen is not None and self._mailbox is None:
            self._mailbox = Mailbox(self._listen[0], int(self._listen[1]), self._ours, self._take)

    @property
    def listens_at(self) -> int:
        """The port; 0: not (yet)."""
        return self._mailbox.port if self._mailbox is not None else 0

    def _ours(self, address: str) -> bool:
        return address.casefold() == self._bounces.casefold() or bool(
            bounces.number_in(self._bounces, [address])
        )

    def _take(self, data: bytes, recipients: list[str]) -> Future[None]:
        stored: Future[None] = Future()
        found = bounces.read(data, self.name, self._bounces, self._domain, recipients)
        if found:
            self._came.append((found, stored))
            self.bell.set()
        else:
            stored.set_result(None)
        return stored

    def receipts(self) -> list[Receipt]:
        while self._came:
            self._given.append(self._came.popleft())
        return [item for found, _stored in self._given for item in found if isinstance(item, Receipt)]

    def inbound(self) -> list[Inbound]:
        return []

    def unreadable(self) -> list[Unreadable]:
        return [item for found, _stored in self._given for item in found if isinstance(item, Unreadable)]

    def stored(self) -> None:
        given, self._given = self._given, []
        for _found, stored in given:
            if not stored.done():
                stored.set_result(None)

    # --- how it is ------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        return {
            "line": "down" if self._error else "up" if self._used else "idle",
            "reconnects": 0,
            "last_error": self._error,
        }

    def close(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
