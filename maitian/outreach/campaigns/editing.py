"""Console pages that change a draft: its parts, its steps one by one, tests to oneself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maitian.clients.builder import Builder
from maitian.clients.views import found_by
from maitian.core import rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.outreach import describing as topics
from maitian.outreach.campaigns import actions, describing, forms, goals, graph, plan, queries, trials
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.rules import CHANNELS
from maitian.staff.access import door
from maitian.staff.models import Member


def _member(request: HttpRequest) -> Member:
    return request.member  # type: ignore[attr-defined, no-any-return]


def _revision(request: HttpRequest) -> int | None:
    given = request.POST.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _to(campaign_id: int, anchor: str) -> HttpResponseRedirect:
    """Back to the campaign, at the part that was changed."""
    return HttpResponseRedirect(f"{reverse('outreach:campaign', args=[campaign_id])}#{anchor}")


# --- parts -------------------------------------------------------------------------------------------------------


@door("campaigns.write")
def part(request: HttpRequest, campaign_id: int, part: str) -> HttpResponse:
    """One part of a draft: kept right or wrong; what is wrong stands beside it and on the campaign's page."""
    pages = {"name": _name, "goal": _goal, "audience": _audience, "groups": _groups, "limits": _limits}
    if part not in pages:
        raise NotFound()
    return pages[part](request, queries.campaign(campaign_id))


def _page(
    request: HttpRequest,
    item: Campaign,
    key: str,
    facts: dict[str, Any],
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    title = plan.PARTS.get(key, _("名称"))
    return render(
        request, f"outreach/campaigns/part_{key}.html",
        {"campaign": item, "key": key, "title": title, "problem": problem, **facts}, status=status,
    )  # fmt: skip


def _kept(request: HttpRequest, item: Campaign, key: str, changes: dict[str, Any]) -> DomainError | None:
    """Store the changes; the first thing that is wrong with this part comes back, ``None`` when nothing is."""
    saved = actions.save(item.pk, changes, actor=_member(request).actor, revision=_revision(request))
    item.definition, item.revision = saved.definition, saved.revision
    wrong = [fault for fault in plan.faults(saved.definition, timezone.now()) if fault.part == key]
    return wrong[0].error if wrong else None


def _name(request: HttpRequest, item: Campaign) -> HttpResponse:
    form = forms.NameForm(request.POST or None, initial={"name": item.name})
    if request.method == "POST" and form.is_valid():
        actions.save(
            item.pk,
            {},
            actor=_member(request).actor,
            revision=_revision(request),
            name=form.cleaned_data["name"],
        )
        return redirect("outreach:campaign", item.pk)
    return _page(request, item, "name", {"form": form}, status=422 if form.errors else 200)


def _goal(request: HttpRequest, item: Campaign) -> HttpResponse:
    if request.method != "POST":
        return _page(
            request,
            item,
            "goal",
            {
                "form": forms.GoalForm(initial=forms.GoalForm.initial_of(item.definition)),
                "goals": goals.goals(),
            },
        )
    form = forms.GoalForm(request.POST)
    if form.is_valid():
        try:
            goal = goals.read(form.cleaned_data)
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.sentence())
        else:
            _kept(request, item, "goal", {"goal": goal, "stays": form.cleaned_data["stays"] == "1"})
            return _to(item.pk, "goal")
    return _page(request, item, "goal", {"form": form, "goals": goals.goals()}, status=422)


def _audience(request: HttpRequest, item: Campaign) -> HttpResponse:
    member = _member(request)
    problem, status = "", 200
    leaves_out = item.definition["leaves_out"]
    everybody = item.definition["everybody"]
    if request.method == "POST":
        builder = Builder.from_data(request.POST, "c")
        everybody = bool(request.POST.get("everybody"))
        given = request.POST.get("leaves_out", "")
        leaves_out = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
        if "c.do" not in request.POST:
            try:
                tree = builder.tree() if builder.started else {}
            except DomainError:
                status = 422  # the sentence stands at its row
            else:
                refused = _kept(
                    request,
                    item,
                    "audience",
                    {"audience": tree, "everybody": everybody, "leaves_out": leaves_out},
                )
                if refused is None:
                    return _to(item.pk, "audience")
                problem, status = refused.sentence(), 422
    else:
        builder = Builder.from_tree(item.definition["audience"] or None, "c")
    return _page(
        request, item, "audience",
        {"builder": builder, "found": found_by(member, builder), "everybody": everybody, "leaves_out": leaves_out, "earlier": queries.earlier(item)},
        problem, status,
    )  # fmt: skip


def _groups(request: HttpRequest, item: Campaign) -> HttpResponse:
    if request.method != "POST":
        return _page(
            request,
            item,
            "groups",
            {"form": forms.GroupsForm(initial=forms.GroupsForm.initial_of(item.definition))},
        )
    form = forms.GroupsForm(request.POST)
    problem = ""
    if form.is_valid():
        refused = _kept(request, item, "groups", form.changes())
        if refused is None:
            return _to(item.pk, "groups")
        problem = refused.sentence()
    return _page(request, item, "groups", {"form": form}, problem, 422)


