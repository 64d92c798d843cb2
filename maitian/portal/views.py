"""The portal: what a client sees, thumb first. Every read takes ``request.client_id`` and nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from maitian.clients import actions as clients
from maitian.clients.models import (
    Assessment,
    Channel,
    Client,
    ContactPoint,
    Follow,
    MessageClass,
    RiskClass,
    Security,
)
from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError, NotFound
from maitian.core.privacy import mask_email, mask_phone
from maitian.library import actions as library_actions
from maitian.library import queries as library
from maitian.library.errors import UnsuitableForLowest
from maitian.offerings import actions as offering_actions
from maitian.offerings import queries as offerings
from maitian.offerings.words import described
from maitian.outreach import actions as outreach_actions
from maitian.outreach import queries as outreach
from maitian.outreach import unsubscribe as unsubscribing
from maitian.outreach.briefings import queries as briefing_queries
from maitian.outreach.shares import queries as share_queries
from maitian.portal import actions, links
from maitian.portal import cases as portal_cases
from maitian.portal.middleware import SESSION_KEY
from maitian.staff.access import portal_door
from maitian.ui.doors import public
from maitian.ui.paging import window


def _client(request: HttpRequest) -> Client:
    return Client.objects.select_related("person", "manager").get(pk=request.client_id)  # type: ignore[attr-defined]


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """Fund account and password (G11)."""
    target = request.POST.get("next") or request.GET.get("next", "/portal/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/portal/"
    error = ""
    if request.method == "POST":
        try:
            client_id = actions.sign_in(request.POST.get("account", ""), request.POST.get("password", ""))
        except DomainError as refused:
            error = refused.sentence()
        else:
            request.session.flush()
            request.session[SESSION_KEY] = client_id
            return redirect(target)
    return render(
        request,
        "portal/sign_in.html",
        {"error": error, "next": target, "account": request.POST.get("account", "")},
        status=401 if error else 200,
    )


@portal_door
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("portal:sign_in")


@portal_door
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Level, who looks after me, what is new."""
    client = _client(request)
    newest = list(library.listing({}, published_only=True)[:12])
    readable = [item for item, open_ in library.readable(client.pk, newest) if open_]
    return render(
        request, "portal/home.html",
        {"record": client, **portal_cases.for_home(client.pk), "short": [item for item in share_queries.of_client(client.pk) if item.state == "open"], "level": offerings.level_of(client.pk), "inbox": outreach.inbox(client.pk, limit=3), "unread": outreach.unread(client.pk), "briefings": briefing_queries.of_client(client.pk, past=0)[:3],
         "reports": readable[:4], "today": business_time.today(), "trading": business_time.calendar("trading").is_open(timezone.now())},
    )  # fmt: skip


@portal_door
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages, newest first."""
    return render(request, "portal/inbox.html", {"messages_in": outreach.inbox(request.client_id, limit=100)})  # type: ignore[attr-defined]


@portal_door
@require_safe
def message(request: HttpRequest, event_id: int) -> HttpResponse:
    """One message; opening it marks it read."""
    found = outreach.message_of(request.client_id, event_id)  # type: ignore[attr-defined]
    outreach_actions.mark_read(request.client_id, event_id)  # type: ignore[attr-defined]
    leads = links.address(request.client_id, found["object"])  # type: ignore[attr-defined]
    return render(request, "portal/message.html", {"message": found, "leads": leads})


@portal_door
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The library as this client sees it: open ones and locked ones."""
    filters = {name: request.GET.get(name, "") for name in ("q", "kind")}
    found = window(library.listing(filters, published_only=True), request, size=20)
    rows = library.readable(request.client_id, list(found.rows))  # type: ignore[attr-defined]
    return render(
        request,
        "portal/reports.html",
        {"window": found, "rows": rows, "filters": filters, "families": library.families()},
    )


@portal_door
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """A report: open, locked with the level that it needs, or above the client's class after a warning."""
    client = _client(request)
    found = library.read(client.pk, report_id)
    if found.entitled and found.suited.reason == "lowest_class":
        return render(
            request,
            "portal/report.html",
            {"reading": found, "show": False, "sentence": UnsuitableForLowest().sentence()},
        )
    show = found.open or (
        found.on_request and request.method == "POST" and request.POST.get("understood") == "1"
    )
    if show:
        library_actions.record_reading(client.pk, found.report)
    names = Security.objects.filter(symbol__in=found.report.securities)
    rate = found.needs.commission_rate / 1000 if found.needs else None
    return render(
        request,
        "portal/report.html",
        {"reading": found, "show": show, "securities": names, "rate": rate, "record": client},
    )


@portal_door
@require_safe
def report_pdf(request: HttpRequest, report_id: int) -> Any:
    """The PDF, under the same conditions as the text."""
    found = library.read(request.client_id, report_id)  # type: ignore[attr-defined]
    if not found.open or not found.report.pdf:
        raise NotFound()
    return FileResponse(
        found.report.pdf.open("rb"), content_type="application/pdf", filename=f"report-{report_id}.pdf"
    )


