"""Campaigns from draft to result: groups, steps through the gates, leaving, budget, measuring, races and crashes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from maitian.clients import actions as clients
from maitian.clients.models import CashFlow, Client, InboundText, PersonalData, Trade
from maitian.core import ledger, reactions, rulebook
from maitian.core.errors import SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.offerings import actions as offerings
from maitian.outreach import actions as outreach
from maitian.outreach import dispatch
from maitian.outreach import queries as outreach_queries
from maitian.outreach import reactions as _registered  # noqa: F401
from maitian.outreach.campaigns import actions, advance, plan, queries, results, rules, trials
from maitian.outreach.campaigns.errors import (
    CampaignChanged,
    CampaignFixed,
    DefinitionWrong,
    ReasonMissing,
    StartNotConfirmed,
    TrialAddressMissing,
    TrialTooMany,
    WrongMove,
)
from maitian.outreach.campaigns.models import Campaign, CampaignMember, CampaignRound, Trial
from maitian.outreach.channels import Outcome, Receipt
from maitian.outreach.models import Event, Message, Topic
from maitian.outreach.tests.campaigning import approved, at, definition, started, tick, travel, work
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do  # noqa: F401
from maitian.staff.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def caught_up(db: Any, nothing_else_to_do: Any) -> None:  # noqa: F811
    """Reactions have seen what the demonstration wrote, and nobody has applied for a level yet."""
    Client.objects.filter(level_rank=1).update(
        consent_bits=0xFFF, address_bits=7, state="active", risk_class=4, risk_valid_until=date(2028, 1, 1)
    )
    reactions.react_all()


def members(campaign: Campaign, **wanted: Any) -> list[int]:
    found = CampaignMember.objects.filter(campaign_id=campaign.pk, **wanted)
    return list(found.order_by("client_id").values_list("client_id", flat=True))


def groups(campaign: Campaign) -> dict[int, int]:
    return dict(CampaignMember.objects.filter(campaign_id=campaign.pk).values_list("client_id", "arm"))


@pytest.mark.requirement("E6", "G4")
def test_a_campaign_from_its_start_to_its_end(member: Any) -> None:
    with travel(24, "10:00"):
        campaign = started(member)
        found = groups(campaign)
        assert campaign.members == len(found) > 60 and campaign.controls == sum(
            arm == 0 for arm in found.values()
        )
        assert all(
            arm == rules.group(rules.draw(campaign.pk, client), 20, [50, 50]) for client, arm in found.items()
        )
        assert advance.advance(campaign.pk)["moved"] == campaign.members - campaign.controls
        line = work()
    treated = {client for client, arm in found.items() if arm}
    got = {message.client_id: message.text for message in line.got}
    assert set(got) == treated
    assert all(("更多" in text) == (found[client] == 2) for client, text in got.items())
    assert not Message.objects.filter(
        client_id__in=set(found) - treated, event_id__in=events(campaign)
    ).exists()
    # Two working days later at half past nine: who opened goes, the others hear of it once more.
    opened = sorted(treated)[:10]
    with travel(25, "12:00"):
        for client in opened:
            event = CampaignRound.objects.get(
                pk=CampaignMember.objects.get(campaign_id=campaign.pk, client_id=client).round_id
            ).event_id
            outreach.mark_read(client, event)
        assert tick()["moved"] == 0
    applied, untouched = sorted(treated)[20], sorted(set(found) - treated)[0]
    with travel(26, "09:00"):
        for client in (applied, untouched):
            offerings.apply(client, "gold_wisdom", channel="portal", actor=f"client:{client}")
        tick()
    row = CampaignMember.objects.get(campaign_id=campaign.pk, client_id=applied)
    assert (row.state, row.left_for) == (3, "goal") and row.done_round_id == row.round_id
    row = CampaignMember.objects.get(campaign_id=campaign.pk, client_id=untouched)
    assert row.state == 0 and row.done_at is not None
    with travel(26, "09:31"):
        tick()
        work()
    through = members(campaign, state=2)
    assert set(through) == treated - {applied}
    reminded = set(
        Message.objects.filter(event_id__in=events(campaign, "s4")).values_list("client_id", flat=True)
    )
    assert reminded == treated - set(opened) - {applied}
    ways = {(r.step, r.way): 0 for r in campaign.rounds.all()}
    for r in campaign.rounds.all():
        ways[r.step, r.way] += r.count
    assert ways["s3", "yes"] == 10 and ways["s3", "no"] == len(treated) - 11
    with travel(10, "18:00", 12):
        assert tick()["ended"] == 1 and tick()["ended"] == 0
    campaign.refresh_from_db()
    assert campaign.state == "ended" and campaign.ended_at == at(10, "18:00", 12)
    assert LedgerEntry.objects.get(kind="campaign.ended").facts["done"] == 1
    kinds = list(
        LedgerEntry.objects.filter(kind__startswith="campaign.")
        .order_by("number")
        .values_list("kind", flat=True)
    )
    assert kinds[:4] == ["campaign.begun", "campaign.proposed", "campaign.approved", "campaign.started"]
    assert (
        LedgerEntry.objects.filter(kind="campaign.done").values_list("client_id", flat=True).get() == applied
    )


def events(campaign: Campaign, step: str = "") -> list[int]:
    found = campaign.rounds.filter(event__isnull=False)
    return list((found.filter(step=step) if step else found).values_list("event_id", flat=True))


def test_the_split_is_the_same_in_sql_and_in_python(member: Any) -> None:
    for control, shares in ((0, [100]), (33, [10, 20, 70]), (50, [25, 25, 25, 25])):
        arms = [{"name": str(n), "share": share} for n, share in enumerate(shares)]
        texts = {str(n): {"inbox": "好"} for n in range(1, len(shares) + 1)}
        step = {"key": "s1", "do": "send", "name": "x", "channels": 1, "texts": texts, "next": "end"}
        campaign = started(member, control=control, arms=arms, steps=[step], audience={}, everybody=True)
        found = groups(campaign)
        assert len(found) > 250
        assert {c: rules.group(rules.draw(campaign.pk, c), control, shares) for c in found} == found


# --- leaving, goals, branches ------------------------------------------------------------------------------------


def one_send(**changes: Any) -> dict[str, Any]:
    """A campaign of one send to everybody on level 1, without a control group."""
    texts = {"1": {"inbox": "好消息\n请看。", "sms": "{signature}请看客户端。{opt_out}"}}
    step = {"key": "s1", "do": "send", "name": "通知", "channels": 3, "texts": texts, "next": "end"}
    return {"control": 0, "arms": [{"name": "A", "share": 100}], "steps": [step], "first": "s1", **changes}


def test_who_opts_out_or_closes_leaves_at_once_and_gets_nothing_more(member: Any) -> None:
    with travel(24, "10:00"):
        campaign = started(member)
        treated = members(campaign, arm__gt=0)
        advance.advance(campaign.pk)
        clients.set_consent(treated[0], 0, 1, False, source="reply", proof="x", actor=f"client:{treated[0]}")
        clients.set_consent(treated[1], 1, 1, False, source="reply", proof="x", actor=f"client:{treated[1]}")
        clients.move(treated[2], "closed", actor=member("boss").actor)
        reactions.react_all()
        got = {message.client_id for message in work().got}
    rows = {
        c: (r.state, r.left_for)
        for c in treated[:3]
        for r in CampaignMember.objects.filter(campaign_id=campaign.pk, client_id=c)
    }
    assert rows[treated[0]] == (3, "opted_out") and rows[treated[2]] == (3, "closed")
    assert rows[treated[1]][0] == 1, "another class of messages is another matter"
    # The text was decided before; at hand-over whoever has left falls out.
    assert got == set(treated) - {treated[0], treated[2]}
    assert LedgerEntry.objects.filter(kind="campaign.left").count() == 2


def test_the_audience_is_frozen_and_the_gates_stay_in_force(member: Any) -> None:
    outside = list(Client.objects.filter(level_rank=2, state="active").values_list("pk", flat=True)[:3])
    with travel(24, "10:00"):
        campaign = started(member, **one_send(message_class=1, risk=5))
        assert campaign.members == campaign.topic.campaigns.get().members
        Client.objects.filter(pk__in=outside).update(level_rank=1)
        inside = members(campaign)
        Client.objects.filter(pk__in=inside[:2]).update(consent_bits=0)
        Client.objects.filter(pk=inside[2]).update(investor_class="professional")
        advance.advance(campaign.pk)
    event = Event.objects.get(topic=campaign.topic)
    assert event.audience_count == campaign.members and not set(outside) & set(inside)
    # R5 suits nobody of class C2; a professional gets it; everybody has gone through the step all the same.
    assert outreach.sending_count(event) == 1
    why = outreach_queries.explain(event, inside[5])
    assert why is not None and not why.sent
    assert len(members(campaign, state=2)) == campaign.members
    origin = queries.origin(event)
    assert origin is not None and (origin.campaign.pk, origin.step, origin.group) == (
        campaign.pk,
        "通知",
        "A 组",
    )
    standing = queries.of_client(inside[5])
    assert [(s.campaign.pk, s.words) for s in standing] == [(campaign.pk, "走完")]


def _report(member: Any) -> int:
    from maitian.library.models import Report

    return Report.objects.filter(state="published").values_list("pk", flat=True).first()


GOALS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "level", "level": "gold_wisdom"}, "level"),
    ({"kind": "report", "report": None}, "report"),
    ({"kind": "traded", "symbols": ["002500"], "side": "B", "amount": "5000"}, "trade"),
    ({"kind": "money", "amount": "10000"}, "cash"),
    ({"kind": "replied"}, "reply"),
    ({"kind": "assessed"}, "assessment"),
]


@pytest.mark.parametrize(("goal", "act"), GOALS, ids=[act for _goal, act in GOALS])
def test_every_goal_is_measured_from_what_is_on_record(member: Any, goal: dict[str, Any], act: str) -> None:
    """Done before the entry does not count, nor half of it; done after it counts once, at its own moment."""
    with travel(24, "09:00"):
        who = list(Client.objects.filter(level_rank=1).order_by("pk").values_list("pk", flat=True)[:3])
        _do(act, who[0], half=False)
    with travel(24, "10:00"):
        campaign = started(member, **one_send(goal=goal))
        advance.advance(campaign.pk)
        assert set(who) <= set(members(campaign))
    with travel(24, "11:00"):
        _do(act, who[1], half=False)
        _do(act, who[2], half=True)
        reactions.react_all()
        assert members(campaign, done_at__isnull=False) == [who[1]]
        row = CampaignMember.objects.get(campaign_id=campaign.pk, client_id=who[1])
        assert at(24, "11:00") <= row.done_at < at(24, "11:02") and row.done_round_id == row.round_id
        advance.measure(campaign.pk)
        assert members(campaign, done_at__isnull=False) == [who[1]]


def _do(act: str, client_id: int, *, half: bool) -> None:
    """What a client does, as the rooms write it; ``half``: not quite what the goal wants."""
    now = timezone.now()
    actor, account = f"client:{client_id}", str(client_id)
    if act == "level":
        offerings.apply(client_id, "gold_brocade" if half else "gold_wisdom", channel="portal", actor=actor)
    elif act == "report":
        kind = "report.saved" if half else "report.read"
        ledger.record(
            kind, actor=actor, client_id=client_id, object_kind="report", object_id=1, facts={"title": "x"}
        )
    elif act == "trade":
        for n, amount in enumerate((3000, 1000) if half else (3000, 2000)):
            Trade.objects.create(
                client_id=client_id, account_number=account, at=now, symbol="002500", side="B", quantity=100, price=1, amount=amount,
                reference=f"{now.timestamp()}-{n}", run_id=7_000_000 + client_id,
            )  # fmt: skip
        ledger.record(
            "trades.arrived",
            actor="member:1",
            object_kind="import",
            object_id=7_000_000 + client_id,
            facts={"count": 2},
        )
    elif act == "cash":
        for n, amount in enumerate((12_000, -5_000) if half else (12_000,)):
            if half and n == 0:
                amount = 9_000
            CashFlow.objects.create(
                client_id=client_id, account_number=account, at=now, amount=amount, reference=f"{now.timestamp()}-{n}", run_id=7_000_000 + client_id
            )  # fmt: skip
        ledger.record(
            "cash_flows.arrived",
            actor="member:1",
            object_kind="import",
            object_id=7_000_000 + client_id,
            facts={"count": 1},
        )
    elif act == "reply":
        InboundText.objects.create(
            gateway="x", reference=f"{now.timestamp()}{client_id}", client_id=client_id, phone_token=1, text="好", at=now,
            meaning="opt_out" if half else "note",
        )  # fmt: skip
        ledger.record(
            "client.replied",
            actor=actor,
            client_id=client_id,
            facts={"meaning": "note", "meaning_zh": "只记下"},
        )
    else:
        from maitian.clients.models import Assessment

        if not half:
            Assessment.objects.create(
                client_id=client_id, questionnaire_version=1, answers={}, score=1, risk_class=4, started_by=actor, channel="portal", at=now,
                valid_until=date(2028, 1, 1),
            )  # fmt: skip
        ledger.record(
            "suitability.assessed", actor=actor, client_id=client_id, facts={"score": 1, "class_name": "C3"}
        )


def test_trades_of_the_last_day_count_when_their_file_comes_later(member: Any) -> None:
    goal = {"kind": "traded", "symbols": [], "side": "", "amount": "0"}
    with travel(24, "10:00"):
        campaign = started(member, **one_send(goal=goal, ends_at="2026-11-25T15:00:00+08:00"))
        advance.advance(campaign.pk)
    one, other = members(campaign)[:2]
    with travel(25, "14:00"):
        now = timezone.now()
    with travel(25, "15:00"):
        assert tick()["ended"] == 1
    with travel(25, "19:00"):
        for client, moment in ((one, now), (other, timezone.now())):
            Trade.objects.create(
                client_id=client, account_number="x", at=moment, symbol="002500", side="S", quantity=1, price=1, amount=1, reference=str(client), run_id=9
            )  # fmt: skip
        ledger.record(
            "trades.arrived", actor="member:1", object_kind="import", object_id=9, facts={"count": 2}
        )
        reactions.react_all()
    assert members(campaign, done_at__isnull=False) == [one], "what happened after the end does not count"
    with travel(30, "19:00"):
        Trade.objects.filter(client_id=other).update(at=now)
        assert advance.measure(campaign.pk) == 0, "after the rulebook's days the result stands"


@pytest.mark.parametrize(
    ("ask", "more"),
    [
        ("replied", {}),
        ("traded", {}),
        ("reached", {"of": "s1"}),
        ("done", {}),
        ("meets", {"tree": {"all": [{"is": "assets", "at_least": "999999999"}]}}),
    ],
)
def test_a_branch_asks_when_somebody_comes_to_it(member: Any, ask: str, more: dict[str, Any]) -> None:
    steps = [
        {
            "key": "s1",
            "do": "send",
            "name": "通知",
            "channels": 2,
            "texts": {"1": {"sms": "{signature}请看客户端。{opt_out}"}},
            "next": "s2",
        },
        {"key": "s2", "do": "wait", "for": "hours", "n": 24, "next": "s3"},
        {"key": "s3", "do": "branch", "ask": ask, "yes": "s4", "no": "end", **more},
        {
            "key": "s4",
            "do": "send",
            "name": "谢谢",
            "channels": 1,
            "texts": {"1": {"inbox": "谢谢\n谢谢您。"}},
            "next": "end",
        },
    ]
    with travel(24, "10:00"):
        campaign = started(member, **one_send(steps=steps, stays=True, goal={"kind": "replied"}))
        who = members(campaign)[3]
        line = Line()
        line.answer = lambda message: Outcome.ACCEPTED if message.client_id == who else Outcome.REFUSED
        advance.advance(campaign.pk)
        work(line)
    with travel(24, "12:00"):
        if ask in ("replied", "done"):
            _do("reply", who, half=False)
        elif ask == "traded":
            _do("trade", who, half=False)
        elif ask == "meets":
            Client.objects.filter(pk=who).update(assets=10**9)
        else:
            reference = Message.objects.get(client_id=who, event_id=events(campaign)[0]).reference
            dispatch.settle([Receipt("line", reference, True, "", "13800000000")])
        tick()
    with travel(25, "10:01"):
        tick()
    ways = {r.way: r.count for r in campaign.rounds.filter(step="s3")}
    assert ways == {"yes": 1, "no": campaign.members - 1}
    assert Event.objects.get(pk=events(campaign, "s4")[0]).audience_count == 1


# --- budget ------------------------------------------------------------------------------------------------------


def test_the_budget_warns_once_stops_and_can_be_gone_on_with_without_texts(member: Any) -> None:
    price = Decimal("0.04")
    with travel(24, "10:00"):
        two = [
            {"key": "s1", "do": "send", "name": "一", "channels": 3, "texts": {"1": {"inbox": "一", "sms": "{signature}请看客户端。{opt_out}"}}, "next": "s2"},
            {"key": "s2", "do": "wait", "for": "hours", "n": 24, "next": "s3"},
            {"key": "s3", "do": "send", "name": "二", "channels": 3, "texts": {"1": {"inbox": "二", "sms": "{signature}请看客户端。{opt_out}"}}, "next": "end"},
        ]  # fmt: skip
        n = actions.count(plan.shaped(definition(**one_send(steps=two))))
        campaign = started(member, **one_send(steps=two, budget=str(price * (n + 10))))
        tick()
        campaign.refresh_from_db()
        assert campaign.state == "running" and campaign.warned_at is not None
        assert Notification.objects.filter(kind="outreach.campaign_budget_soon").count() == 1
        assert len(work().got) == n
        tick()
        assert Notification.objects.filter(kind="outreach.campaign_budget_soon").count() == 1
    with travel(25, "10:01"):
        tick()
        campaign.refresh_from_db()
        assert (campaign.state, campaign.pause) == ("paused", "budget")
        second = Event.objects.get(pk=events(campaign, "s3")[0])
        assert second.rules["short_budget"] == "campaign"
        assert len(work().got) == 10, "what the budget has paid for still goes out, and not one text more"
        assert outreach.spent(campaign.started_at, campaign.topic_id) == int(price * 10_000) * (n + 10)
        assert Message.objects.filter(event_id=second.pk, channel=0).count() == n
        actions.resume(campaign.pk, actor=member("boss").actor)
        tick()
        campaign.refresh_from_db()
        assert campaign.state == "running"


# --- pause, stop, start by the clock -------------------------------------------------------------------------------


def test_a_pause_holds_everything_and_a_stop_ends_it_for_good(member: Any) -> None:
    boss = member("boss").actor
    with travel(24, "10:00"):
        campaign = started(member)
        advance.advance(campaign.pk)
        actions.pause(campaign.pk, actor=boss)
        assert work().got == []
    with travel(27, "10:00"):
        assert tick()["moved"] == 0
        actions.resume(campaign.pk, actor=boss)
        assert len(work().got) == campaign.members - campaign.controls
        actions.stop(campaign.pk, actor=boss)
        assert actions.stop(campaign.pk, actor=boss).state == "stopped"
        with pytest.raises(WrongMove):
            actions.resume(campaign.pk, actor=boss)
    with travel(28, "10:00"):
        assert tick() == {"started": 0, "moved": 0, "ended": 0}
    assert set(
        CampaignMember.objects.filter(campaign_id=campaign.pk, arm__gt=0).values_list("left_for", flat=True)
    ) == {"over"}


def test_it_begins_by_itself_or_says_why_it_cannot(member: Any) -> None:
    with travel(24, "10:00"):
        good = approved(member, **one_send(starts_at="2026-11-25T09:00:00+08:00"))
        empty = approved(
            member, "没有人", **one_send(starts_at="2026-11-25T09:00:00+08:00", audience={"all": [{"is": "assets", "at_least": "9999999999"}]})
        )  # fmt: skip
        assert tick()["started"] == 0
    with travel(25, "09:00"):
        assert tick()["started"] == 1
    good.refresh_from_db()
    empty.refresh_from_db()
    assert good.state == "running" and good.started_by == "system:worker"
    assert empty.state == "draft" and "没有一位客户符合条件" in empty.reason
    assert (
        Notification.objects.filter(kind="outreach.campaign_not_begun", member=member("campaign")).count()
        == 1
    )


def test_a_large_start_is_confirmed_with_the_number(member: Any) -> None:
    from maitian.core.models import Rule

    Rule.objects.filter(key="outreach.confirm_above").update(value=50)
    rulebook._cache.clear()
    with travel(24, "10:00"):
        campaign = approved(member)
        with pytest.raises(StartNotConfirmed) as caught:
            actions.start(campaign.pk, actor=member("campaign").actor, confirmed_count=3)
        assert not CampaignMember.objects.exists()
        campaign = actions.start(
            campaign.pk, actor=member("campaign").actor, confirmed_count=caught.value.facts["count"]
        )
        assert actions.start(campaign.pk, actor=member("campaign").actor).members == campaign.members


# --- maker and checker, drafts, copies ------------------------------------------------------------------------------


def test_two_people_and_no_change_afterwards(member: Any) -> None:
    editor, checker = member("campaign").actor, member("checker").actor
    made = actions.begin("新活动", actor=editor, definition=definition())
    actions.propose(made.pk, actor=editor)
    with pytest.raises(SameMakerAndChecker):
        actions.approve(made.pk, actor=editor)
    with pytest.raises(CampaignFixed):
        actions.save(made.pk, {"control": 5}, actor=editor)
    with pytest.raises(ReasonMissing):
        actions.refuse(made.pk, reason=" ", actor=checker)
    actions.refuse(made.pk, reason="对照组太小", actor=checker)
    actions.save(made.pk, {"control": 30}, actor=editor)
    with pytest.raises(WrongMove):
        actions.start(made.pk, actor=editor)
    actions.propose(made.pk, actor=editor)
    made = actions.approve(made.pk, actor=checker)
    assert made.version == 2 and made.topic.version == 1 and made.topic.trigger == "campaign"
    proposed = LedgerEntry.objects.filter(kind="campaign.proposed").order_by("number")
    assert [row.facts["definition"]["control"] for row in proposed] == [20, 30]
    # The database is the last guard.
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=made.pk).update(proposer=checker)
    actions.withdraw(made.pk, actor=editor)
    with pytest.raises(CampaignFixed):
        actions.drop(made.pk, actor=editor)


def test_two_people_do_not_overwrite_each_other(member: Any) -> None:
    made = actions.begin("新活动", actor=member("campaign").actor, definition=definition())
    actions.save(made.pk, {"control": 10}, actor=member("editor").actor, revision=1)
    with pytest.raises(CampaignChanged):
        actions.save(made.pk, {"control": 40}, actor=member("campaign").actor, revision=1)
    made.refresh_from_db()
    assert made.definition["control"] == 10 and made.revision == 2


def test_a_copy_for_those_who_were_not_in_it(member: Any) -> None:
    with travel(24, "10:00"):
        first = started(member, **one_send())
        newcomers = list(Client.objects.filter(level_rank=2, state="active").values_list("pk", flat=True)[:4])
        Client.objects.filter(pk__in=newcomers).update(level_rank=1)
        made = actions.copy(first.pk, actor=member("editor").actor, leave_out=True)
        assert (
            made.state == "draft"
            and made.definition["leaves_out"] == first.pk
            and made.definition["steps"] == first.definition["steps"]
        )
        actions.save(made.pk, {"ends_at": "2026-12-20T18:00:00+08:00"}, actor=member("editor").actor)
        actions.propose(made.pk, actor=member("editor").actor)
        actions.approve(made.pk, actor=member("checker").actor)
        second = actions.start(made.pk, actor=member("editor").actor)
        assert members(second) == sorted(newcomers)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"goal": {}}, "goal", "outreach.campaign.goal_wrong"),
    ({"goal": {"kind": "level", "level": "diamond"}}, "goal", "outreach.campaign.goal_wrong"),
    ({"goal": {"kind": "money", "amount": "0"}}, "goal", "outreach.campaign.goal_wrong"),
    ({"goal": {"kind": "traded", "symbols": ["999998"]}}, "goal", "outreach.campaign.goal_wrong"),
    ({"audience": {}}, "audience", "outreach.audience.everybody"),
    ({"audience": {"all": [{"is": "zodiac", "any_of": [1]}]}}, "audience", "clients.conditions.name_unknown"),
    ({"leaves_out": 999}, "audience", "outreach.campaign.definition_wrong"),
    ({"arms": [{"name": "A", "share": 60}, {"name": "B", "share": 60}]}, "groups", "outreach.campaign.arms_wrong"),
    ({"control": 51}, "groups", "outreach.campaign.control_wrong"),
    ({"budget": None}, "limits", "outreach.campaign.budget_wrong"),
    ({"budget": "x"}, "limits", "outreach.campaign.budget_wrong"),
    ({"budget": "1.001"}, "limits", "outreach.campaign.budget_wrong"),
    ({"ends_at": ""}, "limits", "outreach.campaign.dates_wrong"),
    ({"ends_at": "2026-11-24T09:00:00+08:00"}, "limits", "outreach.campaign.dates_wrong"),
    ({"ends_at": "2027-11-24T09:00:00+08:00"}, "limits", "outreach.campaign.dates_wrong"),
    ({"ends_at": "2026-11-25T09:00:00+08:00"}, "limits", "outreach.campaign.dates_wrong"),  # before the last step is over
    ({"starts_at": "2026-11-24T08:00:00+08:00"}, "limits", "outreach.campaign.dates_wrong"),
    ({"message_class": 7}, "limits", "outreach.campaign.definition_wrong"),
    ({"risk": 9}, "limits", "outreach.campaign.definition_wrong"),
    ({"steps": [], "first": ""}, "steps", "outreach.campaign.steps_missing"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "part", "code"), WRONG)
def test_what_is_wrong_is_said_at_its_part(changes: dict[str, Any], part: str, code: str) -> None:
    found = plan.faults(plan.shaped(definition(**changes)), timezone.now())
    assert (part, code) in {(fault.part, fault.error.code) for fault in found}
    assert all(fault.sentence for fault in found)


def _step(key: str = "s1", **changes: Any) -> dict[str, Any]:
    texts = {"1": {"inbox": "好"}, "2": {"inbox": "好"}}
    return {
        "key": key,
        "do": "send",
        "name": "x",
        "channels": 1,
        "texts": texts,
        "link": "",
        "next": "end",
        **changes,
    }


WRONG_STEPS: list[tuple[list[dict[str, Any]], str]] = [
    ([_step(next="s1")], "outreach.campaign.loop"),
    ([_step(next="s9")], "outreach.campaign.step_lost"),
    ([_step(), _step("s2")], "outreach.campaign.step_unreached"),
    ([_step(channels=0)], "outreach.template.empty"),
    ([_step(channels=2)], "outreach.template.empty"),
    ([_step(channels=2, texts={"1": {"sms": "没有签名"}, "2": {"sms": "{signature}好"}})], "outreach.template.signature_missing"),
    ([_step(channels=2, texts={"1": {"sms": "{signature}好"}, "2": {"sms": "{signature}{price}"}})], "outreach.template.variable_unknown"),
    ([_step(texts={"1": {"inbox": "{"}, "2": {"inbox": "好"}})], "outreach.template.broken"),
    ([_step(texts={"1": {"inbox": "建议买入中信证券，目标价30元"}, "2": {"inbox": "好"}})], "outreach.message.is_advice"),
    ([_step(texts={"1": {"inbox": "好"}})], "outreach.template.empty"),  # the other arm has no text
    ([_step(link="report:999999")], "outreach.campaign.link_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "wait", "for": "hours", "n": 0, "next": "end"}], "outreach.campaign.wait_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "wait", "for": "days", "n": 2, "at": "9点", "next": "end"}], "outreach.campaign.wait_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "wait", "for": "until", "at": "明天", "next": "end"}], "outreach.campaign.wait_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "branch", "ask": "", "yes": "end", "no": "s3"}, _step("s3")], "outreach.campaign.ask_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "branch", "ask": "opened", "of": "s3", "yes": "end", "no": "s3"}, _step("s3")], "outreach.campaign.ask_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "branch", "ask": "done", "yes": "end", "no": "s3"}, _step("s3")], "outreach.campaign.ask_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "branch", "ask": "replied", "yes": "end", "no": "end"}], "outreach.campaign.ask_wrong"),
    ([_step(next="s2"), {"key": "s2", "do": "branch", "ask": "meets", "yes": "end", "no": "s3"}, _step("s3")], "outreach.campaign.ask_wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "code"), WRONG_STEPS, ids=[code for _s, code in WRONG_STEPS])
def test_wrong_steps_are_named(steps: list[dict[str, Any]], code: str) -> None:
    found = plan.faults(plan.shaped(definition(steps=steps)), timezone.now())
    assert code in {fault.error.code for fault in found}


def test_a_commercial_campaign_needs_the_way_to_opt_out() -> None:
    steps = [_step(channels=2, texts={n: {"sms": "{signature}好"} for n in ("1", "2")})]
    found = plan.faults(plan.shaped(definition(steps=steps, message_class=1)), timezone.now())
    assert {fault.error.code for fault in found} == {"outreach.template.opt_out_missing"}


@pytest.mark.parametrize(
    "given",
    [
        7, {"unknown": 1}, {"goal": []}, {"stays": 1}, {"control": "x"}, {"arms": []}, {"arms": [{"name": "A", "share": "x"}]}, {"steps": {}},
        {"steps": [{"key": "x", "do": "send"}]}, {"steps": [{"key": "s1", "do": "dance"}]}, {"steps": [_step(), _step()]}, {"ends_at": "bald"},
    ],
)  # fmt: skip
def test_what_is_no_definition_is_refused_whole(member: Any, given: Any) -> None:
    with pytest.raises(DefinitionWrong):
        actions.begin("x", actor=member("campaign").actor, definition=given)
    assert not Campaign.objects.filter(name="x").exists()


# --- tests to oneself -------------------------------------------------------------------------------------------------


def test_a_test_goes_to_oneself_through_the_real_channel_and_counts_nowhere(member: Any) -> None:
    editor = member("campaign")
    with travel(24, "10:00"):
        made = actions.begin("试发", actor=editor.actor, definition=definition())
        step = made.definition["steps"][0]
        with pytest.raises(TrialAddressMissing):
            trials.send(made, step, 1, 1, member=editor)
        editor.mobile = "13900000001"
        editor.save()
        before = outreach.spent_this_month(timezone.now())
        trial = trials.send(made, step, 2, 1, member=editor)
        line = work()
    sent = [message for message in line.got if message.to == "13900000001"]
    assert len(sent) == 1 and sent[0].text.startswith("【麦田证券】［测试］金智慧能看的报告更多了")
    trial.refresh_from_db()
    assert trial.state == "handed" and trial.reference == "line-1"
    assert (
        trials.settle([Receipt("line", "line-1", True, "", ""), Receipt("line", "x", True, "", "")])[
            0
        ].reference
        == "x"
    )
    trial.refresh_from_db()
    assert trial.state == "delivered"
    assert (
        outreach.spent_this_month(timezone.now()) == before
        and not Message.objects.filter(client_id=trial.pk, day=date(2026, 11, 24), channel=1).exists()
    )
    with travel(24, "10:30"):
        for _ in range(9):
            trials.send(made, step, 1, 1, member=editor)
        with pytest.raises(TrialTooMany):
            trials.send(made, step, 1, 1, member=editor)
        down = Line()
        down.down = True
        work(down)
    assert Trial.objects.filter(state="failed").count() == 9


# --- results ----------------------------------------------------------------------------------------------------------


def test_the_results_add_up_and_hold_nothing_personal(member: Any) -> None:
    with travel(24, "10:00"):
        campaign = started(member)
        advance.advance(campaign.pk)
        line = Line()
        line.answer = lambda message: Outcome.REFUSED if message.client_id % 5 == 0 else Outcome.ACCEPTED
        work(line)
        found = groups(campaign)
        a = [client for client, arm in sorted(found.items()) if arm == 1]
        event = CampaignRound.objects.get(campaign=campaign, step="s1", arm=1).event_id
        for client in a[:6]:
            outreach.mark_read(client, event)
        for client in a[:4]:
            offerings.apply(client, "gold_wisdom", channel="portal", actor=f"client:{client}")
        InboundText.objects.create(
            gateway="x",
            reference="r",
            client_id=a[0],
            phone_token=1,
            text="好的",
            at=timezone.now(),
            meaning="note",
            event_id=event,
        )
        reactions.react_all()
    got = results.of(campaign)
    one, two = got.arms
    assert (
        (one.share.k, one.share.n, two.share.k) == (4, len(a), 0)
        and got.control is not None
        and got.control.share.n == campaign.controls
    )
    assert one.sent == len(a) and one.read == 6 and one.replied == 1
    cell = got.steps[0].cells[0][1]
    assert cell.came == cell.sent == len(a) and cell.done == 4 and cell.read == 6
    sms = cell.channels[1]
    assert sms.failed == sum(client % 5 == 0 for client in a) and cell.cost == Decimal("0.04") * (
        len(a) - sms.failed
    )
    assert got.cost == sum(arm.cost for arm in got.arms) and got.cost_per_done == got.cost / 4
    assert [(c.one.number, c.other.number) for c in got.comparisons] == [(1, 0), (2, 0), (2, 1)]
    wide = rules.quantile(got.confidence, 3)
    assert got.comparisons[0].difference == rules.difference(one.share, got.control.share, wide, got.least)
    text = results.table(campaign, got)
    names = [str(person.name) for person in PersonalData.objects.filter(pk__in=a[:20])]
    assert (
        "total" in text
        and not any(name in text for name in names)
        and "=cmd" not in results._safe("=cmd")[:1]
    )
    lines = text.splitlines()
    assert len(lines) == 1 + 4 * 2 + 3 + 3


# --- twice is once (at once, and killed: test_campaign_races) ------------------------------------------------------------------------------------------


def test_twice_is_once(member: Any) -> None:
    with travel(24, "10:00"):
        campaign = started(member)
        assert advance.advance(campaign.pk)["moved"] > 0
        assert advance.advance(campaign.pk)["moved"] == 0 and advance.run()["moved"] == 0
        assert campaign.rounds.count() == 2 and Event.objects.filter(topic=campaign.topic).count() == 2


def test_a_step_that_is_refused_stops_the_campaign_and_says_why(member: Any) -> None:
    """Its topic was switched off: the makers hear it once, nobody is passed over, and it goes on when it is mended."""
    with travel(24, "10:00"):
        item = started(member)
        Topic.objects.filter(pk=item.topic_id).update(active=False)
        tick()
        item.refresh_from_db()
        assert item.state == "paused" and item.reason
        assert Notification.objects.filter(kind="outreach.campaign_stuck").count() == 1
        tick()
        assert Notification.objects.filter(kind="outreach.campaign_stuck").count() == 1
        waiting = CampaignMember.objects.filter(campaign_id=item.pk, step="s1").count()
        assert waiting == item.members - item.controls and not item.rounds.exists()
        Topic.objects.filter(pk=item.topic_id).update(active=True)
        actions.resume(item.pk, actor=member("campaign").actor)
        tick()
        item.refresh_from_db()
        assert item.state == "running" and not item.reason
        assert sum(r.count for r in item.rounds.filter(step="s1")) == waiting


def test_a_clock_that_jumps_takes_no_step_twice(member: Any) -> None:
    """Two days ahead and back again: everybody went through each step once."""
    with travel(24, "10:00"):
        item = started(member)
        tick()
    for day, clock in ((26, "10:00"), (24, "10:05"), (23, "09:00"), (26, "10:01"), (26, "10:00")):
        with travel(day, clock):
            tick()
    treated = item.members - item.controls
    for step in ("s1", "s2", "s3", "s4"):
        assert sum(r.count for r in item.rounds.filter(step=step)) == treated, step
    assert Event.objects.filter(topic_id=item.topic_id).count() == 4  # two sends for each of two arms
