"""A mail as it came, read as well as it can be. Pure; nothing that arrives may raise.

Charsets: what a mail declares is tried first (GB2312 and GBK as GB18030, which holds both), then UTF-8, GB18030 and Big5,
each strictly; when nothing fits, letters that cannot be read become U+FFFD and the reader is told. The same for headers that
were sent as bare bytes, as old Chinese mail programs do. RFC 2045–2047, 2231, 5322.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

MOST_PARTS = 200
UNREADABLE = "\ufffd"
GUESSES = ("utf-8", "gb18030", "big5")
SAME_AS = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "x-gbk": "gb18030", "gb-2312": "gb18030", "euc-cn": "gb18030",
    "hz-gb-2312": "hz", "utf8": "utf-8", "ansi_x3.4-1968": "ascii", "us-ascii": "ascii", "iso-8859-1": "cp1252", "latin1": "cp1252",
}  # fmt: skip
WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
ADDRESS = re.compile(r"[^@\s<>\"']{1,64}@[^@\s<>\"']{1,190}")
IDS = re.compile(r"<([^<>\s]{3,250})>")


@dataclass(frozen=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """``sender`` is a bare address in lower case, empty when there is none. ``headers``: names in lower case, first of each.

    ``text``: the words of the whole mail, quotes and all. ``thread``: ids of earlier mails, the nearest first.
    ``broken``: something could not be read as it was meant.
    """

    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    message_id: str = ""
    thread: tuple[str, ...] = ()
    sent_at: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)
    received: int = 0
    content_type: str = "text/plain"
    files: tuple[File, ...] = ()
    broken: bool = False


def decoded(data: bytes, charset: str = "") -> str:
    """Bytes as text: by the declared charset if it fits, else by the first that does, else with marks for what does not."""
    named = SAME_AS.get(charset.strip().strip("\"'").lower(), charset.strip().strip("\"'").lower())
    for name in ([named] if named else []) + [guess for guess in GUESSES if guess != named]:
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    try:
        return data.decode(named or "utf-8", "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def header_text(raw: str) -> str:
    """A header as people read it: encoded words of one charset are joined before they are decoded, for some programs cut
    a Chinese letter in two; bare bytes (as surrogates) are guessed."""
    bare = raw.replace("\r", "").replace("\n", "")
    out: list[str] = []
    waiting, charset, at = b"", "", 0
    for found in WORD.finditer(bare):
        between = bare[at : found.start()]
        data = _word(found[2], found[3])
        if waiting and (between.strip() or found[1].lower() != charset):
            out.append(decoded(waiting, charset))
            waiting = b""
        if between.strip() or (between and not at):
            out.append(_bytes_of(between))
        charset, at = found[1].split("*")[0].lower(), found.end()
        waiting += data
    if waiting:
        out.append(decoded(waiting, charset))
    out.append(_bytes_of(bare[at:]))
    return clean(" ".join("".join(out).split()))


def _word(coding: str, text: str) -> bytes:
    data = text.encode("ascii", "surrogateescape")
    if coding in "qQ":
        return quopri.decodestring(data.replace(b"_", b" "), header=False)
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return data


def _bytes_of(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return decoded(text.encode("utf-8", "surrogateescape"))
    return text


def clean(text: str) -> str:
    """Without what no column and no page can hold: control characters, lone surrogates."""
    return "".join(
        c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) != 127)
    )


def read(raw: bytes) -> Letter:
    """The mail behind the bytes; of one that makes no sense at all, an empty letter that says so."""
    try:
        return _read(message_from_bytes(raw))
    except (
        RecursionError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        IndexError,
        AssertionError,
        KeyError,
    ):
        return Letter(broken=True)


def _read(message: Message) -> Letter:
    headers: dict[str, str] = {}
    received = 0
    for name, value in message.raw_items():
        low = str(name).lower()
        received += low == "received"
        headers.setdefault(low, header_text(str(value)))
    name, sender = _address(headers.get("from", ""))
    texts, files, broken = _parts(message)
    thread = [
        *IDS.findall(headers.get("in-reply-to", "")),
        *reversed(IDS.findall(headers.get("references", ""))),
    ]
    ids = IDS.findall(headers.get("message-id", ""))
    return Letter(
        sender=sender, sender_name=name, subject=headers.get("subject", ""), text=texts,
        recipients=tuple(a.lower() for _n, a in getaddresses([headers.get("to", ""), headers.get("cc", ""), headers.get("delivered-to", "")]) if a),
        message_id=ids[0] if ids else "", thread=tuple(dict.fromkeys(thread))[:30], sent_at=_moment(headers.get("date", "")),
        headers=headers, received=received, content_type=message.get_content_type(), files=tuple(files),
        broken=broken or bool(message.defects) or UNREADABLE in texts,
    )  # fmt: skip


def _address(text: str) -> tuple[str, str]:
    """(name, address) of the first sender. Two addresses in one header are nobody's: a known trick to look like another."""
    found = {address.lower() for address in ADDRESS.findall(text)}
    parsed = getaddresses([text])
    if len(found) != 1 or not parsed:
        return (parsed[0][0][:80] if parsed else ""), ""
    return parsed[0][0][:80], found.pop().rstrip(".,;")


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo is not None and 1990 <= found.year <= 2100 else None


