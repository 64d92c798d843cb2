from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maitian.clients import actions
from maitian.clients.models import Client
from maitian.console import client_page
from maitian.console.views import clients as clients_views
from maitian.console.views.clients import timeline_of
from maitian.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("E3")
def test_the_client_page_is_one_statement_for_all_it_shows(sign_in, story) -> None:
    browser = sign_in("manager1")
    with CaptureQueriesContext(
        connection,
    ) as queries_made:
        found = client_page.load(story[0])
    assert len(queries_made) == 1
    assert found["holdings"] and found["coverage"] and found["ledger"] and found["accounts"]
    page = browser.get(f"/clients/{story[0]}/").content.decode()
    assert "陈*国" in page and "陈建国" not in page and "山西证券" in page and "138****0001" in page


def test_messages_and_acts_are_one_line_in_time(sign_in, story) -> None:
    """The story's first client got the demonstration's send by three channels: one entry, between notes, with its time."""
    actions.note(story[0], "刚刚来电", actor="member:1")
    page = sign_in("manager1").get(f"/clients/{story[0]}/").content.decode()
    whole = sign_in("manager1").get(f"/clients/{story[0]}/timeline/").content.decode()
    for text in (page, whole):
        assert text.index("刚刚来电") < text.index("建了客户档案")
    assert sign_in("manager2").get(f"/clients/{story[0]}/timeline/").status_code == 404


def test_channels_of_one_event_are_one_entry() -> None:
    sent = [
        {"event_id": 1, "channel": n, "at": f"2026-11-24T10:00:0{n}+08:00", "state": state, "title": "报告"}
        for n, state in ((0, 4), (1, 2), (2, 3))
    ]
    rows = [
        {"number": 2, "at": "2026-11-24T11:00:00+08:00", "actor": "member:1", "kind": "client.noted", "facts": {"text": "后"}},
        {"number": 1, "at": "2026-11-24T09:00:00+08:00", "actor": "member:1", "kind": "client.noted", "facts": {"text": "前"}},
    ]  # fmt: skip
    entries = timeline_of(rows, sent, {"member:1": "周晓雯"})
    assert [entry["text"] for entry in entries] == ["记了一笔：后", "报告", "记了一笔：前"]
    assert entries[1]["ways"] == ["收件箱已读", "短信已送达", "邮件没有送达"] and entries[1]["look"] == "late"


def test_the_timeline_is_read_page_by_page(sign_in, story, monkeypatch) -> None:
    monkeypatch.setattr(clients_views, "TIMELINE_PAGE", 3)
    for number in range(7):
        actions.note(story[0], f"第{number}笔", actor="member:1")
    seen, path = [], f"/clients/{story[0]}/timeline/"
    while path:
        page = sign_in("manager1").get(path).content.decode()
        seen += re.findall(r"第\d笔", page)
        following = re.search(r'href="\?before=(\d+)"', page)
        path = f"/clients/{story[0]}/timeline/?before={following[1]}" if following else ""
    assert seen == [f"第{number}笔" for number in range(6, -1, -1)]


@pytest.mark.parametrize(
    ("act", "sent", "told", "kept"),
    [
        ("note", {"text": "长" * 501}, "一笔最多 500 个字", "长" * 501),
        ("tag", {"tag": " "}, "请写标签的名字", ""),
        ("preference", {"key": "", "value": "收盘后"}, "请写是哪一方面", "收盘后"),
        ("follow", {"what": "没有这家"}, "没有“没有这家”这只证券", 'value="没有这家"'),
        ("consent", {"class": "1", "channel": "1", "granted": "1", "proof": ""}, "请写明同意的凭证", ""),
        ("reveal", {"field": "phone", "reason": ""}, "请写明为什么要看", ""),
        ("move", {"state": "lead"}, "不能直接变成", ""),
        ("agreement", {"number": "A1", "fee": "", "evidence": "x"}, "协议", ""),
    ],
)
def test_a_refused_form_comes_back_on_the_page(sign_in, story, act, sent, told, kept) -> None:
    answer = sign_in("manager1").post(f"/clients/{story[0]}/{act}/", sent)
    page = answer.content.decode()
    assert answer.status_code in (409, 422) and told in page and kept in page
    assert "时间线" in page and "还没有存上" in page


def test_another_manager_by_the_page(sign_in, member, story) -> None:
    path = f"/clients/{story[0]}/cover/"
    to = Member.objects.filter(role="account_manager", active=True).exclude(pk=member("manager1").pk).first()
    assert sign_in("manager1").post(path, {"member": to.pk}).status_code == 403
    assert sign_in("boss").post(path, {"member": "x"}).status_code == 422
    assert sign_in("boss").post(path, {"member": to.pk, "reason": "换人"}).status_code == 302
    assert Client.objects.get(pk=story[0]).manager == to
    assert sign_in("manager1").get(f"/clients/{story[0]}/").status_code == 404
