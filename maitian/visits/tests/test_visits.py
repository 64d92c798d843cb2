"""On-site help: again until it is solved, and what the client was taught (E4)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from maitian.clients.models import Client
from maitian.core.models import LedgerEntry
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Case, Entry
from maitian.visits import actions, home, queries
from maitian.visits.errors import (
    AlreadyPlanned,
    Busy,
    FoundMissing,
    NextMissing,
    NotPlanned,
    TooEarly,
    WhenWrong,
)
from maitian.visits.models import Visit

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 24, 15, 0, tzinfo=SHANGHAI)


@pytest.fixture
def case(story: list[int], member: Any) -> Case:
    """陈建国's computer shows no quotes; his account manager takes it."""
    client = Client.objects.select_related("branch", "manager").get(pk=story[0])
    made = open_case(
        kind="help_visit", branch=client.branch, client=client, body="家里电脑看不到行情", channel="phone", actor=member("manager1").actor,
        by=member("manager1"), complete=False,
    )  # fmt: skip
    return made.case


def planned(case: Case, member: Any, when: datetime = AT, **more: Any) -> Visit:
    return actions.plan(case_id=case.pk, by=member("manager1"), when=when, place="滨河路 18 号 502", **more)


@pytest.mark.requirement("E4")
def test_again_until_it_is_solved_and_then_thanked_and_asked(
    case: Case, member: Any, time_machine: Any
) -> None:
    first = planned(case, member)
    assert Entry.objects.filter(case=case, kind="reply", body__contains="11月24日 15:00").exists()
    time_machine.move_to(AT + timedelta(minutes=50))
    tomorrow = AT + timedelta(days=1)
    actions.finish(
        visit_id=first.pk,
        by=member("manager1"),
        came_of="unsolved",
        found="换了网线，还是不行",
        when=tomorrow,
    )
    first.refresh_from_db()
    second = first.again
    assert (second.number, second.state, second.starts_at, str(second.place)) == (
        2,
        "planned",
        tomorrow,
        "滨河路 18 号 502",
    )
    case.refresh_from_db()
    assert case.state == "open"
    time_machine.move_to(tomorrow + timedelta(minutes=30))
    actions.finish(
        visit_id=second.pk, by=member("manager1"), came_of="solved", found="重装了行情软件，能看了", taught="自己更新软件", thanked=True,
        referral_asked=True, referral="同事王女士",
    )  # fmt: skip
    case.refresh_from_db()
    assert (case.state, case.result) == ("resolved", "solved")
    told = Entry.objects.filter(case=case, kind="reply").order_by("-pk")[0].body
    assert "重装了行情软件" in told and "自己更新软件" in told and "王女士" not in told
    kinds = list(
        LedgerEntry.objects.filter(object_kind="visit", client_id=case.client_id)
        .order_by("pk")
        .values_list("kind", flat=True)
    )
    assert kinds == ["visit.planned", "visit.unsolved", "visit.solved", "visit.referral"]
    assert "王女士" not in json.dumps(
        list(LedgerEntry.objects.filter(object_kind="visit").values_list("facts", flat=True)),
        ensure_ascii=False,
    )


