"""Which files the desk takes: the name's ending and the content must say the same. Pure."""

from __future__ import annotations

KINDS = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
    "webp": "image/webp", "heic": "image/heic", "txt": "text/plain", "csv": "text/csv", "mp3": "audio/mpeg",
    "wav": "audio/wav", "amr": "audio/amr", "m4a": "audio/mp4", "mp4": "video/mp4", "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "eml": "message/rfc822",
}  # fmt: skip


def kind_of(name: str, content: bytes) -> str | None:
    """The content type of an allowed file, or None: unknown ending, or content of another kind than it says."""
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in KINDS or not _fits(ending, content):
        return None
    return KINDS[ending]


def _fits(ending: str, content: bytes) -> bool:
    head = content[:16]
    if ending == "pdf":
        return b"%PDF-" in content[:1024]
    if ending in ("jpg", "jpeg"):
        return head.startswith(b"\xff\xd8\xff")
    if ending == "png":
        return head.startswith(b"\x89PNG\r\n\x1a\n")
    if ending == "gif":
        return head.startswith((b"GIF87a", b"GIF89a"))
    if ending == "webp":
        return head.startswith(b"RIFF") and content[8:12] == b"WEBP"
    if ending == "wav":
        return head.startswith(b"RIFF") and content[8:12] == b"WAVE"
    if ending in ("mp4", "m4a", "heic"):
        return content[4:8] == b"ftyp"
    if ending == "mp3":
        return head.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"))
    if ending == "amr":
        return head.startswith(b"#!AMR")
    if ending in ("zip", "docx", "xlsx"):
        return head.startswith(b"PK\x03\x04")
    # Text of any charset, but not something binary under a text's name.
    return b"\x00" not in content[:4096] and not head.startswith((b"MZ", b"\x7fELF", b"PK\x03\x04"))
