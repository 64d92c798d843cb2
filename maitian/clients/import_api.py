"""API of imports: what can be imported, trying and storing a file, what became of earlier ones."""

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Field, File, Form, Router, Schema
from ninja.files import UploadedFile

from maitian.clients import importers
from maitian.clients.errors import ImportFileWrong
from maitian.clients.import_reading import FORMATS, LARGEST
from maitian.clients.models import ImportRun
from maitian.core.errors import NotFound
from maitian.staff.access import scope
from maitian.staff.contract import caller, page

router = Router(tags=["imports"])
SHOWN = 100


class KindOut(Schema):
    kind: str
    columns: list[str]
    required: list[str]


@router.get("/imports/kinds", response=list[KindOut], auth=scope("clients.import"))
def list_kinds(request: HttpRequest) -> Any:
    """What can be imported, with its columns."""
    return [
        {
            "kind": kind,
            "columns": importers.importer(kind).columns,
            "required": importers.importer(kind).required,
        }
        for kind in importers.kinds()
    ]


class RefusedOut(Schema):
    line: int
    code: str
    zh: str
    en: str


class ResultOut(Schema):
    kind: str
    dry_run: bool
    rows_in: int
    stored: int
    unchanged: int
    rejected: int
    refused: list[RefusedOut] = Field(description=f"the first {SHOWN}; the rejected file of the run has all")
    run_id: int | None


@router.post("/imports", response={200: ResultOut, 201: ResultOut}, auth=scope("clients.import"))
def import_file(
    request: HttpRequest, kind: Form[str], file: File[UploadedFile], dry_run: Form[bool] = False
) -> Any:
    """Import a file (multipart). ``dry_run`` stores nothing. The same file again changes nothing, so no key is needed."""
    if (file.size or 0) > LARGEST:
        raise ImportFileWrong(why="文件超过 200 MB", why_en="it is larger than 200 MB", formats=FORMATS)
    result = importers.run(kind, file.read(), file.name or "", actor=caller(request).actor, dry_run=dry_run)
    body = {
        "kind": kind, "dry_run": dry_run, "rows_in": result.rows_in, "stored": result.stored, "unchanged": result.unchanged,
        "rejected": len(result.refused), "refused": [vars(row) for row in result.refused[:SHOWN]], "run_id": result.run_id,
    }  # fmt: skip
    return (200 if dry_run else 201), body


class RunOut(Schema):
    id: int
    kind: str
    file_name: str
    at: datetime
    rows_in: int
    stored: int
    unchanged: int
    rejected: int


@router.get("/imports", response=list[RunOut], auth=scope("clients.import"))
def list_runs(
    request: HttpRequest, response: HttpResponse, before: int | None = None, limit: int = 50
) -> Any:
    """Earlier imports, newest first."""
    rows = ImportRun.objects.order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return page(request, response, rows, limit, lambda run: run.pk, "before")


@router.get("/imports/{run_id}/rejected", auth=scope("clients.import"))
def rejected(request: HttpRequest, run_id: int) -> Any:
    """The rejected rows of an import as CSV: line, code, reason in two languages."""
    path = importers.rejected(run_id)
    if path is None:
        raise NotFound()
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"rejected-{run_id}.csv")
