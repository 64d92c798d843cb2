"""Files that come with an entry: looked at before they are kept, never shown as anything but a download."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.desk.errors import FileEmpty, FileTooLarge, FileTypeWrong, TooManyFiles
from maitian.desk.models import Attachment, Entry
from maitian.desk.rules.files import KINDS, kind_of

MB = 1024 * 1024


def check(files: Sequence[UploadedFile]) -> list[tuple[str, bytes, str]]:
    """(name, content, content type) of files that may be kept; a refusal names the file. Nothing is stored."""
    limits = rulebook.at().get("desk.files")
    if len(files) > limits["most"]:
        raise TooManyFiles(given=len(files), most=limits["most"])
    found = []
    for file in files:
        name = PurePosixPath((file.name or "").replace("\\", "/")).name[:200] or "file"
        if file.size and file.size > limits["megabytes"] * MB:
            raise FileTooLarge(name=name, given=f"{file.size / MB:.1f}", most=limits["megabytes"])
        content = file.read()
        if not content:
            raise FileEmpty(name=name)
        kind = kind_of(name, content)
        if kind is None:
            raise FileTypeWrong(name=name, allowed="、".join(sorted({k.upper() for k in KINDS})))
        found.append((name, content, kind))
    return found


@transaction.atomic
def attach(
    *, entry: Entry, files: Sequence[tuple[str, bytes, str]], actor: str, public: bool,
    purpose: str = Attachment.Purpose.FILE, at: datetime | None = None,
) -> list[Attachment]:  # fmt: skip
    """Keep checked files with an entry that was just written."""
    now = at or timezone.now()
    kept = []
    for name, content, content_type in files:
        row = Attachment(
            case_id=entry.case_id, entry=entry, purpose=purpose, public=public, name=name, content_type=content_type,
            size=len(content), digest=hashlib.sha256(content).hexdigest(), actor=actor, at=now,
        )  # fmt: skip
        row.file.save(secrets.token_hex(16), ContentFile(content), save=False)
        row.save()
        kept.append(row)
    if kept:
        ledger.record(
            "case.files_added", actor=actor, client_id=entry.case.client_id, object_kind="case", object_id=entry.case_id,
            at=now, facts={"ref": entry.case.ref, "count": len(kept), "digests": [row.digest for row in kept]},
        )  # fmt: skip
    return kept
