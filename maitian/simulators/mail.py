"""A mail server that keeps what it gets and sends nothing on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

from aiosmtpd.smtp import SMTP

from maitian.simulators.store import Log

SLOW = 2.0  # seconds for a mail in the slow mode


class Sink:
    """``mode``: up, slow, down (it asks to come again, 421), silent (it never answers). ``gone``: mailboxes that do not exist."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.mode = "up"
        self.gone: set[str] = set()
        self.accepted = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mode == "down":
            return "421 4.3.2 come again later"
        if self.mode == "silent":
            await asyncio.sleep(3600)
        if address.casefold() in self.gone:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.mode == "slow":
            await asyncio.sleep(SLOW)
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
        self.accepted += 1
        return "250 kept"


def protocol(sink: Sink) -> SMTP:
    """A protocol for one connection."""
    return SMTP(sink, enable_SMTPUTF8=True, hostname="maitian-simulator")
