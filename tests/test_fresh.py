"""What is kept in the process is as true as the database, and asked for once by a page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from maitian.core import fresh, rulebook
from maitian.core import time as business_time
from maitian.desk import catalog
from maitian.desk.models import CaseKind

pytestmark = pytest.mark.django_db
KEY = "outreach.caps.commercial_day"


def approved(value: int, hours: int = 1) -> Any:
    rule = rulebook.propose(
        KEY, value, valid_from=timezone.now() + timedelta(hours=hours), basis="会议纪要", maker="member:1"
    )
    rulebook.approve(rule.pk, "member:2")
    return rule


def read_everything() -> None:
    rulebook.at()
    business_time.calendars()
    catalog.kinds()
    catalog.routes("brokerage")


def test_within_once_the_whole_set_up_costs_one_question() -> None:
    read_everything()
    with CaptureQueriesContext(connection) as asked, fresh.once():
        read_everything()
        with fresh.once():
            read_everything()
        read_everything()
    assert len(asked) == 1


def test_a_change_shows_at_once_outside_and_after_once() -> None:
    with fresh.once():
        assert catalog.kind("enquiry").name != "别的名字"
    CaseKind.objects.filter(code="enquiry").update(name="别的名字", changed_at=timezone.now())
    assert catalog.kind("enquiry").name == "别的名字"
    with fresh.once():
        assert catalog.kind("enquiry").name == "别的名字"


def test_what_was_read_in_a_transaction_that_failed_is_forgotten() -> None:
    before = rulebook.at(timezone.now() + timedelta(hours=2)).get(KEY)
    with pytest.raises(RuntimeError), transaction.atomic():
        approved(before + 1)
        assert rulebook.at(timezone.now() + timedelta(hours=2)).get(KEY) == before + 1
        raise RuntimeError
    assert rulebook.at(timezone.now() + timedelta(hours=2)).get(KEY) == before


def test_rules_of_any_moment_are_those_of_that_moment_in_any_order() -> None:
    now = timezone.now()
    first = rulebook.at(now).get(KEY)
    approved(first + 1, hours=1)
    approved(first + 2, hours=3)
    wanted = {0: first, 1: first + 1, 2: first + 1, 3: first + 2, 9: first + 2}
    for hours in (0, 9, 0, 1, 3, 2, 0, 3, 1, 9):
        assert rulebook.at(now + timedelta(hours=hours, minutes=1)).get(KEY) == wanted[hours], hours
    assert rulebook.at(now + timedelta(minutes=59)).get(KEY) == first


def test_a_page_that_a_change_made_shows_the_change(sign_in: Any) -> None:
    """A request that writes is never answered from what it knew before."""
    browser = sign_in("checker")
    page = browser.get("/rulebook/")
    rule = rulebook.propose(KEY, 3, valid_from=None, basis="会议纪要", maker="member:1")
    answer = browser.post(f"/rulebook/decide/{rule.pk}/approve/", follow=True)
    assert page.status_code == answer.status_code == 200
    assert rulebook.at().get(KEY) == 3


def test_two_imports_approved_in_the_other_order_both_count() -> None:
    head = "kind,day,open,note,source\n"
    first = business_time.propose_import(
        f"{head}trading,2026-12-07,0,台风,公告\n".encode(), "a.csv", "member:1"
    )
    second = business_time.propose_import(
        f"{head}trading,2026-12-08,0,台风,公告\n".encode(), "b.csv", "member:1"
    )
    business_time.approve_import(second.pk, "member:2")
    assert not business_time.is_trading_day(date(2026, 12, 8))
    business_time.approve_import(first.pk, "member:2")
    assert not business_time.is_trading_day(date(2026, 12, 7))
