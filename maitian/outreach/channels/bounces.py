"""What a mail server reports about a mail that did not arrive: delivery status notifications (RFC 3464, 3462, 3463).

Pure. Which mail it is about is read from the address that the report came to (each mail has one of its own), else from
the envelope number that we gave (RFC 3461), else from the mail that the report carries. A report may be forged by
whoever knows that number, so it settles this one mail, and never an address that is not this client's.
"""

from __future__ import annotations

import email
import re
from collections.abc import Sequence
from email.message import Message

from maitian.outreach.channels import Receipt, Unreadable

# The mailbox or its domain does not exist or is closed for good (RFC 3463, 3.2 and 3.3; RFC 7505). Everything else,
# a full mailbox or a refused content, is a failure of this mail only.
HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
ON_THE_WAY = frozenset({"delayed", "relayed", "expanded"})  # not the last word
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REFERENCE = re.compile(r"[\w.-]{1,40}@[\w.-]{1,60}")
LARGEST = 1_000_000  # octets of a report


def address_of(bounces: str, reference: str) -> str:
    """Where the report about one mail comes to: ``bounces+NUMBER@domain``."""
    mailbox, _at, domain = bounces.partition("@")
    return f"{mailbox}+{reference.partition('@')[0]}@{domain}"


def number_in(bounces: str, recipients: Sequence[str]) -> str:
    """The number in such an address; empty: none of them has one."""
    mailbox, _at, domain = bounces.partition("@")
    for recipient in recipients:
        name, _at, host = recipient.partition("@")
        base, plus, number = name.partition("+")
        if plus and base.casefold() == mailbox.casefold() and host.casefold() == domain.casefold() and number:
            return number[:40]
    return ""


def read(
    data: bytes, gateway: str, bounces: str, domain: str, recipients: Sequence[str]
) -> list[Receipt | Unreadable]:
    """What a mail to our address for reports says. Nothing: it is not the last word, or somebody's absence notice."""

    def spoilt(reason: str) -> list[Receipt | Unreadable]:
        return [Unreadable(gateway, reason, data)]

    if len(data) > LARGEST:
        return spoilt("too large")
    try:
        message = email.message_from_bytes(data)
        parts = list(message.walk())
    except (ValueError, LookupError, RecursionError) as error:
        return spoilt(f"no mail: {type(error).__name__}")
    status = next(
        (
            part
            for part in parts
            if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status")
        ),
        None,
    )
    if status is None:
        if _absent(message):
            return []
        kind = str(message.get_param("report-type") or message.get_content_type())
        return spoilt(f"no delivery report: {kind}"[:120])
    blocks = status.get_payload()
    if not isinstance(blocks, list):
        return spoilt("the report has no fields")
    groups = [
        block
        for block in blocks
        if isinstance(block, Message) and (block.get("Final-Recipient") or block.get("Action"))
    ]
    if not groups:
        return spoilt("the report names no recipient")
    number = number_in(bounces, recipients)
    reference = f"{number}@{domain}" if number else _named(blocks, parts)
    if not reference:
        return spoilt("the report names no mail of ours")
    found: list[Receipt] = []
    for group in groups:
        action = str(group.get("Action", "")).strip().casefold()
        if action in ON_THE_WAY:
            continue
        if action not in ("failed", "delivered"):
            return spoilt(f"the report's action is {action or 'missing'}"[:120])
        code = _code(group)
        failed = action == "failed"
        found.append(
            Receipt(gateway, reference[:64], not failed, (code or "failed") if failed else "", _mailbox(group), failed and code in HARD, sure=False)
        )  # fmt: skip
    return list(found[:1])


def _absent(message: Message) -> bool:
    """An answer that a mailbox gives by itself (RFC 3834). Some servers mark their reports so, too."""
    if message.get_content_type() == "multipart/report":
        return False
    said = str(message.get("Auto-Submitted", "no")).strip().casefold()
    return said.startswith("auto-replied") or any(
        message.get(name) for name in ("X-Autoreply", "X-Autorespond")
    )


def _code(group: Message) -> str:
    """The enhanced status; when it is as good as none (``5.0.0``), that of the server's own words."""
    own = _STATUS.search(str(group.get("Status", "")))
    said = _STATUS.search(str(group.get("Diagnostic-Code", "")))
    if said is not None and (own is None or own[0].endswith(".0.0")):
        return said[0]
    return own[0] if own is not None else ""


def _mailbox(group: Message) -> str:
    """``rfc822;someone@example.com`` as first asked for, else as it was in the end."""
    given = str(group.get("Original-Recipient") or group.get("Final-Recipient") or "")
    return given.partition(";")[2].strip().strip("<>")[:254]


def _named(blocks: Sequence[object], parts: Sequence[Message]) -> str:
    envelope = next(
        (
            str(b["Original-Envelope-Id"])
            for b in blocks
            if isinstance(b, Message) and b.get("Original-Envelope-Id")
        ),
        "",
    )
    if found := _REFERENCE.fullmatch(envelope.strip()):
        return found[0]
    for part in parts:
        words = ""
        if part.get_content_type() in ("message/rfc822", "message/global"):
            inner = part.get_payload()
            words = (
                str(inner[0].get("Message-ID", ""))
                if isinstance(inner, list) and isinstance(inner[0], Message)
                else ""
            )
        elif part.get_content_type() in ("text/rfc822-headers", "message/global-headers"):
            held = part.get_payload(decode=True)
            words = (
                str(email.message_from_bytes(held).get("Message-ID", "")) if isinstance(held, bytes) else ""
            )
        if found := _REFERENCE.search(words):
            return found[0]
    return ""
