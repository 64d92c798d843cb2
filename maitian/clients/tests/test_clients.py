from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.utils import translation

from maitian.clients import actions, queries
from maitian.clients.errors import (
    AnswerMissing,
    FollowUnknown,
    MemberCannotAdvise,
    MemberCannotCover,
    MoveNotAllowed,
    ProofMissing,
    ReasonMissing,
    TooManyTests,
)
from maitian.clients.models import Assessment, Client, Consent, Coverage, PersonalData
from maitian.core.errors import DomainError, NotFound
from maitian.core.models import LedgerEntry
from maitian.core.time import shanghai
from maitian.staff.models import Branch, Member

pytestmark = pytest.mark.django_db


def make(member, name="马小跳", **more):
    return actions.create_client(
        branch=Branch.objects.first(), name=name, actor=member("clerk1").actor, **more
    )


@pytest.mark.requirement("E1")
@pytest.mark.parametrize("words", ["马小跳", "小跳", "mxt", "maxiaotiao", "0077", "13912340077", "990077001"])
def test_a_client_is_found_by_every_word(member, words) -> None:
    made = make(member, phone="13912340077", accounts=["990077001"])
    assert made in queries.search(member("hotline1"), words)
    assert queries.search(member("hotline1"), "没有这人") == []


def test_search_uses_the_index_and_holds_no_plain_text(member) -> None:
    make(member, phone="13912340077")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT client_id FROM clients_personaldata WHERE search_tokens @> ARRAY[1::bigint]"
        )
        assert "person_tokens" in str(cursor.fetchall())
        cursor.execute("SELECT row_to_json(p)::text FROM clients_personaldata p")
        assert not any("马小跳" in row[0] or "13912340077" in row[0] for row in cursor.fetchall())


@pytest.mark.requirement("G10")
def test_a_client_without_a_manager_is_a_gap_at_once_and_so_is_a_leaver_s(member) -> None:
    boss = member("boss")
    before = set(queries.gaps(boss).values_list("pk", flat=True))
    made = make(member)
    assert set(queries.gaps(boss).values_list("pk", flat=True)) - before == {made.pk}
    actions.assign([made.pk], member("manager1"), actor=boss.actor)
    assert not queries.gaps(boss).filter(pk=made.pk).exists()
    manager = member("manager1")
    manager.active = False
    manager.save()
    assert queries.gaps(boss).filter(pk=made.pk).exists()
    assert before and all(Client.objects.get(pk=pk).manager.sign_in_name == "left1" for pk in before)


def test_one_open_manager_and_a_history(member) -> None:
    made = make(member, manager=member("manager1"))
    actions.assign([made.pk], member("manager2"), actor=member("boss").actor, reason="转组")
    rows = list(
        Coverage.objects.filter(client=made).order_by("since").values_list("member__sign_in_name", "until")
    )
    assert [row[0] for row in rows] == ["manager1", "manager2"] and rows[0][1] and rows[1][1] is None
    with pytest.raises(MemberCannotCover):
        actions.assign([made.pk], member("left1"), actor=member("boss").actor)


def test_everybody_sees_his_own_records_only(member, story) -> None:
    mine = story[0]
    for name, sees in (
        ("manager1", True),
        ("manager2", False),
        ("boss", True),
        ("hotline1", True),
        ("editor", False),
        ("admin", False),
    ):
        if sees:
            assert queries.get_visible(member(name), mine).pk == mine
        else:
            with pytest.raises(NotFound):
                queries.get_visible(member(name), mine)


def test_consent_needs_proof_keeps_rows_and_sets_the_bit(member) -> None:
    made = make(member, phone="13912340077")
    actor = member("clerk1").actor
    with pytest.raises(ProofMissing):
        actions.set_consent(made.pk, 0, 1, True, source="counter", proof=" ", actor=actor)
    actions.set_consent(made.pk, 0, 1, True, source="counter", proof="录音 77", actor=actor)
    actions.set_consent(made.pk, 0, 1, True, source="counter", proof="录音 78", actor=actor)  # nothing new
    made.refresh_from_db()
    assert made.consent_bits == 0b10
    actions.set_consent(made.pk, 0, 1, False, source="portal", proof="", actor=made.actor)
    made.refresh_from_db()
    assert made.consent_bits == 0
    assert list(Consent.objects.filter(client=made).order_by("at").values_list("granted", flat=True)) == [
        True,
        False,
    ]


