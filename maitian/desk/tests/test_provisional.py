"""A deadline past the published calendar says so: on the case, in the list, by the API."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maitian.core import time as business_time
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import people
from maitian.desk.models import Case, Clock

pytestmark = pytest.mark.django_db


def edge() -> datetime:
    """The first day of the desk's hours that no official table covers."""
    first = business_time.calendar("branch_hours").provisional_from
    assert first is not None
    return datetime.combine(first, time(9, 30), SHANGHAI)


@pytest.mark.parametrize(("days", "said"), [(-1, False), (0, True), (20, True)])
def test_only_what_lies_past_the_horizon_is_marked(
    enquiry: Any, member: Any, sign_in: Any, api: Any, days: int, said: bool
) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    Clock.objects.filter(case=case).update(due_at=edge() + timedelta(days=90))
    Clock.objects.filter(case=case, kind="resolution").update(due_at=edge() + timedelta(days=days))
    agent = sign_in("hotline1")
    for path in (f"/desk/{case.ref}/", f"/desk/{case.ref}/pulse/", "/desk/"):
        assert ("按惯例推算" in agent.get(path).content.decode()) is said
    client = sign_in(case.client_id)
    for path in (f"/portal/cases/{case.ref}/", "/portal/cases/", "/portal/"):
        assert ("按惯例推算" in client.get(path).content.decode()) is said
    clocks = api("hotline1", "desk.view")("GET", f"/cases/{case.ref}").json()["clocks"]
    # The hotline is open every day: no holiday moves its clock, however far away.
    assert {clock["kind"]: clock["provisional"] for clock in clocks} == {
        "first_answer": False,
        "resolution": said,
    }


@pytest.mark.parametrize(("days", "said"), [(-1, False), (0, True)])
def test_the_board_shows_each_centre_s_next_deadline_and_marks_it(
    enquiry: Any, member: Any, sign_in: Any, api: Any, days: int, said: bool
) -> None:
    case = enquiry()
    later = edge() + timedelta(days=90)
    Clock.objects.filter(case=case).update(due_at=later)
    Clock.objects.filter(case=case, kind="resolution").update(due_at=edge() + timedelta(days=days))
    Case.objects.filter(pk=case.pk).update(next_due_at=edge() + timedelta(days=days))
    page = sign_in("boss").get("/desk/board/").content.decode()
    assert case.ref in page and ("按惯例推算" in page) is said
    rows = api("boss", "desk.board")("GET", "/case-board").json()
    row = next(row for row in rows if row["team"] == case.team)
    assert (row["next"]["case"], row["next"]["provisional"]) == (case.ref, said)
    assert row["open"] == row["queue"] == 1 and row["people"] == [{"member": None, "open": 1, "late": 0}]
    assert api("hotline1", "desk.view")("GET", "/case-board").status_code == 403
    people.name_member(case_id=case.pk, by=member("checker"), member_id=member("boss").pk)
    assert case.ref not in sign_in("boss").get("/desk/board/").content.decode()


def test_a_letter_s_day_and_what_was_done_are_never_provisional(enquiry: Any) -> None:
    case = enquiry()
    Clock.objects.filter(case=case).update(due_at=edge(), kind="letter")
    assert not queries.nearest_clocks([case.pk])[case.pk].provisional


def test_a_list_whose_deadlines_are_all_covered_asks_nothing_more(enquiry: Any) -> None:
    ids = [enquiry(f"第 {n} 件").pk for n in range(3)]
    business_time.calendars()
    with CaptureQueriesContext(connection) as near:
        queries.nearest_clocks(ids)
    Clock.objects.filter(case__in=ids).update(due_at=edge())
    with CaptureQueriesContext(connection) as far:
        queries.nearest_clocks(ids)
    assert len(far) == len(near) + 1
