"""What a person does on the pages of outreach, a program does by the API: same actions, same refusals, same doors."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from maitian.clients.models import Client, InboundText
from maitian.outreach import actions
from maitian.outreach.channels import Outcome
from maitian.outreach.channels.pool import Pool
from maitian.outreach.models import CallTask, Event, Message, Topic, TopicVersion
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, states, work
from maitian.staff import actions as staff
from maitian.staff.access import PERMISSIONS

pytestmark = pytest.mark.django_db
__all__ = ["nothing_else_to_do", "notice", "phones"]


@pytest.fixture
def caller(member):
    def made(name: str) -> Browser:
        found = member(name)
        text = staff.make_token(found, "test", sorted(PERMISSIONS[found.role]))
        return Browser(headers={"Authorization": f"Bearer {text}"})

    return made


def send(browser: Browser, method: str, path: str, body: object = None, status: int = 200, **more):
    answer = browser.generic(
        method,
        f"/api/v1{path}",
        data=None if body is None else json.dumps(body),
        content_type="application/json",
        **more,
    )
    assert answer.status_code == status, answer.content.decode()
    return answer.json() if answer.content else None


BIRTHDAY = {
    "name": "生日祝福", "name_en": "Birthday greetings", "trigger": "daily", "message_class": 2, "audience": "everybody",
    "conditions": {"all": [{"is": "birthday", "within_days": 30}]}, "templates": {"inbox": "生日快乐\n{salutation}"}, "channel_mask": 1,
    "timing": {"when": "at", "at": "09:30", "days": "every"}, "repeat_days": 300, "automatic": True,
}  # fmt: skip


@pytest.mark.requirement("G8")
def test_a_topic_is_proposed_looked_at_and_put_into_force(caller) -> None:
    campaign, checker = caller("campaign"), caller("checker")
    made = send(
        campaign, "POST", "/topics/birthday_greetings/versions", {"definition": BIRTHDAY, "reason": "新"}, 201
    )
    assert made["state"] == "proposed" and made["number"] == 1
    seen = send(checker, "GET", f"/topic-versions/{made['id']}")
    assert (
        seen["against"] is None
        and seen["forecast"]["audience"] > 0
        and {c["step"] for c in seen["changes"]} >= {"name", "who", "texts"}
    )
    assert (
        send(campaign, "POST", f"/topic-versions/{made['id']}/approval", status=403)["code"]
        == "core.forbidden"
    )
    assert send(checker, "POST", f"/topic-versions/{made['id']}/approval")["state"] == "approved"
    topic = send(campaign, "GET", "/topics/birthday_greetings")
    assert (
        topic["state"] == "on"
        and topic["definition"]["active"] is True
        and topic["previews"][0]["text"].startswith("生日快乐")
    )
    assert "30 天内生日" in str(topic["said"]["who"])
    # A change says only what changes; what is left out stays.
    again = send(
        campaign,
        "POST",
        "/topics/birthday_greetings/versions",
        {"definition": {"budget_month": "120.50"}},
        201,
    )
    seen = send(checker, "GET", f"/topic-versions/{again['id']}")
    assert [c["step"] for c in seen["changes"]] == ["budget"] and seen["against"] == 1
    assert (
        send(checker, "POST", f"/topic-versions/{again['id']}/refusal", {"reason": "不用"})["state"]
        == "refused"
    )
    third = send(
        campaign, "POST", "/topics/birthday_greetings/versions", {"definition": {"expires_minutes": 60}}, 201
    )
    assert send(caller("editor"), "POST", f"/topic-versions/{third['id']}/withdrawal", status=404)
    assert send(campaign, "POST", f"/topic-versions/{third['id']}/withdrawal")["state"] == "refused"
    assert Topic.objects.get(code="birthday_greetings").budget_month is None


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        ({"conditions": {}}, "outreach.audience.everybody"),
        ({"conditions": {"all": [{"is": "nothing"}]}}, "clients.conditions.name_unknown"),
        ({"templates": {"inbox": "{price}"}}, "outreach.template.variable_unknown"),
        ({"name": ""}, "outreach.topic.field_missing"),
        ({"repeat_days": None}, "outreach.topic.timing_wrong"),
        ({"trigger": "nonsense"}, "outreach.topic.audience_unfit"),
        ({"critical": True}, "outreach.topic.basis_unfit"),
        ({"nmae": "x"}, "api.body_wrong"),
        ({"channel_mask": 16}, "api.body_wrong"),
        ({"budget_month": "-1"}, "api.body_wrong"),
    ],
)  # fmt: skip
def test_a_definition_is_refused_as_on_the_page(caller, definition, code) -> None:
    body = {"definition": BIRTHDAY | definition}
    assert send(caller("campaign"), "POST", "/topics/birthday_greetings/versions", body, 422)["code"] == code
    assert not TopicVersion.objects.filter(topic__code="birthday_greetings").exists()


def test_a_code_is_a_code(caller) -> None:
    for code in ("Birthday", "1x", "new", "drafts", "x"):
        found = send(caller("campaign"), "POST", f"/topics/{code}/versions", {"definition": BIRTHDAY}, 422)
        assert found["code"] == "outreach.topic.code_wrong"


def test_topics_are_listed_paused_and_resumed(caller) -> None:
    editor = caller("editor")
    assert send(editor, "POST", "/topics/report_published/moves", {"move": "pause"})["state"] == "paused"
    assert send(editor, "GET", "/topics?state=paused")[0]["code"] == "report_published"
    assert send(editor, "POST", "/topics/report_published/moves", {"move": "resume"})["state"] == "on"
    assert send(editor, "POST", "/topics/nothing/moves", {"move": "pause"}, 404)
    assert (
        send(editor, "POST", "/topics/report_published/moves", {"move": "explode"}, 422)["code"]
        == "api.body_wrong"
    )


def test_the_same_request_with_a_key_is_done_once(caller) -> None:
    campaign = caller("campaign")
    key = {"HTTP_IDEMPOTENCY_KEY": "once-1"}
    body = {"topic": "service_notice", "title": "维护", "text": "今晚维护"}
    first = send(campaign, "POST", "/messages", body, 201, **key)
    assert send(campaign, "POST", "/messages", body, 201, **key) == first
    assert Event.objects.filter(topic__code="service_notice").count() == 1
    assert (
        send(campaign, "POST", "/messages", body | {"title": "别的"}, 409, **key)["code"]
        == "api.idempotency_key_reused"
    )


def test_messages_by_hand_and_to_one_client(caller, story) -> None:
    campaign, manager = caller("campaign"), caller("manager1")
    made = send(
        campaign, "POST", "/messages", {"topic": "service_notice", "title": "维护", "text": "今晚维护"}, 201
    )
    assert made["state"] == "decided" and made["sent"] > 0
    listed = send(campaign, "GET", "/events?topic=service_notice&limit=1")
    assert [row["id"] for row in listed] == [made["id"]]
    assert send(campaign, "POST", f"/events/{made['id']}/decisions")["state"] == "decided"
    advice = {"topic": "service_notice", "title": "x", "text": "中信证券可以买入"}
    assert send(campaign, "POST", "/messages", advice, 422)["code"] == "outreach.message.is_advice"
    wrong = {"topic": "report_published", "title": "x", "text": "y"}
    assert send(campaign, "POST", "/messages", wrong, 422)["code"] == "outreach.topic.not_by_hand"

    assert [(r["channel"], r["open"]) for r in send(manager, "GET", f"/clients/{story[4]}/reach")] == [
        ("inbox", True),
        ("sms", False),
    ]
    sent = send(
        manager, "POST", f"/clients/{story[0]}/messages", {"title": "你好", "text": "测评快到期了"}, 201
    )
    way = send(manager, "GET", f"/events/{sent['id']}/way/{story[0]}")
    assert [w["channel"] for w in way["channels"]] == ["inbox", "sms"] and way["before"][1]["title"] == "判定"
    other = Client.objects.exclude(manager__sign_in_name="manager1").exclude(state="closed").first()
    assert send(manager, "POST", f"/clients/{other.pk}/messages", {"title": "你好", "text": "x"}, 404)
    assert send(manager, "GET", f"/events/{sent['id']}/way/{other.pk}", status=404)
    why = send(manager, "GET", f"/events/{sent['id']}/why/{story[1]}")
    assert why["in_audience"] is False and why["missed"][0]["met"] is False


def test_the_board_s_figures_and_the_plan(caller, notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    found = send(caller("boss"), "GET", "/outreach/board")
    sms = next(row for row in found["channels"] if row["channel"] == "sms")
    assert sms["queued"] >= 40 and found["inbound_today"]["question"] == 0
    plan = send(caller("boss"), "GET", "/outreach/plan")
    assert plan["year_limit"] == 550_000 and len(plan["months"]) == 12
    send(caller("clerk1"), "GET", "/outreach/board", status=403)


def test_failed_messages_are_listed_and_tried_again(caller, notice, phones, member) -> None:
    event = notice(phones)
    actions.send(event.pk, actor=member("boss").actor)
    line = Line()
    line.answer = lambda m: Outcome.REFUSED if m.client_id in phones[:6] else Outcome.ACCEPTED
    work(1, Pool([line]))
    boss, editor = caller("boss"), caller("editor")
    assert [(g["channel"], g["reason"], g["count"]) for g in send(editor, "GET", "/failed?channel=sms")] == [
        ("sms", "REFUSED", 6)
    ]
    assert send(editor, "GET", "/failed?channel=email") == []
    rows = send(boss, "GET", f"/failed/messages?event={event.pk}")
    assert {row["client_id"] for row in rows} == set(phones[:6])
    send(editor, "GET", "/failed/messages", status=403)
    what = send(editor, "POST", "/failed/retries", {"channel": "sms", "reason": "REFUSED", "dry_run": True})
    assert (what["going"], what["queued"]) == (6, 0) and states(event)[phones[0]] == Message.State.FAILED
    assert send(editor, "POST", "/failed/retries", {"channel": "sms", "reason": "REFUSED"})["queued"] == 6
    assert (
        send(editor, "POST", "/failed/retries", {"channel": "sms"}, 409)["code"] == "outreach.retry.nothing"
    )


def test_calls_and_their_results(caller, notice, story, member) -> None:
    event = notice(story, mask=8, legal_basis="contract", text="核对联系方式")
    actions.send(event.pk, actor=member("boss").actor)
    work(3, None)
    CallTask.objects.filter(client_id=story[1]).update(due_at=timezone.now() - timedelta(minutes=5))
    manager = caller("manager1")
    listed = send(manager, "GET", "/calls")
    assert listed[0]["client_id"] == story[1] and len(listed) == 5
    assert "核对联系方式" in send(manager, "GET", f"/calls/{listed[0]['id']}")["words"]
    done = send(manager, "POST", f"/calls/{listed[0]['id']}/results", {"result": "reached", "note": "好"})
    assert done["state"] == "done" and done["attempts"] == 1
    assert (
        send(manager, "POST", f"/calls/{listed[0]['id']}/results", {"result": "reached"}, 409)["code"]
        == "core.already_done"
    )
    assert (
        send(manager, "POST", f"/calls/{listed[1]['id']}/results", {"result": "x"}, 422)["code"]
        == "api.body_wrong"
    )
    assert send(caller("manager2"), "GET", f"/calls/{listed[1]['id']}", status=404)
    assert send(manager, "GET", "/calls/tallies") == [
        {"member_id": member("manager1").pk, "open": 4, "overdue": 0, "attempted": 1, "reached": 1, "done": 1}
    ]


def test_replies_are_read_and_answered(caller, story) -> None:
    text = InboundText.objects.create(
        gateway="line",
        reference="q",
        client_id=story[0],
        phone_token=1,
        text="几点截止？",
        at=timezone.now(),
        meaning="question",
    )
    hotline = caller("hotline1")
    assert send(hotline, "GET", "/replies")[0]["text"] == "几点截止？"
    send(hotline, "POST", f"/replies/{text.pk}/answers", {"way": "phone", "note": "16:00"})
    assert send(hotline, "GET", "/replies") == []
    assert send(hotline, "GET", "/replies?meaning=question")[0]["answered_at"]
    assert send(caller("manager2"), "POST", f"/replies/{text.pk}/answers", {"way": "phone"}, 404)


def test_reactions_are_seen_and_mended_by_who_may(caller) -> None:
    admin = caller("admin")
    assert isinstance(send(admin, "GET", "/reactions"), list)
    assert send(admin, "POST", "/reactions/nothing/skips", {"reason": "x"}, 404)
    assert (
        send(admin, "POST", "/reactions/nothing/replays", {"after": 1, "reason": " "}, 422)["code"]
        == "core.reason_missing"
    )
    send(caller("editor"), "GET", "/reactions", status=403)
