"""A complaint from the first word to the signed result."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from maitian.core.errors import AlreadyDone
from maitian.core.models import LedgerEntry
from maitian.core.time import SHANGHAI
from maitian.desk import queries
from maitian.desk.actions import (
    clocks,
    complaints,
    letters,
    moving,
    people,
    refusals,
    remedies,
    sweeping,
    talking,
)
from maitian.desk.errors import (
    AboveAuthority,
    AccountMissing,
    AccountNotTheirs,
    ApprovalNotYours,
    CeilingPassed,
    ComplaintNotReady,
    ExtensionLetterMissing,
    ExtensionTooLong,
    ExtensionUsed,
    FindingIncomplete,
    IdentityMissing,
    LetterDueWrong,
    LetterKnown,
    ProofMissing,
    RefusalReasonMissing,
)
from maitian.desk.models import Case, Clock, Complaint, Entry, Escalation, Refusal
from maitian.staff.models import Member, Notification

pytestmark = pytest.mark.django_db
LETTER = ("延期函.pdf", b"%PDF-1.7", "application/pdf")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(case: Case, kind: str) -> str:
    return (
        f"{Clock.objects.filter(case=case, kind=kind).latest('pk').due_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    )


@pytest.fixture
def complain(client: Any) -> Any:
    """``complain()`` → a complaint of 陈建国 about a business error, from the portal."""

    def made(**more: Any) -> Case:
        given = {
            "branch": client.branch, "client": client, "complaint_kind": "business_error", "channel": "portal", "actor": client.actor,
            "what": "10 月账单的佣金高于约定的 1.8‰。", "happened": "11 月 23 日收到账单", "wanted": "核实，退还多收部分",
        }  # fmt: skip
        return complaints.open_complaint(**{**given, **more}).case

    return made


@pytest.fixture
def found(complain: Any, member: Any) -> Any:
    """A complaint whose finding is on record, and its clerk."""

    def made(**more: Any) -> tuple[Case, Member]:
        case, clerk = complain(**more), member("clerk1")
        complaints.accept(case_id=case.pk, by=clerk, accepted=True)
        complaints.record_finding(
            case_id=case.pk,
            by=clerk,
            finding="11 月三笔按 2.4‰ 收取，应为 1.8‰。",
            cause="slip",
            liability="ours",
        )
        complaints.classify(case_id=case.pk, by=clerk, reason="reasonable")
        return case, clerk

    return made


@pytest.mark.requirement("T4", "T5", "T6", "E6")
def test_a_complaint_is_acknowledged_at_once_with_its_deadline_and_goes_to_the_department(
    complain: Any, member: Any
) -> None:
    case = complain()
    record = case.complaint
    assert (record.name, record.account, record.phone) == ("陈建国", "80000001", "13800000001")
    assert (record.reported_on, record.department, case.team) == (date(2026, 11, 24), "business", "business")
    assert Clock.objects.get(case=case, kind="acknowledge").state == "met"
    assert due(case, "resolution") == "12-15 17:00" and due(case, "ceiling") == "01-23 17:00"
    said = Entry.objects.get(case=case, kind="reply")
    assert case.ref in said.body and "2026-12-15 17:00 前" in said.body
    row = LedgerEntry.objects.get(kind="complaint.acknowledged", object_id=str(case.pk))
    assert row.facts["due_on"] == "2026-12-15" and "陈" not in str(row.facts) and "佣金" not in str(row.facts)
    # The acknowledgement is no answer: that clock still runs.
    assert Clock.objects.get(case=case, kind="first_answer").state == "running"
    assert Notification.objects.filter(kind="desk.complaint", member=member("boss")).exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(name, 'escape') || encode(phone, 'escape') FROM desk_complaint WHERE case_id = %s",
            [case.pk],
        )
        assert "13800000001" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("kind", "team"),
    [
        ("system_failure", "service"),
        ("cancellation_late", "business"),
        ("data_leak", "management"),
        ("staff_attitude", "management"),
    ],
)
def test_each_kind_goes_to_the_department_concerned(complain: Any, kind: str, team: str) -> None:
    assert complain(complaint_kind=kind).team == team


@pytest.mark.requirement("T5")
def test_a_complaint_without_account_is_refused_unless_the_stranger_is_known_by_identity(
    complain: Any, story: list[int], client: Any
) -> None:
    from maitian.clients.models import FundAccount

    stranger = {"client": None, "actor": "member:1", "channel": "phone"}
    for given, error in (
        ({}, AccountMissing),
        ({"name": "钱先生", "phone": "13900000000"}, IdentityMissing),
    ):
        with pytest.raises(error):
            complain(**stranger, **given)
    with pytest.raises(AccountNotTheirs):
        complain(account="80000002")
    FundAccount.objects.create(client=client, number="80009999", opened_on=date(2026, 1, 1))
    with pytest.raises(AccountMissing):  # two accounts: which one?
        complain()
    assert complain(account="80009999").complaint.account == "80009999"
    case = complain(**stranger, name="钱先生", phone="13900000000", identity="居民身份证 110101199001010015")
    assert case.client is None and case.complaint.account == ""
    assert queries.private_of(case)["contact"]["name"] == "钱先生"
    assert not Case.objects.filter(complaint=None, kind__complaint=True).exists()


def test_who_is_named_gets_it_neither_by_route_nor_by_alarm(complain: Any, member: Any) -> None:
    boss = member("boss")
    case = complain(
        complaint_kind="staff_attitude",
        named=[boss.pk],
        by=member("hotline1"),
        actor=member("hotline1").actor,
        channel="phone",
    )
    assert not queries.can_see(boss, case.pk) and queries.can_see(member("checker"), case.pk)
    assert not Notification.objects.filter(member=boss).exists()
    assert case.responsible == member("hotline1")
    self_named = complain(
        named=[member("hotline1").pk], by=member("hotline1"), actor=member("hotline1").actor
    )
    assert self_named.owner is None and self_named.responsible is None


def test_a_graver_complaint_gets_its_own_time_at_once(complain: Any, member: Any) -> None:
    case = complain()
    complaints.classify(
        case_id=case.pk,
        by=member("clerk1"),
        severity="complex",
        number="several",
        urgency="important",
        business="trading",
    )
    assert due(case, "resolution") == "01-06 17:00" or due(case, "resolution") > "01-"
    case.complaint.refresh_from_db()
    assert (case.complaint.number, case.complaint.urgency, case.complaint.business) == (
        "several",
        "important",
        "trading",
    )


def test_not_accepting_needs_a_reason_that_the_client_reads(complain: Any, member: Any) -> None:
    case = complain()
    clerk = member("clerk1")
    with pytest.raises(Exception, match="acceptance_reason_missing"):
        complaints.accept(case_id=case.pk, by=clerk, accepted=False)
    complaints.accept(
        case_id=case.pk, by=clerk, accepted=False, because="所述账户不在本营业部，请向开户营业部反映。"
    )
    case.refresh_from_db()
    assert (case.state, case.result) == ("resolved", "refused")
    assert Clock.objects.get(case=case, kind="accept").state == "met"
    assert "开户营业部" in Entry.objects.filter(case=case, kind="reply").latest("pk").body
    with pytest.raises(AlreadyDone):
        complaints.accept(case_id=case.pk, by=clerk, accepted=True)


# --- authority ---------------------------------------------------------------------------------------------------


def test_within_one_s_limit_it_is_decided_above_it_goes_up_the_chain(found: Any, member: Any) -> None:
    case, clerk = found()
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="refund", amount="12.40")
    assert Complaint.objects.get(case=case).remedy_state == "approved"
    # The business centre has no lead: the branch manager signs alone for up to 20,000.
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="refund", amount="1,500")
    signs = queries.complaints.parts(clerk, case)["signatures"]
    assert [s["approval"].role for s in signs] == ["branch_manager"]
    with pytest.raises(ApprovalNotYours):
        remedies.sign(case_id=case.pk, by=clerk, agree=True)
    assert [a.complaint_id for a in queries.complaints.to_sign(member("boss"))] == [case.pk]
    remedies.sign(case_id=case.pk, by=member("boss"), agree=True)
    assert Complaint.objects.get(case=case).remedy_state == "approved"
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="compensation", amount=Decimal("50000"))
    remedies.sign(case_id=case.pk, by=member("boss"), agree=True)
    assert Complaint.objects.get(case=case).remedy_state == "proposed"
    with pytest.raises(RefusalReasonMissing):
        remedies.sign(case_id=case.pk, by=member("checker"), agree=False)
    remedies.sign(case_id=case.pk, by=member("checker"), agree=False, reason="金额没有依据")
    assert Complaint.objects.get(case=case).remedy_state == "refused"
    assert Notification.objects.filter(member=clerk, kind="desk.not_signed").exists()
    with pytest.raises(AboveAuthority):
        remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="compensation", amount="100000.01")
    assert Complaint.objects.get(case=case).remedy_amount == 50000


def test_nobody_signs_his_own_proposal_and_nobody_named_signs(found: Any, member: Any) -> None:
    case, _clerk = found(named=[member("boss").pk])
    remedies.propose_remedy(case_id=case.pk, by=member("clerk1"), remedy="refund", amount="1500")
    signs = queries.complaints.parts(member("clerk1"), case)["signatures"]
    assert [s["approval"].role for s in signs] == ["compliance_officer"]


@pytest.mark.parametrize("amount", ["-1", "1.234", "viel", "NaN", "0"])
def test_an_amount_that_is_none(found: Any, member: Any, amount: str) -> None:
    case, clerk = found()
    with pytest.raises(Exception, match="remedy_wrong"):
        remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="refund", amount=amount)


# --- the end -----------------------------------------------------------------------------------------------------


def test_the_result_rests_on_finding_liability_and_remedy(complain: Any, member: Any) -> None:
    case, clerk = complain(), member("clerk1")
    with pytest.raises(ComplaintNotReady) as caught:
        moving.resolve(case_id=case.pk, by=clerk, result="solved", body="好了")
    assert "还没有决定受理" in caught.value.sentence(
        "zh-hans"
    ) and "there is no remedy" in caught.value.sentence("en")
    with pytest.raises(FindingIncomplete):
        complaints.record_finding(case_id=case.pk, by=clerk, finding="x", cause="moon", liability="ours")
    with pytest.raises(FindingIncomplete):
        remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="apology")


@pytest.mark.requirement("T4", "E6")
def test_from_the_first_word_to_the_signed_result(
    found: Any, member: Any, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case, clerk = found()
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="refund", amount="12.40")
    with pytest.raises(ProofMissing):
        remedies.carry_out(case_id=case.pk, by=clerk, reference=" ")
    remedies.carry_out(case_id=case.pk, by=clerk, reference="凭证 2026112400071")
    talking.reply(
        case_id=case.pk, by=clerk, body="正在核对三笔交易，明天给您结果。", at=at("2026-11-24 11:00")
    )
    moving.resolve(
        case_id=case.pk,
        by=clerk,
        result="solved",
        body="多收的 12.40 元已退回您的账户，向您致歉。",
        at=at("2026-11-25 10:00"),
    )
    assert {c.kind: c.state for c in Clock.objects.filter(case=case)} == {
        "acknowledge": "met", "first_answer": "met", "accept": "met", "plan": "met", "resolution": "met", "ceiling": "met", "auto_close": "running",
    }  # fmt: skip
    for how, given in (("recorded", {}), ("signed", {})):
        with pytest.raises(ProofMissing):
            complaints.confirm(case_id=case.pk, how=how, actor=clerk.actor, by=clerk, **given)
    complaints.confirm(
        case_id=case.pk,
        how="recorded",
        actor=clerk.actor,
        by=clerk,
        proof="REC-20261125-0007",
        satisfaction=4,
    )
    case.refresh_from_db()
    record = Complaint.objects.get(case=case)
    assert (case.state, case.satisfaction, record.confirmation, record.proof) == (
        "closed",
        4,
        "recorded",
        "REC-20261125-0007",
    )
    kinds = list(
        LedgerEntry.objects.filter(object_kind="case", object_id=str(case.pk))
        .order_by("number")
        .values_list("kind", flat=True)
    )
    assert kinds[:3] == ["case.opened", "complaint.sent", "complaint.acknowledged"]
    assert kinds[-3:] == ["complaint.confirmed", "case.rated", "case.closed"]


def test_a_client_who_is_not_satisfied_opens_it_again(found: Any, member: Any) -> None:
    case, clerk = found()
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="apology")
    moving.resolve(case_id=case.pk, by=clerk, result="answered", body="已核查。", at=at("2026-11-25 10:00"))
    talking.client_wrote(
        case_id=case.pk,
        body="我不认可。",
        channel="portal",
        actor=case.client.actor,
        at=at("2026-11-26 10:00"),
    )
    case.refresh_from_db()
    assert (case.state, case.reopened) == ("reopened", 1)
    assert due(case, "resolution") == "12-17 17:00"


def test_one_extension_in_writing_and_never_past_the_ceiling(
    complain: Any, member: Any, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case, clerk = complain(), member("clerk1")
    with pytest.raises(ExtensionLetterMissing):
        complaints.extend(case_id=case.pk, by=clerk, days=5, because="等交易所回函", letter=None)
    for days in (0, 16):
        with pytest.raises(ExtensionTooLong):
            complaints.extend(case_id=case.pk, by=clerk, days=days, because="等交易所回函", letter=LETTER)
    complaints.extend(case_id=case.pk, by=clerk, days=5, because="等交易所回函", letter=LETTER)
    assert due(case, "resolution") == "12-22 17:00"
    assert "等交易所回函" in Entry.objects.filter(case=case, kind="reply").latest("pk").body
    with pytest.raises(ExtensionUsed):
        complaints.extend(case_id=case.pk, by=clerk, days=1, because="再等等", letter=LETTER)
    # An extension stays granted when calendars or rules are reckoned again.
    clocks.reckon_all_again()
    assert due(case, "resolution") == "12-22 17:00"
    complex_one = complain(severity="complex")
    talking.reply(
        case_id=complex_one.pk, by=clerk, body="请补材料", wait="waiting_client", at=at("2026-11-24 11:00")
    )
    talking.client_wrote(
        case_id=complex_one.pk,
        body="补了",
        channel="portal",
        actor=complex_one.client.actor,
        at=at("2026-12-08 11:00"),
    )
    with pytest.raises(CeilingPassed), __import__("django.db", fromlist=["transaction"]).transaction.atomic():
        complaints.extend(case_id=complex_one.pk, by=clerk, days=15, because="还在查", letter=LETTER)
    assert not Complaint.objects.get(case=complex_one).extended_at


def test_alarms_at_50_80_and_100_per_cent(complain: Any, member: Any) -> None:
    case = complain()
    people.take(case_id=case.pk, by=member("clerk1"))
    moment = {50: "2026-12-04 09:00", 80: "2026-12-10 18:00", 100: "2026-12-15 17:01"}
    told = {}
    for share, when in moment.items():
        sweeping.sweep(at(when))
        fired = Escalation.objects.filter(clock__case=case, clock__kind="resolution").order_by("step")
        told[share] = [e.who for e in fired]
    assert told == {50: ["responsible"], 80: ["responsible", "responsible", "team_lead"],
                    100: ["responsible", "responsible", "team_lead", "branch_manager", "compliance"]}  # fmt: skip


# --- letters -------------------------------------------------------------------------------------------------------


def test_a_letter_has_its_own_clock_that_nothing_pauses(
    complain: Any, member: Any, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case, checker = complain(), member("checker")
    given = {"case_id": case.pk, "by": checker, "source": "12386", "number": "12386-2026-7781"}
    with pytest.raises(LetterDueWrong):
        letters.register_letter(**given, due_at=at("2026-11-20 10:00"))
    letter = letters.register_letter(
        **given, due_at=at("2026-12-04 17:00"), asks="联系投诉人并书面回复", file=LETTER
    )
    with pytest.raises(LetterKnown):
        letters.register_letter(**given, due_at=at("2026-12-04 17:00"))
    letters.register_letter(**{**given, "number": "2"}, due_at=at("2026-12-10 17:00"))
    talking.reply(case_id=case.pk, by=member("clerk1"), body="请补材料", wait="waiting_client")
    letter.clock.refresh_from_db()
    assert letter.clock.state == "running" and letter.clock.due_at == at("2026-12-04 17:00")
    clocks.reckon_all_again()
    letter.clock.refresh_from_db()
    assert letter.clock.due_at == at("2026-12-04 17:00")
    letters.answer_letter(
        letter_id=letter.pk,
        case_id=case.pk,
        by=checker,
        answer="滨河函〔2026〕18 号",
        at=at("2026-12-05 09:00"),
    )
    letter.clock.refresh_from_db()
    assert letter.clock.state == "breached" and letter.clock.breached_at == at("2026-12-04 17:00")
    assert Clock.objects.filter(case=case, kind="letter", stopped_at=None).count() == 1
    moving.wait(case_id=case.pk, by=member("clerk1"), state="open")


# --- refused requests -------------------------------------------------------------------------------------------------


@pytest.mark.requirement("T3")
def test_a_refused_request_is_known_to_whoever_is_asked_next(client: Any, member: Any, sign_in: Any) -> None:
    with pytest.raises(RefusalReasonMissing):
        refusals.refuse_request(client_id=client.pk, by=member("hotline1"), what="佣金降到 1.0‰", because=" ")
    made = refusals.refuse_request(
        client_id=client.pk,
        by=member("hotline1"),
        what="佣金降到 1.0‰",
        because="低于成本线，任何级别都不能给",
    )
    for name, path in (
        ("clerk1", f"/clients/{client.pk}/"),
        ("clerk1", f"/desk/new/?client={client.pk}"),
        ("manager1", f"/clients/{client.pk}/"),
    ):
        page = sign_in(name).get(path).content.decode()
        assert "佣金降到 1.0‰" in page and "低于成本线" in page and member("hotline1").name in page, path
    refusals.lift_refusal(refusal_id=made.pk, client_id=client.pk, by=member("boss"), because="资产达到新档")
    assert "低于成本线" not in sign_in("clerk1").get(f"/clients/{client.pk}/").content.decode()
    assert Refusal.objects.get().lifted_because == "资产达到新档"


@pytest.mark.requirement("W13")
def test_the_wallpaper_maker_s_clocks_run_on_the_same_kernel(client: Any, member: Any) -> None:
    """Answer within 24 hours, a plan the same day, for grave incidents within five days: the other rulebook."""
    from django.utils import timezone

    from maitian.desk.models import CaseKind

    CaseKind.objects.create(code="quality", book="wallpaper", name="品质客诉", name_en="Quality complaint", policy="complaint",
                            team="service", complaint=True, changed_at=timezone.now())  # fmt: skip
    given = {
        "branch": client.branch,
        "client": client,
        "complaint_kind": "other",
        "channel": "phone",
        "actor": "member:1",
        "kind": "quality",
    }
    case = complaints.open_complaint(**given, what="色差", at=at("2026-11-24 15:00")).case
    grave = complaints.open_complaint(
        **given, what="整批脱胶", severity="grave", at=at("2026-11-24 15:00")
    ).case
    assert case.book == "wallpaper"
    assert (due(case, "first_answer"), due(case, "plan"), due(grave, "plan")) == (
        "11-25 15:00",
        "11-24 17:00",
        "12-01 17:00",
    )
    assert {c.kind for c in Clock.objects.filter(case=case)} == {"first_answer", "plan"}
