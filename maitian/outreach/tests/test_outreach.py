from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import MOMENT
from maitian.clients.models import Client
from maitian.core import rulebook
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, decision, dispatch, queries, rules
from maitian.outreach.errors import (
    AudienceEmpty,
    CountNotConfirmed,
    DecisionTooOld,
    ReportNotPublished,
    TemplateBroken,
    TemplateVariableUnknown,
    WrongState,
)
from maitian.outreach.models import Event, Message, Topic
from maitian.outreach.rules import ClientFacts, Gate

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(published, member):
    made = actions.event_for_report(published.pk, maker=member("editor").actor)
    return actions.decide(made.pk, actor=member("editor").actor)


def work(channels=(0, 3)) -> None:
    """Hand over what needs no gateway, as a worker does."""
    worker = dispatch.Worker(channels)
    while worker.step():
        pass


@pytest.mark.requirement("N1")
def test_the_note_reaches_holders_and_followers_by_level_class_and_consent(event, story) -> None:
    found = {n: queries.explain(event, client) for n, client in enumerate(story)}
    assert found[0].sent and found[0].outcome == rules.outcome(Gate.SENT, 7)
    assert [s.gate for s in found[1].steps if s.state == "stopped"] == [Gate.COVERAGE]
    assert found[2].sent
    assert [s.gate for s in found[3].steps if s.state == "stopped"] == [Gate.SUITABILITY]
    assert found[4].outcome == rules.outcome(Gate.SENT, 5)  # no SMS without consent
    holders = set(
        Client.objects.filter(state__in=["opened", "active", "dormant", "leaving"]).values_list(
            "pk", flat=True
        )
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id FROM clients_holding h JOIN clients_security s USING (symbol) WHERE s.industry = '证券' UNION"
            " SELECT client_id FROM clients_follow WHERE what = '证券' OR what IN (SELECT symbol FROM clients_security WHERE industry = '证券')"
        )
        assert event.audience_count == len(holders & {row[0] for row in cursor.fetchall()})


def test_every_verdict_is_what_the_gates_say_one_by_one(event) -> None:
    values = rulebook.at()
    conditions = rules.Conditions(0, {2: 7, 3: 7}, 3, 0, values.get("outreach.caps.commercial_day"), 4)
    checked = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_ids, outcomes FROM outreach_verdictblock WHERE event_id = %s", [event.pk]
        )
        for ids, outcomes in cursor.fetchall():
            for client, byte in zip(
                Client.objects.filter(pk__in=ids).order_by("pk"), bytes(outcomes), strict=True
            ):
                valid = client.risk_valid_until is not None and client.risk_valid_until >= MOMENT.date()
                facts = ClientFacts(
                    client.level_rank,
                    client.risk_class,
                    valid,
                    client.investor_class == "professional",
                    client.consent_bits,
                    client.address_bits,
                )
                assert byte == rules.decide(facts, conditions)
                checked += 1
    assert checked == event.audience_count > 50


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([0, 1, 2]), st.one_of(st.none(), st.integers(1, 5)), st.integers(0, 15), st.integers(0, 2), st.integers(0, 5),
    st.dictionaries(st.integers(1, 3), st.integers(0, 15), max_size=3), st.integers(0, 15), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
def test_the_statement_agrees_with_the_rules(
    message_class, risk, quiet, today_count, month_count, by_rank, otherwise, consent, advice, capped
) -> None:
    conditions = rules.Conditions(
        message_class, by_rank, risk, quiet, 1, 4, otherwise, consent, advice, capped
    )
    counted = list(Client.objects.order_by("pk").values_list("pk", flat=True)[:150])
    day = MOMENT.date()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE outreach_contactcount")
        cursor.execute(
            "INSERT INTO outreach_contactcount SELECT unnest(%s::bigint[]), %s, %s, %s",
            [counted, day, today_count, month_count],
        )
        question = decision.Question("true", {}, conditions, day, 999)
        sql, parameters = decision.statement(question)
        cursor.execute(sql, parameters)
        answers = dict(cursor.fetchall())
    for client in Client.objects.all():
        valid = client.risk_valid_until is not None and client.risk_valid_until >= day
        n = (today_count, month_count) if client.pk in counted else (0, 0)
        facts = ClientFacts(
            client.level_rank,
            client.risk_class,
            valid,
            client.investor_class == "professional",
            client.consent_bits,
            client.address_bits,
            client.advised,
            *n,
        )
        assert answers[client.pk] == rules.decide(facts, conditions)


