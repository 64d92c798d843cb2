"""Writes of campaigns by people: drafts, maker and checker, start, pause, stop, copies. What runs by itself: ``advance``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from maitian.clients import conditions
from maitian.core import ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound, SameMakerAndChecker
from maitian.core.jobs import defer
from maitian.outreach import actions as outreach
from maitian.outreach.actions.topics import definition_of
from maitian.outreach.audiences import SERVED
from maitian.outreach.campaigns import advance, graph, plan, rules
from maitian.outreach.campaigns.errors import (
    CampaignChanged,
    CampaignFixed,
    CampaignNameMissing,
    NobodyToStartWith,
    NotReady,
    ReasonMissing,
    StartNotConfirmed,
    WrongMove,
)
from maitian.outreach.campaigns.models import Campaign, CampaignMember
from maitian.outreach.models import Event, Topic, TopicVersion
from maitian.staff.access import PERMISSIONS
from maitian.staff.models import Member
from maitian.staff.notifications import notify

State = Campaign.State

# The draw of a client as ``rules.draw`` has it: the first four bytes of SHA-256 over "campaign:client".
DRAW = (
    "mod(('x' || encode(substring(sha256(convert_to(%(campaign)s::text || ':' || c.id::text, 'UTF8')) from 1 for 4), 'hex'))"
    f"::bit(32)::bigint, {rules.DRAWS})"
)
ENTER = """
INSERT INTO outreach_campaignmember (client_id, campaign_id, arm, state, step, due_at, entered_at, left_for)
SELECT g.id, %(campaign)s, g.arm, CASE WHEN g.arm = 0 THEN 0 ELSE 1 END, CASE WHEN g.arm = 0 THEN '' ELSE %(first)s END,
       CASE WHEN g.arm = 0 THEN NULL ELSE %(due)s::timestamptz END, %(now)s, ''
  FROM (SELECT c.id, {arm} AS arm FROM clients_client c WHERE {audience}) g
