"""The portal's help: answers that clients may read, by level. A search that finds nothing is counted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.models import Client
from maitian.core.errors import DomainError, NotFound
from maitian.knowledge import queries
from maitian.knowledge.actions import gaps, using
from maitian.knowledge.actions.writing import in_force
from maitian.knowledge.models import Article, ArticleFile, Feedback
from maitian.knowledge.queries.searching import rows
from maitian.knowledge.views.reading import download
from maitian.staff.access import portal_door
from maitian.ui.paging import window

WORDS = 60


def _client(request: HttpRequest) -> Client:
    return Client.objects.get(pk=request.client_id)  # type: ignore[attr-defined]


@portal_door
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Find an answer: by words, or among those that are read most."""
    client = _client(request)
    words = request.GET.get("q", "").strip()[:WORDS]
    if words:
        found = queries.portal_found_by(client.level_rank, words)
        page = window(found if found is not None else [], request, size=20)
        page.rows[:] = rows([row["id"] for row in page.rows])
        if not page.rows and "page" not in request.GET:
            gaps.count(words, actor=client.actor)
    else:
        page = window(queries.for_client(client.pk).order_by("-worth__weight", "pk"), request, size=20)
    return render(request, "portal/help/list.html", {"window": page, "words": words})


@portal_door
@require_safe
def article(request: HttpRequest, article_id: int) -> HttpResponse:
    """One answer."""
    client = _client(request)
    return _page(request, client, queries.get_for_client(client.pk, article_id))


def _page(
    request: HttpRequest, client: Client, found: Article, *, error: str = "", status: int = 200
) -> HttpResponse:
    version = in_force(found)
    if version is None:
        raise NotFound()
    mine = Feedback.objects.filter(article=found, version=found.version, client=client).first()
    return render(
        request, "portal/help/article.html",
        {"article": found, "version": version, "files": list(version.files.order_by("pk")), "mine": mine, "error": error, "note": request.POST.get("note", "")},
        status=status,
    )  # fmt: skip


@portal_door
@require_POST
def rate(request: HttpRequest, article_id: int) -> HttpResponse:
    """Whether it helped; what is missing, if the client says so."""
    client = _client(request)
    found = queries.get_for_client(client.pk, article_id)
    if request.POST.get("helped") not in ("0", "1"):
        raise NotFound()
    try:
        using.rate(
            article=found,
            helped=request.POST["helped"] == "1",
            client=client,
            note=request.POST.get("note", ""),
        )
    except DomainError as refused:
        return _page(request, client, found, error=refused.sentence(), status=refused.status)
    messages.success(request, _("谢谢您告诉我们"))
    return redirect("portal:article", found.pk)


@portal_door
@require_safe
def file(request: HttpRequest, article_id: int, file_id: int) -> Any:
    """A file of an answer, as a download."""
    found = queries.get_for_client(request.client_id, article_id)  # type: ignore[attr-defined]
    row = ArticleFile.objects.filter(
        pk=file_id, version__article=found, version__number=found.version
    ).first()
    if row is None:
        raise NotFound()
    return download(row)