def test_what_is_missing_is_said_and_nothing_is_half_stored(
    case: Case, member: Any, time_machine: Any
) -> None:
    by = member("manager1")
    for when in (None, AT - timedelta(days=1), AT + timedelta(days=40)):
        with pytest.raises(WhenWrong):
            planned(case, member, when)  # type: ignore[arg-type]
    visit = planned(case, member)
    with pytest.raises(AlreadyPlanned):
        planned(case, member, AT + timedelta(days=2))
    with pytest.raises(TooEarly):
        actions.finish(visit_id=visit.pk, by=by, came_of="solved", found="好了")
    time_machine.move_to(AT + timedelta(minutes=10))
    with pytest.raises(FoundMissing):
        actions.finish(visit_id=visit.pk, by=by, came_of="solved", found=" ")
    with pytest.raises(NextMissing):
        actions.finish(visit_id=visit.pk, by=by, came_of="missed", found="")
    visit.refresh_from_db()
    assert visit.state == "planned" and Visit.objects.filter(case=case).count() == 1
    actions.finish(visit_id=visit.pk, by=by, came_of="missed", found="", when=AT + timedelta(days=1))
    with pytest.raises(NotPlanned):
        actions.cancel(visit_id=visit.pk, by=by, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(state="planned")


def test_nobody_is_at_two_places(case: Case, member: Any, story: list[int]) -> None:
    planned(case, member)
    client = Client.objects.select_related("branch").get(pk=story[1])
    other = open_case(
        kind="help_visit",
        branch=client.branch,
        client=client,
        body="打不开",
        channel="phone",
        actor="x",
        complete=False,
    ).case
    with pytest.raises(Busy):
        actions.plan(case_id=other.pk, by=member("manager1"), when=AT + timedelta(minutes=30), place="另一处")
    actions.plan(case_id=other.pk, by=member("manager1"), when=AT + timedelta(minutes=60), place="另一处")
    assert [str(visit.place) for visit in queries.route(member("manager1"), AT.date())] == [
        "滨河路 18 号 502",
        "另一处",
    ]


def test_moving_and_cancelling_tell_the_client_why(case: Case, member: Any) -> None:
    visit = planned(case, member)
    moved = actions.move(
        visit_id=visit.pk, by=member("manager1"), when=AT + timedelta(hours=2), reason="前一户还没好"
    )
    assert (
        moved.number == 2
        and Entry.objects.filter(case=case, kind="reply", body__contains="前一户还没好").exists()
    )
    actions.cancel(visit_id=moved.pk, by=member("manager1"), reason="客户出差")
    assert Entry.objects.filter(case=case, kind="reply", body__contains="客户出差").exists()
    assert queries.coming(case.client_id or 0) == [] and planned(case, member).number == 3


def test_the_day_on_the_phone_from_the_case_to_the_result(
    case: Case, member: Any, sign_in: Any, time_machine: Any
) -> None:
    browser: Browser = sign_in("manager1")
    page = browser.get(f"/desk/{case.ref}/").content.decode()
    assert "约上门" in page
    wrong = browser.post(f"/visits/cases/{case.ref}/", {"when": "2020-01-01T10:00", "place": "滨河路 18 号"})
    assert (
        wrong.status_code == 422
        and "滨河路 18 号" in wrong.content.decode()
        and "上门时间要在现在以后" in wrong.content.decode()
    )
    assert (
        browser.post(
            f"/visits/cases/{case.ref}/", {"when": "2026-11-24T15:00", "place": "滨河路 18 号"}
        ).status_code
        == 302
    )
    visit = Visit.objects.get(case=case)
    assert "滨河路 18 号" in browser.get("/visits/").content.decode()
    assert [row["url"] for row in home.tasks(member("manager1"))] == [f"/visits/{visit.pk}/"]
    portal = sign_in(case.client_id)
    assert (
        "15:00" in portal.get("/portal/").content.decode()
        and "滨河路" in portal.get(f"/portal/cases/{case.ref}/").content.decode()
    )
    time_machine.move_to(AT + timedelta(hours=3))
    assert "还没写结果" in browser.get("/visits/").content.decode()
    refused = browser.post(f"/visits/{visit.pk}/finish/", {"came_of": "unsolved", "found": "换了网线"})
    assert (
        refused.status_code == 422
        and "换了网线" in refused.content.decode()
        and "下一次" in refused.content.decode()
    )
    done = browser.post(
        f"/visits/{visit.pk}/finish/",
        {"came_of": "solved", "found": "好了", "taught": "自己更新"},
        follow=True,
    )
    assert "自己更新" in done.content.decode()
    assert sign_in("manager2").get(f"/visits/{visit.pk}/").status_code == 404
    assert (
        "visit"
        not in sign_in(case.client_id)
        .get(f"/visits/{visit.pk}/")
        .headers.get("Location", "x")
        .split("next")[0]
    )


def test_the_same_by_the_api(case: Case, member: Any, time_machine: Any) -> None:
    from maitian.staff import actions as staff

    browser = Browser(
        headers={"Authorization": "Bearer " + staff.make_token(member("manager1"), "t", ["desk.work"])}
    )

    def call(path: str, **body: Any) -> Any:
        return browser.post("/api/v1" + path, json.dumps(body), content_type="application/json")

    made = call(f"/cases/{case.ref}/visits", when="2026-11-24T15:00:00+08:00", place="滨河路").json()
    assert browser.get("/api/v1/visits").json()[0]["id"] == made["id"]
    time_machine.move_to(AT + timedelta(minutes=40))
    assert (
        call(f"/visits/{made['id']}/result", came_of="unsolved", found="不行").json()["code"]
        == "visits.next_missing"
    )
    answer = call(
        f"/visits/{made['id']}/result", came_of="unsolved", found="不行", when="2026-11-25T15:00:00+08:00"
    ).json()
    moved = call(f"/visits/{answer['next_id']}/move", when="2026-11-26T15:00:00+08:00", reason="出差").json()
    assert call(f"/visits/{moved['id']}/cancellation", reason="客户说好了").json()["state"] == "cancelled"
