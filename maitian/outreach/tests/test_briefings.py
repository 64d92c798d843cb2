"""Investment briefings: two people, seats and the waiting list, reminder, the door, notes and follow-up (G6.9)."""

from __future__ import annotations

import threading
from datetime import datetime, time
from typing import Any

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from maitian.clients.models import Client, FundAccount
from maitian.core import reactions
from maitian.core.errors import DomainError, NotFound, SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.outreach import actions as outreach
from maitian.outreach import dispatch, setup
from maitian.outreach.actions import topics
from maitian.outreach.briefings import actions, qr, queries, rules
from maitian.outreach.briefings.errors import (
    CameAlready,
    CodeUnknown,
    DoorClosed,
    NoSeat,
    NotSignedUp,
    OtherBriefing,
    SeatsTooFew,
    SignUpClosed,
)
from maitian.outreach.briefings.models import Briefing, Guest
from maitian.outreach.channels.pool import Pool
from maitian.outreach.models import CallTask, Event, Topic
from maitian.outreach.tests.campaigning import at, work
from maitian.outreach.tests.test_dispatch import Line
from maitian.staff.actions import make_token

BASE = "/outreach/briefings/"
VALUES = {
    "title": "年末资产配置", "summary": "回顾全年，讲讲股债怎么搭配。", "speaker": "麦田研究所 韩立", "place": "滨河路营业部三楼",
    "starts_at": at(27, "14:00"), "ends_at": at(27, "16:00"), "sign_up_by": at(27, "12:00"), "seats": 2, "audience": {},
}  # fmt: skip
FORM = {
    "title": "年末资产配置", "summary": "回顾全年，讲讲股债怎么搭配。", "speaker": "麦田研究所 韩立", "place": "滨河路营业部三楼",
    "day": "2026-11-27", "begins": "14:00", "ends": "16:00", "seats": "2", "until_day": "2026-11-27", "until_clock": "12:00",
}  # fmt: skip


def opened(member: Any, **changes: Any) -> Briefing:
    reactions.react_all()  # a reaction begins with what comes after its first turn
    made = actions.save(None, {**VALUES, **changes}, actor=member("campaign").actor)
    actions.propose(made.pk, actor=member("campaign").actor)
    return actions.approve(made.pk, actor=member("checker").actor)


def hear(client_id: int) -> list[str]:
    """The titles of a client's inbox, newest first, after the worker's turn."""
    reactions.react_all()
    work()
    return [row["title"] for row in outreach_inbox(client_id)]


def outreach_inbox(client_id: int) -> list[dict[str, Any]]:
    from maitian.outreach import queries as found

    return found.inbox(client_id)


# --- rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("K7M2XQ4P", "K7M2XQ4P"),
        (" k7m2-xq4p ", "K7M2XQ4P"),
        ("https://branch.example/outreach/briefings/code/K7M2XQ4P/", "K7M2XQ4P"),
        ("K7M2XQ4", ""),
        ("K7M2XQ40", ""),  # no zero among the letters
        ("", ""),
        ("'; drop table", ""),
    ],
)
def test_the_code_is_found_in_what_was_typed_or_scanned(typed: str, code: str) -> None:
    assert rules.code_in(typed) == code


@given(st.integers(1, 500), st.integers(0, 600), st.integers(0, 300))
def test_seats_are_filled_and_never_more(seats: int, taken: int, waiting: int) -> None:
    n = rules.to_seat(seats, taken, waiting)
    assert 0 <= n <= waiting and (n == 0 or taken + n <= seats)
    assert n == waiting or taken + n >= seats


def test_the_reminder_comes_on_the_day_before() -> None:
    starts = datetime(2026, 12, 1, 9, 30, tzinfo=SHANGHAI)
    assert rules.remind_at(starts, time(15, 0)) == datetime(2026, 11, 30, 15, 0, tzinfo=SHANGHAI)


