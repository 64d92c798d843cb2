"""Campaigns move on: set-based, one statement for each campaign and step, safe to be killed and to be run twice at once.

Each taking of a step is one transaction that holds the campaign's row. A member stands at the step that is to be taken
next, with the moment from which it may be; so a crash before the commit leaves everybody where he stood, and after it the
same statement finds nobody there any more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError
from maitian.outreach import actions as outreach
from maitian.outreach.actions import money
from maitian.outreach.campaigns import goals, graph, plan, rules
from maitian.outreach.campaigns.asks import ASKS
from maitian.outreach.campaigns.models import Campaign, CampaignMember, CampaignRound
from maitian.outreach.models import Event, Topic
from maitian.outreach.rules import sms_parts

log = logging.getLogger(__name__)
ACTOR = "system:worker"
EVENT_KIND = "campaign_step"
State = Campaign.State
UNDER_WAY, THROUGH, LEFT = 1, 2, 3
TOLD_AT_ONCE = 5000  # ledger rows about single clients that one statement writes


def arrival(step: graph.Step | None, now: datetime) -> datetime | None:
    """When a step is to be taken by somebody who comes to it now; ``None`` at the end."""
    if step is None:
        return None
    if step["do"] != graph.WAIT:
        return now
    return rules.resume_at(step, business_time.shanghai(now), plan.calendar())


def run() -> dict[str, int]:
    """Every campaign that has something to do now; one that fails does not hold the others. Returns counts."""
    now = timezone.now()
    counts = {"started": 0, "moved": 0, "ended": 0}
    from maitian.outreach.campaigns import actions

    for pk in Campaign.objects.filter(state=State.APPROVED, starts_at__lte=now).values_list("pk", flat=True):
        counts["started"] += _start(actions, pk)
    due = CampaignMember.objects.filter(campaign_id=OuterRef("pk"), due_at__lte=now)
    waiting = (
        Campaign.objects.filter(state=State.RUNNING)
        .filter(Q(ends_at__lte=now) | Q(Exists(due)))
        .values_list("pk", flat=True)
    )
    for pk in waiting:
        try:
            done = advance(pk)
        except DomainError as refused:
            _stand_still(pk, refused)
            continue
        except Exception:
            log.exception("campaign %s", pk)
            continue
        counts["moved"] += done["moved"]
        counts["ended"] += done["ended"]
    for pk in Campaign.objects.filter(state=State.PAUSED, ends_at__lte=now).values_list("pk", flat=True):
        counts["ended"] += _end(pk, now)
    watch_budgets()
    return counts


@transaction.atomic
def _stand_still(campaign_id: int, refused: DomainError) -> None:
    """A step that is refused would be refused every minute: the campaign is paused with the reason, and its makers are told.

    Nobody is passed over; who was due at the step still is when somebody resumes the campaign.
    """
    from maitian.outreach.campaigns import actions

    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id, state=State.RUNNING).first()
    if campaign is None:
        return
    campaign.reason = refused.sentence("zh-hans")[:300]
    campaign.save(update_fields=["reason"])
    actions.pause(campaign_id, actor=ACTOR)
    actions.tell(
        actions.people_of(campaign), "outreach.campaign_stuck", campaign, reason=campaign.reason, reason_en=refused.sentence("en")
    )  # fmt: skip


def _start(actions: Any, campaign_id: int) -> int:
    """Begin at the set time; a campaign that cannot begin goes back to its makers with the reason."""
    try:
        actions.start(campaign_id, actor=ACTOR)
    except DomainError as refused:
        with transaction.atomic():
            campaign = actions.withdraw(campaign_id, actor=ACTOR)
            campaign.reason = refused.sentence("zh-hans")[:300]
            campaign.save(update_fields=["reason"])
            actions.tell(
                actions.people_of(campaign), "outreach.campaign_not_begun", campaign, reason=refused.sentence("zh-hans"),
                reason_en=refused.sentence("en"),
            )  # fmt: skip
        return 0
    return 1


def advance(campaign_id: int) -> dict[str, int]:
    """Take every step of a campaign whose moment has come, in their order; returns how many members moved."""
    now = timezone.now()
    counts = {"moved": 0, "ended": 0}
    campaign = Campaign.objects.filter(pk=campaign_id, state=State.RUNNING).first()
    if campaign is None:
        return counts
    if campaign.ends_at is not None and campaign.ends_at <= now:
        counts["ended"] = _end(campaign_id, now)
        return counts
    leave_due(campaign, now)
    definition = campaign.definition
    for key in graph.order(definition["steps"], definition["first"]):
        step = graph.by_key(definition["steps"])[key]
        if step["do"] == graph.SEND:
            for arm in range(1, len(definition["arms"]) + 1):
                counts["moved"] += _take(campaign_id, step, now, arm)
        else:
            counts["moved"] += _take(campaign_id, step, now)
    if counts["moved"]:
        live.notify(f"campaign-{campaign_id}", "moved")
    return counts


@transaction.atomic
def _take(campaign_id: int, step: graph.Step, now: datetime, arm: int = 0) -> int:
    """One step for everybody who is due at it. Another worker at it, or a pause meanwhile: 0."""
    campaign = (
        Campaign.objects.select_for_update(skip_locked=True)
        .filter(pk=campaign_id, state=State.RUNNING)
        .first()
    )
    if campaign is None:
        return 0
    if step["do"] == graph.SEND:
        return _send(campaign, step, arm, now)
    return _pass(campaign, step, now)


# --- waits and branches ------------------------------------------------------------------------------------------

GO_ON = """
WITH due AS (
  SELECT m.client_id, {yes} AS yes FROM outreach_campaignmember m {join}
   WHERE m.campaign_id = %(campaign)s AND m.step = %(step)s AND m.due_at <= %(now)s FOR UPDATE OF m),
 moved AS (
  UPDATE outreach_campaignmember m
     SET step = CASE WHEN due.yes THEN %(yes_step)s ELSE %(no_step)s END,
         due_at = CASE WHEN due.yes THEN %(yes_due)s::timestamptz ELSE %(no_due)s::timestamptz END,
         state = CASE WHEN CASE WHEN due.yes THEN %(yes_step)s ELSE %(no_step)s END = '' THEN 2 ELSE 1 END
    FROM due WHERE m.campaign_id = %(campaign)s AND m.client_id = due.client_id
  RETURNING m.arm, due.yes)