"""


def locked(campaign_id: int) -> Campaign:
    """The campaign, locked until commit."""
    found = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if found is None:
        raise NotFound()
    return found


def _state_words(campaign: Campaign) -> dict[str, str]:
    with override("zh-hans"):
        zh = str(campaign.get_state_display())
    with override("en"):
        return {"state": zh, "state_en": str(campaign.get_state_display())}


def _want(campaign: Campaign, states: set[str], zh: str, en: str) -> None:
    if campaign.state not in states:
        raise WrongMove(wanted=zh, wanted_en=en, **_state_words(campaign))


def _note(kind: str, campaign: Campaign, actor: str, **facts: Any) -> None:
    ledger.record(
        kind,
        actor=actor,
        object_kind="campaign",
        object_id=campaign.pk,
        facts={"name": campaign.name, **facts},
    )
    live.notify(f"campaign-{campaign.pk}", kind.partition(".")[2])


# --- drafts ----------------------------------------------------------------------------------------------------


def _named(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise CampaignNameMissing()
    return name


@transaction.atomic
def begin(name: str, *, actor: str, definition: Mapping[str, Any] | None = None) -> Campaign:
    """A new draft; nothing of it need be right yet."""
    now = timezone.now()
    made = Campaign.objects.create(
        name=_named(name), definition=plan.shaped(definition or {}), maker=actor, made_at=now, changed_at=now
    )
    _note("campaign.begun", made, actor)
    return made


def _draft(campaign_id: int, revision: int | None) -> Campaign:
    campaign = locked(campaign_id)
    if campaign.state != State.DRAFT:
        raise CampaignFixed(**_state_words(campaign))
    if revision is not None and revision != campaign.revision:
        raise CampaignChanged()
    return campaign


@transaction.atomic
def save(
    campaign_id: int,
    changes: Mapping[str, Any],
    *,
    actor: str,
    revision: int | None = None,
    name: str | None = None,
) -> Campaign:
    """Keep parts of a draft, right or wrong. ``revision``: what the form was opened with; another one is refused."""
    campaign = _draft(campaign_id, revision)
    if name is not None:
        campaign.name = _named(name)
    definition = plan.shaped({**campaign.definition, **changes})
    if definition["audience"]:
        definition["audience"] = conditions.check(definition["audience"])
    return _kept(campaign, definition)


def _kept(campaign: Campaign, definition: plan.Definition) -> Campaign:
    campaign.definition = definition
    campaign.revision += 1
    campaign.changed_at = timezone.now()
    campaign.save(update_fields=["name", "definition", "revision", "changed_at"])
    return campaign


FRESH: dict[str, dict[str, Any]] = {
    graph.SEND: {"channels": 3, "texts": {}, "link": ""},
    graph.WAIT: {"for": "work_days", "n": 2, "at": "09:30"},
    graph.BRANCH: {"ask": "", "of": "", "tree": {}},
}


@transaction.atomic
def add_step(
    campaign_id: int, do: str, *, after: str, way: str, actor: str, revision: int | None = None
) -> str:
    """Put a step in after another one (or at the beginning); returns its key."""
    campaign = _draft(campaign_id, revision)
    definition = campaign.definition
    if do not in graph.KINDS:
        raise NotFound()
    key = graph.free_key(definition["steps"])
    new = plan.step_of({"key": key, "do": do, **FRESH[do]})
    try:
        steps, first = graph.insert(definition["steps"], definition["first"], new, after, way)
    except graph.Lost:
        raise NotFound() from None
    _kept(campaign, plan.shaped({**definition, "steps": steps, "first": first}))
    return key


@transaction.atomic
def save_step(
    campaign_id: int, step: Mapping[str, Any], *, actor: str, revision: int | None = None
) -> Campaign:
    """Keep one step, right or wrong."""
    campaign = _draft(campaign_id, revision)
    definition = campaign.definition
    known = graph.by_key(definition["steps"])
    if step.get("key") not in known:
        raise NotFound()
    made = plan.step_of({**known[step["key"]], **step, "do": known[step["key"]]["do"]})
    steps = [made if item["key"] == made["key"] else item for item in definition["steps"]]
    return _kept(campaign, plan.shaped({**definition, "steps": steps}))


@transaction.atomic
def remove_step(
    campaign_id: int, key: str, *, keep: str = "no", actor: str, revision: int | None = None
) -> Campaign:
    """Take a step out; of a branch the way ``keep`` stays."""
    campaign = _draft(campaign_id, revision)
    definition = campaign.definition
    if key not in graph.by_key(definition["steps"]):
        raise NotFound()
    try:
        steps, first = graph.remove(
            definition["steps"], definition["first"], key, "yes" if keep == "yes" else "no"
        )
    except ValueError:  # a loop that came by the API: the step goes, the rest stays to be mended
        steps, first = [step for step in definition["steps"] if step["key"] != key], definition["first"]
    return _kept(campaign, plan.shaped({**definition, "steps": steps, "first": first}))


@transaction.atomic
def drop(campaign_id: int, *, actor: str) -> None:
    """Give a draft up. What was ever handed in stays as a draft, so that its history can be read."""
    campaign = _draft(campaign_id, None)
    _want(campaign, {State.DRAFT}, "删除", "delete it")
    if campaign.version:
        raise CampaignFixed(**_state_words(campaign))
    _note("campaign.dropped", campaign, actor)
    campaign.delete()


@transaction.atomic
def copy(campaign_id: int, *, actor: str, leave_out: bool = False) -> Campaign:
    """A new draft with the same content. ``leave_out``: for those only who are not in this one."""
    source = locked(campaign_id)
    definition = {
        **source.definition,
        "starts_at": "",
        "ends_at": "",
        "leaves_out": source.pk if leave_out and source.begun else None,
    }
    number = source.copies.count() + 2
    now = timezone.now()
    made = Campaign.objects.create(
        name=f"{source.name[:34]} {number}", definition=plan.shaped(definition), copied_from=source, maker=actor, made_at=now, changed_at=now,
    )  # fmt: skip
    _note("campaign.copied", made, actor, source=source.name)
    return made


# --- maker and checker -------------------------------------------------------------------------------------------


@transaction.atomic
def propose(campaign_id: int, *, actor: str, reason: str = "") -> Campaign:
    """Hand a draft to the checker. Refused while anything in it is wrong."""
    campaign = locked(campaign_id)
    _want(campaign, {State.DRAFT}, "提交", "hand it in")
    now = timezone.now()
    wrong = plan.faults(campaign.definition, now)
    if wrong:
        zh, en = plan.in_both(wrong)
        raise NotReady(why=zh, why_en=en)
    campaign.state, campaign.proposer, campaign.proposed_at = State.PROPOSED, actor, now
    campaign.version += 1
    campaign.reason = reason.strip()[:300]
    campaign.checker, campaign.checked_at = "", None
    campaign.save()
    _note("campaign.proposed", campaign, actor, version=campaign.version, definition=campaign.definition)
    roles = [role for role, permissions in PERMISSIONS.items() if "campaigns.approve" in permissions]
    checkers = Member.objects.filter(role__in=roles, active=True).values_list("pk", flat=True)
    tell((pk for pk in checkers if actor != f"member:{pk}"), "outreach.campaign_proposed", campaign)
    return campaign


def tell(members: Any, kind: str, campaign: Campaign, **facts: Any) -> None:
    """Ring the bell about a campaign."""
    notify(
        members,
        kind,
        facts={"name": campaign.name, **facts},
        url=reverse("outreach:campaign", args=[campaign.pk]),
    )


def people_of(campaign: Campaign) -> list[int]:
    """Who made it and who handed it in, as far as they are members."""
    return [int(actor[7:]) for actor in {campaign.maker, campaign.proposer} if actor.startswith("member:")]


@transaction.atomic
def approve(campaign_id: int, *, actor: str) -> Campaign:
    """Put a proposal into force: the topic of its sends is made, and it begins at its time or when somebody presses."""
    campaign = locked(campaign_id)
    _want(campaign, {State.PROPOSED}, "复核", "approve it")
    if actor in (campaign.proposer, campaign.maker):
        raise SameMakerAndChecker()
    now = timezone.now()
    wrong = plan.faults(campaign.definition, now)
    if wrong:
        zh, en = plan.in_both(wrong)
        raise NotReady(why=zh, why_en=en)
    campaign.topic = _topic(campaign, actor, now)
    campaign.state, campaign.checker, campaign.checked_at = State.APPROVED, actor, now
    campaign.starts_at = plan.moment(campaign.definition["starts_at"])
    campaign.ends_at = plan.moment(campaign.definition["ends_at"])
    campaign.budget = plan.budget_of(campaign.definition)
    campaign.save()
    _note("campaign.approved", campaign, actor, version=campaign.version)
    tell(people_of(campaign), "outreach.campaign_approved", campaign)
    return campaign


def _topic(campaign: Campaign, checker: str, now: datetime) -> Topic:
    """The topic behind the campaign's sends: class, channels and gates for all; every send brings its own texts."""
    definition = campaign.definition
    first = next(step for step in definition["steps"] if step["do"] == graph.SEND)
    fields = plan.topic_fields(
        definition, campaign.name, plan.mask_of(definition), first["texts"].get("1", {})
    )
    topic = campaign.topic or Topic(code=f"campaign_{campaign.pk}", version=0)
    for name, value in fields.items():
        setattr(topic, name, value)
    topic.version += 1
    topic.maker, topic.changed_at = campaign.proposer, now
    topic.save()
    TopicVersion.objects.create(
        topic=topic, number=topic.version, definition=definition_of(topic), state=TopicVersion.State.APPROVED, maker=campaign.proposer,
        made_at=campaign.proposed_at or now, checker=checker, checked_at=now,
    )  # fmt: skip
    return topic


