"""Texts of clients find their case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from maitian.clients.models import Client, InboundText
from maitian.core import ledger
from maitian.core.models import LedgerEntry
from maitian.desk.actions import incoming, moving, talking
from maitian.desk.models import Case, Entry
from maitian.desk.reactions import texts

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E3")]


@pytest.fixture
def text(client: Client) -> Any:
    """``text("…")`` → what outreach keeps of a text of 陈建国, and its ledger row."""

    def made(words: str, meaning: str = "question", at: datetime | None = None) -> LedgerEntry:
        row = InboundText.objects.create(
            gateway="sim", reference=f"r{InboundText.objects.count()}", client_id=client.pk, phone_token=1, text=words,
            at=at or timezone.now(), meaning=meaning,
        )  # fmt: skip
        ledger.record(
            "client.replied", actor=client.actor, client_id=client.pk, object_kind="inbound_text", object_id=row.pk,
            facts={"meaning": meaning, "meaning_zh": "要人答", "channel": "sms", "text_id": row.pk},
        )  # fmt: skip
        return LedgerEntry.objects.latest("pk")

    return made


def test_a_question_by_text_opens_an_enquiry_once(text: Any, client: Client) -> None:
    row = text("中签款什么时候交？")
    texts([row])
    texts([row])  # a reaction may come twice
    case = Case.objects.get()
    assert (case.kind.code, case.channel, case.client_id, case.subject) == (
        "enquiry",
        "sms",
        client.pk,
        "短信：中签款什么时候交？",
    )
    assert Entry.objects.get(case=case, kind="client").reference == f"text-{row.object_id}"


def test_a_text_goes_to_the_case_that_waits_for_the_client(text: Any, enquiry: Any, member: Any) -> None:
    asked = enquiry()
    talking.reply(case_id=asked.pk, by=member("hotline1"), body="请补身份证照片", wait="waiting_client")
    later = enquiry("另一件事")
    texts([text("身份证发到邮箱了")])
    asked.refresh_from_db()
    assert (asked.state, Case.objects.count()) == ("open", 2)
    assert Entry.objects.get(body="身份证发到邮箱了").case == asked != later


def test_an_open_case_comes_before_one_that_has_its_result(text: Any, enquiry: Any, member: Any) -> None:
    still, done = enquiry("一件"), enquiry("两件")
    moving.resolve(case_id=done.pk, by=member("hotline1"), result="solved", body="好了")
    texts([text("还在等")])
    assert Entry.objects.get(body="还在等").case == still


def test_an_old_case_is_left_in_peace(text: Any, enquiry: Any, client: Client) -> None:
    case = enquiry(at=timezone.now() - timedelta(days=8))
    assert incoming.case_for_text(client.pk, timezone.now()) is None
    texts([text("再问一件")])
    assert Case.objects.exclude(pk=case.pk).get().subject == "短信：再问一件"


def test_opting_out_and_thanks_are_no_cases(text: Any) -> None:
    texts([text("退订", "opt_out"), text("收到", "note")])
    assert not Case.objects.exists()
