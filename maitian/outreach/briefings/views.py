"""Console pages of briefings: list, form, one briefing with its guests, the door, notes and follow-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients import conditions
from maitian.clients.builder import Builder
from maitian.clients.queries import get_visible
from maitian.clients.views import found_by
from maitian.core import ledger, rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import LedgerEntry
from maitian.outreach.briefings import actions, forms, queries, rules
from maitian.outreach.briefings.errors import CodeUnknown, NotSignedUp
from maitian.outreach.briefings.models import Briefing, Guest
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import window


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined, no-any-return]


@door("briefings.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Briefings, the latest beginning first; what waits for a checker on top."""
    member = _member(request)
    state = request.GET.get("state", "")
    found = window(queries.briefings(state), request, size=30)
    return render(
        request, "outreach/briefings/list.html",
        {
            "window": found, "state": state, "states": Briefing.State.choices, "may_write": member.may("briefings.write"),
            "waiting": list(queries.proposals()[:20]) if member.may("briefings.approve") else [],
        },
    )  # fmt: skip


@door("briefings.write")
def edit(request: HttpRequest, briefing_id: int | None = None) -> HttpResponse:
    """A new briefing, or a draft changed; what was typed stays when something is wrong."""
    member = _member(request)
    item = queries.briefing(briefing_id) if briefing_id else None
    status = 200
    if request.method == "POST":
        form, builder = forms.BriefingForm(request.POST), Builder.from_data(request.POST, "c")
        if "c.do" not in request.POST:
            status = 422
            try:
                tree = builder.tree() if builder.started else {}
                if form.is_valid():
                    given = request.POST.get("revision", "")
                    saved = actions.save(
                        briefing_id, {**form.values(), "audience": tree}, actor=member.actor,
                        revision=int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None,
                    )  # fmt: skip
                    messages.success(request, _("存好了"))
                    return redirect("outreach:briefing", saved.pk)
            except DomainError as refused:
                if isinstance(refused, NotFound):
                    raise
                form.is_valid()
                _on(form, refused)
    else:
        form = forms.BriefingForm(initial=forms.BriefingForm.initial_of(item) if item else {"seats": 40})
        builder = Builder.from_tree(item.audience or None if item else None, "c")
    return render(
        request, "outreach/briefings/form.html",
        {"form": form, "briefing": item, "builder": builder, "found": found_by(member, builder)}, status=status,
    )  # fmt: skip


def _on(form: forms.WhenForm, refused: DomainError) -> None:
    """A refusal beside its field, else on top."""
    name = form.FIELD_OF.get(refused.field or "", refused.field)
    form.add_error(name if name in form.fields else None, refused.sentence())


