"""Campaigns in the console and by the API: made by clicks, checked by another, begun, watched, exported."""

from __future__ import annotations

import re
from typing import Any

import pytest

from maitian.clients.models import Client
from maitian.core.models import LedgerEntry
from maitian.outreach.campaigns import actions, advance
from maitian.outreach.campaigns.models import Campaign, CampaignMember, Trial
from maitian.outreach.models import Event, Topic
from maitian.outreach.tests.campaigning import INVITE, approved, definition, started, travel
from maitian.staff.actions import make_token

pytestmark = pytest.mark.django_db
BASE = "/outreach/campaigns/"


@pytest.fixture
def draft(member: Any) -> Campaign:
    return actions.begin("金智慧推荐", actor=member("campaign").actor, definition=definition())


def page(browser: Any, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def send_form(**changes: str) -> dict[str, str]:
    return {
        "name": "邀请", "link": "level", "on-inbox": "1", "on-sms": "1", "next": "end",
        **{f"t-{arm}-{name}": text for arm, words in INVITE.items() for name, text in words.items()}, **changes,
    }  # fmt: skip


@pytest.mark.requirement("E1", "G8")
def test_a_campaign_is_made_by_clicks_checked_by_another_and_begun(sign_in, member) -> None:
    editor, checker = sign_in("campaign"), sign_in("checker")
    assert editor.post(BASE + "new/", {"name": ""}).status_code == 422
    here = editor.post(BASE + "new/", {"name": "金智慧推荐"})["Location"]
    shown = page(editor, here)
    assert "还没有一步会发消息" in shown and "请选一个目标" in shown and "disabled" in shown
    pk = Campaign.objects.get().pk
    revision = {"revision": "1"}
    assert (
        editor.post(f"{here}part/goal/", {"kind": "level", "level": "gold_wisdom", **revision}).status_code
        == 302
    )
    assert (
        editor.post(
            f"{here}part/audience/", {"c.join": "all", "c.0.is": "level", "c.0.op": "any_of", "c.0.v": "1"}
        ).status_code
        == 302
    )
    assert (
        editor.post(
            f"{here}part/groups/",
            {"control": "20", "name1": "A", "share1": "50", "name2": "B", "share2": "50"},
        ).status_code
        == 302
    )
    limits = {"message_class": "0", "budget": "50", "ends_day": "2026-12-10", "ends_time": "18:00"}
    assert editor.post(f"{here}part/limits/", limits).status_code == 302
    # Steps: put in where they belong, each opens at once.
    first = editor.post(f"{here}steps/add/", {"do": "send", "after": "", "way": "next"})["Location"]
    assert first.endswith("/steps/s1/")
    assert editor.post(first, send_form()).status_code == 302
    branch = editor.post(f"{here}steps/add/", {"do": "branch", "after": "s1", "way": "next"})["Location"]
    later = editor.post(f"{here}steps/add/", {"do": "send", "after": "s2", "way": "no"})["Location"]
    assert editor.post(later, send_form(name="再说一次")).status_code == 302
    assert editor.post(branch, {"ask": "opened", "of": "s1", "yes": "end", "no": "s3"}).status_code == 302
    wait = editor.post(f"{here}steps/add/", {"do": "wait", "after": "s1", "way": "next"})["Location"]
    assert (
        editor.post(wait, {"length": "work_days", "n": "2", "at": "09:30", "next": "s2"}).status_code == 302
    )
    shown = page(editor, here)
    assert "打开了“邀请”的消息吗" in shown and "等 2 个工作日，到 09:30" in shown and "最晚走完" in shown
    assert Campaign.objects.get().definition["steps"][0]["texts"] == INVITE
    assert editor.post(f"{here}propose/", {"reason": "试一试"}).status_code == 302

    # The maker cannot approve; what was handed in does not change any more.
    assert editor.post(f"{here}answer/approve/").status_code == 403
    assert (
        editor.post(f"{here}part/groups/", {"control": "5", "name1": "A", "share1": "100"}).status_code == 409
    )
    assert "金智慧推荐" in page(checker, "/") and "您来复核" in page(checker, here)
    assert checker.post(f"{here}answer/refuse/", {"reason": ""}).status_code == 422
    assert checker.post(f"{here}answer/approve/").status_code == 302
    assert "复核通过，等您开始" in page(editor, "/")
    shown = page(editor, here)
    number = re.search(r"开始，([\d,]+) 户", shown)
    assert number is not None
    assert editor.post(f"{here}start/", {"count": number.group(1)}).status_code == 302
    item = Campaign.objects.get()
    assert item.state == "running" and item.members == int(number.group(1).replace(",", "")) and item.pk == pk
    advance.advance(pk)
    shown = page(sign_in("boss"), here)
    assert (
        "和什么也没收到的对照组比" in shown and 'class="funnel"' in shown and "有一组不到 30 户" in shown
    ) or "看不出差别" in shown
    assert page(sign_in("boss"), f"{here}results/")


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("part/goal/", {"kind": ""}, "必填"),
    ("part/goal/", {"kind": "money", "amount": "-1"}, "净转入金额要大于 0"),
    ("part/goal/", {"kind": "traded", "symbols": "999998"}, "不认识"),
    ("part/audience/", {"c.join": "all", "c.0.is": "age", "c.0.op": "at_least", "c.0.v": "很老"}, "整数"),
    ("part/audience/", {"c.join": "all", "c.0.is": ""}, "受众就是全部客户"),
    ("part/groups/", {"control": "80", "name1": "A", "share1": "100"}, "50"),
    ("part/groups/", {"control": "10", "name1": "A", "share1": "70"}, "加起来是 70"),
    ("part/limits/", {"message_class": "0", "budget": "50", "ends_day": ""}, "必填"),
    ("part/limits/", {"message_class": "0", "budget": "-5", "ends_day": "2026-12-10"}, "0"),
    ("part/limits/", {"message_class": "0", "budget": "50", "ends_day": "2026-11-01"}, "结束时间要晚于开始"),
    ("part/limits/", {"message_class": "0", "budget": "50", "ends_day": "2026-11-25"}, "最后一步要到"),
    ("steps/s2/", {"length": "hours", "n": "0", "next": "s3"}, "写 1 到 400 的整数"),
    ("steps/s2/", {"length": "days", "n": "2", "at": "25:00", "next": "s3"}, "钟点写成 09:30"),
    ("steps/s2/", {"length": "hours", "n": "3", "next": "s1"}, "绕成了圈"),
    ("steps/s3/", {"ask": "opened", "of": "", "yes": "end", "no": "s4"}, "请选前面的一步发送"),
    ("steps/s3/", {"ask": "meets", "c.join": "all", "yes": "end", "no": "s4"}, "请选条件"),
    ("steps/s1/", send_form(**{"t-1-sms": "没有签名"}), "请以 {signature} 开始"),
    ("steps/s1/", send_form(**{"t-2-sms": "{signature}{price}"}), "不是这个主题的变量"),
    ("steps/s1/", send_form(**{"t-1-inbox": ""}), "没有模板"),
    ("steps/s1/", send_form(**{"t-1-inbox": "建议买入中信证券，目标价30元"}), "这就是投资建议"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "given", "said"), WRONG)
