"""Promises to clients: made with a note, reminded, kept, broken at their hour, moved only with a word to the client."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from maitian.core.errors import AlreadyDone
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import promises
from maitian.desk.errors import (
    MoveReasonMissing,
    PromiseDueWrong,
    PromiseNotTold,
    PromiseNotYours,
    PromiseWhatMissing,
)
from maitian.desk.models import Entry, Promise, PromiseMove
from maitian.staff.models import Member, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("T10")]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def promise(client: Any, member: Any) -> Any:
    """``promise()`` → one of account manager 1: a call by 15:00 the same day, made at 10:00."""

    def made(due: str = "2026-11-24 15:00", **more: Any) -> Promise:
        given = {
            "client_id": client.pk,
            "by": member("manager1"),
            "what": "打电话告诉核对结果",
            "due_at": at(due),
        }
        return promises.make(**{**given, **more})

    return made


def told(member: Member) -> list[str]:
    return list(Notification.objects.filter(member=member, kind__startswith="desk.promise").order_by("pk").values_list("kind", flat=True))  # fmt: skip


def test_the_keeper_is_reminded_an_open_hour_before(promise: Any, member: Any) -> None:
    made = promise("2026-11-24 13:30")  # the lunch break is no time to act: one open hour before is 11:30
    assert made.next_at == at("2026-11-24 11:30")
    promises.sweep(at("2026-11-24 11:29"))
    assert told(member("manager1")) == []
    promises.sweep(at("2026-11-24 11:30"))
    promises.sweep(at("2026-11-24 11:31"))
    assert told(member("manager1")) == ["desk.promise_due"]


def test_a_promise_that_is_not_kept_breaks_at_its_hour(promise: Any, member: Any) -> None:
    made = promise()
    assert promises.sweep(at("2026-11-24 15:00")) == 0
    assert promises.sweep(at("2026-11-26 08:00")) == 1  # the sweep came late, the date does not
    assert promises.sweep(at("2026-11-26 08:01")) == 0
    made.refresh_from_db()
    assert (made.state, made.broken_at) == ("broken", at("2026-11-24 15:00"))
    assert "desk.promise_broken" in told(member("manager1"))
    assert LedgerEntry.objects.get(kind="promise.broken").at == at("2026-11-24 15:00")


def test_the_lead_of_the_keeper_hears_of_a_broken_promise(client: Any, member: Any) -> None:
    lead = member("lead")
    keeper = (
        Member.objects.filter(centre=lead.centre, active=True, branch=lead.branch).exclude(pk=lead.pk).first()
    )
    promises.make(client_id=client.pk, by=keeper, what="回电话", due_at=at("2026-11-24 15:00"))
    promises.sweep(at("2026-11-25 09:00"))
    assert told(lead) == ["desk.promise_broken"]


def test_kept_in_time_is_kept_and_kept_late_stays_broken(promise: Any, member: Any) -> None:
    good, late = promise(), promise("2026-11-24 10:30")
    promises.keep(promise_id=good.pk, by=member("manager1"), at=at("2026-11-24 15:00"))
    promises.keep(promise_id=late.pk, by=member("manager1"), at=at("2026-11-24 10:31"))
    assert list(Promise.objects.order_by("pk").values_list("state", "broken_at")) == [
        ("kept", None),
        ("broken", at("2026-11-24 10:30")),
    ]
    assert promises.sweep(at("2026-12-24 15:00")) == 0
    with pytest.raises(AlreadyDone):
        promises.keep(promise_id=good.pk, by=member("manager1"))


def test_moving_needs_a_word_to_the_client_and_a_reason(promise: Any, enquiry: Any, member: Any) -> None:
    case = enquiry()
    made = promise(case_id=case.pk)
    given = {"promise_id": made.pk, "by": member("manager1"), "due_at": at("2026-11-25 10:00")}
    for missing, more in (
        (MoveReasonMissing, {"reason": " ", "told": "改到明天"}),
        (PromiseNotTold, {"reason": "流水没到", "told": ""}),
        (PromiseDueWrong, {"reason": "流水没到", "told": "改到明天", "due_at": at("2026-11-24 09:00")}),
    ):
        with pytest.raises(missing):
            promises.move(**{**given, **more})
    assert PromiseMove.objects.count() == 0
    promises.move(**given, reason="流水没到", told="结果明天上午 10 点前告诉您。")
    made.refresh_from_db()
    assert (made.due_at, made.state, made.moves) == (at("2026-11-25 10:00"), "open", 1)
    entry = Entry.objects.filter(case=case).latest("pk")
    assert (entry.kind, entry.body) == (Entry.Kind.REPLY, "结果明天上午 10 点前告诉您。")
    assert made.moved.get().entry == entry
    assert promises.sweep(at("2026-11-24 16:00")) == 0


def test_a_promise_past_its_hour_cannot_be_moved(promise: Any, member: Any) -> None:
    made = promise()
    with pytest.raises(AlreadyDone):
        promises.move(promise_id=made.pk, by=member("manager1"), due_at=at("2026-11-26 10:00"), reason="忘了", told="改到后天", at=at("2026-11-24 15:01"))  # fmt: skip


def test_a_promise_says_what_and_is_for_later(promise: Any) -> None:
    with pytest.raises(PromiseWhatMissing):
        promise(what="  ")
    with pytest.raises(PromiseDueWrong):
        promise("2026-11-24 10:00")
    with pytest.raises(PromiseDueWrong):
        promise("2026-11-24 09:59")


def test_only_the_keeper_or_a_lead_changes_it(promise: Any, member: Any) -> None:
    made = promise()
    with pytest.raises(PromiseNotYours):
        promises.keep(promise_id=made.pk, by=member("hotline1"))
    promises.pass_on(promise_id=made.pk, by=member("boss"), keeper_id=member("hotline1").pk)
    assert told(member("hotline1")) == ["desk.promise_yours"]
    promises.keep(promise_id=made.pk, by=member("hotline1"))


def test_each_sees_his_own_and_the_branch_manager_all(promise: Any, member: Any) -> None:
    promise()
    counts = {
        name: queries.promises.visible(member(name)).count()
        for name in ("manager1", "manager2", "hotline1", "boss", "checker")
    }
    assert counts == {"manager1": 1, "manager2": 0, "hotline1": 0, "boss": 1, "checker": 1}


def test_kept_and_broken_are_counted(promise: Any, member: Any) -> None:
    promises.keep(promise_id=promise().pk, by=member("manager1"))
    promise("2026-11-24 11:00")
    promise("2026-11-30 11:00")
    promises.sweep(at("2026-11-25 09:00"))
    (row,) = queries.promises.figures(member("boss"), at("2026-11-01 00:00"))
    assert (row["made"], row["kept"], row["broken"], row["open"], row["share"]) == (3, 1, 1, 1, 0.5)


def test_the_database_keeps_promises(promise: Any) -> None:
    made = promise()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM desk_promise")
    assert Promise.objects.filter(pk=made.pk).exists()


def test_a_note_on_the_clients_page_holds_one(sign_in: Any, client: Any) -> None:
    browser = sign_in("manager1")
    page = f"/clients/{client.pk}/note/"
    before = LedgerEntry.objects.filter(kind="client.noted").count()
    wrong = browser.post(
        page, {"text": "谈了打新", "promise_what": "发打新日历", "promise_due": "2026-11-24T09:00"}
    )
    assert wrong.status_code == 422
    assert "发打新日历" in wrong.content.decode()  # what was typed is kept
    assert LedgerEntry.objects.filter(kind="client.noted").count() == before  # nothing half stored
    assert (
        browser.post(
            page, {"text": "谈了打新", "promise_what": "发打新日历", "promise_due": "2026-11-25T15:00"}
        ).status_code
        == 302
    )
    made = Promise.objects.get()
    assert (made.client_id, made.what, made.due_at, made.keeper.sign_in_name) == (client.pk, "发打新日历", at("2026-11-25 15:00"), "manager1")  # fmt: skip
    assert "发打新日历" in browser.get(f"/clients/{client.pk}/").content.decode()


def test_an_answer_holds_one_and_the_list_works(sign_in: Any, enquiry: Any, member: Any) -> None:
    case = enquiry()
    browser = sign_in("manager1")
    said = {
        "body": "查到就告诉您。",
        "as": "reply",
        "promise_what": "告诉结果",
        "promise_due": "2026-11-24T15:00",
    }
    assert browser.post(f"/desk/{case.ref}/say/", said).status_code == 302
    made = Promise.objects.get()
    assert made.case == case and made.entry is not None and made.entry.kind == Entry.Kind.REPLY
    assert "告诉结果" in browser.get("/desk/promises/").content.decode()
    assert "告诉结果" in browser.get(f"/desk/{case.ref}/").content.decode()
    refused = browser.post(
        f"/desk/promises/{made.pk}/move/", {"due_at": "2026-11-25T15:00", "reason": "没到", "told": ""}
    )
    assert refused.status_code == 422 and "没到" in refused.content.decode()
    assert browser.post(f"/desk/promises/{made.pk}/keep/").status_code == 302
    assert "告诉结果" not in browser.get("/desk/promises/").content.decode()
    assert "告诉结果" in browser.get("/desk/promises/?state=kept").content.decode()
    assert sign_in("manager2").post(f"/desk/promises/{made.pk}/keep/").status_code == 404


def test_promises_by_the_api(api: Any, client: Any) -> None:
    call = api("manager1", "desk.view", "desk.work")
    given = {"client_id": client.pk, "what": "回电话", "due_at": "2026-11-24T15:00:00+08:00"}
    made = call("POST", "/promises", given)
    assert made.status_code == 201
    number = made.json()["id"]
    assert [p["id"] for p in call("GET", "/promises").json()] == [number]
    move = {"due_at": "2026-11-25T15:00:00+08:00", "reason": "流水没到", "told": "改到明天下午"}
    moved = call("POST", f"/promises/{number}/move", move)
    assert (moved.status_code, moved.json()["moves"]) == (200, 1)
    assert call("POST", f"/promises/{number}/kept").json()["state"] == "kept"
    assert api("manager2", "desk.work")("POST", f"/promises/{number}/kept").status_code == 404