@door("briefings.view")
@require_safe
def briefing(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """One briefing: what it is, how sign-up stands, the guests, and what may be done now."""
    return _page(request, queries.briefing(briefing_id))


def _page(request: HttpRequest, item: Briefing, problem: str = "", status: int = 200) -> HttpResponse:
    member = _member(request)
    now = timezone.now()
    chosen = request.GET.get("guests", "")
    found = window(queries.guests(item, member, chosen), request, size=50)
    history = [
        ledger.item(row)
        for row in LedgerEntry.objects.filter(
            object_kind="briefing", object_id=str(item.pk), client_id=None
        ).order_by("-number")[:20]
    ]
    begun = item.state not in (Briefing.State.DRAFT, Briefing.State.PROPOSED)
    own = member.actor in (item.maker, item.proposer)
    opens = rules.door_opens(item.starts_at, rulebook.at(now).outreach.briefings.door_minutes)
    events = queries.follow_ups(item) if item.state == Briefing.State.HELD else {}
    names = {"attended": _("到场的"), "missed": _("有座位没来的"), "asked": _("报名时提了问题的")}
    return render(
        request, "outreach/briefings/briefing.html",
        {
            "briefing": item, "figures": queries.figures(item) if begun else None, "invitation": actions.invitation_of(item),
            "audience": conditions.sentence(item.audience) if item.audience else _("全部在册客户"),
            "window": found, "rows": queries.dressed(list(found.rows), member), "chosen": chosen,
            "groups": [(key, names[key], events.get(key), actions.in_group(item, key).count()) for key in actions.GROUPS] if item.state == "held" else [],
            "history": history, "names": actor_names({row.actor for row in history}), "own": own, "problem": problem, "typed": request.POST,
            "may_write": member.may("briefings.write"), "may_send": member.may("outreach.decide"), "now": now, "begun": begun,
            "may_answer": item.state == "proposed" and member.may("briefings.approve") and not own,
            "may_sign_up": item.state == "open" and member.may("briefings.sign_up") and now < item.sign_up_by,
            "may_let_in": item.state == "open" and member.may("briefings.let_in"), "door_opens": opens, "door_is_open": now >= opens,
        },
        status=status,
    )  # fmt: skip


def _act(
    request: HttpRequest, briefing_id: int, work: Callable[[], Any], done: str, to: str = "outreach:briefing"
) -> HttpResponse:
    """Do it and go back; a refusal stands on top of the page, with what was typed."""
    try:
        work()
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _page(request, queries.briefing(briefing_id), refused.sentence(), refused.status)
    messages.success(request, done)
    return redirect(to, briefing_id)


@door("briefings.write")
@require_POST
def propose(request: HttpRequest, briefing_id: int) -> HttpResponse:
    actor = _member(request).actor
    return _act(
        request, briefing_id, lambda: actions.propose(briefing_id, actor=actor), _("已提交，等另一位同事复核")
    )


@door("briefings.write")
@require_POST
def withdraw(request: HttpRequest, briefing_id: int) -> HttpResponse:
    actor = _member(request).actor
    return _act(
        request, briefing_id, lambda: actions.withdraw(briefing_id, actor=actor), _("已收回，可以接着改")
    )


@door("briefings.approve")
@require_POST
def answer(request: HttpRequest, briefing_id: int, answer: str) -> HttpResponse:
    """Open it for sign-up, or send it back with a reason."""
    actor, reason = _member(request).actor, request.POST.get("reason", "")
    if answer == "approve":
        return _act(
            request, briefing_id, lambda: actions.approve(briefing_id, actor=actor), _("复核通过，可以报名了")
        )
    if answer == "refuse":
        return _act(
            request, briefing_id, lambda: actions.refuse(briefing_id, reason=reason, actor=actor), _("已退回")
        )
    raise NotFound()


@door("briefings.write")
@require_POST
def invite(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """Decide who gets the invitation; the send's own page says who and why, and sends."""
    try:
        event = actions.invite(briefing_id, actor=_member(request).actor)
    except DomainError as refused:
        if isinstance(refused, NotFound):
            raise
        return _page(request, queries.briefing(briefing_id), refused.sentence(), refused.status)
    return redirect("outreach:event", event.pk)


@door("briefings.write")
def change(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """Another time, place or number of seats, while it is open."""
    item = queries.briefing(briefing_id)
    form = forms.WhenForm(request.POST or None, initial=forms.WhenForm.initial_of(item))
    if request.method == "POST" and form.is_valid():
        try:
            actions.move(briefing_id, form.values(), actor=_member(request).actor)
        except DomainError as refused:
            _on(form, refused)
        else:
            messages.success(request, _("改好了；时间或地点变了，报了名的客户会收到通知"))
            return redirect("outreach:briefing", briefing_id)
    return render(
        request,
        "outreach/briefings/change.html",
        {"form": form, "briefing": item},
        status=422 if form.errors else 200,
    )


@door("briefings.write")
def call_off(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """Asked first, with who will be told; then done."""
    item = queries.briefing(briefing_id)
    problem = ""
    if request.method == "POST":
        try:
            actions.call_off(briefing_id, reason=request.POST.get("reason", ""), actor=_member(request).actor)
        except DomainError as refused:
            problem = refused.sentence()
        else:
            messages.success(request, _("已取消，报了名的客户会收到通知"))
            return redirect("outreach:briefing", briefing_id)
    return render(
        request, "outreach/briefings/call_off.html",
        {"briefing": item, "problem": problem, "typed": request.POST}, status=422 if problem else 200,
    )  # fmt: skip


# --- guests and the door -----------------------------------------------------------------------------------------


@door("briefings.sign_up")
@require_POST
def add_guest(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """A colleague signs one of his own clients up, found by the fund account."""
    member = _member(request)

    def work() -> None:
        client_id = queries.client_of_account(member, request.POST.get("account", ""))
        actions.sign_up(briefing_id, client_id, actor=member.actor, question=request.POST.get("question", ""))

    return _act(request, briefing_id, work, _("报好名了"))


@door("briefings.sign_up")
@require_POST
def take_out(request: HttpRequest, briefing_id: int, client_id: int) -> HttpResponse:
    """A client will not come; the seat goes to the first who waits."""
    member = _member(request)
    if not queries.sees_all(member):
        get_visible(member, client_id)
    return _act(
        request,
        briefing_id,
        lambda: actions.leave(briefing_id, client_id, actor=member.actor),
        _("已退出，座位让给候补"),
    )


@door("briefings.let_in")
def entrance(request: HttpRequest, briefing_id: int) -> HttpResponse:
    """The door: a field for the code (a scanner types it), and everybody who is expected."""
    item = queries.briefing(briefing_id)
    problem, status, guest, first = "", 200, None, True
    if request.method == "POST":
        try:
            guest, first = _let_in(request, item)
        except DomainError as refused:
            problem, status = refused.sentence(), refused.status
        item = queries.briefing(briefing_id)
    return _entrance(request, item, problem, status, guest, first)


def _let_in(request: HttpRequest, item: Briefing) -> tuple[Guest, bool]:
    member = _member(request)
    known = request.POST.get("guest", "")
    if known.isascii() and known.isdigit() and len(known) < 16:
        listed = Guest.objects.filter(pk=int(known), briefing=item).first()
        if listed is None:
            raise NotSignedUp()
        if request.POST.get("do") == "undo":
            return actions.undo_let_in(item.pk, listed.client_id, actor=member.actor), False
        return actions.let_in(item.pk, actor=member.actor, client_id=listed.client_id)
    account = request.POST.get("account", "").strip()
    if account:
        client_id = queries.client_of_account(member, account)
        actions.sign_up(item.pk, client_id, actor=member.actor, at_the_door=True)
        return actions.let_in(item.pk, actor=member.actor, client_id=client_id)
    code = request.POST.get("code", "")
    if not rules.code_in(code):
        raise CodeUnknown()
    return actions.let_in(item.pk, actor=member.actor, code=code)


def _entrance(
    request: HttpRequest, item: Briefing, problem: str, status: int, guest: Guest | None, first: bool
) -> HttpResponse:
    member = _member(request)
    found = window(queries.at_the_door(item), request, size=100)
    now = timezone.now()
    opens = rules.door_opens(item.starts_at, rulebook.at(now).outreach.briefings.door_minutes)
    return render(
        request, "outreach/briefings/door.html",
        {
            "briefing": item, "window": found, "rows": queries.dressed(list(found.rows), member), "problem": problem, "opens": opens,
            "is_open": now >= opens and item.state == Briefing.State.OPEN, "first": first, "undone": request.POST.get("do") == "undo",
            "shown": queries.dressed([guest], member)[0] if guest is not None else None, "typed": request.POST if problem else {},
        },
        status=status,
    )  # fmt: skip


@door("briefings.let_in")
@require_safe
def code(request: HttpRequest, code: str) -> HttpResponse:
    """What a phone opens that has read a guest's QR code: who it is, and one button."""
    guest = actions.guest_of_code(code)
    if guest is None:
        raise NotFound()
    member = _member(request)
    return render(
        request, "outreach/briefings/code.html",
        {"guest": guest, "briefing": guest.briefing, **queries.dressed([guest], member)[0]},
    )  # fmt: skip


# --- afterwards ----------------------------------------------------------------------------------------------------


@door("briefings.write")
@require_POST
def notes(request: HttpRequest, briefing_id: int) -> HttpResponse:
    actor, text = _member(request).actor, request.POST.get("notes", "")
    return _act(
        request,
        briefing_id,
        lambda: actions.write_notes(briefing_id, text, actor=actor),
        _("纪要发布了，客户能在客户端看到"),
    )


@door("briefings.write")
@require_POST
def follow_up(request: HttpRequest, briefing_id: int) -> HttpResponse:
    post, actor = request.POST, _member(request).actor
    return _act(
        request, briefing_id,
        lambda: actions.follow_up(briefing_id, post.get("group", ""), post.get("words", ""), actor=actor),
        _("任务派给客户经理了"),
    )  # fmt: skip