SELECT arm, yes, count(*) FROM moved GROUP BY 1, 2
"""


def _pass(campaign: Campaign, step: graph.Step, now: datetime) -> int:
    """A wait that is over, or a branch: everybody goes on, each his way."""
    known = graph.by_key(campaign.definition["steps"])
    branch = step["do"] == graph.BRANCH
    yes, values = ASKS[step["ask"]].sql(step, _events(campaign)) if branch else ("true", {})
    to = {
        way: known.get(step.get(name, graph.END))
        for way, name in (("yes", "yes" if branch else "next"), ("no", "no"))
    }
    join = "JOIN clients_client c ON c.id = m.client_id" if branch and step["ask"] == "meets" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            GO_ON.format(yes=yes, join=join),
            {
                **values, "campaign": campaign.pk, "step": step["key"], "now": now,
                **{f"{way}_step": target["key"] if target else "" for way, target in to.items()},
                **{f"{way}_due": arrival(target, now) for way, target in to.items()},
            },
        )  # fmt: skip
        moved = cursor.fetchall()
    CampaignRound.objects.bulk_create(
        CampaignRound(campaign=campaign, step=step["key"], arm=arm, way=("yes" if way else "no") if branch else "", at=now, count=count)
        for arm, way, count in moved
    )  # fmt: skip
    return sum(count for _arm, _way, count in moved)


def _events(campaign: Campaign) -> dict[str, list[int]]:
    """Step → the events of its sends so far."""
    found: dict[str, list[int]] = {}
    for key, event in CampaignRound.objects.filter(campaign=campaign, event__isnull=False).values_list(
        "step", "event_id"
    ):
        found.setdefault(key, []).append(event)
    return found


# --- sends -----------------------------------------------------------------------------------------------------------


def _send(campaign: Campaign, step: graph.Step, arm: int, now: datetime) -> int:
    """One event for everybody of an arm who is due: through the same gates as every other message, then on to the next step."""
    due = CampaignMember.objects.filter(campaign_id=campaign.pk, step=step["key"], arm=arm, due_at__lte=now)
    if campaign.topic is None or not due.exists():
        return 0
    taken = CampaignRound.objects.create(campaign=campaign, step=step["key"], arm=arm, at=now)
    taken.count = due.update(round_id=taken.pk)
    event = outreach.make_event(
        campaign.topic, object_kind=EVENT_KIND, object_id=taken.pk, title=title_of(campaign, step), maker=campaign.proposer, at_once=True,
        fact_key=f"campaign:{campaign.pk}:{step['key']}:{arm}",
        facts={
            "title": campaign.name, "campaign": campaign.pk, "round": taken.pk, "step": step["key"], "arm": arm,
            "templates": step["texts"].get(str(arm), {}), "channel_mask": step["channels"], "link": _link(step),
            **({"risk_number": campaign.definition["risk"], "risk": f"R{campaign.definition['risk']}"} if campaign.definition["risk"] else {}),
        },
    )  # fmt: skip
    Event.objects.filter(pk=event.pk).update(expires_at=campaign.ends_at)
    taken.event = event
    taken.save(update_fields=["count", "event"])
    event = outreach.decide(event.pk, actor=ACTOR, allow_empty=True)
    wanted = outreach.sending_count(event)
    if wanted:
        outreach.send(event.pk, actor=ACTOR, confirmed_count=wanted)
    else:
        Event.objects.filter(pk=event.pk).update(state=Event.State.DONE, done_at=now)
    follower = graph.by_key(campaign.definition["steps"]).get(step.get("next", graph.END))
    CampaignMember.objects.filter(
        campaign_id=campaign.pk, round_id=taken.pk, step=step["key"], state=UNDER_WAY
    ).update(
        step=follower["key"] if follower else "",
        due_at=arrival(follower, now),
        state=UNDER_WAY if follower else THROUGH,
    )
    return taken.count


def title_of(campaign: Campaign, step: graph.Step) -> str:
    """What a send is called in lists."""
    called = plan.names(campaign.definition)[step["key"]]
    return f"{campaign.name} · {called}"


def _link(step: graph.Step) -> str:
    from maitian.outreach.campaigns.errors import LinkWrong

    try:
        return plan.link_of(step)
    except LinkWrong:  # the report was withdrawn meanwhile: the text goes without the way to it
        return ""


# --- leaving, and the goal ----------------------------------------------------------------------------------------

LEAVE = """
UPDATE outreach_campaignmember m
   SET state = 3, step = '', due_at = NULL, left_at = %(now)s, left_for = CASE WHEN c.state = 'closed' THEN 'closed' ELSE 'opted_out' END
  FROM clients_client c
 WHERE m.campaign_id = %(campaign)s AND m.state = 1 AND c.id = m.client_id AND {whom}
   AND (c.state = 'closed' OR EXISTS (
        SELECT 1 FROM clients_consent k WHERE k.client_id = m.client_id AND k.message_class = %(class)s
           AND k.channel = ANY(%(channels)s) AND NOT k.granted AND k.at >= m.entered_at))