def test_bits_of_every_demonstration_client_fit_the_consent_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM clients_client c WHERE consent_bits <> (SELECT coalesce(bit_or(1 << (x.message_class * 4 + x.channel)), 0)"
            " FROM (SELECT DISTINCT ON (message_class, channel) * FROM clients_consent WHERE client_id = c.id ORDER BY message_class, channel, at DESC) x"
            " WHERE x.granted)"
        )
        assert cursor.fetchone()[0] == 0


@pytest.mark.requirement("T1")
def test_an_assessment_is_kept_whole_and_sets_the_class(member) -> None:
    from maitian.core import rulebook

    made = make(member)
    questions = rulebook.at().suitability.questionnaire
    answers = {q["key"]: max(q["options"], key=lambda o: o["points"])["key"] for q in questions}
    done = actions.submit_assessment(made.pk, answers, channel="portal", actor=made.actor)
    made.refresh_from_db()
    assert (made.risk_class, done.score, done.answers) == (6, 100, answers)
    assert made.risk_valid_until.year == done.at.year + 2
    with pytest.raises(AnswerMissing) as caught:
        actions.submit_assessment(
            made.pk, {k: v for k, v in answers.items() if k != "goal"}, channel="portal", actor=made.actor
        )
    assert "9" in caught.value.sentence("en") and caught.value.code == "clients.questionnaire.answer_missing"
    for _again in range(2):
        actions.submit_assessment(made.pk, answers, channel="portal", actor=made.actor)
    with pytest.raises(TooManyTests):
        actions.submit_assessment(made.pk, answers, channel="portal", actor=made.actor)
    assert Assessment.objects.filter(client=made).count() == 3


def test_a_reveal_needs_a_reason_and_is_on_record(member, story) -> None:
    with pytest.raises(ReasonMissing):
        actions.reveal(story[0], "phone", " ", actor=member("manager1").actor)
    assert actions.reveal(story[0], "phone", "客户要求回电", actor=member("manager1").actor) == "13800000001"
    row = LedgerEntry.objects.filter(kind="privacy.revealed", client_id=story[0]).latest("number")
    assert (
        row.facts == {"field": "手机号", "field_en": "phone", "reason": "客户要求回电"}
        and row.actor == member("manager1").actor
    )


@pytest.mark.requirement("T11")
def test_a_preference_is_seen_by_whoever_serves(member, story, sign_in) -> None:
    actions.set_preference(story[0], "称呼", "叫陈老师", actor=member("manager1").actor)
    assert "叫陈老师" in sign_in("hotline1").get(f"/clients/{story[0]}/").content.decode()


def test_the_life_cycle_keeps_to_its_table(member) -> None:
    made = make(member)
    with pytest.raises(MoveNotAllowed):
        actions.move(made.pk, "dormant", actor="member:1")
    actions.move(made.pk, "opened", actor="member:1")
    made.refresh_from_db()
    assert made.state == "opened"


def test_another_manager_s_client_cannot_be_reached_by_address(sign_in, member, story) -> None:
    browser = sign_in("manager2")
    for path in ("", "suitability/"):
        assert browser.get(f"/clients/{story[0]}/{path}").status_code == 404
    for path, body in (
        ("note/", {"text": "x"}),
        ("reveal/", {"field": "phone", "reason": "好奇"}),
        ("consent/", {"class": "0", "channel": "1", "granted": "0"}),
    ):
        assert browser.post(f"/clients/{story[0]}/{path}", body).status_code == 404
    assert (
        PersonalData.objects.filter(pk=story[0]).exists()
        and not LedgerEntry.objects.filter(facts__reason="好奇").exists()
    )


def test_gaps_are_filled_in_the_page(sign_in, member) -> None:
    browser = sign_in("boss")
    page = browser.get("/coverage/").content.decode()
    assert "已离职" in page
    ids = list(queries.gaps(member("boss")).values_list("pk", flat=True))
    browser.post("/coverage/assign/", {"client": ids, "member": member("manager1").pk, "reason": "前任离职"})
    assert not queries.gaps(member("boss")).exists()


@pytest.mark.requirement("E1")
def test_a_tag_is_put_on_and_taken_off(sign_in, member, story) -> None:
    browser = sign_in("manager1")
    browser.post(f"/clients/{story[0]}/tag/", {"tag": "盘中别打电话"})
    tagged = {"is": "tag", "any_of": ["盘中别打电话"]}
    found = queries.matching(queries.visible_to(member("manager1")), tagged)
    assert [client.pk for client in found] == [story[0]]
    assert not queries.matching(queries.visible_to(member("manager2")), tagged).exists()
    browser.post(f"/clients/{story[0]}/tag/", {"tag": "盘中别打电话", "on": "0"})
    assert not found.all().exists()


