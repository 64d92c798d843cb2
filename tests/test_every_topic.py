"""Every topic that ships, from what really makes it: a click, a file, a signature, a ledger row, the clock.

Each source below does what a person or another system does, through the product's own doors, and says whom it should
concern. The test then lets the product work and looks for the decision: the event is made, decided and under way, and
the client gets something. A topic without a source here fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from conftest import MOMENT
from maitian.clients import importers
from maitian.clients.models import Client, FundAccount, Holding, PersonalData
from maitian.core import reactions, rulebook
from maitian.core.errors import DomainError
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.desk import reactions as _desk  # noqa: F401
from maitian.desk.actions import complaints, moving, promises, talking
from maitian.desk.actions.opening import open_case
from maitian.library.advice import actions as advice
from maitian.library.advice.models import Rating
from maitian.offerings import actions as offerings
from maitian.outreach import actions, decision, dispatch, queries, setup
from maitian.outreach import reactions as _outreach  # noqa: F401
from maitian.outreach import tasks as clockwork
from maitian.outreach.briefings import actions as briefings
from maitian.outreach.models import Allotment, Default, Event, Issue, Topic
from maitian.outreach.rules import Gate
from maitian.outreach.shares import actions as shares

pytestmark = pytest.mark.django_db
TODAY = MOMENT.date()
ALLOTTED_ON = date(2026, 11, 20)  # a Friday: its money is due on Tuesday the 24th
PICK = {
    "symbol": "002500", "direction": "buy", "price_low": Decimal("5"), "price_high": Decimal("5.5"), "target_price": Decimal("6.5"),
    "stop_price": Decimal("4.6"), "risk": 3, "reason": "并购重组打开空间", "source": "麦田研究所《快评》11月20日", "report": None,
    "valid_until": date(2026, 12, 24),
}  # fmt: skip


class World:
    """The demonstration branch with one client whom everything may reach, and the hands that make things happen."""

    def __init__(self, member: Any, sign_in: Any, client: Client) -> None:
        self.member, self.sign_in, self.client = member, sign_in, client

    def bring(self, kind: str, head: str, *rows: str) -> None:
        result = importers.run(kind, "\n".join([head, *rows, ""]).encode(), f"{kind}.csv", actor="member:1")
        assert not result.refused, result.refused

    def at(self, clock: str, on: date = TODAY) -> time_machine.travel:
        return time_machine.travel(datetime.fromisoformat(f"{on} {clock}").replace(tzinfo=SHANGHAI))

    def let_it_work(self) -> None:
        reactions.react_all()

    def hand_over(self) -> None:
        worker = dispatch.Worker((0, 3))
        while worker.step():
            pass

    def issue(self, subscribe_on: date, list_on: date | None = None) -> Issue:
        values = {
            "symbol": "001399", "subscription_code": "001399", "name": "麦禾股份", "kind": "share", "exchange": "SZSE", "board": "main",
            "price": Decimal("10"), "risk": 1, "subscribe_on": subscribe_on, "list_on": list_on,
        }  # fmt: skip
        with self.at("09:00", date(2026, 11, 18)):
            return shares.save_issue(None, values, actor=self.member("boss").actor)

    def allot(self, cash: int, **more: Any) -> None:
        self.issue(ALLOTTED_ON, **more)
        account = FundAccount.objects.filter(client_id=self.client.pk).order_by("pk")[0]
        FundAccount.objects.filter(client_id=self.client.pk).update(cash=cash)
        with self.at("17:00", date(2026, 11, 23)):
            self.bring("allotments", "account,symbol,quantity", f"{account.number},001399,500")

    def complaint(self) -> Any:
        return complaints.open_complaint(
            branch=self.client.branch, client=self.client, complaint_kind="business_error", channel="portal", actor=self.client.actor,
            what="10 月账单的佣金高于约定的 1.8‰。", happened="11 月 23 日收到账单", wanted="核实，退还多收部分",
        ).case  # fmt: skip

    def case(self) -> Any:
        return open_case(
            kind="enquiry", branch=self.client.branch, client=self.client, channel="portal", actor=self.client.actor, body="上月账单里的佣金不一样。"
        ).case  # fmt: skip

    def promise(self) -> None:
        promises.make(
            client_id=self.client.pk, by=self.member("manager1"), what="打电话告诉核对结果", due_at=MOMENT + timedelta(hours=5)
        )  # fmt: skip


def report(world: World) -> None:
    from maitian.demo.notes import INDUSTRY_NOTE
    from maitian.library import actions as library

    editor = world.member("editor").actor
    made = library.save_draft(None, values=dict(INDUSTRY_NOTE), actor=editor)
    library.submit(made.pk, actor=editor)
    library.approve_and_publish(made.pk, actor=world.member("checker").actor)
    world.let_it_work()
    assert not Event.objects.filter(object_kind="report", object_id=made.pk).exists()  # an editor looks first
    world.sign_in("editor").post("/outreach/new/", {"report": made.pk})


def written(topic: str) -> Callable[[World], None]:
    def source(world: World) -> None:
        answer = world.sign_in("editor").post(
            "/outreach/write/", {"topic": topic, "title": "两市收高", "text": "成交放大，指数收高。"}
        )
        assert answer.status_code == 302

    return source


def to_one(world: World) -> None:
    answer = world.sign_in("manager1").post(
        f"/outreach/to/{world.client.pk}/", {"title": "您问的事", "text": "核对好了，明细在客户端。"}
    )
    assert answer.status_code == 302


def offer(world: World) -> None:
    words = {"title": "茶话会", "text": "周五下午三点网点有新股讲座。", "message_class": "commercial"}
    assert world.sign_in("manager1").post(f"/outreach/to/{world.client.pk}/", words).status_code == 302


def pick(world: World) -> None:
    made = advice.save_pick(None, dict(PICK), adviser=world.member("adviser1"))
    assert (
        world.sign_in("editor").post(f"/library/picks/{made.pk}/sign/").status_code == 403
    )  # no licence, no pick
    assert world.sign_in("adviser1").post(f"/library/picks/{made.pk}/sign/").status_code == 302


def pick_note(world: World) -> None:
    pick(world)
    world.let_it_work()
    world.hand_over()
    first = Event.objects.get(topic__code="stock_pick", maker="system:worker", state="sending")
    advice.follow_up(first.object_id, "到了区间上沿，先观察", adviser=world.member("adviser1"))


def rating(world: World) -> None:
    world.bring(
        "ratings",
        "reference,symbol,house,old,new,target_price,on",
        "R1,002500,云岭证券,增持,中性,5.1,2026-11-24",
    )
    found = Rating.objects.get(reference="R1")
    assert world.sign_in("adviser1").post(f"/library/ratings/{found.pk}/sign/").status_code == 302


def announcement(kind: str, title: str) -> Callable[[World], None]:
    def source(world: World) -> None:
        world.bring(
            "announcements",
            "reference,symbol,kind,title,at,last_day",
            f"N1,002500,{kind},{title},2026-11-24 09:00,",
        )

    return source


def daily(moment: str, **facts: Any) -> Callable[[World], None]:
    def source(world: World) -> None:
        personal = {name: value for name, value in facts.items() if name in ("birthday", "id_valid_until")}
        if personal:
            PersonalData.objects.filter(client_id=world.client.pk).update(**personal)
        else:
            Client.objects.filter(pk=world.client.pk).update(**facts)
        with world.at(moment, date(2026, 11, 25)):
            clockwork.daily_topics()

    return source


def chase(world: World) -> None:
    world.allot(cash=0)
    with world.at("19:00", date(2026, 11, 23)):
        assert clockwork.chase()["steps"] == 1


def default(world: World) -> None:
    world.allot(cash=4_999)
    with world.at("16:00"):
        clockwork.chase()
    assert Default.objects.filter(client_id=world.client.pk).exists()


def new_share(world: World) -> None:
    Holding.objects.filter(client_id=world.client.pk, symbol="002500").update(quantity=100_000)
    world.issue(date(2026, 11, 24))
    clockwork.share_days()


def listing(world: World) -> None:
    world.allot(cash=5_000, list_on=date(2026, 12, 2))
    with world.at("16:00"):
        clockwork.chase()
    assert Allotment.objects.get(client_id=world.client.pk).state == "paid"
    with world.at("08:55", date(2026, 12, 2)):
        clockwork.share_days()


def level(world: World) -> Any:
    change = offerings.apply(world.client.pk, "gold_brocade", channel="portal", actor=world.client.actor)
    return offerings.decide(change.pk, approve=True, reason="", actor=world.member("boss").actor)


def level_effective(world: World) -> None:
    done = level(world)
    offerings.make_effective(done.effective_on)


def complaint_extended(world: World) -> None:
    complaints.extend(
        case_id=world.complaint().pk, by=world.member("clerk1"), days=5, because="等交易所回函", letter=("延期函.pdf", b"%PDF-1.7", "application/pdf")
    )  # fmt: skip


def case_answered(world: World) -> None:
    talking.reply(case_id=world.case().pk, by=world.member("hotline1"), body="在核对，今天给您结果。")


def case_result(world: World) -> None:
    moving.resolve(
        case_id=world.case().pk, by=world.member("hotline1"), result="solved", body="多收的 12 元已退。"
    )


def promise_late(world: World) -> None:
    world.promise()
    with world.at("15:01"):
        promises.sweep(MOMENT + timedelta(hours=5, minutes=1))


def briefing(step: Callable[[World, Any], Any]) -> Callable[[World], Any]:
    """A briefing on Friday the 27th that two people opened, and what is done with it."""

    def source(world: World) -> None:
        editor = world.member("campaign").actor
        starts = datetime(2026, 11, 27, 14, 0, tzinfo=SHANGHAI)
        made = briefings.save(
            None,
            {
                "title": "年末资产配置", "summary": "讲讲股债怎么搭配。", "speaker": "韩立", "place": "三楼", "seats": 30, "audience": {},
                "starts_at": starts, "ends_at": starts + timedelta(hours=2), "sign_up_by": starts,
            },
            actor=editor,
        )  # fmt: skip
        briefings.propose(made.pk, actor=editor)
        step(world, briefings.approve(made.pk, actor=world.member("checker").actor))

    return source


def seat(world: World, item: Any) -> None:
    briefings.sign_up(item.pk, world.client.pk, actor="client")


def briefing_moved(world: World, item: Any) -> None:
    seat(world, item)
    when = {name: getattr(item, name) for name in ("starts_at", "ends_at", "sign_up_by", "seats")}
    briefings.move(item.pk, {**when, "place": "二楼"}, actor=world.member("campaign").actor)


def briefing_called_off(world: World, item: Any) -> None:
    seat(world, item)
    briefings.call_off(item.pk, reason="讲师生病", actor=world.member("campaign").actor)


def briefing_reminder(world: World, item: Any) -> None:
    seat(world, item)
    with world.at("15:00", date(2026, 11, 26)):
        briefings.run()


def briefing_held(then: Callable[[Any, str], Any]) -> Callable[[World, Any], None]:
    def step(world: World, item: Any) -> None:
        seat(world, item)
        with world.at("16:00", date(2026, 11, 27)):
            briefings.run()
            then(item, world.member("campaign").actor)

    return step


SOURCES: list[tuple[str, str, Callable[[World], Any]]] = [
    ("report_published", "an editor sends a published report", report),
    ("service_notice", "an editor writes", written("service_notice")),
    ("market_summary", "an editor writes", written("market_summary")),
    ("manager_message", "a manager writes", to_one),
    ("manager_offer", "a manager offers", offer),
    ("stock_pick", "an adviser signs", pick),
    ("pick_note", "the adviser follows up", pick_note),
    ("rating_change", "a file and a signature", rating),
    ("holding_notice", "announcement", announcement("重大事项", "重大合同公告")),
    ("holding_notice", "suspension", announcement("停牌", "关于停牌的公告")),
    ("holding_notice", "risk warning", announcement("ST", "实施其他风险警示")),
    ("holding_notice", "delisting", announcement("退市风险", "可能被终止上市的提示")),
    ("holding_notice", "rights issue", announcement("配股", "配股缴款公告")),
    ("holding_notice", "convertible redeemed", announcement("可转债强赎", "强制赎回公告")),
    ("holding_notice", "dividend", announcement("分红", "权益分派实施公告")),
    ("birthday", "the clock", daily("09:10", birthday=date(1970, 11, 25))),
    ("opening_anniversary", "the clock", daily("09:10", opened_on=date(2015, 11, 25))),
    ("care_call", "the clock", daily("09:30", level_rank=3, last_contact_at=MOMENT - timedelta(days=100))),
    ("assessment_expiry", "the clock", daily("09:10", risk_valid_until=date(2026, 12, 10))),
    ("id_expiry", "the clock", daily("09:10", id_valid_until=date(2026, 12, 10))),
    ("kyc_review", "the clock", daily("09:20", id_valid_until=date(2026, 11, 1))),
    ("allotment", "a file and the clock", chase),
    ("allotment_result", "the deadline", default),
    ("new_share", "the day of subscription", new_share),
    ("listing", "the day of listing", listing),
    ("level_decided", "the branch decides", level),
    ("level_effective", "the day comes", level_effective),
    ("complaint_received", "a client complains", World.complaint),
    ("complaint_extended", "a clerk extends", complaint_extended),
    ("case_answered", "an agent answers", case_answered),
    ("case_result", "an agent resolves", case_result),
    ("promise", "a manager promises", World.promise),
    ("promise_late", "the hour passes", promise_late),
    (
        "briefing_invitation",
        "an editor invites",
        briefing(lambda world, item: briefings.invite(item.pk, actor=world.member("campaign").actor)),
    ),
    ("briefing_seat", "a client signs up", briefing(seat)),
    ("briefing_moved", "an editor moves it", briefing(briefing_moved)),
    ("briefing_called_off", "an editor calls it off", briefing(briefing_called_off)),
    ("briefing_reminder", "the day before", briefing(briefing_reminder)),
    (
        "briefing_notes",
        "an editor publishes notes",
        briefing(briefing_held(lambda item, actor: briefings.write_notes(item.pk, "讲义", actor=actor))),
    ),
    (
        "briefing_follow_up",
        "an editor gives tasks",
        briefing(
            briefing_held(
                lambda item, actor: briefings.follow_up(item.pk, "missed", "没来，问问", actor=actor)
            )
        ),
    ),
]


def test_every_topic_has_a_source_here() -> None:
    assert {code for code, _how, _source in SOURCES} == {entry["code"] for entry in setup.TOPICS}


@pytest.fixture
def world(member: Any, sign_in: Any, story: list[int]) -> World:
    """陈建国, Gold Wisdom, agrees to everything and holds 002500; nothing else is under way."""
    Default.objects.all().delete()
    Allotment.objects.all().delete()
    Issue.objects.all().delete()
    Event.objects.filter(state="sending").update(state="stopped")
    client = Client.objects.select_related("branch").get(pk=story[0])
    Client.objects.filter(pk=client.pk).update(consent_bits=0xFFF, address_bits=15, advised=True)
    PersonalData.objects.filter(client_id=client.pk).update(
        birthday=date(1970, 3, 3), id_valid_until=date(2040, 1, 1)
    )
    Holding.objects.filter(client_id=client.pk, symbol="002500").delete()
    Holding.objects.create(client_id=client.pk, symbol="002500", quantity=1200)
    for name in reactions.registered():  # cursors begin at today's end of the ledger
        reactions.react(name)
    return World(member, sign_in, client)


@pytest.mark.requirement("G12", "E1", "E5")
@pytest.mark.parametrize(
    ("code", "how", "source"), SOURCES, ids=[f"{code}: {how}" for code, how, _s in SOURCES]
)
def test_a_topic_goes_from_its_source_to_the_client(
    world: World, code: str, how: str, source: Callable[[World], Any], tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    begun = LedgerEntry.objects.latest("number").number
    before = set(Event.objects.filter(topic__code=code).values_list("pk", flat=True))
    source(world)
    world.let_it_work()
    event = Event.objects.filter(topic__code=code).exclude(pk__in=before).get()
    assert event.decided_at is not None and event.state == (
        "sending" if event.topic.automatic or code.startswith("manager_") else "decided"
    )
    byte = decision.outcome_of(event.pk, world.client.pk)
    assert byte is not None and byte & 15, f"{code}: {byte}"
    assert LedgerEntry.objects.filter(kind="outreach.decided", object_id=str(event.pk)).count() == 1
    if code == "market_summary":
        assert event.not_before == datetime(2026, 11, 24, 15, 5, tzinfo=SHANGHAI)
    if code == "care_call":
        assert byte & 15 == 8
    # What made it may be told again by the ledger or the clock: that is not a second message.
    for cursor in ("outreach.advice", "outreach.announcements", "outreach.ledger_topics"):
        reactions.replay(cursor, begun, reason="again", actor="member:1")
    world.let_it_work()
    assert Event.objects.filter(topic__code=code).exclude(pk__in=before).count() == 1
    assert not [standing for standing in reactions.standings() if standing.cursor.failures]


# --- topics of the branch's own, and what cannot be sent --------------------------------------------------------


def own_topic(world: World, base: str, **change: Any) -> None:
    """A second topic like ``base``, made by two people as the console does it."""
    definition = (
        actions.definition_of(Topic.objects.get(code=base)) | {"name": "自设", "name_en": "Our own"} | change
    )
    made = actions.propose_topic(
        f"own_{base}", definition, actor=world.member("campaign").actor, everybody_meant=True
    )
    actions.approve_topic(made.pk, actor=world.member("checker").actor)


@pytest.mark.requirement("G8")
@pytest.mark.parametrize(
    ("base", "source"),
    [("holding_notice", announcement("停牌", "关于停牌的公告")), ("stock_pick", pick), ("rating_change", rating), ("report_published", report)],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_topic_of_one_s_own_is_made_events_of_like_those_that_ship(
    world: World, base: str, source: Callable[[World], Any]
) -> None:
    own_topic(world, base, automatic=True, by_level=False)
    if base != "report_published":
        Topic.objects.filter(code=base).update(active=False)
        source(world)
    else:
        with pytest.raises(AssertionError):  # it went out by itself: no editor had to look
            source(world)
    world.let_it_work()
    event = Event.objects.get(topic__code=f"own_{base}")
    byte = decision.outcome_of(event.pk, world.client.pk)
    assert event.state == "sending" and byte is not None and byte & 15


def test_two_topics_about_one_fact_tell_each_client_once(world: World) -> None:
    own_topic(world, "holding_notice", conditions={"all": [{"is": "level", "any_of": [1, 2, 3]}]})
    announcement("停牌", "关于停牌的公告")(world)
    world.let_it_work()
    first = Event.objects.get(topic__code="holding_notice", title="关于停牌的公告")
    second = Event.objects.get(topic__code="own_holding_notice")
    assert decision.outcome_of(first.pk, world.client.pk) in (3, 2, 1)
    assert decision.outcome_of(second.pk, world.client.pk) == Gate.DUPLICATE << 4
    assert second.state == "done"


def test_a_text_that_cannot_be_sent_waits_for_a_person_and_holds_nothing_else_up(world: World) -> None:
    Topic.objects.filter(code="holding_notice").update(
        templates={"inbox": "{title}", "sms": "{signature}" + "{title}" * 60, "call": "{title}"}
    )
    announcement("停牌", "关于停牌的公告")(world)
    pick(world)
    world.let_it_work()
    assert not [standing for standing in reactions.standings() if standing.cursor.failures]
    held = Event.objects.get(topic__code="holding_notice", title="关于停牌的公告")
    assert held.state == "draft" and held in queries.waiting_for_a_person()
    assert Event.objects.filter(topic__code="stock_pick", state="sending", maker="system:worker").exists()
    editor = world.sign_in("editor")
    page = editor.get(f"/outreach/{held.pk}/").content.decode()
    assert "等人看：短信要拆成" in page and "现在判定" in page
    assert "没有判定成" in editor.get("/outreach/").content.decode()
    assert (
        editor.get("/").status_code == 200 and world.sign_in("boss").get("/outreach/live/").status_code == 200
    )
    world.sign_in("boss").post(f"/outreach/{held.pk}/control/stop/")
    assert held not in queries.waiting_for_a_person()


def test_a_chase_without_its_topic_goes_on_to_its_end(world: World) -> None:
    Topic.objects.filter(code="allotment").update(active=False)
    world.allot(cash=0)
    with world.at("19:00", date(2026, 11, 23)):
        assert clockwork.chase() == {"changed": 0, "steps": 1, "reminded": 0, "settled": 0}
    with world.at("16:00"):
        assert clockwork.chase()["settled"] == 1


def test_what_was_too_large_to_go_by_itself_asks_the_person_for_the_number(world: World) -> None:
    rulebook.Rule.objects.filter(key__in=["outreach.automatic_max", "outreach.confirm_above"]).update(value=1)
    rulebook._cache.clear()
    Holding.objects.filter(client_id=world.client.pk + 1, symbol="002500").delete()
    announcement("停牌", "关于停牌的公告")(world)
    world.let_it_work()
    event = Event.objects.get(topic__code="holding_notice", title="关于停牌的公告")
    assert event.state == "decided"
    editor = world.sign_in("editor")
    assert editor.post(f"/outreach/{event.pk}/send/").status_code == 422
    assert (
        editor.post(f"/outreach/{event.pk}/send/", {"count": str(actions.sending_count(event))}).status_code
        == 302
    )
    event.refresh_from_db()
    assert event.state == "sending"


def test_a_follow_up_is_short_enough_for_a_text_with_all_that_the_law_wants_in_it(world: World) -> None:
    made = advice.save_pick(None, dict(PICK), adviser=world.member("adviser1"))
    advice.sign_pick(made.pk, adviser=world.member("adviser1"))
    with pytest.raises(DomainError) as caught:
        advice.follow_up(made.pk, "长" * 161, adviser=world.member("adviser1"))
    assert caught.value.code == "library.pick.field_wrong"
    world.let_it_work()
    world.hand_over()
    advice.follow_up(made.pk, "长" * 160, adviser=world.member("adviser1"))
    world.let_it_work()
    note = Event.objects.get(topic__code="pick_note", title__contains="002500", made_at__gte=MOMENT)
    assert note.state == "sending" and note.texts["sms"]["parts"] <= 4
