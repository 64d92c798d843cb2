"""Topics: the list, one topic, its versions and their differences, answers, pause; making one step by step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients.builder import Builder
from maitian.clients.models import MessageClass
from maitian.clients.views import found_by
from maitian.core import ledger, rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, describing, forms, queries, topic_steps, variables
from maitian.outreach.actions import money
from maitian.outreach.models import Topic, TopicVersion, Trigger
from maitian.outreach.queries import forecasts
from maitian.outreach.rules import CHANNELS
from maitian.outreach.topic_steps import BY_KEY, STEPS, Begun
from maitian.staff import drafts
from maitian.staff.access import door
from maitian.staff.queries import actor_names

FILTERS = ("state", "class", "trigger", "q")


@door("outreach.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every topic with its state, last send and cost; paused ones and proposals on top."""
    member = request.member  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    waiting = list(queries.proposals())
    begun = list(drafts.drafts(member, topic_steps.KIND)) if member.may("topics.propose") else []
    return render(
        request, "outreach/topics/list.html",
        {
            "rows": queries.topic_list(filters), "filters": filters, "classes": MessageClass.choices, "triggers": forms.triggers(),
            "waiting": waiting, "drafts": begun, "may_propose": member.may("topics.propose"), "may_approve": member.may("topics.approve"),
            "names": actor_names({version.maker for version in waiting}),
        },
    )  # fmt: skip


@door("outreach.view")
@require_safe
def topic(request: HttpRequest, code: str) -> HttpResponse:
    """One topic: its definition in words, what clients read, versions, proposals, cost, latest sends."""
    item = queries.topic(code)
    if item.trigger == Trigger.CAMPAIGN:  # its texts and its state are the campaign's
        return redirect("outreach:campaign", item.campaigns.get().pk)
    member = request.member  # type: ignore[attr-defined]
    versions = queries.versions(item)
    waiting = [version for version in versions if version.state == TopicVersion.State.PROPOSED]
    history = [
        ledger.item(row)
        for row in LedgerEntry.objects.filter(object_kind="topic", object_id=code).order_by("-number")[:20]
    ]
    values = rulebook.at()
    return render(
        request, "outreach/topics/topic.html",
        {
            "topic": item, "state": queries.state_of(item), "said": describing.described(actions.definition_of(item)),
            "previews": describing.previews(item), "versions": versions, "waiting": waiting, "events": queries.recent_events(item),
            "history": history,
            "names": actor_names({v.maker for v in versions} | {v.checker for v in versions} | {row.actor for row in history}),
            "budgets": [budget_row(b) for b in money.budgets(item, timezone.now(), values)],
            "levels": topic_steps.levels_with(code) if item.by_level else None,
            "may_change": member.may("topics.propose"), "may_control": member.may("outreach.control"),
            "may_write": member.may("outreach.decide") and queries.by_hand(item),
        },
    )  # fmt: skip


BUDGETS = {
    "branch_month": lambda: _("营业部，本月"),
    "branch_year": lambda: _("营业部，今年"),
    "topic_month": lambda: _("这个主题，本月"),
    "topic_year": lambda: _("这个主题，今年"),
    "campaign": lambda: _("这个活动"),
}


def budget_row(budget: money.Budget) -> dict[str, Any]:
    """A limit and what is gone of it, in CNY."""
    return {
        "label": BUDGETS[budget.key](), "spent": budget.spent / money.UNIT, "limit": budget.limit / money.UNIT,
        "percent": min(100, round(budget.spent / budget.limit * 100)) if budget.limit else 0,
        "hot": budget.limit and budget.spent > budget.limit * 0.9,
    }  # fmt: skip


# --- versions ------------------------------------------------------------------------------------------------


