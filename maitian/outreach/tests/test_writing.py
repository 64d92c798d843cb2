"""Writing by hand: to a topic's audience and to one client; advice is refused, whoever writes it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from conftest import MOMENT
from maitian.clients.models import Client
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, decision
from maitian.outreach.dispatch.recheck import take_quota
from maitian.outreach.errors import AdviceInMessage, MessageReachesNobody
from maitian.outreach.models import Event, Notice, Topic
from maitian.outreach.queries import reach
from maitian.staff.models import Draft

pytestmark = pytest.mark.django_db
NOTICE = {"topic": "service_notice", "title": "今晚维护", "text": "今晚 20:00 到 22:00 系统维护。"}
ADVICE = {"title": "消息", "text": "中信证券(600030)可以买入了，目标价 30 元。"}


def test_a_message_by_hand_is_decided_and_looked_at_before_it_is_sent(sign_in) -> None:
    editor = sign_in("editor")
    page = editor.get("/outreach/write/?topic=market_summary").content.decode()
    assert 'value="market_summary" selected' in page and 'value="manager_message"' not in page
    answer = editor.post("/outreach/write/", NOTICE)
    event = Event.objects.get(topic__code="service_notice")
    assert (
        answer["Location"] == f"/outreach/{event.pk}/" and event.state == "decided" and event.sent_at is None
    )
    # A second click finds the first one's event.
    assert editor.post("/outreach/write/", NOTICE)["Location"] == f"/outreach/{event.pk}/"
    assert Notice.objects.count() == 1
    # Who stopped it and writes the same again means a new one.
    Event.objects.filter(pk=event.pk).update(state=Event.State.STOPPED)
    assert editor.post("/outreach/write/", NOTICE)["Location"] != f"/outreach/{event.pk}/"


def test_large_sends_by_hand_ask_for_the_number(sign_in) -> None:
    from maitian.core import rulebook

    rulebook.Rule.objects.filter(key="outreach.confirm_above").update(value=3)
    rulebook._cache.clear()
    editor = sign_in("editor")
    address = editor.post("/outreach/write/", NOTICE)["Location"]
    event = Event.objects.get(topic__code="service_notice")
    assert editor.post(f"{address}send/", {"count": "2"}).status_code == 422
    assert editor.post(f"{address}send/", {"count": f"{actions.sending_count(event):,}"}).status_code == 302
    event.refresh_from_db()
    assert event.state == "sending"
    rulebook._cache.clear()


def test_the_words_are_previewed_with_parts_and_nothing_is_kept(sign_in) -> None:
    editor = sign_in("editor")
    page = editor.post(
        "/outreach/write/words/", {"topic": "market_summary", "title": "收市", "text": "涨" * 90}
    ).content.decode()
    assert 'data-parts="2"' in page and "涨涨涨" in page and not Notice.objects.exists()
    page = editor.post("/outreach/write/", NOTICE | {"look": "1"}).content.decode()
    assert "今晚 20:00 到 22:00 系统维护。" in page and not Notice.objects.exists()


def test_a_message_s_draft_is_kept_found_again_and_gone_when_sent_on(sign_in) -> None:
    editor = sign_in("editor")
    address = editor.post("/outreach/write/", NOTICE | {"keep": "1"})["Location"]
    assert "系统维护" in sign_in("editor").get(address).content.decode()
    assert sign_in("campaign").get(address).status_code == 404
    number = address.split("=")[1]
    editor.post("/outreach/write/", NOTICE | {"keep": "1", "draft": number, "title": "改了"})
    assert Draft.objects.get().title == "改了"
    editor.post("/outreach/write/", NOTICE | {"draft": number})
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "请写标题和内容"),
        ({"text": " "}, "请写标题和内容"),
        (ADVICE, "投资建议"),
        ({"text": "长" * 1001}, "写了 1001 字，最多 1000 字"),
        ({"title": "长" * 201}, "写了 201 字，最多 200 字"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(sign_in, change, said) -> None:
    answer = sign_in("editor").post("/outreach/write/", NOTICE | change)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and 'aria-invalid="true"' in page
    assert (NOTICE | change)["text"].strip() in page
    assert not Notice.objects.exists()


def test_only_topics_by_hand_can_be_written_to(sign_in) -> None:
    editor = sign_in("editor")
    for code in ("report_published", "manager_message", "nonsense"):
        assert editor.post("/outreach/write/", NOTICE | {"topic": code}).status_code == 404
    Topic.objects.filter(code="service_notice").update(advice=True)
    assert editor.post("/outreach/write/", NOTICE).status_code == 404


# --- to one client -------------------------------------------------------------------------------------------


@pytest.mark.requirement("E1", "T1")
def test_a_manager_writes_to_a_client_of_his_own(sign_in, story, member) -> None:
    manager = sign_in("manager1")
    assert f"/outreach/to/{story[0]}/" in manager.get(f"/clients/{story[0]}/").content.decode()
    words = {"title": "测评到期", "text": "您的风险测评快到期了，请抽空重做。"}
    answer = manager.post(f"/outreach/to/{story[0]}/", words)
    event = Event.objects.get(topic__code="manager_message")
    assert answer["Location"] == f"/outreach/{event.pk}/why/{story[0]}/" and event.state == "sending"
    assert decision.outcome_of(event.pk, story[0]) == 3 and event.audience_count == 1
    row = LedgerEntry.objects.get(kind="message.written")
    assert row.client_id == story[0] and "抽空" not in str(row.facts)
    # A double click is one message; other words are another one.
    manager.post(f"/outreach/to/{story[0]}/", words)
    assert Event.objects.filter(topic__code="manager_message").count() == 1
    manager.post(f"/outreach/to/{story[0]}/", words | {"text": "补充：可以在客户端做。"})
    assert Event.objects.filter(topic__code="manager_message").count() == 2
    with time_machine.travel(MOMENT.replace(hour=11)):
        manager.post(f"/outreach/to/{story[0]}/", words)
    assert Event.objects.filter(topic__code="manager_message").count() == 3


OFFER = {"title": "茶话会", "text": "周五下午三点网点有新股讲座，欢迎您来。", "message_class": "commercial"}


@pytest.mark.requirement("G12")
def test_a_manager_s_offer_counts_with_everything_else_that_a_client_gets(sign_in, story, member) -> None:
    manager, path = sign_in("manager1"), f"/outreach/to/{story[0]}/"
    Client.objects.filter(pk=story[0]).update(consent_bits=0b0011_0011, address_bits=0b0011)
    assert manager.post(path + "words/", OFFER).content.decode().count('data-open="yes"') == 2
    take_quota([story[0]])  # the market summary's text of the morning: the cap of the day is one
    now = manager.post(path + "words/", OFFER).content.decode()
    assert now.count('data-open="yes"') == 1 and "到了频次上限" in now
    manager.post(path, OFFER)
    event = Event.objects.get(topic__code="manager_offer")
    assert decision.outcome_of(event.pk, story[0]) & 15 == 1  # the inbox takes it, no text goes out
    # A service message is not held up by it.
    assert manager.post(path, {"title": "对账", "text": "账单核对好了。"}).status_code == 302
    told = Event.objects.filter(topic__code="manager_message").latest("pk")
    assert decision.outcome_of(told.pk, story[0]) & 15 == 3


def test_an_offer_needs_the_client_s_consent_and_the_page_says_so_before(sign_in, story) -> None:
    manager = sign_in("manager1")
    Client.objects.filter(pk=story[0]).update(consent_bits=0b0000_0011, address_bits=0b0011)
    now = manager.post(f"/outreach/to/{story[0]}/words/", OFFER).content.decode()
    assert "没有同意收营销类短信" in now and "disabled" in now
    assert manager.post(f"/outreach/to/{story[0]}/", OFFER).status_code == 409
    assert not Event.objects.filter(topic__code="manager_offer").exists()


def test_another_s_client_and_other_roles_find_no_such_page(sign_in, member) -> None:
    other = Client.objects.exclude(manager=member("manager1")).exclude(state="closed").first()
    manager = sign_in("manager1")
    assert manager.get(f"/outreach/to/{other.pk}/").status_code == 404
    assert manager.post(f"/outreach/to/{other.pk}/", {"title": "x", "text": "y"}).status_code == 404
    assert manager.post(f"/outreach/to/{other.pk}/words/", {}).status_code == 404
    assert sign_in("clerk1").get(f"/outreach/to/{other.pk}/").status_code == 403
    assert not Event.objects.filter(topic__code="manager_message").exists()


def test_advice_is_refused_with_the_way_to_do_it_right_and_nothing_is_stored(sign_in, story) -> None:
    answer = sign_in("manager1").post(f"/outreach/to/{story[0]}/", ADVICE)
    page = answer.content.decode()
    assert answer.status_code == 422 and "中信证券 600030" in page and "荐股主题" in page
    assert not Notice.objects.exists() and not Event.objects.filter(topic__code="manager_message").exists()
    assert sign_in("adviser1").get("/").status_code == 200
    with pytest.raises(AdviceInMessage):
        actions.message_client(story[0], **ADVICE, actor="member:1")


def test_which_channels_and_why_not_the_others_stands_there_first(sign_in, story) -> None:
    # 赵海涛 agreed to no texts; 陈建国 to everything.
    page = sign_in("manager1").get(f"/outreach/to/{story[4]}/").content.decode()
    assert 'data-channel="0" data-open="yes"' in page and 'data-channel="1" data-open="no"' in page
    assert "没有同意收服务类短信" in page
    topic = Topic.objects.get(code="manager_message")
    client = Client.objects.get(pk=story[0])
    assert [item.open for item in reach.reach(topic, client)] == [True, True]
    client.address_bits = 1
    assert [item.why for item in reach.reach(topic, client)] == ["", "没有可用的号码或邮箱"]
    with time_machine.travel(datetime(2026, 11, 24, 22, 0, tzinfo=ZoneInfo("Asia/Shanghai"))):
        client.address_bits = 15
        assert [item.until is not None for item in reach.reach(topic, client)] == [False, True]
    client.state = "closed"
    assert not any(item.open for item in reach.reach(topic, client))


def test_a_client_whom_nothing_reaches_gets_nothing_stored(sign_in, story) -> None:
    Client.objects.filter(pk=story[0]).update(consent_bits=0)
    answer = sign_in("manager1").post(f"/outreach/to/{story[0]}/", {"title": "你好", "text": "在吗"})
    assert answer.status_code == 409 and "发不到这位客户：没有同意" in answer.content.decode()
    assert not Notice.objects.exists()
    with pytest.raises(MessageReachesNobody):
        actions.message_client(story[0], title="你好", text="在吗", actor="member:1")


def test_what_the_channels_promise_is_what_the_gates_then_say(story, member) -> None:
    topic = Topic.objects.get(code="manager_message")
    for client in Client.objects.exclude(state="closed").order_by("pk")[:40]:
        promised = sum(1 << item.channel for item in reach.reach(topic, client) if item.open)
        made = actions.event_by_hand(
            "manager_message", title="x", text="y", maker="member:1", clients={client.pk: {}}
        )
        actions.decide(made.pk, actor="member:1", allow_empty=True)
        byte = decision.outcome_of(made.pk, client.pk)
        assert (byte or 0) & 15 == promised, client.pk
