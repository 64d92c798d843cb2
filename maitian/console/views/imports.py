"""Imports in the console: choose, try, look, then store; what was sent back as a file."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maitian.clients import importers
from maitian.clients.errors import ImportFileWrong, ImportKindUnknown
from maitian.clients.import_reading import FORMATS, LARGEST
from maitian.clients.models import ImportRun
from maitian.core.errors import DomainError, NotFound
from maitian.staff.access import door
from maitian.staff.queries import actor_names

SHOWN = 50  # rejected rows on the page; the file has all


@door("clients.import")
def imports(request: HttpRequest) -> HttpResponse:
    """A trial first; its file is kept, so that storing it is one press and no second choosing."""
    actor = request.member.actor  # type: ignore[attr-defined]
    kind = request.POST.get("kind", "") or request.GET.get("kind", "")
    result: importers.Result | None = None
    error, word, name = "", request.POST.get("kept", ""), ""
    trial = "store" not in request.POST
    if request.method == "POST":
        try:
            content, name = _content(request.FILES.get("file"), word, actor)
            result = importers.run(kind, content, name, actor=actor, dry_run=trial)
            word = importers.keep(content, name, actor=actor) if trial else ""
        except DomainError as refused:
            error, word = refused.sentence(), ""
    try:
        columns = importers.importer(kind) if kind else None
    except ImportKindUnknown:
        columns = None
    runs = list(ImportRun.objects.order_by("-at")[:20])
    return render(
        request, "console/imports.html",
        {
            "kinds": [(k, importers.title(k)) for k in importers.kinds()], "kind": kind, "result": result, "error": error,
            "trial": trial, "kept": word, "name": name, "shown": SHOWN, "formats": FORMATS,
            "guides": [(k, importers.title(k), importers.importer(k)) for k in importers.kinds()], "columns": columns,
            "runs": [(run, importers.title(run.kind)) for run in runs], "names": actor_names({run.actor for run in runs}),
        },
        status=422 if error else 200,
    )  # fmt: skip


def _content(file: Any, word: str, actor: str) -> tuple[bytes, str]:
    if isinstance(file, UploadedFile):
        if (file.size or 0) > LARGEST:
            raise ImportFileWrong(why="文件超过 200 MB", why_en="it is larger than 200 MB", formats=FORMATS)
        return file.read(), file.name or ""
    if word:
        return importers.fetch(word, actor=actor)
    raise ImportFileWrong(why="还没有选文件", why_en="none was chosen", formats=FORMATS)


@door("clients.import")
@require_safe
def sample(request: HttpRequest, kind: str) -> HttpResponse:
    """A file with the kind's columns and one row, to be filled in."""
    try:
        content = importers.sample(kind)
    except ImportKindUnknown:
        raise NotFound() from None
    return HttpResponse(
        "\ufeff" + content, content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
    )  # fmt: skip


@door("clients.import")
@require_safe
def rejected(request: HttpRequest, run_id: int) -> Any:
    """The rows that a run sent back, with line, code and reason."""
    path = importers.rejected(run_id)
    if path is None:
        raise NotFound()
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=_("退回的行-%(run)s.csv") % {"run": run_id}
    )