RETURNING m.client_id, m.left_for
"""
DONE = """
UPDATE outreach_campaignmember m
   SET done_at = f.at, done_round_id = m.round_id,
       state = CASE WHEN m.state = 1 AND NOT %(stays)s THEN 3 ELSE m.state END,
       step = CASE WHEN m.state = 1 AND NOT %(stays)s THEN '' ELSE m.step END,
       due_at = CASE WHEN m.state = 1 AND NOT %(stays)s THEN NULL ELSE m.due_at END,
       left_for = CASE WHEN m.state = 1 AND NOT %(stays)s THEN 'goal' ELSE m.left_for END,
       left_at = CASE WHEN m.state = 1 AND NOT %(stays)s THEN %(now)s ELSE m.left_at END
  FROM ({found}) f
 WHERE m.campaign_id = %(campaign)s AND m.client_id = f.client_id AND m.done_at IS NULL
RETURNING m.client_id, m.arm
"""


def leave_due(campaign: Campaign, now: datetime) -> None:
    """Before a step is taken: of those who are due, whoever has reached the goal, opted out or closed the account leaves."""
    due = list(
        CampaignMember.objects.filter(campaign_id=campaign.pk, due_at__lte=now).values_list(
            "client_id", flat=True
        )
    )
    if due:
        measure(campaign.pk, due)
        leave(campaign.pk, due)


@transaction.atomic
def leave(campaign_id: int, clients: Sequence[int]) -> int:
    """Who no longer agrees to the campaign's texts, or is closed, leaves it. Returns how many."""
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None or campaign.over:
        return 0
    mask = plan.mask_of(campaign.definition)
    with connection.cursor() as cursor:
        cursor.execute(
            LEAVE.format(whom="m.client_id = ANY(%(clients)s)"),
            {
                "campaign": campaign.pk, "now": timezone.now(), "class": campaign.definition["message_class"], "clients": list(clients),
                "channels": [channel for channel in range(4) if mask & (1 << channel)],
            },
        )  # fmt: skip
        gone = cursor.fetchall()
    _tell("campaign.left", campaign, [(client, {"why": why}) for client, why in gone])
    return len(gone)


