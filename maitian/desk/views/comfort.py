"""What saves hands: many cases at once, macros, saved views, and the page where a branch keeps its phrases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError, NotFound
from maitian.desk import queries
from maitian.desk.actions import comfort, marking, people
from maitian.desk.errors import BulkUnknown
from maitian.desk.models import Macro, Phrase, Priority
from maitian.desk.queries import colleagues
from maitian.desk.views import inbox
from maitian.desk.views.acts import _back, _case, _member, _number
from maitian.desk.views.frame import read_filters
from maitian.staff.access import door
from maitian.staff.models import Centre, Member


def _list(request: HttpRequest) -> str:
    """The list that the form came from, as its address says."""
    query = request.POST.get("list", "")
    return reverse("desk:inbox") + (query if query.startswith("?") else "")


def chosen_act(request: HttpRequest, member: Member) -> Callable[[int], Any]:
    """What the form wants done with each case."""
    what, to = request.POST.get("what", ""), request.POST.get("to", "")
    tag, priority = request.POST.get("tag", "").strip(), request.POST.get("priority", "")
    if what == "take":
        return lambda pk: people.take(case_id=pk, by=member)
    if what == "watch":
        return lambda pk: people.watch(case_id=pk, member=member)
    if what == "tag" and tag:
        return lambda pk: marking.tag(case_id=pk, by=member, name=tag)
    if what == "priority" and priority in {str(p) for p in Priority.values}:
        return lambda pk: marking.set_priority(case_id=pk, by=member, priority=int(priority))
    if what == "assign" and to.strip():
        chosen = colleagues.chosen(member, to, teams=True)
        member_id = chosen.member.pk if chosen.member else None
        return lambda pk: people.assign(case_id=pk, by=member, member_id=member_id, team=chosen.team)
    macro = queries.comfort.macro(member, _number(request, "macro") or 0) if what == "macro" else None
    if macro is not None:
        return lambda pk: comfort.run_macro(macro=macro, case_id=pk, by=member)
    raise BulkUnknown()


@door("desk.work")
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """One act on each of the chosen cases; those that refuse it are named with their reasons, the others are done."""
    member = _member(request)
    try:
        done = comfort.in_bulk(
            refs=[ref[:20] for ref in request.POST.getlist("chosen")],
            by=member,
            act=chosen_act(request, member),
        )
    except DomainError as refused:
        messages.error(request, refused.sentence())
        return redirect(_list(request))
    if done.done:
        messages.success(request, _("办好了 %(n)s 件") % {"n": len(done.done)})
    for ref, why in done.refused:
        messages.error(request, f"{ref}：{why}")
    return redirect(_list(request))


@door("desk.work")
@require_POST
def macro(request: HttpRequest, ref: str) -> HttpResponse:
    """A macro on the case that one looks at."""
    case, member = _case(request, ref), _member(request)
    found = queries.comfort.macro(member, _number(request, "macro") or 0)
    if found is None:
        raise NotFound()
    try:
        comfort.run_macro(macro=found, case_id=case.pk, by=member)
    except DomainError as refused:
        return inbox.page(
            request, case, error=refused.sentence(), field="macro", given=request.POST.dict(), status=refused.status
        )  # fmt: skip
    messages.success(request, _("“%(name)s”办好了") % {"name": found.title})
    return _back(request, ref) if queries.can_see(member, case.pk) else redirect("desk:inbox")


@door("desk.view")
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list that one sees under a name. Its address comes with the form's own query."""
    filters = read_filters(request, _member(request))
    try:
        comfort.save_view(member=_member(request), name=request.POST.get("name", ""), filters=filters)
    except DomainError as refused:
        messages.error(request, refused.sentence())
        return redirect(_list(request))
    messages.success(request, _("视图已存"))
    return redirect(_list(request))


@door("desk.view")
@require_POST
def forget_view(request: HttpRequest, view_id: int) -> HttpResponse:
    comfort.forget_view(member=_member(request), view_id=view_id)
    return redirect(_list(request))


@door("desk.view")
@require_safe
def tools(request: HttpRequest) -> HttpResponse:
    """The branch's phrases and macros; leads change them here."""
    return _tools(request)


def _tools(
    request: HttpRequest, *, error: str = "", failed: str = "", given: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    member = _member(request)
    phrases, macros = (
        queries.comfort.phrases(member, active=False),
        queries.comfort.macros(member, active=False),
    )
    edited = {
        "phrase": next((p for p in phrases if str(p.pk) == request.GET.get("phrase")), None),
        "macro": next((m for m in macros if str(m.pk) == request.GET.get("macro")), None),
    }
    return render(
        request, "desk/tools.html",
        {
            "phrases": phrases, "macros": macros, "edited": edited, "may_lead": member.may("desk.lead"), "error": error, "failed": failed,
            "given": given or {}, "moments": Phrase.Moment.choices, "thens": Macro.Then.choices, "teams": Centre.choices,
            "priorities": Priority.choices,
        },
        status=status,
    )  # fmt: skip


@door("desk.lead")
@require_POST
def save_phrase(request: HttpRequest) -> HttpResponse:
    given = request.POST.dict()
    try:
        comfort.save_phrase(
            by=_member(request), phrase_id=_number(request, "id"), moment=request.POST.get("moment", ""),
            name=request.POST.get("name", ""), body=request.POST.get("body", ""), active=bool(request.POST.get("active")),
        )  # fmt: skip
    except DomainError as refused:
        if refused.status == 404:
            raise
        return _tools(
            request, error=refused.sentence(), failed="phrase", given=dict(given), status=refused.status
        )
    messages.success(request, _("已存"))
    return redirect("desk:tools")


@door("desk.lead")
@require_POST
def save_macro(request: HttpRequest) -> HttpResponse:
    given = request.POST.dict()
    try:
        comfort.save_macro(by=_member(request), macro_id=_number(request, "id"), values=dict(given) | {"active": request.POST.get("active")})  # fmt: skip
    except DomainError as refused:
        if refused.status == 404:
            raise
        return _tools(
            request, error=refused.sentence(), failed="macro", given=dict(given), status=refused.status
        )
    messages.success(request, _("已存"))
    return redirect("desk:tools")
