"""Finding and reading articles, and what a reader does with one."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from config import env
from maitian.core import rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.time import today
from maitian.desk import catalog
from maitian.desk import queries as desk
from maitian.knowledge import queries
from maitian.knowledge.actions import gaps, using
from maitian.knowledge.case_panel import suggestions
from maitian.knowledge.models import Article, ArticleFile, Facing, Use
from maitian.knowledge.queries import Filters
from maitian.knowledge.queries.access import edits, shown_from
from maitian.knowledge.queries.lists import MOST, views_of
from maitian.knowledge.queries.searching import rows
from maitian.offerings.queries import levels
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import Window, window

VIEW_NAMES = {
    "published": lazy("已发布"), "mine": lazy("我负责"), "review": lazy("快到复查日"), "late": lazy("过了复查日"), "check": lazy("待复核"),
    "drafts": lazy("草稿"), "withdrawn": lazy("已撤下"),
}  # fmt: skip
SIZE = 30


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


def found_in(request: HttpRequest, member: Member, filters: Filters) -> Window:
    """A page of what the filters ask for: a search in what is published, or a view."""
    if filters.words:
        found = queries.found_by(
            filters.words, kind=filters.kind, level=filters.rank, facing=filters.facing, tag=filters.tag
        )
        page = window(found if found is not None else [], request, size=SIZE)
        page.rows[:] = rows([row["id"] for row in page.rows])
        return page
    return window(queries.listing(member, filters), request, size=SIZE)


@door("knowledge.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Articles by search, view and filters. A search that finds nothing is counted as a gap."""
    member = _member(request)
    filters = Filters.read(request.GET.dict(), member)
    page = found_in(request, member, filters)
    missed = bool(filters.words) and not page.rows and "page" not in request.GET
    if missed and filters == Filters(words=filters.words):
        gaps.count(filters.words, actor=member.actor)
    counted = queries.counts(member)
    return render(
        request, "knowledge/list.html",
        {
            "window": page, "filters": filters, "missed": missed, "today": today(),
            "views": [
                {"code": view, "label": VIEW_NAMES[view], "count": min(counted[view], MOST - 1), "more": counted[view] >= MOST,
                 "hot": view == "late" and counted[view] > 0, "current": view == filters.view and not filters.words}
                for view in views_of(member)
            ],
            "kinds": [(kind.code, kind.title) for kind in catalog.kinds().values() if kind.active], "levels": levels(active_only=False),
            "facings": Facing.choices, "tags": queries.tags(), "may_write": member.may("knowledge.write"),
            "by_rank": {level.rank: level for level in levels(active_only=False)},
        },
    )  # fmt: skip


@door("knowledge.view")
@require_safe
def article(request: HttpRequest, article_id: int) -> HttpResponse:
    """One article: what to say, what to know, how true it is, its versions."""
    return page(request, queries.get(_member(request), article_id))


def page(
    request: HttpRequest, found: Article, *, error: str = "", failed: str = "", status: int = 200
) -> HttpResponse:
    member = _member(request)
    parts = queries.article_page(member, found)
    waiting = parts["waiting"]
    kinds = {kind.code: kind.title for kind in catalog.kinds().values()}
    history = queries.history(found) if edits(member) else []
    names = (
        {row.actor for row in history}
        | {v.maker for v in parts["versions"]}
        | {v.checker for v in parts["versions"]}
    )
    return render(
        request, "knowledge/article.html",
        {
            "article": found, **parts, "history": history, "names": actor_names(names), "today": today(),
            "kind_names": [kinds.get(code, code) for code in found.kinds],
            "level_names": [level for level in levels(active_only=False) if level.rank in found.levels],
            "hide_days": rulebook.at().knowledge.hide_days, "hidden": found.facing == Facing.CLIENTS and found.review_on is not None
            and found.review_on < shown_from(),
            "may_write": member.may("knowledge.write"),
            "may_check": member.may("knowledge.approve") and waiting is not None and waiting.state == "submitted" and waiting.maker != member.actor,
            "may_withdraw": member.may("knowledge.approve") and found.state == Article.State.PUBLISHED,
            "owners": [m for m in Member.objects.filter(branch_id=member.branch_id, active=True).order_by("name", "pk") if m.may("knowledge.write")]
            if member.may("knowledge.write") else [],
            "error": error, "failed": failed, "given": request.POST,
            "link": env.public_url() + reverse("portal:article", args=[found.pk]),
        },
        status=status,
    )  # fmt: skip


@door("knowledge.view")
@require_safe
def file(request: HttpRequest, article_id: int, file_id: int) -> FileResponse:
    """A file of an article, as a download."""
    found = queries.get(_member(request), article_id)
    row = ArticleFile.objects.filter(pk=file_id, version__article=found).select_related("version").first()
    if row is None or (row.version.number != found.version and not edits(_member(request))):
        raise NotFound()
    return download(row)


def download(row: ArticleFile) -> FileResponse:
    return FileResponse(
        row.file.open("rb"), as_attachment=True, filename=row.name, content_type=row.content_type,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )  # fmt: skip


@door("knowledge.view")
@require_POST
def rate(request: HttpRequest, article_id: int) -> HttpResponse:
    """Whether it helped."""
    member = _member(request)
    found = queries.get(member, article_id)
    if request.POST.get("helped") not in ("0", "1"):
        raise NotFound()
    try:
        using.rate(
            article=found,
            helped=request.POST["helped"] == "1",
            member=member,
            note=request.POST.get("note", ""),
        )
    except DomainError as refused:
        return page(request, found, error=refused.sentence(), failed="rate", status=refused.status)
    messages.success(request, _("记下了，谢谢"))
    return redirect("knowledge:article", found.pk)


# --- beside a case -----------------------------------------------------------------------------------------


@door("desk.work")
@require_POST
def suggest(request: HttpRequest, ref: str) -> HttpResponse:
    """Articles for a case and what is being typed in it; nothing of it is kept."""
    member = _member(request)
    case = desk.get_visible(member, ref)
    if not member.may("knowledge.view"):
        raise NotFound()
    return render(
        request, "knowledge/suggestions.html",
        {"panel": {"case": case, "rows": suggestions(case, request.POST.get("body", "")), "may_insert": True}},
    )  # fmt: skip


@door("desk.work")
@require_POST
def insert(request: HttpRequest, ref: str, article_id: int) -> HttpResponse:
    """Take an article for an answer: its words or a link. A script gets the words, a plain form puts them into the draft."""
    member = _member(request)
    case = desk.get_visible(member, ref)
    if not member.may("knowledge.view"):
        raise NotFound()
    found = queries.get(member, article_id)
    how = Use.How.LINK if request.POST.get("how") == "link" else Use.How.WORDS
    address = env.public_url() + reverse("portal:article", args=[found.pk])
    if request.headers.get("X-Requested-With") == "fetch":
        return JsonResponse(
            {"words": using.use(article=found, case=case, by=member, how=how, address=address)}
        )
    using.into_draft(article=found, case=case, by=member, how=how, address=address)
    messages.success(request, _("已放进答复的草稿"))
    return redirect(reverse("desk:case", args=[case.ref]) + "#say")
