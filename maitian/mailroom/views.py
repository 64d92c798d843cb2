"""Pages of the mailroom: what waits, what is held and why, what became of every mail."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import jobs
from maitian.core.errors import DomainError, NotFound
from maitian.desk.actions import alarms as desk_alarms
from maitian.desk.models import ComplaintKind, Severity
from maitian.desk.queries import can_see, survivor_of, visible_refs
from maitian.mailroom import queries
from maitian.mailroom.actions import deciding, sending
from maitian.mailroom.errors import LetterMoved, WhoMissing
from maitian.mailroom.models import Letter, Mail, Mailbox
from maitian.mailroom.rules.refusing import Reason
from maitian.staff.access import door
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import window


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined,no-any-return]


@door("mailroom.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Mails by what became of them; every one that came in stands in exactly one list."""
    view = request.GET.get("view", "waiting")
    view = view if view in queries.VIEWS else "waiting"
    found = queries.account()
    return render(
        request, "mailroom/list.html",
        {
            "view": view, "window": window(queries.listing(view), request, size=30), "account": found,
            "views": [(state, Mail.State(state).label, found.out[state]) for state in queries.VIEWS],
            "alarms": queries.alarm_counts(_member(request)), "boxes": list(Mailbox.objects.order_by("name")), "letters": list(queries.not_sent()[:5]),
            "may_work": _member(request).may("mailroom.work"), "strangers": queries.strangers_rule(),
            "may_rules": _member(request).may("rulebook.view"),
        },
    )  # fmt: skip


@door("mailroom.view")
@require_safe
def alarms(request: HttpRequest) -> HttpResponse:
    """Reminders of clocks to colleagues by mail, by what became of them."""
    member = _member(request)
    view = request.GET.get("view", "")
    counts = queries.alarm_counts(member)
    if view not in queries.ALARMS:  # what somebody has to look at, before what takes care of itself
        view = next((name for name in ("doubt", "failed", "waiting") if counts[name]), "sent")
    found = window(queries.alarms(member, view), request, size=30)
    seen = visible_refs(member, [row.clock.case.ref for row in found.rows])
    return render(
        request, "mailroom/alarms.html",
        {
            "view": view, "window": found, "rows": [{"mail": row, "seen": row.clock.case.ref in seen, "late": row.clock.due_at < row.at} for row in found.rows],
            "views": [(name, label, counts[name]) for name, (label, _states) in queries.ALARMS.items()],
            "most": queries.MOST_COUNTED, "may_work": member.may("mailroom.work"),
        },
    )  # fmt: skip


