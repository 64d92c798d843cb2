"""Reading campaigns: lists, one with its figures, and where a client stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from maitian.core.errors import NotFound
from maitian.outreach.actions import money
from maitian.outreach.campaigns import goals, plan
from maitian.outreach.campaigns.models import Campaign, CampaignMember, CampaignRound, Trial
from maitian.outreach.models import Event


def campaigns(filters: Mapping[str, str] | None = None) -> QuerySet[Campaign]:
    """The latest changed first; by ``state`` and by words of the name."""
    filters = filters or {}
    found = Campaign.objects.order_by("-changed_at", "-pk")
    if filters.get("state") in Campaign.State.values:
        found = found.filter(state=filters["state"])
    if words := filters.get("q", "").strip():
        found = found.filter(name__icontains=words[:40])
    return found


def campaign(campaign_id: int) -> Campaign:
    """One campaign with its topic."""
    found = Campaign.objects.select_related("topic", "copied_from").filter(pk=campaign_id).first()
    if found is None:
        raise NotFound()
    return found


def proposals() -> QuerySet[Campaign]:
    """What waits for the checker, the oldest first."""
    return Campaign.objects.filter(state=Campaign.State.PROPOSED).order_by("proposed_at", "pk")


@dataclass(frozen=True)
class Row:
    """One campaign in the list. ``done`` and ``cost`` (CNY) of the treated groups."""

    campaign: Campaign
    goal: str
    done: int
    cost: Decimal

    @property
    def treated(self) -> int:
        return self.campaign.members - self.campaign.controls


def rows(listed: Sequence[Campaign]) -> list[Row]:
    """Campaigns with what they have come to, by two statements."""
    keys = [item.pk for item in listed if item.begun]
    done: dict[int, int] = {}
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT campaign_id, count(*) FROM outreach_campaignmember WHERE campaign_id = ANY(%s) AND arm > 0"
                " AND done_at IS NOT NULL GROUP BY 1",
                [keys],
            )
            done = dict(cursor.fetchall())
    costs = costs_of(keys)
    return [
        Row(item, goals.sentence(item.definition), done.get(item.pk, 0), costs.get(item.pk, Decimal(0)))
        for item in listed
    ]


def costs_of(campaign_ids: Sequence[int]) -> dict[int, Decimal]:
    """Campaign → what its SMS have cost so far, in CNY."""
    if not campaign_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.campaign_id, sum(d.cost) FROM outreach_campaignround r JOIN outreach_delivery d ON d.event_id = r.event_id"
            " WHERE r.campaign_id = ANY(%s) GROUP BY 1",
            [list(campaign_ids)],
        )
        return {key: Decimal(int(cost)) / money.UNIT for key, cost in cursor.fetchall()}


def under_way(campaign: Campaign) -> dict[str, int]:
    """What pausing or stopping would hold: clients on their way, and messages still to be handed over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(d.count - d.handed - d.failed - d.unknown - d.withheld), 0) FROM outreach_event e"
            " JOIN outreach_delivery d ON d.event_id = e.id WHERE e.topic_id = %s AND e.state IN ('sending', 'paused')"
            " AND d.state IN ('queued', 'claimed')",
            [campaign.topic_id],
        )
        messages = int(cursor.fetchone()[0])
    clients = CampaignMember.objects.filter(
        campaign_id=campaign.pk, state=CampaignMember.State.UNDER_WAY
    ).count()
    return {"clients": clients, "messages": messages}


def trials(campaign: Campaign, limit: int = 8) -> list[Trial]:
    """The latest test messages of a campaign."""
    return list(Trial.objects.filter(campaign=campaign).select_related("member").order_by("-pk")[:limit])


def earlier(campaign: Campaign) -> list[Campaign]:
    """Campaigns that have begun, of which a new one may leave out the members."""
    return list(
        Campaign.objects.filter(started_at__isnull=False).exclude(pk=campaign.pk).order_by("-started_at")[:50]
    )


# --- where a client stands -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """A client in a campaign: which group, where he is, how it ended."""

    campaign: Campaign
    group: str
    words: str
    entered_at: datetime
    done_at: datetime | None


def of_client(client_id: int, limit: int = 10) -> list[Standing]:
    """The campaigns that a client is or was in, the latest first. Access is checked by the caller."""
    found = list(CampaignMember.objects.filter(client_id=client_id).order_by("-entered_at")[:limit])
    known = Campaign.objects.in_bulk([row.campaign_id for row in found])
    return [
        Standing(known[row.campaign_id], group_name(known[row.campaign_id], row.arm), _words(known[row.campaign_id], row), row.entered_at, row.done_at)
        for row in found if row.campaign_id in known
    ]  # fmt: skip


def group_name(campaign: Campaign, arm: int) -> str:
    """``对照组``, or the arm's name."""
    if not arm:
        return _("对照组")
    return _("%(name)s 组") % {"name": campaign.definition["arms"][arm - 1]["name"]}


def _words(campaign: Campaign, row: CampaignMember) -> str:
    if row.state == CampaignMember.State.UNDER_WAY:
        return _("下一步：%(step)s") % {"step": plan.names(campaign.definition).get(row.step, "–")}
    if row.state == CampaignMember.State.LEFT:
        return str(row.get_left_for_display())
    return str(row.get_state_display())


@dataclass(frozen=True)
class Origin:
    """The campaign and the step behind an event."""

    campaign: Campaign
    step: str
    group: str


def origin(event: Event) -> Origin | None:
    """The campaign's step that made an event, ``None`` when it was something else."""
    if event.object_kind != "campaign_step":
        return None
    taken = CampaignRound.objects.select_related("campaign").filter(pk=event.object_id).first()
    if taken is None:
        return None
    return Origin(
        taken.campaign,
        plan.names(taken.campaign.definition).get(taken.step, "–"),
        group_name(taken.campaign, taken.arm),
    )