@portal_door
@require_safe
def shares(request: HttpRequest) -> HttpResponse:
    """My allotments: what is to be paid, what is there, until when (E5)."""
    client_id = request.client_id  # type: ignore[attr-defined]
    defaults, ban = share_queries.ban_of(client_id)
    limit, days = share_queries.rules_of_default()
    return render(
        request,
        "portal/shares.html",
        {
            "chases": share_queries.chases_of(client_id, 20),
            "defaults": defaults,
            "ban": ban,
            "limit": limit,
            "days": days,
            "now": timezone.now(),
        },
    )  # fmt: skip


@portal_door
@require_safe
def level(request: HttpRequest) -> HttpResponse:
    """My level, the others, and applying for one (G4, G11)."""
    client = _client(request)
    rows = [
        {"level": item, "contents": described(item.everything), "rate": item.commission_rate / 1000, "mine": item.rank == client.level_rank,
         "checks": offering_actions.checks_for(client, item)}
        for item in offerings.levels()
    ]  # fmt: skip
    return render(
        request,
        "portal/level.html",
        {
            "record": client,
            "rows": rows,
            "open": offerings.open_change(client.pk),
            "past": offerings.last_changes(client.pk),
            "now": timezone.now(),
        },
    )


@portal_door
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    client_id = request.client_id  # type: ignore[attr-defined]
    offering_actions.apply(
        client_id, request.POST.get("level", ""), channel="portal", actor=f"client:{client_id}"
    )
    messages.success(request, _("已申请，营业部会在期限前答复您"))
    return redirect("portal:level")


@portal_door
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    waiting = offerings.open_change(request.client_id)  # type: ignore[attr-defined]
    if waiting is None:
        raise NotFound()
    offering_actions.withdraw(request.client_id, waiting.pk)  # type: ignore[attr-defined]
    messages.success(request, _("已撤回"))
    return redirect("portal:level")


@portal_door
def suitability(request: HttpRequest) -> HttpResponse:
    """My questionnaire (T1)."""
    client = _client(request)
    questions = rulebook.at().suitability.questionnaire
    error, missing = "", set()
    if request.method == "POST":
        try:
            clients.submit_assessment(client.pk, request.POST.dict(), channel="portal", actor=client.actor)
            messages.success(request, _("测评已完成"))
            return redirect("portal:suitability")
        except DomainError as refused:
            error = refused.sentence()
            missing = {question["key"] for question in questions if not request.POST.get(question["key"])}
    last = Assessment.objects.filter(client=client).order_by("-at").first()
    return render(
        request, "portal/suitability.html",
        {"questions": questions, "answers": request.POST.dict(), "error": error, "missing": missing, "last": last, "again": "again" in request.GET,
         "risk_name": RiskClass(client.risk_class).label, "record": client, "today": business_time.today()},
        status=422 if error else 200,
    )  # fmt: skip


@portal_door
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """My data (masked), my consents, what I follow."""
    client = _client(request)
    contacts = [
        {
            "kind": point.get_kind_display(),
            "value": mask_phone(str(point.value)) if point.kind == "phone" else mask_email(str(point.value)),
        }
        for point in ContactPoint.objects.filter(client=client, primary=True)
    ]
    consents = [
        {
            "label": label,
            "value": value,
            "channels": [
                {"value": c, "label": name, "on": bool(client.consent_bits & clients.bit(value, c))}
                for c, name in Channel.choices
            ],
        }
        for value, label in MessageClass.choices
    ]
    return render(
        request, "portal/me.html",
        {"record": client, "contacts": contacts, "consents": consents, "follows": Follow.objects.filter(client_id=client.pk).values_list("what", flat=True)},
    )  # fmt: skip


@portal_door
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Give or withdraw consent oneself; the proof is the signed-in session."""
    message_class, channel = request.POST.get("class", ""), request.POST.get("channel", "")
    if message_class not in ("0", "1", "2") or channel not in ("0", "1", "2", "3"):
        raise NotFound()
    client_id = request.client_id  # type: ignore[attr-defined]
    clients.set_consent(
        client_id, int(message_class), int(channel), request.POST.get("granted") == "1", source="portal",
        proof=_("客户端本人操作"), actor=f"client:{client_id}",
    )  # fmt: skip
    messages.success(request, _("已存"))
    return redirect("portal:me")


@portal_door
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow a security or an industry, or stop."""
    client_id = request.client_id  # type: ignore[attr-defined]
    try:
        clients.follow(
            client_id,
            request.POST.get("what", ""),
            request.POST.get("on") != "0",
            actor=f"client:{client_id}",
        )
    except DomainError as refused:
        messages.error(request, refused.sentence())
    return redirect("portal:me")


@public
@csrf_exempt
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Opt-out from a link: one page with one button, or one click of the mail program (RFC 8058).

    The signed link is the proof, so neither a session nor a form token is asked for.
    """
    if request.method == "POST":
        _who, message_class, channel = unsubscribing.withdraw(token)
        done = True
    else:
        client, message_class, channel = unsubscribing.read(token)
        done = not client.consent_bits & clients.bit(message_class, channel)
    return render(
        request,
        "portal/unsubscribe.html",
        {"class_name": message_class.label, "channel_name": channel.label, "done": done},
    )