def _parts(message: Message) -> tuple[str, list[File], bool]:
    plain: list[str] = []
    rich: list[str] = []
    files: list[File] = []
    broken = False
    for n, part in enumerate(message.walk()):
        if n >= MOST_PARTS:
            return "\n".join(plain or rich), files, True
        kind = part.get_content_type()
        if part.is_multipart():
            if kind == "message/rfc822" and part is not message:
                inner = part.get_payload(0)
                if isinstance(inner, Message):
                    files.append(File("mail.eml", inner.as_bytes()))
            continue
        data = part.get_payload(decode=True)
        content = data if isinstance(data, bytes) else b""
        name = _file_name(part)
        if name or part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
            if content:
                files.append(File(name or f"file.{kind.rsplit('/', 1)[-1][:8]}", content))
            continue
        text = clean(
            decoded(content, str(part.get_content_charset() or "")).replace("\r\n", "\n").replace("\r", "\n")
        )
        broken = broken or UNREADABLE in text
        (rich if kind == "text/html" else plain).append(text)
    words = "\n".join(text for text in plain if text.strip())
    if not words.strip():
        words = "\n".join(from_html(text) for text in rich)
    return words.strip(), files, broken


BARE_NAME = re.compile(r"""(?:file)?name\s*=\s*"?([^";\r\n]+)""", re.IGNORECASE)


def _file_name(part: Message) -> str:
    """What the sender called a file. The library gives up on names that were sent as bare bytes; those are read here."""
    for name, value in part.raw_items():
        bare = str(value)
        if str(name).lower() in ("content-disposition", "content-type") and _bytes_of(bare) != bare:
            found = BARE_NAME.search(bare)
            if found is not None:
                return header_text(found[1])[:200]
    try:
        given = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        given = ""
    return header_text(str(given))[:200]


class _Words(HTMLParser):
    """The words of an HTML mail, a block to a line, quoted blocks marked with ``>``. Nothing of the HTML is kept."""

    BLOCKS = frozenset(
        ["p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "blockquote"]
    )
    SILENT = frozenset(["script", "style", "head", "title", "template"])

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.quoted = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT:
            self.silent += 1
        if tag in self.BLOCKS:
            self._line()
        if tag == "blockquote":
            self.quoted += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SILENT and self.silent:
            self.silent -= 1
        if tag == "blockquote" and self.quoted:
            self.quoted -= 1
        if tag in self.BLOCKS:
            self._line()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            words = " ".join(data.split())
            if words:
                start = "" if self.lines[-1] else "> " * bool(self.quoted)
                self.lines[-1] += start + (" " if self.lines[-1] and data[:1].isspace() else "") + words

    def _line(self) -> None:
        if self.lines[-1]:
            self.lines.append("")


def from_html(text: str) -> str:
    """What an HTML mail says, as plain lines."""
    reader = _Words()
    try:
        reader.feed(text)
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        pass
    return clean("\n".join(line.strip() for line in reader.lines if line.strip()))
