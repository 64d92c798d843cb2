"""Test messages: a colleague sends a step's text to his own phone or mailbox, through the real channel.

They are marked as a test in the text, stand in no message list, and count neither for caps and budgets nor for a
campaign's results. At most once: a worker that dies after taking one does not send it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.outreach import rules, variables
from maitian.outreach.actions import deciding
from maitian.outreach.campaigns import plan
from maitian.outreach.campaigns.errors import TrialAddressMissing, TrialTooMany
from maitian.outreach.campaigns.graph import Step
from maitian.outreach.campaigns.models import Campaign, Trial
from maitian.outreach.channels import GatewayDown, Outcome, Outgoing, Receipt
from maitian.outreach.channels.pool import Pool
from maitian.staff.models import Member

MARK = "［测试］"
AT_ONCE = 20
TRIED = {1: "sms", 2: "email"}  # channels that lead out of the house


@transaction.atomic
def send(campaign: Campaign, step: Step, arm: int, channel: int, *, member: Member) -> Trial:
    """Queue a step's text for a member's own phone or mailbox. What is wrong with the text is refused first."""
    plan.check_step(campaign.definition, step, arm)
    name = TRIED[channel]
    to = str(member.mobile if channel == 1 else member.email)
    if not to:
        raise TrialAddressMissing(
            **(
                {"what": "手机号", "what_en": "phone number"}
                if channel == 1
                else {"what": "邮箱", "what_en": "mailbox"}
            )
        )
    now = timezone.now()
    Member.objects.select_for_update().get(pk=member.pk)  # two clicks at once are counted one after the other
    most = rulebook.at(now).outreach.campaign.trials_hour
    if Trial.objects.filter(member=member, made_at__gt=now - timedelta(hours=1)).count() >= most:
        raise TrialTooMany(most=most)
    words = filled(campaign, step, arm, member)
    made = Trial.objects.create(
        member=member, campaign=campaign, step=step["key"], arm=arm, channel=channel, to=to, subject=words.get("subject", "")[:200],
        text=words[name], made_at=now,
    )  # fmt: skip
    ledger.record(
        "campaign.tried", actor=member.actor, object_kind="campaign", object_id=campaign.pk,
        facts={"name": campaign.name, "step": step["key"], "channel": name},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('maitian_dispatch', '')")
    return made


def filled(campaign: Campaign, step: Step, arm: int, member: Member) -> dict[str, str]:
    """The texts as they would go out, with the member's own name, the house's words, and the mark of a test."""
    facts: dict[str, Any] = {
        **variables.samples(plan.draft_topic(campaign.definition, step, arm)), **deciding.house_facts(rulebook.at()),
        "title": campaign.name, "link": plan.link_of(step), "client": member.name, "salutation": member.name,
    }  # fmt: skip
    texts = step["texts"].get(str(arm), {})
    made = {name: rules.fill(words, facts) for name, words in texts.items()}
    signature = str(facts["signature"])
    if "sms" in made:  # the signature stays in front, as the carrier wants it
        made["sms"] = f"{signature}{MARK}{made['sms'].removeprefix(signature)}"
    if "email" in made:
        made["subject"] = f"{MARK}{made.get('subject') or campaign.name}"
    return made


# --- in the worker ----------------------------------------------------------------------------------------------------

TAKE = """
UPDATE outreach_trial SET state = 'handed', done_at = %s WHERE id IN (
  SELECT id FROM outreach_trial WHERE channel = %s AND state = 'waiting' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def hand_over(channel: int, pool: Pool) -> int:
    """Hand waiting tests of a channel over to its gateways; returns how many were taken."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [timezone.now(), channel, AT_ONCE])
        taken = [row[0] for row in cursor.fetchall()]
    if not taken:
        return 0
    waiting = {trial.pk: trial for trial in Trial.objects.filter(pk__in=taken)}
    # The gateway's answers are matched by the number that stands for the client: here the trial's own.
    outgoing = [
        Outgoing(pk, str(trial.to), trial.text, trial.subject) for pk, trial in sorted(waiting.items())
    ]
    try:
        answers = pool.submit(outgoing)
    except GatewayDown as error:
        Trial.objects.filter(pk__in=taken).update(state=Trial.State.FAILED, error=str(error)[:120])
        return len(taken)
    for answer in answers:
        good = answer.outcome in (Outcome.ACCEPTED, Outcome.DOUBT)
        Trial.objects.filter(pk=answer.client_id).update(
            state=Trial.State.HANDED if good else Trial.State.FAILED, gateway=answer.gateway[:20], reference=(answer.reference or "")[:64],
            error=(answer.error or ("" if good else answer.outcome.name.lower()))[:120], done_at=timezone.now(),
        )  # fmt: skip
    return len(taken)


def settle(receipts: Sequence[Receipt]) -> list[Receipt]:
    """Receipts that speak of tests settle them; the others come back."""
    if not receipts:
        return []
    known = set(
        Trial.objects.filter(reference__in=[r.reference for r in receipts]).values_list(
            "gateway", "reference"
        )
    )
    left = []
    for receipt in receipts:
        if (receipt.gateway, receipt.reference) not in known:
            left.append(receipt)
            continue
        Trial.objects.filter(gateway=receipt.gateway, reference=receipt.reference).update(
            state=Trial.State.DELIVERED if receipt.delivered else Trial.State.FAILED, error="" if receipt.delivered else receipt.error[:120]
        )  # fmt: skip
    return left