@transaction.atomic
def measure(campaign_id: int, clients: Sequence[int] | None = None) -> int:
    """Look who has reached the goal by now, in every group; returns how many are new. ``clients``: only among these."""
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    now = timezone.now()
    if campaign is None or campaign.started_at is None or not counts_still(campaign, now):
        return 0
    return _measure(campaign, now, clients)


def counts_still(campaign: Campaign, now: datetime) -> bool:
    """Whether what comes in now may still count: trades of the last day arrive in the evening, files are late."""
    if campaign.ended_at is None:
        return True
    return now <= campaign.ended_at + timedelta(days=rulebook.at(now).outreach.campaign.late_days)


def _measure(campaign: Campaign, now: datetime, clients: Sequence[int] | None) -> int:
    found, values = goals.statement(campaign.definition, clients)
    with connection.cursor() as cursor:
        cursor.execute(
            DONE.format(found=found),
            {
                **values, "campaign": campaign.pk, "now": now, "stays": campaign.definition["stays"],
                "until": campaign.ended_at or campaign.ends_at,
            },
        )  # fmt: skip
        done = cursor.fetchall()
    _tell(
        "campaign.done",
        campaign,
        [(client, {"arm": _arm_name(campaign, arm)}) for client, arm in done if arm],
    )
    return len(done)


def _arm_name(campaign: Campaign, arm: int) -> str:
    return str(campaign.definition["arms"][arm - 1]["name"])


def _tell(kind: str, campaign: Campaign, clients: Sequence[tuple[int, dict[str, Any]]]) -> None:
    for start in range(0, len(clients), TOLD_AT_ONCE):
        ledger.record_many(
            {
                "kind": kind, "actor": ACTOR, "client_id": client, "object_kind": "campaign", "object_id": campaign.pk,
                "facts": {"name": campaign.name, **facts},
            }
            for client, facts in clients[start : start + TOLD_AT_ONCE]
        )  # fmt: skip