@pytest.mark.requirement("E2")
def test_a_lead_is_opened_on_the_page_and_belongs_to_its_manager(sign_in, member) -> None:
    browser = sign_in("manager1")
    assert browser.post("/clients/new/", {"name": "", "phone": "139"}).status_code == 422
    assert browser.post("/clients/new/", {"name": "新人", "phone": "abc"}).status_code == 422
    answer = browser.post("/clients/new/", {"name": "新朋友", "phone": "13900001234", "id_number": "X12345"})
    made = Client.objects.latest("pk")
    assert (
        answer.headers["Location"] == f"/clients/{made.pk}/"
        and made.manager == member("manager1")
        and made.state == "lead"
    )
    assert browser.post("/clients/new/", {"name": "重复", "id_number": "X12345"}).status_code == 422
    assert Client.objects.latest("pk") == made
    browser.post(f"/clients/{made.pk}/move/", {"state": "opened"})
    made.refresh_from_db()
    assert made.state == "opened"
    assert browser.post(f"/clients/{made.pk}/move/", {"state": "lead"}).status_code == 422


def test_the_second_book_is_on_the_same_kernel() -> None:
    from maitian.core import rulebook

    book = rulebook.at(book="wallpaper")
    assert (book.complaint.first_answer, book.returns.least_rolls, book.order.payment_cut_off) == (
        24,
        12,
        "15:30",
    )


@pytest.mark.requirement("T1")
def test_a_professional_needs_evidence_and_the_branch(sign_in, story) -> None:
    boss, manager = sign_in("boss"), sign_in("manager1")
    path = f"/clients/{story[3]}/class/"
    assert manager.post(path, {"class": "professional", "evidence": "资产证明 8 号"}).status_code == 403
    assert boss.post(path, {"class": "professional", "evidence": " "}).status_code == 422
    assert Client.objects.get(pk=story[3]).investor_class == "ordinary"
    boss.post(path, {"class": "professional", "evidence": "资产证明 8 号"})
    assert Client.objects.get(pk=story[3]).investor_class == "professional"
    assert (
        LedgerEntry.objects.filter(kind="suitability.class_set", client_id=story[3])
        .latest("number")
        .facts["evidence"]
        == "资产证明 8 号"
    )


@pytest.mark.requirement("T1")
def test_an_advice_agreement_is_signed_once_and_ended_with_a_reason(sign_in, story) -> None:
    manager = sign_in("manager1")
    client = Client.objects.get(pk=story[1])
    assert not client.advised
    path = f"/clients/{client.pk}/agreement/"
    signed = {
        "number": "TG-1",
        "disclosed_at": "2026-11-23T10:00",
        "signed_at": "2026-11-23T10:30",
        "fee": "2.4‰",
        "evidence": "签字单 1",
    }
    for wrong in (
        {"number": " "},
        {"disclosed_at": "2026-11-23T11:00"},
        {"signed_at": "2026-12-01T10:00"},
        {"signed_at": "x"},
        {"fee": ""},
    ):
        assert manager.post(path, signed | wrong).status_code == 422
    assert manager.post(path, signed).status_code == 302
    assert manager.post(path, signed | {"number": "TG-2"}).status_code == 409
    client.refresh_from_db()
    agreement = client.agreements.get()
    # Signed on Monday: five working days end with the Monday after.
    assert client.advised and f"{shanghai(agreement.cooling_ends_at):%m-%d %H:%M}" == "12-01 00:00"
    assert "TG-1" in manager.get(f"/clients/{client.pk}/").content.decode()
    assert manager.post(path, {"end": "1", "reason": ""}).status_code == 422
    manager.post(path, {"end": "1", "reason": "客户书面解除"})
    client.refresh_from_db()
    assert not client.advised
    assert sign_in("manager2").post(path, signed | {"number": "TG-3"}).status_code == 404