@transaction.atomic
def refuse(campaign_id: int, *, reason: str, actor: str) -> Campaign:
    """Send a proposal back to its makers with a reason; it is a draft again."""
    campaign = locked(campaign_id)
    _want(campaign, {State.PROPOSED}, "退回", "send it back")
    if not reason.strip():
        raise ReasonMissing()
    campaign.state, campaign.reason, campaign.checker, campaign.checked_at = (
        State.DRAFT,
        reason.strip()[:300],
        "",
        None,
    )
    campaign.revision += 1
    campaign.save()
    _note("campaign.refused", campaign, actor, version=campaign.version, reason=campaign.reason)
    tell(people_of(campaign), "outreach.campaign_refused", campaign, reason=campaign.reason)
    return campaign


@transaction.atomic
def withdraw(campaign_id: int, *, actor: str) -> Campaign:
    """Take a proposal, or an approved campaign that has not begun, back to the draft."""
    campaign = locked(campaign_id)
    _want(campaign, {State.PROPOSED, State.APPROVED}, "收回", "take it back")
    campaign.state, campaign.checker, campaign.checked_at, campaign.reason = State.DRAFT, "", None, ""
    campaign.revision += 1
    campaign.save()
    _note("campaign.withdrawn", campaign, actor, version=campaign.version)
    return campaign


