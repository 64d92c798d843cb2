"""Corrective and preventive actions: from a case or a trend, open until a check shows that they work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from maitian.core.errors import AlreadyDone
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import complaints, improvements
from maitian.desk.errors import CheckNoteMissing, ImprovementDueWrong, ImprovementIncomplete, MemberNotThere
from maitian.desk.models import EffectCheck, Entry, Improvement
from maitian.staff.models import Notification

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("W15", "W20")]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def complaint(client: Any, member: Any) -> Any:
    """``complaint(moment, cause)`` → one of 陈建国 whose cause was found at that moment."""

    def made(moment: str, cause: str = "slip") -> Any:
        case = complaints.open_complaint(
            branch=client.branch, client=client, complaint_kind="business_error", channel="portal", actor=client.actor,
            what="佣金高于约定", happened="上月", wanted="退还", at=at(moment),
        ).case  # fmt: skip
        complaints.accept(case_id=case.pk, by=member("clerk1"), accepted=True, at=at(moment))
        complaints.record_finding(
            case_id=case.pk, by=member("clerk1"), finding="按旧费率收取", cause=cause, liability="ours", at=at(moment)
        )  # fmt: skip
        return case

    return made


@pytest.fixture
def action(complaint: Any, member: Any) -> Any:
    """An action opened from a complaint, planned and taken."""
    item = improvements.open_from_case(
        case_id=complaint("2026-11-20 10:00").pk, by=member("boss"), title="改费率当天核对"
    )
    improvements.plan(
        improvement_id=item.pk, by=member("boss"), root_cause="没有人核对", action="抽一笔成交核对", owner_id=member("clerk1").pk,
        due_at=at("2026-12-01 15:00"),
    )  # fmt: skip
    return improvements.done(
        improvement_id=item.pk, by=member("clerk1"), note="已上线", at=at("2026-11-25 10:00")
    )


def test_an_action_stays_open_until_a_check_passes(action: Any, member: Any, complaint: Any) -> None:
    assert (action.state, action.check_at) == (
        "done",
        at("2026-12-25 10:00"),
    )  # 30 days later, by the rulebook
    complaint("2026-12-20 10:00")
    failed = improvements.check(
        improvement_id=action.pk, by=member("boss"), passed=False, note="又来一件", at=at("2026-12-25 10:00")
    )
    assert (failed.state, failed.closed_at) == ("open", None)
    assert EffectCheck.objects.get().since == 1
    with pytest.raises(AlreadyDone):  # what was sent back is planned and taken before it is checked again
        improvements.check(improvement_id=action.pk, by=member("boss"), passed=True, note="好了")
    improvements.plan(
        improvement_id=action.pk, by=member("boss"), root_cause="抽得太少", action="全部核对", owner_id=member("clerk1").pk,
        due_at=at("2027-01-10 15:00"), at=at("2026-12-26 10:00"),
    )  # fmt: skip
    improvements.done(
        improvement_id=action.pk, by=member("clerk1"), note="全部核对", at=at("2027-01-05 10:00")
    )
    closed = improvements.check(
        improvement_id=action.pk, by=member("boss"), passed=True, note="没有再发生", at=at("2027-02-05 10:00")
    )
    assert (closed.state, closed.closed_at) == ("effective", at("2027-02-05 10:00"))
    assert list(EffectCheck.objects.order_by("pk").values_list("passed", "since")) == [(False, 1), (True, 0)]


def test_what_is_missing_is_said(complaint: Any, member: Any) -> None:
    case = complaint("2026-11-20 10:00")
    with pytest.raises(ImprovementIncomplete):
        improvements.open_from_case(case_id=case.pk, by=member("boss"), title=" ")
    item = improvements.open_from_case(case_id=case.pk, by=member("boss"), title="改费率当天核对")
    given = {
        "improvement_id": item.pk, "by": member("boss"), "root_cause": "没有人核对", "action": "核对", "owner_id": member("clerk1").pk,
        "due_at": at("2026-12-01 15:00"),
    }  # fmt: skip
    for refused, more in (
        (ImprovementIncomplete, {"root_cause": ""}),
        (ImprovementIncomplete, {"action": " "}),
        (ImprovementDueWrong, {"due_at": at("2026-11-01 15:00")}),
        (MemberNotThere, {"owner_id": 10**8}),
    ):
        with pytest.raises(refused):
            improvements.plan(**{**given, **more})
    improvements.plan(**given)
    with pytest.raises(CheckNoteMissing):
        improvements.done(improvement_id=item.pk, by=member("clerk1"), note="")
    with pytest.raises(AlreadyDone):
        improvements.check(improvement_id=item.pk, by=member("boss"), passed=True, note="好了")


def test_the_case_says_that_something_must_change(complaint: Any, member: Any) -> None:
    case = complaint("2026-11-20 10:00")
    item = improvements.open_from_case(case_id=case.pk, by=member("boss"), title="改费率当天核对")
    assert Entry.objects.filter(case=case).latest("pk").facts == {
        "what": "improvement",
        "title": "改费率当天核对",
    }
    assert (item.cause.code, item.due_at.astimezone(SHANGHAI).date().isoformat()) == ("slip", "2026-12-22")


def test_the_same_cause_again_and_again_opens_one_by_itself(complaint: Any, member: Any) -> None:
    complaint("2026-10-20 10:00")  # more than 30 days ago
    complaint("2026-11-02 10:00")
    complaint("2026-11-12 10:00")
    complaint("2026-11-13 10:00", cause="manner")
    assert improvements.find_trends(at("2026-11-24 06:20")) == 0
    complaint("2026-11-23 10:00")
    assert improvements.find_trends(at("2026-11-24 06:20")) == 1
    assert improvements.find_trends(at("2026-11-25 06:20")) == 0  # one open action of a cause at a time
    item = Improvement.objects.get(trend=True)
    assert (item.cause.code, item.found["times"], len(item.found["refs"])) == ("slip", 3, 3)
    assert Notification.objects.filter(member=member("checker"), kind="desk.trend").count() == 1


def test_a_closed_trend_counts_only_what_came_after(complaint: Any, member: Any) -> None:
    for day in ("2026-11-02", "2026-11-12", "2026-11-23"):
        complaint(f"{day} 10:00")
    improvements.find_trends(at("2026-11-24 06:20"))
    Improvement.objects.filter(trend=True).update(state="effective", closed_at=at("2026-11-24 09:00"))
    assert improvements.find_trends(at("2026-11-25 06:20")) == 0
    for day in ("2026-11-26", "2026-11-27", "2026-11-28"):
        complaint(f"{day} 10:00")
    assert improvements.find_trends(at("2026-11-29 06:20")) == 1


def test_whoever_is_at_it_is_told_once_when_it_is_due(action: Any, member: Any, complaint: Any) -> None:
    other = improvements.open_from_case(
        case_id=complaint("2026-11-20 10:00").pk, by=member("boss"), title="加开窗口", kind="preventive"
    )
    improvements.plan(
        improvement_id=other.pk, by=member("boss"), root_cause="高峰没人", action="加开", owner_id=member("clerk2").pk,
        due_at=at("2026-12-01 15:00"),
    )  # fmt: skip
    assert improvements.remind(at("2026-12-01 14:59")) == 0
    assert improvements.remind(at("2026-12-01 15:00")) == 1
    assert improvements.remind(at("2026-12-02 15:00")) == 0
    assert Notification.objects.filter(member=member("clerk2"), kind="desk.improve_due").count() == 1
    assert improvements.remind(at("2026-12-25 10:00")) == 1  # the effect of the other is to be looked at
    assert Notification.objects.filter(kind="desk.improve_check").count() >= 1


def test_the_database_keeps_actions(action: Any) -> None:
    for statement in (
        "DELETE FROM desk_improvement",
        "DELETE FROM desk_effectcheck",
        "UPDATE desk_effectcheck SET passed = true",
    ):
        if "effectcheck" in statement and not EffectCheck.objects.exists():
            EffectCheck.objects.create(
                improvement=action, passed=False, note="还有", member=action.owner, at=at("2026-12-25 10:00")
            )
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_pages_of_an_action(sign_in: Any, action: Any, member: Any, complaint: Any) -> None:
    case = complaint("2026-11-20 11:00")
    boss = sign_in("boss")
    made = boss.post(
        f"/desk/{case.ref}/improve/", {"title": "席位号改为下拉", "kind": "preventive", "team": "business"}
    )
    assert made.status_code == 302
    page = made["Location"]
    assert "席位号改为下拉" in boss.get("/desk/improvements/").content.decode()
    wrong = boss.post(
        page + "plan/",
        {"root_cause": "手工填", "action": "", "owner": member("clerk1").pk, "due_at": "2026-12-01T15:00"},
    )
    assert wrong.status_code == 422 and "手工填" in wrong.content.decode()
    plan = {
        "root_cause": "手工填",
        "action": "改下拉",
        "owner": member("clerk1").pk,
        "due_at": "2026-12-01T15:00",
    }
    assert boss.post(page + "plan/", plan).status_code == 302
    clerk = sign_in("clerk1")
    assert "改下拉" in clerk.get(page).content.decode()
    assert clerk.post(page + "plan/", plan).status_code == 403
    assert clerk.post(page + "done/", {"note": "上线了"}).status_code == 302
    assert clerk.post(page + "check/", {"passed": "1", "note": "好"}).status_code == 403
    assert boss.post(page + "check/", {"passed": "1", "note": "好"}).status_code == 302
    assert "席位号改为下拉" not in boss.get("/desk/improvements/").content.decode()
    assert sign_in("manager1").get(page).status_code == 404


def test_actions_by_the_api(api: Any, complaint: Any, member: Any) -> None:
    case = complaint("2026-11-20 11:00")
    call = api("boss", "desk.view", "desk.work", "desk.lead")
    made = call("POST", "/improvements", {"case": case.ref, "title": "席位号改为下拉"})
    assert (made.status_code, made.json()["cause"]) == (201, "slip")
    path = f"/improvements/{made.json()['id']}"
    plan = {
        "root_cause": "手工填",
        "action": "改下拉",
        "owner_id": member("clerk1").pk,
        "due_at": "2026-12-01T15:00:00+08:00",
    }
    assert call("POST", path + "/plan", plan).json()["state"] == "planned"
    assert call("POST", path + "/done", {"note": "上线了"}).json()["state"] == "done"
    assert call("POST", path + "/check", {"passed": False, "note": "又来了"}).json()["state"] == "open"
    assert [i["title"] for i in call("GET", "/improvements").json()] == ["席位号改为下拉"]
    assert queries.improvements.visible(member("manager1")).count() == 0
