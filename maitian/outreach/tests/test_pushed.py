# ruff: noqa: F401, F811 - fixtures of other files
"""What clouds push to our page: stored before it is thanked for, trusted only with signature or key, kept when unreadable."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from maitian.clients.models import ContactPoint, InboundText
from maitian.outreach.channels import configured
from maitian.outreach.channels.cloud.dialects import plain
from maitian.outreach.models import Message, Quarantined, StrangeReceipt
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, states, work
from maitian.outreach.tests.test_receipts import sent

pytestmark = pytest.mark.django_db
KEY = "an-address-only-the-cloud-knows"


@pytest.fixture(autouse=True)
def clouds(settings) -> Any:
    """Three clouds, one of each kind."""
    made = [
        {
            "kind": "cloud",
            "name": name,
            "dialect": dialect,
            "url": "http://127.0.0.1:9",
            "key_id": "k",
            "secret": "s",
            "push_key": KEY,
        }
        for name, dialect in (
            ("cloud", "plain"),
            ("ali", "aliyun"),
            ("tencent", "tencent"),
            ("keyless", "aliyun"),
        )
    ]
    del made[3]["push_key"]
    settings.GATEWAYS = {**settings.GATEWAYS, "sms": made}
    configured.cloud.cache_clear()
    yield
    configured.cloud.cache_clear()


def push(path: str, data: Any, secret: str = "s", seconds: int = 0, key: str = "k", **more: str) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    at = timezone.now() + timedelta(seconds=seconds)
    signed = plain.headers(secret, key, path, at, "n", body) | more
    sent_headers = {
        name.upper().replace("-", "_"): value for name, value in signed.items() if name != "content-type"
    }
    return Browser(enforce_csrf_checks=True).post(
        path,
        body,
        content_type="application/json",
        **{f"HTTP_{name}": value for name, value in sent_headers.items()},
    )


@pytest.mark.requirement("G6.7")
def test_a_pushed_receipt_settles_its_text_and_a_pushed_text_is_the_clients(sent, phones) -> None:
    event = sent(Line("cloud"))
    reference = Message.objects.get(event_id=event.pk, client_id=phones[0]).reference
    phone = str(ContactPoint.objects.get(client_id=phones[0], kind="phone").value)
    data = {
        "receipts": [{"id": reference, "to": phone, "status": "delivered", "error": ""}],
        "texts": [
            {"id": "mo1", "from": phone, "text": "请问怎么缴款？", "at": int(timezone.now().timestamp())}
        ],
    }
    for _again in range(2):  # our thanks were lost: it comes again and changes nothing more
        answer = push("/gateways/cloud/", data)
        assert answer.status_code == 200 and answer.json() == {"code": "OK"}
    assert states(event)[phones[0]] == 2 and states(event)[phones[1]] == 1
    assert [(t.client_id, t.meaning) for t in InboundText.objects.filter(gateway="cloud")] == [
        (phones[0], "question")
    ]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"secret": "other"}, 403), ({"seconds": -400}, 403), ({"seconds": 400}, 403), ({"key": "other"}, 403),
     ({"x-signature": ""}, 403), ({"x-time": "１２"}, 403), ({"x-signature": "ü"}, 403)],
)  # fmt: skip
def test_a_push_that_is_not_signed_as_agreed_is_refused_and_leaves_nothing(wrong: dict, status: int) -> None:
    answer = push(
        "/gateways/cloud/", {"receipts": [{"id": "1", "to": "13800000001", "status": "failed"}]}, **wrong
    )
    assert answer.status_code == status
    assert not StrangeReceipt.objects.exists() and not Quarantined.objects.exists()


def test_a_body_that_was_changed_is_refused() -> None:
    signed = plain.headers("s", "k", "/gateways/cloud/", timezone.now(), "n", b"{}")
    answer = Browser().post(
        "/gateways/cloud/", b'{"receipts": []}', content_type="application/json", headers=signed
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"/gateways/ali/{KEY}/", 200), ("/gateways/ali/", 403), ("/gateways/ali/wrong/", 403), ("/gateways/keyless//", 404),
     ("/gateways/keyless/x/", 403), (f"/gateways/nobody/{KEY}/", 404), ("/gateways/cloud/" + KEY + "/", 403)],
)  # fmt: skip
def test_a_cloud_that_does_not_sign_is_known_by_its_address(path: str, status: int) -> None:
    row = {
        "phone_number": "13800000001",
        "biz_id": "5",
        "success": True,
        "err_code": "DELIVERED",
        "send_time": "x",
    }
    answer = Browser().post(path, json.dumps([row]), content_type="application/json")
    assert answer.status_code == status
    assert StrangeReceipt.objects.count() == int(status == 200)
    if status == 200:
        assert answer.json() == {"code": 0, "msg": "接收成功"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<xml>", "no JSON"),
        (b"[1]", "no list of reports"),
        (b'[{"phone_number": "1"}]', "neither receipt nor text"),
        (b"\xff" * 9, "no JSON"),
    ],
)
def test_what_cannot_be_read_is_kept_with_the_reason_and_does_not_come_for_ever(
    body: bytes, reason: str
) -> None:
    answer = Browser().post(f"/gateways/ali/{KEY}/", body, content_type="application/json")
    assert answer.status_code == 200
    kept = Quarantined.objects.get()
    assert (kept.kind, kept.source, kept.reason) == ("callback", "ali", reason) and kept.content


def test_a_receipt_that_cannot_be_stored_is_not_thanked_for(monkeypatch) -> None:
    monkeypatch.setattr("maitian.outreach.dispatch.receipts.take", lambda reports: 1 / 0)
    browser = Browser(raise_request_exception=False)
    row = {"phone_number": "13800000001", "biz_id": "5", "success": True}
    assert (
        browser.post(f"/gateways/ali/{KEY}/", json.dumps([row]), content_type="application/json").status_code
        == 500
    )


def test_the_page_only_takes_posts() -> None:
    assert Browser().get("/gateways/cloud/").status_code == 405