# --- running -------------------------------------------------------------------------------------------------------


def audience_sql(definition: plan.Definition) -> tuple[str, dict[str, Any]]:
    """Who is meant, as a condition on ``clients_client c``: on the books, the conditions, not in the campaign left out."""
    sql, values = "c.state = ANY(%(served)s)", {"served": list(SERVED)}
    if definition["audience"]:
        more, parameters = conditions.compile_tree(
            definition["audience"], today=business_time.today(), alias="c", prefix="k"
        )
        sql, values = f"{sql} AND ({more})", {**values, **parameters}
    if definition["leaves_out"]:
        sql += " AND NOT EXISTS (SELECT 1 FROM outreach_campaignmember o WHERE o.client_id = c.id AND o.campaign_id = %(leaves_out)s)"
        values["leaves_out"] = definition["leaves_out"]
    return sql, values


def arm_sql(definition: plan.Definition) -> str:
    """The group of a client ``c`` in the campaign ``%(campaign)s``."""
    edges = rules.edges(definition["control"], [arm["share"] for arm in definition["arms"]])
    cases = " ".join(f"WHEN g.drawn < {edge} THEN {number}" for number, edge in enumerate(edges[:-1]))
    return f"(SELECT CASE {cases} ELSE {len(edges) - 1} END FROM (SELECT {DRAW} AS drawn) g)"


def count(definition: plan.Definition) -> int:
    """How many clients would enter now."""
    sql, values = audience_sql(definition)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM clients_client c WHERE {sql}", values)
        return int(cursor.fetchone()[0])


@transaction.atomic
def start(campaign_id: int, *, actor: str, confirmed_count: int | None = None) -> Campaign:
    """Freeze the audience into groups and begin. A second call finds it under way.

    By a person, a large number has to be typed; by the clock what the checker saw is enough.
    """
    campaign = locked(campaign_id)
    if campaign.state == State.RUNNING:
        return campaign
    _want(campaign, {State.APPROVED}, "开始", "begin")
    now = timezone.now()
    wrong = plan.faults(campaign.definition, now, begun=True)
    if wrong:
        zh, en = plan.in_both(wrong)
        raise NotReady(why=zh, why_en=en)
    entered = _enter(campaign, now)
    campaign.members = sum(entered.values())
    campaign.controls = entered.get(rules.CONTROL, 0)
    if not campaign.members:
        raise NobodyToStartWith()
    by_person = actor.startswith("member:")
    if (
        by_person
        and campaign.members > rulebook.at(now).outreach.confirm_above
        and confirmed_count != campaign.members
    ):
        raise StartNotConfirmed(count=campaign.members)
    campaign.state, campaign.started_at, campaign.started_by, campaign.reason = State.RUNNING, now, actor, ""
    campaign.digest = _digest(campaign.pk)
    campaign.save()
    _note(
        "campaign.started", campaign, actor, version=campaign.version, members=campaign.members, controls=campaign.controls,
        arms=[entered.get(number, 0) for number in range(1, len(campaign.definition["arms"]) + 1)], digest=campaign.digest,
    )  # fmt: skip
    defer("outreach.campaign", campaign_id=campaign.pk)
    return campaign