@door("outreach.view")
@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """One version: what it changes against another one, what clients would read, and the checker's answer."""
    item = queries.version(version_id)
    member = request.member  # type: ignore[attr-defined]
    versions = queries.versions(item.topic)
    asked = request.GET.get("against", "")
    if asked.isdigit():
        against = next((v for v in versions if v.number == int(asked)), None)
    else:
        against = queries.base_of(item)
    open_ = item.state == TopicVersion.State.PROPOSED
    draft = describing.draft_of(item.definition | {"code": item.topic.code})
    return render(
        request, "outreach/topics/version.html",
        {
            "version": item, "topic": item.topic, "against": against, "others": [v for v in versions if v.pk != item.pk],
            "changes": queries.changes_of(item, against), "said": describing.described(item.definition),
            "previews": describing.previews(draft), "forecast": forecasts.of(draft) if open_ else None,
            "names": actor_names({item.maker, item.checker}), "own": item.maker == member.actor,
            "may_answer": open_ and member.may("topics.approve") and item.maker != member.actor,
            "may_withdraw": open_ and item.maker == member.actor,
            "levels": topic_steps.levels_with(item.topic.code) if draft.by_level else None,
        },
    )  # fmt: skip


@door("topics.approve")
@require_POST
def answer(request: HttpRequest, version_id: int, answer: str) -> HttpResponse:
    """Put a proposed version into force, or send it back with a reason."""
    actor = request.member.actor  # type: ignore[attr-defined]
    if answer == "approve":
        done = actions.approve_topic(version_id, actor=actor)
        messages.success(request, _("第 %(n)s 版已生效") % {"n": done.version})
        return redirect("outreach:topic", done.code)
    if answer != "refuse":
        raise NotFound()
    actions.refuse_topic(version_id, reason=request.POST.get("reason", ""), actor=actor)
    messages.success(request, _("已退回"))
    return redirect("outreach:version", version_id)


@door("topics.propose")
@require_POST
def withdraw(request: HttpRequest, version_id: int) -> HttpResponse:
    """Take one's own proposal back."""
    item = queries.version(version_id)
    actor = request.member.actor  # type: ignore[attr-defined]
    if item.maker != actor:
        raise NotFound()
    actions.refuse_topic(version_id, reason=_("提交人自己收回"), actor=actor)
    messages.success(request, _("已收回"))
    return redirect("outreach:topic", item.topic.code)


# --- pause, resume, stop --------------------------------------------------------------------------------------


@door("outreach.control")
def control(request: HttpRequest, code: str, move: str) -> HttpResponse:
    """Asked first: what pausing, resuming or stopping a topic means now. Then done."""
    item = queries.topic(code)
    if move not in actions.MOVES or item.trigger == Trigger.CAMPAIGN:
        raise NotFound()
    if request.method != "POST":
        return render(
            request, "outreach/topics/control.html",
            {"topic": item, "move": move, "under_way": queries.under_way(item)},
        )  # fmt: skip
    actions.pause_topic(code, move, actor=request.member.actor)  # type: ignore[attr-defined]
    done = {"pause": _("已暂停"), "resume": _("已恢复"), "stop": _("已停止")}
    messages.success(request, f"{item.title}{_('：')}{done[move]}")
    return redirect("outreach:topic", code)


# --- making and changing, step by step -------------------------------------------------------------------------


@door("topics.propose")
def new(request: HttpRequest) -> HttpResponse:
    """The first step of a new topic; the draft begins when it is sent."""
    form = forms.NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begun = topic_steps.begin_new(request.member, form.changes())  # type: ignore[attr-defined]
        return redirect("outreach:topic_step", begun.pk, "trigger")
    return render(
        request, "outreach/topics/step.html",
        {"form": form, "step": STEPS[0], "steps": [(s, "current" if s == STEPS[0] else "") for s in STEPS]},
        status=422 if form.errors else 200,
    )  # fmt: skip


