"""Short messages as bytes: the two alphabets, how a long text is cut, how its parts find each other again.

Pure; no Django. Sources: 3GPP TS 23.038 (GSM 7-bit default alphabet with its extension table, UCS-2) and
TS 23.040 (9.2.3.24, user data header with concatenation elements 00 and 08).
"""

from __future__ import annotations

import re

ALONE_7, CHAINED_7 = 160, 153  # septets in a text alone, and in a part of a chain (its header takes seven)
ALONE_16, CHAINED_16 = 70, 67  # UCS-2 units
MOST_PARTS = 255  # one octet counts them

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
ESCAPE = 0x1B
_TO_GSM = {ord(sign): chr(code) for code, sign in enumerate(_BASIC) if code != ESCAPE}
_TO_GSM |= {ord(sign): chr(ESCAPE) + chr(code) for sign, code in _EXTENDED.items()}
_FROM_GSM = dict(enumerate(_BASIC))
_FROM_EXTENDED = {code: sign for sign, code in _EXTENDED.items()}
_is_plain = re.compile("[" + re.escape("".join(map(chr, _TO_GSM))) + "]*").fullmatch
_extended = re.compile("[" + re.escape("".join(_EXTENDED)) + "]").findall


def is_plain(text: str) -> bool:
    """Whether the text can be written in GSM-7."""
    return _is_plain(text) is not None


def to_gsm(text: str) -> bytes:
    """A plain text in GSM-7, one septet in an octet (as SMPP carries data coding 0); ten signs take two."""
    return text.translate(_TO_GSM).encode("latin-1")


def from_gsm(data: bytes) -> str:
    """GSM-7 octets as text. A septet that stands for nothing is a space, as the standard wants it."""
    out = []
    codes = iter(data)
    for code in codes:
        if code == ESCAPE:
            second = next(codes, None)
            out.append(_FROM_EXTENDED.get(second, " ") if second is not None else " ")
        else:
            out.append(_FROM_GSM.get(code, " "))
    return "".join(out)


def sms_parts(text: str) -> int:
    """How many short messages a text takes; the number of pieces that :func:`pieces` cuts it into."""
    if not text:
        return 0
    if len(text) <= ALONE_16 // 2:  # short in either alphabet, whatever its signs
        return 1
    if is_plain(text):
        if len(text) + len(_extended(text)) <= ALONE_7:
            return 1
    elif len(text) <= ALONE_16 and text.isprintable() and max(text) < "\U00010000":
        return 1
    return len(pieces(text)[0])


def pieces(text: str) -> tuple[list[bytes], bool]:
    """``(pieces, plain)``: the encoded text, cut where no sign is torn. Raises ``ValueError`` above 255 pieces."""
    plain = is_plain(text)
    data = to_gsm(text) if plain else text.encode("utf-16-be", "surrogatepass")
    alone, chained = (ALONE_7, CHAINED_7) if plain else (ALONE_16 * 2, CHAINED_16 * 2)
    if len(data) <= alone:
        return [data], plain
    found, start = [], 0
    while start < len(data):
        end = start + chained
        if end < len(data) and _tears(data, end, plain):
            end -= 1 if plain else 2
        found.append(data[start:end])
        start = end
    if len(found) > MOST_PARTS:
        raise ValueError(f"{len(found)} parts")
    return found, plain


def _tears(data: bytes, end: int, plain: bool) -> bool:
    """Whether a cut before ``end`` would part an escape from its sign, or the halves of a rare character."""
    if plain:
        return data[end - 1] == ESCAPE
    return 0xD8 <= data[end - 2] <= 0xDB


def segments(text: str, reference: int) -> list[tuple[bytes, int, int]]:
    """``(octets, data_coding, esm_class)`` of each part. A chain of parts carries ``reference`` (0–255)."""
    cut, plain = pieces(text)
    coding = 0 if plain else 8
    if len(cut) == 1:
        return [(cut[0], coding, 0)]
    return [
        (bytes((5, 0, 3, reference, len(cut), number)) + piece, coding, 0x40)
        for number, piece in enumerate(cut, start=1)
    ]


def decoded(data: bytes, coding: int) -> str:
    """Text in the alphabet that ``coding`` names (TS 23.038, 4; SMPP 3.4, 5.2.19)."""
    if coding == 8:
        return data.decode("utf-16-be", "replace")
    if coding == 3:
        return data.decode("latin-1")
    if coding == 1:
        return data.decode("ascii", "replace")
    if coding == 15:  # what Chinese gateways say for GB 18030
        return data.decode("gb18030", "replace")
    return from_gsm(data)


def header(data: bytes) -> tuple[tuple[int, int, int] | None, bytes]:
    """``((reference, total, number) or None, the text's octets)`` of user data that begins with a header.

    A header that lies about its length is taken for text: nothing is thrown away.
    """
    if not data or data[0] + 1 > len(data):
        return None, data
    end = data[0] + 1
    at, chain = 1, None
    while at + 2 <= end:
        kind, length = data[at], data[at + 1]
        value = data[at + 2 : at + 2 + length]
        if kind == 0 and len(value) == 3:
            chain = (value[0], value[1], value[2])
        elif kind == 8 and len(value) == 4:
            chain = (value[0] << 8 | value[1], value[2], value[3])
        at += 2 + length
    if chain is not None and not 1 <= chain[2] <= chain[1]:
        chain = None
    return chain, data[end:]


def national(number: str) -> str:
    """``+8613800000001`` → ``13800000001``."""
    digits = re.sub(r"\D", "", number)
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