def test_looking_sends_nothing_and_deciding_again_replaces(event, member) -> None:
    assert not Message.objects.filter(event_id=event.pk).exists()
    again = actions.decide(event.pk, actor=member("editor").actor)
    assert again.verdict_digest == event.verdict_digest and again.counts == event.counts
    assert LedgerEntry.objects.filter(kind="outreach.decided", object_id=str(event.pk)).count() == 2


def test_sent_once_and_only_to_those_decided(event, member, story) -> None:
    editor = member("editor").actor
    actions.send(event.pk, actor=editor)
    actions.send(event.pk, actor=editor)  # a double click
    work()
    got = set(Message.objects.filter(event_id=event.pk, channel=0).values_list("client_id", flat=True))
    wanted = {
        client
        for client, _byte in decision.clients_with(event.pk, {b for b in range(256) if b & 1}, 0, 10_000)
    }
    assert got == wanted and story[0] in got and story[1] not in got
    assert LedgerEntry.objects.filter(kind="outreach.sent", object_id=str(event.pk)).count() == 1


@pytest.mark.requirement("G11")
def test_inbox_report_and_lock_in_the_portal(event, member, story, sign_in) -> None:
    actions.send(event.pk, actor=member("editor").actor)
    work()
    wisdom, channel = sign_in(story[0]), sign_in(story[1])
    assert event.title in wisdom.get("/portal/inbox/").content.decode()
    assert wisdom.get(f"/portal/inbox/{event.pk}/").status_code == 200
    assert 'id="full-text"' in wisdom.get(f"/portal/reports/{event.object_id}/").content.decode()
    assert event.title not in channel.get("/portal/inbox/").content.decode()
    assert channel.get(f"/portal/inbox/{event.pk}/").status_code == 404
    locked = channel.get(f"/portal/reports/{event.object_id}/").content.decode()
    assert 'id="locked"' in locked and "金智慧" in locked and 'id="full-text"' not in locked
    assert not queries.message_of(story[0], event.pk)["unread"]
    kinds = list(
        LedgerEntry.objects.filter(client_id=story[0]).order_by("number").values_list("kind", flat=True)
    )
    assert kinds[-2:] == ["message.read", "report.read"]


def test_why_names_gate_rule_version_and_basis(event, sign_in, story) -> None:
    page = sign_in("manager1").get(f"/outreach/{event.pk}/why/{story[1]}/").content.decode()
    assert (
        'data-gate="coverage" data-state="stopped"' in page
        and 'data-gate="suitability" data-state="unreached"' in page
    )
    assert f"第 {event.rule_version} 版" in page and "来源文章二" in page and "金通道" in page
    english = sign_in("manager1")
    english.cookies["django_language"] = "en"
    page = english.get(f"/outreach/{event.pk}/why/{story[1]}/").content.decode()
    assert "service products" in page and "Gold Channel" in page


def test_the_page_before_sending_shows_counts_by_reason(event, sign_in) -> None:
    page = sign_in("editor").get(f"/outreach/{event.pk}/").content.decode()
    found = queries.verdicts(event)
    assert found.total == found.sent + found.later + found.stopped == event.audience_count
    for line in found.lines:
        assert f'data-verdict="{line.key}"' in page


def test_refusals(published, event, member, settings) -> None:
    editor = member("editor").actor
    from maitian.library import actions as library
    from maitian.library.models import Report

    draft = library.save_draft(None, values={"title": "草稿"}, actor=editor)
    with pytest.raises(ReportNotPublished):
        actions.event_for_report(draft.pk, maker=editor)
    nobody = Report.objects.get(pk=published.pk)
    nobody.pk, nobody.securities, nobody.industries = None, [], []
    nobody.save()
    empty = actions.event_for_report(nobody.pk, maker=editor)
    with pytest.raises(AudienceEmpty) as caught:
        actions.decide(empty.pk, actor=editor)
    assert caught.value.code == "outreach.audience.empty"
    empty.refresh_from_db()
    assert empty.state == "draft" and not decision.blocks(empty.pk)
    Event.objects.filter(pk=event.pk).update(decided_at=event.decided_at.replace(hour=0))
    with pytest.raises(DecisionTooOld):
        actions.send(event.pk, actor=editor)


