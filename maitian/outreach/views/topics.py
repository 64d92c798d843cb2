"""Topics: what is in force, proposals, answers, pause."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core.errors import DomainError, Forbidden, NotFound
from maitian.outreach import actions, queries, texts
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import Topic
from maitian.outreach.rules import CHANNEL_BITS
from maitian.staff.access import door
from maitian.staff.queries import actor_names


@door("outreach.view")
@require_safe
def topics(request: HttpRequest) -> HttpResponse:
    """Kinds of messages."""
    return render(request, "outreach/topics.html", {"topics": queries.topics()})


@door("outreach.view")
def topic(request: HttpRequest, code: str) -> HttpResponse:
    """One topic: its definition in force, its versions, and a proposal for a new one."""
    item = Topic.objects.filter(code=code).first()
    if item is None:
        raise NotFound()
    member = request.member  # type: ignore[attr-defined]
    error = None
    given = actions.definition_of(item)
    if request.method == "POST":
        if not member.may("topics.propose"):
            raise Forbidden(permission="topics.propose")
        posted = {name: request.POST.get(name, "").strip() for name in (*CHANNEL_BITS, "subject")}
        mask = sum(bit for name, bit in CHANNEL_BITS.items() if request.POST.get(f"on_{name}"))
        given |= {"templates": {name: text for name, text in posted.items() if text}, "channel_mask": mask}
        try:
            actions.propose_topic(
                code, given, actor=member.actor, reason=request.POST.get("reason", ""), everybody_meant=True
            )
            messages.success(request, _("已提交，等复核"))
            return redirect("outreach:topic", code)
        except DomainError as refused:
            error = refused.sentence()
    channels = [
        {
            "name": name,
            "label": queries.CHANNEL_NAMES[n],
            "text": given["templates"].get(name, ""),
            "on": given["channel_mask"] & bit,
        }
        for n, (name, bit) in enumerate(CHANNEL_BITS.items())
    ]
    versions = list(item.versions.order_by("-number")[:20])
    return render(
        request, "outreach/topic.html",
        {
            "topic": item, "channels": channels, "error": error, "may_change": member.may("topics.propose"),
            "may_approve": member.may("topics.approve"), "versions": versions,
            "names": actor_names({v.maker for v in versions} | {v.checker for v in versions}),
            "variables": sorted(texts.known_names(item)), "audience": AUDIENCES[item.audience],
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("topics.approve")
@require_POST
def topic_version(request: HttpRequest, version_id: int, answer: str) -> HttpResponse:
    """Put a proposed version into force, or send it back."""
    actor = request.member.actor  # type: ignore[attr-defined]
    if answer == "approve":
        code = actions.approve_topic(version_id, actor=actor).code
    elif answer == "refuse":
        code = actions.refuse_topic(version_id, reason=request.POST.get("reason", ""), actor=actor).topic.code
    else:
        raise NotFound()
    messages.success(request, _("已处理"))
    return redirect("outreach:topic", code)


@door("outreach.control")
@require_POST
def topic_control(request: HttpRequest, code: str, move: str) -> HttpResponse:
    """Pause a topic, let it go on, or stop its sends."""
    actions.pause_topic(code, move, actor=request.member.actor)  # type: ignore[attr-defined]
    return redirect("outreach:topic", code)
