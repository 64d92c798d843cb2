"""Rules of routing: which there are, a trial, how the list is changed by clicks, proposed and checked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import ledger
from maitian.core.errors import DomainError, NotFound
from maitian.desk import catalog, queries, route_forms, route_words
from maitian.desk.actions import routes as actions
from maitian.desk.drafting import Begun
from maitian.desk.kind_forms import faults_of
from maitian.desk.models import CaseChannel, ComplaintKind, Priority, RouteVersion, Severity
from maitian.desk.rules import routes as rules
from maitian.desk.views.acts import _member
from maitian.desk.views.versions import answered
from maitian.staff import drafts
from maitian.staff.access import door
from maitian.staff.models import Centre, Member
from maitian.staff.queries import actor_names

State = RouteVersion.State


def choices() -> dict[str, Any]:
    """What the conditions of a rule are chosen from."""
    return {
        "kinds": [(kind.code, kind.title) for kind in catalog.active_kinds()], "channels": CaseChannel.choices,
        "levels": [(str(rank), name) for rank, name in route_words.level_names().items()],
        "complaint_kinds": ComplaintKind.choices, "severities": Severity.choices,
    }  # fmt: skip


@door("desk.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The rules in force in their order, a trial, what waits for a checker, what was before."""
    member = _member(request)
    current = actions.in_force()
    versions = list(queries.routes.versions())
    history = ledger.of_object("routes", current.book)
    waiting = next((version for version in versions if version.state == State.PROPOSED), None)
    may = member.may("desk.configure")
    return render(
        request, "desk/routes/list.html",
        {
            "version": current, "rows": route_words.rows(current.definition), "versions": versions, "history": history,
            "waiting": waiting, "may_configure": may, "draft": drafts.drafts(member, route_forms.KIND).first() if may else None,
            "names": actor_names({row.actor for row in history} | {v.maker for v in versions} | {v.checker for v in versions}),
            "choices": choices(), **_trial(request, current),
        },
    )  # fmt: skip


def _trial(request: HttpRequest, version: RouteVersion) -> dict[str, Any]:
    """Where a case would go, for what the page's form asks."""
    given = request.GET
    values: dict[str, Any] = {
        name: given.get(name, "")[:200]
        for name in ("kind", "channel", "level", "complaint_kind", "severity", "tags", "text")
    }
    values["managed"] = bool(given.get("managed"))
    if not values["kind"]:
        return {"trial": values}
    try:
        routed = queries.routes.tried(
            version.definition, {**values, "tags": route_forms.split(values["tags"])}
        )
    except DomainError as refused:
        return {"trial": values, "trial_error": refused.sentence()}
    rule = version.definition["rules"][routed.rule - 1] if routed.rule else None
    shown = {
        "team": routed.team,
        "owner": rule["owner"] if rule and (routed.owner is not None) else "",
        "name": "",
    }
    return {
        "trial": values, "trial_rule": route_words.title(rule) if rule else "", "trial_number": routed.rule,
        "trial_target": route_words.target_words(shown),
    }  # fmt: skip


@door("desk.configure")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Begin to change the list, or go on with what one has begun."""
    return redirect("desk:route_draft", route_forms.begin(_member(request)).pk)


@door("desk.configure")
@require_POST
def again(request: HttpRequest, version_id: int) -> HttpResponse:
    """A draft that begins as a version that was sent back or taken back."""
    found = queries.routes.version(version_id)
    if found.state not in (State.REFUSED, State.WITHDRAWN):
        raise NotFound()
    return redirect("desk:route_draft", route_forms.begin(_member(request), found).pk)


@door("desk.configure")
@require_POST
def drop(request: HttpRequest, draft_id: int) -> HttpResponse:
    drafts.drop(drafts.draft(_member(request), route_forms.KIND, draft_id))
    messages.success(request, _("草稿已删"))
    return redirect("desk:routes")


@door("desk.configure")
def draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The editor. Every click sends the whole page; nothing that was typed is lost, with scripts or without."""
    member = _member(request)
    begun = Begun.of(drafts.draft(member, route_forms.KIND, draft_id))
    if request.method != "POST":
        return _editor(request, begun)
    do = request.POST.get("do", "")
    given = route_forms.read(request.POST)
    place = "rules"

    def changed(draft: Begun) -> None:
        nonlocal place
        draft.definition, draft.note = given, request.POST.get("note", "")[:300]
        if do == "catch_up":
            route_forms.catch_up(member, draft)
        elif do not in ("", "propose"):
            place = route_forms.act(draft.definition, do)

    try:
        begun = route_forms.keep(member, draft_id, request.POST.get("stamp", ""), changed)
        if do != "propose":
            at = place.removeprefix("rule-")
            opened = f"?open={at}" if at.isdigit() else ""
            return redirect(f"{reverse('desk:route_draft', args=[draft_id])}{opened}#{place}")
        definition = route_forms.numbered(member, begun.definition)
        made = actions.propose(definition=definition, base=begun.base, by=member, note=begun.note)
        drafts.drop(begun.draft)
    except DomainError as refused:
        begun = Begun.of(drafts.draft(member, route_forms.KIND, draft_id))
        return _editor(request, begun, refused)
    messages.success(request, _("已提交，等另一位同事复核"))
    return redirect("desk:route_version", made.pk)


