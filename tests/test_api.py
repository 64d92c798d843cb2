from __future__ import annotations

import json

import pytest
from django.test import Client as Browser

from maitian.clients.models import Client
from maitian.demo.notes import INDUSTRY_NOTE
from maitian.library.models import Report
from maitian.staff import actions
from maitian.staff.access import PERMISSIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(member):
    def made(name: str) -> Browser:
        found = member(name)
        text = actions.make_token(found, "test", sorted(PERMISSIONS[found.role]))
        return Browser(headers={"Authorization": f"Bearer {text}"})

    return made


def test_the_main_job_by_the_api(caller, story) -> None:
    editor, checker, manager = caller("editor"), caller("checker"), caller("manager1")
    body = {k: v for k, v in INDUSTRY_NOTE.items() if k != "author_licence"}
    refused = editor.post(
        "/api/v1/reports", {**body, "risk": None, "submit": True}, content_type="application/json"
    )
    assert refused.status_code == 422 and refused.json()["code"] == "library.report.risk_missing"
    assert (
        refused.headers["Content-Type"] == "application/problem+json"
        and not Report.objects.filter(title=body["title"]).exists()
    )
    made = editor.post("/api/v1/reports", {**body, "submit": True}, content_type="application/json").json()
    assert (
        checker.post(f"/api/v1/reports/{made['id']}/publication", content_type="application/json").json()[
            "state"
        ]
        == "published"
    )
    event = editor.post("/api/v1/events", {"report_id": made["id"]}, content_type="application/json").json()
    assert event["audience"] == event["sent"] + event["later"] + event["not_sent"] > 0
    sent = editor.post(
        f"/api/v1/events/{event['id']}/sending",
        {"count": event["sent"] + event["later"]},
        content_type="application/json",
    )
    assert sent.json()["state"] == "sending"
    why = manager.get(f"/api/v1/events/{event['id']}/why/{story[1]}").json()
    assert not why["sent"] and why["steps"][0]["gate"] == "coverage" and why["steps"][0]["rules"][0]["basis"]


def test_a_repeated_write_is_done_once(caller, story) -> None:
    manager = caller("manager1")
    body = {"client_id": story[1], "level": "gold_wisdom"}
    first = manager.post(
        "/api/v1/level-changes", body, content_type="application/json", headers={"Idempotency-Key": "a1"}
    )
    again = manager.post(
        "/api/v1/level-changes", body, content_type="application/json", headers={"Idempotency-Key": "a1"}
    )
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    other = manager.post(
        "/api/v1/level-changes",
        {**body, "level": "gold_brocade"},
        content_type="application/json",
        headers={"Idempotency-Key": "a1"},
    )
    assert other.status_code == 409 and other.json()["code"] == "api.idempotency_key_reused"


def test_refusals_are_problem_details(caller, story) -> None:
    manager, stranger = caller("manager1"), caller("manager2")
    assert Browser().get("/api/v1/clients").status_code == 401
    assert stranger.get(f"/api/v1/clients/{story[0]}").status_code == 404
    wrong = manager.post(
        f"/api/v1/clients/{story[0]}/consents", {"message_class": 9}, content_type="application/json"
    )
    assert wrong.status_code == 422 and {"code", "title", "errors"} <= wrong.json().keys()
    broken = manager.post(f"/api/v1/clients/{story[0]}/consents", "{", content_type="application/json")
    assert broken.status_code in (400, 422) and "Traceback" not in broken.content.decode()
    missing = manager.post(
        f"/api/v1/clients/{story[0]}/assessments",
        {"answers": {"goal": "grow"}},
        content_type="application/json",
    )
    assert (
        missing.json()["code"] == "clients.questionnaire.answer_missing"
        and missing.json()["en"]
        and missing.json()["zh"]
    )


@pytest.mark.parametrize(
    ("body", "field", "zh", "en"),
    [
        ({"message_class": 9, "channel": 1, "granted": True, "proof": "x"}, "message_class", "不能大于 2", "over 2"),
        ({"message_class": "a", "channel": 1, "granted": True, "proof": "x"}, "message_class", "要填整数", "whole number"),
        ({"message_class": 1, "channel": 1, "granted": "perhaps", "proof": "x"}, "granted", "true 或 false", "true or false"),
        ({"message_class": 1, "channel": 1, "granted": True}, "proof", "缺“proof”", "“proof” is missing"),
        ({"message_class": 1, "channel": 1, "granted": True, "proof": "x" * 301}, "proof", "最多 300 个字", "at most 300"),
        ({"message_class": 1, "channel": 1, "granted": True, "proof": 5}, "proof", "要填文字", "takes text"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told_in_two_languages(caller, story, body, field, zh, en) -> None:
    before = Client.objects.get(pk=story[0]).consent_bits
    answer = caller("manager1").post(
        f"/api/v1/clients/{story[0]}/consents", body, content_type="application/json"
    )
    told = answer.json()
    assert answer.status_code == 422 and told["field"] == field
    assert zh in told["zh"] and en in told["en"] and told["title"] == told["zh"]
    assert Client.objects.get(pk=story[0]).consent_bits == before
    english = caller("manager1").post(
        f"/api/v1/clients/{story[0]}/consents", body, content_type="application/json",
        headers={"Accept-Language": "en"},
    )  # fmt: skip
    assert english.json()["title"] == told["en"]


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 character", "bell \x07"])
def test_characters_that_no_column_holds_are_refused(caller, sign_in, story, text) -> None:
    body = json.dumps({"message_class": 1, "channel": 1, "granted": True, "proof": text})
    answer = caller("manager1").post(
        f"/api/v1/clients/{story[0]}/consents", body, content_type="application/json"
    )
    assert answer.status_code == 422 and answer.json()["code"] == "core.text_unreadable"
    if "\ud800" not in text:
        page = sign_in("manager1").post(f"/clients/{story[0]}/note/", {"text": text})
        assert page.status_code == 422 and "控制字符" in page.content.decode()


def test_names_are_masked_and_lists_windowed(caller) -> None:
    rows = caller("boss").get("/api/v1/clients?limit=100000").json()
    assert len(rows) == 100 and all("*" in row["name"] for row in rows)
    following = caller("boss").get(f"/api/v1/clients?after={rows[-1]['id']}").json()
    assert following and min(row["id"] for row in following) > rows[-1]["id"]
    assert Client.objects.count() == 300


def test_the_contract_is_openapi_3_1() -> None:
    schema = Browser().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1") and len(schema["paths"]) > 15
