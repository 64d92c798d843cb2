"""Events: prepare, look, send, follow, explain."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.models import MessageClass
from maitian.clients.queries import get_visible, visible_to
from maitian.core import ledger, rulebook
from maitian.core.errors import NotFound
from maitian.core.models import LedgerEntry
from maitian.library.queries import report as library_report
from maitian.outreach import actions, decision, queries
from maitian.outreach.campaigns.queries import origin
from maitian.outreach.models import Event, Topic, TopicVersion
from maitian.outreach.queries import journey
from maitian.outreach.rules import CHANNEL_BITS, CHANNELS
from maitian.outreach.words import CHANNEL_NAMES, LIMITS
from maitian.staff.access import door
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

FILTERS = ("topic", "state", "class", "day")


@door("outreach.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Events, newest first; those of automatic topics that wait for a person on top."""
    member = request.member  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    return render(
        request, "outreach/list.html",
        {
            "window": window(queries.events(filters), request, size=40, key=("-made_at", "-pk")), "filters": filters,
            "waiting": queries.waiting_for_a_person() if member.may("outreach.send") else [], "topics": queries.topics(),
            "states": Event.State.choices, "classes": MessageClass.choices, "may_send": member.may("outreach.send"),
            "may_decide": member.may("outreach.decide"),
        },
    )  # fmt: skip


@door("outreach.decide")
def new(request: HttpRequest) -> HttpResponse:
    """From a published report to its verdicts: one confirmation, then the event's page."""
    given = (request.POST if request.method == "POST" else request.GET).get("report", "")
    if not given.isdigit():
        raise NotFound()
    report = library_report(int(given))
    if request.method == "POST":
        made = actions.event_for_report(report.pk, maker=request.member.actor)  # type: ignore[attr-defined]
        if made.state in (Event.State.DRAFT, Event.State.DECIDED):
            actions.decide(made.pk, actor=request.member.actor)  # type: ignore[attr-defined]
        return redirect("outreach:event", made.pk)
    existing = Event.objects.filter(object_kind="report", object_id=report.pk).first()
    if existing is not None and existing.state != Event.State.DRAFT:
        return redirect("outreach:event", existing.pk)
    return render(
        request, "outreach/new.html", {"report": report, "topic": Topic.objects.get(code="report_published")}
    )