def _limits(request: HttpRequest, item: Campaign) -> HttpResponse:
    if request.method != "POST":
        return _page(
            request,
            item,
            "limits",
            {"form": forms.LimitsForm(initial=forms.LimitsForm.initial_of(item.definition))},
        )
    form = forms.LimitsForm(request.POST)
    problem = ""
    if form.is_valid():
        refused = _kept(request, item, "limits", form.changes())
        if refused is None:
            return _to(item.pk, "limits")
        problem = refused.sentence()
    return _page(request, item, "limits", {"form": form}, problem, 422)


# --- steps ---------------------------------------------------------------------------------------------------------


@door("campaigns.write")
@require_POST
def add_step(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Put a step in where the button stood, and open it."""
    post = request.POST
    key = actions.add_step(
        campaign_id, post.get("do", ""), after=post.get("after", ""), way=post.get("way", "next"), actor=_member(request).actor,
        revision=_revision(request),
    )  # fmt: skip
    return redirect("outreach:campaign_step", campaign_id, key)


@door("campaigns.write")
@require_POST
def remove_step(request: HttpRequest, campaign_id: int, step_key: str) -> HttpResponse:
    """Take a step out; of a branch the way that was chosen stays."""
    actions.remove_step(
        campaign_id,
        step_key,
        keep=request.POST.get("keep", "no"),
        actor=_member(request).actor,
        revision=_revision(request),
    )
    messages.success(request, _("这一步去掉了"))
    return _to(campaign_id, "steps")


def _step_of(item: Campaign, key: str) -> graph.Step:
    found = graph.by_key(item.definition["steps"]).get(key)
    if found is None:
        raise NotFound()
    return found


@door("campaigns.write")
def step(request: HttpRequest, campaign_id: int, step_key: str) -> HttpResponse:
    """One step of a draft."""
    item = queries.campaign(campaign_id)
    found = _step_of(item, step_key)
    return {graph.SEND: _send, graph.WAIT: _wait, graph.BRANCH: _branch}[found["do"]](request, item, found)


def _step_page(
    request: HttpRequest,
    item: Campaign,
    step: graph.Step,
    facts: dict[str, Any],
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    called = describing.numbered(item.definition)
    try:
        keys = graph.may_follow(item.definition["steps"], step["key"])
    except ValueError:  # a loop or a lost step: anything may be chosen to mend it
        keys = [other["key"] for other in item.definition["steps"] if other is not step]
    follows = [(key, called[key][1]) for key in keys]
    number = called[step["key"]][0]
    labels = {"next": _("然后"), "yes": _("是，然后"), "no": _("否，然后")}
    return render(
        request, f"outreach/campaigns/step_{step['do']}.html",
        {
            "campaign": item, "step": step, "number": number, "problem": problem, "follows": follows,
            "ways": [(way, labels[way], step[way]) for way in graph.ways(step)], **facts,
        },
        status=status,
    )  # fmt: skip


def _ways(request: HttpRequest, step: graph.Step) -> dict[str, str]:
    return {way: str(request.POST.get(way, step[way])) for way in graph.ways(step)}


def _keep_step(
    request: HttpRequest, item: Campaign, step: graph.Step, changes: dict[str, Any]
) -> tuple[graph.Step, DomainError | None]:
    """Store a step; what is wrong with it comes back."""
    given = {"key": step["key"], **_ways(request, step), **changes}
    saved = actions.save_step(item.pk, given, actor=_member(request).actor, revision=_revision(request))
    item.definition, item.revision = saved.definition, saved.revision
    made = _step_of(item, step["key"])
    wrong = [
        fault for fault in plan.faults(saved.definition, timezone.now()) if fault.step == made["key"] or (fault.part == "steps" and not fault.step and "loop" in fault.error.code)
    ]  # fmt: skip
    return made, wrong[0].error if wrong else None


def _wait(request: HttpRequest, item: Campaign, step: graph.Step) -> HttpResponse:
    if request.method != "POST":
        return _step_page(
            request, item, step, {"form": forms.WaitForm(initial=forms.WaitForm.initial_of(step))}
        )
    form = forms.WaitForm(request.POST)
    problem = ""
    if form.is_valid():
        step, refused = _keep_step(request, item, step, form.changes())
        if refused is None:
            return _to(item.pk, f"step-{step['key']}")
        problem = refused.sentence()
    return _step_page(request, item, step, {"form": form}, problem, 422)


def _branch(request: HttpRequest, item: Campaign, step: graph.Step) -> HttpResponse:
    names = plan.names(item.definition)
    sends = [
        (other["key"], names[other["key"]])
        for other in item.definition["steps"] if other["do"] == graph.SEND and other["key"] in _before(item, step["key"])
    ]  # fmt: skip
    problem, status = "", 200
    if request.method == "POST":
        form = forms.BranchForm(request.POST, sends=sends)
        builder = Builder.from_data(request.POST, "c")
        if "c.do" not in request.POST:
            status = 422
            try:
                tree = builder.tree() if builder.started and request.POST.get("ask") == "meets" else {}
            except DomainError:
                tree = None
            if form.is_valid() and tree is not None:
                given = form.cleaned_data
                step, refused = _keep_step(
                    request,
                    item,
                    step,
                    {"name": given["name"], "ask": given["ask"], "of": given["of"], "tree": tree},
                )
                if refused is None:
                    return _to(item.pk, f"step-{step['key']}")
                problem = refused.sentence()
    else:
        form = forms.BranchForm(
            initial={"name": step["name"], "ask": step["ask"], "of": step["of"]}, sends=sends
        )
        builder = Builder.from_tree(step["tree"] or None, "c")
    return _step_page(
        request,
        item,
        step,
        {"form": form, "builder": builder, "found": found_by(_member(request), builder)},
        problem,
        status,
    )


def _before(item: Campaign, key: str) -> set[str]:
    """Steps from which one can come to ``key``."""
    return {
        other["key"]
        for other in item.definition["steps"]
        if key in graph.leads_to(item.definition["steps"], other["key"])
    }


def _send(request: HttpRequest, item: Campaign, step: graph.Step) -> HttpResponse:
    problem, status = "", 200
    if request.method == "POST":
        changes = forms.posted_send(request.POST, len(item.definition["arms"]))
        step, refused = _keep_step(request, item, step, changes)
        if "look" not in request.POST:
            if refused is None:
                return _to(item.pk, f"step-{step['key']}")
            problem, status = refused.sentence(), 422
    return _step_page(request, item, step, _send_facts(request, item, step), problem, status)


def _send_facts(request: HttpRequest, item: Campaign, step: graph.Step) -> dict[str, Any]:
    member = _member(request)
    wrong = {
        (fault.arm, fault.channel): fault.sentence for fault in plan.faults(item.definition, timezone.now()) if fault.step == step["key"]
    }  # fmt: skip
    fresh = not any(step["texts"].values()) and not step["name"]
    arms = []
    for number, arm in enumerate(item.definition["arms"], 1):
        words = step["texts"].get(str(number), {})
        arms.append(
            {
                "number": number, "name": arm["name"], "faults": [] if fresh else [text for (n, _c), text in wrong.items() if n == number],
                "channels": [
                    {"name": name, "label": topics.text_name(name), "text": words.get(name) or (forms.SIGNATURE if name == "sms" else "")}
                    for name in CHANNELS
                ],
                "subject": words.get("subject", ""), "previews": describing.previews(item.definition, step, number),
            }
        )  # fmt: skip
    return {
        "arms": arms, "several": len(arms) > 1, "links": forms.links(), "variables": describing.the_variables(),
        "channels": [(name, topics.text_name(name), bool(step["channels"] & (1 << n))) for n, name in enumerate(CHANNELS)],
        "most": rulebook.at().outreach.sms.parts_max, "trials": queries.trials(item), "commercial": item.definition["message_class"] == 1,
        "trial_ways": [
            (number, arm["name"], channel, topics.text_name(CHANNELS[channel]))
            for number, arm in enumerate(item.definition["arms"], 1) for channel in trials.TRIED if step["channels"] & (1 << channel)
        ],
        "mine": {1: str(member.mobile), 2: str(member.email)},
    }  # fmt: skip


@door("campaigns.write")
@require_POST
def preview(request: HttpRequest, campaign_id: int, step_key: str) -> HttpResponse:
    """What clients would read, as it stands in the form now; nothing is kept."""
    item = queries.campaign(campaign_id)
    found = _step_of(item, step_key)
    if found["do"] != graph.SEND:
        raise NotFound()
    step = plan.step_of({**found, **forms.posted_send(request.POST, len(item.definition["arms"]))})
    arms = [
        {"number": number, "name": arm["name"], "previews": describing.previews(item.definition, step, number)}
        for number, arm in enumerate(item.definition["arms"], 1)
    ]  # fmt: skip
    return render(
        request,
        "outreach/campaigns/previews.html",
        {"arms": arms, "several": len(arms) > 1, "most": rulebook.at().outreach.sms.parts_max},
    )


@door("campaigns.write")
@require_POST
def trial(request: HttpRequest, campaign_id: int, step_key: str) -> HttpResponse:
    """Send a step's text to one's own phone or mailbox, as it is stored."""
    item = queries.campaign(campaign_id)
    found = _step_of(item, step_key)
    arm, channel = request.POST.get("arm", ""), request.POST.get("channel", "")
    if (
        found["do"] != graph.SEND
        or arm not in {"1", "2", "3", "4"}
        or channel not in {"1", "2"}
        or int(arm) > len(item.definition["arms"])
    ):
        raise NotFound()
    try:
        trials.send(item, found, int(arm), int(channel), member=_member(request))
    except DomainError as refused:
        messages.error(request, refused.sentence())
    else:
        messages.success(request, _("试发已排队，几秒后到"))
    return HttpResponseRedirect(f"{reverse('outreach:campaign_step', args=[campaign_id, step_key])}#trial")
