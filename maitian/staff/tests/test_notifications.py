from __future__ import annotations

from typing import Any

import pytest

from maitian.staff.models import Notification
from maitian.staff.notifications import notify, unread

pytestmark = pytest.mark.django_db


def test_the_bell_counts_what_is_unread_and_leads_where_it_says(member: Any, sign_in: Any) -> None:
    mine, other = member("manager1"), member("boss")
    assert (
        notify([mine.pk, mine.pk], "desk.assigned", facts={"ref": "C-1", "kind": "咨询"}, url="/clients/")
        == 1
    )
    notify([other.pk], "desk.assigned", facts={"ref": "C-2", "kind": "咨询"}, url="/clients/")
    browser = sign_in("manager1")
    page = browser.get("/notifications/").content.decode()
    assert "咨询 C-1 交给您办" in page and "C-2" not in page and "通知，1 条未读" in page
    row = Notification.objects.get(member=mine)
    answer = browser.post(f"/notifications/{row.pk}/read/")
    assert answer.headers["Location"] == "/clients/" and unread(mine) == 0
    # Another's is not there, and an address that leads away is not followed.
    assert (
        browser.post(f"/notifications/{Notification.objects.get(member=other).pk}/read/").status_code == 404
    )
    notify([mine.pk], "desk.late", url="https://elsewhere.example/")
    away = Notification.objects.filter(member=mine).latest("pk")
    assert browser.post(f"/notifications/{away.pk}/read/").headers["Location"] == "/notifications/"
    notify([mine.pk], "desk.late")
    browser.post("/notifications/read/")
    assert unread(mine) == 0
