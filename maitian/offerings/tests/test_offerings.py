from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maitian.clients.models import Client, FundAccount
from maitian.core.errors import AlreadyDone, NotFound
from maitian.offerings import actions, queries, rules
from maitian.offerings.errors import (
    ApplicationOpen,
    ApplicationRefused,
    ReasonNeeded,
)
from maitian.offerings.models import LevelChange, Subscription
from maitian.offerings.rules import Content

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_circles_are_found() -> None:
    assert rules.contained(3, {3: 2, 2: 1, 1: None}) == [3, 2, 1]
    for circle in ({1: 1}, {1: 2, 2: 1}, {1: 2, 2: 3, 3: 2}):
        with pytest.raises(ValueError):
            rules.contained(1, circle)


CONTENTS = st.lists(
    st.builds(
        Content,
        st.sampled_from(["report_kind", "topic", "quota"]),
        st.sampled_from(["a", "b"]),
        st.integers(1, 15),
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine says nothing about a level
@given(CONTENTS, CONTENTS)
def test_a_level_has_at_least_what_it_contains(own: list[Content], inherited: list[Content]) -> None:
    found = {(c.what, c.key): c.number for c in rules.effective(own, inherited)}
    for content in own + inherited:
        number = found[content.what, content.key]
        assert (
            number & content.number == content.number if content.what == "topic" else number >= content.number
        )


@pytest.mark.django_db
@pytest.mark.requirement("G2", "G3", "G5")
def test_the_three_levels_of_the_source() -> None:
    channel, wisdom, brocade = queries.levels()
    assert [level.name for level in (channel, wisdom, brocade)] == ["金通道", "金智慧", "金锦囊"]
    assert [level.commission_rate for level in (channel, wisdom, brocade)] == [
        Decimal("1.80"),
        Decimal("2.40"),
        Decimal("3.00"),
    ]
    assert not rules.reads(channel.everything, "industry.event", 4)
    assert rules.reads(wisdom.everything, "industry.event", 4) and not rules.reads(
        wisdom.everything, "industry.event", 5
    )
    assert rules.reads(brocade.everything, "industry.event", 5)
    assert queries.lowest_reading("industry.event", 4).code == "gold_wisdom"
    assert queries.covering("report_published", "industry.event", 4) == {2: 7, 3: 7}


@pytest.mark.django_db
@pytest.mark.requirement("G4", "G11")
def test_apply_decide_take_effect_export(member, story) -> None:
    client = story[1]
    with time_machine.travel(TEN):
        change = actions.apply(client, "gold_wisdom", channel="portal", actor=f"client:{client}")
        assert change.due_at.astimezone(TEN.tzinfo).strftime("%m-%d %H:%M") == "11-25 11:00"
        with pytest.raises(ApplicationOpen):
            actions.apply(client, "gold_brocade", channel="portal", actor=f"client:{client}")
        with pytest.raises(ReasonNeeded):
            actions.decide(change.pk, approve=False, reason=" ", actor=member("boss").actor)
        done = actions.decide(change.pk, approve=True, reason="", actor=member("boss").actor)
        assert done.effective_on == date(2026, 11, 25)
        with pytest.raises(AlreadyDone):
            actions.decide(change.pk, approve=True, reason="", actor=member("boss").actor)
        assert actions.make_effective(date(2026, 11, 24)) in (0, 1)  # the demonstration's own may be due
        assert Client.objects.get(pk=client).level_rank == 1
    assert actions.make_effective(date(2026, 11, 25)) >= 1
    assert Client.objects.get(pk=client).level_rank == 2
    assert FundAccount.objects.get(client_id=client).commission_rate == Decimal("2.40")
    assert queries.subscription(client, date(2026, 11, 24)).level.code == "gold_channel"
    assert queries.subscription(client, date(2026, 11, 25)).level.code == "gold_wisdom"
    assert actions.make_effective(date(2026, 11, 25)) == 0
    export = actions.export_commission(actor=member("boss").actor)
    assert "80000002,2.40,2026-11-25" in export.content
    assert actions.export_commission(actor=member("boss").actor) is None


@pytest.mark.django_db
def test_applications_that_cannot_be(story) -> None:
    Client.objects.filter(pk=story[1]).update(risk_valid_until=date(2020, 1, 1))
    with pytest.raises(ApplicationRefused) as caught:
        actions.apply(story[1], "gold_wisdom", channel="portal", actor="client:1")
    assert "测评" in caught.value.sentence("zh-hans")
    with pytest.raises(ApplicationRefused):
        actions.apply(story[0], "gold_wisdom", channel="portal", actor="client:1")
    with pytest.raises(NotFound):
        actions.apply(story[0], "gold_nothing", channel="portal", actor="client:1")


@pytest.mark.django_db
def test_a_client_cannot_touch_another_s_application(sign_in, story) -> None:
    browser = sign_in(story[1])
    browser.post("/portal/level/apply/", {"level": "gold_wisdom"})
    mine = LevelChange.objects.get(client_id=story[1], state="applied")
    assert sign_in(story[0]).post("/portal/level/withdraw/").status_code == 404
    mine.refresh_from_db()
    assert mine.state == "applied"
    browser.post("/portal/level/withdraw/")
    mine.refresh_from_db()
    assert mine.state == "withdrawn"


@pytest.mark.django_db
def test_periods_of_one_client_never_overlap(story) -> None:
    from django.db.utils import IntegrityError

    one = Subscription.objects.filter(client_id=story[0]).latest("pk")
    with pytest.raises(IntegrityError):
        Subscription.objects.create(client_id=story[0], level=one.level, period=one.period, commission_rate=1)


@pytest.mark.django_db
def test_a_new_calendar_moves_open_clocks_only(member, sign_in, story) -> None:
    with time_machine.travel(datetime(2026, 12, 31, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))):
        change = actions.apply(story[1], "gold_wisdom", channel="portal", actor=f"client:{story[1]}")
        decided = actions.apply(story[4], "gold_brocade", channel="portal", actor=f"client:{story[4]}")
        decided = actions.decide(decided.pk, approve=True, reason="", actor=member("boss").actor)
        assert decided.effective_on == date(2027, 1, 4)
        # Provisional, and shown so to the branch and to the client.
        boss = sign_in("boss")
        assert "推算" in boss.get(f"/level-changes/{decided.pk}/").content.decode()
        assert "推算" in boss.get(f"/level-changes/{change.pk}/").content.decode()
        assert "推算" in sign_in(story[4]).get("/portal/level/").content.decode()
        from maitian.core import jobs, reactions
        from maitian.core import time as business_time

        jobs.discover(("reactions",))
        # The official table closes the first working week.
        rows = "kind,day,open,note,source\n" + "".join(
            f"{kind},2027-01-{day:02d},0,元旦,公告\n" for kind in ("work", "trading") for day in range(1, 9)
        )
        made = business_time.propose_import(rows.encode(), "2027.csv", member("boss").actor)
        reactions.react("offerings.calendar")  # begins at the head
        assert sign_in("checker").post(f"/calendar/{made.pk}/approve/").status_code == 302
        assert reactions.react("offerings.calendar") == 1
    before = change.due_at
    change.refresh_from_db()
    decided.refresh_from_db()
    assert change.due_at > before and change.due_at.date() >= date(2027, 1, 11)
    assert decided.effective_on == date(2027, 1, 11)
    assert "推算" not in sign_in("boss").get(f"/level-changes/{decided.pk}/").content.decode()