def test_what_is_wrong_is_said_where_it_was_typed(sign_in, draft, where, given, said) -> None:
    answer = sign_in("editor").post(f"{BASE}{draft.pk}/{where}", given)
    shown = answer.content.decode()
    assert answer.status_code == 422 and said in shown
    for name, value in given.items():
        if name in ("n", "at", "amount", "symbols", "budget", "t-1-sms", "t-2-sms", "c.0.v") and value:
            assert value in shown, name


def test_two_editors_at_once_and_a_page_that_is_old(sign_in, draft) -> None:
    one, other = sign_in("campaign"), sign_in("editor")
    form = {"control": "30", "name1": "A", "share1": "100", "revision": str(draft.revision)}
    assert one.post(f"{BASE}{draft.pk}/part/groups/", form).status_code == 302
    answer = other.post(f"{BASE}{draft.pk}/part/groups/", form | {"control": "5"})
    assert answer.status_code == 409 and "另一位同事改过" in answer.content.decode()
    assert Campaign.objects.get(pk=draft.pk).definition["control"] == 30


def test_without_scripts_the_builder_and_the_preview_only_look(sign_in, draft) -> None:
    browser = sign_in("editor")
    builder = {"c.join": "all", "c.0.is": "level", "c.0.op": "any_of", "c.0.v": "1", "c.do": "add:"}
    answer = browser.post(f"{BASE}{draft.pk}/part/audience/", builder)
    assert answer.status_code == 200 and "c.1.is" in answer.content.decode()
    answer = browser.post(f"{BASE}{draft.pk}/steps/s3/", {"ask": "meets", **builder})
    assert answer.status_code == 200 and "c.1.is" in answer.content.decode()
    answer = browser.post(
        f"{BASE}{draft.pk}/steps/s1/", send_form(look="1", **{"t-1-sms": "{signature}" + "祝" * 80})
    )
    assert answer.status_code == 200 and 'data-parts="2"' in answer.content.decode()
    shown = browser.post(
        f"{BASE}{draft.pk}/steps/s1/preview/", send_form(**{"t-2-sms": "{signature}{x}"})
    ).content.decode()
    assert "“x”不是这个主题的变量" in shown and "A 组" in shown


