"""Kinds of case: what there is, how one is made by clicks, proposed, checked and retired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import ledger, rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.time import shanghai
from maitian.desk import catalog, kind_forms, kind_words, queries
from maitian.desk.actions import kinds as actions
from maitian.desk.kind_forms import Begun, faults_of
from maitian.desk.models import CaseKind, KindVersion, Priority
from maitian.desk.rules import kinds as rules
from maitian.desk.views.acts import _member
from maitian.desk.views.versions import answered
from maitian.staff import drafts
from maitian.staff.access import door
from maitian.staff.models import Centre, Member
from maitian.staff.queries import actor_names

State = KindVersion.State


@door("desk.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every kind with its team, form and numbers; what waits for a checker; one's own drafts."""
    member = _member(request)
    now = timezone.now()
    year = shanghai(now).year
    numbers = queries.kinds.numbers(member.branch_id, now) if member.may("desk.lead") else {}
    waiting = list(queries.kinds.waiting())
    rows = [
        {
            "kind": kind, "numbers": numbers.get(kind.pk, queries.kinds.Numbers()), "fields": len(kind.fields),
            "this_year": numbers.get(kind.pk, queries.kinds.Numbers()).years.get(year, 0),
            "last_year": numbers.get(kind.pk, queries.kinds.Numbers()).years.get(year - 1, 0),
            "waiting": next((v for v in waiting if v.code == kind.code), None),
        }
        for kind in queries.kinds.kinds()
    ]  # fmt: skip
    return render(
        request, "desk/kinds/list.html",
        {
            "rows": rows, "year": year, "may_count": member.may("desk.lead"), "may_configure": member.may("desk.configure"),
            "waiting": waiting, "names": actor_names({v.maker for v in waiting}), "member": member,
            "drafts": list(drafts.drafts(member, kind_forms.KIND)) if member.may("desk.configure") else [],
        },
    )  # fmt: skip


@door("desk.view")
@require_safe
def kind(request: HttpRequest, code: str) -> HttpResponse:
    return _kind(request, queries.kinds.get(code))


def _kind(request: HttpRequest, found: CaseKind, *, error: str = "", status: int = 200) -> HttpResponse:
    member = _member(request)
    versions = list(queries.kinds.versions(found.code))
    definition = kind_forms.version_of(found).definition
    history = ledger.of_object("case_kind", found.code)
    return render(
        request, "desk/kinds/kind.html",
        {
            "kind": found, "definition": definition, "versions": versions, "history": history,
            "numbers": queries.kinds.numbers(member.branch_id, timezone.now()).get(found.pk, queries.kinds.Numbers()) if member.may("desk.lead") else None,
            "year": shanghai(timezone.now()).year, "clocks": queries.kinds.clocks(found), "policy": kind_words.policy_name(definition["policy"], found.code),
            "routes": queries.kinds.routes(found), "waiting": next((v for v in versions if v.state == State.PROPOSED), None),
            "fields": _field_rows(definition, found.code),
            "names": actor_names({row.actor for row in history} | {v.maker for v in versions} | {v.checker for v in versions}),
            "may_configure": member.may("desk.configure"), "may_retire": member.may("desk.configure") and found.active and not found.built_in,
            "may_rules": member.may("rulebook.view"), "error": error, "reason": request.POST.get("reason", ""),
            **_previews(member, definition, found),
        },
        status=status,
    )  # fmt: skip


# The source's fields of a complaint (T5), which are columns of the record and no part of the kind's form.
COMPLAINT_FORM = (
    ("姓名", "Name"), ("资金账号", "Fund account"), ("联系电话", "Phone"), ("投诉日期", "Date"), ("什么时候", "When it happened"),
    ("涉及的人", "Who"), ("反馈内容", "What"), ("希望的服务", "Service wanted"), ("特别要求", "Special requests"), ("答复要点", "Points of our answer"),
)  # fmt: skip


def fixed_form() -> list[str]:
    return [en if kind_words.english() else zh for zh, en in COMPLAINT_FORM]


def _field_rows(definition: Mapping[str, Any], code: str = "") -> list[dict[str, Any]]:
    return [
        {
            "title": kind_words.title(entry), "lines": kind_words.field_lines(entry)[1:], "entry": entry,
            "fixed": entry["key"] in rules.FIXED.get(code, ()),
        }
        for entry in definition["fields"]
    ]  # fmt: skip