@door("topics.propose")
@require_POST
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Begin to change a topic, or go on with what one has begun."""
    item = queries.topic(code)
    if item.trigger == Trigger.CAMPAIGN:
        raise NotFound()
    begun = topic_steps.begin_change(request.member, item)  # type: ignore[attr-defined]
    return redirect("outreach:topic_step", begun.pk, "check" if begun.made_at != begun.saved_at else "name")


@door("topics.propose")
@require_POST
def drop(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Give a draft up."""
    drafts.drop(drafts.draft(request.member, topic_steps.KIND, draft_id))  # type: ignore[attr-defined]
    messages.success(request, _("草稿已删"))
    return redirect("outreach:topics")


@door("topics.propose")
def step(request: HttpRequest, draft_id: int, step: str) -> HttpResponse:
    """One step: what stands in it is kept right or wrong; only what is right goes on to the next."""
    begun = Begun.of(drafts.draft(request.member, topic_steps.KIND, draft_id))  # type: ignore[attr-defined]
    if step not in BY_KEY:
        raise NotFound()
    pages = {"who": _who, "texts": _texts, "check": _check}
    return pages.get(step, _plain)(request, begun, step)


def _page(
    request: HttpRequest, begun: Begun, key: str, facts: dict[str, Any], status: int = 200
) -> HttpResponse:
    template = (
        f"outreach/topics/step_{key}.html"
        if key in ("who", "texts", "check")
        else "outreach/topics/step.html"
    )
    return render(
        request, template,
        {
            "begun": begun, "draft": begun.draft, "step": BY_KEY[key], "steps": begun.states(key), "next": topic_steps.next_of(key),
            "existing": bool(begun.draft.key), **facts,
        },
        status=status,
    )  # fmt: skip


def _onward(begun: Begun, key: str, request: HttpRequest) -> HttpResponse:
    """To the step that was asked for, by default the next one."""
    asked = request.POST.get("go", "")
    return redirect(
        "outreach:topic_step", begun.draft.pk, asked if asked in BY_KEY else topic_steps.next_of(key).key
    )


def _plain(request: HttpRequest, begun: Begun, key: str) -> HttpResponse:
    kind = BY_KEY[key].form
    assert kind is not None
    more = {"daily": begun.definition["trigger"] == Trigger.DAILY} if key == "when" else {}
    if request.method == "POST":
        form = kind(request.POST, **more)
        if form.is_valid():
            begun = topic_steps.keep(begun, key, form.changes())
            refused = begun.fault(key)
            if refused is None:
                return _onward(begun, key, request)
            field = refused.field if refused.field in form.fields else _field_of(refused, kind)
            form.add_error(field, refused.sentence())
        return _page(request, begun, key, {"form": form, **_extra(begun, key)}, 422)
    form = kind(initial=kind.initial_of(begun.definition), **more)
    shown = begun.fault(key) if key in begun.seen else None
    return _page(
        request,
        begun,
        key,
        {"form": form, "problem": shown.sentence() if shown else "", **_extra(begun, key)},
    )


def _field_of(refused: DomainError, kind: type[forms.StepForm]) -> str | None:
    if refused.field == "timing":
        return "when"
    return refused.field if refused.field in kind.base_fields else None


def _extra(begun: Begun, key: str) -> dict[str, Any]:
    """What a step says besides its fields."""
    if key == "gates":
        return {"levels": topic_steps.levels_with(begun.draft.key), "caps": rulebook.at().outreach.caps}
    if key == "budget":
        return {"automatic_max": rulebook.at().outreach.automatic_max}
    return {}


