"""E-mail by SMTP, one connection for a batch."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from django.conf import settings

from maitian.outreach.channels import NOT_TRIED, GatewayDown, Handed


def compose(to: str, subject: str, text: str, unsubscribe: str) -> EmailMessage:
    """One message. ``unsubscribe`` is the address of the page where this kind is switched off."""
    message = EmailMessage()
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="maitian.example")
    message["List-Unsubscribe"] = f"<{unsubscribe}>"
    message.set_content(text)
    return message


def submit(batch: Sequence[tuple[int, str, str]], subject: str, unsubscribe: str) -> list[Handed]:
    """Hand over ``(client id, address, text)``. Raises :class:`GatewayDown` before anything went out."""
    try:
        server = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT)
    except OSError as error:
        raise GatewayDown(str(error)) from error
    handed: list[Handed] = []
    with server:
        for client_id, address, text in batch:
            message = compose(address, subject, text, unsubscribe)
            try:
                server.send_message(message)
            except smtplib.SMTPResponseException as error:
                handed.append(Handed(client_id, 3, None, f"smtp {error.smtp_code}"))
            except smtplib.SMTPRecipientsRefused as error:
                code = next(iter(error.recipients.values()))[0]
                handed.append(Handed(client_id, 3, None, f"smtp {code}"))
            except OSError:
                # The line broke: this one may have gone out, the rest of the batch did not.
                handed.append(Handed(client_id, 5, None, "line broken"))
                rest = batch[len(handed) :]
                handed.extend(Handed(other, NOT_TRIED) for other, _a, _t in rest)
                break
            else:
                handed.append(Handed(client_id, 1, str(message["Message-ID"])[1:41]))
    return handed