def test_the_qr_code_is_an_image_without_styles_or_scripts() -> None:
    made = qr.svg("https://branch.example/outreach/briefings/code/K7M2XQ4P/").decode()
    assert made.startswith("<svg") and "style" not in made and "script" not in made


# --- maker, checker, seats ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_two_people_open_a_briefing_and_a_draft_cannot_be_overwritten(member: Any) -> None:
    editor, checker = member("campaign").actor, member("checker").actor
    made = actions.save(None, VALUES, actor=editor)
    with pytest.raises(DomainError, match="改过"):
        actions.save(made.pk, VALUES, actor=editor, revision=made.revision + 1)
    actions.propose(made.pk, actor=editor)
    with pytest.raises(SameMakerAndChecker):
        actions.approve(made.pk, actor=editor)
    with pytest.raises(DomainError, match="理由"):
        actions.refuse(made.pk, reason=" ", actor=checker)
    actions.refuse(made.pk, reason="写清楚主讲", actor=checker)
    actions.propose(made.pk, actor=editor)
    assert actions.approve(made.pk, actor=checker).state == "open"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"place": ""}, "place"),
        ({"seats": 0}, "seats"),
        ({"ends_at": at(27, "13:00")}, "ends_at"),
        ({"sign_up_by": at(27, "15:00")}, "sign_up_by"),
        ({"summary": "方正证券目标价 12 元，建议买入"}, None),
    ],
)
def test_what_is_wrong_is_refused_with_its_field(member: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        actions.save(None, {**VALUES, **changes}, actor=member("campaign").actor)
    assert field is None or refused.value.field == field
    assert not Briefing.objects.exists()


@pytest.mark.requirement("G6.9")
@pytest.mark.django_db
def test_seats_waiting_list_and_who_moves_up(member: Any, story: list[int]) -> None:
    item = opened(member)
    first, second, third = (actions.sign_up(item.pk, client, actor="client") for client in story[:3])
    assert [g.state for g in (first, second, third)] == ["seated", "seated", "waiting"]
    assert actions.sign_up(item.pk, story[2], actor="client").pk == third.pk  # pressed twice
    assert "座位留好了：年末资产配置" in hear(story[0]) and not any("座位" in t for t in hear(story[2]))
    actions.leave(item.pk, story[0], actor="client")
    third.refresh_from_db()
    assert third.state == "seated" and any("座位留好了" in title for title in hear(story[2]))
    with pytest.raises(NotSignedUp):
        actions.leave(item.pk, story[0], actor="client")
    with pytest.raises(SeatsTooFew):
        actions.move(item.pk, {**when(item), "seats": 1}, actor="x")
    actions.sign_up(item.pk, story[0], actor="client")
    actions.move(item.pk, {**when(item), "seats": 3, "place": "二楼"}, actor=member("campaign").actor)
    assert Guest.objects.filter(briefing=item, state="seated").count() == 3
    assert "报告会改时间或地点了" in hear(story[1])
    with time_machine.travel(at(27, "12:00")), pytest.raises(SignUpClosed):
        actions.sign_up(item.pk, story[3], actor="client")


def when(item: Briefing) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("starts_at", "ends_at", "sign_up_by", "place", "seats")}


