"""Texts that came in: what wants an answer, until it has one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.models import InboundText
from maitian.clients.queries import visible_to
from maitian.outreach import actions
from maitian.outreach.models import Event
from maitian.outreach.queries import replies
from maitian.staff.access import door
from maitian.staff.queries import actor_names
from maitian.ui.paging import window

WAYS = {
    "phone": lazy("打了电话"),
    "message": lazy("回了消息"),
    "counter": lazy("当面说了"),
    "case": lazy("立了个案"),
}


@door("clients.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Questions without an answer first; every text by its meaning."""
    member = request.member  # type: ignore[attr-defined]
    meaning = request.GET.get("meaning", "open")
    found = replies.replies(member, open_only=meaning == "open", meaning=meaning)
    part = window(found, request, size=30, key=("-at", "-pk"))
    people = (
        visible_to(member)
        .select_related("person", "manager")
        .in_bulk([t.client_id for t in part.rows if t.client_id])
    )
    events = Event.objects.in_bulk([t.event_id for t in part.rows if t.event_id])
    answers = replies.answers(part.rows)
    return render(
        request, "outreach/replies.html",
        {
            "rows": [(text, people.get(text.client_id), events.get(text.event_id), answers.get(text.pk)) for text in part.rows],
            "window": part, "meaning": meaning, "meanings": InboundText.Meaning.choices, "ways": list(WAYS.items()),
            "names": actor_names({row.actor for row in answers.values()}), "may_answer": member.may("calls.make"),
            "open": replies.replies(member, open_only=True)[:100].count(), "may_message": member.may("outreach.message"),
        },
    )  # fmt: skip


@door("calls.make")
@require_POST
def answer(request: HttpRequest, text_id: int) -> HttpResponse:
    """Note how a question was answered."""
    member = request.member  # type: ignore[attr-defined]
    text = replies.reply(member, text_id)
    actions.answer_reply(
        text.pk, way=request.POST.get("way", ""), note=request.POST.get("note", ""), actor=member.actor
    )
    messages.success(request, _("已记下"))
    return redirect("outreach:replies")
