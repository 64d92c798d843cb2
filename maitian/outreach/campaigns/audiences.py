"""The audience of a campaign's step, and the campaign's own budget among the limits of its texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from maitian.outreach.actions import money
from maitian.outreach.audiences import Audience, Facts, Sql, register
from maitian.outreach.campaigns.models import Campaign
from maitian.outreach.models import Topic, Trigger

# What is the same for everybody in a campaign's texts. The words of the step are its own, so there is no {text}.
VARIABLES = frozenset({"title", "branch", "phone", "opt_out", "risk_sentence", "signature", "link"})


def _in_round(facts: Facts) -> Sql:
    """Whoever came to the step in this round; a client's group has been decided before."""
    return (
        "c.id IN (SELECT client_id FROM outreach_campaignmember WHERE round_id = %(campaign_round)s)",
        {"campaign_round": facts.get("round", 0)},
    )


def _still_in(facts: Facts, clients: Sequence[int]) -> Sql:
    """At hand-over: who has not left the campaign meanwhile."""
    return (
        "SELECT client_id, '{}'::jsonb AS facts FROM outreach_campaignmember"
        " WHERE campaign_id = %(campaign)s AND client_id = ANY(%(clients)s) AND state <> 3",
        {"campaign": facts["campaign"], "clients": list(clients)},
    )


register(
    "campaign_step",
    Audience(
        "走到活动这一步的客户",
        "Clients who have come to the campaign's step",
        _in_round,
        VARIABLES,
        still=_still_in,
        empty=("没有客户走到这一步。", "Nobody has come to this step."),
    ),
)


def _budget(topic: Topic | None, now: datetime) -> list[money.Budget]:
    """The whole budget of the campaign behind a topic."""
    if topic is None or topic.trigger != Trigger.CAMPAIGN or topic.pk is None:
        return []
    campaign = Campaign.objects.filter(topic=topic).only("budget", "started_at").first()
    if campaign is None or campaign.budget is None or campaign.started_at is None:
        return []
    return [
        money.Budget(
            "campaign", int(campaign.budget * money.UNIT), money.spent(campaign.started_at, topic.pk)
        )
    ]


money.more_budgets(_budget)