@door("mailroom.work")
@require_POST
def resend_alarm(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Send a reminder again that is in doubt or did not arrive; pressed twice it goes once."""
    member = _member(request)
    found = queries.alarm(member, mail_id)
    given = request.POST.get("resends", "")
    try:
        desk_alarms.send_again(
            mail_id=found.pk, by=member, double_accepted=bool(request.POST.get("double_accepted")),
            resends=int(given) if given.isascii() and given.isdigit() and len(given) < 6 else -1,
        )  # fmt: skip
        messages.success(request, _("已重发，一分钟内发出"))
    except DomainError as refused:
        messages.error(request, refused.sentence())
    back = request.POST.get("view", "")
    return redirect(f"{reverse('mailroom:alarms')}?view={back if back in queries.ALARMS else 'doubt'}")


@door("mailroom.work")
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Look into the mailbox now instead of within the minute."""
    jobs.defer("mailroom.fetch")
    messages.success(request, _("正在收，几秒后刷新看"))
    return redirect("mailroom:list")


@door("home.view")
@require_safe
def mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail, with what may be done about it."""
    return _page(request, queries.get(_member(request), mail_id))


def _page(
    request: HttpRequest, found: Mail, *, error: str = "", failed: str = "", status: int = 200
) -> HttpResponse:
    member = _member(request)
    waits = found.state in queries.OPEN
    return render(
        request, "mailroom/mail.html",
        {
            "mail": found, "files": queries.files_of(found), "names": actor_names({found.decided_by}), "error": error, "failed": failed,
            "candidates": [(client, client.accounts.order_by("number").first()) for client in queries.candidates(member, found)] if waits else [],
            "may_claim": waits and member.may("mailroom.work") and found.reason != Reason.TOO_LARGE,
            "may_release": found.state == Mail.State.HELD and member.may("mailroom.work") and found.reason != Reason.TOO_LARGE,
            "may_drop": waits and member.may("mailroom.work"), "given": request.POST,
            "may_complain": member.may("mailroom.work") and found.reason != Reason.TOO_LARGE and (waits or _may_become_complaint(found)),
            "waits": waits, "complaint_kinds": ComplaintKind.choices, "severities": Severity.choices,
        },
        status=status,
    )  # fmt: skip


def _may_become_complaint(mail: Mail) -> bool:
    case = survivor_of(mail.case) if mail.state == Mail.State.TAKEN and mail.case is not None else None
    return case is not None and not case.kind.complaint


@door("home.view")
@require_safe
def original(request: HttpRequest, mail_id: int) -> FileResponse:
    """The message as it came, as a download; nothing of it is ever shown as HTML."""
    found = queries.get(_member(request), mail_id)
    if not found.raw:
        raise NotFound()
    return FileResponse(
        found.raw.open("rb"), as_attachment=True, filename=f"mail-{found.pk}.eml", content_type="message/rfc822",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )  # fmt: skip


@door("mailroom.work")
@require_POST
def step(request: HttpRequest, mail_id: int, step: str) -> HttpResponse:
    """Let in, claim, record as a complaint, drop."""
    member = _member(request)
    found = queries.get(member, mail_id)
    steps = {"release": _release, "claim": _claim, "drop": _drop, "complain": _complain}
    if step not in steps:
        raise NotFound()
    try:
        return steps[step](request, found, member)
    except DomainError as refused:
        if refused.status in (403, 404):
            raise
        return _page(
            request,
            queries.get(member, mail_id),
            error=refused.sentence(),
            failed=step,
            status=refused.status,
        )


def _release(request: HttpRequest, found: Mail, member: Member) -> HttpResponse:
    done = deciding.release(mail_id=found.pk, by=member)
    messages.success(request, _("已放行：%(state)s") % {"state": done.get_state_display()})
    return redirect("mailroom:list")


def _claim(request: HttpRequest, found: Mail, member: Member) -> HttpResponse:
    given: Any = request.POST
    who, account = given.get("who", ""), given.get("account", "").strip()
    if who.startswith("account-"):
        account = who[8:]
    elif who != "stranger" and not account:
        raise WhoMissing()
    case = deciding.claim(
        mail_id=found.pk, by=member, account=account, stranger=who == "stranger", ref=given.get("ref", "")
    )
    messages.success(request, _("已放进 %(ref)s") % {"ref": case.ref})
    return redirect("mailroom:list")


def _complain(request: HttpRequest, found: Mail, member: Member) -> HttpResponse:
    given = request.POST
    case = deciding.complain(
        mail_id=found.pk, by=member, complaint_kind=given.get("complaint_kind", ""), severity=given.get("severity", "ordinary"),
        account=given.get("account", ""), name=given.get("name", ""), identity=given.get("identity", ""),
    )  # fmt: skip
    messages.success(request, _("已登记为投诉 %(ref)s，确认信会发给客户") % {"ref": case.ref})
    return redirect("desk:case", case.ref) if can_see(member, case.pk) else redirect("mailroom:list")


@door("mailroom.work")
@require_POST
def resend(request: HttpRequest, letter_id: int) -> HttpResponse:
    """Send a letter again that is in doubt or was refused; pressed twice it goes once."""
    member = _member(request)
    letter = queries.letter(member, letter_id)
    given = request.POST.get("resends", "")
    try:
        sending.resend(
            letter_id=letter.pk, by=member, double_accepted=bool(request.POST.get("double_accepted")),
            resends=int(given) if given.isascii() and given.isdigit() and len(given) < 6 else -1,
        )  # fmt: skip
        messages.success(request, _("已重发，结果写在个案里"))
    except LetterMoved:
        if letter.state in (Letter.State.WAITING, Letter.State.SENDING, Letter.State.SENT):
            messages.info(request, _("已经在重发了，没有再发一次"))
        else:
            messages.error(request, LetterMoved(state=letter.get_state_display()).sentence())
    except DomainError as refused:
        messages.error(request, refused.sentence())
    return redirect("desk:case", letter.case.ref if letter.case else "")


def _drop(request: HttpRequest, found: Mail, member: Member) -> HttpResponse:
    deciding.drop(mail_id=found.pk, by=member, reason=request.POST.get("reason", ""))
    messages.success(request, _("已丢弃，记录还在"))
    return redirect("mailroom:list")