def test_steps_are_taken_out_and_the_rest_joins(sign_in, draft) -> None:
    browser = sign_in("editor")
    assert browser.post(f"{BASE}{draft.pk}/steps/s2/remove/").status_code == 302
    steps = {step["key"]: step for step in Campaign.objects.get(pk=draft.pk).definition["steps"]}
    assert steps["s1"]["next"] == "s3" and "s2" not in steps
    browser.post(f"{BASE}{draft.pk}/steps/s3/remove/", {"keep": "yes"})
    assert [step["key"] for step in Campaign.objects.get(pk=draft.pk).definition["steps"]] == ["s1"]
    assert browser.post(f"{BASE}{draft.pk}/steps/s9/remove/").status_code == 404
    assert browser.get(f"{BASE}{draft.pk}/steps/s9/").status_code == 404
    assert browser.post(f"{BASE}{draft.pk}/steps/add/", {"do": "dance"}).status_code == 404


def test_who_may_do_what(sign_in, draft, member) -> None:
    for name, status in (
        ("campaign", 200),
        ("editor", 200),
        ("checker", 200),
        ("boss", 200),
        ("manager1", 403),
        ("lead", 403),
        ("hotline1", 403),
    ):
        assert sign_in(name).get(f"{BASE}{draft.pk}/").status_code == status, name
    for name in ("boss", "checker", "manager1"):
        assert sign_in(name).post(f"{BASE}{draft.pk}/part/groups/", {"control": "5"}).status_code == 403, name
        assert sign_in(name).post(f"{BASE}{draft.pk}/propose/").status_code == 403, name
    assert sign_in("editor").post(f"{BASE}{draft.pk}/answer/approve/").status_code == 403


def test_a_running_campaign_is_paused_copied_and_exported_and_its_topic_is_its_own(sign_in, member) -> None:
    with travel(24, "10:00"):
        item = started(member)
        advance.advance(item.pk)
        boss, editor = sign_in("boss"), sign_in("editor")
        assert "户还在路上" in page(boss, f"{BASE}{item.pk}/pause/")
        assert Campaign.objects.get(pk=item.pk).state == "running"
        boss.post(f"{BASE}{item.pk}/pause/")
        assert Campaign.objects.get(pk=item.pk).state == "paused" and "继续" in page(
            boss, f"{BASE}{item.pk}/"
        )
        boss.post(f"{BASE}{item.pk}/resume/")
        assert boss.get(f"{BASE}{item.pk}/explode/").status_code == 404
        text = boss.get(f"{BASE}{item.pk}/results.csv").content.decode()
        assert text.startswith("﻿step,") and LedgerEntry.objects.filter(kind="campaign.exported").count() == 1
        copied = editor.post(f"{BASE}{item.pk}/copy/", {"leave_out": "1"})["Location"]
        assert f"不含“{item.name}”里的客户" in page(editor, copied)
        # The topic behind it is neither listed nor changed by itself.
        assert item.topic.code not in page(editor, "/outreach/topics/")
        assert editor.get(f"/outreach/topics/{item.topic.code}/")["Location"] == f"{BASE}{item.pk}/"
        assert editor.post(f"/outreach/topics/{item.topic.code}/change/").status_code == 404
        assert boss.post(f"/outreach/topics/{item.topic.code}/stop/").status_code == 404
        boss.post(f"{BASE}{item.pk}/stop/")
        assert "已停止" in page(boss, f"{BASE}{item.pk}/")


def test_a_client_s_page_and_why_page_show_the_campaign(sign_in, member, story) -> None:
    Client.objects.filter(pk=story[1]).update(level_rank=1, state="active")
    with travel(24, "10:00"):
        item = started(member, control=0)
        advance.advance(item.pk)
        manager = sign_in("manager1")
        shown = page(manager, f"/clients/{story[1]}/")
        assert 'id="campaigns"' in shown and "金智慧推荐" in shown and "下一步" in shown
        event = CampaignMember.objects.get(campaign_id=item.pk, client_id=story[1])
        sent = Event.objects.get(object_kind="campaign_step", object_id=event.round_id)
        shown = page(manager, f"/outreach/{sent.pk}/why/{story[1]}/")
        assert "金智慧推荐" in shown and "邀请" in shown and f"{BASE}{item.pk}/" not in shown
        assert f"{BASE}{item.pk}/" in page(sign_in("boss"), f"/outreach/{sent.pk}/why/{story[1]}/")