def _who(request: HttpRequest, begun: Begun, key: str) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    problem, field, status = "", "", 200
    if request.method == "POST":
        builder = Builder.from_data(request.POST, "c")
        changes: dict[str, Any] = {"audience": request.POST.get("audience", begun.definition["audience"])}
        meant = bool(request.POST.get("everybody"))
        tree: dict[str, Any] | None = None
        try:
            tree = builder.tree() if builder.started else {}
        except DomainError:
            status = 422  # the sentence stands at its row
        if tree is not None:
            begun = topic_steps.keep(begun, key, changes | {"conditions": tree}, meant)
        if "c.do" not in request.POST and status == 200:
            refused = begun.fault(key)
            if refused is None:
                return _onward(begun, key, request)
            problem, field, status = refused.sentence(), refused.field or "", 422
        elif "c.do" in request.POST:
            status = 200
    else:
        builder = Builder.from_tree(begun.definition["conditions"] or None, "c")
        shown = begun.fault(key) if key in begun.seen else None
        problem, field = (shown.sentence(), shown.field or "") if shown else ("", "")
    return _page(
        request, begun, key,
        {
            "builder": builder, "found": found_by(member, builder), "problem": problem, "field": field,
            "audiences": forms.audiences(begun.definition["trigger"]), "chosen": begun.definition["audience"],
            "everybody": queries.is_everybody(begun.definition["audience"]),
        },
        status,
    )  # fmt: skip


def _texts(request: HttpRequest, begun: Begun, key: str) -> HttpResponse:
    status, problem, faults = 200, "", {}
    if request.method == "POST":
        begun = topic_steps.keep(begun, key, forms.posted_texts(request.POST))
        if "look" not in request.POST:
            refused = begun.fault(key)
            if refused is None:
                return _onward(begun, key, request)
            problem, status = refused.sentence(), 422
    if request.method == "POST" or key in begun.seen:
        faults = topic_steps.text_faults(begun.topic)
    return _page(request, begun, key, _text_facts(begun, faults) | {"problem": problem}, status)


def _text_facts(begun: Begun, faults: dict[str, str]) -> dict[str, Any]:
    topic = begun.topic
    return {
        "channels": [
            {
                "name": name, "label": describing.text_name(name), "text": topic.templates.get(name) or (forms.SIGNATURE if name == "sms" else ""), "on": bool(topic.channel_mask & (1 << n)),
                "error": faults.get(name, ""),
            }
            for n, name in enumerate(CHANNELS)
        ],
        "previews": describing.previews(topic), "subject": topic.templates.get("subject", ""), "subject_error": faults.get("subject", ""),
        "variables": variables.of_topic(topic), "most": rulebook.at().outreach.sms.parts_max,
    }  # fmt: skip


@door("topics.propose")
@require_POST
def preview(request: HttpRequest, draft_id: int) -> HttpResponse:
    """What clients would read, as it stands in the form now; nothing is kept."""
    begun = Begun.of(drafts.draft(request.member, topic_steps.KIND, draft_id))  # type: ignore[attr-defined]
    begun.definition |= forms.posted_texts(request.POST)
    return render(
        request,
        "outreach/topics/previews.html",
        {"previews": describing.previews(begun.topic), "most": rulebook.at().outreach.sms.parts_max},
    )


def _check(request: HttpRequest, begun: Begun, key: str) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    problem, status = "", 200
    if request.method == "POST":
        try:
            made = topic_steps.propose(begun, reason=request.POST.get("reason", ""), actor=member.actor)
        except DomainError as refused:
            problem, status = refused.sentence(), 422
        else:
            messages.success(request, _("已提交，等另一位同事复核"))
            return redirect("outreach:version", made.pk)
    current = Topic.objects.filter(code=begun.draft.key).first() if begun.draft.key else None
    in_force = actions.definition_of(current) if current is not None and current.version else None
    topic = begun.topic
    return _page(
        request, begun, key,
        {
            "said": describing.described(begun.definition), "changes": describing.differences(in_force, begun.definition) if in_force else None,
            "previews": describing.previews(topic), "faults": begun.faults(), "problem": problem, "topic": topic,
            "overtaken": current is not None and current.version != begun.base,
            "levels": topic_steps.levels_with(begun.draft.key) if topic.by_level else None,
            "forecast": forecasts.of(topic) if not begun.faults() else None, "reason": request.POST.get("reason", ""),
        },
        status,
    )  # fmt: skip
