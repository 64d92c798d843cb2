"""What of a mail is new: everything above the quoted mail that it answers. Pure.

Recognised: our own line (``MARK``), the heads that mail programs write above a quote (QQ 邮箱, 网易, Outlook, Foxmail, Apple Mail,
Gmail, in Chinese and English), and a tail of lines that begin with ``>``. When nothing would be left, or nothing is
recognised, the whole text stays: words are never lost for a guess.
"""

from __future__ import annotations

import re

MARK = "—— 请在这条线以上回复 ——"
HEADS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\W*\s*请在这条线以上回复\s*\W*",
        r"[-_—=\s]{2,}\s*(?:原始邮件|原邮件|回复的原邮件|转发的邮件|转发邮件信息|original message|original|forwarded message)\s*[-_—=\s]{2,}",
        r"(?:在|于)?\s*\d{4}[-年/.]\s?\d{1,2}[-月/.]\s?\d{1,2}.{0,120}(?:写道|写到|wrote)\s*[:：]",
        r"在.{4,160}(?:写道|写到)\s*[:：]",
        r"on .{6,200} wrote\s*:",
        r".{0,80}<[^<>@\s]+@[^<>\s]+>\s*(?:于|在).{4,80}(?:写道|写到)\s*[:：]",
        r"_{20,}",
    )
)
FIRST = re.compile(r"\s*\**(?:发件人|寄件者|from)\**\s*[:：].+", re.IGNORECASE)
SECOND = re.compile(
    r"\s*\**(?:发送时间|发送日期|日期|时间|收件人|sent|date|to|抄送|主题|subject)\**\s*[:：].*", re.IGNORECASE
)
SIGNATURE = re.compile(
    r"(?:发自我的.{0,30}|sent from my .{0,40}|获取 ?outlook .{0,30}|从我的.{0,12}发送.{0,12})", re.IGNORECASE
)


def own_words(text: str) -> str:
    """The new words of a mail."""
    lines = text.replace("\r\n", "\n").split("\n")
    end = len(lines)
    for n, line in enumerate(lines):
        bare = line.strip().lstrip("> ").strip()
        if not bare:
            continue
        if any(head.fullmatch(bare) for head in HEADS) or _head_of_two(lines, n):
            end = n
            break
        # A head that was broken over two lines.
        if (
            n + 1 < len(lines)
            and len(bare) > 8
            and any(head.fullmatch(f"{bare} {lines[n + 1].strip()}") for head in HEADS[2:6])
        ):
            end = n
            break
    kept = lines[:end]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    if kept and SIGNATURE.fullmatch(kept[-1].strip()):
        kept.pop()
    if "-- " in kept:
        kept = kept[: kept.index("-- ")]
    new = "\n".join(kept).strip()
    return new or text.strip()


def _head_of_two(lines: list[str], n: int) -> bool:
    """``发件人：…`` followed by another line of a mail's head."""
    if not FIRST.fullmatch(lines[n]):
        return False
    after = [line for line in lines[n + 1 : n + 4] if line.strip()]
    return bool(after) and bool(SECOND.fullmatch(after[0]))


RE = re.compile(r"^(?:\s*(?:re|fw|fwd|aw|回复|答复|转发|回覆)\s*(?:\[\d+\])?\s*[:：])+\s*", re.IGNORECASE)
TOKEN = re.compile(r"\[?\b[Cc]-\d{8}-\d{4,8}\b\]?")


def subject(text: str) -> str:
    """A subject without 回复： and our number."""
    return RE.sub("", TOKEN.sub("", RE.sub("", text)).strip()).strip()


def case_number(text: str) -> str:
    """The number of a case in a subject, or nothing."""
    found = TOKEN.search(text)
    return found[0].strip("[]").upper() if found else ""
