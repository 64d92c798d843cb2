"""Advice and notices: signed by an adviser, to those whom it suits; a follow-up to exactly those who got it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from maitian.clients import importers
from maitian.clients.models import Client, FundAccount, Holding
from maitian.core import reactions
from maitian.core.errors import DomainError
from maitian.core.time import SHANGHAI
from maitian.library.advice import actions as advice
from maitian.library.advice import rules
from maitian.library.advice.models import Pick, Rating
from maitian.library.models import Announcement
from maitian.outreach import actions, notices, queries
from maitian.outreach.errors import AdviceUnsigned
from maitian.outreach.models import Event, Message
from maitian.outreach.rules import Gate
from maitian.outreach.shares.models import Allotment, Default
from maitian.outreach.tests.test_dispatch import nothing_else_to_do, work  # noqa: F401

pytestmark = pytest.mark.django_db


def values(**more: object) -> dict:
    return {
        "symbol": "002500", "direction": "buy", "price_low": Decimal("5"), "price_high": Decimal("5.5"), "target_price": Decimal("6.5"),
        "stop_price": Decimal("4.6"), "risk": 3, "reason": "并购重组打开空间", "source": "麦田研究所《快评》11月20日", "report": None,
        "valid_until": date(2026, 12, 24), **more,
    }  # fmt: skip


@pytest.fixture
def adviser(member):
    for name in ("outreach.advice", "outreach.announcements", "outreach.money"):
        reactions.react(name)
    return member("adviser1")


@pytest.fixture
def agreed(story):
    """Wisdom and Brocade with agreement; a second Wisdom without; C1-lowest with one; Channel with one."""
    Client.objects.filter(pk__in=story).update(consent_bits=0xFFF, address_bits=15, advised=True)
    Client.objects.filter(pk=story[4]).update(advised=False)
    return story


@pytest.mark.requirement("G12", "T1")
def test_a_signed_pick_reaches_those_with_level_agreement_and_class_and_nobody_else(adviser, agreed) -> None:
    pick = advice.save_pick(None, values(), adviser=adviser)
    reactions.react_all()
    assert not Event.objects.filter(object_kind="pick", object_id=pick.pk).exists()  # not signed
    advice.sign_pick(pick.pk, adviser=adviser)
    reactions.react_all()
    event = Event.objects.get(object_kind="pick", object_id=pick.pk)
    assert event.signer == adviser.actor and event.state == "sending"
    stopped = {
        n: [s.gate for s in queries.explain(event, c).steps if s.state == "stopped"]
        for n, c in enumerate(agreed)
    }
    assert stopped == {0: [], 1: [Gate.COVERAGE], 2: [], 3: [Gate.SUITABILITY], 4: [Gate.AGREEMENT]}
    text = event.texts["sms"]["text"]
    assert (
        "不保证收益" in text
        and adviser.licence_number in text
        and "麦田研究所" in text
        and "回TD退订" in text
    )


def test_a_follow_up_reaches_exactly_those_who_got_the_pick_until_it_is_closed(adviser, agreed) -> None:
    pick = advice.save_pick(None, values(), adviser=adviser)
    advice.sign_pick(pick.pk, adviser=adviser)
    reactions.react_all()
    first = Event.objects.get(object_kind="pick", object_id=pick.pk)
    work(0, None)
    got = set(
        Message.objects.filter(event_id=first.pk, state__in=[1, 2, 4, 5]).values_list("client_id", flat=True)
    )
    assert {agreed[0], agreed[2]} <= got
    # A client who became entitled later did not get the pick, and does not get its follow-up.
    Client.objects.filter(pk=agreed[4]).update(advised=True)
    advice.follow_up(pick.pk, "到了区间上沿，先观察", adviser=adviser)
    advice.follow_up(pick.pk, "看法变了，这次跟踪结束", adviser=adviser, close="changed")
    reactions.react_all()
    followed = Event.objects.filter(object_kind="pick_note").order_by("pk")
    assert followed.count() == 2
    for event in followed:
        assert event.audience_count == len(got)
        assert queries.explain(event, agreed[4]) is None and queries.explain(event, agreed[0]).sent
    with pytest.raises(DomainError) as caught:
        advice.follow_up(pick.pk, "还想再说一句", adviser=adviser)
    assert caught.value.code == "library.pick.state"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"symbol": "999999"}, "library.report.unknown_security"),
        ({"risk": None}, "library.pick.field_wrong"),
        ({"reason": "稳赚不赔，放心买"}, "library.advice.promise"),
        ({"reason": "下周一定涨停"}, "library.advice.promise"),
        ({"reason": " "}, "library.pick.field_wrong"),
        ({"source": ""}, "library.pick.field_wrong"),
        ({"target_price": Decimal("5.2")}, "library.pick.field_wrong"),
        ({"stop_price": Decimal("5.2")}, "library.pick.field_wrong"),
        ({"price_low": Decimal("6")}, "library.pick.field_wrong"),
        ({"valid_until": date(2026, 11, 1)}, "library.pick.field_wrong"),
        ({"direction": "all in"}, "library.pick.field_wrong"),
    ],
)
def test_wrong_picks_are_refused(adviser, change: dict, code: str) -> None:
    before = Pick.objects.count()
    with pytest.raises(DomainError) as caught:
        advice.save_pick(None, values(**change), adviser=adviser)
    assert caught.value.code == code and Pick.objects.count() == before


def test_only_a_registered_adviser_signs_and_only_his_own(adviser, member, sign_in) -> None:
    pick = advice.save_pick(None, values(), adviser=adviser)
    for name in ("manager1", "editor", "boss"):
        with pytest.raises(DomainError):
            advice.sign_pick(pick.pk, adviser=member(name))
    with pytest.raises(DomainError) as caught:
        advice.sign_pick(pick.pk, adviser=member("adviser2"))
    assert caught.value.code == "library.pick.not_yours"
    assert sign_in("editor").post(f"/library/picks/{pick.pk}/sign/").status_code == 403
    assert sign_in("adviser1").post(f"/library/picks/{pick.pk}/sign/").status_code == 302
    assert sign_in("adviser1").post(f"/library/picks/{pick.pk}/sign/").status_code == 409
    assert Pick.objects.get(pk=pick.pk).licence_number == adviser.licence_number


def test_advice_without_a_signature_is_not_sent(adviser, agreed, member) -> None:
    pick = advice.save_pick(None, values(), adviser=adviser)
    advice.sign_pick(pick.pk, adviser=adviser)
    reactions.react_all()
    event = Event.objects.get(object_kind="pick", object_id=pick.pk)
    Event.objects.filter(pk=event.pk).update(state="decided", signer=member("editor").actor, sent_at=None)
    with pytest.raises(AdviceUnsigned):
        actions.send(event.pk, actor=member("editor").actor)


def test_a_rating_change_goes_out_when_an_adviser_signs_it(adviser, agreed, sign_in) -> None:
    content = "reference,symbol,house,old,new,target_price,on\nR1,002500,云岭证券,增持,中性,5.1,2026-11-24\nR2,002500,云岭证券,增持,奇怪,5.1,2026-11-24\n"
    result = importers.run("ratings", content.encode(), "r.csv", actor="member:1")
    assert (result.stored, [r.code for r in result.refused]) == (1, ["library.import.rating_unknown"])
    rating = Rating.objects.get(reference="R1")
    browser = sign_in("adviser1")
    assert "增持 → <b>中性</b>" in browser.get("/library/ratings/").content.decode()
    browser.post(f"/library/ratings/{rating.pk}/sign/")
    assert browser.post(f"/library/ratings/{rating.pk}/sign/").status_code == 409
    reactions.react_all()
    event = Event.objects.get(object_kind="rating", object_id=rating.pk)
    assert "由增持改为中性" in event.texts["inbox"]["text"] and queries.explain(event, agreed[0]).sent
    assert event.audience_count < Client.objects.count()


@pytest.mark.requirement("G12")
def test_a_notice_that_matters_goes_to_the_holders_with_their_quantity(adviser, story) -> None:
    Client.objects.filter(pk__in=story).update(
        consent_bits=0, address_bits=15
    )  # by contract: consent is not asked
    Holding.objects.filter(client_id=story[0], symbol="002500").delete()
    Holding.objects.create(client_id=story[0], symbol="002500", quantity=1200)
    Holding.objects.filter(client_id=story[1], symbol="002500").delete()
    content = (
        "reference,symbol,kind,title,at,last_day\nN1,002500,停牌,关于停牌的公告,2026-11-24 09:00,\n"
        "N2,002500,董事会决议,第五次会议决议,2026-11-24 09:00,\nN3,002500,可转债强赎,强制赎回公告,2026-11-24 09:00,2026-12-01\n"
    )
    importers.run("announcements", content.encode(), "n.csv", actor="member:1")
    reactions.react_all()
    told = Event.objects.filter(object_kind="announcement").order_by("pk")
    assert [event.title for event in told] == ["关于停牌的公告", "强制赎回公告"]
    assert queries.explain(told[0], story[0]).sent and queries.explain(told[0], story[1]) is None
    assert not told[0].texts.get("call")
    work(0, None)
    assert "您持有 1,200 股" in queries.inbox(story[0])[0]["text"]


def test_reminders_before_the_last_day_come_once_each_by_stronger_channels(adviser, story) -> None:
    Client.objects.filter(pk=story[0]).update(address_bits=15)
    Announcement.objects.create(
        symbol="002500", kind="可转债强赎", title="强制赎回", at=datetime(2026, 11, 20, 9, tzinfo=SHANGHAI), reference="X",
        last_day=date(2026, 12, 1),
    )  # fmt: skip
    seen = []
    day = datetime(2026, 11, 22, 8, 41, tzinfo=SHANGHAI)
    while day.date() <= date(2026, 12, 3):
        with time_machine.travel(day):
            if notices.remind_today():
                event = Event.objects.filter(object_kind="notice_reminder").latest("pk")
                seen.append((f"{day:%m-%d}", event.facts["left"], sorted(event.texts)))
            assert notices.remind_today() == 0
        day += timedelta(days=1)
    assert seen == [
        ("11-24", "5", ["inbox"]), ("11-26", "3", ["inbox", "sms"]), ("11-30", "1", ["sms"]), ("12-01", "0", ["call", "sms"]),
    ]  # fmt: skip


def test_money_in_a_cash_flow_file_ends_a_chase_at_once(adviser, story, member) -> None:
    from maitian.outreach.shares import actions as shares

    Default.objects.all().delete()
    Allotment.objects.all().delete()
    account = FundAccount.objects.filter(client_id=story[1]).order_by("pk")[0]
    early = datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
    FundAccount.objects.filter(pk=account.pk).update(balance=0, balance_at=early, cash=0)
    issue = shares.save_issue(
        None,
        {
            "symbol": "001399", "subscription_code": "001399", "name": "麦禾股份", "kind": "share", "exchange": "SZSE", "board": "main",
            "price": Decimal("10"), "risk": 3, "subscribe_on": date(2026, 11, 23), "list_on": None,
        },
        actor=member("boss").actor,
    )  # fmt: skip
    importers.run(
        "allotments",
        f"account,symbol,quantity\n{account.number},001399,500\n".encode(),
        "z.csv",
        actor="member:1",
    )
    assert issue.allotments.get().state == "open"
    importers.run(
        "cash_flows",
        f"account,at,amount,reference\n{account.number},2026-11-24 09:30,5000,T1\n".encode(),
        "c.csv",
        actor="member:1",
    )
    reactions.react_all()
    assert issue.allotments.get().state == "funded"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("稳赚不赔", "稳赚"), ("保证收益", "保证收益"), ("承诺 保本", "承诺保本"), ("一定会涨", "一定会涨"), ("内幕消息", "内幕"), ("零风险", "零风险"),
        ("基本面改善，注意风险", ""), ("保证金比例上调", ""), ("不保证收益，投资有风险", ""),
    ],
)  # fmt: skip
def test_promises_are_found(text: str, words: str) -> None:
    assert rules.promise(text) == words or (words == "承诺保本" and rules.promise(text))


@pytest.mark.parametrize(
    ("price", "direction", "result"),
    [("6.6", "buy", "target"), ("4.5", "buy", "stop"), ("5.5", "buy", ""), ("4", "reduce", "target")],
)
def test_what_a_close_says_about_a_pick(price: str, direction: str, result: str) -> None:
    target = Decimal("4.2") if direction == "reduce" else Decimal("6.5")
    assert rules.result_of(Decimal(price), target, Decimal("4.6"), direction) == result


def test_the_record_shows_all_closed_picks(sign_in) -> None:
    page = sign_in("editor").get("/library/picks/").content.decode()
    assert "全部结束的都算" in page and "康明" in page
