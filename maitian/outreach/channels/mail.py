"""E-mail by SMTP, one connection for a batch."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from django.utils import timezone

from maitian.outreach.channels import GatewayDown, Handed, Outcome, Outgoing, Outward

TIMEOUT = 10.0


class MailGateway(Outward):
    """One mail server. 4xx answers are for another moment, 5xx are final (RFC 5321, 4.2.1)."""

    def __init__(
        self, *, name: str, host: str, port: int, sender: str, user: str = "", password: str = "", tls: bool = False,
        batch: int = 250,
    ) -> None:  # fmt: skip
        super().__init__(name, batch)
        self._address, self._login, self._tls = (host, port), (user, password), tls
        self._sender = sender
        self._error = ""
        self._used = False

    def compose(self, message: Outgoing) -> EmailMessage:
        """One mail as it goes out. A commercial one can be refused by one click (RFC 8058)."""
        made = EmailMessage()
        domain = self._sender.rsplit("@", 1)[-1]
        made["From"] = self._sender
        made["To"] = message.to
        made["Subject"] = message.subject
        made["Date"] = format_datetime(timezone.now())
        made["Message-ID"] = make_msgid(domain=domain)
        made["Auto-Submitted"] = "auto-generated"
        if message.unsubscribe:
            made["List-Unsubscribe"] = f"<{message.unsubscribe}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        made.set_content(message.text)
        return made

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
                made = self.compose(message)
                try:
                    server.send_message(made)
                except smtplib.SMTPServerDisconnected:
                    # This one may have gone out, the rest did not.
                    handed.append(Handed(message.client_id, Outcome.DOUBT, None, "line broken", self.name))
                    handed += [Handed(other.client_id, Outcome.NOT_TRIED) for other in batch[n + 1 :]]
                    break
                except smtplib.SMTPRecipientsRefused as error:
                    handed.append(self._refused(message, next(iter(error.recipients.values()))[0]))
                except smtplib.SMTPResponseException as error:
                    handed.append(self._refused(message, error.smtp_code))
                except OSError:
                    handed.append(Handed(message.client_id, Outcome.DOUBT, None, "line broken", self.name))
                    handed += [Handed(other.client_id, Outcome.NOT_TRIED) for other in batch[n + 1 :]]
                    break
                else:
                    reference = str(made["Message-ID"]).strip("<>")[:64]
                    handed.append(Handed(message.client_id, Outcome.ACCEPTED, reference, None, self.name))
        finally:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()
        return handed

    def _refused(self, message: Outgoing, code: int) -> Handed:
        outcome = Outcome.ELSEWHERE if 400 <= code < 500 else Outcome.REFUSED
        return Handed(message.client_id, outcome, None, f"smtp {code}", self.name)

    def facts(self) -> dict[str, Any]:
        return {
            "line": "down" if self._error else "up" if self._used else "idle",
            "reconnects": 0,
            "last_error": self._error,
        }
