"""Topics: proposed by one, in force by another, refused in words; daily ones by the clock; every shipped one sound."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from conftest import MOMENT
from maitian.clients.models import Client, PersonalData
from maitian.core.errors import AlreadyDone, DomainError, SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.outreach import actions, queries, setup, timing
from maitian.outreach.models import Event, Topic, TopicVersion
from maitian.outreach.tasks import daily_topics

pytestmark = pytest.mark.django_db
CARE = {
    "name": "开户周年", "name_en": "Anniversary", "trigger": "daily", "message_class": 2, "legal_basis": "consent", "critical": False,
    "advice": False, "by_level": False, "audience": "everybody", "conditions": {"all": [{"is": "level", "any_of": [2, 3]}]},
    "channel_mask": 3, "templates": {"inbox": "周年\n{salutation}，谢谢您", "sms": "{signature}{salutation}，谢谢您一直在"},
    "timing": {"when": "at", "at": "09:30", "days": "every"}, "ledger_kinds": [], "repeat_days": 300, "expires_minutes": 600,
    "budget_month": "200.00", "budget_year": None, "suitability": False, "automatic": True, "active": True,
}  # fmt: skip


@pytest.fixture
def people(member):
    return member("campaign").actor, member("checker").actor


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "outreach.topic.field_missing"),
        ({"name_en": ""}, "outreach.topic.field_missing"),
        ({"audience": "holders"}, "outreach.topic.audience_unfit"),
        ({"conditions": {}}, "outreach.audience.everybody"),
        ({"conditions": {"all": [{"is": "shoe_size", "any_of": [43]}]}}, "clients.conditions.name_unknown"),
        ({"timing": {"when": "at", "at": "25:00"}}, "outreach.topic.timing_wrong"),
        ({"timing": {"when": "at_once"}}, "outreach.topic.timing_wrong"),
        ({"repeat_days": None}, "outreach.topic.timing_wrong"),
        ({"expires_minutes": 1}, "outreach.topic.timing_wrong"),
        ({"critical": True}, "outreach.topic.basis_unfit"),
        ({"message_class": 1, "legal_basis": "contract"}, "outreach.topic.basis_unfit"),
        ({"message_class": 1}, "outreach.template.opt_out_missing"),
        ({"advice": True}, "outreach.template.risk_sentence_missing"),
        ({"templates": {"inbox": "x", "sms": "没有签名"}}, "outreach.template.signature_missing"),
        ({"templates": {"inbox": "x", "sms": "{signature}" + "长" * 300}}, "outreach.text.too_long"),
        ({"templates": {"inbox": "{price}", "sms": "{signature}x"}}, "outreach.template.variable_unknown"),
        ({"templates": {"inbox": "{title", "sms": "{signature}x"}}, "outreach.template.broken"),
        ({"templates": {"inbox": "x"}}, "outreach.template.empty"),
        ({"channel_mask": 0}, "outreach.template.empty"),
        ({"trigger": "ledger", "audience": "named", "ledger_kinds": []}, "outreach.topic.field_missing"),
        (
            {"trigger": "ledger", "audience": "named", "ledger_kinds": ["no.such"]},
            "outreach.topic.field_missing",
        ),
        ({"trigger": "manual", "conditions": {}}, "outreach.audience.everybody"),
    ],
)
def test_a_definition_that_could_not_be_sent_is_refused_by_its_own_code(
    people, change: dict, code: str
) -> None:
    with pytest.raises(DomainError) as caught:
        actions.propose_topic("anniversary", CARE | change, actor=people[0])
    assert caught.value.code == code
    for language in ("zh-hans", "en"):
        assert "{" not in caught.value.sentence(language).replace("{opt_out}", "").replace(
            "{risk_sentence}", ""
        ).replace("{signature}", "").replace("{title}", "")
    assert (
        not Topic.objects.filter(code="anniversary").exists()
        and not TopicVersion.objects.filter(state="proposed").exists()
    )


@pytest.mark.requirement("G8", "E1")
def test_a_new_topic_is_made_by_two_people_and_goes_out_by_itself(people) -> None:
    maker, checker = people
    version = actions.propose_topic("anniversary", CARE, actor=maker, reason="老客户")
    assert not Topic.objects.get(code="anniversary").active
    with time_machine.travel(datetime(2026, 11, 25, 9, 31, tzinfo=SHANGHAI)):
        daily_topics()
        assert not Event.objects.filter(topic__code="anniversary").exists()
        with pytest.raises(SameMakerAndChecker):
            actions.approve_topic(version.pk, actor=maker)
        topic = actions.approve_topic(version.pk, actor=checker)
        with pytest.raises(AlreadyDone):
            actions.approve_topic(version.pk, actor=checker)
        assert (topic.active, topic.version) == (True, 1)
        daily_topics()
        daily_topics()
    event = Event.objects.get(topic=topic)
    wanted = Client.objects.filter(
        level_rank__in=[2, 3], state__in=["opened", "active", "dormant", "leaving"]
    ).count()
    assert event.audience_count == wanted and event.state == "sending" and event.topic_version == 1
    # Who was told is not told again within the days.
    with time_machine.travel(datetime(2026, 11, 26, 9, 31, tzinfo=SHANGHAI)):
        daily_topics()
    again = Event.objects.filter(topic=topic).latest("pk")
    assert again.pk != event.pk and not actions.sending_count(again) and again.state == "done"


def test_a_change_is_a_version_and_old_events_keep_theirs(people, published, member) -> None:
    maker, checker = people
    old = actions.event_for_report(published.pk, maker=maker)
    topic = Topic.objects.get(code="report_published")
    given = actions.definition_of(topic) | {"templates": {**topic.templates, "inbox": "{title}（新）"}}
    version = actions.propose_topic("report_published", given, actor=maker)
    assert version.number == 2 and version.definition["templates"]["inbox"] == "{title}（新）"
    refused = actions.propose_topic("report_published", given | {"name": "别的"}, actor=maker)
    with pytest.raises(DomainError):
        actions.refuse_topic(refused.pk, reason=" ", actor=checker)
    actions.refuse_topic(refused.pk, reason="名称不要改", actor=checker)
    actions.approve_topic(version.pk, actor=checker)
    topic.refresh_from_db()
    assert (topic.version, topic.name, old.topic_version) == (2, "新研究报告", 1)
    kinds = list(
        LedgerEntry.objects.filter(object_kind="topic", object_id="report_published").values_list(
            "kind", flat=True
        )
    )
    assert sorted(kinds) == ["topic.approved", "topic.proposed", "topic.proposed", "topic.refused"]


def test_every_topic_that_ships_passes_its_own_checks() -> None:
    assert {entry["code"] for entry in setup.TOPICS} <= set(Topic.objects.values_list("code", flat=True))
    for topic in Topic.objects.all():
        from maitian.outreach.actions.topics import check_definition

        check_definition(actions.definition_of(topic), everybody_meant=True)
        assert topic.versions.filter(state="approved", number=topic.version).exists()


@pytest.mark.requirement("E1")
def test_birthday_wishes_reach_those_whose_birthday_it_is_and_nobody_else(story) -> None:
    Client.objects.filter(pk__in=story).update(consent_bits=0xFFF, address_bits=15)
    PersonalData.objects.filter(birthday__month=11, birthday__day=25).update(birthday=None)
    PersonalData.objects.filter(client_id=story[0]).update(birthday="1970-11-25")
    PersonalData.objects.filter(client_id=story[1]).update(birthday="1970-11-26")
    with time_machine.travel(datetime(2026, 11, 25, 9, 10, 3, tzinfo=SHANGHAI)):
        daily_topics()
    event = Event.objects.get(topic__code="birthday")
    assert queries.explain(event, story[0]).sent and queries.explain(event, story[1]) is None
    assert event.audience_count == 1


def test_a_large_automatic_send_waits_for_a_person(people) -> None:
    from maitian.core import rulebook

    rulebook.Rule.objects.filter(key="outreach.automatic_max").update(value=3)
    rulebook._cache.clear()
    actions.approve_topic(actions.propose_topic("anniversary", CARE, actor=people[0]).pk, actor=people[1])
    with time_machine.travel(datetime(2026, 11, 25, 9, 31, tzinfo=SHANGHAI)):
        daily_topics()
    assert Event.objects.get(topic__code="anniversary").state == "decided"
    rulebook._cache.clear()


@pytest.mark.parametrize(
    ("given", "now", "begins"),
    [
        ({}, "2026-11-24 10:00", None),
        ({"when": "after_close"}, "2026-11-24 10:00", "2026-11-24 15:05"),
        ({"when": "after_close"}, "2026-11-24 15:05", None),
        ({"when": "after_close"}, "2026-11-28 10:00", None),  # Saturday
        ({"when": "at", "at": "08:30", "days": "trading"}, "2026-11-27 09:00", "2026-11-30 08:30"),
        (
            {"when": "at", "at": "08:30", "days": "work"},
            "2026-10-09 09:00",
            "2026-10-10 08:30",
        ),  # a make-up Saturday
        ({"when": "at", "at": "08:30", "days": "trading"}, "2026-10-09 09:00", "2026-10-12 08:30"),
        ({"when": "at", "at": "08:30", "days": "every"}, "2026-11-27 08:00", "2026-11-27 08:30"),
    ],
)
def test_timing(given: dict, now: str, begins: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    found = timing.not_before(given, at)
    assert (f"{found:%Y-%m-%d %H:%M}" if found else None) == begins


@pytest.mark.requirement("G12")
def test_a_topic_s_own_budget_stops_it_before_the_branch_s(people) -> None:
    maker, checker = people
    version = actions.propose_topic("anniversary", CARE | {"budget_month": "0.10"}, actor=maker)
    actions.approve_topic(version.pk, actor=checker)
    Client.objects.filter(level_rank__in=[2, 3]).update(consent_bits=0xFFF, address_bits=15)
    with time_machine.travel(datetime(2026, 11, 25, 9, 31, tzinfo=SHANGHAI)):
        daily_topics()
    event = Event.objects.get(topic__code="anniversary")
    price = event.texts["sms"]["price"]
    assert (
        queries.verdicts(event).messages[1] == 1000 // price and event.rules["short_budget"] == "topic_month"
    )
    assert MOMENT + timedelta(0) == MOMENT
