"""Events in the console: the list, what waits for a person, one message's whole way."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from conftest import MOMENT
from maitian.clients.models import Client, Holding, InboundText
from maitian.core import rulebook
from maitian.outreach import actions, calls, decision, dispatch, queries
from maitian.outreach.channels import Handed, Outcome, Receipt
from maitian.outreach.channels.pool import Pool
from maitian.outreach.models import Event, Handing, Topic
from maitian.outreach.queries import journey
from maitian.outreach.tests.test_dispatch import Line, nothing_else_to_do, notice, phones, work

pytestmark = pytest.mark.django_db
__all__ = ["nothing_else_to_do", "notice", "phones"]


def way(event: Event, client: int, channel: int = 1) -> journey.Way:
    event.refresh_from_db()
    byte = decision.outcome_of(event.pk, client)
    assert byte is not None
    return next(w for w in journey.ways(event, client, byte) if w.channel == channel)


def titles(way: journey.Way) -> list[str]:
    return [stage.title for stage in way.stages]


def test_the_list_filters_by_topic_state_class_and_day(sign_in, member, notice, phones) -> None:
    event = notice(phones[:3])
    assert {e.topic.code for e in queries.events({"topic": "manager_message"})} == {"manager_message"}
    assert set(queries.events({"state": "decided", "class": "0"})) == {event}
    assert not queries.events({"class": "2", "topic": "manager_message"}).exists()
    assert event in queries.events({"day": f"{MOMENT:%Y-%m-%d}"})
    assert event not in queries.events({"day": "2026-11-23"})
    browser = sign_in("editor")
    assert event.title in browser.get("/outreach/?topic=manager_message&day=2026-11-24").content.decode()
    assert browser.get("/outreach/?topic=%00x&state=zz&class=99999999999&day=not-a-day").status_code in (
        200,
        422,
    )


def test_a_send_too_large_to_go_by_itself_waits_on_top_and_at_home(sign_in, member) -> None:
    rulebook.Rule.objects.filter(key="outreach.automatic_max").update(value=1)
    rulebook._cache.clear()
    topic = Topic.objects.get(code="service_notice")
    Topic.objects.filter(pk=topic.pk).update(automatic=True)
    made = actions.make_event(
        Topic.objects.get(pk=topic.pk), object_kind="day", object_id=1, title="维护通知", facts={"text": "x"}, maker="system:worker"
    )  # fmt: skip
    actions.decide_and_send(made.pk, actor="system:worker")
    rulebook._cache.clear()
    assert queries.waiting_for_a_person() == [made]
    editor = sign_in("editor")
    assert 'id="waiting"' in editor.get("/outreach/").content.decode()
    assert "自动发送超过上限" in editor.get("/").content.decode()
    assert "停下来等人看" in editor.get(f"/outreach/{made.pk}/").content.decode()
    manager = sign_in("manager1")
    assert 'id="waiting"' not in manager.get("/outreach/").content.decode()
    editor.post(f"/outreach/{made.pk}/send/")
    assert queries.waiting_for_a_person() == []


def test_a_proposal_stands_on_the_checker_s_home_and_not_on_the_maker_s(sign_in, member) -> None:
    topic = Topic.objects.get(code="market_summary")
    actions.propose_topic(
        "market_summary", actions.definition_of(topic) | {"expires_minutes": 90}, actor=member("editor").actor, everybody_meant=True
    )  # fmt: skip
    assert "等您复核" in sign_in("checker").get("/").content.decode()
    assert "消息主题第" not in sign_in("editor").get("/").content.decode()


@pytest.mark.requirement("G12")
def test_the_way_of_a_text_from_the_queue_to_its_receipt(notice, phones, member, sign_in) -> None:
    event = notice(phones)
    assert way(event, phones[0]).state == "还没有发"
    actions.send(event.pk, actor=member("boss").actor)
    assert way(event, phones[0]).state == "等着发" and titles(way(event, phones[0])) == ["排队"]
    line = Line()
    worker = dispatch.Worker((1,), Pool([line]))
    claim = worker.claim()
    batch = worker._prepare(claim, phones[:20], set(), 1)
    worker._mark(claim, batch)
    # Between the mark and the answer.
    assert Handing.objects.count() == 1
    assert titles(way(event, phones[0])) == ["工作进程接手", "正在交给网关"]
    assert titles(way(event, phones[30])) == ["工作进程接手"]  # not in this batch
    batch.answers = worker._senders.submit(
        lambda: [
            Handed(m.client_id, Outcome.ACCEPTED, f"r{m.client_id}", None, "line") for m in batch.outgoing
        ]
    )
    worker._finish(claim, batch)
    dispatch.settle([Receipt("line", f"r{phones[0]}", True, "", "x")])
    dispatch.settle([Receipt("line", f"r{phones[1]}", False, "UNDELIV", "x")])
    good, bad = way(event, phones[0]), way(event, phones[1])
    assert titles(good) == ["工作进程接手", "交给网关", "回执：已送达"]
    assert f"编号 r{phones[0]}" in good.stages[1].lines and "网关 line" in good.stages[1].lines
    assert titles(bad)[-1] == "没有送达" and bad.stages[-1].lines == ["UNDELIV"]
    # Tried again by a person: the first attempt stays on the page.
    dispatch.retry(event.pk, 1, actor=member("boss").actor)
    again = way(event, phones[1])
    assert [t for t in titles(again) if t != "工作进程接手"] == ["第 1 次", "等着重发"]
    assert "没有送达 · UNDELIV" in again.stages[1].lines
    work(1, Pool([Line("other")]))
    assert queries.progress(event, timezone.now()).again == 1
    assert "又接手过 1 段" in sign_in("boss").get(f"/outreach/{event.pk}/").content.decode()


def test_what_is_withheld_at_hand_over_says_why_on_both_pages(notice, phones, member, sign_in) -> None:
    event = notice(phones[:4])
    actions.send(event.pk, actor=member("boss").actor)
    Client.objects.filter(pk=phones[0]).update(consent_bits=0)
    Client.objects.filter(pk=phones[1]).update(state="closed")
    work(1, Pool([Line()]))
    stopped = way(event, phones[0])
    assert stopped.state == "临发时拦下" and stopped.stages[-1].lines == ["撤回了同意"]
    assert [(str(words), n) for words, n in queries.withheld_reasons(event)] == [
        ("已经销户", 1),
        ("撤回了同意", 1),
    ]
    assert "撤回了同意" in sign_in("boss").get(f"/outreach/{event.pk}/").content.decode()
    page = sign_in("boss").get(f"/outreach/{event.pk}/why/{phones[0]}/").content.decode()
    assert "临发时拦下" in page and 'data-way="1"' in page


def test_what_is_read_replied_and_called_stands_on_the_same_page(notice, phones, member, sign_in) -> None:
    event = notice(phones[:2], mask=1 | 8)
    actions.send(event.pk, actor=member("boss").actor)
    work(0, None)
    worker = dispatch.Worker((0, 3))
    while worker.step():
        pass
    actions.mark_read(phones[0], event.pk)
    InboundText.objects.create(
        gateway="line", reference="in-1", client_id=phones[0], phone_token=1, text="几点恢复？", at=timezone.now(),
        meaning="question", event_id=event.pk,
    )  # fmt: skip
    task = event.calls.get(client_id=phones[0])
    calls.note_call(task.pk, result="no_answer", actor=member("boss").actor)
    assert titles(way(event, phones[0], 3))[-1] == "待打"
    calls.note_call(task.pk, result="promised", note="今晚再试", actor=member("boss").actor)
    page = sign_in("boss").get(f"/outreach/{event.pk}/why/{phones[0]}/").content.decode()
    for words in (
        "客户打开看了",
        "客户回了短信",
        "几点恢复？",
        "打过 2 次",
        "本人接听，答应去办",
        "今晚再试",
        "写进收件箱",
    ):
        assert words in page


def test_a_client_who_was_not_asked_about_sees_which_part_he_does_not_meet(
    published, member, story, sign_in
) -> None:
    Topic.objects.filter(code="report_published").update(
        conditions={"all": [{"is": "level", "any_of": [3]}, {"any": [{"is": "assets", "at_least": "1"}]}]}
    )
    made = actions.event_for_report(published.pk, maker=member("editor").actor)
    event = actions.decide(made.pk, actor=member("editor").actor)
    outside = Client.objects.filter(manager=member("manager1"), level_rank=1, state="active").exclude(
        pk__in=Holding.objects.filter(quantity__gt=0).values("client_id")
    ).first() or Client.objects.get(pk=story[1])  # fmt: skip
    parts = journey.missed(event, outside.pk)
    assert parts[0].met  # on the books
    assert not all(part.met for part in parts)
    level = next(part for part in parts if "金锦囊" in part.words)
    assert not level.met and next(part for part in parts if "资产" in part.words).met
    page = sign_in("boss").get(f"/outreach/{event.pk}/why/{outside.pk}/").content.decode()
    assert 'id="missed"' in page and page.count('data-met="no"') == sum(not part.met for part in parts)
    lead = Client.objects.get(pk=outside.pk)
    lead.state = "closed"
    lead.save(update_fields=["state"])
    assert not journey.missed(event, outside.pk)[0].met


def test_another_manager_s_client_is_as_good_as_none(published, member, sign_in) -> None:
    made = actions.event_for_report(published.pk, maker=member("editor").actor)
    event = actions.decide(made.pk, actor=member("editor").actor)
    other = Client.objects.exclude(manager=member("manager1")).exclude(state="closed").first()
    assert sign_in("manager1").get(f"/outreach/{event.pk}/why/{other.pk}/").status_code == 404
    assert sign_in("editor").get(f"/outreach/{event.pk}/why/{other.pk}/").status_code == 403


def test_a_short_budget_is_named_on_the_event(published, member, sign_in) -> None:
    Topic.objects.filter(code="report_published").update(budget_month=0)
    made = actions.event_for_report(published.pk, maker=member("editor").actor)
    event = actions.decide(made.pk, actor=member("editor").actor)
    assert "这个主题的月预算不够" in sign_in("editor").get(f"/outreach/{event.pk}/").content.decode()


def test_an_old_decision_says_that_it_is_to_be_made_again(published, member, sign_in) -> None:
    made = actions.event_for_report(published.pk, maker=member("editor").actor)
    event = actions.decide(made.pk, actor=member("editor").actor)
    with time_machine.travel(MOMENT + timedelta(hours=2)):
        assert "要重新判定才能发" in sign_in("editor").get(f"/outreach/{event.pk}/").content.decode()


def test_reasons_and_open_events_are_read_by_their_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT error, count(*) FROM outreach_message WHERE event_id = 1 AND state = 6 GROUP BY 1"
        )
        assert (
            "outreach_message_rest" in (plan := str(cursor.fetchall()))
            and "Index" in plan
            and "Seq Scan" not in plan
        )
        cursor.execute(
            "EXPLAIN SELECT 1 FROM outreach_event WHERE state = 'decided' ORDER BY made_at LIMIT 20"
        )
        assert "event_open" in str(cursor.fetchall())