def test_a_test_to_oneself_asks_for_one_s_own_number_first(sign_in, draft) -> None:
    browser = sign_in("editor")
    path = f"{BASE}{draft.pk}/steps/s1/"
    answer = browser.post(f"{path}trial/", {"arm": "1", "channel": "1"}, follow=True)
    assert "还没有登记收测试消息的手机号" in answer.content.decode() and not Trial.objects.exists()
    assert browser.post("/staff/me/own/", {"mobile": "12", "email": ""}).status_code == 422
    assert (
        browser.post("/staff/me/own/", {"mobile": "13900000001", "email": "wen@mail.example"}).status_code
        == 302
    )
    assert "13900000001" in page(browser, "/staff/me/") and "139****0001" in page(browser, path)
    browser.post(f"{path}trial/", {"arm": "2", "channel": "1"})
    assert Trial.objects.get().text.startswith("【麦田证券】［测试］") and "排队" in page(browser, path)
    for wrong in ({"arm": "3", "channel": "1"}, {"arm": "1", "channel": "0"}, {"arm": "x", "channel": "1"}):
        assert browser.post(f"{path}trial/", wrong).status_code == 404


def test_the_list_filters_and_bears_nonsense(sign_in, member) -> None:
    approved(member)
    browser = sign_in("editor")
    assert "金智慧推荐" in page(browser, BASE + "?state=approved&q=金智慧")
    assert "金智慧推荐" not in page(browser, BASE + "?state=running")
    assert page(browser, BASE + "?state=x&after=broken&page=-1")
    browser.cookies["django_language"] = "en"
    assert "Approved, not begun" in page(browser, BASE)


# --- API -----------------------------------------------------------------------------------------------------------


def test_everything_by_the_api(client, member) -> None:
    def caller(name: str, *scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {make_token(member(name), 'x', list(scopes))}"}

    editor, checker = (
        caller("editor", "campaigns.view", "campaigns.write", "campaigns.control"),
        caller("checker", "campaigns.approve", "campaigns.view"),
    )

    def call(method: str, path: str, head: dict[str, str], body: Any = None) -> Any:
        return client.generic(
            method,
            "/api/v1/campaigns" + path,
            __import__("json").dumps(body or {}),
            content_type="application/json",
            headers=head,
        )

    broken = call("POST", "", editor, {"name": "x", "definition": {"steps": [{"key": "s1", "do": "dance"}]}})
    assert broken.status_code == 422 and broken.json()["code"] == "outreach.campaign.definition_wrong"
    made = call("POST", "", editor, {"name": "金智慧推荐", "definition": definition(control=80)}).json()
    assert [fault["code"] for fault in made["faults"]] == ["outreach.campaign.control_wrong"]
    path = f"/{made['id']}"
    assert call("GET", path + "/forecast", editor).json() == {}
    stale = call("PATCH", path, editor, {"definition": {"control": 20}, "revision": 99})
    assert stale.status_code == 409
    assert (
        call("PATCH", path, editor, {"definition": {"control": 20}, "revision": made["revision"]}).json()[
            "faults"
        ]
        == []
    )
    forecast = call("GET", path + "/forecast", editor).json()
    assert forecast["clients"] == forecast["controls"] + sum(arm["clients"] for arm in forecast["arms"])
    assert call("POST", path + "/start", editor, {}).status_code == 409
    assert call("POST", path + "/proposal", editor, {"reason": "x"}).json()["state"] == "proposed"
    assert call("POST", path + "/approval", editor).status_code == 403
    assert call("POST", path + "/approval", checker).json()["state"] == "approved"
    head = editor | {"Idempotency-Key": "k1"}
    first = call("POST", path + "/start", head, {"count": forecast["clients"]}).json()
    assert (
        first["state"] == "running"
        and call("POST", path + "/start", head, {"count": forecast["clients"]}).json() == first
    )
    advance.advance(made["id"])
    found = call("GET", path + "/results", editor).json()
    assert (
        sum(group["clients"] for group in found["groups"]) == forecast["clients"]
        and len(found["comparisons"]) == 3
    )
    assert call("POST", path + "/control/pause", editor).json()["state"] == "paused"
    assert call("POST", path + "/control/explode", editor).status_code == 404
    assert (
        call("POST", path + "/copies", editor, {"leave_out": True}).json()["definition"]["leaves_out"]
        == made["id"]
    )
    assert [row["id"] for row in call("GET", "?state=paused", editor).json()] == [made["id"]]
    assert Topic.objects.get(code=f"campaign_{made['id']}").paused_at is not None