def _previews(member: Member, definition: Mapping[str, Any], kind: CaseKind | None) -> dict[str, Any]:
    """The form as a member and as a client will see it; what is half made is shown as far as it goes."""
    whole = rules.tidy(definition)
    for entry in whole["fields"]:
        entry["name"], entry["name_en"] = entry["name"] or "…", entry["name_en"] or entry["name"] or "…"
    return {
        "as_member": kind_forms.shown(whole["fields"], {}, prefix="member_"),
        "as_client": kind_forms.shown(kind_forms.asked(whole["fields"], inside=False), {}, prefix="client_"),
        "preview": {
            "title": whole["name_en" if kind_words.english() else "name"] or _("（还没有名称）"), "icon": whole["icon"] if whole["icon"] in rules.ICONS else "case",
            "hint": (whole["hint_en"] or whole["hint"]) if kind_words.english() else whole["hint"],
            "portal": whole["portal"], "complaint": bool(kind and kind.complaint),
        },
        "source_form": fixed_form() if kind and kind.complaint else [],
    }  # fmt: skip


@door("desk.configure")
@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Nothing new is opened with it from now on; its cases go on."""
    found = queries.kinds.get(code)
    try:
        done = actions.retire(code=code, by=_member(request), reason=request.POST.get("reason", ""))
    except DomainError as refused:
        return _kind(request, found, error=refused.sentence(), status=refused.status)
    messages.success(request, _("“%(kind)s”已停用，办着的个案照常办完") % {"kind": done.title})
    return redirect("desk:kind", code)


# --- making and changing ----------------------------------------------------------------------------------


@door("desk.configure")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Begin a new kind."""
    draft = kind_forms.begin(_member(request), None)
    return redirect("desk:kind_draft", draft.pk)


@door("desk.configure")
@require_POST
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Begin to change a kind, or go on with what one has begun."""
    draft = kind_forms.begin(_member(request), queries.kinds.get(code))
    return redirect("desk:kind_draft", draft.pk)


@door("desk.configure")
@require_POST
def again(request: HttpRequest, version_id: int) -> HttpResponse:
    """A draft that begins as a version that was sent back or taken back."""
    found = queries.kinds.version(version_id)
    if found.state not in (State.REFUSED, State.WITHDRAWN):
        raise NotFound()
    draft = kind_forms.begin(_member(request), found.kind, found.definition)
    return redirect("desk:kind_draft", draft.pk)


@door("desk.configure")
@require_POST
def drop(request: HttpRequest, draft_id: int) -> HttpResponse:
    drafts.drop(drafts.draft(_member(request), kind_forms.KIND, draft_id))
    messages.success(request, _("草稿已删"))
    return redirect("desk:kinds")


@door("desk.configure")
def draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The editor. Every click sends the whole page; nothing that was typed is lost, with scripts or without."""
    member = _member(request)
    begun = Begun.of(drafts.draft(member, kind_forms.KIND, draft_id))
    if request.method != "POST":
        return _editor(request, begun)
    do = request.POST.get("do", "")
    given = kind_forms.read(request.POST)
    place = "fields"

    def changed(draft: Begun) -> None:
        nonlocal place
        draft.definition, draft.note = given, request.POST.get("note", "")[:300]
        if do == "catch_up":
            kind_forms.catch_up(draft)
        elif do == "propose":
            kind_forms.without_blanks(draft.definition)
        else:
            place = kind_forms.act(draft.definition, do)

    try:
        begun = kind_forms.keep(member, draft_id, request.POST.get("stamp", ""), changed)
        if do != "propose":
            at = place.removeprefix("field-") if not do.startswith("remove") else ""
            opened = f"?open={at}" if at.isdigit() else ""
            return redirect(
                f"{reverse('desk:kind_draft', args=[draft_id])}{opened}#{place if do else 'saved'}"
            )
        made = actions.propose(
            code=begun.code, definition=begun.definition, base=begun.base, by=member, note=begun.note
        )
        drafts.drop(begun.draft)
    except DomainError as refused:
        begun = Begun.of(drafts.draft(member, kind_forms.KIND, draft_id))
        return _editor(request, begun, refused)
    messages.success(request, _("已提交，等另一位同事复核"))
    return redirect("desk:kind_version", made.pk)


