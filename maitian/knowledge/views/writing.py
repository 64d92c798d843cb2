"""Writing articles, checking them, keeping them true."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import rulebook
from maitian.core.errors import DomainError, Forbidden, NotFound
from maitian.desk import queries as desk
from maitian.desk.actions import files
from maitian.desk.models import Case, Entry
from maitian.desk.rules.files import KINDS as FILE_KINDS
from maitian.knowledge import queries
from maitian.knowledge.actions import gaps, keeping, writing
from maitian.knowledge.errors import CaseHasNoResult, ReviewDateWrong
from maitian.knowledge.forms import ArticleForm, initial
from maitian.knowledge.models import Article, Gap, Version
from maitian.knowledge.queries.access import edits
from maitian.knowledge.rules import differing
from maitian.knowledge.views.reading import page
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import window


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


def _from_case(member: Member, ref: str) -> dict[str, Any]:
    """A draft from a case that was answered: what was asked, and what the client was told at the end."""
    case: Case = desk.get_visible(member, ref)
    said = (
        Entry.objects.filter(case_id__in=desk.family(case.pk), kind=Entry.Kind.REPLY).order_by("-pk").first()
    )
    if said is None:
        raise CaseHasNoResult(ref=case.ref)
    return {
        "title": case.subject,
        "questions": case.subject,
        "answer": said.body,
        "kinds": [case.kind.code],
        "facing": "staff",
    }


@door("knowledge.write")
def edit(request: HttpRequest, article_id: int | None = None) -> HttpResponse:
    """Write or change a draft; the button decides whether it is also handed over."""
    member = _member(request)
    article = queries.get(member, article_id) if article_id is not None else None
    open_one = writing.open_version(article) if article is not None else None
    base = (
        open_one
        or (article and (writing.in_force(article) or article.versions.order_by("-number").first()))
        or None
    )
    if request.method == "POST":
        form = ArticleForm(request.POST)
        if form.is_valid():
            try:
                version = _store(request, form, member, article)
            except DomainError as refused:
                if refused.status in (403, 404):
                    raise
                form.add_error(refused.field if refused.field in form.fields else None, refused.sentence())
            else:
                messages.success(request, _("已提交，等复核") if "submit" in request.POST else _("草稿已存"))
                return redirect("knowledge:article", version.article_id)
        status = 422
    else:
        given: dict[str, Any] = {"facing": "clients"}
        if base is not None:
            given = initial(base)
            if open_one is None:
                given |= {"change": "", "review_on": None, "seen": ""}
        elif request.GET.get("case"):
            given = _from_case(member, request.GET["case"][:20])
        elif request.GET.get("title"):
            given |= {"title": request.GET["title"][:120], "questions": request.GET["title"][:120]}
        form, status = ArticleForm(initial=given), 200
    return render(
        request, "knowledge/edit.html",
        {
            "form": form, "article": article, "version": open_one, "base": base, "files": list(open_one.files.order_by("pk")) if open_one else [],
            "file_limits": rulebook.at().get("desk.files"), "file_endings": ",".join(f".{ending}" for ending in sorted(FILE_KINDS)),
            "had_files": bool(request.FILES),
        },
        status=status,
    )  # fmt: skip


@transaction.atomic
def _store(request: HttpRequest, form: ArticleForm, member: Member, article: Article | None) -> Version:
    """The draft with its files, handed over if asked to: all of it or nothing."""
    seen = form.cleaned_data["seen"]
    kept = files.check(request.FILES.getlist("files"))
    version = writing.save_draft(
        by=member, values=form.values(), article_id=article.pk if article is not None else None,
        seen=datetime.fromisoformat(seen) if seen else None,
    )  # fmt: skip
    for file_id in request.POST.getlist("take_out"):
        if file_id.isdigit() and len(file_id) < 18:
            writing.detach(article_id=version.article_id, file_id=int(file_id), by=member)
    if kept:
        writing.attach(article_id=version.article_id, by=member, files=kept)
    if "submit" in request.POST:
        version = writing.submit(article_id=version.article_id, number=version.number, by=member)
    return version


@door("knowledge.view")
@require_safe
def version(request: HttpRequest, article_id: int, version_number: int) -> HttpResponse:
    """One version, with what is new in it against the one before."""
    member = _member(request)
    found = queries.get(member, article_id)
    shown = found.versions.filter(number=version_number).first()
    if shown is None or not edits(member):
        raise NotFound()
    before = (
        found.versions.filter(number__lt=version_number)
        .exclude(state=Version.State.DROPPED)
        .order_by("-number")
        .first()
    )
    parts = [
        (label, differing.around(differing.lines(getattr(before, field) if before else "", getattr(shown, field))))
        for field, label in (("title", _("标题")), ("questions", _("客户会怎么问")), ("answer", _("给客户的话")), ("inside", _("只给同事看的")))
    ]  # fmt: skip
    return render(
        request, "knowledge/version.html",
        {
            "article": found, "shown": shown, "before": before, "parts": [(label, lines) for label, lines in parts if lines],
            "names": actor_names({shown.maker, shown.checker}), "files": list(shown.files.order_by("pk")),
            "may_check": member.may("knowledge.approve") and shown.state == "submitted" and shown.maker != member.actor,
            "may_write": member.may("knowledge.write"),
        },
    )  # fmt: skip


STEPS = {
    "submit": "knowledge.write", "drop": "knowledge.write", "publish": "knowledge.approve", "return": "knowledge.approve",
    "withdraw": "knowledge.approve", "confirm": "knowledge.write", "owner": "knowledge.write",
}  # fmt: skip


@door("knowledge.view")
@require_POST
def step(request: HttpRequest, article_id: int, step: str) -> HttpResponse:
    """Hand over, put into force, send back, give up, withdraw, review, give to another owner."""
    member = _member(request)
    if step not in STEPS:
        raise NotFound()
    if not member.may(STEPS[step]):
        raise Forbidden(permission=STEPS[step])
    found = queries.get(member, article_id)
    try:
        messages.success(request, _take(step, request, found, member))
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return page(
            request,
            queries.get(member, article_id),
            error=refused.sentence(),
            failed=step,
            status=refused.status,
        )
    return redirect("knowledge:article", found.pk)


def _take(step: str, request: HttpRequest, found: Article, member: Member) -> str:
    given = request.POST
    number = int(given["number"]) if given.get("number", "").isdigit() and len(given["number"]) < 9 else 0
    if step == "submit":
        writing.submit(article_id=found.pk, number=number, by=member)
        return _("已提交，等复核")
    if step == "drop":
        writing.drop(article_id=found.pk, number=number, by=member)
        return _("已放弃这一稿")
    if step == "publish":
        writing.publish(article_id=found.pk, number=number, by=member)
        return _("已发布")
    if step == "return":
        writing.send_back(article_id=found.pk, number=number, by=member, reason=given.get("reason", ""))
        return _("已退回")
    if step == "withdraw":
        writing.withdraw(article_id=found.pk, by=member, reason=given.get("reason", ""))
        return _("已撤下")
    if step == "confirm":
        keeping.confirm(
            article_id=found.pk, by=member, until=_day(given.get("until", "")), note=given.get("note", "")
        )
        return _("已复查")
    owner = given.get("owner", "")
    keeping.give_to(
        article_id=found.pk, by=member, owner_id=int(owner) if owner.isdigit() and len(owner) < 18 else 0
    )
    return _("已换负责人")


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ReviewDateWrong(last="–", days=rulebook.at().knowledge.review_most_days) from None


# --- gaps --------------------------------------------------------------------------------------------------

GAP_STATES = (Gap.State.OPEN, Gap.State.DRAFTED, Gap.State.ANSWERED, Gap.State.DISMISSED)


@door("knowledge.write")
@require_safe
def gap_page(request: HttpRequest) -> HttpResponse:
    """What is looked for and not found, most asked first; and what is found and does not help."""
    return _gap_page(request)


def _gap_page(request: HttpRequest, *, error: str = "", failed: int = 0, status: int = 200) -> HttpResponse:
    state, side = request.GET.get("state", ""), request.GET.get("side", "")
    state = state if state in GAP_STATES else Gap.State.OPEN
    return render(
        request, "knowledge/gaps.html",
        {
            "window": window(queries.gap_list(state, side), request, size=30), "state": state, "side": side,
            "states": [(value.value, value.label) for value in GAP_STATES], "little": list(queries.little_help()[:8]),
            "error": error, "failed": failed, "given": request.POST,
        },
        status=status,
    )  # fmt: skip


@door("knowledge.write")
@require_POST
def gap_step(request: HttpRequest, gap_id: int, step: str) -> HttpResponse:
    """A draft by one click; or no article, with the reason; or it is wanted after all."""
    member = _member(request)
    if step == "draft":
        made = gaps.draft(gap_id=gap_id, by=member)
        return redirect("knowledge:edit", made.pk)
    try:
        if step == "dismiss":
            gaps.dismiss(gap_id=gap_id, by=member, reason=request.POST.get("reason", ""))
        elif step == "reopen":
            gaps.reopen(gap_id=gap_id, by=member)
        else:
            raise NotFound()
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return _gap_page(request, error=refused.sentence(), failed=gap_id, status=refused.status)
    messages.success(request, _("已存"))
    return redirect("knowledge:gaps")