def _enter(campaign: Campaign, now: datetime) -> dict[int, int]:
    """The members with their groups, in one statement; group → how many."""
    sql, values = audience_sql(campaign.definition)
    first = graph.by_key(campaign.definition["steps"])[campaign.definition["first"]]
    values |= {"campaign": campaign.pk, "first": first["key"], "due": advance.arrival(first, now), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(ENTER.format(arm=arm_sql(campaign.definition), audience=sql), values)
        cursor.execute(
            "SELECT arm, count(*) FROM outreach_campaignmember WHERE campaign_id = %s GROUP BY arm",
            [campaign.pk],
        )
        return dict(cursor.fetchall())


def _digest(campaign_id: int) -> str:
    """SHA-256 over every member and his group, in client order: a changed split shows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(sha256(convert_to(coalesce(string_agg(client_id || ':' || arm, ',' ORDER BY client_id), ''), 'UTF8')), 'hex')"
            " FROM outreach_campaignmember WHERE campaign_id = %s",
            [campaign_id],
        )
        return str(cursor.fetchone()[0])


@transaction.atomic
def pause(campaign_id: int, *, actor: str, why: str = Campaign.Pause.PERSON) -> Campaign:
    """Nobody moves on and nothing is handed over until somebody resumes it."""
    campaign = locked(campaign_id)
    if campaign.state == State.PAUSED:
        return campaign
    _want(campaign, {State.RUNNING}, "暂停", "pause it")
    campaign.state, campaign.pause, campaign.paused_at = State.PAUSED, why, timezone.now()
    campaign.save(update_fields=["state", "pause", "paused_at"])
    if why == Campaign.Pause.PERSON:  # what the budget has paid for still goes out
        Topic.objects.filter(campaigns=campaign).update(paused_at=campaign.paused_at)
    _note("campaign.paused", campaign, actor, why=why)
    return campaign


@transaction.atomic
def resume(campaign_id: int, *, actor: str) -> Campaign:
    """Go on. After a used-up budget it goes on without SMS: the gate keeps holding them back."""
    campaign = locked(campaign_id)
    if campaign.state == State.RUNNING:
        return campaign
    _want(campaign, {State.PAUSED}, "继续", "resume it")
    campaign.state, campaign.pause, campaign.paused_at, campaign.reason = State.RUNNING, "", None, ""
    campaign.save(update_fields=["state", "pause", "paused_at", "reason"])
    Topic.objects.filter(campaigns=campaign).update(paused_at=None)
    _note("campaign.resumed", campaign, actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('maitian_dispatch', '')")
    defer("outreach.campaign", campaign_id=campaign.pk)
    return campaign


@transaction.atomic
def stop(campaign_id: int, *, actor: str) -> Campaign:
    """End it for good: what has not been handed over never is, and the goal is counted up to now."""
    campaign = locked(campaign_id)
    if campaign.state == State.STOPPED:
        return campaign
    _want(campaign, {State.RUNNING, State.PAUSED}, "停止", "stop it")
    for event in Event.objects.filter(topic__campaigns=campaign, state__in=["sending", "paused"]):
        outreach.control(event.pk, "stop", actor=actor)
    advance.close(campaign, timezone.now(), State.STOPPED)
    _note("campaign.stopped", campaign, actor, members=campaign.members)
    return campaign


MOVES: dict[str, Any] = {"pause": pause, "resume": resume, "stop": stop}


def member_of(campaign_id: int, client_id: int) -> CampaignMember | None:
    """A client's row in a campaign. Access is checked by the caller."""
    return CampaignMember.objects.filter(campaign_id=campaign_id, client_id=client_id).first()
