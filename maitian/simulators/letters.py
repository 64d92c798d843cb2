"""The mailbox that clients write to, for a demonstration: mails as files, served by a small IMAP server.

The server speaks as much of RFC 3501 as a reader needs that changes nothing: LOGIN, EXAMINE, UID SEARCH, UID FETCH. A mail is
``inbox/<uid>.eml``; its number never comes back, for UIDVALIDITY is the folder's own.
"""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

JUDGE = "maitian-simulator"
ADDRESS = "service@maitian.example"
USER, PASSWORD = "service", "maitian"
KINDS = (
    "plain",
    "old",
    "robot",
    "forged",
)  # as anybody writes; by an old program in GBK; an automatic answer; not who he says


class Inbox:
    """The mails of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = folder / "uidvalidity"
        if not stamp.exists():
            stamp.write_text(str(int(time.time())))
        self.validity = int(stamp.read_text())

    def uids(self) -> list[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.eml") if path.stem.isdigit())

    def read(self, uid: int) -> bytes | None:
        try:
            return (self.folder / f"{uid}.eml").read_bytes()
        except FileNotFoundError:
            return None

    def add(self, raw: bytes) -> int:
        """Deliver a mail; it is there whole or not at all."""
        uid = self.next_uid()
        waiting = self.folder / f"{uid}.new"
        waiting.write_bytes(raw)
        waiting.chmod(0o600)
        waiting.replace(self.folder / f"{uid}.eml")
        return uid

    def next_uid(self) -> int:
        return max(self.uids(), default=0) + 1


def compose(order: dict[str, Any]) -> bytes:
    """The mail that an order asks for, as its sender's program would have written it, and our mail server's finding on top."""
    sender, kind = str(order.get("from", ""))[:120], order.get("kind", "plain")
    charset = "gb18030" if kind == "old" else "utf-8"
    heads = [
        f"Return-Path: <{sender}>",
        f"Authentication-Results: {JUDGE}; dmarc={'fail' if kind == 'forged' else 'pass'} header.from={sender.rpartition('@')[2]}",
        f"From: {order.get('name', '')} <{sender}>", f"To: {ADDRESS}", f"Subject: {order.get('subject', '')}",
        f"Date: {format_datetime(datetime.now(UTC))}", f"Message-ID: {make_msgid(domain='mail.example')}",
    ]  # fmt: skip
    if order.get("answers"):
        number = str(order["answers"]).strip("<>")
        heads += [f"In-Reply-To: <{number}>", f"References: <{number}>"]
    if kind == "robot":
        heads.append("Auto-Submitted: auto-replied")
    heads += [
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={'gb2312' if kind == 'old' else 'utf-8'}",
        "Content-Transfer-Encoding: 8bit",
    ]
    quoted = str(order.get("quoted", ""))
    tail = (
        "\n\n------------------ 原始邮件 ------------------\n"
        + "\n".join("> " + line for line in quoted.splitlines())
        if quoted
        else ""
    )
    lines = [head.replace("\n", " ").replace("\r", " ") for head in heads]
    return (
        "\r\n".join(lines) + "\r\n\r\n" + (str(order.get("text", "")) + tail).replace("\n", "\r\n") + "\r\n"
    ).encode(charset, "replace")


LINE = re.compile(rb"(\S+) (?:(UID) )?([A-Za-z]+)(?: (.*))?\r?\n")
SET = re.compile(r"(\d+)(?::(\d+|\*))?")


class ImapServer:
    """One folder, read-only, for any number of readers."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.down = False

    async def serve(self, host: str, port: int) -> None:
        server = await asyncio.start_server(self._session, host, port)
        async with server:
            await server.serve_forever()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known = False
        writer.write(b"* OK maitian-simulator\r\n" if not self.down else b"* BYE down\r\n")
        try:
            while not self.down and (line := await reader.readline()):
                found = LINE.fullmatch(line)
                if found is None:
                    writer.write(b"* BAD what?\r\n")
                    continue
                tag, verb, rest = (
                    found[1],
                    (found[2] or b"").decode() + found[3].decode().upper(),
                    (found[4] or b"").decode("utf-8", "replace"),
                )
                if verb == "LOGIN":
                    known = rest.replace('"', "").split() == [USER, PASSWORD]
                    writer.write(tag + (b" OK in\r\n" if known else b" NO wrong name or password\r\n"))
                elif verb == "LOGOUT":
                    writer.write(b"* BYE out\r\n" + tag + b" OK out\r\n")
                    break
                elif verb in ("CAPABILITY", "NOOP"):
                    writer.write(
                        (b"* CAPABILITY IMAP4rev1\r\n" if verb == "CAPABILITY" else b"")
                        + tag
                        + b" OK done\r\n"
                    )
                elif not known:
                    writer.write(tag + b" NO log in first\r\n")
                else:
                    writer.write(
                        self._answer(verb, rest)
                        + tag
                        + (b" OK done\r\n" if verb in self.VERBS else b" BAD not known\r\n")
                    )
                await writer.drain()
            await writer.drain()
        except (ConnectionError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()

    VERBS = frozenset({"EXAMINE", "SELECT", "UIDSEARCH", "UIDFETCH", "CLOSE"})

    def _answer(self, verb: str, rest: str) -> bytes:
        if verb in ("EXAMINE", "SELECT"):
            uids = self.inbox.uids()
            return (
                f"* {len(uids)} EXISTS\r\n* 0 RECENT\r\n* FLAGS ()\r\n* OK [UIDVALIDITY {self.inbox.validity}] x\r\n"
                f"* OK [UIDNEXT {self.inbox.next_uid()}] x\r\n"
            ).encode()
        if verb == "UIDSEARCH":
            return ("* SEARCH " + " ".join(str(uid) for uid in self._of(rest)) + "\r\n").encode()
        if verb == "UIDFETCH":
            return b"".join(self._fetched(uid, rest) for uid in self._of(rest.split(" ")[0]))
        return b""

    def _of(self, text: str) -> list[int]:
        found = SET.search(text)
        if found is None:
            return []
        uids = self.inbox.uids()
        first, last = int(found[1]), found[2] or found[1]
        until = max(uids, default=0) if last == "*" else int(last)
        return [uid for uid in uids if min(first, until) <= uid <= max(first, until)]

    def _fetched(self, uid: int, rest: str) -> bytes:
        raw = self.inbox.read(uid)
        if raw is None:
            return b""
        number = self.inbox.uids().index(uid) + 1
        if "BODY" not in rest:
            return f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})\r\n".encode()
        part = raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n" if "HEADER" in rest else raw
        name = "BODY[HEADER]" if "HEADER" in rest else "BODY[]"
        return f"* {number} FETCH (UID {uid} {name} {{{len(part)}}}\r\n".encode() + part + b")\r\n"
