"""A mail server that keeps what it gets and sends nothing on."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

from aiosmtpd.smtp import SMTP

from maitian.simulators.store import Log


class Sink:
    def __init__(self, log: Log) -> None:
        self.log = log

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content)
        part = next((p for p in message.walk() if p.get_content_type() == "text/plain"), message)
        payload = part.get_payload(decode=True) or b""
        text = (
            payload.decode(part.get_content_charset() or "utf-8", "replace")
            if isinstance(payload, bytes)
            else ""
        )
        self.log.add(
            {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "from": envelope.mail_from,
             "to": ", ".join(envelope.rcpt_tos), "subject": str(make_header(decode_header(message.get("Subject", "")))),
             "text": text, "id": message.get("Message-ID", "")}
        )  # fmt: skip
        self.log.flush()
        return "250 kept"


def protocol(log: Log) -> SMTP:
    """A protocol for one connection."""
    return SMTP(Sink(log), enable_SMTPUTF8=True, hostname="maitian-simulator")
