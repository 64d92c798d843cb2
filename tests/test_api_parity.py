"""What a person does in the console, a program does by the API: the same actions, the same refusals, the same doors."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from maitian.clients.models import Client, ImportRun
from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.models import LedgerEntry
from maitian.core.tests.test_time import year_2027
from maitian.offerings import queries as offerings
from maitian.staff import actions
from maitian.staff.access import PERMISSIONS

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def caller(member):
    def made(name: str) -> Browser:
        found = member(name)
        text = actions.make_token(found, "test", sorted(PERMISSIONS[found.role]))
        return Browser(headers={"Authorization": f"Bearer {text}"})

    return made


def send(browser: Browser, method: str, path: str, body: object = None, status: int | None = None, **more):
    answer = browser.generic(
        method,
        f"/api/v1{path}",
        data=None if body is None else json.dumps(body),
        content_type=JSON,
        **more,
    )
    if status is not None:
        assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


@pytest.mark.requirement("E1", "E3", "T11")
def test_a_record_is_opened_and_kept_by_the_api(caller, member) -> None:
    manager = caller("manager1")
    made = send(manager, "POST", "/clients", {"name": "新朋友", "phone": "13900005678"}, 201)["id"]
    path = f"/clients/{made}"
    assert send(manager, "PUT", f"{path}/tags", {"tag": "新股常客"}, 200) == ["新股常客"]
    assert send(manager, "PUT", f"{path}/preferences", {"key": "联系时间", "value": "收盘后"}, 200) == {
        "联系时间": "收盘后"
    }
    assert send(manager, "PUT", f"{path}/follows", {"what": "方正证券"}, 200) == ["601901"]
    send(manager, "POST", f"{path}/notes", {"text": "问开户要带什么"}, 201)
    assert send(manager, "POST", f"{path}/moves", {"state": "opened"}, 200) == {"state": "opened"}
    assert send(
        manager, "PATCH", f"{path}/contact", {"email": "new@example.com", "evidence": "签字单 3"}, 200
    ) == {"changed": ["email"]}
    send(manager, "PUT", f"{path}/id-document", {"valid_until": "2035-01-01"}, 200)
    assert send(manager, "POST", f"{path}/reveals", {"field": "phone", "reason": "客户要求回电"}, 200) == {
        "value": "13900005678"
    }
    record = send(manager, "GET", f"{path}/record", status=200)
    assert record["name"] == "新*友" and record["tags"] == ["新股常客"] and record["follows"] == ["601901"]
    assert {c["value"] for c in record["contacts"]} == {"139****5678", "ne***@example.com"}
    assert send(caller("manager2"), "GET", f"{path}/record", status=404)["code"] == "core.not_found"
    kinds = set(LedgerEntry.objects.filter(client_id=made).values_list("kind", flat=True))
    assert {"client.created", "client.tagged", "preference.noted", "client.followed", "client.noted", "client.moved",
            "client.contact_changed", "privacy.revealed"} <= kinds  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/clients", {"name": " "}, "clients.client.name_missing"),
        ("POST", "/clients", {"nmae": "张三"}, "api.body_wrong"),
        ("PUT", "/clients/{id}/tags", {"tag": " "}, "clients.tag.empty"),
        ("PUT", "/clients/{id}/follows", {"what": "没有这家"}, "clients.follow.unknown"),
        ("POST", "/clients/{id}/notes", {"text": ""}, "clients.note.empty"),
        ("POST", "/clients/{id}/notes", {"text": "x" * 501}, "api.body_wrong"),
        ("POST", "/clients/{id}/moves", {"state": "lead"}, "clients.life_cycle.move_not_allowed"),
        ("POST", "/clients/{id}/moves", {"state": "nowhere"}, "api.body_wrong"),
        ("PATCH", "/clients/{id}/contact", {"phone": "abc", "evidence": "x"}, "clients.client.phone_wrong"),
        ("PATCH", "/clients/{id}/contact", {"phone": "13900001111"}, "api.body_wrong"),
        ("POST", "/clients/{id}/reveals", {"field": "phone", "reason": ""}, "clients.reveal.reason_missing"),
    ],
)
def test_refusals_are_those_of_the_page(caller, story, method, path, body, code) -> None:
    manager = caller("manager1")
    before = LedgerEntry.objects.count()
    answer = send(manager, method, path.replace("{id}", str(story[0])), body, 422)
    assert answer["code"] == code and answer["zh"] and answer["en"]
    assert LedgerEntry.objects.count() == before


@pytest.mark.requirement("G10")
def test_clients_are_given_all_or_none(caller, member, story) -> None:
    to = member("manager2")
    body = {"client_ids": [story[0], 10**9], "member_id": to.pk}
    send(caller("boss"), "POST", "/coverage/assignments", body, 404)
    assert Client.objects.get(pk=story[0]).manager != to
    done = send(caller("boss"), "POST", "/coverage/assignments", {**body, "client_ids": story[:2]}, 201)
    assert done == {"count": 2} and Client.objects.get(pk=story[1]).manager == to
    adviser = {"client_ids": [story[0]], "member_id": member("adviser1").pk, "kind": "adviser"}
    assert send(caller("boss"), "POST", "/coverage/assignments", adviser, 201) == {"count": 1}
    wrong = {**adviser, "member_id": to.pk}
    assert (
        send(caller("boss"), "POST", "/coverage/assignments", wrong, 422)["code"]
        == "clients.coverage.member_missing"
    )


@pytest.mark.requirement("G8")
def test_a_level_is_designed_and_approved(caller) -> None:
    boss, checker = caller("boss"), caller("checker")
    design = {
        "name": "金麦穗", "name_en": "Gold Ear", "commission_rate": 2.1, "rank": 4, "contains": "gold_channel",
        "contents": [{"what": "report_kind", "key": "industry", "number": 3}],
    }  # fmt: skip
    made = send(boss, "POST", "/levels/gold_ear/designs", design, 201)
    own = send(boss, "POST", f"/level-designs/{made['id']}/approval", status=409)
    assert own["code"] == "core.same_maker_and_checker"
    assert send(checker, "POST", f"/level-designs/{made['id']}/approval", status=200)["rank"] == 4
    assert offerings.level("gold_ear").state == "active"
    again = send(boss, "POST", "/levels/gold_ear/designs", {**design, "commission_rate": 2.2}, 201)
    refused = send(checker, "POST", f"/level-designs/{again['id']}/refusal", {"reason": "价格再议"}, 200)
    assert refused["state"] == "refused" and refused["reason"] == "价格再议"
    circle = {**design, "contains": "gold_ear"}
    assert (
        send(boss, "POST", "/levels/gold_ear/designs", circle, 422)["code"]
        == "offerings.level.contains_itself"
    )


def test_an_application_its_answer_and_the_rates(caller, story) -> None:
    manager, boss = caller("manager1"), caller("boss")
    made = send(manager, "POST", "/level-changes", {"client_id": story[1], "level": "gold_wisdom"}, 201)
    listed = send(boss, "GET", "/level-changes?state=applied", status=200)
    assert made["id"] in [row["id"] for row in listed]
    done = send(boss, "POST", f"/level-changes/{made['id']}/decision", {"approve": True}, 200)
    assert done["effective_on"] == "2026-11-25"
    export = send(boss, "POST", "/commission-exports", status=201)
    assert "80000002,2.40,2026-11-25" in export["content"]
    assert send(boss, "GET", f"/commission-exports/{export['id']}", status=200) == export
    assert send(boss, "POST", "/commission-exports", status=200) == []


def test_rules_and_calendars_by_two_people(caller) -> None:
    boss, checker = caller("boss"), caller("checker")
    body = {"key": "offerings.commission_max", "value": 2.9, "basis": "纪要"}
    made = send(boss, "POST", "/rulebook/proposals", body, 201)
    assert (
        send(boss, "POST", "/rulebook/proposals", {**body, "value": "x"}, 422)["code"]
        == "core.rulebook.value_wrong"
    )
    assert (
        send(checker, "POST", f"/rulebook/proposals/{made['id']}/approval", status=200)["state"] == "approved"
    )
    assert rulebook.at().offerings.commission_max == 2.9
    assert [row["value"] for row in send(boss, "GET", "/rulebook/offerings.commission_max", status=200)] == [
        2.9,
        3.0,
    ]
    sent = boss.post(
        "/api/v1/calendar/imports", {"file": SimpleUploadedFile("2027.csv", year_2027().encode())}
    )
    assert sent.status_code == 201 and sent.json()["changes"]
    send(checker, "POST", f"/calendar/imports/{sent.json()['id']}/approval", status=200)
    assert business_time.horizon().year == 2027


def test_files_are_imported_tried_and_fetched(caller, tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    clerk = caller("clerk1")
    rows = "symbol,date,close,volume_lots\n002500,2026-11-25,5.55,100\n999999,2026-11-25,1,1\n"

    def put(**more):
        return clerk.post(
            "/api/v1/imports", {"kind": "prices", "file": SimpleUploadedFile("p.csv", rows.encode()), **more}
        )

    tried = put(dry_run="true")
    assert tried.status_code == 200 and tried.json()["stored"] == 1 and not ImportRun.objects.exists()
    stored = put()
    assert (
        stored.status_code == 201 and stored.json()["refused"][0]["code"] == "clients.import.security_unknown"
    )
    assert put().json()["unchanged"] == 1
    listed = send(clerk, "GET", "/imports?limit=1", status=200)
    assert len(listed) == 1 and listed[0]["rejected"] == 1
    run = stored.json()["run_id"]
    assert b"security_unknown" in b"".join(clerk.get(f"/api/v1/imports/{run}/rejected").streaming_content)
    assert send(caller("manager1"), "GET", "/imports", status=403)["code"] == "core.forbidden"
    wrong = clerk.post("/api/v1/imports", {"kind": "nothing", "file": SimpleUploadedFile("p.csv", b"a\n1\n")})
    assert wrong.status_code == 422 and wrong.json()["code"] == "clients.import.kind_unknown"


def test_a_report_from_draft_to_withdrawal(caller) -> None:
    editor, checker = caller("editor"), caller("checker")
    body = {
        "title": "证券行业快评",
        "body": "正文",
        "kind": "industry.event",
        "stars": 4,
        "house": "云岭",
        "author": "沈思远",
    }
    made = send(editor, "POST", "/reports", body, 201)["id"]
    assert (
        send(editor, "POST", f"/reports/{made}/submission", status=422)["code"]
        == "library.report.risk_missing"
    )
    seen = send(editor, "GET", f"/reports/{made}", status=200)["changed_at"]
    send(editor, "PUT", f"/reports/{made}", {**body, "risk": 3, "seen": seen}, 200)
    late = send(editor, "PUT", f"/reports/{made}", {**body, "risk": 2, "seen": seen}, 409)
    assert late["code"] == "library.report.changed_meanwhile"
    send(editor, "POST", f"/reports/{made}/submission", status=200)
    send(checker, "POST", f"/reports/{made}/return", {"reason": "补风险提示"}, 200)
    send(editor, "POST", f"/reports/{made}/submission", status=200)
    assert send(checker, "POST", f"/reports/{made}/publication", status=200)["state"] == "published"
    assert made in [row["id"] for row in send(caller("manager1"), "GET", "/reports?q=快评", status=200)]
    assert send(checker, "POST", f"/reports/{made}/withdrawal", status=200)["state"] == "withdrawn"
    assert send(caller("manager1"), "GET", f"/reports/{made}", status=404)["code"] == "core.not_found"


def test_lists_are_read_to_their_end_by_links(caller) -> None:
    boss, seen, path = caller("boss"), [], "/api/v1/clients?limit=70"
    while path:
        answer = boss.get(path)
        seen += [row["id"] for row in answer.json()]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        path = following[1] if following else ""
    assert (
        sorted(seen) == seen
        and len(seen) == len(set(seen)) == Client.objects.filter(merged_into=None).count()
    )


def test_the_description_says_scopes_problems_and_keys(sign_in) -> None:
    schema = Browser().get("/api/v1/openapi.json").json()
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert "Scope: `" in operation["description"], path
            assert "Problem" in str(operation["responses"]["422"]) and "401" in operation["responses"]
    note = schema["paths"]["/api/v1/clients/{client_id}/notes"]["post"]
    assert "Idempotency-Key" in [parameter["name"] for parameter in note["parameters"]]
    page = sign_in("manager1").get("/api/").content.decode()
    assert "POST /api/v1/clients/{client_id}/notes" in page and page.count("<tr") > 80