@door("outreach.view")
@require_safe
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Before sending: who will get it, who not and why. After: progress."""
    item = queries.event(event_id)
    rows = [
        ledger.item(row)
        for row in LedgerEntry.objects.filter(object_kind="event", object_id=str(event_id))
        .exclude(kind="message.read")
        .order_by("-number")[:20]
    ]
    version = TopicVersion.objects.filter(topic=item.topic, number=item.topic_version).first()
    actors = {row.actor for row in rows} | {item.maker, item.signer}
    return render(
        request,
        "outreach/event.html",
        {**_facts(request, item), "history": rows, "names": actor_names(actors), "version": version},
    )


STEPS = ((1, _("内容")), (2, _("受众")), (3, _("看判定")), (4, _("发送")), (5, _("回执")))


def _facts(request: HttpRequest, item: Event) -> dict[str, object]:
    now = timezone.now()
    member = request.member  # type: ignore[attr-defined]
    verdicts = queries.verdicts(item)
    channels = [
        {"label": label, "count": verdicts.messages[n], **item.texts[name]}
        for n, (name, label) in enumerate(zip(CHANNEL_BITS, CHANNEL_NAMES.values(), strict=True))
        if name in item.texts
    ]
    deferred = [
        (CHANNEL_NAMES[CHANNELS.index(channel)], datetime.fromisoformat(until)) for channel, until in item.deferred.items()
    ]  # fmt: skip
    valid = rulebook.at(now).outreach.decision_valid
    return {
        "steps": STEPS, "channels": channels, "deferred": deferred, "event": item, "verdicts": verdicts,
        "may_control": member.may("outreach.control"), "may_send": member.may("outreach.send"), "may_decide": member.may("outreach.decide"),
        "sees_clients": member.may("clients.view"), "progress": queries.progress(item, now) if item.sent_at else None,
        "withheld": queries.withheld_reasons(item) if item.sent_at else [], "short": LIMITS.get(item.rules.get("short_budget", "")),
        "confirm": actions.sending_count(item) > rulebook.at(now).outreach.confirm_above, "count": actions.sending_count(item),
        "stale": item.state == "decided" and item.decided_at is not None and now - item.decided_at > timedelta(minutes=valid),
        "too_large": item.state == "decided" and item.topic.automatic, "step": 3 if item.state in ("draft", "decided") else 5 if item.state == "done" else 4,
    }  # fmt: skip


@door("outreach.view")
@require_safe
def progress(request: HttpRequest, event_id: int) -> HttpResponse:
    """The part of the page that moves."""
    return render(request, "outreach/progress.html", _facts(request, queries.event(event_id)))


@door("outreach.decide")
@require_POST
def decide(request: HttpRequest, event_id: int) -> HttpResponse:
    """Decide again."""
    actions.decide(event_id, actor=request.member.actor)  # type: ignore[attr-defined]
    messages.success(request, _("已重新判定"))
    return redirect("outreach:event", event_id)


@door("outreach.send")
@require_POST
def send(request: HttpRequest, event_id: int) -> HttpResponse:
    """Send what the page showed."""
    typed = re.sub(r"\D", "", request.POST.get("count", ""))
    actions.send(event_id, actor=request.member.actor, confirmed_count=int(typed) if typed else None)  # type: ignore[attr-defined]
    return redirect("outreach:event", event_id)


@door("outreach.control")
@require_POST
def control(request: HttpRequest, event_id: int, move: str) -> HttpResponse:
    """Pause, resume, stop."""
    if move not in actions.MOVES:
        raise NotFound()
    actions.control(event_id, move, actor=request.member.actor)  # type: ignore[attr-defined]
    return redirect("outreach:event", event_id)


@door("clients.view")
@require_safe
def clients(request: HttpRequest, event_id: int, key: str) -> HttpResponse:
    """The clients behind one line of the verdicts, as far as the member may see them."""
    item = queries.event(event_id)
    wanted = queries.bytes_of(item, key)
    if not wanted:
        raise NotFound()
    after = request.GET.get("after", "0")
    found = decision.clients_with(event_id, wanted, int(after) if after.isdigit() else 0, 200)
    visible = (
        visible_to(request.member)  # type: ignore[attr-defined]
        .select_related("person", "manager")
        .in_bulk([client for client, _b in found])
    )  # type: ignore[attr-defined]
    line = next((line for line in queries.verdicts(item).lines if line.key == key), None)
    return render(
        request, "outreach/clients.html",
        {"event": item, "line": line, "rows": [visible[c] for c, _b in found if c in visible][:100],
         "next": found[-1][0] if len(found) == 200 else None},
    )  # fmt: skip


@door("clients.view")
@require_safe
def why(request: HttpRequest, event_id: int, client_id: int) -> HttpResponse:
    """Why this client did (not) get it, and the message's whole way on one page."""
    client = get_visible(request.member, client_id)  # type: ignore[attr-defined]
    item = queries.event(event_id)
    found = queries.explain(item, client.pk)
    begins = journey.before(item, found.outcome if found else None)
    then = journey.after(item, found.record if found else client.pk)
    return render(
        request, "outreach/why.html",
        {
            "event": item, "record": client, "why": found, "before": begins, "after": then,
            "ways": journey.ways(item, found.record, found.outcome) if found else [],
            "missed": [] if found else journey.missed(item, client.pk),
            "names": actor_names({stage.actor for stage in begins if stage.actor}), "origin": origin(item),
            "sees_campaigns": request.member.may("campaigns.view"),  # type: ignore[attr-defined]
        },
    )  # fmt: skip
