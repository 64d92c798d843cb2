"""Cases from opening to closing: clocks, pauses, who answers for them, what cannot be undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from maitian.core import reactions
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk import reactions as _registers  # noqa: F401
from maitian.desk.actions import joining, marking, moving, people, sweeping, talking
from maitian.desk.actions.opening import open_case
from maitian.desk.errors import (
    AlreadyTaken,
    CaseMerged,
    ChildrenOpen,
    FieldsWrong,
    HandOverNotYours,
    HandOverReasonMissing,
    MergeIntoItself,
    MergeOfTwoClients,
    MoveNotAllowed,
    NamedCannotHandle,
    ParentCircular,
    ResultMissing,
    TextMissing,
)
from maitian.desk.models import Case, CaseNumber, Clock, Entry, Escalation, Neglect
from maitian.desk.rules.clocks import NEVER
from maitian.staff import actions as staff
from maitian.staff.models import Notification

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def clock(case: Case, kind: str) -> Clock:
    return Clock.objects.filter(case=case, kind=kind).latest("pk")


def local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


# --- opening -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("G14", "G16")
def test_a_case_gets_a_number_a_team_clocks_and_a_row_in_the_ledger(enquiry: Any) -> None:
    first, second = enquiry(), enquiry("银证转账失败，资金没到。")
    assert first.ref == "C-20261124-0001" and second.ref == "C-20261124-0002"
    assert (first.state, first.team, first.net, first.owner, first.responsible) == (
        "open",
        "service",
        "sky",
        None,
        None,
    )
    # 10:00, hotline around the clock: 30 minutes for Gold Wisdom; the result within a working day of branch hours.
    assert local(clock(first, "first_answer").due_at) == "11-24 10:30"
    assert local(clock(first, "resolution").due_at) == "11-25 10:00"
    assert first.next_due_at == clock(first, "first_answer").due_at
    row = LedgerEntry.objects.filter(kind="case.opened", object_id=str(first.pk)).get()
    assert row.client_id == first.client_id and row.facts["ref"] == first.ref and row.facts["net"] == "sky"
    assert "佣金" not in str(row.facts)
    assert [e.kind for e in first.entries.order_by("pk")] == ["client", "system"]


def test_numbers_have_no_gaps_when_an_opening_fails(enquiry: Any) -> None:
    enquiry()
    with pytest.raises(FieldsWrong), transaction.atomic():
        enquiry(kind="request", answers={"business": "moon"})
    assert enquiry().ref == "C-20261124-0002"
    assert CaseNumber.objects.get().last == 2


def test_a_form_says_what_is_missing_and_stores_nothing(enquiry: Any) -> None:
    with pytest.raises(FieldsWrong) as caught:
        enquiry(kind="request", answers={"wanted_on": "明天", "moon": "1"})
    assert {key for key, _zh, _en in caught.value.faults} == {"business", "wanted_on", "moon"}
    assert "业务还没填" in caught.value.sentence(
        "zh-hans"
    ) and "Business is missing" in caught.value.sentence("en")
    assert not Case.objects.exists()
    with pytest.raises(TextMissing):
        enquiry("  \n ")


def test_personal_answers_stand_encrypted(enquiry: Any) -> None:
    case = enquiry(kind="request", answers={"business": "close_account", "reach": "138 0000 0001"})
    case.refresh_from_db()
    assert case.answers == {"business": "close_account"}
    assert queries.private_of(case) == {"answers": {"reach": "13800000001"}}
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(private, 'escape') FROM desk_case WHERE id = %s", [case.pk])
        assert "13800000001" not in cursor.fetchone()[0]


@pytest.mark.requirement("G16")
def test_who_takes_the_call_answers_for_the_case_wherever_it_goes(enquiry: Any, member: Any) -> None:
    agent = member("hotline1")
    case = enquiry(
        kind="request", answers={"business": "transfer"}, channel="phone", actor=agent.actor, by=agent
    )
    assert (case.team, case.owner, case.responsible) == ("business", None, agent)
    people.assign(case_id=case.pk, by=agent, member_id=member("clerk1").pk)
    case.refresh_from_db()
    assert (case.owner, case.responsible) == (member("clerk1"), agent)
    with pytest.raises(HandOverNotYours):
        people.hand_over(case_id=case.pk, by=member("clerk1"), member_id=member("clerk1").pk, reason="我来")
    with pytest.raises(HandOverReasonMissing):
        people.hand_over(case_id=case.pk, by=agent, member_id=member("clerk1").pk, reason=" ")
    people.hand_over(case_id=case.pk, by=agent, member_id=member("clerk1").pk, reason="下周休假")
    case.refresh_from_db()
    assert case.responsible == member("clerk1")
    assert Notification.objects.filter(member=member("clerk1"), kind="desk.handed_over").exists()


def test_the_first_to_answer_takes_the_case_and_the_second_is_told(enquiry: Any, member: Any) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    with pytest.raises(AlreadyTaken) as caught:
        people.take(case_id=case.pk, by=member("hotline2"))
    assert member("hotline1").name in caught.value.sentence("zh-hans")
    case.refresh_from_db()
    assert case.owner == case.responsible == member("hotline1")


# --- clocks in a case ----------------------------------------------------------------------------------------


def test_answers_meet_the_clocks_and_words_of_the_client_begin_the_next(enquiry: Any, member: Any) -> None:
    case = enquiry()
    agent = member("hotline1")
    talking.note(case_id=case.pk, by=agent, body="先查一下。")
    assert clock(case, "first_answer").state == "running"
    talking.reply(case_id=case.pk, by=agent, body="我们在核对。", at=at("2026-11-24 10:20"))
    assert clock(case, "first_answer").state == "met"
    case.refresh_from_db()
    assert case.next_due_at == clock(case, "resolution").due_at
    talking.client_wrote(
        case_id=case.pk,
        body="还要多久？",
        channel="portal",
        actor=case.client.actor,
        at=at("2026-11-24 10:30"),
    )
    assert local(clock(case, "next_answer").due_at) == "11-24 12:30"
    talking.client_wrote(
        case_id=case.pk, body="？", channel="portal", actor=case.client.actor, at=at("2026-11-24 10:40")
    )
    assert Clock.objects.filter(case=case, kind="next_answer").count() == 1
    talking.reply(case_id=case.pk, by=agent, body="今天下班前。", at=at("2026-11-24 10:50"))
    assert clock(case, "next_answer").state == "met"


def test_hold_time_is_not_lost_when_a_pause_goes_straight_to_resolved(enquiry: Any, member: Any) -> None:
    """Begun 10:00, due 11-25 10:00; held 11:00–17:00 the next day (seven hours of 7 + …): met long after it."""
    case = enquiry()
    agent = member("hotline1")
    talking.reply(
        case_id=case.pk,
        by=agent,
        body="请补一张身份证照片。",
        wait="waiting_client",
        at=at("2026-11-24 11:00"),
    )
    case.refresh_from_db()
    assert case.state == "waiting_client" and clock(case, "resolution").state == "paused"
    assert case.next_due_at == NEVER
    sweeping.sweep(at("2026-11-27 09:00"))
    assert clock(case, "resolution").state == "paused" and not Neglect.objects.exists()
    moving.resolve(case_id=case.pk, by=agent, result="solved", body="已办好。", at=at("2026-11-27 09:30"))
    held = clock(case, "resolution")
    # One of seven hours was used before the hold; six are left from 09:30 on.
    assert held.state == "met" and local(held.due_at) == "11-27 16:30"
    assert [(local(p.began_at), local(p.ended_at)) for p in case.pauses.all()] == [
        ("11-24 11:00", "11-27 09:30")
    ]


def test_a_reply_of_the_client_ends_the_pause(enquiry: Any, member: Any) -> None:
    case = enquiry()
    talking.reply(
        case_id=case.pk,
        by=member("hotline1"),
        body="请补照片。",
        wait="waiting_client",
        at=at("2026-11-24 11:00"),
    )
    talking.client_wrote(
        case_id=case.pk, body="发了。", channel="portal", actor=case.client.actor, at=at("2026-11-24 14:00")
    )
    case.refresh_from_db()
    assert case.state == "open"
    # Held over lunch: two open hours, so the result is due two hours later.
    assert local(clock(case, "resolution").due_at) == "11-25 12:00"


def test_waiting_for_others_does_not_stop_the_client_s_clock(enquiry: Any, member: Any) -> None:
    case = enquiry()
    moving.wait(case_id=case.pk, by=member("hotline1"), state="waiting_others", reason="等信息技术部")
    assert clock(case, "resolution").state == "running"


@pytest.mark.requirement("G16")
def test_a_breach_is_dated_at_the_deadline_and_counts_as_neglect(enquiry: Any, member: Any) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    swept = sweeping.sweep(at("2026-11-26 15:00"))
    assert swept.breaches == 2
    late = clock(case, "resolution")
    assert (
        late.state == "breached"
        and late.breached_at == late.due_at
        and local(late.breached_at) == "11-25 10:00"
    )
    neglect = Neglect.objects.get(case=case)
    assert neglect.member == member("hotline1") and neglect.at == late.due_at
    row = LedgerEntry.objects.filter(kind="clock.breached", object_id=str(case.pk)).latest("number")
    assert row.at == late.due_at and row.facts["clock"] == "resolution"
    case.refresh_from_db()
    assert case.next_due_at < at("2026-11-26 15:00")  # it stays on top of the list until it is done
    moving.resolve(
        case_id=case.pk, by=member("hotline1"), result="solved", body="好了。", at=at("2026-11-26 16:00")
    )
    late.refresh_from_db()
    assert late.state == "breached" and local(late.stopped_at) == "11-26 16:00"


def test_a_breach_that_nobody_swept_is_still_dated_at_the_deadline(enquiry: Any, member: Any) -> None:
    case = enquiry()
    moving.resolve(
        case_id=case.pk, by=member("hotline1"), result="answered", body="答复。", at=at("2026-11-26 16:00")
    )
    assert local(clock(case, "resolution").breached_at) == "11-25 10:00"
    assert Neglect.objects.filter(case=case).count() == 1
    assert LedgerEntry.objects.filter(kind="clock.breached", object_id=str(case.pk)).count() == 2


def test_the_ladder_fires_each_step_once_and_tells_who_it_names(enquiry: Any, member: Any) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    sweeping.sweep(at("2026-11-24 10:25"))  # 80 % of 30 minutes are gone at 10:24
    assert Notification.objects.filter(kind="desk.due_soon", member=member("hotline1")).count() == 1
    for _again in range(3):
        sweeping.sweep(at("2026-11-24 10:31"))
    fired = list(Escalation.objects.filter(clock__case=case, clock__kind="first_answer").order_by("step"))
    assert [(e.who, local(e.at)) for e in fired] == [
        ("owner", "11-24 10:24"),
        ("owner", "11-24 10:30"),
        ("team_lead", "11-24 10:30"),
    ]
    # The service centre of the demonstration has no lead of its own: the branch manager stands in.
    assert fired[2].members == [member("boss").pk]
    sweeping.sweep(at("2026-11-24 12:00"))
    assert Escalation.objects.filter(clock__case=case, clock__kind="first_answer").count() == 4


def test_nothing_due_costs_nothing_and_what_is_held_by_another_worker_is_skipped(enquiry: Any) -> None:
    enquiry()
    assert sweeping.sweep(at("2026-11-24 10:01")).clocks == 0


# --- results, closing, opening again -----------------------------------------------------------------------------


@pytest.mark.requirement("G16")
def test_a_case_ends_with_a_definite_result_only(enquiry: Any, member: Any) -> None:
    case, agent = enquiry(), member("hotline1")
    with pytest.raises(ResultMissing):
        moving.resolve(case_id=case.pk, by=agent, result="", body="好了")
    with pytest.raises(ResultMissing):
        moving.resolve(case_id=case.pk, by=agent, result="solved", body=" ")
    with pytest.raises(MoveNotAllowed):
        moving.close(case_id=case.pk, actor=agent.actor)
    moving.resolve(case_id=case.pk, by=agent, result="solved", body="多收的 12 元已退。")
    case.refresh_from_db()
    assert (case.state, case.result, case.next_due_at) == ("resolved", "solved", NEVER)
    assert [c.state for c in Clock.objects.filter(case=case).exclude(kind="auto_close")] == ["met", "met"]


def test_a_quiet_case_closes_after_five_working_days_and_words_reopen_it(enquiry: Any, member: Any) -> None:
    case, agent = enquiry(), member("hotline1")
    moving.resolve(case_id=case.pk, by=agent, result="answered", body="好了。", at=at("2026-11-24 11:00"))
    sweeping.sweep(at("2026-12-01 16:59"))
    case.refresh_from_db()
    assert case.state == "resolved"
    assert sweeping.sweep(at("2026-12-01 17:00")).closed == 1
    case.refresh_from_db()
    assert case.state == "closed"
    talking.client_wrote(
        case_id=case.pk, body="又不对了", channel="portal", actor=case.client.actor, at=at("2026-12-02 10:00")
    )
    case.refresh_from_db()
    assert (case.state, case.reopened, case.result) == ("reopened", 1, "")
    assert local(clock(case, "resolution").due_at) == "12-03 10:00"
    assert Notification.objects.filter(member=agent, kind="desk.client_wrote").exists()


def test_a_parent_waits_for_its_children(enquiry: Any, member: Any) -> None:
    parent, child = enquiry(), enquiry("子问题")
    agent = member("hotline1")
    joining.set_parent(case_id=child.pk, parent_id=parent.pk, by=agent)
    with pytest.raises(ChildrenOpen) as caught:
        moving.resolve(case_id=parent.pk, by=agent, result="solved", body="好了")
    assert child.ref in caught.value.sentence("zh-hans")
    with pytest.raises(ParentCircular):
        joining.set_parent(case_id=parent.pk, parent_id=child.pk, by=agent)
    with pytest.raises(ParentCircular):
        joining.set_parent(case_id=parent.pk, parent_id=parent.pk, by=agent)
    moving.resolve(case_id=child.pk, by=agent, result="solved", body="好了")
    moving.resolve(case_id=parent.pk, by=agent, result="solved", body="好了")


# --- merging ---------------------------------------------------------------------------------------------------


def test_a_merge_redirects_and_its_undoing_puts_everything_back(enquiry: Any, member: Any) -> None:
    agent = member("hotline1")
    first, second = enquiry("佣金收多了"), enquiry("还是那件事，请快点")
    marking.tag(case_id=second.pk, by=agent, name="着急")
    before = {c.kind: (c.state, c.due_at) for c in Clock.objects.filter(case=second)}
    joining.merge(case_id=second.pk, survivor_id=first.pk, by=agent)
    second.refresh_from_db()
    assert (second.state, second.merged_into, second.next_due_at) == ("merged", first, NEVER)
    with pytest.raises(CaseMerged) as caught:
        talking.reply(case_id=second.pk, by=agent, body="答复")
    assert first.ref in caught.value.sentence("zh-hans") and caught.value.status == 409
    assert {line.entry.case_id for line in queries.lines(first)} == {first.pk, second.pk}
    assert first.case_tags.filter(tag__name="着急").exists()
    # What the client says in the merged one is not refused: it goes on where the case lives on.
    said = talking.client_wrote(case_id=second.pk, body="在吗", channel="portal", actor=first.client.actor)
    assert said.case_id == first.pk
    joining.unmerge(case_id=second.pk, by=agent)
    second.refresh_from_db()
    assert (second.state, second.merged_into) == ("open", None)
    assert {c.kind: (c.state, c.due_at) for c in Clock.objects.filter(case=second)} == before
    assert second.next_due_at == before["first_answer"][1]
    assert not first.case_tags.exists() and second.case_tags.exists()
    assert {line.entry.case_id for line in queries.lines(first)} == {first.pk}


def test_merges_that_cannot_be(enquiry: Any, member: Any, story: list[int]) -> None:
    from maitian.clients.models import Client

    agent = member("hotline1")
    a, b, c = enquiry("甲"), enquiry("乙"), enquiry("丙")
    with pytest.raises(MergeIntoItself):
        joining.merge(case_id=a.pk, survivor_id=a.pk, by=agent)
    joining.merge(case_id=b.pk, survivor_id=a.pk, by=agent)
    with pytest.raises(MergeIntoItself):  # a → b is a → a by a detour
        joining.merge(case_id=a.pk, survivor_id=b.pk, by=agent)
    joining.merge(case_id=a.pk, survivor_id=c.pk, by=agent)
    b.refresh_from_db()
    assert queries.survivor_of(b) == c
    stranger = Client.objects.get(pk=story[1])
    other = open_case(
        kind="enquiry",
        branch=stranger.branch,
        client=stranger,
        body="别人的事",
        channel="portal",
        actor=stranger.actor,
    ).case
    with pytest.raises(MergeOfTwoClients):
        joining.merge(case_id=other.pk, survivor_id=c.pk, by=agent)


def test_an_entry_can_become_a_case_of_its_own(enquiry: Any, member: Any) -> None:
    agent = member("hotline1")
    case = enquiry()
    said = talking.client_wrote(
        case_id=case.pk, body="另外我想开创业板。", channel="portal", actor=case.client.actor
    )
    made = joining.split(entry_id=said.pk, by=agent, kind="request", subject="开通创业板")
    assert made.case.kind.code == "request" and made.case.subject == "开通创业板"
    assert made.case.entries.order_by("pk").first().body == said.body
    assert made.case.links.get().other == case
    said.refresh_from_db()
    assert said.case_id == case.pk


# --- avoidance ---------------------------------------------------------------------------------------------------


def test_who_is_named_neither_handles_nor_sees(enquiry: Any, member: Any) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    people.name_member(case_id=case.pk, by=member("boss"), member_id=member("hotline1").pk)
    case.refresh_from_db()
    assert case.owner is None and case.responsible is None
    assert not queries.can_see(member("hotline1"), case.pk) and queries.can_see(member("hotline2"), case.pk)
    with pytest.raises(NamedCannotHandle):
        talking.reply(case_id=case.pk, by=member("hotline1"), body="我来解释")
    with pytest.raises(NamedCannotHandle):
        people.assign(case_id=case.pk, by=member("boss"), member_id=member("hotline1").pk)
    sweeping.sweep(at("2026-11-24 12:00"))
    assert not Notification.objects.filter(
        member=member("hotline1"), kind__in=["desk.late", "desk.due_soon"]
    ).exists()


# --- nobody deletes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM desk_case",
        "DELETE FROM desk_entry",
        "TRUNCATE desk_case CASCADE",
        "TRUNCATE desk_entry CASCADE",
        "UPDATE desk_entry SET body = 'x'",
        "UPDATE desk_entry SET at = now()",
        "DELETE FROM desk_clock",
        "UPDATE desk_pause SET ended_at = now()",
        "UPDATE desk_appliedpolicy SET value = '{}'",
    ],
)
def test_the_database_refuses_to_delete_and_to_rewrite(enquiry: Any, member: Any, statement: str) -> None:
    case = enquiry()
    moving.wait(case_id=case.pk, by=member("hotline1"), state="waiting_client")
    moving.wait(case_id=case.pk, by=member("hotline1"), state="open")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE waits for checks, not for our guard
        cursor.execute(statement)
    assert Entry.objects.filter(case=case).exists()


# --- lists, search, counts ---------------------------------------------------------------------------------------


def listed(member: Any, **filters: str) -> list[str]:
    found = queries.CaseList(member, queries.Filters.read(filters))
    return [case.ref[-4:] for case in found.part(found.key, None, 50)]


def test_everybody_lists_what_is_his_to_see(enquiry: Any, member: Any, story: list[int]) -> None:
    from maitian.clients.models import Client

    enquiry()  # 0001 service, of manager1's client
    stranger = (
        Client.objects.exclude(manager=member("manager1"))
        .exclude(manager=None)
        .filter(state="active", level_rank=1)
        .first()
    )
    open_case(kind="request", branch=stranger.branch, client=stranger, body="销户", answers={"business": "close_account"},
              channel="counter", actor=member("clerk1").actor, by=member("clerk1"))  # fmt: skip
    assert listed(member("boss")) == listed(member("checker")) == ["0001", "0002"]
    assert listed(member("hotline1")) == ["0001"]
    assert listed(member("clerk1")) == ["0002"]
    assert listed(member("manager1")) == ["0001"]
    assert listed(member("adviser1")) == []
    assert listed(member("clerk1"), view="mine") == ["0002"]
    assert listed(member("hotline1"), view="queue") == ["0001"]
    people.watch(case_id=Case.objects.get(ref__endswith="0002").pk, member=member("adviser1"))
    assert listed(member("adviser1")) == ["0002"]
    assert listed(member("editor")) == []


def test_search_finds_every_two_character_word_a_number_and_a_client(enquiry: Any, member: Any) -> None:
    enquiry("手机软件闪退，登录不上")
    enquiry("对账单地址改了没寄到")
    case = enquiry("佣金降到千分之一")
    talking.note(case_id=case.pk, by=member("hotline1"), body="客户提到过户费")
    boss = member("boss")
    assert listed(boss, q="闪退") == ["0001"]
    assert listed(boss, q="户费") == ["0003"]
    assert listed(boss, q="地址 账单") == ["0002"]
    assert listed(boss, q="地址 闪退") == []
    assert listed(boss, q=case.ref.lower()) == ["0003"]
    assert listed(boss, q="陈建国") == ["0003", "0002", "0001"]
    assert listed(member("manager1"), q="闪退") == ["0001"]
    assert listed(member("clerk1"), q="闪退") == []


def test_the_counters_agree_with_the_cases_whatever_wrote_them(enquiry: Any, member: Any) -> None:
    agent = member("hotline1")
    cases = [enquiry(f"第 {n} 件") for n in range(5)]
    people.take(case_id=cases[0].pk, by=agent)
    moving.resolve(case_id=cases[0].pk, by=agent, result="solved", body="好了")
    people.take(case_id=cases[1].pk, by=agent)
    joining.merge(case_id=cases[3].pk, survivor_id=cases[2].pk, by=agent)
    Case.objects.filter(pk=cases[4].pk).update(team="business")

    def from_table() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT team, coalesce(owner_id, 0), kind_id, state, count(*) FROM desk_case WHERE state NOT IN"
                           " ('closed', 'merged') GROUP BY 1, 2, 3, 4")  # fmt: skip
            return sorted(cursor.fetchall())

    from maitian.desk.queries.counts import counted, fold

    assert sorted(counted(agent.branch_id)) == from_table()
    assert fold() > 0
    assert sorted(counted(agent.branch_id)) == from_table()
    now = timezone.now()
    assert queries.counts(agent, ("mine", "queue", "team"), now) == {
        "mine": (1, False),
        "queue": (1, False),
        "team": (2, False),
    }
    assert queries.counts(member("boss"), ("open", "resolved", "late"), now + timedelta(days=9)) == {
        "open": (3, False), "resolved": (1, False), "late": (3, False),
    }  # fmt: skip


def test_a_window_by_key_walks_everything_once_in_both_directions(enquiry: Any, member: Any) -> None:
    from django.test import RequestFactory

    from maitian.ui.paging import window

    with time_machine.travel(at("2026-11-24 10:00"), tick=False):
        refs = [enquiry(f"第 {n} 件").ref for n in range(7)]
    found = queries.CaseList(member("boss"), queries.Filters())
    url, seen, pages = "/desk/", [], []
    while url:
        page = window(found, RequestFactory().get(url), size=3, key=found.key)
        seen += [case.ref for case in page.rows]
        pages.append(page)
        url = page.next_url
    assert seen == refs and len(pages) == 3
    back = window(found, RequestFactory().get(pages[2].previous_url), size=3, key=found.key)
    assert [case.ref for case in back.rows] == refs[3:6]


def test_open_cases_of_who_left_go_back_to_the_queue(enquiry: Any, member: Any) -> None:
    case, agent, reaction = enquiry(), member("hotline1"), "desk.leavers"
    people.take(case_id=case.pk, by=agent)
    reactions.react(reaction)  # begins at the head
    staff.leave(agent.pk, by=member("admin"))
    while reactions.react(reaction):
        pass
    case.refresh_from_db()
    assert case.owner is None and case.responsible is None and case.is_open
    assert LedgerEntry.objects.filter(kind="case.given_back", object_id=str(case.pk)).exists()