def test_large_sends_are_confirmed_by_their_number(event, member) -> None:
    rulebook.Rule.objects.filter(key="outreach.confirm_above").update(value=5)
    rulebook._cache.clear()
    with pytest.raises(CountNotConfirmed):
        actions.send(event.pk, actor=member("editor").actor, confirmed_count=3)
    assert (
        actions.send(
            event.pk, actor=member("editor").actor, confirmed_count=actions.sending_count(event)
        ).state
        == "sending"
    )
    rulebook._cache.clear()


def test_templates_refuse_unknown_variables_and_broken_braces(member) -> None:
    given = actions.definition_of(Topic.objects.get(code="report_published"))
    for text, error in (("{price}", TemplateVariableUnknown), ("{title", TemplateBroken)):
        with pytest.raises(error) as caught:
            actions.propose_topic(
                "report_published",
                given | {"templates": {"inbox": text}, "channel_mask": 1},
                actor="member:1",
            )
        assert caught.value.code.startswith("outreach.template.")
    assert "{price}" not in Topic.objects.get(code="report_published").templates["inbox"]


def test_pause_resume_stop(event, member) -> None:
    editor = member("editor").actor
    with pytest.raises(WrongState):
        actions.control(event.pk, "pause", actor=editor)
    actions.send(event.pk, actor=editor)
    actions.control(event.pk, "pause", actor=editor)
    work()
    assert not Message.objects.filter(event_id=event.pk).exists()
    actions.control(event.pk, "resume", actor=editor)
    work()
    assert Message.objects.filter(event_id=event.pk, channel=0).exists()
    actions.control(event.pk, "stop", actor=editor)
    assert set(queries.deliveries(event.pk).values_list("channel", "state")) == {
        (0, "done"), (1, "stopped"), (2, "stopped"),
    }  # fmt: skip


def test_in_quiet_hours_the_inbox_gets_it_and_texts_wait(published, member) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 22, 30, tzinfo=ZoneInfo("Asia/Shanghai"))):
        made = actions.event_for_report(published.pk, maker=member("editor").actor)
        made = actions.decide(made.pk, actor=member("editor").actor)
        found = queries.verdicts(made)
        assert found.later > 0 and found.messages[1] > 0
        actions.send(made.pk, actor=member("editor").actor)
        times = {d.channel: d.not_before for d in queries.deliveries(made.pk)}
    assert times[0] is None
    assert times[1].astimezone(ZoneInfo("Asia/Shanghai")).strftime("%m-%d %H:%M") == "11-25 08:00"


def test_the_same_fact_is_told_once(event, published, member) -> None:
    actions.send(event.pk, actor=member("editor").actor)
    twin = Event.objects.get(pk=event.pk)
    twin.pk, twin.object_id, twin.state, twin.sent_at = None, 10**9, "draft", None
    twin.save()
    again = actions.decide(twin.pk, actor=member("editor").actor)
    sent_before = actions.sending_count(event)
    assert again.counts.get(
        str(rules.outcome(Gate.DUPLICATE, 0))
    ) == sent_before and not actions.sending_count(again)


@pytest.mark.requirement("G12")
def test_the_month_s_budget_is_the_last_gate(published, member) -> None:
    rulebook.Rule.objects.filter(key="outreach.budget.sms_month").update(
        value=actions.spent_this_month(MOMENT) / 10_000 + 0.4
    )
    rulebook._cache.clear()
    made = actions.event_for_report(published.pk, maker=member("editor").actor)
    made = actions.decide(made.pk, actor=member("editor").actor)
    price = made.texts["sms"]["price"]
    assert queries.verdicts(made).messages[1] == 4000 // price
    assert sum(made.counts.values()) == made.audience_count
    rulebook._cache.clear()


def test_one_client_s_outcome_is_found_by_the_index(event) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT 1 FROM outreach_verdictblock WHERE block = 0 AND event_id = 1")
        assert "Index" in str(cursor.fetchall())
    assert decision.outcome_of(event.pk, 10**8) is None


def test_the_digest_shows_a_changed_verdict(event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_verdictblock SET outcomes = set_byte(outcomes, 0, get_byte(outcomes, 0) # 1) WHERE event_id = %s",
            [event.pk],
        )
    assert decision.digest(event.pk) != event.verdict_digest
