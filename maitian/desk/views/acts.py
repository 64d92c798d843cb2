"""What one does in a case. Each act is a form of its own; a refusal comes back with what was typed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maitian.core.errors import DomainError, NotFound
from maitian.core.time import shanghai
from maitian.desk import catalog, presence, queries
from maitian.desk.actions import files, joining, marking, moving, people, talking
from maitian.desk.errors import NotThere
from maitian.desk.kind_forms import answers_of
from maitian.desk.models import Case, CaseChannel, Draft, Entry, Link
from maitian.desk.queries import colleagues
from maitian.desk.rules.states import WORKING, State
from maitian.desk.views import inbox
from maitian.desk.views.promises import made_with
from maitian.staff.access import door
from maitian.staff.models import Member


def _case(request: HttpRequest, ref: str) -> Case:
    return queries.get_visible(request.member, ref)  # type: ignore[attr-defined]


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


def _back(request: HttpRequest, ref: str) -> HttpResponse:
    """To the case, in the list that one came from."""
    query = request.POST.get("list", "")
    target = reverse("desk:case", args=[ref]) + (query if query.startswith("?") else "")
    return redirect(
        target if url_has_allowed_host_and_scheme(target, set()) else reverse("desk:case", args=[ref])
    )


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None


def _answered_meanwhile(request: HttpRequest, case: Case) -> Entry | None:
    """A public answer that a colleague gave after this page was read."""
    seen = _number(request, "seen") or 0
    found = Entry.objects.filter(case_id__in=queries.family(case.pk), kind=Entry.Kind.REPLY, pk__gt=seen)
    return found.exclude(actor=_member(request).actor).order_by("-pk").first()


@door("desk.work")
@require_POST
def say(request: HttpRequest, ref: str) -> HttpResponse:
    """Answer the client, or note something inside, with files; then wait, if asked to."""
    case, member = _case(request, ref), _member(request)
    public = request.POST.get("as", "reply") == "reply"
    given: dict[str, Any] = request.POST.dict()
    body, channel = request.POST.get("body", ""), request.POST.get("channel", "portal")
    if channel not in CaseChannel.values:
        raise NotFound()
    if public and not request.POST.get("anyway"):
        other = _answered_meanwhile(request, case)
        if other is not None:
            name = (
                Member.objects.get(pk=int(other.actor[7:])).title
                if other.actor.startswith("member:")
                else _("系统")
            )
            error = _("您写的时候，%(name)s 已经答复了客户。看看上面的答复，还要发就再点一次。") % {
                "name": name
            }
            return inbox.page(request, case, error=error, field="meanwhile", given=given, status=409)
    try:
        kept = files.check(request.FILES.getlist("files"))
        with transaction.atomic():
            if public:
                wait = request.POST.get("then", "")
                entry = talking.reply(
                    case_id=case.pk, by=member, body=body, channel=channel,
                    wait=wait if wait in (State.WAITING_CLIENT, State.WAITING_OTHERS) else "",
                )  # fmt: skip
                if request.POST.get("plan"):
                    talking.plan_stated(case_id=case.pk, by=member, entry=entry)
            else:
                entry = talking.note(case_id=case.pk, by=member, body=body)
            files.attach(entry=entry, files=kept, actor=member.actor, public=public)
            made_with(request, client_id=case.client_id, by=member, case_id=case.pk, entry=entry)
    except DomainError as refused:
        return inbox.page(
            request,
            case,
            error=refused.sentence(),
            field=refused.field or "",
            given=given,
            status=refused.status,
        )
    messages.success(request, _("已答复客户") if public else _("已记下"))
    return _back(request, ref)


@door("desk.work")
@require_POST
def resolve(request: HttpRequest, ref: str) -> HttpResponse:
    """Give the client a definite result."""
    case = _case(request, ref)
    given = request.POST.dict()
    try:
        moving.resolve(
            case_id=case.pk, by=_member(request), result=request.POST.get("result", ""), body=request.POST.get("result_body", ""),
            channel=request.POST.get("channel", "portal") if request.POST.get("channel") in CaseChannel.values else "portal",
        )  # fmt: skip
    except DomainError as refused:
        return inbox.page(
            request, case, error=refused.sentence(), field="result", given=given, status=refused.status
        )
    messages.success(request, _("已给客户结果"))
    return _back(request, ref)


@door("desk.work")
@require_POST
def move(request: HttpRequest, ref: str, state: str) -> HttpResponse:
    """Wait, go on, close, open again."""
    case, member = _case(request, ref), _member(request)
    reason = request.POST.get("reason", "")
    if state in WORKING and state != State.REOPENED:
        moving.wait(case_id=case.pk, by=member, state=state, reason=reason)
    elif state == State.CLOSED:
        moving.close(case_id=case.pk, actor=member.actor)
    elif state == State.REOPENED:
        moving.reopen(case_id=case.pk, actor=member.actor, reason=reason)
    else:
        raise NotFound()
    return _back(request, ref)


@door("desk.work")
@require_POST
def take(request: HttpRequest, ref: str) -> HttpResponse:
    people.take(case_id=_case(request, ref).pk, by=_member(request))
    messages.success(request, _("您接了这件，一跟到底"))
    return _back(request, ref)


# What was typed into the field for a colleague, by form, as the page gives it back.
WORDS = {"assign": "assign_to", "hand_over": "hand_to", "avoid": "avoid_member"}


def _refused(request: HttpRequest, case: Case, refused: DomainError, form: str) -> HttpResponse:
    """The page again, the form open with what was typed and what is wrong with it."""
    if refused.status in (403, 404):
        raise refused
    given = {**request.POST.dict(), WORDS[form]: request.POST.get("member" if form == "avoid" else "to", "")}
    return inbox.page(request, case, error=refused.sentence(), field=form, given=given, status=refused.status)


@door("desk.work")
@require_POST
def assign(request: HttpRequest, ref: str) -> HttpResponse:
    """To a colleague, or to a centre's queue."""
    case, member = _case(request, ref), _member(request)
    try:
        chosen = colleagues.chosen(member, request.POST.get("to", ""), teams=True)
        people.assign(
            case_id=case.pk, by=member, member_id=chosen.member.pk if chosen.member else None, team=chosen.team,
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except DomainError as refused:
        return _refused(request, case, refused, "assign")
    messages.success(request, _("已指派"))
    still = queries.can_see(_member(request), _case_id(ref))
    return _back(request, ref) if still else redirect("desk:inbox")


def _case_id(ref: str) -> int:
    found = queries.find(ref)
    return found.pk if found else 0


@door("desk.work")
@require_POST
def hand_over(request: HttpRequest, ref: str) -> HttpResponse:
    """Who answers for it until the definite result."""
    case, member = _case(request, ref), _member(request)
    try:
        chosen = colleagues.chosen(member, request.POST.get("to", "")).member
        people.hand_over(
            case_id=case.pk,
            by=member,
            member_id=chosen.pk if chosen else 0,
            reason=request.POST.get("reason", ""),
        )
    except DomainError as refused:
        return _refused(request, case, refused, "hand_over")
    messages.success(request, _("已交接"))
    still = queries.can_see(_member(request), _case_id(ref))
    return _back(request, ref) if still else redirect("desk:inbox")


@door("desk.view")
@require_POST
def watch(request: HttpRequest, ref: str) -> HttpResponse:
    people.watch(case_id=_case(request, ref).pk, member=_member(request), on=request.POST.get("on") != "0")
    return _back(request, ref)


@door("desk.lead")
@require_POST
def avoid(request: HttpRequest, ref: str) -> HttpResponse:
    """Who keeps out of it."""
    case, member = _case(request, ref), _member(request)
    try:
        chosen = colleagues.chosen(member, request.POST.get("member", "")).member
        people.name_member(
            case_id=case.pk, by=member, member_id=chosen.pk if chosen else 0, on=request.POST.get("on") != "0"
        )
    except DomainError as refused:
        return _refused(request, case, refused, "avoid")
    return _back(request, ref)


@door("desk.work")
@require_POST
def tag(request: HttpRequest, ref: str) -> HttpResponse:
    marking.tag(
        case_id=_case(request, ref).pk,
        by=_member(request),
        name=request.POST.get("tag", ""),
        on=request.POST.get("on") != "0",
    )
    return _back(request, ref)


@door("desk.work")
@require_POST
def priority(request: HttpRequest, ref: str) -> HttpResponse:
    given = request.POST.get("priority", "")
    if given not in ("0", "1", "2", "3"):
        raise NotFound()
    marking.set_priority(case_id=_case(request, ref).pk, by=_member(request), priority=int(given))
    return _back(request, ref)


@door("desk.work")
@require_POST
def fill(request: HttpRequest, ref: str) -> HttpResponse:
    """The form with which the case was taken."""
    case = _case(request, ref)
    given = request.POST.dict()
    try:
        fields = catalog.form_of(case.kind_id, case.form_version)
        answers = colleagues.numbered(_member(request), fields, answers_of(fields, request.POST))
        private = queries.private_of(case).get("answers", {})
        for entry in fields:  # a personal answer is shown masked and is kept unless it is typed anew
            if entry.get("personal") and not answers[entry["key"]] and entry["key"] in private:
                answers[entry["key"]] = private[entry["key"]]
        marking.fill_form(case_id=case.pk, by=_member(request), answers=answers)
    except DomainError as refused:
        return inbox.page(
            request, case, error=refused.sentence(), field="form", given=given, status=refused.status
        )
    messages.success(request, _("已存"))
    return _back(request, ref)


@door("desk.work")
@require_POST
def change_kind(request: HttpRequest, ref: str) -> HttpResponse:
    """Another kind, with its form and its clocks."""
    case = marking.change_kind(
        case_id=_case(request, ref).pk, by=_member(request), kind=request.POST.get("kind", "")
    )
    messages.success(request, _("现在是“%(kind)s”") % {"kind": case.kind.title})
    return _back(request, ref)


def _other(request: HttpRequest, name: str) -> Case:
    """A case that the member names by its number, of those he may see."""
    given = request.POST.get(name, "").strip()
    found = queries.find(given)
    if found is None or not queries.can_see(_member(request), found.pk):
        raise NotThere(name, ref=given[:30])
    return found


@door("desk.work")
@require_POST
def merge(request: HttpRequest, ref: str) -> HttpResponse:
    case = _case(request, ref)
    survivor = joining.merge(case_id=case.pk, survivor_id=_other(request, "other").pk, by=_member(request))
    messages.success(request, _("%(ref)s 并入了 %(survivor)s") % {"ref": case.ref, "survivor": survivor.ref})
    return redirect(f"{reverse('desk:case', args=[survivor.ref])}?from={case.ref}")


@door("desk.work")
@require_POST
def unmerge(request: HttpRequest, ref: str) -> HttpResponse:
    case = joining.unmerge(case_id=_case(request, ref).pk, by=_member(request))
    messages.success(request, _("已撤销合并"))
    return _back(request, case.ref)


@door("desk.work")
@require_POST
def split(request: HttpRequest, ref: str, entry_id: int) -> HttpResponse:
    case = _case(request, ref)
    if not Entry.objects.filter(pk=entry_id, case_id__in=queries.family(case.pk)).exists():
        raise NotFound()
    kind = catalog.kind(request.POST.get("kind", "enquiry"))
    made = joining.split(entry_id=entry_id, by=_member(request), kind=kind.code)
    messages.success(request, _("拆出了 %(ref)s") % {"ref": made.ref})
    return redirect("desk:case", made.ref)


@door("desk.work")
@require_POST
def link(request: HttpRequest, ref: str) -> HttpResponse:
    kind = request.POST.get("kind", Link.Kind.RELATED)
    if kind not in Link.Kind.values or kind == Link.Kind.SPLIT_FROM:
        raise NotFound()
    joining.link(
        case_id=_case(request, ref).pk, other_id=_other(request, "other").pk, by=_member(request), kind=kind
    )
    return _back(request, ref)


@door("desk.work")
@require_POST
def unlink(request: HttpRequest, ref: str, link_id: int) -> HttpResponse:
    joining.unlink(link_id=link_id, case_id=_case(request, ref).pk, by=_member(request))
    return _back(request, ref)


@door("desk.work")
@require_POST
def parent(request: HttpRequest, ref: str) -> HttpResponse:
    wanted = _other(request, "other").pk if request.POST.get("other", "").strip() else None
    joining.set_parent(case_id=_case(request, ref).pk, parent_id=wanted, by=_member(request))
    return _back(request, ref)


# --- while one types ---------------------------------------------------------------------------------------


@door("desk.work")
@require_POST
def draft(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep what is typed; an empty text forgets it."""
    case, member = _case(request, ref), _member(request)
    body = request.POST.get("body", "")[:20_000]
    now = timezone.now()
    if body.strip():
        Draft.objects.update_or_create(
            case=case, member=member, kind="reply", defaults={"body": body, "saved_at": now}
        )
    else:
        Draft.objects.filter(case=case, member=member, kind="reply").delete()
    return JsonResponse({"saved": f"{shanghai(now):%H:%M}" if body.strip() else ""})


@door("desk.view")
@require_POST
def presence_beat(request: HttpRequest, ref: str) -> HttpResponse:
    """This member looks at the case, types, or has left."""
    case, member = _case(request, ref), _member(request)
    if request.POST.get("left"):
        presence.left(case.pk, member)
    else:
        presence.here(case.pk, member, typing=request.POST.get("typing") == "1")
    return HttpResponse(status=204)