def test_the_last_seat_goes_to_one_of_many_who_press_at_once(committed: None) -> None:
    from maitian.staff.models import Member

    item = opened(lambda name: Member.objects.get(sign_in_name=name), seats=3)
    clients = list(Client.objects.order_by("pk").values_list("pk", flat=True)[:8])

    def press(client: int) -> None:
        try:
            actions.sign_up(item.pk, client, actor=f"client:{client}")
        finally:
            connection.close()

    try:
        threads = [threading.Thread(target=press, args=(client,)) for client in clients * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        states = list(Guest.objects.filter(briefing=item).values_list("state", flat=True))
        assert sorted(states) == ["seated"] * 3 + ["waiting"] * 5
    finally:
        Guest.objects.filter(briefing=item).delete()
        Briefing.objects.filter(pk=item.pk).delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM staff_notification WHERE url LIKE %s", [f"%/briefings/{item.pk}/"])


# --- invitation, reminder, calling off -----------------------------------------------------------------------------


@pytest.mark.requirement("G6.9")
@pytest.mark.django_db
def test_the_invitation_goes_through_the_gates_and_not_to_who_signed_up(
    member: Any, story: list[int]
) -> None:
    Client.objects.filter(pk__in=story[:3]).update(consent_bits=0xFFF, address_bits=7, state="active")
    item = opened(member, seats=40)
    actions.sign_up(item.pk, story[0], actor="client")
    event = actions.invite(item.pk, actor=member("campaign").actor)
    assert event.state == "decided" and event.facts["link"] == f"/portal/briefings/{item.pk}/"
    assert actions.invite(item.pk, actor=member("campaign").actor).pk == event.pk  # pressed twice
    outreach.send(event.pk, actor=member("campaign").actor, confirmed_count=outreach.sending_count(event))
    actions.sign_up(item.pk, story[2], actor="client")  # signed up while the invitation waited
    line = work()
    told = {message.client_id for message in line.got if "请您来听" in message.text}
    assert story[1] in told and story[0] not in told and story[2] not in told
    assert queries.figures(item).sent > 0
    assert "请您来听：年末资产配置" in hear(story[1])


@pytest.mark.requirement("G6.9")
@pytest.mark.django_db
def test_the_invitation_goes_by_mail_to_who_has_an_address_and_agreed(member: Any, story: list[int]) -> None:
    Client.objects.update(consent_bits=0)
    Client.objects.filter(pk__in=story[:4]).update(consent_bits=0xFFF, address_bits=7, state="active")
    Client.objects.filter(pk=story[1]).update(address_bits=3)  # no mailbox on record
    Client.objects.filter(pk=story[2]).update(
        consent_bits=0xFFF & ~(1 << 6)
    )  # agreed to everything but such mails
    item = opened(member, seats=40)
    event = actions.invite(item.pk, actor=member("campaign").actor)
    outreach.send(event.pk, actor=member("campaign").actor, confirmed_count=outreach.sending_count(event))
    actions.sign_up(item.pk, story[3], actor="client")  # signed up while the mail waited
    mails = Line("mail")
    there = dispatch.Worker((2,), Pool([mails]))
    while there.step():
        pass
    found = [message for message in mails.got if message.subject == "请您来听：年末资产配置"]
    assert [message.client_id for message in found] == [story[0]]
    mail = found[0]
    assert mail.unsubscribe
    assert "时间：11月27日 14:00" in mail.text and "主讲：麦田研究所 韩立" in mail.text


@pytest.mark.django_db
def test_a_topic_that_only_releases_touched_follows_the_next_one_and_a_changed_one_stays(member: Any) -> None:
    topic = Topic.objects.get(code="briefing_invitation")
    shipped = (topic.channel_mask, dict(topic.templates))
    older = {name: text for name, text in topic.templates.items() if name not in ("email", "subject")}
    Topic.objects.filter(pk=topic.pk).update(channel_mask=3, templates=older)
    setup.seed()
    topic.refresh_from_db()
    assert (topic.channel_mask, topic.templates) == shipped and topic.version == 2
    assert topic.versions.order_by("-number")[0].definition == topics.definition_of(topic)
    setup.seed()
    assert topic.versions.count() == 2  # once
    other = Topic.objects.get(code="briefing_reminder")
    changed = {**other.templates, "inbox": "我们自己的话\n{when}"}
    Topic.objects.filter(pk=other.pk).update(templates=changed, maker=member("campaign").actor)
    setup.seed()
    other.refresh_from_db()
    assert other.templates == changed and other.version == 1


@pytest.mark.django_db
def test_one_reminder_for_each_time_and_only_to_seats(member: Any, story: list[int]) -> None:
    item = opened(member)
    for client in story[:3]:
        actions.sign_up(item.pk, client, actor="client")
    with time_machine.travel(at(26, "14:59")):
        assert actions.run()["reminded"] == 0
    with time_machine.travel(at(26, "15:00"), tick=True):
        assert actions.run()["reminded"] == 1 and actions.run()["reminded"] == 0
        assert any(t.startswith("提醒您") for t in hear(story[0]))
        assert not any(t.startswith("提醒您") for t in hear(story[2]))
        code = Guest.objects.get(briefing=item, client_id=story[0]).code
        assert any(code in row["text"] for row in outreach_inbox(story[0]))
        moved = {**when(item), "starts_at": at(27, "15:00"), "ends_at": at(27, "17:00")}
        actions.move(item.pk, moved, actor=member("campaign").actor)
        assert actions.run()["reminded"] == 1


@pytest.mark.django_db
def test_calling_off_tells_who_signed_up_and_stops_the_rest(member: Any, story: list[int]) -> None:
    item = opened(member)
    for client in story[:3]:
        actions.sign_up(item.pk, client, actor="client")
    actions.call_off(item.pk, reason="讲师生病", actor=member("campaign").actor)
    actions.call_off(item.pk, reason="讲师生病", actor=member("campaign").actor)  # pressed twice
    for client in story[:3]:
        assert hear(client).count("报告会取消了") == 1
    with pytest.raises(DomainError, match="已取消"):
        actions.sign_up(item.pk, story[3], actor="client")
    with time_machine.travel(at(26, "15:00")):
        assert actions.run() == {"reminded": 0, "held": 0}


# --- the door, afterwards -------------------------------------------------------------------------------------------


@pytest.mark.requirement("G6.9")
@pytest.mark.django_db
def test_the_door_lets_each_guest_in_once(member: Any, story: list[int]) -> None:
    item, other = opened(member), opened(member, title="新股怎么打")
    seated, also, waiting = (actions.sign_up(item.pk, client, actor="client") for client in story[:3])
    elsewhere = actions.sign_up(other.pk, story[3], actor="client")
    clerk = member("manager1").actor
    with pytest.raises(DoorClosed):
        actions.let_in(item.pk, actor=clerk, code=seated.code)
    with time_machine.travel(at(27, "13:30"), tick=True):
        address = f"https://branch.example/outreach/briefings/code/{seated.code}/"
        assert actions.let_in(item.pk, actor=clerk, code=address)[1] is True
        assert actions.let_in(item.pk, actor=clerk, code=seated.code.lower())[1] is False
        assert LedgerEntry.objects.filter(kind="briefing.came", client_id=story[0]).count() == 1
        with pytest.raises(OtherBriefing):
            actions.let_in(item.pk, actor=clerk, code=elsewhere.code)
        with pytest.raises(CodeUnknown):
            actions.let_in(item.pk, actor=clerk, code="22222222")
        with pytest.raises(NoSeat):
            actions.let_in(item.pk, actor=clerk, client_id=waiting.client_id)
        with pytest.raises(CameAlready):
            actions.leave(item.pk, story[0], actor="client")
        actions.let_in(item.pk, actor=clerk, client_id=also.client_id)
        actions.undo_let_in(item.pk, also.client_id, actor=clerk)
        assert Guest.objects.filter(briefing=item, came_at__isnull=False).count() == 1


@pytest.mark.requirement("G6.9")
@pytest.mark.django_db
def test_afterwards_notes_reach_the_guests_and_managers_get_calls(member: Any, story: list[int]) -> None:
    Client.objects.filter(pk__in=story).update(consent_bits=0xFFF, address_bits=15, state="active")
    editor = member("campaign").actor
    item = opened(member)
    actions.sign_up(item.pk, story[0], actor="client", question="债券基金怎么选")
    actions.sign_up(item.pk, story[1], actor="client")
    with time_machine.travel(at(27, "14:10"), tick=True):
        actions.let_in(item.pk, actor=editor, client_id=story[0])
    with time_machine.travel(at(27, "16:00"), tick=True):
        assert actions.run()["held"] == 1 and actions.run()["held"] == 0
        assert list(actions.in_group(item, "missed").values_list("client_id", flat=True)) == [story[1]]
        with pytest.raises(DomainError, match="纪要"):
            actions.write_notes(item.pk, " ", actor=editor)
        actions.write_notes(item.pk, "讲了股债搭配。", actor=editor)
        actions.write_notes(item.pk, "讲了股债搭配，答了三个问题。", actor=editor)
        assert hear(story[0]).count("“年末资产配置”的纪要") == 1
        event = actions.follow_up(item.pk, "asked", "回答会上没讲到的问题", actor=editor)
        assert actions.follow_up(item.pk, "asked", "再来一次", actor=editor).pk == event.pk  # pressed twice
        work()
        task = CallTask.objects.get(event=event)
        assert task.client_id == story[0] and task.due_at == at(2, "17:00", 12)
        with pytest.raises(NotFound):
            actions.follow_up(item.pk, "nobody", "…", actor=editor)
        found = queries.figures(item)
        assert (found.came, found.missed, found.calls_open) == (1, 1, 1)
    assert not Event.objects.filter(facts__icontains="债券基金").exists()  # a question stays encrypted
    assert not LedgerEntry.objects.filter(facts__icontains="债券基金").exists()


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("G6.9")
@pytest.mark.django_db
def test_from_the_form_to_the_door_by_pages(sign_in: Any, member: Any, story: list[int]) -> None:
    editor, checker, client = sign_in("campaign"), sign_in("checker"), sign_in(story[0])
    wrong = editor.post(BASE + "new/", {**FORM, "ends": "13:00"})
    assert wrong.status_code == 422 and "结束要晚于开始" in wrong.content.decode()
    assert "年末资产配置" in wrong.content.decode()  # what was typed is kept
    here = editor.post(BASE + "new/", FORM)["Location"]
    item = Briefing.objects.get()
    assert (
        client.get(f"/portal/briefings/{item.pk}/").status_code == 404
    )  # nothing to see before it is checked
    assert editor.post(f"{here}propose/").status_code == 302
    assert "去复核" in checker.get(BASE).content.decode()
    assert checker.post(f"{here}answer/approve/").status_code == 302
    assert "年末资产配置" in client.get("/portal/").content.decode()
    assert "还有 2 个" in client.get(f"/portal/briefings/{item.pk}/").content.decode()
    assert client.post(f"/portal/briefings/{item.pk}/sign-up/", {"question": "债券怎么选"}).status_code == 302
    code = Guest.objects.get().code
    shown = client.get(f"/portal/briefings/{item.pk}/").content.decode()
    assert code in shown and "code.svg" in shown
    picture = client.get(f"/portal/briefings/{item.pk}/code.svg")
    assert picture["Content-Type"] == "image/svg+xml" and "no-store" in picture["Cache-Control"]
    assert "债券怎么选" in editor.get(here).content.decode()
    assert sign_in(story[1]).get(f"/portal/briefings/{item.pk}/code.svg").status_code == 404
    with time_machine.travel(at(27, "13:30"), tick=True):
        sign = sign_in("campaign")
        assert f'value="{code}"' in sign.get(f"{BASE}code/{code}/").content.decode()
        assert Guest.objects.get().came_at is None  # looking lets nobody in
        assert "请进" in sign.post(f"{here}door/", {"code": code}).content.decode()
        assert "已经签过" in sign.post(f"{here}door/", {"code": code}).content.decode()
        assert sign.post(f"{here}door/", {"code": "nonsense"}).status_code == 422
        manager = sign_in("manager1")
        own = (
            FundAccount.objects.filter(client__manager=member("manager1")).exclude(client_id=story[0]).first()
        )
        assert own is not None
        assert "请进" in manager.post(f"{here}door/", {"account": own.number}).content.decode()


@pytest.mark.django_db
def test_a_manager_sees_and_signs_up_only_own_clients(sign_in: Any, member: Any) -> None:
    item = opened(member)
    here = f"{BASE}{item.pk}/"
    own = FundAccount.objects.filter(client__manager=member("manager1")).first()
    other = FundAccount.objects.filter(client__manager=member("manager2")).first()
    assert own is not None and other is not None
    manager = sign_in("manager1")
    refused = manager.post(f"{here}guests/", {"account": other.number})
    assert refused.status_code == 422 and other.number in refused.content.decode()
    assert manager.post(f"{here}guests/", {"account": own.number}).status_code == 302
    actions.sign_up(item.pk, other.client_id, actor="client")
    shown = list(queries.guests(item, member("manager1")))
    assert [guest.client_id for guest in shown] == [own.client_id]
    assert manager.post(f"{here}guests/{other.client_id}/out/").status_code == 404
    assert manager.post(f"{here}guests/{own.client_id}/out/").status_code == 302
    assert sign_in("manager1").post(f"{here}call-off/", {"reason": "x"}).status_code == 403


@pytest.mark.django_db
def test_a_briefing_for_others_is_not_there_for_a_client(sign_in: Any, member: Any, story: list[int]) -> None:
    Client.objects.filter(pk=story[0]).update(level_rank=1)
    item = opened(member, audience={"all": [{"is": "level", "any_of": [3]}]})
    client = sign_in(story[0])
    assert client.get(f"/portal/briefings/{item.pk}/").status_code == 404
    assert client.post(f"/portal/briefings/{item.pk}/sign-up/").status_code == 404
    assert not Guest.objects.exists()


@pytest.mark.django_db
def test_everything_by_the_api(member: Any, story: list[int]) -> None:
    from django.test import Client as Browser

    def caller(name: str, *scopes: str) -> Browser:
        token = make_token(member(name), "test", [f"briefings.{scope}" for scope in scopes])
        return Browser(headers={"Authorization": f"Bearer {token}"})

    def send(browser: Browser, path: str, body: dict[str, Any] | None = None, wanted: int = 200) -> Any:
        answer = browser.post(f"/api/v1/briefings{path}", body or {}, content_type="application/json")
        assert answer.status_code == wanted, answer.content
        return answer.json()

    editor = caller("campaign", "view", "write", "sign_up", "let_in")
    body = {**VALUES, **{name: VALUES[name].isoformat() for name in ("starts_at", "ends_at", "sign_up_by")}}
    made = send(editor, "", body, 201)
    here = f"/{made['id']}"
    send(editor, f"{here}/proposal")
    assert send(editor, f"{here}/answer", {"approve": True}, 403)["code"]
    send(caller("checker", "approve"), f"{here}/answer", {"approve": True})
    manager = caller("manager1", "sign_up", "view")
    own = Client.objects.filter(manager=member("manager1")).first()
    other = Client.objects.filter(manager=member("manager2")).first()
    assert own is not None and other is not None
    assert send(manager, f"{here}/guests", {"client_id": own.pk}, 201)["state"] == "seated"
    send(manager, f"{here}/guests", {"client_id": other.pk}, 404)
    assert editor.get(f"/api/v1/briefings{here}").json()["figures"]["seated"] == 1
    with time_machine.travel(at(27, "13:30"), tick=True):
        code = Guest.objects.get().code
        assert send(editor, f"{here}/check-ins", {"code": code})["first"] is True
        assert (
            send(editor, f"{here}/check-ins", {"code": "…"}, 422)["code"] == "outreach.briefing.code_unknown"
        )