@pytest.mark.requirement("T11", "E3")
def test_contact_data_change_on_evidence_and_are_found_by_the_new_ones(member, story, sign_in) -> None:
    boss = member("boss")
    page = f"/clients/{story[0]}/contact/"
    refused = sign_in("manager1").post(page, {"phone": "13911112222", "evidence": ""})
    assert refused.status_code == 422 and 'value="13911112222"' in refused.content.decode()
    assert (
        sign_in("manager1")
        .post(page, {"phone": "13911112222", "email": "", "evidence": "签字单 88"})
        .status_code
        == 302
    )
    assert (
        [c.pk for c in queries.search(boss, "2222")]
        == [story[0]]
        == [c.pk for c in queries.search(boss, "13911112222")]
    )
    assert story[0] not in [c.pk for c in queries.search(boss, "13800000001")]
    row = LedgerEntry.objects.filter(kind="client.contact_changed", client_id=story[0]).latest("number")
    assert row.facts == {"what": "手机号", "what_en": "phone", "evidence": "签字单 88"}
    assert sign_in("manager1").post(page, {"no_phone": "on", "evidence": "口头"}).status_code == 302
    assert Client.objects.get(pk=story[0]).address_bits & 2 == 0
    assert actions.change_contact(story[0], {"gender": "M"}, evidence="x", actor="member:1") in (
        [],
        ["gender"],
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "１３８００００００００"}, "clients.client.phone_wrong"),
        ({"phone": "12"}, "clients.client.phone_wrong"),
        ({"email": "a@b"}, "clients.client.email_wrong"),
        ({"email": "<x>@b.cn"}, "clients.client.email_wrong"),
        ({"home_address": "x" * 201}, "clients.client.address_too_long"),
        ({"birthday": date(2090, 1, 1)}, "clients.client.birthday_wrong"),
        ({"birthday": date(1, 1, 1)}, "clients.client.birthday_wrong"),
    ],
)
def test_contact_data_that_cannot_be(story, values, code) -> None:
    with pytest.raises(DomainError) as caught:
        actions.change_contact(story[0], values, evidence="签字单", actor="member:1")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "长" * 41}, "clients.client.name_too_long"),
        ({"name": "x" * 100_000}, "clients.client.name_too_long"),  # once took minutes over its search words
        ({"name": "新人", "email": "nothing"}, "clients.client.email_wrong"),
        ({"name": "新人", "id_number": "12 34"}, "clients.client.id_number_wrong"),
    ],
)
def test_a_record_that_cannot_be_opened(member, given, code) -> None:
    with pytest.raises(DomainError) as caught:
        actions.create_client(branch=member("boss").branch, actor="member:1", **given)
    assert caught.value.code == code


def test_a_button_pressed_twice_makes_one_note(story) -> None:
    for _twice in range(2):
        actions.note(story[0], "问两融开通条件", actor="member:1")
    actions.note(story[0], "问两融开通条件", actor="member:2")
    assert LedgerEntry.objects.filter(kind="client.noted", facts__text="问两融开通条件").count() == 2
    with pytest.raises(DomainError):
        actions.note(story[0], "x" * 501, actor="member:1")


def test_following_is_on_the_ledger_and_a_name_does_as_well(story) -> None:
    actions.follow(story[1], "方正证券", actor="member:1")
    actions.follow(story[1], "601901", actor="member:1")  # followed already
    actions.follow(story[1], "601901", False, actor="member:1")
    rows = LedgerEntry.objects.filter(client_id=story[1], kind__in=["client.followed", "client.unfollowed"])
    assert [(row.kind, row.facts) for row in rows.order_by("number")] == [
        ("client.followed", {"what": "601901"}), ("client.unfollowed", {"what": "601901"}),
    ]  # fmt: skip
    with pytest.raises(FollowUnknown):
        actions.follow(story[1], "没有这家", actor="member:1")


@pytest.mark.requirement("G7", "G10")
def test_an_adviser_is_given_and_only_an_adviser(member, story) -> None:
    assert actions.assign_adviser([story[0]], member("adviser1"), actor=member("boss").actor) == 1
    assert actions.assign_adviser([story[0]], member("adviser1"), actor=member("boss").actor) == 0
    assert queries.visible_to(member("adviser1")).filter(pk=story[0]).exists()
    with pytest.raises(MemberCannotAdvise):
        actions.assign_adviser([story[0]], member("manager1"), actor=member("boss").actor)
    with pytest.raises(MemberCannotCover):
        actions.assign([story[0]], member("adviser1"), actor=member("boss").actor)


def test_the_outlet_goes_with_the_manager(member, story) -> None:
    other = (
        Member.objects.filter(role="account_manager", active=True)
        .exclude(outlet=member("manager1").outlet)
        .first()
    )
    actions.assign([story[0]], other, actor=member("boss").actor)
    assert Client.objects.get(pk=story[0]).outlet_id == other.outlet_id


def test_what_the_ledger_keeps_does_not_depend_on_the_writer_s_language(story) -> None:
    with translation.override("en"):
        actions.move(story[0], "dormant", actor="member:1")
    row = LedgerEntry.objects.filter(kind="client.moved", client_id=story[0]).latest("number")
    assert (row.facts["before"], row.facts["after"]) == ("活跃", "休眠")
    assert row.facts["after_en"] == "dormant" or row.facts["after_en"].istitle()