# --- the end -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def _end(campaign_id: int, now: datetime) -> int:
    campaign = Campaign.objects.select_for_update(skip_locked=True).filter(pk=campaign_id).first()
    if campaign is None or campaign.over or campaign.ends_at is None or campaign.ends_at > now:
        return 0
    done = close(campaign, campaign.ends_at, State.ENDED)
    ledger.record(
        "campaign.ended", actor=ACTOR, object_kind="campaign", object_id=campaign.pk,
        facts={"name": campaign.name, "members": campaign.members, "done": done},
    )  # fmt: skip
    live.notify(f"campaign-{campaign.pk}", "ended")
    from maitian.outreach.campaigns import actions

    actions.tell(actions.people_of(campaign), "outreach.campaign_ended", campaign)
    return 1


def close(campaign: Campaign, at: datetime, state: str) -> int:
    """The goal is counted once more over everybody, who is still on the way leaves, and nothing changes any more.

    In the caller's transaction, which holds the campaign. Returns how many treated clients reached the goal.
    """
    _measure(campaign, timezone.now(), None)
    CampaignMember.objects.filter(campaign_id=campaign.pk, state=UNDER_WAY).update(
        state=LEFT, step="", due_at=None, left_for=CampaignMember.Left.OVER, left_at=at
    )
    campaign.state, campaign.ended_at, campaign.paused_at, campaign.pause = state, at, None, ""
    campaign.save(update_fields=["state", "ended_at", "paused_at", "pause"])
    Topic.objects.filter(campaigns=campaign).update(paused_at=None)
    return CampaignMember.objects.filter(campaign_id=campaign.pk, arm__gt=0, done_at__isnull=False).count()


# --- the budget -------------------------------------------------------------------------------------------------------


def cheapest(definition: plan.Definition) -> int:
    """The price of the campaign's shortest SMS in 1/10,000 CNY, 0 when it sends none."""
    price = int(float(rulebook.at().get("outreach.price.sms")) * money.UNIT)
    lengths = [
        sms_parts(words["sms"])
        for step in definition["steps"] if step["do"] == graph.SEND and step["channels"] & plan.SMS
        for words in step["texts"].values() if words.get("sms")
    ]  # fmt: skip
    return price * min(lengths, default=0)


def watch_budgets() -> None:
    """Say once when the rulebook's share is gone; stop when nothing more can be paid."""
    for campaign in Campaign.objects.filter(state=State.RUNNING, budget__isnull=False, used_up_at=None):
        try:
            _watch(campaign.pk)
        except Exception:
            log.exception("budget of campaign %s", campaign.pk)


@transaction.atomic
def _watch(campaign_id: int) -> None:
    from maitian.outreach.campaigns import actions

    campaign = (
        Campaign.objects.select_for_update(skip_locked=True)
        .filter(pk=campaign_id, state=State.RUNNING)
        .first()
    )
    if (
        campaign is None
        or campaign.budget is None
        or campaign.started_at is None
        or campaign.used_up_at is not None
    ):
        return
    price = cheapest(campaign.definition)
    if not price or campaign.topic_id is None:
        return
    now = timezone.now()
    limit = int(campaign.budget * money.UNIT)
    spent = money.spent(campaign.started_at, campaign.topic_id)
    facts = {"spent": f"{spent / money.UNIT:,.2f}", "budget": f"{campaign.budget:,.2f}"}
    if limit - spent < price:
        campaign.used_up_at = now
        campaign.save(update_fields=["used_up_at"])
        actions.tell(actions.people_of(campaign), "outreach.campaign_used_up", campaign, **facts)
        actions.pause(campaign.pk, actor=ACTOR, why=Campaign.Pause.BUDGET)
    elif campaign.warned_at is None and spent >= limit * rulebook.at(now).outreach.campaign.budget_warning:
        campaign.warned_at = now
        campaign.save(update_fields=["warned_at"])
        actions.tell(actions.people_of(campaign), "outreach.campaign_budget_soon", campaign, **facts)
        ledger.record(
            "campaign.budget_soon", actor=ACTOR, object_kind="campaign", object_id=campaign.pk, facts={"name": campaign.name, **facts}
        )  # fmt: skip
