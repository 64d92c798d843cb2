"""Messages by hand: to a topic's audience, and to one client of one's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maitian.clients.models import Client
from maitian.clients.queries import get_visible
from maitian.core import rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.outreach import actions, queries, texts
from maitian.outreach.models import Event, Topic
from maitian.outreach.queries import forecasts, reach
from maitian.outreach.queries.market import market_draft
from maitian.staff import drafts
from maitian.staff.access import door

KIND = "message"
LONGEST_KEPT = (
    20_000  # characters of what somebody typed and gets back; what is too long is refused, never cut
)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {
        "topic": request.POST.get("topic", "")[:40],
        "title": request.POST.get("title", "").strip()[:LONGEST_KEPT],
        "text": request.POST.get("text", "").strip().replace("\r\n", "\n")[:LONGEST_KEPT],
    }


def _topics() -> list[Topic]:
    return [topic for topic in queries.topics() if queries.by_hand(topic)]


def _chosen(topics: list[Topic], code: str) -> Topic | None:
    return next((topic for topic in topics if topic.code == code), topics[0] if topics else None)


@door("outreach.decide")
def write(request: HttpRequest) -> HttpResponse:
    """Title and text for a topic's audience. What follows is the event's page: nothing is sent from here."""
    member = request.member  # type: ignore[attr-defined]
    topics = _topics()
    asked = request.GET.get("draft", "") or request.POST.get("draft", "")
    draft = drafts.draft(member, KIND, int(asked[:18])) if asked.isascii() and asked.isdigit() else None
    given = {
        "topic": request.GET.get("topic", ""),
        "title": "",
        "text": "",
        **(draft.values if draft else {}),
    }
    problem, field, status = "", "", 200
    if request.method == "POST":
        given = _typed(request)
        if "keep" in request.POST:
            title = given["title"] or _("没有标题")
            kept = (
                drafts.save(draft, values=given, title=title)
                if draft
                else drafts.begin(member, KIND, title=title, values=given)
            )
            messages.success(request, _("草稿存好了"))
            return redirect(f"{request.path}?draft={kept.pk}")
        if "drop" in request.POST and draft is not None:
            drafts.drop(draft)
            messages.success(request, _("草稿已删"))
            return redirect(request.path)
        if "market" in request.POST:
            drawn = market_draft()
            if drawn is None:
                messages.error(request, _("还没有两个交易日的行情，起草不了。请先导入行情。"))
            else:
                given = {**given, "title": drawn.title, "text": drawn.text}
        elif "look" not in request.POST:
            try:
                made = _decided(given, member.actor)
            except DomainError as refused:
                problem, field, status = refused.sentence(), refused.field or "", refused.status
            else:
                if draft is not None:
                    drafts.drop(draft)
                return redirect("outreach:event", made.pk)
    topic = _chosen(topics, given["topic"])
    return render(
        request, "outreach/write.html",
        {
            "topics": topics, "topic": topic, "given": given, "draft": draft, "problem": problem, "field": field,
            "drafts": [d for d in drafts.drafts(member, KIND)[:20] if d != draft], "longest": actions.LONGEST_TEXT,
            "words": reach.words_of(topic, given["title"] or "…", given["text"] or "…") if topic else [],
            "forecast": forecasts.of(topic) if topic else None, "most": rulebook.at().outreach.sms.parts_max,
            "after_close": topic is not None and topic.timing.get("when") == "after_close",
        },
        status=status,
    )  # fmt: skip


def _decided(given: dict[str, str], actor: str) -> Event:
    """The event of what was typed, decided. A second click finds the first one's."""
    topic = Topic.objects.filter(code=given["topic"]).first()
    if topic is None or not queries.by_hand(topic):
        raise NotFound()
    return actions.write_and_decide(topic.code, title=given["title"], text=given["text"], maker=actor)


@door("outreach.decide")
@require_POST
def words(request: HttpRequest) -> HttpResponse:
    """What each channel would say, as it stands in the form now."""
    given = _typed(request)
    topic = _chosen(_topics(), given["topic"])
    if topic is None:
        raise NotFound()
    return render(
        request, "outreach/words.html",
        {"words": reach.words_of(topic, given["title"] or "…", given["text"] or "…"), "most": rulebook.at().outreach.sms.parts_max},
    )  # fmt: skip


@door("outreach.message")
def to_client(request: HttpRequest, client_id: int) -> HttpResponse:
    """Write to one client: which channels reach him stands there before a word is written."""
    member = request.member  # type: ignore[attr-defined]
    client = get_visible(member, client_id)
    given, problem, field, status = {"title": "", "text": ""}, "", "", 200
    message_class = _message_class(request)
    if request.method == "POST":
        given = _typed(request)
        if "look" not in request.POST:
            try:
                made = actions.message_client(
                    client.pk, title=given["title"], text=given["text"], actor=member.actor, message_class=message_class
                )  # fmt: skip
            except DomainError as refused:
                problem, field, status = refused.sentence(), refused.field or "", refused.status
            else:
                messages.success(request, _("已发出，下面看它走到哪里"))
                return redirect("outreach:why", made.pk, client.pk)
    facts = _to_one(client, message_class, given) | {
        "given": given, "problem": problem, "field": field, "longest": actions.LONGEST_TEXT
    }  # fmt: skip
    return render(request, "outreach/to_client.html", facts, status=status)


@door("outreach.message")
@require_POST
def client_words(request: HttpRequest, client_id: int) -> HttpResponse:
    """What this client would read, and by which channels, as it stands in the form now."""
    client = get_visible(request.member, client_id)  # type: ignore[attr-defined]
    facts = _to_one(client, _message_class(request), _typed(request))
    return render(request, "outreach/to_client_now.html", facts)


def _message_class(request: HttpRequest) -> str:
    asked = request.POST.get("message_class", "service")
    return asked if asked in actions.TO_ONE else "service"


def _to_one(client: Client, message_class: str, given: dict[str, str]) -> dict[str, Any]:
    """Channels and words of a message to one client."""
    topic = queries.topic(actions.TO_ONE[message_class])
    found = reach.reach(topic, client)
    person = texts.persons([client.pk]).get(client.pk)
    return {
        "record": client, "topic": topic, "message_class": message_class, "reach": found,
        "reachable": any(item.open for item in found), "most": rulebook.at().outreach.sms.parts_max,
        "words": reach.words_of(topic, given["title"] or "…", given["text"] or "…", person),
    }  # fmt: skip