def _editor(request: HttpRequest, begun: Begun, refused: DomainError | None = None) -> HttpResponse:
    member = _member(request)
    faults = faults_of(refused) if refused else {}
    current = actions.in_force()
    overtaken = current.number != begun.base
    theirs: list[dict[str, Any]] = []
    if overtaken:
        before = RouteVersion.objects.get(book=current.book, number=begun.base)
        theirs = route_words.changes(rules.differences(before.definition, current.definition))
    waiting = queries.routes.waiting()
    listed, options = begun.definition["rules"], choices()
    return render(
        request, "desk/routes/edit.html",
        {
            "begun": begun, "draft": begun.draft, "error": refused.sentence() if refused else "", "overtaken": overtaken, "theirs": theirs,
            "now": current, "waiting": waiting if waiting and waiting.maker != member.actor else None, "longest": rules.LONGEST,
            "teams": Centre.choices, "priorities": [(str(value), label) for value, label in Priority.choices],
            "rows": [_row(n, rule, len(listed), options, faults, request.GET.get("open", "")) for n, rule in enumerate(listed)],
        },
        status=refused.status if refused else 200,
    )  # fmt: skip


def _row(
    n: int, rule: dict[str, Any], count: int, options: dict[str, Any], faults: dict[str, str], opened: str
) -> dict[str, Any]:
    conditions = rule["conditions"]
    errors = [text for place, text in faults.items() if place.startswith(f"rules.{n}.")]
    return {
        "n": n, "at": str(n), "rule": rule, "place": f"r.{n}.", "first": n == 0, "last": n == count - 1, "errors": errors,
        "open": bool(errors) or opened == str(n) or not (rule["name"] and rule["name_en"] and conditions),
        "groups": [
            {
                "name": name, "label": route_words.CONDITION_NAMES[name],
                "options": _options(options[name], {str(value) for value in conditions.get(name, [])}),
            }
            for name in route_forms.CHOSEN
        ],
        "tags": "、".join(conditions.get("tags", [])), "words": "、".join(conditions.get("words", [])),
        "managed": {True: "yes", False: "no"}.get(conditions.get("managed"), ""), "priority": "" if rule["priority"] is None else str(rule["priority"]),
        "summary": route_words.condition_parts({**conditions, "levels": [int(v) for v in conditions["levels"] if str(v).isdigit()]} if "levels" in conditions else conditions),
    }  # fmt: skip


def _options(known: list[tuple[str, str]], chosen: set[str]) -> list[dict[str, Any]]:
    """What may be chosen, and what is chosen and can no longer be: it is shown so that it can be taken out."""
    found = [{"value": value, "label": label, "chosen": value in chosen} for value, label in known]
    names = {kind.code: kind.title for kind in catalog.kinds().values()}
    gone = sorted(chosen - {value for value, _label in known})
    return found + [
        {"value": value, "label": names.get(value, value), "chosen": True, "gone": True} for value in gone
    ]


@door("desk.view")
@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    return _version(request, queries.routes.version(version_id))


def _version(request: HttpRequest, item: RouteVersion, *, error: str = "", status: int = 200) -> HttpResponse:
    """One version: what it changes, the whole list, and the checker's answer."""
    member: Member = _member(request)
    before = RouteVersion.objects.filter(book=item.book, number=item.base).first() if item.base else None
    open_, own = item.state == State.PROPOSED, item.maker == member.actor
    return render(
        request, "desk/routes/version.html",
        {
            "version": item, "before": before, "error": error, "reason": request.POST.get("reason", ""), "own": own,
            "changes": route_words.changes(rules.differences(before.definition if before else None, item.definition)),
            "rows": route_words.rows(item.definition), "names": actor_names({item.maker, item.checker}),
            "may_answer": open_ and member.may("desk.approve") and not own, "may_withdraw": open_ and own,
            "may_again": item.state in (State.REFUSED, State.WITHDRAWN) and member.may("desk.configure"),
        },
        status=status,
    )  # fmt: skip


@door("desk.approve")
@require_POST
def answer(request: HttpRequest, version_id: int, answer: str) -> HttpResponse:
    """Put a proposed list into force, or send it back with a reason."""
    member, item = _member(request), queries.routes.version(version_id)

    def approve() -> HttpResponse:
        done = actions.approve(version_id=version_id, by=member)
        messages.success(request, _("第 %(n)s 版已生效") % {"n": done.number})
        return redirect("desk:routes")

    def refuse(reason: str) -> None:
        actions.refuse(version_id=version_id, by=member, reason=reason)

    return answered(
        request, item, answer, approve=approve, refuse=refuse, page=_version, address="desk:route_version"
    )


@door("desk.configure")
@require_POST
def withdraw(request: HttpRequest, version_id: int) -> HttpResponse:
    """Take one's own proposal back; it can be gone on with."""
    actions.withdraw(version_id=version_id, by=_member(request))
    messages.success(request, _("已收回"))
    return redirect("desk:route_version", version_id)