def _editor(request: HttpRequest, begun: Begun, refused: DomainError | None = None) -> HttpResponse:
    member, kind = _member(request), begun.kind
    definition = kind_forms.with_rows(begun.definition)
    faults = faults_of(refused) if refused else {}
    overtaken = kind is not None and kind.version != begun.base
    theirs: list[dict[str, Any]] = []
    if kind is not None and overtaken:
        before = kind_forms.version_of(kind, begun.base).definition
        theirs = kind_words.changes(rules.differences(before, kind_forms.version_of(kind).definition))
    values = rulebook.at()
    types = {
        e["key"]: e["type"]
        for v in queries.kinds.versions(begun.code).filter(state=State.APPROVED)
        for e in v.definition["fields"]
    }
    return render(
        request, "desk/kinds/edit.html",
        {
            "begun": begun, "draft": begun.draft, "kind": kind, "d": definition, "error": refused.sentence() if refused else "", "faults": faults,
            "overtaken": overtaken, "theirs": theirs, "waiting": queries.kinds.waiting(begun.code).exclude(maker=member.actor).first() if begun.code else None,
            "rows": [
                {
                    "n": n, "entry": entry, "place": f"f.{n}.", "first": n == 0, "last": n == len(definition["fields"]) - 1,
                    "fixed": entry["key"] in rules.FIXED.get(begun.code, ()), "typed": bool(entry["key"] and entry["key"] in types),
                    "errors": [text for place, text in faults.items() if place.startswith(f"fields.{n}.")],
                    "open": not kind_forms.whole(entry) or request.GET.get("open") == str(n) or any(place.startswith(f"fields.{n}.") for place in faults),
                }
                for n, entry in enumerate(definition["fields"])
            ],
            "types": list(kind_words.TYPE_NAMES.items()), "teams": Centre.choices, "priorities": Priority.choices, "icons": rules.ICONS,
            "policies": [(name, kind_words.policy_name(name, begun.code)) for name in catalog.clock_policies(values) if name != begun.code or name == definition["policy"] or (kind is not None and kind.built_in)],
            "clocks": queries.kinds.clocks(kind or CaseKind(book="brokerage", code=""), definition["policy"]),
            "may_rules": member.may("rulebook.view"), "longest": rules.LONGEST,
            **_previews(member, definition, kind),
        },
        status=refused.status if refused else 200,
    )  # fmt: skip


# --- versions ---------------------------------------------------------------------------------------------


@door("desk.view")
@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    return _version(request, queries.kinds.version(version_id))


def _version(request: HttpRequest, item: KindVersion, *, error: str = "", status: int = 200) -> HttpResponse:
    """One version: what it changes, how the form will look, and the checker's answer."""
    member = _member(request)
    before = KindVersion.objects.filter(code=item.code, number=item.base).first() if item.base else None
    found = CaseKind.objects.filter(code=item.code).first()
    open_ = item.state == State.PROPOSED
    own = item.maker == member.actor
    return render(
        request, "desk/kinds/version.html",
        {
            "version": item, "kind": found, "before": before, "error": error, "reason": request.POST.get("reason", ""),
            "changes": kind_words.changes(rules.differences(before.definition if before else None, item.definition)),
            "names": actor_names({item.maker, item.checker}), "own": own,
            "may_answer": open_ and member.may("desk.approve") and not own, "may_withdraw": open_ and own,
            "may_again": item.state in (State.REFUSED, State.WITHDRAWN) and member.may("desk.configure"),
            "fields": _field_rows(item.definition, item.code),
            "clocks": queries.kinds.clocks(found or CaseKind(book="brokerage", code=item.code), item.definition["policy"]),
            "own_clocks": item.definition["own_clocks"], "may_rules": member.may("rulebook.view"),
            "open_cases": queries.kinds.numbers(member.branch_id, timezone.now()).get(found.pk, queries.kinds.Numbers()).open if found and open_ else 0,
            **_previews(member, item.definition, found),
        },
        status=status,
    )  # fmt: skip


@door("desk.approve")
@require_POST
def answer(request: HttpRequest, version_id: int, answer: str) -> HttpResponse:
    """Put a proposed version into force, or send it back with a reason."""
    member, item = _member(request), queries.kinds.version(version_id)

    def approve() -> HttpResponse:
        done = actions.approve(version_id=version_id, by=member)
        messages.success(request, _("第 %(n)s 版已生效") % {"n": done.version})
        return redirect("desk:kind", done.code)

    def refuse(reason: str) -> None:
        actions.refuse(version_id=version_id, by=member, reason=reason)

    return answered(
        request, item, answer, approve=approve, refuse=refuse, page=_version, address="desk:kind_version"
    )


@door("desk.configure")
@require_POST
def withdraw(request: HttpRequest, version_id: int) -> HttpResponse:
    """Take one's own proposal back; it can be gone on with."""
    actions.withdraw(version_id=version_id, by=_member(request))
    messages.success(request, _("已收回"))
    return redirect("desk:kind_version", version_id)
